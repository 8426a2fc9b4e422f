//! Worker logs of SGLang, vLLM and TensorRT-LLM as series of samples.
//!
//! A log is read as a stream, block by block: of hundreds of megabytes, a few lines in a hundred
//! matter, and memory holds their samples and nothing else. `markers` has the texts that make a
//! line matter, `sglang`, `vllm` and `trtllm` read records, `time` what stands before them.

mod blocks;
mod events;
mod fields;
mod keep;
mod launch;
mod markers;
mod name;
mod problems;
mod reading;
mod sglang;
mod time;
mod trtllm;
mod vllm;

use std::io::{self, Read};

use inferguard_model::{LogEvent, Problem, WorkerLog};

pub use name::{LogStream, WorkerLogName};

use reading::LogReading;

/// How a log is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogOptions {
    /// The year of times that are written without one (vLLM), where the run's metadata tell it.
    pub year: Option<i16>,
    /// Most samples kept of one rank and phase; beyond, pairs of samples are made one.
    pub most_samples: usize,
}

impl LogOptions {
    /// Default of [`Self::most_samples`]: about 20 MB, and three days of a line a second.
    pub const MOST_SAMPLES: usize = 1 << 18;
}

impl Default for LogOptions {
    fn default() -> Self {
        Self { year: None, most_samples: Self::MOST_SAMPLES }
    }
}

/// Reads a worker log, and tells what was noticed; the stream is decompressed already. Fails only
/// when the stream does.
///
/// Whatever a file of this name holds, there is a log: one without samples where no line is of an
/// engine that is known.
pub fn read_worker_log(
    name: &WorkerLogName<'_>,
    stream: impl Read,
    options: LogOptions,
) -> io::Result<(WorkerLog, Vec<Problem>)> {
    let mut reading = LogReading::new(options);
    let seen = read_lines(stream, &mut reading)?;
    Ok(reading.into_log(name, seen))
}

/// Reads what happened out of any other log of a job: that of the orchestrator, of the benchmark,
/// of Slurm.
pub fn read_events(stream: impl Read) -> io::Result<Vec<LogEvent>> {
    let mut reading = LogReading::new(LogOptions::default());
    read_lines(stream, &mut reading)?;
    Ok(reading.into_events())
}

fn read_lines(stream: impl Read, reading: &mut LogReading) -> io::Result<blocks::Scanned> {
    let markers = markers::FINDER
        .as_ref()
        .ok_or_else(|| io::Error::other("the search for markers cannot be built"))?;
    blocks::scan(stream, markers, |line| reading.line(line, markers))
}

#[cfg(test)]
mod tests;
