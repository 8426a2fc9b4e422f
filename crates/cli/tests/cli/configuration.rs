//! `inferguard.toml`, `--config`, `--select`, `--ignore`.

use std::path::Path;

use serde_json::{Value, json};

use crate::build::{raw, raw_completed, row};
use crate::run::{Run, Said, Tree, finish, inferguard, run};

/// A cell with 90 of 100 requests answered, and a file that was cut off.
fn tree() -> Tree {
    Tree::new().file("raw.json", raw_completed(100, 90).to_string()).file("agg_broken.json", "{")
}

/// `analyze` from a folder, with its report checked and read.
fn analyze_in(folder: &Path, tree: &Tree, args: &[&str]) -> Run {
    let mut command = inferguard();
    command.current_dir(folder).arg("analyze").arg(tree.path()).args(args);
    finish(&mut command, &tree.join("inferguard_report"), args)
}

/// `analyze` with a configuration that lies elsewhere.
fn configured(tree: &Tree, toml: &str, args: &[&str]) -> Run {
    let elsewhere = Tree::new().file("ci.toml", toml);
    let file = elsewhere.arg("ci.toml");
    let args: Vec<_> = ["--config", &file].into_iter().chain(args.iter().copied()).collect();
    tree.analyze(&args)
}

#[test]
fn a_threshold_a_severity_and_a_reason_decide_findings_and_exit_code() {
    let tree = tree();
    let plain = tree.analyze(&[]);
    assert_eq!(plain.findings(), ["critical unreadable_artifact", "warning partial_run raw"]);
    assert_eq!(plain.code(), 2);
    assert!(plain.report().get("configuration").is_none());
    assert!(plain.report()["run_summary"].get("ignored").is_none());

    let lower = "[thresholds.partial_run]\nmin_success_rate = 0.9";
    assert_eq!(configured(&tree, lower, &[]).findings(), ["critical unreadable_artifact"]);
    let higher = "[thresholds.partial_run]\nmin_success_rate = 0.91";
    let run = configured(&tree, higher, &[]);
    assert_eq!(run.findings().len(), 2);
    let set = &run.report()["configuration"];
    assert_eq!(set["thresholds"], json!({"partial_run": {"min_success_rate": 0.91}}));
    assert!(set["file"].as_str().is_some_and(|file| file.ends_with("ci.toml")));

    let severe = "[severity]\npartial_run = \"critical\"\nunreadable_artifact = \"info\"";
    let run = configured(&tree, severe, &[]);
    assert_eq!(run.findings(), ["critical partial_run raw", "info unreadable_artifact"]);
    assert_eq!(run.code(), 2);
    let mild = "[severity]\npartial_run = \"info\"\nunreadable_artifact = \"info\"";
    assert_eq!(configured(&tree, mild, &["--fail-on", "warning"]).code(), 0);

    let ignored = "[[ignore]]\ncode = \"unreadable_artifact\"\nreason = \"known crash\"\n\
                   cells = \"agg_*\"";
    let run = configured(&tree, ignored, &[]);
    assert_eq!(run.findings(), ["warning partial_run raw"]);
    assert_eq!(run.code(), 0);
    let summary = &run.report()["run_summary"];
    assert_eq!(
        summary["ignored"],
        json!([{"code": "unreadable_artifact", "reason": "known crash", "count": 1, "cell_ids": []}])
    );
    assert_eq!(summary["checks"]["unreadable_artifact"]["ignored"], 1);
    assert!(summary["checks"]["partial_run"].get("ignored").is_none());
    assert_eq!(configured(&tree, ignored, &["--closed-v1"]).code(), 0);
    assert!(run.said.stdout.contains("ignored"), "{}", run.said.stdout);
    assert!(run.markdown().contains("known crash"));
    // What is ignored is no reason for strict mode either.
    assert_eq!(configured(&tree, ignored, &["--strict"]).code(), 0);
    assert_eq!(tree.analyze(&["--strict", "--select", "partial_run"]).code(), 3);
}

