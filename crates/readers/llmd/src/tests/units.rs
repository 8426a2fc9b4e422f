//! Units as they are stated, and the archives that state them wrongly.

use inferguard_model::Metric;

use super::{form, one, told, value};

fn report(harness: &str, version: &str, latencies: &str) -> String {
    let latencies = latencies.replace('\n', "\n      ");
    match version {
        "0.1" => format!(
            "metrics:\n  latency:\n      {latencies}\n  requests: {{total: 10, failures: 0, output_length: {{mean: 100, units: count}}}}\n  throughput: {{output_tokens_per_sec: 80, requests_per_sec: 0.8, total_tokens_per_sec: 800}}\n  time: {{duration: 12.5}}\nscenario: {{load: {{name: {harness}, args: {{}}}}, model: {{name: m}}}}\nversion: '0.1'\n"
        ),
        _ => format!(
            "results:\n  request_performance:\n   aggregate:\n    latency:\n      {latencies}\n    requests: {{total: 10, failures: 0, output_length: {{mean: 100, units: count}}}}\nscenario: {{load: {{standardized: {{tool: {harness}, concurrency: 8}}}}}}\nrun: {{uid: u}}\nversion: '0.2'\n"
        ),
    }
}

const MS: &str = "time_to_first_token: {mean: 50, units: ms}\ninter_token_latency: {mean: 10, units: ms/token}\ntime_per_output_token: {mean: 10, units: ms/token}\nrequest_latency: {mean: 1040, units: ms}";
const S: &str = "time_to_first_token: {mean: 0.05, units: s}\ntime_per_output_token: {mean: 0.01, units: s/token}\nrequest_latency: {mean: 1.04, units: s}";
/// Seconds that are called milliseconds.
const WRONG: &str = "time_to_first_token: {mean: 0.05, units: ms}\ntime_per_output_token: {mean: 0.01, units: ms/token}\nrequest_latency: {mean: 1.04, units: ms}";
/// The same of E2EL alone.
const WRONG_E2EL: &str = "time_to_first_token: {mean: 50, units: ms}\ninter_token_latency: {mean: 10, units: ms/token}\ntime_per_output_token: {mean: 10, units: ms/token}\nrequest_latency: {mean: 1.04, units: ms}";

fn seconds(text: &str) -> [Option<f64>; 3] {
    let fragment = one(text);
    ["mean_ttft", "mean_tpot", "mean_e2el"].map(|name| value(&fragment, name))
}

#[test]
fn every_statistic_has_the_unit_that_it_states() {
    let expected = [Some(0.05), Some(0.01), Some(1.04)];
    for harness in ["vllm-benchmark", "inferencemax", "inference-perf", "aiperf", "unheard-of"] {
        for version in ["0.1", "0.2"] {
            assert_eq!(seconds(&report(harness, version, S)), expected, "{harness} {version}");
        }
    }
    for harness in ["vllm-benchmark", "inferencemax", "eval-containers"] {
        for version in ["0.1", "0.2"] {
            assert_eq!(seconds(&report(harness, version, MS)), expected, "{harness} {version}");
        }
    }
    let mixed = MS.replace("{mean: 1040, units: ms}", "{mean: 1.04, units: s}");
    assert_eq!(seconds(&report("guidellm", "0.1", &mixed)), expected);
    let notes = told(&one(&report("guidellm", "0.1", &mixed)));
    assert_eq!(notes, ["note corrected metrics/latency/time_per_output_token"]);
}

#[test]
fn inference_perf_of_v0_1_never_writes_milliseconds() {
    let text = report("inference-perf", "0.1", WRONG);
    assert_eq!(seconds(&text), [Some(0.05), Some(0.01), Some(1.04)]);
    let notes = told(&one(&text));
    assert_eq!(notes.len(), 3, "{notes:?}");
    assert!(notes.iter().all(|note| note.starts_with("note corrected metrics/latency/")));
    // v0.2 was never mislabelled: what it says is taken, and the check of units tells.
    assert_eq!(seconds(&report("inference-perf", "0.2", WRONG))[2], Some(1.04 / 1000.0));
}

#[test]
fn fmperf_never_writes_milliseconds() {
    assert_eq!(seconds(&report("fmperf", "0.1", WRONG)), [Some(0.05), Some(0.01), Some(1.04)]);
    assert_eq!(told(&form("fmperf")).len(), 4);
}

