//! The columns of the matrix: what tells cells apart, then what was measured.

use inferguard_model::{Metric, Quantity};
use inferguard_schema::{Mark, Series};

use super::{Candidate, Field, Row, any, requests, scalar};
use crate::number::{MISSING, exact, in_millis, measure, millis, money, percent};
use crate::overview::metric;

/// Every column that says something of one row at least.
pub(super) fn of(rows: &[Row], footnotes: &mut Vec<&'static str>) -> Vec<Candidate> {
    let mut columns = identity(rows);
    columns.push(loads(rows));
    let requests: Vec<_> = rows.iter().map(|row| requests(row.cell)).collect();
    if requests.iter().any(Option::is_some) {
        let fields = requests.into_iter().zip(rows).map(|(text, _)| match text {
            Some(text) => plain(text),
            None => missing("no source states request counts", footnotes),
        });
        columns.push(Candidate {
            heading: "Requests ok".into(),
            number: true,
            fields: fields.collect(),
        });
    }
    for (heading, name, format) in metrics(rows) {
        let fields = rows.iter().map(|row| value(row, &name, format, footnotes)).collect();
        columns.push(Candidate { heading, number: true, fields });
    }
    columns
}

fn plain(text: String) -> Field {
    Field { text, mark: "", footnote: None }
}

/// A missing value; equal reasons share a footnote.
fn missing(reason: &'static str, footnotes: &mut Vec<&'static str>) -> Field {
    let at = footnotes.iter().position(|held| *held == reason).unwrap_or_else(|| {
        footnotes.push(reason);
        footnotes.len() - 1
    });
    Field { text: MISSING.to_owned(), mark: "", footnote: Some(at + 1) }
}

/// The run and the keys of the configurations, in the order in which they first occur.
fn identity(rows: &[Row]) -> Vec<Candidate> {
    let mut keys: Vec<&str> = Vec::new();
    let mut last: Option<&Series> = None;
    for series in rows.iter().filter_map(|row| row.series) {
        if last.is_some_and(|last| std::ptr::eq(last, series)) {
            continue;
        }
        last = Some(series);
        for (key, value) in &series.configuration.keys.0 {
            if scalar(value).is_some() && !keys.contains(&&**key) {
                keys.push(key);
            }
        }
    }
    let column = |heading: &str, text: &dyn Fn(&Row) -> Option<String>| Candidate {
        heading: heading.to_owned(),
        number: false,
        fields: rows.iter().map(|row| plain(text(row).unwrap_or_else(|| MISSING.into()))).collect(),
    };
    let mut columns = Vec::new();
    if keys.is_empty() {
        // Cells in no series name themselves.
        columns.push(column("Model", &|row| row.cell.model.clone()));
        columns.push(column("Hardware", &|row| row.cell.hardware.clone()));
        columns.push(column("Framework", &|row| row.cell.framework.clone()));
        columns.push(column("Precision", &|row| row.cell.precision.clone()));
    }
    for key in keys {
        let of = |row: &Row| scalar(row.series?.configuration.keys.get(key)?);
        columns.push(column(&heading_of(key), &of));
    }
    // One run without a name says nothing.
    if rows.iter().any(|row| row.cell.run.as_deref().is_some_and(|run| run != ".")) {
        columns
            .push(column("Run", &|row| Some(super::names::run(row.cell.run.as_deref()?).into())));
    }
    columns.retain(|column| column.fields.iter().any(|field| field.text != MISSING));
    columns
}

/// `spec_decoding` as a heading.
fn heading_of(key: &str) -> String {
    super::names::capital(&key.replace('_', " "))
}

/// The axis of a row's load: what its series says, else which load the cell has.
fn axis<'a>(row: &Row<'a>) -> Option<&'a str> {
    match row.series {
        Some(series) => series.load_axis.as_deref(),
        None if row.cell.concurrency.is_some() => Some("concurrency"),
        None => row.cell.request_rate.map(|_| "request_rate"),
    }
}

/// The column of the loads; rows of different axes name theirs.
fn loads(rows: &[Row]) -> Candidate {
    let mut axes = rows.iter().filter_map(axis);
    let first = axes.next();
    let mixed = axes.any(|other| Some(other) != first);
    let text = |row: &Row| match (row.load, axis(row)) {
        (Some(load), Some(axis)) if mixed => format!("{} {}", exact(load), axis.replace('_', " ")),
        (load, _) => load.map_or(MISSING.to_owned(), exact),
    };
    let heading = match first {
        _ if mixed => "Load",
        Some("concurrency") => "Users",
        Some("request_rate") => "Rate (req/s)",
        _ => "Load",
    };
    let fields = rows.iter().map(|row| plain(text(row))).collect();
    Candidate { heading: heading.to_owned(), number: true, fields }
}

