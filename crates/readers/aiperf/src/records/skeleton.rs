//! The fast path: what lines of one file have in common, learned from lines that were read.
//!
//! A skeleton is a line cut into literals (keys, punctuation, units, `null`, `true`, the phase) and
//! holes (numbers, plain strings, lists of numbers). A line that has the literals in their places,
//! and in each hole a token of exactly JSON's grammar, is valid JSON of the same structure: so
//! nothing about strings or nesting is assumed, and nothing has to be parsed but the numbers that
//! are wanted. What does not fit, for whatever reason, is left to `serde_json`.
//!
//! What keeps it right: only a line that `serde_json` read without any doubt is learned, a record
//! has no value that does not come from a hole (its phase apart, which is a literal), and a
//! skeleton that does not give the record of its own line is thrown away. The test that damages
//! lines compares both readers.

use std::borrow::Cow;

use super::Options;
use super::line::{Phase, Record};
use super::number::{any_float, float, integer, list, number};
use super::text::plain_text;

/// Skeletons that are tried. Lines differ in structure by phase, by what a request lacks, and by
/// the order of their metrics.
const KEPT: usize = 4;

/// Holes of a line beyond which it is not learned.
const HOLES: usize = 2048;

/// Arrays within arrays of numbers that are one hole: chunks of an HTTP trace are pairs.
const NESTED: u32 = 1;

/// Lines learned after which it has to have paid.
const TRIALS: u64 = 64;

/// The skeletons of one reader, the most recent first.
#[derive(Debug, Default)]
pub(super) struct Skeletons {
    kept: Vec<Skeleton>,
    learned: u64,
    hits: u64,
}

impl Skeletons {
    /// Reads a line at the start that fits one of them into a record that says nothing yet, and
    /// returns its length. What follows has to be `ends`.
    pub(super) fn read<'l>(
        &mut self,
        bytes: &'l [u8],
        record: &mut Record<'l>,
        gaps: &mut Vec<f64>,
        ends: impl Fn(&[u8]) -> bool,
    ) -> Option<usize> {
        for at in 0..self.kept.len() {
            gaps.clear();
            let read = self.kept[at].read(bytes, record, gaps);
            if let Some(rest) = read.filter(|rest| ends(rest)) {
                if at > 0 {
                    self.kept[..=at].rotate_right(1);
                }
                self.hits += 1;
                return Some(bytes.len() - rest.len());
            }
            *record = Record::default();
        }
        None
    }

    /// Lines that fitted.
    #[cfg(test)]
    pub(super) fn hits(&self) -> u64 {
        self.hits
    }

    /// Learns a line that gave this record.
    ///
    /// Failed requests are not learned: their texts hold escapes, and few lines have them. A file
    /// in which no line is like another is given up.
    pub(super) fn learn(
        &mut self,
        line: &[u8],
        record: &Record<'_>,
        gaps: &[f64],
        options: Options,
    ) {
        let paid = self.learned < TRIALS || self.hits > 4 * self.learned;
        if record.error.is_some() || !paid {
            return;
        }
        self.learned += 1;
        if let Some(skeleton) = Skeleton::of(line, record, gaps, options) {
            self.kept.truncate(KEPT - 1);
            self.kept.insert(0, skeleton);
        }
    }
}

/// One line without what lines differ in.
#[derive(Debug)]
struct Skeleton {
    pieces: Vec<Piece>,
    /// The last literal.
    tail: Box<[u8]>,
    phase: Phase,
    cancelled: bool,
    overflow: bool,
}

/// A literal and the hole behind it.
#[derive(Debug)]
struct Piece {
    literal: Box<[u8]>,
    hole: Hole,
    /// Length of what fills the hole in the line that was learned.
    usual: usize,
}

#[derive(Debug, Clone, Copy)]
enum Hole {
    /// A string without its quotes.
    Text,
    Worker,
    Correlation,
    Conversation,
    Number,
    Int(Int),
    Float(Float),
    /// An array with its brackets.
    List,
    Gaps,
}

/// A wanted integer.
#[derive(Debug, Clone, Copy)]
enum Int {
    Start,
    End,
    Issued,
    Turn,
    Isl,
    Osl,
    ErrorIsl,
}

/// A wanted latency.
#[derive(Debug, Clone, Copy)]
enum Float {
    Ttft,
    E2el,
    Itl,
}

