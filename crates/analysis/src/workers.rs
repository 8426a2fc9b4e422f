//! What the logs of a deployment's workers say of one load level.
//!
//! [`settle`] finds the part of each log that lies under the load of each cell. [`grid`] lays the
//! samples of all ranks on one clock, [`series`] adds them up by rank, worker, node or role, and
//! [`rates`] compares what prefill takes in with what decode gives out.

mod gauges;
pub mod grid;
mod place;
pub mod rates;
pub mod series;
#[cfg(test)]
mod tests;

pub(crate) use gauges::recordings;
pub use place::settle;
