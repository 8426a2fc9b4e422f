//! Mean, deviation and exact percentiles with NumPy's arithmetic.
//!
//! The field computes its numbers with NumPy, so a report that is compared with them has to agree
//! to the last bit: sums are pairwise in NumPy's order, percentiles are linear between closest
//! ranks with its form of the interpolation. Percentiles come from nested selection, which is as
//! exact as sorting at a tenth of the time.

use std::cmp::Ordering;

use inferguard_model::Stat;

/// Percentiles that InferGuard reports of every distribution, in thousandths of a percent as in
/// [`Stat::Percentile`].
pub const REPORTED: [u32; 6] = [50_000, 75_000, 90_000, 95_000, 99_000, 99_900];

/// Statistics of one sample.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// Size of the sample, at least 1.
    pub n: usize,
    /// Arithmetic mean.
    pub mean: f64,
    /// Population standard deviation.
    pub std: f64,
    /// Smallest value.
    pub min: f64,
    /// Largest value.
    pub max: f64,
    /// Percentile in thousandths of a percent, and its value; ascending.
    pub percentiles: Vec<(u32, f64)>,
}

impl Summary {
    /// Summarizes a sample of finite values, whose order is lost; `None` when it is empty.
    ///
    /// `wanted` are percentiles in thousandths of a percent, ascending.
    pub fn of(values: &mut [f64], wanted: &[u32]) -> Option<Self> {
        let mean = mean(values)?;
        let spread = pairwise_sum(values, &|x| (x - mean) * (x - mean));
        let (min, max) = extremes(values);
        Some(Self {
            n: values.len(),
            mean,
            std: (spread / values.len() as f64).sqrt(),
            min,
            max,
            percentiles: percentiles(values, wanted),
        })
    }

    /// The value of a statistic, if it was computed.
    pub fn get(&self, stat: Stat) -> Option<f64> {
        match stat {
            Stat::Plain => None,
            Stat::Mean => Some(self.mean),
            Stat::Std => Some(self.std),
            Stat::Min => Some(self.min),
            Stat::Max => Some(self.max),
            Stat::Percentile(milli) => {
                self.percentiles.iter().find(|(at, _)| *at == milli).map(|(_, value)| *value)
            }
        }
    }

    /// Every statistic that was computed.
    pub fn stats(&self) -> impl Iterator<Item = (Stat, f64)> + '_ {
        let moments = [
            (Stat::Mean, self.mean),
            (Stat::Std, self.std),
            (Stat::Min, self.min),
            (Stat::Max, self.max),
        ];
        let percentiles =
            self.percentiles.iter().map(|(milli, value)| (Stat::Percentile(*milli), *value));
        moments.into_iter().chain(percentiles)
    }
}

/// Arithmetic mean; `None` for an empty sample.
pub fn mean(values: &[f64]) -> Option<f64> {
    mean_of(values, &|x| x)
}

/// Arithmetic mean of a function of the values; `None` for an empty sample.
pub fn mean_of(values: &[f64], term: &impl Fn(f64) -> f64) -> Option<f64> {
    (!values.is_empty()).then(|| pairwise_sum(values, term) / values.len() as f64)
}

/// Median of finite values, whose order is lost; `None` for an empty sample.
pub fn median(values: &mut [f64]) -> Option<f64> {
    percentiles(values, &[50_000]).first().map(|(_, value)| *value)
}

/// Percentiles of a sample of finite values, whose order is lost; nothing for an empty sample.
///
/// `wanted` are in thousandths of a percent. The result has their order.
pub fn percentiles(values: &mut [f64], wanted: &[u32]) -> Vec<(u32, f64)> {
    if values.is_empty() {
        return Vec::new();
    }
    let n = values.len();
    let mut ranks: Vec<usize> = wanted.iter().map(|milli| rank(n, *milli).0).collect();
    ranks.sort_unstable();
    ranks.dedup();
    // Ascending, so that each selection leaves less of the sample to the next.
    let mut done = 0;
    for rank in &ranks {
        values[done..].select_nth_unstable_by(rank - done, |a, b| ordered(*a, *b));
        done = rank + 1;
    }
    let value = |milli: u32| {
        let (rank, fraction) = rank(n, milli);
        let low = values[rank];
        if fraction == 0.0 {
            return low;
        }
        // Nothing behind the next rank that was selected is smaller than it.
        let next = ranks.iter().copied().find(|next| *next > rank).unwrap_or(n - 1);
        interpolate(low, extremes(&values[rank + 1..=next]).0, fraction)
    };
    wanted.iter().map(|milli| (*milli, value(*milli))).collect()
}