#[test]
fn ignore_rules_choose_cells_and_the_first_counts() {
    let mut other = raw_completed(100, 80);
    other["max_concurrency"] = json!(16);
    let tree = Tree::new()
        .file("a/raw.json", raw_completed(100, 90).to_string())
        .file("b/raw.json", other.to_string());
    let toml = "[[ignore]]\ncode = \"partial_run\"\nreason = \"first\"\ncells = \"a/*\"\n\
                [[ignore]]\ncode = \"partial_run\"\nreason = \"second\"";
    let run = configured(&tree, toml, &[]);
    let told = &run.report()["run_summary"]["ignored"];
    assert_eq!((&told[0]["reason"], &told[0]["cell_ids"]), (&json!("first"), &json!(["a/raw"])));
    assert_eq!((&told[1]["reason"], &told[1]["cell_ids"]), (&json!("second"), &json!(["b/raw"])));
    let only = "[[ignore]]\ncode = \"partial_run\"\nreason = \"first\"\ncells = \"a/*\"";
    assert_eq!(configured(&tree, only, &[]).findings(), ["warning partial_run b/raw"]);
}

#[test]
fn flags_select_and_ignore_codes() {
    let tree = tree();
    let run = tree.analyze(&["--select", "partial_run,summary_mismatch"]);
    assert_eq!(run.findings(), ["warning partial_run raw"]);
    let checks = run.report()["run_summary"]["checks"].as_object().expect("an object");
    assert_eq!(checks.keys().collect::<Vec<_>>(), ["partial_run", "summary_mismatch"]);
    assert_eq!(run.report()["configuration"]["select"], json!(["partial_run", "summary_mismatch"]));
    let run = tree.analyze(&["--ignore", "unreadable_artifact", "--ignore", "partial_run"]);
    assert_eq!((run.findings().len(), run.code()), (0, 0));
    assert_eq!(run.report()["run_summary"]["ignored"][0]["reason"], "--ignore");
    for flag in ["--select", "--ignore"] {
        let run = tree.analyze(&[flag, "partial_run,partal_run"]);
        assert_eq!(run.code(), 3);
        let told = "unknown code `partal_run`; did you mean `partial_run`?";
        assert!(run.said.stderr.contains(told), "{}", run.said.stderr);
    }
}

#[test]
fn rules_tell_gpus_and_hardware_of_cells_and_flags_beat_them() {
    let tree = Tree::new()
        .file("h/raw.json", raw(8).to_string())
        .file("m/raw.json", raw(16).to_string())
        .file("agg_x.json", row(4).to_string());
    let toml = "[[cells]]\npath = \"h/**\"\ngpus = 4\n[[cells]]\npath = \"raw.json\"\ngpus = 2\n\
                hardware = \"H100-nv\"";
    let run = configured(&tree, toml, &[]);
    let gpus = |run: &Run, cell: &str| run.metric(cell, "num_gpus");
    assert_eq!((gpus(&run, "h/raw"), gpus(&run, "m/raw")), (Some(4.0), Some(2.0)));
    assert_eq!((gpus(&run, "agg_x"), &run.cell("agg_x")["hardware"]), (Some(8.0), &json!("b200")));
    assert_eq!(run.cell("h/raw")["hardware"], "h100");
    let total = run.metric("h/raw", "total_tput_tps").expect("stated");
    assert_eq!(run.metric("h/raw", "tput_per_gpu"), Some(total / 4.0));
    assert_eq!(run.cell("h/raw")["provenance"]["num_gpus"], "derived: configuration.cells");
    let rules = &run.report()["configuration"]["cells"];
    assert_eq!(rules[1], json!({"path": "raw.json", "gpus": 2, "hardware": "H100-nv"}));
    let run = configured(&tree, toml, &["--gpus", "16"]);
    assert_eq!((gpus(&run, "h/raw"), gpus(&run, "agg_x")), (Some(16.0), Some(8.0)));
    assert_eq!(run.cell("h/raw")["provenance"]["num_gpus"], "derived: --gpus");
    let first = &run.report()["configuration"]["cells"][0];
    assert_eq!(first, &json!({"path": "**", "gpus": 16, "hardware": null}));
}

