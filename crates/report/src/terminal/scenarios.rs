//! The scenarios on the terminal: what leads in each, and how often it gives way.

use std::cmp::Reverse;
use std::fmt::Write as _;

use inferguard_schema::{Axis, Frontier, Scenario};

use super::Screen;
use crate::chart;
use crate::escape::{shorten_middle, visible};
use crate::number::{MISSING, count, counted, exact};
use crate::overview::Overview;

/// Scenarios with a line of their own.
const SCENARIOS: usize = 5;

/// The name of a configuration gets what is left of a line, when that is at least this.
const MIN_NAME: usize = 12;

const GAP: usize = 2;

/// A line for each of the largest scenarios.
pub(super) fn lines(overview: &Overview, screen: &mut Screen) {
    let mut scenarios: Vec<&Scenario> = overview.report.cross_run.scenarios.iter().collect();
    // Stable: equals stay in the order of the report.
    scenarios.sort_by_key(|scenario| Reverse(scenario.cell_ids.len()));
    let more = scenarios.len().saturating_sub(SCENARIOS);
    scenarios.truncate(SCENARIOS);
    if scenarios.is_empty() {
        return;
    }
    let axis = scenarios.iter().find_map(|scenario| Some(&chart::headline(scenario)?.y));
    let mut rows = vec![headings(axis)];
    rows.extend(scenarios.iter().map(|scenario| row(overview, scenario, axis)));
    screen.text.push('\n');
    table(&mut rows, screen);
    if more > 0 {
        let _ =
            writeln!(screen.text, "... and {}", counted(more, "more scenario", "more scenarios"));
    }
}

fn headings(axis: Option<&Axis>) -> Vec<String> {
    let mut headings = vec!["scenario".to_owned(), "series".to_owned(), "breaks".to_owned()];
    if let Some(axis) = axis {
        let best = visible(chart::unit(axis)).into_owned();
        headings.extend([best, "at".to_owned(), "leader".to_owned()]);
    }
    headings
}

fn row(overview: &Overview, scenario: &Scenario, axis: Option<&Axis>) -> Vec<String> {
    let mut row = vec![
        visible(&scenario.id).into_owned(),
        count(scenario.series.len() as u64),
        count(scenario.breaking_points.len() as u64),
    ];
    if let Some(axis) = axis {
        let main = chart::headline(scenario).filter(|main| main.y.metric == axis.metric);
        let leader = main.and_then(|main| leader(overview, main));
        row.extend(leader.unwrap_or_else(|| [MISSING, MISSING, MISSING].map(str::to_owned)));
    }
    row
}

/// The best value of a frontier, the load there, and the configuration.
fn leader(overview: &Overview, main: &Frontier) -> Option<[String; 3]> {
    let point = chart::best_y(main)?;
    let place = overview.place(point.cell_ids.first()?)?;
    let series = place.member.series;
    let unit = match series.load_axis.as_deref() {
        Some("concurrency") => " users",
        Some("request_rate") => " req/s",
        _ => "",
    };
    let load = place.point.load.map_or(MISSING.to_owned(), |at| format!("{}{unit}", exact(at)));
    let label = visible(&series.configuration.label).into_owned();
    Some([chart::value(&main.y, point.y), load, label])
}

/// Columns of texts; the first and the last are names, which are cut where they are too long.
fn table(rows: &mut [Vec<String>], screen: &mut Screen) {
    let width = |rows: &[Vec<String>], at: usize| {
        rows.iter().filter_map(|row| row.get(at)).map(|text| text.chars().count()).max()
    };
    let mut columns = rows.first().map_or(0, Vec::len);
    let others = (1..columns).filter_map(|at| width(rows, at)).map(|width| width + GAP).sum();
    shorten(rows, 0, screen.width.saturating_sub(others).max(screen.width / 4));
    let mut widths: Vec<usize> = (0..columns).filter_map(|at| width(rows, at)).collect();
    let used =
        |widths: &[usize]| widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1);
    if columns == COLUMNS {
        let left = screen.width.saturating_sub(used(&widths[..columns - 1]) + GAP);
        if left >= MIN_NAME {
            shorten(rows, columns - 1, left);
            widths[columns - 1] = left;
        }
    }
    while columns > 1 && used(&widths[..columns]) > screen.width {
        columns -= 1;
    }
    for row in rows.iter() {
        let mut line = String::new();
        for (at, text) in row.iter().take(columns).enumerate() {
            let pad = widths[at].saturating_sub(text.chars().count());
            let (before, after) = if at == 0 || at == COLUMNS - 1 { (0, pad) } else { (pad, 0) };
            let gap = if at == 0 { 0 } else { GAP };
            line.extend(std::iter::repeat_n(' ', gap + before));
            line.push_str(text);
            line.extend(std::iter::repeat_n(' ', after));
        }
        let _ = writeln!(screen.text, "{}", line.trim_end());
    }
}

/// Columns of a table with leaders.
const COLUMNS: usize = 6;

fn shorten(rows: &mut [Vec<String>], at: usize, max: usize) {
    for text in rows.iter_mut().filter_map(|row| row.get_mut(at)) {
        *text = shorten_middle(text, max).into_owned();
    }
}
