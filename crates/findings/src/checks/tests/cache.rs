//! `prefix_cache_regression` and `kv_offload_thrash`.

use super::*;

const CACHE: &str = "prefix_cache_regression";
const THRASH: &str = "kv_offload_thrash";

/// A level whose caches supply a share of the prompts.
fn hits(users: u32, rate: f64) -> CellBuilder {
    at(&format!("c{users}"), users).value("server_overall_cache_hit_rate", rate)
}

/// A level whose offloading is off, by the rate of the GPU cache.
fn gpu(users: u32, rate: f64) -> CellBuilder {
    at(&format!("c{users}"), users)
        .identity(|identity| identity.offloading = Some("none".into()))
        .value("server_gpu_cache_hit_rate", rate)
}

fn answers(cells: impl IntoIterator<Item = CellBuilder>) -> Vec<String> {
    let mut tree = Tree::of(cells);
    inferguard_analysis::cache::settle(&mut tree.cells);
    tree.answers(CACHE)
}

fn fired(answers: &[String]) -> Vec<&str> {
    let fired = |line: &&str| line.contains("warning:") || line.contains("info:");
    answers.iter().map(String::as_str).filter(fired).collect()
}

#[test]
fn a_rate_falls_at_exactly_a_tenth_and_not_just_under() {
    let falls = |to| !fired(&answers([hits(8, 0.9), hits(16, to)])).is_empty();
    assert!(falls(0.8) && falls(0.1) && falls(0.0));
    assert!(!falls(0.8001) && !falls(0.9) && !falls(0.95));
    assert_eq!(
        answers([hits(8, 0.9), hits(16, 0.8)]),
        ["c16 warning: from 8 to 16 users: the combined cache hit rate falls 90.0 % → 80.0 %"]
    );
}

#[test]
fn steps_in_a_row_are_one_finding_whatever_the_order_of_the_cells() {
    let one = |cells: Vec<CellBuilder>| {
        let answers = answers(cells);
        let fired = fired(&answers);
        assert_eq!(fired.len(), 1, "{answers:?}");
        fired[0].split_once(": from").expect("a span").1.to_owned()
    };
    let forward = one(vec![hits(8, 0.9), hits(16, 0.7), hits(32, 0.3), hits(64, 0.3)]);
    let back = one(vec![hits(64, 0.3), hits(32, 0.3), hits(16, 0.7), hits(8, 0.9)]);
    assert_eq!(forward, back);
    assert!(forward.starts_with(" 8 to 32 users, 2 steps in a row"), "{forward}");
}

#[test]
fn a_missing_rate_is_not_evaluated_and_says_why() {
    let unknown = |cells: [CellBuilder; 2]| answers(cells).remove(0);
    assert_eq!(
        unknown([hits(8, 0.9), at("c16", 16)]),
        "c16 not evaluated: no cache hit rate is known"
    );
    let offloads = gpu(16, 0.1).identity(|identity| identity.offloading = Some("dram".into()));
    let answers_of = answers([
        gpu(8, 0.9).identity(|identity| identity.offloading = Some("dram".into())),
        offloads,
    ]);
    assert_eq!(
        answers_of,
        ["c16 not evaluated: KV is offloaded, and only the hit rate of the GPU cache is known"]
    );
    let one = answers([hits(8, 0.9)]);
    assert_eq!(one, ["c8 not evaluated: only one load level was measured"]);
}

#[test]
fn cells_of_other_configurations_are_not_compared() {
    let other = hits(16, 0.1).hardware("h100");
    assert!(fired(&answers([hits(8, 0.9), other])).is_empty());
}

#[test]
fn repeats_are_their_median() {
    let repeat = |id: &str, rate| at(id, 16).value("server_overall_cache_hit_rate", rate);
    let repeats = || [repeat("a", 0.9), repeat("b", 0.9), repeat("c", 0.1)];
    assert!(fired(&answers([hits(8, 0.9)].into_iter().chain(repeats()))).is_empty());
}

#[test]
fn a_drop_down_to_the_ideal_is_the_workloads() {
    let theory = |cell: CellBuilder, rate| cell.value("theoretical_infinite_cache_hit_rate", rate);
    let falls = |ideal| !fired(&answers([hits(8, 0.9), theory(hits(16, 0.75), ideal)])).is_empty();
    assert!(!falls(0.75) && !falls(0.77) && !falls(0.6));
    assert!(falls(0.78));
}

