//! `profile_export_aiperf.json` of AIPerf 0.1.1 to 0.13 and `profile_export_genai_perf.json`: what
//! the producer says of its run.
//!
//! A metric is an object that holds a `unit`; 0.1.1 nests them under `records`, later versions put
//! them beside the other keys. The window of the rates is `benchmark_duration` up to 0.11 and the
//! length of the phase from 0.12 on, which is a little longer. Forks mix the two, so it is told by
//! the numbers: requests ÷ their rate.

use inferguard_model::{
    Completion, Dataset, Ending, Evidence, Fragment, Metric, MetricEntry, MetricSet, Origin,
    Problem, ProblemCode, Quantity, Rank, Role, Scalar, SourceFormat, Stat,
};
use inferguard_source::{Content, Refusal, shorten};

use crate::folder::Source;
use crate::metrics::{self, STATS, TAGS};
use crate::{config, telemetry};
use inferguard_source::Document;

/// Reasons of failures that are kept; a run has a handful.
const REASONS: usize = 20;

/// Relative difference below which two durations are one.
const SAME: f64 = 1e-9;

/// Reads a summary into a result.
pub(crate) fn read(
    content: &mut Content,
    source: Source<'_>,
    format: SourceFormat,
) -> Result<Fragment, Refusal> {
    let document = Document::read(content, skips)?;
    let role = match format {
        SourceFormat::GenaiPerf => Role::GENAI_PERF_JSON,
        _ => Role::AIPERF_JSON,
    };
    let evidence = evidence(document, format)?;
    Ok(source.result(Rank::Summary, format, role, evidence))
}

/// Warm-up numbers, and parts that no metric comes from.
fn skips(path: &str) -> bool {
    matches!(
        path,
        "warmup_metrics" | "pooled_spec_decode_acceptance_histogram" | "sessions" | "branch_stats"
    )
}

fn evidence(mut document: Document, format: SourceFormat) -> Result<Evidence, Refusal> {
    let nested = document.has_below("records");
    let numbers = numbers(&mut document, if nested { "records/" } else { "" });
    if numbers.is_empty() && !document.has_below("input_config") {
        return Err(Refusal::new("no metric with a unit, and no input_config"));
    }
    let mut evidence = Evidence::default();
    identity(&mut evidence, &mut document, format);
    evidence.metrics = MetricSet::from_entries(numbers);
    let mut counts = Counts::read(&mut document, if nested { "records/" } else { "" });
    if format == SourceFormat::GenaiPerf {
        counts.forget_failures();
    }
    failures(&mut evidence, &mut counts, &mut document);
    counts.fill(&mut evidence, &document);
    telemetry::fill(&mut evidence, &mut document);
    derive(&mut evidence, counts.benchmark_duration, 0.0);
    telemetry::derive(&mut evidence, &mut document);
    state(&mut evidence, &mut document);
    for problem in std::mem::take(&mut document.problems) {
        evidence.problem(problem);
    }
    Ok(evidence)
}

/// The numbers of all tags that are read.
pub(crate) fn numbers(document: &mut Document, root: &str) -> Vec<MetricEntry> {
    let mut out = Vec::with_capacity(128);
    let mut problems = Vec::new();
    for tag in TAGS {
        let path = format!("{root}{}", tag.name);
        let Some(unit) = document.text(&format!("{path}/unit")).map(str::to_owned) else {
            continue;
        };
        let mut values = Vec::with_capacity(STATS.len());
        for stat in STATS {
            if let Some(value) = document.number(&format!("{path}/{stat}")) {
                values.push((stat, value));
            }
        }
        let place = |stat: &str| format!("{path}/{stat}").into();
        metrics::take(tag.becomes, &unit, &values, &place, &mut out, &mut problems);
    }
    document.problems.append(&mut problems);
    out
}

