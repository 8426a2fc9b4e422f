//! Runs of srt-slurm: listed, filtered, joined with their results, compared.

use std::path::{Path, PathBuf};

use inferguard::model::{FileStatus, Metric, Quantity};
use inferguard::runs::{
    FindRunError, GroupBy, RunFilter, Runs, TagEdit, differences, differences_to_json, edit_tags,
    metadata_of, runs,
};
use inferguard::{Filter, Options, analyze, pareto};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/srtslurm").join(name)
}

fn found(name: &str) -> Runs {
    runs(&[fixture(name)], &Options::default()).expect("runs")
}

fn ids(found: &Runs, filter: &RunFilter) -> Vec<String> {
    found.runs.iter().filter(|run| filter.takes(run)).map(|run| run.id.clone()).collect()
}

#[test]
fn every_run_is_listed() {
    let found = found("runs");
    let all: Vec<_> = found.runs.iter().map(|run| found.to_json(run)).collect();
    insta::assert_snapshot!(serde_json::to_string_pretty(&all).expect("JSON"));
}

#[test]
fn filters_take_what_fits_all_conditions() {
    let found = found("runs");
    let text = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect();
    let none = RunFilter::default();
    let gpu = RunFilter { gpu: text(&["gb200-fp8", "h100"]), ..none.clone() };
    assert_eq!(ids(&found, &gpu), ["3667", "3712"]);
    let topology = RunFilter { topology: text(&["2a"]), ..none.clone() };
    assert_eq!(ids(&found, &topology), ["3712", "20002", "20003"]);
    let lengths = RunFilter { lengths: text(&["1024/1024"]), ..none.clone() };
    assert_eq!(ids(&found, &lengths), ["20007", "rollup-only"]);
    let container = RunFilter { container: text(&["v0.15"]), ..none.clone() };
    assert_eq!(ids(&found, &container), ["20003"]);
    let tags = RunFilter { tags: text(&["nightly", "candidate"]), ..none.clone() };
    assert_eq!(ids(&found, &tags), ["20001"]);
    let both = RunFilter { tags: text(&["nightly", "baseline"]), ..none };
    assert!(ids(&found, &both).is_empty());
}

#[test]
fn working_gpus_divide_and_provisioned_ones_stand_beside_them() {
    let found = found("runs");
    let of = |run: &str, quantity| {
        let run = &found.runs[found.find(run).expect("known")];
        let cell = &found.cells[run.cells[0]];
        cell.evidence.metrics.get(Metric::plain(quantity))
    };
    for (run, working, given) in [
        ("3101", Some(40.0), None),
        ("3667", Some(40.0), Some(40.0)),
        ("3712", Some(16.0), Some(16.0)),
        ("20001", Some(24.0), Some(32.0)),
        ("20002", Some(8.0), Some(8.0)),
        ("20003", Some(4.0), Some(8.0)),
        ("rollup-only", Some(24.0), Some(32.0)),
    ] {
        assert_eq!(of(run, Quantity::NumGpus), working, "{run}");
        assert_eq!(of(run, Quantity::NumProvisionedGpus), given, "{run}");
        let total = of(run, Quantity::TotalTput).expect("a rate");
        let close = |a: Option<f64>, gpus: Option<f64>| match (a, gpus) {
            (Some(a), Some(gpus)) => (a * gpus / total - 1.0).abs() < 1e-5,
            (a, gpus) => a.is_none() && gpus.is_none(),
        };
        assert!(close(of(run, Quantity::TputPerGpu), working), "{run}");
        assert!(close(of(run, Quantity::TputPerProvisionedGpu), given), "{run}");
    }
}

#[test]
fn roll_ups_and_printed_blocks_are_no_cells_beside_their_results() {
    let found = found("runs");
    let cells = |run: &str| found.runs[found.find(run).expect("known")].cells.len();
    assert_eq!([cells("20001"), cells("rollup-only"), cells("20007")], [2, 1, 1]);
    let windowed = found.cells.iter().find(|cell| {
        cell.id.starts_with("20001/") && cell.evidence.identity.load.concurrency == Some(32)
    });
    let window = windowed.and_then(|cell| cell.evidence.window_ns);
    assert_eq!(window, Some((1_779_273_000_500_000_000, 1_779_273_032_000_000_000)));
}

