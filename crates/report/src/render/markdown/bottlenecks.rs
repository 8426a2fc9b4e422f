//! Bottleneck analysis: where and how the system gave way, and which checks could tell.

use std::borrow::Cow;
use std::collections::HashMap;

use inferguard_schema::{CheckCounts, Finding, NotEvaluated};

use super::page::{Column, Page, listed};
use super::{LIST_ITEMS, MATRIX_TABLES, TABLE_ROWS};
use crate::escape::{code, prose};
use crate::number::{MISSING, count, counted};
use crate::overview::Overview;

/// Codes that say whether a run can be trusted; every other code is about how the system behaves,
/// so that a new code is told here without an edit.
const VALIDITY: [&str; 10] = [
    "missing_required_artifact",
    "unreadable_artifact",
    "invalid_run_no_successful_requests",
    "partial_run",
    "metrics_unavailable",
    "summary_mismatch",
    "gpu_count_suspect",
    "unit_suspect",
    "run_aborted",
    "incomplete_sweep",
];

pub(super) fn section(overview: &Overview, page: &mut Page) {
    let is_bottleneck = |finding: &&Finding| !VALIDITY.contains(&&*finding.code);
    let findings: Vec<_> = overview.findings.iter().copied().filter(is_bottleneck).collect();
    let checks = overview.report.run_summary.checks.0.iter();
    let checks: Vec<_> = checks.filter(|(code, _)| !VALIDITY.contains(&&**code)).collect();
    if findings.is_empty() {
        page.paragraph(none_fired(&checks));
    }
    let mut groups = by_scenario(overview, &findings);
    let more = groups.len().saturating_sub(MATRIX_TABLES);
    groups.truncate(MATRIX_TABLES);
    for (scenario, findings) in groups {
        page.heading(3, &scenario.map_or("Findings in no scenario".to_owned(), code));
        scenario_findings(page, &findings);
    }
    if more > 0 {
        let more = counted(more, "more scenario", "more scenarios");
        page.paragraph(&format!("{more}: see `report.json`."));
    }
    if !checks.is_empty() {
        page.heading(3, "Checks that looked");
        check_table(overview, page, &checks);
    }
}

/// A code with the outcomes of its check.
type Check = (Cow<'static, str>, CheckCounts);

/// "Nothing found" and "could not look" are different answers.
fn none_fired(checks: &[&Check]) -> &'static str {
    if checks.is_empty() {
        return "No bottleneck was told, and the report does not say which checks ran.";
    }
    let looked = checks.iter().any(|(_, counts)| counts.clear > 0);
    let blocked = checks.iter().any(|(_, counts)| counts.not_evaluated > 0);
    match (looked, blocked) {
        (true, false) => "No bottleneck was found, and every check could look.",
        (true, true) => {
            "No bottleneck was found where the checks could look. Some could not look everywhere: \
             the table says where and why."
        }
        (false, true) => "No check for bottlenecks could look at anything: the table says why.",
        (false, false) => "No check for bottlenecks had anything to look at.",
    }
}

/// Findings in order of the scenarios, those of no scenario last.
fn by_scenario<'a>(
    overview: &Overview<'a>,
    findings: &[&'a Finding],
) -> Vec<(Option<&'a str>, Vec<&'a Finding>)> {
    let scenario_of = |finding: &&Finding| {
        finding.cell_id.as_deref().and_then(|id| overview.cell(id)?.scenario.as_deref())
    };
    let known =
        overview.report.cross_run.scenarios.iter().map(|scenario| Some(scenario.id.as_str()));
    let mut groups: Vec<_> = known.chain([None]).map(|scenario| (scenario, Vec::new())).collect();
    let places: HashMap<_, _> =
        groups.iter().enumerate().map(|(at, (scenario, _))| (*scenario, at)).collect();
    let last = groups.len() - 1;
    for finding in findings {
        let at = places.get(&scenario_of(finding)).copied().unwrap_or(last);
        groups[at].1.push(*finding);
    }
    groups.retain(|(_, findings)| !findings.is_empty());
    groups
}

/// The findings of a scenario by code, in order of severity.
fn scenario_findings(page: &mut Page, findings: &[&Finding]) {
    let mut codes: Vec<&str> = Vec::new();
    for finding in findings {
        if !codes.contains(&&*finding.code) {
            codes.push(&finding.code);
        }
    }
    for name in codes.into_iter().take(TABLE_ROWS) {
        let same: Vec<_> = findings.iter().filter(|finding| finding.code == name).collect();
        page.paragraph(&format!("{}: {}", code(name), Overview::severities(same.iter().copied())));
        page.bullets(same.iter().map(|f| line(f)), same.len(), LIST_ITEMS);
    }
}

fn line(finding: &Finding) -> String {
    let cell = finding.cell_id.as_deref().map_or_else(String::new, |id| format!("{}: ", code(id)));
    format!("{cell}{}", prose(&finding.message))
}

fn check_table(overview: &Overview, page: &mut Page, checks: &[&Check]) {
    let columns = [
        Column::text("Check"),
        Column::number("Fired"),
        Column::number("Clear"),
        Column::number("Not evaluated"),
        Column::text("Why not"),
    ];
    let why = |name: &str| {
        let reasons = overview.report.run_summary.not_evaluated.iter();
        let reasons: Vec<_> = reasons.filter(|entry| entry.code == name).collect();
        let text =
            |entry: &&NotEvaluated| format!("{} ({})", prose(&entry.reason), count(entry.count));
        listed(&reasons, LIST_ITEMS, "; ", text).unwrap_or_else(|| MISSING.to_owned())
    };
    let row = |(name, counts): &&Check| {
        vec![
            code(name),
            count(counts.fired),
            count(counts.clear),
            count(counts.not_evaluated),
            why(name),
        ]
    };
    let rows: Vec<_> = checks.iter().take(2 * TABLE_ROWS).map(row).collect();
    page.table(&columns, &rows, checks.len());
}
