//! The time to first token breaks away from one load level to the next.

use std::fmt::Write as _;

use inferguard_analysis::limit::{keeps_to, reaches};
use inferguard_analysis::step::Step;
use inferguard_model::number::{from_to, percent, times};
use inferguard_model::{Cell, Quantity};
use inferguard_schema::Severity;
use serde_json::json;

use crate::step_rule::{self, Broken, Judgement, NO_THROUGHPUT};
use crate::{Check, Context, FindingMeta, Outcome, Threshold};

/// The check.
pub(crate) struct TtftCliff;

const RATIO: Threshold = Threshold {
    name: "ratio",
    default: 2.0,
    unit: "ratio",
    about: "Tail TTFT against the level before (A).",
};
const INCREASE: Threshold = Threshold {
    name: "increase_seconds",
    default: 0.1,
    unit: "s",
    about: "Least increase of tail TTFT (A), so that a few milliseconds are no cliff.",
};
const GAIN: Threshold = Threshold {
    name: "max_gain",
    default: 0.15,
    unit: "per doubling",
    about: "Gain of throughput from which a longer TTFT is the price of load and no cliff (A).",
};
const STALL_RATIO: Threshold = Threshold {
    name: "stall_ratio",
    default: 10.0,
    unit: "ratio",
    about: "Tail TTFT against the level before, whatever throughput gains (B).",
};
const STALL_INCREASE: Threshold = Threshold {
    name: "stall_increase_seconds",
    default: 1.0,
    unit: "s",
    about: "Least increase of tail TTFT (B).",
};
const QUEUE_RATIO: Threshold = Threshold {
    name: "queue_ratio",
    default: 3.0,
    unit: "ratio",
    about: "Median TTFT, else the mean, against the level before (C).",
};
const QUEUE_INCREASE: Threshold = Threshold {
    name: "queue_increase_seconds",
    default: 1.0,
    unit: "s",
    about: "Least increase of the median (C).",
};
const QUEUE_GAIN: Threshold = Threshold {
    name: "queue_max_gain",
    default: 0.30,
    unit: "per doubling",
    about: "Gain of throughput from which a longer median is the price of load (C).",
};
const MEDIAN_MOVES: Threshold = Threshold {
    name: "median_moves",
    default: 1.5,
    unit: "ratio",
    about: "Median TTFT against the level before from which the kind is a queue; below, only the tail moved.",
};
const CRITICAL_RATIO: Threshold = Threshold {
    name: "critical_ratio",
    default: 4.0,
    unit: "ratio",
    about: "Tail TTFT against the level before from which the finding is critical, when throughput falls too.",
};
const CRITICAL_FALL: Threshold = Threshold {
    name: "critical_fall",
    default: 0.05,
    unit: "0..1",
    about: "Fall of throughput from which the finding is critical: more than runs of one configuration differ.",
};

const META: FindingMeta = FindingMeta {
    code: "ttft_cliff",
    summary: "TTFT breaks away from one load level to the next while throughput hardly gains.",
    severity: "warning; critical from a ratio of 4 with throughput falling by 5 % or more; info when it rests on a suspect point",
    doc: include_str!("ttft_cliff.md"),
    since: "0.1.0",
    thresholds: &[
        RATIO,
        INCREASE,
        GAIN,
        STALL_RATIO,
        STALL_INCREASE,
        QUEUE_RATIO,
        QUEUE_INCREASE,
        QUEUE_GAIN,
        MEDIAN_MOVES,
        CRITICAL_RATIO,
        CRITICAL_FALL,
    ],
};

const NO_TTFT: &str = "TTFT is not known at both levels, or of fewer than 10 requests";

impl Check for TtftCliff {
    fn meta(&self) -> &FindingMeta {
        &META
    }

    fn run(&self, context: &Context<'_>) -> Vec<Outcome> {
        let limit = |threshold| context.limit(&META, threshold);
        let rule = Rule {
            a: (limit(&RATIO), limit(&INCREASE), limit(&GAIN)),
            b: (limit(&STALL_RATIO), limit(&STALL_INCREASE)),
            c: (limit(&QUEUE_RATIO), limit(&QUEUE_INCREASE), limit(&QUEUE_GAIN)),
            median_moves: limit(&MEDIAN_MOVES),
            critical: (limit(&CRITICAL_RATIO), limit(&CRITICAL_FALL)),
        };
        step_rule::run(context, |step| rule.judge(step, context.cells), |_, _, _| Vec::new())
    }
}

/// The limits in force: ratio, increase, gain of each arm.
struct Rule {
    a: (f64, f64, f64),
    b: (f64, f64),
    c: (f64, f64, f64),
    median_moves: f64,
    critical: (f64, f64),
}

