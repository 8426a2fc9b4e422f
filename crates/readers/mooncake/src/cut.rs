//! Cuts a window out of a trace and speeds it up, for a replay.
//!
//! Only the timestamp of a line changes: every other byte is written as it was read.

use std::borrow::Cow;
use std::fmt;
use std::io::Write;
use std::path::Path;

use rustc_hash::FxHashSet;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::error::TraceError;
use crate::read::{TraceFile, scan};
use crate::record::Record;

/// What to keep of a trace.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CutOptions {
    /// Start of the window, in nanoseconds after the earliest request; it belongs to the window.
    pub from_ns: u64,
    /// End of the window, which does not belong to it; `None` for the end of the trace.
    pub to_ns: Option<u64>,
    /// How many times faster the requests arrive; finite and above 0.
    pub speed: f64,
}

impl Default for CutOptions {
    /// The whole trace at its own speed.
    fn default() -> Self {
        Self { from_ns: 0, to_ns: None, speed: 1.0 }
    }
}

/// What a cut gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Cut {
    /// What was met in the trace.
    pub file: TraceFile,
    /// Requests written.
    pub kept: u64,
    /// Nanoseconds from the earliest request of the trace to the earliest one written, whose new
    /// timestamp is 0.
    pub shifted_ns: i64,
    /// Nanoseconds from the earliest to the latest request written, before the speed.
    pub lasted_ns: i64,
    /// The same as written.
    pub lasts_ns: i64,
    /// Timestamps written that are not whole milliseconds.
    pub fractional: u64,
    /// Requests written with a `delay`, which the speed leaves as it is.
    pub with_delay: u64,
    /// Requests without a timestamp that were written because their session was.
    pub untimed_kept: u64,
    /// Requests without a timestamp that were left out.
    pub untimed_left_out: u64,
}

/// Writes the requests of a window with timestamps from 0, divided by the speed.
///
/// Reads the trace twice: the window counts from its earliest request, which may stand anywhere.
pub fn cut(path: &Path, options: &CutOptions, out: &mut dyn Write) -> Result<Cut, TraceError> {
    let failed = |source| TraceError::Read { path: path.to_owned(), source };
    let metadata = std::fs::metadata(path).map_err(failed)?;
    if !metadata.is_file() && !metadata.is_dir() {
        return Err(TraceError::Pipe { path: path.to_owned() });
    }
    let window = Window::find(path, options)?;
    let mut cut = Cut {
        file: TraceFile::default(),
        kept: 0,
        shifted_ns: window.base - window.origin,
        lasted_ns: window.last - window.base,
        lasts_ns: window.scaled(window.last),
        fractional: 0,
        with_delay: 0,
        untimed_kept: 0,
        untimed_left_out: 0,
    };
    // Sessions whose latest timed turn was written.
    let mut sessions = FxHashSet::<String>::default();
    cut.file = scan(path, |record, _, line| {
        let session = record.session();
        let Some(at) = record.at_ns else {
            if session.is_some_and(|session| sessions.contains(session)) {
                cut.untimed_kept += 1;
                return cut.write(record, line, None, out);
            }
            cut.untimed_left_out += 1;
            return Ok(());
        };
        let inside = window.has(at);
        if let Some(session) = session {
            if !inside {
                sessions.remove(session);
            } else if !sessions.contains(session) {
                sessions.insert(session.to_owned());
            }
        }
        if inside { cut.write(record, line, Some(window.scaled(at)), out) } else { Ok(()) }
    })?;
    Ok(cut)
}

impl Cut {
    fn write(
        &mut self,
        record: &Record,
        line: &[u8],
        at_ns: Option<i64>,
        out: &mut dyn Write,
    ) -> std::io::Result<()> {
        self.kept += 1;
        self.with_delay += u64::from(record.has_delay);
        let Some(at) = at_ns else {
            out.write_all(line)?;
            return out.write_all(b"\n");
        };
        let (from, to) = timestamp_in(line).ok_or(std::io::ErrorKind::InvalidData)?;
        self.fractional += u64::from(at % 1_000_000 != 0);
        out.write_all(&line[..from])?;
        out.write_all(millis(at).as_bytes())?;
        out.write_all(&line[to..])?;
        out.write_all(b"\n")
    }
}

