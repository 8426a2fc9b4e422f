//! Streams a JSON document into a sink: scalars with their pointers, no tree.

use std::fmt;
use std::hash::BuildHasher;

use inferguard_model::{Problem, ProblemCode};
use rustc_hash::FxHashSet;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::Pointer;
use crate::limits;

/// A scalar as written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum JsonScalar<'a> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number that fits.
    Int(i64),
    /// Another number; whole numbers too large for `i64` come as this.
    Float(f64),
    /// A string.
    Str(&'a str),
}

/// An object or array that the walk has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Container {
    /// An object.
    Object,
    /// An array.
    Array,
}

/// What to do with a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Enter {
    /// Visit its members; elements of an array get their index in the pointer.
    Walk,
    /// Visit the elements of an array under the pointer of the array itself: for long lists.
    Elements,
    /// Pass over it, however deep it is.
    Skip,
}

/// Receives a document in order.
pub trait Sink {
    /// A scalar at `at`.
    fn scalar(&mut self, at: &Pointer, value: JsonScalar<'_>);

    /// A scalar member of the object at `at`, by its key alone: false when it shall come as
    /// [`scalar`](Self::scalar). Saves the pointers of flat objects; not every walk asks.
    fn member(&mut self, at: &Pointer, key: &str, value: JsonScalar<'_>) -> bool {
        let _ = (at, key, value);
        false
    }

    /// A container at `at`; answers whether to walk into it.
    fn enter(&mut self, at: &Pointer, container: Container) -> Enter;

    /// The end of a container that was walked into.
    fn leave(&mut self, at: &Pointer, container: Container) {
        let _ = (at, container);
    }
}

/// Walks exactly one strict JSON document; keys that stand twice in an object are noted, and parts
/// that are too deep.
pub fn walk(
    text: &[u8],
    sink: &mut impl Sink,
    problems: &mut Vec<Problem>,
) -> Result<(), serde_json::Error> {
    // Text that was checked as a whole is not checked again string by string.
    match std::str::from_utf8(text) {
        Ok(text) => walk_from(serde_json::Deserializer::from_str(text), sink, problems),
        // What is passed over may hold anything; a key or a text that is read may not.
        Err(_) => walk_from(serde_json::Deserializer::from_slice(text), sink, problems),
    }
}

fn walk_from<'t, R: serde_json::de::Read<'t>>(
    mut deserializer: serde_json::Deserializer<R>,
    sink: &mut impl Sink,
    problems: &mut Vec<Problem>,
) -> Result<(), serde_json::Error> {
    let mut at = Pointer::default();
    let mut told = Told::new(problems);
    Walker { sink, at: &mut at, told: &mut told }.deserialize(&mut deserializer)?;
    told.finish();
    deserializer.end()
}

/// With the line that counts the rest as many as are kept.
const DUPLICATES_KEPT: usize = limits::PROBLEMS_KEPT - 1;

/// Problems of a document: a few of each kind, the rest counted.
pub(crate) struct Told<'w> {
    problems: &'w mut Vec<Problem>,
    duplicates: usize,
    too_deep: usize,
}

impl<'w> Told<'w> {
    pub(crate) fn new(problems: &'w mut Vec<Problem>) -> Self {
        Self { problems, duplicates: 0, too_deep: 0 }
    }

    pub(crate) fn duplicate(&mut self, at: &Pointer) {
        self.duplicates += 1;
        if self.duplicates <= DUPLICATES_KEPT {
            self.problems.push(Problem::warning(
                ProblemCode::DuplicateKey,
                at.as_str(),
                "the key stands twice in this object; the last value is used",
            ));
        }
    }

    /// Asks the sink about a container, unless it is too deep.
    pub(super) fn enter(&mut self, sink: &mut impl Sink, at: &Pointer, of: Container) -> Enter {
        if at.depth() >= limits::JSON_DEPTH {
            self.too_deep(at);
            return Enter::Skip;
        }
        sink.enter(at, of)
    }

