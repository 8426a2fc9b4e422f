//! The other commands, help, and pipes that close early.

use std::io::Read;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::build::row;
use crate::run::{Tree, run};

#[test]
fn help_and_version_succeed_on_stdout() {
    for args in [
        &["--help"][..],
        &["-h"],
        &["help"],
        &["--version"],
        &["help", "analyze"],
        &["analyze", "--help"],
        &["validate", "--help"],
        &["schema", "-h"],
    ] {
        let said = run(args);
        assert_eq!((said.code, said.stderr.as_str()), (0, ""), "{args:?}");
        assert!(!said.stdout.is_empty(), "{args:?}");
    }
    let version = format!("inferguard {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(run(&["--version"]).stdout, version);
    let help = run(&["--help"]).stdout;
    assert!(help.contains("Exit codes: 0 clean, 1 warning threshold tripped"), "{help}");
}

#[test]
fn a_bare_call_shows_help_and_is_no_success() {
    let said = run(&[]);
    assert_eq!(said.code, 3);
    assert!(said.stderr.contains("Usage: inferguard"), "{}", said.stderr);
}

#[test]
fn every_flag_is_in_the_help_and_in_the_manual() {
    let help = run(&["analyze", "--help"]).stdout;
    let man = run(&["man"]);
    assert_eq!((man.code, man.stderr.as_str()), (0, ""));
    assert!(man.stdout.starts_with(".ie") && man.stdout.contains(".TH inferguard 1"));
    let man = man.stdout.replace('\\', "");
    for flag in [
        "--output-dir",
        "--format",
        "--fail-on",
        "--strict",
        "--best-effort",
        "--json",
        "--timeline-glob",
        "--include",
        "--exclude",
        "--gpus",
        "--hardware",
        "--cost-per-gpu-hour",
        "--cost-currency",
        "--join-runs",
        "--config",
        "--no-config",
        "--select",
        "--ignore",
        "--closed-v1",
        "--list",
        "--jobs",
        "--verbose",
        "--quiet",
    ] {
        assert!(help.contains(flag), "{flag} in the help");
        assert!(man.contains(flag), "{flag} in the manual");
    }
}

#[test]
fn completions_are_made_for_every_shell() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let said = run(&["completions", shell]);
        assert_eq!((said.code, said.stderr.as_str()), (0, ""), "{shell}");
        assert!(said.stdout.contains("timeline-glob"), "{shell}");
    }
}

#[test]
fn schema_prints_a_schema_that_compiles() {
    for (args, closed) in [(&["schema"][..], false), (&["schema", "--closed-v1"], true)] {
        let said = run(args);
        assert_eq!((said.code, said.stderr.as_str()), (0, ""));
        let schema: Value = serde_json::from_str(&said.stdout).expect("JSON");
        jsonschema::meta::validate(&schema).expect("a schema");
        assert_eq!(schema["properties"]["schema_version"]["const"], "inferguard-analyze/v1");
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
        let codes = &schema["$defs"]["Finding"]["properties"]["code"];
        assert_eq!(codes["enum"].is_array(), closed);
    }
}

/// A tree with a valid report and what becomes of it when a member is changed.
fn report(change: impl FnOnce(&mut Value)) -> Tree {
    let tree = Tree::with_good_row().file("agg_broken.json", "");
    let mut report = tree.analyze(&[]).json.expect("a report");
    change(&mut report);
    tree.file("r.json", report.to_string())
}

#[test]
fn validate_accepts_what_analyze_writes() {
    let tree = report(|_| {});
    let file = tree.arg("r.json");
    let said = run(&["validate", &file]);
    assert_eq!((said.code, said.stderr.as_str()), (0, ""));
    assert_eq!(said.stdout, format!("{file}: valid inferguard-analyze/v1\n"));
    // Its code is one of ours: outside the published enumeration.
    let closed = run(&["validate", "--closed-v1", &file]);
    assert_eq!(closed.code, 2);
    assert!(closed.stdout.contains("  /findings/0/code: "), "{}", closed.stdout);
}

