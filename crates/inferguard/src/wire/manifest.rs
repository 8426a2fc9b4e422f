//! The manifest: every file met, every artifact missing, every file written.

use std::sync::Arc;

use inferguard_model::{Cell, FileRecord};
use inferguard_schema::Artifact;

use super::cell;
use super::findings::Findings;
use crate::Options;

pub(super) fn manifest(
    files: Vec<FileRecord>,
    owners: Vec<Option<Arc<str>>>,
    options: &Options<'_>,
    found: &Findings,
) -> Vec<Artifact> {
    let mut artifacts: Vec<Artifact> = files
        .into_iter()
        .zip(owners)
        .map(|(file, owner)| {
            let outcome = file.outcome;
            Artifact {
                path: file.path,
                kind: outcome.kind.into(),
                cell_id: owner,
                required: outcome.is_result,
                present: true,
                status: outcome.status.name().into(),
                reader: outcome.reader.map(Into::into),
                reason: outcome.reason,
                problems: cell::problems(
                    file.problems.into_iter().map(|problem| (0, problem)).collect(),
                    |_, at| at.to_owned(),
                ),
            }
        })
        .collect();
    artifacts.sort_by(|a, b| a.path.cmp(&b.path));
    artifacts.extend(missing(found));
    artifacts.extend(options.written.iter().map(|path| Artifact {
        path: path.clone(),
        kind: "inferguard_report".into(),
        cell_id: None,
        required: false,
        present: true,
        status: "written".into(),
        reader: None,
        reason: None,
        problems: Vec::new(),
    }));
    artifacts
}

/// The cell of each file that belongs to one cell only.
pub(super) fn owners(files: &[FileRecord], cells: &[Cell]) -> Vec<Option<Arc<str>>> {
    let mut owners: Vec<Option<usize>> = vec![None; files.len()];
    let mut shared = vec![false; files.len()];
    for (index, cell) in cells.iter().enumerate() {
        for artifact in &cell.artifacts {
            let file = artifact.file as usize;
            if file < owners.len() {
                shared[file] |= owners[file].is_some_and(|held| held != index);
                owners[file] = Some(index);
            }
        }
    }
    let own = owners.into_iter().zip(shared).map(|(owner, shared)| owner.filter(|_| !shared));
    own.map(|owner| Some(cells[owner?].id.clone())).collect()
}

fn missing(found: &Findings) -> impl Iterator<Item = Artifact> + '_ {
    let text = |value: Option<&serde_json::Value>| {
        value.and_then(|v| v.as_str()).unwrap_or_default().to_owned()
    };
    found.fired.iter().filter(|f| f.wire.code == "missing_required_artifact").map(move |finding| {
        let evidence = &finding.wire.evidence;
        let path = evidence.get("path").or(evidence.get("cell")).or(evidence.get("artifact"));
        Artifact {
            path: text(path),
            kind: text(evidence.get("artifact")).into(),
            cell_id: finding.wire.cell_id.clone(),
            required: evidence.get("required").and_then(serde_json::Value::as_bool).unwrap_or(true),
            present: false,
            status: "missing".into(),
            reader: None,
            reason: Some(finding.wire.message.clone()),
            problems: Vec::new(),
        }
    })
}
