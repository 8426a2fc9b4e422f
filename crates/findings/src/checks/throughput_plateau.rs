//! More load gives no more throughput.

use std::fmt::Write as _;

use inferguard_analysis::level::Tail;
use inferguard_analysis::limit::{keeps_to, reaches};
use inferguard_analysis::step::Step;
use inferguard_model::number::{from_to, percent, times};
use inferguard_model::{Cell, Quantity};
use inferguard_schema::Severity;
use serde_json::json;

use super::ttft_cliff::gain_in_words;
use crate::step_rule::{self, Broken, BrokenRun, Judgement, NO_THROUGHPUT, Place};
use crate::{Check, Context, FindingMeta, Outcome, Threshold};

/// The check.
pub(crate) struct ThroughputPlateau;

const GAIN: Threshold = Threshold {
    name: "max_gain",
    default: 0.05,
    unit: "per doubling",
    about: "Gain of throughput below which the system gives no more.",
};
const WORSENS: Threshold = Threshold {
    name: "latency_worsens",
    default: 0.10,
    unit: "0..1",
    about: "Share by which tail TTFT, TPOT or E2EL must worsen beside the missing gain.",
};
const FALL: Threshold = Threshold {
    name: "fall",
    default: 0.10,
    unit: "0..1",
    about: "Fall of throughput that is a plateau whatever latency does: under overload TTFT is cut off at the length of the run, so flat latency proves nothing.",
};
const WARNING_FALL: Threshold = Threshold {
    name: "warning_fall",
    default: 0.05,
    unit: "0..1",
    about: "Fall of throughput from which one step is a warning: more than runs of one configuration differ.",
};

const META: FindingMeta = FindingMeta {
    code: "throughput_plateau",
    summary: "A higher load level gives no more throughput.",
    severity: "info; warning after two steps in a row or a fall of 5 % or more; info when it rests on a suspect point",
    doc: include_str!("throughput_plateau.md"),
    since: "0.1.0",
    thresholds: &[GAIN, WORSENS, FALL, WARNING_FALL],
};

const SATURATED: &str = "saturated from the first level measured: ";

const LATENCIES: [Quantity; 3] = [Quantity::Ttft, Quantity::Tpot, Quantity::E2el];

impl Check for ThroughputPlateau {
    fn meta(&self) -> &FindingMeta {
        &META
    }

    fn run(&self, context: &Context<'_>) -> Vec<Outcome> {
        let limit = |threshold| context.limit(&META, threshold);
        let rule = Rule {
            gain: limit(&GAIN),
            worsens: limit(&WORSENS),
            fall: limit(&FALL),
            warning_fall: limit(&WARNING_FALL),
        };
        step_rule::run(
            context,
            |step| rule.judge(step, context.cells),
            |place, steps, runs| rule.settle(place, steps, runs),
        )
    }
}

/// The limits in force.
struct Rule {
    gain: f64,
    worsens: f64,
    fall: f64,
    warning_fall: f64,
}

impl Rule {
    fn judge(&self, step: &Step<'_>, cells: &[Cell]) -> Judgement {
        let (Some(change), Some(ratio), Some(gain)) =
            (step.throughput, step.throughput_ratio(), step.gain_per_doubling())
        else {
            return Judgement::Unknown(NO_THROUGHPUT);
        };
        let worst = self.worst_latency(step, cells);
        let falls = keeps_to(ratio, 1.0 - self.fall);
        let falls_beyond_noise = keeps_to(ratio, 1.0 - self.warning_fall);
        let short = step.to.is_short_of_load();
        if worst.is_none() && !falls && !short {
            return Judgement::Sound;
        }
        let throughput = from_to(change.metric, change.from, change.to);
        let mut what = if falls_beyond_noise {
            format!("throughput falls {} ({throughput})", percent(1.0 - ratio))
        } else {
            format!("throughput {} ({throughput})", gain_in_words(gain))
        };
        if let Some((tail, ratio)) = worst {
            let tails = from_to(tail.metric, tail.from, tail.to);
            let _ =
                write!(what, ", while {} worsens {tails} ({})", tail.metric.label(), times(ratio));
        }
        if short {
            what += "; the load that was asked for was not reached";
        }
        let severity = if falls_beyond_noise { Severity::Warning } else { Severity::Info };
        Judgement::Broken(Broken {
            severity,
            what,
            evidence: vec![
                ("metric", json!(change.metric.name())),
                ("from", json!(change.from)),
                ("observed", json!(change.to)),
                (
                    "limit",
                    json!({
                        "max_gain": self.gain,
                        "latency_worsens": self.worsens,
                        "fall": self.fall,
                    }),
                ),
                ("latency_metric", json!(worst.map(|(tail, _)| tail.metric.name()))),
                ("latency_from", json!(worst.map(|(tail, _)| tail.from))),
                ("latency_observed", json!(worst.map(|(tail, _)| tail.to))),
                ("load_not_achieved", json!(short)),
            ],
        })
    }

    /// The latency that worsens most beside a missing gain, and by how much.
    fn worst_latency(&self, step: &Step<'_>, cells: &[Cell]) -> Option<(Tail, f64)> {
        LATENCIES
            .into_iter()
            .filter(|quantity| step.gains_less_than(cells, self.gain, *quantity) == Some(true))
            .filter_map(|quantity| {
                let tail = step.tail(cells, quantity)?;
                Some((tail, tail.ratio()?))
            })
            .filter(|(_, ratio)| reaches(*ratio, 1.0 + self.worsens))
            .max_by(|a, b| a.1.total_cmp(&b.1))
    }

    /// Two steps in a row are a warning; a series that gains nothing at any step is told so.
    fn settle(
        &self,
        place: &Place<'_>,
        steps: &[Step<'_>],
        runs: &mut [BrokenRun],
    ) -> Vec<Outcome> {
        for run in runs.iter_mut().filter(|run| run.steps.len() > 1) {
            run.raise(Severity::Warning);
        }
        let gains_nothing = |step: &Step<'_>| {
            step.gain_per_doubling().is_some_and(|gain| !reaches(gain, self.gain))
        };
        if steps.len() < 2 || !steps.iter().all(gains_nothing) {
            return Vec::new();
        }
        if let Some(run) = runs.first_mut().filter(|run| run.steps[0].0 == 0) {
            run.prefix = SATURATED;
            return Vec::new();
        }
        let (Some(first), Some(last)) = (steps.first(), steps.last()) else { return Vec::new() };
        let Some(cell) = first.from.cells.first() else { return Vec::new() };
        let message = format!(
            "{SATURATED}no step {} gains {} per doubling",
            place.span(first.from.load, last.to.load),
            percent(self.gain)
        );
        let gains: Vec<_> = steps.iter().map(Step::gain_per_doubling).collect();
        vec![Outcome::fired(
            Some(*cell),
            Severity::Info,
            message,
            [
                ("series", json!(place.series.id)),
                ("from_load", json!(first.from.load)),
                ("to_load", json!(last.to.load)),
                ("gains_per_doubling", json!(gains)),
                ("limit", json!({"max_gain": self.gain})),
            ],
        )]
    }
}
