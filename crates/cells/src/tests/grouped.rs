//! Which results speak of one cell.

use super::*;

#[test]
fn a_raw_result_and_its_row_are_one_cell() {
    for (agg, of_client) in [
        ("agg_x.json", "x.json"),
        ("bmk_x/agg_x.json", "raw/x.json"),
        ("run/agg_x.json", "run/some_other_name.json"),
        ("a/agg_x.json", "b/result_2026.json"),
    ] {
        let cells = joined([raw(of_client).run(1.5).conc(8), row(agg).run(1.5)]);
        assert_eq!(cells.len(), 1, "{agg} {of_client}");
        assert_eq!(roles(&cells[0]), ["agg_json", "raw_json"]);
        assert_eq!(cells[0].format, SourceFormat::InferencexStatic);
        assert_eq!(cells[0].evidence.identity.load.concurrency, Some(8));
        assert_eq!(told(&cells[0], "the same result"), 0);
        assert_eq!((cells[0].compared, cells[0].mismatches.len()), (5, 0));
    }
}

#[test]
fn the_same_stem_with_other_values_stays_two_cells() {
    let cells = joined([raw("x.json").run(1.5), row("agg_x.json").run(1.500_01)]);
    assert_eq!(ids(&cells), ["agg_x", "x"]);
}

#[test]
fn values_must_agree_to_the_last_digits() {
    let two = |x: f64| joined([raw("x.json").run(1.5), row("agg_x.json").run(x)]).len();
    assert_eq!(two(1.5 * (1.0 + 5e-10)), 1);
    assert_eq!(two(1.5 * (1.0 + 5e-9)), 2);
}

#[test]
fn keys_that_both_state_must_agree() {
    let one = |a: Piece, b: Piece| joined([a, b]).len() == 1;
    let (r, w) = (|| raw("x.json").run(1.0), || row("agg_x.json").run(1.0));
    assert!(one(r().conc(4), w().conc(4)));
    assert!(one(r(), w().conc(4)));
    assert!(!one(r().conc(4), w().conc(8)));
    assert!(!one(r().model("dsr1"), w().model("llama70b")));
    let written = |mut piece: Piece| {
        piece.fragment.evidence.identity.as_written.model = Some("org/model".into());
        piece
    };
    assert!(one(written(r()).model("model"), written(w()).model("dsr1")));
}

#[test]
fn a_few_equal_numbers_are_no_proof() {
    let few = |piece: Piece| {
        numbers(1.0)[..3].iter().fold(piece, |piece, (metric, value)| piece.stated(*metric, *value))
    };
    assert_eq!(joined([few(raw("x.json")), few(row("agg_x.json"))]).len(), 2);
    let four = |piece: Piece| few(piece).stated(numbers(1.0)[3].0, numbers(1.0)[3].1);
    assert_eq!(joined([four(raw("x.json")), four(row("agg_x.json"))]).len(), 1);
}

#[test]
fn zeros_and_derived_numbers_are_no_proof() {
    assert_eq!(joined([raw("x.json").run(0.0), row("agg_y.json").run(0.0)]).len(), 2);
    let cells = joined([raw("x.json").run(1.0), row("agg_x.json").recomputed(1.0)]);
    assert_eq!(cells.len(), 2);
}

#[test]
fn a_derived_number_of_another_formula_does_not_part_a_row_from_its_raw_result() {
    let metric = Metric::plain(Quantity::TputPerGpu);
    let cells = joined([
        raw("x.json").run(1.0).stated(metric, 5.0),
        row("agg_x.json").run(1.0).derived(metric, 5.5),
    ]);
    assert_eq!(cells.len(), 1);
    assert_eq!(cells[0].evidence.metrics.get(metric), Some(5.0), "stated before derived");
    assert_eq!(cells[0].mismatches.len(), 1);
}

#[test]
fn copies_in_arrays_are_one_cell_with_a_note() {
    let cells = joined([
        row("all.json").at("/0").run(1.0),
        row("all.json").at("/1").run(2.0),
        row("all.json").at("/2").run(1.0),
        row("single/agg_x.json").run(1.0),
        row("all (1).json").at("/0").run(1.0),
    ]);
    assert_eq!(ids(&cells), ["all#1", "single/agg_x"]);
    let joined = of(&cells, "single/agg_x");
    assert_eq!(joined.artifacts.len(), 4);
    assert_eq!(told(joined, "the same result as in all.json"), 2);
    assert_eq!(told(joined, "the same result as in all (1).json"), 1);
    assert!(joined.mismatches.is_empty());
}

