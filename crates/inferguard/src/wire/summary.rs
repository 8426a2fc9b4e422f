//! The run at a glance.

use inferguard_schema::{Cell, CompletionStatus, Cost, RunSummary, Severity, SeverityCounts};

use super::findings::Findings;

pub(super) fn summary(found: &Findings, cells: &[Cell], cost: Option<Cost>) -> RunSummary {
    let count = |status| cells.iter().filter(|c| c.completion.status == status).count() as u64;
    let complete = count(CompletionStatus::Complete);
    let partial = count(CompletionStatus::Partial);
    let failed = count(CompletionStatus::Failed);
    let unknown = count(CompletionStatus::Unknown);
    let missing_artifacts: Vec<String> = found
        .fired
        .iter()
        .filter(|finding| finding.wire.code == "missing_required_artifact")
        .map(|finding| match &finding.wire.cell_id {
            Some(cell) => format!("{cell}: {}", finding.wire.message),
            None => finding.wire.message.clone(),
        })
        .collect();
    let status = if failed > 0 {
        CompletionStatus::Failed
    } else if partial > 0 || !missing_artifacts.is_empty() {
        CompletionStatus::Partial
    } else if complete == 0 {
        CompletionStatus::Unknown
    } else {
        CompletionStatus::Complete
    };
    let mut severities = SeverityCounts::default();
    for finding in &found.fired {
        match finding.wire.severity {
            Severity::Critical => severities.critical += 1,
            Severity::Warning => severities.warning += 1,
            Severity::Info => severities.info += 1,
        }
    }
    RunSummary {
        status,
        total_cells: cells.len() as u64,
        successful_cells: complete + partial,
        failed_cells: failed,
        unknown_cells: unknown,
        missing_artifacts,
        findings: severities,
        checks: found.checks.clone(),
        not_evaluated: found.not_evaluated.clone(),
        ignored: found.ignored.clone(),
        cost,
    }
}
