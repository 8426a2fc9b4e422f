//! What an analysis is compared with: a folder of results, or an earlier report.

use std::path::{Path, PathBuf};

use inferguard::schema::{Finding, Report};
use inferguard::{AnalyzeError, Options, analyze, render};

/// A replay of eight users whose caches supply a share of the prompts.
fn replay(image: &str, users: u32, hit_rate: f64) -> String {
    format!(
        r#"{{
  "hw": "b200", "users": {users}, "image": "{image}", "model": "nvidia/DeepSeek-R1-0528-FP4",
  "infmax_model_prefix": "dsr1", "framework": "vllm", "precision": "fp4",
  "scenario_type": "agentic-coding", "is_multinode": false, "tp": 8, "ep": 8,
  "dp_attention": "false", "offload_mode": "off", "num_requests_total": 80,
  "num_requests_successful": 80, "mean_ttft": 1.0, "median_ttft": 0.9, "p99_ttft": 2.0,
  "mean_itl": 0.03, "server_gpu_cache_hit_rate": {hit_rate}, "server_cpu_cache_hit_rate": null,
  "total_tput_tps": {users}00.0
}}"#
    )
}

/// A score of the same configuration.
fn score(value: f64, stderr: f64) -> String {
    format!(
        r#"[{{
  "model": "deepseek-ai/DeepSeek-R1-0528", "hw": "H200", "framework": "sglang",
  "precision": "fp8", "spec_decoding": "none", "tp": 8, "ep": 1, "conc": 64,
  "dp_attention": "false", "isl": 1024, "osl": 1024, "task": "gsm8k", "em_strict": {value},
  "em_strict_se": {stderr}, "n_eff": 1319, "source": "evals/x/results_1.json"
}}]"#
    )
}

const ROW: &str = r#"{
  "hw": "h200", "conc": 64, "model": "deepseek-ai/DeepSeek-R1-0528", "infmax_model_prefix": "dsr1",
  "framework": "sglang", "precision": "fp8", "spec_decoding": "none", "disagg": false,
  "isl": 1024, "osl": 1024, "is_multinode": false, "tp": 8, "ep": 1, "dp_attention": "false",
  "tput_per_gpu": 300.0, "output_tput_per_gpu": 149.0, "input_tput_per_gpu": 151.0,
  "mean_ttft": 0.25, "median_ttft": 0.2, "p99_ttft": 0.5,
  "mean_tpot": 0.0125, "median_tpot": 0.012, "p99_tpot": 0.02
}"#;

fn tree(files: &[(&str, String)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a temporary folder");
    for (path, content) in files {
        let path = dir.path().join(path);
        std::fs::create_dir_all(path.parent().expect("has a folder")).expect("can make folders");
        std::fs::write(path, content).expect("can write");
    }
    dir
}

fn report(root: &Path, baseline: Option<PathBuf>) -> Report {
    let options = Options { baseline, generated_at: Some(0), ..Options::default() };
    analyze(root, &options).expect("a report").report
}

fn of<'r>(report: &'r Report, code: &str) -> Vec<&'r Finding> {
    report.findings.iter().filter(|finding| finding.code == code).collect()
}

/// A report written as `report.json`.
fn write_report(root: &Path, into: &Path) -> PathBuf {
    let renderer = render::RENDERERS.iter().find(|r| r.id == "json").expect("is there");
    let path = into.join("report.json");
    std::fs::write(&path, renderer.render(&report(root, None))).expect("can write");
    path
}

#[test]
fn a_folder_and_its_report_say_the_same() {
    let old = tree(&[("agg_old.json", replay("vllm:1", 8, 0.9))]);
    let new = tree(&[("agg_new.json", replay("vllm:2", 8, 0.7))]);
    let reports = tempfile::tempdir().expect("a temporary folder");
    let written = write_report(old.path(), reports.path());
    for baseline in [old.path().to_owned(), written] {
        let report = report(new.path(), Some(baseline));
        let found = of(&report, "prefix_cache_regression");
        assert_eq!(found.len(), 1, "{:?}", report.run_summary.not_evaluated);
        assert!(found[0].message.starts_with(
            "at 8 users: the combined cache hit rate is 70.0 %, 90.0 % in the baseline"
        ));
        assert_eq!(found[0].cell_id.as_deref(), Some("agg_new"));
    }
    assert!(of(&report(new.path(), None), "prefix_cache_regression").is_empty());
    let same = report(new.path(), Some(new.path().to_owned()));
    assert!(of(&same, "prefix_cache_regression").is_empty());
}

