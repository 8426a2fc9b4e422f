//! `metrics_server_metrics.csv`: the server's gauges and counters, about one row a second.
//!
//! Written by `server_metrics.py` of the kv-cache tester. Three sets of columns are known: 16 of
//! 2026-02, with KV offload and prompt sources since 2026-04, with SGLang's transfer columns in
//! forks. What the server does not export is written as 0, so a column of zeros says nothing,
//! unless a column of the same family moved.

use std::io::Read;

use inferguard_model::{
    ArtifactRef, Attach, Evidence, Fragment, FragmentKind, Metric, NodeSeries, Origin, Problem,
    ProblemCode, Quantity, SourceFormat, Stat,
};
use inferguard_source::csv::{CsvRows, Row};
use inferguard_source::{Refusal, coerce};

use crate::counters::{Base, Counters};
use crate::gauges::Gauges;
use crate::probe::SERVER_METRICS;
use crate::tally::Tally;

/// A counter and what its rise is called.
struct Counter {
    column: &'static str,
    quantity: Quantity,
    /// Columns of one family are exported together.
    family: u8,
    formula: &'static str,
}

macro_rules! counter {
    ($column:literal, $quantity:ident, $family:literal) => {
        Counter {
            column: $column,
            quantity: Quantity::$quantity,
            family: $family,
            formula: concat!("rise of ", $column, " over the load, resets added up"),
        }
    };
}

const COUNTERS: [Counter; 15] = [
    counter!("prefix_cache_hits", PrefixCacheHitTokens, 0),
    counter!("prefix_cache_queries", PrefixCacheQueryTokens, 0),
    counter!("cpu_prefix_cache_hits", CpuPrefixCacheHitTokens, 1),
    counter!("cpu_prefix_cache_queries", CpuPrefixCacheQueryTokens, 1),
    counter!("kv_offload_bytes_gpu_to_cpu", KvOffloadBytesGpuToCpu, 2),
    counter!("kv_offload_bytes_cpu_to_gpu", KvOffloadBytesCpuToGpu, 2),
    counter!("kv_offload_time_gpu_to_cpu", KvOffloadTimeGpuToCpu, 3),
    counter!("kv_offload_time_cpu_to_gpu", KvOffloadTimeCpuToGpu, 3),
    // Their sum is `prompt_tokens_total`: labels of one metric.
    counter!("prompt_tokens_local_compute", PromptTokensComputed, 4),
    counter!("prompt_tokens_local_cache_hit", PromptTokensGpuCacheHit, 4),
    counter!("prompt_tokens_external_kv_transfer", PromptTokensExternalCacheHit, 4),
    counter!("prompt_tokens_total", TotalPromptTokens, 5),
    counter!("generation_tokens_total", TotalGenerationTokens, 6),
    counter!("request_success_total", TotalRequestsCompleted, 7),
    counter!("num_preemptions_total", Preemptions, 8),
];

const GENERATED: usize = 12;
const SUCCEEDED: usize = 13;
const PREEMPTED: usize = 14;

/// Hit rates: hits, queries, rate, formula.
const RATES: [(usize, usize, Quantity, &str); 2] = [
    (
        0,
        1,
        Quantity::ServerGpuCacheHitRate,
        "rise of prefix_cache_hits / rise of prefix_cache_queries over the load",
    ),
    (
        2,
        3,
        Quantity::ServerCpuCacheHitRate,
        "rise of cpu_prefix_cache_hits / rise of cpu_prefix_cache_queries over the load",
    ),
];

const TIME: usize = COUNTERS.len();
const GAUGES: usize = TIME + 1;

fn names() -> Vec<&'static str> {
    let counters = COUNTERS.iter().map(|counter| counter.column);
    counters.chain(["timestamp_sec"]).chain(Gauges::NAMES).collect()
}

/// Reads the file into one attachment.
pub(crate) fn read(stream: impl Read, file: u32) -> Result<Fragment, Refusal> {
    let names = names();
    let mut rows = CsvRows::new(stream, &names)?;
    let has: Vec<bool> = names.iter().map(|name| rows.has(name)).collect();
    if has[..COUNTERS.len()].iter().chain(&has[GAUGES..]).all(|has| !has) {
        return Err(Refusal::new("the header has none of the server's counters and gauges"));
    }
    let mut server = Server::new(has, rows.header().len());
    while let Some(row) = rows.next_row()? {
        server.take(row);
    }
    server.into_fragment(std::mem::take(&mut rows.problems), &names, file)
}

