use std::collections::BTreeMap;

use inferguard_model::{Completion, Evidence, Metric, Origin, Quantity, RunId};
use proptest::prelude::*;

use super::*;
use crate::annotate::{self, AnnotationLimits, annotate};
use crate::cost::Prices;
use crate::scenario::scenarios;

/// A cell of one scenario, at so many users, with metrics by their names on the wire.
fn cell(id: &str, users: u32, values: &[(&str, f64)]) -> Cell {
    let mut evidence = Evidence::default();
    let identity = &mut evidence.identity;
    identity.model = Some("m".into());
    identity.scenario_type = Some("fixed-length".into());
    (identity.isl, identity.osl) = (Some(1024), Some(1024));
    identity.hardware = Some("b200".into());
    identity.framework = Some("vllm".into());
    identity.precision = Some("fp8".into());
    identity.spec_decoding = Some("none".into());
    identity.load.concurrency = Some(users);
    for (name, value) in values {
        let metric = Metric::parse(name).expect("a known metric");
        evidence.metrics.set(metric, *value, Origin::key("k"));
    }
    Cell { id: id.into(), evidence: Box::new(evidence), has_result: true, ..Cell::default() }
}

/// A cell on the axes that the tests draw.
fn xy(id: &str, users: u32, x: f64, y: f64) -> Cell {
    cell(id, users, &[("p50_intvty", x), ("tput_per_gpu", y)])
}

trait Change {
    fn identity(self, change: impl FnOnce(&mut Identity)) -> Self;
    fn hardware(self, hardware: &str) -> Self;
    fn done(self, successful: u64) -> Self;
    fn short(self) -> Self;
}

impl Change for Cell {
    fn identity(mut self, change: impl FnOnce(&mut Identity)) -> Self {
        change(&mut self.evidence.identity);
        self
    }

    fn hardware(self, hardware: &str) -> Self {
        self.identity(|identity| identity.hardware = Some(hardware.to_owned()))
    }

    /// Of 100 requests.
    fn done(mut self, successful: u64) -> Self {
        self.evidence.completion =
            Completion { total: Some(100), successful: Some(successful), warmup: None };
        self
    }

    /// Far below the duration of the others, which is 100 s.
    fn short(mut self) -> Self {
        self.evidence.metrics.set(Metric::plain(Quantity::Duration), 20.0, Origin::key("k"));
        self
    }
}

/// Request with both axes and perhaps a cutoff.
fn ask(x: &str, y: &str, cutoff: Option<f64>) -> FrontierRequest {
    let axis = |text: &str| text.parse().expect("an axis");
    FrontierRequest { x: Some(axis(x)), y: Some(axis(y)), cutoff }
}

fn intvty() -> FrontierRequest {
    ask("p50_intvty", "tput_per_gpu", None)
}

fn draw_priced(cells: &[Cell], request: &FrontierRequest, prices: &Prices) -> Vec<Chart> {
    let mut scenarios = scenarios(cells);
    annotate(&mut scenarios, cells, &AnnotationLimits::DEFAULT);
    let not_drawn = annotate::not_drawn(&scenarios, cells.len());
    let [scenario] = &scenarios.scenarios[..] else { panic!("one scenario") };
    charts(scenario, cells, &not_drawn, request, &|cell| prices.of(cell))
}

fn draw(cells: &[Cell], request: &FrontierRequest) -> Vec<Chart> {
    draw_priced(cells, request, &Prices::default())
}

/// The chart of the whole scenario.
fn all(cells: &[Cell], request: &FrontierRequest) -> Chart {
    let charts = draw(cells, request);
    charts.into_iter().find(|chart| chart.scope == Scope::Scenario).expect("is drawn")
}

/// Cells of the frontier points, by their ids.
fn points<'c>(chart: &Chart, cells: &'c [Cell]) -> Vec<Vec<&'c str>> {
    chart.points.iter().map(|spot| ids(&spot.cells, cells)).collect()
}

