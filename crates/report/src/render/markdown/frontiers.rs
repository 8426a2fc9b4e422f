//! The frontiers of a scenario: which points no other beats, and how far behind the systems are.

use inferguard_schema::{DominatedPoint, Frontier, FrontierPoint, Scenario, Scope};
use rustc_hash::{FxHashMap, FxHashSet};

use super::page::{Column, Page, listed};
use super::{FRONTIER_ROWS, LIST_ITEMS, SYSTEM_ROWS, names};
use crate::chart;
use crate::escape::{code, prose};
use crate::number::{MISSING, count, counted, exact, millis, percent};
use crate::overview::{Overview, metric};

pub(super) fn scenario(overview: &Overview, page: &mut Page, scenario: &Scenario) {
    let Some(main) = chart::headline(scenario) else { return };
    page.paragraph(&introduction(main));
    points(overview, page, scenario, main);
    systems(overview, page, scenario, main);
    others(overview, page, scenario, main);
}

/// Whether the table of the scenario shows p99 TTFT of runs that start all users together.
pub(super) fn shows_first_burst(overview: &Overview, scenario: &Scenario) -> bool {
    let is_fixed = scenario.scenario_type.as_deref().is_some_and(|kind| kind.starts_with("fixed"));
    let has = |point: &FrontierPoint| {
        let cells = point.cell_ids.iter().filter_map(|id| overview.cell(id));
        cells.into_iter().any(|cell| metric(cell, "p99_ttft").is_some())
    };
    is_fixed && chart::headline(scenario).is_some_and(|main| main.points.iter().any(has))
}

/// What is drawn, and what is not and why.
fn introduction(main: &Frontier) -> String {
    let dominated = match main.dominated.len() {
        0 => "none dominated".to_owned(),
        n => format!("{} dominated", count(n as u64)),
    };
    let mut parts = vec![format!(
        "**Frontier of {} against {}**: {} on it, {dominated}",
        names::axis(&main.y),
        names::axis(&main.x),
        counted(main.points.len(), "point", "points"),
    )];
    if !main.not_drawn.is_empty() {
        let not_drawn = counted(main.not_drawn.0.len(), "cell", "cells");
        parts.push(format!("{not_drawn} not drawn: {}", reasons(main)));
    }
    if !main.without_axis.is_empty() {
        let without = counted(main.without_axis.len(), "cell lacks", "cells lack");
        parts.push(format!("{without} an axis"));
    }
    format!("{}.", parts.join("; "))
}

/// Why cells are not drawn, each reason once.
fn reasons(main: &Frontier) -> String {
    let mut reasons: Vec<(&str, u64)> = Vec::new();
    for (_, reason) in &main.not_drawn.0 {
        match reasons.iter_mut().find(|(held, _)| held == reason) {
            Some((_, times)) => *times += 1,
            None => reasons.push((reason, 1)),
        }
    }
    let text = |(reason, times): &(&str, u64)| format!("{} × {}", count(*times), prose(reason));
    listed(&reasons, LIST_ITEMS, ", ", text).unwrap_or_default()
}

fn points(overview: &Overview, page: &mut Page, scenario: &Scenario, main: &Frontier) {
    let load_heading = names::load_heading(scenario);
    let mut columns = vec![
        Column::text("Configuration"),
        Column::number(load_heading.unwrap_or("Load")),
        Column::number(names::capital(&names::axis(&main.x))),
        Column::number(names::capital(&names::axis(&main.y))),
    ];
    let shown = &main.points[..main.points.len().min(FRONTIER_ROWS)];
    let mut rows: Vec<Vec<String>> = shown
        .iter()
        .map(|point| {
            let (name, load) = configuration(overview, point, load_heading.is_some());
            vec![name, load, chart::value(&main.x, point.x), chart::value(&main.y, point.y)]
        })
        .collect();
    for (name, heading) in [("p99_ttft", "p99 TTFT (ms)"), ("p99_tpot", "p99 TPOT (ms)")] {
        let values: Vec<_> = shown.iter().map(|point| range(overview, point, name)).collect();
        if [&main.x, &main.y].iter().all(|axis| axis.metric != name)
            && values.iter().any(Option::is_some)
        {
            columns.push(Column::number(heading));
            for (row, value) in rows.iter_mut().zip(values) {
                row.push(value.unwrap_or_else(|| MISSING.to_owned()));
            }
        }
    }
    page.table(&columns, &rows, main.points.len());
}

