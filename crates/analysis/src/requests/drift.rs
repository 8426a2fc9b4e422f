//! Whether a run has the same latency at its beginning and at its end.
//!
//! Both questions are asked of the medians of ten segments of equal count, in order of start and
//! without the first wave. Simpler rules cry wolf: "the first slice is slower" holds in half of all
//! steady runs, and truncation by least standard error fires in up to 15 % of them.

use inferguard_model::{Course, Quantity, RequestTable};

use super::order;
use crate::quantile;
use crate::trend::{SEGMENTS, SIGNIFICANT, mann_kendall, segments, theil_sen};

/// Fewest requests of which segments say something.
pub const FEWEST_REQUESTS: usize = 100;

/// From a robust spread to a standard deviation, for normal values.
const MAD_TO_SD: f64 = 1.4826;

/// The first segment against the second half of the run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Warmup {
    /// Median of the first segment.
    pub first: f64,
    /// Median of the medians of the second half.
    pub settled: f64,
    /// How far the first lies above the others, in robust standard deviations of the segments of
    /// the second half, both on a log scale; infinite when these are all equal.
    pub deviations: f64,
    /// No other segment is as high.
    pub is_highest: bool,
}

impl Warmup {
    /// The first segment of latencies against the others; `None` unless there are ten, and all
    /// positive.
    ///
    /// Latencies are skewed: on a linear scale a run with a wide spread is told to warm up in 7 % of
    /// all cases, on a log scale in 4 %.
    pub fn of(segments: &[f64]) -> Option<Self> {
        let (first, rest) =
            segments.split_first().filter(|(_, rest)| rest.len() + 1 == SEGMENTS)?;
        if segments.iter().any(|x| *x <= 0.0) {
            return None;
        }
        let half = &segments[SEGMENTS / 2..];
        let settled = quantile::median(&mut half.to_vec())?;
        let mut apart: Vec<f64> = half.iter().map(|x| (x / settled).ln().abs()).collect();
        let sd = MAD_TO_SD * quantile::median(&mut apart)?;
        let above = (first / settled).ln();
        let deviations = if sd > 0.0 { above / sd } else { f64::INFINITY.copysign(above) };
        Some(Self {
            first: *first,
            settled,
            deviations,
            is_highest: rest.iter().all(|other| other < first),
        })
    }

    /// The first segment ÷ the second half.
    pub fn ratio(&self) -> f64 {
        self.first / self.settled
    }
}

/// How a quantity changed over a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Drift {
    /// The Mann-Kendall test of the segments.
    pub z: f64,
    /// Change from the first segment to the last along the Theil-Sen line, as a share of its
    /// beginning.
    pub change: f64,
}

impl Drift {
    /// The change over segments; `None` unless there are ten, or where the quantity is not positive.
    pub fn of(segments: &[f64]) -> Option<Self> {
        if segments.len() == SEGMENTS { Self::along(segments) } else { None }
    }

    /// The change over any number of values in time order; `None` for fewer than six, or where one
    /// is not positive.
    pub fn along(segments: &[f64]) -> Option<Self> {
        if segments.iter().any(|x| *x <= 0.0) {
            return None;
        }
        let z = mann_kendall(segments)?.z;
        let points: Vec<_> = segments.iter().enumerate().map(|(x, y)| (x as f64, *y)).collect();
        let slope = theil_sen(&points)?;
        let mut at_start: Vec<f64> = points.iter().map(|(x, y)| y - slope * x).collect();
        let least = segments.iter().copied().fold(f64::INFINITY, f64::min);
        // A line that begins below everything that was measured is no beginning.
        let start = quantile::median(&mut at_start)?.max(least);
        Some(Self { z, change: slope * (segments.len() - 1) as f64 / start })
    }
}

impl Drift {
    /// Whether the test tells it from chance.
    pub fn is_told(&self) -> bool {
        self.z.abs() >= SIGNIFICANT
    }
}

/// The course of a latency or length over rows that [`order::cut`] has put in segments; `None` with
/// too few requests, or a segment without any.
pub(super) fn course(
    rows: &[u32],
    quantity: Quantity,
    value: impl Fn(usize) -> Option<f64>,
) -> Option<Course> {
    if rows.len() < FEWEST_REQUESTS {
        return None;
    }
    let mut requests = 0;
    let mut medians = Vec::with_capacity(SEGMENTS);
    let mut values = Vec::with_capacity(rows.len() / SEGMENTS + 1);
    for segment in segments(rows.len()) {
        values.clear();
        values.extend(rows[segment].iter().filter_map(|row| value(*row as usize)));
        requests += values.len();
        medians.push(quantile::median(&mut values)?);
    }
    (requests >= FEWEST_REQUESTS).then_some(Course {
        quantity,
        requests: requests as u64,
        segments: medians,
    })
}