fn ids<'c>(of: &[usize], cells: &'c [Cell]) -> Vec<&'c str> {
    of.iter().map(|cell| cells[*cell].id.as_ref()).collect()
}

fn not_drawn<'c>(chart: &Chart, cells: &'c [Cell]) -> Vec<(&'c str, &'static str)> {
    chart.not_drawn.iter().map(|(cell, why)| (cells[*cell].id.as_ref(), *why)).collect()
}

#[test]
fn equals_on_both_axes_are_one_point_and_equals_on_one_are_dominated() {
    let cells = [
        xy("a", 1, 50.0, 10.0),
        xy("b", 1, 50.0, 10.0).hardware("h100"),
        xy("c", 2, 50.0, 8.0),
        xy("d", 2, 40.0, 10.0).hardware("h100"),
        xy("e", 4, 20.0, 30.0),
    ];
    let chart = all(&cells, &intvty());
    assert_eq!(points(&chart, &cells), [vec!["e"], vec!["a", "b"]]);
    let beaten: Vec<_> = chart
        .dominated
        .iter()
        .map(|one| (ids(&one.spot.cells, &cells), one.by, one.behind_x, one.behind_y))
        .collect();
    assert_eq!(
        beaten,
        [(vec!["d"], 1, Some(0.2), Some(0.0)), (vec!["c"], 1, Some(0.0), Some(0.2))]
    );
}

#[test]
fn all_four_combinations_of_directions() {
    let cells = [
        xy("a", 1, 1.0, 1.0),
        xy("b", 2, 1.0, 2.0),
        xy("c", 4, 2.0, 1.0),
        xy("d", 8, 2.0, 2.0),
        // Another series: in that one it were a dip.
        xy("e", 16, 3.0, 0.5).hardware("h100"),
        xy("f", 32, 0.5, 3.0),
    ];
    let of = |x: &str, y: &str| {
        let request = ask(&format!("p50_intvty:{x}"), &format!("tput_per_gpu:{y}"), None);
        points(&all(&cells, &request), &cells).concat()
    };
    assert_eq!(of("higher", "higher"), ["f", "d", "e"]);
    assert_eq!(of("higher", "lower"), ["e"]);
    assert_eq!(of("lower", "higher"), ["f"]);
    assert_eq!(of("lower", "lower"), ["f", "a", "e"]);
}

#[test]
fn three_scopes_with_their_names() {
    let cells = [
        xy("a", 1, 50.0, 10.0),
        xy("b", 1, 40.0, 20.0).identity(|of| of.framework = Some("sglang".into())),
        xy("c", 1, 30.0, 30.0).identity(|of| of.spec_decoding = Some("mtp".into())),
        xy("d", 1, 60.0, 5.0).hardware("h100"),
        // Other topologies and images are the same system.
        xy("e", 1, 20.0, 40.0).identity(|of| of.image = Some("other".into())),
        xy("f", 1, 10.0, 50.0).identity(|of| of.precision = None),
        xy("g", 1, 5.0, 60.0).identity(|of| of.hardware = None),
    ];
    let charts = draw(&cells, &intvty());
    let drawn: Vec<_> = charts
        .iter()
        .map(|chart| {
            let cells = points(chart, &cells).concat().join(" ");
            format!("{:?} {}: {cells}", chart.scope, chart.group.as_deref().unwrap_or("-"))
        })
        .collect();
    assert_eq!(
        drawn,
        [
            "Scenario -: g f e c b a d",
            "Hardware b200: f e c b a",
            "Hardware h100: d",
            "Hardware unknown hardware: g",
            "System ? vllm fp8: g",
            "System b200 sglang fp8: b",
            "System b200 vllm ?: f",
            "System b200 vllm fp8: e a",
            "System b200 vllm fp8 mtp: c",
            "System h100 vllm fp8: d",
        ]
    );
}

