//! No measured load of a series meets an objective that was stated.

use inferguard_analysis::annotate::not_drawn;
use inferguard_analysis::scenario::Series;
use inferguard_analysis::slo::Slo;
use inferguard_analysis::winner::{Winner, winner};
use inferguard_model::number::{exact, with_unit};
use inferguard_schema::Severity;
use serde_json::json;

use crate::{Check, Context, FindingMeta, Outcome, Verdict};

/// The check.
pub(crate) struct SloNotMet;

const META: FindingMeta = FindingMeta {
    code: "slo_not_met",
    summary: "No measured load of a series meets a stated service-level objective.",
    severity: "warning",
    doc: include_str!("slo_not_met.md"),
    since: "0.1.0",
    thresholds: &[],
};

const NO_SLO: &str = "no objective was stated (--slo, or slo in the configuration)";
const UNKNOWN: &str = "a metric that the objective limits is not known";
const NO_LEVEL: &str = "no load level of the series stands for the system";

impl Check for SloNotMet {
    fn meta(&self) -> &FindingMeta {
        &META
    }

    fn run(&self, context: &Context<'_>) -> Vec<Outcome> {
        if context.slos.is_empty() {
            // Said once for the run, and not of every cell.
            let once = Outcome { cell: None, verdict: Verdict::NotEvaluated(NO_SLO) };
            return (!context.cells.is_empty()).then_some(once).into_iter().collect();
        }
        let not_drawn = not_drawn(context.scenarios, context.cells.len());
        let series = context.scenarios.scenarios.iter().flat_map(|scenario| &scenario.series);
        let looked_at = series.flat_map(|series| context.slos.iter().map(move |slo| (series, slo)));
        looked_at.filter_map(|(series, slo)| look(context, series, slo, &not_drawn)).collect()
    }
}

fn look(
    context: &Context<'_>,
    series: &Series,
    slo: &Slo,
    not_drawn: &[Option<&'static str>],
) -> Option<Outcome> {
    let cell = *series.points.iter().flat_map(|p| p.cells.iter().chain(&p.left_out)).next()?;
    Some(match winner(context.cells, series, slo, not_drawn) {
        Winner::Best { .. } | Winner::NoThroughput { .. } => Outcome::clear(cell),
        Winner::Unknown(_) => Outcome::not_evaluated(cell, UNKNOWN),
        Winner::NoLevel => Outcome::not_evaluated(cell, NO_LEVEL),
        // A level that cannot be judged may meet it.
        Winner::Missed(nearest) if nearest.unknown > 0 => Outcome::not_evaluated(cell, UNKNOWN),
        Winner::Missed(nearest) => {
            let missed = nearest.missed.iter().map(|(objective, value)| {
                let metric = objective.metric();
                format!("{} is {}", metric.label(), with_unit(metric, *value))
            });
            let missed: Vec<String> = missed.collect();
            let at = format!("{} {}", exact(nearest.load), series.axis.unit());
            let observed: serde_json::Map<_, _> = nearest
                .missed
                .iter()
                .map(|(objective, value)| (objective.metric().name().into_owned(), json!(value)))
                .collect();
            let limits: serde_json::Map<_, _> = slo
                .objectives
                .iter()
                .map(|one| (one.metric().name().into_owned(), json!(one.limit)))
                .collect();
            let ids: Vec<&str> =
                nearest.cells.iter().map(|cell| context.cells[*cell].id.as_ref()).collect();
            Outcome::fired(
                nearest.cells.first().copied().or(Some(cell)),
                Severity::Warning,
                format!(
                    "none of {} measured levels meets `{slo}`; nearest at {at}: {}",
                    nearest.levels,
                    missed.join(", ")
                ),
                [
                    ("slo", json!(slo.to_string())),
                    ("series", json!(series.id)),
                    ("observed", json!(observed)),
                    ("limit", json!(limits)),
                    ("load", json!(nearest.load)),
                    ("cells", json!(ids)),
                    (
                        "artifacts",
                        nearest
                            .cells
                            .iter()
                            .filter_map(|cell| context.result_path(&context.cells[*cell]))
                            .collect(),
                    ),
                ],
            )
        }
    })
}
