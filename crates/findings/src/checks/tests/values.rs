//! Codes that rest on metrics: those that are missing, and those that two artifacts state
//! differently.

use inferguard_model::EvalScore;

use super::*;

const UNAVAILABLE: &str = "metrics_unavailable";
const MISMATCH: &str = "summary_mismatch";

const TTFT: Metric = Metric::new(Stat::P99, Quantity::Ttft);
const E2EL: Metric = Metric::new(Stat::Mean, Quantity::E2el);
const TPOT: Metric = Metric::new(Stat::P99, Quantity::Tpot);
const INTVTY: Metric = Metric::plain(Quantity::Intvty);
const TPUT: Metric = Metric::plain(Quantity::TputPerGpu);

fn score() -> EvalScore {
    EvalScore {
        task: "gsm8k".into(),
        metric: "exact_match".into(),
        filter: String::new(),
        value: 0.9,
        stderr: None,
        n: None,
        higher_is_better: None,
    }
}

fn unavailable(cell: CellBuilder) -> String {
    Tree::of([cell]).answers(UNAVAILABLE).remove(0)
}

#[test]
fn any_statistic_of_ttft_or_e2el_is_a_latency() {
    let missing = "c warning: not available: latency (neither TTFT nor E2EL is stated)";
    assert_eq!(unavailable(cell("c")), missing);
    assert_eq!(unavailable(cell("c").metric(TPOT, 0.02)), missing);
    assert_eq!(unavailable(cell("c").metric(TTFT, 0.2)), "c clear");
    assert_eq!(unavailable(cell("c").metric(E2EL, 0.2)), "c clear");
}

#[test]
fn combined_rows_have_no_latency_by_design() {
    assert_eq!(unavailable(cell("c").metric(INTVTY, 30.0).metric(TPUT, 900.0)), "c clear");
    assert!(unavailable(cell("c").metric(INTVTY, 30.0)).contains("latency"));
    assert!(unavailable(cell("c").metric(TPUT, 900.0)).contains("latency"));
}

#[test]
fn failed_cells_and_attachments_need_no_latency() {
    assert_eq!(unavailable(cell("c").counts(10, 0)), "c clear");
    assert_eq!(unavailable(cell("c").without_result()), "c clear");
    assert!(unavailable(cell("c").counts(10, 9)).contains("latency"));
}

#[test]
fn a_replay_needs_server_metrics_or_their_number() {
    let replay = || cell("c").format(SourceFormat::AgentxTraceReplay).metric(TTFT, 0.2);
    assert_eq!(
        unavailable(replay()),
        "c warning: not available: server metrics (no metrics_server_metrics.csv was read)"
    );
    let file = replay().artifact("m.csv", Role::METRICS_SERVER_METRICS_CSV);
    assert_eq!(unavailable(file), "c clear");
    let stated = replay().metric(Metric::plain(Quantity::ServerGpuCacheHitRate), 0.0);
    assert_eq!(unavailable(stated), "c clear");
    let aggregate = cell("c").format(SourceFormat::AgentxAggregate).metric(TTFT, 0.2);
    assert_eq!(unavailable(aggregate), "c clear");
}

#[test]
fn what_an_eval_leaves_behind_asks_for_its_scores() {
    for role in [Role::META_ENV_JSON, Role::SAMPLE_JSONL] {
        let eval = || cell("c").without_result().format(SourceFormat::Eval).artifact("e", role);
        assert_eq!(
            unavailable(eval()),
            "c warning: not available: eval scores (meta_env.json or samples are there without results*.json)"
        );
        let mut scored = eval();
        scored.cell.evidence.evals.push(score());
        assert_eq!(unavailable(scored), "c clear");
    }
}

