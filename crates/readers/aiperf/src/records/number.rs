//! The grammar of JSON's numbers and their values, eight bytes at a time.

use inferguard_source::lanes::{HIGH, ONES, first};

/// The digit 0 in each byte.
const ZEROS: u64 = 0x30 * ONES;
const ZEROS_16: u128 = 0x3030_3030_3030_3030_3030_3030_3030_3030;

/// Length of the JSON number at the start; `None` when there is none.
///
/// What follows is not looked at: `01` is the number `0` and something that no JSON holds there.
#[inline]
pub(super) fn number(bytes: &[u8]) -> Option<usize> {
    let common = bytes.first_chunk().and_then(common_number);
    common.map(|(_, end)| end).or_else(|| any_number(bytes))
}

/// Length and value of the JSON number at the start, as the closest double; `None` also beyond the
/// range of doubles, which `serde_json` refuses.
#[inline]
pub(super) fn float(bytes: &[u8]) -> Option<(usize, f64)> {
    let common = bytes.first_chunk().and_then(|window| Some((window, common_number(window)?)));
    if let Some((window, (whole, end))) = common
        && let Some(value) = common_float(window, whole, end)
    {
        return Some((end, value));
    }
    let end = number(bytes)?;
    Some((end, any_float(&bytes[..end])?))
}

/// Length and value of the JSON number at the start when it is an integer from 0 on and fits; `None`
/// for all others, also for those that `serde_json` reads.
#[inline]
pub(super) fn integer(bytes: &[u8]) -> Option<(usize, i64)> {
    let Some(window) = bytes.first_chunk() else {
        let end = any_number(bytes)?;
        return Some((end, any_integer(&bytes[..end])?));
    };
    let (whole, end) = common_number(window)?;
    // 19 digits fit 64 bits without a sign; 20 may not.
    if end != whole || end > 19 {
        return None;
    }
    let mut value = 0;
    let mut left = end;
    for eight in window.as_chunks::<8>().0 {
        let digits = u64::from_le_bytes(*eight) ^ ZEROS;
        if left < 8 {
            let value = value * TENS[left] + first_digits(digits, left);
            return i64::try_from(value).ok().map(|value| (end, value));
        }
        value = value * TENS[8] + of_eight(digits);
        left -= 8;
    }
    None
}

/// Bytes in which nearly every number ends: the longest double without an exponent has 20 digits
/// and a point, and a time in nanoseconds has 19.
const WINDOW: usize = 24;

/// Where the digits before the point and the whole number end, for those without sign and exponent
/// that end in the window.
///
/// It finds both without a loop, and so with few branches that depend on them.
#[inline]
fn common_number(window: &[u8; WINDOW]) -> Option<(usize, usize)> {
    let (words, _) = window.as_chunks::<8>();
    let marks = |at: usize| no_digits(u64::from_le_bytes(words[at]));
    // A count ends in the first word.
    let first = marks(0);
    if first != 0 {
        let whole = first.trailing_zeros() as usize / 8;
        let after = window[whole];
        if after != b'.' {
            let is_number = whole > 0 && (window[0] != b'0' || whole == 1) && !is_exponent(after);
            return is_number.then_some((whole, whole));
        }
    }
    // Gathers the highest bit of each byte: that of byte n is moved by 49 − 7 n to bit 56 + n, and
    // no two of all products meet.
    let gathered = |marks: u64| (marks.wrapping_mul(0x0002_0408_1020_4081) >> 56) as u32;
    let others = gathered(first) | gathered(marks(1)) << 8 | gathered(marks(2)) << 16;
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
    (!is_exponent(*window.get(end)?)).then_some((whole, end))
}

