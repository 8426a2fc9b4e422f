//! Problems of one trace, bounded: a fault on every line is told a few times and then counted.

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
    /// Keeps a problem of a line, or counts it when there are enough of its kind.
    pub(crate) fn line(&mut self, line: u64, fault: Fault) {
        let met = self.met.entry((fault.severity, fault.code)).or_default();
        *met += 1;
        if *met <= limits::PROBLEMS_KEPT {
            let at = format!("line {line}");
            self.kept.push(Problem::new(fault.severity, fault.code, at, fault.message));
        }
    }

    /// The first problem.
    pub(crate) fn into_first(self) -> Option<Problem> {
        self.kept.into_iter().next()
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

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) severity: ProblemSeverity,
    pub(crate) code: ProblemCode,
    pub(crate) message: String,
}

impl Fault {
    /// The line is left out.
    pub(crate) fn line_lost(code: ProblemCode, message: impl Into<String>) -> Self {
        let message = format!("{}; the line is left out", message.into());
        Self { severity: ProblemSeverity::Error, code, message }
    }

    /// A member of the line is left out.
    pub(crate) fn member_lost(code: ProblemCode, message: impl Into<String>) -> Self {
        Self { severity: ProblemSeverity::Warning, code, message: message.into() }
    }

    /// The line is used as it is meant.
    pub(crate) fn bent(code: ProblemCode, message: impl Into<String>) -> Self {
        Self { severity: ProblemSeverity::Note, code, message: message.into() }
    }
}
