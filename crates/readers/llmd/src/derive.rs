//! What follows from the numbers of a report: input rate, per GPU, per user, interactivity.

use inferguard_model::{Evidence, Metric, Origin, Quantity, Stat};

/// Derives what the report does not state.
pub(crate) fn fill(evidence: &mut Evidence) {
    let plain = |evidence: &Evidence, quantity| evidence.metrics.get(Metric::plain(quantity));
    let set = |evidence: &mut Evidence, metric, value: Option<f64>, formula| {
        if let Some(value) = value {
            evidence.metrics.set_if_absent(metric, value, Origin::derived(formula));
        }
    };
    let rates = plain(evidence, Quantity::TotalTput).zip(plain(evidence, Quantity::OutputTput));
    let input = rates.map(|(total, output)| total - output).filter(|input| *input >= 0.0);
    let metric = Metric::plain(Quantity::InputTput);
    set(evidence, metric, input, "total_tput_tps - output_tput_tps");
    let gpus = plain(evidence, Quantity::NumGpus).filter(|gpus| *gpus > 0.0);
    for (rate, quantity, formula) in [
        (Quantity::TotalTput, Quantity::TputPerGpu, "total_tput_tps / num_gpus"),
        (Quantity::InputTput, Quantity::InputTputPerGpu, "input_tput_tps / num_gpus"),
        (Quantity::OutputTput, Quantity::OutputTputPerGpu, "output_tput_tps / num_gpus"),
        (Quantity::OutputTput, Quantity::SystemOutputTputPerGpu, "output_tput_tps / num_gpus"),
    ] {
        let value = plain(evidence, rate).zip(gpus).map(|(rate, gpus)| rate / gpus);
        set(evidence, Metric::plain(quantity), value, formula);
    }
    let load = evidence.identity.load;
    let users = load.concurrency.filter(|_| load.request_rate.is_none()).map(f64::from);
    let value = plain(evidence, Quantity::OutputTput).zip(users).map(|(rate, n)| rate / n);
    let metric = Metric::plain(Quantity::TputPerUser);
    set(evidence, metric, value, "output_tput_tps / concurrency");
    interactivity(evidence);
}

/// Interactivity is 1 / TPOT of the same statistic; the default one is that of the median.
fn interactivity(evidence: &mut Evidence) {
    let of_tpot: Vec<(Stat, f64)> = evidence
        .metrics
        .iter()
        .filter(|entry| entry.metric.quantity == Quantity::Tpot && entry.value > 0.0)
        .filter(|entry| matches!(entry.metric.stat, Stat::Mean | Stat::Percentile(_)))
        .map(|entry| (entry.metric.stat, 1.0 / entry.value))
        .collect();
    let find = |stat| of_tpot.iter().find(|(held, _)| *held == stat).map(|(_, value)| *value);
    let default = [(Stat::P50, "p50_intvty"), (Stat::Mean, "mean_intvty")]
        .into_iter()
        .find_map(|(stat, from)| Some((find(stat)?, from)));
    for (stat, value) in &of_tpot {
        let origin = Origin::derived("1 / tpot of the same statistic");
        evidence.metrics.set_if_absent(Metric::new(*stat, Quantity::Intvty), *value, origin);
    }
    if let Some((value, from)) = default {
        let metric = Metric::plain(Quantity::Intvty);
        evidence.metrics.set_if_absent(metric, value, Origin::derived(from));
    }
}