#[test]
fn unknown_hardware_is_the_same_only_within_a_run() {
    let in_run = |id: &str, run: &str, x: f64| {
        let mut cell = xy(id, 1, x, 1.0 / x).identity(|of| of.hardware = None);
        cell.run = RunId(run.to_owned());
        cell
    };
    let cells = [in_run("a", "one", 1.0), in_run("b", "two", 2.0)];
    let charts = draw(&cells, &intvty());
    let groups: Vec<_> = charts
        .iter()
        .filter(|chart| chart.scope == Scope::Hardware)
        .filter_map(|chart| chart.group.as_deref())
        .collect();
    assert_eq!(groups, ["unknown hardware @one", "unknown hardware @two"]);
}

#[test]
fn aggregated_and_disaggregated_rows_share_the_output_of_the_system_per_gpu() {
    let one = cell("one", 8, &[("p50_intvty", 50.0), ("system_output_tput_per_gpu", 100.0)]);
    // The producer's output per decode GPU is on another scale.
    let two = cell(
        "two",
        8,
        &[
            ("p50_intvty", 60.0),
            ("output_tput_per_gpu", 300.0),
            ("system_output_tput_per_gpu", 90.0),
        ],
    );
    let cells = [one, two.identity(|of| of.disagg = Some(true))];
    let charts = draw(&cells, &FrontierRequest::default());
    let chart = charts
        .iter()
        .find(|one| {
            one.y.measure == Measure::Metric(Metric::plain(Quantity::SystemOutputTputPerGpu))
        })
        .expect("is drawn by default");
    assert_eq!(chart.scope, Scope::Scenario);
    assert_eq!(points(chart, &cells), [["one"], ["two"]]);
}

#[test]
fn without_a_gpu_count_the_throughput_of_all_gpus_is_drawn() {
    let of = |id: &str, extra: &[(&str, f64)]| {
        cell(id, 8, &[&[("p50_intvty", 50.0), ("p50_ttft", 0.1)], extra].concat())
    };
    let default = FrontierRequest::default();
    let axes = |cells: &[Cell], request: &FrontierRequest| {
        let scenario = |one: &Chart| one.scope == Scope::Scenario;
        let charts = draw(cells, request);
        let name = |one: &Chart| format!("{} by {}", one.y.measure.name(), one.x.measure.name());
        charts.iter().filter(|one| scenario(one)).map(name).collect::<Vec<_>>()
    };
    let both = ["total_tput_tps by p50_intvty", "total_tput_tps by p50_ttft"];
    let cells = [of("a", &[("total_tput_tps", 90.0), ("output_tput_tps", 40.0)])];
    assert_eq!(axes(&cells, &default), both);
    // What was asked for is not replaced.
    assert_eq!(axes(&cells, &ask("p50_intvty", "tput_per_gpu", None)), [""; 0]);
    let of_output = ["output_tput_tps by p50_intvty", "output_tput_tps by p50_ttft"];
    assert_eq!(axes(&[of("a", &[("output_tput_tps", 40.0)])], &default), of_output);
    let counted = [of("a", &[("total_tput_tps", 90.0), ("num_gpus", 8.0)])];
    assert_eq!(axes(&counted, &default), [""; 0]);
    let some = [of("a", &[("total_tput_tps", 90.0)]), of("b", &[("tput_per_gpu", 9.0)])];
    assert!(axes(&some, &default).iter().all(|name| name.starts_with("tput_per_gpu")));
}

#[test]
fn repeats_enter_with_the_median_of_the_sound_ones() {
    let cells = [
        xy("lucky", 8, 50.0, 99.0),
        xy("usual", 8, 40.0, 20.0),
        xy("slow", 8, 30.0, 10.0),
        xy("broken", 8, 90.0, 90.0).done(0),
        xy("partial", 8, 90.0, 90.0).done(50),
    ];
    let chart = all(&cells, &intvty());
    let [point] = &chart.points[..] else { panic!("one point") };
    assert_eq!((point.x, point.y), (40.0, 20.0));
    assert_eq!(points(&chart, &cells), [["lucky", "usual", "slow"]]);
    assert_eq!(
        not_drawn(&chart, &cells),
        [("broken", "no successful request"), ("partial", "too many requests failed")]
    );
}

