//! Streams a trace: one pass, one line in memory.

use std::io::Read;
use std::path::Path;

use inferguard_model::{Problem, ProblemCode, TraceRequest};
use inferguard_source::{Lines, limits, open_stream};

use crate::error::TraceError;
use crate::record::Record;
use crate::told::{Fault, Told};

/// What was met in a trace file, beside its requests.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TraceFile {
    /// Lines, empty ones included.
    pub lines: u64,
    /// Empty lines.
    pub blank: u64,
    /// Lines that are no request and were left out, each told in `problems` or counted there.
    pub refused: u64,
    /// Lines that are requests.
    pub requests: u64,
    /// How the requests say what to send.
    pub forms: Forms,
    /// Requests with a `delay` after the turn before.
    pub with_delay: u64,
    /// What was left out or read otherwise than written, by line.
    pub problems: Vec<Problem>,
}

/// Requests by the member that says what to send; one may have several.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Forms {
    /// `input_length`, for a prompt made up by the client.
    pub input_length: u64,
    /// `hash_ids`, for a prompt that shares blocks with others.
    pub hash_ids: u64,
    /// `text_input`.
    pub text_input: u64,
    /// `messages`.
    pub messages: u64,
    /// `payload`.
    pub payload: u64,
}

/// Reads a trace, plain or compressed with a name that ends in `.gz`, and lends each request to
/// `each`, in the order of the file.
pub fn read(path: &Path, mut each: impl FnMut(TraceRequest<'_>)) -> Result<TraceFile, TraceError> {
    scan(path, |record, line, _| {
        each(record.request(line));
        Ok(())
    })
}

/// As [`read`], with the text of each line. An error of `each` is one of writing.
pub(crate) fn scan(
    path: &Path,
    mut each: impl FnMut(&Record, u64, &[u8]) -> std::io::Result<()>,
) -> Result<TraceFile, TraceError> {
    let mut lines = Lines::new(open(path)?);
    let mut file = TraceFile::default();
    let mut told = Told::default();
    let mut record = Record::default();
    loop {
        let line = match lines.next_line() {
            Ok(Some(line)) => line,
            Ok(None) => break,
            // What was read of a damaged file is worth more than nothing.
            Err(error) if file.requests > 0 => {
                let lost = format!("cannot be read: {error}; all from here on is left out");
                let fault = Fault::member_lost(ProblemCode::Truncated, lost);
                told.line(file.lines + 1, fault);
                break;
            }
            Err(source) => return Err(TraceError::Read { path: path.to_owned(), source }),
        };
        file.lines = line.number;
        let Some(text) = line.text else {
            file.refused += 1;
            let long = format!("longer than {} MiB", limits::LINE_BYTES >> 20);
            told.line(line.number, Fault::line_lost(ProblemCode::Limit, long));
            continue;
        };
        if line.number == 1 {
            check_encoding(path, text)?;
        }
        if text.trim_ascii().is_empty() {
            file.blank += 1;
            continue;
        }
        match record.parse(text) {
            Ok(()) => {
                file.count(&record);
                each(&record, line.number, text)
                    .map_err(|source| TraceError::Write { path: path.to_owned(), source })?;
            }
            Err(mut fault) => {
                file.refused += 1;
                if !line.ended && fault.code == ProblemCode::Truncated {
                    fault.message.push_str(" (the file is cut off, or is still being written)");
                }
                told.line(line.number, fault);
            }
        }
        for fault in record.faults.drain(..) {
            told.line(line.number, fault);
        }
    }
    if file.requests == 0 {
        let first = told.into_first();
        return Err(TraceError::NoRequest { path: path.to_owned(), lines: file.lines, first });
    }
    file.problems = told.into_problems();
    Ok(file)
}

impl TraceFile {
    fn count(&mut self, record: &Record) {
        let request = record.request(0);
        self.requests += 1;
        self.with_delay += u64::from(record.has_delay);
        self.forms.input_length += u64::from(request.input_tokens.is_some());
        self.forms.hash_ids += u64::from(request.blocks.is_some());
        self.forms.text_input += u64::from(record.has_text);
        self.forms.messages += u64::from(record.has_messages);
        self.forms.payload += u64::from(record.has_payload);
    }
}

fn open(path: &Path) -> Result<Box<dyn Read + Send>, TraceError> {
    if path.is_dir() {
        return Err(TraceError::Folder { path: path.to_owned() });
    }
    open_stream(path).map_err(|source| TraceError::Read { path: path.to_owned(), source })
}

fn check_encoding(path: &Path, first_line: &[u8]) -> Result<(), TraceError> {
    let (found, remedy) = match first_line {
        [0x1f, 0x8b, ..] => ("compressed with gzip", "give it a name that ends in .gz"),
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] | [0, _, ..] | [_, 0, ..] => {
            ("not UTF-8 (UTF-16?)", "convert it to UTF-8")
        }
        _ => return Ok(()),
    };
    Err(TraceError::Encoding { path: path.to_owned(), found, remedy })
}
