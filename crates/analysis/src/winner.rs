//! The best measured point of a series that meets service-level objectives.
//!
//! Measured points only: between two levels nothing is known, and beyond the last one less.

use inferguard_model::{Cell, Metric, Quantity};

use crate::knee::LevelValue;
use crate::level;
use crate::scenario::Series;
use crate::slo::{Objective, Slo, Verdict};

/// What makes a point the best one, the preferred first.
const THROUGHPUTS: [Metric; 3] = [
    Metric::plain(Quantity::TputPerGpu),
    Metric::plain(Quantity::SystemOutputTputPerGpu),
    Metric::plain(Quantity::TotalTput),
];

/// How a series stands to objectives.
#[derive(Debug, Clone, PartialEq)]
pub enum Winner {
    /// The best of the levels that meet them.
    Best {
        /// Metric that is maximized.
        metric: Metric,
        /// The level.
        level: LevelValue,
    },
    /// A level meets them, but no throughput is known there.
    NoThroughput {
        /// Its load.
        load: f64,
        /// Its cells.
        cells: Vec<usize>,
    },
    /// No level that can be judged meets them.
    Missed(Nearest),
    /// No level misses an objective, but these metrics are not known.
    Unknown(Vec<Metric>),
    /// No level stands for the system.
    NoLevel,
}

/// The level that comes nearest to objectives that none meets.
#[derive(Debug, Clone, PartialEq)]
pub struct Nearest {
    /// Its load.
    pub load: f64,
    /// Its cells.
    pub cells: Vec<usize>,
    /// What is missed there, with the values.
    pub missed: Vec<(Objective, f64)>,
    /// Levels that could not be judged, for want of a metric.
    pub unknown: usize,
    /// Levels of the series that stand for the system.
    pub levels: usize,
}

/// The best level of a series that meets objectives, by the median of its sound repeats.
pub fn winner(
    cells: &[Cell],
    series: &Series,
    slo: &Slo,
    not_drawn: &[Option<&'static str>],
) -> Winner {
    let levels: Vec<(f64, Vec<usize>)> = series
        .points
        .iter()
        .map(|point| (point.load, level::sound(point, not_drawn)))
        .filter(|(_, cells)| !cells.is_empty())
        .collect();
    if levels.is_empty() {
        return Winner::NoLevel;
    }
    let (mut met, mut nearest): (Vec<usize>, Option<(f64, Nearest)>) = (Vec::new(), None);
    let (mut lacking, mut unknown): (Vec<Metric>, usize) = (Vec::new(), 0);
    for (at, (load, of)) in levels.iter().enumerate() {
        match slo.judge(|metric| level::median(cells, of, metric)) {
            Verdict::Met => met.push(at),
            Verdict::Unknown(metrics) => {
                unknown += 1;
                lacking.extend(metrics);
            }
            Verdict::Missed(missed) => {
                let by = missed.iter().map(|(one, value)| excess(one, *value)).fold(0.0, f64::max);
                // Of equally near levels the lowest load.
                if nearest.as_ref().is_none_or(|(least, _)| by < *least) {
                    let (load, cells) = (*load, of.clone());
                    let levels = levels.len();
                    nearest = Some((by, Nearest { load, cells, missed, unknown: 0, levels }));
                }
            }
        }
    }
    if met.is_empty() {
        return if let Some((_, nearest)) = nearest {
            Winner::Missed(Nearest { unknown, ..nearest })
        } else {
            lacking.sort_unstable();
            lacking.dedup();
            Winner::Unknown(lacking)
        };
    }
    let value = |at: usize, metric: Metric| level::median(cells, &levels[at].1, metric);
    // One metric for all levels that meet the objectives: the one that most of them have.
    let known = |metric: &Metric| met.iter().filter(|at| value(**at, *metric).is_some()).count();
    let metric = THROUGHPUTS.into_iter().rev().max_by_key(known);
    let best = metric.and_then(|metric| {
        let values = met.iter().rev().filter_map(|at| Some((*at, value(*at, metric)?)));
        values.max_by(|a, b| a.1.total_cmp(&b.1)).map(|(at, value)| (metric, at, value))
    });
    if let Some((metric, at, value)) = best {
        let (load, cells) = levels[at].clone();
        Winner::Best { metric, level: LevelValue { load, cells, value } }
    } else {
        let (load, cells) = levels[met[0]].clone();
        Winner::NoThroughput { load, cells }
    }
}

/// How many times a value misses its limit.
fn excess(objective: &Objective, value: f64) -> f64 {
    if objective.is_at_least() { objective.limit / value } else { value / objective.limit }
}

#[cfg(test)]
mod tests;
