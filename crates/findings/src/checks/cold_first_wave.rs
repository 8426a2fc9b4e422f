//! The requests that start together at the beginning wait far longer than the rest.

use inferguard_analysis::limit::reaches;
use inferguard_model::FirstWave;
use inferguard_model::number::{count, measure, millis};
use inferguard_schema::Severity;
use serde_json::json;

use super::warmup_effect::NO_REQUESTS;
use crate::{CellCheck, Context, FindingMeta, Outcome, Threshold};

/// The check.
pub(crate) struct ColdFirstWave;

const RATIO: Threshold = Threshold {
    name: "ratio",
    default: 2.0,
    unit: "ratio",
    about: "Median TTFT of the first wave ÷ that of the rest; exactly this ratio fires. Prefilling C prompts at once alone can give up to (C + 1) / 2.",
};

const MIN_DIFFERENCE_SECONDS: Threshold = Threshold {
    name: "min_difference_seconds",
    default: 0.1,
    unit: "s",
    about: "Difference of the same medians, so that a few milliseconds do not fire.",
};

const COLD_RATIO: Threshold = Threshold {
    name: "cold_ratio",
    default: 10.0,
    unit: "ratio",
    about: "Ratio above which the wave is called cold: simultaneous prefills alone rarely give as much.",
};

const TAIL_CHANGE: Threshold = Threshold {
    name: "tail_change",
    default: 0.20,
    unit: "0..1",
    about: "Change of p95 or p99 TTFT without the wave from which the finding is a warning: reported tails are then those of the burst.",
};

const META: FindingMeta = FindingMeta {
    code: "cold_first_wave",
    summary: "The requests that start together at the beginning have at least twice the TTFT of the rest.",
    severity: "info; warning when p95 or p99 changes by a fifth without them",
    doc: include_str!("cold_first_wave.md"),
    since: "0.2.0",
    thresholds: &[RATIO, MIN_DIFFERENCE_SECONDS, COLD_RATIO, TAIL_CHANGE],
};

const NO_WAVE: &str =
    "no TTFT, or nobody knows which requests started before the first one completed";
const TOO_FEW: &str = "fewer than 2 requests in the first wave, or fewer than 20 after it";

/// Requests of a wave, at least.
const FEWEST: u64 = 2;
/// Requests after it, at least.
const FEWEST_AFTER: u64 = 20;

impl CellCheck for ColdFirstWave {
    fn meta(&self) -> &FindingMeta {
        &META
    }

    fn look(&self, context: &Context<'_>, index: usize) -> Outcome {
        look(context, index)
    }
}

fn look(context: &Context<'_>, index: usize) -> Outcome {
    let Some(facts) = &context.cells[index].evidence.requests else {
        return Outcome::not_evaluated(index, NO_REQUESTS);
    };
    let Some(wave) = facts.first_wave else {
        return Outcome::not_evaluated(index, NO_WAVE);
    };
    if wave.requests < FEWEST || wave.rest < FEWEST_AFTER {
        return Outcome::not_evaluated(index, TOO_FEW);
    }
    let ratio = wave.median / wave.rest_median;
    let fires = reaches(ratio, context.limit(&META, &RATIO))
        && wave.median > wave.rest_p95
        && reaches(wave.median - wave.rest_median, context.limit(&META, &MIN_DIFFERENCE_SECONDS));
    if fires { fired(context, index, &wave, ratio) } else { Outcome::clear(index) }
}

fn fired(context: &Context<'_>, index: usize, wave: &FirstWave, ratio: f64) -> Outcome {
    let change = |all: f64, rest: f64| (all / rest - 1.0).abs();
    let limit = context.limit(&META, &TAIL_CHANGE);
    let (p95, p99) = (change(wave.all_p95, wave.rest_p95), change(wave.all_p99, wave.rest_p99));
    let moves = reaches(p95, limit) || reaches(p99, limit);
    let is_cold = ratio > context.limit(&META, &COLD_RATIO);
    Outcome::fired(
        Some(index),
        if moves { Severity::Warning } else { Severity::Info },
        format!(
            "median TTFT of the {} of {} requests is {} ms, {} × the {} ms of the rest; p99 is {} ms with them and {} ms without, p95 {} and {} ms",
            if is_cold { "cold first wave" } else { "first wave" },
            count(wave.requests),
            millis(wave.median),
            measure(ratio),
            millis(wave.rest_median),
            millis(wave.all_p99),
            millis(wave.rest_p99),
            millis(wave.all_p95),
            millis(wave.rest_p95),
        ),
        [
            ("metric", json!("p50_ttft")),
            ("observed", json!(ratio)),
            ("limit", json!(context.limit(&META, &RATIO))),
            ("is_cold", json!(is_cold)),
            ("wave_requests", json!(wave.requests)),
            ("rest_requests", json!(wave.rest)),
            ("wave_p50_ttft", json!(wave.median)),
            ("rest_p50_ttft", json!(wave.rest_median)),
            ("p95_ttft", json!(wave.all_p95)),
            ("p95_ttft_without_wave", json!(wave.rest_p95)),
            ("p99_ttft", json!(wave.all_p99)),
            ("p99_ttft_without_wave", json!(wave.rest_p99)),
            ("artifacts", context.paths(&context.cells[index])),
        ],
    )
}
