//! Text encodings: UTF-8 with and without BOM, UTF-16, invalid bytes.

use std::borrow::Cow;

use inferguard_model::{Problem, ProblemCode};

/// Returns the text of a file as UTF-8 bytes and tells what had to be repaired.
///
/// Bytes that are valid UTF-8 without a BOM are returned as they are; the check for invalid bytes
/// is left to whoever parses them, unless `check` is set.
pub fn decode(bytes: &[u8], check: bool) -> (Cow<'_, [u8]>, Option<Problem>) {
    let encoding = |message: &'static str| Some(Problem::note(ProblemCode::Encoding, "", message));
    match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => {
            let (text, problem) = decode(rest, check);
            (text, problem.or_else(|| encoding("UTF-8 byte order mark left out")))
        }
        [0xFF, 0xFE, rest @ ..] => {
            (utf16(rest, u16::from_le_bytes), encoding("UTF-16 (little endian) read as UTF-8"))
        }
        [0xFE, 0xFF, rest @ ..] => {
            (utf16(rest, u16::from_be_bytes), encoding("UTF-16 (big endian) read as UTF-8"))
        }
        // UTF-16 without a mark: JSON and CSV begin with ASCII, so every other byte is zero.
        [a, 0, b, 0, ..] if *a != 0 && *b != 0 => {
            (utf16(bytes, u16::from_le_bytes), encoding("UTF-16 (little endian) read as UTF-8"))
        }
        [0, a, 0, b, ..] if *a != 0 && *b != 0 => {
            (utf16(bytes, u16::from_be_bytes), encoding("UTF-16 (big endian) read as UTF-8"))
        }
        _ if check && std::str::from_utf8(bytes).is_err() => {
            let text = String::from_utf8_lossy(bytes).into_owned().into_bytes();
            (Cow::Owned(text), encoding("invalid UTF-8 bytes replaced by U+FFFD"))
        }
        _ => (Cow::Borrowed(bytes), None),
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Cow<'static, [u8]> {
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    let text: String =
        char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    Cow::Owned(text.into_bytes())
}

/// Cuts a producer's text to [`MESSAGE_CHARS`](crate::limits::MESSAGE_CHARS) on one line, without
/// the secrets in it.
pub fn shorten(text: &str) -> String {
    let mut out = String::new();
    let text = crate::secrets::without_secrets(text);
    for (n, c) in text.trim().chars().enumerate() {
        if n == crate::limits::MESSAGE_CHARS {
            out.push('…');
            break;
        }
        out.push(if c.is_control() { ' ' } else { c });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_encoding_gives_the_same_text() {
        let utf16le: Vec<u8> = "{\"a\": 1}".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let utf16be: Vec<u8> = "{\"a\": 1}".encode_utf16().flat_map(u16::to_be_bytes).collect();
        let marked = |mark: &[u8], rest: &[u8]| [mark, rest].concat();
        for bytes in [
            marked(&[0xEF, 0xBB, 0xBF], b"{\"a\": 1}"),
            marked(&[0xFF, 0xFE], &utf16le),
            marked(&[0xFE, 0xFF], &utf16be),
            utf16le,
            utf16be,
        ] {
            let (text, problem) = decode(&bytes, true);
            assert_eq!(&*text, b"{\"a\": 1}");
            assert!(problem.is_some());
        }
        assert!(decode(b"{}", true).1.is_none());
    }

    #[test]
    fn invalid_bytes_are_replaced_and_told() {
        let (text, problem) = decode(b"{\"a\": \"\xff\"}", true);
        assert_eq!(std::str::from_utf8(&text), Ok("{\"a\": \"\u{FFFD}\"}"));
        assert!(problem.is_some());
    }

    #[test]
    fn long_messages_are_cut_to_one_line() {
        assert_eq!(shorten("a\nb"), "a b");
        assert_eq!(shorten(&"x".repeat(500)).chars().count(), 201);
    }
}
