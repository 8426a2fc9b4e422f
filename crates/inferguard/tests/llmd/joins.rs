//! Several files of one result, parallel load generators, repeats and runs.

use super::{cell, fixture, report, sample, value};
use inferguard::Options;

fn artifacts(cell: &inferguard::schema::Cell) -> String {
    serde_json::to_string(&cell.artifacts).expect("is JSON")
}

#[test]
fn versions_copies_and_native_files_are_one_cell_each() {
    let report = report(&fixture("copies"));
    let ids: Vec<&str> = report.cells.iter().map(|cell| &*cell.cell_id).collect();
    let guidellm = "results/guidellm-1786678148-fixtur_1/results";
    assert_eq!(
        ids,
        [
            &format!("{guidellm}#0"),
            &format!("{guidellm}#1"),
            "results/inference-perf-base-1775000000-ab12cd_1/stage_0_lifecycle_metrics",
            "results/vllm-benchmark_1759000009-run_8_qwen3-32b/vllm-infqps-concurrency8-Qwen3-32B-20250928-120008",
        ]
    );
    // The latest version first, the unsuffixed copy and `_0` behind it.
    let first = cell(&report, &format!("{guidellm}#0"));
    let text = artifacts(first);
    assert_eq!(text.matches("benchmark_report").count(), 4, "{text}");
    assert!(text.find("_v0.2,") < text.find("report,_results.json.yaml"), "{text}");
    // What only v0.1 and the metadata of the run have.
    assert_eq!(first.model.as_deref(), Some("qwen3-32b"));
    assert_eq!(value(first, "duration_seconds"), Some(20.0));
    assert!(text.contains("run_metadata_yaml"), "{text}");
    assert!(artifacts(&report.cells[1]).contains("run_metadata_yaml"));
    assert!(artifacts(&report.cells[2]).contains("native_result_json"));
    assert!(artifacts(&report.cells[3]).contains("raw_json"));
    // The native file counts the requests that v0.1 does not.
    assert_eq!(report.cells[3].completion.num_requests_total, Some(80));
    assert!(report.findings.iter().all(|f| f.code != "summary_mismatch"), "{:?}", report.findings);
}

#[test]
fn a_run_without_reports_is_read_from_the_harness_s_own_files() {
    let report = report(&fixture("native"));
    let of = |stage: u32| {
        let folder = "results/inference-perf-base-1775000000-ab12cd_1";
        cell(&report, &format!("{folder}/stage_{stage}_lifecycle_metrics"))
    };
    assert_eq!(report.cells.len(), 4, "{:?}", report.cells);
    for (stage, rate, users) in
        [(0, Some(2.0), None), (1, Some(8.0), None), (2, None, Some(16)), (3, Some(4.0), None)]
    {
        let cell = of(stage);
        assert_eq!((cell.request_rate, cell.concurrency), (rate, users), "{stage}");
        assert_eq!(cell.model.as_deref(), Some("qwen3-32b"));
        let told = serde_json::to_string(&cell.problems).expect("is JSON");
        assert!(told.contains("there is no report of it"), "{told}");
    }
    // Seconds in the file, whose 99 tokens after the first take 10 ms each.
    assert_eq!(value(of(0), "mean_ttft"), Some(0.08));
    assert_eq!(value(of(0), "p99_tpot"), Some(0.015));
    assert_eq!(value(of(0), "p99.9_tpot"), Some(0.0158));
    assert_eq!((value(of(0), "mean_isl"), value(of(0), "mean_osl")), (Some(1000.0), Some(100.0)));
    // The rates divide by the time up to the last answer, and not by that of sending.
    assert!((value(of(0), "duration_seconds").expect("derived") - 21.07).abs() < 1e-9);
    assert_eq!(value(of(0), "num_gpus"), None);
    assert_eq!(of(1).completion.num_requests_successful, Some(156));
    // Nothing was measured where every request failed.
    assert_eq!((value(of(3), "mean_ttft"), value(of(3), "output_tput_tps")), (None, None));
    assert!(report.findings.iter().any(|f| f.code == "invalid_run_no_successful_requests"));
    let reasons = serde_json::to_string(&report.artifact_manifest).expect("is JSON");
    assert!(reasons.contains("all stages of inference-perf pooled"), "{reasons}");
    assert!(reasons.contains("sessions of inference-perf"), "{reasons}");
}

