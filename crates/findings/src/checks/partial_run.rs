//! Too many requests failed for the numbers to stand for the system.

use inferguard_analysis::annotate::AnnotationLimits;
use inferguard_schema::Severity;
use serde_json::json;

use super::invalid_run_no_successful_requests::NO_COUNTS;
use crate::{CellCheck, Context, FindingMeta, Outcome, Threshold};

/// The check.
pub(crate) struct PartialRun;

pub(crate) const MIN_SUCCESS_RATE: Threshold = Threshold {
    name: "min_success_rate",
    default: AnnotationLimits::DEFAULT.success_rate,
    unit: "0..1",
    about: "Share of attempts that must succeed; exactly this share is clear. The producers' own gate fails a job above 5 % errors.",
};

pub(crate) const META: FindingMeta = FindingMeta {
    code: "partial_run",
    summary: "Fewer than 95 % of the attempted requests succeeded.",
    severity: "warning",
    doc: include_str!("partial_run.md"),
    since: "0.1.0",
    thresholds: &[MIN_SUCCESS_RATE],
};

impl CellCheck for PartialRun {
    fn meta(&self) -> &FindingMeta {
        &META
    }

    fn look(&self, context: &Context<'_>, index: usize) -> Outcome {
        let limit = context.limit(&META, &MIN_SUCCESS_RATE);
        let cell = &context.cells[index];
        let completion = &cell.evidence.completion;
        let Some(rate) = completion.success_rate() else {
            return Outcome::not_evaluated(index, NO_COUNTS);
        };
        // Without a success the run is invalid, which has a code of its own.
        if rate == 0.0 || rate >= limit {
            return Outcome::clear(index);
        }
        let (total, done) = (completion.total.unwrap_or(0), completion.successful.unwrap_or(0));
        Outcome::fired(
            Some(index),
            Severity::Warning,
            format!("{done} of {total} requests succeeded ({:.1} %)", rate * 100.0),
            [
                ("success_rate", json!(rate)),
                ("limit", json!(limit)),
                ("num_requests_total", json!(total)),
                ("num_requests_successful", json!(done)),
                ("artifacts", context.paths(cell)),
            ],
        )
    }
}
