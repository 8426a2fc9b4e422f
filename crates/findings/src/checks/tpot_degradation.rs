//! The time per output token breaks away from one load level to the next.

use inferguard_analysis::limit::reaches;
use inferguard_model::Quantity;
use inferguard_model::number::{from_to, times};
use inferguard_schema::Severity;
use serde_json::json;

use super::ttft_cliff::gain_in_words;
use crate::step_rule::{self, Broken, Judgement, NO_THROUGHPUT};
use crate::{Check, Context, FindingMeta, Outcome, Threshold};

/// The check.
pub(crate) struct TpotDegradation;

const RATIO: Threshold = Threshold {
    name: "ratio",
    default: 1.5,
    unit: "ratio",
    about: "Tail TPOT against the level before.",
};
const GAIN: Threshold = Threshold {
    name: "max_gain",
    default: 0.15,
    unit: "per doubling",
    about: "Gain of throughput from which a longer TPOT is the price of a larger batch: without this gate 51 of 462 healthy steps of public archives fire.",
};

const META: FindingMeta = FindingMeta {
    code: "tpot_degradation",
    summary: "TPOT breaks away from one load level to the next while throughput hardly gains.",
    severity: "warning; info when it rests on a suspect point",
    doc: include_str!("tpot_degradation.md"),
    since: "0.1.0",
    thresholds: &[RATIO, GAIN],
};

const NO_TPOT: &str = "TPOT is not known at both levels, or of fewer than 10 requests";

impl Check for TpotDegradation {
    fn meta(&self) -> &FindingMeta {
        &META
    }

    fn run(&self, context: &Context<'_>) -> Vec<Outcome> {
        let (limit, max_gain) = (context.limit(&META, &RATIO), context.limit(&META, &GAIN));
        let judge = |step: &inferguard_analysis::step::Step<'_>| {
            let Some(tail) = step.tail(context.cells, Quantity::Tpot) else {
                return Judgement::Unknown(NO_TPOT);
            };
            let gains_less = step.gains_less_than(context.cells, max_gain, Quantity::Tpot);
            let (Some(gains_less), Some(gain)) = (gains_less, step.gain_per_doubling()) else {
                return Judgement::Unknown(NO_THROUGHPUT);
            };
            let Some(ratio) = tail.ratio().filter(|ratio| reaches(*ratio, limit) && gains_less)
            else {
                return Judgement::Sound;
            };
            let n = if tail.n.is_none() { "; n unknown" } else { "" };
            Judgement::Broken(Broken {
                severity: Severity::Warning,
                what: format!(
                    "{} {} ({}) while throughput {}{n}",
                    tail.metric.label(),
                    from_to(tail.metric, tail.from, tail.to),
                    times(ratio),
                    gain_in_words(gain),
                ),
                evidence: vec![
                    ("metric", json!(tail.metric.name())),
                    ("from", json!(tail.from)),
                    ("observed", json!(tail.to)),
                    ("ratio", json!(ratio)),
                    ("limit", json!({"ratio": limit, "max_gain": max_gain})),
                    ("requests", json!(tail.n)),
                ],
            })
        };
        step_rule::run(context, judge, |_, _, _| Vec::new())
    }
}
