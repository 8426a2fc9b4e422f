//! Interactivity is the reciprocal of TPOT of the same statistic, whatever a producer wrote.

use inferguard_model::{Metric, Origin, Problem, ProblemCode, Quantity, Stat};

use super::Row;

/// Processed rows were for a time written as 1000 / (TPOT in ms + 1e-8), which keeps a TPOT of 0
/// from dividing by zero: the same number as ours but for this, in seconds.
const PRODUCERS_EPSILON: f64 = 1e-11;

/// Makes every `intvty` agree with its `tpot` and adds the default one; `rounding` is the step that
/// the producer's rounding left.
///
/// Agentic rows A1 and A2 write the mean and percentiles of 1/ITL per request, so that `p90` is
/// the fast tail there; their mean is a metric of its own. `std_intvty` of fixed rows is the
/// reciprocal of a standard deviation and means nothing; that of agentic ones belongs to another mean.
pub(super) fn settle(row: &mut Row, rounding: f64) {
    if row.evidence.metrics.remove(Metric::new(Stat::Std, Quantity::Intvty)).is_some() {
        row.evidence.problem(Problem::note(
            ProblemCode::LeftOut,
            "std_intvty",
            "no spread of the reciprocals of TPOT statistics; it has no meaning beside them",
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
        let written = row.evidence.metrics.get(metric);
        let step = value * ((rounding + PRODUCERS_EPSILON) / tpot + 1e-9) + rounding;
        if written.is_some_and(|written| (written - value).abs() <= step) {
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
        let mut statistics = row.evidence.metrics.of_quantity(quantity);
        if statistics.len() == 0 || !statistics.all(|entry| entry.value == 0.0) {
            continue;
        }
        remove(row, quantity);
        if quantity == Quantity::Tpot {
            // The reciprocal of nothing: 1e11 where the producer kept it finite.
            remove(row, Quantity::Intvty);
        }
        row.evidence.problem(Problem::note(
            ProblemCode::LeftOut,
            quantity.info().name,
            "every statistic is 0: no sample was taken",
        ));
    }
}

fn remove(row: &mut Row, quantity: Quantity) {
    let metrics = &mut row.evidence.metrics;
    let of_quantity: Vec<_> = metrics.of_quantity(quantity).map(|entry| entry.metric).collect();
    for metric in of_quantity {
        metrics.remove(metric);
    }
}
