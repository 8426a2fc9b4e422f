//! The contract of a check.

use std::borrow::Cow;
use std::collections::BTreeMap;

use inferguard_schema::Severity;

use crate::Context;

/// What a finding code is, for users.
#[derive(Debug, Clone, Copy)]
pub struct FindingMeta {
    /// The code: snake case, never reused.
    pub code: &'static str,
    /// One sentence.
    pub summary: &'static str,
    /// Severities that it can have, in words.
    pub severity: &'static str,
    /// The page: what it detects, why it matters, how it is computed, what to measure next.
    pub doc: &'static str,
    /// Version that introduced it.
    pub since: &'static str,
    /// Limits with their defaults.
    pub thresholds: &'static [Threshold],
}

/// A limit of a rule.
#[derive(Debug, Clone, Copy)]
pub struct Threshold {
    /// Name.
    pub name: &'static str,
    /// Default.
    pub default: f64,
    /// Unit.
    pub unit: &'static str,
    /// What it limits, and why this value.
    pub about: &'static str,
}

/// Limits that differ from their defaults, by code and name.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Limits(BTreeMap<(&'static str, &'static str), f64>);

impl Limits {
    /// Sets a limit of a code.
    pub fn set(&mut self, code: &'static str, threshold: &Threshold, value: f64) {
        self.0.insert((code, threshold.name), value);
    }

    /// The limit in force: what was set, else the default.
    pub fn get(&self, meta: &FindingMeta, threshold: &Threshold) -> f64 {
        self.0.get(&(meta.code, threshold.name)).copied().unwrap_or(threshold.default)
    }

    /// Every limit that was set, by code and name.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &'static str, f64)> + '_ {
        self.0.iter().map(|((code, name), value)| (*code, *name, *value))
    }
}

/// Looks for one finding code.
pub trait Check: Sync {
    /// What the code is.
    fn meta(&self) -> &FindingMeta;

    /// Looks at everything the code can be about.
    fn run(&self, context: &Context<'_>) -> Vec<Outcome>;

    /// The check, if it looks at each cell on its own.
    fn as_cell_check(&self) -> Option<&dyn CellCheck> {
        None
    }
}

/// A check that looks at each cell on its own.
///
/// Such checks are run together, cell by cell: the cells of a large tree are more than the caches
/// of a processor hold, so that a pass for each check would fetch them from memory each time.
pub trait CellCheck: Sync {
    /// What the code is.
    fn meta(&self) -> &FindingMeta;

    /// Looks at one cell.
    fn look(&self, context: &Context<'_>, index: usize) -> Outcome;
}

impl<C: CellCheck> Check for C {
    fn meta(&self) -> &FindingMeta {
        CellCheck::meta(self)
    }

    fn run(&self, context: &Context<'_>) -> Vec<Outcome> {
        (0..context.cells.len()).map(|index| self.look(context, index)).collect()
    }

    fn as_cell_check(&self) -> Option<&dyn CellCheck> {
        Some(self)
    }
}

/// The answer about one thing.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The cell, by index; `None` for the whole run.
    pub cell: Option<usize>,
    /// The answer.
    pub verdict: Verdict,
}

/// Fired, clear, or could not look.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// The rule holds.
    Fired(Box<Fired>),
    /// The rule was looked at and does not hold.
    Clear,
    /// The rule could not be looked at.
    NotEvaluated(&'static str),
}

/// What a fired rule rests on.
#[derive(Debug, Clone, PartialEq)]
pub struct Fired {
    /// Severity.
    pub severity: Severity,
    /// What was seen, in one sentence with its numbers.
    pub message: String,
    /// Observed values, limits, artifacts.
    pub evidence: Vec<(Cow<'static, str>, serde_json::Value)>,
    /// The steps of a series that the finding is about.
    pub steps: Option<BrokenSteps>,
}

/// Consecutive steps of one series that a rule found broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct BrokenSteps {
    /// Scenario, by index.
    pub scenario: usize,
    /// Series in the scenario, by index.
    pub series: usize,
    /// Point before the first broken step, by index.
    pub from: usize,
    /// Point after the last broken step, by index.
    pub to: usize,
    /// First point beyond the break.
    pub first_beyond: usize,
    /// Whether a step goes into or out of a suspect point.
    pub rests_on_suspect: bool,
}

impl Outcome {
    /// The rule does not hold for the cell.
    pub const fn clear(cell: usize) -> Self {
        Self { cell: Some(cell), verdict: Verdict::Clear }
    }

    /// The rule could not be looked at for the cell.
    pub const fn not_evaluated(cell: usize, reason: &'static str) -> Self {
        Self { cell: Some(cell), verdict: Verdict::NotEvaluated(reason) }
    }

    /// The rule holds.
    pub fn fired<const N: usize>(
        cell: Option<usize>,
        severity: Severity,
        message: String,
        evidence: [(&'static str, serde_json::Value); N],
    ) -> Self {
        let evidence = evidence.into_iter().map(|(key, value)| (key.into(), value)).collect();
        let fired = Fired { severity, message, evidence, steps: None };
        Self { cell, verdict: Verdict::Fired(Box::new(fired)) }
    }
}
