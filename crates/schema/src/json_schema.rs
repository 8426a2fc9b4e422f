//! The JSON Schema, generated from the wire types.

use serde_json::{Value, json};

use crate::{CLOSED_CODES, KNOWN_CODES, Report, SCHEMA_VERSION, SCHEMA_VERSION_V1_1};

/// Source formats of the published v1 enumeration.
pub const CLOSED_FORMATS: [&str; 7] = [
    "inferencex-static",
    "inferencex-srt-slurm",
    "agentx-trace-replay",
    "inferguard-bench-native",
    "eval",
    "mixed",
    "unknown",
];

/// Source formats that InferGuard knows beyond the published enumeration.
pub const KNOWN_FORMATS: [&str; 6] =
    ["inferencex-raw", "agentx-aggregate", "aiperf", "genai-perf", "llm-d-benchmark", "srt-slurm"];

/// Which reports a schema accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vocabulary {
    /// v1 with known codes and formats listed and others allowed: what InferGuard writes.
    Open,
    /// v1 with the published enumerations only: what `--closed-v1` writes.
    Closed,
    /// v1.1 as the Python tool's 0.7 releases write it.
    V1_1,
}

/// The JSON Schema (dialect 2020-12) of a report.
pub fn json_schema(vocabulary: Vocabulary) -> Value {
    let mut schema = schemars::schema_for!(Report).to_value();
    schema["$id"] = json!("inferguard-analyze-v1.schema.json");
    schema["title"] = json!("InferGuard analyze report, v1");
    let version = match vocabulary {
        Vocabulary::V1_1 => SCHEMA_VERSION_V1_1,
        Vocabulary::Open | Vocabulary::Closed => SCHEMA_VERSION,
    };
    schema["properties"]["schema_version"] = json!({
        "const": version,
        "description": "Version of this contract."
    });
    schema["properties"]["generated_at"]["format"] = json!("date-time");
    let closed = vocabulary == Vocabulary::Closed;
    let codes = enumeration(&CLOSED_CODES, &KNOWN_CODES, closed);
    let formats = enumeration(&CLOSED_FORMATS, &KNOWN_FORMATS, closed);
    set(&mut schema, "Finding", "code", codes);
    set(&mut schema, "Cell", "source_format", formats);
    let cost_version = json!({"const": crate::COST_VERSION});
    set(&mut schema, "Cost", "schema_version", cost_version);
    open_objects(&mut schema);
    if vocabulary == Vocabulary::V1_1 {
        relax_for_v1_1(&mut schema);
    }
    if closed {
        // Findings and formats outside the enumerations are what `extensions` is for.
        schema["$defs"]["Extensions"]["properties"]["findings"] = json!({"type": "array"});
    }
    schema
}

/// Known values listed, others allowed unless closed.
fn enumeration(published: &[&str], ours: &[&str], closed: bool) -> Value {
    if closed {
        return json!({"type": "string", "enum": published});
    }
    let known: Vec<_> = published.iter().chain(ours).collect();
    json!({"anyOf": [{"type": "string", "enum": known}, {"type": "string", "minLength": 1}]})
}

fn set(schema: &mut Value, definition: &str, property: &str, mut value: Value) {
    let place = &mut schema["$defs"][definition]["properties"][property];
    if let Some(description) = place.get("description") {
        value["description"] = description.clone();
    }
    *place = value;
}

/// The contract leaves three objects open: what stands there is what InferGuard writes, and reports
/// of others may write something else.
fn open_objects(schema: &mut Value) {
    let open = |definition: &str| json!([{"$ref": format!("#/$defs/{definition}")}, {"type": ["object", "null"]}]);
    let cross_run = &mut schema["properties"]["cross_run"];
    *cross_run = json!({"description": cross_run["description"], "anyOf": open("CrossRun")});
    let cell = &mut schema["$defs"]["Cell"]["properties"];
    for (member, definition) in [("timeline", Some("TimelineSection")), ("topology", None)] {
        let description = cell[member]["description"].take();
        cell[member] = match definition {
            Some(name) => json!({"description": description, "anyOf": open(name)}),
            None => json!({"description": description, "type": "object"}),
        };
    }
}

/// The Python tool's reports hold objects among the metrics, copy `is_multinode` as written and
/// leave members of the run's cost block out; a check of such a report should find other faults.
fn relax_for_v1_1(schema: &mut Value) {
    let cell = &mut schema["$defs"]["Cell"]["properties"];
    cell["metrics"] = json!({"type": "object"});
    cell["is_multinode"] = json!({"type": ["boolean", "string", "null"]});
    cell["disagg"] = json!({"type": ["boolean", "string", "null"]});
    for name in ["isl", "osl", "concurrency"] {
        cell[name] = json!({"type": ["integer", "string", "null"]});
    }
    schema["$defs"]["Cost"]["required"] = json!(["schema_version", "currency"]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_vocabularies_differ_where_they_should() {
        let code = |v| json_schema(v)["$defs"]["Finding"]["properties"]["code"].clone();
        assert!(code(Vocabulary::Closed)["enum"].as_array().is_some_and(|e| e.len() == 16));
        assert!(code(Vocabulary::Open)["anyOf"].is_array());
        let version = |v| json_schema(v)["properties"]["schema_version"]["const"].clone();
        assert_eq!(version(Vocabulary::V1_1), SCHEMA_VERSION_V1_1);
    }

    #[test]
    fn required_members_are_those_of_the_contract() {
        let schema = json_schema(Vocabulary::Open);
        let required = |of: &Value| -> Vec<String> {
            of["required"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .map(Into::into)
                .collect()
        };
        assert_eq!(
            required(&schema),
            [
                "schema_version",
                "generated_at",
                "input_root",
                "analyzer",
                "run_summary",
                "cells",
                "findings",
                "artifact_manifest"
            ]
        );
        assert_eq!(
            required(&schema["$defs"]["Cell"]),
            ["cell_id", "source_format", "artifacts", "completion", "metrics", "findings"]
        );
        assert_eq!(required(&schema["$defs"]["Artifact"]), ["path", "kind"]);
        assert_eq!(
            required(&schema["$defs"]["Finding"]),
            ["code", "severity", "message", "evidence"]
        );
    }
}
