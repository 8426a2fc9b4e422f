//! JSON as producers really write it, streamed into a [`Sink`] without a document tree.
//!
//! The strict parser runs first. Only when it fails is the text repaired (`NaN` and `Infinity`
//! literals, numbers that no double holds, invalid UTF-8) and parsed again: each repair is a
//! problem in the report, and a document that cannot be repaired is refused with its position.

mod documents;
mod pointer;
mod quick;
mod repair;
mod shape;
mod walk;

pub use documents::{Document, documents};
pub use pointer::Pointer;
pub use repair::repair;
pub use shape::Shape;
pub use walk::{Container, Enter, JsonScalar, Sink, walk};
pub(crate) use walk::{SeenKeys, Told};

use inferguard_model::Problem;

use crate::reader::Refusal;

/// Walks one document into the sink that `make` returns, repairing the text when it must.
///
/// Returns the sink of the successful attempt and what was repaired, or noticed, on the way.
pub fn read<S: Sink>(
    text: &[u8],
    mut make: impl FnMut() -> S,
) -> Result<(S, Vec<Problem>), Refusal> {
    let error = match read_strict(text, &mut make) {
        Ok(done) => return Ok(done),
        Err(error) => error,
    };
    let mut problems = Vec::new();
    let Some(repaired) = repair(text, &mut problems) else {
        return Err(refusal(text, &error));
    };
    let (sink, noticed) =
        read_strict(&repaired, &mut make).map_err(|error| refusal(&repaired, &error))?;
    problems.extend(noticed);
    Ok((sink, problems))
}

fn read_strict<S: Sink>(
    text: &[u8],
    make: &mut impl FnMut() -> S,
) -> Result<(S, Vec<Problem>), serde_json::Error> {
    let (mut sink, mut problems) = (make(), Vec::new());
    if quick::walk(text, &mut sink, &mut problems).is_none() {
        (sink, problems) = (make(), Vec::new());
        walk(text, &mut sink, &mut problems)?;
    }
    Ok((sink, problems))
}

fn refusal(text: &[u8], error: &serde_json::Error) -> Refusal {
    let trimmed = text.trim_ascii();
    if trimmed.is_empty() {
        return Refusal::new("the file is empty");
    }
    let (line, column) = (error.line(), error.column());
    Refusal::new(match error.classify() {
        serde_json::error::Category::Eof => {
            format!("not complete JSON: the text ends at line {line}, column {column} (truncated?)")
        }
        _ => format!("not valid JSON: {error}"),
    })
}

#[cfg(test)]
mod tests;
