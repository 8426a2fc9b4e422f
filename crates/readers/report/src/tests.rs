use std::path::{Path, PathBuf};

use inferguard_model::{Expectations, FileRecord, FileStatus, Role};
use inferguard_source::{Candidate, Claim, Content, Entry, Reader, Reading, Refusal, read_entry};
use proptest::prelude::*;

use crate::ReportReader;

mod hostile;
mod schemas;

fn fixture(case: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../fixtures/report").join(case)
}

/// What the reader makes of a text under some name: its claim and what it read.
fn read_as(relative: &str, text: &[u8]) -> (Option<Claim>, Result<Reading, Refusal>) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("file");
    std::fs::write(&path, text).expect("can write");
    let entry = Entry::new(path, relative.to_owned());
    let mut content = Content::open(&entry.path, Vec::new()).expect("the file opens");
    let claim = ReportReader.probe(&Candidate::new(&entry, &content));
    let any = Claim::extra(0, Role::MANIFEST_JSON.0);
    (claim, ReportReader.read(&claim.unwrap_or(any), 7, &entry, &mut content))
}

/// As a whole run of the tool would see the file of a fixture.
fn met(path: &Path, relative: &str) -> (FileRecord, Option<Reading>) {
    let entry = Entry::new(path.to_owned(), relative.to_owned());
    let (record, reading, _) = read_entry(&[&ReportReader], 7, &entry, Vec::new());
    (record, reading)
}

/// The expectations of a manifest with these members, and `at: message` of each problem.
fn manifest(members: &str) -> (Expectations, Vec<String>) {
    let text = format!(r#"{{"schema_version": "inferguard-manifest/v1", {members}}}"#);
    let (claim, reading) = read_as("nightly/manifest.json", text.as_bytes());
    assert_eq!(claim.map(|claim| claim.kind), Some(Role::MANIFEST_JSON.0));
    let reading = reading.expect("readable");
    assert_eq!(reading.status, FileStatus::Read);
    assert!(reading.fragments.is_empty());
    let told = reading.problems.iter().map(|p| format!("{}: {}", p.at, p.message)).collect();
    (reading.expectations.expect("a manifest expects something"), told)
}

#[test]
fn the_manifest_of_a_campaign_is_read() {
    let path = fixture("manifest-v1/campaign/manifest.json");
    let (record, reading) = met(&path, "campaign/manifest.json");
    assert_eq!(record.outcome.kind, "inferguard_manifest_json");
    assert_eq!(record.outcome.reader, Some("report"));
    assert!(!record.outcome.is_result);
    assert_eq!(record.problems, []);
    let expected = Expectations {
        folder: "campaign/".into(),
        file: 7,
        cells: vec![
            "agg_dsr1_tp8_conc4".into(),
            "agg_dsr1_tp8_conc64".into(),
            "replay/tp8_users32".into(),
        ],
        timeline: true,
    };
    assert_eq!(reading.and_then(|reading| reading.expectations), Some(expected));
}

#[test]
fn a_manifest_in_the_root_has_no_folder() {
    let text = br#"{"schema_version": "inferguard-manifest/v1", "cells": ["c1"]}"#;
    for name in ["manifest.json", "plan.json", "agg_plan.json", "manifest.json.gz"] {
        let (claim, reading) = read_as(name, text);
        assert_eq!(claim, Some(Claim::extra(95, Role::MANIFEST_JSON.0)), "{name}");
        let expectations = reading.expect("readable").expectations.expect("a manifest");
        assert_eq!(expectations.folder, "");
    }
}

#[test]
fn what_a_manifest_leaves_out_is_not_expected() {
    let (expected, told) = manifest(r#""campaign": {"cells": ["c9"], "deep": [[[]]]}"#);
    assert_eq!(expected.cells, Vec::<String>::new());
    assert!(!expected.timeline);
    assert!(told.is_empty(), "{told:?}");
    let (expected, told) =
        manifest(r#""cells": null, "expect_timeline": null, "upload_targets": null"#);
    assert_eq!((expected.cells.len(), expected.timeline), (0, false));
    assert!(told.is_empty(), "{told:?}");
}

#[test]
fn cells_are_texts_or_objects() {
    let (expected, told) = manifest(
        r#""cells": ["a", {"cell_id": "b"}, {"required": false, "cell_id": "c"},
            {"cell_id": "d", "required": null, "note": [1]}, " ./e/f/ ", {"cell_id": "g", "required": "false"}]"#,
    );
    assert_eq!(expected.cells, ["a", "b", "d", "e/f"]);
    assert!(told.is_empty(), "{told:?}");
}

#[test]
fn a_cell_listed_twice_counts_as_its_first_entry_says() {
    let (expected, told) =
        manifest(r#""cells": ["a", "./a", {"cell_id": "b", "required": false}, "b"]"#);
    assert_eq!(expected.cells, ["a"]);
    assert_eq!(
        told,
        [
            "/cells/1: `a` stands twice; the first entry counts",
            "/cells/3: `b` stands twice; the first entry counts",
        ]
    );
}
