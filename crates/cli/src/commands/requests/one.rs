//! One run: the table that people know, and the intervals of its numbers.

use inferguard::model::Quantity;
use inferguard::render::number::{measure, millis};
use inferguard::render::terminal::wrap;
use inferguard::requests::{Interval, RequestRun};

use super::{ROWS, Screen, known, percentile, percentile_name};
use crate::page;

/// Percentiles in the table of one run; more have a table of their own.
const PERCENTILES: usize = 4;

impl Screen<'_> {
    pub(super) fn one(&self, run: &RequestRun) -> String {
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
            let few: Vec<&str> = few.iter().map(|name| name.trim_end_matches(" (ms)")).collect();
            let told = format!(
                "too few requests for intervals of {}: five blocks are needed",
                few.join(", ")
            );
            text += &page::indented(&wrap(&told, self.width - 2));
        }
        text
    }
}

fn row_of(quantity: Quantity) -> Option<(&'static str, bool)> {
    ROWS.into_iter().find(|(of, ..)| *of == quantity).map(|(_, name, in_ms)| (name, in_ms))
}
