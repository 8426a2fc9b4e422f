//! Workers of a cell's deployment on the wire.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::WireMap;

type Text = Cow<'static, str>;

/// What the worker logs say of a cell's load.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WorkersSection {
    /// Logs with samples of this load.
    pub logs: Vec<WorkerLogSummary>,
    /// Length of the load, seconds.
    pub seconds: f64,
    /// Length of a step of `series`, whole seconds; there are 256 steps at most, and tokens of a step
    /// are all of its tokens ÷ its length.
    pub step_seconds: f64,
    /// All workers of a role added up: gauges by name, a value for each step, null where not known.
    pub series: Vec<RoleSeries>,
    /// Prefill against decode; null where it cannot be told.
    #[serde(default)]
    pub rate_match: Option<RateMatch>,
}

/// One worker under the load of a cell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WorkerLogSummary {
    /// `prefill`, `decode` or `agg`.
    pub role: Text,
    /// Number of the worker among those of its role.
    pub worker: u64,
    /// Node.
    pub node: String,
    /// `sglang`, `vllm` or `trtllm`.
    pub engine: Option<Text>,
    /// Data-parallel ranks with samples.
    pub ranks: u64,
    /// Samples of the whole log.
    pub samples: u64,
    /// Input tokens/s under the load, computed ones.
    pub input_tput_tps: Option<f64>,
    /// Input tokens/s out of the prefix cache.
    pub cached_input_tput_tps: Option<f64>,
    /// Generated tokens/s.
    pub output_tput_tps: Option<f64>,
    /// Highest KV-cache usage of a rank, 0..1.
    pub max_kv_cache_usage: Option<f64>,
    /// Most requests waiting.
    pub max_requests_queued: Option<f64>,
    /// Requests preempted or retracted under the load.
    pub preemptions: Option<f64>,
    /// Lines of the whole log by what happened.
    #[serde(default, skip_serializing_if = "WireMap::is_empty")]
    pub events: WireMap<u64>,
}

/// Gauges of a role over the load.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RoleSeries {
    /// `prefill`, `decode` or `agg`.
    pub role: Text,
    /// Workers that were added up.
    pub workers: u64,
    /// Ranks that were added up.
    pub ranks: u64,
    /// A value for each step, by gauge: tokens/s, requests, and of shares the highest.
    pub gauges: WireMap<Vec<Option<f64>>>,
}

/// Requests/s of prefill against those of decode.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RateMatch {
    /// Input tokens of a request.
    pub mean_isl: f64,
    /// Output tokens of a request.
    pub mean_osl: f64,
    /// Whether a length is what was asked for, and not measured.
    pub lengths_are_nominal: bool,
    /// Input tokens/s computed and cached ÷ ISL.
    pub prefill_requests_per_second: f64,
    /// Generated tokens/s ÷ OSL.
    pub decode_requests_per_second: f64,
    /// Decode ÷ prefill.
    pub flow: f64,
    /// The same of each worker while it works.
    pub prefill_requests_per_second_at_work: f64,
    /// The same of decode.
    pub decode_requests_per_second_at_work: f64,
    /// Decode ÷ prefill, each while it works.
    pub at_work: f64,
    /// Share of the load in which prefill workers worked.
    pub prefill_at_work_share: f64,
    /// The same of decode.
    pub decode_at_work_share: f64,
}
