//! A benchmark point: one configuration, one workload, one load level.

use std::sync::Arc;

use crate::{
    ArtifactRef, Completion, ComponentSeries, Ending, EvalScore, GpuLog, Identity, Layouts,
    MetricSet, NodeSeries, Origin, Problem, RequestFacts, Scalar, SourceFormat, TimeSlices,
    Timeline, WorkerLoad, WorkerLog,
};

/// Everything that artifacts say about one cell.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Evidence {
    /// What was benchmarked.
    pub identity: Identity,
    /// Request counts.
    pub completion: Completion,
    /// How the run ended; `None` when no source says.
    pub ending: Option<Ending>,
    /// Numbers.
    pub metrics: MetricSet,
    /// Accuracy scores.
    pub evals: Vec<EvalScore>,
    /// Live timeline.
    pub timeline: Option<Timeline>,
    /// Server gauges over time.
    pub server: Option<NodeSeries>,
    /// Gauges over time of single components, each on its own.
    pub components: Vec<ComponentSeries>,
    /// Samples of GPUs, whole: those of a job are shared by its cells.
    pub gpus: Vec<Arc<GpuLog>>,
    /// Logs of the workers, whole: those of a job are shared by its cells.
    pub workers: Vec<Arc<WorkerLog>>,
    /// Those of [`workers`](Self::workers) whose clock is known to fit, with the cell's own window;
    /// set when all cells of a job are known.
    pub worker_load: Vec<WorkerLoad>,
    /// What is kept of the records of single requests.
    pub requests: Option<Box<RequestFacts>>,
    /// Time slices as the producer cut them.
    pub slices: Option<TimeSlices>,
    /// Start and end of the load, UTC nanoseconds.
    pub window_ns: Option<(i64, i64)>,
    /// Start and end of the load on a local clock whose zone is not known, as if it were UTC.
    pub window_local_ns: Option<(i64, i64)>,
    /// Members that InferGuard has no name for, as written.
    pub extra: Vec<(Box<str>, Scalar)>,
    /// What was coerced, corrected or left out; `artifact` indexes as in [`Origin`].
    pub problems: Vec<(u16, Problem)>,
}

impl Evidence {
    /// Gives room back that nothing needs, when all that its file says is there: a large tree has
    /// this many thousand times.
    pub fn pack(&mut self, layouts: &mut Layouts) {
        let slices = self.slices.iter_mut().flat_map(|slices| &mut slices.slices);
        let sets = slices.map(|slice| &mut slice.metrics);
        std::iter::once(&mut self.metrics).chain(sets).for_each(|set| set.share(layouts));
        self.problems.shrink_to_fit();
    }

    /// Records a problem of the first artifact.
    pub fn problem(&mut self, problem: Problem) {
        self.problems.push((0, problem));
    }
}

/// The run that a cell belongs to: a path below the input root, or `.` for the whole input.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunId(pub String);

impl Default for RunId {
    /// The whole input.
    fn default() -> Self {
        Self(".".to_owned())
    }
}

/// Two sources of one number that were compared when a cell was joined.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// Name of the metric or count.
    pub what: std::borrow::Cow<'static, str>,
    /// The value in the report.
    pub kept: f64,
    /// The other value.
    pub other: f64,
    /// Where the other value came from, artifact index as in the cell.
    pub other_origin: Origin,
    /// Documented rule that explains a difference; `None` when the values should be equal.
    pub explained: Option<&'static str>,
}

/// A benchmark point joined from its fragments.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Cell {
    /// Stable id, unique in the report.
    pub id: Arc<str>,
    /// Its run.
    pub run: RunId,
    /// Tags that people gave its run.
    pub tags: Vec<String>,
    /// Format of the artifact that carries the result.
    pub format: SourceFormat,
    /// All artifacts, the result first.
    pub artifacts: Vec<ArtifactRef>,
    /// What is known.
    pub evidence: Box<Evidence>,
    /// Values that differ between artifacts.
    pub mismatches: Vec<Comparison>,
    /// How many values were compared between artifacts.
    pub compared: u32,
    /// Smallest step that rounding left in the numbers of the result; 0 when exact.
    pub rounding: f64,
    /// Whether a cell result was read; false for cells made of attachments alone.
    pub has_result: bool,
}
