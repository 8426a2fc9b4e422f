//! Processed rows of AgentX trace replays: flat A0, A1, A2 and nested A3.
//!
//! They stand in the same arrays as the fixed rows and share their identity keys, so they are
//! read here; the CSV files of the replay are the AgentX reader's.

use std::sync::LazyLock;

use inferguard_model::{
    Completion, Metric, MetricRef, Origin, Problem, ProblemCode, Quantity, Stat,
};
use rustc_hash::FxHashMap;

use super::gpus;
use super::{Row, fixed, interactivity, settle};
use crate::file_names::FileNames;
use crate::keys::{Known, Scale};

/// A3 rounds every float to five decimals.
const A3_ROUNDING: f64 = 0.5e-5;

/// The metric at a path of a nested row.
pub(super) fn nested_metric(path: &str) -> Option<Known> {
    if let Some(metric) = NESTED.get(path) {
        return Some(Known { metric: *metric, scale: Scale::Same });
    }
    // Parts of SGLang's record and of one fork's baselines.
    let (quantity, scale) = match path {
        "cache_report/cache_hit_rate_pct" => (Quantity::ResponseCacheHitRate, Scale::Percent),
        "gpu/mean_power_per_gpu_w" => (Quantity::AvgPower, Scale::Same),
        "gpu/total_avg_power_w" => (Quantity::AvgTotalGpuPower, Scale::Same),
        _ => return None,
    };
    Some(Known { metric: Metric::plain(quantity), scale })
}

/// The path of a metric in a nested row; the usage of the CPU's cache is 0..1 there.
pub fn nested_key(metric: Metric) -> Option<&'static str> {
    static PATHS: LazyLock<FxHashMap<Metric, &'static str>> =
        LazyLock::new(|| NESTED.iter().map(|(path, metric)| (*metric, path.as_str())).collect());
    PATHS.get(&metric).copied()
}

static NESTED: LazyLock<FxHashMap<String, Metric>> = LazyLock::new(|| {
    use Quantity as Q;
    let mut table = FxHashMap::default();
    for (path, quantity) in [
        ("latency/ttft", Q::Ttft),
        ("latency/e2el", Q::E2el),
        ("latency/itl", Q::Itl),
        ("latency/tpot", Q::Tpot),
        ("latency/intvty", Q::Intvty),
        ("tokens/input", Q::Isl),
        ("tokens/output_actual", Q::Osl),
        ("tokens/output_expected", Q::OslExpected),
        ("qps", Q::Qps),
    ] {
        for name in ["mean", "p50", "p75", "p90", "p95", "p99", "p99.9", "std", "min", "max"] {
            if let Some(stat) = Stat::parse(name) {
                table.insert(format!("request_metrics/{path}/{name}"), Metric::new(stat, quantity));
            }
        }
    }
    for (path, quantity) in [
        ("request_metrics/throughput/input/tokens_per_second", Q::InputTput),
        ("request_metrics/throughput/output/tokens_per_second", Q::OutputTput),
        ("request_metrics/throughput/total/tokens_per_second", Q::TotalTput),
        ("request_metrics/throughput/duration_seconds", Q::Duration),
        ("request_metrics/throughput/per_gpu/total_tput_tps", Q::TputPerGpu),
        ("request_metrics/throughput/per_gpu/output_tput_tps", Q::OutputTputPerGpu),
        ("request_metrics/throughput/per_gpu/input_tput_tps", Q::InputTputPerGpu),
        ("request_metrics/cache/theoretical_cache_hit_rate", Q::TheoreticalCacheHitRate),
        ("server_metrics/cache/gpu_cache_hit_rate", Q::ServerGpuCacheHitRate),
        ("server_metrics/cache/cpu_cache_hit_rate", Q::ServerCpuCacheHitRate),
        ("server_metrics/cache/overall_cache_hit_rate", Q::ServerOverallCacheHitRate),
        ("server_metrics/cache/prefix_cache_hits", Q::PrefixCacheHitTokens),
        ("server_metrics/cache/prefix_cache_queries", Q::PrefixCacheQueryTokens),
        ("server_metrics/cache/external_prefix_cache_hits", Q::CpuPrefixCacheHitTokens),
        ("server_metrics/cache/external_prefix_cache_queries", Q::CpuPrefixCacheQueryTokens),
        ("server_metrics/kv_cache/gpu_total_tokens", Q::KvCachePoolTokens),
        ("server_metrics/kv_cache/cpu_usage_pct", Q::CpuKvCacheUsagePct),
        ("server_metrics/kv_offload/bytes_gpu_to_cpu", Q::KvOffloadBytesGpuToCpu),
        ("server_metrics/kv_offload/bytes_cpu_to_gpu", Q::KvOffloadBytesCpuToGpu),
        ("server_metrics/kv_offload/time_gpu_to_cpu", Q::KvOffloadTimeGpuToCpu),
        ("server_metrics/kv_offload/time_cpu_to_gpu", Q::KvOffloadTimeCpuToGpu),
        ("server_metrics/tokens/prompt_total", Q::TotalPromptTokens),
        ("server_metrics/tokens/generation_total", Q::TotalGenerationTokens),
        ("server_metrics/tokens/requests_completed", Q::TotalRequestsCompleted),
        ("server_metrics/tokens/prompt_by_source/gpu_cache_hit", Q::PromptTokensGpuCacheHit),
        (
            "server_metrics/tokens/prompt_by_source/cpu_or_external_cache_hit",
            Q::PromptTokensExternalCacheHit,
        ),
        ("server_metrics/tokens/prompt_by_source/computed", Q::PromptTokensComputed),
    ] {
        table.insert(path.to_owned(), Metric::plain(quantity));
    }
    // 0..1 despite its name, and a peak.
    table.insert(
        "server_metrics/kv_cache/gpu_usage_pct".to_owned(),
        Metric::new(Stat::Max, Q::KvCacheUsage),
    );
    table
});

