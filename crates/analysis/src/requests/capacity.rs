//! How many replicas a target rate needs, from what one of them was measured to serve.

use inferguard_model::RequestTable;

use super::bootstrap::{Blocks, block_length, resample};
use super::{goodput, order};
use crate::limit::reaches;
use crate::quantile;
use crate::slo::Slo;

/// What the number of replicas assumes, in words.
pub const ASSUMPTION: &str = "every replica serves as the measured one did, the load is spread \
evenly over them, and requests have the lengths and arrivals of this run; nothing is added for \
bursts or for replicas that are down";

/// An attempt as capacity sees it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Attempt {
    /// It succeeded and met every objective.
    pub good: bool,
    /// E2EL in seconds; `None` of one that failed.
    pub e2el: Option<f64>,
}

/// One measured load.
#[derive(Debug, Clone, PartialEq)]
pub struct Level {
    /// Where it stands among the others: users or requested rate.
    pub load: f64,
    /// Users of a closed loop.
    pub concurrency: Option<u32>,
    /// Successful requests per second over the throughput window.
    pub rate: f64,
    /// Attempts in order of start.
    pub attempts: Vec<Attempt>,
}

/// A number of replicas, and the load that it comes from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Replicas {
    /// Level, by index.
    pub level: usize,
    /// The target rate ÷ the level's rate, rounded up.
    pub replicas: u64,
}

/// What a sweep says about a target rate.
#[derive(Debug, Clone, PartialEq)]
pub struct Capacity {
    /// From the highest load that reaches the attainment; `None` when no load does.
    pub under_slo: Option<Replicas>,
    /// From the highest rate that was measured, whatever its latencies.
    pub naive: Option<Replicas>,
    /// 95 % interval of the replicas under the SLO; `None` with too few requests in a level.
    pub interval: Option<(u64, u64)>,
    /// Share of the resamples in which no load reaches the attainment.
    pub unreached: Option<f64>,
    /// Loads below the chosen one that miss the attainment, by index.
    pub missed_below: Vec<usize>,
}

impl Level {
    /// Good attempts ÷ attempts.
    pub fn good_fraction(&self) -> Option<f64> {
        let good = self.attempts.iter().filter(|attempt| attempt.good).count();
        (!self.attempts.is_empty()).then(|| good as f64 / self.attempts.len() as f64)
    }
}

/// The attempts of a table in order of start, judged by objectives. Failures of unknown start stand
/// at the end.
pub fn attempts(table: &RequestTable, slo: &Slo) -> Vec<Attempt> {
    let flags = goodput::flags(table, slo);
    let success = |row: usize| Attempt { good: flags[row], e2el: Some(table.e2el[row]) };
    let lost = Attempt { good: false, e2el: None };
    let unknown = table.failed.saturating_sub(table.failures.len() as u64) as usize;
    let mut all: Vec<(i64, Attempt)> = match order::sorted(table) {
        Some(rows) => {
            rows.into_iter().map(|row| (order::key(table, row).0, success(row as usize))).collect()
        }
        None => (0..table.len()).map(|row| (0, success(row))).collect(),
    };
    all.extend(table.failures.iter().map(|failure| (failure.start_ns, lost)));
    if order::has_starts(table) {
        all.sort_by_key(|(start, _)| *start);
    }
    let known = all.into_iter().map(|(_, attempt)| attempt);
    known.chain(std::iter::repeat_n(lost, unknown)).collect()
}

/// The replicas that a target rate needs so that a share of all attempts is good.
///
/// Levels are in ascending order of load. The interval comes from resampling blocks of each level:
/// in a closed loop the rate is taken to go as 1 / E2EL, in an open loop it is given by arrivals.
pub fn capacity(levels: &[Level], target: f64, attainment: f64) -> Capacity {
    let replicas = |level: usize, rate: f64| {
        // A target of exactly 3 × the rate needs 3, whatever the last bit says.
        let needed = (target / rate * (1.0 - 1e-12)).ceil().max(1.0);
        (rate > 0.0).then_some(Replicas { level, replicas: needed as u64 })
    };
    let enough = |share: f64| reaches(share, attainment);
    let shares: Vec<f64> =
        levels.iter().map(|level| level.good_fraction().unwrap_or(0.0)).collect();
    let chosen = shares.iter().rposition(|share| enough(*share));
    let peak = (0..levels.len()).max_by(|a, b| levels[*a].rate.total_cmp(&levels[*b].rate));
    let mut found = Capacity {
        under_slo: chosen.and_then(|at| replicas(at, levels[at].rate)),
        naive: peak.and_then(|at| replicas(at, levels[at].rate)),
        interval: None,
        unreached: None,
        missed_below: (0..chosen.unwrap_or(0)).filter(|at| !enough(shares[*at])).collect(),
    };
    let blocks: Option<Vec<Blocks>> = levels
        .iter()
        .map(|level| Blocks::of(level.attempts.len(), block_length(level.concurrency)))
        .collect();
    let Some(blocks) = blocks.filter(|blocks| !blocks.is_empty()) else { return found };
    let sums: Vec<Vec<Sum>> = levels
        .iter()
        .zip(&blocks)
        .map(|(level, blocks)| (0..blocks.starts()).map(|at| sum(level, blocks.rows(at))).collect())
        .collect();
    let whole: Vec<Sum> = levels.iter().map(|level| sum(level, 0..level.attempts.len())).collect();
    let drawn = resample(&blocks, |drawn| {
        // From the highest load down: the first that reaches the attainment is the answer.
        (0..levels.len()).rev().find_map(|at| {
            let sum = drawn[at].iter().fold(Sum::default(), |all, start| all.add(sums[at][*start]));
            let is_closed = levels[at].concurrency.is_some();
            let change = sum.speed(is_closed) / whole[at].speed(is_closed);
            let rate = if change.is_finite() { levels[at].rate * change } else { levels[at].rate };
            enough(sum.good / sum.attempts).then(|| replicas(at, rate)).flatten()
        })
    });
    let unreached = drawn.iter().filter(|one| one.is_none()).count();
    found.unreached = Some(unreached as f64 / drawn.len() as f64);
    let mut counts: Vec<f64> = drawn.iter().flatten().map(|one| one.replicas as f64).collect();
    if found.under_slo.is_some()
        && let [(_, low), (_, high)] = quantile::percentiles(&mut counts, &[2_500, 97_500])[..]
    {
        found.interval = Some((low.floor() as u64, high.ceil() as u64));
    }
    found
}

