//! What the other files of a job say.

use super::BenchmarkPlan;
use crate::{LogEvent, Scalar, WorkerRole};

/// Which description of a job a recipe is; the surest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RecipeKind {
    /// With all that was filled in when the job began.
    Resolved,
    /// As locked with the versions of the software.
    Lock,
    /// One variant of a sweep.
    Variant,
    /// As a person wrote it.
    Source,
}

/// What a job was asked to do.
#[derive(Debug, Clone, PartialEq)]
pub struct Recipe {
    /// Which description it is.
    pub kind: RecipeKind,
    /// The benchmark.
    pub plan: BenchmarkPlan,
    /// Container image.
    pub container: Option<String>,
    /// Path or id of the model.
    pub model: Option<String>,
    /// Every scalar by its pointer, secrets masked.
    pub members: Vec<(Box<str>, Scalar)>,
}

/// GPUs of a node.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NodeGpus {
    /// How many.
    pub count: Option<u32>,
    /// Name.
    pub name: Option<String>,
    /// Memory, as written.
    pub memory: Option<String>,
    /// Driver.
    pub driver: Option<String>,
}

/// An environment variable.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Variable {
    /// Group that people look for it in: `NCCL`, `CUDA`, `Other`.
    pub group: &'static str,
    /// Name.
    pub name: Box<str>,
    /// Value; masked where the name or the value looks like a secret.
    pub value: Box<str>,
}

/// Configuration of one node.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NodeConfig {
    /// Node, from the file name.
    pub node: String,
    /// GPUs.
    pub gpus: NodeGpus,
    /// Arguments of the server by name.
    pub arguments: Vec<(Box<str>, Scalar)>,
    /// Flags of the command line by name; a flag without a value is `True`.
    pub flags: Vec<(Box<str>, Box<str>)>,
    /// Environment, by group and name.
    pub environment: Vec<Variable>,
}

impl NodeConfig {
    /// An argument of the server as text.
    pub fn argument(&self, name: &str) -> Option<&Scalar> {
        self.arguments.iter().find(|(held, _)| &**held == name).map(|(_, value)| value)
    }
}

/// What a log of the job as a whole says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct JobLog {
    /// What happened, by first line.
    pub events: Vec<LogEvent>,
    /// Container image that the job was started with.
    pub container: Option<String>,
    /// Load levels that the benchmark was started with.
    pub planned: Option<Vec<u32>>,
    /// Load levels that began and were told to be done.
    pub started: Vec<u32>,
    /// Load levels that came to their end.
    pub completed: Vec<u32>,
}

impl JobLog {
    /// Whether it says anything.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// When one load level was measured.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LoadWindow {
    /// Name of the result's file without folders and ending.
    pub stem: String,
    /// Load level.
    pub concurrency: Option<u32>,
    /// Begin and end, UTC nanoseconds.
    pub window_ns: Option<(i64, i64)>,
    /// Whether the level came to its end; `None` when it does not say.
    pub completed: Option<bool>,
    /// Why not.
    pub reason: Option<String>,
}

/// What a service of a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ServiceKind {
    /// A serving worker: role and number.
    Worker(WorkerRole, u32),
    /// Anything else, by name.
    Other(&'static str),
}

impl ServiceKind {
    /// Whether it is a serving worker.
    pub const fn is_worker(self) -> bool {
        matches!(self, Self::Worker(..))
    }

    /// The number of the worker, where it has this role.
    pub fn worker(self, wanted: WorkerRole) -> Option<u32> {
        match self {
            Self::Worker(role, number) if role == wanted => Some(number),
            _ => None,
        }
    }

    /// `prefill w0`, `frontend`.
    pub fn label(self) -> String {
        match self {
            Self::Worker(role, number) => format!("{} w{number}", role.name()),
            Self::Other(name) => name.to_owned(),
        }
    }
}

/// A service that ran on a node.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Service {
    /// Node.
    pub node: String,
    /// What it is.
    pub kind: ServiceKind,
    /// Number among those of its kind, for services that have one.
    pub number: Option<u32>,
}
