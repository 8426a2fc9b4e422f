//! `inferguard requests`.

mod parts;
mod sweep;

use std::fmt::Write as _;

use inferguard::Options;
use inferguard::model::{MetricEntry, Quantity, Stat};
use inferguard::render::escape::{shorten_middle, visible};
use inferguard::render::number::{count, counted, exact, measure, millis, percent};
use inferguard::render::terminal::wrap;
use inferguard::requests::{
    Distribution, Fails, Interval, RequestRun, Requests, is_low_n, requests,
};
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

/// Runs side by side in one table.
const SIDE_BY_SIDE: usize = 5;
/// Percentiles in the table of one run; more have a table of their own.
const PERCENTILES: usize = 4;
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

    fn one(&self, run: &RequestRun) -> String {
        let mut text = self.heading("", run);
        let percentiles = &self.found.query.percentiles;
        let fit = percentiles.len() <= PERCENTILES;
        let shown: &[u32] = if fit { percentiles } else { &[] };
        let mut head = vec!["METRIC".to_owned(), "AVG".into(), "MIN".into(), "MAX".into()];
        // The field puts the tail first.
        head.extend(shown.iter().rev().map(|milli| percentile_name(*milli)));
        head.push("STD".into());
        let mut rows = vec![head];
        for (name, in_ms, found) in known(run) {
            let summary = &found.summary;
            let number = |value: f64| if in_ms { millis(value) } else { measure(value) };
            let mut row =
                vec![name, number(summary.mean), number(summary.min), number(summary.max)];
            row.extend(shown.iter().rev().map(|milli| percentile(found, *milli, in_ms)));
            row.push(number(summary.std));
            rows.push(row);
        }
        text += &self.table(rows, 1);
        if !fit {
            for some in percentiles.chunks(6) {
                text += &self.percentiles(run, some);
            }
        }
        text.push('\n');
        text += &self.facts(run);
        text += &self.problems(run);
        text + &self.intervals(run)
    }

    /// A heading with the id of a run, whose middle gives way where the line is too short.
    fn heading(&self, before: &str, run: &RequestRun) -> String {
        let id = visible(&run.id);
        let room = self.width.saturating_sub(before.chars().count());
        page::heading(&format!("{before}{}", shorten_middle(&id, room)), self.color)
    }

    fn percentiles(&self, run: &RequestRun, some: &[u32]) -> String {
        let mut head = vec!["METRIC".to_owned()];
        head.extend(some.iter().map(|milli| percentile_name(*milli)));
        let mut rows = vec![head];
        for (name, in_ms, found) in known(run) {
            let values = some.iter().map(|milli| percentile(found, *milli, in_ms));
            rows.push([vec![name], values.collect()].concat());
        }
        format!("\n{}", self.table(rows, 1))
    }

    /// What is one number each.
    fn facts(&self, run: &RequestRun) -> String {
        let labels = self.labels();
        let rows: Vec<Vec<String>> =
            labels.into_iter().filter_map(|(name, of)| Some(vec![name, of(run)?])).collect();
        let mut text = String::new();
        let wide = rows.iter().map(|row| row[0].chars().count()).max().unwrap_or(0);
        for row in &rows {
            let _ = writeln!(text, "  {:<wide$}  {}", row[0], row[1]);
        }
        for (tier, slo) in self.found.tiers.iter().enumerate() {
            text += &self.fails(run, tier, &slo.to_string());
        }
        text
    }

    /// Name and value of everything that is one number a run.
    fn labels(&self) -> Vec<(String, Of<'_>)> {
        let rate = |quantity| -> Of<'_> { Box::new(move |run| run.rate(quantity).map(measure)) };
        let mut all: Vec<(String, Of<'_>)> = vec![
            ("load".into(), Box::new(|run| Some(load(run)).filter(|load| load != "-"))),
            ("requests".into(), Box::new(|run| Some(count(run.successes)))),
            ("success rate".into(), Box::new(|run| run.success_rate.map(percent))),
            ("duration (s)".into(), Box::new(|run| run.duration.map(measure))),
            ("requests/s".into(), rate(Quantity::Qps)),
            ("output tokens/s".into(), rate(Quantity::OutputTput)),
            ("total tokens/s".into(), rate(Quantity::TotalTput)),
            ("output tokens/s/GPU".into(), Box::new(|run| run.output_per_gpu().map(measure))),
            (
                "steady requests/s".into(),
                Box::new(|run| run.steady.map(|window| measure(window.rate()))),
            ),
            // Counted in the producer's own way: never in one row with ours.
            ("wait, stated (ms)".into(), Box::new(stated_wait)),
        ];
        for tier in 0..self.found.tiers.len() {
            let name = |what: &str| match self.found.tiers.len() {
                1 => what.to_owned(),
                _ => format!("{what}, SLO {}", tier + 1),
            };
            all.push((
                name("goodput (req/s)"),
                Box::new(move |run| run.goodput_rps(tier).map(measure)),
            ));
            all.push((
                name("good of attempts"),
                Box::new(move |run| run.goodput[tier].as_ref().ok()?.fraction().map(percent)),
            ));
            all.push((
                name("good of successes"),
                Box::new(move |run| {
                    run.goodput[tier].as_ref().ok()?.fraction_of_successes().map(percent)
                }),
            ));
        }
        all
    }

    fn fails(&self, run: &RequestRun, tier: usize, slo: &str) -> String {
        let slo = visible(slo);
        let judged = match &run.goodput[tier] {
            Err(reason) => return format!("  {slo} cannot be judged: {reason}\n"),
            Ok(judged) => judged,
        };
        let one = |fails: &Fails| {
            let share = fails.missed as f64 / judged.successes.max(1) as f64;
            let lacking = match fails.without_value {
                0 => String::new(),
                n => format!(", {} without a value", count(n)),
            };
            format!(
                "{} misses {} ({} alone{lacking})",
                fails.objective.quantity.info().name,
                percent(share),
                count(fails.alone),
            )
        };
        let told: Vec<String> = judged.fails.iter().map(one).collect();
        let line = format!("{slo}: {} of the successes", told.join(", "));
        page::indented(&wrap(&line, self.width - 2))
    }

    /// What of the records was refused, left out or read with doubt.
    fn problems(&self, run: &RequestRun) -> String {
        let mut text = String::new();
        for problem in &run.problems {
            let at = if problem.at.is_empty() { "" } else { ", first at " };
            let told = format!("records: {}{at}{}", problem.message, problem.at);
            text += &page::indented(&wrap(&visible(&told), self.width - 2));
        }
        text
    }

    fn intervals(&self, run: &RequestRun) -> String {
        if run.intervals.is_empty() {
            return String::new();
        }
        let mut head = vec!["95 % INTERVAL".to_owned(), "AVG".into()];
        let percentiles = &self.found.query.percentiles;
        head.extend(percentiles.iter().map(|milli| percentile_name(*milli)));
        let mut rows = vec![head];
        let mut few = Vec::new();
        for (quantity, found) in &run.intervals {
            let Some((name, in_ms)) = row_of(*quantity) else { continue };
            let Some(found) = found else {
                few.push(name);
                continue;
            };
            let pair = |interval: &Interval| {
                let number = |value: f64| if in_ms { millis(value) } else { measure(value) };
                format!("{}..{}", number(interval.low), number(interval.high))
            };
            let mut row = vec![name.to_owned(), pair(&found.mean)];
            row.extend(found.percentiles.iter().map(|(_, interval)| pair(interval)));
            rows.push(row);
        }
        let mut text = "\n".to_owned();
        if rows.len() > 1 {
            text += &self.table(rows, 1);
        }
        if !few.is_empty() {
            let few = few.join(", ");
            let _ =
                writeln!(text, "  too few requests for intervals of {few}: five blocks are needed");
        }
        text
    }

    fn side_by_side(&self) -> String {
        let names = names(&self.found.runs);
        let mut text = page::heading("Runs", self.color);
        for (name, run) in names.iter().zip(&self.found.runs).filter(|(name, run)| **name != run.id)
        {
            let _ = writeln!(text, "  {name}  {}", visible(&run.id));
        }
        for (names, runs) in names.chunks(SIDE_BY_SIDE).zip(self.found.runs.chunks(SIDE_BY_SIDE)) {
            let mut rows = vec![[vec!["METRIC".to_owned()], names.to_vec()].concat()];
            let mut add = |name: String, of: &dyn Fn(&RequestRun) -> Option<String>| {
                let values: Vec<Option<String>> = runs.iter().map(of).collect();
                if values.iter().any(Option::is_some) {
                    rows.push(
                        [vec![name], values.into_iter().map(known_or_dash).collect()].concat(),
                    );
                }
            };
            for (name, of) in self.labels() {
                add(name, &*of);
            }
            for (quantity, name, in_ms) in ROWS {
                let number = |value: f64| if in_ms { millis(value) } else { measure(value) };
                let label = |what: &str| format!("{what} {name}");
                add(label("mean"), &|run| Some(number(run.of(quantity)?.summary.mean)));
                if matches!(quantity, Quantity::Isl | Quantity::Osl | Quantity::OslExpected) {
                    continue;
                }
                for milli in &self.found.query.percentiles {
                    add(label(&percentile_name(*milli).to_lowercase()), &|run| {
                        Some(percentile(run.of(quantity)?, *milli, in_ms))
                    });
                }
            }
            text.push('\n');
            text += &self.table(rows, 1);
        }
        for (tier, slo) in self.found.tiers.iter().enumerate() {
            for (name, run) in names.iter().zip(&self.found.runs) {
                text += &self.fails(run, tier, &format!("{name}, {slo}"));
            }
        }
        for (name, run) in names.iter().zip(&self.found.runs) {
            let problems = self.problems(run);
            if !problems.is_empty() {
                let _ = write!(text, "{name}\n{problems}");
            }
        }
        text
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

/// How a number is taken from a run and told.
type Of<'a> = Box<dyn Fn(&RequestRun) -> Option<String> + 'a>;

/// What the producer says of its client's wait, lowest percentile first.
fn stated_wait(run: &RequestRun) -> Option<String> {
    let one = |entry: &MetricEntry| match entry.metric.stat {
        Stat::Percentile(milli) => {
            Some(format!("{} {}", percentile_name(milli).to_lowercase(), millis(entry.value)))
        }
        _ => None,
    };
    let told: Vec<String> = run.stated_wait.iter().filter_map(one).collect();
    (!told.is_empty()).then(|| told.join(", "))
}

/// The rows that a run has.
fn known(run: &RequestRun) -> impl Iterator<Item = (String, bool, &Distribution)> {
    ROWS.into_iter().filter_map(|(quantity, name, in_ms)| {
        run.of(quantity).map(|found| (name.to_owned(), in_ms, found))
    })
}

fn row_of(quantity: Quantity) -> Option<(&'static str, bool)> {
    ROWS.into_iter().find(|(of, ..)| *of == quantity).map(|(_, name, in_ms)| (name, in_ms))
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

/// Short names of runs for the heads of columns: the last part of the id, else numbers.
fn names(runs: &[RequestRun]) -> Vec<String> {
    const LONGEST: usize = 10;
    let last =
        |run: &RequestRun| visible(run.id.rsplit('/').next().unwrap_or(&run.id)).into_owned();
    let lasts: Vec<String> = runs.iter().map(last).collect();
    let mut sorted = lasts.clone();
    sorted.sort_unstable();
    sorted.dedup();
    let tells = sorted.len() == lasts.len();
    if tells && lasts.iter().all(|name| name.chars().count() <= LONGEST) {
        return lasts;
    }
    (1..=runs.len()).map(|at| format!("#{at}")).collect()
}