#[test]
fn a_single_file_goes_before_an_element_and_low_elements_before_high_ones() {
    let cells = joined([row("a.json").at("/10").run(1.0), row("a.json").at("/9").run(1.0)]);
    assert_eq!(ids(&cells), ["a#9"]);
}

#[test]
fn rows_that_share_keys_and_not_values_are_repeats() {
    let cells = joined([
        row("all.json").at("/0").conc(8).model("m").run(1.0),
        row("all.json").at("/1").conc(8).model("m").run(1.1),
    ]);
    assert_eq!(ids(&cells), ["all#0", "all#1"]);
}

#[test]
fn many_copies_are_one_cell() {
    let names: Vec<&'static str> =
        (0..300).map(|n| &*Box::leak(format!("copy{n}/agg_x.json").into_boxed_str())).collect();
    let cells = joined(names.iter().map(|name| row(name).run(1.0)));
    assert_eq!(cells.len(), 1);
    assert_eq!(cells[0].artifacts.len(), 300);
    assert_eq!(told(&cells[0], "the same result"), 299);
}

#[test]
fn a_raw_result_and_its_records_are_one_cell_of_one_artifact() {
    let cells = joined([records("x.json").recomputed(1.1), raw("x.json").run(1.0)]);
    assert_eq!(ids(&cells), ["x"]);
    assert_eq!(roles(&cells[0]), ["raw_json"]);
    assert_eq!(ttft(&cells[0]), Some(1.0), "summary before records");
    assert_eq!(cells[0].mismatches.len(), 5);
    assert_eq!(told(&cells[0], "the same result"), 0);
}

#[test]
fn records_of_copies_are_no_further_copies() {
    let cells = joined([
        row("agg_x.json").run(1.0),
        raw("a/x.json").run(1.0),
        records("a/x.json").recomputed(1.0),
        raw("b/x.json").run(1.0),
        records("b/x.json").recomputed(1.0),
    ]);
    assert_eq!(ids(&cells), ["agg_x"]);
    assert_eq!(cells[0].artifacts.len(), 3);
    assert_eq!(told(&cells[0], "the same result"), 1);
}

#[test]
fn a_replay_and_its_row_are_joined_by_the_names_that_ci_gives() {
    for (row_path, folder) in [
        ("bmk_agentic_X/X.json", "agentic_X/trace_replay/detailed_results.csv"),
        ("bmk_agentic_X/agg_X.json", "agentic_X/detailed_results.csv"),
        ("run/bmk_agentic_X/X.json", "run/agentic_X/trace_replay/detailed_results.csv"),
        ("bmk_X/result.json", "agentic_X (1)/trace_replay/detailed_results.csv"),
        ("rows/agg_X.json", "X/trace_replay/detailed_results.csv"),
    ] {
        let cells = joined([replay(folder).recomputed(1.0), agentic(row_path).run(1.0)]);
        assert_eq!(cells.len(), 1, "{row_path} {folder}: {:?}", ids(&cells));
        assert_eq!(roles(&cells[0]), ["agg_json", "detailed_results_csv"]);
        assert_eq!(cells[0].format, SourceFormat::AgentxTraceReplay);
    }
}

#[test]
fn a_replay_and_the_row_in_its_folder_are_joined() {
    let cells = joined([
        agentic("a/c16/agg_any.json").run(1.0),
        replay("a/c16/trace_replay/detailed_results.csv").recomputed(1.0),
        agentic("a/c2/agg_any.json").run(2.0),
        replay("a/c2/detailed_results.csv").recomputed(2.0),
        server_metrics("a/c2/metrics_server_metrics.csv"),
    ]);
    assert_eq!(ids(&cells), ["a/c2/agg_any", "a/c16/agg_any"]);
    assert_eq!(
        roles(&cells[0]),
        ["agg_json", "detailed_results_csv", "metrics_server_metrics_csv"]
    );
}

#[test]
fn names_of_another_run_do_not_join() {
    let cells = joined([
        agentic("run1/bmk_agentic_X/X.json").run(1.0),
        replay("run1/agentic_X/trace_replay/detailed_results.csv").recomputed(1.0),
        agentic("run2/bmk_agentic_X/X.json").run(2.0),
        replay("run2/agentic_X/trace_replay/detailed_results.csv").recomputed(2.0),
    ]);
    assert_eq!(ids(&cells), ["run1/bmk_agentic_X/X", "run2/bmk_agentic_X/X"]);
    assert!(cells.iter().all(|cell| cell.mismatches.is_empty() && cell.artifacts.len() == 2));
    let lost = joined([
        replay("run1/agentic_X/trace_replay/detailed_results.csv").recomputed(1.0),
        agentic("run2/bmk_agentic_X/X.json").run(2.0),
    ]);
    assert_eq!(ids(&lost), ["run1/agentic_X", "run2/bmk_agentic_X/X"]);
}

