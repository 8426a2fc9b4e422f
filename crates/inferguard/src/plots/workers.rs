//! Figures of the workers under the load of a cell.

use inferguard_analysis::workers::grid::Grid;
use inferguard_analysis::workers::rates::rate_match;
use inferguard_analysis::workers::series::{GroupBy, GroupSeries, series};
use inferguard_model::{Cell, WorkerGauge, WorkerRole};
use inferguard_report::number::measure;
use inferguard_report::plot::Figure;
use inferguard_report::plot::nodes::{Look, NodeLine, NodePanel, NodeSeries, nodes};

/// Workers up to which each has a line; of more the roles are drawn.
const MOST_WORKERS: usize = 16;

/// Where the time of the figures begins.
const LOAD: &str = "the beginning of the load";

/// The figures of a cell; none where no worker log lies under its load.
pub(super) fn figures(cell: &Cell) -> Vec<Figure> {
    let loads = &cell.evidence.worker_load;
    // One step is a point, which shows no course.
    let grid = loads.first().and_then(|load| Grid::over(load.window_ns));
    let Some(grid) = grid.filter(|grid| grid.steps() > 1) else { return Vec::new() };
    let mut by_worker = series(loads, GroupBy::Worker);
    let by_role = series(loads, GroupBy::Role);
    let mut notes = Vec::new();
    if by_worker.len() > MOST_WORKERS {
        notes.push(format!("{} workers, added up by role.", by_worker.len()));
        by_worker.clone_from(&by_role);
    }
    let drawn = [workers(cell, &by_worker, &grid, notes), hand_over(cell, &by_role, &grid)];
    drawn.iter().filter(|figure| !figure.panels.is_empty()).map(nodes).collect()
}

/// What each worker does.
fn workers(cell: &Cell, groups: &[GroupSeries], grid: &Grid, notes: Vec<String>) -> NodeSeries {
    let rate = |title, of: fn(&GroupSeries) -> Option<&Vec<f64>>| {
        let lines = groups.iter().filter_map(|group| {
            Some(NodeLine { name: group.group.label(), points: rates(of(group)?, grid, 1.0) })
        });
        panel(title, "tok/s", Look::Lines, lines.collect())
    };
    let held = |title, unit, look, gauge| {
        let lines = groups.iter().filter_map(|group| {
            let points = levels(group.held.get(&gauge)?, grid);
            Some(NodeLine { name: group.group.label(), points })
        });
        panel(title, unit, look, lines.collect())
    };
    let panels = [
        rate("Input tokens computed", |group| group.input_tokens.as_ref()),
        rate("Tokens generated", |group| group.generated_tokens.as_ref()),
        held("Running", "requests", Look::Lines, WorkerGauge::Running),
        held("Queued", "requests", Look::Lines, WorkerGauge::Queued),
        held("KV cache in use, 0..1", "", Look::Shares, WorkerGauge::KvUsage),
    ];
    NodeSeries {
        name: "workers".into(),
        subject: cell.id.to_string(),
        what: "workers under load".into(),
        since: LOAD.into(),
        notes,
        panels: panels.into_iter().flatten().collect(),
    }
}

/// What prefill takes in against what decode gives out, and what lies between.
fn hand_over(cell: &Cell, roles: &[GroupSeries], grid: &Grid) -> NodeSeries {
    let of = |role| roles.iter().find(|series| series.group.role == role);
    let mut series = NodeSeries {
        name: "rate_match".into(),
        subject: cell.id.to_string(),
        what: "from prefill to decode".into(),
        since: LOAD.into(),
        notes: Vec::new(),
        panels: Vec::new(),
    };
    let (Some(prefill), Some(decode)) = (of(WorkerRole::Prefill), of(WorkerRole::Decode)) else {
        return series;
    };
    match rate_match(cell) {
        Ok(matched) => {
            let taken = sum(prefill.input_tokens.as_ref(), prefill.cached_tokens.as_ref());
            let line = |name: &str, tokens: &Vec<f64>, per: f64| NodeLine {
                name: name.to_owned(),
                points: rates(tokens, grid, per),
            };
            let lines = [
                taken.map(|tokens| line("prefill takes in", &tokens, matched.isl.0)),
                decode
                    .generated_tokens
                    .as_ref()
                    .map(|tokens| line("decode gives out", tokens, matched.osl.0)),
            ];
            let lines = lines.into_iter().flatten().collect();
            series.panels.extend(panel("Rate match", "req/s", Look::Lines, lines));
            series.notes.push(format!(
                "Tokens divided by {} input and {} output tokens a request; over the whole load \
                 decode gives out {} of what prefill takes in.",
                measure(matched.isl.0),
                measure(matched.osl.0),
                measure(matched.flow())
            ));
        }
        Err(why) => series.notes.push(format!("No rate match: {why}.")),
    }
    let waiting = [
        ("prefill queue", prefill, WorkerGauge::Queued),
        ("prefill inflight", prefill, WorkerGauge::Inflight),
        ("decode preallocating", decode, WorkerGauge::Preallocating),
        ("decode transferring", decode, WorkerGauge::Transferring),
        ("decode queue", decode, WorkerGauge::Queued),
    ];
    let lines = waiting.into_iter().filter_map(|(name, role, gauge)| {
        let points = levels(role.held.get(&gauge)?, grid);
        Some(NodeLine { name: name.to_owned(), points })
    });
    let title = "Requests on their way, one upon the other";
    series.panels.extend(panel(title, "requests", Look::Stacked, lines.collect()));
    series
}

/// A panel, if it has a value.
fn panel(title: &str, unit: &str, look: Look, lines: Vec<NodeLine>) -> Option<NodePanel> {
    let has_value = |line: &NodeLine| line.points.iter().any(|(_, value)| value.is_some());
    lines.iter().any(has_value).then(|| NodePanel {
        title: title.to_owned(),
        unit: unit.to_owned(),
        look,
        lines,
    })
}

/// The middle of a step, seconds from the beginning.
fn middle(step: usize, grid: &Grid) -> f64 {
    step as f64 * (grid.step_ns as f64 / 1e9) + grid.seconds(step) / 2.0
}

fn rates(tokens: &[f64], grid: &Grid, per: f64) -> Vec<(f64, Option<f64>)> {
    let rate = |(step, tokens): (usize, &f64)| {
        let seconds = grid.seconds(step);
        (middle(step, grid), (seconds > 0.0 && per > 0.0).then(|| tokens / seconds / per))
    };
    tokens.iter().enumerate().map(rate).collect()
}

fn levels(values: &[Option<f64>], grid: &Grid) -> Vec<(f64, Option<f64>)> {
    values.iter().enumerate().map(|(step, value)| (middle(step, grid), *value)).collect()
}

fn sum(a: Option<&Vec<f64>>, b: Option<&Vec<f64>>) -> Option<Vec<f64>> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.iter().zip(b).map(|(a, b)| a + b).collect()),
        (a, b) => a.or(b).cloned(),
    }
}
