//! Reads the job directories of srt-slurm: metadata, configurations, worker logs and roll-ups.

pub mod worker_log;
