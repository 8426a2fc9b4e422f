//! Finds files below an input root and reads their text leniently within bounds.
//!
//! Knows no producer: what a file means is for the [`Reader`]s, which look at a [`Candidate`]
//! and return [`Fragment`](inferguard_model::Fragment)s. Everything that crashed jobs and
//! strangers leave behind is dealt with here, once: encodings, `NaN` literals, numbers as
//! strings, truncated documents, nesting, symlinks, devices. Each repair leaves a problem.

pub mod coerce;
mod content;
pub mod csv;
mod document;
pub mod json;
pub mod lanes;
pub mod limits;
mod lines;
mod reader;
pub mod secrets;
mod text;
mod walk;
pub mod yaml;

pub use content::{Content, open_stream};
pub use document::Document;
pub use lines::{Line, Lines};
pub use reader::{
    BATCH_REQUESTS, Candidate, Claim, Input, Reader, Reading, Refusal, TakeRequests, read_entry,
    read_requests,
};
pub use text::{decode, shorten};
pub use walk::{Entry, Listing, Selection, WalkError, list, path_glob};
