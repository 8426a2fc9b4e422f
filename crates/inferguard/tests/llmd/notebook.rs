//! What the analysis notebook of llm-d (`b7551ca1`, 2025-08-11) gets wrong, defect by defect.

use inferguard::schema::{Cell, Scenario};

use super::{cell, compared, fixture, report, series, value};

const PD: &str = "h100 vllm 1P TP4, 3D TP4";
const STANDALONE: &str = "h100 vllm 2R TP4";

fn near(found: Option<f64>, expected: f64) {
    let found = found.expect("a value");
    assert!((found - expected).abs() <= 1e-9 * expected.abs(), "{found} and {expected}");
}

/// A cell of the sweep by a part of its id.
fn of<'r>(report: &'r inferguard::schema::Report, part: &str) -> &'r Cell {
    let mut found = report.cells.iter().filter(|cell| cell.cell_id.contains(part));
    match (found.next(), found.next()) {
        (Some(cell), None) => cell,
        other => panic!("{part}: {other:?}"),
    }
}

fn standalone(users: u32) -> String {
    format!(
        "setup_standalone_2_4_NA_NA_NA_NA/results/vllm-benchmark_175900000{}-run_{users}_",
        users % 10
    )
}

/// The cells of a form, apart from the others: their numbers are alike.
fn form(name: &str) -> inferguard::schema::Report {
    report(&fixture("forms").join(name))
}

/// The scenarios of the sweep, of 1,000 and of 8,000 input tokens.
fn scenarios(filter: &str) -> Vec<Scenario> {
    compared(&fixture("sweep"), ["tput_per_user", "system_output_tput_per_gpu"], filter)
        .cross_run
        .scenarios
}

#[test]
fn defect_01_a_mean_is_the_mean_and_not_the_whole_object() {
    let report = report(&fixture("sweep"));
    let cell = of(&report, &standalone(8));
    for (name, expected) in
        [("mean_ttft", 0.090), ("mean_tpot", 0.010), ("mean_itl", 0.010), ("mean_e2el", 1.080)]
    {
        near(value(cell, name), expected);
    }
}

#[test]
fn defect_02_values_are_converted_by_their_units() {
    // Seconds in one, milliseconds in the other.
    near(value(&form("inference-perf").cells[0], "mean_e2el"), 1.07);
    near(value(&form("decode-only").cells[0], "mean_e2el"), 1.08);
}

#[test]
fn defect_03_tp_and_replicas_are_not_mixed_up() {
    let scenarios = scenarios("");
    let series = series(&scenarios[0], STANDALONE).expect("2R TP4");
    assert_eq!(series.points.len(), 3, "1, 8 and 64 users");
}

#[test]
fn defect_04_standalone_is_of_this_scenario_only() {
    let scenarios = scenarios("disagg=false");
    assert_eq!(scenarios.len(), 2);
    for scenario in &scenarios {
        let of_long = scenario.isl == Some(8000);
        assert!(scenario.cell_ids.iter().all(|id| id.contains("run_long") == of_long));
    }
}

#[test]
fn defect_05_no_standalone_row_is_among_the_disaggregated() {
    let scenarios = scenarios("disagg=true");
    let labels: Vec<&str> =
        scenarios.iter().flat_map(|s| &s.series).map(|s| s.configuration.label.as_str()).collect();
    assert_eq!(labels, [PD]);
}

#[test]
fn defect_06_each_row_has_its_own_gpus() {
    let report = report(&fixture("sweep"));
    for cell in &report.cells {
        let pd = cell.cell_id.contains("modelservice");
        assert_eq!(cell.disagg, Some(pd));
        assert_eq!(value(cell, "num_gpus"), Some(if pd { 16.0 } else { 8.0 }));
    }
}

#[test]
fn defect_07_both_kinds_of_layouts_sort_together() {
    let labels: Vec<String> =
        scenarios("")[0].series.iter().map(|s| s.configuration.label.clone()).collect();
    assert_eq!(labels, [PD, STANDALONE]);
}

#[test]
fn defect_08_data_and_pipeline_parallelism_count_as_gpus() {
    // TP 1, DP 16 over two workers of 8 GPUs.
    assert_eq!(value(&form("v0.2-wide").cells[0], "num_gpus"), Some(16.0));
    // v0.1 states the GPUs of one pod; that they do not suffice is told.
    let report = form("wide-ep-dp");
    let finding = report.findings.iter().find(|finding| finding.code == "gpu_count_suspect");
    assert!(finding.expect("is told").message.contains("take 32"));
}