#[test]
fn levels_below_theory_are_one_finding_and_part_of_a_drop_where_they_overlap() {
    let theory = |cell: CellBuilder| cell.value("theoretical_cache_hit_rate", 0.9);
    let below = answers([theory(hits(8, 0.7)), theory(hits(16, 0.68)), theory(hits(32, 0.71))]);
    assert_eq!(
        fired(&below),
        [
            "c8 warning: from 8 to 16 users, worst at 16 users: the combined cache hit rate is 68.0 % of an ideal cache's 90.0 %"
        ]
    );
    let clear = answers([theory(hits(8, 0.7001)), theory(hits(16, 0.7001))]);
    assert_eq!(clear, ["c16 clear"]);
    let single = answers([theory(hits(8, 0.7))]);
    assert_eq!(fired(&single).len(), 1, "{single:?}");

    let drop = answers([theory(hits(8, 0.88)), theory(hits(16, 0.5)), theory(hits(32, 0.5))]);
    assert_eq!(
        fired(&drop),
        [
            "c16 warning: from 8 to 16 users: the combined cache hit rate falls 88.0 % → 50.0 %; below theory from 16 to 32 users, worst at 16 users: 50.0 % of an ideal cache's 90.0 %"
        ]
    );
}

#[test]
fn the_infinite_cache_is_the_theory_where_both_are_known() {
    let both = |users| {
        hits(users, 0.6)
            .value("theoretical_infinite_cache_hit_rate", 0.7)
            .value("theoretical_cache_hit_rate", 0.95)
    };
    assert!(fired(&answers([both(8), both(16)])).is_empty());
}

#[test]
fn a_suspect_point_is_info_and_asks_to_be_repeated() {
    let level = |users, tput, rate| hits(users, rate).value("total_tput_tps", tput);
    let cells = || {
        [
            level(8, 1800.0, 0.9),
            level(12, 800.0, 0.7),
            level(16, 2200.0, 0.88),
            level(32, 2300.0, 0.87),
        ]
    };
    let answers = answers(cells());
    assert_eq!(
        fired(&answers),
        [
            "c12 info: from 8 to 12 users: the combined cache hit rate falls 90.0 % → 70.0 %; rests on a suspect point: repeat it"
        ]
    );
}

#[test]
fn retries_are_told_and_a_second_opinion_counts() {
    let queries = |cell: CellBuilder, queries| {
        cell.value("total_prompt_tokens", 100.0).value("prefix_cache_queries", queries)
    };
    let biased = answers([queries(gpu(8, 0.9), 100.0), queries(gpu(16, 0.1), 500.0)]);
    assert!(biased[0].contains("queue-biased"), "{biased:?}");
    let unknown = answers([gpu(8, 0.9), gpu(16, 0.1)]);
    assert!(unknown[0].contains("may be counted again"), "{unknown:?}");

    // Tokens by source fall further than hits / queries, which say that nothing happened.
    let both = |users, by_source: f64, lookups| {
        queries(gpu(users, lookups), 100.0)
            .value("prompt_tokens_gpu_cache_hit", by_source)
            .value("prompt_tokens_external_cache_hit", 0.0)
            .value("prompt_tokens_computed", 100.0 - by_source)
    };
    assert_eq!(answers([both(8, 56.0, 0.577), both(16, 43.0, 0.549)]), ["c16 clear"]);
    assert_eq!(fired(&answers([both(8, 56.0, 0.577), both(16, 43.0, 0.4)])).len(), 1);
    // With retries at the lower level the second opinion is worth nothing.
    let lower = queries(both(8, 56.0, 0.1), 500.0);
    assert_eq!(fired(&answers([lower, both(16, 43.0, 0.09)])).len(), 1);
}

/// Cells of a baseline: users and rate.
fn baseline(cells: &[(u32, f64)]) -> Baseline {
    let of = |(users, rate): &(u32, f64)| {
        let mut tree = Tree::of([hits(*users, *rate)]);
        inferguard_analysis::cache::settle(&mut tree.cells);
        let cell = tree.cells.remove(0);
        let (identity, metrics) = (cell.evidence.identity, cell.evidence.metrics);
        BaselineCell { id: cell.id.to_string(), identity, metrics, evals: Vec::new() }
    };
    Baseline::new("old".into(), cells.iter().map(of).collect())
}

