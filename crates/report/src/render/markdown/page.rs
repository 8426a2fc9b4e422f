//! Blocks of Markdown. Texts come in escaped.

use std::fmt::Write as _;

use crate::number::{count, counted};

/// A page that grows block by block.
#[derive(Default)]
pub(super) struct Page {
    text: String,
}

/// A column of a table: its heading and whether it holds numbers.
#[derive(Debug, Clone)]
pub(super) struct Column {
    heading: String,
    numeric: bool,
}

impl Column {
    pub(super) fn text(heading: impl Into<String>) -> Self {
        Self { heading: heading.into(), numeric: false }
    }

    pub(super) fn number(heading: impl Into<String>) -> Self {
        Self { heading: heading.into(), numeric: true }
    }

    pub(super) fn is_numeric(&self) -> bool {
        self.numeric
    }
}

/// At most `max` of the texts in a line, and how many more there are; `None` when there are none.
pub(super) fn listed<T>(
    items: &[T],
    max: usize,
    separator: &str,
    text: impl Fn(&T) -> String,
) -> Option<String> {
    let mut texts: Vec<_> = items.iter().take(max).map(text).collect();
    if items.len() > max {
        texts.push(format!("{} more", count((items.len() - max) as u64)));
    }
    (!texts.is_empty()).then(|| texts.join(separator))
}

impl Page {
    pub(super) fn heading(&mut self, level: usize, text: &str) {
        self.block();
        self.text.extend(std::iter::repeat_n('#', level));
        let _ = writeln!(self.text, " {text}");
    }

    pub(super) fn paragraph(&mut self, text: &str) {
        self.block();
        self.text.push_str(text);
        self.text.push('\n');
    }

    /// A list of at most `max` items; `total` counts those that were not even made.
    pub(super) fn bullets(
        &mut self,
        items: impl IntoIterator<Item = String>,
        total: usize,
        max: usize,
    ) {
        self.block();
        let mut shown = 0;
        for item in items.into_iter().take(max) {
            let _ = writeln!(self.text, "- {item}");
            shown += 1;
        }
        if total > shown {
            let _ =
                writeln!(self.text, "- {} more: see `report.json`", count((total - shown) as u64));
        }
    }

    /// A table of rows that have a text per column; `total` counts rows that were not even made.
    pub(super) fn table(&mut self, columns: &[Column], rows: &[Vec<String>], total: usize) {
        self.block();
        for column in columns {
            let _ = write!(self.text, "| {} ", column.heading);
        }
        self.text.push_str("|\n");
        for column in columns {
            self.text.push_str(if column.numeric { "| ---: " } else { "| --- " });
        }
        self.text.push_str("|\n");
        for row in rows {
            for cell in row {
                let _ = write!(self.text, "| {cell} ");
            }
            self.text.push_str("|\n");
        }
        if total > rows.len() {
            let more = counted(total - rows.len(), "more row", "more rows");
            self.paragraph(&format!("{more}: see `report.json`."));
        }
    }

    pub(super) fn finish(self) -> String {
        self.text
    }

    /// Keeps a blank line between blocks.
    fn block(&mut self) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
    }
}
