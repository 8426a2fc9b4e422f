//! What the gauges of each endpoint said while the load ran, from live timelines, from server
//! metrics and from the logs of workers; never mixed over endpoints.

use std::ops::Range;

use inferguard_model::{Cell, NodeSeries};

use crate::timeline::{Endpoint, endpoints};
use crate::trend::Sample;

/// Samples of one endpoint in time order, from its first to its last busy one; empty where it does
/// not export a gauge.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Recording {
    /// The endpoint: its role and address, `server`, or the name of a component.
    pub endpoint: String,
    /// GPU KV-cache usage, 0..1.
    pub kv_cache_usage: Vec<f64>,
    /// CPU KV-cache usage, 0..1.
    pub cpu_kv_cache_usage: Vec<f64>,
    /// Requests waiting.
    pub waiting: Vec<f64>,
    /// How much the preemption counter rose from sample to sample.
    pub preemption_rises: Vec<f64>,
}

/// The recordings of a cell: those of its live timeline, that of its server metrics, those of its
/// components, those of its workers.
pub fn recordings(cell: &Cell) -> Vec<Recording> {
    let timeline = cell.evidence.timeline.iter().flat_map(endpoints);
    let mut recordings: Vec<_> = timeline.map(|endpoint| of_endpoint(&endpoint)).collect();
    recordings.extend(cell.evidence.server.as_ref().map(|server| of_server("server", server)));
    let components = cell.evidence.components.iter();
    recordings.extend(components.map(|component| of_server(&component.name, &component.series)));
    recordings.extend(cell.evidence.worker_load.iter().flat_map(crate::workers::recordings));
    recordings
}

fn of_endpoint(endpoint: &Endpoint<'_>) -> Recording {
    let endpoint = endpoint.under_load();
    let values = |samples: Vec<Sample>| samples.into_iter().map(|sample| sample.value).collect();
    Recording {
        endpoint: format!("{} {}", endpoint.role, endpoint.url).trim().to_owned(),
        kv_cache_usage: values(endpoint.gauge(|e| e.kv_cache_usage)),
        cpu_kv_cache_usage: Vec::new(),
        waiting: values(endpoint.gauge(|e| e.waiting)),
        preemption_rises: endpoint.rises(|e| e.preemptions_total),
    }
}

fn of_server(name: &str, server: &NodeSeries) -> Recording {
    let n = server.at_ns.len();
    let is_busy = |at: usize| {
        let held = |column: &[f64]| column.get(at).is_some_and(|n| *n > 0.0);
        held(&server.running) || held(&server.waiting)
    };
    let knows = !server.running.is_empty() || !server.waiting.is_empty();
    let busy = if knows { busy_range(n, is_busy) } else { 0..n };
    let column = |column: &[f64]| column.get(busy.clone()).unwrap_or_default().to_vec();
    let preemptions = column(&server.preemptions);
    Recording {
        endpoint: name.into(),
        kv_cache_usage: column(&server.kv_cache_usage),
        cpu_kv_cache_usage: column(&server.cpu_kv_cache_usage),
        waiting: column(&server.waiting),
        preemption_rises: preemptions.windows(2).map(|pair| pair[1] - pair[0]).collect(),
    }
}

/// From the first busy sample to the last.
pub(crate) fn busy_range(n: usize, is_busy: impl Fn(usize) -> bool) -> Range<usize> {
    let first = (0..n).find(|at| is_busy(*at)).unwrap_or(n);
    let end = (first..n).rev().find(|at| is_busy(*at)).map_or(first, |last| last + 1);
    first..end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn idle_samples_at_both_ends_are_left_out_and_pauses_are_not() {
        let server = NodeSeries {
            at_ns: (0..6).collect(),
            running: vec![0.0, 0.0, 1.0, 0.0, 2.0, 0.0],
            waiting: vec![0.0, 1.0, 0.0, 0.0, 0.0, 0.0],
            kv_cache_usage: vec![0.0, 0.1, 0.2, 0.3, 0.4, 0.5],
            preemptions: vec![0.0, 0.0, 2.0, 2.0, 3.0, 3.0],
            ..NodeSeries::default()
        };
        let recording = of_server("server", &server);
        assert_eq!(recording.kv_cache_usage, [0.1, 0.2, 0.3, 0.4]);
        assert_eq!(recording.waiting, [1.0, 0.0, 0.0, 0.0]);
        assert_eq!(recording.preemption_rises, [2.0, 0.0, 1.0]);
        assert_eq!(recording.cpu_kv_cache_usage, [0.0; 0]);
    }

    #[test]
    fn a_server_that_does_not_say_whether_it_is_busy_is_taken_whole() {
        let server = NodeSeries {
            at_ns: vec![0, 1],
            kv_cache_usage: vec![0.1, 0.2],
            ..NodeSeries::default()
        };
        assert_eq!(of_server("server", &server).kv_cache_usage, [0.1, 0.2]);
        let idle = NodeSeries { running: vec![0.0, 0.0], ..server };
        assert_eq!(
            of_server("server", &idle),
            Recording { endpoint: "server".into(), ..Recording::default() }
        );
    }
}
