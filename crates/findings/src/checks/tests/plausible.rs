//! Numbers of one cell that contradict each other, and tails.

use super::*;

const GPUS: &str = "gpu_count_suspect";
const UNITS: &str = "unit_suspect";
const TAIL: &str = "heavy_tail";

fn answer(code: &str, cell: CellBuilder) -> String {
    Tree::of([cell]).answers(code).remove(0)
}

fn per_gpu(total: f64, input: f64, output: f64) -> CellBuilder {
    at("c", 16)
        .value("tput_per_gpu", total)
        .value("input_tput_per_gpu", input)
        .value("output_tput_per_gpu", output)
}

fn roles(cell: CellBuilder, prefill: u32, decode: u32) -> CellBuilder {
    cell.identity(|identity| {
        identity.disagg = Some(true);
        identity.topology.prefill.num_gpu = Some(prefill);
        identity.topology.decode.num_gpu = Some(decode);
    })
}

#[test]
fn input_and_output_add_up_to_the_total_within_a_hundredth() {
    assert_eq!(answer(GPUS, per_gpu(100.0, 50.0, 50.0)), "c clear");
    assert_eq!(answer(GPUS, per_gpu(100.0, 50.0, 51.0)), "c clear");
    assert_eq!(
        answer(GPUS, per_gpu(100.0, 50.0, 51.1)),
        "c warning: input + output tokens/s are 1.01 × the total, per GPU"
    );
    assert!(answer(GPUS, per_gpu(100.0, 50.0, 48.9)).starts_with("c warning"));
}

#[test]
fn disaggregated_rows_are_weighted_by_their_roles() {
    // 4 prefill and 32 decode GPUs: 36 × 100 = 4 × 500 + 32 × 50.
    let row = || per_gpu(100.0, 500.0, 50.0);
    assert_eq!(answer(GPUS, roles(row(), 4, 32)), "c clear");
    assert!(answer(GPUS, roles(row(), 8, 28)).starts_with("c warning"));
    // Rows before 2025-11-05, and those without decode GPUs, divide by all.
    assert_eq!(answer(GPUS, roles(per_gpu(100.0, 50.0, 50.0), 4, 32)), "c clear");
    assert_eq!(answer(GPUS, roles(per_gpu(100.0, 50.0, 50.0), 8, 0)), "c clear");
    let unknown = row().identity(|identity| identity.disagg = Some(true));
    assert!(answer(GPUS, unknown).starts_with("c not evaluated"));
}

#[test]
fn a_stated_total_implies_the_number_of_gpus() {
    let row = |gpus: f64| {
        let row = at("c", 16).value("total_tput_tps", 800.0).value("tput_per_gpu", 100.0);
        row.derived("num_gpus", gpus)
    };
    assert_eq!(answer(GPUS, row(8.0)), "c clear");
    assert_eq!(
        answer(GPUS, row(4.0)),
        "c warning: tokens/s ÷ tokens/s per GPU is 8.00 GPUs, and 4 are counted"
    );
    let derived = row(4.0).derived("tput_per_gpu", 100.0);
    assert!(answer(GPUS, derived).starts_with("c not evaluated"));
}

#[test]
fn stated_gpus_are_those_that_the_parallelism_takes() {
    let replica = |gpus: f64, dp: Option<u32>| {
        at("c", 16).value("num_gpus", gpus).identity(|identity| {
            let all = &mut identity.topology.all;
            (all.num_workers, all.tp, all.dp) = (Some(2), Some(4), dp);
        })
    };
    assert_eq!(answer(GPUS, replica(8.0, Some(1))), "c clear");
    assert_eq!(
        answer(GPUS, replica(8.0, Some(2))),
        "c warning: 8 GPUs are stated, and workers × TP × PP × DP take 16"
    );
    // Ranks of DP attention share the GPUs of TP.
    assert!(answer(GPUS, replica(4.0, None)).starts_with("c not evaluated"));
    let pair = at("c", 16).value("num_gpus", 12.0).identity(|identity| {
        for role in [&mut identity.topology.prefill, &mut identity.topology.decode] {
            (role.num_workers, role.tp, role.dp) = (Some(1), Some(4), Some(1));
        }
    });
    assert!(answer(GPUS, pair).contains("take 8"));
}

/// A closed loop of 16 whose ratio is 1 at 160 output tokens/s.
fn loop_of(rate: f64) -> CellBuilder {
    at("c", 16).value("mean_osl", 100.0).value("mean_e2el", 10.0).value("output_tput_tps", rate)
}

