//! Live InferGuard timeline: what the recorder saw beside the benchmark.

use std::borrow::Cow;

use inferguard_schema::{Cell, TimelineSection, TimelineTrend};

use super::jobs;
use super::page::{Column, Page, listed};
use super::{LIST_ITEMS, TABLE_ROWS};
use crate::escape::{code, prose};
use crate::number::{MISSING, bytes, count, measure, percent};
use crate::overview::Overview;

pub(super) fn section(overview: &Overview, page: &mut Page) {
    recorded(overview, page);
    jobs::part(overview, page);
}

fn recorded(overview: &Overview, page: &mut Page) {
    let cells = overview.report.cells.iter();
    let recorded: Vec<_> =
        cells.filter_map(|cell| Some((cell, cell.timeline.as_deref()?))).collect();
    if recorded.is_empty() {
        page.paragraph(
            "No timeline was found. A timeline is a file `inferguard_timeline.jsonl` in a cell's \
             folder; `--timeline-glob` names another pattern.",
        );
        return;
    }
    let columns = [
        Column::text("Cell"),
        Column::number("Samples"),
        Column::text("First"),
        Column::text("Last"),
        Column::text("Findings in samples"),
        Column::text("First finding"),
        Column::text("First critical finding"),
        Column::number("Max KV usage"),
        Column::number("Max waiting"),
    ];
    let rows: Vec<_> = recorded.iter().take(TABLE_ROWS).map(|(cell, t)| row(cell, t)).collect();
    page.table(&columns, &rows, recorded.len());
    trends(&recorded, page);
}

fn trends(recorded: &[(&Cell, &TimelineSection)], page: &mut Page) {
    let all = || recorded.iter().flat_map(|(cell, t)| t.trends.iter().map(move |one| (*cell, one)));
    let count = all().count();
    if count == 0 {
        return;
    }
    page.paragraph(
        "How the endpoints went, counters as rates. A trend is rising or falling when a \
         Mann-Kendall test on the medians of ten segments says so at 1 %; fewer than six samples \
         cannot.",
    );
    let columns = [
        Column::text("Cell"),
        Column::text("Endpoint"),
        Column::text("Quantity"),
        Column::number("First"),
        Column::number("Last"),
        Column::number("Max"),
        Column::number("Mean"),
        Column::number("Change per minute"),
        Column::text("Trend"),
    ];
    let rows: Vec<_> = all().take(TABLE_ROWS).map(|(cell, one)| trend_row(cell, one)).collect();
    page.table(&columns, &rows, count);
}

fn trend_row(cell: &Cell, trend: &TimelineTrend) -> Vec<String> {
    let value = |value: f64| match &*trend.unit {
        "0..1" => percent(value),
        "B/s" if value < 0.0 => format!("-{}/s", bytes(-value)),
        "B/s" => format!("{}/s", bytes(value)),
        _ => measure(value),
    };
    let per_minute = |change: f64| match &*trend.unit {
        // Points of a share, not a share.
        "0..1" => format!("{} points", measure(100.0 * change)),
        _ => value(change),
    };
    vec![
        code(&cell.cell_id),
        prose(&format!("{} {}", trend.role, trend.endpoint)),
        code(&trend.quantity),
        value(trend.first),
        value(trend.last),
        value(trend.max),
        value(trend.mean),
        trend.change_per_minute.map_or(MISSING.to_owned(), per_minute),
        trend.verdict.as_deref().map_or("too few samples".to_owned(), prose),
    ]
}

fn row(cell: &Cell, timeline: &TimelineSection) -> Vec<String> {
    let time = |time: &Option<String>| time.as_deref().map_or(MISSING.to_owned(), prose);
    vec![
        code(&cell.cell_id),
        count(timeline.sample_count),
        time(&timeline.first_observed_at),
        time(&timeline.last_observed_at),
        findings(timeline),
        time(&timeline.first_finding_at),
        time(&timeline.first_critical_finding_at),
        timeline.max_kv_cache_usage.map_or(MISSING.to_owned(), percent),
        timeline.max_requests_waiting.map_or(MISSING.to_owned(), measure),
    ]
}

fn findings(timeline: &TimelineSection) -> String {
    let counts = &timeline.finding_counts_by_code.0;
    let text =
        |(name, times): &(Cow<'static, str>, u64)| format!("{} {}", code(name), count(*times));
    listed(counts, LIST_ITEMS, ", ", text).unwrap_or_else(|| "none".to_owned())
}
