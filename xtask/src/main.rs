//! Project tasks: `cargo xtask <command>`.
//!
//! - `ci`: everything that a change has to pass, step by step.
//! - `gen`: writes the generated files (schema, reference pages), or compares them with `--check`.
//! - `corpus`: the findings that whole archives give, before and after a change.
//! - `bench`: CPU time and memory of the release binary, as ratios against a floor.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for people")]

mod bench;
mod ci;
mod corpus;
mod generate;
#[cfg(test)]
mod readme;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use clap::{Parser, Subcommand};

/// Tasks of the project.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", arg_required_else_help = true, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Run everything that a change has to pass
    Ci,
    /// Write the generated files
    Gen {
        /// Only say which are stale; exit 1 when one is
        #[arg(long)]
        check: bool,
    },
    /// Measure CPU time and memory of the release binary; prints, and never fails on a figure
    Bench(bench::Args),
    /// Print the findings per code that whole archives give, and what a change did to them
    Corpus(corpus::Args),
    /// Walk a folder, open and read every file: the floor of `bench agg`
    #[command(hide = true)]
    Floor {
        /// Folder
        dir: PathBuf,
    },
    /// Group and check so many cells in memory, and print the CPU time
    #[command(hide = true)]
    LookAtCells {
        /// Cells
        cells: usize,
    },
    /// Read records in one of the ways that `bench records` compares
    #[cfg(unix)]
    #[command(hide = true)]
    Records {
        /// Reader
        #[arg(value_enum)]
        reader: bench::RecordsReader,
        /// A profile_export.jsonl
        file: PathBuf,
        /// Threads of the fast reader
        #[arg(long, default_value_t = 1)]
        threads: usize,
    },
    /// Read a worker log and print what became of its lines
    #[command(hide = true)]
    ReadLog {
        /// A worker log
        file: PathBuf,
    },
    /// Write a worker log made by seed, in which one line in fifty matters
    GenLog {
        /// Whose log
        #[arg(value_enum)]
        engine: bench::LogEngine,
        /// Where to; name it `{node}_{prefill|decode|agg}_w{i}.out`
        file: PathBuf,
        /// About how many bytes
        #[arg(long, default_value_t = 500_000_000)]
        bytes: u64,
    },
    /// Write records of AIPerf made by seed
    #[cfg(unix)]
    #[command(hide = true)]
    GenRecords {
        /// What a line holds
        #[arg(value_enum)]
        shape: bench::RecordsShape,
        /// Where to
        file: PathBuf,
        /// How many
        #[arg(long, default_value_t = 1_000_000)]
        records: usize,
    },
    /// Run a command and print its peak memory in bytes
    #[command(hide = true)]
    Peak {
        /// Command and its arguments
        #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
        command: Vec<std::ffi::OsString>,
    },
}

fn main() -> ExitCode {
    let done = match Cli::parse().task {
        Task::Ci => ci::run(),
        Task::Gen { check: false } => generate::write(root()),
        Task::Gen { check: true } => generate::check(root()),
        Task::Bench(args) => bench::run(&args),
        Task::Corpus(args) => corpus::run(&args),
        Task::Floor { dir } => bench::floor(&dir),
        #[cfg(unix)]
        Task::Records { reader, file, threads } => bench::read_records(reader, &file, threads),
        Task::ReadLog { file } => bench::read_log(&file),
        Task::GenLog { engine, file, bytes } => {
            bench::write_log(&file, bytes, engine).map(|samples| println!("{samples} samples"))
        }
        #[cfg(unix)]
        Task::GenRecords { shape, file, records } => {
            bench::write_records(&file, records, shape).map(|bytes| println!("{bytes} bytes"))
        }
        Task::LookAtCells { cells } => bench::look_at_cells(cells),
        Task::Peak { command } => bench::peak(&command),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// A command for the cargo that runs this program.
fn cargo() -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root());
    cargo
}

/// Root of the workspace.
fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}
