//! Which documents are taken, and which are left to others.

use super::*;

fn kind(relative: &str, text: &str) -> Option<&'static str> {
    read_as(relative, text.as_bytes()).0.map(|claim| {
        assert_eq!(claim.score, 95);
        assert!(!claim.is_result);
        claim.kind
    })
}

fn named(member: &str, schema: &str) -> String {
    format!(r#"{{"{member}": "{schema}", "hw": "b200", "conc": 8, "tput_per_gpu": 1.5}}"#)
}

#[test]
fn reports_are_recognised_whatever_their_name_and_folder() {
    for schema in ["inferguard-analyze/v1", "inferguard-analyze/v1.1", "inferguard-analyze/v2"] {
        for name in ["report.json", "inferguard_report/report.json", "agg_x.json", "old/x.jsonl"] {
            let (claim, reading) = read_as(name, named("schema_version", schema).as_bytes());
            assert_eq!(claim, Some(Claim::extra(95, Role::REPORT.0)), "{schema} {name}");
            let reading = reading.expect("recognised");
            assert_eq!(reading.status, FileStatus::Recognised);
            assert_eq!(
                reading.reason.as_deref(),
                Some("a report of an earlier run is never read as input")
            );
            assert!(reading.fragments.is_empty() && reading.expectations.is_none());
        }
    }
}

#[test]
fn the_documents_of_an_earlier_run_are_no_input() {
    let folder = fixture("inferguard-0.7.4/inferguard_report");
    for (name, kind) in
        [("report.json", "inferguard_report"), ("agg_c16.json", "inferguard_document")]
    {
        let (record, reading) = met(&folder.join(name), name);
        assert_eq!(record.outcome.status, FileStatus::Recognised, "{name}");
        assert_eq!(record.outcome.kind, kind);
        assert!(reading.is_some_and(|reading| reading.fragments.is_empty()));
    }
}

#[test]
fn a_report_whose_schema_is_out_of_sight_is_told_by_its_first_members() {
    let cells = r#"{"cell_id": "c", "hw": "b200"},"#.repeat(5_000);
    let text = format!(
        r#"{{"analyzer": {{}}, "artifact_manifest": [], "cells": [{cells} null], "schema_version": "inferguard-analyze/v1.1"}}"#
    );
    assert_eq!(kind("report.json", &text), Some(Role::REPORT.0));
    let manifest = r#"{"path": "c/agg_c.json"},"#.repeat(5_000);
    let text =
        format!(r#"{{"analyzer": {{}}, "artifact_manifest": [{manifest} null], "cells": []}}"#);
    assert_eq!(kind("report.json", &text), Some(Role::REPORT.0));
    assert_eq!(kind("report.json", r#"{"analyzer": {}, "cells": []}"#), None);
}

#[test]
fn other_documents_of_ours_are_recognised_with_their_schema() {
    for (member, schema) in [
        ("_schema_version", "inferguard-agentx-export/v1"),
        ("schema_version", "inferguard-compare/v1"),
        ("schema_version", "inferguard-preflight/v1"),
        ("schema_version", "inferguard-bench/v1"),
        ("schema_version", "inferguard-bench-summary/v1"),
        ("schema_version", "inferguard-operator-brief/v1"),
        ("schema_version", "inferguard-cost/v1"),
        ("schema_version", "inferguard-manifest/v2"),
        ("schema_version", "path-trace/v1"),
        ("schema_version", "recent-events/v1"),
        ("schema_version", "dcgm-correlated/v1"),
    ] {
        let (claim, reading) = read_as("agg_c.json", named(member, schema).as_bytes());
        assert_eq!(claim, Some(Claim::extra(95, "inferguard_document")), "{schema}");
        let reading = reading.expect("recognised");
        assert_eq!(reading.status, FileStatus::Recognised);
        let reason = format!("a document of schema `{schema}`, which is not read");
        assert_eq!(reading.reason, Some(reason));
    }
    let both = r#"{"schema_version": "1.0", "_schema_version": "inferguard-agentx-export/v1"}"#;
    assert_eq!(kind("agg_c.json", both), Some("inferguard_document"));
}

#[test]
fn timelines_are_left_to_their_reader() {
    for schema in ["inferguard-timeline/v1", "inferguard-timeline/v2", "disagg-status/v1"] {
        assert_eq!(kind("inferguard_timeline.jsonl", &named("schema_version", schema)), None);
    }
}

#[test]
fn a_manifest_of_another_tool_is_not_ours() {
    for text in [
        r#"{"name": "app", "version": "1.0.0", "manifest_version": 3}"#,
        r#"{"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "layers": []}"#,
        r#"{"schema_version": "1.0", "cells": ["c1"]}"#,
        r#"{"schema_version": "other-manifest/v1", "cells": ["c1"]}"#,
        r#"{"schema_version": null, "cells": ["c1"]}"#,
        r#"{"schema_version": 1, "cells": ["c1"]}"#,
        r#"{"schema_version": ["inferguard-manifest/v1"]}"#,
        r#"{"manifest": {"schema_version": "inferguard-manifest/v1"}}"#,
        r#"["inferguard-manifest/v1"]"#,
        r#"[{"schema_version": "inferguard-manifest/v1"}]"#,
        r#"{"note": "schema_version: inferguard-manifest/v1"}"#,
        "{}",
        "null",
        "",
    ] {
        assert_eq!(kind("manifest.json", text), None, "{text}");
    }
}

#[test]
fn the_claim_beats_every_claim_by_content() {
    const { assert!(crate::probe::BY_SCHEMA > Claim::BY_CONTENT) };
    let inputs: Vec<_> = ReportReader.inputs().iter().map(|input| input.kind).collect();
    assert_eq!(inputs, ["inferguard_manifest_json", "inferguard_report", "inferguard_document"]);
    assert_eq!(ReportReader.id(), "report");
}

#[test]
fn names_without_a_json_ending_are_never_opened() {
    assert!(["a.json", "A.JSON", "b.jsonl"].iter().all(|name| ReportReader.wants_name(name)));
    assert!(
        !["manifest", "a.csv", "json", "a.json.txt"].iter().any(|n| ReportReader.wants_name(n))
    );
}
