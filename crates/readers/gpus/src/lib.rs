//! Reads what monitors sampled of GPUs beside a benchmark: power and utilization of each over time.
//!
//! It takes `gpu_metrics*.csv` of `nvidia-smi` and `amd-smi` (InferenceX), `power/samples.csv` of
//! srt-slurm, and `gpu_telemetry_export.jsonl` of AIPerf. The producers' own sums over the load
//! (energy, mean power) stand in their results; this is only the course of it.
//!
//! ```
//! use inferguard_gpus::GpuReader;
//! use inferguard_source::Reader;
//!
//! assert!(GpuReader.wants_name("gpu_metrics.csv"));
//! assert!(!GpuReader.wants_name("results.csv"));
//! ```

mod aiperf;
mod csv;
mod log;
mod probe;

pub use probe::GpuReader;

#[cfg(test)]
mod tests;
