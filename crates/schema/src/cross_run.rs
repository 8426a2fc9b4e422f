//! Scenarios and series on the wire.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Value, WireMap};

/// Comparisons across cells.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CrossRun {
    /// Ids of all cells.
    #[serde(default)]
    pub cell_ids: Vec<Arc<str>>,
    /// Highest output throughput of any cell, tokens/s.
    #[serde(default)]
    pub max_output_tput_tps: Option<f64>,
    /// Groups of cells that may be compared.
    #[serde(default)]
    pub scenarios: Vec<Scenario>,
    /// Cells that belong to no scenario, with the reason.
    #[serde(default)]
    pub unplaced: WireMap<String>,
}

/// Cells of one model and workload.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Scenario {
    /// Id, readable and unique.
    pub id: String,
    /// Canonical model.
    pub model: Option<String>,
    /// Kind of workload.
    pub scenario_type: Option<String>,
    /// Input length, tokens.
    pub isl: Option<u64>,
    /// Output length, tokens.
    pub osl: Option<u64>,
    /// Data set or trace.
    pub dataset: Option<String>,
    /// Its cells.
    pub cell_ids: Vec<Arc<str>>,
    /// Its series.
    pub series: Vec<Series>,
    /// Pareto frontiers: of the scenario, of each hardware in it, of each system in it.
    #[serde(default)]
    pub frontiers: Vec<Frontier>,
    /// Where series give way, by series and load.
    #[serde(default)]
    pub breaking_points: Vec<BreakingPoint>,
    /// The best measured point of each series that meets the SLOs; only when SLOs were given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub slo_best: Vec<SloBest>,
}

/// What a frontier is drawn over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// All cells of the scenario.
    Scenario,
    /// The cells of one hardware.
    Hardware,
    /// The cells of one system: hardware, framework, precision, speculative decoding.
    System,
}

/// Which direction of an axis is the better one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Direction {
    Higher,
    Lower,
}

/// An axis of a frontier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Axis {
    /// Name of the metric, such as `p50_intvty`.
    pub metric: String,
    /// Unit.
    pub unit: String,
    /// The better direction.
    pub better: Direction,
}

/// The points that no other beats on both axes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Frontier {
    /// What it is drawn over.
    pub scope: Scope,
    /// The hardware or system of the scope; null for the scenario.
    pub group: Option<String>,
    /// Horizontal axis.
    pub x: Axis,
    /// Vertical axis.
    pub y: Axis,
    /// Worst x that is drawn; only when one was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cutoff: Option<f64>,
    /// Its points, ascending in x.
    pub points: Vec<FrontierPoint>,
    /// Points that another one beats, ascending in x.
    pub dominated: Vec<DominatedPoint>,
    /// Cells that lack a value of an axis.
    pub without_axis: Vec<Arc<str>>,
    /// Cells that are not drawn, because they do not stand for the system or lie beyond the cutoff,
    /// with the reason.
    #[serde(default, skip_serializing_if = "WireMap::is_empty")]
    pub not_drawn: WireMap<String>,
    /// Area under the staircase over `area_range`; null for a single point.
    pub area: Option<f64>,
    /// The x range that all frontiers of this scope and these axes share, from and to.
    pub area_range: Option<[f64; 2]>,
}

/// A point of a frontier; cells that are equal on both axes are one point.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FrontierPoint {
    /// Its cells: repeats, and equals of other series.
    pub cell_ids: Vec<Arc<str>>,
    /// Value on the horizontal axis.
    pub x: f64,
    /// Value on the vertical axis.
    pub y: f64,
}

/// A point that a point of the frontier beats.
///
/// A scenario has many of them, once in each of its frontiers, so repeats are not listed again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DominatedPoint {
    /// One cell for each load level that is here, the first of its repeats: the point of a series
    /// that lists the cell has them all.
    pub cell_ids: Vec<Arc<str>>,
    /// Value on the horizontal axis.
    pub x: f64,
    /// Value on the vertical axis.
    pub y: f64,
    /// First cell of the frontier's point that beats it: of those at least as good in x the best in
    /// y.
    pub by: Arc<str>,
    /// How far it is behind in x, as a share of that point's value.
    pub behind_x: Option<f64>,
    /// How far it is behind in y, as a share of that point's value.
    pub behind_y: Option<f64>,
}