/// Output tokens per second, else requests per second, in slices of equal length between two
/// moments, by completion.
pub(super) fn throughput_course(
    table: &RequestTable,
    (from_ns, to_ns): (i64, i64),
) -> Option<Course> {
    let length = i128::from(to_ns) - i128::from(from_ns);
    if length <= 0 {
        return None;
    }
    let has_tokens =
        table.osl.len() == table.len() && !table.osl.contains(&RequestTable::NO_TOKENS);
    let mut sums = vec![0.0; SEGMENTS];
    let mut requests = 0;
    for row in 0..table.len() {
        let Some(end) = order::completion(table, row) else { continue };
        let since = i128::from(end) - i128::from(from_ns);
        if since < 0 || since >= length {
            continue;
        }
        let at = since * SEGMENTS as i128 / length;
        requests += 1;
        sums[at as usize] += if has_tokens { f64::from(table.osl[row]) } else { 1.0 };
    }
    let seconds = length as f64 / 1e9 / SEGMENTS as f64;
    (requests >= FEWEST_REQUESTS).then(|| Course {
        quantity: if has_tokens { Quantity::OutputTput } else { Quantity::Qps },
        requests: requests as u64,
        segments: sums.into_iter().map(|sum| sum / seconds).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_beginning_stands_out_of_the_second_half() {
        let slow = [2.0, 1.0, 1.1, 0.9, 1.0, 1.0, 1.1, 0.9, 1.05, 0.95];
        let warmup = Warmup::of(&slow).expect("ten segments");
        assert_eq!((warmup.first, warmup.settled, warmup.ratio()), (2.0, 1.0, 2.0));
        // The median distance of 1.0, 1.1, 0.9, 1.05, 0.95 from 1.0 on a log scale.
        let sd = 1.4826 * (1.0_f64 / 0.95).ln();
        assert!((warmup.deviations - 2.0_f64.ln() / sd).abs() < 1e-9);
        assert!(warmup.is_highest);
        let mut later = slow;
        later[3] = 2.0;
        assert!(!Warmup::of(&later).expect("ten segments").is_highest);
        assert_eq!(Warmup::of(&slow[..9]), None);
        let equal = Warmup::of(&[1.0; 10]).expect("ten segments");
        assert!(equal.deviations.is_infinite() && !equal.is_highest && equal.ratio() == 1.0);
    }

    #[test]
    fn a_change_is_told_from_the_beginning_of_its_line() {
        let rising: Vec<f64> = (0..10).map(|at| 1.0 + 0.1 * f64::from(at)).collect();
        let drift = Drift::of(&rising).expect("ten segments");
        assert!((drift.change - 0.9).abs() < 1e-9 && drift.z > 3.9, "{drift:?}");
        let falling: Vec<f64> = rising.iter().rev().copied().collect();
        let drift = Drift::of(&falling).expect("ten segments");
        assert!((drift.change + 0.9 / 1.9).abs() < 1e-9 && drift.z < -3.9, "{drift:?}");
        assert_eq!(Drift::of(&[1.0; 9]), None);
        assert_eq!(Drift::of(&[0.0; 10]), None);
    }

    #[test]
    fn throughput_is_counted_by_completion_and_in_tokens_where_all_are_known() {
        let second = 1_000_000_000;
        let mut table = RequestTable {
            start_ns: (0..200).map(|at| at * second / 10).collect(),
            ttft: vec![0.1; 200],
            e2el: vec![1.0; 200],
            osl: vec![10; 200],
            ..RequestTable::default()
        };
        let course = throughput_course(&table, (second, 21 * second)).expect("enough");
        assert_eq!((course.quantity, course.requests), (Quantity::OutputTput, 200));
        assert_eq!(course.segments, [100.0; 10]);
        table.osl[7] = RequestTable::NO_TOKENS;
        let course = throughput_course(&table, (second, 21 * second)).expect("enough");
        assert_eq!((course.quantity, course.segments[0]), (Quantity::Qps, 10.0));
        assert_eq!(throughput_course(&table, (second, second)), None);
        assert_eq!(throughput_course(&table, (i64::MIN, i64::MIN + 10)), None);
    }
}
