//! Small tables and the pieces of text in them.

use std::borrow::Cow;

use askama::Template;

use super::TABLE_ROWS;
use crate::number::{MISSING, count};

/// A piece of text in a cell of a table or in a sentence.
#[derive(Debug, Clone, Default)]
pub(super) struct Piece<'a> {
    pub(super) text: Cow<'a, str>,
    /// A name, path or id.
    pub(super) code: bool,
    /// Address within the page; empty for none.
    pub(super) link: String,
    pub(super) bold: bool,
}

/// A text.
pub(super) fn text<'a>(text: impl Into<Cow<'a, str>>) -> Vec<Piece<'a>> {
    vec![Piece { text: text.into(), ..Piece::default() }]
}

/// A name, path or id.
pub(super) fn code<'a>(text: impl Into<Cow<'a, str>>) -> Vec<Piece<'a>> {
    vec![Piece { text: text.into(), code: true, ..Piece::default() }]
}

/// A name that leads to what it names.
pub(super) fn link<'a>(text: impl Into<Cow<'a, str>>, anchor: String) -> Vec<Piece<'a>> {
    vec![Piece { text: text.into(), code: true, link: anchor, bold: false }]
}

/// A text, or the sign for what is missing.
pub(super) fn or_missing<'a>(value: Option<impl Into<Cow<'a, str>>>) -> Vec<Piece<'a>> {
    value.map_or_else(|| text(MISSING), text)
}

/// Pieces with something between them.
pub(super) fn joined<'a>(
    parts: impl IntoIterator<Item = Vec<Piece<'a>>>,
    between: &'static str,
) -> Vec<Piece<'a>> {
    let mut all = Vec::new();
    for part in parts {
        if !all.is_empty() {
            all.extend(text(between));
        }
        all.extend(part);
    }
    all
}

/// Heading of a column, and whether it holds numbers.
#[derive(Debug, Clone)]
pub(super) struct Column {
    pub(super) heading: Cow<'static, str>,
    pub(super) number: bool,
}

pub(super) fn words(heading: impl Into<Cow<'static, str>>) -> Column {
    Column { heading: heading.into(), number: false }
}

pub(super) fn number(heading: impl Into<Cow<'static, str>>) -> Column {
    Column { heading: heading.into(), number: true }
}

/// A table that fits the page without paging.
#[derive(Template)]
#[template(path = "table.html")]
pub(super) struct Table<'a> {
    pub(super) caption: Cow<'static, str>,
    pub(super) columns: Vec<Column>,
    pub(super) rows: Vec<Vec<Vec<Piece<'a>>>>,
    /// Rows there would be without a limit.
    pub(super) total: usize,
}

impl<'a> Table<'a> {
    pub(super) fn new(caption: impl Into<Cow<'static, str>>, columns: Vec<Column>) -> Self {
        Self { caption: caption.into(), columns, rows: Vec::new(), total: 0 }
    }

    /// Adds rows up to the limit of such tables, and counts the others.
    pub(super) fn rows<T>(
        self,
        items: impl IntoIterator<Item = T>,
        row: impl FnMut(T) -> Vec<Vec<Piece<'a>>>,
    ) -> Self {
        self.rows_up_to(TABLE_ROWS, items, row)
    }

    /// The same with a limit of its own.
    pub(super) fn rows_up_to<T>(
        mut self,
        limit: usize,
        items: impl IntoIterator<Item = T>,
        mut row: impl FnMut(T) -> Vec<Vec<Piece<'a>>>,
    ) -> Self {
        for item in items {
            if self.rows.len() < limit {
                self.rows.push(row(item));
            }
            self.total += 1;
        }
        self
    }

    fn hidden(&self) -> Option<String> {
        let hidden = self.total.saturating_sub(self.rows.len());
        (hidden > 0).then(|| count(hidden as u64))
    }
}

/// Pieces in a row, for templates.
#[derive(Template)]
#[template(
    source = "{% for piece in pieces %}{% if !piece.link.is_empty() %}<a href=\"#{{ piece.link }}\">{{ piece.text }}</a>{% else if piece.code %}<code>{{ piece.text }}</code>{% else if piece.bold %}<b>{{ piece.text }}</b>{% else %}{{ piece.text }}{% endif %}{% endfor %}",
    ext = "html"
)]
pub(super) struct Pieces<'p, 'a> {
    pub(super) pieces: &'p [Piece<'a>],
}