#[test]
fn a_repeat_without_an_axis_does_not_cost_the_others() {
    let cells =
        [xy("a", 8, 50.0, 10.0), xy("b", 8, 40.0, 20.0), cell("c", 8, &[("tput_per_gpu", 60.0)])];
    let chart = all(&cells, &intvty());
    let [point] = &chart.points[..] else { panic!("one point") };
    // Each value is the median of the repeats that have it.
    assert_eq!((point.x, point.y), (45.0, 20.0));
    assert_eq!(chart.without_axis, [0; 0]);
}

#[test]
fn what_does_not_stand_for_the_system_is_listed_and_not_drawn() {
    let agentic = |cell: Cell| {
        let mut cell = cell.identity(|of| {
            of.scenario_type = Some("agentic-coding".into());
            (of.isl, of.osl) = (None, None);
        });
        let duration = Metric::plain(Quantity::Duration);
        if cell.evidence.metrics.get(duration).is_none() {
            cell.evidence.metrics.set(duration, 100.0, Origin::key("k"));
        }
        cell
    };
    let cells = [
        xy("sound", 1, 60.0, 10.0),
        xy("short", 2, 59.0, 70.0).short(),
        xy("sister", 2, 50.0, 20.0),
        xy("partial", 4, 48.0, 40.0).done(94),
        // A dip between 40 and 40 with a recovery is suspect.
        xy("before", 6, 45.0, 40.0),
        xy("suspect", 8, 99.0, 20.0),
        xy("after", 12, 30.0, 40.0),
        xy("failed", 16, 99.0, 99.0).done(0),
        xy("no-load", 1, 99.0, 99.0).identity(|of| of.load.concurrency = None),
    ]
    .map(agentic);
    for chart in draw(&cells, &intvty()) {
        assert_eq!(points(&chart, &cells), [["before"], ["sister"], ["sound"]]);
        assert_eq!(
            not_drawn(&chart, &cells),
            [
                ("short", "short run"),
                ("partial", "too many requests failed"),
                ("suspect", "suspect point"),
                ("failed", "no successful request"),
                ("no-load", "the load level is not known"),
            ]
        );
        let dominated: Vec<_> =
            chart.dominated.iter().flat_map(|one| ids(&one.spot.cells, &cells)).collect();
        assert_eq!(dominated, ["after"]);
    }
}

#[test]
fn points_without_an_axis_are_listed_apart() {
    let cells = [
        xy("a", 1, 60.0, 10.0),
        cell("no-x", 2, &[("tput_per_gpu", 90.0)]),
        cell("no-y", 4, &[("p50_intvty", 90.0)]),
        cell("none", 8, &[]),
    ];
    let chart = all(&cells, &intvty());
    assert_eq!(points(&chart, &cells), [["a"]]);
    assert_eq!(ids(&chart.without_axis, &cells), ["no-x", "no-y", "none"]);
    // Where no point has both, there is no chart.
    assert_eq!(draw(&cells, &ask("p99_ttft", "tput_per_gpu", None)), []);
    assert_eq!(draw(&cells[1..], &intvty()), []);
}

#[test]
fn the_cutoff_keeps_what_is_at_least_as_good() {
    let cells = [xy("a", 1, 60.0, 10.0), xy("b", 2, 30.0, 20.0), xy("c", 4, 29.9, 30.0)];
    let higher = all(&cells, &ask("p50_intvty", "tput_per_gpu", Some(30.0)));
    assert_eq!(points(&higher, &cells), [["b"], ["a"]]);
    assert_eq!((ids(&higher.cut_off, &cells), higher.cutoff), (vec!["c"], Some(30.0)));
    let lower = all(&cells, &ask("p50_intvty:lower", "tput_per_gpu", Some(30.0)));
    assert_eq!(points(&lower, &cells), [["c"]]);
    assert_eq!(ids(&lower.cut_off, &cells), ["a"]);
    assert_eq!(lower.dominated.len(), 1);
    // Nothing is left: no chart, as without any point.
    assert_eq!(draw(&cells, &ask("p50_intvty", "tput_per_gpu", Some(99.0))), []);
}

