//! Latency or throughput goes one way through the whole run.

use inferguard_analysis::limit::reaches;
use inferguard_analysis::requests::drift::Drift;
use inferguard_analysis::trend::SIGNIFICANT;
use inferguard_model::number::{count, percent};
use inferguard_model::{Course, Quantity, RequestFacts};
use inferguard_schema::Severity;
use serde_json::json;

use super::warmup_effect::{NO_COURSE, NO_REQUESTS};
use crate::{CellCheck, Context, FindingMeta, Outcome, Threshold};

/// The check.
pub(crate) struct PerformanceDrift;

const LATENCY_CHANGE: Threshold = Threshold {
    name: "latency_change",
    default: 0.10,
    unit: "0..1",
    about: "Change of TTFT or E2EL from the first tenth to the last; exactly this change fires.",
};

const THROUGHPUT_CHANGE: Threshold = Threshold {
    name: "throughput_change",
    default: 0.05,
    unit: "0..1",
    about: "Change of the throughput likewise: it is steadier than latencies, ± 5 % is what a repeat changes.",
};

const MIN_Z: Threshold = Threshold {
    name: "min_z",
    default: SIGNIFICANT,
    unit: "standard deviations",
    about: "|z| of the Mann-Kendall test. At 2.58 about 1 % of steady runs fire, at 1.96 up to 8 %; ten segments reach at most 3.9.",
};

const META: FindingMeta = FindingMeta {
    code: "performance_drift",
    summary: "Latency or throughput rises or falls through the run.",
    severity: "warning",
    doc: include_str!("performance_drift.md"),
    since: "0.2.0",
    thresholds: &[LATENCY_CHANGE, THROUGHPUT_CHANGE, MIN_Z],
};

impl CellCheck for PerformanceDrift {
    fn meta(&self) -> &FindingMeta {
        &META
    }

    fn look(&self, context: &Context<'_>, index: usize) -> Outcome {
        look(context, index)
    }
}

struct Found<'a> {
    course: &'a Course,
    drift: Drift,
    limit: f64,
}

fn look(context: &Context<'_>, index: usize) -> Outcome {
    let cell = &context.cells[index];
    let Some(facts) = &cell.evidence.requests else {
        return Outcome::not_evaluated(index, NO_REQUESTS);
    };
    let latency = context.limit(&META, &LATENCY_CHANGE);
    let throughput = context.limit(&META, &THROUGHPUT_CHANGE);
    let min_z = context.limit(&META, &MIN_Z);
    let judged: Vec<Found<'_>> = [
        (Quantity::Ttft, latency),
        (Quantity::E2el, latency),
        (Quantity::OutputTput, throughput),
        (Quantity::Qps, throughput),
    ]
    .into_iter()
    .filter_map(|(quantity, limit)| {
        let course = facts.course(quantity)?;
        Some(Found { course, drift: Drift::of(&course.segments)?, limit })
    })
    .collect();
    if judged.is_empty() {
        return Outcome::not_evaluated(index, NO_COURSE);
    }
    let drifts = |found: &&Found<'_>| {
        reaches(found.drift.z.abs(), min_z) && reaches(found.drift.change.abs(), found.limit)
    };
    let found: Vec<&Found<'_>> = judged.iter().filter(drifts).collect();
    if found.is_empty() {
        return Outcome::clear(index);
    }
    let told: Vec<String> = found
        .iter()
        .map(|one| {
            let way = if one.drift.change > 0.0 { "rises" } else { "falls" };
            format!("{} {way} by {}", label(one.course.quantity), percent(one.drift.change.abs()))
        })
        .collect();
    let lengths = lengths(facts, min_z);
    let requests = found.iter().map(|one| one.course.requests).max().unwrap_or(0);
    let also = if lengths.is_empty() {
        String::new()
    } else {
        format!("; {} too, which may be why", lengths.join(" and "))
    };
    Outcome::fired(
        Some(index),
        Severity::Warning,
        format!(
            "{} from the first tenth to the last of {} requests{also}",
            told.join(", "),
            count(requests)
        ),
        [
            ("metric", json!(found[0].course.quantity.info().name)),
            ("observed", json!(found[0].drift.change)),
            ("limit", json!(found[0].limit)),
            ("z", json!(found[0].drift.z)),
            ("limit_z", json!(min_z)),
            ("drifts", found.iter().map(|one| drift(one)).collect()),
            ("lengths_drift_too", json!(!lengths.is_empty())),
            ("artifacts", context.paths(cell)),
        ],
    )
}

fn drift(found: &Found<'_>) -> serde_json::Value {
    json!({
        "metric": found.course.quantity.info().name,
        "change": found.drift.change,
        "limit": found.limit,
        "z": found.drift.z,
        "segments": found.course.segments,
        "num_requests": found.course.requests,
    })
}

/// Lengths that go one way too: longer requests take longer on any system.
fn lengths(facts: &RequestFacts, min_z: f64) -> Vec<String> {
    let told = |quantity: Quantity| {
        let drift = Drift::of(&facts.course(quantity)?.segments)?;
        reaches(drift.z.abs(), min_z).then(|| {
            let way = if drift.change > 0.0 { "rises" } else { "falls" };
            format!("{} {way}", label(quantity))
        })
    };
    [Quantity::Isl, Quantity::Osl].into_iter().filter_map(told).collect()
}

fn label(quantity: Quantity) -> String {
    match quantity {
        Quantity::OutputTput => "output throughput".to_owned(),
        Quantity::Qps => "request throughput".to_owned(),
        _ => format!("median {}", quantity.info().name.to_uppercase()),
    }
}
