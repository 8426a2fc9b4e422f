//! Which files are exports of AIPerf or genai-perf, by name and content.
//!
//! Prefixes of exports are free (`--profile-export-prefix`), so that content decides. Names decide
//! for what is damaged.

use inferguard_model::Role;
use inferguard_source::{Candidate, Claim, Input};

use crate::{folder, sweep};

/// A file that is known and not read.
struct Known {
    kind: &'static str,
    names: &'static [&'static str],
    endings: &'static [&'static str],
    /// Keys of which all are in a JSON file; empty where the name is enough.
    keys: &'static [&'static str],
    reason: &'static str,
}

const KNOWN: [Known; 11] = [
    Known {
        kind: "aiperf_raw_jsonl",
        names: &["profile_export_raw.jsonl"],
        endings: &["_raw.jsonl"],
        keys: &["metadata", "payload"],
        reason: "requests with their texts, which are never read; profile_export.jsonl has the measurements",
    },
    Known {
        kind: "aiperf_inputs_json",
        names: &["inputs.json"],
        endings: &["_inputs.json"],
        keys: &["data"],
        reason: "prompts, which are never read",
    },
    Known {
        kind: "aiperf_outputs_json",
        names: &["outputs.json"],
        endings: &["_outputs.json"],
        keys: &["data"],
        reason: "generated texts, which are never read",
    },
    Known {
        kind: "aiperf_console_txt",
        names: &["profile_export_console.txt"],
        endings: &["_console.txt"],
        keys: &[],
        reason: "a copy of the tables on the terminal; the summary has their numbers",
    },
    Known {
        kind: "aiperf_log",
        names: &["aiperf.log"],
        endings: &[],
        keys: &[],
        reason: "the load generator's log; not read",
    },
    Known {
        kind: "server_metrics_export_jsonl",
        names: &["server_metrics_export.jsonl"],
        endings: &["_server_metrics.jsonl"],
        keys: &["endpoint_url", "timestamp_ns", "metrics"],
        reason: "samples of server metrics, whose statistics are in server_metrics_export.json; not read",
    },
    Known {
        kind: "server_metrics_export_parquet",
        names: &["server_metrics_export.parquet"],
        endings: &["_server_metrics.parquet"],
        keys: &[],
        reason: "samples of server metrics, whose statistics are in server_metrics_export.json; not read",
    },
    Known {
        kind: "network_latency_jsonl",
        names: &["profile_export_network_latency.jsonl"],
        endings: &["_network_latency.jsonl"],
        keys: &[],
        reason: "probes of the network between client and server; not read",
    },
    Known {
        kind: "accuracy_export_jsonl",
        names: &["accuracy_export.jsonl"],
        endings: &[],
        keys: &[],
        reason: "graded answers; not read",
    },
    Known {
        kind: "aiperf_phase_server_metrics",
        names: &[],
        endings: &[],
        keys: &[],
        reason: "server metrics of one phase; those of the measured one are in server_metrics_export.json",
    },
    Known {
        kind: "genai_perf_raw_json",
        names: &[],
        endings: &[],
        keys: &["experiments"],
        reason: "raw times of perf_analyzer; the summary of genai-perf is read",
    },
];

