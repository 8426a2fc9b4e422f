//! The first tenth of a run is slower than what comes after it has settled.

use inferguard_analysis::limit::reaches;
use inferguard_analysis::requests::drift::Warmup;
use inferguard_model::number::{count, measure, millis};
use inferguard_model::{Course, Quantity, RequestFacts};
use inferguard_schema::Severity;
use serde_json::json;

use crate::{CellCheck, Context, FindingMeta, Outcome, Threshold};

/// The check.
pub(crate) struct WarmupEffect;

const RATIO: Threshold = Threshold {
    name: "ratio",
    default: 1.25,
    unit: "ratio",
    about: "Median of the first tenth ÷ that of the second half; exactly this ratio fires. Smaller ones change no verdict on TTFT, which differs as much between nodes.",
};

const DEVIATIONS: Threshold = Threshold {
    name: "deviations",
    default: 3.0,
    unit: "standard deviations",
    about: "How far the first tenth lies above the second half, in robust deviations of its tenths. At 3 at most 4 % of simulated steady runs fire.",
};

const META: FindingMeta = FindingMeta {
    code: "warmup_effect",
    summary: "The first tenth of the requests is at least a quarter slower than the second half.",
    severity: "warning",
    doc: include_str!("warmup_effect.md"),
    since: "0.2.0",
    thresholds: &[RATIO, DEVIATIONS],
};

pub(super) const NO_REQUESTS: &str = "no records of single requests";
pub(super) const NO_COURSE: &str =
    "fewer than 100 requests after the first wave, or no order of their starts";

impl CellCheck for WarmupEffect {
    fn meta(&self) -> &FindingMeta {
        &META
    }

    fn look(&self, context: &Context<'_>, index: usize) -> Outcome {
        look(context, index)
    }
}

/// How TTFT went, or E2EL where nothing streams.
fn latency(facts: &RequestFacts) -> Option<&Course> {
    facts.course(Quantity::Ttft).or_else(|| facts.course(Quantity::E2el))
}

fn look(context: &Context<'_>, index: usize) -> Outcome {
    let cell = &context.cells[index];
    let Some(facts) = &cell.evidence.requests else {
        return Outcome::not_evaluated(index, NO_REQUESTS);
    };
    let Some((course, warmup)) =
        latency(facts).and_then(|course| Some((course, Warmup::of(&course.segments)?)))
    else {
        return Outcome::not_evaluated(index, NO_COURSE);
    };
    let (ratio, deviations) = (context.limit(&META, &RATIO), context.limit(&META, &DEVIATIONS));
    let fires = warmup.is_highest
        && reaches(warmup.ratio(), ratio)
        && reaches(warmup.deviations, deviations);
    if !fires {
        return Outcome::clear(index);
    }
    let name = course.quantity.info().name;
    Outcome::fired(
        Some(index),
        Severity::Warning,
        format!(
            "median {} of the first tenth of {} requests is {} ms, {} × the {} ms of the second half",
            name.to_uppercase(),
            count(course.requests),
            millis(warmup.first),
            measure(warmup.ratio()),
            millis(warmup.settled)
        ),
        [
            ("metric", json!(format!("p50_{name}"))),
            ("observed", json!(warmup.ratio())),
            ("limit", json!(ratio)),
            // Without any spread there is no finite number.
            ("deviations", json!(warmup.deviations.is_finite().then_some(warmup.deviations))),
            ("limit_deviations", json!(deviations)),
            ("segment_medians_seconds", json!(course.segments)),
            ("num_requests", json!(course.requests)),
            ("artifacts", context.paths(cell)),
        ],
    )
}
