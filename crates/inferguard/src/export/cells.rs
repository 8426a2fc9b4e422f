//! A row for each cell.

use std::borrow::Cow;
use std::collections::BTreeSet;

use inferguard_model::Metric;
use inferguard_report::table::Field;
use inferguard_schema::{ArtifactPaths, Cell, Cost, Report, Severity, Value};

use super::whole;
use crate::wire::{DECODE_KEYS, PREFILL_KEYS};

pub(super) struct Row<'r> {
    cell: &'r Cell,
    window: Option<(i64, i64)>,
}

pub(super) fn rows<'r>(report: &'r Report, windows: &[Option<(i64, i64)>]) -> Vec<Row<'r>> {
    let windows = windows.iter().copied().chain(std::iter::repeat(None));
    report.cells.iter().zip(windows).map(|(cell, window)| Row { cell, window }).collect()
}

/// Every column: the fixed ones, then one for each metric.
pub(super) fn fields<'r>(report: &Report) -> Vec<Field<Row<'r>>> {
    let mut fields = fixed();
    fields.extend(metrics(report));
    fields
}

/// What has a value of a metric, by its name in the report.
pub(super) trait Measured {
    /// The value.
    fn metric(&self, name: &str) -> Option<f64>;
}

impl Measured for Row<'_> {
    fn metric(&self, name: &str) -> Option<f64> {
        self.cell.metrics.get(name)?.as_f64()
    }
}

/// A column for each metric that any cell of the report has, and for each that every report has, in
/// the order of the catalogue.
pub(super) fn metrics<R: Measured>(report: &Report) -> impl Iterator<Item = Field<R>> {
    let mut known = BTreeSet::new();
    for cell in &report.cells {
        let names = cell.metrics.to_map().0;
        known.extend(names.iter().filter_map(|(name, _)| Metric::parse(name)));
    }
    known.into_iter().map(|metric| {
        let name = metric.name().into_owned();
        let about = metric.quantity.info().about;
        let read = name.clone();
        Field::number(name, metric.unit().label(), "cells[].metrics", about, move |row: &R| {
            row.metric(&read)
        })
    })
}

/// The columns that are there whatever the data.
pub(super) fn fixed<'r>() -> Vec<Field<Row<'r>>> {
    let mut fields = identity();
    fields.extend(parallelism());
    fields.extend(outcome());
    fields.extend(cost());
    fields
}

fn text<'r>(
    name: &'static str,
    about: &'static str,
    read: fn(&Cell) -> Option<&str>,
) -> Field<Row<'r>> {
    let source = format!("cells[].{name}");
    Field::text(name, source, about, move |row: &Row<'_>| read(row.cell).map(Cow::Borrowed))
}

