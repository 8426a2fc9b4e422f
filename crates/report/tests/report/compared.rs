//! Reports whose cells are compared: frontiers, knees, breaking points, SLO winners.

use std::sync::Arc;

use inferguard_schema::{
    Axis, BreakingPoint, Direction, DominatedPoint, Frontier, FrontierPoint, Knee, LevelValue,
    Report, Scenario, Scope, Series, Severity, SloBest, WireMap,
};
use serde_json::json;

use crate::example::{self, HOSTILE};

/// The example with two systems in its first scenario, and everything that compares them.
pub(crate) fn example() -> Report {
    let mut report = example::example();
    let mut ids: Vec<Arc<str>> = Vec::new();
    let copies: Vec<_> = report.cells[..3].to_vec();
    for mut cell in copies {
        cell.cell_id = cell.cell_id.replace("b200", "h200");
        cell.hardware = Some("h200".into());
        cell.findings.clear();
        ids.push(cell.cell_id.as_str().into());
        report.cells.push(cell);
    }
    let first = &mut report.cross_run.scenarios[0];
    first.cell_ids.extend(ids.iter().cloned());
    let mut other = first.series[0].clone();
    other.id = "s1-h200".into();
    other.configuration.label = "h200 sglang fp8 tp8".into();
    for (point, id) in other.points.iter_mut().zip(&ids) {
        point.cell_ids = vec![id.clone()];
    }
    first.series.push(other);

    let b200 = ids_of(&first.series[0]);
    let h200 = ids_of(&first.series[1]);
    let on = vec![
        point(&b200[2..], 34.4, 1083.0),
        point(&b200[1..2], 76.9, 1052.5),
        point(&b200[..1], 90.9, 370.0),
    ];
    let behind = vec![
        behind(&h200[2..], (30.0, 900.0), &b200[2..], (Some(0.128), Some(0.169))),
        behind(&h200[..1], (90.9, 340.0), &b200[..1], (Some(0.0), Some(0.081))),
    ];
    let mut all = frontier(None, on.clone(), behind.clone());
    all.not_drawn.push(h200[1].to_string(), "suspect point".to_owned());
    all.without_axis = vec!["static/agg_without_tpot".into()];
    let mut e2el = all.clone();
    e2el.x = axis("mean_e2el", "s", Direction::Lower);
    let mut of_b200 = frontier(Some("b200 sglang fp4"), on, Vec::new());
    (of_b200.area, of_b200.area_range) = (Some(52_345.6), Some([34.4, 90.9]));
    let of_h200 = behind.iter().map(|behind| point(&behind.cell_ids, behind.x, behind.y)).collect();
    let mut of_h200 = frontier(Some("h200 sglang fp8"), of_h200, Vec::new());
    of_h200.area_range = of_b200.area_range;
    first.frontiers = vec![e2el, all, of_b200, of_h200];
    first.series[0].knee = Some(knee(&first.series[0], true));
    first.series[1].knee = Some(knee(&first.series[1], false));
    first.breaking_points = vec![breaking_point(&first.series[0])];
    first.slo_best = vec![
        SloBest {
            slo: "ttft:1000 tpot:20".into(),
            series: first.series[0].id.clone(),
            metric: Some("tput_per_gpu".into()),
            best: Some(value(&first.series[0], 1, 1052.5)),
            reason: None,
        },
        SloBest {
            slo: "ttft:1000 tpot:20".into(),
            series: first.series[1].id.clone(),
            metric: Some("tput_per_gpu".into()),
            best: None,
            reason: Some("p99 TTFT 1,230 ms at 16 users comes nearest".into()),
        },
    ];

    let second = &mut report.cross_run.scenarios[1];
    let mut knee = knee(&second.series[0], false);
    (knee.reached, knee.knee, knee.collapse) = (true, knee.lowest.clone(), None);
    second.series[0].knee = Some(knee);
    let mut suspect = breaking_point(&second.series[0]);
    suspect.summary = format!("{HOSTILE} happened");
    suspect.severity = Severity::Critical;
    suspect.rests_on_suspect_point = true;
    (suspect.lead_time_seconds, suspect.lead_time_reason) = (Some(312.4), None);
    second.breaking_points = vec![suspect];

    for finding in &mut report.findings {
        if finding.code == "ttft_cliff" {
            let evidence = std::sync::Arc::make_mut(&mut finding.evidence);
            let told = [("metric", json!("p99_ttft")), ("from", json!(0.595))];
            let told = told.into_iter().chain([("observed", json!(8.16))]);
            for (key, value) in told.chain([("from_load", json!(64.0)), ("to_load", json!(256.0))])
            {
                evidence.0.retain(|(held, _)| held != key);
                evidence.push(key, value);
            }
        }
    }
    report
}

/// A large report in which everything that can be told of a scenario is told at length.
pub(crate) fn large(cells: usize, scenarios: usize) -> Report {
    let mut report = example::large(cells);
    let all = &mut report.cross_run.scenarios;
    let each = all.len().div_ceil(scenarios);
    let merged = all.chunks(each).map(|some| {
        let mut one = some[0].clone();
        for other in &some[1..] {
            one.cell_ids.extend(other.cell_ids.iter().cloned());
            one.series.extend(other.series.iter().cloned());
        }
        one
    });
    *all = merged.collect();
    all.iter_mut().for_each(tell_all);
    report
}

