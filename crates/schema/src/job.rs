//! Jobs of a cluster scheduler on the wire.

use std::borrow::Cow;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A job: one deployment that was loaded at several levels, and what its own files say of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Job {
    /// The scheduler's number, else the name of the folder.
    pub job_id: String,
    /// Folder below the input root, `.` for the root.
    pub folder: String,
    /// When it was run, as written; often without a zone.
    #[serde(default)]
    pub date: Option<String>,
    /// Workers: `1P/4D`, `8A`; null when not known.
    #[serde(default)]
    pub topology: Option<String>,
    /// Kind of benchmark, as written.
    #[serde(default)]
    pub benchmark: Option<String>,
    /// GPUs of the workers.
    #[serde(default)]
    pub num_gpus: Option<u64>,
    /// GPUs of the nodes that the job was given.
    #[serde(default)]
    pub num_provisioned_gpus: Option<u64>,
    /// Load levels that were asked for; null when no plan is known.
    #[serde(default)]
    pub planned_concurrencies: Option<Vec<u32>>,
    /// Those without a result.
    #[serde(default)]
    pub missing_concurrencies: Option<Vec<u32>>,
    /// Tags that people gave it.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Why it is no run to compare; null for jobs with results.
    #[serde(default)]
    pub no_result: Option<String>,
    /// Its cells, by id.
    #[serde(default)]
    pub cell_ids: Vec<Arc<str>>,
    /// Logs of its workers that were read.
    #[serde(default)]
    pub worker_logs: u64,
    /// What its logs tell of how it went.
    #[serde(default)]
    pub events: Vec<JobEvent>,
}

/// All lines of one kind in one log of a job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct JobEvent {
    /// What happened: `out_of_memory`, `time_limit`, `retracted`.
    pub kind: Cow<'static, str>,
    /// How often.
    pub count: u64,
    /// The log, below the input root.
    pub path: String,
    /// Line of the first, from 1.
    pub line: u64,
    /// The first line, shortened and without secrets.
    pub text: String,
}
