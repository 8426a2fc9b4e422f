//! `report.html`: one file that works offline, from a mail attachment, without scripts too.
//!
//! The templates (`*.html`) stand beside the code that fills them; each section is a template of its
//! own. All that a reader needs is in the markup: `script.js` only adds sorting, filtering, hover and
//! zoom. Nothing is loaded: the content-security policy allows the style and the script of the page
//! by their hashes, and no address at all. Therefore no element may have a `style` attribute.

mod anchor;
mod cells;
mod completeness;
mod evidence;
mod figures;
mod findings;
mod foot;
mod matrix;
mod names;
mod over_time;
mod scenarios;
mod summary;
mod table;

use std::collections::HashMap;
use std::io::{self, Write};

use askama::Template;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use inferguard_schema::Report;
use sha2::{Digest, Sha256};

use crate::overview::Overview;
use crate::plot::{self, Figure, Kind};
use anchor::Anchors;

/// Rows of a small table.
const TABLE_ROWS: usize = 50;

/// Files of the manifest that are listed one by one.
const FILES: usize = 1_000;

/// Cells that are told one by one; those with findings come first. All are in the matrix.
const CELL_BLOCKS: usize = 300;

/// Findings that are told; the worst come first.
const FINDINGS: usize = 5_000;

/// Scenarios with figures and tables of their own; all are in the matrix.
const SCENARIOS: usize = 40;

/// Figures of a scenario besides its frontier, and what all these may weigh together in bytes.
const FIGURES: usize = 24;
const FIGURE_BYTES: usize = 2_000_000;

/// Figures of single cells over time.
const OVER_TIME: usize = 60;

/// Findings at the top of the page, and how many of one code and severity.
const WORST_FINDINGS: usize = 12;
const WORST_PER_CODE: usize = 3;

/// Entries of a list inside something larger.
const LIST_ITEMS: usize = 10;

const SCRIPT: &str = include_str!("script.js");

/// Writes the report as HTML.
pub(super) fn write(report: &Report, figures: &[&Figure], out: &mut dyn Write) -> io::Result<()> {
    let overview = Overview::new(report);
    let anchors = Anchors::of(&overview);
    let style = figures::style();
    let cells = cells::Cells::new(&overview, &anchors);
    // Without figures, those that the report alone can give.
    let own = match figures {
        [] => plot::figures(&report.cross_run, &report.cells),
        _ => Vec::new(),
    };
    let (of_scenarios, of_cells) = by_place(report, figures.iter().copied().chain(&own));
    let mut room = figures::Room::new();
    let page = Page {
        report,
        script_hash: hash(SCRIPT),
        style_hash: hash(&style),
        style,
        script: SCRIPT,
        summary: summary::Summary::new(&overview, &anchors),
        findings: findings::Findings::new(&overview, &anchors),
        matrix: matrix::Matrix::new(&overview, &anchors, &cells.ids()),
        scenarios: scenarios::Scenarios::new(&overview, &of_scenarios, &mut room),
        cells,
        over_time: over_time::OverTime::new(&overview, &of_cells, &mut room),
        completeness: completeness::Completeness::new(&overview),
        foot: foot::Foot::new(report),
    };
    let text = page.render().map_err(io::Error::other)?;
    // A template ends without its last line end.
    writeln!(out, "{text}")
}

/// Figures of scenarios, with those of their series, by scenario, and figures of single cells.
fn by_place<'f>(
    report: &'f Report,
    figures: impl Iterator<Item = &'f Figure>,
) -> (HashMap<&'f str, Vec<&'f Figure>>, Vec<&'f Figure>) {
    let scenarios = &report.cross_run.scenarios;
    let mut places: HashMap<&str, &str> = HashMap::new();
    for scenario in scenarios {
        places.insert(&scenario.id, &scenario.id);
        places.extend(scenario.series.iter().map(|series| (&*series.id, &*scenario.id)));
    }
    let (mut of_scenarios, mut of_cells) = (HashMap::<_, Vec<_>>::new(), Vec::new());
    for figure in figures {
        let is_over_time = matches!(figure.kind, Kind::Slices | Kind::Nodes);
        match places.get(figure.subject.as_str()) {
            Some(scenario) if !is_over_time => {
                of_scenarios.entry(*scenario).or_default().push(figure);
            }
            _ => of_cells.push(figure),
        }
    }
    (of_scenarios, of_cells)
}

/// The hash of a script or style, as a content-security policy names it.
fn hash(text: &str) -> String {
    format!("sha256-{}", BASE64_STANDARD.encode(Sha256::digest(text)))
}

#[derive(Template)]
#[template(path = "page.html")]
struct Page<'a> {
    report: &'a Report,
    script_hash: String,
    style_hash: String,
    style: String,
    script: &'static str,
    summary: summary::Summary<'a>,
    findings: findings::Findings<'a>,
    matrix: matrix::Matrix<'a>,
    scenarios: scenarios::Scenarios<'a>,
    cells: cells::Cells<'a>,
    over_time: over_time::OverTime<'a>,
    completeness: completeness::Completeness<'a>,
    foot: foot::Foot<'a>,
}