/// The table of supported inputs.
pub(crate) const INPUTS: &[Input] = &[
    Input {
        kind: Role::AIPERF_JSON.0,
        pattern: "profile_export_aiperf.json, <prefix>.json",
        producer: "AIPerf 0.1.1 to 0.13",
        used_for: "cells: identity, latency, throughput, goodput, failures, GPUs and power",
        verified: "real files of 0.3.0, 0.13.0 and of the fork of 0.8.0 that AgentX uses; fixtures for 0.1.1, 0.2, 0.4 to 0.12",
    },
    Input {
        kind: Role::AIPERF_CSV.0,
        pattern: "profile_export_aiperf.csv, <prefix>.csv",
        producer: "AIPerf 0.1.1 to 0.13",
        used_for: "the same where the JSON is gone, rounded to two decimals",
        verified: "real files of 0.3.0, 0.8.0 and 0.13.0; fixtures for other versions",
    },
    Input {
        kind: Role::AIPERF_RECORDS.0,
        pattern: "profile_export.jsonl, <prefix>.jsonl",
        producer: "AIPerf 0.2 to 0.13",
        used_for: "requests: everything is computed again and compared with the summary",
        verified: "real files of 0.3.0 and 0.13.0; fixtures for other versions",
    },
    Input {
        kind: Role::AIPERF_SLICES_JSON.0,
        pattern: "profile_export_aiperf_timeslices.json, <prefix>_timeslices.json",
        producer: "AIPerf 0.3 to 0.13",
        used_for: "time slices as the producer cut them",
        verified: "real files of 0.3.0 and 0.13.0",
    },
    Input {
        kind: Role::AIPERF_SLICES_CSV.0,
        pattern: "profile_export_aiperf_timeslices.csv, <prefix>_timeslices.csv",
        producer: "AIPerf 0.3 to 0.13",
        used_for: "the same where the JSON is gone, rounded to two decimals",
        verified: "real files of 0.3.0 and 0.13.0",
    },
    Input {
        kind: Role::SERVER_METRICS_JSON.0,
        pattern: "server_metrics_export.json, <prefix>_server_metrics.json",
        producer: "AIPerf 0.4 to 0.13",
        used_for: "cache hit rates, KV usage and queue over time, preemptions, KV offload",
        verified: "real files of 0.13.0; fixtures for other versions",
    },
    Input {
        kind: Role::SERVER_METRICS_CSV.0,
        pattern: "server_metrics_export.csv, <prefix>_server_metrics.csv",
        producer: "AIPerf 0.4 to 0.13",
        used_for: "the same where the JSON is gone, without a course over time",
        verified: "real files of 0.8.0 and 0.13.0",
    },
    Input {
        kind: Role::AIPERF_PHASE_MANIFEST.0,
        pattern: "phase_manifest.json",
        producer: "AIPerf 0.12 and 0.13",
        used_for: "warm-up requests, bounds of the measured phase",
        verified: "real files of 0.13.0",
    },
    Input {
        kind: Role::AIPERF_PHASE.0,
        pattern: "phases/<name>/profile_export_aiperf.json, .csv",
        producer: "AIPerf 0.12 and 0.13",
        used_for: "linked to the cell above; one phase is no cell",
        verified: "real files of 0.13.0",
    },
    Input {
        kind: Role::AIPERF_READY.0,
        pattern: ".aiperf_results_ready.json",
        producer: "AIPerf 0.12 and 0.13",
        used_for: "whether the run came to its end",
        verified: "real files of 0.13.0",
    },
    Input {
        kind: Role::AIPERF_RUN_CONFIG.0,
        pattern: "run_config.json",
        producer: "AIPerf 0.8 to 0.13",
        used_for: "load and configuration of one run of a sweep, what was varied, the trial",
        verified: "fixtures",
    },
    Input {
        kind: Role::GENAI_PERF_JSON.0,
        pattern: "profile_export_genai_perf.json, <prefix>_genai_perf.json",
        producer: "genai-perf 0.0.16",
        used_for: "cells: identity, latency, throughput, goodput",
        verified: "fixtures",
    },
    Input {
        kind: Role::GENAI_PERF_CSV.0,
        pattern: "profile_export_genai_perf.csv, <prefix>_genai_perf.csv",
        producer: "genai-perf 0.0.16",
        used_for: "the same where the JSON is gone, rounded to two decimals",
        verified: "fixtures",
    },
    Input {
        kind: "aiperf_sweep_json",
        pattern: "profile_export_aiperf_sweep.json, profile_export_aiperf_aggregate.json, search_history.json and others",
        producer: "AIPerf 0.8 to 0.13",
        used_for: "recognised, not read: the runs that they were made from are cells",
        verified: "fixtures",
    },
    Input {
        kind: "aiperf_raw_jsonl",
        pattern: "profile_export_raw.jsonl, inputs.json, outputs.json, server_metrics_export.jsonl and .parquet, profile_export_console.txt",
        producer: "AIPerf",
        used_for: "recognised, not read",
        verified: "real files of 0.13.0",
    },
];

pub(crate) fn wants_name(name: &str) -> bool {
    ["json", "jsonl", "csv"].contains(&ending(name))
        || KNOWN.iter().any(|known| known.has_name(name))
}

pub(crate) fn claim(file: &Candidate<'_>) -> Option<Claim> {
    let name = file.name();
    if folder::is_of_phase(file.entry().relative()) {
        if name.starts_with("profile_export") {
            return Some(Claim::extra(Claim::BY_CONTENT, Role::AIPERF_PHASE.0));
        }
        if name.starts_with("server_metrics") || name.starts_with("gpu_telemetry") {
            return Some(Claim::extra(Claim::BY_CONTENT, "aiperf_phase_server_metrics"));
        }
    }
    if let Some(made) = sweep::recognise(file) {
        return Some(Claim::extra(Claim::BY_CONTENT, made.kind));
    }
    if let Some(role) = by_content(file) {
        return Some(of_role(role, Claim::BY_CONTENT));
    }
    if let Some(known) = KNOWN.iter().find(|known| known.is(file)) {
        return Some(Claim::extra(Claim::BY_NAME, known.kind));
    }
    by_name(name).map(|role| of_role(role, Claim::BY_NAME))
}

fn ending(name: &str) -> &str {
    name.rsplit_once('.').map_or("", |(_, ending)| ending)
}

