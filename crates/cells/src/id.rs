//! Ids of cells.

use std::cmp::Ordering;
use std::sync::Arc;

use inferguard_model::{Cell, Fragment, Problem, ProblemCode, ReportName, SourceFormat};
use rustc_hash::FxHashMap;

use crate::llmd;
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
    if fragment.format == SourceFormat::LlmdBenchmark
        && let Some(name) = ReportName::parse(tree.name(&fragment.artifact))
    {
        // The harness's own file, so that the id is one for every version of the report.
        let folder = tree.folder(&fragment.artifact);
        let stem = name.native_stem();
        let path = if folder.is_empty() { stem.to_owned() } else { format!("{folder}/{stem}") };
        return match llmd::index(fragment, &name) {
            Some(index) => format!("{path}#{index}"),
            None => path,
        };
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
    let mut taken: FxHashMap<Arc<str>, usize> = FxHashMap::default();
    for cell in cells.iter() {
        *taken.entry(cell.id.clone()).or_default() += 1;
    }
    if taken.len() == cells.len() {
        return;
    }
    let mut next: FxHashMap<Arc<str>, usize> = FxHashMap::default();
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
        while taken.contains_key(&*id) {
            *number += 1;
            id = format!("{}~{number}", cell.id);
        }
        let told = format!("another cell has the id `{}` too", cell.id);
        cell.evidence.problem(Problem::warning(ProblemCode::Conflict, "cell_id", told));
        cell.id = id.into();
        taken.insert(cell.id.clone(), 1);
    }
}

/// Orders texts as people do: runs of digits by their number, `c2` before `c16`.
pub fn natural_order(a: &str, b: &str) -> Ordering {
    let same = common_start(a.as_bytes(), b.as_bytes());
    let (mut left, mut right) = (&a.as_bytes()[same..], &b.as_bytes()[same..]);
    loop {
        let order = match (left.first(), right.first()) {
            (None, None) => return a.cmp(b),
            (None, _) => return Ordering::Less,
            (_, None) => return Ordering::Greater,
            (Some(l), Some(r)) if l.is_ascii_digit() && r.is_ascii_digit() => {
                let (l, r) = (take_number(&mut left), take_number(&mut right));
                l.len().cmp(&r.len()).then_with(|| l.cmp(r))
            }
            (Some(l), Some(r)) => {
                (left, right) = (&left[1..], &right[1..]);
                l.cmp(r)
            }
        };
        if order.is_ne() {
            return order;
        }
    }
}

/// Length of what both texts begin with, up to the run of digits in which they part.
fn common_start(a: &[u8], b: &[u8]) -> usize {
    // Ids begin with long folders: whole pieces of them are compared at once.
    let pieces = a.as_chunks::<16>().0.iter().zip(b.as_chunks::<16>().0);
    let whole = 16 * pieces.take_while(|(a, b)| a == b).count();
    let rest = a[whole..].iter().zip(&b[whole..]);
    let same = whole + rest.take_while(|(a, b)| a == b).count();
    let digits = a[..same].iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    same - digits
}

/// Takes the digits at the start of a text and returns them without leading zeros.
fn take_number<'t>(text: &mut &'t [u8]) -> &'t [u8] {
    let end = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    *text = rest;
    let zeros = digits.iter().take_while(|digit| **digit == b'0').count();
    &digits[zeros..]
}
