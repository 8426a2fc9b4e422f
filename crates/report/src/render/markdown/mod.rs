//! `report.md`: what a person reads in the morning.
//!
//! The eight sections of the contract in its order, one file each. The page is for reading and not
//! for parsing: long tables are cut with a pointer to `report.json`, which has everything. The
//! bounds below keep the page of any number of cells within what a code host still renders (GitHub
//! stops at 512 kB).

mod artifacts;
mod bottlenecks;
mod breaks;
mod cells;
mod completeness;
mod configuration;
mod executive;
mod frontiers;
mod jobs;
mod knees;
mod matrix;
mod names;
mod next;
mod page;
mod slo;
mod timeline;

use std::io::{self, Write};

use inferguard_schema::Report;

use self::page::Page;
use crate::escape::{code, prose};
use crate::overview::Overview;
use crate::plot::Figure;

/// Findings told in the summary, and how many of one code.
const WORST_FINDINGS: usize = 12;
const WORST_PER_CODE: usize = 3;

/// Rows of a table that is not the matrix.
const TABLE_ROWS: usize = 20;

/// Rows of one scenario in the matrix, and scenarios in the matrix: at most 800 rows of 250 bytes.
const MATRIX_ROWS: usize = 40;
const MATRIX_TABLES: usize = 20;

/// Scenarios in the bottleneck analysis, the rows of their tables, and their lines.
const ANALYZED_SCENARIOS: usize = 10;
const FRONTIER_ROWS: usize = 16;
const SYSTEM_ROWS: usize = 10;
const KNEES: usize = 6;
const SERIES_IN_A_LINE: usize = 3;
const BREAKS: usize = 8;

/// Cells that are told one by one; those with findings come first.
const CELL_BLOCKS: usize = 30;

/// Entries of a list inside something larger: problems of a cell, messages of a code, names of a
/// folder.
const LIST_ITEMS: usize = 5;

/// Entries of a list of its own: what to measure next, by kind.
const NEXT_ITEMS: usize = 10;

/// Writes the report as Markdown.
pub(super) fn write(report: &Report, _: &[&Figure], out: &mut dyn Write) -> io::Result<()> {
    let overview = Overview::new(report);
    let mut page = Page::default();
    page.heading(1, "InferGuard report");
    page.paragraph(&format!(
        "{} read at {} by InferGuard {}. Latencies are in the units of the headings; everything \
         cut here is in `report.json`.",
        code(&report.input_root),
        prose(&report.generated_at),
        prose(&report.analyzer.inferguard_version),
    ));
    for (title, section) in SECTIONS {
        page.heading(2, title);
        section(&overview, &mut page);
    }
    out.write_all(page.finish().as_bytes())
}

type Section = fn(&Overview, &mut Page);

/// The sections that the contract names, in its order.
const SECTIONS: [(&str, Section); 8] = [
    ("Executive summary", executive::section),
    ("Benchmark matrix", matrix::section),
    ("Artifact completeness", completeness::section),
    ("Per-cell results", cells::section),
    ("Live InferGuard timeline", timeline::section),
    ("Bottleneck analysis", bottlenecks::section),
    ("Evidence-based next measurements", next::section),
    ("Co-publish artifact manifest", artifacts::section),
];
