//! Reads the benchmark reports of llm-d-benchmark, v0.1 to v0.2.1, YAML and JSON.
//!
//! A report holds the statistics of one load point as one of eight load generators measured it.
//! `llmdbenchmark/analysis/benchmark_report/` of llm-d/llm-d-benchmark has the schema and the
//! converters. That reports of two versions, of parallel load generators and the generator's own
//! file speak of one point is known to `cells`, by their names
//! ([`ReportName`](inferguard_model::ReportName)).

mod deployment;
mod derive;
mod harness;
mod latency;
mod load;
mod metadata;
mod observability;
mod probe;
mod report;
mod series;
mod stats;
#[cfg(test)]
mod tests;
mod throughput;
mod workload;

use inferguard_model::{
    ArtifactRef, Attach, Evidence, Fragment, FragmentKind, Rank, Role, SourceFormat,
};
use inferguard_source::{Candidate, Claim, Content, Entry, Input, Reader, Reading, Refusal};

use report::Outcome;

/// Reads llm-d benchmark reports and what lies beside them.
#[derive(Debug, Clone, Copy, Default)]
pub struct LlmdReader;

impl Reader for LlmdReader {
    fn id(&self) -> &'static str {
        "llm-d"
    }

    fn inputs(&self) -> &'static [Input] {
        probe::INPUTS
    }

    fn probe(&self, file: &Candidate<'_>) -> Option<Claim> {
        probe::claim(file)
    }

    fn wants_name(&self, name: &str) -> bool {
        probe::wants_name(name)
    }

    fn read(
        &self,
        claim: &Claim,
        file: u32,
        entry: &Entry,
        content: &mut Content,
    ) -> Result<Reading, Refusal> {
        if let Some(reason) = probe::reason_not_read(claim.kind) {
            return Ok(Reading::recognised(reason));
        }
        let whole_folder = FragmentKind::Attachment { attach: Attach::WholeFolder, alone: false };
        match Role(claim.kind) {
            Role::RUN_METADATA => {
                let evidence = metadata::read(content)?;
                Ok(Reading::of(vec![fragment(whole_folder, Role::RUN_METADATA, file, evidence)]))
            }
            role => match report::read(content, entry.relative())? {
                Outcome::Skipped(reason) => Ok(Reading::recognised(reason)),
                Outcome::Measured(evidence) => {
                    // A report is what was made of the harness's own result, as a row is.
                    let (rank, role) = match role {
                        Role::NATIVE_RESULT => (Rank::Summary, role),
                        _ => (Rank::Row, Role::BENCHMARK_REPORT),
                    };
                    let kind = FragmentKind::Result(rank);
                    Ok(Reading::of(vec![fragment(kind, role, file, *evidence)]))
                }
            },
        }
    }
}

fn fragment(kind: FragmentKind, role: Role, file: u32, evidence: Evidence) -> Fragment {
    Fragment {
        kind,
        format: SourceFormat::LlmdBenchmark,
        artifact: ArtifactRef { role, file, base: "".into() },
        cell_id: None,
        folder_is_cell: false,
        rounding: 0.0,
        evidence: Box::new(evidence),
        table: None,
    }
}
