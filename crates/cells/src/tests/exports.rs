//! Folders of AIPerf exports: what is one cell, and which cells are one run.

use inferguard_model::{Ending, TimeSlices};

use super::*;

const RATE: Metric = Metric::plain(Quantity::Qps);
const WINDOW: Metric = Metric::plain(Quantity::Duration);

fn export(path: &'static str, rank: Rank, role: Role) -> Piece {
    let mut piece = piece(path, FragmentKind::Result(rank), role, SourceFormat::Aiperf);
    let name = path.rsplit('/').next().unwrap_or(path);
    piece.fragment.folder_is_cell = inferguard_model::names::export_prefix(name).is_empty();
    piece
}

fn summary(path: &'static str) -> Piece {
    export(path, Rank::Summary, Role::AIPERF_JSON)
}

fn table(path: &'static str) -> Piece {
    export(path, Rank::Summary, Role::AIPERF_CSV)
}

fn requests(path: &'static str) -> Piece {
    export(path, Rank::Records, Role::AIPERF_RECORDS)
}

fn beside(path: &'static str, role: Role) -> Piece {
    let mut piece = attachment(path, false, role, SourceFormat::Aiperf);
    piece.fragment.folder_is_cell = true;
    piece
}

fn runs(cells: &[Cell]) -> Vec<(&str, &str)> {
    cells.iter().map(|cell| (cell.id.as_ref(), cell.run.0.as_str())).collect()
}

#[test]
fn a_folder_is_a_cell_and_the_exact_summary_leads() {
    let cells = joined([
        table("a/c4/profile_export_aiperf.csv").stated(TTFT, 9.0),
        requests("a/c4/profile_export.jsonl").recomputed(1.0),
        summary("a/c4/profile_export_aiperf.json").run(1.0),
        beside("a/c4/phases/warmup/profile_export_aiperf.json", Role::AIPERF_PHASE),
        beside("a/c4/phase_manifest.json", Role::AIPERF_PHASE_MANIFEST),
    ]);
    assert_eq!(ids(&cells), ["a/c4"]);
    let cell = &cells[0];
    assert_eq!((ttft(cell), cell.mismatches.len()), (Some(1.0), 0), "the copy says nothing");
    assert_eq!(cell.artifacts.len(), 5);
    assert_eq!(cell.artifacts[0].role, Role::AIPERF_JSON);
}

#[test]
fn prefixes_tell_cells_of_one_folder_apart() {
    let cells = joined([
        summary("a/low.json").run(1.0),
        requests("a/low.jsonl").recomputed(1.0),
        summary("a/high.json").run(2.0),
        beside("a/high_server_metrics.json", Role::SERVER_METRICS_JSON),
    ]);
    assert_eq!(runs(&cells), [("a/high", "a"), ("a/low", "a")]);
    assert_eq!(cells.iter().map(|cell| cell.artifacts.len()).collect::<Vec<_>>(), [2, 2]);
}

#[test]
fn the_run_is_the_nearest_folder_of_two_points() {
    let cells = joined([
        summary("x/sweep/c1/profile_export_aiperf.json").run(1.0),
        summary("x/sweep/c4/profile_export_aiperf.json").run(2.0),
        summary("x/other/profile_export_aiperf.json").run(3.0),
        summary("y/profile_export_aiperf.json").run(4.0),
    ]);
    assert_eq!(
        runs(&cells),
        [("x/other", "x"), ("x/sweep/c1", "x/sweep"), ("x/sweep/c4", "x/sweep"), ("y", ".")]
    );
}

