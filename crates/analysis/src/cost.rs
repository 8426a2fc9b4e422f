//! What a run costs, from a price per GPU-hour.

use inferguard_model::{Cell, Metric, Quantity};

/// Cost of one cell; every part is absent when it rests on something unknown.
///
/// Each of the three costs per million tokens charges all GPUs: they are three views of one bill
/// and do not add up.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct CellCost {
    /// Length of the throughput window, seconds.
    pub duration: Option<f64>,
    /// GPUs.
    pub gpus: Option<f64>,
    /// Duration × GPUs / 3600.
    pub gpu_hours: Option<f64>,
    /// GPU-hours × price.
    pub compute: Option<f64>,
    /// Successful requests.
    pub requests: Option<u64>,
    /// Compute cost ÷ successful requests.
    pub per_request: Option<f64>,
    /// Per million input tokens.
    pub per_million_input: Option<f64>,
    /// Per million output tokens.
    pub per_million_output: Option<f64>,
    /// Per million input plus output tokens.
    pub per_million_total: Option<f64>,
}

/// Cost of a cell at a price per GPU-hour.
///
/// $/M tokens = price × GPUs ÷ (tokens/s × 3600) × 10⁶: from rates, so that rows without a
/// duration have it.
pub fn of_cell(cell: &Cell, price: f64) -> CellCost {
    let plain = |quantity| cell.evidence.metrics.get(Metric::plain(quantity));
    let gpus = plain(Quantity::NumGpus);
    let duration = plain(Quantity::Duration).filter(|seconds| *seconds >= 0.0);
    let gpu_hours = duration.zip(gpus).map(|(seconds, gpus)| seconds * gpus / 3600.0);
    let compute = gpu_hours.map(|hours| hours * price);
    let requests = cell.evidence.completion.successful;
    let per_million = |rate: Option<f64>| {
        let rate = rate.filter(|rate| *rate > 0.0)?;
        Some(price * gpus? / (rate * 3600.0) * 1e6)
    };
    CellCost {
        duration,
        gpus,
        gpu_hours,
        compute,
        requests,
        per_request: compute.zip(requests.filter(|n| *n > 0)).map(|(cost, n)| cost / n as f64),
        per_million_input: per_million(plain(Quantity::InputTput)),
        per_million_output: per_million(plain(Quantity::OutputTput)),
        per_million_total: per_million(plain(Quantity::TotalTput)),
    }
}
