//! Executive summary: is the run valid, what is worst, and what could not be judged.

use inferguard_schema::{CompletionStatus, Cost, Finding, RunSummary, Scenario, Severity};

use super::page::{Column, Page};
use super::{TABLE_ROWS, WORST_FINDINGS, WORST_PER_CODE, configuration};
use crate::escape::{code, prose};
use crate::number::{MISSING, count, counted, exact, measure, money};
use crate::overview::Overview;

pub(super) fn section(overview: &Overview, page: &mut Page) {
    let summary = &overview.report.run_summary;
    let scenarios = &overview.report.cross_run.scenarios;
    page.paragraph(&status(overview, summary, scenarios.len()));
    if !scenarios.is_empty() {
        scenario_table(overview, page, scenarios);
    }
    page.heading(3, "Worst findings");
    findings(overview, page);
    page.heading(3, "What could not be evaluated");
    not_evaluated(page, summary);
    configuration::part(overview.report, page);
    if let Some(cost) = &summary.cost {
        page.heading(3, "Cost");
        page.paragraph(&format!("{}.", cost_text(cost)));
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
    let found = Overview::severities(&overview.findings);
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
        Column::text("Findings"),
    ];
    let row = |scenario: &Scenario| {
        let found = scenario.cell_ids.iter().flat_map(|id| overview.findings_of(id));
        let found = Overview::severities(found);
        vec![
            code(&scenario.id),
            count(scenario.cell_ids.len() as u64),
            count(scenario.series.len() as u64),
            loads(scenario),
            if found.is_empty() { "none".to_owned() } else { found },
        ]
    };
    let rows: Vec<_> = scenarios.iter().take(TABLE_ROWS).map(row).collect();
    page.table(&columns, &rows, scenarios.len());
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
    let worst = overview.worst(WORST_PER_CODE, WORST_FINDINGS);
    if worst.is_empty() {
        page.paragraph("No check fired.");
        return;
    }
    page.bullets(worst.iter().map(|finding| with_cell(finding)), worst.len(), usize::MAX);
    if overview.findings.len() > worst.len() {
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
        vec![code(name), Overview::severities(findings), cell.map_or("the run".to_owned(), code)]
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
        Column::text("Check"),
        Column::number("Not evaluated"),
        Column::text("Reason"),
        Column::text("For example"),
    ];
    let rows: Vec<_> = reasons
        .iter()
        .take(TABLE_ROWS)
        .map(|entry| {
            let example = entry.cell_ids.first().map_or(MISSING.to_owned(), |id| code(id));
            vec![code(&entry.code), count(entry.count), prose(&entry.reason), example]
        })
        .collect();
    page.table(&columns, &rows, reasons.len());
}

/// A cost block in words, without its known-to-be-missing members.
pub(super) fn cost_text(cost: &Cost) -> String {
    let currency = prose(&cost.currency);
    let money = |value: Option<f64>, what: &str| {
        value.map(|value| format!("{} {currency} {what}", money(value)))
    };
    let parts: Vec<_> = [
        money(cost.compute_cost, "compute cost"),
        cost.gpu_hours.map(|hours| format!("{} GPU-hours", measure(hours))),
        money(cost.gpu_hour_cost, "per GPU-hour"),
        money(cost.cost_per_completed_session, "per completed session"),
        money(cost.cost_per_completed_request, "per completed request"),
        money(cost.cost_per_million_input_tokens, "per million input tokens"),
        money(cost.cost_per_million_output_tokens, "per million output tokens"),
        money(cost.cost_per_million_total_tokens, "per million tokens of both"),
    ]
    .into_iter()
    .flatten()
    .collect();
    if parts.is_empty() { "No cost is known".to_owned() } else { parts.join(" · ") }
}
