//! Reads the results of AIPerf and of its predecessor genai-perf.
//!
//! A folder of exports is a cell: [`records`] reads `profile_export.jsonl`, one line per request, at
//! the speed of memory, and the other modules read what the producer made of it. What a folder's
//! files say of one run is joined in `cells`, by folder and by the prefix of their names.

mod config;
mod csv_text;
mod folder;
mod metrics;
mod phases;
mod probe;
pub mod records;
mod requests;
mod server_metrics;
mod slices;
mod summary;
mod summary_csv;
mod sweep;
mod telemetry;
#[cfg(test)]
mod tests;

use inferguard_model::{Evidence, Role, SourceFormat};
use inferguard_source::{
    Candidate, Claim, Content, Entry, Input, Reader, Reading, Refusal, TakeRequests,
};

use folder::Source;

/// Reads what AIPerf and genai-perf leave behind.
#[derive(Debug, Clone, Copy, Default)]
pub struct AiperfReader {
    /// Keep turn, worker and conversation of each request.
    pub groups: bool,
    /// Threads for the records of one large file; 0 is one.
    pub threads: usize,
    /// Tell whose the records of single requests are, without reading them: for whoever reads them
    /// afterwards, batch by batch.
    pub records_unread: bool,
}

impl Reader for AiperfReader {
    fn id(&self) -> &'static str {
        "aiperf"
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
        let name = entry.name();
        let source = Source { file, name: name.strip_suffix(".gz").unwrap_or(name) };
        let fragment = match Role(claim.kind) {
            Role::AIPERF_PHASE => {
                let phase = source.attachment(Role::AIPERF_PHASE, false, Evidence::default());
                return Ok(Reading::linked(phase));
            }
            Role::AIPERF_RECORDS => requests::read(entry, content, source, *self),
            Role::AIPERF_CSV => summary_csv::read(content, source, SourceFormat::Aiperf),
            Role::GENAI_PERF_CSV => summary_csv::read(content, source, SourceFormat::GenaiPerf),
            Role::GENAI_PERF_JSON => summary::read(content, source, SourceFormat::GenaiPerf),
            Role::AIPERF_SLICES_JSON => slices::read_json(content, source),
            Role::AIPERF_SLICES_CSV => slices::read_csv(content, source),
            Role::SERVER_METRICS_JSON => server_metrics::read_json(content, source),
            Role::SERVER_METRICS_CSV => server_metrics::read_csv(content, source),
            Role::AIPERF_PHASE_MANIFEST => phases::read_manifest(content, source),
            Role::AIPERF_READY => phases::read_ready(content, source),
            Role::AIPERF_RUN_CONFIG => phases::read_run_config(content, source),
            _ => summary::read(content, source, SourceFormat::Aiperf),
        }?;
        Ok(Reading::of(vec![fragment]))
    }

    fn read_requests(
        &self,
        claim: &Claim,
        _: &Entry,
        content: &mut Content,
        take: TakeRequests<'_>,
    ) -> Result<(), Refusal> {
        if Role(claim.kind) == Role::AIPERF_RECORDS {
            requests::read_batches(content, *self, take)?;
        }
        Ok(())
    }
}
