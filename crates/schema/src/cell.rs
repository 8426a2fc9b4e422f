//! A benchmark cell on the wire.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Finding, Metrics, Provenance, Value, WireMap, WorkersSection};

type Text = Cow<'static, str>;

/// One benchmark point.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Cell {
    /// Id, unique in the report and stable when other files come or go.
    pub cell_id: String,
    /// Format of the artifact that carries the result.
    pub source_format: Text,
    /// Run of the cell: a folder below the input root, or `.` for the whole input.
    #[serde(default)]
    pub run: Option<String>,
    /// Scenario of the cell, an id in `cross_run.scenarios`; null when it cannot be placed.
    #[serde(default)]
    pub scenario: Option<String>,
    /// Hardware, normalized.
    #[serde(default)]
    pub hardware: Option<String>,
    /// Canonical model name.
    #[serde(default)]
    pub model: Option<String>,
    /// Framework, normalized.
    #[serde(default)]
    pub framework: Option<String>,
    /// Precision, normalized.
    #[serde(default)]
    pub precision: Option<String>,
    /// Speculative decoding.
    #[serde(default)]
    pub spec_decoding: Option<String>,
    /// Kind of workload: `fixed-length`, `agentic-coding`.
    #[serde(default)]
    pub scenario_type: Option<String>,
    /// The producer's recipe name.
    #[serde(default)]
    pub recipe_name: Option<String>,
    /// Spans several nodes.
    #[serde(default)]
    pub is_multinode: Option<bool>,
    /// Disaggregated prefill and decode.
    #[serde(default)]
    pub disagg: Option<bool>,
    /// Nominal input length, tokens.
    #[serde(default)]
    pub isl: Option<u64>,
    /// Nominal output length, tokens.
    #[serde(default)]
    pub osl: Option<u64>,
    /// Requests, or users, held in flight.
    #[serde(default)]
    pub concurrency: Option<u64>,
    /// Requested rate, requests/s; null when it is not limited.
    #[serde(default)]
    pub request_rate: Option<f64>,
    /// Names as the producer wrote them, where they differ from the normalized ones.
    #[serde(default, skip_serializing_if = "WireMap::is_empty")]
    pub as_written: WireMap<String>,
    /// The producer's model prefix.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub infmax_model_prefix: Option<String>,
    /// Container image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// KV offloading.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offloading: Option<String>,
    /// Data set or trace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dataset: Option<Dataset>,
    /// Parallelism and other members of the deployment.
    #[serde(default)]
    pub topology: WireMap<Value>,
    /// Paths of the cell's artifacts by role.
    pub artifacts: WireMap<ArtifactPaths>,
    /// Request counts.
    pub completion: Completion,
    /// Scalars by metric name; null when not known. Seconds, tokens, tokens/s, fractions.
    pub metrics: Metrics,
    /// Where each metric came from: `role:pointer`, `role:column`, or `derived: formula`.
    #[serde(default)]
    pub provenance: Provenance,
    /// How metrics compare with `analyzer.guidelines`. It depends on model, hardware and lengths,
    /// and is no finding.
    #[serde(default, skip_serializing_if = "WireMap::is_empty")]
    pub marks: WireMap<Mark>,
    /// Accuracy scores.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evals: Vec<Eval>,
    /// Members of the source that InferGuard has no name for, as written.
    #[serde(default, skip_serializing_if = "WireMap::is_empty")]
    pub extra: WireMap<Value>,
    /// What the live recorder saw.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeline: Option<Box<TimelineSection>>,
    /// What the logs of the deployment's workers say of this load.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workers: Option<Box<WorkersSection>>,
    /// Cost, only when a price was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Box<Cost>>,
    /// What was coerced, corrected or left out while reading.
    #[serde(default)]
    pub problems: Vec<Problem>,
    /// Findings on this cell.
    pub findings: Vec<Finding>,
}

/// How a value compares with a guideline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Mark {
    Good,
    Acceptable,
    Concerning,
}

impl Mark {
    /// Name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Acceptable => "acceptable",
            Self::Concerning => "concerning",
        }
    }
}

/// One path, or several of the same role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ArtifactPaths {
    /// One path below the input root.
    One(String),
    /// Several paths; provenance names them `role[n]`.
    Many(Vec<String>),
    /// Known to be absent.
    None,
}

/// Data set or trace of a load.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Dataset {
    /// Name.
    pub name: String,
    /// Entries, where stated.
    #[serde(default)]
    pub entries: Option<u64>,
}

/// State of the requests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum CompletionStatus {
    /// Every attempt succeeded.
    Complete,
    /// Some attempts failed.
    Partial,
    /// No attempt succeeded.
    Failed,
    /// Not known.
    #[default]
    Unknown,
}

impl CompletionStatus {
    /// Name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Partial => "partial",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
        }
    }
}

