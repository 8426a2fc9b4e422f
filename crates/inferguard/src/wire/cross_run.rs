//! Scenarios and series.

use std::borrow::Cow;

use inferguard_analysis::scenario::{Point, Scenario, Scenarios, Series};
use inferguard_model::{Cell, Metric, Quantity};
use inferguard_schema as wire;
use inferguard_schema::{CrossRun, Value, WireMap};

pub(super) fn convert(scenarios: &Scenarios, cells: &[Cell]) -> CrossRun {
    let output = Metric::plain(Quantity::OutputTput);
    let unplaced = scenarios.unplaced.iter();
    CrossRun {
        cell_ids: cells.iter().map(|cell| cell.id.clone()).collect(),
        max_output_tput_tps: cells
            .iter()
            .filter_map(|cell| cell.evidence.metrics.get(output))
            .reduce(f64::max),
        scenarios: scenarios.scenarios.iter().map(|s| scenario(s, cells)).collect(),
        unplaced: WireMap(
            unplaced
                .map(|(cell, why)| (Cow::Owned(cells[*cell].id.clone()), (*why).to_owned()))
                .collect(),
        ),
    }
}

pub(super) fn ids(of: &[usize], cells: &[Cell]) -> Vec<String> {
    of.iter().map(|cell| cells[*cell].id.clone()).collect()
}

fn scenario(scenario: &Scenario, cells: &[Cell]) -> wire::Scenario {
    wire::Scenario {
        id: scenario.id.clone(),
        model: Some(scenario.model.clone()),
        scenario_type: scenario.scenario_type.clone(),
        isl: scenario.isl.map(u64::from),
        osl: scenario.osl.map(u64::from),
        dataset: scenario.dataset.clone(),
        cell_ids: ids(&scenario.cells, cells),
        series: scenario.series.iter().map(|one| series(one, cells)).collect(),
        frontiers: Vec::new(),
        breaking_points: Vec::new(),
        slo_best: Vec::new(),
    }
}

fn series(series: &Series, cells: &[Cell]) -> wire::Series {
    let first = series.points.iter().flat_map(|p| p.cells.iter().chain(&p.left_out)).next();
    let keys = first.map_or_else(WireMap::default, |cell| keys(&cells[*cell]));
    wire::Series {
        id: series.id.clone(),
        run: series.run.clone(),
        configuration: wire::SeriesConfiguration { label: series.label.clone(), keys },
        load_axis: Some(series.axis.name().to_owned()),
        points: series.points.iter().map(|one| point(one, cells)).collect(),
        knee: None,
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
        .map(|cell| (Cow::Owned(cells[*cell].id.clone()), "no successful request".to_owned()));
    let mut annotations = Vec::new();
    if point.cells.len() > 1 {
        annotations.push(format!("{} repeats", point.cells.len()));
    }
    wire::Point {
        load: Some(point.load),
        cell_ids: ids(&point.cells, cells),
        left_out: WireMap(left_out.collect()),
        annotations,
    }
}
