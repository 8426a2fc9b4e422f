//! A run in slices of time, and what readers take from them.
//!
//! Latency is told by the slice of the start, throughput by the slice of the completion. Counted by
//! starts, the first slice of a closed loop is inflated and the last one falls by construction.

use std::collections::BTreeMap;

use inferguard_model::{Quantity, RequestTable};

use super::drift::Drift;
use super::{goodput, order};
use crate::quantile::{self, Summary};
use crate::slo::Slo;
use crate::trend::{FEWEST, segment_medians};

/// Slices up to which empty ones between others are listed. Beyond, a timestamp is out of range and
/// not a run of that length.
const MOST_LISTED: i128 = 10_000;

/// Slices up to which a trend looks at each; of more the medians of ten segments.
const MOST_COMPARED: usize = 60;

/// Requests a slice from which its statistics say something.
pub const FEWEST_A_SLICE: u64 = 20;

/// Full slices from which a course can be seen.
pub const FEWEST_SLICES: usize = 4;

/// A run in slices.
#[derive(Debug, Clone, PartialEq)]
pub struct Slices {
    /// Length of a slice, nanoseconds.
    pub width_ns: i64,
    /// Beginning of the first: the first start of an attempt, UTC nanoseconds.
    pub origin_ns: i64,
    /// Slices in order of time. Empty ones are among them unless [`left_out`](Self::left_out).
    pub slices: Vec<Slice>,
    /// Empty slices that are not listed.
    pub left_out: u64,
}

/// One slice.
#[derive(Debug, Clone, PartialEq)]
pub struct Slice {
    /// Place from the origin, from 0.
    pub index: i64,
    /// Seconds of the run that it covers: less than the width for the last one.
    pub seconds: f64,
    /// The run ended within it.
    pub is_partial: bool,
    /// Requests that started in it and succeeded.
    pub requests: u64,
    /// Attempts that started in it and failed.
    pub failed: u64,
    /// Requests that completed in it.
    pub completed: u64,
    /// Output tokens of these, where every request tells them.
    pub output_tokens: Option<u64>,
    /// Latencies of the requests that started in it.
    pub ttft: Option<Summary>,
    /// End-to-end latencies of the same.
    pub e2el: Option<Summary>,
    /// TPOT of the same.
    pub tpot: Option<Summary>,
    /// For each tier, requests that started in it and are good.
    pub good: Vec<u64>,
    /// For each tier, requests that completed in it and are good.
    pub good_completed: Vec<u64>,
}

impl Slice {
    /// Attempts that started in it.
    pub fn attempts(&self) -> u64 {
        self.requests + self.failed
    }

    /// Per second of the slice; `None` for a slice of no length.
    pub fn per_second(&self, amount: u64) -> Option<f64> {
        (self.seconds > 0.0).then(|| amount as f64 / self.seconds)
    }

    fn latency(&self, quantity: Quantity) -> Option<&Summary> {
        if quantity == Quantity::Ttft { self.ttft.as_ref() } else { self.e2el.as_ref() }
    }
}

#[derive(Default)]
struct Filling {
    failed: u64,
    completed: u64,
    output_tokens: u64,
    ttft: Vec<f64>,
    e2el: Vec<f64>,
    tpot: Vec<f64>,
    requests: u64,
    good: Vec<u64>,
    good_completed: Vec<u64>,
}

