//! Codes that rest on files: those that are absent, and those that cannot be read.

use super::*;
use inferguard_model::{Problem, ProblemCode, ProblemSeverity};

const MISSING: &str = "missing_required_artifact";
const UNREADABLE: &str = "unreadable_artifact";

/// A cell of an AgentX trace replay with both its files.
fn replay(id: &str) -> CellBuilder {
    requests_only(id).artifact("m/metrics_server_metrics.csv", Role::METRICS_SERVER_METRICS_CSV)
}

fn requests_only(id: &str) -> CellBuilder {
    cell(id)
        .format(SourceFormat::AgentxTraceReplay)
        .artifact("m/trace_replay/detailed_results.csv", Role::DETAILED_RESULTS_CSV)
}

fn manifest(tree: &mut Tree, folder: &str, cells: &[&str], timeline: bool) {
    let path = format!("{folder}manifest.json");
    let file = tree.file(&path, FileStatus::Read, Role::MANIFEST_JSON.0);
    let cells = cells.iter().map(ToString::to_string).collect();
    tree.expectations.push(Expectations { folder: folder.into(), file, cells, timeline });
}

#[test]
fn a_replay_without_requests_is_critical_and_without_server_metrics_a_warning() {
    let metrics = cell("m")
        .format(SourceFormat::AgentxTraceReplay)
        .artifact("m/metrics_server_metrics.csv", Role::METRICS_SERVER_METRICS_CSV);
    let tree = Tree::of([metrics, replay("whole"), requests_only("r")]);
    assert_eq!(
        tree.answers(MISSING),
        [
            "m critical: trace_replay/detailed_results.csv is missing: requests of the trace replay",
            "whole clear",
            "r warning: metrics_server_metrics.csv is missing: cache, queue and offload counters of the server",
        ]
    );
}

#[test]
fn the_evidence_says_what_is_missing_and_what_is_there() {
    let tree = Tree::of([requests_only("r")]);
    assert_eq!(
        tree.evidence(MISSING),
        json!({
            "artifact": "metrics_server_metrics_csv", "path": "m/metrics_server_metrics.csv",
            "required": false, "present": ["m/trace_replay/detailed_results.csv"],
        })
    );
}

#[test]
fn both_may_be_missing_of_one_cell() {
    let tree = Tree::of([cell("c").format(SourceFormat::AgentxTraceReplay)]);
    assert_eq!(tree.answers(MISSING).len(), 2);
}

#[test]
fn another_artifact_may_supply_the_same() {
    use SourceFormat as F;
    for (format, role, wanted) in [
        (F::InferencexStatic, Role::AGG_JSON, true),
        (F::InferencexStatic, Role::RAW_JSON, true),
        (F::InferencexStatic, Role::JOB_LOG, false),
        (F::InferencexSrtSlurm, Role::RAW_JSON, true),
        (F::InferencexSrtSlurm, Role::TIMELINE_JSONL, false),
        (F::InferencexRaw, Role::RAW_JSON, true),
        (F::InferencexRaw, Role::AGG_JSON, false),
        (F::AgentxAggregate, Role::AGG_JSON, true),
        (F::AgentxAggregate, Role::RAW_JSON, false),
        (F::Eval, Role::META_ENV_JSON, true),
        (F::Mixed, Role::JOB_LOG, true),
        (F::Unknown, Role::TIMELINE_JSONL, true),
    ] {
        let tree = Tree::of([cell("c").format(format).artifact("f", role)]);
        let answers = tree.answers(MISSING);
        assert_eq!(answers == ["c clear"], wanted, "{format:?} {role:?}: {answers:?}");
        assert_eq!(answers[0].starts_with("c critical"), !wanted, "{format:?} {role:?}");
    }
    let row = replay("c").artifact("agg_c.json", Role::AGG_JSON);
    assert_eq!(Tree::of([row]).answers(MISSING), ["c clear"]);
}