fn against(old: &[(u32, f64)], cells: impl IntoIterator<Item = CellBuilder>) -> Vec<String> {
    let mut tree = Tree::of(cells);
    inferguard_analysis::cache::settle(&mut tree.cells);
    tree.baseline = Some(baseline(old));
    tree.answers(CACHE)
}

#[test]
fn the_baseline_is_compared_level_by_level_and_told_once() {
    let now = || [hits(8, 0.8), hits(16, 0.75), hits(32, 0.72)];
    let answers = against(&[(8, 0.9), (16, 0.9), (32, 0.8199)], now());
    assert_eq!(
        fired(&answers),
        [
            "c8 warning: from 8 to 16 users, worst at 16 users: the combined cache hit rate is 75.0 %, 90.0 % in the baseline"
        ]
    );
    assert!(answers.contains(&"c32 clear".to_owned()), "{answers:?}");
    let answers = against(&[(8, 0.9)], [hits(8, 0.9), hits(16, 0.9)]);
    assert_eq!(
        answers,
        ["c16 clear", "c8 clear", "c16 not evaluated: no comparable cell in the baseline"]
    );
}

#[test]
fn several_cells_of_the_baseline_are_their_median() {
    let old = [(8, 0.9), (8, 0.5), (8, 0.52)];
    assert!(fired(&against(&old, [hits(8, 0.45)])).is_empty());
}

/// A level with offload traffic in GB to and from the CPU in 100 s, and p95 TTFT.
fn moves(users: u32, out: f64, back: f64, p95_ttft: f64) -> CellBuilder {
    at(&format!("c{users}"), users)
        .value("kv_offload_bytes_gpu_to_cpu", out * 1e9)
        .value("kv_offload_bytes_cpu_to_gpu", back * 1e9)
        .value("duration_seconds", 100.0)
        .value("p95_ttft", p95_ttft)
}

fn thrash(cells: [CellBuilder; 2]) -> String {
    Tree::of(cells).answers(THRASH).remove(0)
}

#[test]
fn traffic_in_both_directions_and_a_slower_tail_are_thrashing() {
    let low = || moves(8, 100.0, 100.0, 1.0);
    assert_eq!(
        thrash([low(), moves(16, 150.0, 200.0, 1.2)]),
        "c16 warning: from 8 to 16 users: offload to CPU 1.00 GB/s → 1.50 GB/s (× 1.50) and back 1.00 GB/s → 2.00 GB/s (× 2.00), while p95 TTFT 1.00 → 1.20 s (× 1.20)"
    );
    assert_eq!(thrash([low(), moves(16, 149.9, 200.0, 1.2)]), "c16 clear");
    assert_eq!(thrash([low(), moves(16, 200.0, 149.9, 1.2)]), "c16 clear");
    assert_eq!(thrash([low(), moves(16, 150.0, 200.0, 1.19)]), "c16 clear");
    assert_eq!(
        thrash([moves(16, 150.0, 200.0, 1.2), low()]).split(':').next(),
        Some("c16 warning")
    );
}

#[test]
fn traffic_that_grows_with_throughput_is_the_price_of_load() {
    let tput = |cell: CellBuilder, tput| cell.value("total_tput_tps", tput);
    let step = |gain| {
        thrash([
            tput(moves(8, 100.0, 100.0, 1.0), 1000.0),
            tput(moves(16, 220.0, 220.0, 2.0), 1000.0 * gain),
        ])
    };
    assert!(step(2.0).starts_with("c16 warning"), "exactly 1.1 times the gain");
    assert_eq!(step(2.01), "c16 clear");
}

#[test]
fn what_thrashing_needs_and_is_missing_is_said() {
    let low = || moves(8, 100.0, 100.0, 1.0);
    let why = |cell: CellBuilder| {
        thrash([low(), cell]).strip_prefix("c16 not evaluated: ").expect("a reason").to_owned()
    };
    let without = |name: &str| {
        let mut cell = moves(16, 200.0, 200.0, 2.0);
        cell.cell.evidence.metrics.remove(Metric::parse(name).expect("a metric"));
        cell
    };
    assert!(why(without("kv_offload_bytes_cpu_to_gpu")).contains("bytes of both directions"));
    assert!(why(without("duration_seconds")).contains("duration"));
    assert!(why(without("p95_ttft")).contains("neither TTFT nor TPOT"));
    assert!(why(moves(16, 200.0, 0.0, 2.0)).contains("no byte moved"));
    assert!(why(at("c16", 16)).contains("bytes of both directions"));
}
