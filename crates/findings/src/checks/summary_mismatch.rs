//! Two sources of one cell state different values for the same metric.

use inferguard_model::Comparison;
use inferguard_schema::Severity;
use serde_json::json;

use crate::{CellCheck, Context, FindingMeta, Outcome, Threshold};

/// The check.
pub(crate) struct SummaryMismatch;

const META: FindingMeta = FindingMeta {
    code: "summary_mismatch",
    summary: "Two artifacts of one cell state different values for the same metric.",
    severity: "warning",
    doc: include_str!("summary_mismatch.md"),
    since: "0.1.0",
    thresholds: &[Threshold {
        name: "relative_tolerance",
        default: 1e-9,
        unit: "relative",
        about: "Values of one run agree to the last digits; the step of a producer's rounding is added.",
    }],
};

/// Metrics named in the message.
const NAMED: usize = 3;

/// Metrics listed in the evidence.
const LISTED: usize = 20;

impl CellCheck for SummaryMismatch {
    fn meta(&self) -> &FindingMeta {
        &META
    }

    fn look(&self, context: &Context<'_>, index: usize) -> Outcome {
        let cell = &context.cells[index];
        if cell.compared == 0 {
            return Outcome::not_evaluated(index, "the cell has one source for each metric");
        }
        let unexplained: Vec<&Comparison> =
            cell.mismatches.iter().filter(|found| found.explained.is_none()).collect();
        if unexplained.is_empty() {
            return Outcome::clear(index);
        }
        let named: Vec<_> = unexplained
            .iter()
            .take(NAMED)
            .map(|found| format!("{} {} against {}", found.what, found.kept, found.other))
            .collect();
        let more = unexplained.len().saturating_sub(NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let listed: Vec<_> = unexplained
            .iter()
            .take(LISTED)
            .map(|found| {
                let artifact = cell.artifacts.get(usize::from(found.other_origin.artifact));
                json!({
                    "metric": found.what,
                    "kept": found.kept,
                    "other": found.other,
                    "other_source": artifact.map(|artifact| context.path(artifact)),
                })
            })
            .collect();
        Outcome::fired(
            Some(index),
            Severity::Warning,
            format!(
                "{} of {} values differ between artifacts: {}{more}",
                unexplained.len(),
                cell.compared,
                named.join(", ")
            ),
            [
                ("compared", json!(cell.compared)),
                ("different", json!(unexplained.len())),
                ("metrics", json!(listed)),
                ("artifacts", context.paths(cell)),
            ],
        )
    }
}
