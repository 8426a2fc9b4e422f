//! The load that was asked for was not reached.

use inferguard_analysis::annotate::{
    Achievement, AnnotationLimits, Shortfall, achievement, is_agentic,
};
use inferguard_model::number::{exact, measure};
use inferguard_schema::Severity;
use serde_json::json;

use super::suspect_point::NO_SUCCESS;
use crate::{Check, Context, FindingMeta, Outcome, Threshold, annotation_limits};

/// The check.
pub(crate) struct LoadNotAchieved;

pub(crate) const MIN_SHARE: Threshold = Threshold {
    name: "min_share",
    default: AnnotationLimits::DEFAULT.load_share,
    unit: "0..1",
    about: "Share of the requested load that must be reached; exactly this share is clear. Real stages lie at 0.87 and below or at 0.9995 and above.",
};

pub(crate) const MAX_DELAY_SECONDS: Threshold = Threshold {
    name: "max_delay_seconds",
    default: AnnotationLimits::DEFAULT.schedule_delay,
    unit: "s",
    about: "90th percentile of the delay of the schedule up to which a load counts as reached.",
};

pub(crate) const MAX_DELAY_SHARE: Threshold = Threshold {
    name: "max_delay_share",
    default: AnnotationLimits::DEFAULT.schedule_delay_share,
    unit: "0..1",
    about: "The same delay as a share of the run; both must be passed, so that a second in a long run does not fire.",
};

pub(crate) const META: FindingMeta = FindingMeta {
    code: "load_not_achieved",
    summary: "The load generator did not reach the load that was asked for.",
    severity: "warning",
    doc: include_str!("load_not_achieved.md"),
    since: "0.1.0",
    thresholds: &[MIN_SHARE, MAX_DELAY_SECONDS, MAX_DELAY_SHARE],
};

const THINK_TIME: &str =
    "users think between turns, so that fewer requests than users are in flight";
const NO_SOURCE: &str = "no source tells the load that was reached";

impl Check for LoadNotAchieved {
    fn meta(&self) -> &FindingMeta {
        &META
    }

    fn run(&self, context: &Context<'_>) -> Vec<Outcome> {
        let limits = annotation_limits(context.limits);
        let mut outcomes: Vec<Outcome> = context.unplaced().collect();
        for scenario in &context.scenarios.scenarios {
            let agentic = is_agentic(scenario.scenario_type.as_deref());
            for series in &scenario.series {
                for point in &series.points {
                    let failed = point.left_out.iter();
                    outcomes.extend(failed.map(|c| Outcome::not_evaluated(*c, NO_SUCCESS)));
                    outcomes.extend(point.cells.iter().map(|cell| {
                        if agentic {
                            return Outcome::not_evaluated(*cell, THINK_TIME);
                        }
                        match achievement(&context.cells[*cell], series.axis, &limits) {
                            Achievement::Unknown => Outcome::not_evaluated(*cell, NO_SOURCE),
                            Achievement::Reached => Outcome::clear(*cell),
                            Achievement::Missed(how) => missed(context, *cell, &how, &limits),
                        }
                    }));
                }
            }
        }
        outcomes.sort_by_key(|outcome| outcome.cell);
        outcomes
    }
}

fn missed(
    context: &Context<'_>,
    cell: usize,
    how: &Shortfall,
    limits: &AnnotationLimits,
) -> Outcome {
    let (metric, observed, limit, requested, message) = match *how {
        Shortfall::InFlight { held, asked, expected } => (
            "achieved_concurrency",
            held,
            limits.load_share * expected,
            asked,
            format!("{} requests in flight on the mean, of {}", measure(held), exact(asked)),
        ),
        Shortfall::Rate { sent, asked } => (
            "sent_rps",
            sent,
            limits.load_share * asked,
            asked,
            format!("{} requests/s sent, of {}", measure(sent), exact(asked)),
        ),
        Shortfall::Delay { delay, duration } => (
            "p90_schedule_delay",
            delay,
            limits.schedule_delay.max(limits.schedule_delay_share * duration),
            0.0,
            format!(
                "a tenth of the requests was sent {} s late or more, in a run of {} s",
                measure(delay),
                measure(duration)
            ),
        ),
    };
    Outcome::fired(
        Some(cell),
        Severity::Warning,
        message,
        [
            ("metric", json!(metric)),
            ("observed", json!(observed)),
            ("limit", json!(limit)),
            ("requested", json!(requested)),
            ("artifacts", context.paths(&context.cells[cell])),
        ],
    )
}
