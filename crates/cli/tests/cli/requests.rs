//! `inferguard requests` on a fixture and on made-up exports.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::run::{analyze, inferguard, list};

fn replay() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/agentx/2026-04/replay")
}

fn requests(args: &[&str], code: i32) -> String {
    let assert = inferguard().arg("requests").args(args).assert().code(code);
    let output = assert.get_output();
    let text = if code == 0 { &output.stdout } else { &output.stderr };
    String::from_utf8_lossy(text).into_owned()
}

fn json(args: &[&str]) -> Value {
    let mut all = args.to_vec();
    all.push("--json");
    serde_json::from_str(&requests(&all, 0)).expect("JSON")
}

/// An export of AIPerf: `n` requests of `users` users in step, each of 0.5 s; TTFT is 10 ms a user.
fn export(folder: &Path, users: u64, n: u64) {
    std::fs::create_dir_all(folder).expect("a folder");
    let mut lines = String::new();
    for at in 0..n {
        let start = 1_700_000_000_000_000_000 + at / users * 500_000_000;
        let ttft = 10.0 * users as f64 + (at % 7) as f64;
        let end = start + 501_000_000;
        let _ = writeln!(
            lines,
            "{{\"metadata\":{{\"session_num\":{at},\"turn_index\":{},\"request_start_ns\":{start},\
             \"request_end_ns\":{end},\"worker_id\":\"worker_{}\",\"record_processor_id\":\"p\",\
             \"benchmark_phase\":\"profiling\",\"was_cancelled\":false}},\"metrics\":{{\
             \"time_to_first_token\":{{\"value\":{ttft:?},\"unit\":\"ms\"}},\
             \"request_latency\":{{\"value\":500.0,\"unit\":\"ms\"}},\
             \"input_sequence_length\":{{\"value\":{},\"unit\":\"tokens\"}},\
             \"output_sequence_length\":{{\"value\":11,\"unit\":\"tokens\"}}}},\"error\":null}}",
            at % 3,
            at % 2,
            100 + 100 * (at % 2),
        );
    }
    std::fs::write(folder.join("profile_export.jsonl"), lines).expect("written");
    let summary = format!(
        "{{\"schema_version\":\"1.4\",\"aiperf_version\":\"0.13.0\",\
         \"benchmark_id\":\"0f\",\"was_cancelled\":false,\"error_summary\":[],\
         \"start_time\":\"2023-11-14T22:13:20\",\"end_time\":\"2023-11-14T22:15:00\",\
         \"request_count\":{{\"unit\":\"requests\",\"avg\":{n}}},\
         \"request_latency\":{{\"unit\":\"ms\",\"avg\":500.0}},\
         \"input_config\":{{\"models\":{{\"items\":[{{\"name\":\"m\"}}]}},\
         \"endpoint\":{{\"type\":\"chat\",\"streaming\":true}},\
         \"phases\":[{{\"name\":\"profiling\",\"kind\":\"profiling\",\"type\":\"concurrency\",\
         \"concurrency\":{users},\"requests\":{n}}}]}}}}"
    );
    std::fs::write(folder.join("profile_export_aiperf.json"), summary).expect("written");
}

/// Three loads of 200 requests.
fn sweep() -> tempfile::TempDir {
    let root = tempfile::tempdir().expect("a temporary folder");
    for users in [1, 4, 16] {
        export(&root.path().join(format!("c{users}")), users, 200);
    }
    root
}