/// Request counts of the measured phase.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Completion {
    /// State.
    #[serde(default)]
    pub status: CompletionStatus,
    /// Attempts.
    pub num_requests_total: Option<u64>,
    /// Successes.
    pub num_requests_successful: Option<u64>,
    /// Successes ÷ attempts, 0..1.
    pub success_rate: Option<f64>,
    /// Warm-up requests, in neither count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub num_requests_warmup: Option<u64>,
}

/// One accuracy score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Eval {
    /// Task.
    pub task: String,
    /// Metric.
    pub metric: String,
    /// Filter of the harness; empty when there is none.
    pub filter: String,
    /// Score, 0..1.
    pub value: f64,
    /// Standard error.
    pub stderr: Option<f64>,
    /// Samples.
    pub n: Option<u64>,
    /// Whether a higher score is better.
    pub higher_is_better: Option<bool>,
}

/// Live timeline of a cell.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TimelineSection {
    /// Lines.
    pub sample_count: u64,
    /// First sample, UTC.
    pub first_observed_at: Option<String>,
    /// Last sample, UTC.
    pub last_observed_at: Option<String>,
    /// Findings that the recorder wrote, by code.
    pub finding_counts_by_code: WireMap<u64>,
    /// First line with a finding, UTC.
    pub first_finding_at: Option<String>,
    /// First line with a critical finding, UTC.
    pub first_critical_finding_at: Option<String>,
    /// Largest KV-cache usage of any endpoint, 0..1.
    #[serde(default)]
    pub max_kv_cache_usage: Option<f64>,
    /// Most requests waiting at any endpoint.
    #[serde(default)]
    pub max_requests_waiting: Option<f64>,
    /// How KV usage, queue, preemptions and transfers went, endpoint by endpoint.
    #[serde(default)]
    pub trends: Vec<TimelineTrend>,
}

/// How one quantity of one endpoint went over a timeline; counters as rates.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TimelineTrend {
    /// `prefill`, `decode` or `transfer`.
    pub role: String,
    /// Address without credentials.
    pub endpoint: String,
    /// Quantity, such as `kv_cache_usage`.
    pub quantity: Text,
    /// Unit of the values.
    pub unit: Text,
    /// Samples, of a counter the intervals between them.
    pub samples: u64,
    /// First value.
    pub first: f64,
    /// Last value.
    pub last: f64,
    /// Largest value.
    pub max: f64,
    /// Mean; of a rate over time.
    pub mean: f64,
    /// Theil-Sen change per minute; null without times.
    pub change_per_minute: Option<f64>,
    /// `rising`, `falling` or `flat` by the Mann-Kendall test; null with fewer than six samples.
    pub verdict: Option<Text>,
}

/// What the completed requests of `completed_sessions` are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CostBasis {
    /// Sessions were counted.
    SessionBased,
    /// Requests stand for sessions.
    RequestBased,
}

/// Cost of a cell or of the run, `inferguard-cost/v1`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Cost {
    /// Always `inferguard-cost/v1`.
    pub schema_version: Text,
    /// Label of the currency.
    pub currency: String,
    /// GPU-hours of the throughput window; null without a duration or a GPU count.
    pub gpu_hours: Option<f64>,
    /// Price of one GPU-hour.
    pub gpu_hour_cost: Option<f64>,
    /// GPU-hours × price.
    pub compute_cost: Option<f64>,
    /// Length of the throughput window.
    #[serde(default)]
    pub duration_seconds: Option<f64>,
    /// GPUs.
    #[serde(default)]
    pub gpus: Option<u64>,
    /// Completed sessions.
    #[serde(default)]
    pub completed_sessions: Option<u64>,
    /// Completed requests.
    #[serde(default)]
    pub completed_requests: Option<u64>,
    /// What `completed_sessions` counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completion_basis: Option<CostBasis>,
    /// Cost per completed session.
    #[serde(default)]
    pub cost_per_completed_session: Option<f64>,
    /// Cost per completed request.
    #[serde(default)]
    pub cost_per_completed_request: Option<f64>,
    /// Cost per million input tokens; all GPUs are charged.
    #[serde(default)]
    pub cost_per_million_input_tokens: Option<f64>,
    /// Cost per million output tokens; all GPUs are charged.
    #[serde(default)]
    pub cost_per_million_output_tokens: Option<f64>,
    /// Cost per million input plus output tokens; all GPUs are charged.
    #[serde(default)]
    pub cost_per_million_total_tokens: Option<f64>,
}

/// What was noticed while reading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Problem {
    /// `note`, `warning` or `error`.
    pub severity: Text,
    /// Kind of problem.
    pub code: Text,
    /// `role:place` within the cell, or a place within the file.
    pub at: String,
    /// What was found and what was done.
    pub message: Text,
}
