//! Which cells were measured together.

use std::borrow::Cow;

use inferguard_model::{Cell, RunId, SourceFormat};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::llmd;
use crate::place::{Tree, parent, top_folder};

/// Puts each cell into its run: exports of AIPerf into that of the nearest folder that holds two or
/// more of their points, reports of llm-d into that of their sweep, others into that of their top-level folder where it holds two or more
/// cells, and what is left into the run of the whole input.
pub(crate) fn assign(cells: &mut [Cell], tree: &Tree<'_>, join_runs: bool) {
    if join_runs {
        return;
    }
    let mut held: FxHashMap<&str, usize> = FxHashMap::default();
    let tops: Vec<&str> =
        cells.iter().map(|cell| top_folder(tree.path(&cell.artifacts[0]))).collect();
    for top in &tops {
        *held.entry(top).or_default() += 1;
    }
    let points = Points::of(cells, tree);
    let mut stages: FxHashMap<&str, usize> = FxHashMap::default();
    for cell in cells.iter().filter(|cell| cell.format == SourceFormat::LlmdBenchmark) {
        *stages.entry(tree.folder(&cell.artifacts[0])).or_default() += 1;
    }
    for (index, (cell, top)) in cells.iter_mut().zip(tops).enumerate() {
        let sweep = (cell.format == SourceFormat::LlmdBenchmark)
            .then(|| stages.get(tree.folder(&cell.artifacts[0])))
            .flatten()
            .and_then(|stages| llmd::run(cell, tree, *stages));
        match sweep.as_deref().or_else(|| points.run_of(index)) {
            Some(run) => cell.run = RunId(run.to_owned()),
            None if !top.is_empty() && held[top] >= 2 => cell.run = RunId(top.to_owned()),
            None => {}
        }
    }
}

/// The points of sweeps: where a load was measured, once or several times.
struct Points<'t> {
    /// By cell; `None` for cells whose runs are no folders of their own.
    of: Vec<Option<Cow<'t, str>>>,
    /// Points below each folder.
    below: FxHashMap<String, usize>,
    /// Cells of each point.
    repeats: FxHashMap<String, usize>,
}

impl<'t> Points<'t> {
    fn of(cells: &[Cell], tree: &Tree<'t>) -> Self {
        let of: Vec<_> = cells
            .iter()
            .map(|cell| {
                let exports = matches!(cell.format, SourceFormat::Aiperf | SourceFormat::GenaiPerf);
                exports.then(|| {
                    let artifact = &cell.artifacts[0];
                    // Runs under prefixes of their own are points of the folder that they share.
                    let own =
                        inferguard_model::names::export_prefix(tree.name(artifact)).is_empty();
                    if own { point(tree.cell_folder(artifact)) } else { tree.path(artifact).into() }
                })
            })
            .collect();
        let mut repeats: FxHashMap<String, usize> = FxHashMap::default();
        for point in of.iter().flatten() {
            *repeats.entry(point.to_string()).or_default() += 1;
        }
        let mut below: FxHashMap<String, usize> = FxHashMap::default();
        let distinct: FxHashSet<&str> = repeats.keys().map(String::as_str).collect();
        for point in distinct {
            let mut up = point;
            while !up.is_empty() {
                up = parent(up);
                *below.entry(up.to_owned()).or_default() += 1;
            }
        }
        Self { of, below, repeats }
    }

    /// The folder of the point's siblings, else the point itself when it was measured several times,
    /// else the nearest folder that holds two points.
    fn run_of(&self, cell: usize) -> Option<&str> {
        let point = self.of[cell].as_deref()?;
        let holds_two = |folder: &str| self.below.get(folder).is_some_and(|points| *points >= 2);
        let repeated = self.repeats.get(point).is_some_and(|cells| *cells >= 2);
        let mut up = point;
        while !up.is_empty() {
            let above = parent(up);
            if holds_two(above) {
                return Some(if above.is_empty() { "." } else { above });
            }
            if repeated {
                return Some(point);
            }
            up = above;
        }
        None
    }
}

/// A cell's folder without the folders in which AIPerf puts repeats: `profile_runs/run_0001`, and
/// `profile_runs/trial_0001` above or below the folder of a load.
fn point(folder: &str) -> Cow<'_, str> {
    if !folder.contains("profile_runs") {
        return folder.into();
    }
    let mut kept: Vec<&str> = Vec::new();
    let mut parts = folder.split('/').peekable();
    while let Some(part) = parts.next() {
        if part != "profile_runs" {
            kept.push(part);
            continue;
        }
        let is_repeat = |next: &&str| next.starts_with("run_") || next.starts_with("trial_");
        parts.next_if(is_repeat);
    }
    kept.join("/").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeats_are_no_points_of_their_own() {
        for (folder, expected) in [
            ("a/c4", "a/c4"),
            ("a/profile_runs/run_0001", "a"),
            ("a/profile_runs/trial_0002/concurrency_4", "a/concurrency_4"),
            ("a/concurrency_4/profile_runs/trial_0002", "a/concurrency_4"),
            ("profile_runs/run_0001", ""),
        ] {
            assert_eq!(point(folder), expected);
        }
    }
}
