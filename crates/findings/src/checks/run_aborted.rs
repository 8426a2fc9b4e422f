//! The producer, or the logs of a job, say that a run ended before it was meant to.

mod jobs;

use std::collections::BTreeSet;

use inferguard_model::{Cell, Ending};
use inferguard_schema::Severity;
use serde_json::json;

use crate::{Check, Context, FindingMeta, Outcome};

/// The check.
pub(crate) struct RunAborted;

const META: FindingMeta = FindingMeta {
    code: "run_aborted",
    summary: "The run was stopped, or ended before all of it was done.",
    severity: "warning; critical when a job left no result",
    doc: include_str!("run_aborted.md"),
    since: "0.2.0",
    thresholds: &[],
};

impl Check for RunAborted {
    fn meta(&self) -> &FindingMeta {
        &META
    }

    fn run(&self, context: &Context<'_>) -> Vec<Outcome> {
        let of_jobs = jobs::outcomes(context);
        let judged: BTreeSet<usize> = of_jobs.iter().flat_map(|of| &of.cells).copied().collect();
        let outcome = |(index, cell): (usize, &Cell)| match &cell.evidence.ending {
            // The logs of its job have answered for it.
            None if judged.contains(&index) => None,
            None => Some(Outcome::not_evaluated(index, "no source says how the run ended")),
            Some(Ending::Whole) => Some(Outcome::clear(index)),
            Some(Ending::Cut(why)) => Some(Outcome::fired(
                Some(index),
                Severity::Warning,
                format!("the run ended before it was meant to: {why}"),
                [("reason", json!(why)), ("artifacts", context.paths(cell))],
            )),
        };
        let mut outcomes: Vec<_> = context.cells.iter().enumerate().filter_map(outcome).collect();
        outcomes.extend(of_jobs.into_iter().map(|of| of.outcome));
        outcomes.sort_by_key(|outcome| outcome.cell);
        outcomes
    }
}