#[test]
fn guidellm_s_request_latency_is_seconds_where_the_others_say_so() {
    for version in ["0.1", "0.2"] {
        let text = report("guidellm", version, WRONG_E2EL);
        assert_eq!(seconds(&text), [Some(0.05), Some(0.01), Some(1.04)], "{version}");
        assert!(told(&one(&text))[0].starts_with("note corrected"));
        // Real milliseconds agree with the other latencies, whichever version wrote them.
        assert_eq!(seconds(&report("guidellm", version, MS))[2], Some(1.04), "{version}");
        let notes = told(&one(&report("guidellm", version, MS)));
        assert!(notes.len() == 1 && notes[0].ends_with("time_per_output_token"), "{notes:?}");
    }
    // Without the others nothing proves it: doubt is told.
    let alone = report("guidellm", "0.1", "request_latency: {mean: 1.04, units: ms}");
    assert_eq!(seconds(&alone)[2], Some(1.04));
    assert!(told(&one(&alone))[0].starts_with("warning corrected"));
}

#[test]
fn units_that_are_missing_or_strange_are_told() {
    let text = report(
        "vllm-benchmark",
        "0.1",
        "time_to_first_token: {mean: 50}\nrequest_latency: {mean: 1, units: minutes}",
    );
    assert_eq!(seconds(&text), [Some(0.05), None, None]);
    let notes = told(&one(&text));
    assert!(
        notes.contains(&"warning coerced metrics/latency/time_to_first_token/units".into()),
        "{notes:?}"
    );
    assert!(
        notes.contains(&"warning left_out metrics/latency/request_latency/units".into()),
        "{notes:?}"
    );
    let unknown = report("unheard-of", "0.1", "time_to_first_token: {mean: 50}");
    assert_eq!(seconds(&unknown)[0], None);
    let rate = report("vllm-benchmark", "0.2", MS).replace(
        "    requests:",
        "    throughput: {output_token_rate: {mean: 3, units: MB/s}}\n    requests:",
    );
    assert_eq!(value(&one(&rate), "output_tput_tps"), None);
}

#[test]
fn zeros_of_what_nobody_measured_are_absent() {
    let text = report(
        "eval-containers",
        "0.2",
        "time_to_first_token: {mean: 0.0, p50: 0.0, units: ms}\nrequest_latency: {mean: 9, units: ms}",
    );
    assert_eq!(seconds(&text), [None, None, Some(0.009)]);
    let failed = form("inference-perf-all-failed");
    assert_eq!(failed.evidence.completion.successful, Some(0));
    for name in ["mean_ttft", "mean_e2el", "total_tput_tps", "mean_osl", "duration_seconds"] {
        assert_eq!(value(&failed, name), None, "{name}");
    }
    assert_eq!(form("vllm-all-failed").evidence.completion.successful, Some(0));
    assert_eq!(form("v0.2-failed").evidence.completion.total, Some(40));
}

#[test]
fn statistics_are_read_in_the_spellings_of_all_months() {
    let old = "time_to_first_token: {mean: 5, median: 4, p001: 1, p01: 2, p05: 3, p999: 9, mode: 4, P25: 4, units: s}";
    let fragment = one(&report("inference-perf", "0.1", old));
    for (name, expected) in [
        ("p50_ttft", 4.0),
        ("p0.1_ttft", 1.0),
        ("p1_ttft", 2.0),
        ("p5_ttft", 3.0),
        ("p99.9_ttft", 9.0),
    ] {
        assert_eq!(value(&fragment, name), Some(expected), "{name}");
    }
    let new = old.replace("median", "p50").replace("p001", "p0p1").replace("p999", "p99p9");
    let new = new.replace("p01", "p1").replace("p05", "p5");
    let fragment_of_new = one(&report("inference-perf", "0.1", &new));
    let values = |fragment: &inferguard_model::Fragment| -> Vec<(Metric, f64)> {
        fragment.evidence.metrics.iter().map(|entry| (entry.metric, entry.value)).collect()
    };
    assert_eq!(values(&fragment_of_new), values(&fragment));
}

#[test]
fn the_send_window_of_inference_perf_is_no_duration() {
    let text = report("inference-perf", "0.1", S);
    let fragment = one(&text);
    // 10 requests at 0.8/s, and not the 12.5 s in which they were sent.
    assert_eq!(value(&fragment, "duration_seconds"), Some(10.0 / 0.8));
    assert_eq!(value(&fragment, "sent_rps"), Some(10.0 / 12.5));
}

#[test]
fn guidellm_s_tpot_is_its_inter_token_latency() {
    let latencies =
        MS.replace("time_per_output_token: {mean: 10,", "time_per_output_token: {mean: 10.4,");
    let text = report("guidellm", "0.2", &latencies);
    assert_eq!(seconds(&text), [Some(0.05), Some(0.01), Some(1.04)]);
}

#[test]
fn a_tpot_that_counts_chunks_is_told() {
    let notes = |text: String| told(&one(&text)).join("; ");
    let half = MS.replace("time_per_output_token: {mean: 10,", "time_per_output_token: {mean: 5,");
    let half = notes(report("vllm-benchmark", "0.1", &half));
    assert!(half.contains("conflict metrics/latency/time_per"), "{half}");
    assert_eq!(notes(report("vllm-benchmark", "0.1", MS)), "");
}