fn is_exponent(byte: u8) -> bool {
    matches!(byte, b'e' | b'E')
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

/// The value of a JSON number as the closest double; `None` beyond the range of doubles.
pub(super) fn any_float(token: &[u8]) -> Option<f64> {
    fast_float2::parse(token).ok().filter(|value: &f64| value.is_finite())
}

/// As [`any_float`], for a number in a window with digits on both sides of a point, up to 7 and 16 of
/// them and no more than 18 together; `None` also where the closest double is not plain to see.
///
/// The digits are an integer m, and the number is m / 10ᵏ. Dividing them as doubles is off by at most
/// one and a half of its last places, and what is left over is exact in 64 bits: it tells whether the
/// quotient or its neighbour is the closest.
#[inline]
fn common_float(window: &[u8; WINDOW], whole: usize, end: usize) -> Option<f64> {
    let places = end.checked_sub(whole + 1).filter(|places| (1..=16).contains(places))?;
    if whole > 7 || whole + places > 18 {
        return None;
    }
    let (first, _) = window.split_first_chunk::<8>()?;
    let before = first_digits(u64::from_le_bytes(*first) ^ ZEROS, whole);
    let behind = window[whole + 1..].first_chunk::<16>()?;
    let behind = (u128::from_le_bytes(*behind) ^ ZEROS_16) << (8 * (16 - places));
    let behind = of_eight(behind as u64) * TENS[8] + of_eight((behind >> 64) as u64);
    let tens = TENS[places];
    let digits = before * tens + behind;
    // Below 10¹⁸: a signed integer is faster made a double.
    let quotient = digits.cast_signed() as f64 / tens as f64;
    let bits = quotient.to_bits();
    let mantissa = bits & ((1 << 52) - 1) | 1 << 52;
    let scale = 1075_u32.wrapping_sub((bits >> 52) as u32);
    // What is left over of digits × 2^scale is small, so that its lower 64 bits are all of it.
    let left = digits.wrapping_shl(scale).wrapping_sub(mantissa.wrapping_mul(tens)).cast_signed();
    let tens = tens.cast_signed();
    let step = i64::from(left > tens / 2) - i64::from(left < -tens / 2);
    let left = left.wrapping_sub(step * tens);
    // Not between two doubles, and not where the distance between them changes.
    let is_plain = (-tens / 2 < left && left < tens / 2)
        && scale < u64::BITS
        && mantissa != 1 << 52
        && mantissa != (1 << 53) - 1;
    if is_plain {
        return Some(f64::from_bits(bits.wrapping_add_signed(step)));
    }
    // Doubles that are exact are divided to the closest.
    (digits < 1 << 53).then_some(quotient)
}

/// The value of a JSON number that is an integer from 0 on and fits.
fn any_integer(token: &[u8]) -> Option<i64> {
    if digits(token) != token.len() {
        return None;
    }
    std::str::from_utf8(token).ok()?.parse().ok()
}

/// Powers of ten.
const TENS: [u64; 17] = {
    let mut tens = [1; 17];
    let mut at = 1;
    while at < 17 {
        tens[at] = tens[at - 1] * 10;
        at += 1;
    }
    tens
};

/// The value of the first digits of a word, fewer than eight and taken from [`ZEROS`].
#[inline]
fn first_digits(digits: u64, count: usize) -> u64 {
    if count == 0 { 0 } else { of_eight(digits << (8 * (8 - count))) }
}

/// The value of eight digits taken from [`ZEROS`]: neighbours are joined to twos, those to fours,
/// those to eight.
#[inline]
fn of_eight(digits: u64) -> u64 {
    let twos = (digits * 10 + (digits >> 8)) & 0x00FF_00FF_00FF_00FF;
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Every byte at every place of a word, against the rule for single bytes.
    #[test]
    fn words_and_bytes_agree() {
        for place in 0..17 {
            for byte in 0..=255_u8 {
                for filler in [b'0', b'9'] {
                    let mut bytes = [filler; 18];
                    bytes[place] = byte;
                    bytes[17] = b'"';
                    let expected = bytes.iter().position(|b| !b.is_ascii_digit());
                    assert_eq!(Some(digits(&bytes)), expected);
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
                let Some((whole, end)) = common else { continue };
                assert_eq!(Some(end), any_number(&text), "{}", text.escape_ascii());
                assert_eq!(whole, digits(&text), "{}", text.escape_ascii());
            }
        }
    }

    /// A number with and without a window behind it.
    fn both(text: &str) -> [String; 2] {
        [format!("{text},"), format!("{text},{:30}", "")]
    }

    #[test]
    fn integers_are_checked() {
        let mut good = vec!["1795344401055216907".to_owned(), i64::MAX.to_string()];
        good.extend((1..=19).map(|n| "1234567890123456789"[..n].to_owned()));
        good.extend((0..19).map(|n| 10_i64.pow(n).to_string()));
        good.extend(["0", "7", "99999999", "9999999999999999"].map(str::to_owned));
        for token in good {
            let expected = Some((token.len(), token.parse().expect("fits")));
            for text in both(&token) {
                assert_eq!(integer(text.as_bytes()), expected, "{text}");
            }
        }
        for other in [
            "9223372036854775808",
            "18446744073709551617",
            "99999999999999999999",
            "100000000000000000000000000",
            "-1",
            "1e5",
            "1.0",
            "x",
        ] {
            for text in both(other) {
                assert_eq!(integer(text.as_bytes()), None, "{text}");
            }
        }
    }

    fn is_closest(token: &str) {
        let expected: f64 = token.parse().expect("a number");
        for text in both(token) {
            let found = float(text.as_bytes()).map(|(length, value)| (length, value.to_bits()));
            assert_eq!(found, Some((token.len(), expected.to_bits())), "{text}");
        }
    }

    #[test]
    fn doubles_are_the_closest() {
        let mut bits = 1_u64;
        let mut random = |below: u64| {
            bits = bits
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (bits >> 20) % below
        };
        for _ in 0..200_000 {
            // As AIPerf makes them: whole nanoseconds in milliseconds.
            let digits = random(13) as u32;
            is_closest(&format!("{:?}", random(10_u64.pow(digits) + 1) as f64 * 1e-6));
            // Any digits, whether a double or far from one.
            let (whole, places) = (random(8) as u32, 1 + random(17) as usize);
            let (a, b) = (random(10_u64.pow(whole)), random(10_u64.pow(16)));
            is_closest(&format!("{a}.{}", &format!("{b:017}")[..places]));
        }
        for token in [
            "0.0",
            "1.0",
            "0.5",
            "0.00000000000001",
            "1795.5504186800001",
            "4503599.627370496",
            "9007199.254740993",
            "0.99999999999999999",
            "0.9999999999999999",
            "1.0000000000000001",
            // Half way between two doubles, and next to it.
            "4.00000000000000044",
            "1.00000000000000011",
            "1048576.00000000011",
            "1048576.0000000001164",
            "-0.0",
            "-12.5",
            "1e-7",
            "12345678.5",
            "380",
        ] {
            is_closest(token);
        }
        for other in ["389.6e9043", "-1e999", "NaN"] {
            for text in both(other) {
                assert_eq!(float(text.as_bytes()), None, "{text}");
            }
        }
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
