//! The configuration of an analysis on the wire.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Severity, WireMap};

/// What was set for an analysis and is in force.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Configuration {
    /// The configuration file as given; null without one.
    pub file: Option<String>,
    /// Thresholds that differ from their defaults, by code and name.
    pub thresholds: WireMap<WireMap<f64>>,
    /// Severity of every finding of a code.
    pub severities: WireMap<Severity>,
    /// The codes whose findings are kept; all when empty.
    pub select: Vec<String>,
    /// Findings that are taken out.
    pub ignore: Vec<IgnoreRule>,
    /// What is told of cells whose sources do not say it, what holds for all of them first.
    pub cells: Vec<CellRule>,
    /// Prices of GPU-hours.
    pub prices: Option<Prices>,
    /// Service-level objectives.
    pub slo: Vec<String>,
}

/// Findings that are taken out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct IgnoreRule {
    /// Finding code.
    pub code: String,
    /// Why.
    pub reason: String,
    /// Glob over the cells concerned; null for all.
    pub cells: Option<String>,
}

/// What is told of the cells below a path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CellRule {
    /// Glob over paths of artifacts.
    pub path: String,
    /// GPU count.
    pub gpus: Option<u32>,
    /// Hardware.
    pub hardware: Option<String>,
}

/// Prices of GPU-hours.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Prices {
    /// Label of the currency.
    pub currency: String,
    /// Price of every GPU, whatever the hardware.
    pub gpu_hour_cost: Option<f64>,
    /// Price by hardware; without effect beside a price of every GPU.
    pub by_hardware: WireMap<f64>,
}
