//! `eval_regression`.

use inferguard_model::EvalScore;

use super::*;

const EVAL: &str = "eval_regression";

fn score(value: f64, stderr: impl Into<Option<f64>>) -> EvalScore {
    EvalScore {
        task: "gsm8k".into(),
        metric: "exact_match".into(),
        filter: "strict-match".into(),
        value,
        stderr: stderr.into(),
        n: Some(1319),
        higher_is_better: Some(true),
    }
}

fn with(scores: impl IntoIterator<Item = EvalScore>) -> CellBuilder {
    let mut builder = at("c16", 16);
    builder.cell.evidence.evals = scores.into_iter().collect();
    builder
}

fn old(builder: CellBuilder) -> BaselineCell {
    let evidence = builder.cell.evidence;
    BaselineCell {
        id: builder.cell.id.to_string(),
        identity: evidence.identity,
        metrics: evidence.metrics,
        evals: evidence.evals,
    }
}

fn tree(before: Vec<CellBuilder>, now: CellBuilder) -> Tree {
    let mut tree = Tree::of([now]);
    tree.baseline = Some(Baseline::new("old".into(), before.into_iter().map(old).collect()));
    tree
}

fn answer(before: Vec<EvalScore>, now: EvalScore) -> String {
    tree(vec![with(before)], with([now])).answers(EVAL).remove(0)
}

#[test]
fn without_a_baseline_the_run_has_one_answer() {
    let tree = Tree::of([with([score(0.9, None)]), at("c32", 32)]);
    assert_eq!(tree.answers(EVAL), ["run not evaluated: no baseline was given"]);
}

#[test]
fn a_loss_must_exceed_both_limits() {
    // 2 combined standard errors are 0.02.
    let stderr = 0.01 / f64::sqrt(2.0);
    let loss = |loss: f64| answer(vec![score(0.95, stderr)], score(0.95 - loss, stderr));
    assert_eq!(loss(0.02), "c16 clear", "exactly at the limit");
    assert_eq!(
        loss(0.021),
        "c16 warning: gsm8k exact_match (strict-match) 0.9500 → 0.9290: 0.0210 worse than the baseline, 2.10 combined standard errors"
    );
    assert_eq!(loss(0.0), "c16 clear");
    assert_eq!(loss(-0.1), "c16 clear", "better");
    let certain = |loss: f64| answer(vec![score(0.95, 0.0)], score(0.95 - loss, 0.0));
    assert_eq!(certain(0.01), "c16 clear", "exactly at the limit");
    assert!(certain(0.0101).starts_with("c16 warning"));
}

#[test]
fn without_standard_errors_only_the_loss_counts() {
    for (before, now) in [(None, None), (Some(0.1), None), (None, Some(0.1))] {
        let told = answer(vec![score(0.95, before)], score(0.93, now));
        assert!(told.ends_with("standard errors not known"), "{told}");
    }
}

#[test]
fn a_large_loss_is_critical_from_a_twentieth() {
    let loss = |now| answer(vec![score(0.95, None)], score(now, None));
    assert!(loss(0.9001).starts_with("c16 warning"));
    assert!(loss(0.9).starts_with("c16 critical"));
}

#[test]
fn a_metric_of_which_less_is_better_is_mirrored() {
    let perplexity = |value, higher: Option<bool>| EvalScore {
        metric: "word_perplexity".into(),
        higher_is_better: higher,
        ..score(value, None)
    };
    let told =
        |before, now| answer(vec![perplexity(before, Some(false))], perplexity(now, Some(false)));
    assert!(told(0.3, 0.33).starts_with("c16 warning"));
    assert_eq!(told(0.33, 0.3), "c16 clear");
    let unknown = answer(vec![perplexity(0.3, None)], perplexity(0.5, None));
    assert_eq!(unknown, "c16 not evaluated: whether a higher score is better is not known");
    let accuracy = |value| EvalScore { higher_is_better: None, ..score(value, None) };
    assert!(answer(vec![accuracy(0.9)], accuracy(0.8)).starts_with("c16 critical"));
}

#[test]
fn only_the_same_score_over_as_many_samples_is_compared() {
    let now = || score(0.5, None);
    let other = |change: fn(&mut EvalScore)| {
        let mut before = score(0.95, None);
        change(&mut before);
        answer(vec![before], now())
    };
    let none = "c16 not evaluated: the baseline has no score of the same task, metric and filter";
    assert_eq!(other(|s| s.task = "gpqa".into()), none);
    assert_eq!(other(|s| s.metric = "acc".into()), none);
    assert_eq!(other(|s| s.filter = String::new()), none);
    assert_eq!(
        other(|s| s.n = Some(100)),
        "c16 not evaluated: the scores of the baseline are over another number of samples"
    );
    assert!(other(|s| s.n = None).starts_with("c16 critical"));
}

#[test]
fn cells_without_a_score_or_a_match_say_so() {
    let before = || vec![with([score(0.95, None)])];
    let no_score = tree(before(), with([])).answers(EVAL);
    assert_eq!(no_score, ["c16 not evaluated: the cell has no accuracy score"]);
    let elsewhere = tree(before(), with([score(0.5, None)]).hardware("h100")).answers(EVAL);
    assert_eq!(elsewhere, ["c16 not evaluated: no comparable cell in the baseline"]);
}

#[test]
fn several_scores_of_the_baseline_are_their_median_and_the_worst_loss_is_told() {
    let before = vec![score(0.95, None), score(0.6, None), score(0.61, None)];
    assert_eq!(answer(before, score(0.605, None)), "c16 clear");

    let second = |value| EvalScore { filter: "flexible-extract".into(), ..score(value, None) };
    let tree =
        tree(vec![with([score(0.95, None), second(0.96)])], with([score(0.93, None), second(0.8)]));
    let told = tree.answers(EVAL).remove(0);
    assert!(told.starts_with("c16 critical: gsm8k exact_match (flexible-extract) 0.9600 → 0.8000"));
    assert!(told.ends_with("; 1 more score is worse"), "{told}");
    let evidence = tree.evidence(EVAL);
    assert_eq!(evidence["baseline"], "old");
    assert_eq!(evidence["scores"].as_array().map(Vec::len), Some(2));
}
