//! What a plain scalar stands for, by the core schema of YAML 1.2.

use crate::coerce::parse_number;
use crate::json::JsonScalar;

/// Resolves a scalar that stands without quotes.
pub(super) fn plain(text: &str) -> JsonScalar<'_> {
    let Some(first) = text.bytes().next() else { return JsonScalar::Null };
    match first {
        b'~' if text.len() == 1 => JsonScalar::Null,
        b'n' | b'N' if matches!(text, "null" | "Null" | "NULL") => JsonScalar::Null,
        b't' | b'T' if matches!(text, "true" | "True" | "TRUE") => JsonScalar::Bool(true),
        b'f' | b'F' if matches!(text, "false" | "False" | "FALSE") => JsonScalar::Bool(false),
        b'0'..=b'9' | b'+' | b'-' | b'.' => number(text).unwrap_or(JsonScalar::Str(text)),
        _ => JsonScalar::Str(text),
    }
}

fn number(text: &str) -> Option<JsonScalar<'static>> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let is_negative = text.starts_with('-');
    match unsigned {
        ".inf" | ".Inf" | ".INF" => {
            return Some(JsonScalar::Float(if is_negative {
                f64::NEG_INFINITY
            } else {
                f64::INFINITY
            }));
        }
        ".nan" | ".NaN" | ".NAN" if unsigned.len() == text.len() => {
            return Some(JsonScalar::Float(f64::NAN));
        }
        _ => {}
    }
    for (prefix, radix) in [("0x", 16), ("0o", 8)] {
        if let Some(digits) = text.strip_prefix(prefix) {
            return i64::from_str_radix(digits, radix).ok().map(JsonScalar::Int);
        }
    }
    if unsigned.bytes().all(|byte| byte.is_ascii_digit()) && !unsigned.is_empty() {
        // Digits beyond an i64 are a float, as in JSON.
        if let Ok(n) = text.parse() {
            return Some(JsonScalar::Int(n));
        }
    }
    let numeric = |byte: u8| byte.is_ascii_digit() || b"+-.eE".contains(&byte);
    if !unsigned.bytes().all(numeric) || !unsigned.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // What no double holds stays a text, so that the coercion of the key tells what it found.
    parse_number(text.as_bytes()).filter(|x| x.is_finite()).map(JsonScalar::Float)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_scalars_are_those_of_the_core_schema() {
        for (text, expected) in [
            ("", JsonScalar::Null),
            ("~", JsonScalar::Null),
            ("null", JsonScalar::Null),
            ("True", JsonScalar::Bool(true)),
            ("FALSE", JsonScalar::Bool(false)),
            ("12", JsonScalar::Int(12)),
            ("-7", JsonScalar::Int(-7)),
            ("+7", JsonScalar::Int(7)),
            ("0x1F", JsonScalar::Int(31)),
            ("0o17", JsonScalar::Int(15)),
            ("1.5", JsonScalar::Float(1.5)),
            (".5", JsonScalar::Float(0.5)),
            ("3.8421014323830605e-05", JsonScalar::Float(3.842_101_432_383_060_5e-5)),
            (".inf", JsonScalar::Float(f64::INFINITY)),
            ("-.INF", JsonScalar::Float(f64::NEG_INFINITY)),
            ("18446744073709551616", JsonScalar::Float(18_446_744_073_709_551_616.0)),
            ("1e400", JsonScalar::Str("1e400")),
            ("0.2.1", JsonScalar::Str("0.2.1")),
            ("2025-09-23", JsonScalar::Str("2025-09-23")),
            ("12:30:00", JsonScalar::Str("12:30:00")),
            ("nan", JsonScalar::Str("nan")),
            ("yes", JsonScalar::Str("yes")),
            ("-", JsonScalar::Str("-")),
            (".", JsonScalar::Str(".")),
        ] {
            assert_eq!(plain(text), expected, "{text}");
        }
        assert!(matches!(plain(".nan"), JsonScalar::Float(x) if x.is_nan()));
    }
}