#[test]
fn only_agentic_rows_are_rows_of_a_replay() {
    let cells = joined([
        row("c16/agg_fixed.json").run(1.0),
        raw("c8.json").run(2.0),
        replay("c16/trace_replay/detailed_results.csv").recomputed(3.0),
        replay("c8/trace_replay/detailed_results.csv").recomputed(4.0),
    ]);
    assert_eq!(ids(&cells), ["c8", "c8~2", "c16", "c16/agg_fixed"]);
}

#[test]
fn a_replay_beside_several_rows_goes_to_none_of_them() {
    let cells = joined([
        agentic("a/X.json").run(1.0),
        agentic("a/Y.json").run(2.0),
        replay("a/detailed_results.csv").recomputed(3.0),
    ]);
    assert_eq!(ids(&cells), ["a", "a/X", "a/Y"]);
}

#[test]
fn a_replay_joins_the_row_of_an_array_that_has_its_numbers() {
    let cells = joined([
        agentic("results_bmk/agg_bmk.json").at("/0").run(1.0),
        agentic("results_bmk/agg_bmk.json").at("/1").run(2.0),
        row("results_bmk/agg_bmk.json").at("/2").run(3.0),
        replay("agentic_X/trace_replay/detailed_results.csv").recomputed(2.0),
    ]);
    assert_eq!(cells.len(), 3);
    assert_eq!(cells[1].artifacts.len(), 2);
}

#[test]
fn failed_results_without_a_number_are_joined_by_their_names() {
    let cells = joined([row("a/agg_x.json"), raw("a/x.json"), raw("a/y.json"), raw("b/x.json")]);
    assert_eq!(ids(&cells), ["a/agg_x", "a/y", "b/x"]);
}

#[test]
fn copies_of_a_replay_are_one_cell() {
    let cells = joined([
        replay("a/c16/trace_replay/detailed_results.csv").recomputed(1.0),
        replay("copy/c16/trace_replay/detailed_results.csv").recomputed(1.0),
        replay("a/c32/trace_replay/detailed_results.csv").recomputed(1.2),
    ]);
    assert_eq!(ids(&cells), ["a/c16", "a/c32"]);
    assert_eq!(told(&cells[0], "the same result as in copy/c16"), 1);
}

#[test]
fn zeros_do_not_add_to_the_proof() {
    let three = |piece: Piece| {
        let zeros = [Quantity::Preemptions, Quantity::RequestsWaiting].map(Metric::plain);
        let piece = zeros.into_iter().fold(piece, |piece, metric| piece.stated(metric, 0.0));
        numbers(1.0)[..3].iter().fold(piece, |piece, (metric, value)| piece.stated(*metric, *value))
    };
    assert_eq!(joined([three(raw("x.json")), three(row("agg_x.json"))]).len(), 2);
}

#[test]
fn ci_folders_at_the_top_are_of_one_run() {
    let cells = joined([
        agentic("bmk_agentic_X/X.json").run(1.0),
        agentic("run1/bmk_agentic_X/X.json").run(2.0),
        replay("agentic_X/trace_replay/detailed_results.csv").recomputed(1.0),
    ]);
    assert_eq!(ids(&cells), ["bmk_agentic_X/X", "run1/bmk_agentic_X/X"]);
    assert_eq!(cells[0].artifacts.len(), 2);
}

#[test]
fn results_of_two_jobs_are_never_copies_of_each_other() {
    let a = "100_1P_1D_20260101_000000/vllm_isl_8_osl_4/x.json";
    let b = "101_1P_1D_20260102_000000/vllm_isl_8_osl_4/x.json";
    let again = "backup/100_1P_1D_20260101_000000/vllm_isl_8_osl_4/x.json";
    assert_eq!(joined([raw(a).run(1.5).conc(8), raw(b).run(1.5).conc(8)]).len(), 2);
    assert_eq!(joined([raw(a).run(1.5).conc(8), raw(again).run(1.5).conc(8)]).len(), 1);
    let with_row = [raw(a).run(1.5), raw(b).run(1.5), row("agg_x.json").run(1.5)];
    assert_eq!(joined(with_row).len(), 2, "a row outside goes to one of them");
}
