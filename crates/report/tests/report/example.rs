//! Reports that the tests render.

use inferguard_model::Metric;
use inferguard_schema::{
    Analyzer, Artifact, ArtifactPaths, Capabilities, Cell, CheckCounts, CompletionStatus,
    Configuration, CrossRun, Eval, Finding, Ignored, Metrics, NotEvaluated, Off, OnOff, Point,
    Problem, Provenance, Report, RunSummary, SCHEMA_VERSION, Scenario, Series, SeriesConfiguration,
    Severity, SeverityCounts, Value, WireMap,
};

// Benches include this file by its path.
#[path = "example/cells.rs"]
mod cells;

use cells::{agentic, cost, fixed, timeline, unplaced};

/// Adds the source of a metric.
fn add_source(cell: &mut Cell, metric: impl Into<std::borrow::Cow<'static, str>>, place: String) {
    let mut map = cell.provenance.to_map();
    map.push(metric, place);
    cell.provenance = Provenance::from(map);
}

/// Adds a metric.
pub(crate) fn add_metric(
    cell: &mut Cell,
    name: impl Into<std::borrow::Cow<'static, str>>,
    value: Value,
) {
    let mut map = cell.metrics.to_map();
    map.push(name, value);
    cell.metrics = Metrics::from(map);
}

/// A name that tries to leave its table cell, add a heading, a link, an image and a script.
pub(crate) const HOSTILE: &str = "a|b\n# x <script>alert(1)</script> ![i](http://e.x/p.png) `tick` \
                           [l](javascript:x) www.evil.example *b* _i_ \u{202e}rtl \u{1b}[31mred";

/// A report on an empty folder.
pub(crate) fn empty() -> Report {
    Report {
        schema_version: SCHEMA_VERSION.into(),
        generated_at: "2026-08-01T06:00:00Z".into(),
        input_root: "results".into(),
        analyzer: Analyzer {
            inferguard_version: "0.1.0".into(),
            capabilities: Capabilities {
                diagnosis: OnOff::On,
                actuation: Off::Off,
                replay: Off::Off,
                recall: Off::Off,
            },
            command: None,
            thresholds: WireMap::default(),
            guidelines: Vec::new(),
        },
        run_summary: RunSummary {
            status: CompletionStatus::Unknown,
            total_cells: 0,
            successful_cells: 0,
            failed_cells: 0,
            unknown_cells: 0,
            missing_artifacts: Vec::new(),
            findings: SeverityCounts::default(),
            checks: WireMap::default(),
            not_evaluated: Vec::new(),
            ignored: Vec::new(),
            cost: None,
        },
        configuration: None,
        cells: Vec::new(),
        cross_run: CrossRun::default(),
        findings: Vec::new(),
        artifact_manifest: Vec::new(),
        jobs: Vec::new(),
        extensions: None,
    }
}

/// Two scenarios, a cell without one, every severity, a failed cell, a timeline, cost, evals, and
/// names that attack the renderer.
pub(crate) fn example() -> Report {
    let mut cells = vec![
        fixed(16, 0.21, 0.011, Some(1480.0)),
        fixed(64, 0.35, 0.013, Some(4210.0)),
        fixed(256, 4.8, 0.0291, Some(4333.3)),
        agentic(8, (640, 640)),
        agentic(32, (640, 611)),
        agentic(64, (640, 0)),
        unplaced(),
    ];
    cells[1].evals = vec![Eval {
        task: "gsm8k".into(),
        metric: "exact_match".into(),
        filter: "strict-match".into(),
        value: 0.9123,
        stderr: Some(0.0078),
        n: Some(1319),
        higher_is_better: Some(true),
    }];
    cells[4].timeline = Some(Box::new(timeline()));
    cells[2].problems = vec![
        problem("warning", "coerced", "agg_json:/conc", "the text \"256\" was read as a number"),
        problem("note", "unknown_key", "agg_json:/foo", "kept in extra"),
    ];
    cells[2].cost = Some(Box::new(cost(0.5, 12.25)));

    let findings = findings(&cells);
    for cell in &mut cells {
        let own = |finding: &&Finding| finding.cell_id.as_deref() == Some(&cell.cell_id);
        cell.findings = findings.iter().filter(own).cloned().collect();
    }
    let mut report = empty();
    report.cross_run = cross_run(&cells);
    report.run_summary = summary();
    report.configuration = Some(Configuration {
        file: Some("ci/inferguard.toml".into()),
        thresholds: WireMap(vec![(
            "partial_run".into(),
            WireMap(vec![("min_success_rate".into(), 0.99)]),
        )]),
        ..Configuration::default()
    });
    report.artifact_manifest = manifest(&cells);
    report.cells = cells;
    report.findings = findings;
    report
}

