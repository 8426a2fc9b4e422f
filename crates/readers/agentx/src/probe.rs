//! Which files are AgentX artifacts, by name and header.

use inferguard_model::Role;
use inferguard_source::{Candidate, Claim, Input};

pub(crate) const DETAILED_RESULTS: Role = Role::DETAILED_RESULTS_CSV;
pub(crate) const SERVER_METRICS: Role = Role::METRICS_SERVER_METRICS_CSV;

/// Columns that only a trace replay's request file has together.
const REQUEST_COLUMNS: [&str; 5] = ["user_id", "request_idx", "ttft", "ttlt", "success"];

/// Columns that every version of the server's file has.
const SERVER_COLUMNS: [&str; 3] = ["timestamp_sec", "kv_cache_usage_pct", "prefix_cache_queries"];

const TESTER: &str = "cache_rate_tester_csv";

/// A file that is known and not read.
struct Known {
    kind: &'static str,
    name: &'static str,
    /// Columns or JSON keys of which the file has to have one, where the name alone is common.
    any_of: &'static [&'static str],
    reason: &'static str,
}

const KNOWN: [Known; 10] = [
    Known {
        kind: TESTER,
        name: "detailed_results_*.csv",
        any_of: &["working_set_size", "launch_time"],
        reason: "requests of the cache-rate tester, which replays no trace; not read",
    },
    Known {
        kind: "metrics_client_metrics_csv",
        name: "metrics_client_metrics.csv",
        any_of: &[],
        reason: "the successful requests of detailed_results.csv again, in ms; not read",
    },
    Known {
        kind: "metrics_gpu_transfer_csv",
        name: "metrics_gpu_transfer.csv",
        any_of: &[],
        reason: "PCIe traffic per GPU over time, no longer written by the producer; not read",
    },
    Known {
        kind: "summary_trace_replay_csv",
        name: "summary_trace_replay.csv",
        any_of: &[],
        reason: "the load per assessment period, which detailed_results.csv holds in full; not read",
    },
    Known {
        kind: "user_lifecycle_csv",
        name: "user_lifecycle.csv",
        any_of: &[],
        reason: "when each user of the replay started and stopped; not read",
    },
    Known {
        kind: "sweep_summary_csv",
        name: "experiment_summary.csv",
        any_of: &["exp_name"],
        reason: "a sweep's table made from the result files, latencies in ms; not read",
    },
    Known {
        kind: "sweep_summary_csv",
        name: "summary.csv",
        any_of: &["exp_name"],
        reason: "a sweep's table made from the result files, latencies in ms; not read",
    },
    Known {
        kind: "test_metadata_json",
        name: "test_metadata.json",
        any_of: &["trace_stats", "api_endpoint"],
        reason: "settings of the trace replay and statistics of its traces; not read",
    },
    Known {
        kind: "benchmark_metadata_json",
        name: "benchmark_metadata.json",
        any_of: &["benchmark_runtime_sec"],
        reason: "run time of the benchmark script, set-up included; not read",
    },
    Known {
        kind: "progress_json",
        name: "progress.json",
        any_of: &[],
        reason: "progress of a trace replay at its last update; not read",
    },
];

/// The table of supported inputs.
pub(crate) const INPUTS: &[Input] = &[
    Input {
        kind: DETAILED_RESULTS.0,
        pattern: "detailed_results.csv",
        producer: "AgentX trace replay (kv-cache-tester), 2026-02 to 2026-07",
        used_for: "requests: latencies, throughput, completion, theoretical cache hit rates",
        verified: "real files of 2026-04; fixtures for other versions",
    },
    Input {
        kind: SERVER_METRICS.0,
        pattern: "metrics_server_metrics.csv",
        producer: "AgentX trace replay (server_metrics.py), 2026-02 to 2026-07",
        used_for: "cache hit rates, KV offload, preemptions, KV usage and queue over time",
        verified: "real files of 2026-04; fixtures for other versions",
    },
];

pub(crate) fn wants_name(name: &str) -> bool {
    is_table(name) || KNOWN.iter().any(|known| known.name == name)
}

pub(crate) fn claim(file: &Candidate<'_>) -> Option<Claim> {
    let name = file.name();
    let table = is_table(name);
    if table && file.has_columns(&REQUEST_COLUMNS) {
        return Some(Claim::result(Claim::BY_CONTENT, DETAILED_RESULTS.0));
    }
    if table && file.has_columns(&SERVER_COLUMNS) {
        return Some(Claim::extra(Claim::BY_CONTENT, SERVER_METRICS.0));
    }
    match name {
        "detailed_results.csv" => Some(Claim::result(Claim::BY_NAME, DETAILED_RESULTS.0)),
        "metrics_server_metrics.csv" => Some(Claim::extra(Claim::BY_NAME, SERVER_METRICS.0)),
        _ => {
            let known = KNOWN.iter().find(|known| known.is(file))?;
            let common = known.any_of.is_empty() && !table;
            let score = if common { Claim::BY_ENDING } else { Claim::BY_NAME };
            Some(Claim::extra(score, known.kind))
        }
    }
}

fn is_table(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, ending)| ending.eq_ignore_ascii_case("csv"))
}

/// Why files of this kind are not read; `None` for those that are.
pub(crate) fn reason_not_read(kind: &str) -> Option<&'static str> {
    KNOWN.iter().find(|known| known.kind == kind).map(|known| known.reason)
}

impl Known {
    fn is(&self, file: &Candidate<'_>) -> bool {
        let name_fits = match self.name.split_once('*') {
            Some((head, tail)) => file.name().starts_with(head) && file.name().ends_with(tail),
            None => file.name() == self.name,
        };
        let has = |key: &&str| {
            file.has_columns(&[*key]) || file.shape().is_some_and(|shape| shape.has(key))
        };
        name_fits && (self.any_of.is_empty() || self.any_of.iter().any(has))
    }
}
