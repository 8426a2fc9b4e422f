//! More and more requests wait while the load runs.

use inferguard_analysis::gauges::recordings;
use inferguard_analysis::trend::{mann_kendall, segment_medians};
use inferguard_model::Cell;
use inferguard_model::number::measure;
use inferguard_schema::Severity;
use serde_json::json;

use crate::{CellCheck, Context, FindingMeta, Outcome, Threshold};

/// The check.
pub(crate) struct QueueBuildup;

const MIN_Z: Threshold = Threshold {
    name: "min_z",
    default: 2.58,
    unit: "standard deviations",
    about: "Mann-Kendall statistic of the segment medians from which a queue grows: 1 % false alarms.",
};
const FEWEST_WAITING: Threshold = Threshold {
    name: "fewest_waiting",
    default: 4.0,
    unit: "requests",
    about: "Median of the last segment below which a queue is none.",
};
const GROWTH: Threshold = Threshold {
    name: "growth",
    default: 2.0,
    unit: "ratio",
    about: "Last segment against the first, plus one request.",
};
const MIN_SAMPLES: Threshold = Threshold {
    name: "min_samples",
    default: 10.0,
    unit: "samples",
    about: "Samples from which ten segments have a median.",
};

const META: FindingMeta = FindingMeta {
    code: "queue_buildup",
    summary: "The queue keeps growing while the load runs.",
    severity: "info; warning when it never drains in the second half of the run",
    doc: include_str!("queue_buildup.md"),
    since: "0.1.0",
    thresholds: &[MIN_Z, FEWEST_WAITING, GROWTH, MIN_SAMPLES],
};

const UNKNOWN: &str = "the number of waiting requests over time is not known";
const TOO_FEW: &str = "too few samples of the waiting requests while the load ran";

impl CellCheck for QueueBuildup {
    fn meta(&self) -> &FindingMeta {
        &META
    }

    fn look(&self, context: &Context<'_>, index: usize) -> Outcome {
        let rule = Rule {
            min_z: context.limit(&META, &MIN_Z),
            fewest_waiting: context.limit(&META, &FEWEST_WAITING),
            growth: context.limit(&META, &GROWTH),
            min_samples: context.limit(&META, &MIN_SAMPLES),
        };
        rule.look(index, &context.cells[index], context)
    }
}

/// The limits in force.
struct Rule {
    min_z: f64,
    fewest_waiting: f64,
    growth: f64,
    min_samples: f64,
}

/// A queue that grows.
struct Growing {
    endpoint: String,
    n: usize,
    medians: Vec<f64>,
    z: f64,
    /// Fewest waiting in the second half.
    lowest: f64,
}

impl Rule {
    fn look(&self, index: usize, cell: &Cell, context: &Context<'_>) -> Outcome {
        let known: Vec<_> = recordings(cell)
            .into_iter()
            .filter(|recording| !recording.waiting.is_empty())
            .collect();
        if known.is_empty() {
            return Outcome::not_evaluated(index, UNKNOWN);
        }
        let enough: Vec<_> = known
            .into_iter()
            .filter(|recording| recording.waiting.len() as f64 >= self.min_samples)
            .collect();
        if enough.is_empty() {
            return Outcome::not_evaluated(index, TOO_FEW);
        }
        // The longest queue of several endpoints is told.
        let growing = enough
            .into_iter()
            .filter_map(|recording| self.growing(recording.endpoint, &recording.waiting))
            .max_by(|a, b| a.last().total_cmp(&b.last()));
        let Some(growing) = growing else { return Outcome::clear(index) };
        let drains = growing.lowest == 0.0;
        let severity = if drains { Severity::Info } else { Severity::Warning };
        let (first, last) = (growing.medians.first().copied().unwrap_or(0.0), growing.last());
        let message = format!(
            "requests waiting at {} grow {} → {} over {} samples{}",
            growing.endpoint,
            measure(first),
            measure(last),
            growing.n,
            if drains { "" } else { " and never drain in the second half" },
        );
        Outcome::fired(
            Some(index),
            severity,
            message,
            [
                ("endpoint", json!(growing.endpoint)),
                ("samples", json!(growing.n)),
                ("segment_medians", json!(growing.medians)),
                ("z", json!(growing.z)),
                ("first", json!(first)),
                ("observed", json!(last)),
                ("lowest_in_second_half", json!(growing.lowest)),
                (
                    "limit",
                    json!({
                        "min_z": self.min_z, "fewest_waiting": self.fewest_waiting,
                        "growth": self.growth,
                    }),
                ),
                ("artifacts", context.paths(cell)),
            ],
        )
    }

    fn growing(&self, endpoint: String, waiting: &[f64]) -> Option<Growing> {
        let medians = segment_medians(waiting);
        let z = mann_kendall(&medians)?.z;
        let (first, last) = (*medians.first()?, *medians.last()?);
        let floor = self.fewest_waiting.max(self.growth * first + 1.0);
        let lowest = waiting[waiting.len() / 2..].iter().copied().fold(f64::INFINITY, f64::min);
        (z >= self.min_z && last >= floor).then_some(Growing {
            endpoint,
            n: waiting.len(),
            medians,
            z,
            lowest,
        })
    }
}

impl Growing {
    fn last(&self) -> f64 {
        self.medians.last().copied().unwrap_or(0.0)
    }
}
