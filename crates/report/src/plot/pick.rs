//! Which series stand for a scenario in a figure that cannot show them all.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use inferguard_schema::{Scenario, Scope, Series};

use super::groups::Groups;
use crate::chart;

/// Series up to which all are drawn: as many lines as a reader can follow, and a legend can name.
pub(super) const MOST: usize = 20;

/// How much a series says: points on the frontier of all, points on that of its system, points.
type Weight = (usize, usize, usize);

/// The series that are drawn, in their order: those with a point on the frontier of all, and of
/// every other system the one with most points on its own.
pub(super) fn series<'a>(
    scenario: &Scenario,
    all: Vec<&'a Series>,
    groups: &Groups,
) -> Vec<&'a Series> {
    if all.len() <= MOST {
        return all;
    }
    let (leading, of_system) = on_frontiers(scenario);
    let weights: Vec<Weight> = all
        .iter()
        .map(|series| {
            let among = |ids: &HashSet<&str>| {
                let is_among = |id: &Arc<str>| ids.contains(&**id);
                series.points.iter().filter(|point| point.cell_ids.iter().any(is_among)).count()
            };
            (among(&leading), among(&of_system), series.points.len())
        })
        .collect();
    // The first of equal ones.
    let better = |a: usize, b: usize| if weights[b] > weights[a] { b } else { a };
    let mut best: BTreeMap<usize, usize> = BTreeMap::new();
    for (at, series) in all.iter().enumerate() {
        let group = groups.of_series(series);
        best.entry(group).and_modify(|held| *held = better(*held, at)).or_insert(at);
    }
    let stands: HashSet<usize> = best.into_values().collect();
    let mut taken: Vec<usize> =
        (0..all.len()).filter(|at| weights[*at].0 > 0 || stands.contains(at)).collect();
    taken.sort_by(|a, b| weights[*b].cmp(&weights[*a]));
    taken.truncate(MOST);
    taken.sort_unstable();
    taken.into_iter().map(|at| all[at]).collect()
}

/// Cells on the frontier of all, and on that of their system.
fn on_frontiers(scenario: &Scenario) -> (HashSet<&str>, HashSet<&str>) {
    let main = chart::headline(scenario);
    let mut held: HashMap<bool, HashSet<&str>> = HashMap::new();
    for frontier in &scenario.frontiers {
        let is_all = frontier.scope == Scope::Scenario;
        let same = main.is_some_and(|main| chart::same_axes(main, frontier));
        if same && (is_all || frontier.scope == Scope::System) {
            let ids = frontier.points.iter().flat_map(|point| &point.cell_ids);
            held.entry(is_all).or_default().extend(ids.map(AsRef::as_ref));
        }
    }
    (held.remove(&true).unwrap_or_default(), held.remove(&false).unwrap_or_default())
}
