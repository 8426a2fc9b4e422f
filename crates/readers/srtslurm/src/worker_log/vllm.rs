//! The statistics that vLLM prints of each engine about every ten seconds.
//!
//! `Swapped`, `Pending` and `CPU KV cache usage` are of the first engine (V0), `Waiting`, `Deferred`
//! and hit rates of the second. Shares are in percent. An engine without work prints nothing.

use inferguard_model::WorkerGauge;

use super::fields::{Fields, after, number, percent};

/// Reads from `Avg prompt throughput` on; `None` for a record that is torn.
pub(super) fn read(body: &[u8], cut: bool) -> Option<Vec<(WorkerGauge, f64)>> {
    let mut values = Vec::with_capacity(8);
    for (label, value) in Fields::of(body, cut) {
        let (gauge, value) = match label {
            b"Avg prompt throughput" => (WorkerGauge::InputTput, number(value)),
            b"Avg generation throughput" => (WorkerGauge::GenerationTput, number(value)),
            b"Running" => (WorkerGauge::Running, number(value)),
            b"Waiting" | b"Pending" => (WorkerGauge::Queued, number(value)),
            b"Preemptions" => (WorkerGauge::Preempted, number(value)),
            b"GPU KV cache usage" => (WorkerGauge::KvUsage, percent(value)),
            b"Prefix cache hit rate" => (WorkerGauge::HitRate, percent(value)),
            _ => continue,
        };
        values.extend(value.map(|value| (gauge, value)));
    }
    let has = |wanted| values.iter().any(|(gauge, _)| *gauge == wanted);
    (has(WorkerGauge::GenerationTput) && has(WorkerGauge::Running)).then_some(values)
}

/// Reads what follows `SpecDecoding metrics: `.
pub(super) fn spec_decoding(body: &[u8]) -> Option<Vec<(WorkerGauge, f64)>> {
    Some(vec![(WorkerGauge::AcceptLength, after(body, "Mean acceptance length")?)])
}
