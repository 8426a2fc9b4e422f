//! Which files the reader takes, and how each kind is read.

use inferguard_model::Role;
use inferguard_source::json::Shape;
use inferguard_source::{Candidate, Claim, Content, Entry, Input, Reader, Reading, Refusal};

use crate::{evals, power, rows};

/// Reads InferenceX results and their relatives.
#[derive(Debug, Clone, Copy, Default)]
pub struct InferencexReader;

/// Kinds that are recognised and not read.
const PYTORCH: &str = "pytorch_benchmark_json";
const RUN_STATS: &str = "run_stats_json";
const CHANGELOG: &str = "changelog_metadata_json";
const POWER_WINDOW: &str = "agentic_power_window_json";
const SWEEP_FAILURE: &str = "sweep_failure_json";
const SWEEP_WARMUP: &str = "sweep_warmup_json";
const STEADY_STATE: &str = "steady_state_jsonl";
const OFFLINE: &str = "offline_benchmark_json";
const SWEBENCH: &str = "swebench_json";

const INPUTS: &[Input] = &[
    Input {
        kind: Role::AGG_JSON.0,
        pattern: "agg_*.json and any JSON holding such rows or arrays of them",
        producer: "InferenceX process_result.py, F0 (2025-08) to F10 (2026-08); AgentX A0 to A3; collect_results.py arrays; vLLM-descended decode-SLO rows",
        used_for: "cells: identity, latency, throughput, cache, power",
        verified: "F3/F4, F5/F6, A0, A3 on real files; the others on fixtures",
    },
    Input {
        kind: Role::RAW_JSON.0,
        pattern: "*.json, *.jsonl with serving-benchmark keys",
        producer: "benchmark_serving.py of InferenceX, vllm bench serve, sglang.bench_serving",
        used_for: "cells; per-request lists are recomputed and compared",
        verified: "real files of all three",
    },
    Input {
        kind: Role::RESULTS_JSON.0,
        pattern: "results*.json with lm_eval_version",
        producer: "lm-evaluation-harness",
        used_for: "accuracy scores",
        verified: "fixtures",
    },
    Input {
        kind: Role::SAMPLE_JSONL.0,
        pattern: "sample*.jsonl",
        producer: "lm-evaluation-harness",
        used_for: "linked; prompts are never read",
        verified: "fixtures",
    },
    Input {
        kind: Role::META_ENV_JSON.0,
        pattern: "meta_env.json",
        producer: "InferenceX eval jobs",
        used_for: "identity of evals",
        verified: "fixtures",
    },
    Input {
        kind: Role::AGG_EVAL_JSON.0,
        pattern: "agg_eval_*.json",
        producer: "InferenceX collect_eval_results.py",
        used_for: "accuracy scores, joined by configuration",
        verified: "fixtures",
    },
    Input {
        kind: Role::POWER_VALIDATION_JSON.0,
        pattern: "power_validation*.json",
        producer: "InferenceX power aggregation, 2026-08",
        used_for: "power metrics and why they are invalid",
        verified: "fixtures",
    },
    Input {
        kind: Role::JOB_LOG.0,
        pattern: "*.log, *.out, *.err, jobs.txt, job_bmk_*.sh",
        producer: "Slurm and CI jobs",
        used_for: "linked to the nearest cell",
        verified: "fixtures",
    },
    Input {
        kind: Role::LOG_ARCHIVE.0,
        pattern: "*.tar.gz, *.tgz, *.zip",
        producer: "CI artifacts",
        used_for: "linked to the nearest cell",
        verified: "fixtures",
    },
    Input {
        kind: Role::COMMAND.0,
        pattern: "benchmark_command.txt, *_command.txt",
        producer: "AgentX jobs",
        used_for: "linked to the nearest cell",
        verified: "fixtures",
    },
    Input {
        kind: SWEEP_FAILURE,
        pattern: "*.failure.json, warmup.json of a sweep; steady-state JSONL; offline benchmarks",
        producer: "vllm bench sweep, latency, throughput; sglang.bench_serving",
        used_for: "recognised, not read",
        verified: "fixtures",
    },
    Input {
        kind: SWEBENCH,
        pattern: "agent_preds.json, predictions.jsonl, swebench_report_*.json",
        producer: "InferenceX eval jobs",
        used_for: "recognised, not read",
        verified: "fixtures",
    },
    Input {
        kind: RUN_STATS,
        pattern: "run_stats.json, changelog_metadata.json, *.pytorch.json",
        producer: "InferenceX CI",
        used_for: "recognised, not read",
        verified: "real files",
    },
];