/// The order of finite values; half the work of `total_cmp`, which also orders what is none.
fn ordered(a: f64, b: f64) -> Ordering {
    a.partial_cmp(&b).unwrap_or(Ordering::Equal)
}

/// The lower of the closest ranks of a percentile, from 0, and the share of the way to the next.
fn rank(n: usize, milli: u32) -> (usize, f64) {
    // Divided twice, as NumPy divides the percentile by 100: 99.9 / 100 is not 0.999.
    let share = f64::from(milli.min(100_000)) / 1000.0 / 100.0;
    let place = (n - 1) as f64 * share;
    let rank = (place as usize).min(n - 1);
    if rank == n - 1 { (rank, 0.0) } else { (rank, place - rank as f64) }
}

fn interpolate(low: f64, high: f64, fraction: f64) -> f64 {
    let gap = high - low;
    if fraction >= 0.5 { high - gap * (1.0 - fraction) } else { low + gap * fraction }
}

/// Whether a percentile, in thousandths of a percent, has no 95 % upper bound from a sample of `n`:
/// with fewer than ln 0.05 / ln p values (p90 29, p95 59, p99 299, p99.9 2,995) even the largest may
/// lie below it.
pub fn is_low_n(milli: u32, n: usize) -> bool {
    let share = f64::from(milli) / 100_000.0;
    share > 0.0 && share < 1.0 && (n as f64) < 0.05_f64.ln() / share.ln()
}

/// Least and largest of finite values.
fn extremes(values: &[f64]) -> (f64, f64) {
    let least = |a: f64, b: f64| if b < a { b } else { a };
    let most = |a: f64, b: f64| if b > a { b } else { a };
    // In lanes, since each comparison would wait for the one before.
    let (mut low, mut high) = ([f64::INFINITY; 8], [f64::NEG_INFINITY; 8]);
    let (eights, rest) = values.as_chunks::<8>();
    for eight in eights {
        for (at, x) in eight.iter().enumerate() {
            low[at] = least(low[at], *x);
            high[at] = most(high[at], *x);
        }
    }
    let min = low.iter().chain(rest).copied().fold(f64::INFINITY, least);
    (min, high.iter().chain(rest).copied().fold(f64::NEG_INFINITY, most))
}