fn identity(evidence: &mut Evidence, document: &mut Document, format: SourceFormat) {
    config::fill(evidence, document, "input_config");
    config::keep_variation(evidence, document, "run_info");
    let version = document.text_of(&["aiperf_version", "input_config/aiperf_version"]);
    evidence.identity.harness = Some(match (format, version) {
        (SourceFormat::GenaiPerf, _) => "genai-perf".to_owned(),
        (_, Some(version)) => format!("aiperf {version}"),
        // Neither key nor number says which of them.
        (_, None) => "aiperf before 0.4".to_owned(),
    });
    // Where the run replays a public data set, its origin tells more than the loader's name.
    let dataset = document
        .text_of(&["metadata/dataset/hf_dataset_name", "metadata/dataset/loader"])
        .map(str::to_owned);
    if let Some(name) = dataset {
        let entries = document.count("metadata/dataset/num_dataset_entries");
        evidence.identity.dataset = Some(Dataset { name, entries });
    }
    if document.text("metadata/scenario").is_some_and(config::is_agentic) {
        evidence.identity.scenario_type = Some("agentic-coding".into());
    }
    if evidence.identity.scenario_type.as_deref() == Some("agentic-coding") {
        (evidence.identity.isl, evidence.identity.osl) = (None, None);
    }
    // Without a stream no first token is measured, whatever the configuration leaves unsaid.
    if evidence.identity.streaming.is_none() && !document.has_below("time_to_first_token") {
        evidence.identity.streaming = document.has_below("request_latency").then_some(false);
    }
    if document.get("metadata/submission_valid") == Some(&Scalar::Bool(false)) {
        let told = "the producer says that the run does not keep to its scenario";
        evidence.problem(Problem::warning(
            ProblemCode::Conflict,
            "metadata/submission_valid",
            told,
        ));
    }
}

/// Request counts as a summary states them.
pub(crate) struct Counts {
    successful: Option<u64>,
    /// Failed requests, the cancelled ones among them; absent when there are none.
    failed: Option<u64>,
    cancelled: u64,
    good: Option<f64>,
    benchmark_duration: Option<f64>,
}

impl Counts {
    fn read(document: &mut Document, root: &str) -> Self {
        let mut plain = |tag: &str| document.number(&format!("{root}{tag}/avg"));
        let count = |n: f64| (n >= 0.0 && n.fract() == 0.0).then_some(n as u64);
        let successful = plain("request_count").and_then(count);
        let failed = plain("error_request_count").and_then(count);
        let good = plain("good_request_count");
        let benchmark_duration = plain("benchmark_duration");
        Self::of(successful, failed, good, benchmark_duration)
    }

    /// A run in which nothing failed has no count of failures.
    pub(crate) fn of(
        successful: Option<u64>,
        failed: Option<u64>,
        good: Option<f64>,
        benchmark_duration: Option<f64>,
    ) -> Self {
        // A run in which nothing succeeded has no count of successes either.
        let successful = successful.or(failed.map(|_| 0));
        let failed = failed.or(successful.map(|_| 0));
        Self { successful, failed, cancelled: 0, good, benchmark_duration }
    }

    /// Cancelled on purpose is apart from failed: such requests are in no count but that of goodput.
    fn fill(&self, evidence: &mut Evidence, document: &Document) {
        evidence.completion = self.completion();
        self.good_fraction(evidence);
        let keep = |evidence: &mut Evidence, key: &str, value: Option<f64>| {
            if let Some(value) = value {
                evidence.extra.push((key.into(), Scalar::Float(value)));
            }
        };
        keep(evidence, "benchmark_duration_seconds", self.benchmark_duration);
        for (path, key) in [
            ("context_overflow_count/avg", "context_overflow_count"),
            ("credit_to_start_latency/avg", "credit_to_start_latency_ms/avg"),
            ("credit_to_start_latency/p99", "credit_to_start_latency_ms/p99"),
            ("inter_chunk_latency/avg", "inter_chunk_latency_ms/avg"),
            ("inter_chunk_latency/p50", "inter_chunk_latency_ms/p50"),
            ("inter_chunk_latency/p99", "inter_chunk_latency_ms/p99"),
            ("osl_mismatch_count/avg", "osl_mismatch_count"),
            ("usage_discrepancy_count/avg", "usage_discrepancy_count"),
        ] {
            if let Some(value) = document.get(path) {
                evidence.extra.push((key.into(), value.clone()));
            }
        }
        if self.cancelled > 0 {
            let told = Scalar::Int(i64::try_from(self.cancelled).unwrap_or(i64::MAX));
            evidence.extra.push(("cancelled_request_count".into(), told));
        }
    }

    /// Of a producer that counts no failures.
    pub(crate) fn forget_failures(&mut self) {
        self.failed = None;
    }

