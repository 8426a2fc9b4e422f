//! Each cell on its own, those with findings first: identity, requests, every number with its source.

use std::cmp::Reverse;
use std::collections::HashSet;

use askama::Template;
use inferguard_model::Metric;
use inferguard_schema::{ArtifactPaths, Cell, CompletionStatus, Eval, Mark};

use super::anchor::{self, Anchors};
use super::findings::sign;
use super::matrix::{requests, scalar};
use super::{CELL_BLOCKS, names};
use crate::number::{count, exact, measure, with_unit};
use crate::overview::Overview;

/// The section.
#[derive(Template)]
#[template(path = "cells.html")]
pub(super) struct Cells<'a> {
    cells: Vec<Told<'a>>,
    hidden: Option<String>,
}

struct Told<'a> {
    anchor: String,
    row: String,
    cell: &'a Cell,
    place: Option<String>,
    facts: Vec<(String, String)>,
    findings: Vec<(&'static str, &'static str, &'a str, String)>,
    metrics: Vec<Number>,
}

/// A metric, its value and mark, and where it came from.
struct Number {
    name: String,
    value: String,
    mark: &'static str,
    source: String,
}

impl<'a> Cells<'a> {
    pub(super) fn new(overview: &Overview<'a>, anchors: &Anchors<'a>) -> Self {
        let mut cells: Vec<&'a Cell> = overview.report.cells.iter().collect();
        if cells.len() > CELL_BLOCKS {
            // Stable, so that cells without findings stay in the order of the report.
            cells.sort_by_cached_key(|cell| {
                let findings = overview.findings_of(&cell.cell_id);
                (Reverse(findings.first().map(|f| f.severity)), Reverse(findings.len()))
            });
        }
        let hidden = cells.len().saturating_sub(CELL_BLOCKS);
        let told = cells.into_iter().take(CELL_BLOCKS);
        Self {
            cells: told.map(|cell| told_of(overview, anchors, cell)).collect(),
            hidden: (hidden > 0).then(|| count(hidden as u64)),
        }
    }

    /// The ids of the cells that are told.
    pub(super) fn ids(&self) -> HashSet<&'a str> {
        self.cells.iter().map(|told| told.cell.cell_id.as_str()).collect()
    }
}

fn told_of<'a>(overview: &Overview<'a>, anchors: &Anchors<'a>, cell: &'a Cell) -> Told<'a> {
    let findings = overview.findings_of(&cell.cell_id).iter();
    Told {
        anchor: anchor::cell(&cell.cell_id),
        row: anchor::row(&cell.cell_id),
        cell,
        place: overview.place(&cell.cell_id).map(|place| names::place(&place)),
        facts: facts(cell),
        findings: findings
            .map(|f| (sign(&f.severity), f.severity.name(), &*f.message, anchors.finding(f).into()))
            .collect(),
        metrics: metrics(cell),
    }
}

fn facts(cell: &Cell) -> Vec<(String, String)> {
    let mut facts = Vec::new();
    let mut add = |name: &str, value: Option<String>| {
        facts.extend(value.filter(|value| !value.is_empty()).map(|value| (name.to_owned(), value)));
    };
    add("Model", cell.model.clone());
    add("Hardware", cell.hardware.clone());
    add("Framework", cell.framework.clone());
    add("Precision", cell.precision.clone());
    add("Workload", cell.scenario_type.clone());
    add("ISL / OSL", cell.isl.zip(cell.osl).map(|(i, o)| format!("{} / {}", count(i), count(o))));
    add("Data set", cell.dataset.as_ref().map(|dataset| dataset.name.clone()));
    add("Concurrency", cell.concurrency.map(count));
    add("Rate asked", cell.request_rate.map(|rate| format!("{} req/s", exact(rate))));
    add("Speculative decoding", cell.spec_decoding.clone());
    add("Offloading", cell.offloading.clone());
    add("Recipe", cell.recipe_name.clone());
    add("Image", cell.image.clone());
    let topology = cell.topology.0.iter();
    let topology = topology.filter_map(|(key, value)| Some(format!("{key} {}", scalar(value)?)));
    add("Topology", Some(topology.collect::<Vec<_>>().join(", ")));
    let written = cell.as_written.0.iter().map(|(key, value)| format!("{key} {value}"));
    add("As written", Some(written.collect::<Vec<_>>().join(", ")));
    add("Requests", Some(completion(cell)));
    add("Read as", Some(cell.source_format.clone().into_owned()));
    for (role, paths) in &cell.artifacts.0 {
        let paths = match paths {
            ArtifactPaths::One(path) => path.clone(),
            ArtifactPaths::Many(paths) => paths.join(", "),
            ArtifactPaths::None => "missing".to_owned(),
        };
        add(role, Some(paths));
    }
    for eval in &cell.evals {
        add("Eval", Some(score(eval)));
    }
    add("Cost", cell.cost.as_ref().map(|cost| crate::wording::cost(cost, &cost.currency)));
    for (key, value) in &cell.extra.0 {
        add(key, scalar(value));
    }
    facts
}

fn completion(cell: &Cell) -> String {
    let status = cell.completion.status;
    let ok = requests(cell).map(|ok| format!("{ok} succeeded"));
    let warmup = cell.completion.num_requests_warmup;
    let warmup = warmup.map(|n| format!("{} more for warm-up", count(n)));
    let status = match status {
        CompletionStatus::Unknown if ok.is_none() => "no source states request counts",
        status => status.name(),
    };
    [Some(status.to_owned()), ok, warmup].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn score(eval: &Eval) -> String {
    let parts = [
        Some(format!("{} {}", eval.task, eval.metric)),
        (!eval.filter.is_empty()).then(|| format!("({})", eval.filter)),
        Some(measure(eval.value)),
        eval.stderr.map(|stderr| format!("± {}", measure(stderr))),
        eval.n.map(|n| format!("over {} samples", count(n))),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn metrics(cell: &Cell) -> Vec<Number> {
    let (values, sources) = (cell.metrics.to_map(), cell.provenance.to_map());
    let mut sources = sources.0.into_iter().peekable();
    let known = values.0.iter().filter_map(|(name, value)| {
        let value = value.as_f64().filter(|value| value.is_finite())?;
        // Both are in metric order, so that looking up goes on from the last one.
        let at_hand = sources.next_if(|(source, _)| source == name).map(|(_, source)| source);
        let source = at_hand.or_else(|| {
            let all = cell.provenance.to_map();
            all.get(name).cloned()
        });
        Some(Number {
            name: name.clone().into_owned(),
            value: Metric::parse(name).map_or_else(|| measure(value), |m| with_unit(m, value)),
            mark: match cell.marks.get(name) {
                Some(Mark::Good) => "good",
                Some(Mark::Acceptable) => "acceptable",
                Some(Mark::Concerning) => "concerning",
                None => "",
            },
            source: source.unwrap_or_default(),
        })
    });
    known.collect()
}