#[derive(Clone, Copy, Default)]
struct Sum {
    attempts: f64,
    good: f64,
    successes: f64,
    e2el: f64,
}

impl Sum {
    fn add(self, other: Self) -> Self {
        Self {
            attempts: self.attempts + other.attempts,
            good: self.good + other.good,
            successes: self.successes + other.successes,
            e2el: self.e2el + other.e2el,
        }
    }

    /// What the rate goes with: successes per busy second of a user, or the share that succeeds.
    fn speed(self, is_closed: bool) -> f64 {
        self.successes / if is_closed { self.e2el } else { self.attempts }
    }
}

fn sum(level: &Level, rows: impl Iterator<Item = usize>) -> Sum {
    rows.fold(Sum::default(), |all, row| {
        let attempt = level.attempts[row];
        all.add(Sum {
            attempts: 1.0,
            good: f64::from(u8::from(attempt.good)),
            successes: f64::from(u8::from(attempt.e2el.is_some())),
            e2el: attempt.e2el.unwrap_or(0.0),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A level whose attempts are good in `good` of every 100.
    fn level(load: u32, rate: f64, good: usize) -> Level {
        let attempt = |at: usize| Attempt { good: at * 37 % 100 < good, e2el: Some(1.0) };
        Level {
            load: f64::from(load),
            concurrency: Some(load),
            rate,
            attempts: (0..1000).map(attempt).collect(),
        }
    }

    #[test]
    fn the_highest_load_that_reaches_the_attainment_gives_the_rate() {
        let levels = [level(1, 2.0, 100), level(4, 7.43, 96), level(16, 20.0, 30)];
        let found = capacity(&levels, 1000.0, 0.95);
        assert_eq!(found.under_slo, Some(Replicas { level: 1, replicas: 135 }));
        assert_eq!(found.naive, Some(Replicas { level: 2, replicas: 50 }));
        let (low, high) = found.interval.expect("enough requests");
        assert!(low <= 135 && 135 <= high, "{low} {high}");
        assert!(found.unreached.is_some_and(|share| share < 0.05));
        assert!(found.missed_below.is_empty());
    }

    #[test]
    fn no_load_that_reaches_it_gives_no_number() {
        let found = capacity(&[level(1, 2.0, 90), level(4, 7.0, 50)], 100.0, 0.95);
        assert_eq!((found.under_slo, found.interval, found.unreached), (None, None, Some(1.0)));
        assert!(found.naive.is_some());
        let none = capacity(&[], 100.0, 0.95);
        assert_eq!((none.under_slo, none.naive, none.unreached), (None, None, None));
    }

    #[test]
    fn an_exact_multiple_is_not_rounded_up_and_the_attainment_itself_is_reached() {
        let found = capacity(&[level(1, 0.1, 95)], 0.3, 0.95);
        assert_eq!(found.under_slo.map(|one| one.replicas), Some(3));
        let found = capacity(&[level(1, 10.0, 100)], 0.3, 0.95);
        assert_eq!(found.under_slo.map(|one| one.replicas), Some(1));
    }

    #[test]
    fn a_lower_load_that_misses_is_told_and_few_requests_have_no_interval() {
        let found = capacity(&[level(1, 2.0, 50), level(4, 7.0, 99)], 10.0, 0.95);
        assert_eq!(found.missed_below, [0]);
        let mut few = level(64, 2.0, 100);
        few.attempts.truncate(639);
        assert_eq!(capacity(&[few], 10.0, 0.95).interval, None);
    }

    #[test]
    fn failures_stand_where_they_started_and_are_not_good() {
        let table = RequestTable {
            start_ns: vec![30, 10],
            ttft: vec![0.1, 0.1],
            e2el: vec![0.5, 0.7],
            failed: 3,
            failures: vec![inferguard_model::FailedRequest {
                start_ns: 20,
                conversation: 0,
                isl: 1,
                reason: 0,
                turn: 0,
                worker: 0,
            }],
            ..RequestTable::default()
        };
        let slo = "e2el:600".parse().expect("an SLO");
        let found = attempts(&table, &slo);
        let told: Vec<_> = found.iter().map(|one| (one.good, one.e2el)).collect();
        let lost = (false, None);
        assert_eq!(told, [(false, Some(0.7)), lost, (true, Some(0.5)), lost, lost]);
    }
}
