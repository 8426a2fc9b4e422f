//! Finding codes: what can be wrong with a benchmark run, one file per code.
//!
//! A check looks at a [`Context`] and answers, for each thing it looked at: fired with evidence,
//! clear, or not evaluated with a reason. "Nothing found" and "could not look" are different
//! answers. Checks never see files and never print.
//!
//! Adding a code: `checks/<code>.rs` with the rule, `checks/<code>.md` with the page for users,
//! one line in [`CHECKS`], one in the schema's list of codes.

mod annotation_limits;
mod baseline;
mod breaking_point;
mod check;
mod checks;
mod context;
mod step_rule;

pub use annotation_limits::annotation_limits;
pub use baseline::{Baseline, BaselineCell};
pub use breaking_point::{BreakingPoint, breaking_points};
pub use check::{
    BrokenSteps, CellCheck, Check, FindingMeta, Fired, Limits, Outcome, Threshold, Verdict,
};
pub use checks::{CHECKS, REQUIREMENTS, Requirement, first_live_finding_ns};
pub use context::Context;
