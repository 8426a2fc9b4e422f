//! Questions to the records of single requests, of one or several runs.

mod json;
mod run;

use std::path::PathBuf;

use inferguard_analysis::requests::bootstrap::Intervals;
use inferguard_analysis::requests::capacity::{self, Capacity, Level};
use inferguard_analysis::requests::goodput::{Goodput, GoodputError};
use inferguard_analysis::requests::groups::{FailedGroup, Group};
use inferguard_analysis::requests::slices::{Readings, Slices};
use inferguard_analysis::scenario::scenarios;
use inferguard_model::{Cell, FirstWave, MetricEntry, Problem, Quantity, SteadyWindow, TimeSlices};

use crate::keep::{Keep, Kept};
use crate::{AnalyzeError, Options, Slo, load};

pub use inferguard_analysis::quantile::{Summary, is_low_n};
pub use inferguard_analysis::requests::Distribution;
pub use inferguard_analysis::requests::bootstrap::Interval;
pub use inferguard_analysis::requests::capacity::ASSUMPTION;
pub use inferguard_analysis::requests::goodput::Fails;
pub use inferguard_analysis::requests::slices::WidthNote;

/// What is asked of the records.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RequestsQuery {
    /// Percentiles, in thousandths of a percent.
    pub percentiles: Vec<u32>,
    /// Length of a time slice, nanoseconds.
    pub slice_ns: Option<i64>,
    /// What requests are grouped by.
    pub group_by: Option<GroupRequestsBy>,
    /// Intervals of the mean and of the percentiles.
    pub intervals: bool,
    /// The first wave against the rest.
    pub first_wave: bool,
    /// Requests per second that replicas are to serve, and the share of attempts that is to be good.
    pub capacity: Option<(f64, f64)>,
}

/// What requests are grouped by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupRequestsBy {
    /// Input tokens.
    Isl,
    /// Turn in the conversation.
    Turn,
    /// Worker of the client.
    Worker,
    /// The error of those that failed.
    Error,
}

/// The answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Requests {
    /// Runs with records, in the order of the paths.
    pub runs: Vec<RequestRun>,
    /// Runs of one configuration and workload at several loads, each by index, ascending.
    pub sweeps: Vec<Vec<usize>>,
    /// The objectives.
    pub tiers: Vec<Slo>,
    /// Replicas for the target, for each sweep and each tier.
    pub capacity: Vec<SweepCapacity>,
    /// What was asked.
    pub query: RequestsQuery,
    /// Cells without records of single requests.
    pub without_records: Vec<String>,
}

/// Replicas for one tier from one sweep.
#[derive(Debug, Clone, PartialEq)]
pub struct SweepCapacity {
    /// Objectives, by index.
    pub tier: usize,
    /// Runs of the sweep, by index, ascending by load.
    pub runs: Vec<usize>,
    /// Good fraction of attempts of each.
    pub good: Vec<f64>,
    /// What the sweep says; levels are places in `runs`.
    pub capacity: Capacity,
}

/// One run.
#[derive(Debug, Clone, PartialEq)]
pub struct RequestRun {
    /// Id of the cell.
    pub id: String,
    /// The file of the records.
    pub path: String,
    /// Users of a closed loop.
    pub concurrency: Option<u32>,
    /// Requested rate of an open loop.
    pub request_rate: Option<f64>,
    /// Attempts.
    pub attempts: u64,
    /// Requests that succeeded.
    pub successes: u64,
    /// Share of attempts that succeeded; what was cancelled on purpose is no attempt here.
    pub success_rate: Option<f64>,
    /// Seconds of the throughput window.
    pub duration: Option<f64>,
    /// GPUs.
    pub gpus: Option<f64>,
    /// Rates over the throughput window: requests, input, output, and total tokens per second.
    pub rates: Vec<(Quantity, f64)>,
    /// Statistics, each over the requests that have the quantity.
    pub distributions: Vec<Distribution>,
    /// Intervals of these; of a quantity of too few requests none.
    pub intervals: Vec<(Quantity, Option<Intervals>)>,
    /// For each tier, the requests that meet it.
    pub goodput: Vec<Result<Goodput, GoodputError>>,
    /// The first wave; `None` when not asked for, or where nobody knows which it is.
    pub first_wave: Option<FirstWave>,
    /// The stretch of the run in which its load was steady.
    pub steady: Option<SteadyWindow>,
    /// Time slices; `None` when not asked for, or without moments.
    pub slices: Option<(Slices, Readings)>,
    /// Groups; `None` when not asked for, or where the source does not tell them.
    pub groups: Option<Vec<Group>>,
    /// Failed attempts by reason.
    pub failures: Vec<FailedGroup>,
    /// What the producer says of its own client's wait, which it counts in its own way.
    pub stated_wait: Vec<MetricEntry>,
    /// The producer's own slices, by start; `None` unless slices are asked for and it wrote some.
    pub stated_slices: Option<TimeSlices>,
    /// What of the records was refused, left out or read with doubt, and where.
    pub problems: Vec<Problem>,
}

