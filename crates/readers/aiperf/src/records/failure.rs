//! Why a request failed, as far as its texts say.

use std::borrow::Cow;

use inferguard_model::{FailureClass, FailureReason};
use inferguard_source::{limits, shorten};
use serde::Deserialize;

use super::line::{ErrorText, Record};

/// Code that AIPerf gives to requests which it cancelled.
const CANCELLED: i64 = 499;

/// What servers say when a request is longer than the model takes: vLLM and OpenAI, SGLang,
/// TensorRT-LLM.
const OVERFLOW: [&str; 7] = [
    "maximum context length",
    "context_length_exceeded",
    "context length",
    "max_model_len",
    "maximum model length",
    "longer than the model",
    "exceeds max_num_tokens",
];

/// Characters of a message that are looked at: its beginning is shown, and bodies of answers may
/// be long.
const LOOKED_AT: usize = 4 * limits::MESSAGE_CHARS;

/// Why a request failed.
pub(super) fn reason(record: &Record<'_>) -> FailureReason {
    let none = ErrorText::default();
    let error = record.error.as_deref().unwrap_or(&none);
    let message = error.message.as_deref().unwrap_or("");
    let spoken = spoken(message);
    let end = spoken.char_indices().nth(LOOKED_AT).map_or(spoken.len(), |(at, _)| at);
    FailureReason {
        class: class(record, error, message),
        code: error.code,
        kind: shorten(error.kind.as_deref().unwrap_or("")).into(),
        message: without_numbers(&shorten(&spoken[..end])).into(),
        count: 0,
    }
}

fn class(record: &Record<'_>, error: &ErrorText<'_>, message: &str) -> FailureClass {
    if record.cancelled || error.code == Some(CANCELLED) {
        return FailureClass::Cancelled;
    }
    let refused = error.code.is_none_or(|code| (400..500).contains(&code));
    let message = message.to_ascii_lowercase();
    if record.overflow || refused && OVERFLOW.iter().any(|words| message.contains(words)) {
        return FailureClass::ContextOverflow;
    }
    FailureClass::Error
}

/// The message within the body of an answer, when the text is one.
fn spoken(message: &str) -> Cow<'_, str> {
    #[derive(Deserialize)]
    struct Body<'a> {
        #[serde(borrow)]
        message: Option<Cow<'a, str>>,
    }
    #[derive(Deserialize)]
    struct Wrapped<'a> {
        #[serde(borrow)]
        error: Body<'a>,
    }
    if !message.starts_with('{') {
        return Cow::Borrowed(message);
    }
    let wrapped = serde_json::from_str(message).ok().and_then(|body: Wrapped| body.error.message);
    let found =
        wrapped.or_else(|| serde_json::from_str(message).ok().and_then(|b: Body| b.message));
    found.map_or(Cow::Borrowed(message), |found| Cow::Owned(found.into_owned()))
}

/// Shortest hexadecimal word that is an identifier, and shortest word with a digit that is one
/// whatever its letters.
const IDENTIFIER: (usize, usize) = (8, 20);

/// A text with `#` for each number and identifier, so that it is the same for all requests that
/// failed for one reason.
fn without_numbers(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let in_word = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let mut rest = text;
    while !rest.is_empty() {
        let (word, after) = rest.split_at(rest.find(|c| !in_word(c)).unwrap_or(rest.len()));
        let is_hex = word.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
        let has_digit = word.bytes().any(|b| b.is_ascii_digit());
        if has_digit && (is_hex && word.len() >= IDENTIFIER.0 || word.len() >= IDENTIFIER.1) {
            out.push('#');
        } else {
            for c in word.chars() {
                if c.is_ascii_digit() { push_number(&mut out) } else { out.push(c) }
            }
        }
        let (between, after) = after.split_at(after.find(in_word).unwrap_or(after.len()));
        out.push_str(between);
        rest = after;
    }
    out
}

/// Appends a `#`: one for all digits of a number, and for both sides of its point.
fn push_number(out: &mut String) {
    if out.ends_with("#.") {
        out.pop();
    } else if !out.ends_with('#') {
        out.push('#');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_identifiers_do_not_tell_reasons_apart() {
        for (text, expected) in [
            ("Request cancelled 0.050s after being sent", "Request cancelled #s after being sent"),
            ("no answer in 600 s", "no answer in # s"),
            ("ce138301-98e2-43d1-b73d-07e642004335 timed out", "# timed out"),
            ("id 0af3b19c77de: gone", "id #: gone"),
            ("“decode-3” not ready", "“decode-#” not ready"),
            ("", ""),
        ] {
            assert_eq!(without_numbers(text), expected);
        }
    }

    #[test]
    fn the_text_of_a_body_is_its_message() {
        let nested =
            r#"{"error": {"message": "too long", "type": "BadRequestError", "code": 400}}"#;
        for (body, expected) in [
            (nested, "too long"),
            (r#"{"object": "error", "message": "too \"long\""}"#, "too \"long\""),
            (r#"{"detail": 5}"#, r#"{"detail": 5}"#),
            ("plain", "plain"),
        ] {
            assert_eq!(spoken(body), expected);
        }
    }

    #[test]
    fn classes_are_told_by_code_and_text() {
        let class = |cancelled, code, message: &'static str| {
            let error = ErrorText { code, kind: None, message: Some(message.into()) };
            let error = Some(Box::new(error));
            reason(&Record { cancelled, error, ..Record::default() }).class
        };
        assert_eq!(class(false, Some(499), "x"), FailureClass::Cancelled);
        assert_eq!(class(true, None, "x"), FailureClass::Cancelled);
        let overflow = "This model's maximum context length is 2048 tokens.";
        assert_eq!(class(false, Some(400), overflow), FailureClass::ContextOverflow);
        assert_eq!(class(false, Some(500), overflow), FailureClass::Error);
        assert_eq!(class(false, Some(500), "engine overloaded"), FailureClass::Error);
    }
}