fn identity<'r>() -> Vec<Field<Row<'r>>> {
    let written = |name: &'static str, key: &'static str| {
        let source = format!("cells[].as_written.{key}");
        let about = "As the producer wrote it, where that differs.";
        Field::text(name, source, about, move |row: &Row<'_>| {
            row.cell.as_written.get(key).map(|text| text.as_str().into())
        })
    };
    vec![
        text("cell_id", "Id, unique in the export.", |cell| Some(&cell.cell_id)),
        text("run", "Run of the cell.", |cell| cell.run.as_deref()),
        text("scenario", "Scenario; empty when the cell cannot be placed.", |cell| {
            cell.scenario.as_deref()
        }),
        text("source_format", "Format of the artifact that carries the result.", |cell| {
            Some(&cell.source_format)
        }),
        Field::text(
            "artifact",
            "cells[].artifacts",
            "First artifact of the cell, below the input root.",
            |row: &Row<'_>| match &row.cell.artifacts.0.first()?.1 {
                ArtifactPaths::One(path) => Some(path.as_str().into()),
                ArtifactPaths::Many(paths) => Some(paths.first()?.as_str().into()),
                ArtifactPaths::None => None,
            },
        ),
        text("model", "Canonical model name.", |cell| cell.model.as_deref()),
        text("hardware", "Hardware, normalized.", |cell| cell.hardware.as_deref()),
        text("framework", "Framework, normalized.", |cell| cell.framework.as_deref()),
        text("precision", "Precision, normalized.", |cell| cell.precision.as_deref()),
        text("spec_decoding", "Speculative decoding.", |cell| cell.spec_decoding.as_deref()),
        text("offloading", "KV offloading.", |cell| cell.offloading.as_deref()),
        text("scenario_type", "Kind of workload.", |cell| cell.scenario_type.as_deref()),
        Field::text("dataset", "cells[].dataset.name", "Data set or trace.", |row: &Row<'_>| {
            Some(row.cell.dataset.as_ref()?.name.as_str().into())
        }),
        count("isl", "tokens", "Nominal input length.", |cell| cell.isl),
        count("osl", "tokens", "Nominal output length.", |cell| cell.osl),
        count("concurrency", "", "Requests, or users, held in flight.", |cell| cell.concurrency),
        Field::number(
            "request_rate",
            "req/s",
            "cells[].request_rate",
            "Requested rate of an open loop.",
            |row: &Row<'_>| row.cell.request_rate,
        ),
        text("recipe_name", "The producer's recipe name.", |cell| cell.recipe_name.as_deref()),
        text("image", "Container image.", |cell| cell.image.as_deref()),
        text("infmax_model_prefix", "The producer's model prefix.", |cell| {
            cell.infmax_model_prefix.as_deref()
        }),
        written("model_as_written", "model"),
        written("hardware_as_written", "hardware"),
        written("framework_as_written", "framework"),
        written("precision_as_written", "precision"),
        flag("disagg", "Disaggregated prefill and decode.", |cell| cell.disagg),
        flag("is_multinode", "Spans several nodes.", |cell| cell.is_multinode),
    ]
}

fn count<'r>(
    name: &'static str,
    unit: &'static str,
    about: &'static str,
    read: fn(&Cell) -> Option<u64>,
) -> Field<Row<'r>> {
    let source = format!("cells[].{name}");
    Field::whole(name, unit, source, about, move |row: &Row<'_>| whole(read(row.cell)?))
}

fn flag<'r>(
    name: &'static str,
    about: &'static str,
    read: fn(&Cell) -> Option<bool>,
) -> Field<Row<'r>> {
    Field::flag(name, format!("cells[].{name}"), about, move |row: &Row<'_>| read(row.cell))
}

/// Parallelism of the deployment and its roles.
fn parallelism<'r>() -> impl Iterator<Item = Field<Row<'r>>> {
    let all = ["tp", "ep", "dp_attention", "dp", "pp", "dcp_size", "pcp_size"];
    let sizes = all.into_iter().chain(PREFILL_KEYS).chain(DECODE_KEYS);
    let sizes = sizes.map(|name| {
        let source = format!("cells[].topology.{name}");
        if name.ends_with("dp_attention") {
            let about = "Data-parallel attention; shares the GPUs of TP.";
            Field::flag(name, source, about, move |row: &Row<'_>| match topology(row, name)? {
                Value::Bool(flag) => Some(*flag),
                _ => None,
            })
        } else {
            let about = "Parallelism of the deployment, or of its prefill or decode role.";
            Field::whole(name, "", source, about, move |row: &Row<'_>| match topology(row, name)? {
                Value::Int(n) => Some(*n),
                _ => None,
            })
        }
    });
    let texts = [
        ("router", "Request router."),
        ("kv_p2p_transfer", "KV transfer between prefill and decode."),
        ("recipe_fingerprint", "The producer's fingerprint of the recipe."),
        ("harness", "The load generator and its version."),
        ("prefill_hw", "Hardware of the prefill role, where roles differ."),
        ("decode_hw", "Hardware of the decode role, where roles differ."),
    ];
    let texts = texts.into_iter().map(|(name, about)| {
        let source = format!("cells[].topology.{name}");
        Field::text(name, source, about, move |row: &Row<'_>| match topology(row, name)? {
            Value::Text(text) => Some(Cow::Borrowed(text)),
            _ => None,
        })
    });
    sizes.chain(texts)
}

