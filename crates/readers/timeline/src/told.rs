//! Problems of one file, bounded: a fault on every line is told a few times and then counted.

use std::collections::BTreeMap;

use inferguard_model::{Problem, ProblemCode, ProblemSeverity};
use inferguard_source::limits;

/// Collects problems in the order of the file.
#[derive(Debug, Default)]
pub(crate) struct Told {
    kept: Vec<Problem>,
    met: BTreeMap<(ProblemSeverity, ProblemCode), usize>,
}

impl Told {
    /// Keeps the problem, or counts it when there are enough of its kind.
    pub(crate) fn push(&mut self, problem: Problem) {
        let met = self.met.entry((problem.severity, problem.code)).or_default();
        *met += 1;
        if *met <= limits::PROBLEMS_KEPT {
            self.kept.push(problem);
        }
    }

    /// Keeps problems of the object that begins at `line`.
    pub(crate) fn within(&mut self, line: usize, problems: Vec<Problem>) {
        for mut problem in problems {
            let at = format!("line {line} {}", problem.at);
            problem.at = at.trim_end().into();
            self.push(problem);
        }
    }

    /// The problems, with one more for each kind that had too many.
    pub(crate) fn into_problems(self) -> Vec<Problem> {
        let mut problems = self.kept;
        for ((severity, code), met) in self.met {
            if met > limits::PROBLEMS_KEPT {
                let told = format!("{} more problems of this kind", met - limits::PROBLEMS_KEPT);
                problems.push(Problem::new(severity, code, "", told));
            }
        }
        problems
    }
}