#[test]
fn validate_names_the_place_of_every_violation() {
    let tree = report(|report| {
        report["cells"][0]["metrics"]["mean_ttft"] = json!({"a": 1});
        report["findings"][0]["severity"] = json!("fatal");
        report["generated_at"] = json!(5);
        report["analyzer"]["capabilities"]["telepathy"] = json!("on");
        report.as_object_mut().expect("an object").remove("run_summary");
    });
    let file = tree.arg("r.json");
    let said = run(&["validate", &file]);
    assert_eq!(said.code, 2);
    for pointer in [
        "/cells/0/metrics/mean_ttft: ",
        "/findings/0/severity: ",
        "/generated_at: ",
        "/analyzer/capabilities: ",
        "  (the document): \"run_summary\" is a required property",
    ] {
        assert!(said.stdout.contains(pointer), "{pointer} in {}", said.stdout);
    }
    let json = run(&["validate", "--json", &file]);
    assert_eq!(json.code, 2);
    let answer: Value = serde_json::from_str(&json.stdout).expect("JSON");
    assert_eq!((&answer[0]["valid"], &answer[0]["file"]), (&json!(false), &json!(file)));
    let pointers: Vec<_> = answer[0]["violations"]
        .as_array()
        .expect("an array")
        .iter()
        .map(|violation| violation["pointer"].as_str().expect("a text"))
        .collect();
    assert!(pointers.contains(&"") && pointers.contains(&"/findings/0/severity"), "{pointers:?}");
}

#[test]
fn validate_takes_reports_of_version_1_1() {
    let tree = report(|report| {
        report["schema_version"] = json!("inferguard-analyze/v1.1");
        // As that tool writes them.
        report["cells"][0]["metrics"]["histogram"] = json!({"a": [1, 2]});
        report["cells"][0]["is_multinode"] = json!("false");
        report["cells"][0]["source_format"] = json!("inferguard-compare");
        report["findings"][0]["code"] = json!("cold_start_ramp_extended");
    });
    let said = run(&["validate", &tree.arg("r.json")]);
    assert_eq!(said.code, 0, "{}", said.stdout);
    assert!(said.stdout.ends_with("valid inferguard-analyze/v1.1\n"));
    let closed = run(&["validate", "--closed-v1", &tree.arg("r.json")]);
    assert_eq!(closed.code, 2, "v1.1 is not the published v1");
    let unknown = report(|report| report["schema_version"] = json!("inferguard-analyze/v9"));
    let said = run(&["validate", &unknown.arg("r.json")]);
    assert_eq!(said.code, 2);
    assert!(said.stdout.contains("/schema_version: "), "{}", said.stdout);
}

#[test]
fn validate_tells_unreadable_files_from_invalid_ones() {
    let tree = report(|_| {})
        .file("text.md", "# no JSON")
        .file("empty.json", "")
        .file("nan.json", "{\"a\": NaN}")
        .file("deep.json", "[".repeat(100_000))
        .file("list.json", "[]");
    let path = |name: &str| tree.arg(name);
    for name in ["absent.json", "text.md", "empty.json", "nan.json", "deep.json", "."] {
        let said = run(&["validate", &path(name)]);
        assert_eq!(said.code, 3, "{name}");
        assert!(said.stderr.starts_with("inferguard: cannot check "), "{}", said.stderr);
    }
    assert_eq!(run(&["validate", &path("list.json")]).code, 2);
    // The worst answer counts, and no file hides another.
    let (good, bad, gone) = (path("r.json"), path("list.json"), path("absent.json"));
    assert_eq!(run(&["validate", &good, &bad]).code, 2);
    let all = run(&["validate", &good, &gone, &bad]);
    assert_eq!(all.code, 3);
    assert!(all.stdout.contains(": valid ") && all.stdout.contains("violation"));
    assert!(all.stderr.contains("absent.json"));
    let json = run(&["validate", "--json", &good, &gone]);
    let answers: Value = serde_json::from_str(&json.stdout).expect("JSON");
    assert_eq!((json.code, &answers[0]["valid"]), (3, &json!(true)));
    assert!(answers[1]["error"].is_string());
}

#[test]
fn text_of_strangers_cannot_command_the_terminal() {
    let tree = report(|report| {
        report["schema_version"] = json!("x\u{1b}[31m");
        report["cells"][0]["metrics"]["\u{1b}[2J/~"] = json!({});
    });
    let said = run(&["validate", &tree.arg("r.json")]);
    assert_eq!(said.code, 2);
    assert!(!said.stdout.contains('\u{1b}'), "{}", said.stdout);
}

#[test]
fn a_pipe_that_closes_early_is_no_error() {
    let tree = Tree::new();
    for n in 0..300_u32 {
        tree.write(&format!("{n}/agg_x.json"), row(n + 1).to_string());
    }
    let root = tree.arg("");
    for args in
        [&["analyze", &root, "--json"][..], &["analyze", &root, "--list"], &["schema"], &["man"]]
    {
        let mut child = Command::new(env!("CARGO_BIN_EXE_inferguard"))
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("starts");
        let mut stdout = child.stdout.take().expect("is piped");
        stdout.read_exact(&mut [0; 1]).expect("says something");
        drop(stdout);
        let output = child.wait_with_output().expect("ends");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{args:?}: {said}");
        assert!(!said.contains("Broken pipe") && !said.contains("panicked"), "{said}");
    }
}
