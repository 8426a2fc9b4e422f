//! Finds the results that speak of the same cell.

use std::cmp::Reverse;

use inferguard_model::{
    ArtifactRef, Fragment, FragmentKind, Identity, Metric, MetricSet, Origin, Quantity, Rank,
    SourceFormat, Stat,
};
use rustc_hash::FxHashMap;

use crate::job::Jobs;
use crate::llmd;
use crate::place::{Tree, base_name, of_run, parent, run_of};

/// Relative difference below which two numbers are the same.
pub(crate) const SAME: f64 = 1e-9;

/// Shared numbers that two results must have to be told the same by their values.
const SHARED_AT_LEAST: usize = 4;

/// Neighbours in value that are compared with each result.
const NEIGHBOURS: usize = 64;

/// Groups the results of each cell, the primary one first.
pub(crate) fn groups(results: Vec<Fragment>, jobs: &Jobs, tree: &Tree<'_>) -> Vec<Vec<Fragment>> {
    let mut sets = Sets::new(results.iter().map(|result| jobs.id(result, tree)).collect());
    by_artifact(&results, &mut sets);
    by_export(&results, tree, &mut sets);
    llmd::by_report(&results, tree, &mut |a, b| sets.join(a, b));
    by_values(&results, &mut sets);
    by_stem(&results, tree, &mut sets);
    by_folder(&results, tree, &mut sets);
    for (result, copy) in jobs.pairs(&results, tree) {
        sets.join(result, copy);
    }
    let mut groups: Vec<Vec<Fragment>> = Vec::with_capacity(results.len());
    let mut group_of: FxHashMap<usize, usize> = FxHashMap::default();
    for (index, result) in results.into_iter().enumerate() {
        let at = *group_of.entry(sets.root(index)).or_insert(groups.len());
        match groups.get_mut(at) {
            Some(group) => group.push(result),
            None => groups.push(vec![result]),
        }
    }
    // Files come in the order of their paths, so that little is left to sort.
    for group in &mut groups {
        group.sort_by(|a, b| order(a, tree).cmp(&order(b, tree)));
    }
    groups.sort_by(|a, b| order(&a[0], tree).cmp(&order(&b[0], tree)));
    groups
}

/// Processed rows before summaries before records; what is exact before its rounded copy; single
/// files before elements of arrays; later versions of a report before earlier ones.
fn order<'t>(
    fragment: &'t Fragment,
    tree: &Tree<'t>,
) -> (Rank, bool, bool, Reverse<Option<&'t str>>, &'t str, usize, &'t str) {
    let rank = match fragment.kind {
        FragmentKind::Result(rank) => rank,
        FragmentKind::Attachment { .. } => Rank::Records,
    };
    let base = &fragment.artifact.base;
    let is_copy = fragment.artifact.role.exact_twin().is_some();
    let version = Reverse(llmd::version(fragment, tree));
    (rank, is_copy, !base.is_empty(), version, tree.path(&fragment.artifact), base.len(), base)
}

/// A result and the recomputation from its own records.
fn by_artifact(results: &[Fragment], sets: &mut Sets<'_>) {
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

/// Exports of one run of AIPerf or genai-perf: those of one folder that share a prefix.
fn by_export(results: &[Fragment], tree: &Tree<'_>, sets: &mut Sets<'_>) {
    let mut seen: FxHashMap<(&str, &str, SourceFormat), usize> = FxHashMap::default();
    for (index, result) in results.iter().enumerate() {
        if !matches!(result.format, SourceFormat::Aiperf | SourceFormat::GenaiPerf) {
            continue;
        }
        let path = tree.path(&result.artifact);
        let prefix = inferguard_model::names::export_prefix(base_name(path));
        let first =
            *seen.entry((tree.folder(&result.artifact), prefix, result.format)).or_insert(index);
        sets.join(first, index);
    }
}

/// Results with the same identity whose shared numbers are all equal: a raw file with its row, a
/// row with its copy in an array.
fn by_values(results: &[Fragment], sets: &mut Sets<'_>) {
    let mut keyed: Vec<(Metric, f64, usize)> = results
        .iter()
        .enumerate()
        // Recomputations are with their result already; a replay is a result of its own.
        .filter(|(_, result)| {
            result.folder_is_cell || result.kind != FragmentKind::Result(Rank::Records)
        })
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
            if sets.root(*index) != sets.root(*other) && is_same(&results[*index], &results[*other])
            {
                sets.join(*index, *other);
            }
        }
    }
}

