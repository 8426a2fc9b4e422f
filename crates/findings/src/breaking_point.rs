//! Where a series gives way: the findings of several codes on the same steps, as one.

use std::cmp::Reverse;

use inferguard_schema::Severity;

use crate::check::BrokenSteps;
use crate::step_rule::RESTS_ON_SUSPECT;
use crate::{FindingMeta, Fired, Outcome, Verdict};

/// Codes that make a breaking point; others on the same steps join it.
const BREAKING: [&str; 3] = ["ttft_cliff", "tpot_degradation", "throughput_plateau"];

/// Broken steps of one series, and every finding on them.
#[derive(Debug, Clone)]
pub struct BreakingPoint<'a> {
    /// The steps: the widest that its findings name.
    pub steps: BrokenSteps,
    /// Code and finding, the worst first, then in the order of the checks.
    pub findings: Vec<(&'static str, &'a Fired)>,
}

impl BreakingPoint<'_> {
    /// The worst severity.
    pub fn severity(&self) -> Severity {
        self.findings.iter().map(|(_, fired)| fired.severity).max().unwrap_or(Severity::Info)
    }

    /// What happened, in words: the span once where all findings name the same.
    pub fn summary(&self) -> String {
        let mut summary = String::new();
        let mut last_span = "";
        for (_, fired) in &self.findings {
            let message = fired.message.strip_suffix(RESTS_ON_SUSPECT).unwrap_or(&fired.message);
            let (span, what) = message.split_once(": ").unwrap_or(("", message));
            let separator = if summary.is_empty() { "" } else { "; " };
            summary += separator;
            summary += if span == last_span { what } else { message };
            last_span = span;
        }
        if self.steps.rests_on_suspect {
            summary += RESTS_ON_SUSPECT;
        }
        summary
    }
}

/// The breaking points of all series, by scenario, series and load.
///
/// Findings on steps that share a level are one breaking point; what rests on a suspect point stays
/// apart from what does not.
pub fn breaking_points<'a>(
    outcomes: &'a [(&'static FindingMeta, Vec<Outcome>)],
) -> Vec<BreakingPoint<'a>> {
    let mut found: Vec<(BrokenSteps, &'static str, &'a Fired)> = Vec::new();
    for (meta, outcomes) in outcomes {
        for outcome in outcomes {
            if let Verdict::Fired(fired) = &outcome.verdict
                && let Some(steps) = fired.steps
            {
                found.push((steps, meta.code, fired));
            }
        }
    }
    let place = |steps: &BrokenSteps| {
        (steps.scenario, steps.series, steps.rests_on_suspect, steps.from, steps.to)
    };
    found.sort_by_key(|(steps, ..)| place(steps));
    let mut points: Vec<BreakingPoint<'a>> = Vec::new();
    for (steps, code, fired) in found {
        match points.last_mut() {
            Some(point) if touches(&point.steps, &steps) => {
                point.steps.to = point.steps.to.max(steps.to);
                point.findings.push((code, fired));
            }
            _ => points.push(BreakingPoint { steps, findings: vec![(code, fired)] }),
        }
    }
    for point in &mut points {
        let order = |code: &str| outcomes.iter().position(|(meta, _)| meta.code == code);
        point.findings.sort_by_key(|(code, fired)| (Reverse(fired.severity), order(code)));
    }
    points.retain(|point| point.findings.iter().any(|(code, _)| BREAKING.contains(code)));
    points.sort_by_key(|point| {
        (point.steps.scenario, point.steps.series, point.steps.from, point.steps.to)
    });
    points
}

fn touches(held: &BrokenSteps, next: &BrokenSteps) -> bool {
    (held.scenario, held.series, held.rests_on_suspect)
        == (next.scenario, next.series, next.rests_on_suspect)
        && next.from <= held.to
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn meta(code: &'static str) -> FindingMeta {
        FindingMeta { code, summary: "", severity: "", doc: "", since: "", thresholds: &[] }
    }

    static METAS: [FindingMeta; 3] =
        [meta("ttft_cliff"), meta("throughput_plateau"), meta("prefix_cache_regression")];

    fn fired(code: usize, span: (usize, usize), severity: Severity, suspect: bool) -> Outcome {
        let suspicion = if suspect { RESTS_ON_SUSPECT } else { "" };
        let fired = Fired {
            severity,
            message: format!("from {} to {}: {}{suspicion}", span.0, span.1, METAS[code].code),
            evidence: Vec::new(),
            steps: Some(BrokenSteps {
                scenario: 0,
                series: 0,
                from: span.0,
                to: span.1,
                first_beyond: span.0 + 1,
                rests_on_suspect: suspect,
            }),
        };
        Outcome { cell: Some(span.1), verdict: Verdict::Fired(Box::new(fired)) }
    }

    /// Span, codes and summary of each breaking point.
    fn points(outcomes: [Vec<Outcome>; 3]) -> Vec<String> {
        let outcomes: Vec<_> = METAS.iter().zip(outcomes).collect();
        let line = |point: BreakingPoint<'_>| {
            let severity = point.severity().name();
            format!("{}-{} {severity}: {}", point.steps.from, point.steps.to, point.summary())
        };
        breaking_points(&outcomes).into_iter().map(line).collect()
    }

    #[test]
    fn codes_on_the_same_steps_are_one_point_and_the_worst_comes_first() {
        let found = points([
            vec![fired(0, (1, 2), Severity::Warning, false)],
            vec![fired(1, (1, 3), Severity::Critical, false)],
            vec![],
        ]);
        assert_eq!(
            found,
            ["1-3 critical: from 1 to 3: throughput_plateau; from 1 to 2: ttft_cliff"]
        );
        let same = points([
            vec![fired(0, (1, 2), Severity::Warning, false)],
            vec![fired(1, (1, 2), Severity::Info, false)],
            vec![],
        ]);
        assert_eq!(same, ["1-2 warning: from 1 to 2: ttft_cliff; throughput_plateau"]);
    }

    #[test]
    fn steps_that_meet_are_one_point_and_others_are_not() {
        let two = |second| {
            points([
                vec![fired(0, (0, 1), Severity::Warning, false)],
                vec![fired(1, second, Severity::Warning, false)],
                vec![],
            ])
            .len()
        };
        assert_eq!((two((1, 2)), two((2, 3))), (1, 2));
    }

    #[test]
    fn what_rests_on_a_suspect_point_stays_apart_and_says_so_once() {
        let found = points([
            vec![
                fired(0, (0, 1), Severity::Warning, false),
                fired(0, (1, 2), Severity::Info, true),
            ],
            vec![fired(1, (1, 2), Severity::Info, true)],
            vec![],
        ]);
        assert_eq!(found.len(), 2);
        assert_eq!(found[1].matches("rests on a suspect point").count(), 1, "{found:?}");
    }

    #[test]
    fn other_codes_join_a_point_and_make_none() {
        let alone = points([vec![], vec![], vec![fired(2, (0, 1), Severity::Warning, false)]]);
        assert!(alone.is_empty());
        let joined = points([
            vec![fired(0, (0, 1), Severity::Warning, false)],
            vec![],
            vec![fired(2, (0, 1), Severity::Warning, false)],
        ]);
        assert_eq!(joined, ["0-1 warning: from 0 to 1: ttft_cliff; prefix_cache_regression"]);
    }
}
