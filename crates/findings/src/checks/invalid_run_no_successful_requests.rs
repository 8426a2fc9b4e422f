//! Requests were made, or none, and none succeeded.

use inferguard_model::CompletionStatus;
use inferguard_schema::Severity;
use serde_json::json;

use crate::{CellCheck, Context, FindingMeta, Outcome};

/// The check.
pub(crate) struct InvalidRunNoSuccessfulRequests;

const META: FindingMeta = FindingMeta {
    code: "invalid_run_no_successful_requests",
    summary: "The cell has no successful request.",
    severity: "critical",
    doc: include_str!("invalid_run_no_successful_requests.md"),
    since: "0.1.0",
    thresholds: &[],
};

/// Why request counts are not known.
pub(super) const NO_COUNTS: &str = "the source states no request counts";

impl CellCheck for InvalidRunNoSuccessfulRequests {
    fn meta(&self) -> &FindingMeta {
        &META
    }

    fn look(&self, context: &Context<'_>, index: usize) -> Outcome {
        let cell = &context.cells[index];
        let completion = &cell.evidence.completion;
        match completion.status() {
            _ if completion.successful.is_some_and(|n| n > 0) => Outcome::clear(index),
            CompletionStatus::Failed => {
                let attempts = completion
                    .total
                    .map_or_else(|| "an unknown number of".to_owned(), |n| n.to_string());
                Outcome::fired(
                    Some(index),
                    Severity::Critical,
                    format!("0 of {attempts} requests succeeded"),
                    [
                        ("num_requests_total", json!(completion.total)),
                        ("num_requests_successful", json!(completion.successful)),
                        ("artifacts", context.paths(cell)),
                    ],
                )
            }
            _ => Outcome::not_evaluated(index, NO_COUNTS),
        }
    }
}