impl Rule {
    fn judge(&self, step: &Step<'_>, cells: &[Cell]) -> Judgement {
        let tail = step.tail(cells, Quantity::Ttft);
        let middle = step.middle(cells, Quantity::Ttft);
        let grows = |from: f64, to: f64, ratio: f64, more: f64| {
            from > 0.0 && reaches(to, ratio * from) && reaches(to - from, more)
        };
        let of_tail = |ratio, more| tail.is_some_and(|t| grows(t.from, t.to, ratio, more));
        let of_middle = |ratio, more| middle.is_some_and(|m| grows(m.from, m.to, ratio, more));
        let gains_less = |limit| step.gains_less_than(cells, limit, Quantity::Ttft);

        let mut arms = Vec::new();
        if of_tail(self.a.0, self.a.1) && gains_less(self.a.2) == Some(true) {
            arms.push("A");
        }
        if of_tail(self.b.0, self.b.1) {
            arms.push("B");
        }
        if of_middle(self.c.0, self.c.1) && gains_less(self.c.2) == Some(true) {
            arms.push("C");
        }
        if arms.is_empty() {
            return match (tail, step.throughput) {
                (None, _) => Judgement::Unknown(NO_TTFT),
                (_, None) => Judgement::Unknown(NO_THROUGHPUT),
                _ => Judgement::Sound,
            };
        }
        Judgement::Broken(self.broken(step, &arms, tail, middle))
    }

    fn broken(
        &self,
        step: &Step<'_>,
        arms: &[&str],
        tail: Option<inferguard_analysis::level::Tail>,
        middle: Option<inferguard_analysis::step::Change>,
    ) -> Broken {
        // C alone may hold where no tail is supported.
        let (metric, from, to, n) = match (tail, middle) {
            (Some(tail), _) => (tail.metric, tail.from, tail.to, tail.n),
            (None, Some(middle)) => (middle.metric, middle.from, middle.to, None),
            (None, None) => {
                return Broken {
                    severity: Severity::Info,
                    what: String::new(),
                    evidence: Vec::new(),
                };
            }
        };
        let ratio = to / from;
        let moves = middle.and_then(|middle| Some((middle, middle.ratio()?)));
        let kind = moves.map(
            |(_, ratio)| if reaches(ratio, self.median_moves) { "queue" } else { "tail only" },
        );
        let falls =
            step.throughput_ratio().is_some_and(|ratio| keeps_to(ratio, 1.0 - self.critical.1));
        let severity = if falls && reaches(ratio, self.critical.0) {
            Severity::Critical
        } else {
            Severity::Warning
        };

        let mut what =
            format!("{} {} ({})", metric.label(), from_to(metric, from, to), times(ratio));
        if let Some(gain) = step.gain_per_doubling() {
            let _ = write!(what, " while throughput {}", gain_in_words(gain));
        }
        if let (Some((middle, ratio)), Some(kind)) = (moves, kind) {
            if middle.metric == metric {
                let _ = write!(what, "; {kind}");
            } else {
                let _ = write!(what, "; {kind}: {} {}", middle.metric.label(), times(ratio));
            }
        }
        if n.is_none() {
            what += "; n unknown";
        }
        let middle_metric = middle.map(|m| m.metric.name());
        Broken {
            severity,
            what,
            evidence: vec![
                ("arms", json!(arms)),
                ("kind", json!(kind)),
                ("metric", json!(metric.name())),
                ("from", json!(from)),
                ("observed", json!(to)),
                ("ratio", json!(ratio)),
                ("limit", json!(self.limit_of(arms))),
                ("requests", json!(n)),
                ("middle_metric", json!(middle_metric)),
                ("middle_from", json!(middle.map(|m| m.from))),
                ("middle_observed", json!(middle.map(|m| m.to))),
            ],
        }
    }

    /// The limits of the first arm that holds.
    fn limit_of(&self, arms: &[&str]) -> serde_json::Value {
        match arms.first() {
            Some(&"A") => {
                json!({"ratio": self.a.0, "increase_seconds": self.a.1, "max_gain": self.a.2})
            }
            Some(&"B") => json!({"ratio": self.b.0, "increase_seconds": self.b.1}),
            _ => json!({"ratio": self.c.0, "increase_seconds": self.c.1, "max_gain": self.c.2}),
        }
    }
}

/// `gains 3.1 % per doubling`, `falls 12.0 % per doubling`.
pub(super) fn gain_in_words(gain: f64) -> String {
    let verb = if gain < 0.0 { "falls" } else { "gains" };
    format!("{verb} {} per doubling", percent(gain.abs()))
}
