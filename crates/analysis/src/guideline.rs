//! Words of the field for single values: good, acceptable, concerning.
//!
//! They say how a value compares with what is usual, and depend on model, hardware and lengths: they
//! are context for a reader and never a finding.

use inferguard_model::{Metric, Quantity, Stat};

/// How a value compares with a guideline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Mark {
    Good,
    Acceptable,
    Concerning,
}

/// Values from one to another; both belong to it. An end that is `None` is open.
#[derive(Debug, Clone, Copy, PartialEq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Bounds {
    pub from: Option<f64>,
    pub to: Option<f64>,
}

impl Bounds {
    /// Values up to this one.
    pub const fn up_to(to: f64) -> Self {
        Self { from: None, to: Some(to) }
    }

    /// Values from this one on.
    pub const fn at_least(from: f64) -> Self {
        Self { from: Some(from), to: None }
    }

    /// Values between two.
    pub const fn between(from: f64, to: f64) -> Self {
        Self { from: Some(from), to: Some(to) }
    }

    /// Whether a value belongs to it.
    pub fn holds(&self, value: f64) -> bool {
        self.from.is_none_or(|from| value >= from) && self.to.is_none_or(|to| value <= to)
    }
}

/// Where the values of a metric are good and where they are acceptable; beyond, they are concerning.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Guideline {
    /// The metric.
    pub metric: Metric,
    /// Good values, in the unit of the model.
    pub good: Bounds,
    /// Acceptable values, which hold the good ones.
    pub acceptable: Bounds,
}

impl Guideline {
    /// The word for a value; `None` for what is no number.
    pub fn mark(&self, value: f64) -> Option<Mark> {
        if value.is_nan() {
            None
        } else if self.good.holds(value) {
            Some(Mark::Good)
        } else if self.acceptable.holds(value) {
            Some(Mark::Acceptable)
        } else {
            Some(Mark::Concerning)
        }
    }
}

/// What srt-slurm's documents call good and concerning, in metric order. Its figures for the KV cache
/// leave two gaps; acceptable ends at 20 % and 90 % here.
pub const DEFAULTS: [Guideline; 5] = [
    Guideline {
        metric: Metric::plain(Quantity::SystemOutputTputPerGpu),
        good: Bounds::at_least(200.0),
        acceptable: Bounds::at_least(100.0),
    },
    Guideline {
        metric: Metric::new(Stat::P99, Quantity::Ttft),
        good: Bounds::up_to(0.5),
        acceptable: Bounds::up_to(1.0),
    },
    Guideline {
        metric: Metric::new(Stat::Mean, Quantity::Tpot),
        good: Bounds::up_to(0.030),
        acceptable: Bounds::up_to(0.050),
    },
    Guideline {
        metric: Metric::new(Stat::Mean, Quantity::KvCacheUsage),
        good: Bounds::between(0.4, 0.8),
        acceptable: Bounds::between(0.2, 0.9),
    },
    Guideline {
        metric: Metric::new(Stat::Mean, Quantity::RequestsWaiting),
        good: Bounds::up_to(10.0),
        acceptable: Bounds::up_to(50.0),
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_belong_to_the_better_word() {
        use Mark::{Acceptable, Concerning, Good};
        let of = |metric: &str, value| {
            let guideline = DEFAULTS.iter().find(|one| one.metric.name() == metric)?;
            guideline.mark(value)
        };
        for (metric, value, mark) in [
            ("p99_ttft", 0.5, Good),
            ("p99_ttft", 0.501, Acceptable),
            ("p99_ttft", 1.0, Acceptable),
            ("p99_ttft", 1.001, Concerning),
            ("mean_tpot", 0.051, Concerning),
            ("system_output_tput_per_gpu", 200.0, Good),
            ("system_output_tput_per_gpu", 99.9, Concerning),
            ("mean_kv_cache_usage", 0.0, Concerning),
            ("mean_kv_cache_usage", 0.3, Acceptable),
            ("mean_kv_cache_usage", 0.8, Good),
            ("mean_kv_cache_usage", 0.91, Concerning),
            ("mean_requests_waiting", 0.0, Good),
        ] {
            assert_eq!(of(metric, value), Some(mark), "{metric} {value}");
        }
        assert_eq!(of("p99_ttft", f64::NAN), None);
    }

    #[test]
    fn defaults_are_in_metric_order_and_good_is_acceptable() {
        assert!(DEFAULTS.is_sorted_by_key(|one| one.metric));
        for Guideline { good, acceptable, metric } in DEFAULTS {
            for end in [good.from, good.to].into_iter().flatten() {
                assert!(acceptable.holds(end), "{}", metric.name());
            }
        }
    }
}
