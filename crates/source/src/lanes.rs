//! Searches in short texts, eight bytes at a time: most strings and numbers of JSON are too short
//! for a vectorized search to pay.

/// A one in each byte, for arithmetic on eight bytes in one word.
pub const ONES: u64 = u64::from_le_bytes([1; 8]);
/// The highest bit of each byte, by which bytes are marked.
pub const HIGH: u64 = 0x80 * ONES;

/// Marks bytes of a little-endian word that are below `than`, at most 0x80. The first mark is right;
/// a borrow goes upwards, so that later ones may be wrong.
#[inline]
pub const fn below(word: u64, than: u8) -> u64 {
    word.wrapping_sub(ONES * than as u64) & !word & HIGH
}

/// Marks bytes of a little-endian word that are `byte`; as right as [`below`].
#[inline]
pub const fn equal(word: u64, byte: u8) -> u64 {
    below(word ^ (ONES * byte as u64), 1)
}

/// Place of the first byte that is `marked`, or the length; `marks` sets the highest bit of marked
/// bytes, right at least up to the first.
#[inline]
pub fn first(bytes: &[u8], marks: impl Fn(u64) -> u64, marked: impl Fn(u8) -> bool) -> usize {
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

    #[test]
    fn words_and_bytes_agree() {
        let odd = |byte: u8| byte < b' ' || byte == b'"';
        let find = |text: &[u8]| first(text, |word| below(word, b' ') | equal(word, b'"'), odd);
        for place in 0..18 {
            for (byte, filler) in
                (0..=u8::MAX).flat_map(|byte| [b'!', b'a', 0x7F, 0x80, 0xFF].map(|f| (byte, f)))
            {
                let mut text = [filler; 18];
                text[place] = byte;
                let expected = text.iter().position(|byte| odd(*byte)).unwrap_or(18);
                assert_eq!(find(&text), expected, "{byte:#x} at {place} among {filler:#x}");
            }
        }
        // What borrows stands before what it makes look odd.
        assert_eq!(find(b"abc\"!!!!"), 3);
    }
}