/// Settles an agentic row and returns the smallest step that its rounding left.
pub(super) fn finish(row: &mut Row, names: &FileNames<'_>) -> f64 {
    settle::settle(&mut row.raw, &mut row.evidence, names);
    settle::no_speculation(&row.raw, &mut row.evidence.identity);
    row.evidence.identity.scenario_type =
        Some(row.raw.scenario_type.clone().unwrap_or_else(|| "agentic-coding".into()));
    (row.evidence.identity.isl, row.evidence.identity.osl) = (None, None);
    completion(row);
    interactivity::drop_empty_latencies(row);
    let has_tpot = row.metric(Stat::Mean, Quantity::Tpot).is_some();
    if !has_tpot {
        tpot_from_itl(row);
    }
    if !row.nested {
        // A1 and A2: the mean over requests of 1/ITL, which is what request_tput_per_user is.
        let mean = Metric::new(Stat::Mean, Quantity::Intvty);
        if let Some(entry) = row.evidence.metrics.remove(mean) {
            let metric = Metric::plain(Quantity::RequestTputPerUser);
            row.evidence.metrics.set(metric, entry.value, entry.origin);
        }
    }
    percent(row);
    if row.nested {
        overall_hit_rate(row);
    }
    if let Some(gpus) = gpus::count(row, names) {
        // All three rates divide by all GPUs in agentic rows, with roles or without.
        let output = row.plain(Quantity::OutputTputPerGpu);
        row.derive(
            Quantity::SystemOutputTputPerGpu,
            output,
            "output_tput_per_gpu, divided by all GPUs in agentic rows",
        );
        fixed::rates(row, gpus.total, fixed::Divisor::All);
    }
    fixed::per_user(row);
    let rounding = if row.nested { A3_ROUNDING } else { 0.0 };
    interactivity::settle(row, rounding);
    rate(row);
    for warning in row.lists.producer_warnings() {
        let told = format!("the producer warns: {warning}");
        row.evidence.problem(Problem::note(ProblemCode::Conflict, "warnings", told));
    }
    rounding
}

