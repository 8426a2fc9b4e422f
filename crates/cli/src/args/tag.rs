//! Arguments of `tag`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Arguments of `tag`.
#[derive(Debug, Args)]
#[command(
    after_help = "Tags are kept in {jobid}.json of the job. Only the list of tags changes there; \
the file is replaced in one step.\n\nExamples:\n  \
inferguard tag add 12345 good baseline --in outputs/\n  \
inferguard tag remove outputs/12345 good\n  \
inferguard tag list --in outputs/\n  \
inferguard runs outputs/ --tag baseline"
)]
pub struct TagArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: TagCommand,
}

/// What to do with tags.
#[derive(Debug, Subcommand)]
pub enum TagCommand {
    /// Add tags behind those that are there
    Add(TagEditArgs),
    /// Take tags away
    Remove(TagEditArgs),
    /// List the tags of one run, or of all
    List(TagListArgs),
}

/// Arguments of `tag add` and `tag remove`.
#[derive(Debug, Args)]
pub struct TagEditArgs {
    /// Number of the job, or folder of the run
    #[arg(value_name = "JOB")]
    pub run: String,
    /// Tags
    #[arg(value_name = "TAG", required = true)]
    pub tags: Vec<String>,
    /// Folder to look in [default: the current one]
    #[arg(long = "in", value_name = "DIR")]
    pub folder: Option<PathBuf>,
    /// Print the tags that the job has then as JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `tag list`.
#[derive(Debug, Args)]
pub struct TagListArgs {
    /// Number of the job, or folder of the run; all when it is left out
    #[arg(value_name = "JOB")]
    pub run: Option<String>,
    /// Folder to look in [default: the current one]
    #[arg(long = "in", value_name = "DIR")]
    pub folder: Option<PathBuf>,
    /// Print the tags as JSON
    #[arg(long)]
    pub json: bool,
}
