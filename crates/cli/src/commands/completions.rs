//! `inferguard completions`.

use clap::CommandFactory;
use inferguard::schema::ExitCode;

use crate::args::{Cli, CompletionsArgs};

pub(crate) fn run(args: &CompletionsArgs) -> anyhow::Result<ExitCode> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "inferguard", &mut script);
    crate::print(&script)?;
    Ok(ExitCode::Clean)
}
