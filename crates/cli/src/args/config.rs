//! Arguments of every command that a configuration speaks to.

use std::path::{Path, PathBuf};

use clap::Args;
use inferguard::config::{FILE_NAME, Settings};

use crate::terminal::complain;

/// Which configuration file is in force.
#[derive(Debug, Clone, Default, Args)]
pub struct ConfigArgs {
    /// Configuration [default: inferguard.toml in the current directory, outside of the results]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Do not look for inferguard.toml in the current directory
    #[arg(long, conflicts_with = "config")]
    pub no_config: bool,
}

impl ConfigArgs {
    /// The settings of the file in force, or none.
    ///
    /// What lies among the results is applied only when it is asked for: what a stranger left there
    /// must not silence findings. That it is not applied is said on stderr.
    pub(crate) fn settings(&self, results: &[&Path], quiet: bool) -> anyhow::Result<Settings> {
        let canonical = |path: &Path| path.canonicalize().ok();
        // A link counts where it lies, wherever it leads.
        let here = canonical(Path::new(".")).map(|folder| folder.join(FILE_NAME));
        let here = here.filter(|file| file.is_file());
        let roots: Vec<_> = results.iter().filter_map(|root| canonical(root)).map(folder).collect();
        let is_result = |file: &PathBuf| roots.iter().any(|root| file.starts_with(root));
        let file = match &self.config {
            Some(file) => Some(file.as_path()),
            None if self.no_config => None,
            None => here.as_ref().filter(|file| !is_result(file)).map(|_| Path::new(FILE_NAME)),
        };
        let in_use = file.and_then(canonical);
        let declined = here.as_ref().filter(|_| self.no_config);
        let mut met: Vec<_> =
            roots.iter().map(|root| root.join(FILE_NAME)).chain(here.clone()).collect();
        met.retain(|file| file.is_file() && is_result(file));
        met.retain(|file| {
            Some(file) != declined && (in_use.is_none() || canonical(file) != in_use)
        });
        met.sort();
        met.dedup();
        for file in met.iter().filter(|_| !quiet) {
            complain(&format!(
                "inferguard: {} lies among the results and is not applied; --config applies it",
                file.display()
            ));
        }
        Ok(file.map(Settings::load).transpose()?.unwrap_or_default())
    }
}

/// The folder of results that a path stands for.
fn folder(path: PathBuf) -> PathBuf {
    match path.parent() {
        Some(parent) if path.is_file() => parent.to_owned(),
        _ => path,
    }
}
