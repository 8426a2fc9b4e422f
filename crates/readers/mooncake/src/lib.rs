//! Reads Mooncake traces: what is to be sent and when, one JSON object a line.
//!
//! ```text
//! {"timestamp": 0, "input_length": 6758, "output_length": 500, "hash_ids": [0, 1, 2]}
//! ```
//!
//! AIPerf's additions are taken too: fractional timestamps, `text_input`, `messages`, `payload`,
//! `session_id`, `delay`. Prompts are passed over and never kept. A trace is streamed, so that it
//! may be of any size; what cannot be read is counted and told with its line.
//!
//! [`read`] lends each request to whoever counts, [`cut`] writes a window of a trace for a replay.

mod cut;
mod error;
mod read;
mod record;
mod told;

pub use cut::{Cut, CutOptions, cut};
pub use error::TraceError;
pub use read::{Forms, TraceFile, read};

#[cfg(test)]
mod tests;