/// Cuts a run into slices of `width_ns`, with the percentiles that are wanted; `None` without moments.
pub fn slices(
    table: &RequestTable,
    width_ns: i64,
    tiers: &[Slo],
    wanted: &[u32],
) -> Option<Slices> {
    if !order::has_starts(table) || width_ns <= 0 {
        return None;
    }
    let failures = table.failures.iter().map(|failure| failure.start_ns);
    let starts = || table.start_ns.iter().copied().chain(failures.clone());
    let origin_ns = starts().min()?;
    let mut end_ns = starts().max()?;
    let flags: Vec<Vec<bool>> = tiers.iter().map(|slo| goodput::flags(table, slo)).collect();
    let place = |at_ns: i64| (i128::from(at_ns) - i128::from(origin_ns)) / i128::from(width_ns);
    let has_tokens =
        table.osl.len() == table.len() && !table.osl.contains(&RequestTable::NO_TOKENS);
    let mut filled: BTreeMap<i128, Filling> = BTreeMap::new();
    let new = || Filling {
        good: vec![0; tiers.len()],
        good_completed: vec![0; tiers.len()],
        ..Filling::default()
    };
    for row in 0..table.len() {
        let slice = filled.entry(place(table.start_ns[row])).or_insert_with(new);
        slice.requests += 1;
        let value = |quantity| goodput::value(table, quantity, row);
        slice.ttft.extend(value(Quantity::Ttft));
        slice.e2el.extend(value(Quantity::E2el));
        slice.tpot.extend(value(Quantity::Tpot));
        for (count, flags) in slice.good.iter_mut().zip(&flags) {
            *count += u64::from(flags[row]);
        }
        let Some(completion) = order::completion(table, row) else { continue };
        end_ns = end_ns.max(completion);
        let slice = filled.entry(place(completion)).or_insert_with(new);
        slice.completed += 1;
        slice.output_tokens += if has_tokens { u64::from(table.osl[row]) } else { 0 };
        for (count, flags) in slice.good_completed.iter_mut().zip(&flags) {
            *count += u64::from(flags[row]);
        }
    }
    for failure in &table.failures {
        filled.entry(place(failure.start_ns)).or_insert_with(new).failed += 1;
    }
    let last = place(end_ns);
    let span = last + 1;
    let left_out = if span > MOST_LISTED {
        u64::try_from(span - filled.len() as i128).unwrap_or(u64::MAX)
    } else {
        for index in 0..=last {
            filled.entry(index).or_insert_with(new);
        }
        0
    };
    let run_ns = i128::from(end_ns) - i128::from(origin_ns);
    let slice = |(index, mut filling): (i128, Filling)| {
        let covered = (run_ns - index * i128::from(width_ns)).min(i128::from(width_ns));
        Slice {
            index: index as i64,
            seconds: covered as f64 / 1e9,
            is_partial: covered < i128::from(width_ns),
            requests: filling.requests,
            failed: filling.failed,
            completed: filling.completed,
            output_tokens: has_tokens.then_some(filling.output_tokens),
            ttft: Summary::of(&mut filling.ttft, wanted),
            e2el: Summary::of(&mut filling.e2el, wanted),
            tpot: Summary::of(&mut filling.tpot, wanted),
            good: filling.good,
            good_completed: filling.good_completed,
        }
    };
    Some(Slices { width_ns, origin_ns, slices: filled.into_iter().map(slice).collect(), left_out })
}

/// What readers take from slices. Partial slices are in none of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Readings {
    /// The latency that is read: TTFT, else E2EL.
    pub latency: Quantity,
    /// Mean latency of the first slice ÷ that of all later requests.
    pub first_against_rest: Option<f64>,
    /// (max − min) / min of the slices' mean latencies.
    pub variation: Option<f64>,
    /// How the mean latency of the slices goes.
    pub latency_trend: Option<Drift>,
    /// How completions per second go.
    pub throughput_trend: Option<Drift>,
    /// Rank correlation of the attempts that start in a slice and its mean latency.
    pub load_and_latency: Option<f64>,
    /// Full slices.
    pub full: usize,
    /// Why the width should be another.
    pub width: Option<WidthNote>,
}

/// What is wrong with the width of the slices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WidthNote {
    /// Half of the full slices have fewer requests than this, which is too few.
    TooShort {
        /// Median of attempts a slice.
        median: u64,
    },
    /// There are too few full slices.
    TooLong {
        /// Full slices.
        full: usize,
    },
}

impl WidthNote {
    /// The note in words.
    pub fn text(self) -> String {
        match self {
            Self::TooShort { median } => format!(
                "half of the slices have {median} requests or fewer: take longer ones, of {FEWEST_A_SLICE} requests at least"
            ),
            Self::TooLong { full } => format!(
                "{full} full slices show no course: take shorter ones, {FEWEST_SLICES} at least"
            ),
        }
    }
}

