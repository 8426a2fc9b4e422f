//! `server_metrics_export.json` and `.csv` (from 0.4 on): what the engine's /metrics page said while
//! the measured phase ran.
//!
//! Counters are what they gained during the phase, gauges have statistics, and slices where the run
//! was cut into slices. AIPerf takes `_total` off the names of counters. The JSON is read in full
//! and the CSV, with its four decimals, where the JSON is gone. Warm-up is apart in both.

use std::collections::BTreeMap;

use inferguard_model::{
    Evidence, Fragment, Metric, NodeSeries, Origin, Place, Problem, ProblemCode, Quantity, Role,
    Scalar, Stat,
};
use inferguard_source::json::{self, Container, Enter, JsonScalar, Pointer, Sink};
use inferguard_source::{Content, Refusal, coerce, limits};

use crate::csv_text::cells;
use crate::folder::Source;

/// What a metric of an engine is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Sampled; statistics and slices are kept.
    Gauge(Quantity),
    /// What it gained is summed over its series.
    Counter(Quantity),
    /// A counter whose label `source` says which of three it is.
    BySource,
    /// A counter whose label `transfer_type` says the direction: into the CPU, and out of it.
    Offload(Quantity, Quantity),
    /// The label values are the news.
    CacheConfig,
}

/// Metrics of vLLM, SGLang and TensorRT-LLM, older names too.
const KNOWN: [(&str, Kind); 29] = {
    use Kind::{BySource, CacheConfig, Counter, Gauge, Offload};
    use Quantity as Q;
    [
        ("vllm:kv_cache_usage_perc", Gauge(Q::KvCacheUsage)),
        ("vllm:gpu_cache_usage_perc", Gauge(Q::KvCacheUsage)),
        ("sglang:token_usage", Gauge(Q::KvCacheUsage)),
        ("trtllm_kv_cache_utilization", Gauge(Q::KvCacheUsage)),
        ("vllm:num_requests_running", Gauge(Q::RequestsRunning)),
        ("sglang:num_running_reqs", Gauge(Q::RequestsRunning)),
        ("trtllm_num_requests_running", Gauge(Q::RequestsRunning)),
        ("vllm:num_requests_waiting", Gauge(Q::RequestsWaiting)),
        ("sglang:num_queue_reqs", Gauge(Q::RequestsWaiting)),
        ("trtllm_num_requests_waiting", Gauge(Q::RequestsWaiting)),
        ("vllm:num_preemptions", Counter(Q::Preemptions)),
        ("sglang:num_retractions", Counter(Q::Preemptions)),
        ("vllm:prefix_cache_hits", Counter(Q::PrefixCacheHitTokens)),
        ("vllm:gpu_prefix_cache_hits", Counter(Q::PrefixCacheHitTokens)),
        ("vllm:prefix_cache_queries", Counter(Q::PrefixCacheQueryTokens)),
        ("vllm:gpu_prefix_cache_queries", Counter(Q::PrefixCacheQueryTokens)),
        ("vllm:external_prefix_cache_hits", Counter(Q::CpuPrefixCacheHitTokens)),
        ("vllm:cpu_prefix_cache_hits", Counter(Q::CpuPrefixCacheHitTokens)),
        ("vllm:external_prefix_cache_queries", Counter(Q::CpuPrefixCacheQueryTokens)),
        ("vllm:cpu_prefix_cache_queries", Counter(Q::CpuPrefixCacheQueryTokens)),
        ("vllm:prompt_tokens", Counter(Q::TotalPromptTokens)),
        ("sglang:prompt_tokens", Counter(Q::TotalPromptTokens)),
        ("vllm:generation_tokens", Counter(Q::TotalGenerationTokens)),
        ("sglang:generation_tokens", Counter(Q::TotalGenerationTokens)),
        ("vllm:request_success", Counter(Q::TotalRequestsCompleted)),
        ("vllm:prompt_tokens_by_source", BySource),
        (
            "vllm:kv_offload_total_bytes",
            Offload(Q::KvOffloadBytesGpuToCpu, Q::KvOffloadBytesCpuToGpu),
        ),
        ("vllm:kv_offload_total_time", Offload(Q::KvOffloadTimeGpuToCpu, Q::KvOffloadTimeCpuToGpu)),
        ("vllm:cache_config_info", CacheConfig),
    ]
};

