//! Arguments of every command.

mod chosen;
mod config;
mod duration;
mod export;
mod input;
mod pareto;
mod plot;
mod requests;
mod runs;
mod tag;
mod trace;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub use chosen::{FrontierArgs, WhereArgs};
pub use config::ConfigArgs;
pub use export::{ExportArgs, ExportFormat};
pub use input::InputArgs;
pub use pareto::{ParetoArgs, ScopeArg};
pub use plot::{PictureFormat, PlotArgs, ThemeArg};
pub use requests::{GroupArg, RequestsArgs};
pub use runs::{DiffArgs, GroupByArg, RunsArgs, RunsCommand, RunsListArgs, ShowArgs};
pub use tag::{TagArgs, TagCommand};
pub use trace::TraceArgs;

/// Reads the results of LLM-inference benchmarks and answers with evidence: is this run valid,
/// where does it break, which configurations are worth running.
#[derive(Debug, Parser)]
#[command(name = "inferguard", version, arg_required_else_help = true, max_term_width = 100)]
#[command(after_help = "Exit codes: 0 clean, 1 warning threshold tripped, 2 critical threshold \
tripped, 3 no report, 130 interrupted.\n\nExamples:\n  \
inferguard analyze results/\n  \
inferguard analyze results/ --fail-on warning --output-dir report/\n  \
inferguard analyze results/ --json | jq '.findings[]'\n  \
inferguard pareto results/ --slo \"ttft:500 tpot:30\"\n  \
inferguard requests run/ --percentile 50,75,99.9\n  \
inferguard runs outputs/ --topology 1P/4D\n  \
inferguard export results/ --format parquet -o tables/\n  \
inferguard validate report/report.json")]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Say more on stderr: -v what was listed, -vv every file.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// Say nothing on stderr but errors, and print no summary.
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
}

/// Commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Analyze a folder of benchmark results, or a single result file
    Analyze(Box<AnalyzeArgs>),
    /// Compare configurations: frontiers, knees, the best points that meet objectives
    Pareto(Box<ParetoArgs>),
    /// Draw charts as SVG and PNG files
    Plot(Box<PlotArgs>),
    /// Look into the records of single requests: percentiles, goodput, slices, capacity
    Requests(Box<RequestsArgs>),
    /// List runs, show one, or tell what differs between two
    Runs(Box<RunsArgs>),
    /// Tags of a job, kept in its own metadata
    Tag(TagArgs),
    /// Write cells, points, findings and requests as tables: CSV, JSON, Parquet
    Export(Box<ExportArgs>),
    /// Print the JSON Schema of report.json
    Schema(SchemaArgs),
    /// Check reports against the schema
    Validate(ValidateArgs),
    /// Explain finding codes: what each detects, and its thresholds in force
    Explain(ExplainArgs),
    /// Statistics of Mooncake traces, and windows of them for a replay
    Trace(TraceArgs),
    /// Print a completion script for a shell
    Completions(CompletionsArgs),
    /// Print the manual page in roff
    Man,
}

/// Arguments of `analyze`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
inferguard analyze results/\n      \
read everything below results/, write results/inferguard_report/report.json and report.md\n  \
inferguard analyze results/ --fail-on warning\n      \
exit 1 on warnings and 2 on critical findings\n  \
inferguard analyze results/ --format all\n      \
write report.html as well: one file to look at or to send\n  \
inferguard analyze results/ --list\n      \
say which reader takes which file, and why others are not taken\n  \
inferguard analyze results/ --cost-per-gpu-hour 2.34 --json | jq '.cells[].cost'\n  \
inferguard analyze results/agg_dsr1_1k1k.json --output-dir /tmp/report")]
pub struct AnalyzeArgs {
    /// Folder of results, or a single result file
    #[arg(value_name = "RESULTS_DIR")]
    pub results: PathBuf,
    /// Folder for the report [default: RESULTS_DIR/inferguard_report]
    #[arg(long, value_name = "DIR")]
    pub output_dir: Option<PathBuf>,
    /// Files to write
    #[arg(long, value_enum, default_value_t = Format::Both)]
    pub format: Format,
    /// Draw charts into the folder plots/ beside the report, as SVG and PNG
    #[arg(long, conflicts_with = "list")]
    pub plots: bool,
    /// Severity from which the exit code is not 0
    #[arg(long, value_enum, default_value_t = FailOn::Critical)]
    pub fail_on: FailOn,
    /// Compare with the results in a folder, or with an earlier report.json
    #[arg(long, value_name = "DIR|REPORT", conflicts_with = "list")]
    pub baseline: Option<PathBuf>,
    /// Refuse to report (exit 3) when a required artifact is missing or a result is unreadable
    #[arg(long, conflicts_with = "best_effort")]
    pub strict: bool,
    /// Report what can be read; problems become findings; the default
    #[arg(long)]
    pub best_effort: bool,
    /// Print report.json to stdout as well
    #[arg(long)]
    pub json: bool,
    /// Keep to the published enumerations of codes and formats; the rest moves to `extensions`
    #[arg(long)]
    pub closed_v1: bool,
    /// Say which reader takes which file, and stop
    #[arg(long, conflicts_with_all = ["output_dir", "strict"])]
    pub list: bool,
    /// What is read and how.
    #[command(flatten)]
    pub input: InputArgs,
}

/// Files that `analyze` writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// report.json
    Json,
    /// report.md
    Md,
    /// report.json and report.md
    Both,
    /// report.html: one file for a browser, which works offline
    Html,
    /// All of them
    All,
}

/// Severity at which the exit code speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// Always exit 0 when a report was written
    Never,
    /// Exit 1 on warnings, 2 on critical findings
    Warning,
    /// Exit 2 on critical findings
    Critical,
}

/// Arguments of `schema`.
#[derive(Debug, Args)]
pub struct SchemaArgs {
    /// With the published enumerations of codes and formats closed
    #[arg(long)]
    pub closed_v1: bool,
}

/// Arguments of `validate`.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 every file is valid, 2 a file violates the schema, 3 a file \
cannot be read.\n\nExamples:\n  \
inferguard validate report.json\n  \
inferguard validate --closed-v1 report.json\n  \
inferguard validate --json */report.json | jq '.[] | select(.valid | not)'"
)]
pub struct ValidateArgs {
    /// Reports of v1, or of v1.1 as other tools write it
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Demand the published enumerations of codes and formats
    #[arg(long)]
    pub closed_v1: bool,
    /// Print the answers as JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `explain`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
inferguard explain\n  \
inferguard explain partial_run\n  \
inferguard explain --config ci/inferguard.toml --json | jq '.[].thresholds'")]
pub struct ExplainArgs {
    /// Codes; without one a table of all
    #[arg(value_name = "CODE", value_parser = input::code)]
    pub codes: Vec<&'static str>,
    /// Print the same as JSON
    #[arg(long)]
    pub json: bool,
    /// Configuration.
    #[command(flatten)]
    pub config: ConfigArgs,
}

/// Arguments of `completions`.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// Shell
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_parser_is_consistent() {
        Cli::command().debug_assert();
    }
}
