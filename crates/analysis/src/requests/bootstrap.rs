//! Intervals of statistics within one run, by resampling blocks of neighbours.
//!
//! Requests that share a batch are slow together, so single requests must not be drawn: with φ 0.6
//! between neighbours, blocks of 1 cover the median in 74 % instead of 95 %. The blocks are
//! circular, and seeded: the same run has the same intervals everywhere. They say how sure the
//! statistic of **this run** is, not what another run would give.

use super::random::Random;
use crate::quantile;

/// Shortest block, requests.
const SHORTEST: usize = 25;
/// Resamples.
const DRAWS: usize = 1000;
/// Starts of blocks, and blocks a resample, at most: a run of millions is cut into longer blocks.
const MOST_STARTS: usize = 512;
/// Values that a block is compared with, at most. Beyond, a quantile is taken between two of them.
const MOST_STEPS: usize = 2048;
/// Blocks that a run has at least.
const FEWEST_BLOCKS: usize = 5;
const SEED: u64 = 0x1F5E_ED00;

/// A 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// Lower bound.
    pub low: f64,
    /// Upper bound.
    pub high: f64,
}

impl Interval {
    /// The middle 95 % of resampled statistics.
    fn of(mut values: Vec<f64>) -> Option<Self> {
        match quantile::percentiles(&mut values, &[2_500, 97_500])[..] {
            [(_, low), (_, high)] => Some(Self { low, high }),
            _ => None,
        }
    }
}

/// Requests a block: neighbours stop depending on each other after one or two rounds of the users.
pub fn block_length(concurrency: Option<u32>) -> usize {
    concurrency.map_or(SHORTEST, |users| SHORTEST.max(2 * users as usize))
}

/// Blocks of one run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Blocks {
    n: usize,
    length: usize,
    step: usize,
}

impl Blocks {
    /// Blocks of at least `length` of `n` requests; `None` when these are too few for five.
    pub(super) fn of(n: usize, length: usize) -> Option<Self> {
        if n < FEWEST_BLOCKS * length.max(1) {
            return None;
        }
        let step = n.div_ceil(MOST_STARTS);
        Some(Self { n, length: length.max(step), step })
    }

    /// Places at which a block may begin.
    pub(super) fn starts(&self) -> usize {
        self.n.div_ceil(self.step)
    }

    /// Rows of the block that begins at a place, in order, and around the end.
    pub(super) fn rows(&self, start: usize) -> impl Iterator<Item = usize> + use<> {
        let (n, from) = (self.n, start * self.step);
        (from..from + self.length).map(move |at| at % n)
    }

    /// Blocks that make a resample.
    pub(super) fn draws(&self) -> usize {
        self.n.div_ceil(self.length)
    }

    /// Rows of a resample.
    fn drawn_rows(&self) -> usize {
        self.draws() * self.length
    }
}

/// Draws blocks again and again, and gives each resample to `statistic`.
pub(super) fn resample<T>(
    blocks: &[Blocks],
    mut statistic: impl FnMut(&[Vec<usize>]) -> T,
) -> Vec<T> {
    let mut random = Random::seeded(SEED);
    let mut drawn: Vec<Vec<usize>> = vec![Vec::new(); blocks.len()];
    let one = |_| {
        for (blocks, drawn) in blocks.iter().zip(&mut drawn) {
            drawn.clear();
            drawn.extend((0..blocks.draws()).map(|_| random.below(blocks.starts())));
        }
        statistic(&drawn)
    };
    (0..DRAWS).map(one).collect()
}

/// 95 % intervals of percentiles, in thousandths of a percent, and of the mean, of values in order of
/// start; `None` when there are too few values for blocks of this length.
pub fn intervals(values: &[f64], wanted: &[u32], block: usize) -> Option<Intervals> {
    let blocks = Blocks::of(values.len(), block)?;
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let steps = steps(&sorted, wanted);
    // For each start, how many values of its block are at or below each step.
    let mut below = vec![0_u32; blocks.starts() * steps.len()];
    let mut sums = vec![0.0; blocks.starts()];
    for (start, (counts, sum)) in below.chunks_exact_mut(steps.len()).zip(&mut sums).enumerate() {
        for row in blocks.rows(start) {
            let step = steps.partition_point(|step| *step < values[row]);
            counts[step.min(steps.len() - 1)] += 1;
            *sum += values[row];
        }
        let mut total = 0;
        for count in counts {
            total += *count;
            *count = total;
        }
    }
    let rows = blocks.drawn_rows();
    let drawn: Vec<(f64, Vec<f64>)> = resample(&[blocks], |drawn| {
        let starts = &drawn[0];
        let count = |step: usize| -> usize {
            starts.iter().map(|start| below[start * steps.len() + step] as usize).sum()
        };
        let mean = starts.iter().map(|start| sums[*start]).sum::<f64>() / rows as f64;
        let percentile = |milli: &u32| {
            let place = (rows - 1) as f64 * (f64::from(*milli) / 1000.0 / 100.0);
            let (rank, part) = (place as usize, place.fract());
            let low = value_at(rank, &steps, count);
            if part == 0.0 { low } else { low + part * (value_at(rank + 1, &steps, count) - low) }
        };
        (mean, wanted.iter().map(percentile).collect())
    });
    let column = |at: usize| drawn.iter().map(|(_, values)| values[at]).collect();
    Some(Intervals {
        mean: Interval::of(drawn.iter().map(|(mean, _)| *mean).collect())?,
        percentiles: wanted
            .iter()
            .enumerate()
            .map(|(at, milli)| Some((*milli, Interval::of(column(at))?)))
            .collect::<Option<_>>()?,
    })
}

