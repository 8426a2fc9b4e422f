//! What a user sets once for many analyses: in a file, `inferguard.toml`, or in code.

mod fill;
mod guidelines;
mod names;
mod pattern;
mod read;
mod rules;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use inferguard_analysis::cost::Prices;
use inferguard_analysis::guideline::{self, Guideline};
use inferguard_analysis::slo::Slo;
use inferguard_findings::Limits;
use inferguard_schema::Severity;

pub use names::{UnknownCode, finding};
pub use pattern::Pattern;
pub(crate) use rules::{Ignored, apply, select};

/// Name of the configuration file.
pub const FILE_NAME: &str = "inferguard.toml";

/// Thresholds, severities, ignored findings, and what is told of cells; by default nothing is set.
///
/// ```
/// use inferguard::config::{IgnoreRule, Settings, finding};
///
/// let mut settings = Settings::default();
/// let partial = finding("partial_run")?;
/// settings.limits.set(partial.code, &partial.thresholds[0], 0.99);
/// settings.ignore.push(IgnoreRule {
///     code: finding("summary_mismatch")?.code,
///     reason: "known: rounded by an old harness".to_owned(),
///     cells: Some("2025-*/**".parse()?),
/// });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The file that they were read from, as given.
    pub file: Option<PathBuf>,
    /// Thresholds of checks.
    pub limits: Limits,
    /// Severity of every finding of a code, instead of the one that its check gives.
    pub severities: BTreeMap<&'static str, Severity>,
    /// The codes whose findings are kept; all when empty.
    pub select: Vec<&'static str>,
    /// Findings that are taken out; of several rules for one the first counts.
    pub ignore: Vec<IgnoreRule>,
    /// What is told of cells whose sources do not say it; for each value the first rule counts that
    /// matches and has it.
    pub cells: Vec<CellRule>,
    /// Prices of GPU-hours.
    pub prices: Option<Prices>,
    /// Service-level objectives.
    pub slo: Vec<Slo>,
    /// Where values of a metric are good and acceptable, in metric order.
    pub guidelines: Vec<Guideline>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            file: None,
            limits: Limits::default(),
            severities: BTreeMap::new(),
            select: Vec::new(),
            ignore: Vec::new(),
            cells: Vec::new(),
            prices: None,
            slo: Vec::new(),
            guidelines: guideline::DEFAULTS.to_vec(),
        }
    }
}

/// Findings that are known and wanted neither in the report nor in the exit code.
#[derive(Debug, Clone, PartialEq)]
pub struct IgnoreRule {
    /// Finding code.
    pub code: &'static str,
    /// Why.
    pub reason: String,
    /// Ids of the cells concerned, or, for a finding that is about a file and no cell, its path;
    /// `None` for every finding of the code.
    pub cells: Option<Pattern>,
}

/// What is told of the cells below a path.
#[derive(Debug, Clone, PartialEq)]
pub struct CellRule {
    /// Paths of artifacts below the root.
    pub path: Pattern,
    /// GPU count.
    pub gpus: Option<u32>,
    /// Hardware.
    pub hardware: Option<String>,
}

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration {}", file.display())]
    Read {
        /// The file as given.
        file: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file says what means nothing.
    #[error("{}", list(file, mistakes))]
    Mistakes {
        /// The file as given.
        file: PathBuf,
        /// Every mistake, by line.
        mistakes: Vec<Mistake>,
    },
}

/// A place of a configuration that means nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mistake {
    /// Line, from 1.
    pub line: usize,
    /// What is wrong, with the nearest name that is known.
    pub message: String,
}

fn list(file: &Path, mistakes: &[Mistake]) -> String {
    let line = |m: &Mistake| format!("{}:{}: {}", file.display(), m.line, m.message);
    mistakes.iter().map(line).collect::<Vec<_>>().join("\n")
}

impl Settings {
    /// Reads a configuration file.
    pub fn load(file: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(file)
            .map_err(|source| ConfigError::Read { file: file.to_owned(), source })?;
        let settings = read::settings(&text)
            .map_err(|mistakes| ConfigError::Mistakes { file: file.to_owned(), mistakes })?;
        Ok(Self { file: Some(file.to_owned()), ..settings })
    }
}
