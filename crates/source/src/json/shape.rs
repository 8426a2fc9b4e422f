//! What a JSON text looks like at its beginning, for probes.

use std::borrow::Cow;

use super::quick::plain_length;
use super::repair::string_end;
use crate::lanes::{equal, first};

/// The keys of the first object of a text, as far as the head shows them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shape<'t> {
    /// Whether the text is an array.
    pub is_array: bool,
    text: Cow<'t, [u8]>,
    keys: Vec<Member>,
    /// A bit for each key, by [`mark`]: readers ask for a hundred keys, and most are absent.
    marks: [u64; 4],
}

/// A key, and its value where that is a short string; ranges of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Member {
    key: (u32, u32),
    value: Option<(u32, u32)>,
}

impl<'t> Shape<'t> {
    /// Keys looked at; a result has fewer.
    const MOST_KEYS: usize = 400;

    /// Longest string value that is noted.
    const SHORT: u32 = 128;

    /// Scans the first object, or the first object of an array; `None` when the text begins with
    /// neither, and an empty shape for an array without objects in sight.
    pub fn of(head: &'t [u8]) -> Option<Self> {
        let (text, _) = crate::text::decode(head, false);
        let mut shape = Self { text, ..Self::default() };
        let begin = shape.text.trim_ascii_start();
        let object = match begin.first()? {
            b'{' => Some(begin),
            b'[' => {
                shape.is_array = true;
                first_object(&begin[1..])
            }
            _ => return None,
        };
        if let Some(object) = object {
            shape.scan(shape.text.len() - object.len() + 1);
        }
        Some(shape)
    }

    /// Whether the object has the key.
    pub fn has(&self, key: &str) -> bool {
        self.find(key).is_some()
    }

    /// Whether the object has any of the keys.
    pub fn has_any(&self, keys: &[&str]) -> bool {
        keys.iter().any(|key| self.has(key))
    }

    /// Whether the object has all of the keys.
    pub fn has_all(&self, keys: &[&str]) -> bool {
        keys.iter().all(|key| self.has(key))
    }

    /// The value of a key that holds a short string without escapes.
    pub fn text(&self, key: &str) -> Option<&str> {
        std::str::from_utf8(self.slice(self.find(key)?.value?)).ok()
    }

    fn find(&self, key: &str) -> Option<&Member> {
        let (word, bit) = mark(key.as_bytes());
        if self.marks[word] & bit == 0 {
            return None;
        }
        self.keys.iter().find(|member| {
            let (from, to) = member.key;
            // Most keys are of another length.
            (to - from) as usize == key.len() && self.slice(member.key) == key.as_bytes()
        })
    }

    fn slice(&self, (from, to): (u32, u32)) -> &[u8] {
        &self.text[from as usize..to as usize]
    }

    /// Notes key after key of the object that is open at `at`; values that are containers are passed
    /// over.
    fn scan(&mut self, mut at: usize) {
        self.keys.reserve(64);
        let body = &*self.text;
        while self.keys.len() < Self::MOST_KEYS {
            at += space(&body[at..]);
            if body.get(at) != Some(&b'"') {
                break;
            }
            let (key, after) = string(body, at);
            let (word, bit) = mark(&body[key.0 as usize..key.1 as usize]);
            self.marks[word] |= bit;
            at = after;
            // Nothing but a colon stands before the value.
            at += space(&body[at..]);
            if body.get(at) == Some(&b':') {
                at += 1;
                at += space(&body[at..]);
            }
            let value = match body.get(at) {
                Some(b'"') => {
                    let (value, after) = string(body, at);
                    at = after;
                    Some(value).filter(|(from, to)| to - from <= Self::SHORT)
                }
                Some(b'{' | b'[') => {
                    at += container_end(&body[at..]);
                    None
                }
                _ => None,
            };
            self.keys.push(Member { key, value });
            // A short way, for which a search by more bytes at a time does not pay.
            let marks = |word| equal(word, b',') | equal(word, b'}');
            at += first(&body[at..], marks, |byte| matches!(byte, b',' | b'}'));
            if body.get(at) != Some(&b',') {
                break;
            }
            at += 1;
        }
    }
}

/// The place of a key among the marks, from its length and ends.
fn mark(key: &[u8]) -> (usize, u64) {
    let end = |byte: Option<&u8>| byte.copied().map_or(0, usize::from);
    let place = key.len() + 7 * end(key.first()) + 31 * end(key.last());
    (place / 64 % 4, 1 << (place % 64))
}

/// Length of the white space at the start.
fn space(rest: &[u8]) -> usize {
    rest.iter().take_while(|byte| matches!(byte, b' ' | b'\n' | b'\r' | b'\t')).count()
}

/// Range of a string's text without its quotes, and where it ends; one that the head cuts off has
/// no closing quote.
fn string(body: &[u8], at: usize) -> ((u32, u32), usize) {
    let plain = at + 1 + plain_length(&body[at + 1..]);
    if body.get(plain) == Some(&b'"') {
        return (((at + 1) as u32, plain as u32), plain + 1);
    }
    let end = at + string_end(&body[at..]);
    let closed = end > at + 1 && body[end - 1] == b'"';
    let to = if closed { end - 1 } else { end };
    (((at + 1).min(to) as u32, to as u32), end)
}

/// Length of the object or array at the start, or of what the head shows of it.
fn container_end(rest: &[u8]) -> usize {
    let (mut at, mut depth) = (0, 0_usize);
    while at < rest.len() {
        match rest[at] {
            b'"' => {
                at += string_end(&rest[at..]);
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
        at += 1;
    }
    rest.len()
}

/// The first object among the elements of an array.
fn first_object(mut rest: &[u8]) -> Option<&[u8]> {
    loop {
        match rest.first()? {
            b'{' => return Some(rest),
            b'"' => rest = &rest[string_end(rest)..],
            // A nested array holds no rows.
            b'[' | b']' => return None,
            _ => rest = &rest[1..],
        }
    }
}
