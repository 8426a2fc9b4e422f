//! `inferguard trace` on the fixtures.

use std::path::Path;

use serde_json::Value;

use crate::run::{Said, Tree, assert_no_temporary_files, list, run};

fn fixture(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/mooncake").join(path);
    path.to_str().expect("plain").to_owned()
}

/// What was printed, with plain names of files.
fn shown(said: &Said, folder: &str) -> String {
    said.stdout.replace(&format!("{folder}/"), "")
}

fn folder() -> String {
    fixture("").trim_end_matches('/').to_owned()
}

fn json(said: &Said) -> Value {
    serde_json::from_str(&said.stdout).unwrap_or_else(|error| panic!("{error}: {said:?}"))
}

#[test]
fn the_tables_of_a_short_trace() {
    let short = fixture("traces-2024/short_trace.jsonl");
    let said = run(&["trace", &short, "--above", "2k,20000", "--lru", "5,2k"]);
    assert_eq!((said.code, said.stderr.as_str()), (0, ""));
    assert!(said.stdout.lines().skip(1).all(|line| line.chars().count() <= 80), "{}", said.stdout);
    insta::assert_snapshot!("short_trace", shown(&said, &folder()));
}

#[test]
fn sessions_and_damage_are_told() {
    let files = [fixture("aiperf-0.13/sessions.jsonl"), fixture("aiperf-0.13/damaged.jsonl")];
    let said = run(&["trace", &files[0], &files[1]]);
    assert_eq!(said.code, 0);
    insta::assert_snapshot!("sessions_and_damage", shown(&said, &folder()));
}

#[test]
fn json_has_the_same_facts_and_the_definitions() {
    let short = fixture("traces-2024/short_trace.jsonl");
    let answers = json(&run(&["trace", "--json", &short, "--window-size", "60"]));
    assert_eq!(answers["schema_version"], "inferguard-trace/v1");
    let definitions = answers["hit_rate_definitions"].as_object().expect("named");
    let trace = &list(&answers, "traces")[0];
    assert_eq!((&trace["requests"], &trace["lines"]["refused"]), (&8.into(), &0.into()));
    let windows = list(&trace["arrivals"], "windows");
    let sum: u64 = windows.iter().filter_map(|window| window["requests"].as_u64()).sum();
    assert_eq!((sum, windows.len()), (8, 4));
    assert_eq!(trace["arrivals"]["windows_without_requests"], 9);
    let blocks = &trace["blocks"];
    assert_eq!((&blocks["total"], &blocks["unique"]), (&86.into(), &75.into()));
    let caches = list(blocks, "caches");
    assert_eq!(caches.len(), 6);
    let infinite = &caches[5];
    assert_eq!((&infinite["policy"], &infinite["blocks_found"]), (&"infinite".into(), &11.into()));
    for name in definitions.keys() {
        assert!(!infinite[name].is_null(), "{name}");
    }
    assert_eq!(trace["sessions"], Value::Null);
}

#[test]
fn a_window_is_cut_and_sped_up() {
    let tree = Tree::new();
    let out = tree.arg("replay.jsonl");
    let short = fixture("traces-2024/short_trace.jsonl");
    let said = run(&["trace", &short, "--window", "0-5m", "--speed", "5", "-o", &out]);
    assert_eq!((said.code, said.stderr.as_str()), (0, ""));
    let text = shown(&said, &folder()).replace(&tree.arg(""), "");
    insta::assert_snapshot!("cut", text);
    let written = std::fs::read_to_string(tree.join("replay.jsonl")).expect("was written");
    let times: Vec<_> = written.lines().filter_map(|line| line.split(',').next()).collect();
    let expected = ["0", "0", "600", "600", "59400"].map(|at| format!("{{\"timestamp\": {at}"));
    assert_eq!(times, expected);
    assert_no_temporary_files(tree.path());
    // Its numbers are those of a trace, and in JSON the same is told.
    let answers = json(&run(&["trace", "--json", &out]));
    assert_eq!(list(&answers, "traces")[0]["arrivals"]["duration_s"], 59.4);
    let told = json(&run(&["trace", &short, "--window=-1s", "-o", &out, "--json"]));
    assert_eq!((&told["requests"], &told["requests_of_trace"]), (&2.into(), &8.into()));
    assert_eq!(run(&["trace", "-q", &short, "-o", &out]).stdout, "");
}

