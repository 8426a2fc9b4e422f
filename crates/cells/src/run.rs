//! Which cells were measured together.

use inferguard_model::{Cell, RunId};
use rustc_hash::FxHashMap;

use crate::place::{Tree, top_folder};

/// Puts each cell into the run of its top-level folder where that holds two or more cells, else
/// into the run of the whole input.
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
    for (cell, top) in cells.iter_mut().zip(tops) {
        if !top.is_empty() && held[top] >= 2 {
            cell.run = RunId(top.to_owned());
        }
    }
}
