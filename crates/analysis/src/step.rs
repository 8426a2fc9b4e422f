//! Steps between neighbouring load levels of a series.

use inferguard_model::{Cell, Metric, Quantity};

use crate::level::{self, centre, throughput_metric, value};
use crate::limit::reaches;
use crate::noise;
use crate::scenario::{Annotation, LoadAxis, Point, Series};

/// Load ratios up to this are small steps: the gain per doubling multiplies the noise of their
/// throughput by three and more.
const SMALL_STEP: f64 = 1.25;

/// From one load level to the next.
#[derive(Debug, Clone, Copy)]
pub struct Step<'a> {
    /// The lower load.
    pub from: &'a Point,
    /// The higher load.
    pub to: &'a Point,
    /// The two points by index in the series.
    pub span: (usize, usize),
    /// How throughput went; `None` when it is not known at both levels.
    pub throughput: Option<Change>,
    /// Whether either level is suspect.
    pub rests_on_suspect: bool,
}

/// How a metric went from one level to the next.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Change {
    /// The metric.
    pub metric: Metric,
    /// At the lower load.
    pub from: f64,
    /// At the higher load.
    pub to: f64,
}

impl Change {
    /// Higher load ÷ lower load; `None` when the lower is zero.
    pub fn ratio(&self) -> Option<f64> {
        (self.from > 0.0).then(|| self.to / self.from)
    }
}

impl Step<'_> {
    /// Higher load ÷ lower load, above 1.
    pub fn load_ratio(&self) -> f64 {
        self.to.load / self.from.load
    }

    /// Higher throughput ÷ lower throughput.
    pub fn throughput_ratio(&self) -> Option<f64> {
        self.throughput.and_then(|change| change.ratio())
    }

    /// Gain of throughput per doubling of load: ratio^(1 / log2(load ratio)) − 1, so that 24 → 32
    /// and 4 → 256 are judged alike.
    pub fn gain_per_doubling(&self) -> Option<f64> {
        gain_per_doubling(self.load_ratio(), self.throughput_ratio()?)
    }

    /// Whether throughput gains less than `limit` per doubling; `None` when it is not known.
    ///
    /// On a small step also something must have moved beyond the noise of single runs: the
    /// throughput, or the middle of the latency that is judged.
    pub fn gains_less_than(&self, cells: &[Cell], limit: f64, judged: Quantity) -> Option<bool> {
        let gain = self.gain_per_doubling()?;
        let gains = reaches(gain, limit);
        if gains || self.load_ratio() > SMALL_STEP {
            return Some(!gains);
        }
        let change = self.throughput?;
        let moved = noise::is_beyond(change.metric, change.ratio()?)
            || self.middle(cells, judged).is_some_and(|middle| {
                middle
                    .ratio()
                    .is_some_and(|ratio| ratio > 1.0 && noise::is_beyond(middle.metric, ratio))
            });
        Some(moved)
    }

    /// The median of a latency at both levels, else the mean.
    pub fn middle(&self, cells: &[Cell], quantity: Quantity) -> Option<Change> {
        let metric = centre(cells, &[self.from, self.to], quantity)?;
        Some(Change {
            metric,
            from: value(cells, self.from, metric)?,
            to: value(cells, self.to, metric)?,
        })
    }

    /// The highest supported percentile of a latency at both levels.
    pub fn tail(&self, cells: &[Cell], quantity: Quantity) -> Option<level::Tail> {
        level::tail(cells, self.from, self.to, quantity)
    }

    /// The cell at the higher load: the one that a finding on the step is about.
    pub fn cell(&self) -> Option<usize> {
        self.to.cells.first().copied()
    }
}

/// Gain of throughput per doubling of load, from the ratios of both.
pub(crate) fn gain_per_doubling(load_ratio: f64, throughput_ratio: f64) -> Option<f64> {
    let doublings = load_ratio.log2();
    let gain = || throughput_ratio.powf(doublings.recip()) - 1.0;
    (doublings > 0.0 && doublings.is_finite()).then(gain)
}

/// The steps of a series.
#[derive(Debug, Clone, Default)]
pub struct Steps<'a> {
    /// Between neighbours once suspect points are set aside: what the system does.
    pub sound: Vec<Step<'a>>,
    /// Into and out of suspect points: what rests on a run that should be repeated.
    pub suspect: Vec<Step<'a>>,
}

/// The steps between the levels of a series that have a successful cell, by load.
///
/// Of an open loop, the levels whose rate was not reached are one saturated level, and the first of
/// them stands for it.
pub fn steps<'a>(cells: &[Cell], series: &'a Series) -> Steps<'a> {
    let mut saturated = false;
    let throughput = throughput_metric(cells, series);
    let points: Vec<(usize, &Point, Option<f64>)> = series
        .points
        .iter()
        .enumerate()
        .filter(|(_, point)| !point.cells.is_empty() && point.load > 0.0)
        .filter(|(_, point)| {
            if series.axis == LoadAxis::Concurrency || !point.is_short_of_load() {
                return true;
            }
            !std::mem::replace(&mut saturated, true)
        })
        .map(|(at, point)| (at, point, throughput.and_then(|metric| value(cells, point, metric))))
        .collect();
    let step = |pair: &[(usize, &'a Point, Option<f64>)]| {
        let ((from_at, from, before), (to_at, to, after)) = (pair[0], pair[1]);
        let change =
            throughput.and_then(|metric| Some(Change { metric, from: before?, to: after? }));
        let rests_on_suspect = from.is_suspect() || to.is_suspect();
        Step { from, to, span: (from_at, to_at), throughput: change, rests_on_suspect }
    };
    let sound: Vec<_> =
        points.iter().copied().filter(|(_, point, _)| !point.is_suspect()).collect();
    Steps {
        sound: sound.windows(2).map(step).collect(),
        suspect: points.windows(2).map(step).filter(|step| step.rests_on_suspect).collect(),
    }
}

impl Point {
    /// Whether the point stands out of its series as a bad run does.
    pub fn is_suspect(&self) -> bool {
        self.annotations.iter().any(|note| matches!(note, Annotation::Suspect { .. }))
    }

    /// Whether the load that was asked for was not reached.
    pub fn is_short_of_load(&self) -> bool {
        self.annotations.iter().any(|note| matches!(note, Annotation::LoadNotAchieved { .. }))
    }
}
