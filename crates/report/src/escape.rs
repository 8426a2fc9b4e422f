//! Makes untrusted text harmless.
//!
//! Names, paths, messages and reasons come from files of strangers. Whatever they hold, they stay on
//! their line, in their table cell, and text: no heading, link, image, HTML, formula or terminal
//! command. Every text of a report that reaches Markdown goes through [`code`] (names, paths, ids)
//! or [`prose`] (sentences), every text that reaches a terminal through [`visible`], and every text
//! of an HTML template through `Html`.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Longest name or path in characters; longer ones lose their middle.
pub const MAX_NAME: usize = 160;

/// Longest sentence in characters; longer ones lose their end.
pub const MAX_SENTENCE: usize = 600;

/// A name, path or id as a Markdown code span, the same inside and outside a table.
///
/// In a code span nothing is a link, an emphasis or HTML. A pipe would still end a table cell there,
/// and its escape would show outside a table, so that the span is cut in two around a pipe.
pub fn code(text: &str) -> String {
    let text = visible(&shorten_middle(text, MAX_NAME)).into_owned();
    if text.is_empty() {
        return "(empty)".to_owned();
    }
    let mut out = String::with_capacity(text.len() + 2);
    for (at, part) in text.split('|').enumerate() {
        if at > 0 {
            out.push_str("\\|");
        }
        if !part.is_empty() {
            push_span(&mut out, part);
        }
    }
    out
}

/// A sentence as Markdown text, the same inside and outside a table, at the start of a line too.
///
/// Words that a viewer could turn into a link become code spans.
pub fn prose(text: &str) -> String {
    let text = shorten_end(text, MAX_SENTENCE);
    let text = visible(&text);
    let mut out = String::with_capacity(text.len() + 8);
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        if could_link(word) {
            out.push_str(&code(word));
        } else {
            push_escaped(&mut out, word);
        }
    }
    escape_line_start(&mut out);
    out
}

/// Makes every text of an HTML template text: the templates name it as their escaper, so that none
/// can be forgotten.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Html;

impl askama::filters::Escaper for Html {
    fn write_escaped_str<W: std::fmt::Write>(&self, dest: W, text: &str) -> std::fmt::Result {
        askama::filters::Html.write_escaped_str(dest, &visible(text))
    }
}

/// Shows control characters, line ends, and characters that reorder or hide text.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_invisible) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\0'..='\u{1f}' => out.extend(char::from_u32(0x2400 + c as u32)),
            '\u{7f}' => out.push('\u{2421}'),
            c if is_invisible(c) => {
                let _ = write!(out, "\\u{{{:x}}}", c as u32);
            }
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// At most `max` characters: the start, an ellipsis and the end, since ids tell most at both ends.
pub fn shorten_middle(text: &str, max: usize) -> Cow<'_, str> {
    let length = text.chars().count();
    if length <= max {
        return Cow::Borrowed(text);
    }
    let kept = max.saturating_sub(1);
    let head = kept / 2;
    let start: String = text.chars().take(head).collect();
    let end: String = text.chars().skip(length - (kept - head)).collect();
    Cow::Owned(format!("{start}…{end}"))
}

/// At most `max` characters: the start and an ellipsis.
pub fn shorten_end(text: &str, max: usize) -> Cow<'_, str> {
    if text.chars().count() <= max {
        return Cow::Borrowed(text);
    }
    let start: String = text.chars().take(max.saturating_sub(1)).collect();
    Cow::Owned(format!("{start}…"))
}

/// Control characters, line and paragraph separators, zero-width and direction marks, tags.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{feff}')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{fff9}'..='\u{fffb}')
        || matches!(c, '\u{e0000}'..='\u{e007f}')
}

