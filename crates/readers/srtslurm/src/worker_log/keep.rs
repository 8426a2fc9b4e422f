//! Samples by phase and rank, as they come.

use inferguard_model::{BatchPhase, RankSeries, WorkerGauge};

/// Series kept of one log; no deployment has as many ranks on a node.
const MOST_SERIES: usize = 1024;

/// A time that falls by more is told: threads of one process print a little out of turn.
const FALL_NS: i64 = 60_000_000_000;

/// Iterations below which a counter that falls says nothing.
const FEWEST_ITERATIONS: u64 = 20;

/// What adding a sample showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Noticed {
    Nothing,
    /// There are more ranks than can be.
    TooManySeries,
    /// Iterations are counted from the beginning again.
    Restart,
    /// The time fell.
    TimeFell,
}

/// Series of a log that is being read.
#[derive(Default)]
pub(super) struct Kept {
    series: Vec<Series>,
    /// The series of the line before: lines of a rank come in rows.
    last: usize,
    /// Retractions that no sample of their rank carries yet.
    pending: Vec<(Option<u32>, f64)>,
    /// Whether samples were joined.
    pub(super) halved: bool,
}

struct Series {
    samples: RankSeries,
    iteration: Option<u64>,
}

impl Kept {
    pub(super) fn add(
        &mut self,
        key: (Option<u32>, BatchPhase),
        at_ns: i64,
        iteration: Option<u64>,
        values: Vec<(WorkerGauge, f64)>,
        most: usize,
    ) -> Noticed {
        let Some(at) = self.at(key) else { return Noticed::TooManySeries };
        let held = &mut self.series[at];
        let restarted = match (held.iteration, iteration) {
            (Some(before), Some(now)) => before >= FEWEST_ITERATIONS && now < before / 2,
            _ => false,
        };
        held.iteration = iteration.or(held.iteration);
        let fell = held.samples.at_ns.last().is_some_and(|last| at_ns < last - FALL_NS);
        if held.samples.len() >= most.max(2) {
            held.samples.sort();
            held.samples.halve();
            self.halved = true;
        }
        held.samples.push(at_ns, values);
        if restarted {
            Noticed::Restart
        } else if fell {
            Noticed::TimeFell
        } else {
            Noticed::Nothing
        }
    }

    fn at(&mut self, key: (Option<u32>, BatchPhase)) -> Option<usize> {
        let is = |held: &Series| (held.samples.dp_rank, held.samples.phase) == key;
        if self.series.get(self.last).is_some_and(is) {
            return Some(self.last);
        }
        self.last = match self.series.iter().position(is) {
            Some(at) => at,
            None if self.series.len() >= MOST_SERIES => return None,
            None => {
                let samples = RankSeries::new(key.0, key.1);
                self.series.push(Series { samples, iteration: None });
                self.series.len() - 1
            }
        };
        Some(self.last)
    }

    /// Notes requests that were put out of a rank's batch.
    pub(super) fn retracted(&mut self, dp: Option<u32>, requests: f64) {
        if let Some((_, held)) = self.pending.iter_mut().find(|(rank, _)| *rank == dp) {
            *held += requests;
        } else if self.pending.len() < MOST_SERIES {
            self.pending.push((dp, requests));
        }
    }

    /// The requests put out of a rank's batch since it was asked last.
    pub(super) fn take_retracted(&mut self, dp: Option<u32>) -> f64 {
        let held = self.pending.iter_mut().find(|(rank, _)| *rank == dp);
        held.map_or(0.0, |(_, held)| std::mem::take(held))
    }

    /// The series in order of phase and rank, each in time order.
    pub(super) fn into_series(self) -> Vec<RankSeries> {
        let mut all: Vec<RankSeries> = self.series.into_iter().map(|held| held.samples).collect();
        for series in &mut all {
            series.sort();
            // vLLM names preemptions only where there were some.
            if series.has(WorkerGauge::Preempted) {
                series.fill_holes(WorkerGauge::Preempted, 0.0);
            }
        }
        all.sort_by_key(|series| (series.phase, series.dp_rank));
        all
    }
}
