//! Turns what Python's JSON writer emits beyond the standard into strict JSON.

use inferguard_model::{Problem, ProblemCode};

/// Returns strict JSON for a text that a strict parser refused, or `None` when nothing that can be
/// repaired was found.
///
/// Literals that are no JSON number (`NaN`, `Infinity`, `-Infinity`, `1e400`, digits beyond any
/// double) become strings that hold them, so that the coercion of the key tells what it found.
/// Invalid UTF-8 becomes U+FFFD. Structure is never invented.
pub fn repair(text: &[u8], problems: &mut Vec<Problem>) -> Option<Vec<u8>> {
    let (valid, encoding) = crate::text::decode(text, true);
    let changed_encoding = encoding.is_some();
    problems.extend(encoding);
    let mut out = Vec::with_capacity(valid.len() + 64);
    let mut changed = changed_encoding;
    let mut rest = &valid[..];
    while let Some(byte) = rest.first() {
        let taken = match byte {
            b'"' => {
                let end = string_end(rest);
                out.extend_from_slice(&rest[..end]);
                end
            }
            b'-' | b'0'..=b'9' | b'N' | b'I' => {
                let end = rest
                    .iter()
                    .position(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'-' | b'+' | b'.')))
                    .unwrap_or(rest.len());
                let token = &rest[..end];
                if needs_quotes(token) {
                    changed = true;
                    out.push(b'"');
                    out.extend_from_slice(token);
                    out.push(b'"');
                } else {
                    out.extend_from_slice(token);
                }
                end
            }
            _ => {
                out.push(*byte);
                1
            }
        };
        rest = &rest[taken..];
    }
    if changed && !changed_encoding {
        problems.push(Problem::note(
            ProblemCode::Coerced,
            "",
            "not strict JSON: literals that are no JSON numbers were read as text",
        ));
    }
    changed.then_some(out)
}

/// Length of the string that begins at `rest[0]`, both quotes included.
pub(super) fn string_end(rest: &[u8]) -> usize {
    let mut at = 1;
    while let Some(found) = memchr::memchr2(b'"', b'\\', &rest[at..]) {
        at += found;
        if rest[at] == b'"' {
            return at + 1;
        }
        at += 2;
        if at >= rest.len() {
            break;
        }
    }
    rest.len()
}

fn needs_quotes(token: &[u8]) -> bool {
    if matches!(token, b"NaN" | b"Infinity" | b"-Infinity" | b"nan" | b"inf" | b"-inf") {
        return true;
    }
    // A number by its grammar whose value no double holds.
    let numeric = token.iter().all(|b| b.is_ascii_digit() || b"+-.eE".contains(b));
    numeric && fast_float2::parse::<f64, _>(token).is_ok_and(|value: f64| !value.is_finite())
}
