//! The report on the wire.

use std::borrow::Cow;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Cell, CompletionStatus, Configuration, Cost, CrossRun, Finding, Job, WireMap};

type Text = Cow<'static, str>;

/// A report of `inferguard analyze`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// Always `inferguard-analyze/v1`.
    pub schema_version: Text,
    /// Moment of the analysis, UTC.
    pub generated_at: String,
    /// Input root as given.
    pub input_root: String,
    /// The program that wrote the report.
    pub analyzer: Analyzer,
    /// What was set for the analysis; only when something was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub configuration: Option<Configuration>,
    /// The run at a glance.
    pub run_summary: RunSummary,
    /// Cells in order of their id, numbers in numeric order.
    pub cells: Vec<Cell>,
    /// Comparisons across cells.
    #[serde(default)]
    pub cross_run: CrossRun,
    /// Jobs of a cluster scheduler, in the order of their folders; only when there are any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub jobs: Vec<Job>,
    /// Every finding, worst first; those of cells are repeated in the cells.
    pub findings: Vec<Finding>,
    /// Every file met, and the files written.
    pub artifact_manifest: Vec<Artifact>,
    /// Codes and formats outside the published enumerations; only with `--closed-v1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extensions: Option<Extensions>,
}

/// The program that wrote a report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Analyzer {
    /// Version.
    pub inferguard_version: Text,
    /// What it does.
    pub capabilities: Capabilities,
    /// The command that was given, without its secrets; null when a library was called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// Every threshold in force, by code and name.
    #[serde(default, skip_serializing_if = "WireMap::is_empty")]
    pub thresholds: WireMap<WireMap<f64>>,
    /// Where values of a metric are called good and acceptable: `cells[].marks`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub guidelines: Vec<Guideline>,
}

/// Where values of a metric are good and where they are acceptable; beyond, they are concerning.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Guideline {
    /// The metric.
    pub metric: Text,
    /// Good values, from and to, both included; null for an open end.
    pub good: [Option<f64>; 2],
    /// Acceptable values, which hold the good ones.
    pub acceptable: [Option<f64>; 2],
}

/// What the program does: it diagnoses and never acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Capabilities {
    /// Findings are computed.
    pub diagnosis: OnOff,
    /// Nothing is changed.
    pub actuation: Off,
    /// Nothing is replayed.
    pub replay: Off,
    /// Nothing is recalled.
    pub recall: Off,
}

/// On or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names say it")]
pub enum OnOff {
    On,
    Off,
}

/// Always off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the name says it")]
pub enum Off {
    Off,
}

/// The run at a glance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RunSummary {
    /// `failed` when any cell failed, else `partial` when any is partial or an artifact is missing,
    /// else `complete`; `unknown` when nothing is known of any cell.
    pub status: CompletionStatus,
    /// Cells.
    pub total_cells: u64,
    /// Complete and partial cells.
    pub successful_cells: u64,
    /// Cells without a successful request.
    pub failed_cells: u64,
    /// Cells whose counts are not known.
    #[serde(default)]
    pub unknown_cells: u64,
    /// Missing artifacts, `cell: what`.
    pub missing_artifacts: Vec<String>,
    /// Findings by severity.
    #[serde(default)]
    pub findings: SeverityCounts,
    /// Outcomes of each check.
    #[serde(default)]
    pub checks: WireMap<CheckCounts>,
    /// What could not be looked at, and why.
    #[serde(default)]
    pub not_evaluated: Vec<NotEvaluated>,
    /// Findings that were found and left out, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ignored: Vec<Ignored>,
    /// Cost of the run, only when a price was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Cost>,
}

/// Findings by severity.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "the names say it")]
pub struct SeverityCounts {
    pub critical: u64,
    pub warning: u64,
    pub info: u64,
}

/// How often a check fired, was clear, could not be evaluated, or fired and was ignored.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "the names say it")]
pub struct CheckCounts {
    pub fired: u64,
    pub clear: u64,
    pub not_evaluated: u64,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub ignored: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
fn is_zero(n: &u64) -> bool {
    *n == 0
}

/// Cells that a check could not look at, for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NotEvaluated {
    /// Finding code.
    pub code: Text,
    /// Reason.
    pub reason: Text,
    /// How many things it could not look at.
    pub count: u64,
    /// The first few of them.
    #[serde(default)]
    pub cell_ids: Vec<Arc<str>>,
}

/// Findings that a rule of the configuration took out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Ignored {
    /// Finding code.
    pub code: Text,
    /// Reason of the rule.
    pub reason: String,
    /// How many findings it took out.
    pub count: u64,
    /// The first few of their cells.
    #[serde(default)]
    pub cell_ids: Vec<Arc<str>>,
}

/// A file that was met or written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Artifact {
    /// Path below the input root; of written files the path as given.
    pub path: String,
    /// Kind: the role in a cell, or what it was taken for.
    pub kind: Text,
    /// Cell that it belongs to.
    #[serde(default)]
    pub cell_id: Option<Arc<str>>,
    /// Whether a cell needs it.
    #[serde(default)]
    pub required: bool,
    /// Whether it is there.
    #[serde(default)]
    pub present: bool,
    /// `read`, `linked`, `recognised`, `ignored`, `refused`, `missing` or `written`.
    #[serde(default)]
    pub status: Text,
    /// Reader that took it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reader: Option<Text>,
    /// Why it was not read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What was noticed in it that belongs to no cell.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<crate::Problem>,
}

/// What `--closed-v1` moves out of the closed enumerations.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Extensions {
    /// Findings whose codes are not in the published enumeration.
    pub findings: Vec<Finding>,
    /// Formats of cells that stand as `unknown`, by cell id.
    pub source_formats: WireMap<Text>,
}
