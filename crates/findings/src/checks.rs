//! The registry of checks.

mod cold_first_wave;
mod eval_regression;
mod gpu_count_suspect;
mod heavy_tail;
mod incomplete_sweep;
mod invalid_run_no_successful_requests;
mod kv_offload_thrash;
mod kv_pressure;
mod live;
pub(crate) mod load_not_achieved;
mod metrics_unavailable;
mod missing_required_artifact;
pub(crate) mod partial_run;
mod performance_drift;
mod prefix_cache_regression;
mod queue_buildup;
mod rate_mismatch;
mod run_aborted;
mod slo_not_met;
mod summary_mismatch;
pub(crate) mod suspect_point;
mod throughput_plateau;
mod tpot_degradation;
mod ttft_cliff;
mod unit_suspect;
mod unreadable_artifact;
mod unstable_repeats;
mod warmup_effect;

use crate::Check;

pub use live::first_live_finding_ns;
pub use missing_required_artifact::{REQUIREMENTS, Requirement};

/// Every check, in the order of the documentation.
pub const CHECKS: &[&dyn Check] = &[
    &missing_required_artifact::MissingRequiredArtifact,
    &unreadable_artifact::UnreadableArtifact,
    &invalid_run_no_successful_requests::InvalidRunNoSuccessfulRequests,
    &run_aborted::RunAborted,
    &partial_run::PartialRun,
    &metrics_unavailable::MetricsUnavailable,
    &summary_mismatch::SummaryMismatch,
    &unit_suspect::UnitSuspect,
    &gpu_count_suspect::GpuCountSuspect,
    &load_not_achieved::LoadNotAchieved,
    &suspect_point::SuspectPoint,
    &unstable_repeats::UnstableRepeats,
    &incomplete_sweep::IncompleteSweep,
    &heavy_tail::HeavyTail,
    &cold_first_wave::ColdFirstWave,
    &warmup_effect::WarmupEffect,
    &performance_drift::PerformanceDrift,
    &ttft_cliff::TtftCliff,
    &tpot_degradation::TpotDegradation,
    &throughput_plateau::ThroughputPlateau,
    &slo_not_met::SloNotMet,
    &kv_pressure::KvPressure,
    &queue_buildup::QueueBuildup,
    &rate_mismatch::RateMismatch,
    &kv_offload_thrash::KvOffloadThrash,
    &prefix_cache_regression::PrefixCacheRegression,
    &eval_regression::EvalRegression,
    &live::ENDPOINT_UNREACHABLE,
    &live::ENGINE_UNIDENTIFIED,
    &live::CONNECTOR_MISMATCH,
    &live::KV_TRANSFER_ERRORS_PRESENT,
    &live::KV_TRANSFER_STALL,
    &live::PREFILL_DECODE_IMBALANCE,
];

#[cfg(test)]
mod tests;
