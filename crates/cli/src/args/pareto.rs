//! Arguments of `pareto`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use inferguard::AxisName;

use super::{FrontierArgs, InputArgs};

/// Arguments of `pareto`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
inferguard pareto results/\n      \
list the scenarios, and for each the best configurations: throughput per GPU against interactivity\n  \
inferguard pareto results/ --scenario 1 --x p99_ttft --y output_tput_per_gpu\n      \
one scenario, other axes\n  \
inferguard pareto july/ august/ --where hardware=b200,framework=sglang --cutoff 30\n      \
several folders on one chart, only points with at least 30 tok/s/user\n  \
inferguard pareto results/ --slo \"ttft:500 tpot:30\"\n      \
the best measured load of every configuration that meets the objectives (p99, ms)\n  \
inferguard pareto results/ --best tput_per_gpu --top 5\n  \
inferguard pareto results/ --json | jq '.scenarios[].frontiers[0].points'")]
pub struct ParetoArgs {
    /// Folders of results, or single result files
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<PathBuf>,
    /// Which frontiers are drawn.
    #[command(flatten)]
    pub frontiers: FrontierArgs,
    /// What each frontier is drawn over
    #[arg(long, value_enum, default_value_t = ScopeArg::Scenario)]
    pub by: ScopeArg,
    /// List every point behind each frontier too, by configuration and load
    #[arg(long, conflicts_with = "best")]
    pub points: bool,
    /// List the best cells by a metric instead
    #[arg(long, value_name = "METRIC", conflicts_with_all = ["x", "y", "cutoff", "by"])]
    pub best: Option<AxisName>,
    /// How many cells --best lists
    #[arg(long, value_name = "N", default_value_t = 10, requires = "best")]
    pub top: usize,
    /// Print the comparison as JSON: the shape of cross_run in report.json
    #[arg(long)]
    pub json: bool,
    /// What is read and how.
    #[command(flatten)]
    pub input: InputArgs,
}

/// What a frontier is drawn over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ScopeArg {
    /// All systems of a scenario together
    Scenario,
    /// Each hardware
    Hardware,
    /// Each system: hardware, framework, precision, speculative decoding
    System,
}
