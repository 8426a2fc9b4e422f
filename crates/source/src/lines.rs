//! Lines of a stream, with bounded memory: for files that are too large to be read whole.

use std::io::{ErrorKind, Read, Result};

use crate::limits;

/// Bytes asked of the system at once.
const BLOCK: usize = 1 << 20;

/// Cuts a stream into lines; only the longest line is ever in memory.
pub struct Lines<R> {
    stream: R,
    buffer: Vec<u8>,
    /// The part of the buffer that holds what was read and not yet given out.
    start: usize,
    end: usize,
    number: u64,
    longest: usize,
}

/// One line, without its line end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'a> {
    /// Number of the line, from 1.
    pub number: u64,
    /// Its bytes; `None` when it is longer than [`limits::LINE_BYTES`].
    pub text: Option<&'a [u8]>,
    /// Whether a line end follows; the last line of a file that was cut off has none.
    pub ended: bool,
}

impl<R: Read> Lines<R> {
    /// Lines of up to [`limits::LINE_BYTES`]; a byte order mark at the start is left out.
    pub fn new(stream: R) -> Self {
        Self::with_longest(stream, limits::LINE_BYTES)
    }

    fn with_longest(stream: R, longest: usize) -> Self {
        Self { stream, buffer: Vec::new(), start: 0, end: 0, number: 0, longest }
    }

    /// The next line; `None` at the end of the stream.
    pub fn next_line(&mut self) -> Result<Option<Line<'_>>> {
        let mut searched = 0;
        loop {
            let held = &self.buffer[self.start..self.end];
            let found = memchr::memchr(b'\n', &held[searched..]).map(|at| searched + at);
            if let Some(length) = found.filter(|length| *length <= self.longest) {
                return Ok(Some(self.take(length, true)));
            }
            if found.is_some() || held.len() > self.longest {
                return self.pass_over().map(Some);
            }
            searched = held.len();
            if self.fill()? == 0 {
                return Ok((searched > 0).then(|| self.take(searched, false)));
            }
        }
    }

    fn take(&mut self, length: usize, ended: bool) -> Line<'_> {
        let from = self.start;
        self.start += length + usize::from(ended);
        self.number += 1;
        let mut text = &self.buffer[from..from + length];
        if self.number == 1 {
            text = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text);
        }
        Line { number: self.number, text: Some(text.strip_suffix(b"\r").unwrap_or(text)), ended }
    }

    /// Leaves out a line that is too long, without keeping it.
    fn pass_over(&mut self) -> Result<Line<'_>> {
        self.number += 1;
        let ended = loop {
            if let Some(at) = memchr::memchr(b'\n', &self.buffer[self.start..self.end]) {
                self.start += at + 1;
                break true;
            }
            self.start = self.end;
            if self.fill()? == 0 {
                break false;
            }
        };
        Ok(Line { number: self.number, text: None, ended })
    }

    /// Reads more behind what is held; 0 at the end of the stream.
    fn fill(&mut self) -> Result<usize> {
        self.buffer.copy_within(self.start..self.end, 0);
        (self.start, self.end) = (0, self.end - self.start);
        if self.buffer.len() < self.end + BLOCK {
            // Doubled, so that a long line is not copied over and over.
            self.buffer.resize((2 * self.end).max(BLOCK), 0);
        }
        loop {
            match self.stream.read(&mut self.buffer[self.end..]) {
                Ok(n) => {
                    self.end += n;
                    return Ok(n);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A stream that gives a few bytes at a time.
    struct Drip<'a>(&'a [u8], usize);

    impl Read for Drip<'_> {
        fn read(&mut self, into: &mut [u8]) -> Result<usize> {
            let n = self.0.len().min(self.1).min(into.len());
            into[..n].copy_from_slice(&self.0[..n]);
            self.0 = &self.0[n..];
            Ok(n)
        }
    }

    fn all(text: &[u8], step: usize, longest: usize) -> Vec<(u64, Option<Vec<u8>>, bool)> {
        let mut lines = Lines::with_longest(Drip(text, step), longest);
        let mut found = Vec::new();
        while let Some(line) = lines.next_line().expect("never fails") {
            found.push((line.number, line.text.map(<[u8]>::to_vec), line.ended));
        }
        found
    }

    #[test]
    fn line_ends_marks_and_long_lines() {
        let text = b"\xEF\xBB\xBFone\r\n\ntwelve bytes\nsix by\nend";
        for step in [1, 2, 5, 100] {
            let found = all(text, step, 6);
            let line = |n, text: &str, ended| (n, Some(text.as_bytes().to_vec()), ended);
            // The first line counts its mark and carriage return.
            assert_eq!(found[0], (1, None, true));
            assert_eq!(found[1], line(2, "", true));
            assert_eq!(found[2], (3, None, true));
            assert_eq!(found[3..], [line(4, "six by", true), line(5, "end", false)]);
        }
        assert_eq!(all(text, 100, 99)[0], (1, Some(b"one".to_vec()), true));
        assert_eq!(all(b"longer than that", 3, 6), [(1, None, false)]);
        assert_eq!(all(b"", 1, 6), []);
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_nothing_is_twice(
            text in prop::collection::vec(prop_oneof![Just(b'\n'), Just(b'x'), Just(b'y')], 0..200),
            step in 1_usize..9,
        ) {
            let mut joined = Vec::new();
            for (_, line, ended) in all(&text, step, 1000) {
                joined.extend(line.expect("no line is too long"));
                if ended {
                    joined.push(b'\n');
                }
            }
            prop_assert_eq!(joined, text);
        }
    }
}