#[test]
fn prices_are_by_hardware_and_a_flag_beats_them() {
    let mut other = row(16);
    other["hw"] = json!("h200-cw");
    let tree = Tree::new()
        .file("raw.json", raw(8).to_string())
        .file("agg_b.json", row(4).to_string())
        .file("agg_h.json", other.to_string());
    let cells = "[[cells]]\npath = \"raw.json\"\ngpus = 8\nhardware = \"h100\"\n";
    let toml = format!("{cells}[prices]\ncurrency = \"EUR\"\nh100 = 3.6\nB200 = 2");
    let run = configured(&tree, &toml, &[]);
    let price = |run: &Run, cell: &str| run.cell(cell)["cost"]["gpu_hour_cost"].as_f64();
    assert_eq!((price(&run, "raw"), price(&run, "agg_b")), (Some(3.6), Some(2.0)));
    assert!(run.cell("agg_h").get("cost").is_none_or(Value::is_null), "no price, no cost");
    let total = &run.report()["run_summary"]["cost"];
    assert_eq!((&total["gpu_hour_cost"], &total["currency"]), (&Value::Null, &json!("EUR")));
    assert_eq!(total["compute_cost"], run.cell("raw")["cost"]["compute_cost"]);
    let set = &run.report()["configuration"]["prices"];
    assert_eq!(set["by_hardware"], json!({"b200": 2.0, "h100": 3.6}));

    let run = configured(&tree, &toml, &["--cost-per-gpu-hour", "1"]);
    assert_eq!((price(&run, "raw"), price(&run, "agg_h")), (Some(1.0), Some(1.0)));
    let total = &run.report()["run_summary"]["cost"];
    assert_eq!((&total["gpu_hour_cost"], &total["currency"]), (&json!(1.0), &json!("EUR")));

    let foreign = configured(&tree, "[prices]\nmi355x = 2", &[]);
    let total = &foreign.report()["run_summary"]["cost"];
    assert_eq!((&total["gpu_hour_cost"], &total["compute_cost"]), (&Value::Null, &Value::Null));
}

#[test]
fn the_file_of_the_current_directory_is_used() {
    let tree = tree();
    let here = Tree::new().file("inferguard.toml", "[severity]\npartial_run = \"info\"");
    let run = analyze_in(here.path(), &tree, &[]);
    assert_eq!(run.findings(), ["critical unreadable_artifact", "info partial_run raw"]);
    assert_eq!(run.report()["configuration"]["file"], "inferguard.toml");
    assert_eq!(run.said.stderr, "");
    let run = analyze_in(here.path(), &tree, &["--no-config"]);
    assert_eq!(run.findings()[1], "warning partial_run raw");
    assert!(run.report().get("configuration").is_none());
    assert_eq!(run.said.stderr, "");
}

#[test]
fn what_lies_among_the_results_is_applied_only_on_demand() {
    let silencing = "[severity]\nunreadable_artifact = \"info\"";
    let tree = tree().file("inferguard.toml", silencing);
    let elsewhere = Tree::new();
    for folder in [elsewhere.path(), tree.path()] {
        let run = analyze_in(folder, &tree, &[]);
        assert_eq!(run.code(), 2);
        let told = "lies among the results and is not applied; --config applies it";
        assert_eq!(run.said.stderr.matches(told).count(), 1, "{}", run.said.stderr);
        assert_eq!(analyze_in(folder, &tree, &["-q"]).said.stderr, "");
        let artifact = run.artifact("inferguard.toml");
        assert_eq!(
            (&artifact["kind"], &artifact["status"]),
            (&json!("configuration"), &json!("ignored"))
        );
        assert!(run.reason("inferguard.toml").contains("not applied"));
    }
    let run = analyze_in(tree.path(), &tree, &["--config", "inferguard.toml"]);
    assert_eq!((run.code(), run.said.stderr.as_str()), (0, ""));
    assert_eq!(run.artifact("inferguard.toml")["kind"], "configuration");
    assert_eq!(run.reason("inferguard.toml"), "the configuration of this analysis");
    // Declined, so there is nothing to say.
    assert_eq!(analyze_in(tree.path(), &tree, &["--no-config"]).said.stderr, "");
    // The folder of a single file is a folder of results too.
    let mut command = inferguard();
    command.current_dir(tree.path()).args(["analyze", "raw.json"]);
    let run = finish(&mut command, &tree.join("inferguard_report"), &[]);
    assert!(run.said.stderr.contains("not applied"), "{}", run.said.stderr);
}

