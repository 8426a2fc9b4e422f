//! One row of `detailed_results.csv`: its columns, units and what "not measured" looks like.

use inferguard_model::RequestTable;
use inferguard_source::coerce;
use inferguard_source::csv::Row;

/// The wanted columns; the discriminant is the place in [`NAMES`].
#[derive(Debug, Clone, Copy)]
pub(crate) enum Column {
    Success,
    Ttft,
    Ttlt,
    InputTokens,
    OutputTokens,
    OutputTokensExpected,
    HitBlocks,
    MissBlocks,
    TheoreticalHitBlocks,
    Start,
    Complete,
}

pub(crate) const NAMES: [&str; 11] = [
    "success",
    "ttft",
    "ttlt",
    "input_tokens",
    "output_tokens_actual",
    "output_tokens_expected",
    "cache_hit_blocks",
    "cache_miss_blocks",
    "theoretical_cache_hit_blocks",
    "request_start_time",
    "request_complete_time",
];

/// Which of the wanted columns the file has.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Columns(pub(crate) [bool; NAMES.len()]);

impl Columns {
    pub(crate) fn has(self, column: Column) -> bool {
        self.0[column as usize]
    }
}

/// One successful row.
pub(crate) struct Request {
    pub(crate) ttft: f64,
    pub(crate) e2el: f64,
    pub(crate) isl: u32,
    pub(crate) osl: u32,
    pub(crate) osl_expected: Option<u32>,
    pub(crate) blocks: Option<(f64, f64, f64)>,
    pub(crate) start: Option<i64>,
    pub(crate) complete: Option<i64>,
    pub(crate) in_seconds: bool,
}

/// Marks a latency that was not measured.
pub(crate) const NOT_MEASURED: f64 = RequestTable::NOT_MEASURED;

impl Request {
    /// The values of a successful row; `None` when one of them cannot be what it should be.
    pub(crate) fn parse(columns: Columns, row: &Row) -> Option<Self> {
        let cell = |column: Column| row.get(column as usize);
        let latency = |column| match cell(column) {
            b"" => Some(NOT_MEASURED),
            text => number(text).map(|x| if x > 0.0 { x } else { NOT_MEASURED }),
        };
        let tokens = |column| if columns.has(column) { count(cell(column)) } else { Some(0) };
        let optional = |column| match cell(column) {
            b"" => Some(None),
            text => count(text).map(Some),
        };
        let (start, starts_in_seconds) = time(cell(Column::Start))?;
        let (complete, completes_in_seconds) = time(cell(Column::Complete))?;
        let (hit, miss) = (optional(Column::HitBlocks)?, optional(Column::MissBlocks)?);
        let theoretical = optional(Column::TheoreticalHitBlocks)?;
        Some(Self {
            ttft: latency(Column::Ttft)?,
            e2el: latency(Column::Ttlt)?,
            isl: tokens(Column::InputTokens)?,
            osl: tokens(Column::OutputTokens)?,
            osl_expected: optional(Column::OutputTokensExpected)?,
            blocks: hit.zip(miss).map(|(hit, miss)| {
                (f64::from(hit), f64::from(miss), f64::from(theoretical.unwrap_or(0)))
            }),
            start,
            complete,
            in_seconds: starts_in_seconds && completes_in_seconds,
        })
    }
}

fn number(text: &[u8]) -> Option<f64> {
    coerce::parse_number(text).filter(|x| x.is_finite())
}

/// A whole number; pandas writes `42.0` in a column where any row has none.
fn count(text: &[u8]) -> Option<u32> {
    if (1..=9).contains(&text.len())
        && let Some(n) = digits(text)
    {
        return Some(n as u32);
    }
    let x = number(text)?;
    (x >= 0.0 && x.fract() == 0.0 && x <= f64::from(u32::MAX)).then_some(x as u32)
}

/// An epoch time in nanoseconds, if set, and whether it was written in seconds; `None` for what is
/// no time.
fn time(text: &[u8]) -> Option<(Option<i64>, bool)> {
    plain_seconds(text).map_or_else(|| any_time(text), |at| Some((Some(at), true)))
}

fn any_time(text: &[u8]) -> Option<(Option<i64>, bool)> {
    let value = if text.is_empty() { 0.0 } else { number(text)? };
    if value == 0.0 {
        return Some((None, true));
    }
    if !(1e9..1e11).contains(&value) {
        return Some((Some(coerce::epoch_ns(value)?), false));
    }
    // A float of 1e18 steps by 256: the fraction is scaled apart to keep durations exact.
    let whole = value as i64;
    let fraction = ((value - whole as f64) * 1e9).round() as i64;
    Some((Some(whole.checked_mul(1_000_000_000)? + fraction), true))
}

/// The same for `1776748684.9255855`, as all clocks of this century write it, in whole numbers.
///
/// The producer's floats step by 2^-22 s there; rounding to that grid gives its value, and so its
/// durations, without parsing a float.
fn plain_seconds(text: &[u8]) -> Option<i64> {
    const STEPS: u64 = 1 << 22;
    const NANOS: u64 = 1_000_000_000;
    let (whole, fraction) = (text.get(..10)?, text.get(11..)?);
    if text[10] != b'.' || !(1..=9).contains(&fraction.len()) {
        return None;
    }
    let (whole, nanos) =
        (digits(whole)?, digits(fraction)? * 10_u64.pow(9 - fraction.len() as u32));
    if !(1 << 30..1 << 31).contains(&whole) {
        return None;
    }
    let steps = (nanos * STEPS + NANOS / 2) / NANOS;
    i64::try_from(whole * NANOS + (steps * NANOS + STEPS / 2) / STEPS).ok()
}

fn digits(text: &[u8]) -> Option<u64> {
    let mut n = 0;
    for byte in text {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        n = n * 10 + u64::from(digit);
    }
    Some(n)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn plain_seconds_are_those_of_the_float(whole in 1_u64 << 30..1 << 31, fraction in "[0-9]{1,9}") {
            let text = format!("{whole}.{fraction}");
            let plain = plain_seconds(text.as_bytes());
            prop_assert!(plain.is_some());
            prop_assert_eq!(any_time(text.as_bytes()), plain.map(|at| (Some(at), true)));
        }
    }

    #[test]
    fn other_texts_are_left_to_the_float() {
        for text in ["", "0.0", "1776748684", "1776748684.", "17767486844.5", "1776748684.x", "5e9"]
        {
            assert_eq!(plain_seconds(text.as_bytes()), None, "{text}");
        }
        assert_eq!(count(b"42.0"), Some(42));
        assert_eq!((count(b"4294967295"), count(b"4294967296")), (Some(u32::MAX), None));
        assert_eq!((count(b"-1"), count(b"1.5"), count(b"")), (None, None, None));
    }
}
