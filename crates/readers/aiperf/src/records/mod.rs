//! `profile_export.jsonl`: one JSON object per request, in order of completion, straight into the
//! columns of a [`RequestTable`].
//!
//! Every version from 0.2 on: members that older ones write as null and newer ones leave out are
//! the same. A line without `benchmark_phase` is of the measured phase.
//!
//! # How it is read
//!
//! A file is cut into one byte range a thread, a range is read in blocks into one buffer that is
//! reused, and a line belongs to the range in which it begins (`lines`). `serde_json` reads a
//! line ([`line`]) and is the rule for what it says. In front of it stand up to four
//! `skeleton`s, learned from lines that it read: nearly all lines of a file differ in numbers and
//! identifiers only, so comparing what is fixed and checking what is not proves the same at a
//! quarter of the time, and shows on the way where the line ends. What every line says is judged in
//! one place (`columns`), whoever read it.
//!
//! Nothing depends on the number of threads: the parts are joined in the order of the file.
//!
//! # What cannot be read
//!
//! A line is refused, with the [`Fault`] counted and the first places kept, when it is no JSON, cut
//! off, longer than [`LINE_BYTES`], no record of AIPerf, or without a usable start. A *value* that
//! is there and unusable (`NaN`, a string, negative, beyond [`LONGEST_NS`]) is left out, and counted
//! in the same way: the request was made and succeeded all the same, so it stays an attempt and a
//! completion, and only the statistics of this metric go without it.

mod columns;
mod failure;
mod fault;
mod intern;
mod line;
mod lines;
mod number;
mod skeleton;
#[cfg(test)]
mod tests;
mod text;

use std::fs::File;
use std::io::{self, Read};
use std::ops::ControlFlow;

use inferguard_model::{FailureClass, RequestBatch, RequestTable};

use columns::Columns;
use line::Record;
use lines::{Line, Lines, RangeReader};
use skeleton::Skeletons;

pub use fault::{Fault, FaultCount, Place};

/// Longest line that is read; a longer one is refused. A record of 100,000 chunks has 2 MiB.
pub const LINE_BYTES: usize = 8 << 20;

/// Longest time that anything of a run may take: 31 days. A latency beyond it is no measurement,
/// and a start so far from all the others is no time of this run.
pub const LONGEST_NS: i64 = 31 * 24 * 3600 * 1_000_000_000;

/// Fewest bytes for which another thread is started.
const THREAD_BYTES: u64 = 8 << 20;

/// What to read, and how.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Most threads to use; a small file is read by one.
    pub threads: usize,
    /// Keep the gaps between chunks, which take most of the memory.
    pub gaps: bool,
    /// Keep turn, worker and conversation.
    pub groups: bool,
    /// Use the fast path. The records are the same without it.
    pub skeletons: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { threads: 1, gaps: false, groups: false, skeletons: true }
    }
}

/// The records of one file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Records {
    /// The measured phase. Of a file with ITL of another formula than TPOT, with
    /// [`RequestTable::itl`].
    pub table: RequestTable,
    /// Warm-up requests that succeeded.
    pub warmup: u64,
    /// Warm-up requests that failed.
    pub warmup_failed: u64,
    /// Records of a phase that is neither warm-up nor measured.
    pub other_phases: u64,
    /// First and last end (`request_end_ns`) of an attempt of the measured phase. An end is later
    /// than start + E2EL: it is the end of the stream, not of the content.
    pub ends_ns: Option<(i64, i64)>,
    /// Lines, blank ones included.
    pub lines: u64,
    /// What was refused or left out, and where.
    pub faults: Vec<FaultCount>,
    /// The first few starts of [`Fault::FarOff`].
    pub far_off_ns: Vec<i64>,
    /// Why reading stopped before the end.
    pub stopped: Option<String>,
    /// Size of the file when reading began, and after it, where it changed meanwhile. What was
    /// added is not read.
    pub resized: Option<(u64, u64)>,
}

impl Records {
    /// Attempts of the measured phase.
    pub fn attempts(&self) -> u64 {
        self.table.len() as u64 + self.table.failed
    }

    /// Failed attempts of a class.
    pub fn failed_as(&self, class: FailureClass) -> u64 {
        let reasons = self.table.failure_reasons.iter();
        reasons.filter(|reason| reason.class == class).map(|reason| reason.count).sum()
    }

    /// Lines that were refused.
    pub fn refused(&self) -> u64 {
        self.faults.iter().filter(|found| found.fault.is_refusal()).map(|found| found.count).sum()
    }
}

/// Reads a file of plain text from its beginning to the end that it has now.
pub fn read(file: &File, options: Options) -> io::Result<Records> {
    let size = file.metadata()?.len();
    let threads = (options.threads as u64).clamp(1, (size / THREAD_BYTES).max(1));
    let part = |n: u64| {
        // Not size * n / threads, which overflows for nobody but is easier to get wrong.
        let bound = |n: u64| if n == threads { size } else { size / threads * n };
        let (from, to) = (bound(n), bound(n + 1));
        let reader = RangeReader::new(file, from, to, size);
        read_part(Lines::of_range(reader, from, to), options)
    };
    let parts = if threads == 1 {
        vec![part(0)]
    } else {
        std::thread::scope(|scope| {
            let running: Vec<_> = (0..threads).map(|n| scope.spawn(move || part(n))).collect();
            let joined = running.into_iter().map(|thread| match thread.join() {
                Ok(part) => part,
                Err(panic) => std::panic::resume_unwind(panic),
            });
            joined.collect()
        })
    };
    let mut records = join(parts);
    let now = file.metadata()?.len();
    records.resized = (now != size).then_some((size, now));
    Ok(records)
}

