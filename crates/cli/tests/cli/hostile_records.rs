//! Records of requests with every kind of damage, and no summary beside them: a run that hung.

use std::fmt::Write as _;

use serde_json::Value;

use crate::run::{Tree, list, run};

const START: i64 = 1_700_000_000_000_000_000;

fn record(at: i64, start_ns: i64, latency: &str) -> String {
    format!(
        "{{\"metadata\":{{\"session_num\":{at},\"request_start_ns\":{start_ns},\
         \"request_end_ns\":{},\"worker_id\":\"w\",\"record_processor_id\":\"p\",\
         \"benchmark_phase\":\"profiling\",\"was_cancelled\":false}},\"metrics\":{{\
         \"time_to_first_token\":{{\"value\":20.5,\"unit\":\"ms\"}},\
         \"request_latency\":{{\"value\":{latency},\"unit\":\"ms\"}},\
         \"input_sequence_length\":{{\"value\":100,\"unit\":\"tokens\"}},\
         \"output_sequence_length\":{{\"value\":11,\"unit\":\"tokens\"}}}},\"error\":null}}\n",
        start_ns.saturating_add(501_000_000),
    )
}

/// Forty good records, and one of each kind of damage.
fn damaged() -> Vec<u8> {
    let mut text = String::new();
    for at in 0..40 {
        text += &record(at, START + at * 100_000_000, "500.0");
    }
    let bad = [
        record(40, START, "NaN"),
        record(41, START, "-3.5"),
        // The year 2262, and one of before there were benchmarks.
        record(42, i64::MAX, "500.0"),
        record(43, 5, "500.0"),
        "{\"model\": \"m\", \"tokens\": [1, 2]}\n".into(),
        "\n".into(),
    ];
    text += &bad.concat();
    let mut bytes = text.into_bytes();
    let mut corrupt = record(44, START, "500.0").into_bytes();
    corrupt[30..40].fill(0xFF);
    bytes.extend(corrupt);
    // Beyond the cap of a line.
    bytes.extend(std::iter::repeat_n(b'x', 9 << 20));
    bytes.push(b'\n');
    bytes.extend(&record(45, START, "500.0").into_bytes()[..100]);
    bytes
}

fn answers(path: &str) -> Value {
    let said = run(&["requests", path, "--slice", "1s", "--json"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    serde_json::from_str(&said.stdout).expect("JSON")
}

#[test]
fn damaged_records_of_a_run_that_hung_are_read_and_what_was_lost_is_told() {
    let tree = Tree::new().file("hung/profile_export.jsonl", damaged());
    let found = answers(&tree.arg("hung"));
    let only = &found["runs"][0];
    // Those without a usable latency succeeded all the same.
    assert_eq!(only["successful"], 42);
    assert_eq!(only["metrics"]["e2el"]["n"], 40);
    assert!(list(&only["slices"], "slices").len() < 10, "slices stay sparse");
    let told: Vec<String> = list(only, "problems")
        .iter()
        .map(|one| format!("{}: {}", one["at"], one["message"]).replace('"', ""))
        .collect();
    for part in [
        "not valid JSON",
        "cut off at the end",
        "longer than 8 MiB",
        "no records of requests",
        "no start in nanoseconds",
        "start 31 days or more",
        "request_latency that is no duration",
    ] {
        assert!(told.iter().any(|one| one.contains(part)), "{part}: {told:#?}");
    }
    assert!(told.iter().any(|one| one.starts_with("line 4")), "{told:#?}");
    let screen = run(&["requests", &tree.arg("hung")]);
    let first = "records: 1 line are longer than 8 MiB; left out, first at line 48";
    assert!(
        screen.stdout.replace("\n  ", " ").contains("longer than 8 MiB"),
        "{first}: {screen:?}"
    );
    assert!(screen.stdout.lines().all(|line| line.chars().count() <= 80), "{}", screen.stdout);
    let report = tree.analyze(&[]);
    let json = report.json.expect("a report");
    let cell = &list(&json, "cells")[0];
    assert!(list(cell, "problems").len() >= told.len(), "{cell:#}");
}

#[test]
fn an_empty_file_is_an_invalid_run_and_that_of_another_tool_none() {
    let mut other = String::new();
    for at in 0..20 {
        let _ = writeln!(other, "{{\"id\": {at}, \"latency\": 0.5}}");
    }
    let tree = Tree::with_good_row()
        .file("empty/profile_export.jsonl", "")
        .file("other/profile_export.jsonl", other);
    let report = tree.analyze(&[]).json.expect("the good row is reported");
    // A run that ended before its first request is one, and is told to be invalid.
    let ids: Vec<_> = list(&report, "cells").iter().map(|cell| cell["cell_id"].clone()).collect();
    assert_eq!(ids, ["agg_good", "empty"]);
    let codes: Vec<_> = list(&report, "findings")
        .iter()
        .map(|finding| (finding["code"].clone(), finding["cell_id"].clone()))
        .collect();
    assert!(codes.contains(&("invalid_run_no_successful_requests".into(), "empty".into())));
    assert!(codes.iter().any(|(code, _)| code == "unreadable_artifact"), "{codes:?}");
    let said = run(&["requests", &tree.arg("other")]);
    assert_eq!(said.code, 3);
    assert!(said.stderr.contains("none of the 20 lines can be read"), "{}", said.stderr);
}
