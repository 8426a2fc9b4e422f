//! The grammar of JSON's numbers and plain strings, eight bytes at a time.

/// Bytes of each lane, for arithmetic on eight bytes in one word.
const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x80 * ONES;

/// Length of the JSON number at the start; `None` when there is none.
///
/// What follows is not looked at: `01` is the number `0` and something that no JSON holds there.
pub(super) fn number(bytes: &[u8]) -> Option<usize> {
    let mut at = usize::from(*bytes.first()? == b'-');
    match bytes.get(at)? {
        b'0' => at += 1,
        b'1'..=b'9' => at += digits(&bytes[at..]),
        _ => return None,
    }
    if bytes.get(at) == Some(&b'.') {
        at += 1 + some_digits(&bytes[at + 1..])?;
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        at += 1 + usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        at += some_digits(&bytes[at..])?;
    }
    Some(at)
}

/// The value of a JSON number as the closest double; `None` beyond the range of doubles, which
/// `serde_json` refuses.
pub(super) fn float(token: &[u8]) -> Option<f64> {
    fast_float2::parse(token).ok().filter(|value: &f64| value.is_finite())
}

/// The value of a JSON number that is an integer from 0 on and fits; `None` for all others, also
/// for those that `serde_json` reads.
pub(super) fn integer(token: &[u8]) -> Option<i64> {
    // 19 digits fit 64 bits without a sign; 20 may not.
    if token.len() > 19 {
        return None;
    }
    let mut value = 0_u64;
    for byte in token {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value * 10 + u64::from(digit);
    }
    i64::try_from(value).ok()
}

/// Length of the JSON array of numbers, or of such arrays to a depth of `nested`, at the start;
/// `None` for all others. `each` gets every number.
pub(super) fn list(
    bytes: &[u8],
    nested: u32,
    each: &mut impl FnMut(&[u8]) -> Option<()>,
) -> Option<usize> {
    if *bytes.first()? != b'[' {
        return None;
    }
    if bytes.get(1) == Some(&b']') {
        return Some(2);
    }
    let mut at = 1;
    loop {
        if let Some(length) = number(&bytes[at..]) {
            each(&bytes[at..at + length])?;
            at += length;
        } else if nested > 0 {
            at += list(&bytes[at..], nested - 1, each)?;
        } else {
            return None;
        }
        match bytes.get(at)? {
            b',' => at += 1,
            b']' => return Some(at + 1),
            _ => return None,
        }
    }
}

/// Length of a string up to its closing quote, from behind the opening one; `None` when it holds
/// an escape, a control byte or a byte that is not ASCII, or is never closed.
pub(super) fn plain_text(bytes: &[u8]) -> Option<usize> {
    let end = first(
        bytes,
        |word| {
            let quote = word ^ (ONES * 0x22);
            let escape = word ^ (ONES * 0x5C);
            // The lowest byte that is marked is marked rightly; a borrow goes upwards only.
            ((word.wrapping_sub(ONES * 0x20) & !word)
                | quote.wrapping_sub(ONES) & !quote
                | escape.wrapping_sub(ONES) & !escape
                | word)
                & HIGH
        },
        |byte| byte < 0x20 || byte >= 0x80 || byte == b'"' || byte == b'\\',
    );
    (bytes.get(end) == Some(&b'"')).then_some(end)
}

/// Number of digits at the start.
fn digits(bytes: &[u8]) -> usize {
    first(
        bytes,
        |word| {
            let value = word ^ (ONES * 0x30);
            (((value & !HIGH) + ONES * 0x76) | value) & HIGH
        },
        |byte| !byte.is_ascii_digit(),
    )
}

fn some_digits(bytes: &[u8]) -> Option<usize> {
    match digits(bytes) {
        0 => None,
        length => Some(length),
    }
}

/// Place of the first byte that is `marked`, or the length; `marks` sets the highest bit of marked
/// bytes, right at least up to the first.
fn first(bytes: &[u8], marks: impl Fn(u64) -> u64, marked: impl Fn(u8) -> bool) -> usize {
    let mut at = 0;
    while let Some(word) = bytes[at..].first_chunk::<8>() {
        let found = marks(u64::from_le_bytes(*word));
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    bytes[at..].iter().position(|byte| marked(*byte)).map_or(bytes.len(), |more| at + more)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every byte at every place of a word, against the rule for single bytes.
    #[test]
    fn words_and_bytes_agree() {
        for place in 0..17 {
            for byte in 0..=255_u8 {
                for filler in [b'0', b'9', b'a', 0x7F, b'!', b'#', b'[', b']', b'/', b':'] {
                    let mut bytes = [filler; 18];
                    bytes[place] = byte;
                    bytes[17] = b'"';
                    let is_digit = |b: &u8| b.is_ascii_digit();
                    let expected = bytes.iter().position(|b| !is_digit(b));
                    assert_eq!(digits(&bytes), expected.unwrap_or(18));
                    let stops = |b: &u8| matches!(*b, 0..0x20 | b'"' | b'\\' | 0x80..);
                    let stop = bytes.iter().position(stops).filter(|at| bytes[*at] == b'"');
                    assert_eq!(plain_text(&bytes), stop, "{place} {byte:#x} {filler:#x}");
                }
            }
        }
    }

    #[test]
    fn numbers_are_those_of_json() {
        for good in ["0", "-0", "10", "1.5", "0.051296999999999995", "1e9", "-1.0E-7", "2e+3"] {
            for after in ["", ",", "}", "]", " ", "x", "]]]]]]]]]"] {
                let text = format!("{good}{after}");
                assert_eq!(number(text.as_bytes()), Some(good.len()), "{text}");
            }
        }
        for bad in ["", "-", "+1", ".5", "1.", "1.e5", "1e", "1e+", "-a", "NaN", "Infinity", "\""] {
            assert_eq!(number(bad.as_bytes()), None, "{bad}");
        }
        assert_eq!(number(b"012"), Some(1));
    }

    #[test]
    fn integers_are_checked_and_doubles_exact() {
        assert_eq!(integer(b"1795344401055216907"), Some(1_795_344_401_055_216_907));
        assert_eq!(integer(b"9223372036854775807"), Some(i64::MAX));
        for other in ["9223372036854775808", "18446744073709551617", "99999999999999999999", "-1"] {
            assert_eq!(integer(other.as_bytes()), None, "{other}");
        }
        assert_eq!(integer(b"1.0"), None);
        assert_eq!(float(b"1795.5504186800001"), Some(1_795.550_418_680_000_1));
        assert_eq!(float(b"389.6e9043"), None);
    }

    #[test]
    fn lists_hold_numbers_only() {
        let length = |text: &str, nested| list(text.as_bytes(), nested, &mut |_| Some(()));
        assert_eq!(length("[],", 0), Some(2));
        assert_eq!(length("[1.5,0,-2e3]}", 0), Some(12));
        assert_eq!(length("[[1,2],[3,4],[]]", 1), Some(16));
        for bad in ["[1,]", "[,1]", "[1", "[1 ,2]", "[\"a\"]", "[[1]]", "[1,[2]]", "1"] {
            assert_eq!(length(bad, 0), None, "{bad}");
        }
        assert_eq!(length("[[[1]]]", 1), None);
    }
}
