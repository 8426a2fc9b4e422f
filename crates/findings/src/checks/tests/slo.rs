use super::*;

const CODE: &str = "slo_not_met";

fn level(users: u32, p99_ttft: f64) -> CellBuilder {
    at(&format!("c{users}"), users)
        .value("tput_per_gpu", f64::from(users) * 10.0)
        .value("p99_ttft", p99_ttft)
}

fn judged(slos: &[&str], cells: impl IntoIterator<Item = CellBuilder>) -> Vec<String> {
    let mut tree = Tree::of(cells);
    tree.slos = slos.iter().map(|slo| slo.parse().expect("an objective")).collect();
    tree.answers(CODE)
}

#[test]
fn fires_when_no_level_meets_the_objective() {
    let levels = || [level(16, 0.9), level(8, 0.6)];
    assert_eq!(
        judged(&["ttft:500"], levels()),
        [
            "c8 warning: none of 2 measured levels meets `ttft:500`; nearest at 8 users: p99 TTFT is 600 ms"
        ]
    );
    assert_eq!(judged(&["ttft:599.9"], levels()).len(), 1);
    assert_eq!(judged(&["ttft:600"], levels()), ["c8 clear"], "the limit itself is met");
}

#[test]
fn each_series_and_objective_has_an_answer() {
    let levels = [level(8, 0.6), level(16, 0.9), level(8, 0.1).hardware("b200")];
    let answers = judged(&["ttft:500", "ttft:1000"], levels);
    let fired = answers.iter().filter(|line| line.contains("warning")).count();
    let clear = answers.iter().filter(|line| line.ends_with("clear")).count();
    assert_eq!((fired, clear), (1, 3), "{answers:?}");
}

#[test]
fn what_cannot_be_judged_is_not_missed() {
    assert_eq!(
        judged(&[], [level(8, 0.6)]),
        ["run not evaluated: no objective was stated (--slo, or slo in the configuration)"]
    );
    let unknown = ["c8 not evaluated: a metric that the objective limits is not known"];
    assert_eq!(judged(&["tpot:30"], [level(8, 0.6)]), unknown);
    let lacking = at("c16", 16).value("tput_per_gpu", 1.0);
    assert_eq!(judged(&["ttft:500"], [level(8, 0.6), lacking]), unknown, "the other might meet it");
}

#[test]
fn cells_that_do_not_stand_for_the_system_meet_nothing() {
    let partial = level(8, 0.1).counts(100, 50);
    assert_eq!(
        judged(&["ttft:500"], [partial]),
        ["c8 not evaluated: no load level of the series stands for the system"]
    );
    let answers = judged(&["ttft:500"], [level(8, 0.1).counts(100, 50), level(16, 0.9)]);
    assert!(answers[0].starts_with("c16 warning: none of 1 measured levels"), "{answers:?}");
}

#[test]
fn repeats_count_by_their_median() {
    let repeats = [0.4, 0.45, 9.0].map(|ttft| level(8, ttft));
    assert_eq!(judged(&["ttft:500"], repeats), ["c8 clear"]);
}
