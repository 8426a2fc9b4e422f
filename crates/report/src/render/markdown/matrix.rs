//! Benchmark matrix: every cell in a row, by scenario, configuration and load.

use inferguard_schema::{Cell, Point, Scenario, Series};

use super::page::{Column, Page, listed};
use super::{MATRIX_ROWS, MATRIX_TABLES, executive, names};
use crate::escape::{code, prose};
use crate::number::{MISSING, count, counted, exact, measure, millis, percent};
use crate::overview::{Overview, metric};

pub(super) fn section(overview: &Overview, page: &mut Page) {
    let cross_run = &overview.report.cross_run;
    if overview.report.cells.is_empty() {
        page.paragraph("No cell was found.");
        return;
    }
    page.paragraph(
        "A row is a cell; three significant digits, `report.json` has all. TPOT is per request, \
         interactivity is 1 / TPOT. A dash is a number that was not measured.",
    );
    for scenario in cross_run.scenarios.iter().take(MATRIX_TABLES) {
        page.heading(3, &code(&scenario.id));
        scenario_table(overview, page, scenario);
    }
    let more = cross_run.scenarios.len().saturating_sub(MATRIX_TABLES);
    if more > 0 {
        let more = counted(more, "more scenario", "more scenarios");
        page.paragraph(&format!("{more}: see `report.json`."));
    }
    unplaced(overview, page);
}

/// A cell's row, before it is formatted.
struct Row<'a> {
    cell: &'a Cell,
    series: Option<&'a Series>,
    load: Option<f64>,
    configuration: String,
    notes: String,
}

fn scenario_table(overview: &Overview, page: &mut Page, scenario: &Scenario) {
    let several_runs = scenario.series.windows(2).any(|pair| pair[0].run != pair[1].run);
    // Rows that are not shown are counted and not made.
    let (mut rows, mut total) = (Vec::new(), 0);
    for series in &scenario.series {
        let first = total;
        for point in &series.points {
            let kept = point.cell_ids.iter().enumerate().map(|(at, id)| (id.as_ref(), at, None));
            let left_out = point.left_out.0.iter().map(|(id, why)| (&**id, 0, Some(why)));
            for (id, at, left_out) in kept.chain(left_out) {
                let Some(cell) = overview.cell(id) else { continue };
                total += 1;
                if rows.len() < MATRIX_ROWS {
                    let notes = left_out.map_or_else(
                        || notes(point, at),
                        |why| format!("left out: {}", prose(why)),
                    );
                    let configuration = String::new();
                    let series = Some(series);
                    rows.push(Row { cell, series, load: point.load, configuration, notes });
                }
            }
        }
        if let Some(row) = rows.get_mut(first) {
            row.configuration = label(series, several_runs);
        }
    }
    if total < scenario.cell_ids.len() {
        let alone = scenario.cell_ids.iter().filter(|id| overview.place(id).is_none());
        for cell in alone.filter_map(|id| overview.cell(id)) {
            total += 1;
            if rows.len() < MATRIX_ROWS {
                rows.push(alone_row(cell, "in no series".to_owned()));
            }
        }
    }
    table(overview, page, &rows, total);
}

/// What is noticed of a point, and which of its repeats a cell is.
fn notes(point: &Point, at: usize) -> String {
    let mut notes: Vec<_> = point.annotations.iter().map(|note| prose(note)).collect();
    let repeats = point.cell_ids.len();
    if repeats > 1 {
        notes.push(format!("repeat {} of {repeats}", at + 1));
    }
    notes.join(", ")
}

/// Cells that belong to no scenario; they are not comparable, the table only lists them.
fn unplaced(overview: &Overview, page: &mut Page) {
    let reasons = &overview.report.cross_run.unplaced;
    let cells = overview.report.cells.iter().filter(|cell| cell.scenario.is_none());
    let total = cells.clone().count();
    // A reason is looked up in a list, so only for rows that are shown.
    let rows: Vec<_> = cells
        .take(MATRIX_ROWS)
        .map(|cell| {
            let why = reasons.get(&cell.cell_id);
            alone_row(cell, why.map_or("no reason given".to_owned(), |why| prose(why)))
        })
        .collect();
    if !rows.is_empty() {
        page.heading(3, "Cells in no scenario");
        table(overview, page, &rows, total);
    }
}

fn alone_row(cell: &Cell, notes: String) -> Row<'_> {
    let parts = [&cell.hardware, &cell.framework, &cell.precision];
    let parts: Vec<_> = parts.into_iter().flatten().map(String::as_str).collect();
    let configuration = if parts.is_empty() { String::new() } else { code(&parts.join(" ")) };
    let load = cell.concurrency.map(|n| n as f64).or(cell.request_rate);
    Row { cell, series: None, load, configuration, notes }
}

fn label(series: &Series, several_runs: bool) -> String {
    let label = code(&series.configuration.label);
    if several_runs { format!("{label} in {}", names::run(&series.run)) } else { label }
}

type Format = fn(f64) -> String;

