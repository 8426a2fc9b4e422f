//! `inferguard requests`.

mod facts;
mod groups;
mod one;
mod side_by_side;
mod slices;
mod sweep;

use inferguard::Options;
use inferguard::model::{Quantity, Stat};
use inferguard::render::escape::{shorten_middle, visible};
use inferguard::render::number::{count, counted, exact, measure, millis};
use inferguard::render::terminal::wrap;
use inferguard::requests::{Distribution, RequestRun, Requests, is_low_n, requests};
use inferguard::schema::ExitCode;

use crate::args::RequestsArgs;
use crate::progress::Bar;
use crate::{page, terminal};

pub(crate) fn run(args: &RequestsArgs, quiet: bool) -> anyhow::Result<ExitCode> {
    let bar = Bar::new(quiet);
    let roots: Vec<_> = args.paths.iter().map(AsRef::as_ref).collect();
    let options = Options { progress: Some(&bar), ..args.input.options(&roots, quiet)? };
    let found = requests(&args.paths, &options, &args.query());
    bar.finish();
    let found = found?;
    if args.json {
        let mut text = serde_json::to_string_pretty(&found.to_json())?;
        text.push('\n');
        crate::print(text.as_bytes())?;
        return Ok(ExitCode::Clean);
    }
    let screen = Screen { width: terminal::width(), color: terminal::color(), found: &found };
    crate::print(screen.show().as_bytes())?;
    if !found.without_records.is_empty() && !quiet {
        let cells = counted(found.without_records.len(), "cell", "cells");
        terminal::complain(&format!("{cells} without records of single requests left out"));
    }
    Ok(ExitCode::Clean)
}

/// Slices and groups that are printed; `--json` has all.
const MOST_ROWS: usize = 200;

/// The rows of the table that people know: quantity, name, and whether it is told in ms.
const ROWS: [(Quantity, &str, bool); 9] = [
    (Quantity::Ttft, "TTFT (ms)", true),
    (Quantity::E2el, "E2EL (ms)", true),
    (Quantity::Tpot, "TPOT (ms)", true),
    (Quantity::Itl, "ITL (ms)", true),
    (Quantity::RequestTputPerUser, PER_USER, false),
    (Quantity::Isl, "ISL (tokens)", false),
    (Quantity::Osl, "OSL (tokens)", false),
    (Quantity::OslExpected, "OSL asked for", false),
    (Quantity::ScheduleDelay, "client wait (ms)", true),
];

const PER_USER: &str = "tokens/s/user";

struct Screen<'a> {
    width: usize,
    color: bool,
    found: &'a Requests,
}

impl Screen<'_> {
    fn show(&self) -> String {
        let runs = &self.found.runs;
        let mut text = String::new();
        if let [only] = &runs[..] {
            text += &self.one(only);
        } else {
            for sweep in &self.found.sweeps {
                text += &self.sweep(sweep);
            }
            text += &self.side_by_side();
        }
        for run in runs {
            text += &self.slices(run);
            text += &self.groups(run);
        }
        for one in &self.found.capacity {
            text += &self.capacity(one);
        }
        text + &self.footnotes()
    }

    /// A heading with the id of a run, whose middle gives way where the line is too short.
    fn heading(&self, before: &str, run: &RequestRun) -> String {
        let id = visible(&run.id);
        let room = self.width.saturating_sub(before.chars().count());
        page::heading(&format!("{before}{}", shorten_middle(&id, room)), self.color)
    }

    fn footnotes(&self) -> String {
        let runs = &self.found.runs;
        let mut notes = Vec::new();
        if runs.iter().any(|run| run.of(Quantity::RequestTputPerUser).is_some()) {
            notes.push(format!(
                "{PER_USER}: (OSL - 1) / (E2EL - TTFT) of each request, which is 1 / TPOT"
            ));
        }
        let is_low = |run: &RequestRun| {
            let shown = &self.found.query.percentiles;
            known(run).any(|(_, _, found)| shown.iter().any(|p| is_low_n(*p, found.summary.n)))
        };
        if runs.iter().any(is_low) {
            notes.push(
                "* too few requests to bound this percentile: p90 needs 29, p95 59, p99 299, p99.9 2,995"
                    .to_owned(),
            );
        }
        let mut text = if notes.is_empty() { String::new() } else { "\n".to_owned() };
        for note in notes {
            text += &page::indented(&wrap(&note, self.width - 2));
        }
        text
    }

    /// A table whose columns from `first` on are numbers.
    fn table(&self, rows: Vec<Vec<String>>, first: usize) -> String {
        let columns = rows.first().map_or(0, Vec::len);
        let numeric: Vec<usize> = (first..columns).collect();
        page::indented(&page::numbers(rows, &numeric, self.width - 2))
    }
}

/// The rows that a run has.
fn known(run: &RequestRun) -> impl Iterator<Item = (String, bool, &Distribution)> {
    ROWS.into_iter().filter_map(|(quantity, name, in_ms)| {
        run.of(quantity).map(|found| (name.to_owned(), in_ms, found))
    })
}

/// A percentile with a mark where the sample is too small for it.
fn percentile(found: &Distribution, milli: u32, in_ms: bool) -> String {
    let value = found.summary.get(Stat::Percentile(milli));
    let number = value.map(|value| if in_ms { millis(value) } else { measure(value) });
    let mark = if is_low_n(milli, found.summary.n) { "*" } else { "" };
    known_or_dash(number.map(|number| number + mark))
}

fn percentile_name(milli: u32) -> String {
    format!("P{}", f64::from(milli) / 1000.0)
}

fn known_or_dash(value: Option<String>) -> String {
    value.unwrap_or_else(|| "-".to_owned())
}

/// Users, or the requested rate.
fn load(run: &RequestRun) -> String {
    match (run.concurrency, run.request_rate) {
        (Some(users), _) => count(u64::from(users)),
        (None, Some(rate)) => format!("{}/s", exact(rate)),
        (None, None) => "-".to_owned(),
    }
}
