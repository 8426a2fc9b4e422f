//! Every spelling of a metric that serving benchmarks and processed rows use, in one table.
//!
//! Sources: `utils/bench_serving/benchmark_serving.py`, `utils/process_result.py` and the agentic
//! aggregators of SemiAnalysisAI/InferenceX (2025-08 to 2026-08), `vllm bench serve`,
//! `sglang.bench_serving` 0.2 to 0.5. Keys that end in `_ms` are milliseconds.

use std::sync::LazyLock;

use inferguard_model::{Metric, Quantity, Stat};
use rustc_hash::FxHashMap;

/// What a key means.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Known {
    pub(crate) metric: Metric,
    pub(crate) scale: Scale,
}

/// How a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scale {
    /// In the unit of the metric.
    Same,
    /// In thousandths of it: milliseconds.
    Milli,
    /// In hundredths of it: percent of a fraction.
    Percent,
}

impl Known {
    /// The value in the unit of the metric.
    pub(crate) fn value(self, written: f64) -> f64 {
        match self.scale {
            Scale::Same => written,
            Scale::Milli => written / 1000.0,
            Scale::Percent => written / 100.0,
        }
    }
}

/// Keys without a statistic.
const PLAIN: &[(&str, Quantity)] = &[
    ("total_tput_tps", Quantity::TotalTput),
    ("total_token_throughput", Quantity::TotalTput),
    ("total_throughput", Quantity::TotalTput),
    ("input_tput_tps", Quantity::InputTput),
    ("input_throughput", Quantity::InputTput),
    ("output_tput_tps", Quantity::OutputTput),
    ("output_throughput", Quantity::OutputTput),
    ("output_token_throughput", Quantity::OutputTput),
    ("tput_per_gpu", Quantity::TputPerGpu),
    ("input_tput_per_gpu", Quantity::InputTputPerGpu),
    ("output_tput_per_gpu", Quantity::OutputTputPerGpu),
    ("request_throughput", Quantity::Qps),
    ("request_goodput", Quantity::GoodputRps),
    // The colon is the producer's.
    ("request_goodput:", Quantity::GoodputRps),
    ("slo_attainment", Quantity::GoodFraction),
    ("duration", Quantity::Duration),
    ("duration_seconds", Quantity::Duration),
    ("concurrency", Quantity::AchievedConcurrency),
    ("total_input_tokens", Quantity::TotalInputTokens),
    ("total_output_tokens", Quantity::TotalOutputTokens),
    ("accept_length", Quantity::AcceptLength),
    ("spec_decode_acceptance_length", Quantity::AcceptLength),
    ("theoretical_cache_hit_rate", Quantity::TheoreticalCacheHitRate),
    ("theoretical_infinite_cache_hit_rate", Quantity::TheoreticalInfiniteCacheHitRate),
    ("server_gpu_cache_hit_rate", Quantity::ServerGpuCacheHitRate),
    ("server_cpu_cache_hit_rate", Quantity::ServerCpuCacheHitRate),
    ("response_cache_hit_rate", Quantity::ResponseCacheHitRate),
    ("kv_offload_bytes_gpu_to_cpu", Quantity::KvOffloadBytesGpuToCpu),
    ("kv_offload_bytes_cpu_to_gpu", Quantity::KvOffloadBytesCpuToGpu),
    ("kv_offload_time_gpu_to_cpu", Quantity::KvOffloadTimeGpuToCpu),
    ("kv_offload_time_cpu_to_gpu", Quantity::KvOffloadTimeCpuToGpu),
    ("cpu_kv_cache_usage_pct", Quantity::CpuKvCacheUsagePct),
    ("kv_cache_pool_tokens", Quantity::KvCachePoolTokens),
    ("total_prompt_tokens", Quantity::TotalPromptTokens),
    ("total_generation_tokens", Quantity::TotalGenerationTokens),
    ("total_requests_completed", Quantity::TotalRequestsCompleted),
    ("avg_power_w", Quantity::AvgPower),
    ("avg_total_gpu_power_w", Quantity::AvgTotalGpuPower),
    ("total_gpu_energy_j", Quantity::TotalGpuEnergy),
    ("joules_per_successful_query", Quantity::JoulesPerSuccessfulQuery),
    ("joules_per_input_token", Quantity::JoulesPerInputToken),
    ("joules_per_output_token", Quantity::JoulesPerOutputToken),
    ("joules_per_total_token", Quantity::JoulesPerTotalToken),
    ("prefill_gpu_energy_j", Quantity::PrefillGpuEnergy),
    ("decode_gpu_energy_j", Quantity::DecodeGpuEnergy),
    ("prefill_avg_power_w", Quantity::PrefillAvgPower),
    ("decode_avg_power_w", Quantity::DecodeAvgPower),
    ("prefill_joules_per_input_token", Quantity::PrefillJoulesPerInputToken),
    ("decode_joules_per_output_token", Quantity::DecodeJoulesPerOutputToken),
    // Branch builds of 2026-05 and 06.
    ("joules_per_output_token_decode", Quantity::DecodeJoulesPerOutputToken),
];

