//! A file is there and cannot be read as what it is.

use std::collections::BTreeMap;

use inferguard_model::{FileRecord, FileStatus, Problem, ProblemCode, ProblemSeverity};
use inferguard_schema::Severity;
use serde_json::json;

use crate::{Check, Context, FindingMeta, Outcome, Verdict};

/// The check.
pub(crate) struct UnreadableArtifact;

const META: FindingMeta = FindingMeta {
    code: "unreadable_artifact",
    summary: "A file is there and cannot be read, or not whole, as what it is.",
    severity: "critical when it is a cell's result; warning for other files, and for a result of which a part was lost",
    doc: include_str!("unreadable_artifact.md"),
    since: "0.1.0",
    thresholds: &[],
};

impl Check for UnreadableArtifact {
    fn meta(&self) -> &FindingMeta {
        &META
    }

    fn run(&self, context: &Context<'_>) -> Vec<Outcome> {
        let damaged = damaged(context);
        context
            .files
            .iter()
            .enumerate()
            .filter(|(_, file)| {
                matches!(file.outcome.status, FileStatus::Read | FileStatus::Refused)
            })
            .map(|(index, file)| match file.outcome.status {
                FileStatus::Refused => refused(file),
                _ => damaged.get(&index).map_or_else(
                    || Outcome { cell: None, verdict: Verdict::Clear },
                    |problems| partly(file, problems),
                ),
            })
            .collect()
    }
}

fn refused(file: &FileRecord) -> Outcome {
    let (severity, lost) = if file.outcome.is_result {
        (Severity::Critical, "; its result is lost")
    } else {
        (Severity::Warning, "")
    };
    let reason = file.outcome.reason.as_deref().unwrap_or("unknown reason");
    Outcome::fired(
        None,
        severity,
        format!("{}: {reason}{lost}", file.path),
        [("path", json!(file.path)), ("kind", json!(file.outcome.kind)), ("reason", json!(reason))],
    )
}

/// A result of which a part was lost: its numbers stand for what was left.
fn partly(file: &FileRecord, problems: &[&Problem]) -> Outcome {
    let first = problems.first().map_or("", |problem| &problem.message);
    let more = problems.len().saturating_sub(1);
    let more = if more > 0 { format!(" (and {more} more problems)") } else { String::new() };
    let reasons: Vec<_> = problems.iter().map(|p| format!("{}: {}", p.at, p.message)).collect();
    Outcome::fired(
        None,
        Severity::Warning,
        format!("{}: a part cannot be read: {first}{more}", file.path),
        [
            ("path", json!(file.path)),
            ("kind", json!(file.outcome.kind)),
            ("reason", json!(reasons)),
        ],
    )
}

/// Problems that tell of lost parts, of files that hold results, by file index.
fn damaged<'a>(context: &Context<'a>) -> BTreeMap<usize, Vec<&'a Problem>> {
    let mut damaged: BTreeMap<usize, Vec<&Problem>> = BTreeMap::new();
    let of_files = context
        .files
        .iter()
        .enumerate()
        .flat_map(|(index, file)| file.problems.iter().map(move |problem| (index, problem)));
    let of_cells = context.cells.iter().flat_map(|cell| {
        cell.evidence.problems.iter().filter_map(|(artifact, problem)| {
            let file = cell.artifacts.get(usize::from(*artifact))?.file;
            Some((file as usize, problem))
        })
    });
    for (index, problem) in of_files.chain(of_cells) {
        let lost = matches!(problem.code, ProblemCode::Truncated | ProblemCode::Malformed);
        let told = problem.severity >= ProblemSeverity::Warning && lost
            || problem.severity == ProblemSeverity::Error;
        if told && context.files.get(index).is_some_and(|file| file.outcome.is_result) {
            damaged.entry(index).or_default().push(problem);
        }
    }
    damaged
}
