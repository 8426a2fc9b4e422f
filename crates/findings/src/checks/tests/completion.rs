//! Codes that rest on request counts.

use super::*;

const INVALID: &str = "invalid_run_no_successful_requests";
const PARTIAL: &str = "partial_run";

fn answer(code: &str, total: impl Into<Option<u64>>, ok: impl Into<Option<u64>>) -> String {
    Tree::of([cell("c").counts(total, ok)]).answers(code).remove(0)
}

#[test]
fn a_cell_without_a_success_is_invalid() {
    assert_eq!(answer(INVALID, 640, 0), "c critical: 0 of 640 requests succeeded");
    assert_eq!(answer(INVALID, 0, 0), "c critical: 0 of 0 requests succeeded");
    assert_eq!(answer(INVALID, 0, None), "c critical: 0 of 0 requests succeeded");
    assert_eq!(
        answer(INVALID, None, 0),
        "c critical: 0 of an unknown number of requests succeeded"
    );
}

#[test]
fn one_success_is_enough_to_be_valid() {
    assert_eq!(answer(INVALID, 640, 1), "c clear");
    assert_eq!(answer(INVALID, None, 1), "c clear");
    assert_eq!(answer(INVALID, 640, 640), "c clear");
}

#[test]
fn unknown_counts_are_not_taken_for_zero() {
    let unknown = "c not evaluated: the source states no request counts";
    for code in [INVALID, PARTIAL] {
        assert_eq!(answer(code, None, None), unknown);
        assert_eq!(answer(code, 640, None), unknown);
    }
    assert_eq!(answer(PARTIAL, None, 640), unknown);
    assert_eq!(answer(PARTIAL, 0, 0), unknown);
}

#[test]
fn the_evidence_of_an_invalid_run_names_counts_and_artifacts() {
    let tree = Tree::of([cell("c").counts(8, 0).artifact("c/agg_c.json", Role::AGG_JSON)]);
    assert_eq!(
        tree.evidence(INVALID),
        json!({"num_requests_total": 8, "num_requests_successful": 0, "artifacts": ["c/agg_c.json"]})
    );
}

#[test]
fn fewer_than_95_percent_are_partial_and_exactly_95_are_not() {
    assert_eq!(answer(PARTIAL, 2000, 1899), "c warning: 1899 of 2000 requests succeeded (95.0 %)");
    assert_eq!(answer(PARTIAL, 100, 94), "c warning: 94 of 100 requests succeeded (94.0 %)");
    assert_eq!(answer(PARTIAL, 100, 1), "c warning: 1 of 100 requests succeeded (1.0 %)");
    assert_eq!(answer(PARTIAL, 100, 95), "c clear");
    assert_eq!(answer(PARTIAL, 2000, 1900), "c clear");
    assert_eq!(answer(PARTIAL, 2000, 1901), "c clear");
    assert_eq!(answer(PARTIAL, 100, 100), "c clear");
}

#[test]
fn a_cell_without_a_success_has_one_code_and_not_two() {
    assert_eq!(answer(PARTIAL, 100, 0), "c clear");
}

#[test]
fn more_successes_than_attempts_are_no_partial_run() {
    assert_eq!(answer(PARTIAL, 100, 120), "c clear");
    assert_eq!(answer(INVALID, 0, 120), "c clear");
}

#[test]
fn the_evidence_of_a_partial_run_has_rate_limit_and_counts() {
    let tree = Tree::of([cell("c").counts(200, 150).artifact("c/agg_c.json", Role::AGG_JSON)]);
    assert_eq!(
        tree.evidence(PARTIAL),
        json!({
            "success_rate": 0.75, "limit": 0.95, "num_requests_total": 200,
            "num_requests_successful": 150, "artifacts": ["c/agg_c.json"],
        })
    );
}

#[test]
fn cells_are_answered_one_by_one_in_any_order() {
    let tree = Tree::of([
        cell("c64").counts(100, 10),
        cell("c4").counts(100, 100),
        cell("c16"),
        cell("c8").counts(100, 0),
    ]);
    assert_eq!(
        tree.answers(PARTIAL),
        [
            "c64 warning: 10 of 100 requests succeeded (10.0 %)",
            "c4 clear",
            "c16 not evaluated: the source states no request counts",
            "c8 clear",
        ]
    );
    assert_eq!(
        tree.answers(INVALID),
        [
            "c64 clear",
            "c4 clear",
            "c16 not evaluated: the source states no request counts",
            "c8 critical: 0 of 100 requests succeeded",
        ]
    );
}

#[test]
fn a_run_that_was_cut_is_told_and_silence_is_no_answer() {
    use inferguard_model::Ending;
    let ended = |ending: Option<Ending>| {
        let mut tree = Tree::of([cell("c").counts(8, 8)]);
        tree.cells[0].evidence.ending = ending;
        tree.answers("run_aborted").remove(0)
    };
    assert_eq!(
        ended(Some(Ending::Cut("it was stopped by hand".into()))),
        "c warning: the run ended before it was meant to: it was stopped by hand"
    );
    assert_eq!(ended(Some(Ending::Whole)), "c clear");
    assert_eq!(ended(None), "c not evaluated: no source says how the run ended");
}
