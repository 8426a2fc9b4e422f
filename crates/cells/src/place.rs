//! Where artifacts lie, and the names that tie them together.

use inferguard_model::names::join_name;
use inferguard_model::{ArtifactRef, Fragment, ReportName};

/// The files of a tree, as far as joining needs them.
#[derive(Debug, Clone, Copy)]
pub struct Tree<'a> {
    /// Paths below the input root, by file index.
    pub paths: &'a [String],
    /// Base name of the input root.
    pub root_name: &'a str,
}

/// Folders that hold a part of a cell: the cell is the folder above.
const PARTS: [&str; 5] = ["trace_replay", "aiperf_artifacts", "results", "LOGS", "logs"];

impl<'a> Tree<'a> {
    /// Path of an artifact.
    pub fn path(&self, artifact: &ArtifactRef) -> &'a str {
        self.paths.get(artifact.file as usize).map_or("", String::as_str)
    }

    /// Path of a file without the endings of its format.
    pub(crate) fn without_extension(&self, artifact: &ArtifactRef) -> &'a str {
        let path = self.path(artifact);
        let path = path.strip_suffix(".gz").unwrap_or(path);
        let name = base_name(path);
        match name.rsplit_once('.') {
            Some((stem, _)) if !stem.is_empty() => &path[..path.len() - (name.len() - stem.len())],
            _ => path,
        }
    }

    /// File name.
    pub(crate) fn name(&self, artifact: &ArtifactRef) -> &'a str {
        base_name(self.path(artifact))
    }

    /// File name without extension.
    pub(crate) fn stem(&self, artifact: &ArtifactRef) -> &'a str {
        base_name(self.without_extension(artifact))
    }

    /// The stem, or for a report of llm-d that of the harness's own file, which it was made of.
    pub(crate) fn native_stem(&self, artifact: &ArtifactRef) -> &'a str {
        let report = ReportName::parse(self.name(artifact));
        report.map_or_else(|| self.stem(artifact), |name| name.native_stem())
    }

    /// Folder of a file below the root; empty for the root.
    pub(crate) fn folder(&self, artifact: &ArtifactRef) -> &'a str {
        parent(self.path(artifact))
    }

    /// Folder of the cell that a file belongs to: above the folders that hold parts of a cell.
    pub(crate) fn cell_folder(&self, artifact: &ArtifactRef) -> &'a str {
        cell_folder(self.folder(artifact))
    }

    /// Names under which a result may be known elsewhere: its file's and its artifact folder's.
    pub(crate) fn join_names(&self, fragment: &Fragment) -> Vec<&'a str> {
        let folder = base_name(self.cell_folder(&fragment.artifact));
        let mut names = Vec::new();
        if !fragment.folder_is_cell {
            names.push(join_name(self.stem(&fragment.artifact)));
        }
        // Only CI's artifact folders are named after a result; others hold many.
        if fragment.folder_is_cell || join_name(folder) != folder {
            names.push(join_name(folder));
        }
        names.retain(|name| !name.is_empty());
        names
    }
}

/// The folder above.
pub(crate) fn parent(path: &str) -> &str {
    &path[..slash(path).unwrap_or(0)]
}

/// The last part of a path.
pub(crate) fn base_name(path: &str) -> &str {
    &path[slash(path).map_or(0, |at| at + 1)..]
}

/// The last slash. Names are long and asked for often; searching for a `char` takes four times as
/// long.
fn slash(path: &str) -> Option<usize> {
    memchr::memrchr(b'/', path.as_bytes())
}

/// The first part of a path; empty for a file in the root.
pub(crate) fn top_folder(path: &str) -> &str {
    path.split_once('/').map_or("", |(top, _)| top)
}

/// The top folder as the name of a run; empty for what lies in the root or in one of CI's artifact
/// folders there, which hold one cell each.
pub(crate) fn run_of(folder: &str) -> &str {
    let top = folder.split('/').next().unwrap_or(folder);
    if join_name(top) == top { top } else { "" }
}

/// Those of the same run, else those of which, or for which, no run is known.
pub(crate) fn of_run<'a>(
    found: &[usize],
    run: &str,
    run_of: impl Fn(usize) -> &'a str,
) -> Vec<usize> {
    let those = |test: &dyn Fn(&str) -> bool| -> Vec<usize> {
        found.iter().copied().filter(|index| test(run_of(*index))).collect()
    };
    let same = those(&|of| of == run);
    if same.is_empty() { those(&|of| of.is_empty() || run.is_empty()) } else { same }
}

/// Goes above the folders that hold parts of a cell.
pub(crate) fn cell_folder(mut folder: &str) -> &str {
    while PARTS.contains(&base_name(folder)) && !folder.is_empty() {
        let above = parent(folder);
        // A folder `results` at the top is a collection, not a part of the root.
        if above.is_empty() && base_name(folder) == "results" {
            break;
        }
        folder = above;
    }
    folder
}
