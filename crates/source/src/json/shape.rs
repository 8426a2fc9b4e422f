//! What a JSON text looks like at its beginning, for probes.

use super::repair::string_end;

/// The keys of the first object of a text, as far as the head shows them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shape {
    /// Whether the text is an array.
    pub is_array: bool,
    keys: Vec<(String, Option<String>)>,
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
        shape.scan(&body[1..]);
        Some(shape)
    }

    /// Whether the object has the key.
    pub fn has(&self, key: &str) -> bool {
        self.keys.iter().any(|(name, _)| name == key)
    }

    /// Whether the object has any of the keys.
    pub fn has_any(&self, keys: &[&str]) -> bool {
        keys.iter().any(|key| self.has(key))
    }

    /// Whether the object has all of the keys.
    pub fn has_all(&self, keys: &[&str]) -> bool {
        keys.iter().all(|key| self.has(key))
    }

    /// Whether any key satisfies the test.
    pub fn any_key(&self, test: impl Fn(&str) -> bool) -> bool {
        self.keys.iter().any(|(key, _)| test(key))
    }

    /// The value of a key that holds a short string without escapes.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.keys.iter().find(|(name, _)| name == key).and_then(|(_, value)| value.as_deref())
    }

    fn scan(&mut self, body: &[u8]) {
        let mut at = 0;
        let mut depth = 0_usize;
        let mut key: Option<String> = None;
        while at < body.len() && self.keys.len() < Self::MOST_KEYS {
            match body[at] {
                b'"' => {
                    let end = string_end(&body[at..]);
                    if depth == 0 {
                        let inside = &body[at + 1..(at + end).saturating_sub(1).max(at + 1)];
                        let text = String::from_utf8_lossy(inside);
                        match key.take() {
                            None => key = Some(text.into_owned()),
                            Some(name) => {
                                let short = (inside.len() <= 128).then(|| text.into_owned());
                                self.keys.push((name, short));
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
                    if let Some(name) = key.take() {
                        self.keys.push((name, None));
                    }
                }
                _ => {}
            }
            at += 1;
        }
        if let Some(name) = key {
            self.keys.push((name, None));
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
