//! What a live recorder saw while the load ran.

/// Severity that the recorder gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LiveSeverity {
    /// For information.
    Info,
    /// Worth a look.
    Warning,
    /// The run is in doubt.
    Critical,
}

/// A finding that a recorder wrote into a timeline line.
#[derive(Debug, Clone, PartialEq)]
pub struct LiveFinding {
    /// Finding code as written.
    pub code: String,
    /// Severity; an unknown spelling counts as info.
    pub severity: LiveSeverity,
    /// Text of the recorder, shortened.
    pub message: String,
}

/// What one endpoint reported at one moment; every field is absent when it was not exported.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EndpointSnapshot {
    /// Address without credentials.
    pub url: String,
    /// `prefill`, `decode` or `transfer`.
    pub role: String,
    /// Engine name; `unknown` when the recorder could not tell.
    pub engine: String,
    /// KV connector, lower case; empty when unknown.
    pub connector: String,
    /// Scrape error; empty when the scrape worked.
    pub scrape_error: String,
    /// Scrape time, UTC nanoseconds.
    pub scraped_at_ns: Option<i64>,
    /// GPU KV-cache usage, 0..1.
    pub kv_cache_usage: Option<f64>,
    /// Requests running.
    pub running: Option<f64>,
    /// Requests waiting.
    pub waiting: Option<f64>,
    /// Preemptions since the server began.
    pub preemptions_total: Option<f64>,
    /// KV bytes sent since the server began.
    pub kv_sent_bytes: Option<f64>,
    /// KV bytes received since the server began.
    pub kv_recv_bytes: Option<f64>,
    /// KV transfer errors since the server began.
    pub kv_transfer_errors: Option<f64>,
}

/// One line of a timeline.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TimelineSample {
    /// Moment of the sample, UTC nanoseconds; `None` when neither line nor snapshots say.
    pub at_ns: Option<i64>,
    /// Prefill endpoint.
    pub prefill: Option<EndpointSnapshot>,
    /// Decode endpoint.
    pub decode: Option<EndpointSnapshot>,
    /// Transfer endpoint.
    pub transfer: Option<EndpointSnapshot>,
    /// Findings that the recorder wrote.
    pub findings: Vec<LiveFinding>,
}

impl TimelineSample {
    /// The endpoints that the sample has, prefill first.
    pub fn endpoints(&self) -> impl Iterator<Item = &EndpointSnapshot> {
        [&self.prefill, &self.decode, &self.transfer].into_iter().flatten()
    }
}

/// A timeline in time order; samples without a time keep their place in the file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Timeline {
    /// The samples.
    pub samples: Vec<TimelineSample>,
}