impl Slices {
    /// What readers take from the slices.
    pub fn readings(&self) -> Readings {
        let full: Vec<&Slice> = self.slices.iter().filter(|slice| !slice.is_partial).collect();
        let latency = if full.iter().any(|slice| slice.ttft.is_some()) {
            Quantity::Ttft
        } else {
            Quantity::E2el
        };
        let told: Vec<(&Slice, &Summary)> =
            full.iter().filter_map(|slice| Some((*slice, slice.latency(latency)?))).collect();
        let means: Vec<f64> = told.iter().map(|(_, summary)| summary.mean).collect();
        let first_against_rest = told.split_first().and_then(|((first, summary), rest)| {
            let n: usize = rest.iter().map(|(_, summary)| summary.n).sum();
            let sum: f64 = rest.iter().map(|(_, summary)| summary.mean * summary.n as f64).sum();
            (first.index == 0 && n > 0).then(|| summary.mean / (sum / n as f64))
        });
        let (least, most) = means
            .iter()
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), x| (a.min(*x), b.max(*x)));
        let variation = (means.len() > 1 && least > 0.0).then(|| (most - least) / least);
        let rates: Vec<f64> = full.iter().filter_map(|s| s.per_second(s.completed)).collect();
        let loads: Vec<f64> = told.iter().map(|(slice, _)| slice.attempts() as f64).collect();
        let mut attempts: Vec<f64> = full.iter().map(|slice| slice.attempts() as f64).collect();
        let median = quantile::median(&mut attempts).unwrap_or(0.0);
        let width = if full.len() < FEWEST_SLICES {
            Some(WidthNote::TooLong { full: full.len() })
        } else if median < FEWEST_A_SLICE as f64 {
            Some(WidthNote::TooShort { median: median as u64 })
        } else {
            None
        };
        Readings {
            latency,
            first_against_rest,
            variation,
            latency_trend: trend(&means),
            throughput_trend: trend(&rates),
            load_and_latency: rank_correlation(&loads, &means),
            full: full.len(),
            width,
        }
    }
}

fn trend(values: &[f64]) -> Option<Drift> {
    if values.len() <= MOST_COMPARED {
        Drift::along(values)
    } else {
        Drift::along(&segment_medians(values))
    }
}

/// Spearman's rank correlation, equal values at their mean rank; `None` with fewer than
/// [`FEWEST`] pairs or where all values of one side are equal.
fn rank_correlation(a: &[f64], b: &[f64]) -> Option<f64> {
    if a.len() < FEWEST {
        return None;
    }
    let (a, b) = (ranks(a), ranks(b));
    let middle = (a.len() as f64 - 1.0) / 2.0;
    let product = |a: &[f64], b: &[f64]| -> f64 {
        a.iter().zip(b).map(|(x, y)| (x - middle) * (y - middle)).sum()
    };
    let spread = product(&a, &a) * product(&b, &b);
    (spread > 0.0).then(|| product(&a, &b) / spread.sqrt())
}

