//! The library as another program uses it: no printing, no exit, no panic on input.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use inferguard::schema::{ExitCode, Report, Severity};
use inferguard::{AnalyzeError, FailOn, Options, Progress, analyze, list_files, render, validate};

const ROW: &str = r#"{
  "hw": "b200", "conc": 8, "model": "deepseek-ai/DeepSeek-R1-0528", "infmax_model_prefix": "dsr1",
  "framework": "vllm", "precision": "fp8", "spec_decoding": "none", "disagg": false,
  "isl": 1024, "osl": 1024, "is_multinode": false, "tp": 8, "ep": 1, "dp_attention": "false",
  "tput_per_gpu": 157.0, "output_tput_per_gpu": 78.0, "input_tput_per_gpu": 79.0,
  "mean_ttft": 0.25, "median_ttft": 0.2, "p99_ttft": 0.5,
  "mean_tpot": 0.0125, "median_tpot": 0.012, "p99_tpot": 0.02,
  "mean_e2el": 12.5, "median_e2el": 12.25, "p99_e2el": 14.0
}"#;

const CSV: &str = "user_id,request_idx,input_tokens,output_tokens_actual,ttft,ttlt,success,\
request_start_time,request_complete_time
User-0,0,1000,101,0.5,2.5,True,1776748684.0,1776748686.5
User-1,1,1000,101,0.5,2.5,True,1776748685.0,1776748687.5
User-2,2,1000,101,0.5,2.5,False,1776748686.0,1776748688.5
";

fn write(root: &Path, path: &str, content: impl AsRef<[u8]>) {
    let path = root.join(path);
    std::fs::create_dir_all(path.parent().expect("has a folder")).expect("can make folders");
    std::fs::write(path, content).expect("can write");
}

fn tree() -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a temporary folder");
    write(dir.path(), "good/agg_x.json", ROW);
    dir
}

fn status<'r>(report: &'r Report, path: &str) -> &'r str {
    let found = report.artifact_manifest.iter().find(|artifact| artifact.path == path);
    &found.unwrap_or_else(|| panic!("{path} is not in the manifest")).status
}

#[test]
fn analyze_answers_and_writes_nothing() {
    let dir = tree();
    let options = Options { generated_at: Some(0), ..Options::default() };
    let analysis = analyze(dir.path(), &options).expect("a report");
    let report = &analysis.report;
    assert_eq!(report.generated_at, "1970-01-01T00:00:00Z");
    assert_eq!(report.cells[0].cell_id, "good/agg_x");
    assert_eq!(report.cells.len(), 1);
    assert_eq!(analysis.exit_code(FailOn::Warning), ExitCode::Clean);
    let left: Vec<_> = std::fs::read_dir(dir.path()).expect("is there").collect();
    assert_eq!(left.len(), 1, "the library writes no file");
    assert!(report.artifact_manifest.iter().all(|artifact| artifact.status != "written"));
}

#[test]
fn what_is_rendered_is_valid_and_reads_back() {
    let dir = tree();
    write(dir.path(), "agg_broken.json", "{");
    let analysis = analyze(dir.path(), &Options::default()).expect("a report");
    for renderer in render::RENDERERS {
        assert!(renderer.render(&analysis.report).ends_with(b"\n"), "{}", renderer.id);
    }
    let json = render::RENDERERS.iter().find(|renderer| renderer.id == "json").expect("is there");
    let bytes = json.render(&analysis.report);
    let validation = validate(&bytes, false).expect("JSON");
    assert_eq!(
        (validation.violations, validation.schema_version.as_str()),
        (vec![], "inferguard-analyze/v1")
    );
    let back: Report = serde_json::from_slice(&bytes).expect("reads back");
    assert_eq!(back.cells.len(), analysis.report.cells.len());
    assert_eq!(back.findings, analysis.report.findings);
    assert!(validate(b"no JSON", false).is_err());
}

#[test]
fn the_exit_code_counts_findings_wherever_they_stand() {
    let dir = tree();
    write(dir.path(), "agg_broken.json", "{");
    for closed_v1 in [false, true] {
        let options = Options { closed_v1, ..Options::default() };
        let analysis = analyze(dir.path(), &options).expect("a report");
        assert_eq!(analysis.exit_code(FailOn::Never), ExitCode::Clean);
        assert_eq!(analysis.exit_code(FailOn::Warning), ExitCode::Critical);
        assert_eq!(analysis.exit_code(FailOn::Critical), ExitCode::Critical);
        let moved = analysis.report.extensions.map_or(0, |extensions| extensions.findings.len());
        assert_eq!(moved, usize::from(closed_v1));
        assert_eq!(analysis.report.run_summary.findings.critical, 1);
    }
}

