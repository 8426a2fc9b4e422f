//! What a cell keeps of its fragments.

use inferguard_model::{ComponentSeries, Problem, ProblemCode, RoleTopology, Scalar};

use super::*;

#[test]
fn the_row_goes_before_the_summary_and_the_summary_before_records() {
    let only_records = Metric::new(Stat::Max, Quantity::Ttft);
    let only_raw = Metric::new(Stat::Std, Quantity::Ttft);
    let cells = joined([
        records("x.json").recomputed(3.0).derived(only_records, 9.0).derived(only_raw, 8.5),
        raw("x.json").run(1.0).stated(only_raw, 8.0),
        row("agg_x.json").run(1.0),
    ]);
    let [cell] = &cells[..] else { panic!("{:?}", ids(&cells)) };
    let entry = |metric| {
        let entry = cell.evidence.metrics.entry(metric).expect("known");
        (entry.value, entry.origin.artifact, entry.origin.is_derived())
    };
    assert_eq!(entry(TTFT), (1.0, 0, false));
    assert_eq!(entry(only_raw), (8.0, 1, false));
    assert_eq!(entry(only_records), (9.0, 1, true));
    assert_eq!(
        cell.mismatches.len(),
        6,
        "records against five numbers of the row and one of the raw"
    );
    let first = &cell.mismatches[0];
    assert_eq!((first.other_origin.artifact, first.explained), (1, None));
    assert_eq!(first.other_origin.place, Place::Derived("formula"));
}

#[test]
fn a_stated_number_goes_before_a_derived_one_whatever_the_rank() {
    let metric = Metric::plain(Quantity::Duration);
    let with = |of_row: Piece, of_raw: Piece| {
        let cells = joined([of_row.run(1.0), of_raw.run(1.0)]);
        let cell = &cells[0];
        (cell.evidence.metrics.get(metric), cell.mismatches.len(), cell.compared)
    };
    let (r, w) = (|| raw("x.json"), || row("agg_x.json"));
    assert_eq!(with(w().derived(metric, 1.0), r().stated(metric, 2.0)), (Some(2.0), 1, 6));
    assert_eq!(with(w().derived(metric, 1.0), r().derived(metric, 2.0)), (Some(1.0), 0, 5));
    assert_eq!(with(w().derived(metric, 1.0), r().stated(metric, 1.0)), (Some(1.0), 0, 6));
}

#[test]
fn differences_within_the_rounding_of_either_source_are_none() {
    let apart = |by: f64, step| {
        let cells = joined([
            raw("x.json").run(1.0),
            records("x.json").derived(TTFT, 1.0 + by).rounding(step),
        ]);
        cells[0].mismatches.len()
    };
    assert_eq!(apart(1e-6, 1e-6), 0);
    assert_eq!(apart(1.1e-6, 1e-6), 1);
    assert_eq!(apart(1e-6, 0.0), 1);
    assert_eq!(apart(1e-10, 0.0), 0);
    assert_eq!(apart(0.9e-6, 1e-6), 0);
}

#[test]
fn the_rounding_of_a_nested_row_counts_against_its_records() {
    let apart = |by: f64| {
        let cells = joined([
            agentic("a/x.json").run(1.0).rounding(0.5e-5),
            replay("a/detailed_results.csv").derived(TTFT, 1.0 + by),
        ]);
        assert_eq!(cells.len(), 1);
        cells[0].mismatches.len()
    };
    assert_eq!(apart(0.4e-5), 0);
    assert_eq!(apart(0.6e-5), 1);
}

#[test]
fn an_error_of_tpot_is_a_larger_one_of_its_reciprocal() {
    let metric = Metric::plain(Quantity::Intvty);
    let apart = |by: f64| {
        let cells = joined([
            raw("x.json").run(1.0).stated(metric, 100.0),
            records("x.json").derived(metric, 100.0 + by).rounding(1e-6),
        ]);
        cells[0].mismatches.len()
    };
    assert_eq!(apart(0.0099), 0);
    assert_eq!(apart(0.0102), 1);
}

#[test]
fn server_counters_differ_from_a_row_by_a_rule() {
    let metric = Metric::plain(Quantity::KvOffloadBytesGpuToCpu);
    let cells = joined([
        agentic("a/x.json").run(1.0).stated(metric, 500.0),
        server_metrics("a/metrics_server_metrics.csv").derived(metric, 300.0),
    ]);
    let [found] = &cells[0].mismatches[..] else { panic!("one mismatch") };
    assert_eq!((found.kept, found.other), (500.0, 300.0));
    assert!(found.explained.is_some());
}

