//! Renderers of the analyze report: `report.json`, `report.md`, and the summary for a terminal.
//!
//! A renderer takes the finished wire document and writes bytes. It never judges: every verdict,
//! threshold and reason is in the document already. It never touches files, knows no producer, and
//! trusts no text: names and messages come from strangers' files, and [`escape`] makes them
//! harmless.
//!
//! A new output is one file in `render/` and one line in [`RENDERERS`].
//!
//! ```
//! # fn show(report: &inferguard_schema::Report) {
//! use inferguard_report::RENDERERS;
//!
//! for renderer in RENDERERS {
//!     let bytes = renderer.render(report);
//!     assert!(bytes.ends_with(b"\n"), "{}", renderer.file_name);
//! }
//! # }
//! ```

pub mod escape;
pub use inferguard_model::number;
mod chart;
mod overview;
pub mod plot;
mod render;
pub mod table;
pub mod terminal;
mod wording;

pub use render::{RENDERERS, Renderer};
