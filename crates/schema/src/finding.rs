//! Findings on the wire.

use std::borrow::Cow;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::WireMap;

/// The codes of the published v1 enumeration.
pub const CLOSED_CODES: [&str; 16] = [
    "missing_required_artifact",
    "invalid_run_no_successful_requests",
    "partial_run",
    "metrics_unavailable",
    "ttft_cliff",
    "tpot_degradation",
    "throughput_plateau",
    "kv_pressure",
    "kv_offload_thrash",
    "prefix_cache_regression",
    "eval_regression",
    "prefill_decode_imbalance",
    "kv_transfer_stall",
    "kv_transfer_errors_present",
    "endpoint_unreachable",
    "engine_unidentified",
];

/// The codes that InferGuard writes today beyond the published enumeration.
pub const KNOWN_CODES: [&str; 17] = [
    "unreadable_artifact",
    "run_aborted",
    "summary_mismatch",
    "unit_suspect",
    "gpu_count_suspect",
    "load_not_achieved",
    "suspect_point",
    "unstable_repeats",
    "incomplete_sweep",
    "heavy_tail",
    "cold_first_wave",
    "warmup_effect",
    "performance_drift",
    "slo_not_met",
    "queue_buildup",
    "rate_mismatch",
    "connector_mismatch",
];

/// How much a finding matters.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// For information.
    Info,
    /// Worth a look before the numbers are used.
    Warning,
    /// The numbers cannot be trusted, or are not there.
    Critical,
}

impl Severity {
    /// Name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

/// Something that was found, with its evidence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// Finding code.
    pub code: Cow<'static, str>,
    /// Severity.
    pub severity: Severity,
    /// What was seen, in one sentence.
    pub message: String,
    /// What the finding rests on: observed values, limits, artifacts.
    // A cell repeats its findings: the repeat shares it.
    pub evidence: Arc<WireMap<serde_json::Value>>,
    /// Cell concerned; null for the whole run.
    #[serde(default)]
    pub cell_id: Option<Arc<str>>,
}
