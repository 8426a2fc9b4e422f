//! What an axis says: its title with unit and better direction, and values in that unit.

use std::borrow::Cow;

use inferguard_model::{Metric, Quantity, Stat};
use inferguard_schema::{Axis, Cell, Direction};

use crate::chart;
use crate::number::{in_millis, measure};

/// Milliseconds from which an axis is in seconds.
const SECONDS_FROM: f64 = 20_000.0;

/// An axis with the unit that suits its values.
pub(super) struct Quoted<'a> {
    axis: &'a Axis,
    metric: Option<Metric>,
    unit: Cow<'a, str>,
    factor: f64,
}

impl<'a> Quoted<'a> {
    pub(super) fn new(axis: &'a Axis, values: &[f64]) -> Self {
        let metric = Metric::parse(&axis.metric);
        let (unit, factor) = match metric {
            Some(metric) if in_millis(metric.quantity) => unit_of_latency(values),
            _ if axis.metric.starts_with("cost_") => {
                (Cow::Owned(axis.unit.replace(" per million tokens", "")), 1.0)
            }
            _ => (Cow::Borrowed(axis.unit.as_str()), 1.0),
        };
        Self { axis, metric, unit, factor }
    }

    /// A value in the unit of the axis.
    pub(super) fn scaled(&self, value: f64) -> f64 {
        value * self.factor
    }

    /// A value with its unit.
    pub(super) fn text(&self, value: f64) -> String {
        format!("{} {}", measure(self.scaled(value)), self.unit)
    }

    /// The metric in words.
    pub(super) fn words(&self) -> String {
        chart::title(self.axis).into_owned()
    }

    /// The title of the axis.
    pub(super) fn title(&self) -> String {
        let better = match self.axis.better {
            Direction::Higher => "higher is better",
            Direction::Lower => "lower is better",
        };
        let whole = if is_of_all_gpus(&self.axis.metric) { " of all GPUs" } else { "" };
        format!("{}{whole}, {} ({better})", capitalized(&self.words()), self.unit)
    }

    /// The metric in names of files.
    pub(super) fn short(&self) -> Cow<'a, str> {
        let Some(metric) = self.metric else {
            return match self.axis.metric.as_str() {
                "cost_per_million_total_tokens" => Cow::Borrowed("cost"),
                other => Cow::Borrowed(other),
            };
        };
        let is_middle = matches!(metric.stat, Stat::Mean | Stat::P50);
        match metric.quantity {
            Quantity::TputPerGpu if metric.stat == Stat::Plain => Cow::Borrowed("tput"),
            Quantity::SystemOutputTputPerGpu if metric.stat == Stat::Plain => {
                Cow::Borrowed("output_tput")
            }
            Quantity::Intvty | Quantity::E2el | Quantity::Ttft if is_middle => {
                Cow::Borrowed(metric.quantity.info().name)
            }
            _ => Cow::Borrowed(&self.axis.metric),
        }
    }
}

/// Milliseconds, or seconds where numbers would be long.
pub(super) fn unit_of_latency(values: &[f64]) -> (Cow<'static, str>, f64) {
    let largest = values.iter().copied().fold(0.0, f64::max);
    if largest * 1e3 >= SECONDS_FROM {
        (Cow::Borrowed("s"), 1.0)
    } else {
        (Cow::Borrowed("ms"), 1e3)
    }
}

fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// Whether a throughput is not divided by GPUs.
pub(super) fn is_of_all_gpus(metric: &str) -> bool {
    let known = Metric::parse(metric);
    known.is_some_and(|one| matches!(one.quantity, Quantity::TotalTput | Quantity::OutputTput))
}

/// The value of a metric of a cell, or of a cost.
pub(super) fn value(name: &str, cell: &Cell) -> Option<f64> {
    let of_cost = cell.cost.as_deref().and_then(|cost| match name {
        "cost_per_million_total_tokens" => cost.cost_per_million_total_tokens,
        "cost_per_million_input_tokens" => cost.cost_per_million_input_tokens,
        "cost_per_million_output_tokens" => cost.cost_per_million_output_tokens,
        _ => None,
    });
    of_cost.or_else(|| cell.metrics.get(name)?.as_f64()).filter(|value| value.is_finite())
}

/// The median of a metric over the cells that have it.
pub(super) fn median(name: &str, cells: &[&Cell]) -> Option<f64> {
    let mut values: Vec<f64> = cells.iter().filter_map(|cell| value(name, cell)).collect();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => None,
        n if n % 2 == 1 => Some(values[middle]),
        _ => Some(f64::midpoint(values[middle - 1], values[middle])),
    }
}
