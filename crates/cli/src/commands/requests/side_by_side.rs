//! Several runs, a column each.

use std::fmt::Write as _;

use inferguard::model::Quantity;
use inferguard::render::escape::visible;
use inferguard::render::number::{measure, millis};
use inferguard::requests::RequestRun;

use super::{ROWS, Screen, known_or_dash, percentile, percentile_name};
use crate::page;

/// Runs side by side in one table.
const SIDE_BY_SIDE: usize = 5;

impl Screen<'_> {
    pub(super) fn side_by_side(&self) -> String {
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
