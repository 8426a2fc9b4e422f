//! Load levels that a job was to measure and that have no result.

use inferguard_model::Job;
use inferguard_schema::Severity;
use serde_json::json;

use crate::{Context, Outcome};

/// Load levels that a message names; the evidence has all.
const NAMED: usize = 12;

/// The answer for each job.
pub(super) fn outcomes(context: &Context<'_>) -> impl Iterator<Item = Outcome> {
    context.jobs.iter().filter_map(|job| outcome(job, context))
}

/// `None` for a job that has no cell to speak of and nothing missing.
fn outcome(job: &Job, context: &Context<'_>) -> Option<Outcome> {
    let first = job.cells.first().copied();
    if job.is_profiling() {
        return Some(Outcome::not_evaluated(first?, "a profiling run measures no load levels"));
    }
    let Some(missing) = job.missing(context.cells) else {
        return Some(Outcome::not_evaluated(first?, "nothing says which load levels were planned"));
    };
    if missing.is_empty() {
        return first.map(Outcome::clear);
    }
    let (planned, file) = job.planned()?;
    let path = context.files.get(file as usize).map_or("", |file| file.path.as_str());
    let named: Vec<String> = missing.iter().take(NAMED).map(ToString::to_string).collect();
    let more = missing.len().checked_sub(NAMED).filter(|more| *more > 0);
    let more = more.map_or(String::new(), |more| format!(" and {more} more"));
    Some(Outcome::fired(
        first,
        Severity::Warning,
        format!(
            "job {} has no result at {} of {} planned load levels: concurrency {}{more}",
            job.id,
            missing.len(),
            planned.len(),
            named.join(", "),
        ),
        [
            ("job", json!(job.id)),
            ("missing", json!(missing)),
            ("planned", json!(planned)),
            ("path", json!(path)),
        ],
    ))
}
