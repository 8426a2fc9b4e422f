//! Fields of a record: `label: value`, parted by commas.

/// Gives the fields of a record.
pub(super) struct Fields<'b> {
    rest: &'b [u8],
    /// Whether the last field may lack its end.
    cut: bool,
}

impl<'b> Fields<'b> {
    pub(super) fn of(body: &'b [u8], cut: bool) -> Self {
        Self { rest: body, cut }
    }
}

impl<'b> Iterator for Fields<'b> {
    type Item = (&'b [u8], &'b [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        while !self.rest.is_empty() {
            let comma = memchr::memchr(b',', self.rest);
            // `0.4` may be what is left of `0.41`.
            if comma.is_none() && self.cut {
                return None;
            }
            let field = &self.rest[..comma.unwrap_or(self.rest.len())];
            self.rest = comma.map_or(&[], |comma| &self.rest[comma + 1..]);
            if let Some(colon) = memchr::memchr(b':', field) {
                return Some((field[..colon].trim_ascii(), field[colon + 1..].trim_ascii()));
            }
        }
        None
    }
}

/// The number at the start of a value; what follows is its unit. `None` for `N/A`, `nan`, `inf` and
/// anything negative: no figure of a log is.
pub(super) fn number(value: &[u8]) -> Option<f64> {
    let is_part = |b: &u8| b.is_ascii_digit() || *b == b'.';
    let length = value.iter().take_while(|b| is_part(b)).count();
    std::str::from_utf8(&value[..length]).ok()?.parse().ok().filter(|n: &f64| n.is_finite())
}

/// A share of 0..1; anything else has no meaning.
pub(super) fn share(value: &[u8]) -> Option<f64> {
    number(value).filter(|share| *share <= 1.0)
}

/// A percentage as a share.
pub(super) fn percent(value: &[u8]) -> Option<f64> {
    number(value).map(|percent| percent / 100.0).filter(|share| *share <= 1.0)
}

/// The number behind a label anywhere in a text: `label: 1`, `label = 1`, `'label': 1`, `label=1`.
pub(super) fn after(text: &[u8], label: &str) -> Option<f64> {
    let mut from = 0;
    while let Some(at) = memchr::memmem::find(&text[from..], label.as_bytes()) {
        let start = from + at;
        from = start + label.len();
        let inside = start.checked_sub(1).is_some_and(|at| is_word(text[at]));
        let rest = text[from..].trim_ascii_start();
        let rest = rest.strip_prefix(b"'").or(rest.strip_prefix(b"\"")).unwrap_or(rest);
        let rest = rest.trim_ascii_start();
        let Some(value) = rest.strip_prefix(b":").or(rest.strip_prefix(b"=")) else { continue };
        if !inside && let Some(value) = number(value.trim_ascii_start()) {
            return Some(value);
        }
    }
    None
}

fn is_word(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_that_may_be_cut_is_left_out() {
        let of = |cut| {
            let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
            Fields::of(b" a: 1, b, c: 0.4", cut)
                .map(|(label, value)| (text(label), text(value)))
                .collect::<Vec<_>>()
        };
        let pair = |label: &str, value: &str| (label.to_owned(), value.to_owned());
        assert_eq!(of(false), [pair("a", "1"), pair("c", "0.4")]);
        assert_eq!(of(true), [pair("a", "1")]);
    }

    #[test]
    fn numbers_with_units_and_none() {
        assert_eq!(number(b"41.2%"), Some(41.2));
        assert_eq!(number(b"64 reqs"), Some(64.0));
        for none in [&b"N/A"[..], b"nan", b"inf", b"-1", b"", b"1.2.3"] {
            assert_eq!(number(none), None);
        }
        assert_eq!(share(b"1.01"), None);
        assert_eq!(percent(b"50.0%"), Some(0.5));
    }

    #[test]
    fn labels_are_whole_words() {
        let text = b"prev_iter = 1, iter = 5, states = {'num_ctx_tokens': 40, 'x': 2}";
        assert_eq!(after(text, "iter"), Some(5.0));
        assert_eq!(after(text, "num_ctx_tokens"), Some(40.0));
        assert_eq!(after(text, "num"), None);
    }
}