fn tell_all(scenario: &mut Scenario) {
    let pairs = [("tput_per_gpu", "p50_intvty"), ("tput_per_gpu", "p50_e2el")];
    for (y, x) in pairs {
        let (mut on, mut beaten) = (Vec::new(), Vec::new());
        for (s, series) in scenario.series.iter().enumerate() {
            let ids = ids_of(series);
            let half = ids.len() / 2;
            let own = ids[..half].iter().enumerate();
            let own = own.map(|(i, id)| point(std::slice::from_ref(id), 20.0 + i as f64, 9e3));
            let own: Vec<_> = own.collect();
            let of_series = |id: &Arc<str>| {
                let by = std::slice::from_ref(&ids[0]);
                behind(std::slice::from_ref(id), (3.0, 4e3), by, (Some(0.3), Some(0.2)))
            };
            let dominated: Vec<_> = ids[half..].iter().map(of_series).collect();
            on.extend(own.iter().cloned());
            beaten.extend(dominated.iter().cloned());
            let name = format!("b200 sglang fp4 system {s}");
            let mut system = frontier(Some(&name), own, dominated);
            (system.area, system.area_range) = (Some(12_345.6), Some([20.0, 112.0]));
            x.clone_into(&mut system.x.metric);
            scenario.frontiers.push(system);
        }
        let mut all = frontier(None, on, beaten);
        (all.x.metric, all.y.metric) = (x.to_owned(), y.to_owned());
        scenario.frontiers.insert(0, all);
    }
    for series in &mut scenario.series {
        series.knee = Some(knee(series, series.id.len() % 2 == 0));
    }
    for series in &scenario.series {
        let mut one = breaking_point(series);
        one.summary = [&*one.summary, "p99 TPOT 22.1 → 56.0 ms (× 2.53)"].join("; ").repeat(3);
        scenario.breaking_points.push(one);
        scenario.slo_best.push(SloBest {
            slo: "ttft:1000 tpot:20".into(),
            series: series.id.clone(),
            metric: Some("tput_per_gpu".into()),
            best: None,
            reason: Some(format!("p99 TTFT {} ms comes nearest", series.id)),
        });
    }
}

fn ids_of(series: &Series) -> Vec<Arc<str>> {
    series.points.iter().flat_map(|point| point.cell_ids.iter().cloned()).collect()
}

fn axis(metric: &str, unit: &str, better: Direction) -> Axis {
    Axis { metric: metric.into(), unit: unit.into(), better }
}

fn frontier(
    group: Option<&str>,
    points: Vec<FrontierPoint>,
    dominated: Vec<DominatedPoint>,
) -> Frontier {
    Frontier {
        scope: if group.is_some() { Scope::System } else { Scope::Scenario },
        group: group.map(Into::into),
        x: axis("mean_intvty", "tok/s/user", Direction::Higher),
        y: axis("tput_per_gpu", "tok/s/GPU", Direction::Higher),
        cutoff: None,
        points,
        dominated,
        without_axis: Vec::new(),
        not_drawn: WireMap::default(),
        area: None,
        area_range: None,
    }
}

fn point(ids: &[Arc<str>], x: f64, y: f64) -> FrontierPoint {
    FrontierPoint { cell_ids: ids.to_vec(), x, y }
}

fn behind(
    ids: &[Arc<str>],
    (x, y): (f64, f64),
    by: &[Arc<str>],
    (behind_x, behind_y): (Option<f64>, Option<f64>),
) -> DominatedPoint {
    DominatedPoint { cell_ids: ids.to_vec(), x, y, by: by[0].clone(), behind_x, behind_y }
}

fn value(series: &Series, at: usize, value: f64) -> LevelValue {
    let point = &series.points[at];
    LevelValue { load: point.load.unwrap_or_default(), cell_ids: point.cell_ids.clone(), value }
}

fn knee(series: &Series, reached: bool) -> Knee {
    let last = series.points.len() - 1;
    Knee {
        metric: "total_tput_tps".into(),
        knee: value(series, 1, 8420.0),
        reached,
        highest_load: series.points[last].load.unwrap_or_default(),
        lowest: value(series, 0, 2960.0),
        peak: value(series, 1, 8420.0),
        collapse: reached.then(|| value(series, last, 7000.0)),
        gain: Some(2.84),
        per_user_metric: Some("mean_intvty".into()),
        per_user_loss: Some(0.154),
        reading: "2.8 × throughput per GPU for 15 % less per user".into(),
    }
}

/// From the second level of a series to its last.
fn breaking_point(series: &Series) -> BreakingPoint {
    let last = series.points.len() - 1;
    let load = |at: usize| series.points[at].load.unwrap_or_default();
    let (from, to) = (load(1), load(last));
    BreakingPoint {
        series: series.id.clone(),
        from_load: from,
        to_load: to,
        from_cell_ids: series.points[1].cell_ids.clone(),
        to_cell_ids: ids_of(series)[2.min(last)..].to_vec(),
        codes: vec!["ttft_cliff".into(), "throughput_plateau".into()],
        severity: Severity::Warning,
        summary: format!(
            "from {from} to {to} users: p99 TTFT 595 → 8,160 ms (× 13.7) while throughput gains \
             1.5 % per doubling; queue"
        ),
        rests_on_suspect_point: false,
        lead_time_seconds: None,
        lead_time_reason: Some("no live timeline".into()),
    }
}