#[test]
fn a_lost_score_is_found() {
    let old = tree(&[("agg_r.json", ROW.into()), ("agg_eval_all.json", score(0.953, 0.0058))]);
    let new = tree(&[("agg_r.json", ROW.into()), ("agg_eval_all.json", score(0.893, 0.0085))]);
    let reports = tempfile::tempdir().expect("a temporary folder");
    let written = write_report(old.path(), reports.path());
    for baseline in [old.path().to_owned(), written] {
        let report = report(new.path(), Some(baseline));
        let found = of(&report, "eval_regression");
        assert_eq!(found.len(), 1, "{:?}", report.run_summary.not_evaluated);
        assert!(found[0].message.contains("0.9530 → 0.8930"), "{}", found[0].message);
    }
    let alone = report(new.path(), None);
    let why: Vec<_> = alone
        .run_summary
        .not_evaluated
        .iter()
        .filter(|one| one.code == "eval_regression")
        .map(|one| (one.reason.as_ref(), one.count))
        .collect();
    assert_eq!(why, [("no baseline was given", 1)]);
}

#[test]
fn a_report_of_the_07_series_is_read_as_far_as_it_goes() {
    let cell = r#"{"cell_id": "c", "source_format": "agentx-trace-replay", "hardware": "B200",
        "model": "DeepSeek-R1", "infmax_model_prefix": "dsr1", "framework": "vLLM",
        "precision": "nvfp4", "is_multinode": "false", "concurrency": 8,
        "topology": {"tp": 8, "concurrency_levels": [8]}, "artifacts": {"results_json": ["a"]},
        "completion": {"status": "complete", "num_requests_total": 1,
            "num_requests_successful": 1, "success_rate": 1.0},
        "metrics": {"server_gpu_cache_hit_rate": 0.9, "latency": {"p99": 1}, "levels": [1]},
        "timeline": {"events": [{}]}, "findings": [{"odd": true}]}"#;
    let text = format!(
        r#"{{"schema_version": "inferguard-analyze/v1.1", "cells": [{cell}], "findings": []}}"#
    );
    let old = tree(&[("report.json", text)]);
    let new = tree(&[("agg_new.json", replay("vllm:2", 8, 0.7))]);
    let report = report(new.path(), Some(old.path().join("report.json")));
    assert_eq!(report.cells.len(), 1);
}

#[test]
fn a_baseline_that_cannot_be_read_is_an_error_that_names_it() {
    let new = tree(&[("agg_new.json", replay("vllm:2", 8, 0.7))]);
    let files = tree(&[
        ("none.json", "{".into()),
        ("other.json", r#"{"schema_version": "inferguard-manifest/v1"}"#.into()),
        ("cells.json", r#"{"schema_version": "inferguard-analyze/v1"}"#.into()),
        ("odd.json", r#"{"schema_version": "inferguard-analyze/v1", "cells": [7]}"#.into()),
        ("empty/notes.txt", "x".into()),
    ]);
    for (name, why) in [
        ("absent.json", ""),
        ("none.json", "no JSON"),
        ("other.json", "not a report: schema_version is `inferguard-manifest/v1`"),
        ("cells.json", "the report has no cells"),
        ("odd.json", "cell 0 of the report cannot be read"),
        ("empty", "no supported benchmark result"),
    ] {
        let options = Options { baseline: Some(files.path().join(name)), ..Options::default() };
        let error = analyze(new.path(), &options).expect_err("no report");
        assert!(matches!(error, AnalyzeError::Baseline { .. }), "{error}");
        let told = error.to_string();
        assert!(told.starts_with("cannot read the baseline ") && told.contains(name), "{told}");
        assert!(told.contains(why), "{told}");
    }
}

#[test]
fn offloading_that_is_named_off_and_ran_leaves_its_series() {
    let cpu = replay("vllm:1", 8, 0.5)
        .replace(r#""server_cpu_cache_hit_rate": null"#, r#""server_cpu_cache_hit_rate": 0.4"#);
    let dir = tree(&[("agg_a.json", cpu), ("agg_b.json", replay("vllm:1", 16, 0.5))]);
    let report = report(dir.path(), None);
    let unplaced = &report.cross_run.unplaced;
    assert_eq!(
        unplaced.get("agg_a").map(String::as_str),
        Some("its offloading is named off, but a CPU or external cache was used")
    );
    assert_eq!(report.cross_run.scenarios[0].cell_ids, ["agg_a".into(), "agg_b".into()]);
    let problems = &report.cells[0].problems;
    assert!(problems.iter().any(|problem| problem.code == "conflict"), "{problems:?}");
}
