//! Runs as JSON.

use inferguard_model::{Job, JobMetadata, Metric, Quantity, Scalar};
use serde_json::{Map, Value, json};

use super::diff::{role, text};
use super::{DifferenceGroup, GroupBy, LATENCIES, Run, Runs, node_rows, rate_match};

/// Metrics of a level in the list of a run.
const LEVEL: [Quantity; 9] = [
    Quantity::TotalTput,
    Quantity::OutputTput,
    Quantity::TputPerGpu,
    Quantity::TputPerProvisionedGpu,
    Quantity::SystemOutputTputPerGpu,
    Quantity::Intvty,
    Quantity::TputPerUser,
    Quantity::NumGpus,
    Quantity::NumProvisionedGpus,
];

impl Runs {
    /// One run as a line of the list.
    pub fn to_json(&self, run: &Run) -> Value {
        let job = run.job.as_ref();
        let metadata = job.and_then(|job| job.metadata());
        let loads: Vec<Value> = run.cells.iter().map(|cell| self.level(*cell)).collect();
        json!({
            "run": run.id,
            "folder": run.folder,
            "kind": if job.is_some() { "srt-slurm" } else { "cells" },
            "generation": metadata.map(|known| known.generation.name()),
            "job_name": metadata.and_then(|known| known.job_name.as_ref()),
            "date": run.date,
            "gpu": run.gpu,
            "gpu_as_written": run.gpu_as_written,
            "models": run.models,
            "topology": run.topology,
            "lengths": run.lengths,
            "containers": run.containers,
            "benchmark": job.and_then(|job| job.benchmark()),
            "tags": run.tags,
            "num_gpus": metadata.and_then(JobMetadata::working_gpus),
            "num_provisioned_gpus": metadata.and_then(JobMetadata::provisioned_gpus),
            "planned": job.and_then(Job::planned).map(|(levels, _)| levels),
            "missing": run.missing,
            "skipped": run.skipped,
            "notes": run.notes,
            "cells": loads,
        })
    }

    fn level(&self, cell: usize) -> Value {
        let cell = &self.cells[cell];
        let known = &cell.evidence;
        let mut level = Map::new();
        level.insert("cell_id".into(), json!(cell.id));
        level.insert("concurrency".into(), json!(known.identity.load.concurrency));
        level.insert("request_rate".into(), json!(known.identity.load.request_rate));
        let metrics = LEVEL.into_iter().map(Metric::plain).chain(LATENCIES);
        for metric in metrics {
            if let Some(value) = known.metrics.get(metric) {
                level.insert(metric.name().into_owned(), json!(value));
            }
        }
        Value::Object(level)
    }

    /// Everything that is known of one run.
    pub fn details_to_json(&self, run: &Run, by: GroupBy) -> Value {
        let mut all = self.to_json(run);
        let ranges: Map<String, Value> = LATENCIES
            .into_iter()
            .filter_map(|metric| {
                let (min, max) = self.range(run, metric)?;
                Some((metric.name().into_owned(), json!({"min": min, "max": max})))
            })
            .collect();
        all["ranges"] = Value::Object(ranges);
        let nodes: Vec<Value> = run.cells.iter().map(|cell| self.workers(*cell, by)).collect();
        all["workers"] = json!(nodes);
        let Some(job) = &run.job else { return all };
        all["services"] = job
            .services
            .iter()
            .map(|service| json!({"node": service.node, "service": service.kind.label(), "number": service.number}))
            .collect();
        all["nodes"] = job
            .nodes
            .iter()
            .map(|(_, node)| {
                let arguments: Map<String, Value> = node
                    .arguments
                    .iter()
                    .map(|(name, value)| (name.to_string(), scalar(value)))
                    .collect();
                let flags: Map<String, Value> = node
                    .flags
                    .iter()
                    .map(|(name, value)| (name.to_string(), json!(value)))
                    .collect();
                let mut environment = Map::new();
                for variable in &node.environment {
                    let group = environment.entry(variable.group).or_insert_with(|| json!({}));
                    group[&*variable.name] = json!(variable.value);
                }
                json!({
                    "node": node.node,
                    "role": role(job, node),
                    "gpus": {
                        "count": node.gpus.count,
                        "name": node.gpus.name,
                        "memory": node.gpus.memory,
                        "driver": node.gpus.driver,
                    },
                    "arguments": arguments,
                    "command_line": flags,
                    "environment": environment,
                })
            })
            .collect();
        all["events"] = job
            .events()
            .map(|(file, event)| {
                json!({
                    "event": event.kind.name(),
                    "path": self.path(file),
                    "line": event.line,
                    "count": event.count,
                    "text": event.text,
                })
            })
            .collect();
        all
    }

    fn workers(&self, cell: usize, by: GroupBy) -> Value {
        let cell = &self.cells[cell];
        let rows: Vec<Value> = node_rows(cell, by)
            .iter()
            .map(|row| {
                json!({
                    "group": row.label,
                    "ranks": row.ranks,
                    "input_tput_tps": row.input_tput,
                    "generation_tput_tps": row.generation_tput,
                    "cached_share": row.cached,
                    "mean_requests_running": row.running,
                    "max_requests_queued": row.queued,
                    "max_requests_in_transfer": row.in_transfer,
                    "max_kv_cache_usage": row.kv_usage,
                    "preemptions": row.preempted,
                })
            })
            .collect();
        let rates = match rate_match(cell) {
            Ok(rates) => json!({
                "prefill_rps": rates.prefill.requests_per_second,
                "decode_rps": rates.decode.requests_per_second,
                "prefill_rps_at_work": rates.prefill.requests_per_second_at_work,
                "decode_rps_at_work": rates.decode.requests_per_second_at_work,
                "flow": rates.flow(),
                "at_work": rates.at_work(),
            }),
            Err(why) => json!({"not_evaluated": why}),
        };
        json!({"cell_id": cell.id, "groups": rows, "rate_match": rates})
    }
}

/// What differs between two runs as JSON.
pub fn differences_to_json(a: &Run, b: &Run, groups: &[DifferenceGroup]) -> Value {
    let groups: Vec<Value> = groups
        .iter()
        .map(|group| {
            let differences: Vec<Value> = group
                .differences
                .iter()
                .map(|one| json!({"name": one.name, "a": one.a, "b": one.b}))
                .collect();
            json!({"group": group.name, "differences": differences})
        })
        .collect();
    json!({"a": a.id, "b": b.id, "groups": groups})
}

fn scalar(value: &Scalar) -> Value {
    match value {
        Scalar::Null => Value::Null,
        Scalar::Bool(on) => json!(on),
        Scalar::Int(n) => json!(n),
        Scalar::Float(x) => json!(x),
        other @ Scalar::Text(_) => json!(text(other)),
    }
}
