//! What an analysis may be told.

use std::path::PathBuf;

use inferguard_analysis::axis::FrontierRequest;
use inferguard_analysis::cost::Prices;
use inferguard_analysis::slo::Slo;

use crate::best::BestRequest;
use crate::config::Settings;

/// Severity at which the exit code speaks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum FailOn {
    /// Never.
    Never,
    /// From warnings on.
    Warning,
    /// At critical findings only.
    #[default]
    Critical,
}

/// Is told how far the reading has come.
pub trait Progress: Sync {
    /// The number of files is known.
    fn total(&self, files: usize);

    /// One more file was read.
    fn advance(&self);
}

/// Options of an analysis.
#[derive(Clone)]
pub struct Options<'p> {
    /// Folder that the report will be written to: never read as input. Default:
    /// `inferguard_report` below the root.
    pub output_dir: Option<PathBuf>,
    /// Files that will be written, for the manifest: path as given, and kind.
    pub written: Vec<String>,
    /// The command line for the report, without secrets; `None` when there is none.
    pub command: Option<String>,
    /// Say what is drawn too, for [`Analysis::figures`](crate::Analysis::figures).
    pub plots: bool,
    /// Length of the slices that an export cuts out of records of single requests, nanoseconds;
    /// `None` leaves it at those of producers.
    pub slice_ns: Option<i64>,
    /// Live timelines, matched against paths below the root.
    pub timeline_glob: String,
    /// Files to take; all when empty.
    pub include: Vec<String>,
    /// Files to leave out.
    pub exclude: Vec<String>,
    /// Refuse to report when a required artifact is missing or a result is unreadable.
    pub strict: bool,
    /// GPU count of cells that state none; beats the rules of the settings.
    pub gpus: Option<u32>,
    /// Hardware of cells that state none; beats the rules of the settings.
    pub hardware: Option<String>,
    /// Prices, for the cost blocks; beat those of the settings.
    pub cost: Option<Prices>,
    /// Thresholds, severities, ignored findings, what is told of cells.
    pub settings: Settings,
    /// Service-level objectives; beat those of the settings.
    pub slo: Vec<Slo>,
    /// Which frontiers are drawn.
    pub frontiers: FrontierRequest,
    /// Which cells a comparison lists as the best ones.
    pub best: Option<BestRequest>,
    /// What to compare with: a folder of results, or an earlier report.
    pub baseline: Option<PathBuf>,
    /// All cells belong to one run.
    pub join_runs: bool,
    /// Keep to the published enumerations of v1.
    pub closed_v1: bool,
    /// Threads from the first file on; 0 for as many as there are cores as soon as reading takes longer
    /// than a person notices.
    pub threads: usize,
    /// Moment of the analysis, UTC seconds; `None` for now.
    pub generated_at: Option<i64>,
    /// Is told how far the reading has come.
    pub progress: Option<&'p dyn Progress>,
}

impl Options<'_> {
    /// Default pattern of live timelines.
    pub const TIMELINE_GLOB: &'static str = "**/inferguard_timeline.jsonl";

    /// Name of the default output folder below the root.
    pub const OUTPUT_DIR: &'static str = "inferguard_report";

    /// The prices in force: those of `cost`, else those of the settings.
    pub fn prices(&self) -> Option<&Prices> {
        self.cost.as_ref().or(self.settings.prices.as_ref()).filter(|prices| !prices.is_empty())
    }
}

impl Options<'_> {
    /// The objectives in force: those of `slo`, else those of the settings.
    pub fn slos(&self) -> &[Slo] {
        if self.slo.is_empty() { &self.settings.slo } else { &self.slo }
    }
}

impl Default for Options<'_> {
    fn default() -> Self {
        Self {
            output_dir: None,
            written: Vec::new(),
            command: None,
            plots: false,
            slice_ns: None,
            timeline_glob: Self::TIMELINE_GLOB.into(),
            include: Vec::new(),
            exclude: Vec::new(),
            strict: false,
            gpus: None,
            hardware: None,
            cost: None,
            settings: Settings::default(),
            slo: Vec::new(),
            frontiers: FrontierRequest::default(),
            best: None,
            baseline: None,
            join_runs: false,
            closed_v1: false,
            threads: 0,
            generated_at: None,
            progress: None,
        }
    }
}
