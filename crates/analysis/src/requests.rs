//! Requests one by one: the metrics of a cell, and what only single requests can tell.
//!
//! [`reduce`] gives the metrics of a cell and [`facts`] what the checks look at, after which the
//! rows can be dropped. The rest answers questions: [`goodput`] under objectives, [`slices`] of
//! time, [`groups`], [`bootstrap`] intervals, and the [`capacity`] that a sweep shows.

pub mod bootstrap;
pub mod capacity;
pub mod drift;
pub mod facts;
pub mod goodput;
pub mod groups;
mod order;
mod random;
mod reduce;
pub mod slices;
pub mod steady;
pub mod wave;

#[cfg(test)]
mod simulated;

pub use order::sorted as in_start_order;
pub use reduce::{Distribution, Reduced, reduce, reduce_to, window_seconds};
