//! Why a trace cannot be read at all.

use std::path::PathBuf;

use inferguard_model::Problem;

/// Why there is nothing to say of a trace.
#[derive(Debug, thiserror::Error)]
pub enum TraceError {
    /// The system did not let us read it.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file as given.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A folder was given.
    #[error("{} is a folder; give the trace file in it", path.display())]
    Folder {
        /// The folder as given.
        path: PathBuf,
    },
    /// The bytes are not those of UTF-8 text.
    #[error("{} is {found}; {remedy}", path.display())]
    Encoding {
        /// The file as given.
        path: PathBuf,
        /// What it seems to be.
        found: &'static str,
        /// What makes it readable.
        remedy: &'static str,
    },
    /// No line is a request of a trace.
    #[error(
        "no request of a Mooncake trace in {}: {}", path.display(), first_fault(*lines, first.as_ref())
    )]
    NoRequest {
        /// The file as given.
        path: PathBuf,
        /// Lines met.
        lines: u64,
        /// The first problem.
        first: Option<Problem>,
    },
    /// A window was to be cut, and no request is in it.
    #[error(
        "no request of {} is in the window; the {requests} requests arrive from 0 to {last_s} s",
        path.display()
    )]
    EmptyWindow {
        /// The file as given.
        path: PathBuf,
        /// Requests that state a timestamp.
        requests: u64,
        /// Seconds from the first to the last of them.
        last_s: f64,
    },
    /// A trace without times cannot be cut.
    #[error("no request of {} states a timestamp, so no window can be cut from it", path.display())]
    NoTime {
        /// The file as given.
        path: PathBuf,
    },
    /// The trace has to be read twice, which a pipe does not allow.
    #[error("{} is no regular file; a window is cut in two passes, so save it first", path.display())]
    Pipe {
        /// The file as given.
        path: PathBuf,
    },
    /// The cut could not be written.
    #[error("cannot write the window of {}", path.display())]
    Write {
        /// The trace.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

fn first_fault(lines: u64, first: Option<&Problem>) -> String {
    match first {
        Some(first) => {
            let lines = if lines == 1 { "1 line".into() } else { format!("{lines} lines") };
            format!("of {lines} none can be used; {}: {}", first.at, first.message)
        }
        None => "it is empty".to_owned(),
    }
}
