//! Points that do not stand for the system: bad runs, short runs, loads that were not reached.

use super::*;

const SUSPECT: &str = "suspect_point";
const LOAD: &str = "load_not_achieved";

const FEW: &str = "fewer than three load levels of the series have a throughput";
const EDGE: &str = "the lowest and the highest load have a neighbour on one side only";
const NO_SOURCE: &str = "no source tells the load that was reached";

/// A series of loads and throughputs.
fn sweep(points: &[(u32, f64)]) -> Vec<CellBuilder> {
    let point =
        |(load, tput): &(u32, f64)| at(&format!("c{load}"), *load).value("tput_per_gpu", *tput);
    points.iter().map(point).collect()
}

/// The cells of which a check says more than that they are clear or cannot be judged.
fn fired(code: &str, cells: impl IntoIterator<Item = CellBuilder>) -> Vec<String> {
    let tree = Tree::of(cells);
    let fired = |answer: &String| answer.contains(" warning: ") || answer.contains(" info: ");
    tree.answers(code).into_iter().filter(fired).collect()
}

fn names(answers: &[String]) -> Vec<&str> {
    answers.iter().filter_map(|answer| answer.split(' ').next()).collect()
}

#[test]
fn of_a_real_series_the_dip_is_suspect_and_the_collapse_is_not() {
    let real = [(8, 1814.0), (12, 813.0), (16, 2216.0), (24, 1494.0), (32, 622.0), (48, 1559.0)];
    let answers = fired(SUSPECT, sweep(&real));
    assert_eq!(
        answers,
        [
            "c12 warning: 813 tok/s/GPU at load 12, between 1,810 at 8 and 2,220 at 16: a bad run rather than the system; repeat it"
        ]
    );
}

#[test]
fn a_quarter_below_the_lower_neighbour_fires_and_a_little_less_does_not() {
    let dip = |own| fired(SUSPECT, sweep(&[(1, 200.0), (2, own), (4, 300.0)])).len();
    assert_eq!((dip(149.0), dip(150.0), dip(151.0)), (1, 1, 0));
    let other = |own| fired(SUSPECT, sweep(&[(1, 300.0), (2, own), (4, 240.0)])).len();
    assert_eq!((other(180.0), other(181.0)), (1, 0));
}

#[test]
fn the_next_level_must_be_back_near_the_best_so_far() {
    let back =
        |after| fired(SUSPECT, sweep(&[(1, 1000.0), (2, 800.0), (4, 100.0), (8, after)])).len();
    assert_eq!((back(749.0), back(750.0), back(751.0)), (0, 1, 1));
}

#[test]
fn limits_can_be_set() {
    let dip = || sweep(&[(1, 100.0), (2, 85.0), (4, 100.0)]);
    assert_eq!(fired(SUSPECT, dip()).len(), 0);
    let tree = Tree::of(dip()).limit(SUSPECT, "drop", 0.15);
    assert!(tree.answers(SUSPECT)[1].starts_with("c2 warning"));
    assert_eq!(tree.evidence(SUSPECT)["limit"], json!(85.0));
}

#[test]
fn first_and_last_levels_and_short_series_are_not_evaluated() {
    let answers = Tree::of(sweep(&[(1, 1.0), (2, 2.0), (4, 3.0)])).answers(SUSPECT);
    assert_eq!(
        answers,
        [
            format!("c1 not evaluated: {EDGE}"),
            "c2 clear".into(),
            format!("c4 not evaluated: {EDGE}")
        ]
    );
    let answers = Tree::of(sweep(&[(1, 1.0), (2, 2.0)])).answers(SUSPECT);
    assert_eq!(answers, [format!("c1 not evaluated: {FEW}"), format!("c2 not evaluated: {FEW}")]);
}

#[test]
fn a_level_without_a_throughput_is_passed_over() {
    let mut cells = sweep(&[(1, 100.0), (4, 20.0), (8, 110.0)]);
    cells.push(at("c2", 2));
    cells.push(at("c3", 3).value("tput_per_gpu", 0.1).counts(8, 0));
    let answers = Tree::of(cells).answers(SUSPECT);
    assert!(
        answers[1].starts_with("c4 warning: 20.0 tok/s/GPU at load 4, between 100 at 1 and 110")
    );
    assert_eq!(answers[3], "c2 not evaluated: the throughput of the level is not known");
    assert_eq!(answers[4], "c3 not evaluated: no request of the cell succeeded");
    let none = [at("a", 1), at("b", 2), at("c", 4)];
    assert_eq!(Tree::of(none).answers(SUSPECT)[1], format!("b not evaluated: {FEW}"));
}

