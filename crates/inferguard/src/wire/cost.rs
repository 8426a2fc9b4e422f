//! The cost blocks `inferguard-cost/v1`.

use inferguard_analysis::cost::{CellCost, of_cell};
use inferguard_model::Cell;
use inferguard_schema::{COST_VERSION, Cost as WireCost, CostBasis};

use crate::Cost;

fn block(price: &Cost) -> WireCost {
    WireCost {
        schema_version: COST_VERSION.into(),
        currency: price.currency.clone(),
        gpu_hours: None,
        gpu_hour_cost: Some(price.per_gpu_hour),
        compute_cost: None,
        duration_seconds: None,
        gpus: None,
        completed_sessions: None,
        completed_requests: None,
        completion_basis: None,
        cost_per_completed_session: None,
        cost_per_completed_request: None,
        cost_per_million_input_tokens: None,
        cost_per_million_output_tokens: None,
        cost_per_million_total_tokens: None,
    }
}

/// Cost of a cell.
pub(super) fn of_one(cell: &Cell, price: &Cost) -> WireCost {
    let CellCost {
        duration,
        gpus,
        gpu_hours,
        compute,
        requests,
        per_request,
        per_million_input,
        per_million_output,
        per_million_total,
    } = of_cell(cell, price.per_gpu_hour);
    WireCost {
        gpu_hours,
        compute_cost: compute,
        duration_seconds: duration,
        gpus: gpus.map(|n| n as u64),
        // No source counts sessions yet: a request stands for one.
        completed_sessions: requests,
        completed_requests: requests,
        completion_basis: requests.map(|_| CostBasis::RequestBased),
        cost_per_completed_session: per_request,
        cost_per_completed_request: per_request,
        cost_per_million_input_tokens: per_million_input,
        cost_per_million_output_tokens: per_million_output,
        cost_per_million_total_tokens: per_million_total,
        ..block(price)
    }
}

/// Cost of the run: sums over the cells whose cost is known, and their quotients.
pub(super) fn of_run(cells: &[Cell], price: &Cost) -> WireCost {
    let costs: Vec<CellCost> = cells.iter().map(|cell| of_cell(cell, price.per_gpu_hour)).collect();
    let known: Vec<&CellCost> = costs.iter().filter(|cost| cost.compute.is_some()).collect();
    if known.is_empty() {
        return block(price);
    }
    let compute: f64 = known.iter().filter_map(|cost| cost.compute).sum();
    let requests: u64 = known.iter().filter_map(|cost| cost.requests).sum();
    let per_request = (requests > 0).then(|| compute / requests as f64);
    WireCost {
        gpu_hours: Some(known.iter().filter_map(|cost| cost.gpu_hours).sum()),
        compute_cost: Some(compute),
        duration_seconds: Some(known.iter().filter_map(|cost| cost.duration).sum()),
        completed_sessions: Some(requests),
        completed_requests: Some(requests),
        completion_basis: Some(CostBasis::RequestBased),
        cost_per_completed_session: per_request,
        cost_per_completed_request: per_request,
        ..block(price)
    }
}
