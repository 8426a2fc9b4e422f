//! Repeats that differ by more than noise.

use std::fmt::Write as _;

use inferguard_analysis::level::throughput_metric;
use inferguard_analysis::limit::keeps_to;
use inferguard_analysis::noise;
use inferguard_analysis::scenario::{LoadAxis, Point, Series};
use inferguard_model::number::{exact, percent};
use inferguard_model::{Cell, Metric, Quantity, Stat};
use inferguard_schema::Severity;
use serde_json::{Value, json};

use super::suspect_point::NO_SUCCESS;
use crate::{Check, Context, FindingMeta, Outcome, Threshold};

/// The check.
pub(crate) struct UnstableRepeats;

const fn threshold(name: &'static str, default: f64, about: &'static str) -> Threshold {
    Threshold { name, default, unit: "0..1", about }
}

const THROUGHPUT_BAND: Threshold = threshold(
    "throughput_band",
    noise::THROUGHPUT,
    "Highest ÷ lowest throughput of repeats, minus 1; exactly this is clear. Repeats in archives spread by 0.6 to 1.6 % (one standard deviation).",
);
const TPOT_BAND: Threshold = threshold(
    "tpot_band",
    noise::TPOT,
    "The same for median and mean TPOT, which spread by 0.7 to 1.9 %.",
);
const E2EL_BAND: Threshold = threshold(
    "e2el_band",
    noise::E2EL,
    "The same for median and mean E2EL, which spread by 0.8 to 1.0 %.",
);
const TTFT_BAND: Threshold = threshold(
    "ttft_band",
    noise::TTFT,
    "The same for median and mean TTFT, which spread by 3 to 9 %: nodes differ where throughput agrees.",
);

const META: FindingMeta = FindingMeta {
    code: "unstable_repeats",
    summary: "Repeats of one load level differ by more than the noise between runs.",
    severity: "warning",
    doc: include_str!("unstable_repeats.md"),
    since: "0.1.0",
    thresholds: &[THROUGHPUT_BAND, TPOT_BAND, E2EL_BAND, TTFT_BAND],
};

/// Latencies whose middle is compared.
const LATENCIES: [(Quantity, &Threshold); 3] =
    [(Quantity::Tpot, &TPOT_BAND), (Quantity::E2el, &E2EL_BAND), (Quantity::Ttft, &TTFT_BAND)];

/// Repeats up to which each value is evidence; of more the ends are.
const LISTED: usize = 16;

const ONCE: &str = "the load was measured once";
const NOTHING_SHARED: &str = "the repeats share no throughput and no latency";
const UNKNOWN: &str =
    "neither hardware nor framework is known, so that cells of one load may not be repeats";

impl Check for UnstableRepeats {
    fn meta(&self) -> &FindingMeta {
        &META
    }

    fn run(&self, context: &Context<'_>) -> Vec<Outcome> {
        let mut outcomes: Vec<Outcome> = context.unplaced().collect();
        let series = context.scenarios.scenarios.iter().flat_map(|scenario| &scenario.series);
        for series in series {
            let throughput = throughput_metric(context.cells, series);
            for point in &series.points {
                outcomes
                    .extend(point.left_out.iter().map(|c| Outcome::not_evaluated(*c, NO_SUCCESS)));
                // A level spans loads that differ by up to a tenth, as the throughput then does
                // too: repeats are asked for the very same load. Cells are in the order of it.
                let same =
                    |a: &usize, b: &usize| load(context, series, *a) == load(context, series, *b);
                for repeats in point.cells.chunk_by(same) {
                    outcomes.push(compare(context, series, point, throughput, repeats));
                }
            }
        }
        outcomes.sort_by_key(|outcome| outcome.cell);
        outcomes
    }
}

fn load(context: &Context<'_>, series: &Series, cell: usize) -> Option<f64> {
    let load = &context.cells[cell].evidence.identity.load;
    match series.axis {
        LoadAxis::Concurrency => load.concurrency.map(f64::from),
        LoadAxis::RequestRate => load.request_rate,
    }
}

/// A metric of repeats whose values lie apart.
struct Apart {
    metric: Metric,
    lowest: (usize, f64),
    highest: (usize, f64),
    /// Highest ÷ lowest.
    ratio: f64,
    limit: f64,
}

