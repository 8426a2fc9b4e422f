//! Cells over time: slices of their runs, their workers, servers and GPUs, and what a live recorder
//! saw beside the benchmark.

use askama::Template;
use inferguard_schema::{Cell, TimelineSection, TimelineTrend};

use super::figures::{Drawn, Room};
use super::table::{Table, link, number, or_missing, text, words};
use super::{LIST_ITEMS, OVER_TIME, anchor};
use crate::number::{bytes, count, measure, percent};
use crate::overview::Overview;
use crate::plot::Figure;

/// The section.
#[derive(Template)]
#[template(path = "over_time.html")]
pub(super) struct OverTime<'a> {
    cells: Vec<Told>,
    hidden: Option<String>,
    tables: Vec<Table<'a>>,
}

/// The figures of a cell.
struct Told {
    cell: String,
    row: String,
    /// Whether the matrix has it.
    known: bool,
    figures: Vec<Drawn>,
}

impl<'a> OverTime<'a> {
    /// `figures` are those of single cells.
    pub(super) fn new(overview: &Overview<'a>, figures: &[&Figure], room: &mut Room) -> Self {
        let mut cells: Vec<Told> = Vec::new();
        let shown = room.take(figures, OVER_TIME);
        let hidden = figures.len() - shown.len();
        for (figure, drawn) in figures.iter().zip(shown) {
            match cells.iter_mut().find(|told| told.cell == figure.subject) {
                Some(told) => told.figures.push(drawn),
                None => cells.push(Told {
                    cell: figure.subject.clone(),
                    row: anchor::row(&figure.subject),
                    known: overview.cell(&figure.subject).is_some(),
                    figures: vec![drawn],
                }),
            }
        }
        let all = overview.report.cells.iter();
        let recorded: Vec<(&'a Cell, &'a TimelineSection)> =
            all.filter_map(|cell| Some((cell, cell.timeline.as_deref()?))).collect();
        let mut tables = Vec::new();
        if !recorded.is_empty() {
            tables.push(samples(&recorded));
            tables.extend(trends(&recorded));
        }
        Self { cells, hidden: (hidden > 0).then(|| count(hidden as u64)), tables }
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
