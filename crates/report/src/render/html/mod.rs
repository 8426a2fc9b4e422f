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
mod live;
mod matrix;
mod names;
mod scenarios;
mod summary;
mod table;

use std::io::{self, Write};

use askama::Template;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use inferguard_schema::Report;
use sha2::{Digest, Sha256};

use crate::overview::Overview;
use crate::plot::Figure;
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
    let page = Page {
        report,
        script_hash: hash(SCRIPT),
        style_hash: hash(&style),
        style,
        script: SCRIPT,
        summary: summary::Summary::new(&overview, &anchors),
        findings: findings::Findings::new(&overview, &anchors),
        matrix: matrix::Matrix::new(&overview, &anchors, &cells.ids()),
        scenarios: scenarios::Scenarios::new(&overview, figures),
        cells,
        live: live::Live::new(&overview),
        completeness: completeness::Completeness::new(&overview),
        foot: foot::Foot::new(report),
    };
    let text = page.render().map_err(io::Error::other)?;
    // A template ends without its last line end.
    writeln!(out, "{text}")
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
    live: live::Live<'a>,
    completeness: completeness::Completeness<'a>,
    foot: foot::Foot<'a>,
}