/// Quantities that come with a statistic before them, and whether they also come in `_ms`.
const WITH_STATISTIC: &[(&str, Quantity, bool)] = &[
    ("ttft", Quantity::Ttft, true),
    ("tpot", Quantity::Tpot, true),
    ("itl", Quantity::Itl, true),
    ("e2el", Quantity::E2el, true),
    // SGLang's spelling.
    ("e2e_latency", Quantity::E2el, true),
    // The first agentic rows.
    ("ttlt", Quantity::E2el, false),
    ("intvty", Quantity::Intvty, false),
    ("qps", Quantity::Qps, false),
    ("input_tokens", Quantity::Isl, false),
    ("output_tokens_actual", Quantity::Osl, false),
    ("output_tokens_expected", Quantity::OslExpected, false),
];

const STATISTICS: [&str; 11] =
    ["mean", "median", "std", "min", "max", "p50", "p75", "p90", "p95", "p99", "p99.9"];

static TABLE: LazyLock<FxHashMap<String, Known>> = LazyLock::new(|| {
    let mut table = FxHashMap::default();
    for (key, quantity) in PLAIN {
        let metric = Metric::plain(*quantity);
        table.insert((*key).to_owned(), Known { metric, scale: Scale::Same });
    }
    for statistic in STATISTICS {
        let Some(stat) = Stat::parse(statistic) else { continue };
        for (name, quantity, in_ms) in WITH_STATISTIC {
            let metric = Metric::new(stat, *quantity);
            table.insert(format!("{statistic}_{name}"), Known { metric, scale: Scale::Same });
            if *in_ms {
                let known = Known { metric, scale: Scale::Milli };
                table.insert(format!("{statistic}_{name}_ms"), known);
                // A published description has the parts the other way round.
                table.insert(format!("{name}_ms_{statistic}"), known);
            }
        }
    }
    table
});

/// Looks a key up; the spelling is returned with static lifetime where the table has it.
pub(crate) fn known(key: &str) -> Option<(Known, Option<&'static str>)> {
    if let Some((spelling, known)) = TABLE.get_key_value(key) {
        return Some((*known, Some(spelling)));
    }
    // Other percentiles: `p97.5_ttft_ms`.
    if !key.starts_with('p') {
        return None;
    }
    let (statistic, rest) = key.split_once('_')?;
    let stat = Stat::parse(statistic)?;
    let (name, scale) = match rest.strip_suffix("_ms") {
        Some(name) => (name, Scale::Milli),
        None => (rest, Scale::Same),
    };
    let (_, quantity, in_ms) = WITH_STATISTIC.iter().find(|(known, ..)| *known == name)?;
    (*in_ms || scale == Scale::Same)
        .then(|| (Known { metric: Metric::new(stat, *quantity), scale }, None))
}

/// The key of a metric in a processed row, where it is in the metric's unit.
pub fn row_key(metric: Metric) -> Option<String> {
    let Metric { stat, quantity } = metric;
    match stat {
        // The first of several spellings is that of rows, but for this one.
        Stat::Plain if quantity == Quantity::Duration => Some("duration_seconds".to_owned()),
        Stat::Plain => {
            let (key, _) = PLAIN.iter().find(|(_, of)| *of == quantity)?;
            Some((*key).to_owned())
        }
        // A reciprocal of a deviation, which means nothing.
        Stat::Std if quantity == Quantity::Intvty => None,
        _ => {
            let (name, ..) = WITH_STATISTIC.iter().find(|(_, of, _)| *of == quantity)?;
            let ours = metric.name();
            let statistic = ours.strip_suffix(quantity.info().name)?.trim_end_matches('_');
            let statistic = if stat == Stat::P50 { "median" } else { statistic };
            Some(format!("{statistic}_{name}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(key: &str) -> Option<(String, bool)> {
        known(key).map(|(known, _)| (known.metric.name().into_owned(), known.scale == Scale::Milli))
    }

    #[test]
    fn keys_of_rows_are_read_as_what_they_were() {
        for info in Quantity::CATALOGUE {
            for stat in [Stat::Plain, Stat::Mean, Stat::Std, Stat::P50, Stat::Percentile(99_900)] {
                let metric = Metric::new(stat, info.quantity);
                let Some(key) = row_key(metric) else { continue };
                let (read, _) = known(&key).expect("is known");
                assert_eq!((read.metric, read.scale), (metric, Scale::Same), "{key}");
            }
        }
        let key = |stat, quantity| row_key(Metric::new(stat, quantity));
        assert_eq!(key(Stat::P50, Quantity::Intvty).as_deref(), Some("median_intvty"));
        assert_eq!(key(Stat::Percentile(99_900), Quantity::E2el).as_deref(), Some("p99.9_e2el"));
        assert_eq!(key(Stat::Std, Quantity::Intvty), None);
    }

    #[test]
    fn spellings_of_every_producer() {
        for (key, metric, ms) in [
            ("median_e2el_ms", "p50_e2el", true),
            ("mean_e2e_latency_ms", "mean_e2el", true),
            ("p99.9_ttft", "p99.9_ttft", false),
            ("p97.5_tpot_ms", "p97.5_tpot", true),
            ("ttft_ms_mean", "mean_ttft", true),
            ("p90_ttlt", "p90_e2el", false),
            ("request_goodput:", "goodput_rps", false),
            ("mean_output_tokens_actual", "mean_osl", false),
        ] {
            assert_eq!(name(key), Some((metric.to_owned(), ms)), "{key}");
        }
        assert_eq!(name("p99_intvty_ms"), None);
        assert_eq!(name("hw"), None);
        assert_eq!(name("prefill_tp"), None);
    }
}
