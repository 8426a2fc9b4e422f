//! Per-request measurements as columns.

/// Requests of the measured phase: a row for each that succeeded, as columns of equal length, and
/// the attempts that failed apart, since latency statistics are over successes only.
///
/// A column that the source does not have is empty. A row that lacks a latency has
/// [`NOT_MEASURED`](Self::NOT_MEASURED), one that lacks a number of tokens has
/// [`NO_TOKENS`](Self::NO_TOKENS).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RequestTable {
    /// Start of the request, UTC nanoseconds.
    pub start_ns: Vec<i64>,
    /// TTFT in seconds.
    pub ttft: Vec<f64>,
    /// E2EL in seconds.
    pub e2el: Vec<f64>,
    /// Input tokens.
    pub isl: Vec<u32>,
    /// Output tokens.
    pub osl: Vec<u32>,
    /// Output tokens that the trace asked for.
    pub osl_expected: Vec<u32>,
    /// Seconds that the client held the request back: from when it was due until it was sent.
    pub wait: Vec<f64>,
    /// The producer's ITL in seconds where it writes one that is not TPOT; else it is derived.
    pub itl: Vec<f64>,
    /// Gaps between stream chunks in seconds, pooled over successful requests. A chunk may hold
    /// several tokens.
    pub gaps: Vec<f64>,
    /// What requests can be grouped by, filled on demand only.
    pub groups: RequestGroups,
    /// The producer's ITL has the TPOT formula, so that ITL statistics equal those of TPOT.
    pub itl_is_tpot: bool,
    /// The producer leaves requests out of its TPOT whose tokens came all at once; else they count
    /// as 0.
    pub skips_zero_tpot: bool,
    /// TTFT and E2EL are whole nanoseconds of one clock, divided by 10⁹: their difference is taken
    /// in nanoseconds, as their producer takes it.
    pub whole_ns: bool,
    /// Rows are in the order in which the requests were sent, though nobody tells their moments.
    pub in_start_order: bool,
    /// Failed attempts.
    pub failed: u64,
    /// A row for each failed attempt, in the order of the source; empty where they are only counted.
    pub failures: Vec<FailedRequest>,
    /// Why attempts failed, in the order in which the source has them.
    pub failure_reasons: Vec<FailureReason>,
    /// First start and last completion of successful requests, UTC nanoseconds.
    pub window_ns: Option<(i64, i64)>,
}

/// Columns of successful requests that are empty unless somebody groups by them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RequestGroups {
    /// Turn in its conversation, from 0; [`NO_GROUP`](RequestTable::NO_GROUP) when unknown.
    pub turn: Vec<u32>,
    /// Place in [`workers`](Self::workers); [`NO_GROUP`](RequestTable::NO_GROUP) when unknown.
    pub worker: Vec<u32>,
    /// Fingerprint of the conversation: equal ones are one conversation, 0 is unknown.
    pub conversation: Vec<u64>,
    /// Names of the workers, in the order in which the source has them.
    pub workers: Vec<Box<str>>,
}

/// An attempt that failed: it counts where attempts are counted and has no latency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FailedRequest {
    /// Start of the request, UTC nanoseconds.
    pub start_ns: i64,
    /// Fingerprint of the conversation; 0 unless asked for.
    pub conversation: u64,
    /// Input tokens, or [`NO_TOKENS`](RequestTable::NO_TOKENS).
    pub isl: u32,
    /// Place in [`failure_reasons`](RequestTable::failure_reasons).
    pub reason: u32,
    /// Turn; [`NO_GROUP`](RequestTable::NO_GROUP) when unknown or not asked for.
    pub turn: u32,
    /// Worker; [`NO_GROUP`](RequestTable::NO_GROUP) when unknown or not asked for.
    pub worker: u32,
}

/// Failures that have one cause as far as their texts say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailureReason {
    /// What kind of failure it is.
    pub class: FailureClass,
    /// Status code, where the producer has one.
    pub code: Option<i64>,
    /// The producer's name of the error.
    pub kind: Box<str>,
    /// Its text, shortened, with `#` for each number.
    pub message: Box<str>,
    /// Attempts that failed so.
    pub count: u64,
}

/// What a failure says about the system under test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FailureClass {
    /// The server or the connection failed.
    Error,
    /// The client gave the request up on purpose.
    Cancelled,
    /// The request was longer than the model takes.
    ContextOverflow,
}

/// Consecutive requests of one source, for whoever needs no more than one batch at a time.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RequestBatch {
    /// The requests. What is told of a whole run ([`RequestTable::window_ns`], counts) is that of
    /// the batch.
    pub table: RequestTable,
    /// For each of the [`failures`](RequestTable::failures) how many successful requests of the
    /// batch stand before it in the source. Without it, failures stand behind all others.
    pub failed_after: Vec<u32>,
}

