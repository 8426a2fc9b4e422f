//! Each scenario: what was drawn of it, its frontier in numbers, where series break, their knees.

use std::collections::HashMap;

use askama::Template;
use inferguard_model::Metric;
use inferguard_schema::{Frontier, Scenario, Severity};

use super::figures::{Drawn, Room};
use super::summary::summary_of;
use super::table::{Table, number, or_missing, text, words};
use super::{FIGURES, LIST_ITEMS, SCENARIOS, anchor, names};
use crate::chart;
use crate::number::{MISSING, count, counted, exact, measure, with_unit};
use crate::overview::{Break, Overview, members};
use crate::plot::{Figure, Kind};

/// The section.
#[derive(Template)]
#[template(path = "scenarios.html")]
pub(super) struct Scenarios<'a> {
    scenarios: Vec<Told<'a>>,
    hidden: Option<String>,
}

struct Told<'a> {
    anchor: String,
    scenario: &'a Scenario,
    /// `3 cells in 1 series`.
    size: String,
    introduction: Option<String>,
    /// The one that is shown at once, and those a click away.
    first: Option<Drawn>,
    figures: Vec<Drawn>,
    hidden_figures: Option<String>,
    breaks: Vec<Breaking<'a>>,
    tables: Vec<Table<'a>>,
}

struct Breaking<'a> {
    severity: Severity,
    series: String,
    codes: &'a [String],
    message: String,
}

impl<'a> Scenarios<'a> {
    /// `figures` are those of scenarios, by id.
    pub(super) fn new(
        overview: &Overview<'a>,
        figures: &HashMap<&str, Vec<&Figure>>,
        room: &mut Room,
    ) -> Self {
        let all = &overview.report.cross_run.scenarios;
        let told = |scenario: &'a Scenario| {
            let figures = figures.get(scenario.id.as_str());
            told(overview, scenario, figures.map_or(&[], Vec::as_slice), room)
        };
        let hidden = all.len().saturating_sub(SCENARIOS);
        Self {
            scenarios: all.iter().take(SCENARIOS).map(told).collect(),
            hidden: (hidden > 0).then(|| count(hidden as u64)),
        }
    }
}

/// The first figure is shown whatever it weighs.
fn told<'a>(
    overview: &Overview<'a>,
    scenario: &'a Scenario,
    figures: &[&Figure],
    room: &mut Room,
) -> Told<'a> {
    let main = chart::headline(scenario);
    let breaks = overview.breaks.iter().filter(|one| std::ptr::eq(one.scenario, scenario));
    let mut tables = Vec::new();
    if let Some(main) = main {
        tables.push(frontier(overview, main));
    }
    tables.extend(objectives(scenario));
    tables.push(series(scenario));
    let is_frontier = figures.first().is_some_and(|figure| figure.kind == Kind::Frontier);
    let (first, others) = figures.split_at(usize::from(is_frontier));
    let shown = room.take(others, FIGURES);
    let hidden = others.len() - shown.len();
    Told {
        anchor: anchor::scenario(&scenario.id),
        scenario,
        size: format!(
            "{} in {}",
            counted(scenario.cell_ids.len(), "cell", "cells"),
            counted(scenario.series.len(), "series", "series")
        ),
        introduction: main.map(introduction),
        first: first.first().map(|figure| Drawn::new(figure)),
        figures: shown,
        hidden_figures: (hidden > 0).then(|| count(hidden as u64)),
        breaks: breaks.map(breaking).collect(),
        tables,
    }
}

/// What is drawn, and what is not and why.
fn introduction(main: &Frontier) -> String {
    let dominated = match main.dominated.len() {
        0 => "none dominated".to_owned(),
        n => format!("{} dominated", count(n as u64)),
    };
    let mut parts = vec![format!(
        "Frontier of {} against {}: {} on it, {dominated}",
        names::axis(&main.y),
        names::axis(&main.x),
        counted(main.points.len(), "point", "points"),
    )];
    let mut reasons: Vec<(&str, u64)> = Vec::new();
    for (_, reason) in &main.not_drawn.0 {
        match reasons.iter_mut().find(|(held, _)| held == reason) {
            Some((_, times)) => *times += 1,
            None => reasons.push((reason, 1)),
        }
    }
    let told = |(reason, times): &(&str, u64)| format!("{} × {reason}", count(*times));
    let told: Vec<_> = reasons.iter().take(LIST_ITEMS).map(told).collect();
    if !told.is_empty() {
        let cells = counted(main.not_drawn.0.len(), "cell", "cells");
        parts.push(format!("{cells} not drawn: {}", told.join(", ")));
    }
    if !main.without_axis.is_empty() {
        let without = counted(main.without_axis.len(), "cell lacks", "cells lack");
        parts.push(format!("{without} an axis"));
    }
    format!("{}.", parts.join("; "))
}

