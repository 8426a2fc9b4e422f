//! Exit codes: what CI may trust.

use crate::build::{raw, raw_completed, row};
use crate::run::{Tree, analyze, inferguard, run};

type Make<'m> = &'m dyn Fn() -> Tree;

#[test]
fn the_threshold_and_the_worst_finding_decide() {
    let clean = || Tree::new().file("raw.json", raw(8).to_string());
    let warning = || Tree::new().file("raw.json", raw_completed(100, 90).to_string());
    let critical = || Tree::new().file("raw.json", raw_completed(100, 0).to_string());
    let both = || warning().file("agg_broken.json", "{");
    let table: [(&str, Make<'_>, [i32; 4]); 4] = [
        ("no finding", &clean, [0, 0, 0, 0]),
        ("a warning", &warning, [0, 0, 1, 0]),
        ("a critical one", &critical, [2, 0, 2, 2]),
        ("both", &both, [2, 0, 2, 2]),
    ];
    let thresholds: [&[&str]; 4] =
        [&[], &["--fail-on", "never"], &["--fail-on", "warning"], &["--fail-on", "critical"]];
    for (what, make, codes) in table {
        for (args, code) in thresholds.into_iter().zip(codes) {
            let run = make().analyze(args);
            assert_eq!(run.code(), code, "{what} with {args:?}: {:?}", run.findings());
            assert!(run.json.is_some() && run.markdown.is_some(), "a report in any case");
            let told = format!("exit code {code}: ");
            assert!(run.said.stdout.contains(&told), "says why: {}", run.said.stdout);
        }
    }
}

#[test]
fn closed_v1_does_not_change_the_exit_code() {
    // `unreadable_artifact` is a code of ours: it moves, and still counts.
    let run = Tree::with_good_row().file("agg_x.json", "").analyze(&["--closed-v1"]);
    assert_eq!(run.findings(), [""; 0]);
    let moved = &run.report()["extensions"]["findings"][0];
    assert_eq!(
        (&moved["code"], &moved["severity"]),
        (&"unreadable_artifact".into(), &"critical".into())
    );
    assert_eq!(run.code(), 2);
    assert!(run.said.stdout.contains("exit code 2: 1 critical finding "), "{}", run.said.stdout);
}

#[test]
fn strict_refuses_what_is_missing_or_unreadable_and_writes_nothing() {
    let manifest = r#"{"schema_version": "inferguard-manifest/v1", "cells": ["agg_lost"]}"#;
    for (path, content, told) in [
        ("agg_x.json", "", "unreadable_artifact (agg_x.json: the file is empty"),
        ("manifest.json", manifest, "missing_required_artifact (cell agg_lost is expected"),
    ] {
        let tree = Tree::with_good_row().file(path, content);
        assert_eq!(tree.analyze(&["--best-effort"]).code(), 2);
        std::fs::remove_dir_all(tree.join("inferguard_report")).expect("was written");
        let run = tree.analyze(&["--strict"]);
        assert_eq!(run.code(), 3);
        assert!(run.said.stderr.contains(told), "{}", run.said.stderr);
        assert_eq!(run.said.stdout, "");
        assert!(!tree.join("inferguard_report").exists(), "no report and no empty folder");
    }
}

#[test]
fn a_refusal_names_the_report_of_an_earlier_run() {
    let tree = Tree::with_good_row().file("agg_x.json", "");
    assert_eq!(tree.analyze(&[]).code(), 2);
    let run = tree.analyze(&["--strict"]);
    assert_eq!(run.code(), 3);
    assert!(run.said.stderr.contains("report.json is of an earlier run"), "{}", run.said.stderr);
}

#[test]
fn strict_lets_everything_else_pass() {
    let failed = Tree::new().file("raw.json", raw_completed(100, 0).to_string());
    assert_eq!(failed.analyze(&["--strict"]).code(), 2);
    // Not a cell's result: a warning.
    let extra = Tree::with_good_row().file("inferguard_timeline.jsonl", "");
    let run = extra.analyze(&["--strict"]);
    assert_eq!(run.findings(), ["warning unreadable_artifact"]);
    assert_eq!(run.code(), 0);
}

#[test]
fn no_report_is_3_with_a_message_that_helps() {
    let empty = Tree::new();
    let foreign = Tree::new().file("notes.txt", "x").file("config.json", "{\"a\": 1}");
    let broken = Tree::new().file("agg_a.json", "").file("agg_b.json", "{");
    let good = Tree::with_good_row();
    for (run, told) in [
        (empty.analyze(&[]), "no supported benchmark result found among 0 files"),
        (empty.analyze(&[]), "there is no file in it: is it the right folder?"),
        (foreign.analyze(&[]), "--list` says why"),
        (broken.analyze(&[]), "refused agg_b.json: not complete JSON"),
        (good.analyze(&["--include", "*.csv"]), "no supported benchmark result"),
        (analyze(&good.join("absent"), &good.join("out"), &[]), "cannot open "),
    ] {
        assert_eq!(run.code(), 3);
        assert!(run.said.stderr.starts_with("inferguard: "), "{}", run.said.stderr);
        assert!(run.said.stderr.contains(told), "{told} in {}", run.said.stderr);
        assert_eq!(run.said.stdout, "");
    }
    for tree in [&empty, &foreign, &broken, &good] {
        assert!(!tree.join("inferguard_report").exists(), "no empty folder is left");
    }
    assert!(!good.join("absent").exists() && !good.join("out").exists());
}

#[test]
fn a_manifest_alone_is_worth_a_report() {
    let manifest = r#"{"schema_version": "inferguard-manifest/v1", "cells": ["agg_a", "agg_b"]}"#;
    let run = Tree::new().file("manifest.json", manifest).analyze(&[]);
    assert_eq!(run.findings(), ["critical missing_required_artifact"; 2]);
    assert_eq!(run.code(), 2);
}

#[test]
fn unusable_arguments_are_3_and_never_2() {
    let tree = Tree::new().file("agg_x.json", row(8).to_string());
    let root = tree.arg("");
    let root = root.as_str();
    let table: &[&[&str]] = &[
        &[],
        &["nonsense"],
        &["analyze"],
        &["analyze", ""],
        &["analyze", root, "--nonsense"],
        &["analyze", root, root],
        &["analyze", root, "--format", "xml"],
        &["analyze", root, "--fail-on", "info"],
        &["analyze", root, "--strict", "--best-effort"],
        &["analyze", root, "--gpus", "0"],
        &["analyze", root, "--gpus", "many"],
        &["analyze", root, "--cost-per-gpu-hour", "-1"],
        &["analyze", root, "--cost-per-gpu-hour", "nan"],
        &["analyze", root, "--cost-currency", "EUR"],
        &["analyze", root, "-j", "x"],
        &["analyze", root, "-v", "-q"],
        &["analyze", root, "--list", "--strict"],
        &["analyze", root, "--include", "["],
        &["analyze", root, "--exclude", "{a"],
        &["analyze", root, "--timeline-glob", "["],
        &["analyze", "/dev/null"],
        &["validate"],
        &["completions", "nonsense"],
        &["schema", "extra"],
    ];
    for args in table {
        let said = run(args);
        assert_eq!(said.code, 3, "{args:?}");
        assert!(!said.stderr.trim().is_empty(), "{args:?} says why");
        assert_eq!(said.stdout, "", "{args:?}");
        assert!(!tree.join("inferguard_report").exists(), "{args:?}");
    }
    let negative = run(&["analyze", root, "--cost-per-gpu-hour", "-1"]).stderr;
    assert!(negative.contains("a number that is not negative"), "{negative}");
}

#[test]
fn a_moment_that_is_none_is_3() {
    let tree = Tree::with_good_row();
    for moment in ["", "yesterday", "1.5", "-1", "99999999999999999"] {
        let output = inferguard()
            .env("SOURCE_DATE_EPOCH", moment)
            .arg("analyze")
            .arg(tree.path())
            .output()
            .expect("starts");
        assert_eq!(output.status.code(), Some(3), "{moment}");
        let said = String::from_utf8(output.stderr).expect("UTF-8");
        assert!(said.contains("SOURCE_DATE_EPOCH"), "{said}");
    }
}
