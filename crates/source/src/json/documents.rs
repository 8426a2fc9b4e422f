//! Splits a text that holds several JSON documents: JSON Lines, or objects one after another.

use inferguard_model::{Problem, ProblemCode};

use super::repair::string_end;

/// One document of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Document<'a> {
    /// Its text.
    pub text: &'a [u8],
    /// Line of the text where it begins, from 1.
    pub line: usize,
}

/// Finds the documents of a text, compact or indented, without parsing them.
///
/// A line that begins with `{` begins a document even when the one before it is not closed: that
/// one was cut off, which is told, and costs no other.
pub fn documents<'a>(text: &'a [u8], problems: &mut Vec<Problem>) -> Vec<Document<'a>> {
    let mut found = Vec::new();
    let (mut at, mut line, mut cut) = (0, 1, 0);
    while at < text.len() {
        if text[at].is_ascii_whitespace() {
            line += usize::from(text[at] == b'\n');
            at += 1;
            continue;
        }
        // Where the next line begins with `{`; looked for once a line, not once a document.
        if cut <= at {
            cut = memchr::memmem::find(&text[at..], b"\n{").map_or(text.len(), |n| at + n);
        }
        // Arrays are written with objects at the start of a line, so that only an object ends there:
        // even within a string, as one cut off would else take all that follows with it.
        let within = if text[at] == b'{' { &text[at..cut] } else { &text[at..] };
        let (end, lines, closed) = document_end(within);
        let body = &text[at..at + end];
        if closed {
            found.push(Document { text: body, line });
        } else {
            problems.push(Problem::warning(
                ProblemCode::Truncated,
                format!("line {line}"),
                "a document that is cut off or is no JSON object was left out",
            ));
        }
        at += end;
        line += lines;
    }
    found
}

/// Length and lines of the document at the start of `text`, and whether it is closed.
fn document_end(text: &[u8]) -> (usize, usize, bool) {
    if !matches!(text[0], b'{' | b'[') {
        // A bare word or number: up to the end of its line.
        let end = memchr::memchr(b'\n', text).unwrap_or(text.len());
        return (end, 0, false);
    }
    let (mut depth, mut at, mut lines) = (0_usize, 0, 0);
    while at < text.len() {
        match text[at] {
            b'"' => {
                let end = string_end(&text[at..]);
                // Only a damaged string holds line ends.
                lines += memchr::memchr_iter(b'\n', &text[at..at + end]).count();
                at += end;
                continue;
            }
            b'\n' => lines += 1,
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return (at + 1, lines, true);
                }
            }
            _ => {}
        }
        at += 1;
    }
    (text.len(), lines, false)
}
