//! The producer says that a run ended before it was meant to.

use inferguard_model::{Cell, Ending};
use inferguard_schema::Severity;
use serde_json::json;

use crate::{Check, Context, FindingMeta, Outcome};

/// The check.
pub(crate) struct RunAborted;

const META: FindingMeta = FindingMeta {
    code: "run_aborted",
    summary: "The run was stopped, or ended before all of it was done.",
    severity: "warning",
    doc: include_str!("run_aborted.md"),
    since: "0.2.0",
    thresholds: &[],
};

impl Check for RunAborted {
    fn meta(&self) -> &FindingMeta {
        &META
    }

    fn run(&self, context: &Context<'_>) -> Vec<Outcome> {
        let outcome = |(index, cell): (usize, &Cell)| match &cell.evidence.ending {
            None => Outcome::not_evaluated(index, "no source says how the run ended"),
            Some(Ending::Whole) => Outcome::clear(index),
            Some(Ending::Cut(why)) => Outcome::fired(
                Some(index),
                Severity::Warning,
                format!("the run ended before it was meant to: {why}"),
                [("reason", json!(why)), ("artifacts", context.paths(cell))],
            ),
        };
        context.cells.iter().enumerate().map(outcome).collect()
    }
}
