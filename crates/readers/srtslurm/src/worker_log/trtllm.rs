//! The iterations of TensorRT-LLM (`print_iter_log: true`), which the first rank prints.
//!
//! Fields are written with `:` or `=`, and the states as a Python dictionary. There is no queue and
//! no transfer. Tokens are counted, so that no rate has to be taken from the time of a step.

use inferguard_model::WorkerGauge;

use super::fields::after;

/// An iteration.
pub(super) struct Iteration {
    pub(super) number: Option<u64>,
    pub(super) rank: Option<u32>,
    pub(super) values: Vec<(WorkerGauge, f64)>,
}

/// Reads an iteration from `iter` on; `None` for a record that is torn: the states stand at its
/// end.
pub(super) fn read(body: &[u8]) -> Option<Iteration> {
    let states = &body[memchr::memmem::find(body, b"states")?..];
    memchr::memchr(b'}', states)?;
    let mut values = vec![
        (WorkerGauge::ComputedTokens, after(states, "num_ctx_tokens")?),
        (WorkerGauge::GeneratedTokens, after(states, "num_generation_tokens")?),
    ];
    let mut optional = |gauge, value: Option<f64>| values.extend(value.map(|value| (gauge, value)));
    optional(WorkerGauge::CachedTokens, after(states, "cached_kv_tokens"));
    optional(WorkerGauge::Running, after(body, "num_scheduled_requests"));
    optional(WorkerGauge::KvUsage, after(body, "kv_cache_util").filter(|share| *share <= 1.0));
    Some(Iteration {
        number: after(body, "iter").map(|n| n as u64),
        rank: after(body, "rank").map(|n| n as u32),
        values,
    })
}
