//! The members of an array or object, as they come.

use serde::Serialize;
use serde::ser::{
    SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant,
};

use super::writer::{Error, Writer};

/// An array or object that is being written.
pub(super) struct Members<'w, 'a> {
    writer: &'w mut Writer<'a>,
    /// What ends it; nothing ends JSON that is written already.
    bracket: Option<u8>,
    /// Whether an object with this as its only member ends with it: an enum's variant.
    in_variant: bool,
    empty: bool,
}

impl<'w, 'a> Members<'w, 'a> {
    pub(super) fn array(writer: &'w mut Writer<'a>) -> Self {
        writer.open(b'[');
        Self { writer, bracket: Some(b']'), in_variant: false, empty: true }
    }

    pub(super) fn object(writer: &'w mut Writer<'a>) -> Self {
        writer.open(b'{');
        Self { writer, bracket: Some(b'}'), in_variant: false, empty: true }
    }

    /// JSON that is written already: one member without a name.
    pub(super) fn raw(writer: &'w mut Writer<'a>) -> Self {
        Self { writer, bracket: None, in_variant: false, empty: true }
    }

    pub(super) fn array_of(
        writer: &'w mut Writer<'a>,
        variant: &'static str,
    ) -> Result<Self, Error> {
        let mut outer = Self::object(writer);
        outer.name(variant)?;
        Ok(Self { in_variant: true, ..Self::array(outer.writer) })
    }

    pub(super) fn object_of(
        writer: &'w mut Writer<'a>,
        variant: &'static str,
    ) -> Result<Self, Error> {
        let mut outer = Self::object(writer);
        outer.name(variant)?;
        Ok(Self { in_variant: true, ..Self::object(outer.writer) })
    }

    fn separate(&mut self) -> Result<(), Error> {
        self.writer.separate(std::mem::take(&mut self.empty))
    }

    fn name(&mut self, name: &'static str) -> Result<(), Error> {
        self.writer.name(std::mem::take(&mut self.empty), name)
    }

    fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.separate()?;
        value.serialize(&mut *self.writer)
    }

    pub(super) fn member<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        match self.bracket {
            Some(_) => self.name(name)?,
            None => self.writer.is_raw = true,
        }
        value.serialize(&mut *self.writer)
    }

    pub(super) fn close(self) {
        if let Some(bracket) = self.bracket {
            self.writer.close(bracket, self.empty);
        }
        if self.in_variant {
            self.writer.close(b'}', false);
        }
    }
}

impl SerializeMap for Members<'_, '_> {
    type Ok = ();
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        self.separate()?;
        let at = self.writer.text.len();
        key.serialize(&mut *self.writer)?;
        if self.writer.text.get(at) != Some(&b'"') {
            return Err(Error::Value("a key is a text".to_owned()));
        }
        self.writer.text.extend_from_slice(b": ");
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        value.serialize(&mut *self.writer)
    }

    fn end(self) -> Result<(), Error> {
        self.close();
        Ok(())
    }
}

impl SerializeSeq for Members<'_, '_> {
    type Ok = ();
    type Error = Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.element(value)
    }

    fn end(self) -> Result<(), Error> {
        self.close();
        Ok(())
    }
}

impl SerializeTuple for Members<'_, '_> {
    type Ok = ();
    type Error = Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.element(value)
    }

    fn end(self) -> Result<(), Error> {
        self.close();
        Ok(())
    }
}

impl SerializeTupleStruct for Members<'_, '_> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.element(value)
    }

    fn end(self) -> Result<(), Error> {
        self.close();
        Ok(())
    }
}

impl SerializeTupleVariant for Members<'_, '_> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.element(value)
    }

    fn end(self) -> Result<(), Error> {
        self.close();
        Ok(())
    }
}

impl SerializeStruct for Members<'_, '_> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T>(&mut self, name: &'static str, value: &T) -> Result<(), Error>
    where
        T: Serialize + ?Sized,
    {
        self.member(name, value)
    }

    fn end(self) -> Result<(), Error> {
        self.close();
        Ok(())
    }
}

impl SerializeStructVariant for Members<'_, '_> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T>(&mut self, name: &'static str, value: &T) -> Result<(), Error>
    where
        T: Serialize + ?Sized,
    {
        self.member(name, value)
    }

    fn end(self) -> Result<(), Error> {
        self.close();
        Ok(())
    }
}
