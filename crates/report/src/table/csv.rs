//! CSV for spreadsheets: UTF-8, `,` between cells, dot decimals, units in the headings.

use std::io::{self, Write};

use super::handed::Handed;
use super::{Column, Field, Value, push_moment, push_number};

pub(super) struct CsvRows<'w> {
    rows: Handed<'w>,
}

impl<'w> CsvRows<'w> {
    pub(super) fn new(columns: &[Column], mark: bool, out: &'w mut (dyn Write + Send)) -> Self {
        let mut rows = Handed::to(out);
        let buffer = &mut rows.buffer;
        if mark {
            buffer.extend("\u{feff}".bytes());
        }
        for (at, column) in columns.iter().enumerate() {
            if at > 0 {
                buffer.push(b',');
            }
            push_text(buffer, &column.heading());
        }
        buffer.push(b'\n');
        Self { rows }
    }

    pub(super) fn row<R>(&mut self, fields: &[Field<R>], row: &R) -> io::Result<()> {
        let buffer = &mut self.rows.buffer;
        for (at, field) in fields.iter().enumerate() {
            if at > 0 {
                buffer.push(b',');
            }
            match field.value(row) {
                Value::Null => {}
                Value::Text(text) => push_text(buffer, &text),
                Value::Whole(n) => write!(buffer, "{n}")?,
                Value::Number(number) => push_number(buffer, number),
                Value::Flag(flag) => buffer.extend(if flag { "true" } else { "false" }.bytes()),
                Value::Moment(ns) => push_moment(buffer, ns),
            }
        }
        buffer.push(b'\n');
        self.rows.row_ends()
    }

    pub(super) fn finish(&mut self) -> io::Result<()> {
        self.rows.finish()
    }
}

/// A text, quoted where it has to be.
///
/// A spreadsheet runs a text as a formula that begins with one of these characters, and names come
/// from strangers' files. An apostrophe before it makes it text again and shows what it was.
fn push_text(out: &mut Vec<u8>, text: &str) {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    let quoted = text.bytes().any(|byte| matches!(byte, b',' | b'"' | b'\n' | b'\r'))
        // What a line begins or ends with is lost on some readers.
        || text.starts_with(' ')
        || text.ends_with(' ');
    if quoted {
        out.push(b'"');
    }
    if formula {
        out.push(b'\'');
    }
    if quoted {
        for byte in text.bytes() {
            if byte == b'"' {
                out.push(b'"');
            }
            out.push(byte);
        }
        out.push(b'"');
    } else {
        out.extend(text.bytes());
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cell(text: &str) -> String {
        let mut out = Vec::new();
        push_text(&mut out, text);
        String::from_utf8(out).expect("UTF-8")
    }

    #[test]
    fn formulas_are_text() {
        for (text, written) in [
            ("=1+1", "'=1+1"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\tx", "'\tx"),
            ("\r=x", "\"'\r=x\""),
            ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
            ("=HYPERLINK(\"a\",\"b\")", "\"'=HYPERLINK(\"\"a\"\",\"\"b\"\")\""),
            ("a=b", "a=b"),
            ("a,b", "\"a,b\""),
            ("", ""),
        ] {
            assert_eq!(cell(text), written, "{text}");
        }
    }

    proptest! {
        /// Whatever a text holds, it stays one cell, and no cell begins a formula.
        #[test]
        fn a_text_is_one_cell(text in ".{0,20}|[\",\n\r=+\\-@\t ']{0,8}") {
            let written = cell(&text);
            let held = if let Some(rest) = written.strip_prefix('"') {
                let inner = rest.strip_suffix('"').expect("is closed");
                prop_assert!(!inner.replace("\"\"", "").contains('"'));
                inner.replace("\"\"", "\"")
            } else {
                prop_assert!(!written.contains(['"', ',', '\n', '\r']));
                    written.clone()
            };
            prop_assert!(!held.starts_with(['=', '+', '-', '@', '\t', '\r']));
            let masked = ["'", &text].concat();
            prop_assert!(held == text || held == masked);
        }
    }
}
