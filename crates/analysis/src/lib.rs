//! Exact statistics over what the readers and the join of cells give.
//!
//! Pure: no file, no clock, no producer's spelling. [`requests`] turns per-request rows
//! into the metrics of a cell; [`quantile`] holds the arithmetic that every statistic shares.

pub mod annotate;
pub mod axis;
pub mod cache;
pub mod chart;
pub mod cost;
pub mod frontier;
pub mod gauges;
pub mod guideline;
pub mod knee;
mod lengths;
pub mod level;
pub mod limit;
pub mod noise;
pub mod quantile;
pub mod requests;
pub mod scenario;
pub mod slo;
pub mod step;
#[cfg(test)]
mod sweep;
pub mod timeline;
pub mod trace;
pub mod trend;
pub mod winner;
pub mod workers;