fn compare(
    context: &Context<'_>,
    series: &Series,
    point: &Point,
    throughput: Option<Metric>,
    repeats: &[usize],
) -> Outcome {
    let first = repeats[0];
    if repeats.len() < 2 {
        return Outcome::not_evaluated(first, ONCE);
    }
    if !is_known(&context.cells[first]) {
        return Outcome::not_evaluated(first, UNKNOWN);
    }
    let throughput = throughput.map(|metric| (metric, &THROUGHPUT_BAND));
    let latencies = LATENCIES.into_iter().flat_map(|(quantity, band)| {
        [Stat::P50, Stat::Mean].map(|stat| (Metric::new(stat, quantity), band))
    });
    let spreads: Vec<Apart> = throughput
        .into_iter()
        .chain(latencies)
        .filter_map(|(metric, band)| spread(context, repeats, metric, band))
        .collect();
    if spreads.is_empty() {
        return Outcome::not_evaluated(first, NOTHING_SHARED);
    }
    let beyond: Vec<&Apart> =
        spreads.iter().filter(|apart| !keeps_to(apart.ratio, apart.limit)).collect();
    if beyond.is_empty() {
        return Outcome::clear(first);
    }
    let mut message = format!("{} repeats at load {} differ:", repeats.len(), exact(point.load));
    for (at, apart) in beyond.iter().enumerate() {
        let comma = if at == 0 { "" } else { "," };
        let name = match apart.metric.stat {
            Stat::Plain => "throughput".to_owned(),
            _ => apart.metric.label(),
        };
        let _ = write!(message, "{comma} {name} by {}", percent(apart.ratio - 1.0));
    }
    let metrics: Vec<Value> = beyond
        .iter()
        .map(|apart| {
            let end = |(cell, value): (usize, f64)| {
                json!({ "cell": context.cells[cell].id, "value": value })
            };
            let mut evidence = json!({
                "metric": apart.metric.name(),
                "observed": apart.ratio,
                "limit": apart.limit,
                "lowest": end(apart.lowest),
                "highest": end(apart.highest),
            });
            let values = values(context, repeats, apart.metric).map(|(_, value)| value);
            let values: Vec<f64> = values.take(LISTED + 1).collect();
            if values.len() <= LISTED {
                evidence["values"] = values.into();
            }
            evidence
        })
        .collect();
    let paths = repeats.iter().filter_map(|cell| context.result_path(&context.cells[*cell]));
    Outcome::fired(
        Some(first),
        Severity::Warning,
        message,
        [
            ("metrics", json!(metrics)),
            ("series", json!(series.id)),
            ("load", json!(point.load)),
            ("cells", context.ids(repeats)),
            ("artifacts", paths.collect()),
        ],
    )
}

/// Whether a cell says anything of what it ran on: without that, equal keys are no repeats.
fn is_known(cell: &Cell) -> bool {
    let identity = &cell.evidence.identity;
    identity.hardware.is_some() || identity.framework.is_some()
}

fn spread(
    context: &Context<'_>,
    repeats: &[usize],
    metric: Metric,
    band: &Threshold,
) -> Option<Apart> {
    let mut values = values(context, repeats, metric);
    let first = values.next()?;
    let (mut lowest, mut highest, mut more) = (first, first, 0);
    for one in values {
        more += 1;
        if one.1 < lowest.1 {
            lowest = one;
        }
        if one.1 > highest.1 {
            highest = one;
        }
    }
    let limit = 1.0 + context.limit(&META, band);
    let ratio = highest.1 / lowest.1;
    (more > 0).then_some(Apart { metric, lowest, highest, ratio, limit })
}

/// The repeats that have a value, with it.
fn values<'a>(
    context: &'a Context<'_>,
    repeats: &'a [usize],
    metric: Metric,
) -> impl Iterator<Item = (usize, f64)> + 'a {
    let value =
        move |cell: &usize| Some((*cell, context.cells[*cell].evidence.metrics.get(metric)?));
    repeats.iter().filter_map(value).filter(|(_, value)| *value > 0.0)
}
