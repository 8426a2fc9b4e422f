//! `inferguard pareto` on the demo and on small trees.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::run::{analyze, inferguard, list};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(name)
}

fn pareto(args: &[&str]) -> assert_cmd::assert::Assert {
    let mut command = inferguard();
    command.arg("pareto").args(args).assert()
}

fn stdout(args: &[&str]) -> String {
    let assert = pareto(args).code(0);
    String::from_utf8_lossy(&assert.get_output().stdout).into_owned()
}

fn stderr(args: &[&str]) -> String {
    let assert = pareto(args).code(3);
    String::from_utf8_lossy(&assert.get_output().stderr).into_owned()
}

fn json(args: &[&str]) -> Value {
    let mut all = args.to_vec();
    all.push("--json");
    serde_json::from_str(&stdout(&all)).expect("JSON")
}

#[test]
fn the_json_is_that_of_the_report() {
    let demo = fixture("demo");
    let output = tempfile::tempdir().expect("a temporary folder");
    let folder = output.path().to_str().expect("plain");
    let run = analyze(&demo, output.path(), &["--output-dir", folder]);
    let compared = json(&[demo.to_str().expect("plain")]);
    assert_eq!(compared, run.report()["cross_run"]);
    assert!(!list(&compared, "scenarios").is_empty());
}

#[test]
fn the_list_numbers_scenarios_and_a_number_or_id_chooses_one() {
    let demo = fixture("demo");
    let demo = demo.to_str().expect("plain");
    let all = json(&[demo]);
    for (at, scenario) in list(&all, "scenarios").iter().enumerate() {
        let id = scenario["id"].as_str().expect("an id");
        for wanted in [id, &(at + 1).to_string()] {
            let one = json(&[demo, "--scenario", wanted]);
            assert_eq!(list(&one, "scenarios"), std::slice::from_ref(scenario));
        }
        assert!(stdout(&[demo]).contains(id));
    }
    let error = stderr(&[demo, "--scenario", "99"]);
    assert!(error.contains("there is no scenario `99`"), "{error}");
}

#[test]
fn lines_fit_80_columns() {
    let demo = fixture("demo");
    let text = stdout(&[demo.to_str().expect("plain"), "--scenario", "1", "--slo", "ttft:500"]);
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
}

#[test]
fn several_folders_are_compared_on_one_chart() {
    let demo = fixture("demo");
    let demo = demo.to_str().expect("plain");
    let once = json(&[demo]);
    let twice = json(&[demo, demo]);
    let cells = |of: &Value| list(&list(of, "scenarios")[0], "cell_ids").len();
    assert_eq!(2 * cells(&once), cells(&twice));
    assert_eq!(list(&twice, "cell_ids").len(), 2 * list(&once, "cell_ids").len());
}

#[test]
fn a_filter_takes_cells_and_says_how_many() {
    let demo = fixture("demo");
    let demo = demo.to_str().expect("plain");
    let error = stderr(&[demo, "--where", "hardware=nothing"]);
    assert!(error.contains("none of the"), "{error}");
    let error = stderr(&[demo, "--where", "hw=b200"]);
    assert!(error.contains("nothing to choose cells by"), "{error}");
    let all = list(&json(&[demo]), "cell_ids").len();
    let some = list(&json(&[demo, "--where", "concurrency=16"]), "cell_ids").len();
    assert!(0 < some && some < all, "{some} of {all}");
}

#[test]
fn axes_are_told_apart_and_errors_name_what_is_near() {
    let demo = fixture("demo");
    let demo = demo.to_str().expect("plain");
    let one = json(&[demo, "--x", "p99_ttft", "--y", "tput_per_gpu"]);
    let frontiers = list(&list(&one, "scenarios")[0], "frontiers").to_vec();
    assert!(frontiers.iter().all(|f| f["x"]["metric"] == "p99_ttft"), "{frontiers:#?}");
    assert!(stderr(&[demo, "--x", "p99_tttft"]).contains("did you mean"));
    assert!(stderr(&[demo, "--y", "cost_per_million_total_tokens"]).contains("needs a price"));
    let priced =
        ["--y", "cost_per_million_total_tokens", "--cost-per-gpu-hour", "2", "--x", "intvty"];
    let priced = json(&[&[demo], &priced[..]].concat());
    let unit = &list(&list(&priced, "scenarios")[0], "frontiers")[0]["y"]["unit"];
    assert_eq!(unit, "USD per million tokens");
}

#[test]
fn objectives_choose_measured_points() {
    let demo = fixture("demo");
    let demo = demo.to_str().expect("plain");
    let best = |slo: &str| {
        let all = json(&[demo, "--slo", slo]);
        list(&list(&all, "scenarios")[0], "slo_best")
            .iter()
            .filter(|one| !one["best"].is_null())
            .count()
    };
    assert!(best("ttft:1000000") > 0);
    assert_eq!(best("ttft:0.001"), 0);
    assert!(stderr(&[demo, "--slo", "ttft=5"]).contains("name:value"));
}

#[test]
fn the_best_cells_are_ranked_in_the_better_direction() {
    let demo = fixture("demo");
    let demo = demo.to_str().expect("plain");
    let values = |metric: &str| -> Vec<f64> {
        let all = json(&[demo, "--best", metric, "--top", "3"]);
        let first = &all.as_array().expect("scenarios")[0];
        list(first, "cells").iter().filter_map(|cell| cell["value"].as_f64()).collect()
    };
    let (best, fastest) = (values("tput_per_gpu"), values("p99_ttft"));
    assert_eq!(best.len(), 3);
    assert!(best.is_sorted_by(|a, b| a >= b), "{best:?}");
    assert!(fastest.is_sorted(), "{fastest:?}");
    assert!(stdout(&[demo, "--best", "p99_ttft"]).contains("p99_ttft"));
    assert!(stderr(&[demo, "--best", "isl"]).contains("isl:higher"));
}

#[test]
fn all_points_stand_behind_each_frontier() {
    let sweep = fixture("llmd/sweep");
    let sweep = sweep.to_str().expect("plain");
    let axes = ["--x", "tput_per_user", "--y", "output_tput_per_gpu"];
    insta::assert_snapshot!("points", stdout(&[&[sweep, "--points"], &axes[..]].concat()));
}