fn push_span(out: &mut String, text: &str) {
    // A span ends at the first run of as many backticks as it began with.
    let runs: Vec<usize> =
        text.split(|c| c != '`').map(str::len).filter(|&length| length > 0).collect();
    let fence = (1..=runs.len()).find(|length| !runs.contains(length)).unwrap_or(runs.len() + 1);
    // A viewer takes one space off each side when both are there.
    let both = |c| text.starts_with(c) && text.ends_with(c);
    let pad = text.starts_with('`')
        || text.ends_with('`')
        || (both(' ') && text.chars().any(|c| c != ' '));
    let pad = if pad { " " } else { "" };
    out.extend(std::iter::repeat_n('`', fence));
    out.push_str(pad);
    out.push_str(text);
    out.push_str(pad);
    out.extend(std::iter::repeat_n('`', fence));
}

/// Whether a viewer may link the word by itself: an address with a scheme, a mail address or a
/// mention, or what looks like a host (which file names do, and they read well as code).
fn could_link(word: &str) -> bool {
    let www = |bytes: &[u8]| bytes.eq_ignore_ascii_case(b"www.");
    if word.as_bytes().windows(4).any(www) {
        return true;
    }
    let mut before = None;
    let mut rest = word.chars().peekable();
    while let Some(c) = rest.next() {
        let after = rest.peek();
        match c {
            '@' => return true,
            ':' if after == Some(&'/') => return true,
            '.' if before.is_some() && after.is_some_and(|c| c.is_alphabetic()) => return true,
            _ => before = Some(c),
        }
    }
    false
}

fn push_escaped(out: &mut String, word: &str) {
    let mut before = None;
    let mut rest = word.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '[' | ']' | '#' | '|' | '~' | '$' => out.extend(['\\', c]),
            // Inside a word it is no emphasis, and metric names stay readable.
            '_' if !(is_word(before) && is_word(rest.peek().copied())) => out.push_str("\\_"),
            '!' if rest.peek() == Some(&'[') => out.push_str("\\!"),
            c => out.push(c),
        }
        before = Some(c);
    }
}

fn is_word(c: Option<char>) -> bool {
    c.is_some_and(|c| c.is_ascii_alphanumeric())
}

