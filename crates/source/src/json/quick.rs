//! Walks JSON as programs write it, faster than the general parser.
//!
//! What it does not know for sure, damaged or merely rare, ends it without a reason: then
//! [`walk`](super::walk::walk) reads the text from its beginning, whose reading is the rule for both.

use std::borrow::Cow;

use inferguard_model::Problem;
use serde::de::IgnoredAny;

use super::repair::string_end;
use super::walk::{SeenKeys, Told};
use super::{Container, Enter, JsonScalar, Pointer, Sink};
use crate::lanes::{below, equal, first};
use crate::limits;

/// Walks exactly one document as [`walk`](super::walk::walk) does; `None` when that has to do it.
pub(super) fn walk(text: &[u8], sink: &mut impl Sink, problems: &mut Vec<Problem>) -> Option<()> {
    let text = std::str::from_utf8(text).ok()?;
    let mut told = Told::new(problems);
    let mut at = Pointer::default();
    let mut quick = Quick { text, next: 0, nested: 0, sink, at: &mut at, told: &mut told };
    quick.space();
    quick.value(None)?;
    quick.space();
    let is_all = quick.next == text.len();
    told.finish();
    is_all.then_some(())
}

struct Quick<'t, 'w, 'p, S> {
    text: &'t str,
    /// Place of the next byte.
    next: usize,
    /// Containers around it, those included of which the pointer says nothing.
    nested: usize,
    sink: &'w mut S,
    at: &'w mut Pointer,
    told: &'w mut Told<'p>,
}

impl<'t, S: Sink> Quick<'t, '_, '_, S> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.next).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.next += 1;
        }
    }

    fn take(&mut self, word: &str) -> Option<()> {
        let found = self.text.as_bytes()[self.next..].starts_with(word.as_bytes());
        self.next += word.len();
        found.then_some(())
    }

    /// The value that begins here, with its key where it is a member.
    fn value(&mut self, key: Option<&str>) -> Option<()> {
        let held;
        let scalar = match self.peek()? {
            b'{' => return self.container(key, Container::Object),
            b'[' => return self.container(key, Container::Array),
            b'"' => {
                held = self.string()?;
                JsonScalar::Str(&held)
            }
            b't' => self.take("true").map(|()| JsonScalar::Bool(true))?,
            b'f' => self.take("false").map(|()| JsonScalar::Bool(false))?,
            b'n' => self.take("null").map(|()| JsonScalar::Null)?,
            _ => self.number()?,
        };
        match key {
            None => self.sink.scalar(self.at, scalar),
            Some(key) if self.sink.member(self.at, key, scalar) => {}
            Some(key) => {
                self.at.push(key);
                self.sink.scalar(self.at, scalar);
                self.at.pop();
            }
        }
        Some(())
    }

    fn container(&mut self, key: Option<&str>, container: Container) -> Option<()> {
        if let Some(key) = key {
            self.at.push(key);
        }
        let enter = self.told.enter(self.sink, self.at, container);
        if enter == Enter::Skip {
            self.skip()?;
        } else {
            if self.nested == limits::JSON_DEPTH {
                return None;
            }
            self.nested += 1;
            self.next += 1;
            self.space();
            match container {
                Container::Object => self.members()?,
                Container::Array => self.elements(enter)?,
            }
            self.nested -= 1;
            self.sink.leave(self.at, container);
        }
        if key.is_some() {
            self.at.pop();
        }
        Some(())
    }

    fn members(&mut self) -> Option<()> {
        let mut seen = SeenKeys::new();
        let mut is_first = true;
        while self.another(b'}', &mut is_first)? {
            if self.peek()? != b'"' {
                return None;
            }
            let key = self.string()?;
            if seen.again(&key) {
                self.at.push(&key);
                self.told.duplicate(self.at);
                self.at.pop();
            }
            self.space();
            self.take(":")?;
            self.space();
            self.value(Some(&key))?;
        }
        Some(())
    }

    fn elements(&mut self, enter: Enter) -> Option<()> {
        let mut is_first = true;
        let mut index = 0;
        while self.another(b']', &mut is_first)? {
            if enter == Enter::Walk {
                self.at.push_index(index);
            }
            self.value(None)?;
            if enter == Enter::Walk {
                self.at.pop();
            }
            index += 1;
        }
        Some(())
    }

    /// Whether another member or element begins here, or the container ends.
    fn another(&mut self, end: u8, is_first: &mut bool) -> Option<bool> {
        self.space();
        if self.peek()? == end {
            self.next += 1;
            return Some(false);
        }
        if !std::mem::take(is_first) {
            self.take(",")?;
            self.space();
        }
        Some(true)
    }

    /// Passes over a container, however deep it is.
    fn skip(&mut self) -> Option<()> {
        let rest = &self.text[self.next..];
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<IgnoredAny>();
        values.next()?.ok()?;
        self.next += values.byte_offset();
        Some(())
    }

    /// The string that begins here.
    fn string(&mut self) -> Option<Cow<'t, str>> {
        let from = self.next;
        let rest = &self.text.as_bytes()[from..];
        let end = 1 + plain_length(&rest[1..]);
        if *rest.get(end)? == b'"' {
            self.next += end + 1;
            return Some(Cow::Borrowed(&self.text[from + 1..from + end]));
        }
        self.next += string_end(rest);
        let written = self.text.get(from..self.next)?;
        serde_json::from_str(written).ok().map(Cow::Owned)
    }

    /// The number that begins here.
    fn number(&mut self) -> Option<JsonScalar<'static>> {
        let rest = &self.text.as_bytes()[self.next..];
        let is_digit = |at: usize| rest.get(at).is_some_and(u8::is_ascii_digit);
        let first = usize::from(rest.first() == Some(&b'-'));
        let mut whole = first;
        while is_digit(whole) {
            whole += 1;
        }
        if whole == first || (rest[first] == b'0' && whole > first + 1) {
            return None;
        }
        let is_float = match rest.get(whole) {
            // Which the parser of floats takes without a digit behind it.
            Some(b'.') if !is_digit(whole + 1) => return None,
            Some(b'.' | b'e' | b'E') => true,
            _ => &rest[..whole] == b"-0",
        };
        if is_float {
            let (value, length) = fast_float2::parse_partial::<f64, _>(rest).ok()?;
            self.next += length;
            return value.is_finite().then_some(JsonScalar::Float(value));
        }
        let written = &self.text[self.next..self.next + whole];
        self.next += whole;
        written.parse().ok().map(JsonScalar::Int)
    }
}

/// Length of what stands before the first quote, backslash or control character.
pub(super) fn plain_length(text: &[u8]) -> usize {
    let marks = |word| below(word, b' ') | equal(word, b'"') | equal(word, b'\\');
    first(text, marks, |byte| matches!(byte, ..b' ' | b'"' | b'\\'))
}
