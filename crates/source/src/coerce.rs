//! Reads a scalar as what its key should hold, and tells when it had to bend it.

use inferguard_model::{Problem, ProblemCode, Scalar};

use crate::json::JsonScalar;

/// A finite number; strings that hold one are read with a note.
pub fn number(value: JsonScalar<'_>, at: &str, problems: &mut Vec<Problem>) -> Option<f64> {
    match value {
        JsonScalar::Int(n) => Some(n as f64),
        JsonScalar::Float(x) if x.is_finite() => Some(x),
        JsonScalar::Null => None,
        JsonScalar::Str(text) => {
            let parsed = parse_number(text.as_bytes());
            let shown = crate::text::shorten(text);
            match parsed {
                Some(x) if x.is_finite() => {
                    let told = format!("number written as the string \"{shown}\"");
                    problems.push(Problem::note(ProblemCode::Coerced, at, told));
                    Some(x)
                }
                _ => {
                    let told = format!("`{shown}` is not a finite number; the value is left out");
                    problems.push(Problem::warning(ProblemCode::NotANumber, at, told));
                    None
                }
            }
        }
        JsonScalar::Float(_) | JsonScalar::Bool(_) => {
            let told = match value {
                JsonScalar::Bool(_) => "a boolean where a number should be; the value is left out",
                _ => "not a finite number; the value is left out",
            };
            problems.push(Problem::warning(ProblemCode::NotANumber, at, told));
            None
        }
    }
}

/// A whole number ≥ 0 that fits `u64`; whole floats are read silently, as Python mixes both.
pub fn count(value: JsonScalar<'_>, at: &str, problems: &mut Vec<Problem>) -> Option<u64> {
    let x = number(value, at, problems)?;
    if x >= 0.0 && x.fract() == 0.0 && x < 9_007_199_254_740_992.0 {
        return Some(x as u64);
    }
    let told = format!("{x} is not a count; the value is left out");
    problems.push(Problem::warning(ProblemCode::NotANumber, at, told));
    None
}

/// As [`count`], for values that fit `u32`: parallelism, lengths, concurrency.
pub fn small_count(value: JsonScalar<'_>, at: &str, problems: &mut Vec<Problem>) -> Option<u32> {
    let n = count(value, at, problems)?;
    let small = u32::try_from(n).ok();
    if small.is_none() {
        let told = format!("{n} is too large; the value is left out");
        problems.push(Problem::warning(ProblemCode::NotANumber, at, told));
    }
    small
}

/// A boolean; `"true"`, `"True"`, `1` and the like are common spellings of shell and Python
/// producers and read silently.
pub fn boolean(value: JsonScalar<'_>, at: &str, problems: &mut Vec<Problem>) -> Option<bool> {
    match value {
        JsonScalar::Bool(b) => return Some(b),
        JsonScalar::Int(0) => return Some(false),
        JsonScalar::Int(1) => return Some(true),
        JsonScalar::Null => return None,
        JsonScalar::Str(text) => match truth(text.as_bytes()) {
            Some(b) => return Some(b),
            None if matches!(text, "" | "none") => return None,
            None => {}
        },
        _ => {}
    }
    let told = "not a boolean; the value is left out";
    problems.push(Problem::warning(ProblemCode::LeftOut, at, told));
    None
}

/// A text that is not empty, without the secrets in it; numbers and booleans are taken by their
/// spelling.
pub fn text(value: JsonScalar<'_>) -> Option<String> {
    match value {
        JsonScalar::Null => None,
        JsonScalar::Bool(b) => Some(b.to_string()),
        JsonScalar::Int(n) => Some(n.to_string()),
        JsonScalar::Float(x) => Some(x.to_string()),
        JsonScalar::Str(s) => Some(s.trim())
            .filter(|s| !s.is_empty())
            .map(|s| crate::secrets::without_secrets(s).into_owned()),
    }
}

