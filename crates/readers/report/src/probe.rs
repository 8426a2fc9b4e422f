//! Which documents are InferGuard's own, told by the schema that they name.

use inferguard_model::Role;
use inferguard_source::json::Shape;
use inferguard_source::{Candidate, Claim, Content, Entry, Input, Reader, Reading, Refusal};

use crate::manifest;

/// Reads manifests, and keeps reports and other documents of InferGuard from being read as input.
#[derive(Debug, Clone, Copy, Default)]
pub struct ReportReader;

/// Above [`Claim::BY_CONTENT`]: an export has the keys of a producer's row besides its schema.
pub(crate) const BY_SCHEMA: u8 = 95;

/// Kind of the documents that are neither manifest nor report.
const DOCUMENT: &str = "inferguard_document";

/// Members that name a schema; exports write the second, so as not to touch the producer's keys.
const SCHEMA_MEMBERS: [&str; 2] = ["schema_version", "_schema_version"];

/// Beginnings of the schemas that InferGuard and its sister commands write.
const FAMILIES: [&str; 4] = ["inferguard-", "path-trace/", "recent-events/", "dcgm-correlated/"];

const REPORT_FAMILY: &str = "inferguard-analyze/";

/// Has a reader of its own.
const TIMELINE_FAMILY: &str = "inferguard-timeline/";

/// First members of a report whose keys are sorted, as the 0.7 series writes it: its schema stands
/// last, behind all cells, and often out of sight.
const SORTED_REPORT: [&str; 2] = ["analyzer", "artifact_manifest"];

const INPUTS: &[Input] = &[
    Input {
        kind: Role::MANIFEST_JSON.0,
        pattern: "*.json (usually manifest.json) with schema_version `inferguard-manifest/v1`",
        producer: "whoever plans a campaign; the format is in docs/manifest.md",
        used_for: "cells and live timelines that should be there",
        verified: "fixtures",
    },
    Input {
        kind: Role::REPORT.0,
        pattern: "*.json with schema_version `inferguard-analyze/v1`, `/v1.1`",
        producer: "inferguard analyze, of this and earlier series",
        used_for: "recognised, never read as input",
        verified: "fixtures",
    },
    Input {
        kind: DOCUMENT,
        pattern: "*.json, *.jsonl with a schema of `inferguard-*`, `path-trace/*`, `recent-events/*`, `dcgm-correlated/*`",
        producer: "sister commands of inferguard 0.7: bench, compare, preflight, exports",
        used_for: "recognised, not read",
        verified: "fixtures",
    },
];

impl Reader for ReportReader {
    fn id(&self) -> &'static str {
        "report"
    }

    fn inputs(&self) -> &'static [Input] {
        INPUTS
    }

    fn probe(&self, file: &Candidate<'_>) -> Option<Claim> {
        let shape = file.shape().filter(|shape| !shape.is_array)?;
        let kind = match schema(shape) {
            Some(manifest::SCHEMA) => Role::MANIFEST_JSON.0,
            Some(schema) if schema.starts_with(REPORT_FAMILY) => Role::REPORT.0,
            Some(_) => DOCUMENT,
            None if shape.has_all(&SORTED_REPORT) => Role::REPORT.0,
            None => return None,
        };
        Some(Claim::extra(BY_SCHEMA, kind))
    }

    fn wants_name(&self, name: &str) -> bool {
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
        ["json", "jsonl"].iter().any(|wanted| ending.eq_ignore_ascii_case(wanted))
    }

    fn read(
        &self,
        claim: &Claim,
        file: u32,
        entry: &Entry,
        content: &mut Content,
    ) -> Result<Reading, Refusal> {
        if claim.kind == Role::MANIFEST_JSON.0 {
            return manifest::read(file, entry, content);
        }
        if claim.kind == Role::REPORT.0 {
            return Ok(Reading::recognised("a report of an earlier run is never read as input"));
        }
        let shape = Shape::of(content.head());
        let named = shape.as_ref().and_then(schema).unwrap_or("unknown");
        Ok(Reading::recognised(format!("a document of schema `{named}`, which is not read")))
    }
}

/// The schema of ours that a document names.
fn schema<'s>(shape: &'s Shape<'_>) -> Option<&'s str> {
    let is_ours = |schema: &&str| {
        !schema.starts_with(TIMELINE_FAMILY)
            && FAMILIES.iter().any(|family| schema.starts_with(family))
    };
    SCHEMA_MEMBERS.iter().filter_map(|member| shape.text(member)).find(is_ours)
}