impl Skeleton {
    /// Reads a line at the start and returns what follows.
    fn read<'l>(
        &self,
        bytes: &'l [u8],
        record: &mut Record<'l>,
        gaps: &mut Vec<f64>,
    ) -> Option<&'l [u8]> {
        record.phase = self.phase;
        record.cancelled = self.cancelled;
        record.overflow = self.overflow;
        let mut conversation = None;
        let mut rest = bytes;
        for Piece { literal, hole, usual } in &self.pieces {
            rest = behind(rest, literal)?;
            let length = match hole {
                Hole::Text => plain_text(rest, *usual)?,
                Hole::Worker => text(rest, *usual, &mut record.worker)?,
                Hole::Correlation => text(rest, *usual, &mut record.conversation)?,
                Hole::Conversation => text(rest, *usual, &mut conversation)?,
                Hole::Number => number(rest)?,
                Hole::Int(field) => {
                    let (length, value) = integer(rest)?;
                    *record.int(*field) = Some(value);
                    length
                }
                Hole::Float(field) => {
                    let (length, value) = float(rest)?;
                    *record.float(*field) = Some(value);
                    length
                }
                Hole::List => list(rest, NESTED, &mut |_| Some(()))?,
                Hole::Gaps => list(rest, 0, &mut |gap| {
                    gaps.push(any_float(gap)?);
                    Some(())
                })?,
            };
            rest = rest.get(length..)?;
        }
        if record.conversation.is_none() {
            record.conversation = conversation;
        }
        behind(rest, &self.tail)
    }

    /// Cuts a line up; `None` when it cannot stand for others.
    fn of(line: &[u8], record: &Record<'_>, gaps: &[f64], options: Options) -> Option<Self> {
        let mut cut = Cut { skeleton: Self::empty(record), options, done: 0, path: Vec::new() };
        cut.line(line)?;
        let skeleton = cut.skeleton;
        let (mut again, mut gaps_again) = (Record::default(), Vec::new());
        let rest = skeleton.read(line, &mut again, &mut gaps_again)?;
        (rest.is_empty() && again.says_the_same(record) && gaps_again == gaps).then_some(skeleton)
    }

    fn empty(record: &Record<'_>) -> Self {
        Self {
            pieces: Vec::new(),
            tail: Box::default(),
            phase: record.phase,
            cancelled: record.cancelled,
            overflow: record.overflow,
        }
    }
}

/// Takes a plain string and returns its length.
fn text<'l>(bytes: &'l [u8], usual: usize, taken: &mut Option<Cow<'l, str>>) -> Option<usize> {
    let length = plain_text(bytes, usual)?;
    *taken = Some(Cow::Borrowed(std::str::from_utf8(&bytes[..length]).ok()?));
    Some(length)
}

/// What stands behind a literal; `None` where it does not stand at the start.
///
/// Most literals have a few dozen bytes, for which calling a function takes longer than comparing. The
/// last chunk may overlap the one before.
#[inline]
fn behind<'l>(bytes: &'l [u8], literal: &[u8]) -> Option<&'l [u8]> {
    let (start, rest) = bytes.split_at_checked(literal.len())?;
    let same = if let Some(end) = literal.last_chunk::<32>() {
        let (chunks, expected) = (start.as_chunks::<32>().0, literal.as_chunks::<32>().0);
        chunks.iter().zip(expected).all(|(chunk, expected)| chunk == expected)
            && start.last_chunk() == Some(end)
    } else if let (Some(begin), Some(end)) = (literal.first_chunk::<16>(), literal.last_chunk()) {
        start.first_chunk() == Some(begin) && start.last_chunk::<16>() == Some(end)
    } else if let (Some(begin), Some(end)) = (literal.first_chunk::<8>(), literal.last_chunk()) {
        start.first_chunk() == Some(begin) && start.last_chunk::<8>() == Some(end)
    } else {
        start == literal
    };
    same.then_some(rest)
}

impl Record<'_> {
    fn int(&mut self, field: Int) -> &mut Option<i64> {
        match field {
            Int::Start => &mut self.start_ns,
            Int::End => &mut self.end_ns,
            Int::Issued => &mut self.issued_ns,
            Int::Turn => &mut self.turn,
            Int::Isl => &mut self.isl,
            Int::Osl => &mut self.osl,
            Int::ErrorIsl => &mut self.error_isl,
        }
    }

    fn float(&mut self, field: Float) -> &mut Option<f64> {
        match field {
            Float::Ttft => &mut self.ttft,
            Float::E2el => &mut self.e2el,
            Float::Itl => &mut self.itl,
        }
    }

    /// Whether two readers agree, bit for bit.
    pub(super) fn says_the_same(&self, other: &Record<'_>) -> bool {
        let flags = |r: &Record<'_>| (r.phase, r.cancelled, r.overflow, r.repaired);
        let times = |r: &Record<'_>| (r.start_ns, r.end_ns, r.issued_ns, r.turn);
        let tokens = |r: &Record<'_>| (r.isl, r.osl, r.error_isl);
        let bits = |r: &Record<'_>| [r.ttft, r.e2el, r.itl].map(|x| x.map(f64::to_bits));
        flags(self) == flags(other)
            && times(self) == times(other)
            && tokens(self) == tokens(other)
            && bits(self) == bits(other)
            && (&self.worker, &self.conversation) == (&other.worker, &other.conversation)
            && self.error == other.error
    }
}