/// Statistics of gauges that are kept.
const GAUGE_STATS: [&str; 7] = ["avg", "max", "p50", "p75", "p90", "p95", "p99"];

/// Usages above this are percent, whatever the unit says: engines write 0..1 and call it percent.
const LARGEST_SHARE: f64 = 1.5;

/// One series of a metric: one engine, endpoint or label set.
#[derive(Debug, Clone, Default)]
struct Series {
    metric: usize,
    labels: BTreeMap<String, String>,
    stats: BTreeMap<String, f64>,
    /// Start and value (mean of a gauge, gain of a counter) of each slice.
    slices: Vec<(i64, f64)>,
}

/// Reads the JSON form.
pub(crate) fn read_json(content: &mut Content, source: Source<'_>) -> Result<Fragment, Refusal> {
    let (text, repaired) = content.text()?;
    let (sink, mut problems) = json::read(&text, MetricsSink::default)?;
    problems.extend(repaired);
    problems.extend(sink.problems);
    if !sink.has_metrics {
        return Err(Refusal::new("no object of metrics"));
    }
    let evidence = evidence(&sink.series, problems);
    Ok(source.attachment(Role::SERVER_METRICS_JSON, true, evidence))
}

/// Reads the CSV form: comments, then one table a type, each with its own header.
pub(crate) fn read_csv(content: &mut Content, source: Source<'_>) -> Result<Fragment, Refusal> {
    let (text, repaired) = content.text()?;
    let text = String::from_utf8_lossy(&text);
    let mut all: Vec<Series> = Vec::new();
    let mut header: Vec<String> = Vec::new();
    let mut has_header = false;
    for line in text.lines() {
        if line.trim().is_empty() || line.starts_with('#') {
            header.clear();
            continue;
        }
        let row = cells(line);
        if header.is_empty() {
            has_header |= row.iter().any(|name| name == "Metric");
            header = row;
            continue;
        }
        let cell = |name: &str| {
            let column = header.iter().position(|column| column == name)?;
            row.get(column).map(String::as_str).filter(|cell| !cell.is_empty())
        };
        let Some(metric) = cell("Metric").and_then(known) else { continue };
        // The table of labels has a row for each of them.
        if let Some((key, value)) = cell("Key").zip(cell("Value")) {
            let fits =
                |series: &&mut Series| series.metric == metric && !series.labels.contains_key(key);
            match all.iter_mut().rfind(fits) {
                Some(series) => drop(series.labels.insert(key.into(), value.into())),
                None => all.push(Series {
                    metric,
                    labels: BTreeMap::from([(key.to_owned(), value.to_owned())]),
                    ..Series::default()
                }),
            }
            continue;
        }
        let mut series = Series { metric, ..Series::default() };
        for name in ["source", "transfer_type"] {
            if let Some(value) = cell(name) {
                series.labels.insert(name.into(), value.into());
            }
        }
        for name in GAUGE_STATS.into_iter().chain(["total"]) {
            let number = cell(name).and_then(|cell| coerce::parse_number(cell.as_bytes()));
            if let Some(value) = number.filter(|x| x.is_finite()) {
                series.stats.insert(name.into(), value);
            }
        }
        all.push(series);
    }
    if !has_header {
        return Err(Refusal::new("no table of metrics"));
    }
    let evidence = evidence(&all, repaired.into_iter().collect());
    let mut fragment = source.attachment(Role::SERVER_METRICS_CSV, true, evidence);
    // Four decimals.
    fragment.rounding = 0.5e-4;
    Ok(fragment)
}

fn known(name: &str) -> Option<usize> {
    KNOWN.iter().position(|(known, _)| *known == name)
}

