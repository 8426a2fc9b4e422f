//! A statistics object: `{units, mean, stddev, min, p0p1, …, p99p9, max}`.

use inferguard_model::{Problem, ProblemCode, Stat};
use inferguard_source::Document;

/// The numbers of a statistics object, as written.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Stats {
    pub(crate) units: Option<String>,
    /// Statistic, value and key.
    pub(crate) values: Vec<(Stat, f64, &'static str)>,
}

/// Keys of the statistics, with the spellings of v0.1 before 2025-09-18 and of inference-perf itself.
const KEYS: [(&str, Stat); 22] = [
    ("mean", Stat::Mean),
    ("stddev", Stat::Std),
    ("min", Stat::Min),
    ("max", Stat::Max),
    ("p0p1", Stat::Percentile(100)),
    ("p001", Stat::Percentile(100)),
    ("p0.1", Stat::Percentile(100)),
    ("p1", Stat::Percentile(1_000)),
    ("p01", Stat::Percentile(1_000)),
    ("p5", Stat::Percentile(5_000)),
    ("p05", Stat::Percentile(5_000)),
    ("p10", Stat::Percentile(10_000)),
    ("p25", Stat::Percentile(25_000)),
    ("p50", Stat::P50),
    ("median", Stat::P50),
    ("p75", Stat::Percentile(75_000)),
    ("p90", Stat::P90),
    ("p95", Stat::P95),
    ("p99", Stat::P99),
    ("p99p9", Stat::Percentile(99_900)),
    ("p999", Stat::Percentile(99_900)),
    ("p99.9", Stat::Percentile(99_900)),
];

impl Stats {
    /// Reads the object at a path; `None` where there is none.
    pub(crate) fn read(document: &mut Document, path: &str) -> Option<Self> {
        let present: Vec<(Stat, &'static str)> = document
            .below(path)
            .filter_map(|(key, _)| KEYS.iter().find(|(known, _)| *known == key))
            .map(|(key, stat)| (*stat, *key))
            .collect();
        let nested = |key: &str| {
            let (name, _) = key.split_once('/')?;
            KEYS.iter().find(|(known, _)| *known == name).map(|(known, _)| *known)
        };
        let mut lists: Vec<&'static str> =
            document.below(path).filter_map(|(key, _)| nested(key)).collect();
        lists.dedup();
        for key in lists {
            let told = "a list or an object where a number should be; the value is left out";
            let at = format!("{path}/{key}");
            document.problems.push(Problem::warning(ProblemCode::NotANumber, at, told));
        }
        let units = document.text(&format!("{path}/units")).map(str::to_owned);
        let mut values = Vec::with_capacity(present.len());
        let mut at = format!("{path}/");
        for (stat, key) in present {
            at.truncate(path.len() + 1);
            at.push_str(key);
            if let Some(value) = document.number(&at) {
                values.push((stat, value, key));
            }
        }
        (units.is_some() || !values.is_empty()).then_some(Self { units, values })
    }

    pub(crate) fn mean(&self) -> Option<f64> {
        self.get(Stat::Mean)
    }

    pub(crate) fn get(&self, stat: Stat) -> Option<f64> {
        self.values.iter().find(|(held, ..)| *held == stat).map(|(_, value, _)| *value)
    }

    /// Whether every number is 0: a converter wrote a member that its schema requires, and had none.
    pub(crate) fn is_all_zero(&self) -> bool {
        !self.values.is_empty() && self.values.iter().all(|(_, value, _)| *value == 0.0)
    }
}