#[test]
fn results_of_aiperf_in_a_job_are_its_levels() {
    let found = found("aiperf");
    let lines: Vec<String> = found
        .runs
        .iter()
        .map(|run| {
            let of = |quantity| {
                let metrics = &found.cells[run.cells[0]].evidence.metrics;
                metrics.get(Metric::plain(quantity)).map_or("–".to_owned(), |n| n.to_string())
            };
            let levels: Vec<_> = run
                .cells
                .iter()
                .map(|cell| found.cells[*cell].evidence.identity.load.concurrency)
                .collect();
            format!(
                "{} {:?} {:?} levels {levels:?} missing {:?} on {} of {} GPUs",
                run.id,
                run.gpu,
                run.topology,
                run.missing,
                of(Quantity::NumGpus),
                of(Quantity::NumProvisionedGpus),
            )
        })
        .collect();
    assert_eq!(
        lines,
        [
            "30001 Some(\"gb200\") [\"1P/2D\"] levels [Some(2), Some(4)] missing Some([8]) on 8 of 8 GPUs",
            "30002 Some(\"gb200\") [\"1P/2D\"] levels [None] missing None on 8 of 8 GPUs",
            "30003 Some(\"gb200\") [\"1P/1D\"] levels [Some(2)] missing Some([4]) on 8 of 8 GPUs",
        ]
    );
    let reason = |end: &str| {
        let file = found.files.iter().find(|file| file.path.ends_with(end)).expect("is listed");
        (file.outcome.status.clone(), file.outcome.reason.clone().unwrap_or_default())
    };
    let (status, why) = reason("benchmark-rollup.json");
    assert_eq!(status, FileStatus::Recognised);
    assert!(why.contains("AIPerf"), "{why}");
    let cell = &found.cells[found.runs[0].cells[0]];
    assert_eq!(cell.evidence.identity.framework.as_deref(), Some("dynamo-sglang"));
}

#[test]
fn a_power_window_of_another_length_is_left_out() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let results = folder.path().join("20001/logs/sa-bench_isl_1024_osl_128");
    let windows = folder.path().join("20001/logs/power/windows");
    for folder in [&results, &windows] {
        std::fs::create_dir_all(folder).expect("writes");
    }
    let name = "results_concurrency_32_gpus_24_ctx_4_gen_20.json";
    for part in ["20001.json", "logs/rack2-n01_prefill_w0.out"] {
        let from = fixture("runs/20001").join(part);
        std::fs::copy(from, folder.path().join("20001").join(part)).expect("copies");
    }
    let from = fixture("runs/20001/logs/sa-bench_isl_1024_osl_128").join(name);
    std::fs::copy(from, results.join(name)).expect("copies");
    let window = fixture("runs/20001/logs/power/windows").join(name);
    let window = std::fs::read_to_string(window).expect("a fixture");
    let told = |end: &str| {
        let text = window.replace("1779273032.0", end);
        std::fs::write(windows.join(name), text).expect("writes");
        let found = runs(&[folder.path().to_owned()], &Options::default()).expect("runs");
        let cell = &found.cells[0];
        let told = cell.evidence.problems.iter().find(|(_, problem)| &*problem.at == "window");
        (cell.evidence.window_ns.is_some(), told.map(|(_, problem)| problem.message.to_string()))
    };
    assert_eq!(told("1779273032.0"), (true, None));
    // The client waits a moment before and after.
    assert_eq!(told("1779273035.0"), (true, None));
    let (is_there, message) = told("1779273132.0");
    assert!(!is_there);
    assert_eq!(
        message.as_deref(),
        Some("the load lasted 31.5 s, and 132 s by the job's power window, which is left out")
    );
}

