//! `strict`: no report when evidence is missing.

use inferguard_findings::{FindingMeta, Outcome, Verdict};
use inferguard_model::Cell;
use inferguard_report::escape::visible;
use inferguard_schema::Severity;

use crate::AnalyzeError;

/// Codes whose critical findings make strict mode refuse.
const REFUSING: [&str; 2] = ["missing_required_artifact", "unreadable_artifact"];

pub(crate) fn refuse(
    outcomes: &[(&FindingMeta, Vec<Outcome>)],
    cells: &[Cell],
) -> Result<(), AnalyzeError> {
    let mut reasons = Vec::new();
    for (meta, outcomes) in outcomes.iter().filter(|(meta, _)| REFUSING.contains(&meta.code)) {
        for outcome in outcomes {
            let Verdict::Fired(fired) = &outcome.verdict else { continue };
            if fired.severity == Severity::Critical {
                let cell =
                    outcome.cell.map_or(String::new(), |cell| format!("{}: ", cells[cell].id));
                let message = format!("{cell}{}", fired.message);
                reasons.push(format!("{} ({})", meta.code, visible(&message)));
            }
        }
    }
    if reasons.is_empty() { Ok(()) } else { Err(AnalyzeError::Strict { reasons }) }
}