#[test]
fn expected_cells_are_found_below_the_manifest_or_by_their_whole_id() {
    let mut tree = Tree::of([cell("other/c1"), cell("night/c2"), cell("stated")]);
    manifest(&mut tree, "night/", &["c2", "stated", "c1", "c3"], false);
    assert_eq!(
        tree.answers(MISSING)[3..],
        [
            "run critical: cell c1 is expected by night/manifest.json and was not found",
            "run critical: cell c3 is expected by night/manifest.json and was not found",
        ]
    );
    let mut root = Tree::of([cell("c2")]);
    manifest(&mut root, "", &["c2"], false);
    assert_eq!(root.answers(MISSING), ["c2 clear"]);
}

#[test]
fn the_evidence_of_an_expected_cell_names_the_manifest() {
    let mut tree = Tree::default();
    manifest(&mut tree, "night/", &["c1"], true);
    assert_eq!(
        tree.evidence(MISSING),
        json!({"cell": "night/c1", "manifest": "night/manifest.json"})
    );
}

#[test]
fn the_remains_of_a_cell_are_not_the_cell() {
    let mut tree = Tree::of([
        cell("c1").without_result().timeline(vec![]),
        cell("c2").without_result().format(SourceFormat::Eval),
    ]);
    manifest(&mut tree, "", &["c1", "c2"], false);
    assert_eq!(
        tree.answers(MISSING)[2..],
        ["c1 critical: cell c1 is expected by manifest.json and has no result"]
    );
}

#[test]
fn a_timeline_is_missed_only_where_it_is_expected() {
    let cells = || [cell("c1"), cell("c2").timeline(vec![]), cell("c3")];
    let clear = ["c1 clear", "c2 clear", "c3 clear"];
    assert_eq!(Tree::of(cells()).answers(MISSING), clear);
    let mut tree = Tree::of(cells());
    manifest(&mut tree, "", &["c1", "c2"], false);
    assert_eq!(tree.answers(MISSING), clear);
    tree.expectations[0].timeline = true;
    let missed =
        "c1 warning: inferguard_timeline.jsonl is missing: manifest.json expects a live timeline";
    assert_eq!(tree.answers(MISSING)[3..], [missed]);
}

#[test]
fn a_manifest_without_cells_expects_the_timeline_of_all_below_it() {
    let mut tree = Tree::of([
        cell("night/c1").artifact("night/c1.json", Role::AGG_JSON),
        cell("night/c2").artifact("night/c2.json", Role::AGG_JSON).timeline(vec![]),
        cell("nightly/c3").artifact("nightly/c3.json", Role::AGG_JSON),
    ]);
    manifest(&mut tree, "night/", &[], true);
    let missed = "night/c1 warning: inferguard_timeline.jsonl is missing: night/manifest.json expects a live timeline";
    assert_eq!(tree.answers(MISSING)[3..], [missed]);
}

#[test]
fn many_expected_cells_are_looked_up_quickly() {
    let ids: Vec<_> = (0..20_000).map(|n| format!("c{n}")).collect();
    let mut tree = Tree::of(ids.iter().map(|id| cell(id)));
    manifest(&mut tree, "", &ids.iter().map(String::as_str).collect::<Vec<_>>(), false);
    assert_eq!(tree.answers(MISSING).len(), 20_000);
}

#[test]
fn a_lost_result_is_critical_and_anything_else_a_warning() {
    let mut tree = Tree::default();
    tree.file("b/agg_b.json", FileStatus::Refused, "agg_json");
    tree.files[0].outcome.is_result = true;
    tree.file("a/results.json", FileStatus::Refused, "results_json");
    tree.file("a/agg_a.json", FileStatus::Read, "agg_json");
    assert_eq!(
        tree.answers(UNREADABLE),
        [
            "run critical: b/agg_b.json: cut off; its result is lost",
            "run warning: a/results.json: cut off",
            "run clear",
        ]
    );
}

