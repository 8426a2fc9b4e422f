//! Damaged manifests: what is clear still counts, and what is lost is told with its place.

use super::*;

fn refused(text: &[u8]) -> String {
    read_as("manifest.json", text).1.expect_err("cannot be read").reason
}

#[test]
fn values_of_the_wrong_type_are_left_out_with_their_place() {
    let (expected, told) = manifest(
        r#""cells": ["a", 5, null, true, ["b"], {"cell_id": 6}, {"cell_id": null}, {"cell_id": ["c"]},
            {"cell_id": "  "}, {"required": true}, {"cell_id": "d", "required": [0]}, "e"],
        "expect_timeline": {"yes": true}, "upload_targets": {"s3": 1}"#,
    );
    assert_eq!(expected.cells, ["a", "d", "e"]);
    assert!(!expected.timeline);
    assert_eq!(
        told,
        [
            "/cells/1: the value is left out: expected a text, or an object with a `cell_id`",
            "/cells/2: the value is left out: expected a text, or an object with a `cell_id`",
            "/cells/3: the value is left out: expected a text, or an object with a `cell_id`",
            "/cells/4: the value is left out: expected a text, or an object with a `cell_id`",
            "/cells/5/cell_id: the value is left out: expected a text",
            "/cells/6/cell_id: the value is left out: expected a text",
            "/cells/7/cell_id: the value is left out: expected a text",
            "/cells/10/required: the value is left out: expected true or false",
            "/expect_timeline: the value is left out: expected true or false",
            "/upload_targets: the value is left out: expected an array",
            "/cells/5: an entry without a usable `cell_id` is left out",
            "/cells/6: an entry without a usable `cell_id` is left out",
            "/cells/7: an entry without a usable `cell_id` is left out",
            "/cells/8: an entry without a usable `cell_id` is left out",
            "/cells/9: an entry without a usable `cell_id` is left out",
        ]
    );
}

