//! Command line of InferGuard: flags, progress, files, exit codes.
//!
//! It holds no threshold and no metric name: what is computed is the business of the libraries.

pub mod args;
mod command_line;
mod commands;
mod interrupt;
mod output;
mod page;
mod progress;
mod terminal;

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use inferguard::schema::ExitCode as Code;

use args::{Cli, Command};

/// Runs the program and returns its exit code.
pub fn main() -> ExitCode {
    interrupt::install();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    terminal::start_logging(cli.verbose, cli.quiet);
    let code = match run(cli) {
        Ok(code) => code,
        Err(error) if is_broken_pipe(&error) => Code::Clean,
        Err(error) => {
            terminal::complain(&format!("inferguard: {}", chain(&error)));
            Code::NoReport
        }
    };
    ExitCode::from(code.code())
}

fn run(cli: Cli) -> anyhow::Result<Code> {
    match cli.command {
        Command::Analyze(args) => commands::analyze::run(&args, cli.quiet),
        Command::Pareto(args) => commands::pareto::run(&args, cli.quiet),
        Command::Plot(args) => commands::plot::run(&args, cli.quiet),
        Command::Requests(args) => commands::requests::run(&args, cli.quiet),
        Command::Runs(args) => commands::runs::run(&args, cli.quiet),
        Command::Tag(args) => commands::tag::run(&args, cli.quiet),
        Command::Export(args) => commands::export::run(&args, cli.quiet),
        Command::Schema(args) => commands::schema::run(&args),
        Command::Validate(args) => commands::validate::run(&args),
        Command::Explain(args) => commands::explain::run(&args, cli.quiet),
        Command::Trace(args) => commands::trace::run(&args, cli.quiet),
        Command::Completions(args) => commands::completions::run(&args),
        Command::Man => commands::man::run(),
    }
}

/// Help and version go to stdout and succeed; what cannot be used has the code for "no report",
/// because clap's own 2 means "critical finding" here.
fn usage(error: &clap::Error) -> ExitCode {
    let is_help = !error.use_stderr();
    if error.print().is_err() || is_help {
        return ExitCode::from(Code::Clean.code());
    }
    ExitCode::from(Code::NoReport.code())
}

/// The error and its causes on one line, without repeating a cause that its effect spells out.
fn chain(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain() {
        let cause = cause.to_string();
        if text.ends_with(&cause) {
            continue;
        }
        if !text.is_empty() {
            text.push_str(": ");
        }
        text.push_str(&cause);
    }
    text
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause
            .downcast_ref::<std::io::Error>()
            .is_some_and(|io| io.kind() == std::io::ErrorKind::BrokenPipe)
    })
}

/// Writes to stdout; a closed pipe is an error that `main` takes for success.
fn print(text: &[u8]) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text)?;
    out.flush()?;
    Ok(())
}
