//! Whether something rises or falls over time, robust against outliers and blind to the shape.
//!
//! Neighbouring samples of a server are correlated, so that a test on the samples themselves sees
//! trends everywhere. The medians of at most ten segments of equal count are tested instead.

use crate::quantile;

/// Segments that a run is cut into.
pub const SEGMENTS: usize = 10;

/// |z| from which a trend is told: 1 % false alarms on independent segments.
pub const SIGNIFICANT: f64 = 2.58;

/// Which way a quantity goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Up, beyond what chance does.
    Rising,
    /// Down.
    Falling,
    /// Neither that can be told from chance.
    Flat,
}

impl Direction {
    /// Name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rising => "rising",
            Self::Falling => "falling",
            Self::Flat => "flat",
        }
    }
}

/// The Mann-Kendall test of values in time order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MannKendall {
    /// Pairs that rise less pairs that fall.
    pub s: i64,
    /// S in standard deviations, with corrections for ties and continuity; 0 when all are equal.
    pub z: f64,
}

impl MannKendall {
    /// Which way the values go.
    pub fn direction(&self) -> Direction {
        if self.z >= SIGNIFICANT {
            Direction::Rising
        } else if self.z <= -SIGNIFICANT {
            Direction::Falling
        } else {
            Direction::Flat
        }
    }
}

/// Fewest values of which the test can find a trend at all: five in perfect order reach z = 2.2.
pub const FEWEST: usize = 6;

/// The Mann-Kendall test; `None` with fewer than [`FEWEST`] values. All pairs are compared: give it
/// medians of segments, not samples.
///
/// The variance is that of Gilbert, Statistical Methods for Environmental Pollution Monitoring
/// (1987), section 16.4, with groups of equal values taken off.
pub fn mann_kendall(values: &[f64]) -> Option<MannKendall> {
    if values.len() < FEWEST {
        return None;
    }
    let mut s = 0_i64;
    for (at, early) in values.iter().enumerate() {
        for late in &values[at + 1..] {
            s += i64::from(late > early) - i64::from(late < early);
        }
    }
    let term = |n: usize| (n * (n - 1) * (2 * n + 5)) as f64;
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let ties: f64 = sorted.chunk_by(|a, b| a == b).map(|equal| term(equal.len())).sum();
    let variance = (term(values.len()) - ties) / 18.0;
    let z = if variance > 0.0 { (s - s.signum()) as f64 / variance.sqrt() } else { 0.0 };
    Some(MannKendall { s, z })
}

/// The Theil-Sen slope: the median of the slopes of all pairs of `(x, y)` that differ in x.
pub fn theil_sen(points: &[(f64, f64)]) -> Option<f64> {
    let mut slopes = Vec::with_capacity(points.len() * points.len().saturating_sub(1) / 2);
    for (at, (x, y)) in points.iter().enumerate() {
        for (later_x, later_y) in &points[at + 1..] {
            if later_x != x {
                slopes.push((later_y - y) / (later_x - x));
            }
        }
    }
    quantile::median(&mut slopes)
}

/// Cuts `0..n` into at most [`SEGMENTS`] ranges whose lengths differ by one at most.
pub fn segments(n: usize) -> impl Iterator<Item = std::ops::Range<usize>> {
    let count = n.min(SEGMENTS);
    (0..count).map(move |at| at * n / count..(at + 1) * n / count)
}

/// The median of each segment of values in time order.
pub fn segment_medians(values: &[f64]) -> Vec<f64> {
    segments(values.len())
        .filter_map(|segment| quantile::median(&mut values[segment].to_vec()))
        .collect()
}

/// A value and when it was seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// Moment, UTC nanoseconds; `None` where the source does not say.
    pub at_ns: Option<i64>,
    /// The value.
    pub value: f64,
    /// What it counts for in the mean: 1 for a gauge, the length of the interval for a rate.
    pub weight: f64,
}

/// How a quantity went over a recording.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trend {
    /// Samples.
    pub n: usize,
    /// First value.
    pub first: f64,
    /// Last value.
    pub last: f64,
    /// Largest value.
    pub max: f64,
    /// Mean.
    pub mean: f64,
    /// Theil-Sen change per minute over the medians of the segments; `None` without times.
    pub per_minute: Option<f64>,
    /// Mann-Kendall over the same medians; `None` with too few samples.
    pub direction: Option<Direction>,
}

impl Trend {
    /// The trend of samples in time order; `None` when there are none, or no finite mean.
    pub fn of(samples: &[Sample]) -> Option<Self> {
        let (first, last) = (samples.first()?, samples.last()?);
        let values: Vec<f64> = samples.iter().map(|sample| sample.value).collect();
        let medians = segment_medians(&values);
        let weight: f64 = samples.iter().map(|sample| sample.weight).sum();
        let sum: f64 = samples.iter().map(|sample| sample.weight * sample.value).sum();
        let mean = Some(sum / weight).filter(|mean| mean.is_finite())?;
        Some(Self {
            n: samples.len(),
            first: first.value,
            last: last.value,
            max: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            mean,
            per_minute: minutes(samples).and_then(|minutes| {
                let points: Vec<_> = minutes.into_iter().zip(medians.iter().copied()).collect();
                theil_sen(&points)
            }),
            direction: mann_kendall(&medians).map(|test| test.direction()),
        })
    }
}

