//! Aggregated eval rows (`agg_eval_*.json`).

use inferguard_model::{EvalScore, Problem};
use inferguard_source::coerce;
use inferguard_source::json::JsonScalar;

/// Members of an eval row.
#[derive(Debug, Default)]
pub(super) struct EvalRow {
    task: Option<String>,
    score_name: Option<String>,
    score: Option<f64>,
    score_se: Option<f64>,
    strict: [Option<f64>; 2],
    flexible: [Option<f64>; 2],
    n: Option<u64>,
}

impl EvalRow {
    /// Only eval rows name a task.
    pub(super) fn is_row(&self) -> bool {
        self.task.is_some()
    }

    /// Takes a scalar member; false when the key is none of evals.
    pub(super) fn member(
        &mut self,
        key: &str,
        value: JsonScalar<'_>,
        problems: &mut Vec<Problem>,
    ) -> bool {
        let field = match key {
            "task" => {
                self.task = coerce::text(value);
                return true;
            }
            "score_name" => {
                self.score_name = coerce::text(value);
                return true;
            }
            "n_eff" => {
                self.n = coerce::count(value, key, problems);
                return true;
            }
            "score" => &mut self.score,
            "score_se" => &mut self.score_se,
            "em_strict" => &mut self.strict[0],
            "em_strict_se" => &mut self.strict[1],
            "em_flexible" => &mut self.flexible[0],
            "em_flexible_se" => &mut self.flexible[1],
            _ => return false,
        };
        *field = coerce::number(value, key, problems);
        true
    }

    /// The scores that the row states.
    pub(super) fn scores(&mut self) -> Vec<EvalScore> {
        let task = self.task.clone().unwrap_or_default();
        let score = |metric: &str, filter: &str, [value, stderr]: [Option<f64>; 2]| {
            Some(EvalScore {
                task: task.clone(),
                metric: metric.to_owned(),
                filter: filter.to_owned(),
                value: value?,
                stderr,
                n: self.n,
                higher_is_better: Some(true),
            })
        };
        let named = self.score_name.as_deref().filter(|name| *name != "em_strict");
        [
            score("exact_match", "strict-match", self.strict),
            score("exact_match", "flexible-extract", self.flexible),
            named.and_then(|name| score(name, "", [self.score, self.score_se])),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}