type Format = fn(f64) -> String;

/// Statistics for a typical request and for a slow one, most wanted first.
const CENTER: [&str; 2] = ["p50", "mean"];
const TAIL: [&str; 3] = ["p99", "p95", "p90"];

/// Heading, metric and format of the columns of numbers that any row has.
fn metrics(rows: &[Row]) -> Vec<(String, String, Format)> {
    let mut columns = Vec::new();
    for (quantity, title, unit, format) in [
        ("ttft", "TTFT", "ms", millis as Format),
        ("tpot", "TPOT", "ms", millis),
        ("e2el", "E2EL", "s", measure),
    ] {
        let mut names: Vec<&str> = Vec::new();
        names.extend(most_common(rows, &CENTER, quantity));
        // Guidelines of the field speak of the mean.
        if quantity == "tpot" && !names.contains(&"mean") && any(rows, "mean_tpot") {
            names.push("mean");
        }
        names.extend(most_common(rows, &TAIL, quantity));
        for statistic in names {
            let heading = format!("{title} {statistic} ({unit})");
            columns.push((heading, format!("{statistic}_{quantity}"), format));
        }
    }
    for (name, heading, format) in RATES {
        if any(rows, name) {
            columns.push((heading.to_owned(), name.to_owned(), format));
        }
    }
    columns
}

const RATES: [(&str, &str, Format); 16] = [
    ("intvty", "Interactivity (tok/s/user)", measure),
    ("total_tput_tps", "Total (tok/s)", measure),
    ("output_tput_tps", "Output (tok/s)", measure),
    ("tput_per_gpu", "Total (tok/s/GPU)", measure),
    ("system_output_tput_per_gpu", "Output (tok/s/GPU)", measure),
    ("qps", "Requests/s", measure),
    ("goodput_rps", "Goodput (req/s)", measure),
    ("good_fraction", "Good", percent),
    ("mean_kv_cache_usage", "KV cache mean", percent),
    ("mean_requests_waiting", "Waiting mean", measure),
    ("server_gpu_cache_hit_rate", "GPU cache hits", percent),
    ("server_cpu_cache_hit_rate", "CPU cache hits", percent),
    ("joules_per_output_token", "Energy (J/output token)", measure),
    ("cost_per_million_total_tokens", "Cost per M tokens", money),
    ("duration_seconds", "Duration (s)", measure),
    ("num_gpus", "GPUs", exact),
];

/// The statistic that most rows have; the earlier one when equal.
fn most_common<'s>(rows: &[Row], statistics: &[&'s str], quantity: &str) -> Option<&'s str> {
    let mut best = (0, None);
    for statistic in statistics {
        let name = format!("{statistic}_{quantity}");
        let having = rows.iter().filter(|row| metric(row.cell, &name).is_some()).count();
        if having > best.0 {
            best = (having, Some(*statistic));
        }
    }
    best.1
}

fn value(row: &Row, name: &str, format: Format, footnotes: &mut Vec<&'static str>) -> Field {
    let Some(value) = metric(row.cell, name) else {
        return missing(why_missing(row, name), footnotes);
    };
    let mark = match row.cell.marks.get(name) {
        Some(Mark::Good) => "g",
        Some(Mark::Acceptable) => "a",
        Some(Mark::Concerning) => "c",
        None => "",
    };
    Field { text: format(value), mark, footnote: None }
}

/// What the report knows of a number that is not there.
fn why_missing(row: &Row, name: &str) -> &'static str {
    use inferguard_schema::CompletionStatus::Failed;
    let quantity = Metric::parse(name).map(|metric| metric.quantity);
    let per_gpu = matches!(
        quantity,
        Some(Quantity::TputPerGpu | Quantity::SystemOutputTputPerGpu | Quantity::NumGpus)
    );
    if row.cell.completion.status == Failed {
        "no request succeeded"
    } else if per_gpu && metric(row.cell, "num_gpus").is_none() {
        "the GPU count is not known"
    } else if quantity.is_some_and(in_millis)
        && row.cell.problems.iter().any(|problem| problem.at.ends_with(name))
    {
        "left out while reading: see the problems of the cell"
    } else {
        "the files of the cell do not state it"
    }
}
