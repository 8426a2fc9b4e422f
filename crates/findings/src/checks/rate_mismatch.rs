//! Prefill takes in requests at another rate than decode gives them out.

use inferguard_analysis::limit::reaches;
use inferguard_analysis::workers::rates::{RateMatch, Side, rate_match};
use inferguard_model::Cell;
use inferguard_model::number::{measure, percent};
use inferguard_schema::Severity;
use serde_json::{Value, json};

use crate::{CellCheck, Context, FindingMeta, Outcome, Threshold};

/// The check.
pub(crate) struct RateMismatch;

const FLOW: Threshold = Threshold {
    name: "flow",
    default: 1.25,
    unit: "ratio",
    about: "Requests/s of one role against the other over the whole load, from which work is lost or piles up: twice what requests under way at both ends make of a run of 10 × its concurrency.",
};
const AT_WORK: Threshold = Threshold {
    name: "at_work",
    default: 1.5,
    unit: "ratio",
    about: "The same while each role works: below it, a worker more or less of two would not come nearer to a balance.",
};
const FEWEST_SECONDS: Threshold = Threshold {
    name: "fewest_seconds",
    default: 30.0,
    unit: "s",
    about: "Length of a load from which its ends weigh little: engines log every second to every ten seconds.",
};

const META: FindingMeta = FindingMeta {
    code: "rate_mismatch",
    summary: "Prefill takes in requests at another rate than decode gives them out.",
    severity: "warning when rates over the whole load differ; info when one role waits for the other",
    doc: include_str!("rate_mismatch.md"),
    since: "0.2.0",
    thresholds: &[FLOW, AT_WORK, FEWEST_SECONDS],
};

const TOO_SHORT: &str = "the load was too short for a rate match";

impl CellCheck for RateMismatch {
    fn meta(&self) -> &FindingMeta {
        &META
    }

    fn look(&self, context: &Context<'_>, index: usize) -> Outcome {
        let limits = [FLOW, AT_WORK, FEWEST_SECONDS].map(|limit| context.limit(&META, &limit));
        look(index, &context.cells[index], limits, context)
    }
}

fn look(index: usize, cell: &Cell, limits: [f64; 3], context: &Context<'_>) -> Outcome {
    let [flow_limit, work_limit, fewest_seconds] = limits;
    let found = match rate_match(cell) {
        Ok(found) => found,
        Err(why) => return Outcome::not_evaluated(index, why),
    };
    if found.seconds < fewest_seconds {
        return Outcome::not_evaluated(index, TOO_SHORT);
    }
    let beyond = |ratio: f64, limit: f64| reaches(ratio.max(1.0 / ratio), limit);
    let (severity, message) = if beyond(found.flow(), flow_limit) {
        let (prefill, decode) = (&found.prefill, &found.decode);
        let what = if found.flow() < 1.0 {
            "work piles up between the roles or is lost"
        } else {
            "decode does work that prefill workers did not hand on"
        };
        let message = format!(
            "prefill takes in {} requests/s, decode gives out {}: {what}",
            measure(prefill.requests_per_second),
            measure(decode.requests_per_second),
        );
        (Severity::Warning, message)
    } else if beyond(found.at_work(), work_limit) {
        (Severity::Info, waits(&found))
    } else {
        return Outcome::clear(index);
    };
    Outcome::fired(
        Some(index),
        severity,
        message,
        [
            ("flow", json!(found.flow())),
            ("at_work", json!(found.at_work())),
            ("prefill", side(&found.prefill)),
            ("decode", side(&found.decode)),
            ("mean_isl", json!(found.isl.0)),
            ("mean_osl", json!(found.osl.0)),
            ("lengths_are_nominal", json!(found.isl.1 || found.osl.1)),
            ("seconds", json!(found.seconds)),
            (
                "limit",
                json!({ "flow": flow_limit, "at_work": work_limit, "fewest_seconds": fewest_seconds }),
            ),
            ("artifacts", context.paths(cell)),
        ],
    )
}

/// Which role waits for the other, in words.
fn waits(found: &RateMatch) -> String {
    let (prefill, decode) = (("prefill", &found.prefill), ("decode", &found.decode));
    let ((waiting, faster), (other, slower)) =
        if found.at_work() < 1.0 { (prefill, decode) } else { (decode, prefill) };
    format!(
        "{waiting} works {} of the time and would do {} requests/s all of it; {other} does {} while it works",
        percent(faster.at_work),
        measure(faster.requests_per_second_at_work),
        measure(slower.requests_per_second_at_work),
    )
}

fn side(side: &Side) -> Value {
    json!({
        "workers": side.workers,
        "ranks": side.ranks,
        "tokens_per_second": side.tokens_per_second,
        "cached_share": side.cached,
        "at_work_share": side.at_work,
        "requests_per_second": side.requests_per_second,
        "requests_per_second_at_work": side.requests_per_second_at_work,
    })
}
