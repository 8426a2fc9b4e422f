//! Runs: which there are, what each was and measured, what differs between two.
//!
//! A run is a job of srt-slurm, else the cells that were measured together. Every run is listed;
//! those without a result say why.
//!
//! ```no_run
//! use inferguard::Options;
//! use inferguard::runs::{RunFilter, runs};
//!
//! let found = runs(&["outputs".into()], &Options::default())?;
//! let filter = RunFilter { topology: vec!["1P/4D".into()], ..RunFilter::default() };
//! for run in found.runs.iter().filter(|run| filter.takes(run)) {
//!     println!("{} {:?} {:?}", run.id, run.topology, run.skipped);
//! }
//! # Ok::<(), inferguard::AnalyzeError>(())
//! ```

mod diff;
mod filter;
mod json;
mod nodes;
mod tag;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use inferguard_model::{Cell, FileRecord, FileStatus, Job, Metric, Quantity, Role, Stat};

use crate::{AnalyzeError, Options, load};

pub use diff::{Difference, DifferenceGroup, differences};
pub use filter::RunFilter;
pub use inferguard_analysis::workers::rates::{RateMatch, Side, rate_match};
pub use inferguard_analysis::workers::series::GroupBy;
pub use json::differences_to_json;
pub use nodes::{NodeRow, node_rows};
pub use tag::{TagEdit, TagFileError, edit_tags, metadata_of};

/// Logs of workers, as patterns: a list of runs does not need them, and they are large.
pub const WORKER_LOGS: [&str; 2] =
    ["*_{prefill,decode,agg}_w*.{out,err}", "*_{prefill,decode,agg}_w*.{out,err}.gz"];

/// Runs of one or several folders.
#[derive(Debug, Default)]
pub struct Runs {
    /// Every file met.
    pub files: Vec<FileRecord>,
    /// Cells of all runs.
    pub cells: Vec<Cell>,
    /// The runs, in the order of their folders.
    pub runs: Vec<Run>,
    /// Folders that were read, as given.
    roots: Vec<PathBuf>,
}

/// One run.
#[derive(Debug, Clone)]
pub struct Run {
    /// The scheduler's number of a job, else the folder.
    pub id: String,
    /// Folder below the input root, `.` for the root; of several roots, below the root's name.
    pub folder: String,
    /// Everything that the files of a job say; `None` for runs of other producers.
    pub job: Option<Job>,
    /// Its cells, by index.
    pub cells: Vec<usize>,
    /// When it was run, as written; often without a zone.
    pub date: Option<String>,
    /// GPU, normalized.
    pub gpu: Option<String>,
    /// GPU as the job's metadata write it.
    pub gpu_as_written: Option<String>,
    /// `1P/4D`, `8A`; of other producers the parallelism of their cells.
    pub topology: Vec<String>,
    /// Nominal lengths, as `1024/8192`.
    pub lengths: Vec<String>,
    /// Container images.
    pub containers: Vec<String>,
    /// Models, normalized.
    pub models: Vec<String>,
    /// Tags that people gave it.
    pub tags: Vec<String>,
    /// Load levels without a result; `None` when no plan is known.
    pub missing: Option<Vec<u32>>,
    /// Why it is no run to compare; `None` for runs with results.
    pub skipped: Option<String>,
    /// What else a reader of the list should know.
    pub notes: Vec<String>,
}

/// Lists the runs of folders.
pub fn runs(roots: &[PathBuf], options: &Options<'_>) -> Result<Runs, AnalyzeError> {
    let load::Loaded { files, cells, jobs, .. } = load::load_all(roots, options, false)?;
    let mut runs: Vec<Run> = jobs.into_iter().map(|job| of_job(job, &cells)).collect();
    let taken: BTreeSet<usize> = runs.iter().flat_map(|run| run.cells.iter().copied()).collect();
    let mut others: Vec<(String, Vec<usize>)> = Vec::new();
    for (index, cell) in cells.iter().enumerate().filter(|(index, _)| !taken.contains(index)) {
        match others.iter_mut().find(|(run, _)| *run == cell.run.0) {
            Some((_, held)) => held.push(index),
            None => others.push((cell.run.0.clone(), vec![index])),
        }
    }
    runs.extend(others.into_iter().map(|(folder, held)| of_cells(folder, held, &cells)));
    refused(&files, &mut runs);
    runs.sort_by(|a, b| inferguard_cells::natural_order(&a.folder, &b.folder));
    Ok(Runs { files, cells, runs, roots: roots.to_vec() })
}

