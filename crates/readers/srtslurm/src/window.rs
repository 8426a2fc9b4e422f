//! `power/windows/*.json`: when one load level was measured, on the clock of the client. It has the
//! name of the level's result and none of its numbers.

use inferguard_model::{LoadWindow, Problem, Role};
use inferguard_source::json::Shape;
use inferguard_source::{Content, Document, Refusal, coerce, shorten};

/// Kind in the manifest.
pub(crate) const KIND: &str = Role::LOAD_WINDOW.0;

/// Whether a document of these keys is one.
pub(crate) fn is_window(shape: &Shape) -> bool {
    shape.has_all(&["result_path", "benchmark_start_time_unix", "status"])
        && !shape.has_any(&["completed", "num_prompts"])
}

/// Reads the file.
pub(crate) fn read(
    content: &mut Content,
    name: &str,
) -> Result<(LoadWindow, Vec<Problem>), Refusal> {
    let mut document = Document::read(content, |_| false)?;
    let stated = document.text("result_path").unwrap_or(name);
    let file = stated.rsplit(['/', '\\']).next().unwrap_or(stated);
    let stem = file.strip_suffix(".json").unwrap_or(file).to_owned();
    let mut at = |key: &str| document.number(key).and_then(coerce::epoch_ns);
    let bounds = at("benchmark_start_time_unix").zip(at("benchmark_end_time_unix"));
    let concurrency = document.count("concurrency").and_then(|n| u32::try_from(n).ok());
    let completed = match document.text("status") {
        Some("completed") => Some(true),
        Some("failed" | "interrupted") => Some(false),
        _ => None,
    };
    let window = LoadWindow {
        stem,
        concurrency,
        window_ns: bounds.filter(|(start, end)| start <= end),
        completed,
        reason: document.text("reason").map(shorten),
    };
    Ok((window, document.problems))
}