#[test]
fn a_cutoff_without_axes_is_on_the_interactivity_only() {
    let with_ttft = |id, users, x, y, ttft| {
        cell(id, users, &[("p50_intvty", x), ("tput_per_gpu", y), ("p50_ttft", ttft)])
    };
    let cells = [with_ttft("a", 1, 60.0, 10.0, 0.1), with_ttft("b", 2, 20.0, 20.0, 0.5)];
    let request = FrontierRequest { cutoff: Some(30.0), ..FrontierRequest::default() };
    let drawn: Vec<_> = draw(&cells, &request)
        .iter()
        .filter(|chart| chart.scope == Scope::Scenario)
        .map(|chart| (chart.x.measure.name(), chart.points.len(), chart.cut_off.len()))
        .collect();
    assert_eq!(drawn, [("p50_intvty".into(), 1, 1), ("p50_ttft".into(), 2, 0)]);
}

#[test]
fn a_cost_axis_takes_the_price_of_each_hardware() {
    let costs = |id, hardware: &str, x| {
        let values = [("p50_intvty", x), ("total_tput_tps", 1000.0), ("num_gpus", 2.0)];
        cell(id, 1, &values).hardware(hardware)
    };
    let cells =
        [costs("cheap", "h100", 50.0), costs("dear", "b200", 60.0), costs("free", "mi300x", 70.0)];
    let by_hardware = [("h100".to_owned(), 1.8), ("b200".to_owned(), 3.6)].into();
    let prices = Prices { by_hardware, ..Prices::default() };
    let charts = draw_priced(&cells, &FrontierRequest::default(), &prices);
    let [chart, ..] = &charts[..] else { panic!("a cost has a chart") };
    assert_eq!(chart.y.better, Direction::Lower);
    // 1.8 × 2 GPUs ÷ (1,000 tokens/s × 3,600 s) × 10⁶ = 1.
    let values: Vec<_> = chart.points.iter().map(|spot| (spot.x, spot.y)).collect();
    assert_eq!(values, [(50.0, 1.0), (60.0, 2.0)]);
    assert_eq!(ids(&chart.without_axis, &cells), ["free"]);
    assert_eq!(draw(&cells, &FrontierRequest::default()), []);
}

#[test]
fn the_statistic_is_chosen_once_for_the_scenario() {
    let of = |id, users, stats: &[(&str, f64)], y, hardware: &str| {
        let values: Vec<_> = stats.iter().copied().chain([("tput_per_gpu", y)]).collect();
        cell(id, users, &values).hardware(hardware)
    };
    let (median, mean) = ("p50_ttft", "mean_ttft");
    let cells = [
        of("a", 1, &[(median, 0.1), (mean, 0.3)], 10.0, "b200"),
        of("b", 2, &[(mean, 0.5)], 20.0, "b200"),
        of("c", 1, &[(median, 0.1)], 30.0, "h100"),
        of("d", 2, &[(mean, 0.9)], 40.0, "h100"),
    ];
    let request = ask("ttft", "tput_per_gpu", None);
    for chart in draw(&cells, &request) {
        assert_eq!(chart.x.measure.name(), mean, "{:?}", chart.group);
    }
    let chart = all(&cells, &request);
    assert_eq!(points(&chart, &cells), [["a"], ["b"], ["d"]]);
    assert_eq!(ids(&chart.without_axis, &cells), ["c"]);
    // On a tie the median.
    assert_eq!(all(&cells[..1], &request).x.measure.name(), median);
}

