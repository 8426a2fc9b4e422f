//! `docs/cli.md`: the help of every command, as the parser itself prints it.

use std::fmt::Write;

use clap::{Command, CommandFactory};
use inferguard_cli::args::Cli;

use super::markdown::NOTE;

/// Columns of the help, whatever terminal the page is made on.
const WIDTH: usize = 100;

pub(super) fn page() -> String {
    let mut root = Cli::command().term_width(WIDTH).max_term_width(WIDTH);
    root.build();
    let mut text = format!(
        "{NOTE}# Command line\n\nWhat `inferguard --help` and `inferguard COMMAND --help` print. \
         The exit codes: [exit-codes](exit-codes.md).\n"
    );
    section(&mut text, "inferguard", &mut root);
    for command in root.get_subcommands_mut().filter(|command| command.get_name() != "help") {
        let name = format!("inferguard {}", command.get_name());
        section(&mut text, &name, command);
    }
    text
}

fn section(text: &mut String, name: &str, command: &mut Command) {
    let help = command.render_long_help().to_string();
    let lines: Vec<_> = help.trim_end().lines().map(str::trim_end).collect();
    let _ = write!(text, "\n## `{name}`\n\n```text\n{}\n```\n", lines.join("\n"));
}