#[test]
fn what_cannot_be_done_says_why_and_leaves_no_file() {
    let short = fixture("traces-2024/short_trace.jsonl");
    let tree = Tree::new().file("copy.jsonl", std::fs::read(&short).expect("is there"));
    let (copy, out) = (tree.arg("copy.jsonl"), tree.arg("out.jsonl"));
    let other = tree.arg("no/such/folder/out.jsonl");
    let gz = tree.arg("out.jsonl.gz");
    for (args, reason) in [
        (vec![&copy[..], "-o", &copy], "is the trace itself, which is never written"),
        (vec![&copy, "-o", &out, "--window", "1h-"], "arrive from 0 to 720 s"),
        (vec![&copy, &copy, "-o", &out], "give one FILE, not 2"),
        (vec![&copy, "-o", &gz], "choose a name without .gz"),
        (vec![&copy, "-o", &other], "choose another with -o"),
        (vec![&copy, "-o", tree.path().to_str().expect("plain")], "is a folder"),
        (vec![&copy, "--speed", "2"], "--output"),
        (vec![&copy, "--window", "5m", "-o", &out], "write it as 0-5m"),
        (vec![&copy, "--window-size", "0"], "give a longer one"),
        (vec![&copy, "--lru", "0"], "give a larger number"),
        (vec![&out], "cannot read"),
        (vec![tree.path().to_str().expect("plain")], "give the trace file in it"),
    ] {
        let said = run(&[&["trace"], &args[..]].concat());
        assert_eq!(said.code, 3, "{args:?}");
        assert!(said.stderr.contains(reason), "{args:?}: {}", said.stderr);
        assert!(!tree.join("out.jsonl").exists(), "{args:?}");
    }
    assert_no_temporary_files(tree.path());
    assert_eq!(
        std::fs::read(tree.join("copy.jsonl")).expect("is there"),
        std::fs::read(&short).expect("is there")
    );
}

#[cfg(unix)]
#[test]
fn a_link_to_the_trace_is_the_trace() {
    let short = fixture("traces-2024/short_trace.jsonl");
    let tree = Tree::new().file("t.jsonl", std::fs::read(&short).expect("is there"));
    std::os::unix::fs::symlink(tree.join("t.jsonl"), tree.join("link.jsonl")).expect("can link");
    let said = run(&["trace", &tree.arg("t.jsonl"), "-o", &tree.arg("link.jsonl")]);
    assert_eq!(said.code, 3);
    assert!(said.stderr.contains("is the trace itself"), "{}", said.stderr);
}

#[test]
fn one_bad_file_costs_no_other() {
    let tree = Tree::new().file("profile_export.jsonl", "{\"metadata\": {}, \"metrics\": {}}\n");
    let short = fixture("traces-2024/short_trace.jsonl");
    let bad = tree.arg("profile_export.jsonl");
    let said = run(&["trace", &bad, &short]);
    assert_eq!(said.code, 3);
    assert!(said.stdout.contains("8 requests"), "{}", said.stdout);
    assert!(said.stderr.contains("no request of a Mooncake trace"), "{}", said.stderr);
    let said = run(&["trace", "--json", &bad, &short]);
    assert_eq!(said.code, 3);
    let answers = json(&said);
    let traces = list(&answers, "traces");
    assert!(traces[0]["error"].is_string() && traces[1]["requests"] == 8, "{answers}");
}

#[test]
fn analyze_points_to_the_command() {
    let short = fixture("traces-2024/short_trace.jsonl");
    let tree = Tree::with_good_row().file("t.jsonl", std::fs::read(&short).expect("is there"));
    let run = tree.analyze(&[]);
    assert_eq!(run.status("t.jsonl"), "recognised");
    assert!(run.reason("t.jsonl").contains("`inferguard trace` reads it"));
}
