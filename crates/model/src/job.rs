//! Jobs of a cluster scheduler: one deployment that was loaded at several levels, one after another.
//!
//! A reader says what each file knows of its job ([`JobFile`]); which files are one [`Job`] is told
//! by their folders when cells are joined.

mod facts;
mod metadata;
mod name;

use std::collections::BTreeSet;
use std::sync::Arc;

pub use facts::{
    JobLog, LoadWindow, NodeConfig, NodeGpus, Recipe, RecipeKind, Service, ServiceKind, Variable,
};
pub use metadata::{BenchmarkPlan, JobGeneration, JobMetadata, RoleNodes};
pub use name::{JobName, JobWorkers};

use crate::{Cell, LogEvent, WorkerLog, WorkerRole};

/// What one file says of its job.
#[derive(Debug, Clone, PartialEq)]
pub struct JobFile {
    /// Index of the file in the listing of the tree.
    pub file: u32,
    /// What it says.
    pub part: JobPart,
}

/// What kind of file of a job it is, and what it says.
#[derive(Debug, Clone, PartialEq)]
pub enum JobPart {
    /// The job's own metadata.
    Metadata(Box<JobMetadata>),
    /// What the job was asked to do.
    Recipe(Box<Recipe>),
    /// Configuration of one node.
    Node(Box<NodeConfig>),
    /// A log of the job as a whole.
    Log(Box<JobLog>),
    /// When one load level was measured.
    Window(LoadWindow),
    /// A service that ran on a node, known by the name of its log.
    Service(Service),
    /// A summary of all load levels: its numbers are results of their own.
    Rollup,
}

impl JobPart {
    /// Whether such a file alone makes its folder that of a job; the others have names that many
    /// programs use.
    pub const fn makes_job(&self) -> bool {
        match self {
            Self::Metadata(_) | Self::Node(_) | Self::Rollup => true,
            Self::Service(service) => service.kind.is_worker(),
            Self::Recipe(_) | Self::Log(_) | Self::Window(_) => false,
        }
    }
}

/// A job and everything that its files say.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Job {
    /// The scheduler's number, else the name of the folder.
    pub id: String,
    /// Folder below the input root; empty for the root.
    pub folder: String,
    /// What the name of the folder says.
    pub name: JobName,
    /// File index and content of the metadata.
    pub metadata: Option<(u32, Box<JobMetadata>)>,
    /// What it was asked to do, the surest source first.
    pub recipes: Vec<(u32, Recipe)>,
    /// Configurations by node.
    pub nodes: Vec<(u32, NodeConfig)>,
    /// Logs of the job as a whole.
    pub logs: Vec<(u32, JobLog)>,
    /// When load levels were measured.
    pub windows: Vec<(u32, LoadWindow)>,
    /// Services, by node.
    pub services: Vec<Service>,
    /// Logs of the workers.
    pub workers: Vec<(u32, Arc<WorkerLog>)>,
    /// Its cells, by index.
    pub cells: Vec<usize>,
    /// Further metadata in the same folder, by file index: whose files lie there is not known.
    pub others: Vec<u32>,
}

impl Job {
    /// The metadata, where they were read.
    pub fn metadata(&self) -> Option<&JobMetadata> {
        self.metadata.as_ref().map(|(_, metadata)| &**metadata)
    }

    /// Workers by role: of the metadata, else of the folder's name, else counted by their logs.
    pub fn workers_by_role(&self) -> Option<JobWorkers> {
        self.metadata().and_then(JobMetadata::workers).or(self.name.workers).or_else(|| {
            let count = |role| {
                let of = self.services.iter().filter_map(|service| service.kind.worker(role));
                of.collect::<BTreeSet<u32>>().len() as u32
            };
            let (prefill, decode, agg) = (
                count(WorkerRole::Prefill),
                count(WorkerRole::Decode),
                count(WorkerRole::Aggregated),
            );
            if prefill + decode > 0 {
                return Some(JobWorkers::Split { prefill, decode });
            }
            (agg > 0).then_some(JobWorkers::Aggregated(agg))
        })
    }

