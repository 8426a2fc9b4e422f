//! What every output says in the same words. Nothing here is escaped.

use inferguard_schema::{Cost, Series};

use crate::number::{exact, measure, money};

/// A load with what it counts: `64 users`.
pub(crate) fn load(series: &Series, load: f64) -> String {
    match series.load_axis.as_deref() {
        Some("concurrency") if load == 1.0 => "1 user".to_owned(),
        Some("concurrency") => format!("{} users", exact(load)),
        Some("request_rate") => format!("{} req/s", exact(load)),
        _ => format!("load {}", exact(load)),
    }
}

/// A cost block without its known-to-be-missing members; `currency` as the output escapes it.
pub(crate) fn cost(cost: &Cost, currency: &str) -> String {
    let money = |value: Option<f64>, what: &str| {
        value.map(|value| format!("{} {currency} {what}", money(value)))
    };
    let parts: Vec<_> = [
        money(cost.compute_cost, "compute cost"),
        cost.gpu_hours.map(|hours| format!("{} GPU-hours", measure(hours))),
        money(cost.gpu_hour_cost, "per GPU-hour"),
        money(cost.cost_per_completed_session, "per completed session"),
        money(cost.cost_per_completed_request, "per completed request"),
        money(cost.cost_per_million_input_tokens, "per million input tokens"),
        money(cost.cost_per_million_output_tokens, "per million output tokens"),
        money(cost.cost_per_million_total_tokens, "per million tokens of both"),
    ]
    .into_iter()
    .flatten()
    .collect();
    if parts.is_empty() { "No cost is known".to_owned() } else { parts.join(" · ") }
}

/// A run by the folder that it lies in; the root has no name below itself.
pub(crate) fn run(run: &str) -> &str {
    if run == "." { "the whole input" } else { run }
}
