//! Executive summary: is the run valid, what is worst, and what could not be judged.

use inferguard_schema::{
    Axis, CompletionStatus, Finding, Frontier, FrontierPoint, NotEvaluated, RunSummary, Scenario,
    Severity,
};

use super::page::{Column, Page, listed};
use super::{
    LIST_ITEMS, TABLE_ROWS, WORST_FINDINGS, WORST_PER_CODE, breaks, configuration, knees, names,
};
use crate::chart;
use crate::escape::{code, prose};
use crate::number::{MISSING, count, counted, exact};
use crate::overview::{Overview, Worst};
use crate::wording;

pub(super) fn section(overview: &Overview, page: &mut Page) {
    let summary = &overview.report.run_summary;
    let scenarios = &overview.report.cross_run.scenarios;
    page.paragraph(&status(overview, summary, scenarios.len()));
    if !scenarios.is_empty() {
        scenario_table(overview, page, scenarios);
        best_table(overview, page, scenarios);
    }
    page.heading(3, "Worst findings");
    findings(overview, page);
    page.heading(3, "What could not be evaluated");
    not_evaluated(page, summary);
    configuration::part(overview.report, page);
    if let Some(cost) = &summary.cost {
        page.heading(3, "Cost");
        page.paragraph(&format!("{}.", wording::cost(cost, &prose(&cost.currency))));
    }
}

fn status(overview: &Overview, summary: &RunSummary, scenarios: usize) -> String {
    let by_status = [
        CompletionStatus::Complete,
        CompletionStatus::Partial,
        CompletionStatus::Failed,
        CompletionStatus::Unknown,
    ]
    .map(|status| (overview.cells_with(status), status.name()));
    let by_status = by_status.into_iter().filter(|(cells, _)| *cells > 0);
    let by_status: Vec<_> =
        by_status.map(|(cells, name)| format!("{} {name}", count(cells as u64))).collect();
    let by_status =
        if by_status.is_empty() { String::new() } else { format!(" ({})", by_status.join(", ")) };
    let refused =
        overview.report.artifact_manifest.iter().filter(|a| a.status == "refused").count();
    let missing = summary.missing_artifacts.len();
    let found = Overview::severities(overview.findings.iter().map(|f| f.severity));
    format!(
        "**Status: {}.** {}{} in {}. {}; {}; {}.",
        summary.status.name(),
        counted(overview.report.cells.len(), "cell", "cells"),
        by_status,
        counted(scenarios, "scenario", "scenarios"),
        if found.is_empty() { "No findings".to_owned() } else { format!("Findings: {found}") },
        counted(missing, "missing artifact", "missing artifacts"),
        counted(refused, "refused file", "refused files"),
    )
}

fn scenario_table(overview: &Overview, page: &mut Page, scenarios: &[Scenario]) {
    let columns = [
        Column::text("Scenario"),
        Column::number("Cells"),
        Column::number("Series"),
        Column::number("Loads"),
        Column::text("Breaking points"),
        Column::text("Findings"),
    ];
    let row = |scenario: &Scenario| {
        let found = scenario.cell_ids.iter().flat_map(|id| overview.findings_of(id));
        let found = Overview::severities(found.map(|finding| finding.severity));
        let breaks = scenario.breaking_points.iter().map(|point| point.severity);
        let breaks = Overview::severities(breaks);
        let none = |text: String| if text.is_empty() { "none".to_owned() } else { text };
        vec![
            code(&scenario.id),
            count(scenario.cell_ids.len() as u64),
            count(scenario.series.len() as u64),
            loads(scenario),
            none(breaks),
            none(found),
        ]
    };
    let rows: Vec<_> = scenarios.iter().take(TABLE_ROWS).map(row).collect();
    page.table(&columns, &rows, scenarios.len());
}

/// The best configuration of each scenario on either axis of its frontier, and the knee of the
/// series that leads.
fn best_table(overview: &Overview, page: &mut Page, scenarios: &[Scenario]) {
    let known: Vec<_> = scenarios.iter().filter_map(|s| Some((s, chart::headline(s)?))).collect();
    let Some((_, first)) = known.first() else { return };
    let columns = [
        Column::text("Scenario"),
        Column::text(format!("Best {}", names::axis(&first.y))),
        Column::text("Knee of that series"),
        Column::text(format!("Best {}", names::axis(&first.x))),
    ];
    let end = |point: Option<&FrontierPoint>, axis: &Axis, heading: &Axis, value: f64| {
        let Some(point) = point else { return MISSING.to_owned() };
        let value = if axis.metric == heading.metric {
            chart::value(axis, value)
        } else {
            format!("{} {}", names::value_of(axis, value), prose(&chart::title(axis)))
        };
        format!("**{value}** {}", names::first_place(overview, &point.cell_ids))
    };
    let row = |(scenario, main): &(&Scenario, &Frontier)| {
        let (top, quick) = (chart::best_y(main), chart::best_x(main));
        let leader = top.and_then(|point| overview.place(point.cell_ids.first()?));
        let knee = leader.and_then(|at| Some((at.member, at.member.series.knee.as_ref()?)));
        vec![
            code(&scenario.id),
            end(top, &main.y, &first.y, top.map_or(f64::NAN, |point| point.y)),
            knee.map_or(MISSING.to_owned(), |(member, knee)| knees::loads(&member, knee)),
            end(quick, &main.x, &first.x, quick.map_or(f64::NAN, |point| point.x)),
        ]
    };
    let rows: Vec<_> = known.iter().take(TABLE_ROWS).map(row).collect();
    page.table(&columns, &rows, known.len());
}

