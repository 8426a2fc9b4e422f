//! Counts of what checks answered besides findings.
//!
//! Nearly every answer is that a rule is clear or could not be looked at, one for each check and
//! cell. They are counted as they come, so that a large tree does not hold all of them at once.

use inferguard_findings::{Outcome, Verdict};

/// Cells that a reason names; the others are counted.
pub(crate) const NAMED_CELLS: usize = 10;

/// What a check answered, without its findings.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// How often its rule was looked at and did not hold.
    pub(crate) clear: u64,
    /// Why its rule could not be looked at, in the order met.
    pub(crate) not_evaluated: Vec<Unanswered>,
}

/// A reason why a rule could not be looked at.
#[derive(Debug)]
pub(crate) struct Unanswered {
    pub(crate) reason: &'static str,
    pub(crate) count: u64,
    /// The first cells that it holds for.
    pub(crate) cells: Vec<usize>,
}

impl Tally {
    /// Counts an outcome, or gives it back when it fired.
    pub(crate) fn take(&mut self, outcome: Outcome) -> Option<Outcome> {
        match outcome.verdict {
            Verdict::Fired(_) => return Some(outcome),
            Verdict::Clear => self.clear += 1,
            Verdict::NotEvaluated(reason) => self.count(reason, outcome.cell),
        }
        None
    }

    fn count(&mut self, reason: &'static str, cell: Option<usize>) {
        let at = self.not_evaluated.iter().position(|held| held.reason == reason);
        let at = at.unwrap_or_else(|| {
            self.not_evaluated.push(Unanswered { reason, count: 0, cells: Vec::new() });
            self.not_evaluated.len() - 1
        });
        let held = &mut self.not_evaluated[at];
        held.count += 1;
        if held.cells.len() < NAMED_CELLS {
            held.cells.extend(cell);
        }
    }
}
