//! One clock for samples that each rank takes when it likes.
//!
//! The window is cut into at most 256 steps of whole seconds, since the times of most logs are.
//!
//! - **Tokens** go where they were made: an amount at the time of its line, a rate over the time
//!   since the line before it. Engines count tokens since their last line, so that rate × gap is
//!   exact however long a rank was idle; after a pause the tokens are those of the gap's end, since
//!   the rank was silent because it had nothing to do.
//! - **Levels and shares** hold from their line until they are stale: three times the usual gap
//!   between lines, and at least a step. After that a level is 0, since engines say nothing while
//!   they are idle, and a share is not known.
//! - Before the first line of a rank nothing is known.

use inferguard_model::{GaugeKind, RankSeries, WorkerGauge};

use crate::quantile;

/// Most steps of a grid.
pub const MOST_STEPS: usize = 256;

const SECOND: i64 = 1_000_000_000;

/// A value is stale after so many times the usual gap between lines.
const STALE_GAPS: i64 = 3;

/// Steps of equal length over a window; the last one may be cut by its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grid {
    /// Start of the window, nanoseconds.
    pub start_ns: i64,
    /// End of the window.
    pub end_ns: i64,
    /// Length of a step: whole seconds.
    pub step_ns: i64,
}

impl Grid {
    /// A grid over a window; `None` for a window without length.
    pub fn over((start_ns, end_ns): (i64, i64)) -> Option<Self> {
        let length = end_ns.checked_sub(start_ns).filter(|length| *length > 0)?;
        let seconds = length.unsigned_abs().div_ceil(MOST_STEPS as u64 * SECOND.unsigned_abs());
        Some(Self { start_ns, end_ns, step_ns: i64::try_from(seconds).ok()? * SECOND })
    }

    /// Number of steps.
    pub fn steps(&self) -> usize {
        (self.end_ns - self.start_ns).unsigned_abs().div_ceil(self.step_ns.unsigned_abs()) as usize
    }

    /// Length of a step in seconds; the last one may be shorter.
    pub fn seconds(&self, step: usize) -> f64 {
        let (from, to) = self.bounds(step);
        (to - from) as f64 / SECOND as f64
    }

    /// Length of the window in seconds.
    pub fn window_seconds(&self) -> f64 {
        (self.end_ns - self.start_ns) as f64 / SECOND as f64
    }

    fn bounds(&self, step: usize) -> (i64, i64) {
        // There are 256 of them.
        let from = self.start_ns + i64::try_from(step).unwrap_or(0) * self.step_ns;
        (from, (from + self.step_ns).min(self.end_ns))
    }

    /// The step of a moment inside the window.
    fn at(&self, ns: i64) -> Option<usize> {
        let inside = (self.start_ns..self.end_ns).contains(&ns);
        inside.then(|| ((ns - self.start_ns) / self.step_ns) as usize)
    }

    /// Adds an amount to the steps between two moments, by the time in each.
    fn spread(&self, into: &mut [f64], (from, to): (i64, i64), amount: f64) {
        if from >= to {
            if let Some(step) = self.at(to) {
                into[step] += amount;
            }
            return;
        }
        let inside = (from.max(self.start_ns), to.min(self.end_ns));
        if inside.0 >= inside.1 {
            return;
        }
        let per_ns = amount / (to - from) as f64;
        let last = (inside.1 - 1 - self.start_ns) / self.step_ns;
        for step in (inside.0 - self.start_ns) / self.step_ns..=last {
            let bounds = self.bounds(step as usize);
            let shared = bounds.1.min(inside.1) - bounds.0.max(inside.0);
            into[step as usize] += per_ns * shared as f64;
        }
    }
}

/// The usual time between the lines of one writer; `None` with fewer than two lines.
pub fn usual_gap_ns(series: &RankSeries) -> Option<i64> {
    let writers = series.writers.max(1) as usize;
    let mut gaps: Vec<f64> = series
        .at_ns
        .windows(writers + 1)
        .filter_map(|lines| Some((lines.last()? - lines.first()?) as f64))
        .filter(|gap| *gap > 0.0)
        .collect();
    quantile::median(&mut gaps).map(|gap| gap as i64)
}

/// Tokens that a rank made in each step, out of an amount or, where there is none, of a rate.
pub fn tokens(
    series: &RankSeries,
    amount: Option<WorkerGauge>,
    rate: Option<WorkerGauge>,
    grid: &Grid,
) -> Option<Vec<f64>> {
    let mut steps = vec![0.0; grid.steps()];
    if let Some(gauge) = amount.filter(|gauge| series.has(*gauge)) {
        for (at, value) in series.values(gauge) {
            grid.spread(&mut steps, (at, at), value);
        }
        return Some(steps);
    }
    let gauge = rate.filter(|gauge| series.has(*gauge))?;
    let usual = usual_gap_ns(series).unwrap_or(SECOND);
    let stale = usual.saturating_mul(STALE_GAPS);
    let values: Vec<(i64, f64)> = series.values(gauge).collect();
    // Lines of several writers come in turn: each speaks of the time since its own last one.
    let writers = series.writers.max(1) as usize;
    for (sample, (at, value)) in values.iter().enumerate() {
        let before = sample.checked_sub(writers).map(|before| values[before].0);
        let gap = before.map_or(usual, |before| at - before);
        let tokens = value * gap as f64 / SECOND as f64;
        grid.spread(&mut steps, (at - gap.min(stale), *at), tokens);
    }
    Some(steps)
}

/// A level or share of a rank in each step: the last value, unless it is stale.
pub fn held(series: &RankSeries, gauge: WorkerGauge, grid: &Grid) -> Vec<Option<f64>> {
    let usual = usual_gap_ns(series).unwrap_or(grid.step_ns);
    let fresh = usual.saturating_mul(STALE_GAPS).max(grid.step_ns);
    let idle = (gauge.kind() == GaugeKind::Level).then_some(0.0);
    // One line of several writers speaks for one of them.
    let writers = f64::from(series.writers.max(1));
    let times = if gauge.kind() == GaugeKind::Level { writers } else { 1.0 };
    let mut values = series.values(gauge).peekable();
    let mut last: Option<(i64, f64)> = None;
    (0..grid.steps())
        .map(|step| {
            let (_, end) = grid.bounds(step);
            while let Some(sample) = values.next_if(|(at, _)| *at < end) {
                last = Some(sample);
            }
            match last {
                Some((at, value)) if end - at <= fresh => Some(value * times),
                Some(_) => idle,
                None => None,
            }
        })
        .collect()
}