fn breaking<'a>(one: &Break<'a>) -> Breaking<'a> {
    Breaking {
        severity: one.point.severity,
        series: one.member.as_ref().map_or_else(|| one.point.series.clone(), names::series),
        codes: &one.point.codes,
        message: summary_of(one),
    }
}

fn frontier<'a>(overview: &Overview<'a>, main: &'a Frontier) -> Table<'a> {
    let columns = vec![
        words("On the frontier"),
        number(names::capital(&names::axis(&main.x))),
        number(names::capital(&names::axis(&main.y))),
    ];
    Table::new("Points that no other beats on both axes", columns).rows(&main.points, |point| {
        vec![
            names::place_of(overview, &point.cell_ids),
            text(chart::value(&main.x, point.x)),
            text(chart::value(&main.y, point.y)),
        ]
    })
}

/// The best measured points that meet objectives.
fn objectives(scenario: &Scenario) -> Option<Table<'_>> {
    let columns =
        vec![words("Objective"), words("Configuration"), words("Best load"), words("There")];
    let all: HashMap<&str, String> = members(scenario)
        .map(|member| (member.series.id.as_str(), names::series(&member)))
        .collect();
    let table = Table::new("Best measured points that meet objectives", columns).rows(
        &scenario.slo_best,
        |one| {
            let name = all.get(one.series.as_str()).cloned().unwrap_or_else(|| one.series.clone());
            let there = one.best.as_ref().map(|best| {
                let name = one.metric.as_deref().unwrap_or_default();
                Metric::parse(name).map_or_else(
                    || format!("{} {name}", measure(best.value)),
                    |metric| with_unit(metric, best.value),
                )
            });
            let why = one.reason.as_deref().unwrap_or("no measured point meets it");
            vec![
                text(&one.slo),
                text(name),
                or_missing(one.best.as_ref().map(|best| exact(best.load))),
                text(there.unwrap_or_else(|| why.to_owned())),
            ]
        },
    );
    (table.total > 0).then_some(table)
}

/// Each series: its configuration, its loads, its knee in words.
fn series(scenario: &Scenario) -> Table<'_> {
    let mut keys: Vec<&str> = Vec::new();
    for one in &scenario.series {
        for (key, value) in &one.configuration.keys.0 {
            if super::matrix::scalar(value).is_some() && !keys.contains(&&**key) {
                keys.push(key);
            }
        }
    }
    let has_runs = scenario.series.iter().any(|series| series.run != ".");
    let mut columns = vec![words("Series")];
    columns.extend(has_runs.then(|| words("Run")));
    columns.push(words("Loads"));
    columns.extend(keys.iter().map(|key| words(names::capital(&key.replace('_', " ")))));
    columns.extend([words("Knee"), words("Up to there")]);
    Table::new("Configurations and knees", columns).rows(members(scenario), |member| {
        let series = member.series;
        let loads: Vec<_> =
            series.points.iter().filter_map(|point| point.load).map(exact).collect();
        let knee = series.knee.as_ref();
        let mut row = vec![text(names::series(&member))];
        row.extend(has_runs.then(|| text(names::run(&series.run))));
        row.push(text(if loads.is_empty() { MISSING.to_owned() } else { loads.join(", ") }));
        row.extend(keys.iter().map(|key| {
            or_missing(series.configuration.keys.get(key).and_then(super::matrix::scalar))
        }));
        row.push(or_missing(knee.map(|knee| names::knee(series, knee))));
        row.push(or_missing(knee.map(|knee| knee.reading.clone())));
        row
    })
}
