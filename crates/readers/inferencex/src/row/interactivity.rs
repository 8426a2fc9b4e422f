//! Interactivity is the reciprocal of TPOT of the same statistic, whatever a producer wrote.

use inferguard_model::{Metric, Origin, Problem, ProblemCode, Quantity, Stat};

use super::Row;

/// Makes every `intvty` agree with its `tpot` and adds the default one.
///
/// Agentic rows A1 and A2 write the mean and percentiles of 1/ITL per request, so that `p90` is
/// the fast tail there; their mean is a metric of its own. `std_intvty` is the reciprocal of a
/// standard deviation and means nothing.
pub(super) fn settle(row: &mut Row, rounding: f64) {
    if row.evidence.metrics.remove(Metric::new(Stat::Std, Quantity::Intvty)).is_some() {
        row.evidence.problem(Problem::note(
            ProblemCode::LeftOut,
            "std_intvty",
            "the reciprocal of a standard deviation has no meaning",
        ));
    }
    let tpot: Vec<_> = row
        .evidence
        .metrics
        .iter()
        .filter(|entry| entry.metric.quantity == Quantity::Tpot && entry.value > 0.0)
        .filter(|entry| matches!(entry.metric.stat, Stat::Mean | Stat::Percentile(_)))
        .map(|entry| (entry.metric.stat, entry.value))
        .collect();
    let mut corrected = Vec::new();
    for (stat, tpot) in tpot {
        let metric = Metric::new(stat, Quantity::Intvty);
        let value = 1.0 / tpot;
        let step = value * (rounding / tpot) + rounding;
        let written = row.evidence.metrics.get(metric);
        if written.is_some_and(|written| (written - value).abs() <= step.max(value * 1e-9)) {
            continue;
        }
        if written.is_some() {
            corrected.push(metric.name());
        }
        row.evidence.metrics.set(metric, value, Origin::derived("1 / tpot of the same statistic"));
    }
    if !corrected.is_empty() {
        let told = format!(
            "recomputed from TPOT, so that percentiles are the slow tail: {}",
            corrected.join(", ")
        );
        row.evidence.problem(Problem::note(ProblemCode::Corrected, "intvty", told));
    }
    let default = [(Stat::P50, "p50_intvty"), (Stat::Mean, "mean_intvty")]
        .into_iter()
        .find_map(|(stat, from)| Some((row.metric(stat, Quantity::Intvty)?, from)));
    if let Some((value, from)) = default {
        row.derive(Quantity::Intvty, Some(value), from);
    }
}

/// Leaves latencies out that are zero because nothing was measured: no success, or no stream.
pub(super) fn drop_empty_latencies(row: &mut Row) {
    for quantity in [Quantity::Ttft, Quantity::Tpot, Quantity::Itl, Quantity::E2el] {
        let center = row.metric(Stat::Mean, quantity).or(row.metric(Stat::P50, quantity));
        if center != Some(0.0) {
            continue;
        }
        let empty: Vec<_> = row
            .evidence
            .metrics
            .iter()
            .map(|entry| entry.metric)
            .filter(|metric| metric.quantity == quantity)
            .collect();
        for metric in empty {
            row.evidence.metrics.remove(metric);
        }
        row.evidence.problem(Problem::note(
            ProblemCode::LeftOut,
            quantity.info().name,
            "every statistic is 0: no sample was taken",
        ));
    }
}