#[test]
fn files_that_nobody_wanted_to_read_are_not_looked_at() {
    let mut tree = Tree::of([cell("c")]);
    tree.file("a.txt", FileStatus::Ignored, "file");
    tree.file("b.log", FileStatus::Linked, "job_log");
    tree.file("report.json", FileStatus::Recognised, "inferguard_report");
    assert_eq!(tree.answers(UNREADABLE), Vec::<String>::new());
}

#[test]
fn the_evidence_of_an_unreadable_file_is_path_kind_and_reason() {
    let mut tree = Tree::default();
    tree.file("b.json", FileStatus::Refused, "agg_json");
    let reason = |reason| json!({"path": "b.json", "kind": "agg_json", "reason": reason});
    assert_eq!(tree.evidence(UNREADABLE), reason("cut off"));
    tree.files[0].outcome.reason = None;
    assert_eq!(tree.evidence(UNREADABLE), reason("unknown reason"));
}

#[test]
fn a_file_that_is_there_and_refused_is_not_missing() {
    let answers = |path: &str| {
        let mut tree = Tree::of([requests_only("r")]);
        tree.file(path, FileStatus::Refused, Role::METRICS_SERVER_METRICS_CSV.0);
        tree.answers(MISSING)
    };
    assert_eq!(answers("m/metrics_server_metrics.csv"), ["r clear"]);
    assert_ne!(answers("other/metrics_server_metrics.csv"), ["r clear"]);
    assert_ne!(answers("metrics_server_metrics.csv"), ["r clear"]);
}

#[test]
fn a_result_of_which_a_part_was_lost_is_a_warning() {
    use ProblemSeverity::{Error, Note, Warning};
    let fires = |code, severity, is_result| {
        let mut tree = Tree::of([requests_only("r")]);
        let problem = Problem::new(severity, code, "line 3", "cut off");
        tree.cells[0].evidence.problem(problem);
        tree.files[0].outcome.is_result = is_result;
        let answers = tree.answers(UNREADABLE);
        answers
            .iter()
            .any(|answer| answer.starts_with("run warning: ") && answer.contains("cut off"))
    };
    assert!(fires(ProblemCode::Truncated, Warning, true));
    assert!(fires(ProblemCode::Malformed, Warning, true));
    assert!(fires(ProblemCode::Limit, Error, true));
    assert!(!fires(ProblemCode::Truncated, Note, true));
    assert!(!fires(ProblemCode::NotANumber, Warning, true));
    assert!(!fires(ProblemCode::Truncated, Warning, false));
}

#[test]
fn a_job_without_a_result_may_still_run_until_a_log_tells_of_its_end() {
    use inferguard_model::{BenchmarkPlan, Job, JobLog, JobMetadata, LogEvent, LogEventKind};
    let event = |kind| LogEvent {
        kind,
        count: 1,
        line: 1,
        last_line: 1,
        at_ns: None,
        text: Box::default(),
    };
    let plan = BenchmarkPlan { kind: Some("sa-bench".into()), ..BenchmarkPlan::default() };
    let metadata = JobMetadata { plan, ..JobMetadata::default() };
    let answer = |log: Option<JobLog>| {
        let logs = log.into_iter().map(|log| (0, log)).collect();
        let metadata = Some((0, Box::new(metadata.clone())));
        let mut tree = Tree::default();
        tree.jobs.push(Job { metadata, logs, ..Job::default() });
        tree.answers(MISSING).concat()
    };
    let log = |events| Some(JobLog { events, ..JobLog::default() });
    for running in [log(Vec::new()), log(vec![event(LogEventKind::Ready)])] {
        let answer = answer(running);
        assert!(answer.starts_with("run warning") && answer.contains("may still run"), "{answer}");
    }
    // Of the last not even the logs were copied.
    for ended in
        [log(vec![event(LogEventKind::Stopped)]), log(vec![event(LogEventKind::Crashed)]), None]
    {
        let answer = answer(ended);
        assert!(answer.starts_with("run critical"), "{answer}");
    }
}
