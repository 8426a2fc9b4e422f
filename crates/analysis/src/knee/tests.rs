use inferguard_model::Completion;

use super::*;
use crate::annotate::{self, AnnotationLimits, annotate};
use crate::scenario::scenarios;
use crate::sweep::cell;

/// A series of levels with a throughput of all GPUs.
fn series(levels: &[(u32, f64)]) -> Vec<Cell> {
    levels.iter().map(|(users, tput)| cell(*users, &[("total_tput_tps", *tput)])).collect()
}

fn partial(mut cell: Cell) -> Cell {
    cell.evidence.completion = Completion { total: Some(100), successful: Some(50), warmup: None };
    cell
}

fn knee_of(cells: &[Cell]) -> Option<Knee> {
    let mut scenarios = scenarios(cells);
    annotate(&mut scenarios, cells, &AnnotationLimits::DEFAULT);
    let not_drawn = annotate::not_drawn(&scenarios, cells.len());
    knee(cells, &scenarios.scenarios[0].series[0], &not_drawn)
}

fn of(levels: &[(u32, f64)]) -> Knee {
    knee_of(&series(levels)).expect("has a knee")
}

fn loads(knee: &Knee) -> (f64, f64, Option<f64>) {
    (knee.knee.load, knee.peak.load, knee.collapse.as_ref().map(|level| level.load))
}

/// The sweep of AIPerf's guide: 8 GPUs; concurrency, output tokens/s, tokens/s/user.
const GUIDE: [(u32, f64, f64); 5] = [
    (10, 3_045.0, 364.69),
    (50, 12_890.0, 326.10),
    (100, 22_521.0, 285.03),
    (200, 35_999.0, 238.67),
    (500, 29_836.0, 128.85),
];

fn guide() -> Vec<Cell> {
    let gpus = 8.0;
    let at = |(users, output, per_user): (u32, f64, f64)| {
        let per_gpu = ("system_output_tput_per_gpu", output / gpus);
        let values =
            [("output_tput_tps", output), ("mean_intvty", per_user), ("num_gpus", gpus), per_gpu];
        cell(users, &values)
    };
    GUIDE.map(at).to_vec()
}

#[test]
fn the_sweep_of_the_aiperf_guide() {
    let knee = knee_of(&guide()).expect("has a knee");
    assert_eq!(loads(&knee), (200.0, 200.0, Some(500.0)));
    assert!(knee.reached);
    assert_eq!(knee.metric.name(), "output_tput_tps");
    assert_eq!((knee.lowest.value, knee.peak.value), (3_045.0, 35_999.0));
    assert!((knee.gain.expect("known") - 35_999.0 / 3_045.0).abs() < 1e-12);
    let (metric, loss) = knee.per_user_loss.expect("known");
    assert_eq!(metric.name(), "mean_intvty");
    assert!((loss - (1.0 - 238.67 / 364.69)).abs() < 1e-12);
    assert_eq!(knee.reading, "12 × output throughput per GPU for 35 % less per user");
}

#[test]
fn the_guide_in_total_throughput() {
    let cells: Vec<Cell> = GUIDE
        .iter()
        .map(|(users, output, per_user)| {
            let total = ("total_tput_tps", 2.0 * output);
            cell(*users, &[total, ("mean_intvty", *per_user), ("num_gpus", 8.0)])
        })
        .collect();
    let knee = knee_of(&cells).expect("has a knee");
    assert_eq!(knee.reading, "12 × throughput per GPU for 35 % less per user");
}

#[test]
fn the_knee_gives_nine_tenths_of_the_peak_and_may_lie_before_it() {
    // 90 at 4 is exactly nine tenths; 89.9 is not.
    let knee = of(&[(1, 40.0), (2, 70.0), (4, 90.0), (8, 100.0), (16, 99.0)]);
    assert_eq!(loads(&knee), (4.0, 8.0, None));
    let knee = of(&[(1, 40.0), (2, 70.0), (4, 89.9), (8, 100.0), (16, 99.0)]);
    assert_eq!(knee.knee.load, 8.0);
    // Of equal peaks the lowest load.
    assert_eq!(of(&[(1, 40.0), (2, 100.0), (4, 100.0)]).peak.load, 2.0);
}

#[test]
fn a_collapse_loses_a_tenth_beyond_the_peak() {
    let at = |last: f64| loads(&of(&[(1, 50.0), (2, 100.0), (4, 95.0), (8, last)])).2;
    assert_eq!((at(90.0), at(90.1)), (Some(8.0), None));
    // Before the peak nothing collapses.
    let knee = of(&[(1, 80.0), (2, 60.0), (4, 100.0), (8, 110.0)]);
    assert_eq!(loads(&knee).2, None);
}

#[test]
fn a_series_that_still_grows_has_not_reached_its_knee() {
    // The last step gains 50 %, then 15 % and just less.
    let knee = of(&[(1, 10.0), (2, 20.0), (4, 30.0)]);
    assert!(!knee.reached);
    assert_eq!(knee.reading, "3.0 × throughput; knee not reached up to 4 users");
    assert!(!of(&[(1, 10.0), (2, 20.0), (4, 23.0)]).reached, "15 % is growth");
    assert!(of(&[(1, 10.0), (2, 20.0), (4, 22.9)]).reached);
    // 32 % over two doublings are less than 15 % each.
    assert!(of(&[(1, 10.0), (2, 20.0), (8, 26.4)]).reached);
    assert!(!of(&[(1, 10.0), (2, 20.0), (8, 26.5)]).reached);
}

