//! Which cell things beside a result belong to.

use inferguard_model::{EvalScore, Problem, ProblemCode};

use super::*;

/// The cell that has an artifact of this role, if any has.
fn owner(cells: &[Cell], role: Role) -> Option<&str> {
    let has = |cell: &&Cell| cell.artifacts.iter().any(|artifact| artifact.role == role);
    cells.iter().find(has).map(|cell| cell.id.as_ref())
}

/// The cell that a log of this path goes to, beside these rows.
fn log_goes(rows: &[&'static str], path: &'static str) -> Option<String> {
    let rows = rows.iter().zip(1..).map(|(path, n)| row(path).run(f64::from(n)));
    let cells = joined(rows.chain([log(path)]));
    owner(&cells, Role::JOB_LOG).map(str::to_owned)
}

#[test]
fn the_only_cell_of_the_nearest_folder_gets_it() {
    let rows = ["a/c1/agg_x.json", "a/c2/agg_x.json"];
    for (path, cell) in [
        ("a/c1/server.log", Some("a/c1/agg_x")),
        ("a/c2/logs/server.log", Some("a/c2/agg_x")),
        ("a/c2/deep/er/server.log", Some("a/c2/agg_x")),
        ("a/server.log", None),
        ("server.log", None),
        ("a/c3/server.log", None),
    ] {
        assert_eq!(log_goes(&rows, path).as_deref(), cell, "{path}");
    }
}

#[test]
fn the_only_cell_below_a_folder_gets_what_lies_above_it() {
    assert_eq!(log_goes(&["a/c1/agg_x.json"], "a/server.log").as_deref(), Some("a/c1/agg_x"));
    assert_eq!(log_goes(&["a/c1/agg_x.json"], "server.log").as_deref(), Some("a/c1/agg_x"));
    assert_eq!(log_goes(&["a/c1/agg_x.json"], "b/server.log"), None);
}

#[test]
fn among_several_cells_of_a_folder_the_file_name_decides() {
    let rows = ["a/agg_tp8_conc4.json", "a/agg_tp8_conc48.json", "a/agg_tp8_conc16.json"];
    for (path, cell) in [
        ("a/server_tp8_conc4.log", Some("a/agg_tp8_conc4")),
        ("a/server_tp8_conc48.log", Some("a/agg_tp8_conc48")),
        ("a/tp8_conc4_123.out", Some("a/agg_tp8_conc4")),
        ("a/tp8_conc480.out", None),
        ("a/server.log", None),
        ("a/tp8_conc4_tp8_conc48.log", Some("a/agg_tp8_conc48")),
        ("a/tp8_conc48_tp8_conc16.log", None),
    ] {
        assert_eq!(log_goes(&rows, path).as_deref(), cell, "{path}");
    }
}

#[test]
fn a_number_is_never_cut_at_either_end() {
    let rows = ["a/8.json", "a/64.json"];
    for (path, cell) in [
        ("a/server_8.log", Some("a/8")),
        ("a/server_64.log", Some("a/64")),
        ("a/server_128.log", None),
        ("a/server_864.log", None),
        ("a/server_164.log", None),
    ] {
        assert_eq!(log_goes(&rows, path).as_deref(), cell, "{path}");
    }
}

#[test]
fn artifact_folders_of_ci_name_their_cell() {
    let rows = ["bmk_X_conc4/agg_X_conc4.json", "bmk_X_conc8/agg_X_conc8.json"];
    for (path, cell) in [
        ("server_logs_X_conc4/server.log", Some("bmk_X_conc4/agg_X_conc4")),
        ("multinode_server_logs_X_conc8/a.log", Some("bmk_X_conc8/agg_X_conc8")),
        ("gpu_metrics_X_conc8/a.log", Some("bmk_X_conc8/agg_X_conc8")),
        ("eval_gsm8k_X_conc4/a.log", Some("bmk_X_conc4/agg_X_conc4")),
        ("eval_dsr1_1k1k_X_conc8/a.log", Some("bmk_X_conc8/agg_X_conc8")),
        ("eval_server_logs_X_conc8/deep/a.log", Some("bmk_X_conc8/agg_X_conc8")),
        ("server_logs_Y_conc4/server.log", None),
        ("eval_gsm8k_Y/a.log", None),
    ] {
        assert_eq!(log_goes(&rows, path).as_deref(), cell, "{path}");
    }
}

#[test]
fn among_several_runs_the_artifact_folder_of_the_same_run_counts() {
    let rows = ["run1/bmk_X/agg_X.json", "run2/bmk_X/agg_X.json"];
    let goes = |path| log_goes(&rows, path);
    assert_eq!(goes("run1/server_logs_X/a.log").as_deref(), Some("run1/bmk_X/agg_X"));
    assert_eq!(goes("run2/eval_gsm8k_X/a.log").as_deref(), Some("run2/bmk_X/agg_X"));
    assert_eq!(goes("run3/server_logs_X/a.log"), None);
}

#[test]
fn a_cell_of_the_root_does_not_take_what_other_cells_left() {
    let rows = ["agg_x.json", "c1/agg_y.json"];
    assert_eq!(log_goes(&rows, "c2/server.log"), None);
    assert_eq!(log_goes(&rows, "server.log").as_deref(), Some("agg_x"));
    assert_eq!(log_goes(&["agg_x.json"], "live/server.log").as_deref(), Some("agg_x"));
    let cells = joined([row("agg_x.json"), row("c1/agg_y.json"), timeline("c2/t.jsonl", &[None])]);
    assert_eq!(ids(&cells), ["agg_x", "c1/agg_y", "c2"]);
}

#[test]
fn the_load_decides_where_names_do_not() {
    let rows = || [row("a/p.json").conc(4).run(1.0), row("a/q.json").conc(8).run(2.0)];
    let goes = |env: Piece| {
        let cells = joined(rows().into_iter().chain([env]));
        owner(&cells, Role::META_ENV_JSON).map(str::to_owned)
    };
    assert_eq!(goes(meta_env("a/meta_env.json").conc(8)).as_deref(), Some("a/q"));
    assert_eq!(goes(meta_env("a/meta_env.json").conc(16)).as_deref(), Some("a"));
    assert_eq!(goes(meta_env("a/meta_env.json")).as_deref(), Some("a"));
}

#[test]
fn what_may_stand_alone_makes_one_cell_a_folder() {
    let cells = joined([
        timeline("a/c1/inferguard_timeline.jsonl", &[Some(1)]),
        meta_env("a/c1/meta_env.json"),
        log("a/c1/logs/server.log"),
        log("a/c2/server.log"),
        server_metrics("a/c3/metrics_server_metrics.csv"),
    ]);
    assert_eq!(ids(&cells), ["a/c1", "a/c3"]);
    assert_eq!(roles(&cells[0]), ["inferguard_timeline_jsonl", "meta_env_json", "job_log"]);
    assert!(cells.iter().all(|cell| !cell.has_result));
    assert_eq!(cells[1].format, SourceFormat::AgentxTraceReplay);
}

#[test]
fn server_metrics_make_no_trace_replay_of_another_result() {
    let with = |result: Piece| {
        let cells = joined([result.run(1.0), server_metrics("a/metrics_server_metrics.csv")]);
        assert_eq!(cells.len(), 1);
        cells[0].format
    };
    assert_eq!(with(raw("a/x.json")), SourceFormat::InferencexRaw);
    assert_eq!(with(row("a/agg_x.json")), SourceFormat::InferencexStatic);
    assert_eq!(with(agentic("a/x.json")), SourceFormat::AgentxTraceReplay);
    assert_eq!(with(replay("a/detailed_results.csv")), SourceFormat::AgentxTraceReplay);
}

#[test]
fn eval_rows_go_to_the_same_configuration() {
    let rows = || {
        [
            row("r/p.json").model("m").conc(4).run(1.0),
            row("r/q.json").model("m").conc(8).run(2.0),
            row("r/s.json").model("n").conc(8).run(3.0),
        ]
    };
    let goes = |eval: Piece| {
        let cells = joined(rows().into_iter().chain([eval]));
        owner(&cells, Role::AGG_EVAL_JSON).map(str::to_owned)
    };
    let eval = || eval_row("r/agg_eval_all.json").at("/0");
    assert_eq!(goes(eval().model("m").conc(8)).as_deref(), Some("r/q"));
    assert_eq!(goes(eval().model("m").conc(16)).as_deref(), Some("r/agg_eval_all#0"));
    assert_eq!(goes(eval().conc(8)).as_deref(), Some("r/agg_eval_all#0"));
    assert_eq!(goes(eval().model("m")).as_deref(), Some("r/agg_eval_all#0"));
}

#[test]
fn eval_rows_stay_in_their_run() {
    let cells = joined([
        row("run1/p.json").model("m").conc(4).run(1.0),
        row("run2/p.json").model("m").conc(4).run(2.0),
        eval_row("run2/eval_results_all/agg_eval_all.json").at("/0").model("m").conc(4),
        eval_row("agg_eval_all.json").at("/0").model("m").conc(4),
    ]);
    assert_eq!(ids(&cells), ["agg_eval_all#0", "run1/p", "run2/p"]);
    assert_eq!(roles(of(&cells, "run2/p")), ["agg_json", "agg_eval_json"]);
}

#[test]
fn scores_that_are_told_twice_are_kept_once() {
    let score = |value| EvalScore {
        task: "gsm8k".into(),
        metric: "exact_match".into(),
        filter: "strict-match".into(),
        value,
        stderr: None,
        n: None,
        higher_is_better: None,
    };
    let with = |path, value| {
        let mut piece = attachment(path, true, Role::RESULTS_JSON, SourceFormat::Eval);
        piece.fragment.evidence.evals = vec![score(value)];
        piece
    };
    let cells =
        joined([row("a/x.json"), with("a/results_1.json", 0.5), with("a/results_2.json", 0.5)]);
    assert_eq!(cells[0].evidence.evals, [score(0.5)]);
    let cells =
        joined([row("a/x.json"), with("a/results_1.json", 0.5), with("a/results_2.json", 0.6)]);
    assert_eq!(cells[0].evidence.evals.len(), 2);
}

#[test]
fn several_timelines_of_a_cell_are_one_in_time_order() {
    let cells = joined([
        row("a/x.json"),
        timeline("a/status_10.json", &[Some(10), None, Some(12)]),
        timeline("a/status_2.json", &[Some(2), Some(11)]),
    ]);
    let timeline = cells[0].evidence.timeline.as_ref().expect("has one");
    let times: Vec<_> = timeline.samples.iter().map(|sample| sample.at_ns).collect();
    assert_eq!(times, [Some(2), None, Some(10), Some(11), Some(12)]);
}

#[test]
fn problems_of_each_attachment_are_kept_with_its_artifact() {
    let with = |path| {
        let mut piece = timeline(path, &[Some(1)]);
        piece.fragment.evidence.problem(Problem::note(ProblemCode::Coerced, "line 1", "bent"));
        piece
    };
    let cells = joined([row("a/x.json"), with("a/t1.jsonl"), with("a/t2.jsonl")]);
    let of: Vec<_> = cells[0].evidence.problems.iter().map(|(artifact, _)| *artifact).collect();
    assert_eq!(of, [1, 2]);
}

#[test]
fn a_top_folder_without_cells_is_no_other_run() {
    let rows = ["run1/bmk_X/agg_X.json", "run2/bmk_Y/agg_Y.json"];
    let by_kind = log_goes(&rows, "by_kind/server_logs_X/a.log");
    assert_eq!(by_kind.as_deref(), Some("run1/bmk_X/agg_X"));
    assert_eq!(log_goes(&rows, "run2/server_logs_X/a.log"), None);
}

#[test]
fn two_cells_of_one_load_leave_it_open() {
    let cells = joined([
        row("a/p.json").conc(4).run(1.0),
        row("a/q.json").conc(4).run(2.0),
        meta_env("a/meta_env.json").conc(4),
    ]);
    assert_eq!(ids(&cells), ["a", "a/p", "a/q"]);
}

#[test]
fn elements_of_a_table_stand_alone_one_by_one() {
    let cells = joined([
        meta_env("r/a_meta_env.json"),
        eval_row("r/evals.json").at("/0").conc(1),
        eval_row("r/evals.json").at("/1").conc(2),
    ]);
    assert_eq!(ids(&cells), ["r", "r/evals#0", "r/evals#1"]);
}

#[test]
fn an_eval_row_without_a_load_is_of_no_cell() {
    let cells =
        joined([row("r/p.json").model("m").run(1.0), eval_row("e/all.json").at("/0").model("m")]);
    assert_eq!(ids(&cells), ["e/all#0", "r/p"]);
}