/// The configuration and load of a point; equal points of several series name them all.
fn configuration(overview: &Overview, point: &FrontierPoint, plain: bool) -> (String, String) {
    let mut places = Vec::new();
    for place in point.cell_ids.iter().filter_map(|id| overview.place(id)) {
        let is_same = |held: &crate::overview::Place| std::ptr::eq(held.point, place.point);
        if !places.iter().any(is_same) {
            places.push(place);
        }
    }
    let Some(first) = places.first() else {
        return (names::first_place(overview, &point.cell_ids), MISSING.to_owned());
    };
    let load = match first.point.load {
        Some(load) if plain => exact(load),
        Some(load) => names::load(first.member.series, load),
        None => MISSING.to_owned(),
    };
    let name = names::series(&first.member);
    let name = if places.len() == 1 && point.cell_ids.len() > 1 {
        format!("{name}, median of {} repeats", count(point.cell_ids.len() as u64))
    } else if let Some(equals) = listed(&places[1..], LIST_ITEMS, ", ", names::place) {
        format!("{name}, equal to {equals}")
    } else {
        name
    };
    (name, load)
}

/// A latency of the cells of a point in milliseconds; repeats have a range.
fn range(overview: &Overview, point: &FrontierPoint, name: &str) -> Option<String> {
    let cells = point.cell_ids.iter().filter_map(|id| overview.cell(id));
    let mut values: Vec<f64> = cells.filter_map(|cell| metric(cell, name)).collect();
    values.sort_by(f64::total_cmp);
    let (low, high) = (millis(*values.first()?), millis(*values.last()?));
    Some(if low == high { low } else { format!("{low} to {high}") })
}

/// A system beside the frontier of all systems.
struct System<'a> {
    own: &'a Frontier,
    on_frontier: usize,
    nearest: Option<&'a DominatedPoint>,
}

fn systems(overview: &Overview, page: &mut Page, scenario: &Scenario, main: &Frontier) {
    let mut systems: Vec<System> = scenario
        .frontiers
        .iter()
        .filter(|own| own.scope == Scope::System && chart::same_axes(own, main))
        .map(|own| System { own, on_frontier: 0, nearest: None })
        .collect();
    if systems.len() < 2 {
        return;
    }
    let mut of_cell: FxHashMap<&str, usize> = FxHashMap::default();
    for (at, system) in systems.iter().enumerate() {
        let points = system.own.points.iter().map(|point| &point.cell_ids);
        let dominated = system.own.dominated.iter().map(|point| &point.cell_ids);
        of_cell.extend(points.chain(dominated).flatten().map(|id| (id.as_ref(), at)));
    }
    for point in &main.points {
        let mut on: Vec<usize> =
            point.cell_ids.iter().filter_map(|id| of_cell.get(id.as_ref())).copied().collect();
        on.sort_unstable();
        on.dedup();
        for at in on {
            systems[at].on_frontier += 1;
        }
    }
    for point in &main.dominated {
        for at in point.cell_ids.iter().filter_map(|id| of_cell.get(id.as_ref())) {
            let nearest = &mut systems[*at].nearest;
            if nearest.is_none_or(|held| behind(point) < behind(held)) {
                *nearest = Some(point);
            }
        }
    }
    // Stable: equals stay in the order of the report.
    systems.sort_by(|a, b| {
        let distance = |system: &System| system.nearest.map_or(f64::INFINITY, behind);
        b.on_frontier.cmp(&a.on_frontier).then(distance(a).total_cmp(&distance(b)))
    });
    let range = systems.iter().find_map(|system| system.own.area_range);
    let standing_heading = format!(
        "Against the frontier, by {} of a point at least as good in {}",
        title(&main.y),
        title(&main.x)
    );
    let mut columns = vec![Column::text("System"), Column::text(standing_heading)];
    if let Some([from, to]) = range {
        let from = chart::value(&main.x, from);
        let to = names::value_of(&main.x, to);
        columns.push(Column::number(format!("Area under its own frontier, {from} to {to}")));
    }
    let row = |system: &System| {
        let name = system.own.group.as_deref().map_or(MISSING.to_owned(), code);
        let mut row = vec![name, standing(overview, main, system)];
        if range.is_some() {
            row.push(system.own.area.map_or(MISSING.to_owned(), crate::number::measure));
        }
        row
    };
    let rows: Vec<_> = systems.iter().take(SYSTEM_ROWS).map(row).collect();
    page.table(&columns, &rows, systems.len());
}

