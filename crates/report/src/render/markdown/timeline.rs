//! Live InferGuard timeline: what the recorder saw beside the benchmark.

use std::borrow::Cow;

use inferguard_schema::{Cell, TimelineSection};

use super::page::{Column, Page, listed};
use super::{LIST_ITEMS, TABLE_ROWS};
use crate::escape::{code, prose};
use crate::number::{MISSING, count, measure, percent};
use crate::overview::Overview;

pub(super) fn section(overview: &Overview, page: &mut Page) {
    let cells = overview.report.cells.iter();
    let recorded: Vec<_> = cells.filter_map(|cell| Some((cell, cell.timeline.as_ref()?))).collect();
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