#[test]
fn a_cell_has_one_finding_for_all_that_is_missing() {
    let bare = |id| {
        cell(id)
            .format(SourceFormat::AgentxTraceReplay)
            .artifact("meta_env.json", Role::META_ENV_JSON)
    };
    assert_eq!(
        Tree::of([bare("c")]).evidence(UNAVAILABLE),
        json!({
            "missing": ["server metrics", "latency", "eval scores"],
            "artifacts": ["meta_env.json"], "format": "agentx-trace-replay",
        })
    );
    let tree = Tree::of([bare("c64"), cell("c4").metric(TTFT, 0.1), bare("c8")]);
    let fired: Vec<_> =
        tree.answers(UNAVAILABLE).iter().map(|answer| answer.contains("warning")).collect();
    assert_eq!(fired, [true, false, true]);
}

fn mismatch(cell: CellBuilder) -> String {
    Tree::of([cell]).answers(MISMATCH).remove(0)
}

#[test]
fn one_unexplained_difference_fires() {
    let different = cell("c").compared(38).mismatch(TTFT, None);
    assert_eq!(
        mismatch(different),
        "c warning: 1 of 38 values differ between artifacts: p99_ttft 1.5 against 1.25"
    );
}

#[test]
fn explained_differences_and_agreement_are_clear() {
    assert_eq!(mismatch(cell("c").compared(38)), "c clear");
    assert_eq!(mismatch(cell("c").compared(1).mismatch(TTFT, Some("a rule"))), "c clear");
}

#[test]
fn a_cell_with_one_source_is_not_evaluated() {
    assert_eq!(
        mismatch(cell("c").metric(TTFT, 0.1)),
        "c not evaluated: the cell has one source for each metric"
    );
}

#[test]
fn three_metrics_are_named_and_the_rest_counted() {
    let of = |n: u32| {
        let stats = (1..=n).map(|p| Metric::new(Stat::Percentile(p * 1000), Quantity::Ttft));
        stats.fold(cell("c").compared(40), |cell, metric| cell.mismatch(metric, None))
    };
    assert!(mismatch(of(3)).ends_with("p3_ttft 1.5 against 1.25"), "{}", mismatch(of(3)));
    assert!(
        mismatch(of(4)).ends_with("p3_ttft 1.5 against 1.25 and 1 more"),
        "{}",
        mismatch(of(4))
    );
    let listed = |n| Tree::of([of(n)]).evidence(MISMATCH)["metrics"].as_array().map(Vec::len);
    assert_eq!(listed(20), Some(20));
    assert_eq!(listed(21), Some(20));
    assert_eq!(Tree::of([of(21)]).evidence(MISMATCH)["different"], json!(21));
}

#[test]
fn the_evidence_of_a_difference_names_the_other_file() {
    let different = cell("c")
        .compared(2)
        .artifact("agg_c.json", Role::AGG_JSON)
        .artifact("raw/c.json", Role::RAW_JSON)
        .mismatch(TPOT, Some("a rule"))
        .mismatch(TTFT, None);
    assert_eq!(
        Tree::of([different]).evidence(MISMATCH),
        json!({
            "compared": 2,
            "different": 1,
            "metrics": [{"metric": "p99_ttft", "kept": 1.5, "other": 1.25, "other_source": "raw/c.json"}],
            "artifacts": ["agg_c.json", "raw/c.json"],
        })
    );
}

#[test]
fn cells_are_compared_one_by_one_in_any_order() {
    let tree =
        Tree::of([cell("c9").compared(1).mismatch(TTFT, None), cell("c1").compared(1), cell("c5")]);
    let answers = tree.answers(MISMATCH);
    assert!(answers[0].starts_with("c9 warning: 1 of 1 "));
    assert_eq!(answers[1], "c1 clear");
    assert!(answers[2].starts_with("c5 not evaluated"));
}

#[test]
fn elements_of_an_array_are_named_with_their_place() {
    let mut tree = Tree::of([cell("c").counts(4, 0).artifact("all.json", Role::AGG_JSON)]);
    tree.cells[0].artifacts[0].base = "/17".into();
    let evidence = tree.evidence("invalid_run_no_successful_requests");
    assert_eq!(evidence["artifacts"], json!(["all.json#/17"]));
}
