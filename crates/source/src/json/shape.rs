//! What a JSON text looks like at its beginning, for probes.

use super::repair::string_end;

/// The keys of the first object of a text, as far as the head shows them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shape {
    /// Whether the text is an array.
    pub is_array: bool,
    /// Text of the object.
    text: Box<[u8]>,
    keys: Vec<Member>,
}

/// A key, and its value where that is a short string; ranges of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Member {
    key: (u32, u32),
    value: Option<(u32, u32)>,
}

impl Shape {
    /// Keys looked at; a result has fewer.
    const MOST_KEYS: usize = 400;

    /// Scans the first object, or the first object of an array; `None` when the text begins with
    /// neither, and an empty shape for an array without objects in sight.
    pub fn of(head: &[u8]) -> Option<Self> {
        let (text, _) = crate::text::decode(head, false);
        let text = text.trim_ascii_start();
        let mut shape = Self::default();
        let body = match text.first()? {
            b'{' => text,
            b'[' => {
                shape.is_array = true;
                match first_object(&text[1..]) {
                    Some(object) => object,
                    None => return Some(shape),
                }
            }
            _ => return None,
        };
        shape.text = body[1..].into();
        shape.scan();
        Some(shape)
    }

    /// Whether the object has the key.
    pub fn has(&self, key: &str) -> bool {
        self.keys.iter().any(|member| self.slice(member.key) == key.as_bytes())
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
        let found = self.keys.iter().find(|member| self.slice(member.key) == key.as_bytes())?;
        std::str::from_utf8(self.slice(found.value?)).ok()
    }

    fn slice(&self, (from, to): (u32, u32)) -> &[u8] {
        &self.text[from as usize..to as usize]
    }

    fn scan(&mut self) {
        let body = &self.text;
        let mut at = 0;
        let mut depth = 0_usize;
        let mut key = None;
        while at < body.len() && self.keys.len() < Self::MOST_KEYS {
            match body[at] {
                b'"' => {
                    let end = string_end(&body[at..]);
                    if depth == 0 {
                        // A string that the head cuts off has no closing quote.
                        let inside = (at as u32 + 1, (at + end - 1).max(at + 1) as u32);
                        let inside = (inside.0.min(inside.1), inside.1.min(body.len() as u32));
                        match key.take() {
                            None => key = Some(inside),
                            Some(key) => {
                                let short = inside.1 - inside.0 <= 128;
                                let value = short.then_some(inside);
                                self.keys.push(Member { key, value });
                            }
                        }
                    }
                    at += end;
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' if depth == 0 => break,
                b'}' | b']' => depth -= 1,
                b',' if depth == 0 => {
                    if let Some(key) = key.take() {
                        self.keys.push(Member { key, value: None });
                    }
                }
                _ => {}
            }
            at += 1;
        }
        if let Some(key) = key {
            self.keys.push(Member { key, value: None });
        }
    }
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
