//! The KV cache is full for a while, or requests are thrown out of it again and again.

use inferguard_analysis::gauges::{Recording, recordings};
use inferguard_analysis::limit::reaches;
use inferguard_model::number::percent;
use inferguard_model::{Cell, Metric, Quantity, Stat};
use inferguard_schema::Severity;
use serde_json::{Value, json};

use crate::{CellCheck, Context, FindingMeta, Outcome, Threshold};

/// The check.
pub(crate) struct KvPressure;

const USAGE: Threshold = Threshold {
    name: "usage",
    default: 0.90,
    unit: "0..1",
    about: "GPU KV-cache usage from which a sample counts.",
};
const CPU_USAGE: Threshold = Threshold {
    name: "cpu_usage",
    default: 0.95,
    unit: "0..1",
    about: "CPU KV-cache usage from which a sample counts.",
};
const IN_A_ROW: Threshold = Threshold {
    name: "in_a_row",
    default: 3.0,
    unit: "samples",
    about: "Samples in a row that are enough; of preemptions, intervals in a row in which the counter rose.",
};
const SHARE: Threshold = Threshold {
    name: "share",
    default: 0.20,
    unit: "0..1",
    about: "Share of all samples, or intervals, that is enough; with two samples, or three intervals, at least.",
};

const META: FindingMeta = FindingMeta {
    code: "kv_pressure",
    summary: "The KV cache was full for a while, or requests were preempted again and again.",
    severity: "warning",
    doc: include_str!("kv_pressure.md"),
    since: "0.1.0",
    thresholds: &[USAGE, CPU_USAGE, IN_A_ROW, SHARE],
};

const UNKNOWN: &str = "neither KV-cache usage nor preemptions over time are known";
const ONLY_A_PEAK: &str = "only a peak of the KV-cache usage is known, and not for how long";
const TOO_FEW: &str = "too few samples of the KV-cache usage while the load ran";

/// Samples at the limit below which a share says nothing: one is a peak.
const FEWEST_SAMPLES: usize = 2;
/// The same for intervals with preemptions.
const FEWEST_RISES: usize = 3;

impl CellCheck for KvPressure {
    fn meta(&self) -> &FindingMeta {
        &META
    }

    fn look(&self, context: &Context<'_>, index: usize) -> Outcome {
        let rule = Rule {
            usage: context.limit(&META, &USAGE),
            cpu_usage: context.limit(&META, &CPU_USAGE),
            in_a_row: context.limit(&META, &IN_A_ROW),
            share: context.limit(&META, &SHARE),
        };
        rule.look(index, &context.cells[index], context)
    }
}

/// Endpoints named in the message; a deployment has dozens of ranks, and the evidence has them all.
const MOST_TOLD: usize = 3;

fn told(all: &[String]) -> String {
    let shown = all[..all.len().min(MOST_TOLD)].join("; ");
    match all.len().checked_sub(MOST_TOLD) {
        Some(more @ 1..) => format!("{shown}; and {more} more"),
        _ => shown,
    }
}

/// The limits in force.
struct Rule {
    usage: f64,
    cpu_usage: f64,
    in_a_row: f64,
    share: f64,
}

/// How many samples meet a condition.
#[derive(Default)]
struct Held {
    n: usize,
    met: usize,
    longest: usize,
}

impl Held {
    fn of(values: &[f64], meets: impl Fn(f64) -> bool) -> Self {
        let mut held = Self { n: values.len(), ..Self::default() };
        let mut row = 0;
        for value in values {
            row = if meets(*value) { row + 1 } else { 0 };
            held.met += usize::from(row > 0);
            held.longest = held.longest.max(row);
        }
        held
    }

    fn share(&self) -> f64 {
        if self.n == 0 { 0.0 } else { self.met as f64 / self.n as f64 }
    }

    fn evidence(&self, what: &str, endpoint: &str, limit: f64) -> Value {
        json!({
            "what": what, "endpoint": endpoint, "limit": limit, "samples": self.n,
            "met": self.met, "share": self.share(), "longest_in_a_row": self.longest,
        })
    }
}