#[test]
fn gauges_of_components_are_looked_at_one_by_one() {
    let report = report(&fixture("forms/v0.2.1-series"));
    let found = report.findings.iter().find(|finding| finding.code == "kv_pressure");
    let message = &found.expect("the decode engine was full").message;
    assert!(message.contains("decode-engine d-0"), "{message}");
    assert!(!message.contains("prefill-engine"), "{message}");
    let summary = serde_json::to_string(&report.run_summary).expect("is JSON");
    assert!(!summary.contains("waiting requests over time is not known"), "{summary}");
}

#[test]
fn parallel_load_generators_are_added_up() {
    let report = report(&fixture("pods"));
    let pooled = cell(
        &report,
        "results/vllm-benchmark-base-1775000000-ab12cd/openai-inf-qwen-20260401-120001",
    );
    assert_eq!(pooled.concurrency, Some(16));
    assert_eq!(pooled.completion.num_requests_total, Some(400));
    // 100 requests at 80 ms and 300 at 120 ms.
    assert!((value(pooled, "mean_ttft").expect("TTFT") - 0.110).abs() < 1e-12);
    let rate = 800.0 / 1.07 + 800.0 / 1.11;
    assert!((value(pooled, "output_tput_tps").expect("a rate") - rate).abs() < 1e-9);
    assert!((value(pooled, "tput_per_user").expect("a rate") - rate / 16.0).abs() < 1e-9);
    assert!(
        (value(pooled, "system_output_tput_per_gpu").expect("a rate") - rate / 8.0).abs() < 1e-9
    );
    assert_eq!(value(pooled, "num_gpus"), Some(8.0), "the GPUs are the same");
    assert_eq!(value(pooled, "std_ttft"), None);
    let told = serde_json::to_string(&pooled.problems).expect("is JSON");
    assert!(told.contains("2 load generators ran at the same time"), "{told}");
}

#[test]
fn a_missing_load_generator_is_told() {
    let report = report(&fixture("pods"));
    let alone = report.cells.iter().find(|cell| cell.cell_id.contains("ef34gh")).expect("is there");
    let told = serde_json::to_string(&alone.problems).expect("is JSON");
    assert!(told.contains("1 of 2 load generators"), "{told}");
}

#[test]
fn each_sweep_is_a_run_unless_runs_are_joined() {
    let runs = |join_runs| {
        let options = Options { join_runs, ..Options::default() };
        let report = inferguard::analyze(&fixture("sweep"), &options).expect("is read").report;
        let mut runs: Vec<String> =
            report.cells.iter().filter_map(|cell| cell.run.clone()).collect();
        runs.sort();
        runs.dedup();
        runs
    };
    assert_eq!(
        runs(false),
        [
            "pd-disaggregation.setup_modelservice_NA_NA_1_4_3_4",
            "pd-disaggregation.setup_standalone_2_4_NA_NA_NA_NA"
        ]
    );
    assert_eq!(runs(true), ["."]);
}

#[test]
fn repeats_are_one_point_and_parallel_generators_are_none() {
    let report = report(&fixture("pods"));
    let scenario = &report.cross_run.scenarios[0];
    let points: Vec<usize> =
        scenario.series.iter().flat_map(|s| &s.points).map(|p| p.cell_ids.len()).collect();
    assert_eq!((report.cells.len(), points), (2, vec![1, 1]), "8 users and 16 users");
}

#[test]
fn real_reports_of_three_versions_are_one_cell_a_stage() {
    let Some(root) = sample("converted") else { return };
    let report = report(&root);
    assert_eq!(report.cells.len(), 42 + 2);
    let runs: std::collections::BTreeSet<_> =
        report.cells.iter().filter_map(|cell| cell.run.as_deref()).collect();
    // Six configurations that nothing but their folders tells apart, and the run of guidellm.
    assert_eq!(runs.len(), 7, "{runs:?}");
    // Every number of a report against that of the file it was made of.
    assert!(
        report.cells.iter().filter(|cell| artifacts(cell).contains("native_result")).count() == 42
    );
    assert!(report.findings.iter().all(|f| f.code != "summary_mismatch"), "{:?}", report.findings);
}
