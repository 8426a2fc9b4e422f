//! Durations and sizes as people type them.

/// Longest duration, about 31 years: whatever is computed from it stays in range.
const MOST_SECONDS: f64 = 1e9;

/// A duration in nanoseconds: `5m`, `30s`, `1h`, `250ms`; a bare number is in seconds.
pub(crate) fn duration(text: &str) -> Result<u64, String> {
    let explain =
        || format!("`{text}` is no duration; write it as 250ms, 30s, 5m, 1h, or as seconds");
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let seconds_per_unit = match &text[digits.len()..] {
        "ms" => 1e-3,
        "" | "s" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        _ => return Err(explain()),
    };
    let plain = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    match digits.parse::<f64>() {
        Ok(number) if plain && number * seconds_per_unit <= MOST_SECONDS => {
            Ok((number * seconds_per_unit * 1e9).round() as u64)
        }
        _ => Err(explain()),
    }
}

/// A duration that is not zero.
pub(crate) fn positive_duration(text: &str) -> Result<u64, String> {
    match duration(text)? {
        0 => Err("a length of zero holds nothing; give a longer one".to_owned()),
        ns => Ok(ns),
    }
}

/// A whole number with an optional `k` or `M`: `20k` is 20,000.
pub(crate) fn size(text: &str) -> Result<u64, String> {
    let (digits, unit) = match text.as_bytes().last() {
        Some(b'k' | b'K') => (&text[..text.len() - 1], 1_000),
        Some(b'm' | b'M') => (&text[..text.len() - 1], 1_000_000),
        _ => (text, 1),
    };
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    let number = digits.parse::<u64>().ok().filter(|_| plain);
    number
        .and_then(|number| number.checked_mul(unit))
        .ok_or_else(|| format!("`{text}` is no whole number; write it as 20000 or 20k"))
}

/// A size that is not zero and fits a count of blocks or tokens.
pub(crate) fn positive_size(text: &str) -> Result<u32, String> {
    match u32::try_from(size(text)?) {
        Ok(0) => Err("0 holds nothing; give a larger number".to_owned()),
        Ok(number) => Ok(number),
        Err(_) => Err(format!("`{text}` is too large; the most is {}", u32::MAX)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_units_and_seconds_have_none() {
        for (text, ns) in [
            ("5m", 300_000_000_000),
            ("30s", 30_000_000_000),
            ("1h", 3_600_000_000_000),
            ("90", 90_000_000_000),
            ("250ms", 250_000_000),
            ("1.5h", 5_400_000_000_000),
            ("0", 0),
            (".5s", 500_000_000),
        ] {
            assert_eq!(duration(text), Ok(ns), "{text}");
        }
        for text in ["", "m", "5 m", "-5m", "5d", "1e99", "nan", "inf", "5m30s", "٣s"] {
            assert!(duration(text).is_err(), "{text}");
        }
        assert!(positive_duration("0ms").is_err());
    }

    #[test]
    fn sizes_are_whole() {
        assert_eq!(size("20k"), Ok(20_000));
        assert_eq!(size("1M"), Ok(1_000_000));
        assert_eq!(size("0"), Ok(0));
        for text in ["", "k", "1.5k", "-1", "+1", "1g", "99999999999999999999", "1e3"] {
            assert!(size(text).is_err(), "{text}");
        }
        assert_eq!(positive_size("10k"), Ok(10_000));
        assert!(positive_size("0").is_err() && positive_size("5000M").is_err());
    }
}
