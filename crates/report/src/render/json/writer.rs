//! A serde serializer that writes indented JSON.
//!
//! serde_json's looks at each byte of a text and hands on each comma, line end and quote by itself;
//! a report is mostly short texts and numbers, which this one writes in half the time.

use std::fmt::Display;
use std::io::{self, Write};

use serde::{Serialize, Serializer, ser};
use serde_json::ser::{CompactFormatter, Formatter};

use super::members::Members;
use super::{DEEPEST, text};

/// Written text is handed on in pieces of this size.
const PIECE: usize = 64 * 1024;

/// The length of [`Writer::line`] where no array or object is open.
const ROOT: usize = 3;

/// The name under which serde_json hands on JSON that is written already.
const RAW: &str = "$serde_json::private::RawValue";

/// Writes one document.
pub(super) struct Writer<'a> {
    out: &'a mut dyn Write,
    /// What is written and not yet handed on.
    pub(super) text: Vec<u8>,
    /// What stands before a member of the open object: a comma, a line end, an indentation, a quote.
    line: Vec<u8>,
    /// Whether the text that comes next is JSON already.
    pub(super) is_raw: bool,
}

impl<'a> Writer<'a> {
    pub(super) fn new(out: &'a mut dyn Write) -> Self {
        Self { out, text: Vec::with_capacity(2 * PIECE), line: b",\n\"".to_vec(), is_raw: false }
    }

    /// Ends the document with a line end.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.text.push(b'\n');
        self.out.write_all(&self.text)?;
        self.out.flush()
    }

    /// Whether so many arrays and objects are open that members stand on one line.
    fn is_deep(&self) -> bool {
        self.line.len() >= ROOT + 2 * DEEPEST
    }

    pub(super) fn open(&mut self, bracket: u8) {
        self.text.push(bracket);
        self.line.pop();
        self.line.extend_from_slice(b"  \"");
    }

    pub(super) fn close(&mut self, bracket: u8, empty: bool) {
        let inline = empty || self.is_deep();
        self.line.truncate(self.line.len() - 3);
        if !inline {
            self.text.extend_from_slice(&self.line[1..]);
        }
        self.line.push(b'"');
        self.text.push(bracket);
    }

    /// Begins a member: on a line of its own, or deep down behind the one before it.
    pub(super) fn separate(&mut self, first: bool) -> Result<(), Error> {
        self.hand_on()?;
        if !self.is_deep() {
            self.text.extend_from_slice(&self.line[usize::from(first)..self.line.len() - 1]);
        } else if !first {
            self.text.extend_from_slice(b", ");
        }
        Ok(())
    }

    /// Begins a member of an object with its name, which needs no escapes: those of fields and
    /// variants are words.
    pub(super) fn name(&mut self, first: bool, name: &str) -> Result<(), Error> {
        debug_assert!(text::is_plain(name.as_bytes()), "{name}");
        self.hand_on()?;
        if self.is_deep() {
            self.text.extend_from_slice(if first { b"\"" } else { b", \"" });
        } else {
            self.text.extend_from_slice(&self.line[usize::from(first)..]);
        }
        self.text.extend_from_slice(name.as_bytes());
        self.text.extend_from_slice(b"\": ");
        Ok(())
    }

    fn hand_on(&mut self) -> Result<(), Error> {
        if self.text.len() >= PIECE {
            self.out.write_all(&self.text)?;
            self.text.clear();
        }
        Ok(())
    }

    /// Writes with serde_json what it writes as fast.
    fn stock(
        &mut self,
        write: impl FnOnce(&mut CompactFormatter, &mut Vec<u8>) -> io::Result<()>,
    ) -> Result<(), Error> {
        Ok(write(&mut CompactFormatter, &mut self.text)?)
    }
}

