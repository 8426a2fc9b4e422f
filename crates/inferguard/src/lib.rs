//! Reads the results of LLM-inference benchmarks and answers with evidence: is this run valid,
//! where does it break, which configurations are worth running.
//!
//! This crate composes the readers, the join of cells, the analysis, the checks and the report.
//! It never prints, never ends the process and never panics on input.
//!
//! ```no_run
//! use inferguard::render::RENDERERS;
//! use inferguard::{Options, analyze};
//!
//! let analysis = analyze("results".as_ref(), &Options::default())?;
//! for finding in &analysis.report.findings {
//!     println!("{}: {}", finding.code, finding.message);
//! }
//! for renderer in RENDERERS {
//!     std::fs::write(renderer.file_name, renderer.render(&analysis.report))?;
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod baseline;
mod best;
mod closed;
pub mod config;
pub mod export;
mod filter;
mod folder_names;
mod keep;
mod listing;
mod load;
mod options;
mod pareto;
mod plots;
mod read;
pub mod requests;
pub mod runs;
mod strict;
mod tally;
pub mod trace;
mod unread;
mod validate;
mod wire;

use std::collections::BTreeMap;
use std::path::Path;

use inferguard_analysis::annotate::annotate;
use inferguard_analysis::scenario::Scenarios;
use inferguard_findings::{Baseline, CHECKS, Context, FindingMeta, Outcome, annotation_limits};
use inferguard_schema::{ExitCode, Report, Severity};
use inferguard_source::WalkError;

use load::Loaded;
use tally::Tally;

pub use best::{Best, BestCell, BestOfScenario, BestRequest, best};
pub use filter::{Filter, FilterError};
pub use inferguard_analysis::axis::{AxisError, AxisName, Direction, FrontierRequest};
pub use inferguard_analysis::cost::Prices;
pub use inferguard_analysis::scenario::LoadAxis;
pub use inferguard_analysis::slo::Slo;
pub use inferguard_findings as findings;
pub use inferguard_model as model;
pub use inferguard_report as render;
pub use inferguard_schema as schema;
pub use listing::{ListedFile, list_files};
pub use options::{FailOn, Options, Progress};
pub use pareto::{Pareto, ParetoError, pareto};
pub use plots::{Plots, PlottedFigure, plots};
pub use read::readers;
pub use validate::{Validation, ValidationError, Violation, validate};

/// What an analysis gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Analysis {
    /// The report.
    pub report: Report,
    /// What is drawn of it; only where [`Options::plots`] asks for it.
    pub figures: Vec<PlottedFigure>,
}

