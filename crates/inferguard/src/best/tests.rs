use inferguard_analysis::annotate::{AnnotationLimits, annotate};
use inferguard_analysis::scenario::scenarios;
use inferguard_model::{Completion, Metric, Origin, Quantity};

use super::*;

fn cell(id: &str, model: &str, users: Option<u32>, values: &[(&str, f64)]) -> Cell {
    let mut cell = Cell { id: id.into(), has_result: true, ..Cell::default() };
    let identity = &mut cell.evidence.identity;
    identity.model = Some(model.to_owned());
    identity.scenario_type = Some("fixed-length".into());
    (identity.isl, identity.osl) = (Some(1024), Some(1024));
    identity.hardware = Some("b200".into());
    identity.load.concurrency = users;
    for (name, value) in values {
        let metric = Metric::parse(name).expect("a known metric");
        cell.evidence.metrics.set(metric, *value, Origin::key("k"));
    }
    cell
}

fn ask(cells: &[Cell], axis: &str, n: usize, prices: Option<&Prices>) -> Best {
    let mut scenarios = scenarios(cells);
    annotate(&mut scenarios, cells, &AnnotationLimits::DEFAULT);
    best(cells, &scenarios, axis.parse().expect("an axis"), n, prices)
}

fn ids(of: &BestOfScenario) -> Vec<&str> {
    of.cells.iter().map(|cell| cell.cell_id.as_str()).collect()
}

#[test]
fn the_best_first_in_the_better_direction_and_equals_by_their_ids() {
    let cells = [
        cell("c", "m", Some(1), &[("tput_per_gpu", 10.0), ("p99_ttft", 0.1)]),
        cell("b", "m", Some(2), &[("tput_per_gpu", 30.0), ("p99_ttft", 0.4)]),
        cell("a", "m", Some(4), &[("tput_per_gpu", 30.0), ("p99_ttft", 0.2)]),
        cell("d", "m", Some(8), &[("tput_per_gpu", 20.0), ("p99_ttft", 0.9)]),
    ];
    let by_tput = ask(&cells, "tput_per_gpu", 3, None);
    let [of] = &by_tput.scenarios[..] else { panic!("one scenario") };
    assert_eq!((ids(of), of.better), (vec!["a", "b", "d"], Direction::Higher));
    assert_eq!((of.metric.as_ref(), of.unit.as_str()), ("tput_per_gpu", "tok/s/GPU"));
    let first = &of.cells[0];
    assert_eq!((first.value, first.load, first.load_axis), (30.0, 4.0, LoadAxis::Concurrency));
    assert_eq!((first.label.as_str(), first.series.as_str()), ("b200", "m_1k1k/b200"));
    assert_eq!(ids(&ask(&cells, "p99_ttft", 9, None).scenarios[0]), ["c", "a", "b", "d"]);
    assert_eq!(ids(&ask(&cells, "tput_per_gpu:lower", 1, None).scenarios[0]), ["c"]);
    assert_eq!(ids(&ask(&cells, "tput_per_gpu", 0, None).scenarios[0]), [""; 0]);
}

#[test]
fn the_order_of_the_cells_does_not_matter() {
    let mut cells = [
        cell("c", "m", Some(1), &[("qps", 0.0)]),
        cell("b", "m", Some(2), &[("qps", -0.0)]),
        cell("a", "n", Some(4), &[("qps", 3.0)]),
    ];
    let before = ask(&cells, "qps", 9, None);
    cells.reverse();
    assert_eq!(ask(&cells, "qps", 9, None), before);
    assert_eq!(ids(&before.scenarios[0]), ["b", "c"]);
}

#[test]
fn scenarios_are_ranked_apart_and_cells_in_none_are_counted() {
    let mut nowhere = cell("z", "m", Some(1), &[("qps", 99.0)]);
    nowhere.evidence.identity.model = None;
    let cells = [
        cell("a", "m", Some(1), &[("qps", 1.0)]),
        cell("b", "n", Some(1), &[("qps", 9.0)]),
        nowhere,
    ];
    let best = ask(&cells, "qps", 1, None);
    let lists: Vec<_> = best.scenarios.iter().map(|of| (of.scenario.as_str(), ids(of))).collect();
    assert_eq!(lists, [("m_1k1k", vec!["a"]), ("n_1k1k", vec!["b"])]);
    assert_eq!(best.unplaced, 1);
}

#[test]
fn what_lacks_the_metric_or_does_not_stand_for_the_system_is_counted() {
    let with = |id, users, done: u64| {
        let mut cell = cell(id, "m", users, &[("qps", 50.0)]);
        cell.evidence.completion =
            Completion { total: Some(100), successful: Some(done), warmup: None };
        cell
    };
    let cells = [
        cell("known", "m", Some(1), &[("qps", 1.0)]),
        cell("lacks", "m", Some(2), &[("output_tput_tps", 1.0)]),
        with("failed", Some(4), 0),
        with("partial", Some(8), 50),
        with("no-load", None, 100),
    ];
    let best = ask(&cells, "qps", 9, None);
    let of = &best.scenarios[0];
    assert_eq!(ids(of), ["known"]);
    assert_eq!((of.without_metric, of.not_drawn, best.unplaced), (1, 3, 0));
}

#[test]
fn a_latency_without_a_statistic_takes_the_one_that_more_cells_have() {
    let cells = [
        cell("a", "m", Some(1), &[("mean_ttft", 0.3), ("p50_ttft", 0.1)]),
        cell("b", "m", Some(2), &[("mean_ttft", 0.2)]),
    ];
    let best = ask(&cells, "ttft", 9, None);
    assert_eq!(
        (best.scenarios[0].metric.as_ref(), ids(&best.scenarios[0])),
        ("mean_ttft", vec!["b", "a"])
    );
}

#[test]
fn a_cost_needs_a_price_of_the_hardware() {
    let values = [("total_tput_tps", 1000.0), (Quantity::NumGpus.info().name, 8.0)];
    let mut other = cell("b", "m", Some(1), &values);
    other.evidence.identity.hardware = Some("h100".into());
    let cells = [cell("a", "m", Some(1), &values), other];
    let prices = Prices { by_hardware: [("b200".to_owned(), 3.6)].into(), ..Prices::default() };
    let of = |prices| ask(&cells, "cost_per_million_total_tokens", 9, prices).scenarios.remove(0);
    let priced = of(Some(&prices));
    assert_eq!((ids(&priced), priced.without_metric), (vec!["a"], 1));
    assert!((priced.cells[0].value - 8.0).abs() < 1e-9);
    assert_eq!(priced.unit, "USD per million tokens");
    assert_eq!((ids(&of(None)), of(None).without_metric), (vec![], 2));
}
