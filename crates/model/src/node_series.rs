//! Gauges of a server over time.

/// Gauges of one component of a deployment: an engine, or the router's means over all engines.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ComponentSeries {
    /// Its name, as the producer has it.
    pub name: Box<str>,
    /// Its samples.
    pub series: NodeSeries,
}

/// Samples of one server in time order; columns have equal length, NaN-free by construction:
/// a gauge that was not exported is an empty column.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NodeSeries {
    /// Sample times, UTC nanoseconds.
    pub at_ns: Vec<i64>,
    /// GPU KV-cache usage, 0..1.
    pub kv_cache_usage: Vec<f64>,
    /// CPU KV-cache usage, 0..1.
    pub cpu_kv_cache_usage: Vec<f64>,
    /// Requests running.
    pub running: Vec<f64>,
    /// Requests waiting.
    pub waiting: Vec<f64>,
    /// Cumulative preemptions since the load began.
    pub preemptions: Vec<f64>,
}
