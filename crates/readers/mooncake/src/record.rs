//! One line of a trace, parsed into a record that is used again for the next.
//!
//! Members as the Mooncake project publishes them (`traces/*.jsonl`) and as AIPerf reads them
//! (`aiperf/common/models/dataset_models.py`, `MooncakeTrace`, 0.5 to 0.13).

use std::fmt;

use inferguard_model::{ProblemCode, TraceRequest};
use inferguard_source::coerce;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;

use crate::told::Fault;

/// Milliseconds beyond which a timestamp is no time: the year 2096 as an epoch.
const LAST_MS: f64 = 4e12;

/// What a line holds.
#[derive(Debug, Default)]
pub(crate) struct Record {
    pub(crate) at_ns: Option<i64>,
    pub(crate) input_tokens: Option<u32>,
    pub(crate) output_tokens: Option<u32>,
    blocks: Vec<u64>,
    has_blocks: bool,
    session: String,
    has_session: bool,
    pub(crate) has_delay: bool,
    pub(crate) has_text: bool,
    pub(crate) has_messages: bool,
    pub(crate) has_payload: bool,
    seen: [bool; MEMBERS.len()],
    pub(crate) faults: Vec<Fault>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Member {
    Timestamp,
    InputLength,
    OutputLength,
    HashIds,
    SessionId,
    Delay,
    TextInput,
    Messages,
    Payload,
}

const MEMBERS: [(&str, Member); 9] = [
    ("timestamp", Member::Timestamp),
    ("input_length", Member::InputLength),
    ("output_length", Member::OutputLength),
    ("hash_ids", Member::HashIds),
    ("session_id", Member::SessionId),
    ("delay", Member::Delay),
    ("text_input", Member::TextInput),
    ("messages", Member::Messages),
    ("payload", Member::Payload),
];

impl Record {
    /// Reads a line; what was noticed is in `faults`. An error means that the line is lost.
    pub(crate) fn parse(&mut self, line: &[u8]) -> Result<(), Fault> {
        self.clear();
        let line = std::str::from_utf8(line).map_err(|error| {
            let told = format!("not UTF-8 from byte {} on", error.valid_up_to() + 1);
            Fault::line_lost(ProblemCode::Encoding, told)
        })?;
        let mut deserializer = serde_json::Deserializer::from_str(line);
        let parsed = deserializer.deserialize_map(&mut *self).and_then(|()| deserializer.end());
        parsed.map_err(|error| {
            let column = error.column();
            match error.classify() {
                Category::Eof => {
                    let told = format!("not complete JSON: the line ends at column {column}");
                    Fault::line_lost(ProblemCode::Truncated, told)
                }
                // The parser would quote the value, which may be a prompt.
                Category::Data => Fault::line_lost(ProblemCode::Malformed, "no JSON object"),
                Category::Syntax | Category::Io => {
                    // The words of the parser end with its line, which is always 1 here.
                    let told = error.to_string();
                    let told = told.split(" at line ").next().unwrap_or_default();
                    let told = format!("not valid JSON: {told} at column {column}");
                    Fault::line_lost(ProblemCode::Malformed, told)
                }
            }
        })?;
        let forms = [
            self.input_tokens.is_some() || self.has_blocks,
            self.has_text,
            self.has_messages,
            self.has_payload,
        ];
        match forms.into_iter().filter(|form| *form).count() {
            0 => {
                let told = "no usable input_length, text_input, messages or payload: not a request";
                return Err(Fault::line_lost(ProblemCode::Malformed, told));
            }
            1 => {}
            _ => {
                let told = "more than one of input_length, text_input, messages and payload; \
                            a replay may refuse it";
                self.faults.push(Fault::bent(ProblemCode::Conflict, told));
            }
        }
        Ok(())
    }

