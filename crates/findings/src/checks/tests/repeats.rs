//! Repeats of one load level.

use super::*;

const CODE: &str = "unstable_repeats";
const ONCE: &str = "the load was measured once";

fn run(id: &str, metric: &str, value: f64) -> CellBuilder {
    at(id, 16).hardware("b200").value(metric, value)
}

fn pair(metric: &str, a: f64, b: f64) -> Vec<String> {
    Tree::of([run("a", metric, a), run("b", metric, b)]).answers(CODE)
}

#[test]
fn repeats_beyond_a_band_fire_and_at_it_they_do_not() {
    for (metric, at_band, label) in [
        ("total_tput_tps", 105.0, "throughput"),
        ("p50_tpot", 105.0, "median TPOT"),
        ("mean_tpot", 105.0, "mean TPOT"),
        ("p50_e2el", 105.0, "median E2EL"),
        ("mean_e2el", 105.0, "mean E2EL"),
        ("p50_ttft", 125.0, "median TTFT"),
        ("mean_ttft", 125.0, "mean TTFT"),
    ] {
        assert_eq!(pair(metric, 100.0, at_band), ["a clear"], "{metric}");
        assert_eq!(pair(metric, at_band, 100.0), ["a clear"], "{metric}");
        assert_eq!(pair(metric, 100.0, at_band - 0.1), ["a clear"], "{metric}");
        let beyond = pair(metric, at_band + 1.0, 100.0);
        let percent = at_band + 1.0 - 100.0;
        assert_eq!(
            beyond,
            [format!("a warning: 2 repeats at load 16 differ: {label} by {percent:.1} %")]
        );
    }
}

#[test]
fn tails_are_not_compared_and_nothing_in_common_is_told() {
    let nothing = ["a not evaluated: the repeats share no throughput and no latency"];
    assert_eq!(pair("p99_ttft", 1.0, 9.0), nothing);
    assert_eq!(pair("p50_tpot", 0.0, 0.1), nothing);
    let apart = [run("a", "p50_tpot", 1.0), run("b", "mean_tpot", 9.0)];
    assert_eq!(Tree::of(apart).answers(CODE), nothing);
}

#[test]
fn one_finding_lists_all_metrics_beyond() {
    let both = |id: &str, n: f64| run(id, "total_tput_tps", 100.0 * n).value("p50_ttft", 0.1 * n);
    let tree = Tree::of([both("c", 3.0), both("a", 1.0), both("b", 2.0)]);
    assert_eq!(
        tree.answers(CODE),
        ["c warning: 3 repeats at load 16 differ: throughput by 200.0 %, median TTFT by 200.0 %"]
    );
    let evidence = tree.evidence(CODE);
    assert_eq!(evidence["cells"], json!(["c", "a", "b"]));
    assert_eq!(evidence["load"], json!(16.0));
    assert_eq!(
        evidence["metrics"][0],
        json!({
            "metric": "total_tput_tps", "observed": 3.0, "limit": 1.05,
            "lowest": { "cell": "a", "value": 100.0 },
            "highest": { "cell": "c", "value": 300.0 },
            "values": [300.0, 100.0, 200.0],
        })
    );
}

#[test]
fn of_many_repeats_the_ends_are_told_and_not_each_value() {
    let many = |n: u32| {
        let one = |at| run(&format!("{at:02}"), "total_tput_tps", 100.0 + f64::from(at));
        Tree::of((0..n).map(one)).evidence(CODE)["metrics"][0].clone()
    };
    assert_eq!(many(16)["values"].as_array().map(Vec::len), Some(16));
    let found = many(17);
    assert_eq!(found.get("values"), None);
    assert_eq!(found["lowest"], json!({ "cell": "00", "value": 100.0 }));
    assert_eq!(found["highest"], json!({ "cell": "16", "value": 116.0 }));
}

#[test]
fn cells_that_cannot_be_compared_are_no_repeats() {
    let alone = |other: CellBuilder| {
        let answers = Tree::of([run("a", "total_tput_tps", 1.0), other]).answers(CODE);
        assert!(answers.iter().all(|answer| answer.ends_with(ONCE)), "{answers:?}");
    };
    let other = || run("b", "total_tput_tps", 9.0);
    alone(other().hardware("h100"));
    alone(other().run("other"));
    alone(other().identity(|identity| identity.image = Some("v2".into())));
    alone(other().identity(|identity| identity.osl = Some(64)));
    alone(other().identity(|identity| identity.load.concurrency = Some(64)));
    alone(other().rate(16.0));
}

#[test]
fn loads_of_one_level_that_differ_are_no_repeats() {
    let loads = [4608, 4864, 4992, 4608];
    let cells = loads.iter().enumerate().map(|(index, load)| {
        let tput = 1000.0 * f64::from(*load);
        at(&format!("{index}"), *load).hardware("b200").value("total_tput_tps", tput)
    });
    assert_eq!(
        Tree::of(cells).answers(CODE),
        [
            "0 clear".to_owned(),
            format!("1 not evaluated: {ONCE}"),
            format!("2 not evaluated: {ONCE}")
        ]
    );
}

#[test]
fn files_that_say_nothing_of_the_system_may_be_of_two() {
    let bare = |id: &str, tput| at(id, 16).value("total_tput_tps", tput);
    assert_eq!(
        Tree::of([bare("a", 1.0), bare("b", 9.0)]).answers(CODE),
        [
            "a not evaluated: neither hardware nor framework is known, so that cells of one load may not be repeats"
        ]
    );
}

#[test]
fn failed_runs_are_left_out_and_bands_can_be_set() {
    let failed = run("b", "total_tput_tps", 9.0).counts(8, 0);
    assert_eq!(
        Tree::of([run("a", "total_tput_tps", 1.0), failed]).answers(CODE),
        [
            format!("a not evaluated: {ONCE}"),
            "b not evaluated: no request of the cell succeeded".into()
        ]
    );
    let tree = Tree::of([run("a", "p50_tpot", 1.0), run("b", "p50_tpot", 1.2)]);
    assert!(tree.answers(CODE)[0].starts_with("a warning"));
    assert_eq!(tree.limit(CODE, "tpot_band", 0.2).answers(CODE), ["a clear"]);
}