/// What one endpoint or aggregate says.
#[derive(Default)]
struct Seen {
    /// What holds, in words.
    told: Vec<String>,
    evidence: Vec<Value>,
    /// Whether anything was looked at.
    looked: bool,
    /// Why something was not.
    why_not: Option<&'static str>,
}

impl Rule {
    fn look(&self, index: usize, cell: &Cell, context: &Context<'_>) -> Outcome {
        let mut seen = Seen::default();
        for recording in recordings(cell) {
            self.recording(&recording, &mut seen);
        }
        // Samples say more than what was made of them.
        if !seen.looked {
            self.aggregates(cell, &mut seen);
        }
        if seen.told.is_empty() {
            return if seen.looked {
                Outcome::clear(index)
            } else {
                Outcome::not_evaluated(index, seen.why_not.unwrap_or(UNKNOWN))
            };
        }
        Outcome::fired(
            Some(index),
            Severity::Warning,
            told(&seen.told),
            [
                ("seen", json!(seen.evidence)),
                (
                    "limit",
                    json!({
                        "usage": self.usage, "cpu_usage": self.cpu_usage,
                        "in_a_row": self.in_a_row, "share": self.share,
                    }),
                ),
                ("artifacts", context.paths(cell)),
            ],
        )
    }

    fn recording(&self, recording: &Recording, seen: &mut Seen) {
        let endpoint = recording.endpoint.as_str();
        for (what, column, limit) in [
            ("KV usage", &recording.kv_cache_usage, self.usage),
            ("CPU KV usage", &recording.cpu_kv_cache_usage, self.cpu_usage),
        ] {
            if column.is_empty() {
                continue;
            }
            let held = Held::of(column, |usage| reaches(usage, limit));
            if (held.n as f64) < self.in_a_row && held.met > 0 {
                seen.why_not = Some(TOO_FEW);
                continue;
            }
            seen.looked = true;
            if self.lasts(&held, FEWEST_SAMPLES) {
                seen.told.push(format!(
                    "{what} of {endpoint} at {} or more on {} of {} samples, {} in a row",
                    percent(limit),
                    held.met,
                    held.n,
                    held.longest
                ));
                seen.evidence.push(held.evidence(what, endpoint, limit));
            }
        }
        if !recording.preemption_rises.is_empty() {
            let held = Held::of(&recording.preemption_rises, |rise| rise > 0.0);
            seen.looked = true;
            if self.lasts(&held, FEWEST_RISES) {
                let total: f64 = recording.preemption_rises.iter().sum();
                seen.told.push(format!(
                    "{total} preemptions at {endpoint}, in {} of {} intervals, {} in a row",
                    held.met, held.n, held.longest
                ));
                seen.evidence.push(held.evidence("preemptions", endpoint, 0.0));
            }
        }
    }

    fn lasts(&self, held: &Held, fewest: usize) -> bool {
        held.longest as f64 >= self.in_a_row
            || (held.met >= fewest && reaches(held.share(), self.share))
    }

    /// A percentile that is at the limit tells which share of the samples is; a peak does not.
    fn aggregates(&self, cell: &Cell, seen: &mut Seen) {
        let metrics = &cell.evidence.metrics;
        let of_usage = metrics.of_quantity(Quantity::KvCacheUsage);
        let at_limit = of_usage.clone().find_map(|entry| {
            let above = 1.0 - entry.metric.stat.quantile()?;
            let is = reaches(entry.value, self.usage) && reaches(above, self.share);
            is.then_some((entry, above))
        });
        if let Some((entry, above)) = at_limit {
            seen.looked = true;
            let name = entry.metric.name();
            seen.told.push(format!(
                "{name} is {}: at {} or more on at least {} of the samples",
                percent(entry.value),
                percent(self.usage),
                percent(above)
            ));
            seen.evidence.push(json!({
                "what": "KV usage", "metric": name, "observed": entry.value, "limit": self.usage,
                "share": above,
            }));
            return;
        }
        let peak = metrics.get(Metric::new(Stat::Max, Quantity::KvCacheUsage));
        if peak.is_some_and(|peak| !reaches(peak, self.usage)) {
            seen.looked = true;
        } else if of_usage.len() > 0 {
            seen.why_not = Some(ONLY_A_PEAK);
        }
    }
}
