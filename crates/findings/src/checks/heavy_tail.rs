//! Some requests are served far slower, token for token, than the others of the run.

use inferguard_analysis::level::supported;
use inferguard_analysis::limit::reaches;
use inferguard_model::number::{count, measure, millis};
use inferguard_model::{Metric, Quantity, Stat};
use inferguard_schema::Severity;
use serde_json::json;

use crate::{CellCheck, Context, FindingMeta, Outcome, Threshold};

/// The check.
pub(crate) struct HeavyTail;

const RATIO: Threshold = Threshold {
    name: "ratio",
    default: 2.0,
    unit: "ratio",
    about: "Tail ÷ median of TPOT; exactly this ratio fires. Half of the cells of public archives lie below 1.1, 95 % below 1.6.",
};

const META: FindingMeta = FindingMeta {
    code: "heavy_tail",
    summary: "The tail of TPOT is at least twice the median within one run.",
    severity: "info",
    doc: include_str!("heavy_tail.md"),
    since: "0.1.0",
    thresholds: &[RATIO],
};

const NO_TAIL: &str =
    "no median and no percentile of TPOT from p90 up that the number of requests supports";

impl CellCheck for HeavyTail {
    fn meta(&self) -> &FindingMeta {
        &META
    }

    fn look(&self, context: &Context<'_>, index: usize) -> Outcome {
        look(context, index)
    }
}

fn look(context: &Context<'_>, index: usize) -> Outcome {
    let cell = &context.cells[index];
    let metrics = &cell.evidence.metrics;
    let n = cell.evidence.completion.successful;
    let median = metrics.get(Metric::new(Stat::P50, Quantity::Tpot)).filter(|median| *median > 0.0);
    let tail = supported(n)
        .filter(|stat| *stat >= Stat::Percentile(90_000))
        .map(|stat| Metric::new(stat, Quantity::Tpot))
        .find_map(|metric| Some((metric, metrics.get(metric)?)));
    let Some(((metric, tail), median)) = tail.zip(median) else {
        return Outcome::not_evaluated(index, NO_TAIL);
    };
    let limit = context.limit(&META, &RATIO);
    let ratio = tail / median;
    if !reaches(ratio, limit) {
        return Outcome::clear(index);
    }
    let of = n.map_or_else(
        || "an unknown number of requests".to_owned(),
        |n| format!("{} requests", count(n)),
    );
    Outcome::fired(
        Some(index),
        Severity::Info,
        format!(
            "{} {} ms is {} × the median of {} ms, over {of}",
            metric.label(),
            millis(tail),
            measure(ratio),
            millis(median)
        ),
        [
            ("metric", json!(metric.name())),
            ("observed", json!(ratio)),
            ("limit", json!(limit)),
            ("tail_seconds", json!(tail)),
            ("median_seconds", json!(median)),
            ("num_requests_successful", json!(n)),
            ("artifacts", context.paths(cell)),
        ],
    )
}
