//! Which files are reports, and which are known files of a run.
//!
//! Reports are told by their content, whatever their name: guides print them as `run.yaml`. Names
//! decide for what is damaged.

use inferguard_model::{ReportName, Role};
use inferguard_source::{Candidate, Claim, Input};

/// Files of a run that are known and not read.
const KNOWN: [(&str, &str, &str); 8] = [
    (
        "inference_perf_requests_json",
        "per_request_lifecycle_metrics.json",
        "requests of inference-perf, with their texts; the reports have their statistics",
    ),
    (
        "inference_perf_summary_json",
        "summary_lifecycle_metrics.json",
        "all stages of inference-perf pooled; the reports have each stage",
    ),
    (
        "llmd_repeats_json",
        "aggregated_summary.json",
        "means over the first report of each repeat; all reports are read",
    ),
    (
        "llmd_treatments_csv",
        "treatment_comparison.csv",
        "made of the reports, without their units; the reports are read",
    ),
    (
        "llmd_engine_metrics_json",
        "metrics_summary.json",
        "engine metrics of a run, whose statistics reports of v0.2 have; not read",
    ),
    ("llmd_epp_metrics_json", "epp_metrics_summary.json", "router metrics of a run; not read"),
    (
        "llmd_time_series_json",
        "time_series_metrics.json",
        "engine metrics over time, which reports of v0.2.1 have; not read",
    ),
    ("llmd_replicas_json", "replica_status.json", "replicas over time; not read"),
];

/// The sessions of a stage of inference-perf: kind, why they are not read.
const SESSIONS: (&str, &str) =
    ("inference_perf_sessions_json", "sessions of inference-perf, which are no requests");

/// The table of supported inputs.
pub(crate) const INPUTS: &[Input] = &[
    Input {
        kind: Role::BENCHMARK_REPORT.0,
        pattern: "benchmark_report,_*.yaml, benchmark_report_v0.2,_*.yaml, results_<time>.yaml, and any .yaml, .yml or .json that holds one",
        producer: "llm-d-benchmark, reports v0.1, v0.2 and v0.2.1, of vllm-benchmark, inferencemax, guidellm, inference-perf, fmperf, aiperf and eval-containers",
        used_for: "cells: identity, deployment, load, latency, throughput, cache; gauges of components over time",
        verified: "real files of inference-perf, guidellm and vllm-benchmark; fixtures for the others",
    },
    Input {
        kind: Role::NATIVE_RESULT.0,
        pattern: "stage_<N>_lifecycle_metrics.json",
        producer: "inference-perf",
        used_for: "compared with the report that was made of it; a cell of its own where there is none",
        verified: "real files",
    },
    Input {
        kind: Role::RUN_METADATA.0,
        pattern: "run_metadata.yaml",
        producer: "llm-d-benchmark",
        used_for: "model, harness and exit code, for the reports of its folder",
        verified: "fixtures",
    },
    Input {
        kind: "inference_perf_summary_json",
        pattern: "summary_lifecycle_metrics.json, per_request_lifecycle_metrics.json, stage_<N>_session_lifecycle_metrics.json, aggregated_summary.json, treatment_comparison.csv, metrics_summary.json and others",
        producer: "llm-d-benchmark",
        used_for: "recognised, not read: the reports have their numbers",
        verified: "fixtures",
    },
];

pub(crate) fn wants_name(name: &str) -> bool {
    [".yaml", ".yml", ".json"].iter().any(|ending| name.ends_with(ending))
        || KNOWN.iter().any(|(_, known, _)| *known == name)
}

pub(crate) fn claim(file: &Candidate<'_>) -> Option<Claim> {
    let name = file.name();
    if let Some((kind, ..)) = KNOWN.iter().find(|(_, known, _)| *known == name) {
        return Some(Claim::extra(Claim::BY_NAME, kind));
    }
    let of_stage = name.starts_with("stage_") && name.ends_with("_lifecycle_metrics.json");
    if of_stage && name.ends_with("_session_lifecycle_metrics.json") {
        return Some(Claim::extra(Claim::BY_NAME, SESSIONS.0));
    }
    if matches!(name, "run_metadata.yaml" | "run_metadata.yml") {
        return Some(Claim::extra(Claim::BY_NAME, Role::RUN_METADATA.0));
    }
    let is_json = file.head().trim_ascii_start().first().is_some_and(|byte| *byte == b'{');
    if is_json {
        let shape = file.shape()?;
        if shape.has_all(&["load_summary", "successes"]) {
            return Some(Claim::result(Claim::BY_CONTENT, Role::NATIVE_RESULT.0));
        }
        let v1 = shape.has_all(&["version", "metrics"]) && shape.has("scenario");
        if v1 || shape.has_all(&["version", "results"]) {
            return Some(Claim::result(Claim::BY_CONTENT, Role::BENCHMARK_REPORT.0));
        }
    } else if matches!(name.rsplit_once('.'), Some((_, "yaml" | "yml"))) {
        let head = file.head();
        if has_key(head, "load_summary") && has_key(head, "successes") {
            return Some(Claim::result(Claim::BY_CONTENT, Role::NATIVE_RESULT.0));
        }
        if is_report(head) {
            return Some(Claim::result(Claim::BY_CONTENT, Role::BENCHMARK_REPORT.0));
        }
    }
    if of_stage {
        return Some(Claim::result(Claim::BY_NAME, Role::NATIVE_RESULT.0));
    }
    let named = ReportName::parse(name).is_some() || name.starts_with("benchmark_report");
    named.then(|| Claim::result(Claim::BY_NAME, Role::BENCHMARK_REPORT.0))
}

/// Whether the head of a YAML text is that of a report. Fragments of reports have no version, and
/// an indentation of the place they were pasted into.
fn is_report(head: &[u8]) -> bool {
    let says = |word: &str| memchr::memmem::find(head, word.as_bytes()).is_some();
    (has_key(head, "metrics") && (says("time_to_first_token:") || says("_per_sec:")))
        || (has_key(head, "results")
            && (says("request_performance:") || says("session_performance:")))
        || (has_key(head, "version") && has_key(head, "metrics") && has_key(head, "scenario"))
}

/// Whether a key stands at the outermost level.
fn has_key(head: &[u8], key: &str) -> bool {
    let is_key = |line: &[u8]| {
        let line = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line);
        line.strip_prefix(key.as_bytes()).is_some_and(|rest| rest.first() == Some(&b':'))
    };
    head.split(|byte| *byte == b'\n').any(is_key)
}

/// Why files of this kind are not read; `None` for those that are.
pub(crate) fn reason_not_read(kind: &str) -> Option<&'static str> {
    let known = KNOWN.iter().find(|(known, ..)| *known == kind).map(|(.., reason)| *reason);
    known.or((kind == SESSIONS.0).then_some(SESSIONS.1))
}