/// Metadata that cannot be read: the run says so, and is listed even if nothing else is there.
fn refused(files: &[FileRecord], runs: &mut Vec<Run>) {
    let is_metadata = |file: &&FileRecord| {
        file.outcome.status == FileStatus::Refused && file.outcome.kind == Role::JOB_JSON.0
    };
    for file in files.iter().filter(is_metadata) {
        let (folder, name) = file.path.rsplit_once('/').unwrap_or((".", &file.path));
        let folder = folder.strip_suffix("/logs").unwrap_or(folder);
        let why = file.outcome.reason.as_deref().unwrap_or_default();
        let told = format!("its metadata ({name}) cannot be read: {why}");
        if let Some(run) = runs.iter_mut().find(|run| run.folder == folder) {
            run.notes.push(told);
            continue;
        }
        let run = of_cells(folder.to_owned(), Vec::new(), &[]);
        let id = name.strip_suffix(".json").unwrap_or(name).to_owned();
        runs.push(Run { id, skipped: Some(told), ..run });
    }
}

/// `20251110_192145` as people write it; other forms stay.
fn readable(date: &str) -> String {
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    match date.split_once('_') {
        Some((day, time)) if day.len() == 8 && time.len() == 6 && digits(day) && digits(time) => {
            format!(
                "{}-{}-{} {}:{}:{}",
                &day[..4],
                &day[4..6],
                &day[6..],
                &time[..2],
                &time[2..4],
                &time[4..]
            )
        }
        _ => date.to_owned(),
    }
}

/// Why a text names no single run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FindRunError {
    /// There is none.
    #[error("no run `{wanted}` below {roots}; `inferguard runs {roots}` lists them")]
    None {
        /// As given.
        wanted: String,
        /// Where was looked.
        roots: String,
    },
    /// There are several.
    #[error("`{wanted}` is several runs: {}; name the folder", folders.join(", "))]
    Several {
        /// As given.
        wanted: String,
        /// Their folders.
        folders: Vec<String>,
    },
}

impl Runs {
    /// The run of an id, a folder, or the last part of a folder.
    pub fn find(&self, wanted: &str) -> Result<usize, FindRunError> {
        let trimmed = wanted.trim_end_matches('/');
        let base = |folder: &str| folder.rsplit('/').next().unwrap_or(folder).to_owned();
        let by = |test: &dyn Fn(&Run) -> bool| -> Vec<usize> {
            let found = self.runs.iter().enumerate().filter(|(_, run)| test(run));
            found.map(|(index, _)| index).collect()
        };
        for found in [
            by(&|run| run.folder == trimmed),
            by(&|run| run.id == trimmed),
            by(&|run| base(&run.folder) == trimmed),
        ] {
            match found[..] {
                [] => {}
                [only] => return Ok(only),
                _ => {
                    return Err(FindRunError::Several {
                        wanted: wanted.to_owned(),
                        folders: found.iter().map(|run| self.runs[*run].folder.clone()).collect(),
                    });
                }
            }
        }
        let roots: Vec<_> = self.roots.iter().map(|root| root.display().to_string()).collect();
        Err(FindRunError::None { wanted: wanted.to_owned(), roots: roots.join(" ") })
    }

    /// The only run there is, where a folder is that of one run.
    pub fn only(&self) -> Option<usize> {
        let root = self.runs.iter().position(|run| run.folder == ".");
        root.or((self.runs.len() == 1).then_some(0))
    }

    /// Path of a file as it is in the manifest.
    pub fn path(&self, file: u32) -> &str {
        self.files.get(file as usize).map_or("", |file| file.path.as_str())
    }

    /// Where a file of a single root lies on disk.
    pub fn on_disk(&self, file: u32) -> Option<PathBuf> {
        let [root] = &self.roots[..] else { return None };
        let root: &Path = root;
        Some(if root.is_file() { root.to_owned() } else { root.join(self.path(file)) })
    }

    /// Lowest and highest value of a statistic over the cells of a run.
    pub fn range(&self, run: &Run, metric: Metric) -> Option<(f64, f64)> {
        let values =
            run.cells.iter().filter_map(|cell| self.cells.get(*cell)?.evidence.metrics.get(metric));
        values.fold(None, |range, value| match range {
            None => Some((value, value)),
            Some((low, high)) => Some((f64::min(low, value), f64::max(high, value))),
        })
    }
}

/// Latencies whose range is shown, the statistics that producers write most.
pub const LATENCIES: [Metric; 12] = [
    Metric::new(Stat::Mean, Quantity::Ttft),
    Metric::new(Stat::P50, Quantity::Ttft),
    Metric::new(Stat::P99, Quantity::Ttft),
    Metric::new(Stat::Mean, Quantity::Tpot),
    Metric::new(Stat::P50, Quantity::Tpot),
    Metric::new(Stat::P99, Quantity::Tpot),
    Metric::new(Stat::Mean, Quantity::Itl),
    Metric::new(Stat::P50, Quantity::Itl),
    Metric::new(Stat::P99, Quantity::Itl),
    Metric::new(Stat::Mean, Quantity::E2el),
    Metric::new(Stat::P50, Quantity::E2el),
    Metric::new(Stat::P99, Quantity::E2el),
];

