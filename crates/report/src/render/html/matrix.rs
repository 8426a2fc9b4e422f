//! Benchmark matrix: every cell in a row, a table for each scenario.
//!
//! Cells of different scenarios are not comparable, so that they share no table to be sorted.

use std::collections::{HashMap, HashSet};

use askama::Template;
use inferguard_schema::{Cell, Scenario, Series, Value};

use super::anchor::{self, Anchors};
use super::findings::sign;
use super::names;
use crate::number::{count, counted, exact, percent};
use crate::overview::{Overview, metric};

mod columns;

/// The section.
#[derive(Template)]
#[template(path = "matrix.html")]
pub(super) struct Matrix<'a> {
    tables: Vec<Sheet<'a>>,
    cells: String,
    guidelines: bool,
}

/// The cells of a scenario.
pub(super) struct Sheet<'a> {
    pub(super) id: String,
    title: &'a str,
    /// What all rows have in common: heading and value.
    same: Vec<(String, String)>,
    columns: Vec<Heading>,
    rows: Vec<Line<'a>>,
    footnotes: Vec<&'static str>,
}

pub(super) struct Heading {
    text: String,
    number: bool,
}

struct Line<'a> {
    row: Row<'a>,
    anchor: String,
    /// Where the cell is told.
    target: Option<String>,
    values: Vec<Field>,
    findings: Vec<(&'static str, &'static str, &'a str, String)>,
    more_findings: usize,
}

impl<'a> Line<'a> {
    fn cell_id(&self) -> &'a str {
        &self.row.cell.cell_id
    }
}

/// A value of a row.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Field {
    text: String,
    /// Class of its mark: `g`, `a` or `c`; empty for none.
    mark: &'static str,
    /// Number of the footnote that says why it is missing, from 1.
    footnote: Option<usize>,
}

/// A cell and its place.
pub(super) struct Row<'a> {
    pub(super) cell: &'a Cell,
    pub(super) series: Option<&'a Series>,
    pub(super) load: Option<f64>,
    pub(super) notes: String,
}

/// Where findings are told, and which cells.
type Places<'p, 'a> = (&'p Anchors<'a>, &'p HashSet<&'p str>);

impl<'a> Matrix<'a> {
    /// `told` are the cells that have a place of their own below.
    pub(super) fn new(
        overview: &Overview<'a>,
        anchors: &Anchors<'a>,
        told: &HashSet<&str>,
    ) -> Self {
        let cross_run = &overview.report.cross_run;
        let mut tables = Vec::new();
        for scenario in &cross_run.scenarios {
            let rows = rows_of(overview, scenario);
            let id = format!("matrix-{}", anchor::scenario(&scenario.id));
            tables.push(sheet(overview, (anchors, told), id, &scenario.id, rows));
        }
        let reasons: HashMap<&str, &str> =
            cross_run.unplaced.0.iter().map(|(id, why)| (&**id, why.as_str())).collect();
        let listed: HashSet<&str> =
            tables.iter().flat_map(|table| &table.rows).map(Line::cell_id).collect();
        let cells = overview.report.cells.iter();
        let alone = cells.filter(|cell| !listed.contains(cell.cell_id.as_str()));
        let alone: Vec<_> = alone
            .map(|cell| {
                let why = reasons.get(cell.cell_id.as_str()).copied();
                alone_row(cell, why.unwrap_or("no reason given").to_owned())
            })
            .collect();
        if !alone.is_empty() {
            let id = "matrix-none".to_owned();
            tables.push(sheet(overview, (anchors, told), id, "Cells in no scenario", alone));
        }
        Self {
            tables,
            cells: counted(overview.report.cells.len(), "cell", "cells"),
            guidelines: !overview.report.analyzer.guidelines.is_empty(),
        }
    }
}

