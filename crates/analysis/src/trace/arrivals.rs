//! When the requests of a trace arrive: span, rate, windows.

use std::collections::BTreeMap;

/// Windows below this length show the batches of a trace whose requests share few timestamps:
/// published traces are binned to 3 s, of which 20 make a rate.
pub const BATCH_WINDOW_S: f64 = 60.0;

/// Arrivals of the requests that state a timestamp.
#[derive(Debug, Clone, PartialEq)]
pub struct Arrivals {
    /// Requests with a timestamp.
    pub timed: u64,
    /// The earliest timestamp, in seconds on the clock of the trace.
    pub first_s: f64,
    /// Latest − earliest timestamp, in seconds.
    pub duration_s: f64,
    /// Requests / minutes of the duration; `None` when all arrive at once.
    pub requests_per_min: Option<f64>,
    /// Different timestamps.
    pub distinct_times: u64,
    /// Requests that arrive before the one above them in the file.
    pub backward: u64,
    /// Line of the first of them.
    pub first_backward_line: Option<u64>,
    /// Length of a window in seconds.
    pub window_s: f64,
    /// Windows with requests, in order, counted from the earliest request. They sum to `timed`.
    pub windows: Vec<Window>,
    /// Windows between them without a request.
    pub empty_windows: u64,
}

/// What arrives in one window.
#[derive(Debug, Clone, PartialEq)]
pub struct Window {
    /// Number of the window, from 0.
    pub index: u64,
    /// Start in seconds after the earliest request; it belongs to the window.
    pub start_s: f64,
    /// Seconds of the window that the trace covers.
    pub covered_s: f64,
    /// Whether the trace ends before the window does.
    pub partial: bool,
    /// Requests.
    pub requests: u64,
    /// Requests / minutes covered; `None` where nothing is covered.
    pub requests_per_min: Option<f64>,
    /// Their input tokens, of those that state them.
    pub input_tokens: u64,
    /// Their output tokens, of those that state them.
    pub output_tokens: u64,
}

impl Arrivals {
    /// Whether many requests share a timestamp, so that short windows show batches.
    pub fn in_batches(&self) -> bool {
        self.timed >= 2 * self.distinct_times && self.distinct_times > 1
    }
}

/// One request with a timestamp.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arrival {
    pub(super) at_ns: i64,
    pub(super) input_tokens: Option<u32>,
    pub(super) output_tokens: Option<u32>,
}

#[derive(Default)]
struct Sum {
    requests: u64,
    input_tokens: u64,
    output_tokens: u64,
}

/// Counts arrivals in windows of `window_ns`; `None` without any.
pub(super) fn count(
    arrivals: &[Arrival],
    window_ns: u64,
    backward: (u64, Option<u64>),
) -> Option<Arrivals> {
    let times = || arrivals.iter().map(|arrival| arrival.at_ns);
    let (first, last) = (times().min()?, times().max()?);
    let window_ns = window_ns.max(1);
    let mut sums = BTreeMap::<u64, Sum>::new();
    for arrival in arrivals {
        let sum = sums.entry(arrival.at_ns.abs_diff(first) / window_ns).or_default();
        sum.requests += 1;
        sum.input_tokens += u64::from(arrival.input_tokens.unwrap_or(0));
        sum.output_tokens += u64::from(arrival.output_tokens.unwrap_or(0));
    }
    let span = last.abs_diff(first);
    let windows: Vec<_> =
        sums.iter().map(|(index, sum)| window(*index, sum, window_ns, span)).collect();
    let timed = arrivals.len() as u64;
    Some(Arrivals {
        timed,
        first_s: first as f64 / 1e9,
        duration_s: seconds(span),
        requests_per_min: per_min(timed, span),
        distinct_times: distinct(times().collect()),
        backward: backward.0,
        first_backward_line: backward.1,
        window_s: seconds(window_ns),
        empty_windows: span / window_ns + 1 - windows.len() as u64,
        windows,
    })
}

fn window(index: u64, sum: &Sum, window_ns: u64, span: u64) -> Window {
    let start = index * window_ns;
    let covered = (span - start).min(window_ns);
    Window {
        index,
        start_s: seconds(start),
        covered_s: seconds(covered),
        partial: covered < window_ns,
        requests: sum.requests,
        requests_per_min: per_min(sum.requests, covered),
        input_tokens: sum.input_tokens,
        output_tokens: sum.output_tokens,
    }
}

fn per_min(requests: u64, ns: u64) -> Option<f64> {
    (ns > 0).then(|| requests as f64 / (seconds(ns) / 60.0))
}

fn seconds(ns: u64) -> f64 {
    ns as f64 / 1e9
}

fn distinct(mut times: Vec<i64>) -> u64 {
    times.sort_unstable();
    times.dedup();
    times.len() as u64
}
