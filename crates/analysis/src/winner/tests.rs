use inferguard_model::Completion;

use super::*;
use crate::annotate::{self, AnnotationLimits, annotate};
use crate::scenario::scenarios;
use crate::sweep::cell;

/// A cell with a throughput per GPU and a p99 TTFT in seconds.
fn level(users: u32, tput: f64, ttft: f64) -> Cell {
    cell(users, &[("tput_per_gpu", tput), ("p99_ttft", ttft)])
}

fn done(mut cell: Cell, successful: u64) -> Cell {
    cell.evidence.completion =
        Completion { total: Some(100), successful: Some(successful), warmup: None };
    cell
}

fn ask(cells: &[Cell], slo: &str) -> Winner {
    let mut scenarios = scenarios(cells);
    annotate(&mut scenarios, cells, &AnnotationLimits::DEFAULT);
    let not_drawn = annotate::not_drawn(&scenarios, cells.len());
    let slo: Slo = slo.parse().expect("objectives");
    winner(cells, &scenarios.scenarios[0].series[0], &slo, &not_drawn)
}

/// Metric, load and value of the best level.
fn best(cells: &[Cell], slo: &str) -> (String, f64, f64) {
    match ask(cells, slo) {
        Winner::Best { metric, level } => (metric.name().into_owned(), level.load, level.value),
        other => panic!("no best level: {other:?}"),
    }
}

fn nearest(cells: &[Cell], slo: &str) -> Nearest {
    match ask(cells, slo) {
        Winner::Missed(nearest) => nearest,
        other => panic!("not missed: {other:?}"),
    }
}

#[test]
fn the_highest_throughput_of_the_levels_that_meet_the_objectives() {
    let cells = [level(1, 10.0, 0.1), level(2, 30.0, 0.5), level(4, 50.0, 0.501)];
    // The limit itself is met; the next level is not asked for what lies between.
    assert_eq!(best(&cells, "ttft:500"), ("tput_per_gpu".into(), 2.0, 30.0));
    assert_eq!(best(&cells, "ttft:501").1, 4.0);
    // More load and less throughput is no winner; of equals the lowest load is.
    let cells = [level(1, 30.0, 0.1), level(2, 30.0, 0.2), level(4, 20.0, 0.3)];
    assert_eq!(best(&cells, "ttft:500").1, 1.0);
}

#[test]
fn a_level_that_meets_them_beyond_one_that_does_not_still_counts() {
    let cells = [level(1, 10.0, 0.1), level(2, 20.0, 0.9), level(4, 40.0, 0.4)];
    assert_eq!(best(&cells, "ttft:500").1, 4.0);
}

#[test]
fn missed_names_the_nearest_level_by_its_worst_objective() {
    let with = |users, ttft, intvty| {
        cell(users, &[("tput_per_gpu", 9.0), ("p99_ttft", ttft), ("p99_intvty", intvty)])
    };
    // 2.0 × the TTFT; 1.5 × of both; 1.2 × the TTFT and 3 × the interactivity.
    let cells = [with(1, 1.0, 30.0), with(2, 0.75, 20.0), with(4, 0.6, 10.0)];
    let near = nearest(&cells, "ttft:500 intvty:30");
    assert_eq!(
        (near.load, near.cells.as_slice(), near.levels, near.unknown),
        (2.0, &[1][..], 3, 0)
    );
    let missed: Vec<_> =
        near.missed.iter().map(|(one, value)| (one.metric().name(), *value)).collect();
    assert_eq!(missed, [("p99_ttft".into(), 0.75), ("p99_intvty".into(), 20.0)]);
    // Only what is missed is told; of equally near levels the lowest load.
    let cells = [with(1, 1.0, 30.0), with(2, 1.0, 40.0)];
    let near = nearest(&cells, "ttft:500 intvty:30");
    assert_eq!((near.load, near.missed.len()), (1.0, 1));
}

#[test]
fn an_interactivity_of_zero_is_missed_without_a_panic() {
    let cells = [cell(1, &[("tput_per_gpu", 9.0), ("p99_intvty", 0.0)])];
    let near = nearest(&cells, "intvty:30");
    assert_eq!(near.missed[0].1, 0.0);
}

#[test]
fn what_is_not_known_is_neither_met_nor_missed() {
    let cells = [level(1, 10.0, 0.1), level(2, 20.0, 0.2)];
    let Winner::Unknown(metrics) = ask(&cells, "tpot:30 p90_e2el:9000 ttft:500") else {
        panic!("not unknown")
    };
    let names: Vec<_> = metrics.iter().map(|metric| metric.name()).collect();
    assert_eq!(names.len(), 2, "each once: {names:?}");
    assert!(names.contains(&"p99_tpot".into()) && names.contains(&"p90_e2el".into()));
    // A level that misses what is known is missed, whatever else is not known.
    let near = nearest(&cells, "ttft:100 tpot:30");
    assert_eq!((near.load, near.unknown), (2.0, 1));
    // A level that is known to meet them wins over levels that cannot be judged.
    let cells = [level(1, 10.0, 0.1), cell(2, &[("tput_per_gpu", 20.0)])];
    assert_eq!(best(&cells, "ttft:500").1, 1.0);
}

#[test]
fn cells_that_do_not_stand_for_the_system_never_win() {
    let cells = [
        level(1, 10.0, 0.1),
        done(level(2, 45.0, 0.1), 50),
        done(level(4, 99.0, 0.1), 0),
        // A dip with a recovery.
        level(8, 40.0, 0.1),
        level(16, 10.0, 0.01),
        level(32, 40.0, 0.9),
    ];
    assert_eq!(best(&cells, "ttft:500"), ("tput_per_gpu".into(), 8.0, 40.0));
    assert_eq!(nearest(&cells, "ttft:50").levels, 3);
    assert_eq!(ask(&cells[1..3], "ttft:500"), Winner::NoLevel);
}

#[test]
fn repeats_count_by_the_median_of_the_sound_ones() {
    let cells = [
        level(8, 10.0, 0.1),
        level(8, 20.0, 0.4),
        level(8, 90.0, 0.9),
        done(level(8, 99.0, 0.01), 50),
    ];
    let Winner::Best { level, .. } = ask(&cells, "ttft:500") else { panic!("no best level") };
    assert_eq!((level.value, level.cells), (20.0, vec![0, 1, 2]));
    // One lucky repeat does not meet an objective for the level.
    let near = nearest(&cells, "ttft:300");
    assert_eq!(near.missed[0].1, 0.4);
}

#[test]
fn one_throughput_for_all_levels_that_meet_the_objectives() {
    let both = [("tput_per_gpu", 10.0), ("total_tput_tps", 80.0), ("p99_ttft", 0.1)];
    let total = |users, total| cell(users, &[("total_tput_tps", total), ("p99_ttft", 0.1)]);
    let cells = [cell(1, &both), total(2, 160.0), total(4, 120.0)];
    assert_eq!(best(&cells, "ttft:500"), ("total_tput_tps".into(), 2.0, 160.0));
    assert_eq!(best(&cells[..1], "ttft:500").0, "tput_per_gpu");
}

#[test]
fn met_without_a_throughput_is_told() {
    let cells = [cell(1, &[("p99_ttft", 0.9)]), cell(2, &[("p99_ttft", 0.1)])];
    assert_eq!(ask(&cells, "ttft:500"), Winner::NoThroughput { load: 2.0, cells: vec![1] });
}