fn completion(row: &mut Row) {
    let (total, successful) = (row.raw.requests_total, row.raw.requests_successful);
    let accounting = &row.raw.accounting;
    row.evidence.completion = if row.nested {
        // `num_requests_total` counts warm-up. A record may be dropped as warm-up and as error at
        // once, so the errors of the measured phase are what is dropped beyond the warm-up.
        let profiled = accounting.profiled.or(successful);
        let beyond = accounting.dropped.zip(accounting.warmup).map(|(d, w)| d.saturating_sub(w));
        let errors = match (beyond, accounting.errors) {
            (Some(beyond), Some(errors)) => Some(beyond.min(errors)),
            (beyond, errors) => beyond.or(errors),
        };
        let attempts = profiled.zip(errors).and_then(|(done, errors)| done.checked_add(errors));
        Completion { total: attempts, successful: profiled, warmup: accounting.warmup }
    } else if is_a2(row) && total != Some(0) {
        row.evidence.problem(Problem::note(
            ProblemCode::LeftOut,
            "num_requests_total",
            "this generation drops failed requests before counting; attempts are not known",
        ));
        Completion { total: None, successful, warmup: None }
    } else {
        Completion { total, successful, warmup: None }
    };
}

/// A2 rows have p75 and p95 and no median.
fn is_a2(row: &Row) -> bool {
    let has = |stat| {
        [Quantity::Ttft, Quantity::E2el, Quantity::Itl]
            .into_iter()
            .any(|quantity| row.metric(stat, quantity).is_some())
    };
    has(Stat::Percentile(75_000)) && !has(Stat::P50)
}

/// The producer's ITL is (E2EL − TTFT) / (OSL − 1) per request: TPOT by formula. The first
/// generation writes it under that name only.
fn tpot_from_itl(row: &mut Row) {
    let itl: Vec<_> = row
        .evidence
        .metrics
        .iter()
        .filter(|entry| entry.metric.quantity == Quantity::Itl)
        .map(|entry| (entry.metric.stat, entry.value))
        .collect();
    for (stat, value) in itl {
        let origin = Origin::derived("itl, which has the TPOT formula in agentic rows");
        row.evidence.metrics.set(Metric::new(stat, Quantity::Tpot), value, origin);
    }
}

/// Cache usage whose key says percent is a gauge of 0..1 in A2 and A3; the producer takes what is
/// above this for percent after all.
const LARGEST_GAUGE: f64 = 1.5;

/// `cpu_kv_cache_usage_pct` is percent in A0 and A1 and a gauge of 0..1 in A2 and A3, as is the
/// peak usage of the GPU's cache. Both are made what their metric is.
fn percent(row: &mut Row) {
    let cpu = Metric::plain(Quantity::CpuKvCacheUsagePct);
    let gauge = row.nested || is_a2(row);
    if let Some(entry) = row.evidence.metrics.entry(cpu).map(MetricRef::to_entry)
        && gauge
        && entry.value <= LARGEST_GAUGE
    {
        row.evidence.metrics.set(cpu, entry.value * 100.0, entry.origin);
    }
    let gpu = Metric::new(Stat::Max, Quantity::KvCacheUsage);
    if let Some(entry) = row.evidence.metrics.entry(gpu).map(MetricRef::to_entry)
        && entry.value > LARGEST_GAUGE
    {
        row.evidence.metrics.set(gpu, entry.value / 100.0, entry.origin);
    }
}

/// Nested rows state the hit rates of both tiers as shares of all prompt tokens, so that they add
/// up. Flat rows state the CPU's rate among the tokens that the GPU cache lacked.
fn overall_hit_rate(row: &mut Row) {
    let gpu = row.plain(Quantity::ServerGpuCacheHitRate);
    let cpu = row.plain(Quantity::ServerCpuCacheHitRate);
    let rate = gpu.zip(cpu).map(|(gpu, cpu)| gpu + cpu).filter(|rate| *rate <= 1.0);
    row.derive(
        Quantity::ServerOverallCacheHitRate,
        rate,
        "server_gpu_cache_hit_rate + server_cpu_cache_hit_rate, shares of all prompt tokens",
    );
}

/// Percentiles of the request rate are over 1-s windows and mostly 0; the rate is the quotient.
fn rate(row: &mut Row) {
    let done = row.evidence.completion.successful.map(|n| n as f64);
    let duration = row.plain(Quantity::Duration).filter(|seconds| *seconds > 0.0);
    let rate = done.zip(duration).map(|(done, seconds)| done / seconds);
    row.derive(Quantity::Qps, rate, "successful requests / duration_seconds");
}
