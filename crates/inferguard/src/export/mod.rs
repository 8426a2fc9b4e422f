//! Data that people take along: the cells, points, findings, requests and gauges of folders of
//! results as tables, and as the array of rows that the tools of InferenceX read.
//!
//! A table is a file below `export/` that defines its columns and makes its rows, and a line in
//! [`TableName::ALL`]. The numbers are those of the report, so that what a screen shows and what an
//! export holds agree.

mod cells;
mod findings;
mod frontiers;
pub mod inferencex;
mod nodes;
pub(crate) mod requests;
mod series;
mod slices;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use inferguard_analysis::requests::slices::Slices;
use inferguard_schema::Report;
use rustc_hash::FxHashMap;

use crate::keep::Keep;
use crate::load::{load_all_by, load_digests, load_keeping};
use crate::{AnalyzeError, Filter, Options, baseline, config, judge, wire};

pub use inferguard_report::table::{
    Column, Field, Format, Kind, ROW_GROUP_ROWS, SCHEMA_VERSION, TableWriter, ZSTD_LEVEL,
};

/// A table that can be exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "`about` says it")]
pub enum TableName {
    Cells,
    Series,
    Frontiers,
    Findings,
    Slices,
    Requests,
    Nodes,
}

impl TableName {
    /// Every table, in the order of the documentation.
    pub const ALL: [Self; 7] = [
        Self::Cells,
        Self::Series,
        Self::Frontiers,
        Self::Findings,
        Self::Slices,
        Self::Requests,
        Self::Nodes,
    ];

    /// Name of the table and of its file.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cells => "cells",
            Self::Series => "series",
            Self::Frontiers => "frontiers",
            Self::Findings => "findings",
            Self::Slices => "slices",
            Self::Requests => "requests",
            Self::Nodes => "nodes",
        }
    }

    /// What a row is.
    pub const fn about(self) -> &'static str {
        match self {
            Self::Cells => "A row for each cell: its identity, completion and every metric.",
            Self::Series => {
                "A row for each load level of each series: the median of its repeats, and whether it is on the frontiers of the first pair of axes."
            }
            Self::Frontiers => {
                "A row for each point of each frontier, and for each cell that is not among them, with the reason."
            }
            Self::Findings => "A row for each finding, worst first.",
            Self::Slices => {
                "A row for each number of each time slice, as the producer cut them; with `--slice` as InferGuard cuts them where records of single requests are known."
            }
            Self::Requests => {
                "A row for each request of the measured phase, in the order of its source."
            }
            Self::Nodes => {
                "A row for each sample of each gauge of a server, endpoint, worker or GPU."
            }
        }
    }

    /// The columns that the table has whatever the data.
    pub fn columns(self) -> Vec<Column> {
        fn of<R>(fields: Vec<Field<R>>) -> Vec<Column> {
            fields.into_iter().map(|field| field.column).collect()
        }
        match self {
            Self::Cells => of(cells::fixed()),
            Self::Series => of(series::fixed()),
            Self::Frontiers => of(frontiers::fields()),
            Self::Findings => of(findings::fields()),
            Self::Slices => of(slices::fields()),
            Self::Requests => of(requests::fields()),
            Self::Nodes => of(nodes::fields()),
        }
    }

    /// Whether a column follows for each metric that any row has.
    pub const fn has_metrics(self) -> bool {
        matches!(self, Self::Cells | Self::Series)
    }
}