#[test]
fn gauges_of_components_come_from_whichever_source_has_them() {
    let component = |name: &str| ComponentSeries { name: name.into(), ..Default::default() };
    let mut with = raw("x.json").run(1.0);
    with.fragment.evidence.components = vec![component("decode"), component("router")];
    let cells = joined([row("agg_x.json").run(1.0), with]);
    assert_eq!((cells.len(), cells[0].evidence.components.len()), (1, 2));
}

#[test]
fn counts_that_differ_are_told_and_those_of_the_better_source_kept() {
    let cells = joined([
        row("agg_x.json").run(1.0).counts(100, 90),
        raw("x.json").run(1.0).counts(100, 95),
    ]);
    let completion = cells[0].evidence.completion;
    assert_eq!((completion.total, completion.successful), (Some(100), Some(90)));
    let [found] = &cells[0].mismatches[..] else { panic!("one mismatch") };
    assert_eq!((&*found.what, found.kept, found.other), ("num_requests_successful", 90.0, 95.0));
    let cells = joined([row("agg_x.json").run(1.0), raw("x.json").run(1.0).counts(100, 95)]);
    assert_eq!(cells[0].evidence.completion.successful, Some(95));
    assert!(cells[0].evidence.problems.is_empty());
}

#[test]
fn identity_is_filled_and_never_overwritten() {
    let cells = joined([
        row("agg_x.json").run(1.0).conc(4),
        raw("x.json").run(1.0).conc(4).model("m"),
        meta_env("meta_env.json").conc(8).model("other"),
    ]);
    let identity = &cells[0].evidence.identity;
    assert_eq!((identity.load.concurrency, identity.model.as_deref()), (Some(4), Some("m")));
}

#[test]
fn an_agentic_cell_takes_no_lengths_from_its_eval() {
    let with = |kind: Option<&str>| {
        let mut result = agentic("a/x.json").run(1.0);
        result.fragment.evidence.identity.scenario_type = kind.map(str::to_owned);
        let mut env = meta_env("a/meta_env.json");
        env.fragment.evidence.identity.isl = Some(1024);
        joined([result, env])[0].evidence.identity.isl
    };
    assert_eq!(with(Some("agentic-coding")), None);
    assert_eq!(with(Some("fixed-length")), Some(1024));
}

#[test]
fn parallelism_is_taken_whole() {
    let with = |tp, ep| RoleTopology { tp, ep, ..RoleTopology::default() };
    let mut of_row = row("agg_x.json").run(1.0);
    of_row.fragment.evidence.identity.topology.all = with(Some(8), None);
    let mut of_raw = raw("x.json").run(1.0);
    of_raw.fragment.evidence.identity.topology.all = with(Some(4), Some(4));
    assert_eq!(
        joined([of_row, of_raw.clone()])[0].evidence.identity.topology.all,
        with(Some(8), None)
    );
    assert_eq!(
        joined([row("agg_x.json").run(1.0), of_raw])[0].evidence.identity.topology.all,
        with(Some(4), Some(4))
    );
}

#[test]
fn extra_members_are_kept_once() {
    let with = |mut piece: Piece, value: i64| {
        piece.fragment.evidence.extra = vec![("k".into(), Scalar::Int(value))];
        piece
    };
    let cells = joined([with(raw("x.json").run(1.0), 2), with(row("agg_x.json").run(1.0), 1)]);
    assert_eq!(cells[0].evidence.extra, [("k".into(), Scalar::Int(1))]);
}

#[test]
fn nothing_gives_nothing() {
    assert!(joined([]).is_empty());
    assert!(joined([log("a.log")]).is_empty());
}

#[test]
fn copies_do_not_repeat_the_remarks_of_their_result() {
    let with = |mut piece: Piece, text: &'static str| {
        piece.fragment.evidence.problem(Problem::note(ProblemCode::Coerced, "k", text));
        piece
    };
    let cells = joined([
        with(row("agg_x.json").run(1.0), "remark"),
        with(row("all.json").at("/0").run(1.0), "remark"),
        with(raw("x.json").run(1.0), "of the raw result"),
    ]);
    assert_eq!(cells.len(), 1);
    assert_eq!(told(&cells[0], "remark"), 1);
    assert_eq!(told(&cells[0], "of the raw result"), 1);
}
