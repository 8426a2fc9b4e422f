//! Times and ranks that stand before a record.
//!
//! | form | engine | clock |
//! |---|---|---|
//! | `[2025-11-04 05:31:43 DP0 TP0 EP0]` | SGLang | local, no zone |
//! | `2026-04-27T23:03:15.250907Z` | Dynamo's structured form | UTC |
//! | `INFO 05-01 17:40:10` | vLLM | local, no year |
//! | `[01/16/2026-06:20:17]`, `timestamp = 2026-01-16 06:20:17` | TensorRT-LLM | local |

use inferguard_model::LogClock;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// The year that stands for one that is not written: a leap year, so that 29 February is a day.
pub(super) const NO_YEAR: i16 = 2000;

/// Bytes before a record in which its time is looked for.
const REACH: usize = 512;

/// A moment as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    /// Nanoseconds as if the time were UTC.
    pub(super) ns: i64,
    /// The clock that the form tells.
    pub(super) clock: LogClock,
    /// Month, to notice the turn of a year that is not written.
    pub(super) month: i8,
    /// Where the form begins.
    pub(super) start: usize,
    /// Where it ends.
    pub(super) end: usize,
}

/// The time that belongs to what follows `before`: the last one, those with a year first.
pub(super) fn last(before: &[u8], year: i16) -> Option<Stamp> {
    let from = before.len().saturating_sub(REACH);
    let mut best: Option<Stamp> = None;
    for stamp in stamps(&before[from..], year) {
        let is_worse = best.is_some_and(|held| {
            stamp.clock == LogClock::LocalWithoutYear && held.clock != LogClock::LocalWithoutYear
        });
        if !is_worse {
            best = Some(Stamp { start: from + stamp.start, end: from + stamp.end, ..stamp });
        }
    }
    best
}

/// The first time in a text.
pub(super) fn first(text: &[u8], year: i16) -> Option<Stamp> {
    stamps(text, year).next()
}

fn stamps(text: &[u8], year: i16) -> impl Iterator<Item = Stamp> + '_ {
    memchr::memchr_iter(b':', text).filter_map(move |colon| at_colon(text, colon, year))
}

/// The time whose first colon stands here.
fn at_colon(text: &[u8], colon: usize, year: i16) -> Option<Stamp> {
    let start = colon.checked_sub(2)?;
    let [hour, minute, second] = shaped(text.get(start..start + 8)?, b"00:00:00")?;
    let before = &text[..start];
    let (date, clock) = date(before, year)?;
    let [year, month, day] = date;
    let mut end = start + 8;
    let mut nanoseconds = 0;
    if clock != LogClock::LocalWithoutYear && matches!(text.get(end), Some(b'.' | b',')) {
        let digits = text[end + 1..].iter().take_while(|b| b.is_ascii_digit()).count();
        for at in 0..9 {
            let digit = if at < digits { i32::from(text[end + 1 + at] - b'0') } else { 0 };
            nanoseconds = nanoseconds * 10 + digit;
        }
        end += 1 + digits;
    }
    // A second that is added now and then is taken as the one before it.
    let second = second.min(59);
    let moment = DateTime::new(
        year,
        i8::try_from(month).ok()?,
        i8::try_from(day).ok()?,
        i8::try_from(hour).ok()?,
        i8::try_from(minute).ok()?,
        i8::try_from(second).ok()?,
        nanoseconds,
    )
    .ok()?;
    let utc = TimeZone::UTC.to_timestamp(moment).ok()?;
    let ns = i64::try_from(utc.as_nanosecond()).ok()?;
    let width = date_width(clock);
    let mut stamp = Stamp { ns, clock, month: moment.month(), start: start - width, end };
    if clock == LogClock::Local {
        zone(text, &mut stamp);
    }
    Some(stamp)
}

/// Characters of a date, with what stands between it and the time.
const fn date_width(clock: LogClock) -> usize {
    match clock {
        LogClock::LocalWithoutYear => 6,
        LogClock::Utc | LogClock::Local => 11,
    }
}

/// The date that ends a text: year, month, day.
fn date(before: &[u8], year: i16) -> Option<([i16; 3], LogClock)> {
    let whole = before.len().checked_sub(11).map(|from| &before[from..]);
    if let Some(text) = whole {
        if let Some([century, year, month, day]) =
            shaped(text, b"0000-00-00T").or_else(|| shaped(text, b"0000-00-00 "))
        {
            return Some(([100 * century + year, month, day], LogClock::Local));
        }
        if let Some([month, day, century, year]) = shaped(text, b"00/00/0000-") {
            return Some(([100 * century + year, month, day], LogClock::Local));
        }
    }
    let text = &before[before.len().checked_sub(6)?..];
    let [month, day] = shaped(text, b"00-00 ")?;
    let cut = before.len().checked_sub(7).map(|at| before[at]);
    let part_of_more = cut.is_some_and(|b| b.is_ascii_digit() || matches!(b, b'-' | b'/'));
    (!part_of_more).then_some(([year, month, day], LogClock::LocalWithoutYear))
}

