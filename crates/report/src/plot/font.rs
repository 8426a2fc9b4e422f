//! The font that every picture carries, so that text is as wide everywhere as it was measured here.

use std::sync::LazyLock;

use ttf_parser::Face;

/// Roboto Regular, cut to what plots write; see `assets/ORIGIN.md`.
static FACE: LazyLock<Option<Face<'static>>> =
    LazyLock::new(|| Face::parse(include_bytes!("assets/plot-sans.ttf"), 0).ok());

/// Widths of the ASCII characters, in ems.
static ASCII: LazyLock<[f32; 128]> = LazyLock::new(|| {
    std::array::from_fn(|code| char::from_u32(code as u32).map_or(UNKNOWN, advance))
});

/// The name under which the font is known in SVG, and what stands in where it is refused.
pub(super) const FAMILY: &str = "InferGuard Plot,Roboto,Arial,sans-serif";

/// The rule that makes the font known to SVG and HTML: for the `<style>` of a page that shows
/// figures drawn [without the font](super::Style::with_font).
///
/// A content-security policy has to allow it with `font-src data:`. Where it is refused, text is
/// squeezed or stretched to the width that it was given room for.
pub const FONT_FACE: &str = concat!(
    "@font-face{font-family:\"InferGuard Plot\";src:url(\"data:font/woff2;base64,",
    include_str!("assets/plot-sans.woff2.base64"),
    "\") format(\"woff2\")}"
);

/// Width of a character that the font does not have.
const UNKNOWN: f32 = 0.6;

/// Width of a character as wide as it is high, as of Chinese; an emoji is one too.
const WIDE: f32 = 1.0;

/// The font, unless the file in the program is broken.
#[cfg(feature = "png")]
pub(super) fn face() -> Option<&'static Face<'static>> {
    FACE.as_ref()
}

/// Width of a text in pixels.
pub(super) fn width(text: &str, size: f32) -> f32 {
    let of = |c: char| ASCII.get(c as usize).copied().unwrap_or_else(|| advance(c));
    text.chars().map(of).sum::<f32>() * size
}

/// Width of a character in ems.
pub(super) fn advance(c: char) -> f32 {
    let known = FACE.as_ref().and_then(|face| {
        let advance = face.glyph_hor_advance(face.glyph_index(c)?)?;
        Some(f32::from(advance) / f32::from(face.units_per_em()))
    });
    known.unwrap_or(if (c as u32) >= 0x1100 { WIDE } else { UNKNOWN })
}

/// A text that is at most so wide: the start, an ellipsis and the end, since names tell most at
/// both ends.
pub(super) fn fit(text: &str, size: f32, most: f32) -> String {
    if width(text, size) <= most {
        return text.to_owned();
    }
    let chars: Vec<char> = text.chars().collect();
    let cut = |kept: usize| {
        let head: String = chars[..kept.div_ceil(2)].iter().collect();
        let tail: String = chars[chars.len() - kept / 2..].iter().collect();
        format!("{head}…{tail}")
    };
    let fits = |kept: &usize| width(&cut(*kept), size) <= most;
    (0..chars.len()).rev().find(fits).map_or_else(String::new, cut)
}

/// A text in lines that are at most so wide; what is beyond the last line is cut with an ellipsis.
pub(super) fn wrap(text: &str, size: f32, most: f32, max_lines: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let longer = lines.last().map(|line| format!("{line} {word}"));
        match longer.filter(|line| width(line, size) <= most) {
            Some(line) => {
                lines.pop();
                lines.push(line);
            }
            None => lines.push(fit(word, size, most)),
        }
    }
    if lines.len() > max_lines {
        lines.truncate(max_lines);
        if let Some(last) = lines.last_mut() {
            while width(last, size) + width(" …", size) > most && last.pop().is_some() {}
            last.push_str(" …");
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_font_is_there_with_digits_of_one_width() {
        assert!(FACE.is_some());
        assert!(('0'..='9').all(|digit| advance(digit) == advance('0')));
        assert!((width("100", 20.0) - 3.0 * 20.0 * advance('0')).abs() < 1e-3);
        assert_eq!((advance('漢'), advance('\u{10ffff}')), (WIDE, WIDE));
        assert_eq!(width("", 12.0), 0.0);
    }

    #[test]
    fn long_names_keep_both_ends_and_their_room() {
        let name = "nvidia/Llama-3_1-Nemotron-Ultra-253B-v1-FP8-dynamic";
        let cut = fit(name, 12.0, 150.0);
        assert!(
            cut.starts_with("nvidia") && cut.ends_with("dynamic") && cut.contains('…'),
            "{cut}"
        );
        assert!(width(&cut, 12.0) <= 150.0);
        assert_eq!(fit("short", 12.0, 150.0), "short");
        assert_eq!(fit("any", 12.0, 0.0), "");
    }

    #[test]
    fn notes_are_wrapped_and_cut() {
        let lines = wrap(&"several words ".repeat(30), 11.0, 200.0, 3);
        assert_eq!(lines.len(), 3);
        assert!(lines.iter().all(|line| width(line, 11.0) <= 200.0) && lines[2].ends_with('…'));
        assert_eq!(wrap("", 11.0, 200.0, 3), Vec::<String>::new());
    }
}