#[test]
fn areas_are_those_of_the_staircases_over_the_range_that_all_of_a_scope_share() {
    let of = |id, users, x, y, hardware: &str| xy(id, users, x, y).hardware(hardware);
    let cells = [
        of("a", 4, 10.0, 8.0, "b200"),
        of("b", 2, 20.0, 4.0, "b200"),
        of("c", 1, 40.0, 2.0, "b200"),
        of("d", 2, 5.0, 9.0, "h100"),
        of("e", 1, 30.0, 3.0, "h100"),
        of("f", 1, 12.0, 1.0, "mi300x"),
    ];
    let areas = |request: &FrontierRequest| {
        draw(&cells, request)
            .into_iter()
            .filter(|chart| chart.scope == Scope::Hardware)
            .map(|chart| (chart.group.unwrap_or_default(), chart.area, chart.area_range))
            .collect::<Vec<_>>()
    };
    let range = Some((10.0, 30.0));
    // b200: 4 from 10 to 20, then 2 up to 30. h100: 3 throughout. One point has none.
    assert_eq!(
        areas(&intvty()),
        [
            ("b200".into(), Some(60.0), range),
            ("h100".into(), Some(60.0), range),
            ("mi300x".into(), None, None),
        ]
    );
    // The scenario's own frontier: (5, 9), (10, 8), (20, 4), (30, 3), (40, 2).
    let whole = all(&cells, &intvty());
    assert_eq!(
        (whole.area, whole.area_range),
        (Some(40.0 + 40.0 + 30.0 + 20.0), Some((5.0, 40.0)))
    );
}

#[test]
fn areas_where_less_of_x_is_better() {
    let of = |id, users, x, y, hardware: &str| {
        cell(id, users, &[("p50_ttft", x), ("tput_per_gpu", y)]).hardware(hardware)
    };
    let cells = [
        of("a", 1, 1.0, 2.0, "b200"),
        of("b", 2, 2.0, 4.0, "b200"),
        of("c", 4, 4.0, 8.0, "b200"),
        of("d", 1, 1.5, 3.0, "h100"),
        of("e", 2, 6.0, 9.0, "h100"),
    ];
    let request = ask("p50_ttft", "tput_per_gpu", None);
    let areas: Vec<_> = draw(&cells, &request)
        .iter()
        .filter(|chart| chart.scope == Scope::Hardware)
        .map(|chart| (chart.area, chart.area_range))
        .collect();
    // b200: 2 from 1.5 to 2, then 4 up to 4. h100: 3 throughout.
    assert_eq!(areas, [(Some(9.0), Some((1.5, 4.0))), (Some(7.5), Some((1.5, 4.0)))]);
}

#[test]
fn frontiers_that_share_no_range_have_no_area() {
    let of = |id, users, x, y, hardware: &str| xy(id, users, x, y).hardware(hardware);
    let cells = [
        of("a", 2, 10.0, 8.0, "b200"),
        of("b", 1, 20.0, 4.0, "b200"),
        of("c", 2, 30.0, 8.0, "h100"),
        of("d", 1, 40.0, 4.0, "h100"),
    ];
    let charts = draw(&cells, &intvty());
    let of_hardware = charts.iter().filter(|chart| chart.scope == Scope::Hardware);
    assert!(of_hardware.clone().count() == 2);
    assert!(of_hardware.clone().all(|chart| chart.area.is_none() && chart.area_range.is_none()));
}

/// What a cell of a random chart is: hardware, users, values, and requests done of 100.
type Drawn = (usize, u32, Option<f64>, Option<f64>, Option<u64>);

fn some_cells() -> impl Strategy<Value = Vec<Drawn>> {
    // Few values, so that ties are frequent.
    let value = || prop::option::weighted(0.9, (1_u8..7).prop_map(f64::from));
    let done = prop_oneof![8 => Just(None), 1 => Just(Some(0)), 1 => Just(Some(50))];
    prop::collection::vec((0_usize..3, 1_u32..30, value(), value(), done), 1..30)
}

fn built(drawn: &[Drawn]) -> Vec<Cell> {
    let of = |(at, (hardware, users, x, y, done)): (usize, &Drawn)| {
        let values = [("p50_intvty", *x), ("tput_per_gpu", *y)];
        let values: Vec<_> =
            values.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
        let cell = cell(&format!("c{at}"), *users, &values)
            .hardware(["h100", "b200", "mi300x"][*hardware]);
        match done {
            Some(done) => cell.done(*done),
            None => cell,
        }
    };
    drawn.iter().enumerate().map(of).collect()
}