fn table(overview: &Overview, page: &mut Page, rows: &[Row], total: usize) {
    let shown = &rows[..rows.len().min(MATRIX_ROWS)];
    let (load_column, load) = loads(shown);
    let mut columns = vec![Column::text("Configuration"), load_column];
    let mut texts: Vec<Vec<String>> =
        shown.iter().map(|row| vec![row.configuration.clone(), load(row)]).collect();
    let mut add = |column: Column, values: Vec<Option<String>>| {
        if values.iter().any(Option::is_some) {
            let missing = if column.is_numeric() { MISSING } else { "" };
            columns.push(column);
            for (text, value) in texts.iter_mut().zip(values) {
                text.push(value.unwrap_or_else(|| missing.to_owned()));
            }
        }
    };
    let each = |f: &dyn Fn(&Row) -> Option<String>| shown.iter().map(f).collect::<Vec<_>>();

    add(Column::number("Requests ok"), each(&|row| requests(row.cell)));
    for (quantity, title, unit, tail, format) in LATENCIES {
        for statistics in [CENTER, if tail { TAIL } else { &[] }] {
            if let Some((statistic, name)) = most_common(shown, statistics, quantity) {
                let column = Column::number(format!("{title} {statistic} ({unit})"));
                add(column, each(&|row| metric(row.cell, &name).map(format)));
            }
        }
    }
    for (name, heading, format) in RATES {
        add(Column::number(heading), each(&|row| metric(row.cell, name).map(format)));
    }
    add(Column::text("Findings"), each(&|row| marks(overview, row.cell)));
    add(Column::text("Notes"), each(&|row| Some(&row.notes).filter(|n| !n.is_empty()).cloned()));
    add(Column::text("Cell"), each(&|row| Some(code(&row.cell.cell_id))));
    page.table(&columns, &texts, total);
}

/// Statistics for a typical request and for a slow one, most wanted first.
const CENTER: &[&str] = &["p50", "mean"];
const TAIL: &[&str] = &["p99", "p95", "p90"];

/// Quantity, title, unit, whether its tail is shown, and format.
const LATENCIES: [(&str, &str, &str, bool, Format); 3] = [
    ("ttft", "TTFT", "ms", true, millis),
    ("tpot", "TPOT", "ms", true, millis),
    ("e2el", "E2EL", "s", false, measure),
];

const RATES: [(&str, &str, Format); 5] = [
    ("intvty", "Interactivity (tok/s/user)", measure),
    ("output_tput_tps", "Output (tok/s)", measure),
    ("tput_per_gpu", "Total (tok/s/GPU)", measure),
    ("system_output_tput_per_gpu", "Output (tok/s/GPU)", measure),
    ("num_gpus", "GPUs", exact),
];

/// The statistic that most rows have, and its metric; the earlier one when equal.
fn most_common<'s>(
    rows: &[Row],
    statistics: &[&'s str],
    quantity: &str,
) -> Option<(&'s str, String)> {
    let mut best = (0, None);
    for statistic in statistics {
        let name = format!("{statistic}_{quantity}");
        let having = rows.iter().filter(|row| metric(row.cell, &name).is_some()).count();
        if having > best.0 {
            best = (having, Some((*statistic, name)));
        }
    }
    best.1
}

/// The axis of a row's load: what its series says, else which load the cell has.
fn axis<'a>(row: &Row<'a>) -> Option<&'a str> {
    match row.series {
        Some(series) => series.load_axis.as_deref(),
        None if row.cell.concurrency.is_some() => Some("concurrency"),
        None => row.cell.request_rate.map(|_| "request_rate"),
    }
}

/// The column of the loads and how a load is written; rows of different axes name theirs.
fn loads(rows: &[Row]) -> (Column, fn(&Row) -> String) {
    let plain = |row: &Row| row.load.map_or(MISSING.to_owned(), exact);
    let named = |row: &Row| {
        let load = row.load.map_or(MISSING.to_owned(), exact);
        axis(row).map_or(load.clone(), |axis| format!("{load} {}", prose(&axis.replace('_', " "))))
    };
    let mut axes = rows.iter().filter_map(axis);
    let first = axes.next();
    let heading = match first {
        Some(first) if axes.any(|other| other != first) => return (Column::number("Load"), named),
        Some("concurrency") => "Concurrency".to_owned(),
        Some("request_rate") => "Rate (req/s)".to_owned(),
        Some(other) => format!("Load ({})", code(other)),
        None => "Load".to_owned(),
    };
    (Column::number(heading), plain)
}

fn requests(cell: &Cell) -> Option<String> {
    let completion = &cell.completion;
    match (completion.num_requests_successful, completion.num_requests_total) {
        (Some(ok), Some(total)) => Some(format!("{} / {}", count(ok), count(total))),
        _ => completion.success_rate.map(percent),
    }
}

/// The findings of a cell: the worst three by name.
fn marks(overview: &Overview, cell: &Cell) -> Option<String> {
    listed(overview.findings_of(&cell.cell_id), 3, ", ", |finding| executive::head(finding))
}