#[test]
fn littles_law_holds_between_its_limits() {
    assert_eq!(answer(GPUS, loop_of(160.0)), "c clear");
    assert_eq!(answer(GPUS, loop_of(160.0 / 1.5)), "c clear");
    assert_eq!(answer(GPUS, loop_of(160.0 / 0.8)), "c clear");
    assert!(answer(GPUS, loop_of(160.0 / 1.51)).starts_with("c warning"));
    assert!(answer(GPUS, loop_of(160.0 / 0.79)).starts_with("c warning"));
}

#[test]
fn a_ratio_names_both_causes_where_the_rate_rests_on_the_count() {
    let derived = |rate| loop_of(1.0).derived("output_tput_tps", rate).value("num_gpus", 8.0);
    assert_eq!(
        answer(GPUS, derived(20.0)),
        "c warning: concurrency × OSL is 8.00 × mean E2EL × output tokens/s: 8.00 × too few GPUs are counted, or the concurrency is 8.00 × too high, or it was not held"
    );
    assert_eq!(
        answer(GPUS, derived(640.0)),
        "c warning: concurrency × OSL is 0.250 × mean E2EL × output tokens/s: 4.00 × too many GPUs are counted, or the concurrency is 4.00 × too low"
    );
    assert_eq!(
        answer(GPUS, loop_of(80.0)),
        "c warning: concurrency × OSL is 2.00 × mean E2EL × output tokens/s: the concurrency is 2.00 × too high, or a rate or latency is wrong, or it was not held"
    );
}

#[test]
fn the_output_length_follows_from_the_latencies() {
    let row = |rate: f64| {
        let row = at("c", 16).value("mean_ttft", 0.1).value("mean_tpot", 0.1);
        row.value("mean_e2el", 10.0).value("output_tput_tps", rate)
    };
    assert_eq!(answer(GPUS, row(160.0)), "c clear");
    assert!(answer(GPUS, row(40.0)).starts_with("c warning"));
}

#[test]
fn littles_law_needs_a_closed_loop_without_think_time_or_failures() {
    let wrong = || loop_of(16.0);
    for cell in [wrong().replays("trace"), wrong().rate(4.0), wrong().counts(100, 94), at("c", 16)]
    {
        assert!(answer(GPUS, cell).starts_with("c not evaluated"));
    }
    assert!(answer(GPUS, wrong().counts(100, 95)).starts_with("c warning"));
}

#[test]
fn the_evidence_of_a_count_has_each_ratio_beyond() {
    let cell = per_gpu(100.0, 50.0, 90.0).value("total_tput_tps", 800.0).value("num_gpus", 4.0);
    assert_eq!(
        Tree::of([cell.artifact("c.json", Role::AGG_JSON)]).evidence(GPUS),
        json!({
            "observed": {"parts_of_total": 1.4, "implied_gpus": 2.0},
            "limit": {"parts_of_total": [0.99, 1.01], "implied_gpus": [0.99, 1.01]},
            "num_gpus": 4.0, "concurrency": 16, "artifacts": ["c.json"],
        })
    );
    let tree = Tree::of([loop_of(80.0)]).limit(GPUS, "highest_little", 2.0);
    assert_eq!(tree.answers(GPUS), ["c clear"]);
}

#[test]
fn the_sum_of_the_parts_is_compared_from_a_factor_of_five_on() {
    let row = |e2el: f64| {
        let row = cell("c").value("mean_osl", 101.0).value("mean_tpot", 0.04);
        row.value("mean_ttft", 1.0).value("mean_e2el", e2el)
    };
    assert_eq!(answer(UNITS, row(5.0)), "c clear");
    assert_eq!(answer(UNITS, row(24.9)), "c clear");
    assert_eq!(
        answer(UNITS, row(25.0)),
        "c warning: mean TTFT + mean TPOT × (OSL − 1) is 0.200 × mean E2EL"
    );
    assert_eq!(answer(UNITS, row(1.01)), "c clear");
    assert!(answer(UNITS, row(1.0)).starts_with("c warning"));
    // The nominal length stands in for a measured one.
    let nominal = at("c", 4).value("mean_tpot", 40.0).value("mean_ttft", 1.0);
    assert!(answer(UNITS, nominal.value("mean_e2el", 42.0)).starts_with("c warning"));
}