    pub(crate) fn completion(&self) -> Completion {
        let attempts = self.successful.zip(self.failed).map(|(ok, failed)| ok + failed);
        Completion {
            total: attempts.map(|all| all.saturating_sub(self.cancelled)),
            successful: self.successful,
            warmup: None,
        }
    }

    pub(crate) fn benchmark_duration(&self) -> Option<f64> {
        self.benchmark_duration
    }

    /// The share of all attempts, which versions before 0.9 leave to the reader.
    pub(crate) fn good_fraction(&self, evidence: &mut Evidence) {
        let attempts = self.successful.zip(self.failed).map(|(ok, failed)| (ok + failed) as f64);
        let share = self.good.zip(attempts.filter(|n| *n > 0.0)).map(|(good, all)| good / all);
        if let Some(share) = share {
            let formula = "good_request_count / (request_count + error_request_count)";
            let metric = Metric::plain(Quantity::GoodFraction);
            evidence.metrics.set_if_absent(metric, share, Origin::derived(formula));
        }
    }
}

/// Reads why requests failed, and which of them were cancelled on purpose.
fn failures(evidence: &mut Evidence, counts: &mut Counts, document: &mut Document) {
    let planned = evidence.identity.cancellation.is_some();
    let reasons = document.elements("error_summary");
    for n in 0..reasons {
        let at = format!("error_summary/{n}");
        let Some(count) = document.count(&format!("{at}/count")) else { continue };
        let code = document.number(&format!("{at}/error_details/code"));
        let kind = document.text(&format!("{at}/error_details/type")).unwrap_or("error").to_owned();
        let message = document.text(&format!("{at}/error_details/message")).unwrap_or_default();
        // Cancelled requests carry this code from the client; a server's own 499 is of another type.
        let cancelled = code == Some(499.0) && kind.contains("Cancel");
        if cancelled && planned {
            counts.cancelled = counts.cancelled.saturating_add(count);
        }
        if n < REASONS {
            let code = code.map_or(String::new(), |code| format!("{code} "));
            let told = format!("{count} × {code}{kind}: {message}");
            evidence.extra.push((at.into(), Scalar::Text(shorten(&told).into())));
        }
    }
    if reasons > REASONS {
        let told = format!("{} more reasons of failures are left out", reasons - REASONS);
        evidence.problem(Problem::note(ProblemCode::Limit, "error_summary", told));
    }
}

