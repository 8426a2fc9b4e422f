//! The cost blocks `inferguard-cost/v1`.

use inferguard_analysis::cost::{CellCost, Prices, of_cell};
use inferguard_model::Cell;
use inferguard_schema::{COST_VERSION, Cost as WireCost, CostBasis};

fn block(prices: &Prices, gpu_hour_cost: Option<f64>) -> WireCost {
    WireCost {
        schema_version: COST_VERSION.into(),
        currency: prices.currency.clone(),
        gpu_hours: None,
        gpu_hour_cost,
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

/// Cost of a cell; `None` when its GPUs have no price.
pub(super) fn of_one(cell: &Cell, prices: &Prices) -> Option<WireCost> {
    let price = prices.of(cell)?;
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
    } = of_cell(cell, price);
    Some(WireCost {
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
        ..block(prices, Some(price))
    })
}

/// Cost of the run: sums over the cells whose cost is known, and their quotients. A price is that of
/// all cells with one, so there is none when they differ.
pub(super) fn of_run(cells: &[Cell], prices: &Prices) -> WireCost {
    let priced = || cells.iter().filter_map(|cell| Some((cell, prices.of(cell)?)));
    let mut of_each = priced().map(|(_, price)| price);
    let first = of_each.next().or(prices.of_all);
    let price = first.filter(|first| of_each.all(|price| price == *first));
    let costs: Vec<CellCost> = priced().map(|(cell, price)| of_cell(cell, price)).collect();
    let known: Vec<&CellCost> = costs.iter().filter(|cost| cost.compute.is_some()).collect();
    if known.is_empty() {
        return block(prices, price);
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
        ..block(prices, price)
    }
}