struct Server {
    has: Vec<bool>,
    width: usize,
    rows: u64,
    counters: Counters<{ COUNTERS.len() }>,
    gauges: Gauges,
    at_ns: Vec<i64>,
    preemptions: Vec<f64>,
    malformed: Tally,
    out_of_order: Tally,
}

/// One row; a value that was not sampled is `None`.
struct Sample {
    at: Option<i64>,
    counters: [Option<f64>; COUNTERS.len()],
    gauges: [Option<f64>; Gauges::N],
}

impl Server {
    fn new(has: Vec<bool>, width: usize) -> Self {
        Self {
            gauges: Gauges::new(&has[GAUGES..]),
            has,
            width,
            rows: 0,
            counters: Counters::new(),
            at_ns: Vec::new(),
            preemptions: Vec::new(),
            malformed: Tally::default(),
            out_of_order: Tally::default(),
        }
    }

    fn take(&mut self, row: &Row) {
        self.rows += 1;
        let Some(Sample { at, counters, gauges }) = self.sample(row) else {
            return self.malformed.add(row.line);
        };
        if let Some(at) = at {
            if self.at_ns.last().is_some_and(|last| at < *last) {
                return self.out_of_order.add(row.line);
            }
            self.at_ns.push(at);
        }
        let is_zero = |n: usize| counters[n] == Some(0.0);
        let unused = is_zero(GENERATED) && is_zero(SUCCEEDED);
        self.counters.take(&counters, Gauges::idle(&gauges), unused, row.line);
        self.gauges.take(gauges);
        self.preemptions.push(self.counters.rise(PREEMPTED));
    }

    /// The values of a row; `None` when one of them cannot be what it should be.
    fn sample(&self, row: &Row) -> Option<Sample> {
        if row.width != self.width || row.unclosed || row.too_long {
            return None;
        }
        let value = |n: usize| match row.get(n) {
            b"" => Some(None),
            _ => row.number(n).filter(|x| *x >= 0.0).map(Some),
        };
        let mut counters = [None; COUNTERS.len()];
        for (n, counter) in counters.iter_mut().enumerate() {
            *counter = value(n)?;
        }
        let mut gauges = [None; Gauges::N];
        for (n, gauge) in gauges.iter_mut().enumerate() {
            *gauge = value(GAUGES + n)?;
        }
        let at = if self.has[TIME] { Some(coerce::epoch_ns(row.number(TIME)?)?) } else { None };
        Some(Sample { at, counters, gauges })
    }

