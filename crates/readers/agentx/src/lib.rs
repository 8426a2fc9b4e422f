//! Reader of AgentX trace-replay results: the CSV files of the kv-cache tester.
//!
//! `detailed_results.csv` becomes a [`RequestTable`](inferguard_model::RequestTable), which
//! `analysis` reduces to metrics; `metrics_server_metrics.csv` becomes counters over the load and
//! gauges over time, attached to the cell beside it. Configuration is not in these files: it comes
//! from the folder's name here, and from the processed row where there is one, which the
//! InferenceX reader reads since it stands in the same arrays as other rows.

mod counters;
mod detailed_results;
mod folder_name;
mod gauges;
mod probe;
mod request;
mod server_metrics;
mod tally;
#[cfg(test)]
mod tests;

pub use folder_name::fill_unknown;

use inferguard_source::{
    Candidate, Claim, Content, Entry, Input, Reader, Reading, Refusal, TakeRequests,
};

/// Reads what AgentX trace replays leave behind.
#[derive(Debug, Clone, Copy, Default)]
pub struct AgentxReader {
    /// Leaves requests to [`Reader::read_requests`]: a file of them is a result without a number.
    pub records_unread: bool,
}

impl Reader for AgentxReader {
    fn id(&self) -> &'static str {
        "agentx"
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
        let stream = content.stream()?;
        let is_server = claim.kind == probe::SERVER_METRICS.0;
        let mut fragment = if is_server {
            server_metrics::read(stream, file)?
        } else if self.records_unread {
            detailed_results::unread(file)
        } else {
            detailed_results::read(stream, file)?
        };
        folder_name::fill(&mut fragment.evidence, &entry.path);
        Ok(Reading::of(vec![fragment]))
    }

    fn read_requests(
        &self,
        claim: &Claim,
        _: &Entry,
        content: &mut Content,
        take: TakeRequests<'_>,
    ) -> Result<(), Refusal> {
        if claim.kind == probe::DETAILED_RESULTS.0 {
            detailed_results::read_batches(content.stream()?, take)?;
        }
        Ok(())
    }
}