fn of_role(role: Role, score: u8) -> Claim {
    let is_result = [
        Role::AIPERF_JSON,
        Role::AIPERF_CSV,
        Role::AIPERF_RECORDS,
        Role::GENAI_PERF_JSON,
        Role::GENAI_PERF_CSV,
    ];
    if is_result.contains(&role) {
        Claim::result(score, role.0)
    } else {
        Claim::extra(score, role.0)
    }
}

/// What a file is by what it holds.
fn by_content(file: &Candidate<'_>) -> Option<Role> {
    let name = file.name();
    if ending(name) == "csv" {
        return table(file);
    }
    let shape = file.shape()?;
    if shape.is_array {
        return None;
    }
    if ending(name) == "jsonl" {
        let records = shape.has_all(&["metadata", "metrics"]) && !shape.has("payload");
        return (records && says(file, b"request_start_ns")).then_some(Role::AIPERF_RECORDS);
    }
    if shape.has("metrics_phase") || shape.has_all(&["aiperf_version", "summary", "metrics"]) {
        return Some(Role::SERVER_METRICS_JSON);
    }
    if shape.has("timeslices") {
        return Some(Role::AIPERF_SLICES_JSON);
    }
    if name == "phase_manifest.json" && shape.has("phases") {
        return Some(Role::AIPERF_PHASE_MANIFEST);
    }
    if name == "run_config.json" && shape.has("cfg") {
        return Some(Role::AIPERF_RUN_CONFIG);
    }
    if name == ".aiperf_results_ready.json" && shape.has("ready") {
        return Some(Role::AIPERF_READY);
    }
    let measured =
        ["request_latency", "request_throughput", "request_count", "error_request_count"];
    // From 0.2 on; 0.1.1 nests its metrics.
    let aiperf = shape.has("input_config") && shape.has_any(&["was_cancelled", "error_summary"]);
    if aiperf && (shape.has_any(&measured) || shape.has("records") || shape.has("aiperf_version")) {
        return Some(Role::AIPERF_JSON);
    }
    (shape.has("input_config") && shape.has_any(&measured)).then_some(Role::GENAI_PERF_JSON)
}

fn table(file: &Candidate<'_>) -> Option<Role> {
    if file.head().starts_with(b"# AIPerf Server Metrics") {
        return Some(Role::SERVER_METRICS_CSV);
    }
    if file.has_columns(&["Timeslice", "Metric", "Stat", "Value"]) {
        return Some(Role::AIPERF_SLICES_CSV);
    }
    if !file.has_columns(&["Metric", "avg", "min", "max", "p50"]) {
        return None;
    }
    let is_predecessor = file.name().contains("genai_perf");
    Some(if is_predecessor { Role::GENAI_PERF_CSV } else { Role::AIPERF_CSV })
}

/// Whether the head of a file holds a word; heads are 64 KiB.
fn says(file: &Candidate<'_>, word: &[u8]) -> bool {
    file.head().windows(word.len()).any(|window| window == word)
}

/// What a file is by its default name, when its content says nothing: damaged, or empty.
fn by_name(name: &str) -> Option<Role> {
    [
        ("profile_export_aiperf.json", Role::AIPERF_JSON),
        ("profile_export_aiperf.csv", Role::AIPERF_CSV),
        ("profile_export.jsonl", Role::AIPERF_RECORDS),
        ("profile_export_aiperf_timeslices.json", Role::AIPERF_SLICES_JSON),
        ("profile_export_aiperf_timeslices.csv", Role::AIPERF_SLICES_CSV),
        ("server_metrics_export.json", Role::SERVER_METRICS_JSON),
        ("server_metrics_export.csv", Role::SERVER_METRICS_CSV),
        ("phase_manifest.json", Role::AIPERF_PHASE_MANIFEST),
        (".aiperf_results_ready.json", Role::AIPERF_READY),
        ("profile_export_genai_perf.json", Role::GENAI_PERF_JSON),
        ("profile_export_genai_perf.csv", Role::GENAI_PERF_CSV),
    ]
    .into_iter()
    .find_map(|(known, role)| (known == name).then_some(role))
}

/// Why files of this kind are not read; `None` for those that are.
pub(crate) fn reason_not_read(kind: &str) -> Option<&'static str> {
    let known = KNOWN.iter().find(|known| known.kind == kind).map(|known| known.reason);
    known.or_else(|| sweep::reason(kind))
}

impl Known {
    fn has_name(&self, name: &str) -> bool {
        self.names.contains(&name) || self.endings.iter().any(|ending| name.ends_with(ending))
    }

    fn is(&self, file: &Candidate<'_>) -> bool {
        let by_keys =
            || !self.keys.is_empty() && file.shape().is_some_and(|shape| shape.has_all(self.keys));
        // A default name is enough for tables and logs; other tools have an `inputs.json` too.
        let named = self.has_name(file.name());
        let named_enough = named && (self.keys.is_empty() || by_keys());
        named_enough || (self.keys.len() > 1 || self.keys == ["experiments"]) && by_keys()
    }
}