/// How far a point is behind, for finding the least.
fn behind(point: &DominatedPoint) -> f64 {
    point.behind_y.unwrap_or(f64::INFINITY)
}

fn standing(overview: &Overview, main: &Frontier, system: &System) -> String {
    if system.on_frontier > 0 {
        let on = count(system.on_frontier as u64);
        return format!("{on} of {} on it", counted(main.points.len(), "point", "points"));
    }
    let Some(nearest) = system.nearest else { return MISSING.to_owned() };
    let own = names::first_place(overview, &nearest.cell_ids);
    let by = names::first_place(overview, std::slice::from_ref(&nearest.by));
    let distance = match (nearest.behind_y, nearest.behind_x) {
        (Some(y), _) if y > 0.0 => percent(y),
        (_, Some(x)) if x > 0.0 => format!("{} of {}", percent(x), title(&main.x)),
        _ => "an unknown share".to_owned(),
    };
    format!("{own} is {distance} behind {by}")
}

fn title(axis: &inferguard_schema::Axis) -> String {
    prose(&chart::title(axis))
}

/// The frontiers over other axes, by their ends.
fn others(overview: &Overview, page: &mut Page, scenario: &Scenario, main: &Frontier) {
    let others: Vec<_> =
        chart::of_scenario(scenario).filter(|other| !chart::same_axes(other, main)).collect();
    if others.is_empty() {
        return;
    }
    let series: FxHashSet<&str> = main
        .points
        .iter()
        .flat_map(|point| &point.cell_ids)
        .filter_map(|id| Some(overview.place(id)?.member.series.id.as_str()))
        .collect();
    if series.len() < 2 {
        // The ends of one series say nothing new.
        let others = counted(others.len(), "frontier", "frontiers");
        page.paragraph(&format!("{others} over other axes: see `report.json`."));
        return;
    }
    let columns = [
        Column::text("Other frontiers (points in `report.json`)"),
        Column::number("Points"),
        Column::text("Best vertical value"),
        Column::text("Best horizontal value"),
    ];
    let end = |value: String, point: &FrontierPoint| {
        format!("{value}: {}", names::first_place(overview, &point.cell_ids))
    };
    let row = |other: &&Frontier| {
        let y = chart::best_y(other).map(|p| end(names::value_of(&other.y, p.y), p));
        let x = chart::best_x(other).map(|p| end(names::value_of(&other.x, p.x), p));
        let drawn = other.points.len() + other.dominated.len();
        vec![
            format!("{} against {}", names::capital(&title(&other.y)), title(&other.x)),
            format!("{} of {}", count(other.points.len() as u64), count(drawn as u64)),
            y.unwrap_or_default(),
            x.unwrap_or_default(),
        ]
    };
    let rows: Vec<_> = others.iter().take(SYSTEM_ROWS).map(row).collect();
    page.table(&columns, &rows, others.len());
}