/// Results without a number to compare, of requests that all failed: by the name of their files.
fn by_stem(results: &[Fragment], tree: &Tree<'_>, sets: &mut Sets<'_>) {
    let mut seen: FxHashMap<(&str, &str), usize> = FxHashMap::default();
    for (index, result) in results.iter().enumerate() {
        let alone = result.artifact.base.is_empty() && !result.folder_is_cell;
        if !alone || telling(&result.evidence.metrics).is_some() {
            continue;
        }
        let stem = inferguard_model::names::join_name(tree.stem(&result.artifact));
        let first = *seen.entry((tree.folder(&result.artifact), stem)).or_insert(index);
        if compatible(&results[first].evidence.identity, &result.evidence.identity) {
            sets.join(first, index);
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

fn is_same(a: &Fragment, b: &Fragment) -> bool {
    // A raw result is no replay, whatever its numbers.
    let fits = |x: &Fragment, y: &Fragment| {
        !x.folder_is_cell || y.folder_is_cell || y.format == SourceFormat::AgentxAggregate
    };
    fits(a, b)
        && fits(b, a)
        && compatible(&a.evidence.identity, &b.evidence.identity)
        && equal_where_shared(a, b)
}

/// Whether the numbers that both state are equal, and enough to tell.
fn equal_where_shared(a: &Fragment, b: &Fragment) -> bool {
    // All numbers of a replay are computed, by the formulas of its row.
    let computed = |of: &Fragment, origin: &Origin| !of.folder_is_cell && origin.is_derived();
    let mut shared = 0;
    for entry in &a.evidence.metrics {
        let Some(other) = b.evidence.metrics.entry(entry.metric) else { continue };
        if computed(a, entry.origin) || computed(b, other.origin) {
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
    fn fits<T: PartialEq>(a: Option<&T>, b: Option<&T>) -> bool {
        a.is_none() || b.is_none() || a == b
    }
    // The canonical name of a raw result may rest on less than that of its row.
    let written = a.as_written.model.is_some() && a.as_written.model == b.as_written.model;
    (written || fits(a.model.as_ref(), b.model.as_ref()))
        && fits(a.hardware.as_ref(), b.hardware.as_ref())
        && fits(a.framework.as_ref(), b.framework.as_ref())
        && fits(a.precision.as_ref(), b.precision.as_ref())
        && fits(a.spec_decoding.as_ref(), b.spec_decoding.as_ref())
        && fits(a.load.concurrency.as_ref(), b.load.concurrency.as_ref())
        && fits(a.load.request_rate.as_ref(), b.load.request_rate.as_ref())
        && fits(a.isl.as_ref(), b.isl.as_ref())
        && fits(a.osl.as_ref(), b.osl.as_ref())
        && fits(a.offloading.as_ref(), b.offloading.as_ref())
        && fits(a.image.as_ref(), b.image.as_ref())
        && fits(a.harness.as_ref(), b.harness.as_ref())
        && fits(a.streaming.as_ref(), b.streaming.as_ref())
        && fits(a.turns.as_ref(), b.turns.as_ref())
        && fits(a.cancellation.as_ref(), b.cancellation.as_ref())
        && fits(a.recipe_fingerprint.as_ref(), b.recipe_fingerprint.as_ref())
}

/// Trace-replay folders with the row of the same name; `<cell>/trace_replay/` with `<cell>/`.
fn by_folder(results: &[Fragment], tree: &Tree<'_>, sets: &mut Sets<'_>) {
    if !results.iter().any(|result| result.folder_is_cell) {
        return;
    }
    let mut rows: FxHashMap<&str, Vec<usize>> = FxHashMap::default();
    let mut folders: FxHashMap<&str, Vec<usize>> = FxHashMap::default();
    for (index, result) in results.iter().enumerate() {
        if result.folder_is_cell || result.format != SourceFormat::AgentxAggregate {
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
            let run = run_of(parent(folder));
            let row_run = |row: usize| run_of(tree.cell_folder(&results[row].artifact));
            only(&of_run(rows.get(name)?, run, row_run), sets)
        };
        if let Some(row) = beside.or_else(named) {
            sets.join(row, index);
        }
    }
}

/// The one cell that all of these belong to.
fn only(found: &[usize], sets: &Sets<'_>) -> Option<usize> {
    let first = *found.first()?;
    found.iter().all(|index| sets.root(*index) == sets.root(first)).then_some(first)
}

/// Disjoint sets of results, none of which holds results of two jobs: a job that ran twice may give
/// the same numbers twice, and both are results.
struct Sets<'j> {
    above: Vec<usize>,
    /// The job of each set, at its top.
    job: Vec<Option<&'j str>>,
}

impl<'j> Sets<'j> {
    fn new(job: Vec<Option<&'j str>>) -> Self {
        Self { above: (0..job.len()).collect(), job }
    }

    fn root(&self, mut index: usize) -> usize {
        while self.above[index] != index {
            index = self.above[index];
        }
        index
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        if self.job[a].is_some() && self.job[b].is_some() && self.job[a] != self.job[b] {
            return;
        }
        // The lower index stays on top: deep chains cannot form from sorted input.
        let (top, below) = (a.min(b), a.max(b));
        self.job[top] = self.job[a].or(self.job[b]);
        self.above[below] = top;
    }
}