fn topology<'r>(row: &'r Row<'_>, name: &str) -> Option<&'r Value> {
    row.cell.topology.get(name)
}

/// Completion, window and findings.
fn outcome<'r>() -> Vec<Field<Row<'r>>> {
    let found = |name: &'static str, severity: Severity| {
        let about = "Findings of this severity on the cell.";
        Field::whole(name, "", "cells[].findings", about, move |row: &Row<'_>| {
            let findings = row.cell.findings.iter();
            whole(findings.filter(|finding| finding.severity == severity).count() as u64)
        })
    };
    vec![
        Field::text(
            "status",
            "cells[].completion.status",
            "complete, partial, failed or unknown.",
            |row: &Row<'_>| Some(row.cell.completion.status.name().into()),
        ),
        completed("num_requests_total", "Attempts.", |cell| cell.completion.num_requests_total),
        completed("num_requests_successful", "Successes.", |cell| {
            cell.completion.num_requests_successful
        }),
        completed("num_requests_warmup", "Warm-up requests, in neither count.", |cell| {
            cell.completion.num_requests_warmup
        }),
        Field::number(
            "success_rate",
            "0..1",
            "cells[].completion.success_rate",
            "Successes / attempts.",
            |row: &Row<'_>| row.cell.completion.success_rate,
        ),
        Field::moment(
            "load_start",
            "Evidence::window_ns",
            "Start of the load.",
            |row: &Row<'_>| row.window.map(|(start, _)| start),
        ),
        Field::moment("load_end", "Evidence::window_ns", "End of the load.", |row: &Row<'_>| {
            row.window.map(|(_, end)| end)
        }),
        found("findings_critical", Severity::Critical),
        found("findings_warning", Severity::Warning),
        found("findings_info", Severity::Info),
        Field::text(
            "finding_codes",
            "cells[].findings",
            "Codes of the findings on the cell, each once.",
            |row: &Row<'_>| {
                let codes: BTreeSet<&str> =
                    row.cell.findings.iter().map(|finding| &*finding.code).collect();
                let codes: Vec<&str> = codes.into_iter().collect();
                (!codes.is_empty()).then(|| codes.join(" ").into())
            },
        ),
    ]
}

fn completed<'r>(
    name: &'static str,
    about: &'static str,
    read: fn(&Cell) -> Option<u64>,
) -> Field<Row<'r>> {
    let source = format!("cells[].completion.{name}");
    Field::whole(name, "", source, about, move |row: &Row<'_>| whole(read(row.cell)?))
}

/// Cost, empty unless a price was given.
fn cost<'r>() -> Vec<Field<Row<'r>>> {
    let amount = |name: &'static str, about: &'static str, read: fn(&Cost) -> Option<f64>| {
        let source = format!("cells[].cost.{name}");
        Field::number(name, "", source, about, move |row: &Row<'_>| {
            row.cell.cost.as_deref().and_then(read)
        })
    };
    vec![
        Field::text(
            "currency",
            "cells[].cost.currency",
            "Currency of the costs, which are empty without a price.",
            |row: &Row<'_>| Some(row.cell.cost.as_ref()?.currency.as_str().into()),
        ),
        amount("compute_cost", "GPU-hours × price.", |cost| cost.compute_cost),
        amount("cost_per_million_input_tokens", "Cost per million input tokens.", |cost| {
            cost.cost_per_million_input_tokens
        }),
        amount("cost_per_million_output_tokens", "Cost per million output tokens.", |cost| {
            cost.cost_per_million_output_tokens
        }),
        amount("cost_per_million_total_tokens", "Cost per million tokens, in and out.", |cost| {
            cost.cost_per_million_total_tokens
        }),
    ]
}