/// What the series say of the cell.
fn evidence(all: &[Series], problems: Vec<Problem>) -> Evidence {
    let mut evidence = Evidence::default();
    for problem in problems.into_iter().take(limits::PROBLEMS_KEPT) {
        evidence.problem(problem);
    }
    for (metric, (name, kind)) in KNOWN.iter().enumerate() {
        let of_metric: Vec<&Series> = all.iter().filter(|series| series.metric == metric).collect();
        if of_metric.is_empty() {
            continue;
        }
        let origin =
            || Origin { artifact: 0, place: Place::Path(format!("metrics/{name}").into()) };
        match *kind {
            Kind::Gauge(quantity) => gauge(&mut evidence, quantity, &of_metric, &origin),
            Kind::Counter(quantity) => {
                counter(&mut evidence, quantity, &of_metric, &origin, |_| true);
            }
            Kind::BySource => {
                for (source, quantity) in [
                    ("local_cache_hit", Quantity::PromptTokensGpuCacheHit),
                    ("external_kv_transfer", Quantity::PromptTokensExternalCacheHit),
                    ("local_compute", Quantity::PromptTokensComputed),
                ] {
                    let is =
                        |series: &Series| series.labels.get("source").is_some_and(|s| s == source);
                    counter(&mut evidence, quantity, &of_metric, &origin, is);
                }
            }
            Kind::Offload(out, back) => {
                for (direction, quantity) in [("GPU_to_CPU", out), ("CPU_to_GPU", back)] {
                    let is = |series: &Series| {
                        let label = series.labels.get("transfer_type");
                        label.is_some_and(|label| label.eq_ignore_ascii_case(direction))
                    };
                    counter(&mut evidence, quantity, &of_metric, &origin, is);
                }
            }
            Kind::CacheConfig => pool(&mut evidence, &of_metric, &origin),
        }
    }
    hit_rates(&mut evidence);
    engine(&mut evidence, all);
    evidence.server = node_series(all);
    evidence
}

/// Statistics of a gauge. Of several engines the load adds up and the usage is their mean; how
/// percentiles of several go together nobody can tell.
fn gauge(
    evidence: &mut Evidence,
    quantity: Quantity,
    series: &[&Series],
    origin: &dyn Fn() -> Origin,
) {
    let is_usage = quantity == Quantity::KvCacheUsage;
    let share = |value: f64| if is_usage && value > LARGEST_SHARE { value / 100.0 } else { value };
    let stat = |name: &str| -> Option<Vec<f64>> {
        series.iter().map(|series| series.stats.get(name).copied().map(share)).collect()
    };
    let mut set = |of: Stat, value: f64| {
        if value >= 0.0 {
            evidence.metrics.set(Metric::new(of, quantity), value, origin());
        }
    };
    for name in GAUGE_STATS {
        let (Some(of), Some(values)) = (Stat::parse(name), stat(name)) else { continue };
        match (of, &values[..]) {
            (_, [value]) => set(of, *value),
            (Stat::Mean, values) => {
                let sum: f64 = values.iter().sum();
                set(of, if is_usage { sum / values.len() as f64 } else { sum });
            }
            (Stat::Max, values) if is_usage => {
                set(of, values.iter().copied().fold(0.0, f64::max));
            }
            _ => {}
        }
    }
}

fn counter(
    evidence: &mut Evidence,
    quantity: Quantity,
    series: &[&Series],
    origin: &dyn Fn() -> Origin,
    is: impl Fn(&Series) -> bool,
) {
    let gains: Option<Vec<f64>> = series
        .iter()
        .filter(|series| is(series))
        .map(|series| series.stats.get("total").copied().filter(|gain| *gain >= 0.0))
        .collect();
    match gains {
        Some(gains) if !gains.is_empty() => {
            evidence.metrics.set(Metric::plain(quantity), gains.iter().sum(), origin());
        }
        Some(_) => {}
        None => {
            let told = "a counter without a usable gain: its metric is left out";
            evidence.problem(Problem::warning(ProblemCode::LeftOut, quantity.info().name, told));
        }
    }
}

/// Capacity of the KV cache.
fn pool(evidence: &mut Evidence, series: &[&Series], origin: &dyn Fn() -> Origin) {
    let label = |series: &Series, name: &str| series.labels.get(name)?.parse::<f64>().ok();
    let tokens = |series: &&Series| {
        let blocks = label(series, "num_gpu_blocks").zip(label(series, "block_size"));
        label(series, "kv_cache_size_tokens").or(blocks.map(|(blocks, size)| blocks * size))
    };
    let all: Option<Vec<f64>> = series.iter().map(tokens).collect();
    if let Some(total) = all.map(|all| all.iter().sum::<f64>()).filter(|total| *total > 0.0) {
        evidence.metrics.set(Metric::plain(Quantity::KvCachePoolTokens), total, origin());
    }
}

