//! The place of a value in a document.

use std::fmt::Write;

/// A JSON pointer (RFC 6901) that grows and shrinks as a document is walked.
#[derive(Debug, Default)]
pub struct Pointer {
    text: String,
    starts: Vec<usize>,
}

impl Pointer {
    /// The pointer as text, such as `/request_metrics/latency`; empty for the whole document.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The last part: the key or index of the value itself.
    pub fn last(&self) -> &str {
        self.starts.last().map_or("", |start| &self.text[*start..])
    }

    /// How many containers the value lies in.
    pub fn depth(&self) -> usize {
        self.starts.len()
    }

    pub(crate) fn push(&mut self, key: &str) {
        self.text.push('/');
        self.starts.push(self.text.len());
        // Keys are short: a plain loop is done before a vectorized search has begun.
        if key.bytes().any(|byte| matches!(byte, b'~' | b'/')) {
            for c in key.chars() {
                match c {
                    '~' => self.text.push_str("~0"),
                    '/' => self.text.push_str("~1"),
                    c => self.text.push(c),
                }
            }
        } else {
            self.text.push_str(key);
        }
    }

    pub(crate) fn push_index(&mut self, index: usize) {
        self.text.push('/');
        self.starts.push(self.text.len());
        write!(self.text, "{index}").expect("a string takes any text");
    }

    pub(crate) fn pop(&mut self) {
        if let Some(start) = self.starts.pop() {
            self.text.truncate(start - 1);
        }
    }
}