/// Keeps a text from beginning a list, a rule or an underlined heading.
fn escape_line_start(out: &mut String) {
    let digits = out.bytes().take_while(u8::is_ascii_digit).count();
    let rest = &out[digits..];
    if digits == 0 && rest.starts_with(['-', '+', '=', ':']) {
        out.insert(0, '\\');
    } else if digits > 0 && matches!(rest.as_bytes(), [b'.' | b')'] | [b'.' | b')', b' ', ..]) {
        out.insert(digits, '\\');
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_become_code_spans() {
        assert_eq!(code("agg_dsr1.json"), "`agg_dsr1.json`");
        assert_eq!(code("a|b"), r"`a`\|`b`");
        assert_eq!(code("|"), r"\|");
        assert_eq!(code("a`b"), "``a`b``");
        assert_eq!(code("`a"), "`` `a ``");
        assert_eq!(code(" a "), "`  a  `");
        assert_eq!(code("a\nb"), "`a␊b`");
        assert_eq!(code(""), "(empty)");
    }

    #[test]
    fn sentences_stay_readable() {
        assert_eq!(prose("p99_ttft rises 3.2 x (n = 640)."), "p99_ttft rises 3.2 x (n = 640).");
        assert_eq!(prose("a < b & c"), "a &lt; b &amp; c");
        assert_eq!(prose("# x"), r"\# x");
        assert_eq!(prose("- x"), r"\- x");
        assert_eq!(prose("1. x"), r"1\. x");
        assert_eq!(prose("1)"), r"1\)");
        assert_eq!(prose("98.4 %"), "98.4 %");
        assert_eq!(prose("![i](http://e.x/p)"), "`![i](http://e.x/p)`");
        assert_eq!(prose("![i](x)"), r"\!\[i\](x)");
        assert_eq!(prose("see WWW.e.x or me@e.x"), "see `WWW.e.x` or `me@e.x`");
        assert_eq!(prose("agg.json has 1.5 of v2.0."), "`agg.json` has 1.5 of v2.0.");
        assert_eq!(prose("_a_ **b** c|d"), r"\_a\_ \*\*b\*\* c\|d");
    }

    #[test]
    fn nothing_drives_the_terminal_or_reorders_text() {
        assert_eq!(visible("a\u{1b}[2Jb\r\u{9b}"), "a␛[2Jb␍\\u{9b}");
        assert_eq!(visible("\u{202e}x\u{2028}"), "\\u{202e}x\\u{2028}");
        assert!(matches!(visible("größe 模型"), Cow::Borrowed(_)));
    }

    #[test]
    fn long_text_is_cut() {
        assert_eq!(shorten_middle("abcdefghij", 5), "ab…ij");
        assert_eq!(shorten_middle("ab", 2), "ab");
        assert_eq!(shorten_end("abcdef", 4), "abc…");
        assert_eq!(shorten_middle("ééééé", 3), "é…é");
        assert!(code(&"x".repeat(1 << 20)).chars().count() <= MAX_NAME + 2);
    }

    /// Pipes that end a table cell, by the rule that a backslash takes the next character along.
    fn bare_pipes(line: &str) -> usize {
        let (mut count, mut escaped) = (0, false);
        for c in line.chars() {
            count += usize::from(c == '|' && !escaped);
            escaped = c == '\\' && !escaped;
        }
        count
    }

    /// The same by the rule of viewers that look at one character before the pipe.
    fn bare_pipes_simple(line: &str) -> usize {
        let before = std::iter::once(' ').chain(line.chars());
        before.zip(line.chars()).filter(|&(before, c)| c == '|' && before != '\\').count()
    }

    proptest! {
        #[test]
        fn any_text_keeps_its_line_and_its_cell(text in any::<String>()) {
            for out in [code(&text), prose(&text)] {
                prop_assert_eq!(out.lines().count().max(1), 1);
                prop_assert_eq!(visible(&out), out.as_str());
                prop_assert_eq!(bare_pipes(&out), 0);
                prop_assert_eq!(bare_pipes_simple(&out), 0);
            }
        }

        #[test]
        fn markup_never_stands_outside_a_span(text in "[-=`|<>&*_#!:~$@./a1\\\\ \\[\\]()]{0,24}") {
            let outside = outside_spans(&code(&text));
            prop_assert!(outside.chars().all(|c| "\\|(empty)".contains(c)), "{}", outside);
            let outside = outside_spans(&prose(&text));
            prop_assert!(!outside.contains(['<', '>', '@']), "{}", outside);
            prop_assert!(!outside.contains("://"), "{}", outside);
            let escaped = outside.replace("\\\\", "");
            for (at, c) in escaped.char_indices().filter(|(_, c)| "*[]#|`~$".contains(*c)) {
                prop_assert!(escaped[..at].ends_with('\\'), "{} in {}", c, outside);
            }
        }
    }

    /// What a viewer reads as text: code spans removed, as CommonMark finds them.
    fn outside_spans(line: &str) -> String {
        let run = |text: &str| text.chars().take_while(|c| *c == '`').count();
        let (mut out, mut rest) = (String::new(), line);
        while let Some(c) = rest.chars().next() {
            if c == '\\' {
                let taken: usize = rest.chars().take(2).map(char::len_utf8).sum();
                out.push_str(&rest[..taken]);
                rest = &rest[taken..];
            } else if c == '`' {
                let fence = run(rest);
                let after = &rest[fence..];
                let mut at = 0;
                let end = loop {
                    let Some(next) = after[at..].find('`') else { break None };
                    let length = run(&after[at + next..]);
                    at += next + length;
                    if length == fence {
                        break Some(at);
                    }
                };
                if let Some(end) = end {
                    rest = &after[end..];
                } else {
                    out.push_str(&rest[..fence]);
                    rest = after;
                }
            } else {
                out.push(c);
                rest = &rest[c.len_utf8()..];
            }
        }
        out
    }
}