#[test]
fn a_last_level_far_below_the_peak_has_reached_it_though_it_grows() {
    // 60 → 70 is more than 15 %, and 70 less than 95 % of 100. The dip has no way back: it stays.
    let knee = of(&[(1, 50.0), (2, 100.0), (4, 60.0), (8, 70.0)]);
    assert!(knee.reached);
    assert_eq!(loads(&knee), (2.0, 2.0, Some(4.0)));
}

#[test]
fn suspect_points_are_never_knee_nor_peak_nor_collapse() {
    // 8 users: 40 between 100 and 105.
    let cells = series(&[(1, 30.0), (2, 60.0), (4, 100.0), (8, 40.0), (16, 105.0)]);
    let knee = knee_of(&cells).expect("has a knee");
    assert_eq!(loads(&knee), (4.0, 16.0, None));
    // A suspect first neighbour of the end does not make the last step.
    let cells = series(&[(1, 30.0), (2, 100.0), (4, 40.0), (8, 180.0)]);
    let knee = knee_of(&cells).expect("has a knee");
    // 2 → 8 users: 100 → 180 is 34 % per doubling, and not 350 %.
    assert_eq!((knee.reached, knee.knee.load), (false, 8.0));
}

#[test]
fn short_runs_are_never_knee_nor_peak() {
    let timed = |users, tput, seconds| {
        let mut cell = cell(users, &[("total_tput_tps", tput), ("duration_seconds", seconds)]);
        let identity = &mut cell.evidence.identity;
        identity.scenario_type = Some("agentic-coding".into());
        (identity.isl, identity.osl) = (None, None);
        cell
    };
    let full = 1_800.0;
    let cells = [
        timed(4, 2_000.0, full),
        timed(8, 4_900.0, full),
        timed(16, 6_675.0, 564.0),
        timed(32, 5_300.0, full),
        timed(64, 5_200.0, full),
    ];
    let knee = knee_of(&cells).expect("has a knee");
    assert_eq!(loads(&knee), (8.0, 32.0, None));
    assert_eq!(knee.peak.value, 5_300.0);
}

#[test]
fn a_level_with_failures_is_no_peak_but_shows_the_collapse() {
    let mut cells = series(&[(1, 30.0), (2, 60.0), (4, 100.0), (8, 300.0), (16, 50.0)]);
    cells[3] = partial(cells[3].clone());
    cells[4] = partial(cells[4].clone());
    let knee = knee_of(&cells).expect("has a knee");
    assert_eq!(loads(&knee), (4.0, 4.0, Some(16.0)));
    assert!(knee.reached);
    assert_eq!(knee.highest_load, 16.0);
}

#[test]
fn repeats_count_by_the_median_of_the_sound_ones() {
    let mut cells = series(&[(1, 30.0), (2, 60.0), (4, 90.0)]);
    for (at, tput) in [100.0, 500.0].into_iter().enumerate() {
        let mut repeat = cell(4, &[("total_tput_tps", tput)]);
        repeat.id = format!("repeat-{at}").into();
        cells.push(repeat);
    }
    cells.push(partial(cell(4, &[("total_tput_tps", 900.0)])));
    let knee = knee_of(&cells).expect("has a knee");
    assert_eq!((knee.peak.value, knee.peak.cells), (100.0, vec![2, 3, 4]));
}

#[test]
fn fewer_than_two_levels_that_stand_for_the_system_give_none() {
    assert_eq!(knee_of(&series(&[(8, 100.0)])), None);
    let mut cells = series(&[(1, 30.0), (8, 100.0)]);
    cells[1] = partial(cells[1].clone());
    assert_eq!(knee_of(&cells), None);
    let without = [cell(1, &[("p99_ttft", 0.1)]), cell(2, &[("p99_ttft", 0.1)])];
    assert_eq!(knee_of(&without), None);
    // A level without the throughput of the others counts as none.
    let one = [cell(1, &[("total_tput_tps", 9.0)]), cell(2, &[("p99_ttft", 0.1)])];
    assert_eq!(knee_of(&one), None);
}

#[test]
fn a_throughput_of_zero_has_no_gain_and_no_panic() {
    let knee = of(&[(1, 0.0), (2, 10.0), (4, 10.0)]);
    assert_eq!((knee.gain, knee.reading.as_str()), (None, "most of the throughput at 2 users"));
    assert_eq!(knee_of(&series(&[(1, 0.0), (2, 0.0)])), None);
}

#[test]
fn readings_of_knees_at_the_lowest_load_and_of_gains_per_user() {
    let knee = of(&[(8, 100.0), (16, 101.0)]);
    assert_eq!(knee.reading, "most of the throughput at the lowest load, 8 users");
    let with =
        |users, tput, per_user| cell(users, &[("total_tput_tps", tput), ("p50_intvty", per_user)]);
    let more = [with(1, 10.0, 50.0), with(2, 20.0, 60.0), with(4, 20.0, 20.0)];
    let more = knee_of(&more).expect("has a knee");
    assert_eq!(more.reading, "2.0 × throughput and 20 % more per user");
    let same = [with(1, 10.0, 50.0), with(2, 20.0, 49.9), with(4, 20.0, 20.0)];
    let same = knee_of(&same).expect("has a knee");
    assert_eq!(same.reading, "2.0 × throughput for the same per user");
}
