//! Every flag of `analyze`.

use serde_json::{Value, json};

use crate::build::{raw, raw_completed, row, timeline};
use crate::run::{Run, Tree, analyze, check_report, finish, inferguard, list};

#[test]
fn the_default_output_is_both_files_below_the_results() {
    let tree = Tree::with_good_row();
    let run = tree.analyze(&[]);
    assert!(run.json.is_some() && run.markdown.is_some());
    for name in ["report.json", "report.md"] {
        let path = tree.arg(&format!("inferguard_report/{name}"));
        assert_eq!(
            (run.status(&path), &run.artifact(&path)["kind"]),
            ("written", &json!("inferguard_report"))
        );
        assert!(run.said.stdout.contains(&format!("wrote {path}")), "{}", run.said.stdout);
    }
    assert_eq!(run.said.stderr, "");
    assert_eq!(run.report()["input_root"], json!(tree.path()));
    assert_eq!(run.report()["generated_at"], "2026-01-01T00:00:00Z");
}

#[test]
fn output_dir_is_made_with_its_parents() {
    let tree = Tree::with_good_row();
    let output = tree.join("a/b/c");
    let run = analyze(tree.path(), &output, &["--output-dir", output.to_str().expect("plain")]);
    assert!(run.json.is_some() && run.markdown.is_some());
    assert!(!tree.join("inferguard_report").exists());
    let again = analyze(tree.path(), &output, &["--output-dir", output.to_str().expect("plain")]);
    assert_eq!(again.json, run.json, "its own output is no input");
}

#[test]
fn format_writes_what_is_asked_and_takes_the_stale_other_away() {
    let tree = Tree::with_good_row();
    tree.analyze(&[]);
    let run = tree.analyze(&["--format", "md"]);
    assert!(run.json.is_none() && run.markdown.is_some());
    assert!(run.said.stderr.contains("removed ") && run.said.stderr.contains("report.json"));
    let run = tree.analyze(&["--format", "json"]);
    assert!(run.json.is_some() && run.markdown.is_none());
    assert!(run.said.stderr.contains("removed ") && run.said.stderr.contains("report.md"));
    let written = list(run.report(), "artifact_manifest").iter();
    assert_eq!(written.filter(|artifact| artifact["status"] == "written").count(), 1);
    let run = tree.analyze(&["--format", "both"]);
    assert!(run.json.is_some() && run.markdown.is_some());
    assert_eq!(run.said.stderr, "", "nothing stale, nothing said");
}

#[test]
fn json_prints_exactly_the_report() {
    let tree = Tree::with_good_row();
    let run = tree.analyze(&["--json"]);
    let written = std::fs::read_to_string(tree.join("inferguard_report/report.json"));
    assert_eq!(run.said.stdout, written.expect("was written"));
    assert!(run.said.stderr.contains("exit code 0"), "the summary goes to stderr");
    // Without a file, too.
    let run = tree.analyze(&["--json", "--format", "md"]);
    assert!(run.json.is_none());
    check_report(&serde_json::from_str(&run.said.stdout).expect("JSON"), false);
}

#[test]
fn timeline_glob_chooses_the_timelines() {
    let named = timeline(3, None).replace("inferguard-timeline/v1", "custom-recorder/v1");
    let tree = Tree::new()
        .file("c8/agg_x.json", row(8).to_string())
        .file("c8/live/recorder.log.jsonl", named.replace("disagg_status", "status"));
    let samples = |run: &Run| run.cell("c8/agg_x")["timeline"]["sample_count"].clone();
    assert_eq!(samples(&tree.analyze(&[])), Value::Null);
    for glob in ["**/recorder.log.jsonl", "recorder*", "c8/live/*.jsonl", "c8/**"] {
        let run = tree.analyze(&["--timeline-glob", glob]);
        let claimed = &run.artifact("c8/live/recorder.log.jsonl")["kind"];
        assert_eq!(claimed, "inferguard_timeline_jsonl", "{glob}");
    }
    let run = tree.analyze(&["--timeline-glob", "c16/**"]);
    assert_eq!(run.status("c8/live/recorder.log.jsonl"), "ignored");
}

