//! `inferguard runs` and `inferguard tag` on the fixtures.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::run::inferguard;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/srtslurm").join(name)
}

/// Exit code, stdout and stderr of a command.
fn told(args: &[&str]) -> (i32, String, String) {
    let assert = inferguard().args(args).assert();
    let output = assert.get_output();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
}

fn path(of: &Path) -> &str {
    of.to_str().expect("plain")
}

#[test]
fn the_list_fits_a_terminal_and_names_what_is_skipped() {
    let root = fixture("runs");
    let (code, out, _) = told(&["runs", path(&root)]);
    assert_eq!(code, 0);
    insta::assert_snapshot!(out);
    assert!(out.lines().all(|line| line.chars().count() <= 80));
    let (_, out, err) = told(&["runs", path(&root), "--topology", "1P/5D", "--json"]);
    let list: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(list["runs"][0]["run"], "20001");
    assert!(err.is_empty(), "{err}");
}

#[test]
fn one_run_and_two_are_shown() {
    let root = fixture("runs");
    let (code, out, _) = told(&["runs", "show", "20001", "--in", path(&root)]);
    assert_eq!(code, 0);
    insta::assert_snapshot!("show", out);
    assert!(out.lines().all(|line| line.chars().count() <= 80));
    let (code, out, _) = told(&["runs", "diff", "20002", "20003", "--in", path(&root)]);
    assert_eq!(code, 0);
    insta::assert_snapshot!("diff", out);
    let folder = fixture("runs/20002");
    let (code, out, _) = told(&["runs", "diff", path(&folder), path(&folder), "--json"]);
    assert_eq!((code, out.contains("\"groups\": []")), (0, true));
}

#[test]
fn what_is_not_there_is_told() {
    let root = fixture("runs");
    let (code, _, err) = told(&["runs", "show", "1", "--in", path(&root)]);
    assert_eq!(code, 3);
    assert!(err.contains("no run `1`"), "{err}");
    let (code, _, err) = told(&["runs", "show", path(&root)]);
    assert_eq!(code, 3);
    assert!(err.contains("name one"), "{err}");
    assert_eq!(told(&["runs"]).0, 3);
    assert_eq!(told(&["tag", "add", "20001"]).0, 3);
    let (code, _, err) = told(&["tag", "add", "3101", "x", "--in", path(&root)]);
    assert_eq!(code, 3, "{err}");
}

#[test]
fn tags_are_added_listed_and_removed() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let job = folder.path().join("20005");
    std::fs::create_dir(&job).expect("writes");
    std::fs::copy(fixture("runs/20005/20005.json"), job.join("20005.json")).expect("copies");
    let root = path(folder.path());
    let (code, out, _) = told(&["tag", "add", "20005", "good", "again", "--in", root]);
    assert_eq!((code, out.as_str()), (0, "20005  good, again\n"));
    let (_, out, _) = told(&["tag", "remove", path(&job), "good", "--json"]);
    let list: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(list[0]["tags"][0], "again");
    let (_, out, _) = told(&["tag", "list", "--in", root]);
    assert_eq!(out, "20005  again\n");
    let (code, _, err) = told(&["tag", "add", "20005", " ", "--in", root]);
    assert_eq!(code, 3);
    assert!(err.contains("is no tag"), "{err}");
}
