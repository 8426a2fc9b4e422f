//! An accuracy score is below the baseline's by more than chance.

use inferguard_analysis::limit::reaches;
use inferguard_analysis::quantile;
use inferguard_model::number::{counted, measure};
use inferguard_model::{Cell, EvalScore};
use inferguard_schema::Severity;
use serde_json::{Value, json};

use crate::baseline::{Baseline, BaselineCell};
use crate::{Check, Context, FindingMeta, Outcome, Threshold, Verdict};

/// The check.
pub(crate) struct EvalRegression;

const STANDARD_ERRORS: Threshold = Threshold {
    name: "standard_errors",
    default: 2.0,
    unit: "standard errors",
    about: "Combined standard errors that a loss must exceed, where both sides state theirs.",
};
const MIN_LOSS: Threshold = Threshold {
    name: "min_loss",
    default: 0.01,
    unit: "0..1",
    about: "Loss that must be exceeded, however small the standard errors are.",
};
const CRITICAL_LOSS: Threshold = Threshold {
    name: "critical_loss",
    default: 0.05,
    unit: "0..1",
    about: "Loss from which the finding is critical: no numeric format that is fit for use costs that much.",
};

const META: FindingMeta = FindingMeta {
    code: "eval_regression",
    summary: "An accuracy score is worse than in the baseline, by more than chance.",
    severity: "warning; critical from a loss of 0.05",
    doc: include_str!("eval_regression.md"),
    since: "0.1.0",
    thresholds: &[STANDARD_ERRORS, MIN_LOSS, CRITICAL_LOSS],
};

const NO_BASELINE: &str = "no baseline was given";
const NO_SCORES: &str = "the cell has no accuracy score";
const NO_CELL: &str = "no comparable cell in the baseline";
const NO_SAME_SCORE: &str = "the baseline has no score of the same task, metric and filter";
const OTHER_SAMPLES: &str = "the scores of the baseline are over another number of samples";
const NO_DIRECTION: &str = "whether a higher score is better is not known";

/// Metrics of which more is better in every harness, by the beginning of their names.
const HIGHER_IS_BETTER: [&str; 4] = ["acc", "exact_match", "f1", "pass@"];

impl Check for EvalRegression {
    fn meta(&self) -> &FindingMeta {
        &META
    }

    fn run(&self, context: &Context<'_>) -> Vec<Outcome> {
        let Some(baseline) = context.baseline else {
            // Said once for the run, and not of every cell.
            let verdict = Verdict::NotEvaluated(NO_BASELINE);
            let once = (!context.cells.is_empty()).then_some(Outcome { cell: None, verdict });
            return once.into_iter().collect();
        };
        let rule = Rule {
            standard_errors: context.limit(&META, &STANDARD_ERRORS),
            min_loss: context.limit(&META, &MIN_LOSS),
            critical_loss: context.limit(&META, &CRITICAL_LOSS),
        };
        let outcome = |(index, cell): (usize, &Cell)| rule.look(index, cell, baseline, context);
        context.cells.iter().enumerate().map(outcome).collect()
    }
}

/// The limits in force.
struct Rule {
    standard_errors: f64,
    min_loss: f64,
    critical_loss: f64,
}

/// A score and what it was.
struct Compared<'c> {
    score: &'c EvalScore,
    before: f64,
    /// How much worse it is.
    loss: f64,
    stderr: Option<f64>,
}