impl RequestRun {
    /// Statistics of a quantity.
    pub fn of(&self, quantity: Quantity) -> Option<&Distribution> {
        self.distributions.iter().find(|found| found.quantity == quantity)
    }

    /// A rate.
    pub fn rate(&self, quantity: Quantity) -> Option<f64> {
        self.rates.iter().find(|(of, _)| *of == quantity).map(|(_, rate)| *rate)
    }

    /// Output tokens per second per GPU.
    pub fn output_per_gpu(&self) -> Option<f64> {
        let gpus = self.gpus.filter(|gpus| *gpus > 0.0)?;
        Some(self.rate(Quantity::OutputTput)? / gpus)
    }

    /// Good requests per second of a tier.
    pub fn goodput_rps(&self, tier: usize) -> Option<f64> {
        let good = self.goodput.get(tier)?.as_ref().ok()?.good;
        self.duration.filter(|seconds| *seconds > 0.0).map(|seconds| good as f64 / seconds)
    }

    /// Users, else the requested rate.
    pub fn load(&self) -> Option<f64> {
        self.concurrency.map(f64::from).or(self.request_rate)
    }
}

/// Why there are no answers.
#[derive(Debug, thiserror::Error)]
pub enum RequestsError {
    /// Nothing could be read.
    #[error(transparent)]
    Analyze(#[from] AnalyzeError),
    /// No cell has records.
    #[error(
        "none of the {cells} cells has records of single requests; `inferguard analyze` reports on summaries"
    )]
    NoRecords {
        /// Cells that were read.
        cells: usize,
    },
    /// An objective limits a statistic.
    #[error(
        "`{slo}` limits a statistic; every request is judged here: write `ttft:500`, without p90_ or mean_"
    )]
    Statistic {
        /// The objectives as written.
        slo: String,
    },
    /// Capacity needs to know what is good.
    #[error("a target rate needs objectives to tell which load is good enough: add --slo")]
    NoObjectives,
}

