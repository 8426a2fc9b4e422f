//! What is missing, what was refused, what was noticed while reading, which checks looked; and the
//! manifest: the files that belong together when the report is published.

use askama::Template;
use inferguard_schema::{Artifact, Report};

use super::table::{Piece, Table, code, number, or_missing, text, words};
use super::{FILES, names};
use crate::number::{MISSING, count};
use crate::overview::{Overview, problem_groups};

/// The sections of completeness and manifest.
#[derive(Template)]
#[template(path = "completeness.html")]
pub(super) struct Completeness<'a> {
    missing: &'a [String],
    tables: Vec<Table<'a>>,
    problems: Option<Table<'a>>,
    checks: Option<Table<'a>>,
    files: usize,
    manifest: Table<'a>,
}

impl<'a> Completeness<'a> {
    pub(super) fn new(overview: &Overview<'a>) -> Self {
        let report = overview.report;
        let tables = [missing(overview), refused(report)];
        let listed = report.artifact_manifest.iter().any(|artifact| artifact.status == "missing");
        Self {
            missing: if listed { &[] } else { &report.run_summary.missing_artifacts },
            tables: tables.into_iter().filter(|table| table.total > 0).collect(),
            problems: problems(report),
            checks: checks(report),
            files: report.artifact_manifest.len(),
            manifest: manifest(overview),
        }
    }
}

fn with_status<'a>(report: &'a Report, status: &str) -> impl Iterator<Item = &'a Artifact> {
    report.artifact_manifest.iter().filter(move |artifact| artifact.status == status)
}

fn cell_of<'a>(overview: &Overview<'a>, artifact: &'a Artifact) -> Vec<Piece<'a>> {
    artifact.cell_id.as_deref().map_or_else(|| text(MISSING), |id| names::cell(overview, id))
}

fn missing<'a>(overview: &Overview<'a>) -> Table<'a> {
    let columns = ["Path", "Kind", "Cell", "Needed", "Why it is expected"].map(words).into();
    Table::new("Missing artifacts", columns).rows(with_status(overview.report, "missing"), |one| {
        vec![
            code(&one.path),
            text(&*one.kind),
            cell_of(overview, one),
            text(if one.required { "required" } else { "recommended" }),
            or_missing(one.reason.as_deref()),
        ]
    })
}

fn refused(report: &Report) -> Table<'_> {
    let columns = ["Path", "Taken for", "Reason"].map(words).into();
    Table::new("Refused files", columns).rows(with_status(report, "refused"), |one| {
        vec![code(&one.path), text(&*one.kind), or_missing(one.reason.as_deref())]
    })
}

/// Problems by severity and code, the most severe and frequent first, each with an example.
fn problems(report: &Report) -> Option<Table<'_>> {
    let columns = vec![
        words("Severity"),
        words("Problem"),
        number("Times"),
        words("For example in"),
        words("At"),
        words("What was done"),
    ];
    let table = Table::new("Problems while reading", columns);
    let table = table.rows(problem_groups(report), |group| {
        vec![
            text(group.severity),
            code(group.code),
            text(count(group.times)),
            code(group.place),
            code(&group.example.at),
            text(&*group.example.message),
        ]
    });
    (table.total > 0).then_some(table)
}

fn checks(report: &Report) -> Option<Table<'_>> {
    let columns = vec![
        words("Check"),
        number("Fired"),
        number("Clear"),
        number("Not evaluated"),
        words("Why not"),
    ];
    let all = &report.run_summary.checks.0;
    let table = Table::new("What each check answered", columns);
    let table = table.rows_up_to(all.len(), all, |(name, counts)| {
        let reasons = report.run_summary.not_evaluated.iter().filter(|one| one.code == *name);
        let reasons: Vec<_> =
            reasons.map(|one| format!("{} ({})", one.reason, count(one.count))).collect();
        let why = (!reasons.is_empty()).then(|| reasons.join("; "));
        vec![
            code(&**name),
            text(count(counts.fired)),
            text(count(counts.clear)),
            text(count(counts.not_evaluated)),
            or_missing(why),
        ]
    });
    (table.total > 0).then_some(table)
}

/// Files that need attention first, then those that were read.
fn manifest<'a>(overview: &Overview<'a>) -> Table<'a> {
    const ORDER: [&str; 7] =
        ["written", "missing", "refused", "read", "linked", "recognised", "ignored"];
    let mut files: Vec<&'a Artifact> = overview.report.artifact_manifest.iter().collect();
    let place = |status: &str| ORDER.iter().position(|known| *known == status);
    files.sort_by_key(|artifact| place(&artifact.status).unwrap_or(ORDER.len()));
    let columns = ["Status", "Kind", "Path", "Cell", "Reason"].map(words).into();
    Table::new("Files", columns).rows_up_to(FILES, files, |one| {
        vec![
            text(&*one.status),
            text(&*one.kind),
            code(&one.path),
            cell_of(overview, one),
            or_missing(one.reason.as_deref()),
        ]
    })
}