/// `n` cells in `n / 80 + 1` scenarios with about 60 metrics and as many provenance strings each.
pub(crate) fn large(n: usize) -> Report {
    let mut report = empty();
    let quantities = ["ttft", "tpot", "itl", "e2el", "intvty", "isl", "osl"];
    let stats = ["mean", "std", "min", "max", "p50", "p90", "p95", "p99"];
    for i in 0..n {
        let load = 1 << (i % 10);
        let mut cell =
            fixed(load, 0.2 + i as f64 / 7.0, 0.01 + i as f64 / 1e6, Some(1e3 + i as f64));
        cell.cell_id = format!("sweep-{}/bmk_b200_dsr1_fp4_tp8_{}_conc{load}", i / 80, i % 80 / 10);
        cell.scenario = Some(scenario_of(i));
        for (q, quantity) in quantities.iter().enumerate() {
            for (s, stat) in stats.iter().enumerate() {
                let metric = Metric::parse(&format!("{stat}_{quantity}"));
                let name = metric.map(Metric::name).unwrap_or_default();
                let value = (i + 1) as f64 / (7.3 + (q * 8 + s) as f64 * 1.37);
                if cell.metrics.get(&name).is_none() {
                    let place = format!("agg_json:/{name}");
                    add_source(&mut cell, name.clone(), place);
                    add_metric(&mut cell, name, value.into());
                }
            }
        }
        if i % 9 == 0 {
            let finding = finding(
                Severity::Warning,
                "partial_run",
                Some(&cell.cell_id),
                "611 of 640 requests succeeded (95.5 %)",
            );
            report.findings.push(finding.clone());
            cell.findings.push(finding);
        }
        report.artifact_manifest.push(artifact(
            &format!("{}.json", cell.cell_id),
            "agg_json",
            "read",
            Some(&cell.cell_id),
        ));
        report.cells.push(cell);
    }
    report.run_summary.total_cells = n as u64;
    report.run_summary.successful_cells = n as u64;
    report.run_summary.status = CompletionStatus::Complete;
    report.run_summary.findings.warning = report.findings.len() as u64;
    for (group, cells) in report.cells.chunks(80).enumerate() {
        let series = cells.chunks(10).enumerate().map(|(s, cells)| {
            let points = cells.iter().map(|cell| point(cell, cell.concurrency.map(|c| c as f64)));
            series(&format!("s{group}-{s}"), &format!("b200 sglang fp4 tp8 variant {s}"), points)
        });
        let series = series.collect();
        report.cross_run.scenarios.push(scenario(&scenario_of(group * 80), cells, series));
    }
    report
}

fn scenario_of(i: usize) -> String {
    format!("dsr1 fixed {}/1024", 1024 * (i / 80 + 1))
}

fn problem(severity: &'static str, code: &'static str, at: &str, message: &'static str) -> Problem {
    Problem { severity: severity.into(), code: code.into(), at: at.into(), message: message.into() }
}

