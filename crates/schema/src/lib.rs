//! Wire types of the report `inferguard-analyze/v1`, its JSON Schema, and the exit codes.
//!
//! This is the contract with everything that reads a report. The model converts into these types
//! by hand, so that the contract cannot drift by accident; members are only ever added.
//!
//! ```
//! use inferguard_schema::{Report, json_schema, Vocabulary};
//!
//! let schema = json_schema(Vocabulary::Open);
//! assert_eq!(schema["properties"]["schema_version"]["const"], "inferguard-analyze/v1");
//! ```

mod cell;
mod configuration;
mod cross_run;
mod exit_code;
mod finding;
mod job;
mod json_schema;
mod map;
mod metrics;
mod provenance;
mod report;
mod workers;

pub use cell::{
    ArtifactPaths, Cell, Completion, CompletionStatus, Cost, CostBasis, Dataset, Eval, Mark,
    Problem, TimelineSection, TimelineTrend,
};
pub use configuration::{CellRule, Configuration, IgnoreRule, Prices};
pub use cross_run::{
    Axis, BreakingPoint, CrossRun, Direction, DominatedPoint, Frontier, FrontierPoint, Knee,
    LevelValue, Point, Scenario, Scope, Series, SeriesConfiguration, SloBest,
};
pub use exit_code::ExitCode;
pub use finding::{CLOSED_CODES, Finding, KNOWN_CODES, Severity};
pub use job::{Job, JobEvent};
pub use json_schema::{CLOSED_FORMATS, KNOWN_FORMATS, Vocabulary, json_schema};
pub use map::{Value, WireMap};
pub use metrics::Metrics;
pub use provenance::{Provenance, Provenances};
pub use report::{
    Analyzer, Artifact, Capabilities, CheckCounts, Extensions, Guideline, Ignored, NotEvaluated,
    Off, OnOff, Report, RunSummary, SeverityCounts,
};
pub use workers::{RateMatch, RoleSeries, WorkerLogSummary, WorkersSection};

/// The schema version that InferGuard writes.
pub const SCHEMA_VERSION: &str = "inferguard-analyze/v1";

/// The schema version of the Python tool's 0.7 releases, which InferGuard recognises and checks.
pub const SCHEMA_VERSION_V1_1: &str = "inferguard-analyze/v1.1";

/// The schema version of the cost block.
pub const COST_VERSION: &str = "inferguard-cost/v1";
