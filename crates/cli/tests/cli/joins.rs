//! Cell ids and joins, through the binary.

use serde_json::json;

use crate::build::{AGENTX, agentx, raw, row, server_metrics, ten_requests, timeline};
use crate::run::{Tree, analyze, list};

#[test]
fn a_raw_result_and_its_row_are_one_cell() {
    let run = Tree::new()
        .file("dsr1_1k1k_conc8.json", raw(8).to_string())
        .file("agg_dsr1_1k1k_conc8.json", row(8).to_string())
        .file("agg_dsr1_1k1k_conc16.json", row(16).to_string())
        .analyze(&[]);
    assert_eq!(run.cell_ids(), ["agg_dsr1_1k1k_conc8", "agg_dsr1_1k1k_conc16"]);
    let cell = run.cell("agg_dsr1_1k1k_conc8");
    assert_eq!(
        cell["artifacts"],
        json!({"agg_json": "agg_dsr1_1k1k_conc8.json", "raw_json": "dsr1_1k1k_conc8.json"})
    );
    // The row's number is kept, the raw result adds what the row lacks.
    assert_eq!(cell["provenance"]["mean_ttft"], "agg_json:/mean_ttft");
    assert_eq!(cell["provenance"]["duration_seconds"], "raw_json:/duration");
    assert_eq!(cell["completion"]["num_requests_total"], 80);
    assert_eq!(run.findings(), [""; 0]);
    for path in ["dsr1_1k1k_conc8.json", "agg_dsr1_1k1k_conc8.json"] {
        assert_eq!(run.artifact(path)["cell_id"], "agg_dsr1_1k1k_conc8");
    }
}

#[test]
fn a_row_that_differs_from_its_raw_result_is_told() {
    let mut row = row(8);
    row["p99_e2el"] = json!(123.0);
    let run = Tree::new()
        .file("bmk_x/agg_x.json", row.to_string())
        .file("bmk_x/x.json", raw(8).to_string())
        .analyze(&[]);
    let told: Vec<_> = run.findings();
    // Either one cell with a mismatch or two cells: never one of the two numbers in silence.
    let mismatch = told.iter().any(|finding| finding.starts_with("warning summary_mismatch"));
    assert!(mismatch || run.cell_ids().len() == 2, "{told:?} {:?}", run.cell_ids());
}

#[test]
fn every_element_of_an_array_is_a_cell() {
    let rows = json!([row(4), row(8), row(16)]);
    let run = Tree::new().file("all/agg_bmk.json", rows.to_string()).analyze(&[]);
    assert_eq!(run.cell_ids(), ["all/agg_bmk#0", "all/agg_bmk#1", "all/agg_bmk#2"]);
    assert_eq!(run.cell("all/agg_bmk#1")["concurrency"], 8);
    let place = &run.cell("all/agg_bmk#1")["provenance"]["mean_ttft"];
    assert_eq!(place, "agg_json:/1/mean_ttft");
}

#[test]
fn a_row_and_its_copy_in_an_array_are_one_cell() {
    let run = Tree::new()
        .file("all/agg_bmk.json", json!([row(4), row(8)]).to_string())
        .file("one/agg_x_conc8.json", row(8).to_string())
        .analyze(&[]);
    assert_eq!(run.cell_ids(), ["all/agg_bmk#0", "one/agg_x_conc8"]);
    let problems = run.problems("one/agg_x_conc8");
    assert!(problems.iter().any(|told| told.starts_with("duplicate")), "{problems:?}");
}

#[test]
fn agentx_folders_join_the_row_of_their_name() {
    let run = Tree::new().files(agentx()).analyze(&[]);
    let id = format!("bmk_agentic_{AGENTX}/agg_{AGENTX}");
    assert_eq!(run.cell_ids(), [id.as_str()]);
    let artifacts = run.cell(&id)["artifacts"].as_object().expect("an object");
    let roles: Vec<_> = artifacts.keys().map(String::as_str).collect();
    assert_eq!(roles, ["agg_json", "detailed_results_csv", "metrics_server_metrics_csv"]);
    assert_eq!(run.findings(), [""; 0]);
    assert_eq!(run.code(), 0);
}