#[test]
fn defect_09_decode_without_prefill_is_aggregated() {
    let report = form("decode-only");
    let cell = &report.cells[0];
    assert_eq!((value(cell, "num_gpus"), cell.disagg), (Some(6.0), Some(false)));
}

#[test]
fn defect_10_the_first_engine_does_not_stand_for_all() {
    let report = form("mixed");
    let cell = &report.cells[0];
    assert_eq!(value(cell, "num_gpus"), Some(16.0));
    let told = serde_json::to_string(&cell.problems).expect("is JSON");
    assert!(told.contains("the decode engines differ in TP"), "{told}");
}

#[test]
fn defect_11_all_models_of_gpus_are_named() {
    assert_eq!(form("mixed").cells[0].hardware.as_deref(), Some("h100+h200"));
}

#[test]
fn defect_12_an_unknown_concurrency_is_not_one() {
    let report = report(&fixture("sweep"));
    let unlimited = of(&report, "run_inf");
    assert_eq!(unlimited.concurrency, None);
    assert_eq!(value(unlimited, "tput_per_user"), None);
    let frontier = &scenarios("")[0].frontiers[0];
    let drawn = frontier.points.iter().flat_map(|p| &p.cell_ids);
    let beaten = frontier.dominated.iter().flat_map(|p| &p.cell_ids);
    assert!(drawn.chain(beaten).all(|id| !id.contains("run_inf")));
}

#[test]
fn defect_13_guidellm_s_concurrency_is_that_of_its_stage() {
    assert_eq!(form("guidellm-0.3").cells[0].concurrency, Some(8));
}

#[test]
fn defect_14_what_is_missing_costs_nothing_else() {
    for part in ["fragment", "v0.2.1-run-only", "v0.2-eval", "aiperf", "broken-environment"] {
        let report = form(part);
        let cell = &report.cells[0];
        assert!(value(cell, "total_tput_tps").is_some(), "{part}");
        assert_eq!(value(cell, "tput_per_gpu"), None, "{part}");
    }
}

#[test]
fn defect_15_the_engine_is_named_and_failures_are_no_successes() {
    assert_eq!(form("decode-only").cells[0].framework.as_deref(), Some("vllm"));
    let report = form("v0.2.1-run-only");
    let partial = &report.cells[0].completion;
    assert_eq!(
        (partial.num_requests_total, partial.num_requests_successful),
        (Some(320), Some(317))
    );
}

#[test]
fn defect_16_scenarios_have_an_order() {
    let ids = || scenarios("").into_iter().map(|scenario| scenario.id).collect::<Vec<_>>();
    assert_eq!(ids(), ["qwen3-32b_1000-100", "qwen3-32b_8000-100"]);
    assert_eq!(ids(), ids());
}

#[test]
fn defect_17_measured_lengths_do_not_split_a_sweep() {
    let root = tempfile::tempdir().expect("a folder can be made");
    let source = fixture("sweep/pd-disaggregation.setup_standalone_2_4_NA_NA_NA_NA/results");
    for (users, osl) in [(1, "94.186"), (8, "100.0"), (64, "91.131")] {
        let run = format!("vllm-benchmark_175900000{}-run_{users}_qwen3-32b", users % 10);
        let file = std::fs::read_dir(source.join(&run))
            .expect("the fixture is there")
            .next()
            .expect("a report")
            .expect("an entry");
        let text = std::fs::read_to_string(file.path()).expect("is text");
        let folder = root.path().join("results").join(&run);
        std::fs::create_dir_all(&folder).expect("a folder can be made");
        let args =
            "      burstiness: 1.0\n      random_input_len: 1000\n      random_output_len: 100\n";
        let text = text
            .replace("      mean: 100.0\n", &format!("      mean: {osl}\n"))
            .replace("      burstiness: 1.0\n", args);
        std::fs::write(folder.join(file.file_name()), text).expect("is written");
    }
    let report = report(root.path());
    let scenarios = &report.cross_run.scenarios;
    assert_eq!(scenarios.len(), 1);
    assert_eq!(scenarios[0].series[0].points.len(), 3);
}

#[test]
fn defect_18_every_configuration_has_a_label_of_its_own() {
    let scenarios = scenarios("");
    let mut labels: Vec<&str> =
        scenarios[0].series.iter().map(|s| s.configuration.label.as_str()).collect();
    let all = labels.len();
    labels.dedup();
    assert_eq!(labels.len(), all);
}

#[test]
fn cells_are_found_by_their_native_file() {
    cell(&form("inference-perf"), "stage_2_lifecycle_metrics");
    cell(&form("guidellm-0.8-synchronous"), "results#0");
    cell(&form("2025-07"), "results_2025-08-05_14.03.22");
}
