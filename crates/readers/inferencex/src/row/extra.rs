//! Members that have no meaning of ours: which of them are kept beside the known keys.

use inferguard_model::{Evidence, Scalar};
use inferguard_source::coerce;
use inferguard_source::json::JsonScalar;

/// Texts that are longer are prompts, command lines or tracebacks.
const LONGEST: usize = 256;

/// Parts of keys whose texts never reach an output.
const PRIVATE: [&str; 8] =
    ["token", "key", "secret", "password", "prompt", "generated", "header", "host"];

/// Objects whose members are looked at.
const OBJECTS: [&str; 12] = [
    "request_metrics",
    "server_metrics",
    "request_accounting",
    "dataset",
    "router",
    "kv_offload_backend",
    "server_info",
    "cache_report",
    "goodput_slos_ms",
    "slo_attainment_by_metric",
    "metrics",
    "gpu",
];

/// Objects whose unknown members are kept too.
const KEPT: [&str; 7] = [
    "request_metrics/",
    "server_metrics/",
    "request_accounting/error_categories/",
    "cache_report/",
    "goodput_slos_ms/",
    "slo_attainment_by_metric/",
    "gpu/",
];

/// Whether to walk into an object.
pub(super) fn wants_object(path: &str) -> bool {
    match path.split_once('/') {
        None => OBJECTS.contains(&path),
        // What the engine itself calls the sources of its prompt tokens.
        Some(_) if path.ends_with("/raw") => false,
        Some(("request_metrics" | "server_metrics" | "request_accounting", _)) => true,
        Some(_) => false,
    }
}

/// Whether an unknown member of an object is kept; of a server's own arguments only the version.
pub(super) fn wants_nested(path: &str) -> bool {
    path == "server_info/version" || KEPT.iter().any(|object| path.starts_with(object))
}

/// Keeps a member as it is written. Absent and null are the same, and texts that may be private or
/// long are left out.
pub(super) fn keep(evidence: &mut Evidence, key: &str, value: JsonScalar<'_>) {
    let kept = match value {
        JsonScalar::Null => false,
        JsonScalar::Str(text) => text.len() <= LONGEST && !is_private(key, text),
        _ => true,
    };
    if kept {
        evidence.extra.push((key.into(), coerce::kept(value)));
    }
}

/// Keeps a text under a name of ours.
pub(super) fn keep_text(evidence: &mut Evidence, key: &str, text: &str) {
    evidence.extra.push((key.into(), Scalar::Text(text.into())));
}

/// Keeps a count under its own key.
pub(super) fn keep_count(evidence: &mut Evidence, key: &str, count: Option<u64>) {
    if let Some(count) = count.and_then(|count| i64::try_from(count).ok()) {
        evidence.extra.push((key.into(), Scalar::Int(count)));
    }
}

fn is_private(key: &str, text: &str) -> bool {
    let has = |part: &&str| {
        key.as_bytes().windows(part.len()).any(|at| at.eq_ignore_ascii_case(part.as_bytes()))
    };
    // Credentials in a URL: `https://user:word@host/`.
    PRIVATE.iter().any(has) || (text.contains("://") && text.contains('@'))
}
