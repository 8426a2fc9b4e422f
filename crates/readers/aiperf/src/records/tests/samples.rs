//! Real runs of 0.3.0 and 0.13.0, where they are at hand: every value against the file and against
//! the summary that AIPerf wrote.

use std::fs::File;
use std::path::{Path, PathBuf};

use inferguard_model::{FailureClass, RequestTable};
use serde_json::Value;

use crate::records::{Options, Records, read};

fn folders() -> Vec<PathBuf> {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../../shared/samples/aiperf");
    if !samples.is_dir() {
        println!("skipped: no samples");
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut open = vec![samples];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).expect("can list") {
            let path = entry.expect("can list").path();
            if path.is_dir() {
                open.push(path);
            } else if path.ends_with("profile_export.jsonl") {
                found.push(path.with_file_name(""));
            }
        }
    }
    found.sort();
    found
}

fn records(folder: &Path) -> Records {
    let file = File::open(folder.join("profile_export.jsonl")).expect("can open");
    let all = Options { gaps: true, groups: true, ..Options::default() };
    let records = read(&file, all).expect("can read");
    let rule = read(&file, Options { skeletons: false, ..all }).expect("can read");
    assert_eq!(records, rule, "{}", folder.display());
    records
}

fn summary(folder: &Path) -> Value {
    let text = std::fs::read(folder.join("profile_export_aiperf.json")).expect("can read");
    serde_json::from_slice(&text).expect("valid JSON")
}

#[test]
fn every_value_is_that_of_the_file_bit_for_bit() {
    let (mut requests, mut derived) = (0, 0);
    for folder in folders() {
        let table = records(&folder).table;
        assert!(table.itl.is_empty() && table.whole_ns, "{}", folder.display());
        let text = std::fs::read_to_string(folder.join("profile_export.jsonl")).expect("reads");
        let lines = text.lines().map(|line| serde_json::from_str(line).expect("valid JSON"));
        let good = |line: &Value| {
            let phase = line["metadata"]["benchmark_phase"].as_str();
            line["error"].is_null() && phase != Some("warmup")
        };
        for (row, line) in lines.filter(good).enumerate() {
            let metric = |tag: &str| line["metrics"][tag]["value"].as_f64();
            let nanoseconds = |seconds: f64| (seconds * 1e9).round();
            let stated = |seconds: f64| (seconds >= 0.0).then(|| nanoseconds(seconds) * 1e-6);
            assert_eq!(stated(table.ttft[row]), metric("time_to_first_token"));
            assert_eq!(stated(table.e2el[row]), metric("request_latency"));
            let metadata = &line["metadata"];
            let start = metadata["request_start_ns"].as_i64().expect("has one");
            assert_eq!(table.start_ns[row], start);
            if let Some(issued) = metadata["credit_issued_ns"].as_i64() {
                assert_eq!(nanoseconds(table.wait[row]), (start - issued) as f64);
            }
            if let Some(itl) = metric("inter_token_latency") {
                let gaps = f64::from(table.osl[row] - 1);
                let between = nanoseconds(table.e2el[row]) - nanoseconds(table.ttft[row]);
                assert_eq!(between / gaps * 1e-6, itl);
                let tpot = table.tpot(row).expect("has one");
                assert!((tpot * 1e3 - itl).abs() <= 4.0 * f64::EPSILON * itl);
                derived += 1;
            }
            requests += 1;
        }
    }
    println!("{requests} requests, ITL of {derived}");
    assert!(requests == 0 || requests == 1009 && derived == 989, "{requests} {derived}");
}

#[test]
fn counts_tokens_and_duration_are_those_of_the_summary() {
    for folder in folders() {
        let shown = folder.display();
        let (records, summary) = (records(&folder), summary(&folder));
        let table = &records.table;
        assert_eq!(records.refused(), 0, "{shown}: {:?}", records.faults);
        let stated = |tag: &str| summary[tag]["avg"].as_f64();
        assert_eq!(stated("request_count"), Some(table.len() as f64), "{shown}");
        let failed = stated("error_request_count").unwrap_or(0.0);
        assert_eq!(failed, table.failed as f64, "{shown}");
        let sum = |column: &[u32]| RequestTable::known_tokens(column).map(u64::from).sum::<u64>();
        let total = stated("total_output_tokens").or(stated("total_osl"));
        assert_eq!(total, Some(sum(&table.osl) as f64), "{shown}");
        if let Some(total) = stated("total_isl") {
            assert_eq!(total, sum(&table.isl) as f64, "{shown}");
        }
        let (first, last) = table.window_ns.expect("has one");
        let duration = stated("benchmark_duration").expect("has one");
        let differs = (duration - (last - first) as f64 / 1e9).abs();
        // The summary holds its two times as doubles.
        assert!(differs <= 512e-9, "{shown}: {differs}");
    }
}

#[test]
fn failures_of_the_samples_have_their_class() {
    let class = |records: &Records, class| records.failed_as(class);
    for folder in folders() {
        let records = records(&folder);
        let counts = [
            class(&records, FailureClass::Error),
            class(&records, FailureClass::Cancelled),
            class(&records, FailureClass::ContextOverflow),
        ];
        let overflows = folder.ends_with("errors");
        let cancels = folder.ends_with("cancel");
        assert_eq!(counts[1] > 0, cancels, "{}: {counts:?}", folder.display());
        assert_eq!(counts[2] > 0, overflows, "{}: {counts:?}", folder.display());
        assert_eq!(counts[0] > 0, overflows, "{}: {counts:?}", folder.display());
        assert_eq!(records.warmup > 0, folder.to_string_lossy().contains("sweep"));
    }
}
