//! Texts as JSON.

/// Appends a text in quotes.
pub(super) fn push(out: &mut Vec<u8>, text: &str) {
    if is_plain(text.as_bytes()) {
        out.reserve(text.len() + 2);
        out.push(b'"');
        out.extend_from_slice(text.as_bytes());
        out.push(b'"');
    } else {
        // Memory takes everything, and a text has no way to fail.
        let _ = serde_json::to_writer(out, text);
    }
}

/// Whether JSON writes these bytes as they are.
///
/// Nearly all texts of a report are, and eight bytes at a time cost a sixth of one by one. The last
/// eight overlap those before them.
pub(super) fn is_plain(text: &[u8]) -> bool {
    match text.last_chunk() {
        Some(last) => text.as_chunks().0.iter().all(|eight| are_plain(*eight)) && are_plain(*last),
        None => !text.iter().any(|byte| matches!(byte, 0..0x20 | b'"' | b'\\')),
    }
}

const fn are_plain(bytes: [u8; 8]) -> bool {
    const ONES: u64 = u64::MAX / 255;
    const HIGHS: u64 = ONES * 0x80;
    let word = u64::from_le_bytes(bytes);
    let quotes = word ^ (ONES * b'"' as u64);
    let backslashes = word ^ (ONES * b'\\' as u64);
    // A subtraction borrows into the highest bit of a byte that was smaller. It may do so in a byte
    // above that one too, but never where there is none.
    let controls = word.wrapping_sub(ONES * 0x20) & !word;
    let others =
        (quotes.wrapping_sub(ONES) & !quotes) | (backslashes.wrapping_sub(ONES) & !backslashes);
    (controls | others) & HIGHS == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_judged_at_every_place() {
        for length in 0..=20 {
            for at in 0..length {
                for byte in 0..=u8::MAX {
                    let mut text = vec![b'~'; length];
                    text[at] = byte;
                    let plain = byte >= 0x20 && byte != b'"' && byte != b'\\';
                    assert_eq!(is_plain(&text), plain, "{byte} at {at} of {length}");
                }
            }
        }
    }

    #[test]
    fn neighbours_do_not_hide_each_other() {
        for (one, other) in
            (0..=u8::MAX).flat_map(|one| (0..=u8::MAX).map(move |other| (one, other)))
        {
            let plain = |byte: u8| byte >= 0x20 && byte != b'"' && byte != b'\\';
            let text = [b'a', one, other, b'a', b'a', b'a', b'a', b'a'];
            assert_eq!(is_plain(&text), plain(one) && plain(other), "{one} {other}");
        }
    }
}
