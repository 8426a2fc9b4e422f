//! Keeps the list of problems readable when a file has thousands of one kind.

use inferguard_model::{Evidence, Problem, ProblemCode, ProblemSeverity};
use inferguard_source::limits::PROBLEMS_KEPT;

/// Keeps the first problems of each kind and counts the others.
pub(crate) fn cut(problems: &mut Vec<Problem>) {
    if problems.len() <= PROBLEMS_KEPT {
        return;
    }
    let mut met: Vec<(ProblemCode, ProblemSeverity, usize)> = Vec::new();
    problems.retain(|problem| {
        let of_kind = |(code, severity, _): &(ProblemCode, ProblemSeverity, usize)| {
            (*code, *severity) == (problem.code, problem.severity)
        };
        let at = met.iter().position(of_kind).unwrap_or_else(|| {
            met.push((problem.code, problem.severity, 0));
            met.len() - 1
        });
        met[at].2 += 1;
        met[at].2 <= PROBLEMS_KEPT
    });
    for (code, severity, met) in met {
        if met > PROBLEMS_KEPT {
            let told = format!("{} more problems of this kind", met - PROBLEMS_KEPT);
            problems.push(Problem::new(severity, code, "", told));
        }
    }
}

/// As [`cut`], for what was noticed about one object.
pub(crate) fn cut_evidence(evidence: &mut Evidence) {
    if evidence.problems.len() > PROBLEMS_KEPT {
        let mut problems =
            std::mem::take(&mut evidence.problems).into_iter().map(|(_, p)| p).collect();
        cut(&mut problems);
        evidence.problems = problems.into_iter().map(|problem| (0, problem)).collect();
    }
}
