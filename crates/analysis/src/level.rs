//! What a load level measured: the median of its repeats.

use inferguard_model::{Cell, Metric, Quantity, Stat};

use crate::quantile;
use crate::scenario::{Point, Series};

/// The median of a metric over the repeats that have it; `None` when none has.
pub fn value(cells: &[Cell], point: &Point, metric: Metric) -> Option<f64> {
    median(cells, &point.cells, metric)
}

/// Whether [`value`] gives one.
fn has(cells: &[Cell], point: &Point, metric: Metric) -> bool {
    point.cells.iter().any(|cell| cells[*cell].evidence.metrics.get(metric).is_some())
}

/// The median of a metric over some cells that have it.
pub fn median(cells: &[Cell], of: &[usize], metric: Metric) -> Option<f64> {
    if let [only] = of {
        return cells[*only].evidence.metrics.get(metric);
    }
    let mut values: Vec<f64> =
        of.iter().filter_map(|cell| cells[*cell].evidence.metrics.get(metric)).collect();
    quantile::median(&mut values)
}

/// The repeats of a level that stand for the system; see
/// [`annotate::not_drawn`](crate::annotate::not_drawn).
pub fn sound(point: &Point, not_drawn: &[Option<&'static str>]) -> Vec<usize> {
    let is_sound = |cell: &usize| not_drawn.get(*cell).is_some_and(Option::is_none);
    point.cells.iter().copied().filter(is_sound).collect()
}

/// Successful requests of a level, the fewest of its repeats; `None` when one is not known.
pub fn requests(cells: &[Cell], point: &Point) -> Option<u64> {
    let counts = point.cells.iter().map(|cell| cells[*cell].evidence.completion.successful);
    counts.min_by_key(|n| n.unwrap_or(0)).flatten()
}

/// Throughputs that tell how a system scales with load, the preferred first.
///
/// All cells of a series have the same GPUs, so a rate of the system orders them as a rate per GPU
/// does.
const THROUGHPUTS: [Quantity; 5] = [
    Quantity::TotalTput,
    Quantity::TputPerGpu,
    Quantity::OutputTput,
    Quantity::SystemOutputTputPerGpu,
    Quantity::Qps,
];

/// The throughput that most levels of a series have: one for the whole series.
pub fn throughput_metric(cells: &[Cell], series: &Series) -> Option<Metric> {
    let known =
        |metric: Metric| series.points.iter().filter(|point| has(cells, point, metric)).count();
    let mut best: Option<(usize, Metric)> = None;
    for metric in THROUGHPUTS.map(Metric::plain) {
        let n = known(metric);
        if n > best.map_or(0, |(most, _)| most) {
            best = Some((n, metric));
        }
        if n == series.points.len() {
            break;
        }
    }
    best.map(|(_, metric)| metric)
}

/// The middle of a latency, the same statistic at every level given: the median where all have it,
/// else the mean.
pub fn centre(cells: &[Cell], points: &[&Point], quantity: Quantity) -> Option<Metric> {
    [Stat::P50, Stat::Mean]
        .map(|stat| Metric::new(stat, quantity))
        .into_iter()
        .find(|metric| points.iter().all(|point| has(cells, point, *metric)))
}

/// Percentiles that step rules may judge, the highest first, in percent.
const TAILS: [u32; 5] = [99, 95, 90, 75, 50];

/// Requests beyond a percentile from which it may be judged: p99 from 500 requests on.
const BEYOND: u64 = 5;

/// The tail of a latency that both levels support, the same statistic on both sides.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tail {
    /// The statistic: a percentile, or the mean where no percentile is known.
    pub metric: Metric,
    /// At the lower load.
    pub from: f64,
    /// At the higher load.
    pub to: f64,
    /// Successful requests, the fewer of both levels; `None` when unknown.
    pub n: Option<u64>,
}

impl Tail {
    /// Higher load ÷ lower load; `None` when the lower is zero.
    pub fn ratio(&self) -> Option<f64> {
        (self.from > 0.0).then(|| self.to / self.from)
    }
}

/// The percentiles with at least five of `n` requests beyond them, the highest first; all when `n`
/// is unknown.
pub fn supported(n: Option<u64>) -> impl Iterator<Item = Stat> {
    let enough = move |percent: u32| n.is_none_or(|n| n * u64::from(100 - percent) >= BEYOND * 100);
    TAILS
        .into_iter()
        .filter(move |percent| enough(*percent))
        .map(|percent| Stat::Percentile(percent * 1000))
}

/// The highest percentile of a latency with at least five requests beyond it at both levels.
///
/// With an unknown number of requests the highest one given; without percentiles the mean.
pub fn tail(cells: &[Cell], from: &Point, to: &Point, quantity: Quantity) -> Option<Tail> {
    let n = requests(cells, from).zip(requests(cells, to)).map(|(a, b)| a.min(b));
    let percentiles = supported(n);
    let mean = n.is_none_or(|n| n >= 2 * BEYOND).then_some(Stat::Mean);
    percentiles.chain(mean).find_map(|stat| {
        let metric = Metric::new(stat, quantity);
        let (from, to) = (value(cells, from, metric)?, value(cells, to, metric)?);
        Some(Tail { metric, from, to, n })
    })
}
