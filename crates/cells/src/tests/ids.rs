//! Ids of cells, their order and their runs.

use std::cmp::Ordering;

use proptest::prelude::*;

use super::*;

fn id_of(piece: Piece) -> String {
    joined([piece]).remove(0).id.to_string()
}

#[test]
fn a_result_has_the_path_of_its_file() {
    assert_eq!(id_of(row("agg_x.json")), "agg_x");
    assert_eq!(id_of(row("a/b/agg_x.json")), "a/b/agg_x");
    assert_eq!(id_of(raw("a/x.json.gz")), "a/x");
    assert_eq!(id_of(raw("a.b/x_qps1.5.json")), "a.b/x_qps1.5");
    assert_eq!(id_of(raw("a.b/x")), "a.b/x");
    assert_eq!(id_of(raw("a/.json")), "a/.json");
}

#[test]
fn an_element_of_an_array_has_its_number_from_zero() {
    assert_eq!(id_of(row("a/all.json").at("/0")), "a/all#0");
    assert_eq!(id_of(row("a/all.json").at("/rows/17")), "a/all#rows#17");
}

#[test]
fn a_folder_that_is_a_cell_has_its_own_path() {
    assert_eq!(id_of(replay("a/c16/detailed_results.csv")), "a/c16");
    assert_eq!(id_of(replay("a/c16/trace_replay/detailed_results.csv")), "a/c16");
    assert_eq!(id_of(server_metrics("a/c16/metrics_server_metrics.csv")), "a/c16");
}

#[test]
fn the_root_itself_may_be_the_cell() {
    assert_eq!(id_of(replay("detailed_results.csv")), "root");
    assert_eq!(id_of(replay("trace_replay/detailed_results.csv")), "root");
    assert_eq!(id_of(timeline("inferguard_timeline.jsonl", &[None])), "root");
}

#[test]
fn folders_that_hold_parts_of_a_cell_are_not_its_own() {
    assert_eq!(id_of(meta_env("c16/results/meta_env.json")), "c16");
    assert_eq!(id_of(meta_env("c16/LOGS/results/meta_env.json")), "c16");
    assert_eq!(id_of(meta_env("results/meta_env.json")), "results");
    assert_eq!(id_of(meta_env("logs/meta_env.json")), "root");
}

#[test]
fn a_stated_id_goes_before_the_path() {
    assert_eq!(id_of(row("a/agg_x.json").id("mine")), "mine");
    assert_eq!(id_of(replay("a/c16/detailed_results.csv").id("mine")), "mine");
}

#[test]
fn the_stated_id_of_the_better_source_counts() {
    let cells =
        joined([row("agg_x.json").id("of row").run(1.0), raw("x.json").id("of raw").run(1.0)]);
    assert_eq!(ids(&cells), ["of row"]);
    let cells = joined([row("agg_x.json").run(1.0), raw("x.json").id("of raw").run(1.0)]);
    assert_eq!(ids(&cells), ["of raw"]);
}

#[test]
fn ids_that_stand_twice_get_a_suffix_and_a_problem() {
    let cells = joined([
        row("b.json").id("same").run(1.0),
        row("c.json").id("same").run(2.0),
        row("a.json").id("same").run(3.0),
        row("d.json").id("same~2").run(4.0),
        row("e.json").id("other").run(5.0),
    ]);
    assert_eq!(ids(&cells), ["other", "same", "same~2", "same~3", "same~4"]);
    assert_eq!(ttft(of(&cells, "same")), Some(3.0), "the first path keeps the id");
    assert_eq!(ttft(of(&cells, "same~3")), Some(1.0));
    assert_eq!(ttft(of(&cells, "same~4")), Some(2.0));
    for (id, problems) in [("same", 0), ("same~2", 0), ("same~3", 1), ("same~4", 1)] {
        assert_eq!(told(of(&cells, id), "another cell has the id `same`"), problems, "{id}");
    }
}

#[test]
fn paths_that_differ_only_in_their_ending_stay_two_cells() {
    let cells = joined([raw("x.json").run(1.0), raw("x.jsonl").run(2.0)]);
    assert_eq!(ids(&cells), ["x", "x~2"]);
}

#[test]
fn cells_are_in_natural_order() {
    let cells = joined(["c16.json", "c2.json", "b.json", "c2b.json", "c02.json"].map(row));
    assert_eq!(ids(&cells), ["b", "c02", "c2", "c2b", "c16"]);
    let long = "9".repeat(400);
    assert_eq!(natural_order(&format!("c{long}"), "c10"), Ordering::Greater);
    assert_eq!(natural_order("c1/x", "c1"), Ordering::Greater);
    assert_eq!(natural_order("conc4_r10", "conc4_r9"), Ordering::Greater);
    assert_eq!(natural_order("", ""), Ordering::Equal);
}

#[test]
fn a_top_folder_with_two_cells_is_a_run() {
    let runs = |pieces: Vec<Piece>, options| -> Vec<String> {
        joined_with(pieces, options).into_iter().map(|cell| cell.run.0).collect()
    };
    let tree = || {
        vec![
            row("a/x/1.json").run(1.0),
            row("a/2.json").run(2.0),
            row("b/3.json").run(3.0),
            row("4.json").run(4.0),
            row("5.json").run(5.0),
        ]
    };
    let expected = [".", ".", "a", "a", "."];
    assert_eq!(ids(&joined(tree())), ["4", "5", "a/2", "a/x/1", "b/3"]);
    assert_eq!(runs(tree(), Options::default()), expected);
    assert_eq!(runs(tree(), Options { join_runs: true }), ["."; 5]);
}

proptest! {
    #[test]
    fn natural_order_is_a_total_order(
        a in "[ab0-9/#~]{0,8}", b in "[ab0-9/#~]{0,8}", c in "[ab0-9/#~]{0,8}",
    ) {
        prop_assert_eq!(natural_order(&a, &b), natural_order(&b, &a).reverse());
        prop_assert_eq!(natural_order(&a, &b) == Ordering::Equal, a == b);
        if natural_order(&a, &b).is_le() && natural_order(&b, &c).is_le() {
            prop_assert!(natural_order(&a, &c).is_le());
        }
    }
}