const DIRECTIONS: [&str; 2] = ["higher", "lower"];

/// Whether `a` is at least as good as `b` on both axes and better on one.
fn beats(chart: &Chart, a: (f64, f64), b: (f64, f64)) -> bool {
    let no_worse = |better: Direction, a: f64, b: f64| match better {
        Direction::Higher => a >= b,
        Direction::Lower => a <= b,
    };
    no_worse(chart.x.better, a.0, b.0) && no_worse(chart.y.better, a.1, b.1) && a != b
}

/// A chart with ids in place of indices.
fn told(chart: &Chart, cells: &[Cell]) -> String {
    let spot = |spot: &Spot| {
        let mut ids = ids(&spot.cells, cells);
        ids.sort_unstable();
        format!("{ids:?} {} {}", spot.x, spot.y)
    };
    let sorted = |of: &[usize]| {
        let mut ids = ids(of, cells);
        ids.sort_unstable();
        ids
    };
    let points: Vec<_> = chart.points.iter().map(spot).collect();
    let beaten: Vec<_> =
        chart.dominated.iter().map(|one| (spot(&one.spot), one.by, one.behind_x)).collect();
    let not_drawn: BTreeMap<_, _> = not_drawn(chart, cells).into_iter().collect();
    let (cut_off, without) = (sorted(&chart.cut_off), sorted(&chart.without_axis));
    format!(
        "{:?} {:?} {points:?} {beaten:?} {cut_off:?} {without:?} {not_drawn:?} {:?}",
        chart.scope, chart.group, chart.area
    )
}

proptest! {
    #[test]
    fn every_cell_is_in_one_list_and_every_point_where_it_belongs(
        drawn in some_cells(), cutoff in prop::option::of(1_u8..7)
    ) {
        let cells = built(&drawn);
        for (x, y) in DIRECTIONS.iter().flat_map(|x| DIRECTIONS.map(|y| (x, y))) {
            let names = (format!("p50_intvty:{x}"), format!("tput_per_gpu:{y}"));
            for chart in draw(&cells, &ask(&names.0, &names.1, cutoff.map(f64::from))) {
                let mut seen: Vec<usize> = chart.points.iter()
                    .chain(chart.dominated.iter().map(|one| &one.spot))
                    .flat_map(|spot| &spot.cells)
                    .chain(&chart.cut_off)
                    .chain(&chart.without_axis)
                    .chain(chart.not_drawn.iter().map(|(cell, _)| cell))
                    .copied()
                    .collect();
                seen.sort_unstable();
                let of_group: Vec<usize> = (0..cells.len())
                    .filter(|at| scopes(&cells[*at]).contains(&(chart.scope, chart.group.clone())))
                    .collect();
                prop_assert_eq!(seen, of_group);
                let every: Vec<(f64, f64)> = chart.points.iter()
                    .chain(chart.dominated.iter().map(|one| &one.spot))
                    .map(|spot| (spot.x, spot.y))
                    .collect();
                for point in &chart.points {
                    let point = (point.x, point.y);
                    prop_assert!(every.iter().all(|other| !beats(&chart, *other, point)));
                }
                for Dominated { spot, by, .. } in &chart.dominated {
                    let winner = &chart.points[*by];
                    prop_assert!(beats(&chart, (winner.x, winner.y), (spot.x, spot.y)));
                }
                prop_assert!(chart.points.windows(2).all(|pair| pair[0].x < pair[1].x));
            }
        }
    }

    #[test]
    fn the_order_of_the_cells_does_not_matter(drawn in some_cells(), turn in 0_usize..30) {
        let cells = built(&drawn);
        let mut turned = cells.clone();
        turned.rotate_left(turn % cells.len());
        turned.reverse();
        let of = |cells: &[Cell]| -> Vec<String> {
            draw(cells, &intvty()).iter().map(|chart| told(chart, cells)).collect()
        };
        prop_assert_eq!(of(&cells), of(&turned));
    }
}