/// Hit rates: shares of the prompt tokens where their sources are counted, else hits ÷ lookups.
fn hit_rates(evidence: &mut Evidence) {
    let plain = |quantity| evidence.metrics.get(Metric::plain(quantity));
    let sources = [
        Quantity::PromptTokensGpuCacheHit,
        Quantity::PromptTokensExternalCacheHit,
        Quantity::PromptTokensComputed,
    ]
    .map(plain);
    let mut rates: Vec<(Quantity, f64, &'static str)> = Vec::new();
    if let [Some(gpu), Some(external), Some(computed)] = sources
        && gpu + external + computed > 0.0
    {
        let all = gpu + external + computed;
        rates.extend([
            (
                Quantity::ServerGpuCacheHitRate,
                gpu / all,
                "prompt_tokens_gpu_cache_hit / prompt tokens of all sources",
            ),
            (
                Quantity::ServerCpuCacheHitRate,
                external / all,
                "prompt_tokens_external_cache_hit / prompt tokens of all sources",
            ),
            (
                Quantity::ServerOverallCacheHitRate,
                (gpu + external) / all,
                "prompt tokens of both caches / prompt tokens of all sources",
            ),
        ]);
    } else {
        for (rate, hits, queries, formula) in [
            (
                Quantity::ServerGpuCacheHitRate,
                Quantity::PrefixCacheHitTokens,
                Quantity::PrefixCacheQueryTokens,
                "prefix_cache_hits / prefix_cache_queries during the phase",
            ),
            (
                Quantity::ServerCpuCacheHitRate,
                Quantity::CpuPrefixCacheHitTokens,
                Quantity::CpuPrefixCacheQueryTokens,
                "cpu_prefix_cache_hits / cpu_prefix_cache_queries during the phase",
            ),
        ] {
            if let Some((hits, queries)) = plain(hits).zip(plain(queries))
                && queries > 0.0
                && hits <= queries
            {
                rates.push((rate, hits / queries, formula));
            }
        }
    }
    for (quantity, rate, formula) in rates {
        evidence.metrics.set(Metric::plain(quantity), rate, Origin::derived(formula));
    }
}

/// The engine whose names the metrics have.
fn engine(evidence: &mut Evidence, all: &[Series]) {
    let mut engines: Vec<&str> = all
        .iter()
        .map(|series| KNOWN[series.metric].0)
        .map(|name| name.split([':', '_']).next().unwrap_or(name))
        .collect();
    engines.sort_unstable();
    engines.dedup();
    if let [engine] = engines[..] {
        evidence.extra.push(("engine".into(), Scalar::Text(engine.into())));
    }
}

/// The slices of gauges and preemptions as samples: the mean of each slice at its start.
fn node_series(all: &[Series]) -> Option<NodeSeries> {
    let of = |quantity: Quantity| {
        all.iter().filter(move |series| {
            matches!(KNOWN[series.metric].1, Kind::Gauge(q) | Kind::Counter(q) if q == quantity)
        })
    };
    // Of several engines the fullest cache counts, and their queues together.
    let column = |quantity: Quantity| -> Option<BTreeMap<i64, f64>> {
        let mut column: Option<BTreeMap<i64, f64>> = None;
        for series in of(quantity) {
            match &mut column {
                None => column = Some(series.slices.iter().copied().collect()),
                Some(column) => {
                    for (at, value) in &series.slices {
                        let held = column.entry(*at).or_insert(0.0);
                        let joined = if quantity == Quantity::KvCacheUsage {
                            held.max(*value)
                        } else {
                            *held + value
                        };
                        *held = joined;
                    }
                }
            }
        }
        column.filter(|column| !column.is_empty())
    };
    let usage = column(Quantity::KvCacheUsage);
    let running = column(Quantity::RequestsRunning);
    let waiting = column(Quantity::RequestsWaiting);
    let preemptions = column(Quantity::Preemptions);
    let columns = [&usage, &running, &waiting, &preemptions];
    let at_ns: Vec<i64> = columns.iter().find_map(|c| c.as_ref())?.keys().copied().collect();
    // A column with a hole is none.
    let values = |column: &Option<BTreeMap<i64, f64>>| -> Vec<f64> {
        let whole =
            column.as_ref().filter(|column| column.keys().copied().eq(at_ns.iter().copied()));
        whole.map_or(Vec::new(), |column| column.values().copied().collect())
    };
    let percent = |usage: Vec<f64>| -> Vec<f64> {
        let is_percent = usage.iter().any(|value| *value > LARGEST_SHARE);
        usage.into_iter().map(|value| if is_percent { value / 100.0 } else { value }).collect()
    };
    let mut total = 0.0;
    let preempted = values(&preemptions).into_iter().map(|gain| {
        total += gain;
        total
    });
    Some(NodeSeries {
        kv_cache_usage: percent(values(&usage)),
        cpu_kv_cache_usage: Vec::new(),
        running: values(&running),
        waiting: values(&waiting),
        preemptions: preempted.collect(),
        at_ns,
    })
}

/// Collects the series of the metrics that are known; `warmup_metrics` are apart.
#[derive(Default)]
struct MetricsSink {
    series: Vec<Series>,
    open: Option<Series>,
    slice: (Option<i64>, Option<f64>),
    has_metrics: bool,
    problems: Vec<Problem>,
}

impl MetricsSink {
    /// The metric of a pointer below `/metrics/<name>/series/<n>`, and what follows.
    fn place(path: &str) -> Option<(&str, &str)> {
        let rest = path.strip_prefix("/metrics/")?;
        let (name, rest) = rest.split_once("/series/")?;
        Some((name, rest.split_once('/').map_or("", |(_, rest)| rest)))
    }
}

impl Sink for MetricsSink {
    fn scalar(&mut self, at: &Pointer, value: JsonScalar<'_>) {
        let Some((_, rest)) = Self::place(at.as_str()) else { return };
        let Some(series) = &mut self.open else { return };
        if let Some(label) = rest.strip_prefix("labels/") {
            if let Some(text) = coerce::text(value) {
                series.labels.insert(label.to_owned(), text);
            }
        } else if let Some(stat) = rest.strip_prefix("stats/") {
            if let Some(number) = coerce::number(value, at.as_str(), &mut self.problems) {
                series.stats.insert(stat.to_owned(), number);
            }
        } else if rest.starts_with("timeslices/") {
            match at.last() {
                // Nanoseconds since 1970 are more than a count of doubles holds.
                "start_ns" => {
                    self.slice.0 = match value {
                        JsonScalar::Int(ns) => Some(ns),
                        _ => None,
                    };
                }
                "avg" | "total" => {
                    self.slice.1 = coerce::number(value, at.as_str(), &mut self.problems);
                }
                _ => {}
            }
        }
    }

    fn enter(&mut self, at: &Pointer, container: Container) -> Enter {
        let path = at.as_str();
        let parts = at.depth();
        if parts == 0 {
            return if container == Container::Object { Enter::Walk } else { Enter::Skip };
        }
        if path == "/metrics" {
            self.has_metrics = container == Container::Object;
            return if self.has_metrics { Enter::Walk } else { Enter::Skip };
        }
        let Some(rest) = path.strip_prefix("/metrics/") else { return Enter::Skip };
        match parts {
            2 => {
                if known(rest).is_some() {
                    Enter::Walk
                } else {
                    Enter::Skip
                }
            }
            3 => {
                if at.last() == "series" {
                    Enter::Walk
                } else {
                    Enter::Skip
                }
            }
            4 => {
                let metric = Self::place(path).and_then(|(name, _)| known(name));
                self.open = metric.map(|metric| Series { metric, ..Series::default() });
                Enter::Walk
            }
            5 => {
                let wanted = ["labels", "stats", "timeslices"].contains(&at.last());
                if wanted { Enter::Walk } else { Enter::Skip }
            }
            6 if Self::place(path).is_some_and(|(_, rest)| rest.starts_with("timeslices/")) => {
                self.slice = (None, None);
                Enter::Walk
            }
            _ => Enter::Skip,
        }
    }

    fn leave(&mut self, at: &Pointer, _: Container) {
        match at.depth() {
            4 => self.series.extend(self.open.take()),
            6 => {
                if let (Some(series), (Some(at), Some(value))) = (&mut self.open, self.slice) {
                    series.slices.push((at, value));
                }
            }
            _ => {}
        }
    }
}