    fn into_fragment(
        mut self,
        noticed: Vec<Problem>,
        names: &[&'static str],
        file: u32,
    ) -> Result<Fragment, Refusal> {
        let left_out = self.malformed.count() + self.out_of_order.count();
        if self.rows > 0 && left_out == self.rows {
            return Err(Refusal::new(format!("none of the {left_out} rows can be read")));
        }
        let mut evidence = Evidence::default();
        evidence.identity.scenario_type = Some("agentic-coding".into());
        for problem in noticed.into_iter().chain(self.problems(names)) {
            evidence.problem(problem);
        }
        self.counted(&mut evidence);
        self.gauges.metrics(self.counters.lead_rows, &mut evidence.metrics);
        evidence.server = self.series();
        Ok(Fragment {
            kind: FragmentKind::Attachment { attach: Attach::Nearest, alone: true },
            format: SourceFormat::AgentxTraceReplay,
            artifact: ArtifactRef { role: SERVER_METRICS, file, base: "".into() },
            cell_id: None,
            folder_is_cell: true,
            rounding: 0.0,
            evidence: Box::new(evidence),
            table: None,
        })
    }

    /// Whether the server exports the counter, as far as the file can tell.
    fn exported(&self, n: usize) -> bool {
        let family = COUNTERS[n].family;
        let moved = |m: usize| COUNTERS[m].family == family && self.counters.nonzero(m);
        self.has[n] && (0..COUNTERS.len()).any(moved)
    }

    fn counted(&self, evidence: &mut Evidence) {
        for (n, Counter { quantity, formula, .. }) in COUNTERS.iter().enumerate() {
            if self.exported(n) {
                let rise = self.counters.rise(n);
                evidence.metrics.set(Metric::plain(*quantity), rise, Origin::derived(formula));
            }
        }
        for (hits, queries, quantity, formula) in RATES {
            let (hit, query) = (self.counters.rise(hits), self.counters.rise(queries));
            if query <= 0.0 || !self.has[hits] {
                continue;
            }
            if hit > query {
                let told = format!("{hit} hits of {query} queries: the hit rate is left out");
                let problem = Problem::warning(ProblemCode::LeftOut, COUNTERS[hits].column, told);
                evidence.problem(problem);
                continue;
            }
            evidence.metrics.set(Metric::plain(quantity), hit / query, Origin::derived(formula));
        }
    }

    fn problems(&self, names: &[&'static str]) -> Vec<Problem> {
        let mut problems = Vec::new();
        problems.extend(self.malformed.warning(
            ProblemCode::Malformed,
            "with missing cells or values that are no usable numbers; left out",
        ));
        problems.extend(
            self.out_of_order
                .warning(ProblemCode::LeftOut, "earlier than the row before; left out"),
        );
        if self.counters.base() == Some(Base::Missed) {
            let told = "the recording does not begin before the load: what the counters say of the time before the first row is lost";
            problems.push(Problem::warning(ProblemCode::Truncated, "", told));
        }
        for (line, fallen) in &self.counters.resets {
            let columns: Vec<_> = fallen.iter().map(|n| COUNTERS[*n].column).collect();
            let told = format!("{} fell; the rises before and after are added", columns.join(", "));
            problems.push(Problem::warning(
                ProblemCode::CounterReset,
                format!("line {line}"),
                told,
            ));
        }
        let more = &self.counters.more_resets;
        problems.extend(more.warning(ProblemCode::CounterReset, "more where counters fell"));
        let missing = names.iter().zip(&self.has).filter(|(_, has)| !**has).map(|(name, _)| *name);
        problems.extend(absent(missing, "no such column in this version of the file"));
        let silent = (0..COUNTERS.len()).filter(|n| self.has[*n] && !self.exported(*n));
        let silent = silent.map(|n| COUNTERS[n].column).chain(self.gauges.silent());
        if self.rows > 0 {
            problems.extend(absent(
                silent,
                "0 in every row or empty in some: not exported, or nothing happened",
            ));
        }
        problems
    }

    fn series(&mut self) -> Option<NodeSeries> {
        if self.at_ns.is_empty() {
            return None;
        }
        let mut series =
            NodeSeries { at_ns: std::mem::take(&mut self.at_ns), ..NodeSeries::default() };
        self.gauges.move_into(&mut series);
        if self.exported(PREEMPTED) {
            series.preemptions = std::mem::take(&mut self.preemptions);
        }
        Some(series)
    }
}

fn absent(columns: impl Iterator<Item = &'static str>, why: &str) -> Option<Problem> {
    let columns: Vec<_> = columns.collect();
    (!columns.is_empty()).then(|| {
        Problem::note(ProblemCode::LeftOut, columns[0], format!("{why}: {}", columns.join(", ")))
    })
}

macro_rules! gauge_texts {
    ($of:literal) => {
        [
            concat!("mean of ", $of, " from the first to the last busy row"),
            concat!("largest ", $of, " from the first to the last busy row"),
        ]
    };
}

impl Gauges {
    /// Mean and peak of the gauges while the load ran.
    fn metrics(&self, lead_rows: usize, metrics: &mut inferguard_model::MetricSet) {
        for (quantity, values) in self.during_load(lead_rows) {
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            let peak = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let [mean_text, peak_text] = match quantity {
                Quantity::KvCacheUsage => gauge_texts!("kv_cache_usage_pct / 100"),
                Quantity::RequestsRunning => gauge_texts!("num_requests_running"),
                _ => gauge_texts!("num_requests_waiting"),
            };
            metrics.set(Metric::new(Stat::Mean, quantity), mean, Origin::derived(mean_text));
            metrics.set(Metric::new(Stat::Max, quantity), peak, Origin::derived(peak_text));
        }
        if let Some(last) = self.last_cpu_pct() {
            metrics.set(
                Metric::plain(Quantity::CpuKvCacheUsagePct),
                last,
                Origin::derived("cpu_kv_cache_usage_pct of the last row, as the producer takes it"),
            );
        }
    }
}
