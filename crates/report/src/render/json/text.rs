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

/// Whether JSON writes these bytes as they are; nearly all texts of a report are.
///
/// Looked at in pieces without an end in between, which the compiler makes a few instructions each.
/// The last piece overlaps those before it.
pub(super) fn is_plain(text: &[u8]) -> bool {
    if let Some(last) = text.last_chunk::<16>() {
        text.as_chunks().0.iter().all(are_plain::<16>) && are_plain(last)
    } else if let (Some(first), Some(last)) = (text.first_chunk::<8>(), text.last_chunk::<8>()) {
        are_plain(first) && are_plain(last)
    } else {
        text.iter().all(|byte| are_plain(&[*byte]))
    }
}

#[inline]
fn are_plain<const N: usize>(piece: &[u8; N]) -> bool {
    // As numbers: comparisons that stop early would be looked at one by one.
    let is_odd = |b: u8| u8::from(b < 0x20) | u8::from(b == b'"') | u8::from(b == b'\\');
    piece.iter().fold(0, |found, byte| found | is_odd(*byte)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_judged_at_every_place() {
        for length in 0..=40 {
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
}
