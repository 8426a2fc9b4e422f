//! Counts of what checks answered besides findings.
//!
//! Nearly every answer is that a rule is clear or could not be looked at, one for each check and
//! cell. They are counted check by check, so that a large tree does not hold all of them at once.

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
    /// Counts the outcomes of a check and leaves those that fired.
    pub(crate) fn take(outcomes: &mut Vec<Outcome>) -> Self {
        let mut tally = Self::default();
        outcomes.retain(|outcome| match outcome.verdict {
            Verdict::Fired(_) => true,
            Verdict::Clear => {
                tally.clear += 1;
                false
            }
            Verdict::NotEvaluated(reason) => {
                tally.count(reason, outcome.cell);
                false
            }
        });
        outcomes.shrink_to_fit();
        tally
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
