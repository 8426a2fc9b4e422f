//! The samples of each rank under a load, as checks look at gauges.

use std::collections::BTreeMap;

use inferguard_model::{RankSeries, WorkerGauge, WorkerLoad};

use super::series::{Group, by_rank};
use crate::gauges::Recording;

const SECOND: i64 = 1_000_000_000;

/// What one second of a rank says.
#[derive(Default)]
struct Second {
    usage: Option<f64>,
    waiting: Option<f64>,
    preempted: Option<f64>,
}

/// The recordings of a worker's ranks, one sample a second: engines that log each step would else
/// have "three in a row" within a blink.
pub(crate) fn recordings(load: &WorkerLoad) -> Vec<Recording> {
    let log = &load.log;
    let of_rank = |(dp_rank, phases): (Option<u32>, Vec<&RankSeries>)| {
        let mut seconds: BTreeMap<i64, Second> = BTreeMap::new();
        for phase in phases {
            add(&mut seconds, phase, load.window_ns);
        }
        let values = |of: fn(&Second) -> Option<f64>| seconds.values().filter_map(of).collect();
        let group = Group {
            role: log.role,
            worker: Some(log.worker),
            node: Some(log.node.to_string()),
            dp_rank,
        };
        Recording {
            endpoint: group.label(),
            kv_cache_usage: values(|second| second.usage),
            cpu_kv_cache_usage: Vec::new(),
            waiting: values(|second| second.waiting),
            preemption_rises: values(|second| second.preempted),
        }
    };
    by_rank(log).into_iter().map(of_rank).collect()
}

fn add(seconds: &mut BTreeMap<i64, Second>, series: &RankSeries, (start, end): (i64, i64)) {
    let first = series.at_ns.partition_point(|at| *at < start);
    let last = series.at_ns.partition_point(|at| *at < end);
    for sample in first..last {
        let get = |gauge| series.get(gauge, sample);
        let second = seconds.entry(series.at_ns[sample].div_euclid(SECOND)).or_default();
        // The last line of a second stands for it.
        second.usage = get(WorkerGauge::KvUsage).or(second.usage);
        // Requests that wait for KV space of decode, or for decode itself, wait as those do that are
        // not scheduled yet.
        let queued = get(WorkerGauge::Queued);
        let waiting = queued.map(|n| n + get(WorkerGauge::Preallocating).unwrap_or(0.0));
        second.waiting = waiting.or(second.waiting);
        if let Some(n) = get(WorkerGauge::Preempted) {
            second.preempted = Some(second.preempted.unwrap_or(0.0) + n);
        }
    }
}
