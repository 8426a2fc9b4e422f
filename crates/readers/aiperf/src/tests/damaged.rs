//! Files as crashed jobs and strangers leave them.

use super::*;

const SUMMARY: &str = r#"{"schema_version": "1.4", "aiperf_version": "0.13.0",
    "request_latency": {"unit": "ms", "avg": 200.0, "p99": 300.0},
    "request_count": {"unit": "requests", "avg": 4.0},
    "request_throughput": {"unit": "requests/sec", "avg": 2.0},
    "benchmark_duration": {"unit": "sec", "avg": 1.9},
    "input_config": {"endpoint": {"streaming": true}, "models": {"items": [{"name": "a/b"}]}},
    "was_cancelled": false, "error_summary": []}"#;

fn summary(text: &str) -> Evidence {
    let (status, reason, fragment) = read_text("profile_export_aiperf.json", text.as_bytes());
    assert_eq!(status, FileStatus::Read, "{reason:?}");
    *fragment.expect("there is a fragment").evidence
}

fn refused(name: &str, text: &[u8]) -> String {
    let (status, reason, fragment) = read_text(name, text);
    assert_eq!((status, fragment), (FileStatus::Refused, None), "{name}");
    reason.expect("a refusal has a reason")
}

#[test]
fn a_sound_summary_is_read() {
    let evidence = summary(SUMMARY);
    assert_eq!(value(&evidence, "mean_e2el"), Some(0.2));
    assert_eq!(
        value(&evidence, "duration_seconds"),
        Some(2.0),
        "of the rates, not of the requests"
    );
    assert_eq!((evidence.completion.total, evidence.completion.successful), (Some(4), Some(4)));
    assert_eq!(codes(&evidence), []);
}

#[test]
fn what_is_cut_off_or_empty_is_refused_with_a_reason() {
    let truncated = &SUMMARY.as_bytes()[..SUMMARY.len() / 2];
    assert!(refused("profile_export_aiperf.json", truncated).contains("truncated"));
    assert_eq!(refused("profile_export_aiperf.json", b""), "the file is empty");
    assert!(refused("profile_export_aiperf.json", b"[]").contains("no JSON object"));
    assert!(refused("profile_export_aiperf.json", b"{}").contains("no metric"));
    assert!(refused("profile_export_aiperf.csv", b"").contains("empty"));
    assert!(refused("profile_export_aiperf.csv", b"a,b\n1,2\n").contains("no row"));
    assert!(
        refused("profile_export_aiperf_timeslices.json", b"{\"timeslices\": 3}").contains("list")
    );
    assert!(refused("profile_export_aiperf_timeslices.csv", b"a,b\n1,2\n").contains("header"));
    assert!(refused("server_metrics_export.json", b"{\"metrics_phase\": 1}").contains("metrics"));
    assert!(refused("server_metrics_export.csv", b"# AIPerf Server Metrics\n").contains("table"));
    assert!(refused("profile_export.jsonl", b"no\nrecords\n").contains("none of the 2 lines"));
    assert!(refused("phase_manifest.json", b"[1]").contains("no JSON object"));
}

#[test]
fn values_that_are_no_numbers_are_left_out_and_told() {
    let odd = SUMMARY
        .replace("200.0", "NaN")
        .replace("300.0", "\"300.0\"")
        .replace("\"avg\": 2.0", "\"avg\": true");
    let evidence = summary(&odd);
    assert_eq!((value(&evidence, "mean_e2el"), value(&evidence, "p99_e2el")), (None, Some(0.3)));
    assert_eq!(value(&evidence, "qps"), None);
    let codes = codes(&evidence);
    assert!(codes.contains(&ProblemCode::Coerced) && codes.contains(&ProblemCode::NotANumber));
}

#[test]
fn negative_latencies_and_foreign_units_are_left_out_and_told() {
    let negative = summary(&SUMMARY.replace("200.0", "-1"));
    assert_eq!(
        (value(&negative, "mean_e2el"), codes(&negative)),
        (None, vec![ProblemCode::NotANumber])
    );
    let parsecs = summary(&SUMMARY.replace("\"ms\"", "\"parsecs\""));
    assert_eq!((value(&parsecs, "mean_e2el"), codes(&parsecs)), (None, vec![ProblemCode::LeftOut]));
    let microseconds = summary(&SUMMARY.replace("\"ms\"", "\"us\""));
    assert_eq!(value(&microseconds, "mean_e2el"), Some(0.0002));
}

