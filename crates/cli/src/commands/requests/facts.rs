//! What is one number a run, what the objectives fail, and what of the records was refused.

use std::fmt::Write as _;

use inferguard::model::{MetricEntry, Quantity, Stat};
use inferguard::render::escape::visible;
use inferguard::render::number::{count, measure, millis, percent};
use inferguard::render::terminal::wrap;
use inferguard::requests::{Fails, RequestRun};

use super::{Screen, load, percentile_name};
use crate::page;

/// How a number is taken from a run and told.
pub(super) type Of<'a> = Box<dyn Fn(&RequestRun) -> Option<String> + 'a>;

impl Screen<'_> {
    /// What is one number each.
    pub(super) fn facts(&self, run: &RequestRun) -> String {
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
    pub(super) fn labels(&self) -> Vec<(String, Of<'_>)> {
        let rate = |quantity| -> Of<'_> { Box::new(move |run| run.rate(quantity).map(measure)) };
        let mut all: Vec<(String, Of<'_>)> = vec![
            ("load".into(), Box::new(|run| Some(load(run)).filter(|load| load != "-"))),
            ("requests".into(), Box::new(|run| Some(requests(run)))),
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

    pub(super) fn fails(&self, run: &RequestRun, tier: usize, slo: &str) -> String {
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
    pub(super) fn problems(&self, run: &RequestRun) -> String {
        let mut text = String::new();
        for problem in &run.problems {
            let at = if problem.at.is_empty() { "" } else { ", first at " };
            let told = format!("records: {}{at}{}", problem.message, problem.at);
            text += &page::indented(&wrap(&visible(&told), self.width - 2));
        }
        text
    }
}

/// Requests that succeeded, and of how many where some did not.
fn requests(run: &RequestRun) -> String {
    if run.attempts > run.successes {
        format!("{} of {}", count(run.successes), count(run.attempts))
    } else {
        count(run.successes)
    }
}

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