#[test]
fn a_price_adds_cost_blocks_from_rates_and_durations() {
    let tree =
        Tree::new().file("raw.json", raw(8).to_string()).file("agg_x.json", row(16).to_string());
    let free = tree.analyze(&[]);
    assert!(free.cell("raw").get("cost").is_none_or(Value::is_null));
    assert!(free.report()["run_summary"].get("cost").is_none_or(Value::is_null));
    let run =
        tree.analyze(&["--cost-per-gpu-hour", "3.6", "--cost-currency", "EUR", "--gpus", "8"]);
    let cost = &run.cell("raw")["cost"];
    assert_eq!(cost["schema_version"], "inferguard-cost/v1");
    assert_eq!((&cost["currency"], &cost["gpus"]), (&json!("EUR"), &json!(8)));
    // 100 s on 8 GPUs at 0.001 a second.
    assert!(near(&cost["gpu_hours"], 800.0 / 3600.0) && near(&cost["compute_cost"], 0.8));
    assert!(near(&cost["cost_per_completed_request"], 0.01));
    // A row has no duration: the price of tokens follows from the rate.
    let cost = &run.cell("agg_x")["cost"];
    assert_eq!(cost["compute_cost"], Value::Null);
    let rate = run.metric("agg_x", "output_tput_tps").expect("derived");
    assert!(near(&cost["cost_per_million_output_tokens"], 0.008 / rate * 1e6), "{cost}");
    assert!(near(&run.report()["run_summary"]["cost"]["compute_cost"], 0.8));
}

fn near(value: &Value, expected: f64) -> bool {
    value.as_f64().is_some_and(|value| (value - expected).abs() <= 1e-9 * expected)
}

#[test]
fn gpus_and_hardware_fill_only_what_is_unknown() {
    let tree =
        Tree::new().file("raw.json", raw(8).to_string()).file("agg_x.json", row(16).to_string());
    let run = tree.analyze(&[]);
    assert_eq!(run.metric("raw", "num_gpus"), None, "an unknown count is never 1");
    assert_eq!(run.metric("raw", "tput_per_gpu"), None);
    let run = tree.analyze(&["--gpus", "4", "--hardware", "MI355X"]);
    assert_eq!(run.metric("raw", "num_gpus"), Some(4.0));
    assert_eq!(run.cell("raw")["provenance"]["num_gpus"], "derived: --gpus");
    let total = run.metric("raw", "total_tput_tps").expect("stated");
    assert_eq!(run.metric("raw", "tput_per_gpu"), Some(total / 4.0));
    assert_eq!(run.cell("raw")["hardware"], "mi355x");
    assert_eq!(run.metric("agg_x", "num_gpus"), Some(8.0));
    assert_eq!(run.cell("agg_x")["hardware"], "b200");
}

#[test]
fn include_and_exclude_choose_files_and_are_told() {
    let tree = Tree::new()
        .file("a/agg_x.json", row(4).to_string())
        .file("b/agg_y.json", row(8).to_string())
        .file("b/agg_z.json", row(16).to_string());
    let ids = |args: &[&str]| {
        tree.analyze(args).cell_ids().into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(ids(&["--include", "agg_x.json"]), ["a/agg_x"]);
    assert_eq!(ids(&["--include", "b/*"]), ["b/agg_y", "b/agg_z"]);
    assert_eq!(ids(&["--include", "agg_x*", "--include", "agg_z*"]), ["a/agg_x", "b/agg_z"]);
    assert_eq!(ids(&["--exclude", "b/**"]), ["a/agg_x"]);
    assert_eq!(ids(&["--include", "b/*", "--exclude", "agg_z*"]), ["b/agg_y"]);
    let run = tree.analyze(&["--include", "b/*", "--exclude", "agg_z*"]);
    assert_eq!(run.reason("a/agg_x.json"), "not selected by --include");
    assert_eq!(run.reason("b/agg_z.json"), "left out by --exclude");
}

#[test]
fn list_says_what_becomes_of_each_file_and_writes_nothing() {
    let tree = Tree::with_good_row()
        .file("b/agg_x.json", "")
        .file("b/notes.txt", "x")
        .file("trace.jsonl", "{\"timestamp\": 0, \"input_length\": 9, \"output_length\": 5}");
    let run = tree.analyze(&["--list"]);
    assert_eq!((run.code(), run.said.stderr.as_str()), (0, ""));
    let lines: Vec<Vec<&str>> =
        run.said.stdout.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines[0], ["STATUS", "READER", "KIND", "PATH", "WHY"]);
    assert_eq!(lines[1][..4], ["read", "inferencex", "agg_json", "agg_good.json"]);
    assert_eq!(lines[2][..4], ["refused", "inferencex", "agg_json", "b/agg_x.json"]);
    assert_eq!(lines[2][4..].join(" "), "the file is empty");
    assert_eq!(lines[3][..4], ["ignored", "-", "file", "b/notes.txt"]);
    assert_eq!(lines[4][..2], ["recognised", "recognised"]);
    assert!(!tree.join("inferguard_report").exists());
    let json: Value =
        serde_json::from_str(&tree.analyze(&["--list", "--json"]).said.stdout).expect("JSON");
    let paths: Vec<_> = json.as_array().expect("an array").iter().map(|f| &f["path"]).collect();
    assert_eq!(paths, ["agg_good.json", "b/agg_x.json", "b/notes.txt", "trace.jsonl"]);
    assert_eq!(json[1]["reason"], "the file is empty");
    assert_eq!(json[0]["reason"], Value::Null);
}

