//! Damaged `detailed_results.csv` and `metrics_server_metrics.csv`.

use crate::build::{
    REQUEST_COLUMNS, request, request_with, requests, server_metrics, ten_requests, timeline,
};
use crate::run::{Run, Tree};

const CSV: &str = "cell/trace_replay/detailed_results.csv";

fn analyze(csv: impl AsRef<[u8]>) -> Run {
    Tree::with_good_row()
        .file("cell/metrics_server_metrics.csv", server_metrics())
        .file(CSV, csv)
        .analyze(&[])
}

fn ten_with(damaged: [String; 14]) -> String {
    let mut rows: Vec<_> = (0..9).map(request).collect();
    rows.push(damaged);
    requests(&rows)
}

fn counts(run: &Run) -> (Option<u64>, Option<u64>) {
    let completion = &run.cell("cell")["completion"];
    let count = |name: &str| completion[name].as_u64();
    (count("num_requests_successful"), count("num_requests_total"))
}

/// A code among the problems that are told of the CSV file.
fn tells(run: &Run, code: &str) -> bool {
    run.problems("cell").iter().any(|told| told.starts_with(&format!("{code} detailed_results")))
}

#[test]
fn a_good_file_is_read_without_a_word() {
    let run = analyze(ten_requests());
    assert_eq!(counts(&run), (Some(10), Some(10)));
    assert_eq!(run.metric("cell", "mean_ttft"), Some(0.5));
    assert_eq!(run.metric("cell", "mean_e2el"), Some(2.5));
    assert!(run.metric("cell", "mean_tpot").is_some_and(|tpot| (tpot - 0.02).abs() < 1e-9));
    assert_eq!(run.metric("cell", "server_gpu_cache_hit_rate"), Some(0.75));
    assert!(!run.problems("cell").iter().any(|told| told.contains("detailed_results")));
    assert_eq!((run.findings(), run.code()), (vec![], 0));
}

#[test]
fn missing_columns_take_their_metrics_only() {
    let kept = ["ttft", "ttlt", "success", "request_idx"];
    let all = ten_requests();
    let narrow: Vec<String> = all
        .lines()
        .map(|line| {
            let cells = line.split(',').zip(REQUEST_COLUMNS);
            let cells = cells.filter(|(_, name)| kept.contains(name)).map(|(cell, _)| cell);
            cells.collect::<Vec<_>>().join(",")
        })
        .collect();
    let run = analyze(narrow.join("\n"));
    assert_eq!(counts(&run), (Some(10), Some(10)));
    assert_eq!(run.metric("cell", "mean_ttft"), Some(0.5));
    assert_eq!(run.metric("cell", "mean_e2el"), Some(2.5));
    for absent in ["mean_tpot", "mean_isl", "mean_osl", "output_tput_tps", "duration_seconds"] {
        assert_eq!(run.metric("cell", absent), None, "{absent}");
    }
    for column in ["input_tokens", "output_tokens_actual", "request_start_time"] {
        let told = format!("truncated detailed_results_csv:{column}");
        assert!(run.problems("cell").contains(&told), "{told}");
    }
}

#[test]
fn a_file_without_any_known_column_is_refused() {
    let run = analyze("a,b,c\n1,2,3\n");
    assert_eq!(run.status(CSV), "refused");
    assert!(run.reason(CSV).contains("none of the columns"));
    assert!(run.findings().contains(&"critical unreadable_artifact".to_owned()));
    assert_eq!(run.code(), 2);
}

#[test]
fn an_empty_file_is_refused_and_one_without_rows_is_a_failed_run() {
    let run = analyze("");
    assert_eq!((run.status(CSV), run.reason(CSV)), ("refused", "the file is empty"));
    assert_eq!(run.code(), 2);
    let run = analyze(REQUEST_COLUMNS.join(",") + "\n");
    assert_eq!(run.status(CSV), "read");
    assert_eq!(run.findings(), ["critical invalid_run_no_successful_requests cell"]);
    assert_eq!(run.cell("cell")["completion"]["status"], "failed");
    assert_eq!(run.code(), 2);
}

#[test]
fn semicolons_and_tabs_are_read_and_told() {
    for separator in [";", "\t"] {
        let run = analyze(ten_requests().replace("[1.0, 2.0]", "").replace(',', separator));
        assert_eq!(counts(&run), (Some(10), Some(10)));
        assert_eq!(run.metric("cell", "mean_ttft"), Some(0.5));
        assert!(tells(&run, "coerced"));
    }
}