impl Rule {
    fn look(
        &self,
        index: usize,
        cell: &Cell,
        baseline: &Baseline,
        context: &Context<'_>,
    ) -> Outcome {
        let scores = &cell.evidence.evals;
        if scores.is_empty() {
            return Outcome::not_evaluated(index, NO_SCORES);
        }
        let matches = baseline.matches(cell);
        if matches.is_empty() {
            return Outcome::not_evaluated(index, NO_CELL);
        }
        let mut why_not = NO_SAME_SCORE;
        let mut compared = Vec::new();
        for score in scores {
            match compare(score, &matches) {
                Ok(one) => compared.push(one),
                Err(why) => why_not = why,
            }
        }
        if compared.is_empty() {
            return Outcome::not_evaluated(index, why_not);
        }
        compared.retain(|one| self.is_worse(one));
        compared.sort_by(|a, b| b.loss.total_cmp(&a.loss));
        let Some(worst) = compared.first() else { return Outcome::clear(index) };
        let severity = if reaches(worst.loss, self.critical_loss) {
            Severity::Critical
        } else {
            Severity::Warning
        };
        let mut message = worst.told();
        if compared.len() > 1 {
            let more = counted(compared.len() - 1, "more score is", "more scores are");
            message = format!("{message}; {more} worse");
        }
        let ids: Vec<_> = matches.iter().map(|cell| cell.id.as_str()).collect();
        let scores: Vec<Value> = compared.iter().map(Compared::evidence).collect();
        Outcome::fired(
            Some(index),
            severity,
            message,
            [
                ("baseline", json!(baseline.label)),
                ("baseline_cells", json!(ids)),
                ("observed", json!(worst.score.value)),
                ("expected", json!(worst.before)),
                ("loss", json!(worst.loss)),
                ("scores", json!(scores)),
                (
                    "limit",
                    json!({
                        "standard_errors": self.standard_errors, "min_loss": self.min_loss,
                        "critical_loss": self.critical_loss,
                    }),
                ),
                ("artifacts", context.paths(cell)),
            ],
        )
    }

    fn is_worse(&self, one: &Compared<'_>) -> bool {
        // Exactly at a limit is clear, whatever rounding left.
        let exceeds = |limit: f64| !reaches(limit, one.loss);
        exceeds(self.min_loss)
            && one.stderr.is_none_or(|stderr| exceeds(self.standard_errors * stderr))
    }
}

/// Compares a score with the median of the same score in the baseline.
fn compare<'c>(
    score: &'c EvalScore,
    matches: &[&BaselineCell],
) -> Result<Compared<'c>, &'static str> {
    let is_same = |old: &&EvalScore| {
        (&old.task, &old.metric, &old.filter) == (&score.task, &score.metric, &score.filter)
    };
    let same: Vec<_> = matches.iter().flat_map(|cell| &cell.evals).filter(is_same).collect();
    if same.is_empty() {
        return Err(NO_SAME_SCORE);
    }
    let differs = |old: &&EvalScore| old.n.zip(score.n).is_some_and(|(old, n)| old != n);
    let same: Vec<_> = same.into_iter().filter(|old| !differs(old)).collect();
    let mut values: Vec<f64> = same.iter().map(|old| old.value).collect();
    let before = quantile::median(&mut values).ok_or(OTHER_SAMPLES)?;
    let stated = score.higher_is_better.or(same.iter().find_map(|old| old.higher_is_better));
    let like_accuracy = HIGHER_IS_BETTER.iter().any(|name| score.metric.starts_with(name));
    let higher = stated.or(like_accuracy.then_some(true)).ok_or(NO_DIRECTION)?;
    let loss = if higher { before - score.value } else { score.value - before };
    let old: Option<Vec<f64>> = same.iter().map(|old| old.stderr).collect();
    let old = old.and_then(|mut old| quantile::median(&mut old));
    let stderr = old.zip(score.stderr).map(|(old, new)| old.hypot(new));
    Ok(Compared { score, before, loss, stderr })
}

impl Compared<'_> {
    fn told(&self) -> String {
        let EvalScore { task, metric, filter, value, .. } = self.score;
        let filter = if filter.is_empty() { String::new() } else { format!(" ({filter})") };
        let errors = match self.stderr {
            Some(stderr) if stderr > 0.0 => {
                format!(", {} combined standard errors", measure(self.loss / stderr))
            }
            Some(_) => String::new(),
            None => ", standard errors not known".to_owned(),
        };
        format!(
            "{task} {metric}{filter} {:.4} → {value:.4}: {:.4} worse than the baseline{errors}",
            self.before, self.loss
        )
    }

    fn evidence(&self) -> Value {
        json!({
            "task": self.score.task, "metric": self.score.metric, "filter": self.score.filter,
            "expected": self.before, "observed": self.score.value, "loss": self.loss,
            "combined_stderr": self.stderr, "samples": self.score.n,
        })
    }
}
