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
        let here = canonical(Path::new(FILE_NAME)).filter(|file| file.is_file());
        let roots = || results.iter().filter_map(|root| canonical(root)).map(folder);
        let is_among_results =
            here.as_ref().is_some_and(|file| roots().any(|root| file.starts_with(root)));
        let file = match &self.config {
            Some(file) => Some(file.as_path()),
            None if self.no_config || here.is_none() || is_among_results => None,
            None => Some(Path::new(FILE_NAME)),
        };
        let in_use = file.and_then(canonical);
        let declined = |found: &PathBuf| self.no_config && here.as_ref() == Some(found);
        let met = roots().map(|root| root.join(FILE_NAME)).chain(here.clone());
        let mut met: Vec<_> = met
            .filter(|file| file.is_file() && roots().any(|root| file.starts_with(root)))
            .filter(|file| in_use.as_ref() != Some(file) && !declined(file))
            .collect();
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