#[test]
fn members_of_another_kind_break_nothing() {
    for (from, to) in [
        ("\"error_summary\": []", "\"error_summary\": {\"a\": [1, {}]}"),
        ("\"was_cancelled\": false", "\"was_cancelled\": \"maybe\""),
        ("{\"items\": [{\"name\": \"a/b\"}]}", "[[[[]]]]"),
        ("\"input_config\": {", "\"telemetry_data\": {\"endpoints\": [1]}, \"input_config\": {"),
        ("\"unit\": \"requests\", \"avg\": 4.0", "\"unit\": \"requests\", \"avg\": -4.5"),
    ] {
        let evidence = summary(&SUMMARY.replace(from, to));
        assert_eq!(value(&evidence, "mean_e2el"), Some(0.2), "{to}");
    }
}

#[test]
fn a_run_in_which_all_failed_has_no_success_and_no_rates() {
    let failed = SUMMARY
        .replace("\"request_count\"", "\"error_request_count\"")
        .replace("\"request_throughput\"", "\"x\"")
        .replace("\"benchmark_duration\"", "\"y\"");
    let evidence = summary(&failed);
    assert_eq!((evidence.completion.successful, evidence.completion.total), (Some(0), Some(4)));
    assert_eq!(value(&evidence, "duration_seconds"), None);
}

#[test]
fn stops_are_told_wherever_they_are_written() {
    use inferguard_model::Ending;
    let stopped = summary(&SUMMARY.replace("\"was_cancelled\": false", "\"was_cancelled\": true"));
    assert!(matches!(stopped.ending, Some(Ending::Cut(_))));
    let whole = summary(SUMMARY);
    assert_eq!(whole.ending, Some(Ending::Whole));
    for (text, is_whole) in [
        ("{\"ready\": true, \"was_cancelled\": false, \"partial\": false}", true),
        ("{\"ready\": true, \"partial\": true}", false),
        ("{\"ready\": false}", false),
        ("{\"ready\": true, \"was_cancelled\": true}", false),
    ] {
        let (_, _, fragment) = read_text(".aiperf_results_ready.json", text.as_bytes());
        let ending = fragment.expect("it is read").evidence.ending;
        assert_eq!(ending == Some(Ending::Whole), is_whole, "{text}");
    }
}

#[test]
fn records_that_cannot_be_read_make_the_attempts_unknown() {
    let line = r#"{"metadata": {"request_start_ns": 1760000000000000000, "request_end_ns": 1760000000100000000},
        "metrics": {"request_latency": {"value": 90.0, "unit": "ms"}}}"#
        .replace('\n', " ");
    let text = format!("{line}\n{{\"metadata\": {{\"reque");
    let (_, _, fragment) = read_text("profile_export.jsonl", text.as_bytes());
    let fragment = fragment.expect("it is read");
    assert!(is_result(&fragment));
    let completion = fragment.evidence.completion;
    assert_eq!((completion.total, completion.successful), (None, Some(1)));
    assert_eq!(codes(&fragment.evidence), [ProblemCode::Malformed]);
    let (_, _, whole) = read_text("profile_export.jsonl", format!("{line}\n").as_bytes());
    assert_eq!(whole.expect("it is read").evidence.completion.total, Some(1));
}

#[test]
fn texts_and_what_was_made_of_several_runs_are_recognised_and_not_read() {
    for (name, text) in [
        ("inputs.json", r#"{"data": [{"session_id": "a", "payloads": []}]}"#),
        ("profile_export_raw.jsonl", r#"{"metadata": {}, "payload": {"messages": []}}"#),
        ("profile_export_console.txt", "tables"),
        ("sweep/profile_export_aiperf_sweep.json", r#"{"per_combination_metrics": []}"#),
        ("x/search_history.json", "{}"),
    ] {
        let (status, reason, fragment) = read_text(name, text.as_bytes());
        assert_eq!((status, fragment), (FileStatus::Recognised, None), "{name}");
        assert!(reason.is_some_and(|reason| !reason.is_empty()), "{name}");
    }
}

#[test]
fn one_phase_is_no_cell() {
    let (status, _, fragment) =
        read_text("c4/phases/warmup/profile_export_aiperf.json", SUMMARY.as_bytes());
    assert_eq!(status, FileStatus::Linked);
    assert!(!is_result(&fragment.expect("it is linked")));
}