#[test]
fn closed_v1_keeps_to_the_published_enumerations() {
    // The helper validates the report against the closed schema as well.
    let tree = Tree::with_good_row()
        .file("raw.json", raw_completed(100, 90).to_string())
        .file("agg_broken.json", "{");
    let run = tree.analyze(&["--closed-v1"]);
    assert_eq!(run.cell("raw")["source_format"], "unknown");
    assert_eq!(run.cell("agg_good")["source_format"], "inferencex-static");
    let extensions = &run.report()["extensions"];
    assert_eq!(extensions["source_formats"], json!({"raw": "inferencex-raw"}));
    assert_eq!(extensions["findings"][0]["code"], "unreadable_artifact");
    assert_eq!(run.findings(), ["warning partial_run raw"]);
    let open = tree.analyze(&[]);
    assert_eq!(open.cell("raw")["source_format"], "inferencex-raw");
    assert!(open.report().get("extensions").is_none());
}

#[test]
fn quiet_says_nothing_and_verbose_more() {
    let tree = Tree::with_good_row();
    tree.analyze(&[]);
    let quiet = tree.analyze(&["-q", "--format", "json"]);
    assert_eq!((quiet.said.stdout.as_str(), quiet.said.stderr.as_str()), ("", ""));
    let listed = tree.analyze(&["-v"]).said.stderr;
    assert!(listed.contains("listed") && listed.contains("files=1"), "{listed}");
    let files = tree.analyze(&["-vv"]).said.stderr;
    assert!(files.contains("agg_good.json"), "{files}");
    let refused = Tree::new().analyze(&["-q"]);
    assert_eq!(refused.code(), 3);
    assert!(!refused.said.stderr.is_empty(), "errors are said in any case");
}

#[test]
fn nothing_is_coloured_and_no_bar_is_drawn_without_a_terminal() {
    let tree = Tree::new();
    for n in 0..250_u32 {
        tree.write(&format!("{n}/agg_x.json"), row(n + 1).to_string());
    }
    let run = tree.analyze(&["-j", "2"]);
    assert_eq!(run.cell_ids().len(), 250);
    assert_eq!(run.said.stderr, "");
    assert!(!run.said.stdout.contains('\u{1b}'));
    assert!(
        run.said.stdout.lines().all(|line| line.chars().count() <= 80 || line.starts_with("wrote"))
    );
}

#[test]
fn the_clock_is_used_where_no_moment_is_fixed() {
    let tree = Tree::with_good_row();
    let output = tree.join("inferguard_report");
    let mut command = inferguard();
    command.env_remove("SOURCE_DATE_EPOCH").arg("analyze").arg(tree.path());
    let run = finish(&mut command, &output, &[]);
    let moment = run.report()["generated_at"].as_str().expect("a text").to_owned();
    assert!(moment.ends_with('Z') && moment.len() == "2026-01-01T00:00:00Z".len(), "{moment}");
    assert!(moment.as_str() > "2024", "{moment}");
}