impl Analysis {
    /// The exit code that a threshold asks for.
    pub fn exit_code(&self, fail_on: FailOn) -> ExitCode {
        // A finding counts wherever `closed_v1` put it.
        let moved = self.report.extensions.iter().flat_map(|extensions| &extensions.findings);
        let worst = self.report.findings.iter().chain(moved).map(|finding| finding.severity).max();
        match (fail_on, worst) {
            (FailOn::Warning | FailOn::Critical, Some(Severity::Critical)) => ExitCode::Critical,
            (FailOn::Warning, Some(Severity::Warning)) => ExitCode::Warning,
            _ => ExitCode::Clean,
        }
    }
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum AnalyzeError {
    /// The input cannot be listed.
    #[error(transparent)]
    Walk(#[from] WalkError),
    /// A pattern cannot be parsed.
    #[error("bad timeline pattern `{pattern}`")]
    TimelineGlob {
        /// The pattern as given.
        pattern: String,
        /// What is wrong with it.
        source: globset::Error,
    },
    /// The worker threads could not be started.
    #[error("cannot start {threads} threads")]
    Threads {
        /// Threads asked for.
        threads: usize,
        /// What the system said.
        source: rayon::ThreadPoolBuildError,
    },
    /// Nothing that any reader takes is below the root.
    #[error("no supported benchmark result found among {files} file{} below {root}{hint}", if *files == 1 { "" } else { "s" })]
    NothingSupported {
        /// The root as given.
        root: String,
        /// Files met.
        files: usize,
        /// What was refused, or where to look.
        hint: String,
    },
    /// What the results are to be compared with cannot be read.
    #[error("cannot read the baseline {path}: {reason}")]
    Baseline {
        /// The path as given.
        path: String,
        /// Why not.
        reason: String,
    },
    /// `strict` refuses the tree.
    #[error("refused by strict mode: {}", reasons.join("; "))]
    Strict {
        /// Each artifact that is missing or unreadable.
        reasons: Vec<String>,
    },
}

/// Analyzes a folder of results, or a single result file.
pub fn analyze(root: &Path, options: &Options<'_>) -> Result<Analysis, AnalyzeError> {
    let loaded = load::load_digests(root, options, options.plots)?;
    let baseline = baseline::read(options)?;
    let mut judged = judge(&loaded, baseline.as_ref(), options);
    if options.strict {
        strict::refuse(&judged.outcomes, &loaded.cells)?;
    }
    config::select(&options.settings, &mut judged.outcomes, &mut judged.ignored);
    let Loaded { files, cells, digests, jobs, .. } = loaded;
    let others = if options.plots {
        plots::others(&judged.scenarios, &cells, &digests, options)
    } else {
        Vec::new()
    };
    let mut report = wire::report(root, options, files, jobs, judged, cells);
    let figures = if options.plots {
        plots::named(&report.cross_run, &report.cells, others)
    } else {
        Vec::new()
    };
    if options.closed_v1 {
        closed::close(&mut report);
    }
    Ok(Analysis { report, figures })
}

/// What the scenarios are, and what the checks say.
pub(crate) struct Judged<'o> {
    pub(crate) scenarios: Scenarios,
    /// The findings of each check.
    pub(crate) outcomes: Findings,
    /// What the checks answered besides, by code.
    pub(crate) tallies: BTreeMap<&'static str, Tally>,
    pub(crate) ignored: Vec<config::Ignored<'o>>,
}

/// Groups the cells and runs every check over them.
fn judge<'o>(loaded: &Loaded, baseline: Option<&Baseline>, options: &'o Options<'_>) -> Judged<'o> {
    let Loaded { files, cells, expectations, jobs, .. } = loaded;
    let settings = &options.settings;
    let mut scenarios = inferguard_analysis::scenario::scenarios(cells);
    annotate(&mut scenarios, cells, &annotation_limits(&settings.limits));
    let context = Context {
        cells,
        scenarios: &scenarios,
        files,
        jobs,
        expectations,
        limits: &settings.limits,
        slos: options.slos(),
        baseline,
    };
    let (mut outcomes, tallies) = run_checks(&context);
    let ignored = config::apply(settings, &mut outcomes, cells);
    Judged { scenarios, outcomes, tallies, ignored }
}

type Findings = Vec<(&'static FindingMeta, Vec<Outcome>)>;

/// Runs every check: those that look at single cells together, cell by cell, then the others.
fn run_checks(context: &Context<'_>) -> (Findings, BTreeMap<&'static str, Tally>) {
    let mut answers: Vec<(Vec<Outcome>, Tally)> =
        CHECKS.iter().map(|_| Default::default()).collect();
    let mut add = |at: usize, outcome: Outcome| {
        let (findings, tally) = &mut answers[at];
        findings.extend(tally.take(outcome));
    };
    let of_cells: Vec<_> = CHECKS.iter().map(|check| check.as_cell_check()).collect();
    for cell in 0..context.cells.len() {
        for (at, check) in of_cells.iter().enumerate() {
            if let Some(check) = check {
                add(at, check.look(context, cell));
            }
        }
    }
    for (at, check) in CHECKS.iter().enumerate().filter(|(at, _)| of_cells[*at].is_none()) {
        check.run(context).into_iter().for_each(|outcome| add(at, outcome));
    }
    let (mut findings, mut tallies) = (Vec::new(), BTreeMap::new());
    for (check, (outcomes, tally)) in CHECKS.iter().zip(answers) {
        let meta = check.meta();
        findings.push((meta, outcomes));
        tallies.insert(meta.code, tally);
    }
    (findings, tallies)
}