fn ranks(values: &[f64]) -> Vec<f64> {
    let mut by_value: Vec<usize> = (0..values.len()).collect();
    by_value.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0.0; values.len()];
    let mut before = 0;
    for equal in by_value.chunk_by(|a, b| values[*a] == values[*b]) {
        let mean = before as f64 + (equal.len() as f64 - 1.0) / 2.0;
        for at in equal {
            ranks[*at] = mean;
        }
        before += equal.len();
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;
    use inferguard_model::FailedRequest;
    use proptest::prelude::*;

    const SECOND: i64 = 1_000_000_000;

    fn table(starts: &[f64], e2el: &[f64]) -> RequestTable {
        RequestTable {
            start_ns: starts.iter().map(|s| 7 * SECOND + (s * 1e9) as i64).collect(),
            ttft: e2el.iter().map(|x| x / 2.0).collect(),
            e2el: e2el.to_vec(),
            osl: vec![3; starts.len()],
            ..RequestTable::default()
        }
    }

    #[test]
    fn latency_goes_by_start_and_throughput_by_completion() {
        let table = table(&[0.0, 0.5, 1.0], &[0.5, 2.0, 0.25]);
        let found = slices(&table, SECOND, &["e2el:1000".parse().expect("an SLO")], &[50_000])
            .expect("moments");
        assert_eq!((found.origin_ns, found.slices.len(), found.left_out), (7 * SECOND, 3, 0));
        let of = |at: usize| {
            let s = &found.slices[at];
            (s.requests, s.completed, s.good[0], s.good_completed[0], s.is_partial)
        };
        assert_eq!(of(0), (2, 1, 1, 1, false));
        assert_eq!(of(1), (1, 1, 1, 1, false));
        // Only completions: shown, and as long as the run goes on.
        assert_eq!(of(2), (0, 1, 0, 0, true));
        assert_eq!(found.slices[2].seconds, 0.5);
        assert_eq!(found.slices[0].e2el.as_ref().map(|s| s.mean), Some(1.25));
        assert_eq!(found.slices[0].output_tokens, Some(3));
    }

    #[test]
    fn failed_attempts_are_counted_where_they_started_and_open_the_run() {
        let mut table = table(&[1.0], &[0.5]);
        let start_ns = 6 * SECOND;
        let failure =
            FailedRequest { start_ns, conversation: 0, isl: 5, reason: 0, turn: 0, worker: 0 };
        table.failures.push(failure);
        let found = slices(&table, SECOND, &[], &[]).expect("moments");
        assert_eq!(found.origin_ns, start_ns);
        let attempts: Vec<u64> = found.slices.iter().map(Slice::attempts).collect();
        assert_eq!(attempts, [1, 0, 1]);
    }

    #[test]
    fn moments_out_of_range_stay_sparse() {
        let mut table = table(&[0.0, 1.0], &[0.5, 0.5]);
        table.start_ns.extend([i64::MIN, i64::MAX]);
        table.e2el.extend([1e300, f64::MAX]);
        table.ttft.extend([1.0, 1.0]);
        table.osl.extend([1, 1]);
        let found = slices(&table, 1, &[], &[]).expect("moments");
        assert!(found.slices.len() <= 8 && found.left_out > 1 << 60);
        assert!(found.readings().full <= 8);
    }

    #[test]
    fn a_width_that_shows_nothing_is_told() {
        let starts: Vec<f64> = (0..100).map(|at| f64::from(at) / 10.0).collect();
        let table = table(&starts, &[0.1; 100]);
        let width = |ns| slices(&table, ns, &[], &[]).expect("moments").readings().width;
        assert_eq!(width(SECOND), Some(WidthNote::TooShort { median: 10 }));
        assert_eq!(width(5 * SECOND), Some(WidthNote::TooLong { full: 2 }));
        assert_eq!(width(2 * SECOND + SECOND / 10), None);
        assert_eq!(slices(&RequestTable::default(), SECOND, &[], &[]), None);
    }

    #[test]
    fn readings_compare_the_first_with_the_rest_and_follow_the_load() {
        // Ten slices; the load of each and its latency rise, and the first is slow.
        let (mut starts, mut e2el) = (Vec::new(), Vec::new());
        for slice in 0..10 {
            for request in 0..30 + slice {
                starts.push(f64::from(slice) + f64::from(request) / 50.0);
                e2el.push(if slice == 0 { 0.4 } else { 0.1 + 0.01 * f64::from(slice) });
            }
        }
        starts.push(10.5);
        e2el.push(0.1);
        let found = slices(&table(&starts, &e2el), SECOND, &[], &[]).expect("moments");
        let readings = found.readings();
        assert_eq!((readings.full, readings.width, readings.latency), (10, None, Quantity::Ttft));
        let first = readings.first_against_rest.expect("a first slice");
        assert!((2.5..2.8).contains(&first), "{first}");
        assert!((readings.variation.expect("slices") - (0.4 - 0.11) / 0.11).abs() < 1e-9);
        let follows = readings.load_and_latency.expect("slices");
        assert!((0.4..0.6).contains(&follows), "{follows}");
    }

    #[test]
    fn ranks_of_equal_values_are_their_mean() {
        assert_eq!(ranks(&[3.0, 1.0, 3.0, 2.0]), [2.5, 0.0, 2.5, 1.0]);
        let up = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        let down = [9.0, 8.0, 7.0, 6.0, 5.0, 4.0];
        assert_eq!(rank_correlation(&up, &up), Some(1.0));
        assert_eq!(rank_correlation(&up, &down), Some(-1.0));
        assert_eq!(rank_correlation(&up, &[1.0; 6]), None);
        assert_eq!(rank_correlation(&up[..5], &up[..5]), None);
    }

    proptest! {
        #[test]
        fn every_request_is_in_one_slice(
            rows in prop::collection::vec((0.0..100.0, 0.001..30.0), 1..200),
            width in 1_i64..50,
        ) {
            let (starts, e2el): (Vec<f64>, Vec<f64>) = rows.into_iter().unzip();
            let found = slices(&table(&starts, &e2el), width * SECOND, &[], &[]).expect("moments");
            let sum = |of: fn(&Slice) -> u64| found.slices.iter().map(of).sum::<u64>();
            prop_assert_eq!(sum(|s| s.requests), starts.len() as u64);
            prop_assert_eq!(sum(|s| s.completed), starts.len() as u64);
            prop_assert!(found.slices.iter().filter(|s| s.is_partial).count() <= 1);
        }
    }
}
