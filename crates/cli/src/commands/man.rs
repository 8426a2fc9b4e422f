//! `inferguard man`.

use clap::CommandFactory;
use inferguard::schema::ExitCode;

use crate::args::Cli;

pub(crate) fn run() -> anyhow::Result<ExitCode> {
    let mut pages = Vec::new();
    clap_mangen::Man::new(Cli::command()).render(&mut pages)?;
    // The commands follow in the same page, so that one `man -l` shows all.
    for command in Cli::command().get_subcommands().filter(|c| c.get_name() != "help") {
        let command = command.clone().display_name(format!("inferguard-{}", command.get_name()));
        let man = clap_mangen::Man::new(command);
        man.render_synopsis_section(&mut pages)?;
        man.render_description_section(&mut pages)?;
        man.render_options_section(&mut pages)?;
        man.render_extra_section(&mut pages)?;
    }
    crate::print(&pages)?;
    Ok(ExitCode::Clean)
}