#[test]
fn lists_that_are_no_lists_are_told() {
    for (members, at) in [
        (r#""cells": "c1""#, "/cells"),
        (r#""cells": {"c1": true}"#, "/cells"),
        (r#""cells": 3"#, "/cells"),
        (r#""expect_timeline": "perhaps""#, "/expect_timeline"),
        (r#""expect_timeline": 2"#, "/expect_timeline"),
        (r#""upload_targets": "s3://user:secret@bucket""#, "/upload_targets"),
        (r#""upload_targets": ["a", 1]"#, "/upload_targets/1"),
        (r#""upload_targets": [["a"]]"#, "/upload_targets/0"),
    ] {
        let (expected, told) = manifest(members);
        assert_eq!((expected.cells.len(), expected.timeline), (0, false), "{members}");
        assert_eq!(told.len(), 1, "{members}: {told:?}");
        assert!(told[0].starts_with(&format!("{at}: ")), "{told:?}");
        assert!(!told[0].contains("secret"), "{told:?}");
    }
}

#[test]
fn the_last_of_members_that_stand_twice_counts() {
    let (expected, told) = manifest(
        r#""cells": ["a", "b"], "expect_timeline": true, "cells": [{"cell_id": "x", "cell_id": "y"}],
            "expect_timeline": false"#,
    );
    assert_eq!(expected.cells, ["y"]);
    assert!(!expected.timeline);
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(told[0].starts_with("/cells: the key stands twice"), "{told:?}");
    let emptied = manifest(r#""cells": ["a"], "cells": null"#).0;
    assert_eq!(emptied.cells, Vec::<String>::new());
    let again = manifest(r#""schema_version": "inferguard-manifest/v1""#).1;
    assert_eq!(again.len(), 1, "{again:?}");
    let other = br#"{"schema_version": "inferguard-manifest/v1", "schema_version": "x"}"#;
    assert!(refused(other).contains("`x`, expected `inferguard-manifest/v1`"));
}

#[test]
fn keys_with_slashes_are_not_taken_for_places() {
    let (expected, told) =
        manifest(r#""cells/0": "a", "cells/0/cell_id": "b", "": "c", "/cells": ["d"]"#);
    assert_eq!(expected.cells, Vec::<String>::new());
    assert!(told.is_empty(), "{told:?}");
}

#[test]
fn nested_garbage_costs_nothing() {
    let deep = format!("{}{}", "[".repeat(50_000), "]".repeat(50_000));
    let (expected, told) = manifest(&format!(
        r#""garbage": {deep}, "cells": [{deep}, {{"cell_id": "a", "x": {deep}}}], "upload_targets": [{deep}]"#
    ));
    assert_eq!(expected.cells, ["a"]);
    assert_eq!(told.len(), 2, "{told:?}");
}

#[test]
fn ten_thousand_cells_are_expected_in_their_order() {
    let ids: Vec<_> = (0..10_000).map(|n| format!("\"sweep/c{n}\"")).collect();
    let (expected, told) = manifest(&format!(r#""cells": [{}]"#, ids.join(",")));
    assert_eq!(expected.cells.len(), 10_000);
    assert_eq!(expected.cells[9_999], "sweep/c9999");
    assert!(told.is_empty());
}

#[test]
fn too_many_cells_and_too_long_ids_are_left_out_and_told() {
    let ids: Vec<_> = (0..100_002).map(|n| format!("\"c{n}\"")).collect();
    let (expected, told) = manifest(&format!(r#""cells": [{}]"#, ids.join(",")));
    assert_eq!(expected.cells.len(), 100_000);
    assert_eq!(told, ["/cells: 2 cells after the first 100000 are left out"]);
    let (expected, told) = manifest(&format!(r#""cells": ["{}", "b"]"#, "a".repeat(4_097)));
    assert_eq!(expected.cells, ["b"]);
    assert_eq!(told.len(), 2);
    let (expected, _) = manifest(&format!(r#""cells": ["{}"]"#, "a".repeat(4_096)));
    assert_eq!(expected.cells.len(), 1);
}

#[test]
fn a_fault_in_every_entry_is_told_a_few_times_and_counted() {
    let (_, told) = manifest(&format!(r#""cells": [{}]"#, vec!["1"; 50].join(",")));
    assert_eq!(told.len(), 21);
    assert_eq!(told[20], ": 30 more problems of this kind");
}

#[test]
fn manifests_that_are_no_json_are_refused_with_the_reason() {
    assert!(refused(b"").contains("empty"));
    let cut = br#"{"schema_version": "inferguard-manifest/v1", "cells": ["a", "#;
    assert!(refused(cut).contains("truncated"));
    assert!(refused(br#"{"schema_version": "inferguard-manifest/v1", cells}"#).contains("line 1"));
    assert_eq!(read_as("manifest.json", cut).0.map(|claim| claim.is_result), Some(false));
}

#[test]
fn other_encodings_are_read() {
    let text = r#"{"schema_version": "inferguard-manifest/v1", "cells": ["zürich"]}"#;
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let marked = [&[0xEF, 0xBB, 0xBF], text.as_bytes()].concat();
    for bytes in [utf16, marked] {
        let (claim, reading) = read_as("manifest.json", &bytes);
        assert_eq!(claim.map(|claim| claim.kind), Some(Role::MANIFEST_JSON.0));
        let reading = reading.expect("readable");
        assert_eq!(reading.expectations.map(|e| e.cells), Some(vec!["zürich".to_owned()]));
        assert_eq!(reading.problems.len(), 1);
    }
}

proptest! {
    #[test]
    fn damage_never_panics(
        edits in prop::collection::vec(
            (any::<prop::sample::Index>(), 0..30_usize, "[{}\\[\\]\",:\\\\0-9Nalue\n.e-]{0,6}"),
            1..12,
        ),
        cut in any::<prop::sample::Index>(),
    ) {
        let path = fixture("manifest-v1/campaign/manifest.json");
        let mut text = std::fs::read(path).expect("the fixture is there");
        for (at, removed, added) in edits {
            let at = at.index(text.len());
            let end = (at + removed).min(text.len());
            text.splice(at..end, added.into_bytes());
        }
        let _ = read_as("manifest.json", &text);
        text.truncate(cut.index(text.len() + 1));
        let _ = read_as("manifest.json", &text);
    }

    #[test]
    fn any_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = read_as("manifest.json", &bytes);
    }
}
