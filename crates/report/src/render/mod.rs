//! One file or folder per output, and the list of them.

mod html;
mod json;
mod markdown;

use std::io::{self, Write};

use inferguard_schema::Report;

use crate::plot::Figure;

/// An output of `analyze`: its name and how its bytes are made.
#[derive(Debug, Clone, Copy)]
pub struct Renderer {
    /// Id, the value of `--format`.
    pub id: &'static str,
    /// Name of the file in the output folder.
    pub file_name: &'static str,
    /// Writes the bytes in large pieces; only the sink can fail. The same report gives the same
    /// bytes. An output with pictures shows these figures, and without any those that the report
    /// alone can give.
    pub write: fn(&Report, &[&Figure], &mut dyn Write) -> io::Result<()>,
}

impl Renderer {
    /// The bytes in memory; for a large report `write` into the file takes a third less time.
    pub fn render(&self, report: &Report) -> Vec<u8> {
        let mut bytes = Vec::new();
        // Writing into memory does not fail.
        let _ = (self.write)(report, &[], &mut bytes);
        bytes
    }
}

/// Every output, in the order in which they are written and listed.
pub static RENDERERS: &[Renderer] = &[
    Renderer { id: "json", file_name: "report.json", write: json::write },
    Renderer { id: "md", file_name: "report.md", write: markdown::write },
    Renderer { id: "html", file_name: "report.html", write: html::write },
];