/// The range of the load levels.
fn loads(scenario: &Scenario) -> String {
    let loads = scenario.series.iter().flat_map(|series| &series.points);
    let loads = loads.filter_map(|point| point.load).filter(|load| load.is_finite());
    let bounds = loads.fold(None, |bounds: Option<(f64, f64)>, load| {
        Some(bounds.map_or((load, load), |(low, high)| (low.min(load), high.max(load))))
    });
    match bounds {
        None => MISSING.to_owned(),
        Some((low, high)) if low == high => exact(low),
        Some((low, high)) => format!("{} to {}", exact(low), exact(high)),
    }
}

fn findings(overview: &Overview, page: &mut Page) {
    let (worst, untold) = overview.worst(WORST_PER_CODE, WORST_FINDINGS);
    if worst.is_empty() {
        page.paragraph("No check fired.");
        return;
    }
    let line = |one: &Worst| match one {
        Worst::Break(one) => breaks::line(one, &breaks::series_in(one)),
        Worst::Finding(finding) => with_cell(finding),
    };
    page.bullets(worst.iter().map(line), worst.len(), usize::MAX);
    if untold > 0 {
        by_code(overview, page);
    }
}

/// A finding in a line, with its cell.
fn with_cell(finding: &Finding) -> String {
    let cell =
        finding.cell_id.as_deref().map_or_else(String::new, |id| format!(" in {}", code(id)));
    format!("{}{cell}: {}", head(finding), prose(&finding.message))
}

/// Severity and code of a finding; a critical one stands out.
pub(super) fn head(finding: &Finding) -> String {
    match finding.severity {
        Severity::Critical => format!("**critical** {}", code(&finding.code)),
        severity => format!("{} {}", severity.name(), code(&finding.code)),
    }
}

/// All findings, counted by code: the list above shows only some of them.
fn by_code(overview: &Overview, page: &mut Page) {
    let mut codes: Vec<(&str, Vec<&Finding>)> = Vec::new();
    for &finding in &overview.findings {
        match codes.iter_mut().find(|(code, _)| *code == finding.code) {
            Some((_, findings)) => findings.push(finding),
            None => codes.push((&finding.code, vec![finding])),
        }
    }
    page.paragraph("All findings by code:");
    let columns = [Column::text("Code"), Column::text("Findings"), Column::text("For example")];
    let row = |(name, findings): &(&str, Vec<&Finding>)| {
        let cell = findings.first().and_then(|finding| finding.cell_id.as_deref());
        let severities = Overview::severities(findings.iter().map(|f| f.severity));
        vec![code(name), severities, cell.map_or("the run".to_owned(), code)]
    };
    let rows: Vec<_> = codes.iter().take(TABLE_ROWS).map(row).collect();
    page.table(&columns, &rows, codes.len());
}

fn not_evaluated(page: &mut Page, summary: &RunSummary) {
    let reasons = &summary.not_evaluated;
    if reasons.is_empty() {
        page.paragraph(if summary.checks.is_empty() {
            "The report does not say which checks ran."
        } else {
            "Every check could look at everything it is for."
        });
        return;
    }
    let columns = [
        Column::text("Reason"),
        Column::number("Not evaluated"),
        Column::text("Checks"),
        Column::text("For example"),
    ];
    let groups = by_reason(reasons);
    let row = |entries: &Vec<&NotEvaluated>| {
        let checks = listed(entries, 2 * LIST_ITEMS, ", ", |entry| code(&entry.code));
        let example = entries.iter().find_map(|entry| entry.cell_ids.first());
        vec![
            prose(&entries[0].reason),
            count(entries[0].count),
            checks.unwrap_or_default(),
            example.map_or(MISSING.to_owned(), |id| code(id)),
        ]
    };
    let rows: Vec<_> = groups.iter().take(TABLE_ROWS).map(row).collect();
    page.table(&columns, &rows, groups.len());
}

/// Checks that could not look for the same reason as often.
pub(super) fn by_reason<'n>(
    entries: impl IntoIterator<Item = &'n NotEvaluated>,
) -> Vec<Vec<&'n NotEvaluated>> {
    let mut groups: Vec<Vec<&NotEvaluated>> = Vec::new();
    for entry in entries {
        let same = |held: &&mut Vec<&NotEvaluated>| {
            held[0].reason == entry.reason && held[0].count == entry.count
        };
        match groups.iter_mut().find(same) {
            Some(held) => held.push(entry),
            None => groups.push(vec![entry]),
        }
    }
    groups
}
