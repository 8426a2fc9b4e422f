//! Time slices as a producer cut them.

use crate::MetricSet;

/// Slices of one run in time order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TimeSlices {
    /// Length that was asked for, seconds.
    pub seconds: Option<f64>,
    /// The slices are cut on the clock, at whole multiples of their length since 1970, and not from
    /// the first request on: the first and the last one are partial by chance, and slices without
    /// a request are not there.
    pub on_the_clock: bool,
    /// The slices that hold a start of a request.
    pub slices: Vec<TimeSlice>,
}

/// One slice: the requests that began in it, whenever they ended.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TimeSlice {
    /// Bounds, UTC nanoseconds; `None` where the producer does not say and nothing tells them.
    pub bounds_ns: Option<(i64, i64)>,
    /// Whether the load ran during the whole slice; `None` when unknown.
    pub complete: Option<bool>,
    /// Requests that began in it and succeeded.
    pub successful: Option<u64>,
    /// Requests that began in it and failed.
    pub failed: Option<u64>,
    /// Numbers of these requests.
    pub metrics: MetricSet,
}