/// The window on the clock of the trace, in nanoseconds.
struct Window {
    /// The earliest request of the trace.
    origin: i64,
    from: i64,
    to: Option<i64>,
    /// The earliest request in the window.
    base: i64,
    /// The latest request in the window.
    last: i64,
    speed: f64,
}

impl Window {
    fn find(path: &Path, options: &CutOptions) -> Result<Self, TraceError> {
        let mut times = Vec::new();
        scan(path, |record, _, _| {
            times.extend(record.at_ns);
            Ok(())
        })?;
        let (Some(origin), Some(last)) = (times.iter().copied().min(), times.iter().copied().max())
        else {
            return Err(TraceError::NoTime { path: path.to_owned() });
        };
        let from = origin.saturating_add_unsigned(options.from_ns);
        let to = options.to_ns.map(|to| origin.saturating_add_unsigned(to));
        let mut window = Self { origin, from, to, base: from, last: from, speed: options.speed };
        let inside = || times.iter().copied().filter(|at| window.has(*at));
        let (Some(base), Some(end)) = (inside().min(), inside().max()) else {
            return Err(TraceError::EmptyWindow {
                path: path.to_owned(),
                requests: times.len() as u64,
                last_s: (last - origin) as f64 / 1e9,
            });
        };
        (window.base, window.last) = (base, end);
        Ok(window)
    }

    fn has(&self, at: i64) -> bool {
        at >= self.from && self.to.is_none_or(|to| at < to)
    }

    /// The new time, rounded to nanoseconds.
    fn scaled(&self, at: i64) -> i64 {
        let shifted = at.saturating_sub(self.base);
        if self.speed == 1.0 { shifted } else { (shifted as f64 / self.speed).round() as i64 }
    }
}

/// Nanoseconds as milliseconds in full, without a fraction where there is none.
fn millis(ns: i64) -> String {
    let sign = if ns < 0 { "-" } else { "" };
    let (whole, rest) = (ns.unsigned_abs() / 1_000_000, ns.unsigned_abs() % 1_000_000);
    let text = format!("{sign}{whole}.{rest:06}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Where the value of the last `timestamp` member stands in a line that is a JSON object.
fn timestamp_in(line: &[u8]) -> Option<(usize, usize)> {
    let value = serde_json::from_slice::<Timestamp<'_>>(line).ok()?.0?.get();
    // The value is borrowed from the line, so that its address tells its place.
    let from = (value.as_ptr() as usize).checked_sub(line.as_ptr() as usize)?;
    let to = from + value.len();
    (line.get(from..to)? == value.as_bytes()).then_some((from, to))
}

struct Timestamp<'a>(Option<&'a RawValue>);

impl<'de> Deserialize<'de> for Timestamp<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(LastTimestamp)
    }
}

struct LastTimestamp;

impl<'de> Visitor<'de> for LastTimestamp {
    type Value = Timestamp<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut last = None;
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            let value = map.next_value::<&'de RawValue>()?;
            if key == "timestamp" {
                last = Some(value);
            }
        }
        Ok(Timestamp(last))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_in_full() {
        for (ns, text) in [
            (0, "0"),
            (3_000_000_000, "3000"),
            (600_000_000, "600"),
            (333_333_333, "333.333333"),
            (500_000, "0.5"),
            (1, "0.000001"),
            (-1_500_000, "-1.5"),
        ] {
            assert_eq!(millis(ns), text);
        }
    }

    #[test]
    fn the_place_of_a_timestamp_is_that_of_the_member() {
        let line = br#"{"text_input": "\"timestamp\": 5", "extra": {"timestamp": 1}, "timestamp" : 27.5e1 , "x": 1}"#;
        let (from, to) = timestamp_in(line).expect("has one");
        assert_eq!(&line[from..to], b"27.5e1");
        assert_eq!(timestamp_in(br#"{"x": 1}"#), None);
        let (from, to) = timestamp_in(br#"{"timestamp":1,"\u0074imestamp":22}"#).expect("has two");
        assert_eq!((from, to), (32, 34));
    }
}
