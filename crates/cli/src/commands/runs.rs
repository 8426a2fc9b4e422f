//! `inferguard runs`: the list, one run, two runs side by side.

mod diff;
mod show;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use inferguard::Options;
use inferguard::model::Job;
use inferguard::render::escape::visible;
use inferguard::render::number::counted;
use inferguard::runs::{Run, Runs, WORKER_LOGS, runs};
use inferguard::schema::ExitCode;

use crate::args::{RunsArgs, RunsCommand, RunsListArgs};
use crate::progress::Bar;
use crate::{page, terminal};

pub(crate) fn run(args: &RunsArgs, quiet: bool) -> anyhow::Result<ExitCode> {
    match &args.command {
        None => list(&args.list, quiet),
        Some(RunsCommand::Show(args)) => show::run(args, quiet),
        Some(RunsCommand::Diff(args)) => diff::run(args, quiet),
    }
}

fn list(args: &RunsListArgs, quiet: bool) -> anyhow::Result<ExitCode> {
    let bar = Bar::new(quiet);
    let roots: Vec<_> = args.paths.iter().map(AsRef::as_ref).collect();
    let mut options = Options { progress: Some(&bar), ..args.input.options(&roots, quiet)? };
    options.exclude.extend(WORKER_LOGS.map(str::to_owned));
    let found = runs(&args.paths, &options);
    bar.finish();
    let found = found?;
    let filter = args.filter();
    let taken: Vec<&Run> = found.runs.iter().filter(|run| filter.takes(run)).collect();
    if args.json {
        let all: Vec<_> = taken.iter().map(|run| found.to_json(run)).collect();
        return print_json(&serde_json::json!({ "runs": all }));
    }
    if !filter.is_empty() && !quiet {
        let n = counted(taken.len(), "run", "runs");
        terminal::complain(&format!("the conditions take {n} of {}", found.runs.len()));
    }
    crate::print(table(&found, &taken).as_bytes())?;
    Ok(ExitCode::Clean)
}

/// The runs with results, then those without and why, then what else is to be known.
fn table(found: &Runs, taken: &[&Run]) -> String {
    let width = terminal::width();
    let (skipped, shown): (Vec<&Run>, Vec<&Run>) =
        taken.iter().copied().partition(|run| run.skipped.is_some());
    let mut text = String::new();
    if !shown.is_empty() {
        let head = ["RUN", "DAY", "GPU", "TOPOLOGY", "ISL/OSL", "LEVELS", "TAGS"];
        let mut rows = vec![head.map(str::to_owned).to_vec()];
        rows.extend(shown.iter().map(|run| line(found, run)));
        for line in page::table(rows, width) {
            let _ = writeln!(text, "{line}");
        }
    }
    text += &containers(&shown);
    let incomplete: Vec<&&Run> = shown
        .iter()
        .filter(|run| run.missing.as_ref().is_some_and(|levels| !levels.is_empty()))
        .collect();
    if !incomplete.is_empty() {
        text += &apart(&text);
        text += &page::heading("Incomplete", terminal::color());
        text += &reasons(incomplete.iter().map(|run| {
            let levels = run.missing.as_deref().unwrap_or_default();
            (run.id.as_str(), format!("no result at concurrency {}", joined(levels)))
        }));
    }
    if !skipped.is_empty() {
        text += &apart(&text);
        text += &page::heading("Skipped", terminal::color());
        text += &reasons(
            skipped.iter().map(|run| (run.id.as_str(), run.skipped.clone().unwrap_or_default())),
        );
    }
    let notes: Vec<_> = taken
        .iter()
        .flat_map(|run| run.notes.iter().map(|note| (run.id.as_str(), note.clone())))
        .collect();
    if !notes.is_empty() {
        text += &apart(&text);
        text += &page::heading("Notes", terminal::color());
        text += &reasons(notes.into_iter());
    }
    if text.is_empty() { "no runs\n".to_owned() } else { text }
}

fn apart(text: &str) -> String {
    if text.is_empty() { String::new() } else { "\n".to_owned() }
}

fn reasons<'r>(rows: impl Iterator<Item = (&'r str, String)>) -> String {
    let width = terminal::width();
    let rows: Vec<Vec<String>> =
        rows.map(|(id, why)| vec![visible(id).into_owned(), visible(&why).into_owned()]).collect();
    page::indented(&page::plain_table(rows, width.saturating_sub(2)))
}

fn line(found: &Runs, run: &Run) -> Vec<String> {
    let levels = run.cells.iter().filter(|cell| found.cells[**cell].has_result).count();
    let planned = run.job.as_ref().and_then(Job::planned).map(|(levels, _)| levels.len());
    let shown = |text: &str| visible(text).into_owned();
    vec![
        shown(&run.id),
        shown(run.date.as_deref().and_then(|date| date.split([' ', 'T']).next()).unwrap_or("–")),
        shown(run.gpu.as_deref().unwrap_or("–")),
        shown(&some(&run.topology)),
        shown(&some(&run.lengths)),
        planned.map_or_else(|| levels.to_string(), |planned| format!("{levels} of {planned}")),
        shown(&run.tags.join(", ")),
    ]
}

/// What one reads of several values; many are counted.
fn some(values: &[String]) -> String {
    match values {
        [] => "–".to_owned(),
        [only] => only.clone(),
        [a, b] => format!("{a}, {b}"),
        [first, rest @ ..] => format!("{first} and {} more", rest.len()),
    }
}

/// Each container with its runs: names are long, and often shared.
fn containers(shown: &[&Run]) -> String {
    let mut runs: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for run in shown {
        for container in &run.containers {
            runs.entry(container).or_default().push(&run.id);
        }
    }
    if runs.is_empty() {
        return String::new();
    }
    let width = terminal::width().saturating_sub(2);
    let rows = runs.into_iter().map(|(container, runs)| {
        vec![visible(container).into_owned(), visible(&runs.join(", ")).into_owned()]
    });
    let lines = page::plain_table(rows.collect(), width);
    format!("\n{}{}", page::heading("Containers", terminal::color()), page::indented(&lines))
}

fn joined(levels: &[u32]) -> String {
    levels.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// Finds a run: in the folder that was given, else as a folder itself, else in the current one.
fn locate(wanted: &str, folder: Option<&Path>, quiet: bool) -> anyhow::Result<(Runs, usize)> {
    let path = PathBuf::from(wanted);
    let is_folder = folder.is_none() && path.is_dir();
    let root = match folder {
        Some(folder) => folder.to_owned(),
        None if is_folder => path,
        None => PathBuf::from("."),
    };
    let bar = Bar::new(quiet);
    let options = Options { progress: Some(&bar), ..Options::default() };
    let found = runs(std::slice::from_ref(&root), &options);
    bar.finish();
    let found = found?;
    let at = if is_folder {
        found.only().ok_or_else(|| {
            let ids: Vec<_> = found.runs.iter().map(|run| visible(&run.id)).collect();
            anyhow::anyhow!(
                "{wanted} holds {} runs ({}); name one and give the folder with --in",
                ids.len(),
                ids.join(", ")
            )
        })?
    } else {
        found.find(wanted)?
    };
    Ok((found, at))
}

fn print_json(value: &serde_json::Value) -> anyhow::Result<ExitCode> {
    let mut text = serde_json::to_string_pretty(value)?;
    text.push('\n');
    crate::print(text.as_bytes())?;
    Ok(ExitCode::Clean)
}