#[test]
fn one_run_has_the_table_that_people_know() {
    let replay = replay();
    let path = replay.to_str().expect("plain");
    let text = requests(&[path, "--percentile", "50,75,99.9"], 0);
    for part in ["METRIC", "P99.9", "P75", "TTFT (ms)", "tokens/s/user", "success rate"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    let run = &json(&[path])["runs"][0];
    // Printed by NumPy from the same file.
    assert_eq!(run["metrics"]["ttft"]["mean"], 0.966_636_741_278_819_9);
    assert_eq!(run["metrics"]["ttft"]["low_n"], serde_json::json!(["p90", "p95", "p99", "p99.9"]));
    assert_eq!((&run["attempts"], &run["successful"]), (&15.into(), &13.into()));
}

#[test]
fn a_sweep_has_a_table_of_its_loads_and_says_how_many_replicas() {
    let sweep = sweep();
    let path = sweep.path().to_str().expect("plain");
    let slo = ["--slo", "ttft:50", "--slo", "ttft:20 tpot:100", "--target-rps", "100"];
    let text = requests(&[&[path], &slo[..]].concat(), 0);
    assert!(text.contains("LOAD") && text.contains("Replicas for 100 requests/s"), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    let found = json(&[&[path], &slo[..]].concat());
    assert_eq!(found["sweeps"][0], serde_json::json!(["c1", "c4", "c16"]));
    // 4 users have 8 requests a second, 1 user has 2.
    let capacity = found["capacity"].as_array().expect("a list");
    let replicas: Vec<_> =
        capacity.iter().map(|one| one["under_slo"]["replicas"].as_u64()).collect();
    assert_eq!(replicas, [Some(13), Some(50)]);
    assert!(capacity.iter().all(|one| one["naive_from_peak"]["level"]["load"] == 16.0));
    let none = json(&[path, "--slo", "ttft:1", "--target-rps", "5", "--attain", "0.5"]);
    assert!(none["capacity"][0]["under_slo"].is_null());
    assert!(none["capacity"][0]["reason"].is_string());
}

#[test]
fn slices_groups_and_intervals_are_printed_on_demand() {
    let sweep = sweep();
    let run = sweep.path().join("c4");
    let path = run.to_str().expect("plain");
    let few = sweep.path().join("few");
    export(&few, 4, 20);
    let text = requests(&[few.to_str().expect("plain"), "--ci"], 0);
    assert!(text.contains("too few requests for intervals of TTFT, E2EL"), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    std::fs::remove_dir_all(&few).expect("was written");
    let text = requests(&[path, "--slice", "5s", "--group-by", "isl", "--ci"], 0);
    for part in ["Slices of c4", "128-255", "95 % INTERVAL", "by start, rates by completion"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    for (key, groups) in [("turn", 3), ("worker", 2), ("isl", 2)] {
        let found = json(&[path, "--group-by", key]);
        assert_eq!(list(&found["runs"][0], "groups").len(), groups, "{key}");
    }
    assert!(requests(&[path, "--group-by", "error"], 0).contains("none"));
    let long = sweep.path().join(format!("{}/c1", "a-long-recipe-name_".repeat(6)));
    export(&long, 1, 20);
    export(&long.with_file_name("c2"), 2, 20);
    let root = sweep.path().to_str().expect("plain");
    let text = requests(&[root, "--slice", "5s", "--group-by", "turn"], 0);
    let heading = text.lines().find(|line| line.starts_with("Slices of a-long")).expect("a slice");
    assert!(heading.contains('…') && heading.chars().count() <= 80, "{heading}");
    let found = json(&[path, "--slice", "5s"]);
    let slices = list(&found["runs"][0]["slices"], "slices").to_vec();
    assert_eq!(slices.iter().map(|one| one["completed"].as_u64().unwrap_or(0)).sum::<u64>(), 200);
}

#[test]
fn what_cannot_be_answered_is_said() {
    let sweep = sweep();
    let path = sweep.path().to_str().expect("plain");
    assert!(requests(&[path, "--target-rps", "5"], 3).contains("add --slo"));
    assert!(requests(&[path, "--slo", "p90_ttft:5"], 3).contains("limits a statistic"));
    assert!(requests(&[path, "--percentile", "101"], 3).contains("0 to 100"));
    assert!(requests(&[path, "--slice", "10d"], 3).contains("10s"));
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/demo");
    let demo = demo.join("bmk_dsr1_1k1k_fp8_dynamo-sglang_conc16_gb200");
    assert!(requests(&[demo.to_str().expect("plain")], 3).contains("records of single requests"));
}

#[test]
fn analyze_has_the_goodput_of_the_objectives_asked_for() {
    let root = tempfile::tempdir().expect("a temporary folder");
    export(root.path(), 4, 200);
    // What the producer states is of objectives of its own.
    let path = root.path().join("profile_export_aiperf.json");
    let summary = std::fs::read_to_string(&path).expect("was written");
    let stated = "{\"goodput\":{\"unit\":\"requests/sec\",\"avg\":1.5},";
    std::fs::write(&path, summary.replacen('{', stated, 1)).expect("written");
    let analyze = |slo: &[&str]| {
        let output = root.path().join("inferguard_report");
        let run = analyze(root.path(), &output, slo);
        run.json.expect("a report")
    };
    let cell = |report: &Value| list(report, "cells")[0].clone();
    assert_eq!(cell(&analyze(&[]))["metrics"]["goodput_rps"], 1.5);
    // TTFT is 40 to 46 ms, each as often; 8 requests a second over 25 s.
    let report = analyze(&["--slo", "ttft:43"]);
    let metrics = &cell(&report)["metrics"];
    let good = (0..200).filter(|at| at % 7 <= 3).count() as f64;
    let rate = good / metrics["duration_seconds"].as_f64().expect("known");
    assert_eq!(metrics["good_fraction"], good / 200.0);
    assert_eq!(metrics["good_fraction_of_successes"], good / 200.0);
    assert_eq!(metrics["goodput_rps"], rate);
    let codes: Vec<_> =
        list(&report, "findings").iter().map(|finding| finding["code"].clone()).collect();
    assert!(!codes.contains(&"summary_mismatch".into()), "{codes:?}");
    let problems = cell(&report)["problems"].to_string();
    assert!(problems.contains("goodput_rps 1.5 for its own objectives"), "{problems}");
}

#[test]
fn a_compressed_export_is_read_as_the_plain_one() {
    let root = tempfile::tempdir().expect("a temporary folder");
    let (plain, packed) = (root.path().join("plain/run"), root.path().join("packed/run"));
    for folder in [&plain, &packed] {
        export(folder, 4, 200);
    }
    let records = packed.join("profile_export.jsonl");
    let text = std::fs::read(&records).expect("was written");
    std::fs::remove_file(&records).expect("was written");
    let file = std::fs::File::create(packed.join("profile_export.jsonl.gz")).expect("writable");
    let mut archive = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
    archive.write_all(&text).and_then(|()| archive.finish()).expect("written");
    let of = |folder: &Path| {
        let mut run = json(&[folder.to_str().expect("plain"), "--slice", "5s"])["runs"][0].take();
        assert_eq!(run["successful"], 200);
        run["records"].take();
        run
    };
    assert_eq!(of(&plain), of(&packed));
    let metrics = |folder: &Path| {
        let report = analyze(folder, &folder.join("inferguard_report"), &[]).json;
        let report = report.expect("a report");
        let cell = &list(&report, "cells")[0];
        (cell["metrics"].clone(), cell["completion"].clone())
    };
    let of_packed = metrics(&packed);
    assert!(of_packed.0["p99_ttft"].is_number());
    assert_eq!(of_packed, metrics(&plain));
}

/// The producer counts waits and slices in its own way: they stand beside ours.
#[test]
fn waits_and_slices_that_the_producer_states_stand_beside_ours() {
    let root = tempfile::tempdir().expect("a temporary folder");
    export(root.path(), 4, 200);
    let path = root.path().join("profile_export_aiperf.json");
    let summary = std::fs::read_to_string(&path).expect("was written");
    let stated = "{\"replay_sched_lag_p50\":{\"unit\":\"ms\",\"avg\":1.5},\
                  \"replay_sched_lag_p99\":{\"unit\":\"ms\",\"avg\":22.0},";
    std::fs::write(&path, summary.replacen('{', stated, 1)).expect("written");
    let slice = |at: u64, n: u64| {
        let start = 1_700_000_000_000_000_000 + at * 10_000_000_000;
        format!(
            "{{\"start_ns\":{start},\"end_ns\":{},\
             \"request_count\":{{\"unit\":\"requests\",\"avg\":{n}}},\
             \"time_to_first_token\":{{\"unit\":\"ms\",\"avg\":43.0}}}}",
            start + 10_000_000_000
        )
    };
    let slices = format!(
        "{{\"timeslices\":[{},{},{}],\"input_config\":{{\"artifacts\":{{\"slice_duration\":10.0}}}}}}",
        slice(0, 80),
        slice(1, 80),
        slice(2, 40)
    );
    let path = root.path().join("profile_export_aiperf_timeslices.json");
    std::fs::write(path, slices).expect("written");
    let path = root.path().to_str().expect("plain");
    let text = requests(&[path, "--slice", "5s"], 0);
    for part in [
        "wait, stated (ms)",
        "p50 1.50, p99 22.0",
        "own 3 slices of 10 s with 80, 80, 40 successes",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    let run = json(&[path, "--slice", "5s"])["runs"][0].take();
    assert_eq!(run["stated_client_wait"], serde_json::json!({"p50": 0.0015, "p99": 0.022}));
    let stated = &run["stated_slices"];
    assert_eq!((&stated["width_seconds"], &stated["on_the_clock"]), (&10.0.into(), &false.into()));
    let counts: Vec<_> =
        list(stated, "slices").iter().map(|one| one["started_successful"].clone()).collect();
    assert_eq!(counts, [80, 80, 40]);
    assert_eq!(stated["slices"][2]["metrics"]["mean_ttft"], 0.043);
    // Ours have the length that is asked for, and count by completion.
    assert_eq!(list(&run["slices"], "slices").len(), 6);
    // Nobody asked for slices.
    assert!(json(&[path])["runs"][0]["stated_slices"].is_null());
}

#[test]
fn an_agentx_folder_without_its_row_has_the_configuration_of_its_name() {
    let root = tempfile::tempdir().expect("a temporary folder");
    let name = "agentic_dsr1_tp4_conc4_kvnone_fp4_vllm_tp4-dcp1-pcp1-ep1-dpafalse_disagg-false_spec-none_conc4_mi355x-amds_02";
    let cell_folder = root.path().join(name);
    export(&cell_folder.join("aiperf_artifacts"), 4, 200);
    for input in [root.path(), &cell_folder] {
        let report = analyze(input, &root.path().join("inferguard_report"), &[]).json;
        let cell = list(&report.expect("a report"), "cells")[0].clone();
        // The model is that of the export, which says it.
        for (key, expected) in [
            ("hardware", "mi355x"),
            ("framework", "vllm"),
            ("precision", "fp4"),
            ("spec_decoding", "none"),
            ("model", "m"),
        ] {
            assert_eq!(cell[key], expected, "{key}");
        }
        assert_eq!(cell["concurrency"], 4);
        assert!(cell["problems"].to_string().contains("taken from the folder name: hardware"));
    }
    assert!(requests(&[root.path().to_str().expect("plain")], 0).contains("TTFT (ms)"));
}
