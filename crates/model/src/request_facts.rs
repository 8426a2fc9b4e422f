//! What is kept of a request table when its rows are dropped: a few numbers for the checks.

use crate::Quantity;

/// Facts about the requests of a cell, of bounded size.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RequestFacts {
    /// Successful requests.
    pub requests: u64,
    /// Failed attempts.
    pub failed: u64,
    /// Successful requests in flight on the mean: the sum of E2EL ÷ the window.
    pub in_flight: Option<f64>,
    /// The first wave; `None` where no order of the requests or no TTFT is known.
    pub first_wave: Option<FirstWave>,
    /// Medians over the run without its first wave, by quantity; empty with too few requests or
    /// without an order.
    pub courses: Vec<Course>,
    /// The stretch of the run in which the load was steady.
    pub steady: Option<SteadyWindow>,
    /// The requests that meet the objectives asked for; `None` where none were, or where no request
    /// can be judged by them.
    pub good: Option<GoodRequests>,
}

/// Requests that meet objectives.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct GoodRequests {
    /// Requests that meet all of them.
    pub good: u64,
    /// Requests that succeeded.
    pub successes: u64,
    /// Attempts: what failed and what was cancelled on purpose included.
    pub attempts: u64,
}

/// Requests that started before the first of them succeeded, against the rest. Times are TTFT in
/// seconds.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct FirstWave {
    /// Requests of the wave.
    pub requests: u64,
    /// Requests of the rest.
    pub rest: u64,
    /// Median of the wave.
    pub median: f64,
    /// Median of the rest.
    pub rest_median: f64,
    /// 95th percentile of the rest.
    pub rest_p95: f64,
    /// 99th percentile of the rest.
    pub rest_p99: f64,
    /// 95th percentile of all.
    pub all_p95: f64,
    /// 99th percentile of all.
    pub all_p99: f64,
}

/// How a quantity went over a run: the medians of segments of equal count, in order of start, or
/// rates of slices of equal length.
#[derive(Debug, Clone, PartialEq)]
pub struct Course {
    /// What went.
    pub quantity: Quantity,
    /// Requests that it rests on.
    pub requests: u64,
    /// A value for each segment.
    pub segments: Vec<f64>,
}

/// The stretch from the last completion of the first wave to the last start.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SteadyWindow {
    /// Its beginning, UTC nanoseconds.
    pub from_ns: i64,
    /// Its end.
    pub to_ns: i64,
    /// Share of the run that it covers.
    pub share: f64,
    /// Requests that completed within it.
    pub completions: u64,
    /// Output tokens of these, where every request tells them.
    pub output_tokens: Option<u64>,
}

impl SteadyWindow {
    /// Its length in seconds.
    pub fn seconds(&self) -> f64 {
        self.to_ns.saturating_sub(self.from_ns) as f64 / 1e9
    }

    /// Completions per second.
    pub fn rate(&self) -> f64 {
        self.completions as f64 / self.seconds()
    }
}

impl RequestFacts {
    /// The course of a quantity.
    pub fn course(&self, quantity: Quantity) -> Option<&Course> {
        self.courses.iter().find(|course| course.quantity == quantity)
    }
}
