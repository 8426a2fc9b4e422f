//! How much two runs of one configuration differ when nothing changed.

use inferguard_model::{Metric, Quantity, Stat};

use crate::limit::keeps_to;

/// The band of a metric for a pair of single runs, as a share: a ratio within `1 ± band` may be
/// noise.
///
/// About 1.96 × √2 × the standard deviation of the log of repeated runs below the break, rounded
/// up, from repeats in public archives. `None` for what no repeats were looked at for.
pub fn band(metric: Metric) -> Option<f64> {
    let tail = match metric.stat {
        Stat::Plain | Stat::Mean => false,
        Stat::Percentile(milli) => milli > 50_000,
        Stat::Std | Stat::Min | Stat::Max => return None,
    };
    Some(match (metric.quantity, tail) {
        (
            Quantity::TotalTput
            | Quantity::InputTput
            | Quantity::OutputTput
            | Quantity::TputPerGpu
            | Quantity::InputTputPerGpu
            | Quantity::OutputTputPerGpu
            | Quantity::SystemOutputTputPerGpu
            | Quantity::Qps,
            _,
        )
        | (Quantity::Tpot | Quantity::E2el, false) => 0.05,
        (Quantity::Tpot | Quantity::E2el, true) => 0.10,
        (Quantity::Ttft, false) => 0.25,
        (Quantity::Ttft, true) => 0.30,
        _ => return None,
    })
}

/// Whether a ratio of two values is outside the band of the metric.
pub fn is_beyond(metric: Metric, ratio: f64) -> bool {
    band(metric).is_some_and(|band| !keeps_to(ratio.max(ratio.recip()), 1.0 + band))
}
