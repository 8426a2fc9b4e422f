//! What was benchmarked: the keys that tell one cell from another.

use crate::Topology;

/// Format of the artifact that carries a cell's result.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each variant is the format of its wire name")]
pub enum SourceFormat {
    InferencexStatic,
    InferencexSrtSlurm,
    InferencexRaw,
    AgentxTraceReplay,
    AgentxAggregate,
    Aiperf,
    GenaiPerf,
    LlmdBenchmark,
    SrtSlurm,
    Eval,
    Mixed,
    #[default]
    Unknown,
}

impl SourceFormat {
    /// Every format, in wire order.
    pub const ALL: [Self; 12] = [
        Self::InferencexStatic,
        Self::InferencexSrtSlurm,
        Self::InferencexRaw,
        Self::AgentxTraceReplay,
        Self::AgentxAggregate,
        Self::Aiperf,
        Self::GenaiPerf,
        Self::LlmdBenchmark,
        Self::SrtSlurm,
        Self::Eval,
        Self::Mixed,
        Self::Unknown,
    ];

    /// Name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::InferencexStatic => "inferencex-static",
            Self::InferencexSrtSlurm => "inferencex-srt-slurm",
            Self::InferencexRaw => "inferencex-raw",
            Self::AgentxTraceReplay => "agentx-trace-replay",
            Self::AgentxAggregate => "agentx-aggregate",
            Self::Aiperf => "aiperf",
            Self::GenaiPerf => "genai-perf",
            Self::LlmdBenchmark => "llm-d-benchmark",
            Self::SrtSlurm => "srt-slurm",
            Self::Eval => "eval",
            Self::Mixed => "mixed",
            Self::Unknown => "unknown",
        }
    }
}

/// The producer's own spelling of names that InferGuard normalizes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AsWritten {
    /// Hardware or runner, such as `b200-trt`.
    pub hardware: Option<String>,
    /// Model id or path.
    pub model: Option<String>,
    /// Framework, such as `dynamo-trtllm`.
    pub framework: Option<String>,
    /// Precision, such as `nvfp4`.
    pub precision: Option<String>,
}

/// The data set or trace that a load was made from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Dataset {
    /// Name that tells it from others.
    pub name: String,
    /// Number of entries, where stated.
    pub entries: Option<u64>,
}

/// The load level that was asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Load {
    /// Requests (or users) held in flight by a closed loop.
    pub concurrency: Option<u32>,
    /// Requested rate of an open loop, requests/s; absent when the rate is not limited.
    pub request_rate: Option<f64>,
}

impl Load {
    /// Loads within this share above a level's lowest are one level.
    pub const SAME_LEVEL: f64 = 0.10;
}

/// Identity of a cell, with normalized names; `None` where the source does not say.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Identity {
    /// Hardware, normalized: `b200`, `mi355x`.
    pub hardware: Option<String>,
    /// Canonical model name: `dsr1`, `gptoss120b`.
    pub model: Option<String>,
    /// Framework, normalized: `vllm`, `sglang`, `dynamo-trt`.
    pub framework: Option<String>,
    /// Precision, normalized: `fp4`, `fp8`.
    pub precision: Option<String>,
    /// Speculative decoding: `none`, `mtp`, `eagle`.
    pub spec_decoding: Option<String>,
    /// Names as the producer wrote them.
    pub as_written: AsWritten,
    /// `fixed-length` or `agentic-coding`.
    pub scenario_type: Option<String>,
    /// The producer's recipe name.
    pub recipe_name: Option<String>,
    /// The producer's fingerprint of the recipe.
    pub recipe_fingerprint: Option<String>,
    /// The load generator and its version: `aiperf 0.13.0`.
    pub harness: Option<String>,
    /// The producer's model prefix.
    pub model_prefix: Option<String>,
    /// Container image.
    pub image: Option<String>,
    /// KV offloading: `none`, or the medium and backend, such as `dram-lmcache`.
    pub offloading: Option<String>,
    /// Request router, `name version`.
    pub router: Option<String>,
    /// KV transfer between prefill and decode.
    pub kv_transfer: Option<String>,
    /// Prefill and decode hardware of a heterogeneous deployment, as written.
    pub role_hardware: Option<(String, String)>,
    /// Disaggregated prefill and decode.
    pub disagg: Option<bool>,
    /// Spans several nodes.
    pub is_multinode: Option<bool>,
    /// Requests ask for a stream.
    pub streaming: Option<bool>,
    /// Turns of a conversation on the mean, where they are more than one.
    pub turns: Option<f64>,
    /// Share of the requests that the client gives up on purpose, 0..1.
    pub cancellation: Option<f64>,
    /// Nominal input length, tokens.
    pub isl: Option<u32>,
    /// Nominal output length, tokens.
    pub osl: Option<u32>,
    /// Data set or trace.
    pub dataset: Option<Dataset>,
    /// Load level.
    pub load: Load,
    /// Parallelism.
    pub topology: Topology,
}
