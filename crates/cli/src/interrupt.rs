//! Ctrl-C leaves no half report and exits with 130.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use inferguard::schema::ExitCode;
use tempfile::NamedTempFile;

/// Files under a temporary name that an interrupt must take away.
static UNFINISHED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Takes unfinished files away when the user or the scheduler stops the program.
pub(crate) fn install() {
    #[expect(clippy::exit, reason = "an interrupt ends the program, whatever it is doing")]
    let _ = ctrlc::set_handler(|| {
        // Held until the end: no further file is made.
        let unfinished = UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner);
        for path in unfinished.iter() {
            let _ = std::fs::remove_file(path);
        }
        std::process::exit(ExitCode::Interrupted.code().into());
    });
}

/// A file that is taken away on an interrupt until it is finished.
pub(crate) struct Unfinished {
    file: NamedTempFile,
    path: PathBuf,
}

impl Unfinished {
    /// Makes the file while the handler cannot run: it either sees the file or comes before it.
    pub(crate) fn create_in(folder: &Path) -> std::io::Result<Self> {
        let mut unfinished = UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner);
        let file = tempfile::Builder::new().prefix(".inferguard-").tempfile_in(folder)?;
        let path = file.path().to_owned();
        unfinished.push(path.clone());
        Ok(Self { file, path })
    }

    /// The open file.
    pub(crate) fn file(&mut self) -> &mut std::fs::File {
        self.file.as_file_mut()
    }

    /// Gives the file its name.
    pub(crate) fn finish(self, target: &Path) -> std::io::Result<()> {
        let Self { file, path } = self;
        let done = file.persist(target);
        forget(&path);
        done.map(drop).map_err(|failed| failed.error)
    }

    /// Takes the file away.
    pub(crate) fn discard(self) -> std::io::Result<()> {
        let Self { file, path } = self;
        let done = file.close();
        forget(&path);
        done
    }
}

fn forget(path: &Path) {
    let mut unfinished = UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner);
    unfinished.retain(|held| held != path);
}
