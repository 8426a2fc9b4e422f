//! Which files of a job the reader takes, and how each kind is read.

use std::sync::Arc;

use inferguard_model::{
    ArtifactRef, Attach, Evidence, FileStatus, Fragment, FragmentKind, JobPart, Role, SourceFormat,
};
use inferguard_source::json::Shape;
use inferguard_source::{Candidate, Claim, Content, Entry, Input, Reader, Reading, Refusal};

use crate::worker_log::{LogOptions, WorkerLogName, read_worker_log};
use crate::{job_log, metadata, node_config, recipe, rollup, rollup_csv, service, window};

/// Reads the job directories of srt-slurm.
#[derive(Debug, Clone, Copy, Default)]
pub struct SrtslurmReader;

const METADATA: &str = Role::JOB_JSON.0;
const RECIPE: &str = Role::JOB_RECIPE.0;
const NODE: &str = Role::NODE_CONFIG.0;
const ROLLUP_JSON: &str = Role::ROLLUP_JSON.0;
const ROLLUP_CSV: &str = Role::ROLLUP_CSV.0;
const WORKER_LOG: &str = "worker_log";
const SERVICE_LOG: &str = "service_log";
const JOB_LOG: &str = Role::JOB_LOG.0;

/// Known by name and not read: name or beginning, ending, why.
const KNOWN: [(&str, &str, &str); 5] = [
    ("mooncake_store_config", ".json", "configuration of a KV store, no node's"),
    ("fingerprint_", ".json", "versions of the software of one worker"),
    ("resource_snapshot", ".json", "CPUs and memory that the scheduler gave"),
    ("status_events", ".jsonl", "states of a mock run, which measures nothing"),
    ("perf_dashboard", ".json", "charts of the producer, made from the results"),
];
const KNOWN_FILE: &str = "srt_slurm_other";

/// What a dry run leaves: the metadata of a job that was never sent off.
const DRY_RUN: &str = "metadata.json";
const DRY_RUN_KIND: &str = "srt_slurm_dry_run_json";

const INPUTS: &[Input] = &[
    Input {
        kind: METADATA,
        pattern: "{jobid}.json with run_metadata, or with resources",
        producer: "srt-slurm v1 (2025-11) and v2 (2025-12 to 2026-08)",
        used_for: "identity, topology, GPU counts, tags of a job's cells",
        verified: "fixtures",
    },
    Input {
        kind: RECIPE,
        pattern: "config.yaml, config_*.yaml, recipe.lock.yaml",
        producer: "srt-slurm",
        used_for: "load levels that were planned; what differs between jobs",
        verified: "fixtures",
    },
    Input {
        kind: NODE,
        pattern: "*_config.json",
        producer: "srt-slurm",
        used_for: "arguments, GPUs and environment of a node, without secrets",
        verified: "fixtures",
    },
    Input {
        kind: ROLLUP_JSON,
        pattern: "benchmark-rollup.json",
        producer: "srt-slurm, 2026-01-27 on",
        used_for: "cells whose results are gone",
        verified: "fixtures",
    },
    Input {
        kind: ROLLUP_CSV,
        pattern: "benchmark-rollup.csv",
        producer: "srt-slurm, 2026-04-15 on, both widths",
        used_for: "cells whose results are gone",
        verified: "real files of 12 columns; fixtures of 15",
    },
    Input {
        kind: WORKER_LOG,
        pattern: "{node}_{prefill,decode,agg}_w{i}.out, .err",
        producer: "SGLang, vLLM and TensorRT-LLM in a job of srt-slurm",
        used_for: "load and throughput of each worker over time, why a job ended",
        verified: "fixtures",
    },
    Input {
        kind: JOB_LOG,
        pattern: "sweep_*.log, log.out, log.err, benchmark.out, benchmark.err, infra.out",
        producer: "srt-slurm",
        used_for: "why a job ended; results of benchmark.out where their files are gone",
        verified: "fixtures",
    },
    Input {
        kind: window::KIND,
        pattern: "power/windows/*.json",
        producer: "srt-slurm, 2026-08-11 on",
        used_for: "when each load level was measured",
        verified: "fixtures",
    },
];

