//! Scenarios and series on the wire.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Value, WireMap};

/// Comparisons across cells.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CrossRun {
    /// Ids of all cells.
    #[serde(default)]
    pub cell_ids: Vec<String>,
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
    pub cell_ids: Vec<String>,
    /// Its series.
    pub series: Vec<Series>,
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
    pub cell_ids: Vec<String>,
    /// Cells of the level that are left out, with the reason.
    #[serde(default, skip_serializing_if = "WireMap::is_empty")]
    pub left_out: WireMap<String>,
    /// Remarks on the point.
    #[serde(default)]
    pub annotations: Vec<String>,
}
