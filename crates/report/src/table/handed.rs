//! Rows of a text format on their way out.

use std::io::{self, Write};

/// Bytes that are handed on at once.
const BUFFER: usize = 64 << 10;

/// Rows are written into `buffer` and handed on a few at a time.
pub(super) struct Handed<'w> {
    pub(super) buffer: Vec<u8>,
    out: &'w mut (dyn Write + Send),
}

impl<'w> Handed<'w> {
    pub(super) fn to(out: &'w mut (dyn Write + Send)) -> Self {
        Self { buffer: Vec::with_capacity(BUFFER + 4096), out }
    }

    /// After each row.
    pub(super) fn row_ends(&mut self) -> io::Result<()> {
        if self.buffer.len() >= BUFFER { self.hand_on() } else { Ok(()) }
    }

    pub(super) fn finish(&mut self) -> io::Result<()> {
        self.hand_on()?;
        self.out.flush()
    }

    fn hand_on(&mut self) -> io::Result<()> {
        self.out.write_all(&self.buffer)?;
        self.buffer.clear();
        Ok(())
    }
}