    /// Moves the indexes, when the files and cells of a tree come behind those of another.
    pub fn shift(&mut self, files: u32, cells: usize) {
        let metadata = self.metadata.iter_mut().map(|(file, _)| file);
        let recipes = self.recipes.iter_mut().map(|(file, _)| file);
        let nodes = self.nodes.iter_mut().map(|(file, _)| file);
        let logs = self.logs.iter_mut().map(|(file, _)| file);
        let windows = self.windows.iter_mut().map(|(file, _)| file);
        let workers = self.workers.iter_mut().map(|(file, _)| file);
        let all = metadata.chain(recipes).chain(nodes).chain(logs).chain(windows).chain(workers);
        for file in all.chain(&mut self.others) {
            *file += files;
        }
        for cell in &mut self.cells {
            *cell += cells;
        }
    }

    /// `1P/4D`, `8A`.
    pub fn topology(&self) -> Option<String> {
        self.workers_by_role().map(JobWorkers::label)
    }

    /// The load levels that were asked for, ascending, and the file that says so.
    pub fn planned(&self) -> Option<(Vec<u32>, u32)> {
        let recipes = self.recipes.iter().map(|(file, recipe)| (&recipe.plan.concurrencies, *file));
        let metadata = self.metadata.iter().map(|(file, known)| (&known.plan.concurrencies, *file));
        let logs = self.logs.iter().map(|(file, log)| (&log.planned, *file));
        let stated = recipes.chain(metadata).chain(logs);
        let (levels, file) = stated
            .filter_map(|(levels, file)| Some((levels.as_ref()?, file)))
            .find(|(levels, _)| !levels.is_empty())?;
        let mut levels = levels.clone();
        levels.sort_unstable();
        levels.dedup();
        Some((levels, file))
    }

    /// The planned load levels without a result, ascending; `None` when no plan is known.
    pub fn missing(&self, cells: &[Cell]) -> Option<Vec<u32>> {
        let (planned, _) = self.planned()?;
        let measured: BTreeSet<u32> = self
            .cells
            .iter()
            .filter_map(|cell| cells.get(*cell))
            .filter(|cell| cell.has_result)
            .filter_map(|cell| cell.evidence.identity.load.concurrency)
            .collect();
        Some(planned.into_iter().filter(|level| !measured.contains(level)).collect())
    }

    /// Everything that its logs tell, with the file of each: those of the job before those of its
    /// workers.
    pub fn events(&self) -> impl Iterator<Item = (u32, &LogEvent)> {
        let of_job = self.logs.iter().flat_map(|(file, log)| log.events.iter().map(|e| (*file, e)));
        let of_workers =
            self.workers.iter().flat_map(|(file, log)| log.events.iter().map(|e| (*file, e)));
        of_job.chain(of_workers)
    }

    /// What kind of benchmark the job ran.
    pub fn benchmark(&self) -> Option<&str> {
        let of_recipe = || self.recipes.iter().find_map(|(_, recipe)| recipe.plan.kind.as_deref());
        self.metadata().and_then(|known| known.plan.kind.as_deref()).or_else(of_recipe)
    }

    /// Whether the kind of benchmark writes a result for each load level; `None` when it is not
    /// known.
    pub fn measures(&self) -> Option<bool> {
        if self.metadata().and_then(|known| known.backend.as_deref()) == Some("mocker") {
            return Some(false);
        }
        let measuring = ["sa-bench", "sglang-bench", "vllm", "sglang", "gap", "trace-replay"];
        self.benchmark().map(|kind| measuring.contains(&kind) || kind.contains("aiperf"))
    }

    /// Whether the job was run for profiles, which are no measurements.
    pub fn is_profiling(&self) -> bool {
        self.benchmark().is_some_and(|kind| kind.contains("profil"))
    }
}
