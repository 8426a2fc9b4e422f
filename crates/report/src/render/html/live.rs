//! Live timelines: what the recorder saw beside the benchmark.

use askama::Template;
use inferguard_schema::{Cell, TimelineSection, TimelineTrend};

use super::table::{Table, link, number, or_missing, text, words};
use super::{LIST_ITEMS, anchor};
use crate::number::{bytes, count, measure, percent};
use crate::overview::Overview;

/// The section.
#[derive(Template)]
#[template(path = "live.html")]
pub(super) struct Live<'a> {
    tables: Vec<Table<'a>>,
}

impl<'a> Live<'a> {
    pub(super) fn new(overview: &Overview<'a>) -> Self {
        let cells = overview.report.cells.iter();
        let recorded: Vec<(&'a Cell, &'a TimelineSection)> =
            cells.filter_map(|cell| Some((cell, cell.timeline.as_deref()?))).collect();
        let mut tables = Vec::new();
        if !recorded.is_empty() {
            tables.push(samples(&recorded));
            tables.extend(trends(&recorded));
        }
        Self { tables }
    }
}

fn samples<'a>(recorded: &[(&'a Cell, &'a TimelineSection)]) -> Table<'a> {
    let columns = vec![
        words("Cell"),
        number("Samples"),
        words("First"),
        words("Last"),
        words("Findings in samples"),
        words("First finding"),
        words("First critical finding"),
        number("Max KV usage"),
        number("Max waiting"),
    ];
    Table::new("Timelines", columns).rows(recorded.iter().copied(), |(cell, timeline)| {
        let counts = timeline.finding_counts_by_code.0.iter().take(LIST_ITEMS);
        let counts: Vec<_> = counts.map(|(code, n)| format!("{code} {}", count(*n))).collect();
        vec![
            link(&cell.cell_id, anchor::row(&cell.cell_id)),
            text(count(timeline.sample_count)),
            or_missing(timeline.first_observed_at.as_deref()),
            or_missing(timeline.last_observed_at.as_deref()),
            text(if counts.is_empty() { "none".to_owned() } else { counts.join(", ") }),
            or_missing(timeline.first_finding_at.as_deref()),
            or_missing(timeline.first_critical_finding_at.as_deref()),
            or_missing(timeline.max_kv_cache_usage.map(percent)),
            or_missing(timeline.max_requests_waiting.map(measure)),
        ]
    })
}

fn trends<'a>(recorded: &[(&'a Cell, &'a TimelineSection)]) -> Option<Table<'a>> {
    let columns = vec![
        words("Cell"),
        words("Endpoint"),
        words("Quantity"),
        number("First"),
        number("Last"),
        number("Max"),
        number("Mean"),
        number("Change per minute"),
        words("Trend"),
    ];
    let all = recorded
        .iter()
        .flat_map(|(cell, timeline)| timeline.trends.iter().map(move |trend| (*cell, trend)));
    let table = Table::new("How the endpoints went, counters as rates", columns);
    let table = table.rows(all, |(cell, trend)| {
        vec![
            link(&cell.cell_id, anchor::row(&cell.cell_id)),
            text(format!("{} {}", trend.role, trend.endpoint)),
            text(&*trend.quantity),
            text(value(trend, trend.first)),
            text(value(trend, trend.last)),
            text(value(trend, trend.max)),
            text(value(trend, trend.mean)),
            or_missing(trend.change_per_minute.map(|change| per_minute(trend, change))),
            text(trend.verdict.as_deref().unwrap_or("too few samples")),
        ]
    });
    (table.total > 0).then_some(table)
}

fn value(trend: &TimelineTrend, value: f64) -> String {
    match &*trend.unit {
        "0..1" => percent(value),
        "B/s" if value < 0.0 => format!("-{}/s", bytes(-value)),
        "B/s" => format!("{}/s", bytes(value)),
        _ => measure(value),
    }
}

fn per_minute(trend: &TimelineTrend, change: f64) -> String {
    match &*trend.unit {
        // Points of a share, not a share.
        "0..1" => format!("{} points", measure(100.0 * change)),
        _ => value(trend, change),
    }
}
