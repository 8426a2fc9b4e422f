//! Puts the report on disk: under a temporary name first, then renamed, so that nobody ever reads
//! a half report.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::interrupt::Unfinished;

/// The output folder, proved writable before the long work begins.
pub(crate) struct OutputDir {
    path: PathBuf,
}

impl OutputDir {
    /// Makes the folder and proves that a file can be written there.
    pub(crate) fn open(path: &Path) -> anyhow::Result<Self> {
        let explain = || {
            format!(
                "cannot write to the output folder {}; choose another with --output-dir",
                path.display()
            )
        };
        std::fs::create_dir_all(path).with_context(explain)?;
        Unfinished::create_in(path).and_then(Unfinished::discard).with_context(explain)?;
        Ok(Self { path: path.to_owned() })
    }

    /// The folder.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Streams a file under a temporary name and renames it into place.
    pub(crate) fn write(
        &self,
        name: &str,
        write: impl FnOnce(&mut (dyn Write + Send)) -> std::io::Result<()>,
    ) -> anyhow::Result<PathBuf> {
        let target = self.path.join(name);
        let explain = || format!("cannot write {}", target.display());
        let mut unfinished = Unfinished::create_in(&self.path).with_context(explain)?;
        write(unfinished.file()).with_context(explain)?;
        make_readable(unfinished.file());
        unfinished.finish(&target).with_context(explain)?;
        Ok(target)
    }

    /// Removes a file of an earlier run that this run does not replace.
    pub(crate) fn remove_stale(&self, name: &str) -> anyhow::Result<bool> {
        let path = self.path.join(name);
        match std::fs::remove_file(&path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
            Err(error) => {
                Err(error).with_context(|| format!("cannot remove the older {}", path.display()))
            }
        }
    }
}

/// A single file that a user named: under a temporary name beside it until it is finished, and taken
/// away when it never is.
pub(crate) struct OutputFile {
    unfinished: Unfinished,
    target: PathBuf,
}

impl OutputFile {
    /// Makes the temporary file; `flag` is what chooses another name.
    pub(crate) fn create(target: &Path, flag: &str) -> anyhow::Result<Self> {
        let explain = || format!("cannot write {}; choose another with {flag}", target.display());
        anyhow::ensure!(
            !target.is_dir(),
            "{} is a folder; name a file with {flag}",
            target.display()
        );
        let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty());
        let unfinished =
            Unfinished::create_in(folder.unwrap_or(Path::new("."))).with_context(explain)?;
        Ok(Self { unfinished, target: target.to_owned() })
    }

    /// The open file.
    pub(crate) fn file(&mut self) -> &mut std::fs::File {
        self.unfinished.file()
    }

    /// Gives the file its name, in place of an older one.
    pub(crate) fn finish(mut self) -> std::io::Result<()> {
        make_readable(self.unfinished.file());
        self.unfinished.finish(&self.target)
    }
}

/// Temporary files are private to their owner; a report is for colleagues too.
fn make_readable(file: &std::fs::File) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let _ = file.set_permissions(std::fs::Permissions::from_mode(0o644));
    }
    #[cfg(not(unix))]
    let _ = file;
}
