//! The lines of a byte range, read in blocks into one buffer.

use std::fs::File;
use std::io::{self, Read};

use super::LINE_BYTES;
use super::fault::Place;

/// Bytes read at once. A block is parsed while it is still in the cache of its core.
const BLOCK: usize = 256 << 10;

/// Bytes read at once beyond a range, for the end of its last line.
const BEYOND: usize = 64 << 10;

/// A line without its end.
#[derive(Clone, Copy)]
pub(super) struct Line<'a> {
    pub(super) bytes: &'a [u8],
    /// Counted from the beginning of the range.
    pub(super) place: Place,
    /// Whether a line end follows.
    pub(super) ended: bool,
    /// Longer than [`LINE_BYTES`]; the bytes are not there.
    pub(super) too_long: bool,
}

/// Lines that begin in a range of a file, or all lines of a stream.
pub(super) struct Lines<R> {
    reader: R,
    buffer: Vec<u8>,
    /// What of the buffer is read and not yet given out.
    begin: usize,
    end: usize,
    /// Place of `begin` in the file.
    offset: u64,
    /// A line that begins here or later is another range's.
    stop: u64,
    count: u64,
}

impl<R: Read> Lines<R> {
    /// All lines of a stream.
    pub(super) fn of_stream(reader: R) -> Self {
        Self::new(reader, 0, u64::MAX)
    }

    fn new(reader: R, offset: u64, stop: u64) -> Self {
        Self { reader, buffer: vec![0; BLOCK], begin: 0, end: 0, offset, stop, count: 0 }
    }

    /// Lines that were begun.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// Place of the next line in the file.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// What of the next lines is in the buffer already, which may end within one, and the place of
    /// the first; nothing at the end.
    pub(super) fn ahead(&self) -> (&[u8], Place) {
        let held = if self.offset < self.stop { self.begin..self.end } else { 0..0 };
        (&self.buffer[held], Place { line: self.count + 1, offset: self.offset })
    }

    /// Moves behind a line of this length and its end, which somebody found in
    /// [`ahead`](Self::ahead).
    pub(super) fn pass(&mut self, length: usize) {
        let is_return = self.buffer.get(self.begin + length) == Some(&b'\r');
        self.advance(length + usize::from(is_return), true);
    }

    /// The next line; `None` at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Line<'_>>> {
        if self.offset >= self.stop {
            return Ok(None);
        }
        let mut searched = 0;
        loop {
            let unsearched = &self.buffer[self.begin + searched..self.end];
            if let Some(length) = memchr::memchr(b'\n', unsearched) {
                return Ok(Some(self.give(searched + length, true)));
            }
            searched = self.end - self.begin;
            if searched > LINE_BYTES {
                return self.skip().map(Some);
            }
            if self.fill()? == 0 {
                return Ok((searched > 0).then(|| self.give(searched, false)));
            }
        }
    }

    fn give(&mut self, length: usize, ended: bool) -> Line<'_> {
        let from = self.begin;
        let place = self.advance(length, ended);
        // The mark that some editors put before the first line.
        let marked = place.offset == 0 && self.buffer[from..].starts_with(b"\xEF\xBB\xBF");
        let bytes = &self.buffer[from + if marked { 3.min(length) } else { 0 }..from + length];
        Line { bytes, place, ended, too_long: false }
    }

    /// Moves behind a line and returns its place.
    fn advance(&mut self, length: usize, ended: bool) -> Place {
        self.count += 1;
        let place = Place { line: self.count, offset: self.offset };
        let taken = length + usize::from(ended);
        self.begin += taken;
        self.offset += taken as u64;
        place
    }

    /// Passes over a line that is too long, of which the buffer holds the beginning.
    fn skip(&mut self) -> io::Result<Line<'_>> {
        let place = self.advance(self.end - self.begin, false);
        loop {
            if self.fill()? == 0 {
                return Ok(Line { bytes: &[], place, ended: false, too_long: true });
            }
            let found = memchr::memchr(b'\n', &self.buffer[self.begin..self.end]);
            let taken = found.map_or(self.end - self.begin, |length| length + 1);
            self.begin += taken;
            self.offset += taken as u64;
            if found.is_some() {
                return Ok(Line { bytes: &[], place, ended: true, too_long: true });
            }
        }
    }

    /// Reads on behind what the buffer holds and returns how much it was.
    fn fill(&mut self) -> io::Result<usize> {
        self.buffer.copy_within(self.begin..self.end, 0);
        self.end -= self.begin;
        self.begin = 0;
        if self.end == self.buffer.len() {
            // A line that does not fit; one byte more than the longest shows that one is longer.
            self.buffer.resize((2 * self.end).min(LINE_BYTES + 1), 0);
        }
        loop {
            match self.reader.read(&mut self.buffer[self.end..]) {
                Ok(read) => {
                    self.end += read;
                    return Ok(read);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

impl<'f> Lines<RangeReader<'f>> {
    /// The lines that begin from `from` on and before `to`.
    pub(super) fn of_range(mut reader: RangeReader<'f>, from: u64, to: u64) -> Self {
        if from == 0 {
            return Self::new(reader, 0, to);
        }
        // A line begins at `from` when the byte before it ends one; else the first line end is
        // that of a line of the range before.
        reader.at -= 1;
        let mut lines = Self::new(reader, from - 1, to);
        // An error is met again, and told, by the first line that is asked for.
        let _ = lines.next();
        lines.count = 0;
        lines
    }
}

/// Reads a range of a file, and beyond it what the last line needs, without moving its cursor.
pub(super) struct RangeReader<'f> {
    file: &'f File,
    at: u64,
    /// End of the range.
    to: u64,
    /// End of the file when reading began: what was added since is not read, so that all threads
    /// see one file.
    size: u64,
}

impl<'f> RangeReader<'f> {
    pub(super) fn new(file: &'f File, from: u64, to: u64, size: u64) -> Self {
        Self { file, at: from, to, size }
    }
}

impl Read for RangeReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let wanted = if self.at < self.to { self.to - self.at } else { BEYOND as u64 };
        let wanted = wanted.min(self.size - self.at).min(buffer.len() as u64) as usize;
        let read = read_at(self.file, &mut buffer[..wanted], self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

#[cfg(unix)]
fn read_at(file: &File, buffer: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, at)
}

#[cfg(windows)]
fn read_at(file: &File, buffer: &mut [u8], at: u64) -> io::Result<usize> {
    // Moves the cursor of the file, which nobody here relies on.
    std::os::windows::fs::FileExt::seek_read(file, buffer, at)
}
