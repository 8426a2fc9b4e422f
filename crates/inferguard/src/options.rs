//! What an analysis may be told.

use std::path::PathBuf;

use inferguard_model::names;
use inferguard_model::{Cell, Metric, Origin, Problem, ProblemCode, Quantity};

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

/// Price of a GPU-hour.
#[derive(Debug, Clone, PartialEq)]
pub struct Cost {
    /// Price of one GPU for one hour.
    pub per_gpu_hour: f64,
    /// Label of the currency.
    pub currency: String,
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
    /// Live timelines, matched against paths below the root.
    pub timeline_glob: String,
    /// Files to take; all when empty.
    pub include: Vec<String>,
    /// Files to leave out.
    pub exclude: Vec<String>,
    /// Refuse to report when a required artifact is missing or a result is unreadable.
    pub strict: bool,
    /// GPU count of cells that state none.
    pub gpus: Option<u32>,
    /// Hardware of cells that state none.
    pub hardware: Option<String>,
    /// Price, for the cost blocks.
    pub cost: Option<Cost>,
    /// All cells belong to one run.
    pub join_runs: bool,
    /// Keep to the published enumerations of v1.
    pub closed_v1: bool,
    /// Threads; 0 for as many as there are cores.
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

    /// Fills GPU count and hardware where the sources state none.
    pub(crate) fn fill_unknown(&self, cells: &mut [Cell]) {
        for cell in cells {
            let identity = &mut cell.evidence.identity;
            if let (Some(given), None) = (&self.hardware, &identity.hardware) {
                identity.hardware = Some(names::hardware(given));
                identity.as_written.hardware = Some(given.clone());
            }
            let metrics = &mut cell.evidence.metrics;
            if let (Some(gpus), None) = (self.gpus, metrics.get(Metric::plain(Quantity::NumGpus))) {
                let n = f64::from(gpus);
                let given = Origin::derived("--gpus");
                metrics.set(Metric::plain(Quantity::NumGpus), n, given);
                for (rate, per_gpu, formula) in [
                    (Quantity::TotalTput, Quantity::TputPerGpu, "total_tput_tps / num_gpus"),
                    (
                        Quantity::OutputTput,
                        Quantity::SystemOutputTputPerGpu,
                        "output_tput_tps / num_gpus",
                    ),
                ] {
                    if let Some(rate) = metrics.get(Metric::plain(rate)) {
                        let origin = Origin::derived(formula);
                        metrics.set_if_absent(Metric::plain(per_gpu), rate / n, origin);
                    }
                }
                let told = format!("{gpus} GPUs as given; the source states no count");
                cell.evidence.problem(Problem::note(ProblemCode::Coerced, "num_gpus", told));
            }
        }
    }
}

impl Default for Options<'_> {
    fn default() -> Self {
        Self {
            output_dir: None,
            written: Vec::new(),
            timeline_glob: Self::TIMELINE_GLOB.into(),
            include: Vec::new(),
            exclude: Vec::new(),
            strict: false,
            gpus: None,
            hardware: None,
            cost: None,
            join_runs: false,
            closed_v1: false,
            threads: 0,
            generated_at: None,
            progress: None,
        }
    }
}
