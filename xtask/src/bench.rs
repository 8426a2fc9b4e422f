//! `cargo xtask bench`: figures of the release binary on data made by seed.
//!
//! CPU time (user and system) of child processes, taken in pairs in turn, so that a machine that is
//! busy or slow for a while slows both sides. Prints a table and never fails on a figure: the
//! targets stand beside the figures for whoever reads them.

#[cfg(unix)]
mod agg;
#[cfg(unix)]
mod cells;
#[cfg(unix)]
mod csv;
mod data;
#[cfg(unix)]
mod export;
mod floor;
#[cfg(unix)]
mod html;
#[cfg(unix)]
mod llmd;
mod logs;
#[cfg(unix)]
mod measure;
#[cfg(unix)]
mod plots;
#[cfg(unix)]
mod records;
#[cfg(unix)]
mod requests;
#[cfg(unix)]
mod start;
#[cfg(unix)]
mod trace;

use std::ffi::OsString;
use std::path::Path;

pub(crate) use floor::floor;
pub(crate) use logs::{Engine as LogEngine, read as read_log, write as write_log};

/// What to measure.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Bench
    #[arg(value_enum, default_value_t = Bench::All)]
    bench: Bench,
    /// `agg`: files, one folder each
    #[arg(long, default_value_t = 10_000)]
    files: usize,
    /// `csv`: rows
    #[arg(long, default_value_t = 1_000_000)]
    rows: usize,
    /// `records`: records of 1 KB, and a fifth as many of 3.5 KB; `requests`, `export`: records of
    /// 1 KB;
    /// `trace`: requests of a trace
    #[arg(long, default_value_t = 300_000)]
    records: usize,
    /// `logs`: bytes of each engine's log
    #[arg(long, default_value_t = 500_000_000)]
    log_bytes: u64,
    /// `agg`, `csv`, `records`, `requests`, `export`, `logs`: pairs taken in turn; `cells`, `plots`,
    /// `trace`, `llmd`: runs
    #[arg(long, default_value_t = 7)]
    pairs: usize,
    /// `agg`: another command to run on the same tree, whose path is put at its end
    #[arg(long, value_name = "CMD")]
    against_python: Option<String>,
    /// `requests`: a Python with the package duckdb; the same answers with one thread and the
    /// columns given
    #[arg(long, value_name = "PYTHON")]
    against_duckdb: Option<String>,
    /// `requests`: a Python with the package numpy; the same answers from a loop of json.loads
    #[arg(long, value_name = "PYTHON")]
    against_numpy: Option<String>,
    /// `llmd`: reports
    #[arg(long, default_value_t = 5_000)]
    reports: usize,
    /// `llmd`: a Python with PyYAML, which parses the same reports
    #[arg(long, value_name = "PYTHON")]
    against_pyyaml: Option<String>,
    /// `export`: a Python with polars, to write the same columns
    #[arg(long, value_name = "PYTHON")]
    against_polars: Option<std::path::PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Bench {
    /// 10,000 small files against walking, opening and reading them
    Agg,
    /// One large detailed_results.csv: speed and memory
    Csv,
    /// One large profile_export.jsonl against typed serde_json and a newline count
    Records,
    /// One large worker log of each engine: speed and memory
    Logs,
    /// The command `requests`, start to finish, and against DuckDB or Python where they are named
    Requests,
    /// The command `trace` on one large trace
    Trace,
    /// Thousands of llm-d reports, against PyYAML
    Llmd,
    /// Records of requests to Parquet, and the same by polars with --against-polars
    Export,
    /// Cells of one scenario in memory: grouping, frontiers, every check
    Cells,
    /// Fifty charts as SVG and PNG
    Plots,
    /// report.html of 1,000 cells
    Html,
    /// One small file, start to finish
    Start,
    /// All of them
    All,
}

/// A line of the table.
#[cfg(unix)]
struct Figure {
    name: &'static str,
    value: String,
    range: String,
    target: &'static str,
}

#[cfg(unix)]
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let programs = measure::Programs::build()?;
    let wanted = |bench| args.bench == bench || args.bench == Bench::All;
    let mut figures = Vec::new();
    if wanted(Bench::Agg) {
        figures.extend(agg::run(&programs, args)?);
    }
    if wanted(Bench::Csv) {
        figures.extend(csv::run(&programs, args)?);
    }
    if wanted(Bench::Records) {
        figures.extend(records::run(&programs, args)?);
    }
    if wanted(Bench::Logs) {
        figures.extend(logs::run(&programs, args)?);
    }
    if wanted(Bench::Requests) {
        figures.extend(requests::run(&programs, args)?);
    }
    if wanted(Bench::Trace) {
        figures.extend(trace::run(&programs, args)?);
    }
    if wanted(Bench::Llmd) {
        figures.extend(llmd::run(&programs, args)?);
    }
    if wanted(Bench::Export) {
        figures.extend(export::run(&programs, args)?);
    }
    if wanted(Bench::Cells) {
        figures.extend(cells::run(&programs, args.pairs)?);
    }
    if wanted(Bench::Html) {
        figures.extend(html::run(&programs, args.pairs)?);
    }
    if wanted(Bench::Plots) {
        figures.extend(plots::run(&programs, args.pairs)?);
    }
    if wanted(Bench::Start) {
        figures.extend(start::run(&programs)?);
    }
    println!("\n{:44} {:>12}  {:21} target", "figure", "median", "range");
    for Figure { name, value, range, target } in figures {
        println!("{name:44} {value:>12}  {range:21} {target}");
    }
    Ok(())
}

#[cfg(not(unix))]
pub(crate) fn run(_: &Args) -> anyhow::Result<()> {
    anyhow::bail!("CPU time of child processes is measured on Unix only")
}

/// Runs a command and prints the peak memory that it had.
#[cfg(unix)]
pub(crate) fn peak(command: &[OsString]) -> anyhow::Result<()> {
    println!("{}", measure::peak_of(command)?);
    Ok(())
}

#[cfg(not(unix))]
pub(crate) fn peak(_: &[OsString]) -> anyhow::Result<()> {
    anyhow::bail!("peak memory is measured on Unix only")
}

#[cfg(unix)]
pub(crate) use records::Reader as RecordsReader;
/// Reads records in one of the ways that are compared.
#[cfg(unix)]
pub(crate) use records::read as read_records;
#[cfg(unix)]
pub(crate) use records::{Shape as RecordsShape, write as write_records};

/// Looks at cells in memory and prints the CPU time.
#[cfg(unix)]
pub(crate) fn look_at_cells(cells: usize) -> anyhow::Result<()> {
    cells::look_at(cells)
}

#[cfg(not(unix))]
pub(crate) fn look_at_cells(_: usize) -> anyhow::Result<()> {
    anyhow::bail!("CPU time is measured on Unix only")
}

/// Makes a folder of the bench's data anew.
#[cfg(unix)]
fn fresh(path: &Path) -> anyhow::Result<()> {
    if path.exists() {
        std::fs::remove_dir_all(path)?;
    }
    Ok(std::fs::create_dir_all(path)?)
}