#[test]
fn repeats_of_a_point_are_of_its_run() {
    let repeated = [
        summary("s/profile_runs/trial_0001/concurrency_1/profile_export_aiperf.json").run(1.0),
        summary("s/profile_runs/trial_0001/concurrency_4/profile_export_aiperf.json").run(2.0),
        summary("s/profile_runs/trial_0002/concurrency_1/profile_export_aiperf.json").run(3.0),
        summary("s/profile_runs/trial_0002/concurrency_4/profile_export_aiperf.json").run(4.0),
    ];
    let independent = [
        summary("s/concurrency_1/profile_runs/trial_0001/profile_export_aiperf.json").run(1.0),
        summary("s/concurrency_1/profile_runs/trial_0002/profile_export_aiperf.json").run(2.0),
        summary("s/concurrency_4/profile_runs/trial_0001/profile_export_aiperf.json").run(3.0),
    ];
    let alone = [
        summary("s/profile_runs/run_0001/profile_export_aiperf.json").run(1.0),
        summary("s/profile_runs/run_0002/profile_export_aiperf.json").run(2.0),
        summary("t/deep/profile_export_aiperf.json").run(3.0),
        summary("t/profile_export_aiperf.json").run(4.0),
    ];
    for pieces in [repeated.to_vec(), independent.to_vec()] {
        let cells = joined(pieces);
        assert!(cells.iter().all(|cell| cell.run.0 == "s"), "{:?}", runs(&cells));
    }
    let cells = joined(alone);
    assert!(cells[..2].iter().all(|cell| cell.run.0 == "s" || cell.run.0 == "."), "{cells:?}");
}

/// A summary whose rates divide by the phase, and records by first start to last completion.
fn two_windows(requests_of_records: f64) -> Cell {
    let mut cells = joined([
        summary("c4/profile_export_aiperf.json").stated(RATE, 10.0).derived(WINDOW, 20.0),
        requests("c4/profile_export.jsonl")
            .derived(RATE, requests_of_records / 19.5)
            .derived(WINDOW, 19.5),
    ]);
    cells.remove(0)
}

#[test]
fn rates_of_two_windows_are_explained_when_the_amounts_agree() {
    let cell = two_windows(200.0);
    assert_eq!(cell.evidence.metrics.get(RATE), Some(10.0));
    assert_eq!(cell.mismatches.len(), 1);
    assert!(cell.mismatches[0].explained.is_some());
    let cell = two_windows(180.0);
    assert!(cell.mismatches.iter().all(|found| found.explained.is_none()), "twenty are missing");
    assert_eq!(cell.mismatches.len(), 1);
}

#[test]
fn a_row_keeps_its_window_and_takes_what_it_lacks() {
    let p99 = Metric::new(Stat::P99, Quantity::Ttft);
    let cells = joined([
        agentic("bmk_agentic_x_tp4_conc16/x_tp4_conc16.json")
            .derived(RATE, 200.0 / 19.5)
            .stated(WINDOW, 19.5),
        summary("agentic_x_tp4_conc16/aiperf_artifacts/profile_export_aiperf.json")
            .stated(RATE, 10.0)
            .derived(WINDOW, 20.0)
            .stated(p99, 0.5),
    ]);
    let [cell] = &cells[..] else { panic!("{:?}", ids(&cells)) };
    assert_eq!(cell.format, SourceFormat::AgentxAggregate);
    let value = |metric| cell.evidence.metrics.get(metric);
    assert_eq!((value(WINDOW), value(p99)), (Some(19.5), Some(0.5)));
    assert_eq!(value(RATE), Some(200.0 / 19.5), "not a rate of another window");
    assert!(cell.mismatches.iter().all(|found| found.explained.is_some()));
}

#[test]
fn a_table_of_two_decimals_agrees_within_its_last_digit() {
    let apart = |by: f64| {
        let cells = joined([
            table("c4/profile_export_aiperf.csv").stated(TTFT, 0.05),
            requests("c4/profile_export.jsonl").derived(TTFT, 0.05 + by),
        ]);
        cells[0].mismatches.len()
    };
    assert_eq!((apart(4.9e-6), apart(6e-6)), (0, 1));
}

#[test]
fn an_ending_that_was_cut_is_kept_and_slices_are_taken_once() {
    let mut ready = beside("c4/.aiperf_results_ready.json", Role::AIPERF_READY);
    ready.fragment.evidence.ending = Some(Ending::Cut("partial".into()));
    let mut whole = summary("c4/profile_export_aiperf.json").run(1.0);
    whole.fragment.evidence.ending = Some(Ending::Whole);
    let mut slices = beside("c4/profile_export_aiperf_timeslices.json", Role::AIPERF_SLICES_JSON);
    slices.fragment.evidence.slices = Some(TimeSlices::default());
    let cells = joined([ready, whole, slices]);
    assert_eq!(cells[0].evidence.ending, Some(Ending::Cut("partial".into())));
    assert_eq!(cells[0].evidence.slices, Some(TimeSlices::default()));
}
