//! Load levels that a series left out and its sisters measured, or that its job had planned.

mod planned;

use std::collections::BTreeMap;

use inferguard_analysis::limit::reaches;
use inferguard_analysis::scenario::{LoadAxis, Scenario, Series};
use inferguard_model::Load;
use inferguard_model::number::exact;
use inferguard_schema::Severity;
use serde_json::{Value, json};

use crate::{Check, Context, FindingMeta, Outcome, Threshold};

/// The check.
pub(crate) struct IncompleteSweep;

const MIN_SHARE: Threshold = Threshold {
    name: "min_share",
    default: 0.5,
    unit: "0..1",
    about: "Share of the sisters that measured a level from which it is missed; exactly this share counts. A level of any one sister would hit 80 of 180 real series, by design of their sweeps.",
};

const MIN_SISTERS: Threshold = Threshold {
    name: "min_sisters",
    default: 2.0,
    unit: "count",
    about: "Sisters that measured it, at least; with fewer nobody knows what the sweep was to be.",
};

const META: FindingMeta = FindingMeta {
    code: "incomplete_sweep",
    summary: "A series has a hole where most series of its scenario have a load level, or a job left planned levels out.",
    severity: "info; warning for levels that a job had planned",
    doc: include_str!("incomplete_sweep.md"),
    since: "0.1.0",
    thresholds: &[MIN_SHARE, MIN_SISTERS],
};

const FEW_SISTERS: &str = "too few other series of the scenario have a load of the same kind";
const NO_RANGE: &str = "a series of fewer than two load levels has no range";

/// Sisters that a finding names for a level.
const NAMED_SISTERS: usize = 3;

impl Check for IncompleteSweep {
    fn meta(&self) -> &FindingMeta {
        &META
    }

    fn run(&self, context: &Context<'_>) -> Vec<Outcome> {
        let mut outcomes: Vec<Outcome> = context.unplaced().collect();
        for scenario in &context.scenarios.scenarios {
            let mut by_axis: BTreeMap<LoadAxis, Vec<&Series>> = BTreeMap::new();
            for series in &scenario.series {
                by_axis.entry(series.axis).or_default().push(series);
            }
            for sisters in by_axis.values() {
                look(context, scenario, sisters, &mut outcomes);
            }
        }
        outcomes.extend(planned::outcomes(context));
        outcomes.sort_by_key(|outcome| outcome.cell);
        outcomes
    }
}

/// A load level of a scenario, and the series that have it.
struct Level<'a> {
    load: f64,
    of: Vec<&'a Series>,
}

/// The levels of all series, ascending: each series counts once. Every load is looked at once.
fn levels<'a>(all: &[&'a Series]) -> Vec<Level<'a>> {
    let mut loads: Vec<(f64, usize)> = Vec::new();
    for (at, series) in all.iter().enumerate() {
        loads.extend(series.points.iter().map(|point| (point.load, at)));
    }
    loads.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let mut levels: Vec<Level<'a>> = Vec::new();
    for (load, at) in loads {
        match levels.last_mut() {
            Some(level) if load <= level.load * (1.0 + Load::SAME_LEVEL) => level.of.push(all[at]),
            _ => levels.push(Level { load, of: vec![all[at]] }),
        }
    }
    for level in &mut levels {
        level.of.sort_by(|a, b| a.id.cmp(&b.id));
        level.of.dedup_by(|a, b| a.id == b.id);
    }
    levels
}

fn look(context: &Context<'_>, scenario: &Scenario, all: &[&Series], outcomes: &mut Vec<Outcome>) {
    let sisters = all.len() - 1;
    let needed =
        (context.limit(&META, &MIN_SHARE) * sisters as f64).max(context.limit(&META, &MIN_SISTERS));
    // Few levels are this common, so that looking for each in each series stays cheap.
    let common: Vec<Level<'_>> =
        levels(all).into_iter().filter(|level| reaches(level.of.len() as f64, needed)).collect();
    for series in all {
        let Some(first) = cell(series, 0) else { continue };
        if (sisters as f64) < context.limit(&META, &MIN_SISTERS) {
            outcomes.push(Outcome::not_evaluated(first, FEW_SISTERS));
            continue;
        }
        let [lowest, .., highest] = &series.points[..] else {
            outcomes.push(Outcome::not_evaluated(first, NO_RANGE));
            continue;
        };
        let missing: Vec<&Level<'_>> = common
            .iter()
            .filter(|level| lowest.load < level.load && level.load < highest.load)
            .filter(|level| !has(series, level))
            .collect();
        outcomes.push(match missing.first() {
            None => Outcome::clear(first),
            Some(lowest) => {
                let below = series.points.partition_point(|point| point.load < lowest.load);
                let cell = cell(series, below.saturating_sub(1)).unwrap_or(first);
                fired(context, scenario, series, cell, &missing, (sisters, needed))
            }
        });
    }
}

/// The first cell of a level of a series.
fn cell(series: &Series, at: usize) -> Option<usize> {
    let point = series.points.get(at)?;
    point.cells.first().or(point.left_out.first()).copied()
}

fn has(series: &Series, level: &Level<'_>) -> bool {
    if level.of.binary_search_by(|held| held.id.cmp(&series.id)).is_ok() {
        return true;
    }
    // Its load may have gone to the level below or above by a hair.
    let above = series.points.partition_point(|point| point.load < level.load);
    let near = |at: usize| {
        series.points.get(at).is_some_and(|point| {
            let (low, high) = (point.load.min(level.load), point.load.max(level.load));
            high <= low * (1.0 + Load::SAME_LEVEL)
        })
    };
    near(above) || above.checked_sub(1).is_some_and(near)
}

fn fired(
    context: &Context<'_>,
    scenario: &Scenario,
    series: &Series,
    cell: usize,
    missing: &[&Level<'_>],
    (sisters, needed): (usize, f64),
) -> Outcome {
    let loads: Vec<String> = missing.iter().map(|level| exact(level.load)).collect();
    let counts = || missing.iter().map(|level| level.of.len());
    let least = counts().min().unwrap_or(0);
    let or_more = if counts().all(|n| n == least) { "" } else { " or more" };
    let levels: Vec<Value> = missing
        .iter()
        .map(|level| {
            let named = level.of.iter().take(NAMED_SISTERS).map(|sister| sister.id.as_str());
            json!({
                "load": level.load,
                "observed": level.of.len(),
                "sisters": named.collect::<Vec<_>>(),
            })
        })
        .collect();
    Outcome::fired(
        Some(cell),
        Severity::Info,
        format!(
            "no measurement at {} {}, which {least}{or_more} of {sisters} other series of {} have",
            series.axis.name(),
            loads.join(", "),
            scenario.id
        ),
        [
            ("missing", json!(levels)),
            ("limit", json!(needed)),
            ("num_sisters", json!(sisters)),
            ("series", json!(series.id)),
            ("levels", series.points.iter().map(|point| json!(point.load)).collect()),
            ("artifacts", context.paths(&context.cells[cell])),
        ],
    )
}
