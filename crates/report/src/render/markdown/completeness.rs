//! Artifact completeness: what is missing, what was refused, and what was noticed while reading.

use std::collections::BTreeMap;

use inferguard_schema::{Artifact, Report};

use super::TABLE_ROWS;
use super::page::{Column, Page};
use crate::escape::{code, prose};
use crate::number::{MISSING, count};
use crate::overview::{Overview, ProblemGroup, problem_groups};

pub(super) fn section(overview: &Overview, page: &mut Page) {
    let report = overview.report;
    missing(report, page);
    refused(report, page);
    page.heading(3, "Files by kind");
    by_kind(report, page);
    page.heading(3, "Problems while reading");
    problems(report, page);
}

fn missing(report: &Report, page: &mut Page) {
    let listed = with_status(report, "missing");
    let told = &report.run_summary.missing_artifacts;
    if listed.is_empty() && told.is_empty() {
        page.paragraph("No artifact is missing.");
        return;
    }
    page.heading(3, "Missing artifacts");
    if listed.is_empty() {
        page.bullets(told.iter().map(|text| prose(text)), told.len(), TABLE_ROWS);
        return;
    }
    let columns = ["Path", "Kind", "Cell", "Needed", "Why it is expected"].map(Column::text);
    let row = |artifact: &&Artifact| {
        vec![
            code(&artifact.path),
            code(&artifact.kind),
            artifact.cell_id.as_deref().map_or(MISSING.to_owned(), code),
            if artifact.required { "required" } else { "recommended" }.to_owned(),
            reason(artifact),
        ]
    };
    let rows: Vec<_> = listed.iter().take(TABLE_ROWS).map(row).collect();
    page.table(&columns, &rows, listed.len());
}

fn refused(report: &Report, page: &mut Page) {
    let refused = with_status(report, "refused");
    if refused.is_empty() {
        page.paragraph("No file was refused.");
        return;
    }
    page.heading(3, "Refused files");
    let columns = ["Path", "Taken for", "Reason"].map(Column::text);
    let row =
        |artifact: &&Artifact| vec![code(&artifact.path), code(&artifact.kind), reason(artifact)];
    let rows: Vec<_> = refused.iter().take(TABLE_ROWS).map(row).collect();
    page.table(&columns, &rows, refused.len());
}

fn with_status<'a>(report: &'a Report, status: &str) -> Vec<&'a Artifact> {
    report.artifact_manifest.iter().filter(|artifact| artifact.status == status).collect()
}

fn reason(artifact: &Artifact) -> String {
    artifact.reason.as_deref().map_or(MISSING.to_owned(), prose)
}

/// Counts per kind, a column for each status that occurs.
fn by_kind(report: &Report, page: &mut Page) {
    let mut kinds: BTreeMap<&str, BTreeMap<&str, u64>> = BTreeMap::new();
    let mut statuses: Vec<&str> = STATUSES.to_vec();
    for artifact in &report.artifact_manifest {
        let status: &str = &artifact.status;
        if !statuses.contains(&status) && statuses.len() < 2 * STATUSES.len() {
            statuses.push(status);
        }
        *kinds.entry(&artifact.kind).or_default().entry(status).or_default() += 1;
    }
    if kinds.is_empty() {
        page.paragraph("No file was met.");
        return;
    }
    statuses.retain(|status| kinds.values().any(|counts| counts.contains_key(status)));
    let mut columns = vec![Column::text("Kind")];
    columns.extend(statuses.iter().map(|status| {
        let known = STATUSES.contains(status);
        Column::number(if known { (*status).to_owned() } else { code(status) })
    }));
    let row = |(kind, counts): (&&str, &BTreeMap<&str, u64>)| {
        let numbers =
            statuses.iter().map(|s| counts.get(s).map_or(MISSING.to_owned(), |n| count(*n)));
        std::iter::once(code(kind)).chain(numbers).collect()
    };
    let rows: Vec<_> = kinds.iter().take(TABLE_ROWS).map(row).collect();
    page.table(&columns, &rows, kinds.len());
}

const STATUSES: [&str; 7] =
    ["read", "linked", "recognised", "ignored", "refused", "missing", "written"];

/// Problems by severity and code, the most severe and frequent first, each with an example.
fn problems(report: &Report, page: &mut Page) {
    let groups = problem_groups(report);
    if groups.is_empty() {
        page.paragraph("No problem was noted while reading.");
        return;
    }
    let columns = [
        Column::text("Severity"),
        Column::text("Problem"),
        Column::number("Times"),
        Column::text("For example in"),
        Column::text("At"),
        Column::text("What was done"),
    ];
    let row = |group: &ProblemGroup| {
        vec![
            prose(group.severity),
            code(group.code),
            count(group.times),
            code(group.place),
            code(&group.example.at),
            prose(&group.example.message),
        ]
    };
    let rows: Vec<_> = groups.iter().take(TABLE_ROWS).map(row).collect();
    page.table(&columns, &rows, groups.len());
}
