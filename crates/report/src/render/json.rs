//! `report.json`: the wire document, indented by two spaces.
//!
//! As `serde_json::to_writer_pretty` writes it, but for what is nested [`DEEPEST`] levels deep, which
//! stays on one line: the points of series and frontiers, each of which lists a few numbers. There
//! are many of them, and spread over lines they took a third of the report. Writing takes less time
//! than the stock formatter, which writes a line end, each step of an indentation and a comma one by
//! one; this one copies them together.

use std::io::{self, BufWriter, Write};

use crate::plot::Figure;
use inferguard_schema::Report;
use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;

/// Writes the report as JSON; a number that is not finite becomes `null`.
pub(super) fn write(report: &Report, _: &[&Figure], out: &mut dyn Write) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(64 * 1024, out);
    report.serialize(&mut Serializer::with_formatter(&mut out, Indented::default()))?;
    out.write_all(b"\n")?;
    out.flush()
}

/// Arrays and objects below so many others are written on the line of their parent.
const DEEPEST: usize = 8;

struct Indented {
    /// A comma, a line end, and the indentation of the members of the open array or object.
    line: Vec<u8>,
    /// Whether the array or object that ends next has a member.
    has_member: bool,
    /// Whether a key is written: its quotes go out with what stands around it.
    in_key: bool,
}

impl Default for Indented {
    fn default() -> Self {
        Self { line: b",\n".to_vec(), has_member: false, in_key: false }
    }
}

impl Indented {
    /// How many arrays and objects are open.
    fn depth(&self) -> usize {
        (self.line.len() - 2) / 2
    }

    /// Ends a line and indents the next; between two members, after a comma. Deep down only what
    /// separates two members.
    fn line<W: ?Sized + Write>(&self, out: &mut W, comma: bool) -> io::Result<()> {
        if self.depth() < DEEPEST {
            out.write_all(&self.line[usize::from(!comma)..])
        } else if comma {
            out.write_all(b", ")
        } else {
            Ok(())
        }
    }

    fn begin<W: ?Sized + Write>(&mut self, out: &mut W, bracket: &[u8]) -> io::Result<()> {
        self.line.extend_from_slice(b"  ");
        self.has_member = false;
        out.write_all(bracket)
    }

    fn end<W: ?Sized + Write>(&mut self, out: &mut W, bracket: &[u8]) -> io::Result<()> {
        let was_deep = self.depth() >= DEEPEST;
        self.line.truncate(self.line.len() - 2);
        if self.has_member && !was_deep {
            self.line(out, false)?;
        }
        out.write_all(bracket)
    }
}

impl Formatter for Indented {
    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.begin(out, b"{")
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.end(out, b"}")
    }

    fn begin_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.begin(out, b"[")
    }

    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.end(out, b"]")
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.in_key = true;
        if self.depth() >= DEEPEST {
            return out.write_all(if first { b"\"" } else { b", \"" });
        }
        self.line.push(b'"');
        let written = out.write_all(&self.line[usize::from(first)..]);
        self.line.pop();
        written
    }

    fn begin_string<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        if self.in_key { Ok(()) } else { out.write_all(b"\"") }
    }

    fn end_string<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        if self.in_key { Ok(()) } else { out.write_all(b"\"") }
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.in_key = false;
        out.write_all(b"\": ")
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.has_member = true;
        Ok(())
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.line(out, !first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.has_member = true;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn indented(value: &Value) -> String {
        let mut out = Vec::new();
        let written =
            value.serialize(&mut Serializer::with_formatter(&mut out, Indented::default()));
        assert!(written.is_ok());
        String::from_utf8_lossy(&out).into_owned()
    }

    /// A document with so many levels.
    fn nested(levels: usize) -> Value {
        (1..levels).fold(
            json!({ "empty": [], "text": "a\n\u{7}é" }),
            |inner, level| json!({ "level": level, "empty": {}, "inner": [null, inner] }),
        )
    }

    #[test]
    fn bytes_are_those_of_the_stock_formatter_down_to_the_deepest_level() {
        let shallow = nested(4);
        assert_eq!(indented(&shallow), serde_json::to_string_pretty(&shallow).unwrap_or_default());
    }

    #[test]
    fn what_is_deeper_stands_on_one_line() {
        let text = indented(&nested(6));
        let read: Option<Value> = serde_json::from_str(&text).ok();
        assert_eq!(read, Some(nested(6)));
        let deepest = text.lines().map(|line| line.len() - line.trim_start().len()).max();
        assert_eq!(deepest, Some(2 * (DEEPEST - 1)));
        assert!(text.contains(r#"[null, {"empty": [], "text": "a\n\u0007é"}]"#), "{text}");
    }
}
