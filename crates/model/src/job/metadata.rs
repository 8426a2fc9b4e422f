//! The metadata of a job.

use super::JobWorkers;
use crate::Scalar;

/// Layouts of a job's metadata.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum JobGeneration {
    /// `run_metadata` and `profiler_metadata`.
    #[default]
    V1,
    /// Flat, with `resources` and `benchmark`.
    V2,
}

impl JobGeneration {
    /// Name in outputs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::V1 => "v1",
            Self::V2 => "v2",
        }
    }
}

/// Nodes, workers and GPUs of one role.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RoleNodes {
    /// Nodes given to the role; 0 where it shares those of another.
    pub nodes: Option<u32>,
    /// Workers.
    pub workers: Option<u32>,
    /// GPUs of one worker.
    pub gpus_per_worker: Option<u32>,
}

impl RoleNodes {
    /// GPUs in use, where stated.
    pub fn working_gpus(&self) -> Option<u32> {
        let workers = self.workers?;
        if workers == 0 { Some(0) } else { workers.checked_mul(self.gpus_per_worker?) }
    }

    /// Whether nothing of the role is in use.
    pub fn is_absent(&self) -> bool {
        self.workers.unwrap_or(0) == 0 && self.nodes.unwrap_or(0) == 0
    }
}

/// What a job was asked to measure.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BenchmarkPlan {
    /// Kind of benchmark: `sa-bench`, `torch-profiler`.
    pub kind: Option<String>,
    /// Nominal input length, tokens.
    pub isl: Option<u32>,
    /// Nominal output length, tokens.
    pub osl: Option<u32>,
    /// Load levels, as written.
    pub concurrencies: Option<Vec<u32>>,
    /// Requested rate, as written: `inf` or a number.
    pub request_rate: Option<String>,
}

/// What `{jobid}.json` says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct JobMetadata {
    /// Its layout.
    pub generation: JobGeneration,
    /// The scheduler's number.
    pub job_id: Option<String>,
    /// Name of the job, in v2 that of the recipe.
    pub job_name: Option<String>,
    /// When the job was submitted, as written; local time, or UTC since 2026-08, unmarked.
    pub generated_at: Option<String>,
    /// `YYYYMMDD_HHMMSS` of v1.
    pub run_date: Option<String>,
    /// Container image, or the path of its file.
    pub container: Option<String>,
    /// Path or id of the model.
    pub model: Option<String>,
    /// Precision.
    pub precision: Option<String>,
    /// GPU, often with the precision behind it: `gb200-fp8`.
    pub gpu_type: Option<String>,
    /// Serving engine.
    pub backend: Option<String>,
    /// What stands before the workers: `dynamo`, `sglang`.
    pub frontend: Option<String>,
    /// Whether prefill and decode are apart, where it is said in a word.
    pub disaggregated: Option<bool>,
    /// GPUs of a node.
    pub gpus_per_node: Option<u32>,
    /// Prefill role.
    pub prefill: RoleNodes,
    /// Decode role.
    pub decode: RoleNodes,
    /// Workers that do both.
    pub agg: RoleNodes,
    /// Nodes in all, where stated.
    pub total_nodes: Option<u32>,
    /// Frontends beside the first.
    pub more_frontends: Option<u32>,
    /// The benchmark.
    pub plan: BenchmarkPlan,
    /// Tags that people gave the job.
    pub tags: Vec<String>,
    /// Every scalar by its pointer, secrets masked.
    pub members: Vec<(Box<str>, Scalar)>,
}

impl JobMetadata {
    /// Whether workers do prefill and decode both. A count of workers beats the word.
    pub fn is_aggregated(&self) -> Option<bool> {
        let some = |role: &RoleNodes| role.workers.is_some_and(|n| n > 0);
        if some(&self.agg) {
            return Some(true);
        }
        if some(&self.prefill) || some(&self.decode) {
            return Some(false);
        }
        self.disaggregated.map(|apart| !apart)
    }

    /// Workers by role.
    pub fn workers(&self) -> Option<JobWorkers> {
        if self.is_aggregated()? {
            return self.agg.workers.filter(|n| *n > 0).map(JobWorkers::Aggregated);
        }
        let (prefill, decode) = (self.prefill.workers?, self.decode.workers?);
        Some(JobWorkers::Split { prefill, decode })
    }

    /// GPUs that the workers use: workers × GPUs of one.
    pub fn working_gpus(&self) -> Option<u32> {
        if self.is_aggregated()? {
            return self.agg.working_gpus().filter(|n| *n > 0);
        }
        let total = self.prefill.working_gpus()?.checked_add(self.decode.working_gpus()?)?;
        (total > 0).then_some(total)
    }

    /// GPUs of the nodes that the job was given.
    pub fn provisioned_gpus(&self) -> Option<u32> {
        let nodes = if self.is_aggregated()? {
            self.agg.nodes
        } else {
            // 0 decode nodes: decode shares those of prefill.
            self.prefill.nodes.zip(self.decode.nodes).and_then(|(p, d)| p.checked_add(d))
        };
        let nodes = nodes.or(self.total_nodes).filter(|n| *n > 0)?;
        nodes.checked_mul(self.gpus_per_node.filter(|n| *n > 0)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role(nodes: u32, workers: u32, gpus_per_worker: Option<u32>) -> RoleNodes {
        RoleNodes { nodes: Some(nodes), workers: Some(workers), gpus_per_worker }
    }

    #[test]
    fn working_gpus_are_not_those_of_the_nodes() {
        // 1P/5D on nodes of 4: a prefill worker of 4, decode workers of 4, two nodes idle.
        let job = JobMetadata {
            gpus_per_node: Some(4),
            prefill: role(2, 1, Some(4)),
            decode: role(6, 5, Some(4)),
            ..JobMetadata::default()
        };
        assert_eq!((job.working_gpus(), job.provisioned_gpus()), (Some(24), Some(32)));
        assert_eq!(job.workers().map(JobWorkers::label).as_deref(), Some("1P/5D"));
    }

    #[test]
    fn what_is_not_stated_is_not_zero() {
        let agg = RoleNodes { workers: Some(2), ..RoleNodes::default() };
        let job = JobMetadata { gpus_per_node: Some(8), agg, ..JobMetadata::default() };
        assert_eq!((job.working_gpus(), job.provisioned_gpus()), (None, None));
        assert_eq!(job.is_aggregated(), Some(true));
        assert_eq!(JobMetadata::default().is_aggregated(), None);
        let empty = JobMetadata {
            prefill: role(0, 0, None),
            decode: role(0, 0, None),
            disaggregated: Some(true),
            gpus_per_node: Some(8),
            ..JobMetadata::default()
        };
        assert_eq!((empty.working_gpus(), empty.provisioned_gpus()), (None, None));
    }
}
