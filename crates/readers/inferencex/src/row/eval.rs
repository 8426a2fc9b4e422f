//! Aggregated eval rows (`agg_eval_*.json`).

use inferguard_model::{EvalScore, Evidence, Problem, ProblemCode};
use inferguard_source::coerce;
use inferguard_source::json::JsonScalar;

use crate::name::NameFacts;

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
    /// Path of the file that the row was made of.
    source: Option<String>,
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
            "source" => {
                self.source = coerce::text(value);
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

    /// The first rows state no lengths; the path of their source does.
    pub(super) fn fill_lengths(&self, evidence: &mut Evidence) {
        let identity = &mut evidence.identity;
        let Some(source) = self.source.as_deref().filter(|_| identity.isl.is_none()) else {
            return;
        };
        let found = source.rsplit('/').find_map(|part| NameFacts::of(part).lengths);
        if let Some((isl, osl)) = found {
            (identity.isl, identity.osl) = (Some(isl), Some(osl));
            let told = "isl and osl taken from the path in `source`";
            evidence.problem(Problem::note(ProblemCode::FromName, "source", told));
        }
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
        let strict = match self.strict {
            [None, _] if self.score_name.as_deref() == Some("em_strict") => {
                [self.score, self.score_se]
            }
            strict => strict,
        };
        [
            score("exact_match", "strict-match", strict),
            score("exact_match", "flexible-extract", self.flexible),
            named.and_then(|name| score(name, "", [self.score, self.score_se])),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}