#[test]
fn a_tail_below_the_median_and_a_whole_below_its_part_are_wrong() {
    let pair = |a: &str, x: f64, b: &str, y: f64| answer(UNITS, cell("c").value(a, x).value(b, y));
    for latency in ["ttft", "tpot", "itl", "e2el"] {
        let (tail, middle) = (format!("p99_{latency}"), format!("p50_{latency}"));
        assert_eq!(pair(&tail, 1.0, &middle, 1.0), "c clear");
        assert!(pair(&tail, 0.99, &middle, 1.0).starts_with("c warning"));
        assert_eq!(pair(&tail, 500.0, &middle, 1.0), "c clear");
    }
    for stat in ["mean", "p50", "p99"] {
        let (whole, part) = (format!("{stat}_e2el"), format!("{stat}_ttft"));
        assert_eq!(pair(&whole, 1.0, &part, 1.0), "c clear");
        assert!(pair(&whole, 0.9, &part, 1.0).starts_with("c warning"));
    }
    assert!(pair("p99_e2el", 0.9, "p50_ttft", 1.0).starts_with("c not evaluated"));
    assert!(pair("mean_itl", 9.0, "mean_tpot", 0.1).starts_with("c not evaluated"));
}

#[test]
fn interactivity_and_tpot_may_differ_by_a_definition_but_not_by_a_unit() {
    let product =
        |intvty: f64| answer(UNITS, cell("c").value("p50_tpot", 0.02).value("p50_intvty", intvty));
    assert_eq!(product(50.0), "c clear");
    assert_eq!(product(100.0), "c clear");
    assert_eq!(product(430.0), "c clear");
    assert_eq!(product(50_000.0), "c warning: median interactivity is 1,000 × 1 / median TPOT");
    assert!(product(0.05).starts_with("c warning"));
}

#[test]
fn one_finding_lists_all_contradictions() {
    let cell = cell("c").value("p99_ttft", 1.0).value("p50_ttft", 2.0).value("p99_tpot", 0.1);
    let evidence = Tree::of([cell.value("p50_tpot", 0.2)]).evidence(UNITS);
    assert_eq!(
        evidence["contradictions"][0],
        json!({"compared": ["p99 TTFT", "median TTFT"], "observed": 0.5, "limit": "at least 1"})
    );
    assert_eq!(evidence["contradictions"].as_array().map(Vec::len), Some(2));
}

fn tail(requests: impl Into<Option<u64>>, stat: &str, ratio: f64) -> String {
    let cell = cell("c").value("p50_tpot", 0.02).value(&format!("{stat}_tpot"), 0.02 * ratio);
    answer(TAIL, cell.counts(None, requests))
}

#[test]
fn a_tail_of_twice_the_median_fires() {
    assert_eq!(
        tail(500, "p99", 2.0),
        "c info: p99 TPOT 40.0 ms is 2.00 × the median of 20.0 ms, over 500 requests"
    );
    assert_eq!(tail(500, "p99", 1.99), "c clear");
    assert_eq!(
        tail(None, "p99", 3.0),
        "c info: p99 TPOT 60.0 ms is 3.00 × the median of 20.0 ms, over an unknown number of requests"
    );
}

#[test]
fn a_tail_needs_enough_requests_beyond_it() {
    let none = "c not evaluated: no median and no percentile of TPOT from p90 up that the number of requests supports";
    assert_eq!(tail(499, "p99", 9.0), none);
    assert_eq!(tail(99, "p95", 9.0), none);
    assert_eq!(tail(49, "p90", 9.0), none);
    assert!(tail(50, "p90", 9.0).starts_with("c info: p90 TPOT"));
    assert_eq!(tail(5000, "p75", 9.0), none);
    assert_eq!(tail(5000, "max", 9.0), none);
    assert_eq!(answer(TAIL, cell("c").value("p99_tpot", 1.0)), none);
    assert_eq!(answer(TAIL, cell("c").value("p99_ttft", 9.0).value("p50_ttft", 1.0)), none);
}

#[test]
fn the_evidence_of_a_tail_has_both_values() {
    let cell = cell("c").value("p50_tpot", 0.5).value("p99_tpot", 2.0).counts(900, 900);
    assert_eq!(
        Tree::of([cell.artifact("c.json", Role::AGG_JSON)])
            .limit(TAIL, "ratio", 4.0)
            .evidence(TAIL),
        json!({
            "metric": "p99_tpot", "observed": 4.0, "limit": 4.0, "tail_seconds": 2.0,
            "median_seconds": 0.5, "num_requests_successful": 900, "artifacts": ["c.json"],
        })
    );
}
