//! Per-request measurements as columns.

/// Requests of the measured phase, one row each, as columns of equal length.
///
/// Failed attempts are counted, not kept: latency statistics are over successes only.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RequestTable {
    /// Start of the request, UTC nanoseconds; empty when the source has no clock.
    pub start_ns: Vec<i64>,
    /// TTFT in seconds; negative when the request has none (not streaming).
    pub ttft: Vec<f64>,
    /// E2EL in seconds.
    pub e2el: Vec<f64>,
    /// Input tokens.
    pub isl: Vec<u32>,
    /// Output tokens.
    pub osl: Vec<u32>,
    /// Output tokens that the trace asked for; empty when the source has none.
    pub osl_expected: Vec<u32>,
    /// Gaps between stream chunks in seconds, pooled over successful requests; empty when the source
    /// has none. A chunk may hold several tokens.
    pub gaps: Vec<f64>,
    /// The producer's ITL has the TPOT formula, so that ITL statistics equal those of TPOT.
    pub itl_is_tpot: bool,
    /// Failed attempts.
    pub failed: u64,
    /// First start and last completion of successful requests, UTC nanoseconds.
    pub window_ns: Option<(i64, i64)>,
}

impl RequestTable {
    /// Marks a request without a TTFT.
    pub const NO_TTFT: f64 = -1.0;

    /// Number of successful requests.
    pub fn len(&self) -> usize {
        self.e2el.len()
    }

    /// Whether no request succeeded.
    pub fn is_empty(&self) -> bool {
        self.e2el.is_empty()
    }

    /// TPOT of row `row` in seconds: (E2EL − TTFT) / (OSL − 1); `None` without a TTFT or for OSL < 2.
    pub fn tpot(&self, row: usize) -> Option<f64> {
        let (ttft, osl) = (self.ttft[row], self.osl[row]);
        (ttft >= 0.0 && osl > 1).then(|| (self.e2el[row] - ttft) / f64::from(osl - 1))
    }
}
