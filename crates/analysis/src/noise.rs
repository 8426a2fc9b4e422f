//! How much two runs of one configuration differ when nothing changed.
//!
//! Bands for a pair of single runs, as a share: a ratio within `1 + band` may be noise. About
//! 1.96 × √2 × the standard deviation of the log of repeated runs below the break, rounded up, from
//! repeats in public archives.

use inferguard_model::{Metric, Quantity, Stat};

use crate::limit::keeps_to;

/// Rates of tokens and requests.
pub const THROUGHPUT: f64 = 0.05;
/// Median and mean of TPOT.
pub const TPOT: f64 = 0.05;
/// Median and mean of E2EL.
pub const E2EL: f64 = 0.05;
/// Median and mean of TTFT, which differs between nodes where throughput agrees to 2 %.
pub const TTFT: f64 = 0.25;
/// Percentiles above the median of TPOT and E2EL.
const TAIL: f64 = 0.10;
/// Percentiles above the median of TTFT.
const TTFT_TAIL: f64 = 0.30;

/// The band of a metric; `None` for what no repeats were looked at for.
pub const fn band(metric: Metric) -> Option<f64> {
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
        ) => THROUGHPUT,
        (Quantity::Tpot, false) => TPOT,
        (Quantity::E2el, false) => E2EL,
        (Quantity::Tpot | Quantity::E2el, true) => TAIL,
        (Quantity::Ttft, false) => TTFT,
        (Quantity::Ttft, true) => TTFT_TAIL,
        _ => return None,
    })
}

/// Whether a ratio of two values is outside the band of the metric.
pub fn is_beyond(metric: Metric, ratio: f64) -> bool {
    band(metric).is_some_and(|band| !keeps_to(ratio.max(ratio.recip()), 1.0 + band))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_at_the_band_is_noise_in_both_directions() {
        let tput = Metric::plain(Quantity::TotalTput);
        assert!(!is_beyond(tput, 1.05) && !is_beyond(tput, 1.0 / 1.05) && !is_beyond(tput, 1.0));
        assert!(is_beyond(tput, 1.0501) && is_beyond(tput, 1.0 / 1.0501));
    }

    #[test]
    fn tails_are_noisier_and_other_statistics_have_no_band() {
        let band = |name: &str| band(Metric::parse(name).expect("a metric"));
        assert_eq!(band("p50_tpot"), Some(0.05));
        assert_eq!(band("mean_e2el"), Some(0.05));
        assert_eq!(band("p90_e2el"), Some(0.10));
        assert_eq!(band("p50_ttft"), Some(0.25));
        assert_eq!(band("p99_ttft"), Some(0.30));
        for none in ["std_ttft", "max_tpot", "mean_itl", "num_gpus"] {
            assert_eq!(band(none), None, "{none}");
        }
        assert!(!is_beyond(Metric::plain(Quantity::NumGpus), 8.0));
    }
}
