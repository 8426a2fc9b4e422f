//! The grammar of JSON's strings, as far as they are plain ASCII: eight and sixteen bytes at a time.

use inferguard_source::lanes::{HIGH, below, equal, first};

/// Length of a string up to its closing quote, from behind the opening one; `None` when it holds
/// an escape, a control byte or a byte that is not ASCII, or is never closed.
///
/// Identifiers are of one length: one of the `usual` length is looked at without looking for its end.
#[inline]
pub(super) fn plain_text(bytes: &[u8], usual: usize) -> Option<usize> {
    let is_usual = bytes.get(usual) == Some(&b'"') && is_plain(&bytes[..usual]);
    if is_usual { Some(usual) } else { any_text(bytes) }
}

/// Whether a text of eight bytes or more is a plain string; of a shorter one it says no.
#[inline]
fn is_plain(text: &[u8]) -> bool {
    // The last chunk may overlap the one before.
    if let Some(last) = text.last_chunk::<16>() {
        let mut odd = [0; 16];
        for chunk in text.as_chunks().0 {
            mark_odd(&mut odd, chunk);
        }
        mark_odd(&mut odd, last);
        return u128::from_ne_bytes(odd) == 0;
    }
    let (Some(first), Some(last)) = (text.first_chunk::<8>(), text.last_chunk()) else {
        return false;
    };
    let mut odd = [0; 8];
    mark_odd(&mut odd, first);
    mark_odd(&mut odd, last);
    u64::from_ne_bytes(odd) == 0
}

/// Marks the lanes in which a byte is none of a plain string; no lane waits for another.
#[inline]
fn mark_odd<const N: usize>(odd: &mut [u8; N], chunk: &[u8; N]) {
    for (odd, byte) in odd.iter_mut().zip(chunk) {
        // As a signed byte, what is not ASCII is below the control bytes.
        *odd |= u8::from(byte.cast_signed() < 0x20 || *byte == b'"' || *byte == b'\\');
    }
}

/// As [`plain_text`], of any length.
fn any_text(bytes: &[u8]) -> Option<usize> {
    let end = first(
        bytes,
        |word| below(word, b' ') | equal(word, b'"') | equal(word, b'\\') | (word & HIGH),
        |byte| matches!(byte, 0..0x20 | b'"' | b'\\' | 0x80..),
    );
    (bytes.get(end) == Some(&b'"')).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every byte at every place of a word, against the rule for single bytes.
    #[test]
    fn words_and_bytes_agree() {
        for place in 0..18 {
            for byte in 0..=255_u8 {
                for filler in [b'0', b'a', 0x7F, b'!', b'#', b'[', b']'] {
                    let mut bytes = [filler; 18];
                    bytes[17] = b'"';
                    bytes[place] = byte;
                    let stops = |b: &u8| matches!(*b, 0..0x20 | b'"' | b'\\' | 0x80..);
                    let stop = bytes.iter().position(stops).filter(|at| bytes[*at] == b'"');
                    for usual in [0, 7, 8, 9, place, 17, 18, 99] {
                        let found = plain_text(&bytes, usual);
                        assert_eq!(found, stop, "{place} {byte:#x} {filler:#x} {usual}");
                    }
                }
            }
        }
    }
}