#[test]
fn the_id_of_a_cell_does_not_depend_on_its_neighbours() {
    let one = Tree::new().file("a/agg_x.json", row(8).to_string());
    assert_eq!(one.analyze(&[]).cell_ids(), ["a/agg_x"]);
    let more =
        one.file("a/agg_y.json", row(16).to_string()).file("b/agg_x.json", row(4).to_string());
    assert_eq!(more.analyze(&[]).cell_ids(), ["a/agg_x", "a/agg_y", "b/agg_x"]);
}

#[test]
fn a_stated_cell_id_is_used_and_a_clash_is_told() {
    let mut named = row(8);
    named["cell_id"] = json!("mine");
    let mut same = row(16);
    same["cell_id"] = json!("mine");
    let run = Tree::new()
        .file("a/agg_x.json", named.to_string())
        .file("b/agg_x.json", same.to_string())
        .analyze(&[]);
    assert_eq!(run.cell_ids(), ["mine", "mine~2"]);
    assert!(run.problems("mine~2").iter().any(|told| told.starts_with("conflict")));
}

#[test]
fn a_single_file_is_its_own_tree() {
    let tree =
        Tree::new().file("agg_x.json", row(8).to_string()).file("agg_y.json", row(16).to_string());
    let output = tree.join("inferguard_report");
    let run = analyze(&tree.join("agg_x.json"), &output, &[]);
    assert_eq!(run.cell_ids(), ["agg_x"]);
    assert_eq!(list(run.report(), "artifact_manifest").len(), 3, "itself and what was written");
}

#[test]
fn a_single_cell_folder_is_named_after_itself() {
    let tree = Tree::new()
        .file("my_cell/metrics_server_metrics.csv", server_metrics())
        .file("my_cell/trace_replay/detailed_results.csv", ten_requests());
    let cell = tree.join("my_cell");
    let run = analyze(&cell, &cell.join("inferguard_report"), &[]);
    assert_eq!(run.cell_ids(), ["my_cell"]);
    assert_eq!(run.metric("my_cell", "mean_ttft"), Some(0.5));
    assert_eq!(run.findings(), [""; 0]);
}

#[test]
fn a_timeline_joins_the_nearest_cell() {
    let run = Tree::new()
        .file("c8/agg_x.json", row(8).to_string())
        .file("c8/inferguard_timeline.jsonl", timeline(4, Some(("kv_transfer_stall", "warning"))))
        .file("c16/agg_x.json", row(16).to_string())
        .analyze(&[]);
    assert_eq!(run.cell("c8/agg_x")["timeline"]["sample_count"], 4);
    assert!(run.cell("c16/agg_x").get("timeline").is_none_or(serde_json::Value::is_null));
    // One finding, not one a line.
    assert_eq!(run.findings(), ["warning kv_transfer_stall c8/agg_x"]);
    assert_eq!(run.report()["findings"][0]["evidence"]["count"], 4);
}

#[test]
fn logs_and_archives_are_linked_and_not_opened() {
    let run = Tree::new()
        .file("c8/agg_x.json", row(8).to_string())
        .file("c8/slurm-1.out", "\0\0 no text at all")
        .file("c8/server_logs.tar.gz", "no archive")
        .analyze(&[]);
    for path in ["c8/slurm-1.out", "c8/server_logs.tar.gz"] {
        assert_eq!(run.status(path), "linked");
        assert_eq!(run.artifact(path)["cell_id"], "c8/agg_x");
    }
    assert_eq!(run.findings(), [""; 0]);
}

#[test]
fn runs_are_top_folders_and_join_runs_makes_one() {
    let tree = Tree::new()
        .file("monday/agg_a.json", row(4).to_string())
        .file("monday/agg_b.json", row(8).to_string())
        .file("tuesday/agg_a.json", row(16).to_string())
        .file("tuesday/agg_b.json", row(32).to_string());
    let runs = |args: &[&str]| -> Vec<String> {
        let run = tree.analyze(args);
        let cells = list(run.report(), "cells").iter();
        cells.map(|cell| cell["run"].as_str().unwrap_or_default().to_owned()).collect()
    };
    let series = |args: &[&str]| {
        let run = tree.analyze(args);
        list(&run.report()["cross_run"]["scenarios"][0], "series").len()
    };
    assert_eq!(runs(&[]), ["monday", "monday", "tuesday", "tuesday"]);
    assert_eq!(runs(&["--join-runs"]), ["."; 4]);
    assert_eq!((series(&[]), series(&["--join-runs"])), (2, 1));
}
