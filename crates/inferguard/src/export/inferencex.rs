//! The aggregated array that the tools of InferenceX read: one processed row for each cell.
//!
//! Keys, order and units are those of `utils/process_result.py` and of the agentic aggregators:
//! latencies in seconds, `median_*` for the 50th percentile, booleans of DP attention as strings.
//! [`inferguard_inferencex`] reads the array back into the same cells; what a row has no key for is
//! left out (how long a conversation is, whether requests stream).

mod row;

use std::io::{self, Write};
use std::path::PathBuf;

use serde_json::Value;

use super::ExportError;
use crate::load::load_all;
use crate::{Filter, Options};

/// Rows of all cells that have a result.
#[derive(Debug, Clone, PartialEq)]
pub struct Consolidated {
    /// The rows, in the order of the cells; members in the producer's order.
    pub rows: Vec<Row>,
    /// Cells that are no row, with the reason.
    pub left_out: Vec<(String, &'static str)>,
    /// Cells that were read.
    pub cells_read: usize,
    /// Cells that the filter takes.
    pub cells_taken: usize,
}

/// Members of a row in their order.
pub type Row = Vec<(String, Value)>;

/// Reads folders of results, or single result files, and makes a row of each cell.
pub fn consolidate(
    roots: &[PathBuf],
    options: &Options<'_>,
    filter: &Filter,
) -> Result<Consolidated, ExportError> {
    let mut cells = load_all(roots, options, false)?.cells;
    let cells_read = cells.len();
    cells.retain(|cell| filter.takes(cell));
    if cells.is_empty() {
        return Err(ExportError::NothingTaken { read: cells_read });
    }
    let mut made = Consolidated {
        rows: Vec::with_capacity(cells.len()),
        left_out: Vec::new(),
        cells_read,
        cells_taken: cells.len(),
    };
    for cell in &cells {
        match row::reason_against(cell) {
            Some(why) => made.left_out.push((cell.id.to_string(), why)),
            None => made.rows.push(row::row(cell)),
        }
    }
    Ok(made)
}

impl Consolidated {
    /// Writes the array, a row a line.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(b"[")?;
        for (at, row) in self.rows.iter().enumerate() {
            out.write_all(if at == 0 { b"\n{" } else { b",\n{" })?;
            for (at, (key, value)) in row.iter().enumerate() {
                out.write_all(if at == 0 { b"" } else { b", " })?;
                serde_json::to_writer(&mut *out, key)?;
                out.write_all(b": ")?;
                serde_json::to_writer(&mut *out, value)?;
            }
            out.write_all(b"}")?;
        }
        out.write_all(b"\n]\n")?;
        out.flush()
    }
}
