//! A file is there and cannot be read as what it is.

use inferguard_model::FileStatus;
use inferguard_schema::Severity;
use serde_json::json;

use crate::{Check, Context, FindingMeta, Outcome, Verdict};

/// The check.
pub(crate) struct UnreadableArtifact;

const META: FindingMeta = FindingMeta {
    code: "unreadable_artifact",
    summary: "A file is there and cannot be read as what it is.",
    severity: "critical when it is a cell's result, else warning",
    doc: include_str!("unreadable_artifact.md"),
    since: "0.1.0",
    thresholds: &[],
};

impl Check for UnreadableArtifact {
    fn meta(&self) -> &FindingMeta {
        &META
    }

    fn run(&self, context: &Context<'_>) -> Vec<Outcome> {
        context
            .files
            .iter()
            .filter(|file| matches!(file.outcome.status, FileStatus::Read | FileStatus::Refused))
            .map(|file| {
                if file.outcome.status != FileStatus::Refused {
                    return Outcome { cell: None, verdict: Verdict::Clear };
                }
                let (severity, lost) = if file.outcome.is_result {
                    (Severity::Critical, "; its result is lost")
                } else {
                    (Severity::Warning, "")
                };
                let reason = file.outcome.reason.as_deref().unwrap_or("unknown reason");
                Outcome::fired(
                    None,
                    severity,
                    format!("{}: {reason}{lost}", file.path),
                    [
                        ("path", json!(file.path)),
                        ("kind", json!(file.outcome.kind)),
                        ("reason", json!(reason)),
                    ],
                )
            })
            .collect()
    }
}
