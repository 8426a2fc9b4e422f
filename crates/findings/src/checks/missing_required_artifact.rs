//! An artifact that a result needs, or that a manifest expects, is absent.

use std::collections::HashMap;

use inferguard_model::{
    Cell, Expectations, FileRecord, FileStatus, Job, LogEvent, LogEventKind, Role, SourceFormat,
};
use inferguard_schema::Severity;
use serde_json::json;

use crate::{Check, Context, FindingMeta, Outcome};

/// The check.
pub(crate) struct MissingRequiredArtifact;

const META: FindingMeta = FindingMeta {
    code: "missing_required_artifact",
    summary: "An artifact that the source format needs, or that a manifest expects, is absent.",
    severity: "critical; warning when the artifact is only recommended",
    doc: include_str!("missing_required_artifact.md"),
    since: "0.1.0",
    thresholds: &[],
};

/// What a source format needs.
#[derive(Debug, Clone, Copy)]
pub struct Requirement {
    /// Format of the cell.
    pub format: SourceFormat,
    /// Role of the artifact.
    pub role: Role,
    /// File as a person would write it.
    pub file: &'static str,
    /// Whether the cell has no result without it.
    pub required: bool,
    /// Roles that supply the same.
    pub or: &'static [Role],
    /// Why it is needed.
    pub why: &'static str,
}

/// The table of required artifacts; generations that never had a file never miss it.
pub const REQUIREMENTS: &[Requirement] = &[
    Requirement {
        format: SourceFormat::InferencexStatic,
        role: Role::AGG_JSON,
        file: "agg_*.json",
        required: true,
        or: &[Role::RAW_JSON],
        why: "latency and throughput of the cell",
    },
    Requirement {
        format: SourceFormat::InferencexSrtSlurm,
        role: Role::AGG_JSON,
        file: "agg_*.json",
        required: true,
        or: &[Role::RAW_JSON],
        why: "latency and throughput of the cell",
    },
    Requirement {
        format: SourceFormat::InferencexRaw,
        role: Role::RAW_JSON,
        file: "<result>.json",
        required: true,
        or: &[],
        why: "latency and throughput of the cell",
    },
    Requirement {
        format: SourceFormat::AgentxTraceReplay,
        role: Role::DETAILED_RESULTS_CSV,
        file: "trace_replay/detailed_results.csv",
        required: true,
        or: &[Role::AGG_JSON],
        why: "requests of the trace replay",
    },
    Requirement {
        format: SourceFormat::AgentxTraceReplay,
        role: Role::METRICS_SERVER_METRICS_CSV,
        file: "metrics_server_metrics.csv",
        required: false,
        or: &[],
        why: "cache, queue and offload counters of the server",
    },
    Requirement {
        format: SourceFormat::AgentxAggregate,
        role: Role::AGG_JSON,
        file: "<result>.json",
        required: true,
        or: &[],
        why: "latency, throughput and cache metrics of the cell",
    },
    Requirement {
        format: SourceFormat::Aiperf,
        role: Role::AIPERF_JSON,
        file: "profile_export_aiperf.json",
        required: true,
        or: &[Role::AIPERF_CSV],
        why: "the run's own summary; a run that hung or was killed leaves none",
    },
    Requirement {
        format: SourceFormat::GenaiPerf,
        role: Role::GENAI_PERF_JSON,
        file: "profile_export_genai_perf.json",
        required: true,
        or: &[Role::GENAI_PERF_CSV],
        why: "latency and throughput of the cell",
    },
    Requirement {
        format: SourceFormat::LlmdBenchmark,
        role: Role::BENCHMARK_REPORT,
        file: "benchmark_report,_<native>.yaml",
        required: true,
        or: &[Role::NATIVE_RESULT],
        why: "latency and throughput of the cell",
    },
    Requirement {
        format: SourceFormat::SrtSlurm,
        role: Role::RAW_JSON,
        file: "results_concurrency_*.json",
        required: false,
        or: &[Role::ROLLUP_JSON, Role::ROLLUP_CSV],
        why: "exact numbers and requests of the cell; the text of benchmark.out has two decimals",
    },
];

impl Check for MissingRequiredArtifact {
    fn meta(&self) -> &FindingMeta {
        &META
    }

    fn run(&self, context: &Context<'_>) -> Vec<Outcome> {
        let mut outcomes = Vec::with_capacity(context.cells.len());
        // What is there and cannot be read has a code of its own.
        let refused: Vec<&FileRecord> = context
            .files
            .iter()
            .filter(|file| file.outcome.status == FileStatus::Refused)
            .collect();
        for (index, cell) in context.cells.iter().enumerate() {
            let before = outcomes.len();
            let needs = REQUIREMENTS.iter().filter(|need| need.format == cell.format);
            let lacks = |need: &&Requirement| {
                !supplied(cell, need) && !is_refused(context, cell, need, &refused)
            };
            outcomes.extend(needs.filter(lacks).map(|need| {
                let severity = if need.required { Severity::Critical } else { Severity::Warning };
                Outcome::fired(
                    Some(index),
                    severity,
                    format!("{} is missing: {}", need.file, need.why),
                    [
                        ("artifact", json!(need.role.0)),
                        ("path", json!(beside(context, cell, need.file))),
                        ("required", json!(need.required)),
                        ("present", context.paths(cell)),
                    ],
                )
            }));
            if outcomes.len() == before {
                outcomes.push(Outcome::clear(index));
            }
        }
        outcomes.extend(context.jobs.iter().filter_map(|job| without_result(job, context)));
        if context.expectations.is_empty() {
            return outcomes;
        }
        let by_id: HashMap<&str, usize> = context
            .cells
            .iter()
            .enumerate()
            .map(|(index, cell)| (cell.id.as_ref(), index))
            .collect();
        for expected in context.expectations {
            expectations(expected, context, &by_id, &mut outcomes);
        }
        outcomes
    }
}

