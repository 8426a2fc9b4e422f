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
