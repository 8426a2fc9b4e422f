//! Figures of request tables: what is kept of a table, and how it is drawn.

use inferguard_analysis::quantile::{Summary, is_low_n};
use inferguard_analysis::requests::slices::{self, Slices};
use inferguard_analysis::requests::{Distribution, window_seconds};
use inferguard_analysis::slo::Slo;
use inferguard_model::{Cell, Metric, Quantity, RequestTable, Stat};
use inferguard_report::number::{counted, exact};
use inferguard_report::plot::Figure;
use inferguard_report::plot::requests::{
    Curve, Latencies, OverTime, SliceOfRun, distribution, over_time,
};

/// Percentiles of a curve, in thousandths of a percent.
pub(crate) fn percentiles() -> Vec<u32> {
    let even = (1..20).map(|n| n * 5_000);
    let tail = [
        1_000, 2_500, 92_500, 96_000, 97_000, 97_500, 98_000, 98_500, 99_000, 99_300, 99_500,
        99_700, 99_800, 99_900, 99_930, 99_950, 99_970, 99_980, 99_990,
    ];
    let mut all: Vec<u32> = even.chain(tail).collect();
    all.sort_unstable();
    all
}

/// Statistics of a slice.
const OF_SLICE: [u32; 3] = [50_000, 90_000, 99_000];

/// What the figures show of a request table.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Digest {
    distributions: Vec<Distribution>,
    pub(crate) slices: Option<Slices>,
}

impl Digest {
    /// Looks at a table; `None` for one without a successful request.
    pub(crate) fn of(
        table: &RequestTable,
        distributions: Vec<Distribution>,
        tiers: &[Slo],
        slice_ns: Option<i64>,
    ) -> Option<Self> {
        if table.is_empty() {
            return None;
        }
        let chosen = || width_ns(window_seconds(table).unwrap_or(0.0), table.len());
        let width = slice_ns.unwrap_or_else(chosen);
        let slices = slices::slices(table, width, tiers, &OF_SLICE);
        Some(Self { distributions, slices })
    }
}

/// Slices of a round length that are some forty, or fewer where few requests would be in each.
fn width_ns(seconds: f64, requests: usize) -> i64 {
    const ROUND: [f64; 12] = [0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0];
    let most = (requests as f64 / slices::FEWEST_A_SLICE as f64).clamp(6.0, 40.0);
    let wanted = seconds / most;
    let round = ROUND.into_iter().find(|width| *width >= wanted);
    (round.unwrap_or((wanted / 600.0).ceil() * 600.0) * 1e9) as i64
}

/// The figures of some cells that belong together: their distributions on one, each over time.
pub(crate) fn figures(subject: &str, cells: &[(&Cell, &Digest)], tiers: &[Slo]) -> Vec<Figure> {
    let mut figures = Vec::new();
    let latencies = Latencies { subject: subject.to_owned(), quantities: quantities(cells) };
    if !latencies.quantities.is_empty() {
        figures.push(distribution(&latencies));
    }
    let drawn =
        cells.iter().filter_map(|(cell, digest)| over(cell, digest.slices.as_ref()?, tiers));
    figures.extend(drawn.map(|run| over_time(&run)));
    figures
}

fn quantities(cells: &[(&Cell, &Digest)]) -> Vec<(String, Vec<Curve>)> {
    let of = |quantity: Quantity| {
        let curves: Vec<Curve> = cells
            .iter()
            .filter_map(|(cell, digest)| {
                let found = digest.distributions.iter().find(|found| found.quantity == quantity)?;
                Some(curve(name(cell, cells.len()), &found.summary))
            })
            .collect();
        (!curves.is_empty()).then(|| (Metric::plain(quantity).label(), curves))
    };
    [Quantity::Ttft, Quantity::Tpot, Quantity::Itl, Quantity::E2el]
        .into_iter()
        .filter_map(of)
        .collect()
}

/// A run among others by its load, alone by its id.
fn name(cell: &Cell, cells: usize) -> String {
    let load = &cell.evidence.identity.load;
    match (load.concurrency, load.request_rate) {
        _ if cells < 2 => cell.id.to_string(),
        (Some(users), _) => counted(users as usize, "user", "users"),
        (None, Some(rate)) => format!("{} req/s", exact(rate)),
        (None, None) => cell.id.to_string(),
    }
}

fn curve(run: String, summary: &Summary) -> Curve {
    let told =
        summary.percentiles.iter().filter(|(percentile, _)| !is_low_n(*percentile, summary.n));
    let points = told.map(|(percentile, value)| (f64::from(*percentile) / 1e5, *value));
    let points = std::iter::once((0.0, summary.min)).chain(points).collect();
    Curve { run, n: summary.n as u64, points }
}

fn over(cell: &Cell, slices: &Slices, tiers: &[Slo]) -> Option<OverTime> {
    // One slice shows no course.
    if slices.slices.len() < 2 {
        return None;
    }
    let width = slices.width_ns as f64 / 1e9;
    let three = |summary: &Option<Summary>| {
        let summary = summary.as_ref()?;
        let at = |stat| summary.get(stat);
        Some([at(Stat::P50)?, at(Stat::P90)?, at(Stat::P99)?])
    };
    let slice = |one: &slices::Slice| SliceOfRun {
        from: one.index as f64 * width,
        seconds: one.seconds,
        is_partial: one.is_partial,
        attempts: one.attempts(),
        failed: one.failed,
        completed: one.completed,
        output_tokens: one.output_tokens,
        good: one.good_completed.clone(),
        ttft: three(&one.ttft),
        tpot: three(&one.tpot),
        e2el: three(&one.e2el),
    };
    Some(OverTime {
        subject: cell.id.to_string(),
        width,
        tiers: tiers.iter().map(ToString::to_string).collect(),
        slices: slices.slices.iter().map(slice).collect(),
        left_out: slices.left_out,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_are_round_and_hold_enough_requests() {
        assert_eq!(width_ns(400.0, 1_000_000), 10_000_000_000);
        assert_eq!(width_ns(60.0, 100), 10_000_000_000);
        assert_eq!(width_ns(3.0, 40), 500_000_000);
        assert_eq!(width_ns(0.0, 1), 100_000_000);
        assert_eq!(width_ns(86_400.0, 1_000_000), 2_400_000_000_000);
        assert!(percentiles().windows(2).all(|pair| pair[0] < pair[1]));
    }
}