/// Strings that are the same in all lines of a kind, or on which the meaning of others rests.
const FIXED_TEXTS: [&[u8]; 4] = [b"unit", b"benchmark_phase", b"phase_name", b"phase_kind"];

/// Cuts a line, which is valid JSON, into literals and holes.
struct Cut<'l> {
    skeleton: Skeleton,
    options: Options,
    /// What of the line is in the skeleton.
    done: usize,
    /// The containers around: the key at hand of an object, nothing of an array.
    path: Vec<Option<&'l [u8]>>,
}

impl<'l> Cut<'l> {
    fn line(&mut self, line: &'l [u8]) -> Option<()> {
        let mut at = 0;
        let mut at_key = false;
        while let Some(byte) = line.get(at) {
            match byte {
                b'{' => {
                    self.path.push(Some(b""));
                    at_key = true;
                }
                b'[' => {
                    if let Some(length) = list(&line[at..], NESTED, &mut |_| Some(())) {
                        self.hole(line, at, length, self.list_hole()?)?;
                        at += length;
                        continue;
                    }
                    self.path.push(None);
                }
                b'}' | b']' => {
                    self.path.pop();
                }
                b',' => at_key = matches!(self.path.last(), Some(Some(_))),
                b':' => at_key = false,
                b'"' => {
                    // A key with an escape would be known by a name that is not there.
                    let length = plain_text(&line[at + 1..], 0)?;
                    let text = &line[at + 1..at + 1 + length];
                    if at_key {
                        *self.path.last_mut()? = Some(text);
                    } else if !self.key().is_some_and(|key| FIXED_TEXTS.contains(&key)) {
                        self.hole(line, at + 1, length, self.text_hole())?;
                    }
                    at += length + 2;
                    continue;
                }
                b'-' | b'0'..=b'9' => {
                    let length = number(&line[at..])?;
                    self.hole(line, at, length, self.number_hole()?)?;
                    at += length;
                    continue;
                }
                _ => {}
            }
            at += 1;
        }
        self.skeleton.tail = line[self.done..].into();
        Some(())
    }

    /// Ends a literal before a hole.
    fn hole(&mut self, line: &[u8], at: usize, length: usize, hole: Hole) -> Option<()> {
        self.skeleton.pieces.push(Piece {
            literal: line[self.done..at].into(),
            hole,
            usual: length,
        });
        self.done = at + length;
        (self.skeleton.pieces.len() <= HOLES).then_some(())
    }

    fn key(&self) -> Option<&'l [u8]> {
        self.path.last().copied().flatten()
    }

    fn text_hole(&self) -> Hole {
        match self.path[..] {
            _ if !self.options.groups => Hole::Text,
            [Some(b"metadata"), Some(b"worker_id")] => Hole::Worker,
            [Some(b"metadata"), Some(b"x_correlation_id")] => Hole::Correlation,
            [Some(b"metadata"), Some(b"conversation_id")] => Hole::Conversation,
            _ => Hole::Text,
        }
    }

    /// `None` where `serde_json` would read the number, and refuse one beyond all doubles, though
    /// nobody wants it: no version writes a number there.
    fn number_hole(&self) -> Option<Hole> {
        Some(match self.path[..] {
            [Some(b"metadata"), Some(key)] => match key {
                b"request_start_ns" => Hole::Int(Int::Start),
                b"request_end_ns" => Hole::Int(Int::End),
                b"credit_issued_ns" => Hole::Int(Int::Issued),
                b"turn_index" => Hole::Int(Int::Turn),
                b"x_correlation_id"
                | b"conversation_id"
                | b"worker_id"
                | b"benchmark_phase"
                | b"was_cancelled"
                | b"context_overflow_skip" => return None,
                _ => Hole::Number,
            },
            [Some(b"metrics"), Some(_)] | [Some(b"metrics"), Some(_), Some(b"unit")] => {
                return None;
            }
            [Some(b"metrics"), Some(tag), Some(b"value")] => match tag {
                b"time_to_first_token" => Hole::Float(Float::Ttft),
                b"request_latency" => Hole::Float(Float::E2el),
                b"inter_token_latency" => Hole::Float(Float::Itl),
                b"input_sequence_length" => Hole::Int(Int::Isl),
                b"output_sequence_length" => Hole::Int(Int::Osl),
                b"error_isl" => Hole::Int(Int::ErrorIsl),
                _ => Hole::Number,
            },
            _ => Hole::Number,
        })
    }

    /// `None` where `serde_json` would take a list for an object's members in their order.
    fn list_hole(&self) -> Option<Hole> {
        Some(match self.path[..] {
            [_] | [Some(b"metrics"), _] => return None,
            [Some(b"metrics"), Some(b"inter_chunk_latency"), Some(b"value")]
                if self.options.gaps =>
            {
                Hole::Gaps
            }
            _ => Hole::List,
        })
    }
}