#[test]
fn neighbours_are_of_the_same_scenario_configuration_and_run() {
    let dip = || at("dip", 2).value("tput_per_gpu", 10.0);
    let ends = [at("c1", 1).value("tput_per_gpu", 100.0), at("c4", 4).value("tput_per_gpu", 100.0)];
    let with = |dip: CellBuilder| {
        let [low, high] = &ends;
        let copy = |builder: &CellBuilder| CellBuilder {
            cell: builder.cell.clone(),
            artifacts: builder.artifacts.clone(),
        };
        fired(SUSPECT, [copy(low), dip, copy(high)]).len()
    };
    assert_eq!(with(dip()), 1);
    assert_eq!(with(dip().hardware("b200")), 0);
    assert_eq!(with(dip().run("other")), 0);
    assert_eq!(with(dip().replays("trace")), 0);
    assert_eq!(with(dip().identity(|identity| identity.model = Some("other".into()))), 0);
    assert_eq!(with(dip().rate(2.0)), 0);
    assert_eq!(with(dip().identity(|identity| identity.isl = Some(8192))), 0);
}

#[test]
fn the_order_of_the_cells_does_not_matter() {
    let mut cells = sweep(&[(1, 100.0), (2, 30.0), (4, 100.0), (8, 120.0)]);
    cells.reverse();
    assert_eq!(names(&fired(SUSPECT, cells)), ["c2"]);
}

#[test]
fn a_dip_needs_the_median_of_its_repeats_and_two_dips_in_a_row_are_none() {
    let mut cells = sweep(&[(1, 100.0), (2, 30.0), (4, 100.0)]);
    cells.push(at("again", 2).value("tput_per_gpu", 130.0));
    assert_eq!(fired(SUSPECT, cells).len(), 0);
    let mut cells = sweep(&[(1, 100.0), (2, 30.0), (4, 100.0)]);
    cells.push(at("again", 2).value("tput_per_gpu", 31.0));
    assert_eq!(names(&fired(SUSPECT, cells)), ["c2", "again"]);
    assert_eq!(fired(SUSPECT, sweep(&[(1, 100.0), (2, 30.0), (4, 30.0), (8, 100.0)])).len(), 0);
    assert_eq!(fired(SUSPECT, sweep(&[(1, 0.0), (2, 0.0), (4, 0.0)])).len(), 0);
}

#[test]
fn the_evidence_of_a_dip_names_its_neighbours() {
    let mut cells = sweep(&[(1, 100.0), (2, 30.0), (4, 110.0)]);
    cells[1] = at("c2", 2).value("tput_per_gpu", 30.0).artifact("c2.json", Role::AGG_JSON);
    assert_eq!(
        Tree::of(cells).evidence(SUSPECT),
        json!({
            "metric": "tput_per_gpu", "observed": 30.0, "limit": 75.0,
            "series": "m_1k1k/unknown-configuration", "load": 2.0,
            "before": {"load": 1.0, "value": 100.0, "cells": ["c1"]},
            "after": {"load": 4.0, "value": 110.0, "cells": ["c4"]},
            "short_run": false, "artifacts": ["c2.json"],
        })
    );
}

/// Replays of a series, by duration.
fn timed(durations: &[f64]) -> Vec<CellBuilder> {
    let run = |(index, seconds): (usize, &f64)| {
        let users = 1_u32 << index;
        at(&format!("u{users}"), users).replays("trace").value("duration_seconds", *seconds)
    };
    durations.iter().enumerate().map(run).collect()
}

#[test]
fn a_run_below_three_quarters_of_the_median_duration_is_short() {
    let run = |seconds| fired(SUSPECT, timed(&[1800.0, 1800.0, 1800.0, seconds]));
    assert_eq!(
        run(1349.0),
        ["u8 info: the run lasted 1,350 s where the series' median is 1,800 s"]
    );
    assert_eq!(run(1350.0).len(), 0);
    assert_eq!(fired(SUSPECT, timed(&[1800.0, 100.0])).len(), 0);
}

