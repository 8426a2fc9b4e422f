//! `inferguard plot` and `analyze --plots`: which files they write, and what they refuse.

use std::path::{Path, PathBuf};

use crate::run::{inferguard, run};

fn demo() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/demo")
}

/// Names of the files in a folder, sorted, with their contents.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("a file"));
    let mut files: Vec<_> = entries
        .map(|entry| {
            let bytes = std::fs::read(entry.path()).expect("readable");
            (entry.file_name().to_string_lossy().into_owned(), bytes)
        })
        .collect();
    files.sort();
    files
}

fn refused(args: &[&str]) -> String {
    let output = tempfile::tempdir().expect("a temporary folder");
    let mut command = inferguard();
    command.arg("plot").arg(demo()).arg("-o").arg(output.path()).args(args);
    let assert = command.assert().code(3);
    String::from_utf8_lossy(&assert.get_output().stderr).into_owned()
}

#[test]
fn every_chart_is_written_in_every_format_with_the_same_bytes_whatever_the_threads() {
    let folders = ["1", "4"].map(|threads| {
        let output = tempfile::tempdir().expect("a temporary folder");
        let mut command = inferguard();
        command.arg("plot").arg(demo()).arg("-o").arg(output.path()).args(["-j", threads]);
        let assert = command.assert().code(0);
        let written = files(output.path());
        let printed = String::from_utf8_lossy(&assert.get_output().stdout).into_owned();
        assert_eq!(printed.lines().count(), written.len());
        written
    });
    assert_eq!(folders[0], folders[1]);
    let names: Vec<&str> = folders[0].iter().map(|(name, _)| name.as_str()).collect();
    for (start, ending) in
        [("tput_vs_intvty_", ".svg"), ("tput_vs_e2el_", ".svg"), ("latency_vs_", ".svg")]
    {
        assert!(
            names.iter().any(|name| name.starts_with(start) && name.ends_with(ending)),
            "{names:?}"
        );
    }
    #[cfg(feature = "png")]
    assert!(folders[0].iter().any(|(_, bytes)| bytes.starts_with(b"\x89PNG")));
}

#[test]
fn charts_stand_beside_the_report() {
    let output = tempfile::tempdir().expect("a temporary folder");
    let mut command = inferguard();
    command.arg("analyze").arg(demo()).args(["--plots", "--fail-on", "never", "--output-dir"]);
    command.arg(output.path()).assert().code(0);
    assert!(output.path().join("report.json").exists());
    assert!(!files(&output.path().join("plots")).is_empty());
}

#[test]
fn pictures_of_other_runs_are_named_and_stay() {
    let output = tempfile::tempdir().expect("a temporary folder");
    let older = output.path().join("older.svg");
    std::fs::write(&older, "mine").expect("writable");
    let mut command = inferguard();
    command.arg("plot").arg(demo()).arg("-o").arg(output.path()).args(["--format", "svg"]);
    let assert = command.assert().code(0);
    let said = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
    assert!(said.contains("is not of this run: older.svg"), "{said}");
    assert_eq!(std::fs::read_to_string(&older).expect("still there"), "mine");
    // Without --plots the pictures beside a report are of an earlier run.
    let plots = output.path().join("plots");
    std::fs::create_dir(&plots).expect("writable");
    std::fs::write(plots.join("tput.png"), "old").expect("writable");
    let mut command = inferguard();
    command.arg("analyze").arg(demo()).arg("--output-dir").arg(output.path());
    let assert = command.args(["--fail-on", "never"]).assert().code(0);
    let said = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
    assert!(said.contains("is not of this run: tput.png"), "{said}");
}

#[test]
fn what_cannot_be_drawn_is_told_with_its_remedy() {
    assert!(refused(&["--size", "10x10"]).contains("1200x800"));
    assert!(refused(&["--scenario", "nowhere"]).contains("the scenarios are"));
    assert!(refused(&["--x", "tput_per_gpus"]).contains("did you mean"));
    assert!(refused(&["--y", "cost_per_million_total_tokens"]).contains("price"));
    assert!(refused(&["--where", "hardware=abacus"]).contains("--where"));
    assert!(refused(&["--format", "gif"]).contains("svg"));
}

#[test]
fn no_folder_is_told_where_nothing_is_drawn() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let input = dir.path().join("in");
    std::fs::create_dir(&input).expect("is made");
    // A row of which no throughput and no latency is known.
    std::fs::write(input.join("agg_x.json"), r#"{"hw": "b200", "conc": 4, "tp": 8}"#)
        .expect("is written");
    let out = dir.path().join("out");
    let (input, folder) = (input.to_str().expect("plain"), out.to_str().expect("plain"));
    let said = run(&["analyze", input, "--plots", "--fail-on", "never", "--output-dir", folder]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert!(said.stderr.contains("nothing to draw"), "{}", said.stderr);
    assert!(!said.stdout.contains("plots"), "{}", said.stdout);
    assert!(!out.join("plots").exists());
    let report = std::fs::read_to_string(out.join("report.json")).expect("is there");
    assert!(report.contains("report.md") && !report.contains("out/plots"), "the manifest");
}