    /// The record as others see it.
    pub(crate) fn request(&self, line: u64) -> TraceRequest<'_> {
        TraceRequest {
            line,
            at_ns: self.at_ns,
            input_tokens: self.input_tokens,
            output_tokens: self.output_tokens,
            blocks: self.has_blocks.then_some(&self.blocks[..]),
            session: self.session(),
        }
    }

    pub(crate) fn session(&self) -> Option<&str> {
        self.has_session.then_some(&self.session[..])
    }

    fn clear(&mut self) {
        let (mut blocks, mut session) =
            (std::mem::take(&mut self.blocks), std::mem::take(&mut self.session));
        blocks.clear();
        session.clear();
        *self = Self { blocks, session, ..Self::default() };
    }

    fn lost(&mut self, member: &str, told: impl fmt::Display) {
        let told = format!("`{member}` is {told}; it is left out");
        self.faults.push(Fault::member_lost(ProblemCode::NotANumber, told));
    }

    /// A finite number; `None` with a fault where there is none.
    fn number(&mut self, member: &str, value: Scalar) -> Option<f64> {
        match value {
            Scalar::Null => None,
            Scalar::Int(n) => Some(n as f64),
            Scalar::Float(x) => Some(x),
            Scalar::Text(text) => {
                let number = coerce::parse_number(text.as_bytes()).filter(|x| x.is_finite());
                match number {
                    Some(_) => {
                        let told = format!("`{member}` is a number written as a string");
                        self.faults.push(Fault::bent(ProblemCode::Coerced, told));
                    }
                    None => self.lost(member, "no finite number"),
                }
                number
            }
            Scalar::Other => {
                self.lost(member, "no number");
                None
            }
        }
    }

    fn time(&mut self, value: Scalar) {
        // Whole milliseconds stay exact.
        if let Scalar::Int(ms) = value
            && (ms as f64).abs() <= LAST_MS
        {
            self.at_ns = Some(ms * 1_000_000);
            return;
        }
        let Some(ms) = self.number("timestamp", value) else { return };
        if ms.abs() <= LAST_MS {
            self.at_ns = Some((ms * 1e6).round() as i64);
        } else {
            self.lost("timestamp", format_args!("{ms:e} ms, which is no time"));
        }
    }

    fn tokens(&mut self, member: &str, value: Scalar) -> Option<u32> {
        let n = self.number(member, value)?;
        if n.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&n) {
            return Some(n as u32);
        }
        self.lost(member, format_args!("{n}, which is no number of tokens"));
        None
    }

    fn member<'de, A: MapAccess<'de>>(
        &mut self,
        member: Member,
        map: &mut A,
    ) -> Result<(), A::Error> {
        match member {
            Member::Timestamp => {
                let value = map.next_value_seed(AnyScalar)?;
                self.at_ns = None;
                self.time(value);
            }
            Member::InputLength => {
                let value = map.next_value_seed(AnyScalar)?;
                self.input_tokens = self.tokens("input_length", value);
            }
            Member::OutputLength => {
                let value = map.next_value_seed(AnyScalar)?;
                self.output_tokens = self.tokens("output_length", value);
            }
            Member::HashIds => {
                let ids = map.next_value_seed(Ids(&mut self.blocks))?;
                self.has_blocks = ids == IdsFound::All;
                if ids == IdsFound::Odd {
                    self.lost("hash_ids", "no list of whole numbers");
                }
            }
            Member::SessionId => match map.next_value_seed(AnyScalar)? {
                Scalar::Null => self.has_session = false,
                Scalar::Text(text) => (self.session, self.has_session) = (text, true),
                Scalar::Int(n) => (self.session, self.has_session) = (n.to_string(), true),
                Scalar::Float(_) | Scalar::Other => self.lost("session_id", "no text"),
            },
            Member::Delay => self.has_delay = map.next_value_seed(Presence)?,
            Member::TextInput => self.has_text = map.next_value_seed(Presence)?,
            Member::Messages => self.has_messages = map.next_value_seed(Presence)?,
            Member::Payload => self.has_payload = map.next_value_seed(Presence)?,
        }
        Ok(())
    }
}

