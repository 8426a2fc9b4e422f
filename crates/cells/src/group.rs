//! Finds the results that speak of the same cell.

use inferguard_model::{
    ArtifactRef, Evidence, Fragment, FragmentKind, Identity, Metric, MetricSet, Origin, Quantity,
    Rank, Stat,
};
use rustc_hash::FxHashMap;

use crate::place::{Tree, base_name, top_folder};

/// Relative difference below which two numbers are the same.
pub(crate) const SAME: f64 = 1e-9;

/// Shared numbers that two results must have to be told the same by their values.
const SHARED_AT_LEAST: usize = 4;

/// Neighbours in value that are compared with each result.
const NEIGHBOURS: usize = 64;

/// Groups the results of each cell, the primary one first.
pub(crate) fn groups(results: Vec<Fragment>, tree: &Tree<'_>) -> Vec<Vec<Fragment>> {
    let mut sets = Sets::new(results.len());
    by_artifact(&results, &mut sets);
    by_values(&results, &mut sets);
    by_folder(&results, tree, &mut sets);
    let mut groups: FxHashMap<usize, Vec<Fragment>> = FxHashMap::default();
    for (index, result) in results.into_iter().enumerate() {
        groups.entry(sets.root(index)).or_default().push(result);
    }
    let mut groups: Vec<_> = groups.into_values().collect();
    for group in &mut groups {
        group.sort_by(|a, b| order(a, tree).cmp(&order(b, tree)));
    }
    groups.sort_by(|a, b| order(&a[0], tree).cmp(&order(&b[0], tree)));
    groups
}

/// Processed rows before summaries before records; single files before elements of arrays.
fn order<'t>(fragment: &'t Fragment, tree: &Tree<'t>) -> (Rank, bool, &'t str, usize, &'t str) {
    let rank = match fragment.kind {
        FragmentKind::Result(rank) => rank,
        FragmentKind::Attachment { .. } => Rank::Records,
    };
    let base = &fragment.artifact.base;
    (rank, !base.is_empty(), tree.path(&fragment.artifact), base.len(), base)
}

/// A result and the recomputation from its own records.
fn by_artifact(results: &[Fragment], sets: &mut Sets) {
    let mut seen: FxHashMap<(u32, &str), usize> = FxHashMap::default();
    for (index, result) in results.iter().enumerate() {
        let ArtifactRef { file, base, .. } = &result.artifact;
        match seen.get(&(*file, &**base)) {
            Some(first) => sets.join(*first, index),
            None => {
                seen.insert((*file, base), index);
            }
        }
    }
}

/// Results with the same identity whose shared numbers are all equal: a raw file with its row, a
/// row with its copy in an array.
fn by_values(results: &[Fragment], sets: &mut Sets) {
    let mut keyed: Vec<(Metric, f64, usize)> = results
        .iter()
        .enumerate()
        .filter(|(_, result)| result.kind != FragmentKind::Result(Rank::Records))
        .filter_map(|(index, result)| {
            let (metric, value) = telling(&result.evidence.metrics)?;
            Some((metric, value, index))
        })
        .collect();
    keyed.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.cmp(&b.2)));
    for (at, (metric, value, index)) in keyed.iter().enumerate() {
        let near = keyed[at + 1..]
            .iter()
            .take(NEIGHBOURS)
            .take_while(|(other, near, _)| other == metric && near - value <= SAME * near.abs());
        for (_, _, other) in near {
            if sets.root(*index) != sets.root(*other)
                && is_same(&results[*index].evidence, &results[*other].evidence)
            {
                sets.join(*index, *other);
            }
        }
    }
}

/// The number by which copies are found: one that no two runs share by chance.
fn telling(metrics: &MetricSet) -> Option<(Metric, f64)> {
    [
        Metric::new(Stat::Mean, Quantity::Ttft),
        Metric::new(Stat::P50, Quantity::Ttft),
        Metric::new(Stat::Mean, Quantity::E2el),
        Metric::new(Stat::P50, Quantity::E2el),
        Metric::plain(Quantity::OutputTput),
        Metric::plain(Quantity::TputPerGpu),
    ]
    .into_iter()
    .find_map(|metric| Some((metric, metrics.get(metric).filter(|value| *value != 0.0)?)))
}

