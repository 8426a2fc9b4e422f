//! Reads live timelines: what a recorder saw of prefill, decode and transfer endpoints while the
//! load ran.
//!
//! It takes `inferguard-timeline/v1` lines, raw `disagg-status/v1` objects, compact or indented,
//! and files that mix them. The findings of the recorder are passed on as written; whether the
//! snapshots support them, or show more, is for the findings crate. Lines that cannot be read are
//! told and never cost the others.
//!
//! ```
//! use inferguard_source::Reader;
//! use inferguard_timeline::TimelineReader;
//!
//! let reader = TimelineReader::with_glob("live/*.jsonl").expect("a valid pattern");
//! assert!(reader.wants_name("status.jsonl"));
//! assert!(!reader.wants_name("server.log"));
//! ```

mod convert;
mod line;
mod moment;
mod probe;
mod told;
mod wire;

pub use probe::{DEFAULT_GLOB, TimelineReader};

#[cfg(test)]
mod tests;