fn finding(severity: Severity, code: &'static str, cell: Option<&str>, message: &str) -> Finding {
    let mut evidence = WireMap::default();
    evidence.push("observed", serde_json::json!(0.5));
    Finding {
        code: code.into(),
        severity,
        message: message.into(),
        evidence: evidence.into(),
        cell_id: cell.map(Into::into),
    }
}

fn findings(cells: &[Cell]) -> Vec<Finding> {
    use Severity::{Critical, Info, Warning};
    let id = |at: usize| Some(cells[at].cell_id.as_ref());
    vec![
        finding(
            Critical,
            "invalid_run_no_successful_requests",
            id(5),
            "0 of 640 requests succeeded",
        ),
        finding(
            Critical,
            "unreadable_artifact",
            None,
            "`static/agg_<b>.json` ends in the middle of an object (byte 4,096)",
        ),
        finding(
            Warning,
            "ttft_cliff",
            id(2),
            "from 64 to 256 users p99 TTFT rises from 595 ms to 8160 ms (x 13.7) while throughput \
             gains 1.5 % per doubling: queue",
        ),
        finding(
            Warning,
            "kv_transfer_stall",
            id(4),
            "7 of 1,234 samples, first at 2026-07-31T22:11:05Z",
        ),
        finding(Warning, "partial_run", id(6), &format!("98.4 % succeeded, see {HOSTILE}")),
        finding(
            Info,
            "throughput_plateau",
            id(2),
            "from 64 to 256 users throughput gains 1.5 % per doubling",
        ),
    ]
}

fn point(cell: &Cell, load: Option<f64>) -> Point {
    Point {
        load,
        cell_ids: vec![cell.cell_id.clone().into()],
        left_out: WireMap::default(),
        annotations: Vec::new(),
    }
}

fn series(id: &str, label: &str, points: impl Iterator<Item = Point>) -> Series {
    let mut keys = WireMap::default();
    keys.push("hardware", Value::Text("b200".into()));
    Series {
        id: id.into(),
        run: ".".into(),
        configuration: SeriesConfiguration { label: label.into(), keys },
        load_axis: Some("concurrency".into()),
        points: points.collect(),
        knee: None,
    }
}

fn scenario(id: &str, cells: &[Cell], series: Vec<Series>) -> Scenario {
    Scenario {
        id: id.into(),
        model: cells[0].model.clone(),
        scenario_type: cells[0].scenario_type.clone(),
        isl: cells[0].isl,
        osl: cells[0].osl,
        dataset: cells[0].dataset.as_ref().map(|d| d.name.clone()),
        cell_ids: cells.iter().map(|cell| cell.cell_id.as_str().into()).collect(),
        series,
        frontiers: Vec::new(),
        breaking_points: Vec::new(),
        slo_best: Vec::new(),
    }
}

fn cross_run(cells: &[Cell]) -> CrossRun {
    let load = |cell: &Cell| cell.concurrency.map(|c| c as f64);
    let mut steps: Vec<_> = cells[..3].iter().map(|cell| point(cell, load(cell))).collect();
    steps[1].annotations.push("low_n".into());
    let mut users: Vec<_> = cells[3..5].iter().map(|cell| point(cell, load(cell))).collect();
    let mut failed = point(&cells[5], load(&cells[5]));
    failed.left_out.push(failed.cell_ids.remove(0).to_string(), "no request succeeded".to_owned());
    users.push(failed);
    let mut unplaced = WireMap::default();
    unplaced.push(cells[6].cell_id.clone(), "the model is not known".to_owned());
    CrossRun {
        cell_ids: cells.iter().map(|cell| cell.cell_id.as_str().into()).collect(),
        max_output_tput_tps: Some(4333.3),
        scenarios: vec![
            scenario(
                "deepseek-r1 fixed 1024/1024",
                &cells[..3],
                vec![series("s1", "b200 sglang fp4 tp8", steps.into_iter())],
            ),
            scenario(
                "hostile agentic",
                &cells[3..6],
                vec![series("s2", HOSTILE, users.into_iter())],
            ),
        ],
        unplaced,
    }
}