fn is_same(a: &Evidence, b: &Evidence) -> bool {
    compatible(&a.identity, &b.identity) && equal_where_shared(&a.metrics, &b.metrics)
}

fn equal_where_shared(a: &MetricSet, b: &MetricSet) -> bool {
    let mut shared = 0;
    for entry in a {
        let Some(other) = b.entry(entry.metric) else { continue };
        let computed = |origin: &Origin| origin.is_derived();
        if computed(&entry.origin) || computed(&other.origin) {
            continue;
        }
        if !close(entry.value, other.value) {
            return false;
        }
        shared += usize::from(entry.value != 0.0);
    }
    shared >= SHARED_AT_LEAST
}

pub(crate) fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= SAME * a.abs().max(b.abs())
}

/// No key that both state differs.
pub(crate) fn compatible(a: &Identity, b: &Identity) -> bool {
    fn fits<T: PartialEq>(a: &Option<T>, b: &Option<T>) -> bool {
        a.is_none() || b.is_none() || a == b
    }
    // The canonical name of a raw result may rest on less than that of its row.
    let written = a.as_written.model.is_some() && a.as_written.model == b.as_written.model;
    (written || fits(&a.model, &b.model))
        && fits(&a.hardware, &b.hardware)
        && fits(&a.framework, &b.framework)
        && fits(&a.precision, &b.precision)
        && fits(&a.spec_decoding, &b.spec_decoding)
        && fits(&a.load.concurrency, &b.load.concurrency)
        && fits(&a.load.request_rate, &b.load.request_rate)
        && fits(&a.isl, &b.isl)
        && fits(&a.osl, &b.osl)
        && fits(&a.offloading, &b.offloading)
        && fits(&a.image, &b.image)
        && fits(&a.recipe_fingerprint, &b.recipe_fingerprint)
}

/// Trace-replay folders with the row of the same name; `<cell>/trace_replay/` with `<cell>/`.
fn by_folder(results: &[Fragment], tree: &Tree<'_>, sets: &mut Sets) {
    if !results.iter().any(|result| result.folder_is_cell) {
        return;
    }
    let mut rows: FxHashMap<&str, Vec<usize>> = FxHashMap::default();
    let mut folders: FxHashMap<&str, Vec<usize>> = FxHashMap::default();
    for (index, result) in results.iter().enumerate() {
        if result.folder_is_cell {
            continue;
        }
        folders.entry(tree.cell_folder(&result.artifact)).or_default().push(index);
        for name in tree.join_names(result) {
            rows.entry(name).or_default().push(index);
        }
    }
    for (index, result) in results.iter().enumerate().filter(|(_, result)| result.folder_is_cell) {
        let folder = tree.cell_folder(&result.artifact);
        let beside = folders.get(folder).and_then(|found| only(found, sets));
        let named = || {
            let name = inferguard_model::names::join_name(base_name(folder));
            let found = rows.get(name)?;
            only(found, sets).or_else(|| {
                // The same cell in several runs: the one of the same run.
                let top = top_folder(tree.path(&result.artifact));
                let near: Vec<usize> = found
                    .iter()
                    .copied()
                    .filter(|row| top_folder(tree.path(&results[*row].artifact)) == top)
                    .collect();
                only(&near, sets)
            })
        };
        if let Some(row) = beside.or_else(named) {
            sets.join(row, index);
        }
    }
}

/// The one cell that all of these belong to.
fn only(found: &[usize], sets: &Sets) -> Option<usize> {
    let first = *found.first()?;
    found.iter().all(|index| sets.root(*index) == sets.root(first)).then_some(first)
}

/// Disjoint sets of results.
struct Sets {
    above: Vec<usize>,
}

impl Sets {
    fn new(n: usize) -> Self {
        Self { above: (0..n).collect() }
    }

    fn root(&self, mut index: usize) -> usize {
        while self.above[index] != index {
            index = self.above[index];
        }
        index
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        // The lower index stays on top: deep chains cannot form from sorted input.
        let (top, below) = (a.min(b), a.max(b));
        self.above[below] = top;
    }
}