impl Reader for SrtslurmReader {
    fn id(&self) -> &'static str {
        "srt-slurm"
    }

    fn inputs(&self) -> &'static [Input] {
        INPUTS
    }

    fn wants_name(&self, name: &str) -> bool {
        name.rsplit_once('.').is_some_and(|(_, ending)| ending == "json")
            || name == "benchmark-rollup.csv"
            || name == "status_events.jsonl"
            || recipe::kind(name).is_some()
            || service::of_name(name).is_some()
            || job_log::is_named(name)
    }

    fn probe(&self, file: &Candidate<'_>) -> Option<Claim> {
        let name = file.name();
        let by_name = |kind| Some(Claim::extra(Claim::BY_NAME, kind));
        if let Some(service) = service::of_name(name) {
            return by_name(if service.kind.is_worker() { WORKER_LOG } else { SERVICE_LOG });
        }
        if job_log::is_named(name) {
            return by_name(JOB_LOG);
        }
        if recipe::kind(name).is_some() {
            return recipe::is_recipe(file).then(|| Claim::extra(Claim::BY_CONTENT, RECIPE));
        }
        if name == "benchmark-rollup.csv" {
            return Some(Claim::result(Claim::BY_NAME, ROLLUP_CSV));
        }
        if is_known(name).is_some() {
            return by_name(KNOWN_FILE);
        }
        if let Some(kind) = file.shape().and_then(|shape| by_content(name, shape)) {
            return Some(Claim { score: Claim::BY_CONTENT, kind, is_result: kind == ROLLUP_JSON });
        }
        match name {
            "benchmark-rollup.json" => Some(Claim::result(Claim::BY_NAME, ROLLUP_JSON)),
            // What is damaged is still told by its name.
            _ if is_job_id(name) && file.shape().is_none_or(|shape| !shape.is_array) => {
                Some(Claim::extra(Claim::BY_ENDING, METADATA))
            }
            _ => None,
        }
    }

    fn read(
        &self,
        claim: &Claim,
        file: u32,
        entry: &Entry,
        content: &mut Content,
    ) -> Result<Reading, Refusal> {
        let name = entry.name();
        let name = name.strip_suffix(".gz").unwrap_or(name);
        match claim.kind {
            METADATA => metadata::read(content)
                .map(|(known, told)| Reading::of_job(JobPart::Metadata(Box::new(known)), told)),
            RECIPE => {
                let kind =
                    recipe::kind(name).ok_or_else(|| Refusal::new("no recipe by its name"))?;
                recipe::read(content, kind)
                    .map(|(known, told)| Reading::of_job(JobPart::Recipe(Box::new(known)), told))
            }
            NODE => node_config::read(content, name)
                .map(|(known, told)| Reading::of_job(JobPart::Node(Box::new(known)), told)),
            window::KIND => window::read(content, name)
                .map(|(known, told)| Reading::of_job(JobPart::Window(known), told)),
            ROLLUP_JSON => match rollup::read(file, content)? {
                Some(rows) => Ok(of_rollup(rows)),
                None => Ok(Reading {
                    status: FileStatus::Recognised,
                    reason: Some("the export of AIPerf again, which lies beside it".into()),
                    ..Reading::of_job(JobPart::Rollup, Vec::new())
                }),
            },
            ROLLUP_CSV => rollup_csv::read(file, content).map(of_rollup),
            WORKER_LOG => worker(file, name, content),
            JOB_LOG => job(file, name, content),
            SERVICE_LOG => Ok(Reading {
                job: service::of_name(name).map(JobPart::Service).into_iter().collect(),
                ..Reading::linked(link(file))
            }),
            DRY_RUN_KIND => {
                Ok(Reading::recognised("metadata of a dry run, which measures nothing"))
            }
            _ => Ok(Reading::recognised(is_known(name).unwrap_or("a file of a job, not read"))),
        }
    }
}

fn by_content(name: &str, shape: &Shape) -> Option<&'static str> {
    if shape.is_array {
        return None;
    }
    if metadata::is_metadata(shape) {
        return Some(if name == DRY_RUN { DRY_RUN_KIND } else { METADATA });
    }
    if rollup::is_rollup(shape) {
        return Some(ROLLUP_JSON);
    }
    if window::is_window(shape) {
        return Some(window::KIND);
    }
    node_config::is_node_config(name, shape).then_some(NODE)
}

fn is_known(name: &str) -> Option<&'static str> {
    let is = |(begin, end, _): &&(&str, &str, &str)| name.starts_with(begin) && name.ends_with(end);
    KNOWN.iter().find(is).map(|(.., why)| *why)
}

/// `12345.json`.
fn is_job_id(name: &str) -> bool {
    let stem = name.strip_suffix(".json").unwrap_or_default();
    !stem.is_empty() && stem.bytes().all(|b| b.is_ascii_digit())
}

fn of_rollup((fragments, problems): rollup::Rows) -> Reading {
    Reading { fragments, ..Reading::of_job(JobPart::Rollup, problems) }
}

/// The log of a worker: its samples go to every cell of the job.
fn worker(file: u32, name: &str, content: &mut Content) -> Result<Reading, Refusal> {
    let parsed = WorkerLogName::parse(name).ok_or_else(|| Refusal::new("no worker by its name"))?;
    let (log, told) = read_worker_log(&parsed, content.stream()?, LogOptions::default())
        .map_err(|error| Refusal::io(&error))?;
    let evidence = Evidence { workers: vec![Arc::new(log)], ..Evidence::default() };
    let fragment = Fragment {
        kind: FragmentKind::Attachment { attach: Attach::WholeFolder, alone: false },
        evidence: Box::new(evidence),
        ..link(file)
    };
    let service = service::of_name(name).map(JobPart::Service);
    Ok(Reading {
        job: service.into_iter().collect(),
        problems: told,
        ..Reading::of(vec![fragment])
    })
}

/// A log of the job as a whole; one that says nothing is linked to its cell, as other logs are.
fn job(file: u32, name: &str, content: &mut Content) -> Result<Reading, Refusal> {
    let (log, blocks) = job_log::read(content, name)?;
    let mut reading = if log.is_empty() {
        Reading::linked(link(file))
    } else {
        let mut reading = Reading::of_job(JobPart::Log(Box::new(log)), Vec::new());
        reading.fragments.push(link(file));
        reading
    };
    reading.fragments.extend(blocks.into_fragments(file));
    Ok(reading)
}

fn link(file: u32) -> Fragment {
    Fragment {
        kind: FragmentKind::Attachment { attach: Attach::Nearest, alone: false },
        format: SourceFormat::Unknown,
        artifact: ArtifactRef { role: Role::JOB_LOG, file, base: "".into() },
        cell_id: None,
        folder_is_cell: false,
        rounding: 0.0,
        evidence: Box::default(),
        table: None,
    }
}
