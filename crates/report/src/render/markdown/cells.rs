//! Per-cell results: each cell on its own, those with findings first.

use std::borrow::Cow;
use std::cmp::Reverse;

use inferguard_model::Metric;
use inferguard_schema::{ArtifactPaths, Cell, Eval, Value};

use super::page::{Column, Page, listed};
use super::{CELL_BLOCKS, LIST_ITEMS, executive};
use crate::escape::{code, prose};
use crate::number::{MISSING, count, counted, exact, measure, millis, percent, with_unit};
use crate::overview::{Overview, metric};
use crate::wording;

pub(super) fn section(overview: &Overview, page: &mut Page) {
    let cells = &overview.report.cells;
    if cells.is_empty() {
        page.paragraph("No cell was found.");
        return;
    }
    let findings_of = |cell: &Cell| overview.findings_of(&cell.cell_id);
    let has_findings = |cell: &&Cell| !findings_of(cell).is_empty();
    let mut worst: Vec<&Cell> = cells.iter().filter(has_findings).collect();
    worst.sort_by_cached_key(|cell| {
        let findings = findings_of(cell);
        (Reverse(findings.first().map(|f| f.severity)), Reverse(findings.len()))
    });
    let others = cells.iter().filter(|cell| !has_findings(cell));
    for cell in worst.into_iter().chain(others).take(CELL_BLOCKS) {
        block(overview, page, cell);
    }
    if cells.len() > CELL_BLOCKS {
        let more = counted(cells.len() - CELL_BLOCKS, "more cell", "more cells");
        page.paragraph(&format!("{more}: see `report.json`."));
    }
}

fn block(overview: &Overview, page: &mut Page, cell: &Cell) {
    page.heading(3, &code(&cell.cell_id));
    let mut facts = vec![identity(cell), requests(cell)];
    let topology = cell.topology.0.iter().filter(|(_, value)| *value != Value::Null);
    let topology: Vec<_> =
        topology.map(|(key, value)| format!("{} {}", prose(key), scalar(value))).collect();
    if !topology.is_empty() {
        facts.push(format!("Topology: {}", topology.join(", ")));
    }
    facts.push(artifacts(cell));
    facts.extend(rates(cell));
    facts.extend(others(cell));
    facts.extend(cell.evals.iter().take(LIST_ITEMS).map(eval));
    facts.extend(
        cell.cost
            .iter()
            .map(|cost| format!("Cost: {}", wording::cost(cost, &prose(&cost.currency)))),
    );
    let total = facts.len();
    page.bullets(facts, total, usize::MAX);
    latency_table(page, cell);
    findings(overview, page, cell);
    problems(page, cell);
}

fn identity(cell: &Cell) -> String {
    let named = [
        &cell.model,
        &cell.hardware,
        &cell.framework,
        &cell.precision,
        &cell.scenario_type,
        &cell.recipe_name,
        &cell.image,
    ];
    let mut parts: Vec<_> = named.into_iter().flatten().map(|name| code(name)).collect();
    // A bare `none` would not say what there is none of.
    for (what, name) in [("speculative", &cell.spec_decoding), ("offload", &cell.offloading)] {
        let used = name.as_deref().filter(|name| *name != "none");
        parts.extend(used.map(|name| format!("{what} {}", code(name))));
    }
    if let (Some(isl), Some(osl)) = (cell.isl, cell.osl) {
        parts.push(format!("ISL {} / OSL {}", count(isl), count(osl)));
    }
    parts.extend(cell.dataset.iter().map(|dataset| code(&dataset.name)));
    parts.extend(cell.concurrency.map(|n| format!("concurrency {}", count(n))));
    parts.extend(cell.request_rate.map(|rate| format!("{} req/s asked", exact(rate))));
    parts.push(format!("read as {}", code(&cell.source_format)));
    parts.join(" · ")
}