#[test]
fn cells_are_chosen_by_the_tags_of_their_run() {
    let found = found("runs");
    let taken = |filter: &str| {
        let filter: Filter = filter.parse().expect("a filter");
        let cells = found.cells.iter().filter(|cell| filter.takes(cell));
        let mut runs: Vec<&str> = cells.map(|cell| cell.run.0.as_str()).collect();
        runs.dedup();
        runs
    };
    assert_eq!(taken("tag=nightly"), ["20001"]);
    assert_eq!(taken("tag=candidate,tag=baseline"), ["3667_1P_4D_20251110_192145", "20001"]);
    assert!(!taken("tag=").contains(&"20001"));
    let request = Options::default();
    let filter: Filter = "tag=nightly".parse().expect("a filter");
    let compared = pareto(&[fixture("runs")], &request, &filter).expect("cells");
    assert_eq!((compared.cells_taken, compared.cross_run.scenarios.len()), (2, 1));
}

#[test]
fn findings_say_what_is_missing_and_why() {
    let analysis = analyze(&fixture("runs"), &Options::default()).expect("a report");
    let codes = ["run_aborted", "incomplete_sweep", "missing_required_artifact"];
    let found: Vec<String> = analysis
        .report
        .findings
        .iter()
        .filter(|finding| codes.contains(&finding.code.as_ref()))
        .map(|finding| format!("{} {}: {}", finding.severity.name(), finding.code, finding.message))
        .collect();
    insta::assert_snapshot!(found.join("\n"));
}

#[test]
fn a_report_tells_of_jobs_and_their_workers() {
    let report = analyze(&fixture("runs"), &Options::default()).expect("a report").report;
    let job = |id: &str| report.jobs.iter().find(|job| job.job_id == id).expect("is listed");
    assert_eq!(report.jobs.len(), 12);
    let whole = job("20001");
    assert_eq!((whole.num_gpus, whole.num_provisioned_gpus), (Some(24), Some(32)));
    assert_eq!((whole.worker_logs, whole.cell_ids.len()), (6, 2));
    assert_eq!(job("20006").missing_concurrencies, Some(vec![32, 128]));
    let crashed = job("20008");
    assert!(crashed.no_result.is_some() && crashed.cell_ids.is_empty());
    assert!(crashed.events.iter().any(|event| event.kind == "out_of_memory" && event.line == 2));
    let markdown = inferguard::render::RENDERERS.iter().find(|renderer| renderer.id == "md");
    let page = markdown.expect("is there").render(&report);
    let page = String::from_utf8(page).expect("text");
    let (_, part) = page.split_once("### Jobs and workers").expect("has the part");
    insta::assert_snapshot!(part.split("\n## ").next().unwrap_or_default());
}

#[test]
fn two_runs_differ_in_what_was_configured() {
    let found = found("runs");
    let run = |id: &str| &found.runs[found.find(id).expect("known")];
    let told = |a: &str, b: &str| {
        let groups = differences((&found, run(a)), (&found, run(b)));
        let json = differences_to_json(run(a), run(b), &groups);
        serde_json::to_string_pretty(&json).expect("JSON")
    };
    insta::assert_snapshot!(format!("{}\n{}", told("20001", "20006"), told("3667", "20001")));
    assert!(differences((&found, run("20001")), (&found, run("20001"))).is_empty());
}

#[test]
fn a_dry_run_is_no_run() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let dry = folder.path().join("dry-runs/gb200_20260520_100000");
    std::fs::create_dir_all(&dry).expect("writes");
    for to in [dry.join("metadata.json"), folder.path().join("20001.json")] {
        std::fs::copy(fixture("runs/20001/20001.json"), to).expect("copies");
    }
    let found = runs(&[folder.path().to_owned()], &Options::default()).expect("runs");
    assert_eq!((found.runs.len(), found.runs[0].folder.as_str()), (1, "."));
    let dry = found.files.iter().find(|file| file.path.ends_with("metadata.json"));
    let outcome = &dry.expect("is listed").outcome;
    assert_eq!(outcome.status, FileStatus::Recognised);
    assert!(outcome.reason.as_deref().is_some_and(|why| why.contains("dry run")));
}

#[test]
fn names_find_one_run_or_say_why_not() {
    let found = found("runs");
    assert!(found.find("3667_1P_4D_20251110_192145/").is_ok());
    assert!(matches!(found.find("nobody"), Err(FindRunError::None { .. })));
}