    pub(crate) fn too_deep(&mut self, at: &Pointer) {
        self.too_deep += 1;
        if self.too_deep == 1 {
            let told = format!("nested deeper than {}; left out", limits::JSON_DEPTH);
            self.problems.push(Problem::warning(ProblemCode::Limit, at.as_str(), told));
        }
    }

    pub(crate) fn finish(self) {
        if let Some(more @ 1..) = self.duplicates.checked_sub(DUPLICATES_KEPT) {
            let told = format!("{more} more keys that stand twice in their object");
            self.problems.push(Problem::warning(ProblemCode::DuplicateKey, "", told));
        }
    }
}

struct Walker<'w, 'p, S> {
    sink: &'w mut S,
    at: &'w mut Pointer,
    told: &'w mut Told<'p>,
}

impl<'p, S: Sink> Walker<'_, 'p, S> {
    fn again(&mut self) -> Walker<'_, 'p, S> {
        Walker { sink: self.sink, at: self.at, told: self.told }
    }

    fn scalar(self, value: JsonScalar<'_>) {
        self.sink.scalar(self.at, value);
    }
}

impl<'de, S: Sink> DeserializeSeed<'de> for Walker<'_, '_, S> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, S: Sink> Visitor<'de> for Walker<'_, '_, S> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.scalar(JsonScalar::Null);
        Ok(())
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.scalar(JsonScalar::Bool(value));
        Ok(())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.scalar(JsonScalar::Int(value));
        Ok(())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.scalar(i64::try_from(value).map_or(JsonScalar::Float(value as f64), JsonScalar::Int));
        Ok(())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        self.scalar(JsonScalar::Float(value));
        Ok(())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<(), E> {
        self.scalar(JsonScalar::Str(value));
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut seq: A) -> Result<(), A::Error> {
        let enter = self.told.enter(self.sink, self.at, Container::Array);
        match enter {
            Enter::Skip => while seq.next_element::<IgnoredAny>()?.is_some() {},
            Enter::Elements => while seq.next_element_seed(self.again())?.is_some() {},
            Enter::Walk => {
                for index in 0.. {
                    self.at.push_index(index);
                    let more = seq.next_element_seed(self.again())?.is_some();
                    self.at.pop();
                    if !more {
                        break;
                    }
                }
            }
        }
        if enter != Enter::Skip {
            self.sink.leave(self.at, Container::Array);
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        if self.told.enter(self.sink, self.at, Container::Object) == Enter::Skip {
            while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            return Ok(());
        }
        let mut seen = SeenKeys::new();
        while map.next_key_seed(KeyOf(self.at))?.is_some() {
            if seen.again(self.at.last()) {
                self.told.duplicate(self.at);
            }
            map.next_value_seed(self.again())?;
            self.at.pop();
        }
        self.sink.leave(self.at, Container::Object);
        Ok(())
    }
}

/// Reads a key straight onto the pointer, so that it is copied once.
struct KeyOf<'p>(&'p mut Pointer);

impl<'de> DeserializeSeed<'de> for KeyOf<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for KeyOf<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<(), E> {
        self.0.push(key);
        Ok(())
    }
}

/// The keys of one object; a short list is searched faster than a set is made.
pub(crate) struct SeenKeys {
    few: Vec<u64>,
    many: FxHashSet<u64>,
    /// A bit for a byte of each hash: most new keys are told from all others by it.
    marks: [u64; 4],
}

impl SeenKeys {
    const FEW: usize = 128;

    pub(crate) fn new() -> Self {
        Self { few: Vec::with_capacity(64), many: FxHashSet::default(), marks: [0; 4] }
    }

    pub(crate) fn again(&mut self, key: &str) -> bool {
        let hash = rustc_hash::FxBuildHasher.hash_one(key);
        if self.many.is_empty() {
            let (word, bit) = ((hash >> 62) as usize, 1 << (hash >> 56 & 63));
            if self.marks[word] & bit != 0 && self.few.contains(&hash) {
                return true;
            }
            self.marks[word] |= bit;
            self.few.push(hash);
            if self.few.len() == Self::FEW {
                self.many = self.few.drain(..).collect();
            }
            return false;
        }
        !self.many.insert(hash)
    }
}
