//! Arguments of `export`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use inferguard::export::TableName;

use super::{InputArgs, WhereArgs};

/// Arguments of `export`.
#[derive(Debug, Args)]
#[command(after_help = "Tables: cells, series (points with frontier membership), frontiers, \
findings, slices, requests, nodes; docs/exports.md has every column.\n\nExamples:\n  \
inferguard export results/ -o tables/\n      \
every table as CSV, one file each\n  \
inferguard export results/ --format parquet --table requests -o requests.parquet\n  \
inferguard export july/ august/ --where hardware=b200 --table cells -o - | head\n  \
inferguard export results/ --format inferencex -o agg_all.json\n      \
one processed row per cell, as the tools of InferenceX read them")]
pub struct ExportArgs {
    /// Folders of results, or single result files
    #[arg(value_name = "DIR", required = true)]
    pub paths: Vec<PathBuf>,
    /// Format of the tables; inferencex is one array of processed rows
    #[arg(long, value_enum, default_value_t = ExportFormat::Csv)]
    pub format: ExportFormat,
    /// Folder for the tables; with --table or --format inferencex a file, or - for stdout
    #[arg(short, long, value_name = "OUT", required = true)]
    pub output: PathBuf,
    /// Only this table
    #[arg(long, value_parser = table)]
    #[arg(value_name = "NAME")]
    pub table: Option<TableName>,
    /// Cut runs whose single requests are known into slices of this length, such as 10s
    #[arg(long, value_name = "TIME", value_parser = super::requests::duration)]
    pub slice: Option<i64>,
    /// Which cells are taken.
    #[command(flatten)]
    pub cells: WhereArgs,
    /// What is read and how.
    #[command(flatten)]
    pub input: InputArgs,
}

/// Formats of `export`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// For spreadsheets: UTF-8, units in the headings
    Csv,
    /// One array of objects
    Json,
    /// One object a line
    Jsonl,
    /// Columns, compressed with zstd
    #[cfg(feature = "parquet")]
    Parquet,
    /// The aggregated array of InferenceX
    Inferencex,
}

fn table(text: &str) -> Result<TableName, String> {
    TableName::ALL.into_iter().find(|table| table.name() == text).ok_or_else(|| {
        let known = TableName::ALL.map(TableName::name);
        format!("there is no such table; the tables are {}", known.join(", "))
    })
}
