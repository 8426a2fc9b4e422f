//! The normalized vocabulary that every part of InferGuard shares.
//!
//! Readers fill it, `cells` joins it, analysis and findings look at it, and the report
//! converts it to its own wire types. It is for values and their meaning: units, names,
//! origins, problems. It is not for I/O, statistics, or serialization.
//!
//! Inside there is one unit per dimension: seconds, tokens, tokens per second, bytes,
//! fractions 0..1, watts, joules, UTC nanoseconds. A reader converts; nothing downstream does.
//!
//! ```
//! use inferguard_model::{Metric, Quantity, Stat};
//!
//! let p99 = Metric::new(Stat::P99, Quantity::Ttft);
//! assert_eq!(p99.name(), "p99_ttft");
//! assert_eq!(Metric::parse("p99_ttft"), Some(p99));
//! ```

mod artifact;
mod cell;
mod completion;
mod eval;
mod fragment;
mod gpu;
mod identity;
mod job;
mod metric;
mod metric_set;
pub mod names;
mod node_series;
pub mod number;
mod problem;
mod report_name;
mod request_facts;
mod request_table;
mod scalar;
mod time_slices;
mod timeline;
mod topology;
mod trace;
mod worker;

pub use artifact::{ArtifactRef, FileOutcome, FileRecord, FileStatus, Role};
pub use cell::{Cell, Comparison, Evidence, RunId};
pub use completion::{Completion, CompletionStatus, Ending};
pub use eval::EvalScore;
pub use fragment::{Attach, Expectations, Fragment, FragmentKind, Rank};
pub use gpu::{GpuLog, GpuSample, GpuSeries};
pub use identity::{AsWritten, Dataset, Identity, Load, SourceFormat};
pub use job::{
    BenchmarkPlan, Job, JobFile, JobGeneration, JobLog, JobMetadata, JobName, JobPart, JobWorkers,
    LoadWindow, NodeConfig, NodeGpus, Recipe, RecipeKind, RoleNodes, Service, ServiceKind,
    Variable,
};
pub use metric::{Better, Metric, Quantity, QuantityInfo, Stat, Unit};
pub use metric_set::{Layouts, MetricEntry, MetricIter, MetricRef, MetricSet, Origin, Place};
pub use node_series::{ComponentSeries, NodeSeries};
pub use problem::{Problem, ProblemCode, ProblemSeverity};
pub use report_name::{ReportName, RunFolder};
pub use request_facts::{Course, FirstWave, GoodRequests, RequestFacts, SteadyWindow};
pub use request_table::{
    FailedRequest, FailureClass, FailureReason, RequestBatch, RequestGroups, RequestPlace,
    RequestTable,
};
pub use scalar::Scalar;
pub use time_slices::{TimeSlice, TimeSlices};
pub use timeline::{EndpointSnapshot, LiveFinding, LiveSeverity, Timeline, TimelineSample};
pub use topology::{RoleTopology, Topology};
pub use trace::TraceRequest;
pub use worker::{
    BatchPhase, Engine, GaugeKind, LineCounts, LogClock, LogEvent, LogEventKind, RankSeries,
    WorkerGauge, WorkerLaunch, WorkerLoad, WorkerLog, WorkerMemory, WorkerRole,
};