/// The pairs of digits of a text of this shape, where `00` stands for each.
fn shaped<const N: usize>(text: &[u8], shape: &[u8]) -> Option<[i16; N]> {
    if text.len() != shape.len() {
        return None;
    }
    let (mut numbers, mut n, mut at) = ([0; N], 0, 0);
    while at < shape.len() {
        if shape[at] != b'0' {
            if shape[at] != text[at] {
                return None;
            }
            at += 1;
            continue;
        }
        let (tens, ones) = (text[at], text[at + 1]);
        if !tens.is_ascii_digit() || !ones.is_ascii_digit() {
            return None;
        }
        *numbers.get_mut(n)? = i16::from(tens - b'0') * 10 + i16::from(ones - b'0');
        (n, at) = (n + 1, at + 2);
    }
    (n == N).then_some(numbers)
}

/// Reads `Z` or `+02:00` behind a time.
fn zone(text: &[u8], stamp: &mut Stamp) {
    let rest = &text[stamp.end..];
    if rest.first() == Some(&b'Z') {
        stamp.clock = LogClock::Utc;
        stamp.end += 1;
        return;
    }
    let Some(sign @ (b'+' | b'-')) = rest.first() else { return };
    let long = rest.get(1..6).and_then(|text| shaped::<2>(text, b"00:00"));
    let short = rest.get(1..5).and_then(|text| shaped::<2>(text, b"0000"));
    let Some([hours, minutes]) = long.or(short) else { return };
    let offset = (i64::from(hours) * 60 + i64::from(minutes)) * 60_000_000_000;
    stamp.ns -= if *sign == b'+' { offset } else { -offset };
    stamp.clock = LogClock::Utc;
    stamp.end += if long.is_some() { 6 } else { 5 };
}

/// Ranks that the words before a record name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Ranks {
    pub(super) dp: Option<u32>,
    pub(super) pp: Option<u32>,
}

/// Ranks in any order and number: `DP3 TP3`, `PP0 TP1`, `(EngineCore_DP0 pid=7)`, `Engine 003:`.
pub(super) fn ranks(before: &[u8]) -> Ranks {
    let mut ranks = Ranks::default();
    for at in memchr::memchr_iter(b'P', before) {
        let Some(kind) = at.checked_sub(1).map(|at| before[at]) else { continue };
        let inside_word = at.checked_sub(2).is_some_and(|at| before[at].is_ascii_alphanumeric());
        let Some(number) = digits(&before[at + 1..]).filter(|_| !inside_word) else { continue };
        match kind {
            b'D' => ranks.dp = Some(number),
            b'P' => ranks.pp = Some(number),
            _ => {}
        }
    }
    if let Some(at) = memchr::memmem::rfind(before, b"Engine ")
        && let Some(number) = digits(&before[at + 7..])
    {
        ranks.dp = Some(number);
    }
    ranks
}

fn digits(text: &[u8]) -> Option<u32> {
    let n = text.iter().take_while(|b| b.is_ascii_digit()).count();
    std::str::from_utf8(&text[..n]).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Option<(String, LogClock)> {
        let stamp = last(text.as_bytes(), 2026)?;
        let moment = jiff::Timestamp::from_nanosecond(i128::from(stamp.ns)).ok()?;
        Some((moment.to_string(), stamp.clock))
    }

    #[test]
    fn times_of_all_forms() {
        use LogClock::{Local, LocalWithoutYear, Utc};
        for (text, moment, clock) in [
            ("[2025-11-04 05:31:43 DP0 TP0 EP0] ", "2025-11-04T05:31:43Z", Local),
            ("[2025-11-04 05:31:43.25 TP0] ", "2025-11-04T05:31:43.25Z", Local),
            ("\u{1b}[2m2026-04-27T23:03:15.250907Z INFO ", "2026-04-27T23:03:15.250907Z", Utc),
            ("p0 2026-04-27T23:03:15+02:00 ", "2026-04-27T21:03:15Z", Utc),
            ("2026-04-27T23:03:15-0730 ", "2026-04-28T06:33:15Z", Utc),
            (
                "(APIServer pid=1) INFO 05-01 17:40:10 [l.py:2] ",
                "2026-05-01T17:40:10Z",
                LocalWithoutYear,
            ),
            ("2026-05-01T17:40:10.5Z INFO 05-01 17:40:10 [l.py:2] ", "2026-05-01T17:40:10.5Z", Utc),
            ("[01/16/2026-06:20:17] [TRT-LLM] ", "2026-01-16T06:20:17Z", Local),
            ("[2025-11-04 05:31:43] x [2025-11-04 05:31:44] ", "2025-11-04T05:31:44Z", Local),
            ("2016-12-31 23:59:60 ", "2016-12-31T23:59:59Z", Local),
        ] {
            assert_eq!(at(text), Some((moment.to_owned(), clock)), "{text}");
        }
        for none in
            ["", "12:30:45", "[2025-13-04 05:31:43]", "2025-11-04 25:31:43", "1-02 03:04:05"]
        {
            assert_eq!(at(none), None, "{none}");
        }
    }

    #[test]
    fn ranks_in_any_order_and_in_no_word() {
        let of = |text: &str| {
            let ranks = ranks(text.as_bytes());
            (ranks.dp, ranks.pp)
        };
        assert_eq!(of("[2025-11-04 05:31:43 DP31 TP31 EP31] "), (Some(31), None));
        assert_eq!(of("[x DP0 PP1 TP0 EP0] "), (Some(0), Some(1)));
        assert_eq!(of("(EngineCore_DP2 pid=9) INFO "), (Some(2), None));
        assert_eq!(of("INFO [loggers.py:248] Engine 003: "), (Some(3), None));
        assert_eq!(of("[x TP0] HTTP1 UDP5 DP "), (None, None));
    }
}
