//! Checks reports made by others against the schema.

use inferguard_cells::natural_order;
use inferguard_schema::{SCHEMA_VERSION_V1_1, Vocabulary, json_schema};

/// The answer about one report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Validation {
    /// Schema version that the document names.
    pub schema_version: String,
    /// Every violation, in order of place.
    pub violations: Vec<Violation>,
}

/// A place that violates the schema.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Violation {
    /// JSON pointer of the value; empty for the whole document.
    pub pointer: String,
    /// What is wrong with it.
    pub message: String,
}

/// Why a document could not be checked.
#[derive(Debug, thiserror::Error)]
pub enum ValidationError {
    /// It is no JSON.
    #[error("not valid JSON")]
    Json(#[source] serde_json::Error),
    /// The schema itself cannot be used.
    #[error("the schema cannot be compiled: {0}")]
    Schema(String),
}

/// Checks a report of v1, or of v1.1 as other tools write it.
///
/// `closed` demands the published enumerations of codes and formats. A document of another schema
/// version is checked as v1, so that its version is among the violations.
pub fn validate(document: &[u8], closed: bool) -> Result<Validation, ValidationError> {
    let value: serde_json::Value =
        serde_json::from_slice(document).map_err(ValidationError::Json)?;
    let version = value.get("schema_version").and_then(|v| v.as_str()).unwrap_or_default();
    let vocabulary = match version {
        SCHEMA_VERSION_V1_1 if !closed => Vocabulary::V1_1,
        _ if closed => Vocabulary::Closed,
        _ => Vocabulary::Open,
    };
    let schema = json_schema(vocabulary);
    let validator = jsonschema::validator_for(&schema)
        .map_err(|error| ValidationError::Schema(error.to_string()))?;
    let mut violations: Vec<Violation> = validator
        .iter_errors(&value)
        .map(|error| Violation {
            pointer: error.instance_path().to_string(),
            message: inferguard_source::shorten(&error.to_string()),
        })
        .collect();
    violations.sort_by(|a, b| {
        natural_order(&a.pointer, &b.pointer).then_with(|| a.message.cmp(&b.message))
    });
    let schema_version = if version.is_empty() { "none".to_owned() } else { version.to_owned() };
    Ok(Validation { schema_version, violations })
}
