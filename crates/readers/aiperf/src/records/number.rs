//! The grammar of JSON's numbers and plain strings, eight bytes at a time.

/// Bytes of each lane, for arithmetic on eight bytes in one word.
const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x80 * ONES;

/// Length of the JSON number at the start; `None` when there is none.
///
/// What follows is not looked at: `01` is the number `0` and something that no JSON holds there.
#[inline]
pub(super) fn number(bytes: &[u8]) -> Option<usize> {
    bytes.first_chunk().and_then(common_number).or_else(|| any_number(bytes))
}

/// Bytes in which nearly every number ends: the longest double without an exponent has 20 digits
/// and a point, and a time in nanoseconds has 19.
const WINDOW: usize = 24;

/// As [`number`], for those without sign and exponent that end in the window.
///
/// It finds both ends of the digits without a loop, and so without a branch that depends on them.
#[inline]
fn common_number(window: &[u8; WINDOW]) -> Option<usize> {
    let mut others = 0_u32;
    for (at, word) in window.as_chunks::<8>().0.iter().enumerate() {
        let marks = no_digits(u64::from_le_bytes(*word)) >> 7;
        // Gathers the lowest bit of each byte: that of byte n is moved by 56 − 7 n to bit 56 + n,
        // and no two of all products meet.
        let gathered = marks.wrapping_mul(0x0102_0408_1020_4080) >> 56;
        others |= (gathered as u32) << (8 * at);
    }
    let whole = others.trailing_zeros() as usize;
    if whole == 0 || window[0] == b'0' && whole > 1 {
        return None;
    }
    let end = if *window.get(whole)? == b'.' {
        let end = (others & (others - 1)).trailing_zeros() as usize;
        if end == whole + 1 {
            return None;
        }
        end
    } else {
        whole
    };
    (!matches!(window.get(end)?, b'e' | b'E')).then_some(end)
}

/// As [`number`], for all of them.
#[cold]
fn any_number(bytes: &[u8]) -> Option<usize> {
    let mut at = usize::from(*bytes.first()? == b'-');
    match bytes.get(at)? {
        b'0' => at += 1,
        // Nearly all numbers with a fraction have one or two digits before it, which are faster
        // looked at one by one.
        b'1'..=b'9' => match bytes.get(at + 1..at + 3) {
            Some([b'.', _]) => at += 1,
            Some([b'0'..=b'9', b'.']) => at += 2,
            _ => at += digits(&bytes[at..]),
        },
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
    if token.len() > 19 || digits(token) != token.len() {
        return None;
    }
    let (eights, rest) = token.as_chunks::<8>();
    let value = eights.iter().fold(0, |value, eight| value * 100_000_000 + of_eight(*eight));
    let value = rest.iter().fold(value, |value, byte| value * 10 + u64::from(byte - b'0'));
    i64::try_from(value).ok()
}

/// The value of eight digits: neighbours are joined to twos, those to fours, those to eight.
fn of_eight(digits: [u8; 8]) -> u64 {
    let ones = u64::from_le_bytes(digits) ^ (ONES * 0x30);
    let twos = (ones * 10 + (ones >> 8)) & 0x00FF_00FF_00FF_00FF;
    let fours = (twos * 100 + (twos >> 16)) & 0x0000_FFFF_0000_FFFF;
    (fours * 10_000 + (fours >> 32)) & 0xFFFF_FFFF
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
#[inline]
fn digits(bytes: &[u8]) -> usize {
    first(bytes, no_digits, |byte| !byte.is_ascii_digit())
}

/// Sets the highest bit of each byte that is no digit.
#[inline]
fn no_digits(word: u64) -> u64 {
    let value = word ^ (ONES * 0x30);
    (((value & !HIGH) + ONES * 0x76) | value) & HIGH
}

fn some_digits(bytes: &[u8]) -> Option<usize> {
    match digits(bytes) {
        0 => None,
        length => Some(length),
    }
}

/// Place of the first byte that is `marked`, or the length; `marks` sets the highest bit of marked
/// bytes, right at least up to the first.
#[inline]
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
        for good in [
            "0",
            "-0",
            "10",
            "1.5",
            "0.051296999999999995",
            "1e9",
            "-1.0E-7",
            "2e+3",
            "1795344401055216907",
        ] {
            for after in ["", ",", "}", "]", " ", "x", ".5.", "]]]]]]]]]]]]]]]]]]]]]]]]"] {
                let text = format!("{good}{after}");
                if !after.starts_with('.') || good.contains('.') {
                    assert_eq!(number(text.as_bytes()), Some(good.len()), "{text}");
                }
            }
        }
        for bad in ["", "-", "+1", ".5", "1.", "1.e5", "1e", "1e+", "-a", "NaN", "Infinity", "\""] {
            assert_eq!(number(bad.as_bytes()), None, "{bad}");
            let longer = format!("{bad},{:30}", "");
            assert_eq!(number(longer.as_bytes()), None, "{longer}");
        }
        assert_eq!(number(b"012"), Some(1));
    }

    /// All texts of a few bytes that matter, short and long, by both ways.
    #[test]
    fn the_common_way_is_the_general_one() {
        let telling = *b"0193.-+eE,:";
        let mut text = [0; 3 * WINDOW];
        for length in [1, 2, 3, 9, 18, 19, 20, 21, 22, 23, 24, 25, 30] {
            for of in 0..telling.len().pow(4) {
                text.fill(b'7');
                // The first two bytes, one within and the one behind.
                let places = [0, 1, length / 2, length];
                for (n, place) in places.iter().enumerate() {
                    text[*place] = telling[of / telling.len().pow(n as u32) % telling.len()];
                }
                let common = text.first_chunk().and_then(common_number);
                assert!(common.is_none() || common == any_number(&text), "{}", text.escape_ascii());
            }
        }
    }

    #[test]
    fn integers_are_checked_and_doubles_exact() {
        assert_eq!(integer(b"1795344401055216907"), Some(1_795_344_401_055_216_907));
        assert_eq!(integer(b"9223372036854775807"), Some(i64::MAX));
        for value in [0, 7, 99_999_999, 100_000_000, 1_234_567_890_123_456, i64::MAX / 3] {
            assert_eq!(integer(value.to_string().as_bytes()), Some(value));
        }
        for other in
            ["9223372036854775808", "18446744073709551617", "99999999999999999999", "-1", "1e5"]
        {
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
