//! `benchmark-rollup.json`: a row for each load level, made from the results.
//!
//! Before 2026-08-07 percentiles, token totals and lengths are null: the writer looked for keys that
//! the results do not have.

use inferguard_model::{
    ArtifactRef, Fragment, FragmentKind, Metric, Origin, Place, Problem, ProblemCode, Quantity,
    Rank, Role, SourceFormat, Stat, names,
};
use inferguard_source::json::Shape;
use inferguard_source::{Content, Document, Refusal};

/// Rows read of one file.
const MOST_ROWS: usize = 10_000;

/// Numbers of a row: key, metric, how many of its units are one of the metric.
const NUMBERS: [(&str, Metric, f64); 13] = [
    // The output throughput, whatever its name promises.
    ("throughput_toks", Metric::plain(Quantity::OutputTput), 1.0),
    ("total_throughput_toks", Metric::plain(Quantity::TotalTput), 1.0),
    ("request_throughput", Metric::plain(Quantity::Qps), 1.0),
    ("ttft_mean_ms", Metric::new(Stat::Mean, Quantity::Ttft), 1e3),
    ("ttft_p99_ms", Metric::new(Stat::P99, Quantity::Ttft), 1e3),
    ("tpot_mean_ms", Metric::new(Stat::Mean, Quantity::Tpot), 1e3),
    ("tpot_p99_ms", Metric::new(Stat::P99, Quantity::Tpot), 1e3),
    ("itl_mean_ms", Metric::new(Stat::Mean, Quantity::Itl), 1e3),
    ("itl_p99_ms", Metric::new(Stat::P99, Quantity::Itl), 1e3),
    ("e2el_mean_ms", Metric::new(Stat::Mean, Quantity::E2el), 1e3),
    ("e2el_p99_ms", Metric::new(Stat::P99, Quantity::E2el), 1e3),
    ("total_input_tokens", Metric::plain(Quantity::TotalInputTokens), 1.0),
    ("total_output_tokens", Metric::plain(Quantity::TotalOutputTokens), 1.0),
];

/// Whether a document of these keys is one.
pub(crate) fn is_rollup(shape: &Shape) -> bool {
    shape.has_all(&["benchmark_type", "timestamp", "config"]) && shape.has_any(&["runs", "data"])
}

/// The results of a file, and what was noticed.
pub(crate) type Rows = (Vec<Fragment>, Vec<Problem>);

/// Reads the file; `None` for the form that repeats one export of AIPerf, which lies beside it.
pub(crate) fn read(file: u32, content: &mut Content) -> Result<Option<Rows>, Refusal> {
    let mut document = Document::read(content, |path| path == "data")?;
    if !document.has_below("runs") {
        return if document.text("benchmark_type").is_some() {
            Ok(None)
        } else {
            Err(Refusal::new("no list of `runs`"))
        };
    }
    let rows = document.elements("runs").min(MOST_ROWS);
    let all: Vec<Fragment> = (0..rows).map(|n| row(file, &mut document, n)).collect();
    let fragments = with_numbers(all, &mut document.problems);
    Ok(Some((fragments, document.problems)))
}

fn row(file: u32, document: &mut Document, n: usize) -> Fragment {
    let at = |key: &str| format!("runs/{n}/{key}");
    let mut fragment = result(file, Role::ROLLUP_JSON, format!("/runs/{n}"));
    let known = &mut fragment.evidence;
    known.completion.successful = document.count(&at("completed_requests"));
    // Latencies without a success are zeros that nobody measured.
    if known.completion.successful != Some(0) {
        for (key, metric, divisor) in NUMBERS {
            if let Some(value) = document.number(&at(key)) {
                known.metrics.set(
                    metric,
                    value / divisor,
                    Origin { artifact: 0, place: Place::Key(key) },
                );
            }
        }
    }
    let small = |n: Option<u64>| n.and_then(|n| u32::try_from(n).ok()).filter(|n| *n > 0);
    let identity = &mut known.identity;
    identity.load.concurrency = small(document.count(&at("concurrency")));
    identity.isl = small(document.count("config/isl"));
    identity.osl = small(document.count("config/osl"));
    identity.scenario_type = Some("fixed-length".into());
    let model = document.text("config/model").map(str::to_owned);
    identity.model = names::model(None, model.as_deref(), None);
    identity.as_written.model = model;
    fragment
}

/// The rows that measure something; what else stands there is told.
pub(crate) fn with_numbers(rows: Vec<Fragment>, problems: &mut Vec<Problem>) -> Vec<Fragment> {
    let measures = |row: &Fragment| {
        let known = &row.evidence;
        !known.metrics.is_empty() || known.completion.successful.is_some()
    };
    let (kept, empty): (Vec<_>, Vec<_>) = rows.into_iter().partition(measures);
    let told = |row: &Fragment| {
        let what = "a row without a number was left out";
        Problem::warning(ProblemCode::LeftOut, row.artifact.base.clone(), what)
    };
    problems.extend(empty.iter().take(inferguard_source::limits::PROBLEMS_KEPT).map(told));
    kept
}

/// A result of a job that is a part of a file.
pub(crate) fn result(file: u32, role: Role, base: String) -> Fragment {
    Fragment {
        kind: FragmentKind::Result(Rank::Summary),
        format: SourceFormat::SrtSlurm,
        artifact: ArtifactRef { role, file, base: base.into() },
        cell_id: None,
        folder_is_cell: false,
        rounding: 0.0,
        evidence: Box::default(),
        table: None,
    }
}