/// Why there is no export.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// Nothing could be read.
    #[error(transparent)]
    Analyze(#[from] AnalyzeError),
    /// The axes that series are compared on.
    #[error(transparent)]
    Axis(#[from] inferguard_analysis::axis::AxisError),
    /// The filter takes no cell.
    #[error("none of the {read} cells is wanted by --where")]
    NothingTaken {
        /// Cells that were read.
        read: usize,
    },
    /// The table was not asked for when the data were read.
    #[error("the table `{0}` was not asked for")]
    NotAsked(&'static str),
    /// A file of requests cannot be read any more.
    #[error("cannot read the requests of {path}: {reason}")]
    Requests {
        /// The file, below the input root.
        path: String,
        /// Why not.
        reason: String,
    },
    /// The table cannot be written.
    #[error("cannot write the table")]
    Write(#[from] io::Error),
}

/// What was read, ready to be written as tables.
pub struct Export {
    asked: Vec<TableName>,
    /// Empty unless a table other than the requests was asked for.
    report: Option<Report>,
    /// Start and end of the load of each cell of the report.
    windows: Vec<Option<(i64, i64)>>,
    slices: Vec<slices::OfCell>,
    nodes: nodes::Nodes,
    sources: requests::Sources,
    /// Cells that were read.
    pub cells_read: usize,
    /// Cells that the filter takes.
    pub cells_taken: usize,
}

/// Reads folders of results, or single result files, for these tables.
///
/// Records of single requests are read twice, since their metrics belong to the cells and their rows
/// are never all held; for [`TableName::Requests`] alone once.
pub fn export(
    roots: &[PathBuf],
    options: &Options<'_>,
    filter: &Filter,
    tables: &[TableName],
) -> Result<Export, ExportError> {
    options.frontiers.check(options.prices().is_some())?;
    let requests_only = tables.iter().all(|table| *table == TableName::Requests);
    let keep = if requests_only { Keep::Unread } else { Keep::Nothing };
    let cuts_slices = options.slice_ns.is_some() && tables.contains(&TableName::Slices);
    let mut loaded = load_all_by(roots, options, &|root| {
        if cuts_slices {
            load_digests(root, options, true)
        } else {
            load_keeping(root, options, keep)
        }
    })?;
    let cells_read = loaded.cells.len();
    loaded.choose(filter);
    let cells_taken = loaded.cells.len();
    let mut own: Vec<Option<Slices>> = vec![None; cells_taken];
    for (cell, digest) in std::mem::take(&mut loaded.digests) {
        own[cell] = digest.slices;
    }
    if cells_taken == 0 {
        return Err(ExportError::NothingTaken { read: cells_read });
    }
    let mut export = Export {
        asked: tables.to_vec(),
        report: None,
        windows: Vec::new(),
        slices: Vec::new(),
        nodes: nodes::Nodes::default(),
        sources: requests::Sources::of(&loaded.cells, std::mem::take(&mut loaded.entries)),
        cells_read,
        cells_taken,
    };
    if requests_only {
        return Ok(export);
    }
    let baseline = baseline::read(options)?;
    let mut judged = judge(&loaded, baseline.as_ref(), options);
    config::select(&options.settings, &mut judged.outcomes, &mut judged.ignored);
    export.windows = loaded.cells.iter().map(|cell| cell.evidence.window_ns).collect();
    export.slices = slices::of(&mut loaded.cells, own);
    export.nodes = nodes::of(&loaded.cells);
    let root = roots.first().map_or(Path::new(""), PathBuf::as_path);
    export.report =
        Some(wire::report(root, options, loaded.files, loaded.jobs, judged, loaded.cells));
    Ok(export)
}

impl Export {
    /// The report that the tables are made of; `None` when only the requests were asked for.
    pub fn report(&self) -> Option<&Report> {
        self.report.as_ref()
    }

    /// Writes a table and returns how many rows it has.
    pub fn write(
        &self,
        table: TableName,
        format: Format,
        options: &Options<'_>,
        out: &mut (dyn Write + Send),
    ) -> Result<u64, ExportError> {
        let not_asked = ExportError::NotAsked(table.name());
        if !self.asked.contains(&table) {
            return Err(not_asked);
        }
        if table == TableName::Requests {
            return self.sources.write(format, options, out);
        }
        let report = self.report.as_ref().ok_or(not_asked)?;
        let rows = match table {
            TableName::Cells => {
                let rows = cells::rows(report, &self.windows);
                write_rows(table, format, &cells::fields(report), &rows, out)
            }
            TableName::Series => {
                let by_id = by_id(report);
                let rows = series::rows(report, &by_id);
                write_rows(table, format, &series::fields(report), &rows, out)
            }
            TableName::Frontiers => {
                write_rows(table, format, &frontiers::fields(), &frontiers::rows(report), out)
            }
            TableName::Findings => {
                write_rows(table, format, &findings::fields(), &report.findings, out)
            }
            TableName::Slices => {
                write_rows(table, format, &slices::fields(), &slices::rows(&self.slices), out)
            }
            TableName::Nodes => {
                let fields = nodes::fields();
                let mut writer = begin(table, format, &fields, out)?;
                nodes::each(&self.nodes, &mut |rows| writer.write(&fields, rows))?;
                writer.finish()
            }
            TableName::Requests => Ok(0),
        };
        Ok(rows?)
    }
}

fn write_rows<R>(
    table: TableName,
    format: Format,
    fields: &[Field<R>],
    rows: &[R],
    out: &mut (dyn Write + Send),
) -> io::Result<u64> {
    let mut writer = begin(table, format, fields, out)?;
    writer.write(fields, rows)?;
    writer.finish()
}

fn begin<'w, R>(
    table: TableName,
    format: Format,
    fields: &[Field<R>],
    out: &'w mut (dyn Write + Send),
) -> io::Result<TableWriter<'w>> {
    let columns = fields.iter().map(|field| field.column.clone()).collect();
    TableWriter::new(format, table.name(), columns, out)
}

type ById<'r> = FxHashMap<&'r str, &'r inferguard_schema::Cell>;

fn by_id(report: &Report) -> ById<'_> {
    report.cells.iter().map(|cell| (cell.cell_id.as_str(), cell)).collect()
}

/// A count as a column has it.
fn whole(count: u64) -> Option<i64> {
    i64::try_from(count).ok()
}

/// Ids of several cells in one text; ids are paths, which hold no `;` unless somebody wants trouble.
fn joined(ids: &[Arc<str>]) -> String {
    ids.join("; ")
}
