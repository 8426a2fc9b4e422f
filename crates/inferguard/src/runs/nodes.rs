//! What the workers of a run did under one load, as a table.

use inferguard_analysis::workers::grid::Grid;
use inferguard_analysis::workers::series::{GroupBy, GroupSeries, series};
use inferguard_model::{Cell, WorkerGauge};

/// Figures of one rank, worker, node or role over a load.
#[derive(Debug, Clone, PartialEq)]
pub struct NodeRow {
    /// Whose.
    pub label: String,
    /// Ranks that were added up.
    pub ranks: usize,
    /// Input tokens/s, without those of the prefix cache.
    pub input_tput: Option<f64>,
    /// Generated tokens/s.
    pub generation_tput: Option<f64>,
    /// Share of the input tokens that came out of the prefix cache.
    pub cached: Option<f64>,
    /// Mean of the requests running.
    pub running: Option<f64>,
    /// Most requests queued.
    pub queued: Option<f64>,
    /// Most requests whose KV cache was on its way.
    pub in_transfer: Option<f64>,
    /// Highest share of the KV cache in use.
    pub kv_usage: Option<f64>,
    /// Requests preempted or retracted.
    pub preempted: Option<f64>,
}

/// The table of a cell; empty when no worker log lies under its load.
pub fn node_rows(cell: &Cell, by: GroupBy) -> Vec<NodeRow> {
    let loads = &cell.evidence.worker_load;
    let Some(grid) = loads.first().and_then(|load| Grid::over(load.window_ns)) else {
        return Vec::new();
    };
    series(loads, by).iter().map(|group| row(group, grid.window_seconds())).collect()
}

fn row(group: &GroupSeries, seconds: f64) -> NodeRow {
    let sum = |steps: &Option<Vec<f64>>| steps.as_ref().map(|steps| steps.iter().sum::<f64>());
    let held = |gauge| -> Vec<f64> {
        group.held.get(&gauge).into_iter().flatten().copied().flatten().collect()
    };
    let most = |gauge| held(gauge).into_iter().reduce(f64::max);
    let mean = |gauge| {
        let values = held(gauge);
        (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
    };
    let (input, cached) = (sum(&group.input_tokens), sum(&group.cached_tokens));
    let share = input.zip(cached).filter(|(input, cached)| input + cached > 0.0);
    NodeRow {
        label: group.group.label(),
        ranks: group.ranks,
        input_tput: input.map(|tokens| tokens / seconds),
        generation_tput: sum(&group.generated_tokens).map(|tokens| tokens / seconds),
        cached: share.map(|(input, cached)| cached / (input + cached)),
        running: mean(WorkerGauge::Running),
        queued: most(WorkerGauge::Queued),
        in_transfer: most(WorkerGauge::Transferring).or(most(WorkerGauge::Inflight)),
        kv_usage: most(WorkerGauge::KvUsage),
        preempted: sum(&group.preempted),
    }
}