/// Sums in NumPy's order: eight accumulators in blocks of up to 128, halves above.
fn pairwise_sum(values: &[f64], term: &impl Fn(f64) -> f64) -> f64 {
    const BLOCK: usize = 128;
    let n = values.len();
    if n > BLOCK {
        let half = n / 2 - (n / 2) % 8;
        let (left, right) = values.split_at(half);
        return pairwise_sum(left, term) + pairwise_sum(right, term);
    }
    let mut eights = values.chunks_exact(8);
    let mut sum = 0.0;
    if let Some(first) = eights.next() {
        let mut lanes = [0.0; 8];
        for (lane, x) in lanes.iter_mut().zip(first) {
            *lane = term(*x);
        }
        for eight in eights.by_ref() {
            for (lane, x) in lanes.iter_mut().zip(eight) {
                *lane += term(*x);
            }
        }
        let four = |at: usize| (lanes[at] + lanes[at + 1]) + (lanes[at + 2] + lanes[at + 3]);
        sum = four(0) + four(4);
    }
    eights.remainder().iter().fold(sum, |sum, x| sum + term(*x))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn by_sorting(values: &[f64], milli: u32) -> f64 {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let place = (sorted.len() - 1) as f64 * (f64::from(milli) / 1000.0 / 100.0);
        let (low, fraction) = (sorted[place as usize], place.fract());
        let high = sorted.get(place as usize + 1).copied().unwrap_or(low);
        interpolate(low, high, fraction)
    }

    fn percentile(values: &[f64], milli: u32) -> f64 {
        percentiles(&mut values.to_vec(), &[milli])[0].1
    }

    /// Expected values printed by NumPy 2.4.
    #[test]
    #[expect(clippy::unreadable_literal, reason = "as NumPy prints them")]
    fn the_arithmetic_is_that_of_numpy() {
        let values = [0.1, 0.7, 0.2, 0.30000000000000004, 12.5, 1e-9, 0.2];
        let summary = Summary::of(&mut values.clone(), &REPORTED).expect("is not empty");
        assert_eq!(summary.mean, 2.0000000001428573);
        assert_eq!(summary.std, 4.291519877219658);
        assert_eq!((summary.min, summary.max, summary.n), (1e-9, 12.5, 7));
        let expected = [
            0.2,
            0.5,
            5.420000000000004,
            8.959999999999992,
            11.791999999999994,
            12.429200000000009,
        ];
        for ((milli, value), expected) in summary.percentiles.iter().zip(expected) {
            assert_eq!(*value, expected, "{milli}");
        }
    }

    #[test]
    fn one_value_is_every_statistic_and_none_has_none() {
        let one = Summary::of(&mut [3.0], &REPORTED).expect("is not empty");
        assert!(one.stats().all(|(stat, x)| x == if stat == Stat::Std { 0.0 } else { 3.0 }));
        assert_eq!(Summary::of(&mut [], &REPORTED), None);
        assert_eq!(percentiles(&mut [], &REPORTED), []);
        assert_eq!(mean(&[]), None);
    }

    #[test]
    fn a_percentile_needs_so_many_values() {
        for (milli, n) in [(90_000, 29), (95_000, 59), (99_000, 299), (99_900, 2995)] {
            assert!(is_low_n(milli, n - 1) && !is_low_n(milli, n), "{milli}");
        }
        assert!(!is_low_n(0, 1) && !is_low_n(100_000, 1));
    }

    #[test]
    fn percentiles_may_come_in_any_order() {
        let wanted = [99_000, 50_000, 50_000, 0, 100_000, 10_000];
        let mut values: Vec<f64> = (0..101).rev().map(f64::from).collect();
        let found: Vec<f64> =
            percentiles(&mut values, &wanted).into_iter().map(|(_, x)| x).collect();
        assert_eq!(found, [99.0, 50.0, 50.0, 0.0, 100.0, 10.0]);
    }

    proptest! {
        #[test]
        fn selection_equals_sorting(
            values in prop::collection::vec(prop_oneof![-1e3..1e3, (0..4i32).prop_map(f64::from)], 1..400),
            wanted in prop::collection::vec(0u32..=100_000, 1..9),
        ) {
            for (milli, value) in percentiles(&mut values.clone(), &wanted) {
                prop_assert_eq!(value, by_sorting(&values, milli), "p{}", milli);
            }
        }

        #[test]
        fn percentiles_rise_and_stay_within_the_sample(
            values in prop::collection::vec(0.0..1e6, 1..300),
            low in 0u32..=100_000,
            high in 0u32..=100_000,
        ) {
            let (low, high) = (low.min(high), low.max(high));
            let (a, b) = (percentile(&values, low), percentile(&values, high));
            let (min, max) = extremes(&values);
            // Interpolation may miss the order of equal neighbours by its own rounding.
            prop_assert!(a <= b + b * 1e-15);
            prop_assert!(min - min * 1e-15 <= a && b <= max + max * 1e-15);
        }

        #[test]
        fn mean_and_deviation_are_those_of_a_plain_sum(values in prop::collection::vec(0.0..1e6, 1..2000)) {
            let n = values.len() as f64;
            let plain = values.iter().sum::<f64>() / n;
            let spread = (values.iter().map(|x| (x - plain).powi(2)).sum::<f64>() / n).sqrt();
            let summary = Summary::of(&mut values.clone(), &[]).expect("is not empty");
            prop_assert!((summary.mean - plain).abs() <= 1e-12 * plain.abs());
            prop_assert!((summary.std - spread).abs() <= 1e-9 * (1.0 + spread));
        }
    }
}