/// A level of a series and a value there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LevelValue {
    /// Load level.
    pub load: f64,
    /// Its cells.
    pub cell_ids: Vec<Arc<str>>,
    /// Value of the metric.
    pub value: f64,
}

/// Where a series has got most of what it can give.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Knee {
    /// Throughput that is judged.
    pub metric: String,
    /// Lowest load with at least 90 % of the highest throughput.
    pub knee: LevelValue,
    /// Whether the series goes on far enough to know: else the knee is not reached up to the
    /// highest load.
    pub reached: bool,
    /// Highest load measured.
    pub highest_load: f64,
    /// The lowest load measured.
    pub lowest: LevelValue,
    /// The highest throughput.
    pub peak: LevelValue,
    /// First level beyond the peak whose throughput is at least 10 % below it.
    pub collapse: Option<LevelValue>,
    /// Throughput at the knee ÷ throughput at the lowest load.
    pub gain: Option<f64>,
    /// Metric of what one user gets.
    pub per_user_metric: Option<String>,
    /// What one user loses from the lowest load to the knee, as a share; negative for a gain.
    pub per_user_loss: Option<f64>,
    /// The reading in words: `12 × throughput per GPU for 35 % less per user`.
    pub reading: String,
}

/// A step of a series at which one or more rules fired.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BreakingPoint {
    /// The series, by id.
    pub series: String,
    /// Last load before it.
    pub from_load: f64,
    /// Last load of the broken steps.
    pub to_load: f64,
    /// Cells of the load before it.
    pub from_cell_ids: Vec<Arc<str>>,
    /// Cells of the broken levels.
    pub to_cell_ids: Vec<Arc<str>>,
    /// Codes that fired.
    pub codes: Vec<String>,
    /// The worst severity.
    pub severity: crate::Severity,
    /// What happened, in words with numbers.
    pub summary: String,
    /// Whether it needs a suspect point.
    pub rests_on_suspect_point: bool,
    /// From the first live finding to the start of the first cell beyond it, seconds.
    pub lead_time_seconds: Option<f64>,
    /// Why there is no lead time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lead_time_reason: Option<String>,
}

/// The best measured point of a series that meets the SLOs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SloBest {
    /// The SLOs as given.
    pub slo: String,
    /// The series, by id.
    pub series: String,
    /// Metric that is maximized; null when no measured point meets them.
    pub metric: Option<String>,
    /// The point; null when no measured point meets them.
    pub best: Option<LevelValue>,
    /// Why there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Cells of one configuration in one scenario and run, by load.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Series {
    /// Id, unique in the report.
    pub id: String,
    /// Run.
    pub run: String,
    /// What the cells have in common.
    pub configuration: SeriesConfiguration,
    /// What the load counts: `concurrency` or `request_rate`.
    pub load_axis: Option<String>,
    /// Load levels in ascending order.
    pub points: Vec<Point>,
    /// Where it has got most of what it can give; null with fewer than two levels.
    #[serde(default)]
    pub knee: Option<Knee>,
}

/// Configuration of a series.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SeriesConfiguration {
    /// Short text for charts and tables.
    pub label: String,
    /// Every identity key that is known.
    #[serde(flatten)]
    pub keys: WireMap<Value>,
}

/// One load level: a cell, or the median of its repeats.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Point {
    /// Load level: the lowest load of its cells.
    pub load: Option<f64>,
    /// Cells that count: repeats of each other.
    pub cell_ids: Vec<Arc<str>>,
    /// Cells of the level that are left out, with the reason.
    #[serde(default, skip_serializing_if = "WireMap::is_empty")]
    pub left_out: WireMap<String>,
    /// Remarks on the point.
    #[serde(default)]
    pub annotations: Vec<String>,
}