/// Reads a stream, such as a decompressed one, in one thread.
pub fn read_stream(stream: impl Read, options: Options) -> Records {
    join(vec![read_part(Lines::of_stream(stream), options)])
}

/// Reads a stream in one thread and hands its requests on, so many attempts at a time, until `take`
/// says that it wants no more. What is returned has no table.
///
/// Which starts are too far off is told from the first batch, since the middle of all is known at the
/// end only; [`RequestTable::whole_ns`] is that of each batch.
pub fn read_batches(
    stream: impl Read,
    options: Options,
    attempts: usize,
    mut take: impl FnMut(RequestBatch) -> ControlFlow<()>,
) -> Records {
    let mut columns = Columns::new(options);
    let mut lines = Lines::of_stream(stream);
    let mut reader = LineReader::new(options);
    let mut middle = None;
    let stopped = loop {
        match reader.take_next(&mut lines, &mut columns) {
            Ok(true) => {}
            Ok(false) => break None,
            Err(error) => break Some(format!("at byte {}: {error}", lines.offset())),
        }
        if columns.held() >= attempts && take(columns.batch(&mut middle)).is_break() {
            break None;
        }
    };
    if columns.held() > 0 {
        // Whether more is wanted does not matter any more.
        let _ = take(columns.batch(&mut middle));
    }
    columns.counts(Records { lines: lines.count(), stopped, ..Records::default() })
}

/// What one thread read.
struct Part {
    columns: Columns,
    lines: u64,
    stopped: Option<String>,
}

fn read_part(mut lines: Lines<impl Read>, options: Options) -> Part {
    let mut columns = Columns::new(options);
    let mut reader = LineReader::new(options);
    let stopped = loop {
        match reader.take_next(&mut lines, &mut columns) {
            Ok(true) => {}
            Ok(false) => break None,
            Err(error) => break Some(format!("at byte {}: {error}", lines.offset())),
        }
    };
    Part { columns, lines: lines.count(), stopped }
}

/// Joins the parts of a file in its order.
fn join(parts: Vec<Part>) -> Records {
    let mut parts = parts.into_iter();
    let Some(mut whole) = parts.next() else { return Records::default() };
    for part in parts {
        whole.columns.append(part.columns, whole.lines);
        whole.lines += part.lines;
        whole.stopped = whole.stopped.or(part.stopped);
    }
    whole.columns.finish(Records {
        lines: whole.lines,
        stopped: whole.stopped,
        ..Records::default()
    })
}

/// Reads single lines: by a skeleton, else by `serde_json`, else by `serde_json` after a repair.
struct LineReader {
    options: Options,
    skeletons: Skeletons,
    /// Gaps of the record at hand, milliseconds.
    gaps: Vec<f64>,
}

impl LineReader {
    fn new(options: Options) -> Self {
        Self { options, skeletons: Skeletons::default(), gaps: Vec::new() }
    }

    /// Reads the next line into the columns; `false` when there is none.
    fn take_next(
        &mut self,
        lines: &mut Lines<impl Read>,
        columns: &mut Columns,
    ) -> io::Result<bool> {
        // A line that fits a skeleton shows its own end, so that nobody has to look for it.
        let (ahead, place) = lines.ahead();
        let mut record = Record::default();
        let ends = |rest: &[u8]| matches!(rest, [b'\n', ..] | [b'\r', b'\n', ..]);
        if let Some(length) = self.skeletons.read(ahead, &mut record, &mut self.gaps, ends) {
            columns.take(&record, &self.gaps, place);
            lines.pass(length);
            return Ok(true);
        }
        let Some(line) = lines.next()? else { return Ok(false) };
        self.take(line, columns);
        Ok(true)
    }

    /// Reads a line into the columns.
    fn take(&mut self, line: Line<'_>, columns: &mut Columns) {
        if line.too_long {
            return columns.fault(Fault::TooLong, line.place);
        }
        self.read(line.bytes, |read| match read {
            Ok((record, gaps)) => columns.take(record, gaps, line.place),
            Err(Fault::NotJson) if !line.ended => columns.fault(Fault::CutOff, line.place),
            Err(fault) => columns.fault(fault, line.place),
        });
    }

    /// Reads a line and hands on what it says; a blank line says nothing.
    fn read(&mut self, line: &[u8], then: impl FnOnce(Result<(&Record<'_>, &[f64]), Fault>)) {
        let line = line.trim_ascii();
        if line.is_empty() {
            return;
        }
        if self.options.skeletons {
            let mut record = Record::default();
            if self.skeletons.read(line, &mut record, &mut self.gaps, <[u8]>::is_empty).is_some() {
                return then(Ok((&record, &self.gaps)));
            }
        }
        let fault = match line::parse(line, self.options, &mut self.gaps) {
            Ok(record) => {
                if self.options.skeletons {
                    self.skeletons.learn(line, &record, &self.gaps, self.options);
                }
                return then(Ok((&record, &self.gaps)));
            }
            Err(fault) => fault,
        };
        // NaN and Infinity, as Python writes them, and numbers that no double holds.
        let repaired = (fault == Fault::NotJson)
            .then(|| inferguard_source::json::repair(line, &mut Vec::new()))
            .flatten();
        if let Some(repaired) = repaired
            && let Ok(mut record) = line::parse(&repaired, self.options, &mut self.gaps)
        {
            record.repaired = true;
            return then(Ok((&record, &self.gaps)));
        }
        then(Err(fault));
    }
}
