//! Which reader takes which file, and why others are refused: `analyze --list`.

use std::path::Path;

use inferguard_model::FileRecord;

use crate::keep::Keep;
use crate::{AnalyzeError, Options, read};

/// A file and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedFile {
    /// Path below the root.
    pub path: String,
    /// `read`, `linked`, `recognised`, `ignored` or `refused`.
    pub status: &'static str,
    /// Kind of artifact.
    pub kind: &'static str,
    /// Reader that took it.
    pub reader: Option<&'static str>,
    /// Why it was not read.
    pub reason: Option<String>,
}

/// Reads a tree and says what became of each file, in path order.
pub fn list_files(root: &Path, options: &Options<'_>) -> Result<Vec<ListedFile>, AnalyzeError> {
    let tree = read::read_tree(root, options, Keep::Nothing)?;
    let mut files: Vec<ListedFile> = tree.files.into_iter().map(listed).collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

fn listed(file: FileRecord) -> ListedFile {
    ListedFile {
        path: file.path,
        status: file.outcome.status.name(),
        kind: file.outcome.kind,
        reader: file.outcome.reader,
        reason: file.outcome.reason,
    }
}
