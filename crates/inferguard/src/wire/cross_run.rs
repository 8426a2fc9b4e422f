//! Scenarios and series.

use std::borrow::Cow;
use std::sync::Arc;

use inferguard_analysis::annotate::{self, Shortfall};
use inferguard_analysis::knee;
use inferguard_analysis::scenario::{Annotation, Point, Scenario, Scenarios, Series};
use inferguard_model::number::{exact, measure, percent};
use inferguard_model::{Cell, Metric, Quantity};
use inferguard_schema as wire;
use inferguard_schema::{CrossRun, Value, WireMap};

use super::frontiers::{Drawing, level_value};
use crate::Options;

pub(super) fn convert(scenarios: &Scenarios, cells: &[Cell], options: &Options<'_>) -> CrossRun {
    let not_drawn = annotate::not_drawn(scenarios, cells.len());
    let drawing = Drawing { cells, not_drawn: &not_drawn, options };
    let output = Metric::plain(Quantity::OutputTput);
    let unplaced = scenarios.unplaced.iter();
    CrossRun {
        cell_ids: cells.iter().map(|cell| cell.id.clone()).collect(),
        max_output_tput_tps: cells
            .iter()
            .filter_map(|cell| cell.evidence.metrics.get(output))
            .reduce(f64::max),
        scenarios: scenarios.scenarios.iter().map(|s| scenario(s, &drawing)).collect(),
        unplaced: WireMap(
            unplaced
                .map(|(cell, why)| (Cow::Owned(cells[*cell].id.to_string()), (*why).to_owned()))
                .collect(),
        ),
    }
}

pub(super) fn ids(of: &[usize], cells: &[Cell]) -> Vec<Arc<str>> {
    of.iter().map(|cell| cells[*cell].id.clone()).collect()
}

fn scenario(scenario: &Scenario, drawing: &Drawing<'_>) -> wire::Scenario {
    let cells = drawing.cells;
    wire::Scenario {
        id: scenario.id.clone(),
        model: Some(scenario.model.clone()),
        scenario_type: scenario.scenario_type.clone(),
        isl: scenario.isl.map(u64::from),
        osl: scenario.osl.map(u64::from),
        dataset: scenario.dataset.clone(),
        cell_ids: ids(&scenario.cells, cells),
        series: scenario.series.iter().map(|one| series(one, drawing)).collect(),
        frontiers: drawing.frontiers(scenario),
        breaking_points: Vec::new(),
        slo_best: drawing.slo_best(scenario),
    }
}

fn series(series: &Series, drawing: &Drawing<'_>) -> wire::Series {
    let cells = drawing.cells;
    let first = series.points.iter().flat_map(|p| p.cells.iter().chain(&p.left_out)).next();
    let keys = first.map_or_else(WireMap::default, |cell| keys(&cells[*cell]));
    wire::Series {
        id: series.id.clone(),
        run: series.run.clone(),
        configuration: wire::SeriesConfiguration { label: series.label.clone(), keys },
        load_axis: Some(series.axis.name().to_owned()),
        points: series.points.iter().map(|one| point(one, cells)).collect(),
        knee: knee::knee(cells, series, drawing.not_drawn).map(|knee| knee_of(&knee, cells)),
    }
}

fn knee_of(knee: &knee::Knee, cells: &[Cell]) -> wire::Knee {
    wire::Knee {
        metric: knee.metric.name().into_owned(),
        knee: level_value(&knee.knee, cells),
        reached: knee.reached,
        highest_load: knee.highest_load,
        lowest: level_value(&knee.lowest, cells),
        peak: level_value(&knee.peak, cells),
        collapse: knee.collapse.as_ref().map(|level| level_value(level, cells)),
        gain: knee.gain,
        per_user_metric: knee.per_user_loss.map(|(metric, _)| metric.name().into_owned()),
        per_user_loss: knee.per_user_loss.map(|(_, loss)| loss),
        reading: knee.reading.clone(),
    }
}

/// What the cells of a series have in common, where it is known.
fn keys(cell: &Cell) -> WireMap<Value> {
    let identity = &cell.evidence.identity;
    let mut map = WireMap::default();
    let topology = identity.topology.label();
    for (key, value) in [
        ("hardware", Value::from(identity.hardware.clone())),
        ("framework", identity.framework.clone().into()),
        ("precision", identity.precision.clone().into()),
        ("topology", Some(topology).filter(|label| label != "?").into()),
        ("spec_decoding", identity.spec_decoding.clone().into()),
        ("offloading", identity.offloading.clone().into()),
        ("disagg", identity.disagg.into()),
        ("is_multinode", identity.is_multinode.into()),
        ("image", identity.image.clone().into()),
        ("harness", identity.harness.clone().into()),
        ("recipe_name", identity.recipe_name.clone().into()),
        ("router", identity.router.clone().into()),
        ("kv_p2p_transfer", identity.kv_transfer.clone().into()),
    ] {
        if value != Value::Null {
            map.push(key, value);
        }
    }
    map
}

fn point(point: &Point, cells: &[Cell]) -> wire::Point {
    let left_out = point
        .left_out
        .iter()
        .map(|cell| (Cow::Owned(cells[*cell].id.to_string()), "no successful request".to_owned()));
    let repeats = (point.cells.len() > 1).then(|| format!("{} repeats", point.cells.len()));
    let notes = point.annotations.iter().map(|note| annotation(note, cells));
    let annotations = repeats.into_iter().chain(notes).collect();
    wire::Point {
        load: Some(point.load),
        cell_ids: ids(&point.cells, cells),
        left_out: WireMap(left_out.collect()),
        annotations,
    }
}

fn annotation(note: &Annotation, cells: &[Cell]) -> String {
    match *note {
        Annotation::Suspect { metric, value, before, after } => format!(
            "suspect: {} {} between {} and {}",
            metric.name(),
            measure(value),
            measure(before),
            measure(after)
        ),
        Annotation::Short { cell, duration, median } => format!(
            "short run: {} s where the series' median is {} s ({})",
            measure(duration),
            measure(median),
            cells[cell].id
        ),
        Annotation::Partial { cell, success_rate } => {
            format!("{} of the requests succeeded ({})", percent(success_rate), cells[cell].id)
        }
        Annotation::LoadNotAchieved { cell, shortfall } => {
            let id = &cells[cell].id;
            match shortfall {
                Shortfall::InFlight { held, asked, .. } => format!(
                    "load not achieved: {} of {} in flight ({id})",
                    measure(held),
                    exact(asked)
                ),
                Shortfall::Rate { sent, asked } => {
                    format!(
                        "load not achieved: {} of {} req/s sent ({id})",
                        measure(sent),
                        exact(asked)
                    )
                }
                Shortfall::Delay { delay, .. } => {
                    format!("load not achieved: sent {} s late at p90 ({id})", measure(delay))
                }
            }
        }
    }
}