impl<'de> Visitor<'de> for &mut Record {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(member) = map.next_key_seed(KnownMember)? {
            let Some(member) = member else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            if std::mem::replace(&mut self.seen[member as usize], true) {
                let name = MEMBERS[member as usize].0;
                let told = format!("`{name}` stands twice; the last value is used");
                self.faults.push(Fault::member_lost(ProblemCode::DuplicateKey, told));
            }
            self.member(member, &mut map)?;
        }
        Ok(())
    }
}

struct KnownMember;

impl<'de> DeserializeSeed<'de> for KnownMember {
    type Value = Option<Member>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for KnownMember {
    type Value = Option<Member>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<Self::Value, E> {
        Ok(MEMBERS.iter().find(|(name, _)| *name == key).map(|(_, member)| *member))
    }
}

/// A scalar as written; texts are short here, since prompts are never asked for.
enum Scalar {
    Null,
    Int(i64),
    Float(f64),
    Text(String),
    Other,
}

struct AnyScalar;

impl<'de> DeserializeSeed<'de> for AnyScalar {
    type Value = Scalar;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Scalar, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for AnyScalar {
    type Value = Scalar;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E: Error>(self) -> Result<Scalar, E> {
        Ok(Scalar::Null)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Scalar, E> {
        Ok(Scalar::Int(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Scalar, E> {
        Ok(i64::try_from(value).map_or(Scalar::Float(value as f64), Scalar::Int))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Scalar, E> {
        Ok(Scalar::Float(value))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Scalar, E> {
        Ok(Scalar::Text(value.to_owned()))
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Scalar, E> {
        Ok(Scalar::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Scalar, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Scalar::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Scalar, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Scalar::Other)
    }
}

/// Whether a member holds anything; what it holds is passed over.
struct Presence;

impl<'de> DeserializeSeed<'de> for Presence {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        struct Any;
        impl<'de> serde::Deserialize<'de> for Any {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_ignored_any(IgnoredAny).map(|_| Self)
            }
        }
        Ok(<Option<Any> as serde::Deserialize>::deserialize(deserializer)?.is_some())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum IdsFound {
    None,
    All,
    Odd,
}

/// Appends the ids of a list.
struct Ids<'a>(&'a mut Vec<u64>);

impl<'de> DeserializeSeed<'de> for Ids<'_> {
    type Value = IdsFound;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<IdsFound, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Ids<'_> {
    type Value = IdsFound;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of hash ids")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<IdsFound, A::Error> {
        self.0.clear();
        let mut found = IdsFound::All;
        while let Some(id) = seq.next_element_seed(AnyId)? {
            match id {
                Some(id) => self.0.push(id),
                None => found = IdsFound::Odd,
            }
        }
        Ok(found)
    }

    fn visit_unit<E: Error>(self) -> Result<IdsFound, E> {
        Ok(IdsFound::None)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<IdsFound, E> {
        Ok(IdsFound::Odd)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<IdsFound, E> {
        Ok(IdsFound::Odd)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<IdsFound, E> {
        Ok(IdsFound::Odd)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<IdsFound, E> {
        Ok(IdsFound::Odd)
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<IdsFound, E> {
        Ok(IdsFound::Odd)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<IdsFound, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(IdsFound::Odd)
    }
}

/// A hash id; signed ones, as Python's `hash` gives, keep their bits.
struct AnyId;

impl<'de> DeserializeSeed<'de> for AnyId {
    type Value = Option<u64>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for AnyId {
    type Value = Option<u64>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a hash id")
    }

    fn visit_u64<E: Error>(self, id: u64) -> Result<Self::Value, E> {
        Ok(Some(id))
    }

    fn visit_i64<E: Error>(self, id: i64) -> Result<Self::Value, E> {
        Ok(Some(id as u64))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }
}
