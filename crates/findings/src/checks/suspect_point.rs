//! A point that stands out of its series as a bad run does.

use inferguard_analysis::annotate::{AnnotationLimits, FEWEST_LEVELS};
use inferguard_analysis::level::{throughput_metric, value};
use inferguard_analysis::scenario::{Annotation, Point, Series};
use inferguard_model::number::{exact, measure};
use inferguard_schema::Severity;
use serde_json::{Value, json};

use crate::{Check, Context, FindingMeta, Outcome, Threshold};

/// The check.
pub(crate) struct SuspectPoint;

pub(crate) const DROP: Threshold = Threshold {
    name: "drop",
    default: AnnotationLimits::DEFAULT.suspect_drop,
    unit: "0..1",
    about: "Share by which the throughput is below both neighbours; exactly this share fires. At 0.10 to 0.15 noise past a breaking point fires too.",
};

pub(crate) const RECOVERY: Threshold = Threshold {
    name: "recovery",
    default: AnnotationLimits::DEFAULT.suspect_recovery,
    unit: "0..1",
    about: "Share of the best throughput so far that the next level must reach again; a system that does not come back has collapsed.",
};

pub(crate) const SHORT_RUN: Threshold = Threshold {
    name: "short_run",
    default: AnnotationLimits::DEFAULT.short_run,
    unit: "0..1",
    about: "Share of the median duration of the series below which a run that a clock should stop is short; exactly this share is clear.",
};

pub(crate) const META: FindingMeta = FindingMeta {
    code: "suspect_point",
    summary: "A load level is far below both of its neighbours, or its run ended early.",
    severity: "warning; info when the run is only short",
    doc: include_str!("suspect_point.md"),
    since: "0.1.0",
    thresholds: &[DROP, RECOVERY, SHORT_RUN],
};

const NO_THROUGHPUT: &str = "the throughput of the level is not known";
const FEW_LEVELS: &str = "fewer than three load levels of the series have a throughput";
const EDGE: &str = "the lowest and the highest load have a neighbour on one side only";
pub(crate) const NO_SUCCESS: &str = "no request of the cell succeeded";

impl Check for SuspectPoint {
    fn meta(&self) -> &FindingMeta {
        &META
    }

    fn run(&self, context: &Context<'_>) -> Vec<Outcome> {
        let mut outcomes: Vec<Outcome> = context.unplaced().collect();
        let series = context.scenarios.scenarios.iter().flat_map(|scenario| &scenario.series);
        for series in series {
            look(context, series, &mut outcomes);
        }
        outcomes.sort_by_key(|outcome| outcome.cell);
        outcomes
    }
}

fn look(context: &Context<'_>, series: &Series, outcomes: &mut Vec<Outcome>) {
    let metric = throughput_metric(context.cells, series);
    let is_known =
        |point: &&Point| metric.is_some_and(|metric| value(context.cells, point, metric).is_some());
    let known: Vec<&Point> = series.points.iter().filter(is_known).collect();
    let mut next = 0;
    for point in &series.points {
        outcomes.extend(point.left_out.iter().map(|c| Outcome::not_evaluated(*c, NO_SUCCESS)));
        let at = known.get(next).is_some_and(|held| std::ptr::eq(*held, point)).then_some(next);
        next += usize::from(at.is_some());
        for cell in &point.cells {
            outcomes.push(match at {
                _ if point.is_suspect() => dip(context, series, point, &known, at, *cell),
                _ if is_short(point, *cell) => short(context, point, *cell),
                _ if known.len() < FEWEST_LEVELS => Outcome::not_evaluated(*cell, FEW_LEVELS),
                None => Outcome::not_evaluated(*cell, NO_THROUGHPUT),
                Some(at) if at == 0 || at + 1 == known.len() => Outcome::not_evaluated(*cell, EDGE),
                Some(_) => Outcome::clear(*cell),
            });
        }
    }
}

fn is_short(point: &Point, cell: usize) -> bool {
    point
        .annotations
        .iter()
        .any(|note| matches!(note, Annotation::Short { cell: of, .. } if *of == cell))
}

fn dip(
    context: &Context<'_>,
    series: &Series,
    point: &Point,
    known: &[&Point],
    at: Option<usize>,
    cell: usize,
) -> Outcome {
    let found = point.annotations.iter().find_map(|note| match note {
        Annotation::Suspect { metric, value, before, after } => {
            Some((*metric, *value, *before, *after))
        }
        _ => None,
    });
    let (Some((metric, value, before, after)), Some(at)) = (found, at) else {
        return Outcome::clear(cell);
    };
    let (lower, higher) = (known[at - 1], known[at + 1]);
    let unit = metric.unit().label();
    let message = format!(
        "{} {unit} at load {}, between {} at {} and {} at {}: a bad run rather than the system; repeat it",
        measure(value),
        exact(point.load),
        measure(before),
        exact(lower.load),
        measure(after),
        exact(higher.load),
    );
    let neighbour = |point: &Point, value: f64| -> Value {
        json!({"load": point.load, "value": value, "cells": context.ids(&point.cells)})
    };
    Outcome::fired(
        Some(cell),
        Severity::Warning,
        message,
        [
            ("metric", json!(metric.name())),
            ("observed", json!(value)),
            ("limit", json!((1.0 - context.limit(&META, &DROP)) * before.min(after))),
            ("series", json!(series.id)),
            ("load", json!(point.load)),
            ("before", neighbour(lower, before)),
            ("after", neighbour(higher, after)),
            ("short_run", json!(is_short(point, cell))),
            ("artifacts", context.paths(&context.cells[cell])),
        ],
    )
}

fn short(context: &Context<'_>, point: &Point, cell: usize) -> Outcome {
    let found = point.annotations.iter().find_map(|note| match note {
        Annotation::Short { cell: of, duration, median } if *of == cell => {
            Some((*duration, *median))
        }
        _ => None,
    });
    let Some((duration, median)) = found else { return Outcome::clear(cell) };
    Outcome::fired(
        Some(cell),
        Severity::Info,
        format!(
            "the run lasted {} s where the series' median is {} s",
            measure(duration),
            measure(median)
        ),
        [
            ("metric", json!("duration_seconds")),
            ("observed", json!(duration)),
            ("limit", json!(context.limit(&META, &SHORT_RUN) * median)),
            ("median_of_series", json!(median)),
            ("load", json!(point.load)),
            ("artifacts", context.paths(&context.cells[cell])),
        ],
    )
}