fn requests(cell: &Cell) -> String {
    let completion = &cell.completion;
    let counts = completion.num_requests_successful.zip(completion.num_requests_total);
    let parts = [
        Some(format!("Requests: {}", completion.status.name())),
        counts.map(|(ok, total)| format!("{} of {} succeeded", count(ok), count(total))),
        completion.success_rate.map(|rate| format!("success rate {}", percent(rate))),
        completion.num_requests_warmup.map(|n| format!("{} more for warm-up", count(n))),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn artifacts(cell: &Cell) -> String {
    let text = |(role, paths): &(Cow<'static, str>, ArtifactPaths)| {
        let paths = match paths {
            ArtifactPaths::One(path) => Some(code(path)),
            ArtifactPaths::Many(paths) => listed(paths, LIST_ITEMS, ", ", |path| code(path)),
            ArtifactPaths::None => None,
        };
        format!("{} {}", prose(role), paths.as_deref().unwrap_or("missing"))
    };
    let paths = listed(&cell.artifacts.0, 2 * LIST_ITEMS, "; ", text);
    format!("Artifacts: {}", paths.as_deref().unwrap_or("none"))
}

/// Metrics of the line of rates, and what they are besides their unit.
const RATES: [(&str, &str); 8] = [
    ("output_tput_tps", "output"),
    ("total_tput_tps", "in and out"),
    ("tput_per_gpu", "in and out"),
    ("system_output_tput_per_gpu", "output"),
    ("qps", "done"),
    ("goodput_rps", "within the SLO"),
    ("num_gpus", "GPUs"),
    ("duration_seconds", "measured"),
];

fn rates(cell: &Cell) -> Option<String> {
    let shown = RATES.into_iter().filter_map(|(name, what)| {
        let value = metric(cell, name)?;
        Some(format!("{} {what}", with_unit(Metric::parse(name)?, value)))
    });
    let shown: Vec<_> = shown.collect();
    (!shown.is_empty()).then(|| format!("Rates: {}", shown.join(" · ")))
}

type Format = fn(f64) -> String;

/// Quantity, title and format of the rows of the latency table.
const LATENCIES: [(&str, &str, Format); 5] = [
    ("ttft", "TTFT (ms)", millis),
    ("tpot", "TPOT (ms)", millis),
    ("itl", "ITL (ms)", millis),
    ("e2el", "E2EL (s)", measure),
    ("intvty", "Interactivity (tok/s/user)", measure),
];

const STATISTICS: [&str; 6] = ["mean", "std", "p50", "p90", "p95", "p99"];

fn latency_table(page: &mut Page, cell: &Cell) {
    let mut rows: Vec<(&str, Vec<Option<String>>)> = Vec::new();
    for (quantity, title, format) in LATENCIES {
        let value = |statistic| metric(cell, &format!("{statistic}_{quantity}")).map(format);
        let values: Vec<_> = STATISTICS.into_iter().map(value).collect();
        if values.iter().any(Option::is_some) {
            rows.push((title, values));
        }
    }
    if rows.is_empty() {
        page.paragraph("No latency is known.");
        return;
    }
    let used: Vec<usize> = (0..STATISTICS.len())
        .filter(|&at| rows.iter().any(|(_, values)| values[at].is_some()))
        .collect();
    let mut columns = vec![Column::text("Latency")];
    columns.extend(used.iter().map(|&at| Column::number(STATISTICS[at])));
    let text = |value: &Option<String>| value.clone().unwrap_or_else(|| MISSING.to_owned());
    let rows: Vec<Vec<String>> = rows
        .iter()
        .map(|(title, values)| {
            let numbers = used.iter().map(|&at| text(&values[at]));
            std::iter::once((*title).to_owned()).chain(numbers).collect()
        })
        .collect();
    page.table(&columns, &rows, rows.len());
}

/// Metrics that neither the rates nor the table show: cache, offload, power.
fn others(cell: &Cell) -> Option<String> {
    const SHOWN: usize = 12;
    let told = |metric: Metric| {
        let name = metric.quantity.info().name;
        RATES.iter().any(|(rate, _)| *rate == name)
            || LATENCIES.iter().any(|(quantity, ..)| *quantity == name)
            || ["isl", "osl"].contains(&name)
    };
    let metrics = cell.metrics.to_map();
    let known = metrics.0.iter().filter_map(|(name, value)| {
        let metric = Metric::parse(name)?;
        let value = value.as_f64().filter(|value| value.is_finite())?;
        (!told(metric)).then_some((metric, value))
    });
    let known: Vec<(Metric, f64)> = known.collect();
    let text = |(metric, value): &(Metric, f64)| {
        format!("{} {}", metric.name(), with_unit(*metric, *value))
    };
    listed(&known, SHOWN, ", ", text).map(|text| format!("Other metrics: {text}"))
}

fn eval(eval: &Eval) -> String {
    let parts = [
        Some(format!("Eval: {} {}", code(&eval.task), code(&eval.metric))),
        (!eval.filter.is_empty()).then(|| format!("({})", code(&eval.filter))),
        Some(measure(eval.value)),
        eval.stderr.map(|stderr| format!("± {}", measure(stderr))),
        eval.n.map(|n| format!("over {} samples", count(n))),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn findings(overview: &Overview, page: &mut Page, cell: &Cell) {
    let findings = overview.findings_of(&cell.cell_id);
    if !findings.is_empty() {
        let lines =
            findings.iter().map(|f| format!("{}: {}", executive::head(f), prose(&f.message)));
        page.paragraph("Findings:");
        page.bullets(lines, findings.len(), 2 * LIST_ITEMS);
    }
}

fn problems(page: &mut Page, cell: &Cell) {
    let told: Vec<_> = cell.problems.iter().filter(|problem| problem.severity != "note").collect();
    if !told.is_empty() {
        let lines = told.iter().map(|problem| {
            let (severity, kind) = (prose(&problem.severity), code(&problem.code));
            format!("{severity} {kind} at {}: {}", code(&problem.at), prose(&problem.message))
        });
        page.paragraph("Problems while reading:");
        page.bullets(lines, told.len(), LIST_ITEMS);
    }
}

fn scalar(value: &Value) -> String {
    match value {
        Value::Null => MISSING.to_owned(),
        Value::Bool(flag) => if *flag { "yes" } else { "no" }.to_owned(),
        Value::Int(n) => exact(*n as f64),
        Value::Float(x) => exact(*x),
        Value::Text(text) => code(text),
    }
}
