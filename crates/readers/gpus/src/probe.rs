//! What the reader claims, and whose GPUs they are.

use std::sync::Arc;

use inferguard_model::{ArtifactRef, Attach, Evidence, Fragment, FragmentKind, Role, SourceFormat};
use inferguard_source::{Candidate, Claim, Content, Entry, Input, Reader, Reading, Refusal};

use crate::{aiperf, csv};

/// Reads samples of GPUs.
#[derive(Debug, Clone, Copy, Default)]
pub struct GpuReader;

const INPUTS: &[Input] = &[
    Input {
        kind: Role::GPU_METRICS_CSV.0,
        pattern: "gpu_metrics*.csv",
        producer: "nvidia-smi and amd-smi, as InferenceX runs them",
        used_for: "power and utilization of GPUs over time",
        verified: "fixtures",
    },
    Input {
        kind: Role::POWER_SAMPLES_CSV.0,
        pattern: "power/samples.csv",
        producer: "srt-slurm, 2026-08-11 on",
        used_for: "power and utilization of the GPUs of a job over time",
        verified: "fixtures",
    },
    Input {
        kind: Role::GPU_TELEMETRY_JSONL.0,
        pattern: "gpu_telemetry_export.jsonl, <prefix>_gpu_telemetry.jsonl",
        producer: "AIPerf 0.4 to 0.13",
        used_for: "power and utilization of GPUs over time",
        verified: "fixtures",
    },
];

impl Reader for GpuReader {
    fn id(&self) -> &'static str {
        "gpus"
    }

    fn inputs(&self) -> &'static [Input] {
        INPUTS
    }

    fn wants_name(&self, name: &str) -> bool {
        kind(name).is_some()
    }

    fn probe(&self, file: &Candidate<'_>) -> Option<Claim> {
        let kind = kind(file.name())?;
        let is_theirs = kind != Role::POWER_SAMPLES_CSV
            || file.has_columns(&["timestamp_unix", "hostname", "gpu_index", "power_w"]);
        is_theirs.then(|| Claim::extra(Claim::BY_NAME, kind.0))
    }

    fn read(
        &self,
        claim: &Claim,
        file: u32,
        entry: &Entry,
        content: &mut Content,
    ) -> Result<Reading, Refusal> {
        let name = entry.name();
        if name.starts_with("gpu_metrics_energy") {
            return Ok(Reading::recognised("counters of energy at one moment, no samples"));
        }
        let role = Role(claim.kind);
        let (log, problems) = if role == Role::GPU_TELEMETRY_JSONL {
            aiperf::read(content)?
        } else {
            csv::read(content)?
        };
        // A job samples all its nodes; its cells have their parts of it by their windows.
        let attach =
            if role == Role::POWER_SAMPLES_CSV { Attach::WholeFolder } else { Attach::Nearest };
        let evidence = Evidence {
            gpus: vec![Arc::new(log)],
            problems: problems.into_iter().map(|problem| (0, problem)).collect(),
            ..Evidence::default()
        };
        Ok(Reading::of(vec![Fragment {
            kind: FragmentKind::Attachment { attach, alone: false },
            format: SourceFormat::Unknown,
            artifact: ArtifactRef { role, file, base: "".into() },
            cell_id: None,
            folder_is_cell: false,
            rounding: 0.0,
            evidence: Box::new(evidence),
            table: None,
        }]))
    }
}

/// What a file is by its name.
fn kind(name: &str) -> Option<Role> {
    let name = name.strip_suffix(".gz").unwrap_or(name);
    match name {
        "samples.csv" => Some(Role::POWER_SAMPLES_CSV),
        "gpu_telemetry_export.jsonl" => Some(Role::GPU_TELEMETRY_JSONL),
        _ if name.ends_with("_gpu_telemetry.jsonl") => Some(Role::GPU_TELEMETRY_JSONL),
        _ if name.starts_with("gpu_metrics") && name.rsplit_once('.')?.1 == "csv" => {
            Some(Role::GPU_METRICS_CSV)
        }
        _ => None,
    }
}