#[test]
fn hostile_jobs_are_listed_with_reasons() {
    let found = found("hostile");
    let lines: Vec<String> = found
        .runs
        .iter()
        .map(|run| format!("{} {:?} {:?}", run.id, run.skipped, run.notes))
        .collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn no_secret_reaches_an_output() {
    for name in ["runs", "hostile"] {
        let found = found(name);
        let mut all = String::new();
        for run in &found.runs {
            all += &found.details_to_json(run, GroupBy::Rank).to_string();
            for other in &found.runs {
                let groups = differences((&found, run), (&found, other));
                all += &differences_to_json(run, other, &groups).to_string();
            }
        }
        for secret in
            ["isasecret", "ISASECRET", "not-for-you", "pw123", "sk-0123", "\"abc\"", "token=1"]
        {
            assert!(!all.contains(secret), "{secret} of {name}");
        }
    }
}

#[test]
fn tags_change_and_nothing_else() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("3667.json");
    let text = std::fs::read_to_string(fixture("runs/3667_1P_4D_20251110_192145/3667.json"));
    let text = text.expect("a fixture").replace("\"gpus_per_node\": 4", "\"gpus_per_node\": 4.0e0");
    std::fs::write(&path, &text).expect("writes");
    let found = runs(&[folder.path().to_owned()], &Options::default()).expect("runs");
    let at = metadata_of(&found, &found.runs[found.only().expect("one")]).expect("metadata");
    let edit = |add: &[&str], remove: &[&str]| {
        let text = |tags: &[&str]| tags.iter().map(|tag| (*tag).to_owned()).collect();
        edit_tags(&at, &TagEdit { add: text(add), remove: text(remove) })
    };
    assert_eq!(edit(&["b", "baseline"], &[]).expect("writes"), ["baseline", "b"]);
    let changed = std::fs::read_to_string(&path).expect("reads");
    assert_eq!(changed.replace("\"baseline\",\n    \"b\"", "\"baseline\""), text);
    assert_eq!(edit(&[], &["b"]).expect("writes"), ["baseline"]);
    assert_eq!(std::fs::read_to_string(&path).expect("reads"), text);
    assert!(edit(&["two\nlines"], &[]).is_err());
    std::fs::write(&path, &text[..100]).expect("writes");
    assert!(edit(&["b"], &[]).is_err());
    assert_eq!(std::fs::read_to_string(&path).expect("reads"), text[..100]);
    assert_eq!(std::fs::read_dir(folder.path()).expect("lists").count(), 1, "nothing is left over");
}

#[test]
#[expect(clippy::print_stderr, reason = "a skipped test should say so")]
fn real_roll_ups_have_the_rates_that_they_state() {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/samples/srt-slurm");
    if !samples.is_dir() {
        eprintln!("skipped: no sample files in {}", samples.display());
        return;
    }
    let found = runs(&[samples], &Options::default()).expect("runs");
    let of = |run: &str, name: &str| {
        let run = &found.runs[found.find(run).expect("listed")];
        let metric = Metric::parse(name).expect("known");
        found.cells[run.cells[0]].evidence.metrics.get(metric).expect("stated")
    };
    for (run, per_gpu, ttft, tpot, user) in [
        ("good-pr-container-15908", 7489.457, 3.589_153, 0.043_672, 22.898),
        ("nightly-a749-15902", 5305.23, 2.506_312, 0.066_83, 14.963),
    ] {
        assert_eq!(of(run, "num_provisioned_gpus"), 24.0);
        assert!((of(run, "tput_per_provisioned_gpu") - per_gpu).abs() < 1e-9);
        assert!((of(run, "tput_per_gpu") - per_gpu).abs() < 5e-4, "the division again");
        assert!((of(run, "p50_ttft") - ttft).abs() < 1e-12);
        assert!((of(run, "p50_tpot") - tpot).abs() < 1e-12);
        // The producer divides before it rounds: 1 / median TPOT.
        assert!((of(run, "intvty") - user).abs() < 1e-3);
    }
}