/// Intervals of the statistics of one quantity.
#[derive(Debug, Clone, PartialEq)]
pub struct Intervals {
    /// Of the mean.
    pub mean: Interval,
    /// Of percentiles, in thousandths of a percent.
    pub percentiles: Vec<(u32, Interval)>,
}

/// The smallest step that more than `rank` values are at or below.
fn value_at(rank: usize, steps: &[f64], count: impl Fn(usize) -> usize) -> f64 {
    let (mut from, mut to) = (0, steps.len() - 1);
    while from < to {
        let middle = usize::midpoint(from, to);
        if count(middle) > rank { to = middle } else { from = middle + 1 }
    }
    steps[from]
}

/// Values to compare with: all that differ, or as many evenly placed, half of them around the
/// percentiles that are wanted.
fn steps(sorted: &[f64], wanted: &[u32]) -> Vec<f64> {
    let n = sorted.len();
    let mut steps: Vec<f64> = if n <= MOST_STEPS {
        sorted.to_vec()
    } else {
        let half = MOST_STEPS / 2;
        let even = (0..half).map(|at| at * (n - 1) / (half - 1));
        let near = half / wanted.len().max(1);
        let around = wanted.iter().flat_map(|milli| {
            let share = f64::from(*milli) / 100_000.0;
            // Ten standard deviations of the rank for independent values: blocks widen it.
            let reach = 10.0 * (share * (1.0 - share) / n as f64).sqrt();
            (0..near).map(move |at| {
                let place = share + reach * (2.0 * at as f64 / near as f64 - 1.0);
                (place.clamp(0.0, 1.0) * (n - 1) as f64) as usize
            })
        });
        even.chain(around).map(|rank| sorted[rank]).collect()
    };
    steps.sort_unstable_by(f64::total_cmp);
    steps.dedup();
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    fn independent(n: usize, seed: u64) -> Vec<f64> {
        let mut random = Random::seeded(seed);
        (0..n).map(|_| (0.3 * random.normal()).exp()).collect()
    }

    #[test]
    fn the_same_values_have_the_same_intervals_around_their_statistics() {
        let values = independent(2000, 1);
        let wanted = [50_000, 95_000];
        let found = intervals(&values, &wanted, 25).expect("enough");
        assert_eq!(intervals(&values, &wanted, 25), Some(found.clone()));
        for (milli, interval) in found.percentiles {
            let own = quantile::percentiles(&mut values.clone(), &[milli])[0].1;
            assert!(interval.low < own && own < interval.high, "{milli}: {interval:?}");
        }
        // The deviation of the mean is 0.3 / √2000, about 0.7 %.
        let width = (found.mean.high - found.mean.low) / quantile::mean(&values).unwrap_or(1.0);
        assert!((0.02..0.035).contains(&width), "{width}");
    }

    #[test]
    fn neighbours_that_are_alike_widen_the_interval() {
        let mut random = Random::seeded(3);
        let mut state = 0.0;
        let values: Vec<f64> = (0..2000)
            .map(|_| {
                state = 0.9 * state + 0.19_f64.sqrt() * random.normal();
                (0.3 * state).exp()
            })
            .collect();
        let width = |block| {
            let found = intervals(&values, &[50_000], block).expect("enough");
            found.percentiles[0].1.high - found.percentiles[0].1.low
        };
        assert!(width(50) > 2.0 * width(1), "{} {}", width(50), width(1));
    }

    #[test]
    fn a_large_run_is_cut_coarser_and_agrees() {
        let values = independent(100_000, 5);
        let found = intervals(&values, &[50_000, 99_900], 25).expect("enough");
        let sorted = |milli| quantile::percentiles(&mut values.clone(), &[milli])[0].1;
        let p50 = found.percentiles[0].1;
        // 1.25 × σ / √n is the deviation of a normal median: 0.0012 here.
        assert!(p50.low < sorted(50_000) && sorted(50_000) < p50.high);
        assert!((0.003..0.007).contains(&(p50.high - p50.low)), "{p50:?}");
        let p999 = found.percentiles[1].1;
        assert!(p999.low < sorted(99_900) && sorted(99_900) < p999.high, "{p999:?}");
        assert!(p999.high - p999.low < 0.2, "{p999:?}");
    }

    #[test]
    fn too_few_values_have_no_interval() {
        assert_eq!(block_length(None), 25);
        assert_eq!((block_length(Some(4)), block_length(Some(64))), (25, 128));
        assert_eq!(intervals(&independent(124, 1), &[50_000], 25), None);
        assert!(intervals(&independent(125, 1), &[50_000], 25).is_some());
        let equal = intervals(&[2.0; 200], &[50_000], 25).expect("enough");
        assert_eq!(equal.mean, Interval { low: 2.0, high: 2.0 });
    }
}