fn summary() -> RunSummary {
    let mut checks = WireMap::default();
    let counts =
        |fired, clear, not_evaluated| CheckCounts { fired, clear, not_evaluated, ignored: 0 };
    checks.push("invalid_run_no_successful_requests", counts(1, 6, 0));
    checks.push("ttft_cliff", counts(1, 2, 0));
    checks.push("throughput_plateau", counts(1, 2, 0));
    checks.push("tpot_degradation", counts(0, 3, 0));
    checks.push("kv_transfer_stall", counts(1, 0, 0));
    checks.push("kv_pressure", counts(0, 1, 6));
    let not_evaluated =
        |code: &'static str, reason: &'static str, count, cell: &str| NotEvaluated {
            code: code.into(),
            reason: reason.into(),
            count,
            cell_ids: vec![cell.into()],
        };
    RunSummary {
        status: CompletionStatus::Failed,
        total_cells: 7,
        successful_cells: 5,
        failed_cells: 1,
        unknown_cells: 1,
        missing_artifacts: vec!["agentic/users_8/trace_replay: metrics_server_metrics.csv".into()],
        findings: SeverityCounts { critical: 2, warning: 3, info: 1 },
        checks,
        not_evaluated: vec![not_evaluated(
            "kv_pressure",
            "no time series of KV-cache usage",
            6,
            "static/agg_dsr1_b200_c16",
        )],
        ignored: vec![Ignored {
            code: "summary_mismatch".into(),
            reason: HOSTILE.into(),
            count: 2,
            cell_ids: vec![HOSTILE.into()],
        }],
        cost: Some(cost(3.5, 8.75)),
    }
}

fn artifact(path: &str, kind: &'static str, status: &'static str, cell: Option<&str>) -> Artifact {
    Artifact {
        path: path.into(),
        kind: kind.into(),
        cell_id: cell.map(Into::into),
        required: false,
        present: status != "missing",
        status: status.into(),
        reader: (status == "read").then(|| "inferencex".into()),
        reason: None,
        problems: Vec::new(),
    }
}

fn manifest(cells: &[Cell]) -> Vec<Artifact> {
    let mut files = Vec::new();
    for cell in cells {
        for (role, paths) in &cell.artifacts.0 {
            let kind = if role == "agg_json" { "agg_json" } else { "detailed_results_csv" };
            match paths {
                ArtifactPaths::One(path) => {
                    files.push(artifact(path, kind, "read", Some(&cell.cell_id)));
                }
                ArtifactPaths::Many(paths) => {
                    for path in paths {
                        files.push(artifact(path, "raw_json", "read", Some(&cell.cell_id)));
                    }
                }
                ArtifactPaths::None => {}
            }
        }
    }
    let mut refused = artifact("static/agg_<b>.json", "agg_json", "refused", None);
    refused.reason = Some("ends in the middle of an object (byte 4,096)".into());
    let mut missing = artifact(
        "agentic/users_8/trace_replay/metrics_server_metrics.csv",
        "metrics_server_metrics_csv",
        "missing",
        Some(&cells[3].cell_id),
    );
    missing.reason = Some("agentx-trace-replay writes it beside detailed_results.csv".into());
    let mut ignored = artifact("notes|1.txt", "other", "ignored", None);
    ignored.reason = Some("no reader knows it".into());
    let mut recognised = artifact("slurm/worker_0.err", "worker_log", "recognised", None);
    recognised.problems = vec![problem(
        "warning",
        "invalid_utf8",
        "line 17",
        "3 bytes are not UTF-8 and were replaced",
    )];
    files.extend([refused, missing, ignored, recognised]);
    for name in ["results/inferguard_report/report.json", "results/inferguard_report/report.md"] {
        files.push(artifact(name, "inferguard_report", "written", None));
    }
    files
}