/// A job that was to measure and left no result at all.
fn without_result(job: &Job, context: &Context<'_>) -> Option<Outcome> {
    let (metadata, _) = job.metadata.as_ref()?;
    let has_result = job.cells.iter().any(|cell| context.cells[*cell].has_result);
    if has_result || job.measures() != Some(true) {
        return None;
    }
    let path = context.files.get(*metadata as usize).map_or("", |file| &file.path);
    let kind = job.benchmark().unwrap_or_default();
    let (severity, why) = if may_still_run(job) {
        let why = "has no result yet: no log tells that it ended, it may still run";
        (Severity::Warning, why)
    } else {
        (Severity::Critical, "left no result: it failed, or its results were not copied")
    };
    Some(Outcome::fired(
        None,
        severity,
        format!("job {} ran {kind} and {why}", job.id),
        [
            ("artifact", json!(Role::RAW_JSON.0)),
            ("path", json!(path)),
            ("job", json!(job.id)),
            ("required", json!(true)),
        ],
    ))
}

/// Whether a job has logs and none of them tells of its end. A job without any was copied in part.
fn may_still_run(job: &Job) -> bool {
    let has_logs = !job.logs.is_empty() || !job.workers.is_empty();
    let ended = |event: &LogEvent| event.kind.ends_the_run() || event.kind == LogEventKind::Stopped;
    has_logs && !job.events().any(|(_, event)| ended(event))
}

fn supplied(cell: &Cell, need: &Requirement) -> bool {
    cell.artifacts.iter().any(|held| held.role == need.role || need.or.contains(&held.role))
}

/// Whether a file of that kind lies in a folder of the cell, and cannot be read.
fn is_refused(
    context: &Context<'_>,
    cell: &Cell,
    need: &Requirement,
    refused: &[&FileRecord],
) -> bool {
    refused.iter().filter(|file| file.outcome.kind == need.role.0).any(|file| {
        let lost = folder(&file.path);
        cell.artifacts.iter().any(|artifact| {
            let held = folder(context.path(artifact));
            held == lost || lies_below(held, lost) || lies_below(lost, held)
        })
    })
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Whether `folder` lies below `above`; the root of the tree is above everything and tells nothing.
fn lies_below(folder: &str, above: &str) -> bool {
    !above.is_empty() && folder.strip_prefix(above).is_some_and(|rest| rest.starts_with('/'))
}

/// The place where the cell's artifacts lie and the missing one should.
fn beside(context: &Context<'_>, cell: &Cell, file: &str) -> String {
    let held = cell.artifacts.first().map_or("", |artifact| folder(context.path(artifact)));
    let held = held.strip_suffix("trace_replay").map_or(held, |above| above.trim_end_matches('/'));
    if held.is_empty() { file.to_owned() } else { format!("{held}/{file}") }
}

/// Cells and timelines that our own manifest expects.
fn expectations(
    expected: &Expectations,
    context: &Context<'_>,
    by_id: &HashMap<&str, usize>,
    outcomes: &mut Vec<Outcome>,
) {
    let manifest = context.files.get(expected.file as usize).map_or("", |file| &file.path);
    let mut met = Vec::new();
    for id in &expected.cells {
        let full = format!("{}{id}", expected.folder);
        let found = by_id.get(full.as_str()).or_else(|| by_id.get(id.as_str())).copied();
        let lost = match found {
            None => "was not found",
            // Left by a job that died: a timeline, logs.
            Some(cell) if is_remains(&context.cells[cell]) => "has no result",
            Some(cell) => {
                met.push(cell);
                continue;
            }
        };
        outcomes.push(Outcome::fired(
            found,
            Severity::Critical,
            format!("cell {id} is expected by {manifest} and {lost}"),
            [("cell", json!(full)), ("manifest", json!(manifest))],
        ));
    }
    if !expected.timeline {
        return;
    }
    if expected.cells.is_empty() {
        met = (0..context.cells.len())
            .filter(|cell| is_below(&context.cells[*cell], &expected.folder, context))
            .collect();
    }
    let without = met.into_iter().filter(|cell| context.cells[*cell].evidence.timeline.is_none());
    outcomes.extend(without.map(|cell| {
        Outcome::fired(
            Some(cell),
            Severity::Warning,
            format!("inferguard_timeline.jsonl is missing: {manifest} expects a live timeline"),
            [
                ("artifact", json!(Role::TIMELINE_JSONL.0)),
                ("required", json!(false)),
                ("manifest", json!(manifest)),
            ],
        )
    }));
}

/// Whether only companions of a result are there, which no source format accounts for.
fn is_remains(cell: &Cell) -> bool {
    !cell.has_result && cell.format == SourceFormat::Unknown
}

fn is_below(cell: &Cell, folder: &str, context: &Context<'_>) -> bool {
    cell.artifacts.first().is_some_and(|first| context.path(first).starts_with(folder))
}