/// A scalar as it was written, to be kept beside the known keys.
pub fn kept(value: JsonScalar<'_>) -> Scalar {
    match value {
        JsonScalar::Bool(b) => Scalar::Bool(b),
        JsonScalar::Int(n) => Scalar::Int(n),
        JsonScalar::Float(x) if x.is_finite() => Scalar::Float(x),
        JsonScalar::Null | JsonScalar::Float(_) => Scalar::Null,
        JsonScalar::Str(s) => Scalar::Text(crate::text::shorten(s).into()),
    }
}

/// Truth of a word, in any case; `None` when it is neither.
pub fn truth(word: &[u8]) -> Option<bool> {
    let is = |words: &[&str]| words.iter().any(|w| word.eq_ignore_ascii_case(w.as_bytes()));
    if is(&["true", "1", "yes", "y", "on", "success", "succeeded"]) {
        return Some(true);
    }
    is(&["false", "0", "no", "n", "off", "failed", "failure"]).then_some(false)
}

/// Parses a number exactly; infinities and NaN are returned as such.
pub fn parse_number(text: &[u8]) -> Option<f64> {
    fast_float2::parse(text.trim_ascii()).ok()
}

/// Epoch time as UTC nanoseconds; the unit (s, ms, µs, ns) is told by the magnitude, since no
/// benchmark ran before 2001 and none in seconds lies beyond the year 5138.
pub fn epoch_ns(value: f64) -> Option<i64> {
    let scale = match value.abs() {
        v if !v.is_finite() || v < 1e9 => return None,
        v if v < 1e11 => 1e9,
        v if v < 1e14 => 1e6,
        v if v < 1e17 => 1e3,
        v if v < 9e18 => 1.0,
        _ => return None,
    };
    Some((value * scale).round() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(read: impl FnOnce(&mut Vec<Problem>) -> Option<f64>) -> (Option<f64>, usize) {
        let mut problems = Vec::new();
        let value = read(&mut problems);
        (value, problems.len())
    }

    #[test]
    fn numbers_are_never_invented() {
        let read = |value| told(|p| number(value, "/a", p));
        assert_eq!(read(JsonScalar::Int(3)), (Some(3.0), 0));
        assert_eq!(read(JsonScalar::Str("2.5")), (Some(2.5), 1));
        assert_eq!(read(JsonScalar::Str("NaN")), (None, 1));
        assert_eq!(read(JsonScalar::Str("1e400")), (None, 1));
        assert_eq!(read(JsonScalar::Str("N/A")), (None, 1));
        assert_eq!(read(JsonScalar::Bool(true)), (None, 1));
        assert_eq!(read(JsonScalar::Null), (None, 0));
        assert_eq!(read(JsonScalar::Float(f64::NAN)), (None, 1));
    }

    #[test]
    fn counts_are_whole_and_not_negative() {
        let read = |value| told(|p| count(value, "/a", p).map(|n| n as f64));
        assert_eq!(read(JsonScalar::Float(4.0)), (Some(4.0), 0));
        assert_eq!(read(JsonScalar::Float(4.5)), (None, 1));
        assert_eq!(read(JsonScalar::Int(-1)), (None, 1));
    }

    #[test]
    fn booleans_have_many_spellings() {
        let read = |value| {
            let mut problems = Vec::new();
            (boolean(value, "/a", &mut problems), problems.len())
        };
        assert_eq!(read(JsonScalar::Str("True")), (Some(true), 0));
        assert_eq!(read(JsonScalar::Str("false")), (Some(false), 0));
        assert_eq!(read(JsonScalar::Int(1)), (Some(true), 0));
        assert_eq!(read(JsonScalar::Str("none")), (None, 0));
        assert_eq!(read(JsonScalar::Str("prefill=true,decode=false")), (None, 1));
    }

    #[test]
    fn epochs_tell_their_unit() {
        let seconds = 1_776_748_684_i64;
        assert_eq!(epoch_ns(seconds as f64), Some(seconds * 1_000_000_000));
        assert_eq!(epoch_ns(seconds as f64 * 1e3), Some(seconds * 1_000_000_000));
        assert_eq!(epoch_ns(0.0), None);
        assert_eq!(epoch_ns(12.5), None);
        assert_eq!(epoch_ns(f64::INFINITY), None);
    }
}
