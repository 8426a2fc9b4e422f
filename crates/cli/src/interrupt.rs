//! Ctrl-C leaves no half report and exits with 130.

use std::path::PathBuf;
use std::sync::Mutex;

use inferguard::schema::ExitCode;

/// Files under a temporary name that an interrupt must take away.
static UNFINISHED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Takes unfinished files away when the user or the scheduler stops the program.
pub(crate) fn install() {
    #[expect(clippy::exit, reason = "an interrupt ends the program, whatever it is doing")]
    let _ = ctrlc::set_handler(|| {
        if let Ok(unfinished) = UNFINISHED.lock() {
            for path in unfinished.iter() {
                let _ = std::fs::remove_file(path);
            }
        }
        std::process::exit(ExitCode::Interrupted.code().into());
    });
}

/// A file that is taken away on an interrupt until it is finished.
pub(crate) struct Unfinished(PathBuf);

impl Unfinished {
    pub(crate) fn new(path: PathBuf) -> Self {
        if let Ok(mut unfinished) = UNFINISHED.lock() {
            unfinished.push(path.clone());
        }
        Self(path)
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Ok(mut unfinished) = UNFINISHED.lock() {
            unfinished.retain(|path| *path != self.0);
        }
    }
}
