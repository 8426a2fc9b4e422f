//! What was set for the analysis, and which findings were left out because of it.

use inferguard_schema::{Configuration, Ignored, Report};

use super::TABLE_ROWS;
use super::page::{Column, Page};
use crate::escape::{code, prose};
use crate::number::{MISSING, count, counted};

pub(super) fn part(report: &Report, page: &mut Page) {
    let ignored = &report.run_summary.ignored;
    if report.configuration.is_none() && ignored.is_empty() {
        return;
    }
    page.heading(3, "Configuration");
    if let Some(configuration) = &report.configuration {
        page.paragraph(&set(configuration));
    }
    if !ignored.is_empty() {
        page.paragraph("Findings that were ignored:");
        let columns = [
            Column::text("Code"),
            Column::number("Ignored"),
            Column::text("Reason"),
            Column::text("For example"),
        ];
        let rows: Vec<_> = ignored.iter().take(TABLE_ROWS).map(row).collect();
        page.table(&columns, &rows, ignored.len());
    }
}

fn row(rule: &Ignored) -> Vec<String> {
    let example = rule.cell_ids.first().map_or(MISSING.to_owned(), |id| code(id));
    vec![code(&rule.code), count(rule.count), prose(&rule.reason), example]
}

/// What was set, counted: the values are in `report.json`.
fn set(configuration: &Configuration) -> String {
    let Configuration { file, thresholds, severities, select, ignore, cells, prices, slo } =
        configuration;
    let limits = thresholds.0.iter().map(|(_, limits)| limits.0.len()).sum();
    let parts = [
        (limits, "threshold", "thresholds"),
        (severities.0.len(), "severity", "severities"),
        (select.len(), "selected code", "selected codes"),
        (ignore.len(), "rule of what to ignore", "rules of what to ignore"),
        (cells.len(), "rule about cells", "rules about cells"),
        (usize::from(prices.is_some()), "price list", "price lists"),
        (slo.len(), "set of objectives", "sets of objectives"),
    ];
    let parts: Vec<_> = parts
        .into_iter()
        .filter(|(n, ..)| *n > 0)
        .map(|(n, one, more)| counted(n, one, more))
        .collect();
    let from = match file {
        Some(file) => format!("{} and the command line set", code(file)),
        None => "The command line sets".to_owned(),
    };
    let parts = if parts.is_empty() { "nothing".to_owned() } else { parts.join(", ") };
    format!("{from} {parts}: `configuration` in `report.json`.")
}
