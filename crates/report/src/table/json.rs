//! JSON: one object a row, every column in each, null where nothing is known.

use std::io::{self, Write};

use super::handed::Handed;
use super::{Column, Field, Value, push_moment, push_number};

pub(super) struct JsonRows<'w> {
    rows: Handed<'w>,
    /// `"name":` of each column.
    keys: Vec<Vec<u8>>,
    is_array: bool,
    is_first: bool,
}

impl<'w> JsonRows<'w> {
    /// One array with a row a line.
    pub(super) fn array(columns: Vec<Column>, out: &'w mut (dyn Write + Send)) -> Self {
        let mut rows = Self::lines(columns, out);
        rows.is_array = true;
        rows.rows.buffer.push(b'[');
        rows
    }

    /// One object a line.
    pub(super) fn lines(columns: Vec<Column>, out: &'w mut (dyn Write + Send)) -> Self {
        let key = |column: Column| {
            let mut key = Vec::new();
            push_text(&mut key, &column.name);
            key.push(b':');
            key
        };
        let keys = columns.into_iter().map(key).collect();
        Self { rows: Handed::to(out), keys, is_array: false, is_first: true }
    }

    pub(super) fn row<R>(&mut self, fields: &[Field<R>], row: &R) -> io::Result<()> {
        let buffer = &mut self.rows.buffer;
        if self.is_array {
            let between: &[u8] = if self.is_first { b"\n" } else { b",\n" };
            buffer.extend(between);
        }
        self.is_first = false;
        for (at, (field, key)) in fields.iter().zip(&self.keys).enumerate() {
            buffer.push(if at == 0 { b'{' } else { b',' });
            buffer.extend(key);
            match field.value(row) {
                Value::Null => buffer.extend(b"null"),
                Value::Text(text) => push_text(buffer, &text),
                Value::Whole(n) => write!(buffer, "{n}")?,
                Value::Number(number) => push_number(buffer, number),
                Value::Flag(flag) => buffer.extend(if flag { "true" } else { "false" }.bytes()),
                Value::Moment(ns) => {
                    buffer.push(b'"');
                    push_moment(buffer, ns);
                    buffer.push(b'"');
                }
            }
        }
        buffer.push(b'}');
        if !self.is_array {
            buffer.push(b'\n');
        }
        self.rows.row_ends()
    }

    pub(super) fn finish(&mut self) -> io::Result<()> {
        if self.is_array {
            let end: &[u8] = if self.is_first { b"]\n" } else { b"\n]\n" };
            self.rows.buffer.extend(end);
        }
        self.rows.finish()
    }
}

fn push_text(out: &mut Vec<u8>, text: &str) {
    // Writing to memory does not fail.
    let _ = serde_json::to_writer(out, text);
}