impl Reader for InferencexReader {
    fn id(&self) -> &'static str {
        "inferencex"
    }

    fn inputs(&self) -> &'static [Input] {
        INPUTS
    }

    fn wants_name(&self, name: &str) -> bool {
        ends_with(name, ".json") || ends_with(name, ".jsonl")
    }

    fn links(&self, name: &str) -> Option<Role> {
        let is = |endings: &[&str]| endings.iter().any(|ending| ends_with(name, ending));
        if name.ends_with("_command.txt") {
            return Some(Role::COMMAND);
        }
        if is(&[".tar", ".tgz", ".zip"]) {
            return Some(Role::LOG_ARCHIVE);
        }
        let script = is(&[".sh"])
            && ["job_bmk_", "run_bmk_", "launch_bmk_"].iter().any(|p| name.starts_with(p));
        (script || name == "jobs.txt" || is(&[".log", ".out", ".err"])).then_some(Role::JOB_LOG)
    }

    fn probe(&self, file: &Candidate<'_>) -> Option<Claim> {
        let name = file.name();
        let by_name = by_name(name);
        // These hold counts and times of a run, and are no results of it.
        if by_name.is_some_and(|claim| [PYTORCH, POWER_WINDOW].contains(&claim.kind)) {
            return by_name;
        }
        let Some(shape) = file.shape() else { return by_name };
        by_content(name, shape).or(by_name)
    }

    fn read(
        &self,
        claim: &Claim,
        file: u32,
        entry: &Entry,
        content: &mut Content,
    ) -> Result<Reading, Refusal> {
        match claim.kind {
            PYTORCH => Ok(Reading::recognised("records for a dashboard, the same numbers again")),
            RUN_STATS => Ok(Reading::recognised("success counts of a CI run by hardware")),
            CHANGELOG => Ok(Reading::recognised("what a CI run was started for")),
            POWER_WINDOW => Ok(Reading::recognised("load window of the power measurement")),
            SWEEP_FAILURE => {
                Ok(Reading::recognised("a sweep's run that failed before it had a result"))
            }
            SWEEP_WARMUP => Ok(Reading::recognised("a warm-up run of a sweep, which is no result")),
            STEADY_STATE => Ok(Reading::recognised(
                "the steady part of runs whose results stand in another file",
            )),
            OFFLINE => Ok(Reading::recognised("an offline benchmark, which has no server")),
            SWEBENCH => Ok(Reading::recognised(
                "answers and report of SWE-bench, whose score the evaluation has",
            )),
            kind if kind == Role::RESULTS_JSON.0 => evals::results(file, entry, content),
            kind if kind == Role::SAMPLE_JSONL.0 => Ok(evals::samples(file)),
            kind if kind == Role::META_ENV_JSON.0 => evals::meta_env(file, content),
            kind if kind == Role::POWER_VALIDATION_JSON.0 => power::validation(file, content),
            _ => rows::read(file, entry, content),
        }
    }
}

pub(crate) fn ends_with(name: &str, ending: &str) -> bool {
    name.len() >= ending.len()
        && name.as_bytes()[name.len() - ending.len()..].eq_ignore_ascii_case(ending.as_bytes())
}

fn by_name(name: &str) -> Option<Claim> {
    let claim = |kind| Some(Claim::extra(Claim::BY_NAME, kind));
    if name.ends_with(".pytorch.json") {
        return claim(PYTORCH);
    }
    match name {
        "run_stats.json" => claim(RUN_STATS),
        "changelog_metadata.json" => claim(CHANGELOG),
        "agentic_power_window.json" => claim(POWER_WINDOW),
        "meta_env.json" => claim(Role::META_ENV_JSON.0),
        "agent_preds.json" => claim(SWEBENCH),
        _ if name.starts_with("swebench_report_") => claim(SWEBENCH),
        _ if name.starts_with("power_validation") => claim(Role::POWER_VALIDATION_JSON.0),
        _ if name.starts_with("samples_") && ends_with(name, ".jsonl") => {
            claim(Role::SAMPLE_JSONL.0)
        }
        _ if name.starts_with("agg_eval_") => claim(Role::AGG_EVAL_JSON.0),
        _ if name.starts_with("agg_") && ends_with(name, ".json") => {
            Some(Claim::result(Claim::BY_NAME, Role::AGG_JSON.0))
        }
        _ => None,
    }
}

fn by_content(name: &str, shape: &Shape) -> Option<Claim> {
    let extra = |kind| Some(Claim::extra(Claim::BY_CONTENT, kind));
    let result = |kind| Some(Claim::result(Claim::BY_CONTENT, kind));
    // Nearly every file of a large archive is such a row; a client never writes its rate per GPU.
    if shape.has_all(&["hw", "tput_per_gpu"])
        && !shape.has_any(&["completed", "num_prompts", "task", "run_number"])
        && name != "meta_env.json"
    {
        return result(Role::AGG_JSON.0);
    }
    if shape.has("lm_eval_version") || shape.has_all(&["results", "configs", "n-shot"]) {
        return extra(Role::RESULTS_JSON.0);
    }
    if ends_with(name, ".jsonl") && shape.has("doc_id") {
        return extra(Role::SAMPLE_JSONL.0);
    }
    if shape.has_all(&["instance_id", "model_patch"]) {
        return extra(SWEBENCH);
    }
    if shape.has_all(&["run_number", "error_type"]) {
        return extra(SWEEP_FAILURE);
    }
    if name == "warmup.json" && shape.has("run_number") {
        return extra(SWEEP_WARMUP);
    }
    if shape.has_all(&["concurrency_ratio", "concurrency_threshold"]) {
        return extra(STEADY_STATE);
    }
    if shape.has_all(&["avg_latency", "latencies", "percentiles"])
        || shape.has_all(&["elapsed_time", "num_requests", "requests_per_second"])
    {
        return extra(OFFLINE);
    }
    if shape.has("hw") && shape.has("task") && shape.has_any(&["score", "em_strict"]) {
        return extra(Role::AGG_EVAL_JSON.0);
    }
    let client = shape.has_any(&["completed", "num_prompts"])
        && shape.has_any(&["duration", "output_throughput", "request_throughput"]);
    let baseline = shape.has_all(&["hw", "metrics", "gpu"]);
    if client || baseline {
        return result(Role::RAW_JSON.0);
    }
    let row = ["tput_per_gpu", "conc", "users", "request_metrics", "num_requests_total"];
    if name != "meta_env.json" && shape.has("hw") && shape.has_any(&row) {
        return result(Role::AGG_JSON.0);
    }
    None
}