#[test]
fn an_unclosed_quote_is_told_and_costs_no_row_before_it() {
    // Over several lines, and in the last line.
    let swallowed = requests(&[
        request(0),
        request(1),
        request_with(2, "error_message", "\"oops"),
        request(3),
        request(4),
    ]);
    let run = analyze(swallowed);
    assert_eq!(run.metric("cell", "mean_ttft"), Some(0.5));
    assert!(counts(&run).0 >= Some(2), "{:?}", counts(&run));
    assert!(tells(&run, "truncated") || tells(&run, "malformed"), "{:?}", run.problems("cell"));
    let run = analyze(ten_with(request_with(9, "error_message", "\"oops")));
    assert_eq!(counts(&run).0, Some(9));
    assert!(tells(&run, "truncated") || tells(&run, "malformed"), "{:?}", run.problems("cell"));
}

#[test]
fn a_cell_of_10_mb_is_passed_over_in_a_column_that_is_not_read() {
    let long = format!("\"[{}1.0]\"", "1776748684.25,".repeat(750_000));
    assert!(long.len() > 10_000_000);
    let run = analyze(ten_with(request_with(9, "token_timestamps", &long)));
    assert_eq!(counts(&run), (Some(10), Some(10)));
    assert!(!run.problems("cell").iter().any(|told| told.contains("detailed_results")));
}

#[test]
fn a_cell_of_10_mb_in_a_column_that_is_read_costs_its_row() {
    let run = analyze(ten_with(request_with(9, "ttft", &"9".repeat(10_000_000))));
    assert_eq!(counts(&run).0, Some(9));
    assert_eq!(run.metric("cell", "max_ttft").or(run.metric("cell", "p99_ttft")), Some(0.5));
    assert!(tells(&run, "limit"));
}

#[test]
fn nul_bytes_cost_the_value_they_stand_in() {
    let run = analyze(ten_with(request_with(9, "ttft", "0.\x005")));
    assert_eq!(counts(&run).0, Some(9));
    assert!(tells(&run, "not_a_number"));
    let run = analyze(ten_with(request_with(9, "error_message", "a\0b")));
    assert_eq!(counts(&run).0, Some(10));
    let run = analyze("\0".repeat(8192));
    assert_eq!(run.status(CSV), "refused");
    assert_eq!(run.code(), 2);
}

#[test]
fn numbers_that_are_none_cost_their_row() {
    for odd in ["NaN", "inf", "-1", "1e400", "abc"] {
        let run = analyze(ten_with(request_with(9, "input_tokens", odd)));
        assert!(counts(&run).0 >= Some(9), "{odd}");
        assert!(tells(&run, "not_a_number"), "{odd}: {:?}", run.problems("cell"));
        assert_eq!(run.metric("cell", "mean_isl"), Some(1000.0), "{odd}");
    }
}

#[test]
fn milliseconds_among_seconds_are_told_by_their_magnitude() {
    let good = analyze(ten_requests());
    let mut rows: Vec<_> = (0..9).map(request).collect();
    let mut odd = request_with(9, "request_start_time", "1776748693000");
    let at = REQUEST_COLUMNS.iter().position(|name| *name == "request_complete_time");
    odd[at.expect("a column")] = "1776748695500".into();
    rows.push(odd);
    let run = analyze(requests(&rows));
    assert_eq!(run.metric("cell", "duration_seconds"), Some(11.5));
    for metric in ["duration_seconds", "output_tput_tps", "qps"] {
        assert_eq!(run.metric("cell", metric), good.metric("cell", metric), "{metric}");
    }
    assert!(tells(&run, "coerced"));
}

#[test]
fn a_broken_server_file_costs_its_metrics_only() {
    for broken in ["", "a,b\n1,2\n", "\0\0\0\0"] {
        let run = Tree::new()
            .file("cell/metrics_server_metrics.csv", broken)
            .file(CSV, ten_requests())
            .analyze(&[]);
        assert_eq!(run.status("cell/metrics_server_metrics.csv"), "refused");
        assert_eq!(run.metric("cell", "mean_ttft"), Some(0.5));
        assert_eq!(run.metric("cell", "server_gpu_cache_hit_rate"), None);
        assert!(run.findings().contains(&"warning unreadable_artifact".to_owned()));
        assert_eq!(run.code(), 0, "a warning by default");
    }
}

#[test]
fn utf_16_of_a_spreadsheet_is_read() {
    let text = format!("\u{FEFF}{}", ten_requests());
    let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let run = analyze(bytes);
    assert_eq!(counts(&run), (Some(10), Some(10)));
    assert!(tells(&run, "encoding"));
}

#[test]
fn a_timeline_loses_its_bad_lines_only() {
    let good = timeline(3, None);
    let text = format!("{good}not JSON\n{{\"schema_version\": \"inferguard-time\n{good}");
    let run = Tree::with_good_row().file("inferguard_timeline.jsonl", text).analyze(&[]);
    assert_eq!(run.cell("agg_good")["timeline"]["sample_count"], 6);
    assert_eq!(run.status("inferguard_timeline.jsonl"), "read");
    let problems = run.problems("agg_good");
    for line in ["line 4", "line 5"] {
        let told = format!("truncated inferguard_timeline_jsonl:{line}");
        assert!(problems.contains(&told), "{told} in {problems:?}");
    }
}
