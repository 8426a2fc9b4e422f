//! Reads InferGuard's own documents: the manifest of a campaign, and whatever an earlier run or a
//! sister command left in the tree.
//!
//! A manifest tells which cells a campaign should have produced. Everything else is recognised so
//! that it is not taken for a benchmark result, although its rows may look like one: a report
//! repeats the cells that it was made from, and an export is written in a producer's own shape.
//! Documents are known by their schema and never by their name, since `manifest.json` and
//! `report.json` belong to many tools.
//!
//! Live timelines carry a schema of the same family and have a reader of their own.
//!
//! ```
//! use inferguard_report_reader::ReportReader;
//! use inferguard_source::Reader;
//!
//! assert!(ReportReader.wants_name("report.json"));
//! assert!(!ReportReader.wants_name("report.md"));
//! ```

mod manifest;
mod probe;

pub use probe::ReportReader;

#[cfg(test)]
mod tests;
