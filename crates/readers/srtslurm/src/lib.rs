//! Reads the job directories of srt-slurm: metadata of all generations, recipes, node
//! configurations, logs of jobs and workers, roll-ups, load windows.
//!
//! Results of the load generators in a job are read by the readers of their formats; which job they
//! belong to is told by their folders when cells are joined.

mod benchmark_out;
mod job_log;
mod metadata;
mod node_config;
mod plan;
mod probe;
mod recipe;
mod redact;
mod rollup;
mod rollup_csv;
mod service;
pub mod tags;
mod window;
pub mod worker_log;

pub use probe::SrtslurmReader;

#[cfg(test)]
mod tests;