fn rows_of<'a>(overview: &Overview<'a>, scenario: &'a Scenario) -> Vec<Row<'a>> {
    let mut rows = Vec::new();
    for series in &scenario.series {
        for point in &series.points {
            let repeats = point.cell_ids.len();
            let kept = point.cell_ids.iter().enumerate().map(|(at, id)| {
                let mut notes = point.annotations.clone();
                if repeats > 1 {
                    notes.push(format!("repeat {} of {repeats}", at + 1));
                }
                (id.as_ref(), notes.join(", "))
            });
            let left_out = point.left_out.0.iter();
            let left_out = left_out.map(|(id, why)| (&**id, format!("left out: {why}")));
            for (id, notes) in kept.chain(left_out) {
                if let Some(cell) = overview.cell(id) {
                    rows.push(Row { cell, series: Some(series), load: point.load, notes });
                }
            }
        }
    }
    if rows.len() < scenario.cell_ids.len() {
        let listed: HashSet<_> = rows.iter().map(|row| row.cell.cell_id.as_str()).collect();
        let alone = scenario.cell_ids.iter().filter(|id| !listed.contains(id.as_ref()));
        let alone: Vec<_> = alone.filter_map(|id| overview.cell(id)).collect();
        rows.extend(alone.into_iter().map(|cell| alone_row(cell, "in no series".to_owned())));
    }
    rows
}

fn alone_row(cell: &Cell, notes: String) -> Row<'_> {
    Row { cell, series: None, load: names::load_of(cell), notes }
}

/// A column before those that say the same everywhere are taken out.
pub(super) struct Candidate {
    pub(super) heading: String,
    pub(super) number: bool,
    pub(super) fields: Vec<Field>,
}

impl Candidate {
    /// The value of all rows, when there are several and none differs.
    fn same(&self) -> Option<&Field> {
        let first = self.fields.first().filter(|field| field.footnote.is_none())?;
        let is_same = self.fields.len() > 1 && self.fields.iter().all(|field| field == first);
        is_same.then_some(first)
    }
}

fn sheet<'a>(
    overview: &Overview<'a>,
    places: Places<'_, 'a>,
    id: String,
    title: &'a str,
    rows: Vec<Row<'a>>,
) -> Sheet<'a> {
    let mut footnotes = Vec::new();
    let all = columns::of(&rows, &mut footnotes);
    let (mut same, mut kept) = (Vec::new(), Vec::new());
    for column in all {
        match column.same() {
            // A load or a rate that is the same everywhere is still told where it is looked for.
            Some(field) if !column.number || column.heading == "GPUs" => {
                same.push((column.heading.clone(), field.text.clone()));
            }
            _ => kept.push(column),
        }
    }
    let headings = kept
        .iter()
        .map(|column| Heading { text: column.heading.clone(), number: column.number })
        .collect();
    let mut values: Vec<Vec<Field>> = rows.iter().map(|_| Vec::with_capacity(kept.len())).collect();
    for column in kept {
        for (row, field) in values.iter_mut().zip(column.fields) {
            row.push(field);
        }
    }
    let lines = rows.into_iter().zip(values);
    let rows = lines.map(|(row, values)| line(overview, places, row, values)).collect();
    Sheet { id, title, same, columns: headings, rows, footnotes }
}

/// Findings of a cell that are named in its row.
const SHOWN: usize = 3;

fn line<'a>(
    overview: &Overview<'a>,
    (anchors, told): Places<'_, 'a>,
    row: Row<'a>,
    values: Vec<Field>,
) -> Line<'a> {
    let findings = overview.findings_of(&row.cell.cell_id);
    let named = findings.iter().take(SHOWN).map(|finding| {
        let anchor = anchors.finding(finding).to_owned();
        (sign(&finding.severity), finding.severity.name(), &*finding.code, anchor)
    });
    Line {
        anchor: anchor::row(&row.cell.cell_id),
        target: told.contains(row.cell.cell_id.as_str()).then(|| anchor::cell(&row.cell.cell_id)),
        values,
        findings: named.collect(),
        more_findings: findings.len().saturating_sub(SHOWN),
        row,
    }
}

/// The value of a key of the configuration.
pub(super) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::Bool(flag) => Some(if *flag { "yes" } else { "no" }.to_owned()),
        Value::Int(n) => Some(exact(*n as f64)),
        Value::Float(x) => Some(exact(*x)),
        Value::Text(text) => Some(text.clone().into_owned()),
    }
}

/// Requests that succeeded, of all.
pub(super) fn requests(cell: &Cell) -> Option<String> {
    let completion = &cell.completion;
    match (completion.num_requests_successful, completion.num_requests_total) {
        (Some(ok), Some(total)) => Some(format!("{} / {}", count(ok), count(total))),
        _ => completion.success_rate.map(percent),
    }
}

/// Whether any row has a metric.
pub(super) fn any(rows: &[Row], name: &str) -> bool {
    rows.iter().any(|row| metric(row.cell, name).is_some())
}
