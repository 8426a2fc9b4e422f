//! Holes in sweeps.

use super::*;

const CODE: &str = "incomplete_sweep";

/// Cells of series `a`, `b`, ... with these loads.
fn series(all: &[&[u32]]) -> Vec<CellBuilder> {
    let mut cells = Vec::new();
    for (name, loads) in (b'a'..).zip(all) {
        let name = char::from(name).to_string();
        cells.extend(loads.iter().map(|load| at(&format!("{name}{load}"), *load).hardware(&name)));
    }
    cells
}

fn fired(tree: &Tree) -> Vec<String> {
    tree.answers(CODE).into_iter().filter(|answer| answer.contains(" info: ")).collect()
}

#[test]
fn a_level_that_half_of_the_sisters_have_is_missed() {
    let hole: &[u32] = &[4, 16, 64];
    let full: &[u32] = &[4, 16, 32, 64];
    let told =
        "a16 info: no measurement at concurrency 32, which 2 of 4 other series of m_1k1k have";
    let without: &[u32] = &[4];
    let tree = Tree::of(series(&[hole, full, full, without, without]));
    assert_eq!(fired(&tree), [told]);
    // Two of five are fewer than half.
    let tree = Tree::of(series(&[hole, full, full, without, without, without]));
    assert_eq!(fired(&tree), Vec::<String>::new());
    // A single sister is never enough.
    assert_eq!(fired(&Tree::of(series(&[hole, full, without]))), Vec::<String>::new());
}

#[test]
fn levels_outside_the_own_range_are_no_holes() {
    let short: &[u32] = &[8, 16];
    let full: &[u32] = &[4, 8, 16, 32];
    let tree = Tree::of(series(&[short, full, full]));
    assert_eq!(tree.answers(CODE), ["a8 clear", "b4 clear", "c4 clear"]);
}

#[test]
fn several_holes_are_one_finding_in_any_order() {
    let full: &[u32] = &[4, 8, 16, 32, 64];
    let mut cells = series(&[&[4, 64], full, full, &[4, 8, 64]]);
    cells.reverse();
    let tree = Tree::of(cells);
    assert_eq!(
        fired(&tree),
        [
            "d8 info: no measurement at concurrency 16, 32, which 2 of 3 other series of m_1k1k have",
            "a4 info: no measurement at concurrency 8, 16, 32, which 2 or more of 3 other series of m_1k1k have",
        ]
    );
}

#[test]
fn loads_within_a_tenth_are_one_level_and_failed_ones_were_measured() {
    let full: &[u32] = &[100, 200, 400];
    let tree = Tree::of(series(&[&[100, 219, 400], full, full]));
    assert_eq!(fired(&tree), Vec::<String>::new());
    let tree = Tree::of(series(&[&[100, 182, 400], full, full]));
    assert_eq!(fired(&tree), Vec::<String>::new());
    let mut cells = series(&[&[100, 400], full, full]);
    cells.push(at("failed", 200).hardware("a").counts(9, 0));
    assert_eq!(fired(&Tree::of(cells)), Vec::<String>::new());
}

#[test]
fn repeats_of_a_sister_count_once() {
    let mut cells = series(&[&[4, 16], &[4, 8, 16], &[4, 16], &[4, 16]]);
    cells.push(at("again", 8).hardware("b"));
    assert_eq!(fired(&Tree::of(cells)), Vec::<String>::new());
}

#[test]
fn sisters_are_of_the_same_scenario_and_axis() {
    let full: &[u32] = &[4, 8, 16];
    let few = "not evaluated: too few other series of the scenario have a load of the same kind";
    let elsewhere = |cell: CellBuilder| cell.identity(|identity| identity.osl = Some(64));
    let mut cells = series(&[&[4, 16], full]);
    cells.extend(series(&[full, full, full]).into_iter().map(elsewhere));
    let answers = Tree::of(cells).answers(CODE);
    assert_eq!(answers[..2], [format!("a4 {few}"), format!("b4 {few}")]);
    let mut cells = series(&[&[4, 16]]);
    cells.extend(series(&[full, full]).into_iter().map(|cell| cell.rate(8.0)));
    assert_eq!(Tree::of(cells).answers(CODE)[0], format!("a4 {few}"));
}

#[test]
fn a_single_level_has_no_range() {
    let full: &[u32] = &[4, 8, 16];
    assert_eq!(
        Tree::of(series(&[&[8], full, full])).answers(CODE)[0],
        "a8 not evaluated: a series of fewer than two load levels has no range"
    );
}

#[test]
fn the_evidence_names_levels_and_sisters() {
    let full: &[u32] = &[4, 8, 16];
    let mut cells = series(&[&[4, 16], full, full]);
    cells[0] = at("a4", 4).hardware("a").artifact("a4.json", Role::AGG_JSON);
    assert_eq!(
        Tree::of(cells).evidence(CODE),
        json!({
            "missing": [{"load": 8.0, "observed": 2, "sisters": ["m_1k1k/b", "m_1k1k/c"]}],
            "limit": 2.0, "num_sisters": 2, "series": "m_1k1k/a", "levels": [4.0, 16.0],
            "artifacts": ["a4.json"],
        })
    );
}

#[test]
fn shares_can_be_set() {
    let full: &[u32] = &[4, 8, 16];
    let without: &[u32] = &[4, 16];
    let tree = || Tree::of(series(&[without, full, full, without]));
    assert_eq!(fired(&tree()).len(), 2);
    assert_eq!(fired(&tree().limit(CODE, "min_share", 0.7)).len(), 0);
    assert_eq!(fired(&tree().limit(CODE, "min_sisters", 3.0)).len(), 0);
}

#[test]
fn thousands_of_series_are_looked_at_without_comparing_all_with_all() {
    // A sweep of one level for each series and two that all share.
    let cells = (0..4000_u32).flat_map(|n| {
        let name = format!("h{n}");
        [1, 1000 + n * 1000, 100_000_000]
            .map(|load| at(&format!("{n}-{load}"), load).hardware(&name))
    });
    assert_eq!(fired(&Tree::of(cells)), Vec::<String>::new());
}