/// Reads folders or single files, and answers from their records.
pub fn requests(
    roots: &[PathBuf],
    options: &Options<'_>,
    query: &RequestsQuery,
) -> Result<Requests, RequestsError> {
    let tiers = options.slos().to_vec();
    let of_statistic =
        tiers.iter().find(|slo| slo.objectives.iter().any(|objective| objective.stat.is_some()));
    if let Some(slo) = of_statistic {
        return Err(RequestsError::Statistic { slo: slo.to_string() });
    }
    if query.capacity.is_some() && tiers.is_empty() {
        return Err(RequestsError::NoObjectives);
    }
    let mut query = query.clone();
    query.percentiles.sort_unstable();
    query.percentiles.dedup();
    let asked = run::Asked { query: &query, tiers: &tiers };
    let (mut cells, mut runs, mut levels) = (Vec::new(), Vec::new(), Vec::new());
    let mut without_records = Vec::new();
    let wants_groups =
        matches!(query.group_by, Some(GroupRequestsBy::Turn | GroupRequestsBy::Worker));
    let names = load::names(roots);
    for (root, name) in roots.iter().zip(&names) {
        let kept = Kept::new(asked.percentiles(), wants_groups);
        let loaded = load::load_keeping(root, options, Keep::Tables(&kept))?;
        let mut tables = kept.into_tables();
        for mut cell in loaded.cells {
            if roots.len() > 1 {
                cell.id = format!("{name}/{}", cell.id).into();
                cell.run.0 = format!("{name}/{}", cell.run.0);
            }
            let at = tables.iter().position(|kept| {
                let same = |held: &inferguard_model::ArtifactRef| {
                    held.file == kept.artifact.file && held.base == kept.artifact.base
                };
                cell.artifacts.iter().any(same)
            });
            // Rows go as soon as they are answered.
            let Some(kept) = at.map(|at| tables.swap_remove(at)) else {
                without_records.push(cell.id.to_string());
                continue;
            };
            let file = loaded.files.get(kept.artifact.file as usize);
            let path = file.map_or_else(String::new, |file| file.path.clone());
            levels.push(asked.levels(&cell, &kept.table));
            runs.push(asked.run(&cell, path, kept));
            cells.push(cell);
        }
    }
    if runs.is_empty() {
        return Err(RequestsError::NoRecords { cells: without_records.len() });
    }
    let groups = groups_of_loads(&cells);
    let capacity = match query.capacity {
        Some((target, attainment)) => (0..tiers.len())
            .flat_map(|tier| groups.iter().map(move |runs| (tier, runs)))
            .filter_map(|(tier, runs)| of_sweep(&levels, tier, runs, target, attainment))
            .collect(),
        None => Vec::new(),
    };
    let several = |group: &Vec<usize>| {
        group
            .iter()
            .any(|at| cells[*at].evidence.identity.load != cells[group[0]].evidence.identity.load)
    };
    let sweeps = groups.into_iter().filter(several).collect();
    Ok(Requests { runs, sweeps, tiers, capacity, query, without_records })
}

/// Runs of one series, else of one run, by load.
fn groups_of_loads(cells: &[Cell]) -> Vec<Vec<usize>> {
    let grouped = scenarios(cells);
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for series in grouped.scenarios.iter().flat_map(|scenario| &scenario.series) {
        let of_point = series.points.iter().flat_map(|point| point.cells.iter().copied());
        groups.push(of_point.collect());
    }
    let mut rest: Vec<(&str, Vec<usize>)> = Vec::new();
    for (at, cell) in cells.iter().enumerate() {
        if groups.iter().flatten().any(|held| *held == at) {
            continue;
        }
        let run = cell.run.0.as_str();
        match rest.iter_mut().find(|(held, _)| *held == run) {
            Some((_, group)) => group.push(at),
            None => rest.push((run, vec![at])),
        }
    }
    groups.extend(rest.into_iter().map(|(_, group)| group));
    let load = |at: &usize| {
        let load = &cells[*at].evidence.identity.load;
        load.concurrency.map(f64::from).or(load.request_rate).unwrap_or(f64::INFINITY)
    };
    for group in &mut groups {
        group.sort_by(|a, b| load(a).total_cmp(&load(b)).then(a.cmp(b)));
    }
    groups.retain(|group| !group.is_empty());
    groups.sort();
    groups
}

/// The capacity that runs show under one tier; `None` where a run cannot be judged.
fn of_sweep(
    levels: &[Vec<Option<Level>>],
    tier: usize,
    runs: &[usize],
    target: f64,
    attainment: f64,
) -> Option<SweepCapacity> {
    let judged: Vec<(usize, &Level)> =
        runs.iter().filter_map(|at| Some((*at, levels[*at].get(tier)?.as_ref()?))).collect();
    let (runs, levels): (Vec<usize>, Vec<Level>) =
        judged.into_iter().map(|(at, level)| (at, level.clone())).unzip();
    if levels.is_empty() {
        return None;
    }
    Some(SweepCapacity {
        tier,
        good: levels.iter().map(|level| level.good_fraction().unwrap_or(0.0)).collect(),
        capacity: capacity::capacity(&levels, target, attainment),
        runs,
    })
}
