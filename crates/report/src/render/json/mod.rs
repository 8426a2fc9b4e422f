//! `report.json`: the wire document, indented by two spaces.
//!
//! As `serde_json::to_writer_pretty` writes it, but for what is nested [`DEEPEST`] levels deep, which
//! stays on one line: the points of series and frontiers, each of which lists a few numbers. There
//! are many of them, and spread over lines they took a third of the report.

mod members;
mod text;
mod writer;

use std::io::{self, Write};

use crate::plot::Figure;
use inferguard_schema::Report;
use serde::Serialize;

use writer::Writer;

/// Arrays and objects below so many others are written on the line of their parent.
const DEEPEST: usize = 8;

/// Writes the report as JSON; a number that is not finite becomes `null`.
pub(super) fn write(report: &Report, _: &[&Figure], out: &mut dyn Write) -> io::Result<()> {
    document(report, out)
}

fn document(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    let mut writer = Writer::new(out);
    value.serialize(&mut writer)?;
    writer.finish()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use serde_json::value::RawValue;
    use serde_json::{Value, json};

    use super::*;

    fn written(value: &impl Serialize) -> String {
        let mut out = Vec::new();
        document(value, &mut out).expect("memory takes everything");
        String::from_utf8(out).expect("JSON is UTF-8")
    }

    fn stock(value: &impl Serialize) -> String {
        serde_json::to_string_pretty(value).expect("writes") + "\n"
    }

    /// A document with so many levels.
    fn nested(levels: usize) -> Value {
        (1..levels).fold(
            json!({ "empty": [], "text": "a\n\u{7}é" }),
            |inner, level| json!({ "level": level, "empty": {}, "inner": [null, inner] }),
        )
    }

    #[test]
    fn bytes_are_those_of_the_stock_writer_down_to_the_deepest_level() {
        let shallow = nested(4);
        assert_eq!(written(&shallow), stock(&shallow));
    }

    #[test]
    fn what_is_deeper_stands_on_one_line() {
        let text = written(&nested(6));
        let read: Option<Value> = serde_json::from_str(&text).ok();
        assert_eq!(read, Some(nested(6)));
        let deepest = text.lines().map(|line| line.len() - line.trim_start().len()).max();
        assert_eq!(deepest, Some(2 * (DEEPEST - 1)));
        assert!(text.contains(r#"[null, {"empty": [], "text": "a\n\u0007é"}]"#), "{text}");
    }

    /// One value of every shape that serde knows.
    #[derive(Serialize)]
    enum Shapes {
        Unit,
        Wrapped(f64),
        Tuple(i8, Option<u16>),
        Struct { text: String, nothing: () },
    }

    #[derive(Serialize)]
    struct Nothing;

    #[derive(Serialize)]
    struct Newtype(u64);

    #[derive(Serialize)]
    struct Pair(i64, bool);

    #[derive(Serialize)]
    struct Flat {
        own: char,
        #[serde(flatten)]
        more: BTreeMap<String, u8>,
        #[serde(skip_serializing_if = "Option::is_none")]
        absent: Option<u8>,
    }

    #[test]
    fn every_shape_is_written_as_the_stock_writer_does() {
        let flat = Flat { own: '"', more: [("a".to_owned(), 1)].into(), absent: None };
        let shapes = (
            [
                Shapes::Unit,
                Shapes::Wrapped(f64::NAN),
                Shapes::Tuple(-1, None),
                Shapes::Struct { text: "x".repeat(100), nothing: () },
            ],
            (Nothing, Newtype(u64::MAX), Pair(i64::MIN, true), 1.5_f32, flat),
            BTreeMap::from([(Some("key"), [0.1, -0.0, 1e300, 5e-324])]),
            BTreeMap::<String, u8>::new(),
            serde_bytes_like(b"ab"),
        );
        assert_eq!(written(&shapes), stock(&shapes));
    }

    fn serde_bytes_like(bytes: &'static [u8]) -> impl Serialize {
        struct Bytes(&'static [u8]);
        impl Serialize for Bytes {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_bytes(self.0)
            }
        }
        Bytes(bytes)
    }

    #[test]
    fn raw_json_stands_as_it_is() {
        let raw = RawValue::from_string(r#"{"a": [1,  2]}"#.to_owned()).expect("is JSON");
        assert_eq!(written(&[&*raw]), "[\n  {\"a\": [1,  2]}\n]\n");
    }

    #[test]
    fn keys_are_texts() {
        let failed = document(&BTreeMap::from([(1, 2)]), &mut Vec::new());
        assert!(failed.is_err_and(|error| error.to_string().contains("a key is a text")));
    }

    /// Takes so many bytes.
    struct Full(usize);

    impl Write for Full {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let taken = bytes.len().min(self.0);
            self.0 -= taken;
            if taken == 0 { Err(io::ErrorKind::StorageFull.into()) } else { Ok(taken) }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_full_disk_is_told_as_such() {
        let long = vec!["text"; 100_000];
        for room in [0, 10, 500_000] {
            let failed = document(&long, &mut Full(room));
            assert_eq!(failed.map_err(|error| error.kind()), Err(io::ErrorKind::StorageFull));
        }
    }

    proptest! {
        #[test]
        fn texts_and_numbers_are_those_of_the_stock_writer(
            texts in prop::collection::btree_map(".{0,40}|[ -~]{0,40}", any::<f64>(), 0..8),
            ints in prop::collection::vec(any::<i64>(), 0..4),
        ) {
            prop_assert_eq!(written(&(&texts, &ints)), stock(&(&texts, &ints)));
        }
    }
}
