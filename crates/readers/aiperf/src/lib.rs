//! Reads the results of AIPerf.
//!
//! [`records`] reads `profile_export.jsonl`, one line per request, at the speed of memory.

pub mod records;
