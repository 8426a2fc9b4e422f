//! Ids of cells.

use std::cmp::Ordering;

use inferguard_model::{Cell, Fragment, Problem, ProblemCode};
use rustc_hash::FxHashMap;

use crate::place::Tree;

/// The id of the cell whose result is this fragment: its own, its folder, or its path.
pub(crate) fn of(fragment: &Fragment, tree: &Tree<'_>) -> String {
    if let Some(id) = &fragment.cell_id {
        return id.clone();
    }
    if fragment.folder_is_cell {
        let folder = tree.cell_folder(&fragment.artifact);
        let folder = if folder.is_empty() { tree.root_name } else { folder };
        return folder.to_owned();
    }
    let path = tree.without_extension(&fragment.artifact);
    match fragment.artifact.base.strip_prefix('/') {
        // The element's number, counted from 0 as in the JSON pointers of its provenance.
        Some(element) => format!("{path}#{}", element.replace('/', "#")),
        None => path.to_owned(),
    }
}

/// Gives a suffix to ids that stand twice, in order of the artifacts' paths.
pub(crate) fn make_unique(cells: &mut [Cell]) {
    let mut taken: FxHashMap<String, usize> = FxHashMap::default();
    for cell in cells.iter() {
        *taken.entry(cell.id.clone()).or_default() += 1;
    }
    if taken.len() == cells.len() {
        return;
    }
    let mut next: FxHashMap<String, usize> = FxHashMap::default();
    for cell in cells.iter_mut() {
        if taken[&cell.id] < 2 {
            continue;
        }
        let number = next.entry(cell.id.clone()).or_insert(0);
        *number += 1;
        if *number == 1 {
            continue;
        }
        let mut id = format!("{}~{number}", cell.id);
        while taken.contains_key(&id) {
            *number += 1;
            id = format!("{}~{number}", cell.id);
        }
        let told = format!("another cell has the id `{}` too", cell.id);
        cell.evidence.problem(Problem::warning(ProblemCode::Conflict, "cell_id", told));
        taken.insert(id.clone(), 1);
        cell.id = id;
    }
}

/// Orders texts as people do: runs of digits by their number, `c2` before `c16`.
pub fn natural_order(a: &str, b: &str) -> Ordering {
    let (mut x, mut y) = (a.as_bytes(), b.as_bytes());
    loop {
        match (x.first(), y.first()) {
            (None, None) => return a.cmp(b),
            (None, _) => return Ordering::Less,
            (_, None) => return Ordering::Greater,
            (Some(p), Some(q)) if p.is_ascii_digit() && q.is_ascii_digit() => {
                let digits = |s: &[u8]| s.iter().take_while(|b| b.is_ascii_digit()).count();
                let (n, m) = (digits(x), digits(y));
                let strip = |s: &[u8]| s.iter().take_while(|b| **b == b'0').count();
                let (u, v) = (&x[strip(&x[..n])..n], &y[strip(&y[..m])..m]);
                match u.len().cmp(&v.len()).then_with(|| u.cmp(v)) {
                    Ordering::Equal => (x, y) = (&x[n..], &y[m..]),
                    different => return different,
                }
            }
            (Some(p), Some(q)) if p == q => (x, y) = (&x[1..], &y[1..]),
            (Some(p), Some(q)) => return p.cmp(q),
        }
    }
}
