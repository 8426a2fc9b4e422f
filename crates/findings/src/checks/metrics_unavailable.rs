//! Inputs that this producer's generation writes are missing and block a section or check.

use inferguard_model::{Cell, CompletionStatus, Metric, Quantity, Role, SourceFormat};
use inferguard_schema::Severity;
use serde_json::json;

use crate::{CellCheck, Context, FindingMeta, Outcome};

/// The check.
pub(crate) struct MetricsUnavailable;

const META: FindingMeta = FindingMeta {
    code: "metrics_unavailable",
    summary: "Metrics that this kind of result normally carries are missing.",
    severity: "warning",
    doc: include_str!("metrics_unavailable.md"),
    since: "0.1.0",
    thresholds: &[],
};

impl CellCheck for MetricsUnavailable {
    fn meta(&self) -> &FindingMeta {
        &META
    }

    fn look(&self, context: &Context<'_>, index: usize) -> Outcome {
        let cell = &context.cells[index];
        let blocked = blocked(cell);
        if blocked.is_empty() {
            return Outcome::clear(index);
        }
        let reasons: Vec<_> = blocked.iter().map(|(what, why)| format!("{what} ({why})")).collect();
        Outcome::fired(
            Some(index),
            Severity::Warning,
            format!("not available: {}", reasons.join("; ")),
            [
                ("missing", blocked.iter().map(|(what, _)| *what).collect()),
                ("artifacts", context.paths(cell)),
                ("format", json!(cell.format.name())),
            ],
        )
    }
}

/// What is missing, and why it should be there.
fn blocked(cell: &Cell) -> Vec<(&'static str, &'static str)> {
    let mut missing = Vec::new();
    let has_role = |role| cell.artifacts.iter().any(|held| held.role == role);
    let metrics = &cell.evidence.metrics;
    let known = |quantity| metrics.of_quantity(quantity).len() > 0;
    if cell.format == SourceFormat::AgentxTraceReplay
        && !has_role(Role::METRICS_SERVER_METRICS_CSV)
        && metrics.get(Metric::plain(Quantity::ServerGpuCacheHitRate)).is_none()
    {
        missing.push(("server metrics", "no metrics_server_metrics.csv was read"));
    }
    let answered = cell.evidence.completion.status() != CompletionStatus::Failed;
    if cell.has_result && answered && !known(Quantity::Ttft) && !known(Quantity::E2el) {
        // Combined rows of one fork have throughput and interactivity only, by design.
        let by_design = known(Quantity::Intvty) && known(Quantity::TputPerGpu);
        if !by_design {
            missing.push(("latency", "neither TTFT nor E2EL is stated"));
        }
    }
    let expects_eval = has_role(Role::META_ENV_JSON) || has_role(Role::SAMPLE_JSONL);
    if expects_eval && cell.evidence.evals.is_empty() {
        missing.push(("eval scores", "meta_env.json or samples are there without results*.json"));
    }
    missing
}