#[test]
fn runs_of_a_number_of_requests_are_never_short() {
    let runs = [(1, 900.0), (2, 800.0), (4, 700.0), (8, 100.0)];
    let cells = runs.map(|(n, s)| at(&format!("c{n}"), n).value("duration_seconds", s));
    assert_eq!(fired(SUSPECT, cells).len(), 0);
    let trace = timed(&[900.0, 800.0, 100.0])
        .into_iter()
        .map(|cell| cell.identity(|identity| identity.scenario_type = Some("trace".into())));
    assert_eq!(fired(SUSPECT, trace).len(), 0);
}

#[test]
fn a_dip_that_is_short_too_has_one_finding() {
    let tputs = [100.0, 20.0, 110.0];
    let cells = timed(&[1800.0, 300.0, 1800.0]).into_iter().zip(tputs);
    let tree = Tree::of(cells.map(|(cell, tput)| cell.value("tput_per_gpu", tput)));
    assert_eq!(tree.evidence(SUSPECT)["short_run"], json!(true));
    assert!(tree.answers(SUSPECT)[1].starts_with("u2 warning"));
}

fn load(cell: CellBuilder) -> String {
    Tree::of([cell]).answers(LOAD).remove(0)
}

#[test]
fn an_open_loop_is_judged_by_the_rate_that_was_sent() {
    let sent = |rate: f64| load(at("r", 1).rate(10.0).value("sent_rps", rate).value("qps", 5.0));
    assert_eq!(sent(8.9), "r warning: 8.90 requests/s sent, of 10");
    assert_eq!(sent(9.0), "r clear");
    assert_eq!(
        load(at("r", 1).rate(10.0).value("qps", 5.0)),
        format!("r not evaluated: {NO_SOURCE}")
    );
}

#[test]
fn a_late_schedule_needs_a_second_and_a_twentieth_of_the_run() {
    let late = |delay: f64, seconds: f64| {
        let cell = at("r", 1).rate(10.0).value("p90_schedule_delay", delay);
        load(cell.value("duration_seconds", seconds))
    };
    assert_eq!(
        late(5.1, 100.0),
        "r warning: a tenth of the requests was sent 5.10 s late or more, in a run of 100 s"
    );
    assert_eq!(late(5.0, 100.0), "r clear");
    assert_eq!(late(1.0, 10.0), "r clear");
    assert!(late(1.01, 10.0).starts_with("r warning"));
    let no_duration = at("r", 1).rate(10.0).value("p90_schedule_delay", 9.0);
    assert_eq!(load(no_duration), format!("r not evaluated: {NO_SOURCE}"));
}

#[test]
fn a_closed_loop_may_run_empty_at_its_end_only() {
    let held = |requests: u64, in_flight: f64| {
        load(at("c", 10).value("achieved_concurrency", in_flight).counts(requests, requests))
    };
    // 100 requests hold 10 / 1.1, of which nine tenths are 8.18.
    assert_eq!(held(100, 8.1), "c warning: 8.10 requests in flight on the mean, of 10");
    assert_eq!(held(100, 9.0 / 1.1), "c clear");
    assert_eq!(held(20, 6.1), "c clear");
    assert!(held(100_000, 8.9).starts_with("c warning"));
    let unknown = load(at("c", 10).value("achieved_concurrency", 1.0));
    assert_eq!(unknown, format!("c not evaluated: {NO_SOURCE}"));
    let nothing = load(at("c", 10).counts(100, 100));
    assert_eq!(nothing, format!("c not evaluated: {NO_SOURCE}"));
}

#[test]
fn users_who_think_are_not_evaluated() {
    let replay = at("u", 10).replays("trace").value("achieved_concurrency", 2.0).counts(99, 99);
    assert_eq!(
        load(replay),
        "u not evaluated: users think between turns, so that fewer requests than users are in flight"
    );
}

#[test]
fn the_evidence_of_a_missed_load_has_the_limit() {
    let cell = at("r", 1).rate(10.0).value("sent_rps", 5.0).artifact("r.json", Role::AGG_JSON);
    assert_eq!(
        Tree::of([cell]).limit(LOAD, "min_share", 0.8).evidence(LOAD),
        json!({
            "metric": "sent_rps", "observed": 5.0, "limit": 8.0, "requested": 10.0,
            "artifacts": ["r.json"],
        })
    );
}