impl<'w, 'a> Serializer for &'w mut Writer<'a> {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Members<'w, 'a>;
    type SerializeTuple = Members<'w, 'a>;
    type SerializeTupleStruct = Members<'w, 'a>;
    type SerializeTupleVariant = Members<'w, 'a>;
    type SerializeMap = Members<'w, 'a>;
    type SerializeStruct = Members<'w, 'a>;
    type SerializeStructVariant = Members<'w, 'a>;

    fn serialize_bool(self, value: bool) -> Result<(), Error> {
        self.stock(|json, out| json.write_bool(out, value))
    }

    fn serialize_i8(self, value: i8) -> Result<(), Error> {
        self.serialize_i64(value.into())
    }

    fn serialize_i16(self, value: i16) -> Result<(), Error> {
        self.serialize_i64(value.into())
    }

    fn serialize_i32(self, value: i32) -> Result<(), Error> {
        self.serialize_i64(value.into())
    }

    fn serialize_i64(self, value: i64) -> Result<(), Error> {
        self.stock(|json, out| json.write_i64(out, value))
    }

    fn serialize_u8(self, value: u8) -> Result<(), Error> {
        self.serialize_u64(value.into())
    }

    fn serialize_u16(self, value: u16) -> Result<(), Error> {
        self.serialize_u64(value.into())
    }

    fn serialize_u32(self, value: u32) -> Result<(), Error> {
        self.serialize_u64(value.into())
    }

    fn serialize_u64(self, value: u64) -> Result<(), Error> {
        self.stock(|json, out| json.write_u64(out, value))
    }

    fn serialize_f32(self, value: f32) -> Result<(), Error> {
        if !value.is_finite() {
            return self.serialize_unit();
        }
        self.stock(|json, out| json.write_f32(out, value))
    }

    fn serialize_f64(self, value: f64) -> Result<(), Error> {
        if !value.is_finite() {
            return self.serialize_unit();
        }
        self.stock(|json, out| json.write_f64(out, value))
    }

    fn serialize_char(self, value: char) -> Result<(), Error> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Result<(), Error> {
        if std::mem::take(&mut self.is_raw) {
            self.text.extend_from_slice(value.as_bytes());
        } else {
            text::push(&mut self.text, value);
        }
        Ok(())
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_none(self) -> Result<(), Error> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Error> {
        self.text.extend_from_slice(b"null");
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Error> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _: &str, _: u32, variant: &str) -> Result<(), Error> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T>(self, _: &'static str, value: &T) -> Result<(), Error>
    where
        T: Serialize + ?Sized,
    {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Error>
    where
        T: Serialize + ?Sized,
    {
        let mut members = Members::object(self);
        members.member(variant, value)?;
        members.close();
        Ok(())
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Members<'w, 'a>, Error> {
        Ok(Members::array(self))
    }

    fn serialize_tuple(self, _: usize) -> Result<Members<'w, 'a>, Error> {
        Ok(Members::array(self))
    }

    fn serialize_tuple_struct(self, _: &str, _: usize) -> Result<Members<'w, 'a>, Error> {
        Ok(Members::array(self))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Members<'w, 'a>, Error> {
        Members::array_of(self, variant)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Members<'w, 'a>, Error> {
        Ok(Members::object(self))
    }

    fn serialize_struct(self, name: &'static str, _: usize) -> Result<Members<'w, 'a>, Error> {
        Ok(if name == RAW { Members::raw(self) } else { Members::object(self) })
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Members<'w, 'a>, Error> {
        Members::object_of(self, variant)
    }
}

/// Why a document could not be written.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    /// The sink failed.
    #[error(transparent)]
    Sink(#[from] io::Error),
    /// The value cannot be told in JSON.
    #[error("{0}")]
    Value(String),
}

impl ser::Error for Error {
    fn custom<T: Display>(message: T) -> Self {
        Self::Value(message.to_string())
    }
}

impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Sink(error) => error,
            Error::Value(message) => Self::other(message),
        }
    }
}