impl RequestBatch {
    /// The requests in the order of the source.
    pub fn places(&self) -> impl Iterator<Item = RequestPlace> + '_ {
        let successes = self.table.len();
        let mut at = (0, 0);
        std::iter::from_fn(move || {
            let (success, failure) = at;
            let is_failure = failure < self.table.failures.len()
                && self
                    .failed_after
                    .get(failure)
                    .map_or(success == successes, |after| *after as usize <= success);
            if is_failure {
                at.1 += 1;
                Some(RequestPlace::Failure(failure))
            } else if success < successes {
                at.0 += 1;
                Some(RequestPlace::Success(success))
            } else {
                None
            }
        })
    }
}

/// Where a request is in a [`RequestTable`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestPlace {
    /// A row of the columns.
    Success(usize),
    /// One of the failures.
    Failure(usize),
}

impl RequestTable {
    /// Marks a latency that a request does not have; a request that does not stream has no TTFT.
    pub const NOT_MEASURED: f64 = -1.0;

    /// Marks a number of tokens that nobody knows.
    pub const NO_TOKENS: u32 = u32::MAX;

    /// Marks a request whose group is not known.
    pub const NO_GROUP: u32 = u32::MAX;

    /// Number of successful requests.
    pub fn len(&self) -> usize {
        self.e2el.len()
    }

    /// Whether no request succeeded.
    pub fn is_empty(&self) -> bool {
        self.e2el.is_empty()
    }

    /// TPOT of row `row` in seconds: (E2EL − TTFT) / (OSL − 1); `None` without one of them or for
    /// OSL < 2.
    pub fn tpot(&self, row: usize) -> Option<f64> {
        let (ttft, e2el, osl) = (self.ttft[row], self.e2el[row], self.osl[row]);
        let known = ttft >= 0.0 && e2el >= 0.0 && osl > 1 && osl != Self::NO_TOKENS;
        known.then(|| Self::between_tokens(ttft, e2el, osl, self.whole_ns))
    }

    /// (E2EL − TTFT) / (OSL − 1) in seconds.
    ///
    /// Of `whole_ns` the difference is taken in nanoseconds: in seconds it would lose the last bits
    /// that producers who count in nanoseconds have.
    pub fn between_tokens(ttft: f64, e2el: f64, osl: u32, whole_ns: bool) -> f64 {
        let gaps = f64::from(osl - 1);
        if whole_ns {
            (Self::nanoseconds(e2el) - Self::nanoseconds(ttft)) / gaps / 1e9
        } else {
            (e2el - ttft) / gaps
        }
    }

    /// Seconds that were made from whole nanoseconds, as nanoseconds again.
    pub fn nanoseconds(seconds: f64) -> f64 {
        // Rounded so because `round` is a call on most processors, for no other result.
        (seconds * 1e9 + 0.5) as i64 as f64
    }

    /// The numbers of tokens of a column that are known.
    pub fn known_tokens(column: &[u32]) -> impl Iterator<Item = u32> + '_ {
        column.iter().copied().filter(|tokens| *tokens != Self::NO_TOKENS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_and_latencies_that_are_not_there_give_no_tpot() {
        let absent = RequestTable::NOT_MEASURED;
        let table = RequestTable {
            ttft: vec![1.0, absent, 1.0, 1.0, 1.0],
            e2el: vec![3.0, 3.0, absent, 3.0, 3.0],
            osl: vec![11, 11, 11, 1, RequestTable::NO_TOKENS],
            ..RequestTable::default()
        };
        let tpots: Vec<_> = (0..5).map(|row| table.tpot(row)).collect();
        assert_eq!(tpots, [Some(0.2), None, None, None, None]);
    }

    #[test]
    fn a_batch_is_in_the_order_of_its_source() {
        use RequestPlace::{Failure, Success};
        let failure = FailedRequest {
            start_ns: 0,
            conversation: 0,
            isl: 0,
            reason: 0,
            turn: RequestTable::NO_GROUP,
            worker: RequestTable::NO_GROUP,
        };
        let table = RequestTable {
            e2el: vec![1.0; 2],
            failures: vec![failure; 3],
            ..RequestTable::default()
        };
        let mut batch = RequestBatch { table, failed_after: vec![0, 1, 2] };
        let places: Vec<_> = batch.places().collect();
        assert_eq!(places, [Failure(0), Success(0), Failure(1), Success(1), Failure(2)]);
        batch.failed_after.clear();
        let places: Vec<_> = batch.places().collect();
        assert_eq!(places, [Success(0), Success(1), Failure(0), Failure(1), Failure(2)]);
    }

    /// A record of AIPerf: 45.854132 ms, 108.68905699999999 ms, 10 tokens, and an ITL of
    /// 6.981658333333333 ms.
    #[test]
    fn the_difference_of_whole_nanoseconds_is_exact() {
        let (ttft, e2el) = (45_854_132.0 / 1e9, 108_689_057.0 / 1e9);
        let exact = RequestTable::between_tokens(ttft, e2el, 10, true);
        assert_eq!(exact, 0.006_981_658_333_333_333);
        assert_ne!(exact, RequestTable::between_tokens(ttft, e2el, 10, false));
    }
}