/// The middle of each segment in minutes since the first sample; `None` when a sample has no time.
fn minutes(samples: &[Sample]) -> Option<Vec<f64>> {
    let start = samples.first()?.at_ns?;
    segments(samples.len())
        .map(|segment| {
            let mut times: Vec<f64> = samples[segment]
                .iter()
                .map(|sample| Some(sample.at_ns?.saturating_sub(start) as f64 / 60e9))
                .collect::<Option<_>>()?;
            quantile::median(&mut times)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_slope_is_that_of_sen_1968() {
        let x = [1.0, 2.0, 3.0, 4.0, 10.0, 12.0, 18.0];
        let y = [9.0, 15.0, 19.0, 20.0, 45.0, 55.0, 78.0];
        let points: Vec<_> = x.into_iter().zip(y).collect();
        assert_eq!(theil_sen(&points), Some(4.0));
        assert_eq!(mann_kendall(&y).map(|test| test.s), Some(21));
    }

    #[test]
    fn ties_take_variance_away() {
        // The groups of Gilbert's example: two, three and three equal values of nine.
        let values = [23.0, 24.0, 0.0, 6.0, 0.0, 24.0, 24.0, 0.0, 23.0];
        let test = mann_kendall(&values).expect("nine values");
        let variance = (9.0 * 8.0 * 23.0 - 2.0 * 9.0 - 2.0 * (3.0 * 2.0 * 11.0)) / 18.0;
        let s = test.s as f64;
        assert_eq!(test.z, (s - s.signum()) / f64::sqrt(variance));
    }

    #[test]
    fn ten_in_order_reach_the_top_and_five_are_too_few() {
        let up: Vec<f64> = (0..10).map(f64::from).collect();
        let test = mann_kendall(&up).expect("ten values");
        assert_eq!(test.s, 45);
        assert!((test.z - 3.94).abs() < 0.01, "{}", test.z);
        assert_eq!(mann_kendall(&up[..5]), None);
        assert_eq!(mann_kendall(&up[..6]).map(|t| t.direction()), Some(Direction::Rising));
        let equal = mann_kendall(&[1.0; 10]).expect("ten values");
        assert_eq!((equal.s, equal.z, equal.direction()), (0, 0.0, Direction::Flat));
    }

    #[test]
    fn a_trend_has_its_change_in_minutes_and_weighs_its_mean() {
        let sample = |second: i64, value: f64, weight: f64| Sample {
            at_ns: Some(second * 1_000_000_000),
            value,
            weight,
        };
        let samples: Vec<_> = (0..60).map(|at| sample(at, at as f64, 1.0)).collect();
        let trend = Trend::of(&samples).expect("samples");
        assert_eq!((trend.n, trend.first, trend.last, trend.max), (60, 0.0, 59.0, 59.0));
        assert_eq!(trend.mean, 29.5);
        assert!((trend.per_minute.expect("times") - 60.0).abs() < 1e-9);
        assert_eq!(trend.direction, Some(Direction::Rising));

        let trend = Trend::of(&[sample(1, 10.0, 1.0), sample(4, 2.0, 3.0)]).expect("samples");
        assert_eq!((trend.mean, trend.direction), (4.0, None));
        assert_eq!(Trend::of(&[]), None);
    }

    #[test]
    fn samples_without_a_time_have_a_direction_and_no_change_per_minute() {
        let samples: Vec<_> =
            (0..20).map(|at| Sample { at_ns: None, value: -f64::from(at), weight: 1.0 }).collect();
        let trend = Trend::of(&samples).expect("samples");
        assert_eq!((trend.per_minute, trend.direction), (None, Some(Direction::Falling)));
    }

    proptest! {
        #[test]
        fn the_slope_has_as_many_pairs_above_as_below(
            y in prop::collection::vec(-50_i32..50, 2..20),
        ) {
            let points: Vec<_> = y.iter().enumerate()
                .map(|(x, y)| (x as f64, f64::from(*y)))
                .collect();
            let slope = theil_sen(&points).expect("two points");
            let (mut above, mut below, mut all) = (0, 0, 0);
            for i in 0..points.len() {
                for j in i + 1..points.len() {
                    let own = (points[j].1 - points[i].1) / (points[j].0 - points[i].0);
                    all += 1;
                    above += i32::from(own > slope);
                    below += i32::from(own < slope);
                }
            }
            prop_assert!(2 * above <= all && 2 * below <= all);
        }

        #[test]
        fn backwards_is_the_opposite(y in prop::collection::vec(-5_i32..5, FEWEST..20)) {
            let mut y: Vec<f64> = y.into_iter().map(f64::from).collect();
            let there = mann_kendall(&y).expect("enough");
            y.reverse();
            let back = mann_kendall(&y).expect("enough");
            prop_assert_eq!((there.s, there.z), (-back.s, 0.0 - back.z));
        }

        #[test]
        fn segments_cover_everything_once(n in 0_usize..200) {
            let covered: Vec<usize> = segments(n).flatten().collect();
            prop_assert_eq!(covered, (0..n).collect::<Vec<_>>());
        }
    }
}