/// What follows from the numbers: the window, rates of older versions, interactivity, rates a user.
///
/// `rounding` is half the last digit of what is written.
pub(crate) fn derive(evidence: &mut Evidence, benchmark_duration: Option<f64>, rounding: f64) {
    let plain = |evidence: &Evidence, q| evidence.metrics.get(Metric::plain(q));
    let mut derived: Vec<(Metric, f64, &'static str)> = Vec::new();
    let duration = window(evidence, benchmark_duration, rounding);
    match duration {
        Some(Window::Stated(seconds)) => {
            let place = Origin {
                artifact: 0,
                place: inferguard_model::Place::Path("benchmark_duration/avg".into()),
            };
            evidence.metrics.set(Metric::plain(Quantity::Duration), seconds, place);
        }
        Some(Window::OfRates(seconds)) => derived.push((
            Metric::plain(Quantity::Duration),
            seconds,
            "request_count / request_throughput: the window that the producer's rates divide by",
        )),
        None => {}
    }
    let seconds = duration.map(Window::seconds).filter(|seconds| *seconds > 0.0);
    for (quantity, lengths, formula) in [
        (Quantity::TotalInputTokens, Quantity::Isl, "mean_isl × successful requests"),
        (Quantity::TotalOutputTokens, Quantity::Osl, "mean_osl × successful requests"),
    ] {
        let mean = evidence.metrics.get(Metric::new(Stat::Mean, lengths));
        let done = evidence.completion.successful;
        if let Some((mean, done)) = mean.zip(done) {
            let total = (mean * done as f64).round();
            evidence.metrics.set_if_absent(
                Metric::plain(quantity),
                total,
                Origin::derived(formula),
            );
        }
    }
    let input = plain(evidence, Quantity::InputTput).or_else(|| {
        let rate = plain(evidence, Quantity::TotalInputTokens)? / seconds?;
        derived.push((
            Metric::plain(Quantity::InputTput),
            rate,
            "total_input_tokens / duration_seconds",
        ));
        Some(rate)
    });
    if let Some((input, output)) = input.zip(plain(evidence, Quantity::OutputTput)) {
        let formula = "input_tput_tps + output_tput_tps";
        derived.push((Metric::plain(Quantity::TotalTput), input + output, formula));
    }
    let load = evidence.identity.load;
    let users = load.concurrency.filter(|_| load.request_rate.is_none()).map(f64::from);
    if let Some((rate, users)) = plain(evidence, Quantity::OutputTput).zip(users) {
        let formula = "output_tput_tps / concurrency";
        derived.push((Metric::plain(Quantity::TputPerUser), rate / users, formula));
    }
    interactivity(evidence, &mut derived);
    for (metric, value, formula) in derived {
        evidence.metrics.set_if_absent(metric, value, Origin::derived(formula));
    }
}

/// Interactivity is 1 / TPOT of the same statistic; the default one is that of the median.
fn interactivity(evidence: &Evidence, derived: &mut Vec<(Metric, f64, &'static str)>) {
    let of_tpot = evidence
        .metrics
        .iter()
        .filter(|entry| entry.metric.quantity == Quantity::Tpot && entry.value > 0.0)
        .filter(|entry| matches!(entry.metric.stat, Stat::Mean | Stat::Percentile(_)));
    for entry in of_tpot {
        let metric = Metric::new(entry.metric.stat, Quantity::Intvty);
        derived.push((metric, 1.0 / entry.value, "1 / tpot of the same statistic"));
    }
    let default = [(Stat::P50, "p50_intvty"), (Stat::Mean, "mean_intvty")].into_iter().find_map(
        |(stat, from)| {
            let tpot = evidence.metrics.get(Metric::new(stat, Quantity::Tpot))?;
            (tpot > 0.0).then_some((1.0 / tpot, from))
        },
    );
    if let Some((value, from)) = default {
        derived.push((Metric::plain(Quantity::Intvty), value, from));
    }
}

/// The window that the rates divide by.
#[derive(Debug, Clone, Copy)]
enum Window {
    /// `benchmark_duration` itself.
    Stated(f64),
    /// What the rates say.
    OfRates(f64),
}

impl Window {
    fn seconds(self) -> f64 {
        match self {
            Self::Stated(seconds) | Self::OfRates(seconds) => seconds,
        }
    }
}

fn window(evidence: &Evidence, benchmark_duration: Option<f64>, rounding: f64) -> Option<Window> {
    let done = evidence.completion.successful.filter(|n| *n > 0)? as f64;
    let rate = evidence.metrics.get(Metric::plain(Quantity::Qps)).filter(|rate| *rate > 0.0);
    let of_rates = rate.map(|rate| done / rate);
    let (Some(stated), Some(of_rates)) = (benchmark_duration, of_rates) else {
        return of_rates.map(Window::OfRates).or(benchmark_duration.map(Window::Stated));
    };
    let rate = done / of_rates;
    let step = SAME * stated + rounding * (1.0 + of_rates / rate);
    // Of two rounded numbers the larger one has lost less.
    let is_stated = (stated - of_rates).abs() <= step && (rounding == 0.0 || stated >= rate);
    Some(if is_stated { Window::Stated(stated) } else { Window::OfRates(of_rates) })
}

/// Whether the run was stopped, or ended before all was done.
fn state(evidence: &mut Evidence, document: &mut Document) {
    let stopped = document.truth("was_cancelled");
    let complete = document.truth("is_complete");
    evidence.ending = match (stopped, complete) {
        (Some(true), _) => Some(Ending::Cut("it was stopped by hand".into())),
        (_, Some(false)) => {
            let why = document.text("incomplete_reason").map(shorten);
            let why = why.unwrap_or_else(|| "the producer gives no reason".into());
            Some(Ending::Cut(why.into()))
        }
        (None, None) => None,
        _ => Some(Ending::Whole),
    };
    // Doubles hold epoch nanoseconds to 256 ns only: good for a window, not for a duration.
    let first = document.number("min_request_timestamp/avg");
    let last = document.number("max_response_timestamp/avg");
    if let Some((first, last)) = first.zip(last)
        && (1e18..9e18).contains(&first)
        && (first..9e18).contains(&last)
    {
        evidence.window_ns = Some((first as i64, last as i64));
    }
}
