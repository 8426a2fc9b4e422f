//! Tags of a job, in its metadata: the one file of an input that InferGuard changes, on request.

use std::io::Write;
use std::path::{Path, PathBuf};

use inferguard_srtslurm::tags::{TagError, Tags};

use super::{Run, Runs};

/// What becomes of the tags of a job.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TagEdit {
    /// Tags to add behind the others, unless they are there.
    pub add: Vec<String>,
    /// Tags to take away.
    pub remove: Vec<String>,
}

/// Why tags were not changed.
#[derive(Debug, thiserror::Error)]
pub enum TagFileError {
    /// There is no metadata to write them to.
    #[error("run {0} has no {{jobid}}.json, where tags are kept")]
    NoMetadata(String),
    /// The file cannot be read or written.
    #[error("cannot change {}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The text cannot be changed safely.
    #[error("{}: {source}", path.display())]
    Text {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: TagError,
    },
}

/// The metadata of a run on disk.
pub fn metadata_of(runs: &Runs, run: &Run) -> Result<PathBuf, TagFileError> {
    let file = run.job.as_ref().and_then(|job| job.metadata.as_ref()).map(|(file, _)| *file);
    let path = file.and_then(|file| runs.on_disk(file));
    path.ok_or_else(|| TagFileError::NoMetadata(run.id.clone()))
}

/// Changes the tags in a metadata file and returns those that it has then.
///
/// The new text goes to a temporary file beside it, which then takes its name: a reader sees the old
/// file or the new one. Nothing is written when nothing changes.
pub fn edit_tags(path: &Path, edit: &TagEdit) -> Result<Vec<String>, TagFileError> {
    let io = |source| TagFileError::Io { path: path.to_owned(), source };
    let of_text = |source| TagFileError::Text { path: path.to_owned(), source };
    // A link keeps pointing to the file: the file itself is replaced.
    let path = path.canonicalize().map_err(io)?;
    let text = std::fs::read_to_string(&path).map_err(io)?;
    let found = Tags::read(&text).map_err(of_text)?;
    let mut tags: Vec<String> =
        found.tags.iter().filter(|tag| !edit.remove.contains(tag)).cloned().collect();
    for tag in &edit.add {
        if !tags.contains(tag) {
            tags.push(tag.clone());
        }
    }
    if let Some(changed) = found.write(&text, &tags).map_err(of_text)? {
        let folder = path.parent().unwrap_or(Path::new("."));
        let mut file =
            tempfile::Builder::new().prefix(".inferguard-").tempfile_in(folder).map_err(io)?;
        file.write_all(changed.as_bytes()).map_err(io)?;
        let permissions = std::fs::metadata(&path).map_err(io)?.permissions();
        file.as_file().set_permissions(permissions).map_err(io)?;
        file.as_file().sync_all().map_err(io)?;
        file.persist(&path).map_err(|failed| io(failed.error))?;
    }
    Ok(tags)
}
