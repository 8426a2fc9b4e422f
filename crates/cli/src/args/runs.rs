//! Arguments of `runs`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use inferguard::runs::{GroupBy, RunFilter};

use super::InputArgs;

/// Arguments of `runs`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
#[command(after_help = "Examples:\n  \
inferguard runs outputs/\n      \
every run below outputs/: GPU, topology, lengths, load levels, container, tags\n  \
inferguard runs outputs/ --gpu gb200 --topology 1P/4D --isl-osl 1024/1024 --tag good\n  \
inferguard runs show 12345 --in outputs/\n      \
one run: configuration, levels, latencies, services, arguments, environment, workers\n  \
inferguard runs diff 12345 12346 --in outputs/\n      \
what differs between the configurations of two runs\n  \
inferguard runs outputs/ --json | jq '.runs[] | select(.missing != [])'")]
pub struct RunsArgs {
    /// Show or compare instead of listing.
    #[command(subcommand)]
    pub command: Option<RunsCommand>,
    /// What is listed.
    #[command(flatten)]
    pub list: RunsListArgs,
}

/// What else `runs` does.
#[derive(Debug, Subcommand)]
pub enum RunsCommand {
    /// Everything that is known of one run
    Show(ShowArgs),
    /// What differs between the configurations of two runs
    Diff(DiffArgs),
}

/// Which runs are listed.
#[derive(Debug, Args)]
pub struct RunsListArgs {
    /// Folders of runs
    #[arg(value_name = "DIR", required = true)]
    pub paths: Vec<PathBuf>,
    /// Only runs on this GPU, as gb200 or as their metadata write it
    #[arg(long, value_name = "NAME")]
    pub gpu: Vec<String>,
    /// Only runs of this topology, such as 1P/4D or 8A
    #[arg(long, value_name = "XP/YD|XA")]
    pub topology: Vec<String>,
    /// Only runs of these lengths, such as 1024/8192
    #[arg(long, value_name = "ISL/OSL")]
    pub isl_osl: Vec<String>,
    /// Only runs whose container name holds this text
    #[arg(long, value_name = "TEXT")]
    pub container: Vec<String>,
    /// Only runs with this tag; given several times, with all of them
    #[arg(long, value_name = "TAG")]
    pub tag: Vec<String>,
    /// Print the list as JSON
    #[arg(long)]
    pub json: bool,
    /// What is read and how.
    #[command(flatten)]
    pub input: InputArgs,
}

impl RunsListArgs {
    /// The conditions.
    pub(crate) fn filter(&self) -> RunFilter {
        RunFilter {
            gpu: self.gpu.clone(),
            topology: self.topology.clone(),
            lengths: self.isl_osl.clone(),
            container: self.container.clone(),
            tags: self.tag.clone(),
        }
    }
}

/// Arguments of `runs show`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
inferguard runs show outputs/12345\n  \
inferguard runs show 12345 --in outputs/ --by rank\n  \
inferguard runs show 12345 --in outputs/ --json | jq '.nodes[].arguments'")]
pub struct ShowArgs {
    /// Number of the job, or folder of the run
    #[arg(value_name = "JOB")]
    pub run: String,
    /// Folder to look in [default: the current one]
    #[arg(long = "in", value_name = "DIR")]
    pub folder: Option<PathBuf>,
    /// What a line of the worker table stands for
    #[arg(long, value_enum, default_value_t = GroupByArg::Worker)]
    pub by: GroupByArg,
    /// Print the same as JSON; latencies in seconds
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `runs diff`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
inferguard runs diff outputs/12345 outputs/12346\n  \
inferguard runs diff 12345 12346 --in outputs/ --json | jq '.groups[].differences'")]
pub struct DiffArgs {
    /// Number or folder of the first run
    #[arg(value_name = "A")]
    pub a: String,
    /// Number or folder of the second run
    #[arg(value_name = "B")]
    pub b: String,
    /// Folder to look in [default: the current one]
    #[arg(long = "in", value_name = "DIR")]
    pub folder: Option<PathBuf>,
    /// Print the same as JSON
    #[arg(long)]
    pub json: bool,
}

/// What figures of workers are added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum GroupByArg {
    /// Each data-parallel rank
    Rank,
    /// Each worker
    Worker,
    /// All workers of a role on one node
    Node,
    /// All workers of a role
    All,
}

impl GroupByArg {
    /// The library's name for it.
    pub(crate) const fn group(self) -> GroupBy {
        match self {
            Self::Rank => GroupBy::Rank,
            Self::Worker => GroupBy::Worker,
            Self::Node => GroupBy::Node,
            Self::All => GroupBy::Role,
        }
    }
}