#[test]
fn errors_tell_their_kind() {
    let dir = tree();
    let of = |root: &Path, options: &Options<'_>| analyze(root, options).expect_err("no report");
    let absent = of(&dir.path().join("absent"), &Options::default());
    assert!(matches!(absent, AnalyzeError::Walk(_)), "{absent}");
    let glob = Options { timeline_glob: "[".into(), ..Options::default() };
    assert!(matches!(of(dir.path(), &glob), AnalyzeError::TimelineGlob { .. }));
    let none = Options { exclude: vec!["*".into()], ..Options::default() };
    let none = of(dir.path(), &none);
    assert!(matches!(none, AnalyzeError::NothingSupported { files: 1, .. }), "{none}");
    write(dir.path(), "agg_broken.json", "");
    let strict = of(dir.path(), &Options { strict: true, ..Options::default() });
    let AnalyzeError::Strict { reasons } = &strict else { panic!("{strict}") };
    assert_eq!(reasons.len(), 1);
}

#[test]
fn the_listing_tells_the_same_as_the_manifest() {
    let dir = tree();
    write(dir.path(), "agg_broken.json", "{");
    write(dir.path(), "notes.txt", "x");
    let listed = list_files(dir.path(), &Options::default()).expect("lists");
    let report = analyze(dir.path(), &Options::default()).expect("a report").report;
    let paths: Vec<_> = listed.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths, ["agg_broken.json", "good/agg_x.json", "notes.txt"]);
    for file in &listed {
        assert_eq!(file.status, status(&report, &file.path), "{}", file.path);
    }
}

#[test]
fn progress_is_told_of_every_file() {
    #[derive(Default)]
    struct Count(AtomicUsize, AtomicUsize);
    impl Progress for Count {
        fn total(&self, files: usize) {
            self.0.store(files, Ordering::Relaxed);
        }
        fn advance(&self) {
            self.1.fetch_add(1, Ordering::Relaxed);
        }
    }
    let dir = tree();
    for n in 0..50 {
        write(dir.path(), &format!("{n}.json"), "{}");
    }
    let count = Count::default();
    let options = Options { progress: Some(&count), threads: 2, ..Options::default() };
    analyze(dir.path(), &options).expect("a report");
    assert_eq!((count.0.into_inner(), count.1.into_inner()), (51, 51));
}

/// Cuts and changes of a file: at every place for short ones, else at a few hundred.
fn damaged(good: &str) -> Vec<Vec<u8>> {
    let bytes = good.as_bytes();
    let mut all: Vec<Vec<u8>> = (0..bytes.len()).step_by(3).map(|n| bytes[..n].to_vec()).collect();
    for at in (0..bytes.len()).step_by(2) {
        for byte in [b'"', b'{', b']', b',', b'\n', b'\0', b'\\', b'-', b'9', b'e', 0xFF] {
            if at % 22 == usize::from(byte) % 22 {
                let mut changed = bytes.to_vec();
                changed[at] = byte;
                all.push(changed);
            }
        }
    }
    all
}

#[test]
fn no_damage_to_a_file_costs_the_report() {
    for (name, good) in [
        ("agg_x.json", ROW.to_owned()),
        ("trace_replay/detailed_results.csv", CSV.to_owned()),
        ("rows.jsonl", format!("{}\n", ROW.replace('\n', " ")).repeat(2)),
    ] {
        let dir = tree();
        // Of other numbers than the damaged ones, which are copies of each other.
        let other = ROW.replace("\"conc\": 8", "\"conc\": 64").replace("0.25,", "0.75,");
        write(dir.path(), "good/agg_x.json", other);
        let damaged = damaged(&good);
        for (n, bytes) in damaged.iter().enumerate() {
            write(dir.path(), &format!("damaged/{n}/{name}"), bytes);
        }
        let options = Options { threads: 2, ..Options::default() };
        let report = analyze(dir.path(), &options).expect("a report").report;
        assert_eq!(status(&report, "good/agg_x.json"), "read");
        let cell = report.cells.iter().find(|cell| cell.cell_id == "good/agg_x");
        let cell = cell.expect("the good cell is there");
        assert_eq!(cell.hardware.as_deref(), Some("b200"));
        let present = report.artifact_manifest.iter().filter(|file| file.present);
        assert_eq!(present.count(), damaged.len() + 1, "every file is there");
        let refused = report.artifact_manifest.iter().filter(|file| file.status == "refused");
        let told = report.findings.iter().filter(|finding| {
            finding.code == "unreadable_artifact" && finding.severity == Severity::Critical
        });
        assert_eq!(refused.count(), told.count(), "each refusal is a finding");
        let json = render::RENDERERS.iter().find(|one| one.id == "json").expect("is there");
        let validation = validate(&json.render(&report), false).expect("strict JSON");
        assert_eq!(validation.violations, [], "{name}");
    }
}

#[test]
fn formats_that_are_not_read_yet_are_recognised() {
    let dir = tree();
    for (name, text) in [
        ("sweep.json", r#"{"metadata": {"version": 2}, "config": {}, "benchmarks": []}"#),
        (
            "trace.jsonl",
            r#"{"timestamp": 0, "input_length": 9, "output_length": 5, "hash_ids": []}"#,
        ),
        ("run/profile_export_console.txt", "tables\n"),
    ] {
        write(dir.path(), name, text);
        let files = list_files(dir.path(), &Options::default()).expect("a list");
        let file = files.iter().find(|file| file.path == name).expect("the file is listed");
        assert_eq!(file.status, "recognised", "{name}: {:?}", file.reason);
    }
}
