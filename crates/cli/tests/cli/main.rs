//! Outer tests: the built binary on trees that the tests write, judged by what a user and a script
//! see: files, exit code, stdout and stderr.

#![expect(clippy::print_stderr, reason = "a test that is skipped says so")]

mod build;
mod commands;
mod configuration;
mod determinism;
mod exit_codes;
mod export;
mod flags;
mod hostile_csv;
mod hostile_json;
mod hostile_records;
#[cfg(unix)]
mod hostile_tree;
#[cfg(unix)]
mod interrupt;
mod joins;
mod notebooks;
mod pareto;
mod plot;
mod private;
mod requests;
mod run;
mod runs;
mod samples;
mod trace;