/// A job as a run.
pub(crate) fn of_job(job: Job, cells: &[Cell]) -> Run {
    let missing = job.missing(cells);
    let skipped = skipped(&job, cells);
    let folder = if job.folder.is_empty() { ".".to_owned() } else { job.folder.clone() };
    let mut run = of_cells(folder, job.cells.clone(), cells);
    let metadata = job.metadata();
    let written = metadata.and_then(|known| known.gpu_type.clone());
    if run.gpu.is_none() {
        run.gpu = written.as_deref().map(|name| {
            let known =
                name.split(['-', ' ', '_']).find_map(inferguard_model::names::known_hardware);
            known.map_or_else(|| name.to_lowercase(), str::to_owned)
        });
    }
    run.gpu_as_written = written;
    run.date = metadata
        .and_then(|known| known.run_date.clone().or_else(|| known.generated_at.clone()))
        .or_else(|| job.name.date.clone())
        .map(|date| readable(&date));
    run.topology = job.topology().into_iter().collect();
    if run.lengths.is_empty() {
        let plan = metadata.map(|known| &known.plan);
        let lengths = plan.and_then(|plan| plan.isl.zip(plan.osl));
        run.lengths = lengths.iter().map(|(isl, osl)| format!("{isl}/{osl}")).collect();
    }
    if let Some(container) = metadata.and_then(|known| known.container.as_ref()) {
        run.containers = vec![container.clone()];
    }
    if run.models.is_empty() {
        let model = metadata.and_then(|known| known.model.as_deref());
        run.models = inferguard_model::names::model(None, model, None).into_iter().collect();
    }
    run.tags = metadata.map(|known| known.tags.clone()).unwrap_or_default();
    if metadata.is_none() && skipped.is_none() {
        run.notes
            .push("no metadata ({jobid}.json): what is known comes from names and results".into());
    }
    if !job.others.is_empty() {
        let n = job.others.len();
        run.notes.push(format!(
            "metadata of {n} other job{} lie in the same folder: whose results these are is not certain",
            if n == 1 { "" } else { "s" }
        ));
    }
    Run { id: job.id.clone(), missing, skipped, job: Some(job), ..run }
}

fn of_cells(folder: String, held: Vec<usize>, cells: &[Cell]) -> Run {
    let distinct = |of: &dyn Fn(&Cell) -> Option<String>| -> Vec<String> {
        let all = held.iter().filter_map(|cell| of(&cells[*cell]));
        all.collect::<BTreeSet<_>>().into_iter().collect()
    };
    let identity = |cell: &Cell| cell.evidence.identity.clone();
    let gpus = distinct(&|cell| identity(cell).hardware);
    let has_result = held.iter().any(|cell| cells[*cell].has_result);
    Run {
        id: folder.clone(),
        job: None,
        date: None,
        gpu: match &gpus[..] {
            [only] => Some(only.clone()),
            _ => None,
        },
        gpu_as_written: None,
        topology: distinct(&|cell| {
            Some(cell.evidence.identity.topology.label()).filter(|label| label != "?")
        }),
        lengths: distinct(&|cell| {
            let known = &cell.evidence.identity;
            known.isl.zip(known.osl).map(|(isl, osl)| format!("{isl}/{osl}"))
        }),
        containers: distinct(&|cell| identity(cell).image),
        models: distinct(&|cell| identity(cell).model),
        tags: Vec::new(),
        missing: None,
        skipped: (!has_result).then(|| "no benchmark result was read".to_owned()),
        notes: Vec::new(),
        cells: held,
        folder,
    }
}

/// Why a job is no run to compare.
fn skipped(job: &Job, cells: &[Cell]) -> Option<String> {
    if job.is_profiling() {
        return Some("a profiling run, which measures no load levels".into());
    }
    if job.cells.iter().any(|cell| cells[*cell].has_result) {
        return None;
    }
    if job.metadata.is_none() {
        return Some("no metadata ({jobid}.json) and no benchmark result".into());
    }
    if job.metadata().and_then(|known| known.backend.as_deref()) == Some("mocker") {
        return Some("a mock run, which measures nothing".into());
    }
    Some(match (job.measures(), job.benchmark()) {
        (Some(false), Some(kind)) => format!("no benchmark result; `{kind}` writes none"),
        _ => "no benchmark result: still running, failed, or not copied".into(),
    })
}