#[test]
fn a_configuration_that_cannot_be_used_is_3() {
    let tree = tree();
    let run = configured(&tree, "[severity]\npartal_run = \"info\"\nslo = 1", &[]);
    assert_eq!(run.code(), 3);
    assert!(
        run.said
            .stderr
            .contains("ci.toml:2: unknown code `partal_run`; did you mean `partial_run`?")
    );
    assert!(!tree.join("inferguard_report").exists());
    let absent = tree.analyze(&["--config", "absent.toml"]);
    assert_eq!(absent.code(), 3);
    assert!(absent.said.stderr.contains("cannot read the configuration absent.toml"));
    let both = tree.analyze(&["--config", "a.toml", "--no-config"]);
    assert_eq!(both.code(), 3);
}

#[test]
fn explain_shows_every_code_and_the_values_in_force() {
    let all = run(&["explain"]);
    assert_eq!((all.code, all.stderr.as_str()), (0, ""));
    for check in inferguard::findings::CHECKS {
        let meta = check.meta();
        assert!(all.stdout.contains(&format!(" {} ", meta.code)), "{}", meta.code);
        let page = run(&["explain", meta.code]);
        assert_eq!((page.code, page.stderr.as_str()), (0, ""), "{}", meta.code);
        for line in page.stdout.lines() {
            let is_code = line.starts_with("      ");
            assert!(is_code || line.chars().count() <= 80, "{}: {line}", meta.code);
        }
        for part in ["What it detects", "What to measure next", "Thresholds"] {
            assert!(page.stdout.contains(part), "{part} in {}", meta.code);
        }
    }
    let here = Tree::new().file(
        "inferguard.toml",
        "[thresholds.partial_run]\nmin_success_rate = 0.5\n[severity]\npartial_run = \"info\"",
    );
    let explain = |args: &[&str]| {
        let mut command = inferguard();
        Said::of(
            &command.current_dir(here.path()).arg("explain").args(args).output().expect("runs"),
        )
    };
    let page = explain(&["partial_run"]).stdout;
    assert!(page.contains("min_success_rate  0.5       0.95"), "{page}");
    assert!(page.contains("Severity in force: info"), "{page}");
    let json: Value = serde_json::from_str(&explain(&["--json"]).stdout).expect("JSON");
    let one = json.as_array().expect("a list").iter().find(|one| one["code"] == "partial_run");
    let one = one.expect("listed");
    assert_eq!(one["thresholds"][0]["value"], 0.5);
    assert_eq!(
        (&one["configured_severity"], &one["severity"]),
        (&json!("info"), &json!("warning"))
    );
    let plain = explain(&["partial_run", "--no-config"]).stdout;
    assert!(plain.contains("min_success_rate  0.95") && !plain.contains("DEFAULT"), "{plain}");
    let wrong = explain(&["partal_run"]);
    assert_eq!(wrong.code, 3);
    assert!(wrong.stderr.contains("did you mean `partial_run`?"), "{}", wrong.stderr);
}

#[test]
fn the_example_of_the_documentation_is_a_configuration() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/configuration.md");
    let page = std::fs::read_to_string(page).expect("the page is there");
    let (_, rest) = page.split_once("```toml\n").expect("an example");
    let (example, _) = rest.split_once("```").expect("its end");
    let run = configured(&tree(), example, &[]);
    let set = &run.report()["configuration"];
    for member in ["thresholds", "severities", "ignore", "cells", "prices", "slo"] {
        let value = &set[member];
        let is_filled = value.as_object().map_or_else(
            || value.as_array().is_some_and(|list| !list.is_empty()),
            |members| !members.is_empty(),
        );
        assert!(is_filled, "the example sets {member}: {value}");
    }
}
