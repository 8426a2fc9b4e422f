//! `Prefill batch` and `Decode batch` of SGLang's scheduler, from 2025 on.
//!
//! Fields are `label: value`, parted by commas, in an order that changes between versions. Disagg
//! adds queues, hybrid models name several pools of KV memory, speculative decoding its acceptance.

use inferguard_model::{BatchPhase, WorkerGauge};

use super::fields::{Fields, number, share};

/// A batch of prompts, or of running requests.
pub(super) struct Batch {
    pub(super) iteration: Option<u64>,
    pub(super) values: Vec<(WorkerGauge, f64)>,
}

/// Reads what follows `Prefill batch` or `Decode batch`; `None` for what is no such record, or is
/// torn. `cut` says that the text does not end where the record does.
pub(super) fn read(phase: BatchPhase, body: &[u8], cut: bool) -> Option<Batch> {
    let (iteration, body) = iteration(body);
    let mut values = Vec::with_capacity(14);
    let (mut usage, mut is_whole) = (None, false);
    for (label, value) in Fields::of(body, cut) {
        let gauge = match (label, phase) {
            // Of several pools the fullest one limits.
            (b"token usage" | b"full token usage" | b"swa token usage" | b"mamba usage", _) => {
                usage = share(value).into_iter().chain(usage).reduce(f64::max);
                continue;
            }
            (b"#running-req", _) => WorkerGauge::Running,
            (b"#queue-req", _) => WorkerGauge::Queued,
            (b"#prealloc-req", _) => WorkerGauge::Preallocating,
            (b"#new-seq", BatchPhase::Prefill) => WorkerGauge::NewRequests,
            (b"#new-token", BatchPhase::Prefill) => WorkerGauge::ComputedTokens,
            (b"#cached-token", BatchPhase::Prefill) => WorkerGauge::CachedTokens,
            (b"#inflight-req", BatchPhase::Prefill) => WorkerGauge::Inflight,
            (b"input throughput (token/s)", BatchPhase::Prefill) => WorkerGauge::InputTput,
            (b"#token" | b"#full token", BatchPhase::Decode) => WorkerGauge::KvTokens,
            (b"#transfer-req", BatchPhase::Decode) => WorkerGauge::Transferring,
            (b"#retracted-req", BatchPhase::Decode) => WorkerGauge::Retracted,
            (b"accept len", BatchPhase::Decode) => WorkerGauge::AcceptLength,
            (b"gen throughput (token/s)", BatchPhase::Decode) => WorkerGauge::GenerationTput,
            (b"pre-allocated usage", BatchPhase::Decode) => {
                values.extend(share(value).map(|value| (WorkerGauge::KvReserved, value)));
                continue;
            }
            _ => continue,
        };
        let Some(value) = number(value) else { continue };
        // A record without what it is about was torn.
        is_whole |= matches!(gauge, WorkerGauge::GenerationTput | WorkerGauge::ComputedTokens);
        values.push((gauge, value));
    }
    values.extend(usage.map(|usage| (WorkerGauge::KvUsage, usage)));
    is_whole.then_some(Batch { iteration, values })
}

/// The number in ` [412], …`, where iterations are forwarded into the log.
fn iteration(body: &[u8]) -> (Option<u64>, &[u8]) {
    // A comma, and in 2025 a full stop.
    let body = body.strip_prefix(b".").unwrap_or(body);
    let rest = body.trim_ascii_start();
    let inside = rest.strip_prefix(b"[").and_then(|rest| {
        let end = memchr::memchr(b']', rest)?;
        let number = std::str::from_utf8(&rest[..end]).ok()?.trim().parse().ok()?;
        Some((Some(number), &rest[end + 1..]))
    });
    inside.unwrap_or((None, body))
}
