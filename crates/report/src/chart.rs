//! Reads frontiers: which one leads, what an axis is called, which end is the better one.

use std::borrow::Cow;

use inferguard_model::{Metric, Quantity, Stat};
use inferguard_schema::{Axis, Direction, Frontier, FrontierPoint, Scenario, Scope};

use crate::number::{in_millis, measure, millis};

/// The frontier that tells a scenario best: throughput per GPU against interactivity, else the
/// first one.
pub(crate) fn headline(scenario: &Scenario) -> Option<&Frontier> {
    let is_default = |frontier: &&Frontier| {
        let quantity = |axis: &Axis| Metric::parse(&axis.metric).map(|metric| metric.quantity);
        quantity(&frontier.y) == Some(Quantity::TputPerGpu)
            && quantity(&frontier.x) == Some(Quantity::Intvty)
    };
    of_scenario(scenario).find(is_default).or_else(|| of_scenario(scenario).next())
}

/// The frontiers over all cells of a scenario.
pub(crate) fn of_scenario(scenario: &Scenario) -> impl Iterator<Item = &Frontier> {
    let all = scenario.frontiers.iter();
    all.filter(|frontier| frontier.scope == Scope::Scenario && !frontier.points.is_empty())
}

/// Whether two frontiers have the same axes.
pub(crate) fn same_axes(a: &Frontier, b: &Frontier) -> bool {
    a.x.metric == b.x.metric && a.y.metric == b.y.metric
}

/// The point of a frontier that is best on its vertical axis.
pub(crate) fn best_y(frontier: &Frontier) -> Option<&FrontierPoint> {
    best(frontier, &frontier.y, |point| point.y)
}

/// The point of a frontier that is best on its horizontal axis.
pub(crate) fn best_x(frontier: &Frontier) -> Option<&FrontierPoint> {
    best(frontier, &frontier.x, |point| point.x)
}

fn best<'f>(
    frontier: &'f Frontier,
    axis: &Axis,
    value: impl Fn(&FrontierPoint) -> f64,
) -> Option<&'f FrontierPoint> {
    frontier.points.iter().reduce(|best, point| {
        let is_better = match axis.better {
            Direction::Higher => value(point) > value(best),
            Direction::Lower => value(point) < value(best),
        };
        if is_better { point } else { best }
    })
}

/// The name of an axis without its unit; not escaped.
pub(crate) fn title(axis: &Axis) -> Cow<'_, str> {
    match Metric::parse(&axis.metric) {
        Some(metric) => words(metric),
        None => Cow::Owned(axis.metric.replace('_', " ")),
    }
}

/// A metric in a sentence: `total throughput per GPU`, `p99 TTFT`.
pub(crate) fn words(metric: Metric) -> Cow<'static, str> {
    match (metric.stat, metric.quantity) {
        (Stat::Plain, Quantity::TotalTput) => Cow::Borrowed("total throughput"),
        (Stat::Plain, Quantity::OutputTput) => Cow::Borrowed("output throughput"),
        (Stat::Plain, Quantity::TputPerGpu) => Cow::Borrowed("total throughput per GPU"),
        (Stat::Plain, Quantity::SystemOutputTputPerGpu) => {
            Cow::Borrowed("output throughput per GPU")
        }
        _ => Cow::Owned(metric.label()),
    }
}

/// The unit in which [`value`] writes a value of the axis; not escaped.
pub(crate) fn unit(axis: &Axis) -> &str {
    if is_in_millis(axis) { "ms" } else { &axis.unit }
}

/// A value of an axis, without its unit.
pub(crate) fn value(axis: &Axis, value: f64) -> String {
    if is_in_millis(axis) { millis(value) } else { measure(value) }
}

fn is_in_millis(axis: &Axis) -> bool {
    Metric::parse(&axis.metric).is_some_and(|metric| in_millis(metric.quantity))
}
