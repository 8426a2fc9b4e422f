//! The texts that a line has to hold to be looked at: the only ones that are searched for in all
//! of a log.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use inferguard_model::LogEventKind;

/// What a marker says of its line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Marker {
    /// A batch of SGLang.
    Sglang,
    /// The statistics of vLLM.
    Vllm,
    /// Acceptance of speculative decoding in vLLM.
    VllmSpec,
    /// An iteration of TensorRT-LLM.
    TensorRtLlm,
    /// Sizes of memory.
    Memory,
    /// A command line, or arguments as the engine understood them.
    Launch,
    /// Something happened.
    Event(LogEventKind),
}

use LogEventKind::{Cancelled, Crashed, KvTransferFailed, OutOfMemory, Ready, Retracted};
use Marker::{Event, Launch, Memory, Sglang, TensorRtLlm, Vllm, VllmSpec};

/// Every marker. Where two begin at one place the first one counts.
///
/// An exception alone is no event: engines print many that they get over. What counts is what an
/// engine says when it gives up, and what the system says of a process that is gone.
pub(super) const MARKERS: [(&str, Marker); 49] = [
    ("Prefill batch", Sglang),
    ("Decode batch", Sglang),
    ("Avg prompt throughput: ", Vllm),
    ("SpecDecoding metrics: ", VllmSpec),
    ("currank_total_requests", TensorRtLlm),
    // Memory.
    ("Load weight end.", Memory),
    ("KV Cache is allocated.", Memory),
    ("Model loading took ", Memory),
    ("Available KV cache memory: ", Memory),
    ("GPU KV cache size: ", Memory),
    ("[MemUsageChange] Allocated ", Memory),
    // Launch.
    ("server_args=ServerArgs(", Launch),
    ("[CMD]", Launch),
    ("-m sglang", Launch),
    ("-m dynamo.", Launch),
    ("sglang.launch_server", Launch),
    ("vllm serve ", Launch),
    ("trtllm-serve ", Launch),
    ("non-default args: ", Launch),
    ("TensorRT-LLM engine args: ", Launch),
    ("tllm_mpi_size: ", Launch),
    ("--tp-size", Launch),
    ("--tensor-parallel-size", Launch),
    // Events.
    ("The server is fired up and ready to roll", Event(Ready)),
    ("Application startup complete", Event(Ready)),
    ("refill transfer failed", Event(KvTransferFailed)),
    ("ecode transfer failed", Event(KvTransferFailed)),
    ("refill bootstrap failed", Event(KvTransferFailed)),
    ("ecode handshake failed", Event(KvTransferFailed)),
    ("KVTransferError(", Event(KvTransferFailed)),
    ("Retract requests", Event(Retracted)),
    ("CUDA out of memory", Event(OutOfMemory)),
    ("OutOfMemoryError", Event(OutOfMemory)),
    ("oom_kill event", Event(OutOfMemory)),
    ("oom-kill event", Event(OutOfMemory)),
    ("Out Of Memory", Event(OutOfMemory)),
    (" CANCELLED AT ", Event(Cancelled)),
    ("cheduler hit an exception", Event(Crashed)),
    ("Received sigquit from a child process", Event(Crashed)),
    ("EngineCore encountered a fatal error", Event(Crashed)),
    ("EngineCore failed to start", Event(Crashed)),
    ("EngineDeadError", Event(Crashed)),
    ("Fatal Python error", Event(Crashed)),
    ("egmentation fault", Event(Crashed)),
    ("core dumped", Event(Crashed)),
    ("terminate called after throwing", Event(Crashed)),
    ("MPI_ABORT was invoked", Event(Crashed)),
    ("Exited with exit code", Event(Crashed)),
    ("unhandled exception", Event(Crashed)),
];

/// Finds all markers at once.
pub(super) static FINDER: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    AhoCorasick::builder()
        .match_kind(aho_corasick::MatchKind::LeftmostFirst)
        .build(MARKERS.map(|(text, _)| text))
        .ok()
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_finder_is_built_and_knows_all() {
        let finder = FINDER.as_ref().expect("builds");
        for (at, (text, _)) in MARKERS.iter().enumerate() {
            let found = finder.find(text).map(|found| found.pattern().as_usize());
            assert_eq!(found, Some(at), "{text}");
        }
    }
}
