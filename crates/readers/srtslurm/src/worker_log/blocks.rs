//! Finds the few lines of a stream that hold a marker, without cutting all others.

use std::io::{self, ErrorKind, Read};

use aho_corasick::{AhoCorasick, Input};

/// Bytes asked of the system at once; what stays in the cache of a core is searched fastest.
const BLOCK: usize = 256 * 1024;

/// Longest line that is held whole; a longer one is looked at in pieces of this size.
const LONGEST: usize = 1 << 20;

/// A line with a marker, without its line end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found<'b> {
    /// Number of the line, from 1.
    pub(super) number: u64,
    /// Its bytes.
    pub(super) text: &'b [u8],
    /// Whether a line end follows; the last line of a log that was cut off has none.
    pub(super) ended: bool,
}

/// What was seen of all lines.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Scanned {
    /// Number of lines.
    pub(super) lines: u64,
    /// Lines with bytes that are no text: NUL, or no UTF-8.
    pub(super) noisy: u64,
    /// The first of them.
    pub(super) first_noisy: u64,
}

/// Gives each line with a marker to `on`, in order.
pub(super) fn scan(
    mut stream: impl Read,
    markers: &AhoCorasick,
    mut on: impl FnMut(Found<'_>),
) -> io::Result<Scanned> {
    let mut buffer = vec![0; BLOCK];
    let mut end = 0;
    let mut seen = Scanned::default();
    // Whether the last byte so far belongs to a line that is not counted yet.
    let mut open = false;
    loop {
        if end == buffer.len() {
            buffer.resize(2 * end, 0);
        }
        let n = match stream.read(&mut buffer[end..]) {
            Ok(n) => n,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let fresh = end;
        end += n;
        let whole = if n == 0 {
            end
        } else {
            match memchr::memrchr(b'\n', &buffer[fresh..end]) {
                Some(at) => fresh + at + 1,
                None if end >= LONGEST => end,
                None => continue,
            }
        };
        let block = &buffer[..whole];
        noise(block, &mut seen);
        search(block, markers, &mut seen.lines, &mut on);
        open = block.last().map_or(open, |last| *last != b'\n');
        if n == 0 {
            seen.lines += u64::from(open);
            return Ok(seen);
        }
        buffer.copy_within(whole..end, 0);
        end -= whole;
    }
}

/// Counts the lines that are no text. Nearly every block is ASCII, which is told in passing.
fn noise(block: &[u8], seen: &mut Scanned) {
    let is_text = |bytes: &[u8]| {
        let utf8 = bytes.is_ascii()
            // What ends within a character may go on in the next piece of a long line.
            || std::str::from_utf8(bytes).map_or_else(|bad| bad.error_len().is_none(), |_| true);
        utf8 && memchr::memchr(0, bytes).is_none()
    };
    if is_text(block) {
        return;
    }
    for (at, line) in block.split(|b| *b == b'\n').enumerate() {
        if !is_text(line) {
            if seen.noisy == 0 {
                seen.first_noisy = seen.lines + at as u64 + 1;
            }
            seen.noisy += 1;
        }
    }
}

/// Searches whole lines; `lines` counts the line ends before and in the block.
fn search(block: &[u8], markers: &AhoCorasick, lines: &mut u64, on: &mut impl FnMut(Found<'_>)) {
    let (mut from, mut counted) = (0, 0);
    while let Some(found) = markers.find(Input::new(block).range(from..)) {
        let before = &block[from..found.start()];
        let start = memchr::memrchr(b'\n', before).map_or(from, |at| from + at + 1);
        let line_end = memchr::memchr(b'\n', &block[found.end()..]).map(|at| found.end() + at);
        let end = line_end.unwrap_or(block.len());
        *lines += line_ends(&block[counted..start]);
        counted = start;
        let text = &block[start..end];
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        on(Found { number: *lines + 1, text, ended: line_end.is_some() });
        from = end;
    }
    *lines += line_ends(&block[counted..]);
}

fn line_ends(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A stream that gives a few bytes at a time.
    struct Drip<'a>(&'a [u8], usize);

    impl Read for Drip<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let n = self.0.len().min(self.1).min(into.len());
            into[..n].copy_from_slice(&self.0[..n]);
            self.0 = &self.0[n..];
            Ok(n)
        }
    }

    fn found(text: &[u8], step: usize) -> (Vec<(u64, Vec<u8>, bool)>, u64) {
        let markers = AhoCorasick::new(["ab", "ba"]).expect("builds");
        let mut found = Vec::new();
        let on = |line: Found<'_>| found.push((line.number, line.text.to_vec(), line.ended));
        let seen = scan(Drip(text, step), &markers, on).expect("never fails");
        (found, seen.lines)
    }

    proptest! {
        #[test]
        fn the_lines_with_a_marker_whatever_the_blocks(
            text in prop::collection::vec(
                prop_oneof![Just(b'\n'), Just(b'a'), Just(b'b'), Just(b'x')],
                0..200,
            ),
            step in 1_usize..20,
        ) {
            let (seen, lines) = found(&text, step);
            let ended = memchr::memchr_iter(b'\n', &text).count();
            let mut expected = Vec::new();
            for (at, line) in text.split(|b| *b == b'\n').enumerate() {
                if line.windows(2).any(|pair| pair == b"ab" || pair == b"ba") {
                    expected.push((at as u64 + 1, line.to_vec(), at < ended));
                }
            }
            prop_assert_eq!(seen, expected);
            let open = text.last().is_some_and(|last| *last != b'\n');
            prop_assert_eq!(lines, (ended + usize::from(open)) as u64);
        }
    }

    #[test]
    fn lines_that_are_no_text_are_counted() {
        let markers = AhoCorasick::new(["ab"]).expect("builds");
        let noisy = |text: &[u8]| {
            let seen = scan(text, &markers, |_| {}).expect("never fails");
            (seen.noisy, seen.first_noisy)
        };
        assert_eq!(noisy("a\n█ 100 %\né".as_bytes()), (0, 0));
        assert_eq!(noisy(b"a\n\0\0\n\xff ab\nc\n\xe2\x96x"), (3, 2));
        // Blocks count lines one behind the other.
        let mut long = b"ab\n".repeat(BLOCK);
        long.extend_from_slice(b"\xc3(\n");
        assert_eq!(noisy(&long), (1, BLOCK as u64 + 1));
    }

    #[test]
    fn a_line_without_end_takes_bounded_memory_and_keeps_the_count() {
        let mut text = b"ab\n".to_vec();
        text.resize(3 * LONGEST, b'x');
        text.extend_from_slice(b"\nxab\r\nend");
        let (seen, lines) = found(&text, usize::MAX);
        let (first, last) = (seen.first().cloned(), seen.last().cloned());
        assert_eq!(first, Some((1, b"ab".to_vec(), true)));
        assert_eq!(last, Some((3, b"xab".to_vec(), true)));
        assert_eq!(lines, 4);
    }
}
