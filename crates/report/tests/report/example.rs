//! Reports that the tests render.

use inferguard_model::Metric;
use inferguard_schema::{
    Analyzer, Artifact, ArtifactPaths, COST_VERSION, Capabilities, Cell, CheckCounts, Completion,
    CompletionStatus, Configuration, Cost, CostBasis, CrossRun, Dataset, Eval, Finding, Ignored,
    Metrics, NotEvaluated, Off, OnOff, Point, Problem, Provenance, Report, RunSummary,
    SCHEMA_VERSION, Scenario, Series, SeriesConfiguration, Severity, SeverityCounts,
    TimelineSection, TimelineTrend, Value, WireMap,
};

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

fn base(id: &str, format: &'static str) -> Cell {
    Cell {
        cell_id: id.into(),
        source_format: format.into(),
        run: Some(".".into()),
        scenario: None,
        hardware: Some("b200".into()),
        model: Some("deepseek-r1".into()),
        framework: Some("sglang".into()),
        precision: Some("fp4".into()),
        spec_decoding: None,
        scenario_type: Some("fixed-length".into()),
        recipe_name: None,
        is_multinode: Some(false),
        disagg: Some(false),
        isl: None,
        osl: None,
        concurrency: None,
        request_rate: None,
        as_written: WireMap::default(),
        infmax_model_prefix: None,
        image: Some("lmsysorg/sglang:v0.5.5".into()),
        offloading: None,
        dataset: None,
        topology: WireMap::default(),
        artifacts: WireMap::default(),
        completion: Completion {
            status: CompletionStatus::Unknown,
            num_requests_total: None,
            num_requests_successful: None,
            success_rate: None,
            num_requests_warmup: None,
        },
        metrics: Metrics::default(),
        marks: WireMap::default(),
        provenance: Provenance::default(),
        evals: Vec::new(),
        extra: WireMap::default(),
        timeline: None,
        workers: None,
        cost: None,
        problems: Vec::new(),
        findings: Vec::new(),
    }
}

fn requests(total: u64, ok: u64) -> Completion {
    Completion {
        status: match ok {
            0 => CompletionStatus::Failed,
            ok if ok == total => CompletionStatus::Complete,
            _ => CompletionStatus::Partial,
        },
        num_requests_total: Some(total),
        num_requests_successful: Some(ok),
        success_rate: Some(ok as f64 / total as f64),
        num_requests_warmup: None,
    }
}

/// A processed row: means and p99, no p50, throughput per GPU.
fn fixed(concurrency: u64, ttft: f64, tpot: f64, output: Option<f64>) -> Cell {
    let id = format!("static/agg_dsr1_b200_c{concurrency}");
    let mut cell = base(&id, "inferencex-static");
    cell.scenario = Some("deepseek-r1 fixed 1024/1024".into());
    (cell.isl, cell.osl, cell.concurrency) = (Some(1024), Some(1024), Some(concurrency));
    cell.topology.push("tp", Value::Int(8));
    cell.topology.push("ep", Value::Int(1));
    cell.topology.push("dp_attention", Value::Bool(false));
    cell.artifacts.push("agg_json", ArtifactPaths::One(format!("{id}.json")));
    cell.completion = requests(concurrency * 10, concurrency * 10);
    for (name, value) in [
        ("mean_ttft", Some(ttft)),
        ("p99_ttft", Some(ttft * 1.7)),
        ("mean_tpot", Some(tpot)),
        ("p99_tpot", Some(tpot * 1.2)),
        ("mean_e2el", Some(ttft + tpot * 1023.0)),
        ("intvty", Some(1.0 / tpot)),
        ("total_tput_tps", output.map(|x| x * 2.0)),
        ("output_tput_tps", output),
        ("tput_per_gpu", output.map(|x| x / 4.0)),
        ("system_output_tput_per_gpu", output.map(|x| x / 8.0)),
        ("p50_ttft", None),
    ] {
        if value.is_some() {
            let place = format!("agg_json:/{name}");
            add_source(&mut cell, name, place);
        }
        add_metric(&mut cell, name, value.into());
    }
    add_metric(&mut cell, "num_gpus", Value::Int(8));
    cell
}

/// A trace replay whose model name is an attack.
fn agentic(users: u64, (total, ok): (u64, u64)) -> Cell {
    let id = format!("agentic/users_{users}/trace_replay");
    let mut cell = base(&id, "agentx-trace-replay");
    cell.scenario = Some("hostile agentic".into());
    cell.model = Some(HOSTILE.into());
    cell.scenario_type = Some("agentic-coding".into());
    cell.concurrency = Some(users);
    cell.dataset = Some(Dataset { name: "swe_trace_*v2*".into(), entries: Some(393) });
    cell.offloading = Some("hicache".into());
    cell.artifacts
        .push("detailed_results_csv", ArtifactPaths::One(format!("{id}/detailed_results.csv")));
    cell.artifacts.push("metrics_server_metrics_csv", ArtifactPaths::None);
    cell.completion = requests(total, ok);
    cell.completion.num_requests_warmup = Some(12);
    if ok > 0 {
        let factor = users as f64;
        for (name, value) in [
            ("mean_ttft", 0.4 * factor),
            ("p50_ttft", 0.2 * factor),
            ("p90_ttft", 0.9 * factor),
            ("p99_ttft", 1.9 * factor),
            ("p50_tpot", 0.004 * factor),
            ("p99_tpot", 0.009 * factor),
            ("p50_e2el", 14.2 * factor),
            ("output_tput_tps", 12_345.678 / factor),
            ("server_gpu_cache_hit_rate", 0.8123),
            ("kv_offload_bytes_gpu_to_cpu", 1.234e11),
            ("duration_seconds", 1800.25),
        ] {
            add_metric(&mut cell, name, Value::Float(value));
            let place = format!("detailed_results_csv:{name}");
            add_source(&mut cell, name, place);
        }
    }
    cell
}

fn unplaced() -> Cell {
    let mut cell = base(&format!("odd/{HOSTILE}"), "inferencex-raw");
    cell.model = None;
    cell.completion.success_rate = Some(0.984);
    add_metric(&mut cell, "output_tput_tps", Value::Float(99.96));
    cell.artifacts.push(
        "raw_json",
        ArtifactPaths::Many(vec!["odd/one.json".into(), "odd/tw`o|.json".into()]),
    );
    cell
}

fn timeline() -> TimelineSection {
    let mut counts = WireMap::default();
    counts.push("kv_transfer_stall", 7);
    counts.push("prefill_decode_imbalance", 2);
    TimelineSection {
        sample_count: 1234,
        first_observed_at: Some("2026-07-31T22:00:00Z".into()),
        last_observed_at: Some("2026-07-31T22:30:00Z".into()),
        finding_counts_by_code: counts,
        first_finding_at: Some("2026-07-31T22:11:05Z".into()),
        first_critical_finding_at: None,
        max_kv_cache_usage: Some(0.973),
        max_requests_waiting: Some(41.0),
        trends: vec![
            TimelineTrend {
                role: "decode".into(),
                endpoint: "http://10.0.0.2:8000".into(),
                quantity: "requests_waiting".into(),
                unit: "count".into(),
                samples: 1234,
                first: 0.0,
                last: 41.0,
                max: 41.0,
                mean: 18.2,
                change_per_minute: Some(1.36),
                verdict: Some("rising".into()),
            },
            TimelineTrend {
                role: "prefill".into(),
                endpoint: "http://10.0.0.1:8000".into(),
                quantity: "kv_sent_bytes_per_second".into(),
                unit: "B/s".into(),
                samples: 4,
                first: 2.5e9,
                last: 0.0,
                max: 3.1e9,
                mean: 1.2e9,
                change_per_minute: None,
                verdict: None,
            },
        ],
    }
}

fn cost(gpu_hours: f64, compute: f64) -> Cost {
    Cost {
        schema_version: COST_VERSION.into(),
        currency: "USD".into(),
        gpu_hours: Some(gpu_hours),
        gpu_hour_cost: Some(2.5),
        compute_cost: Some(compute),
        duration_seconds: None,
        gpus: Some(8),
        completed_sessions: None,
        completed_requests: Some(2560),
        completion_basis: Some(CostBasis::RequestBased),
        cost_per_completed_session: None,
        cost_per_completed_request: Some(0.004_785),
        cost_per_million_input_tokens: Some(0.401),
        cost_per_million_output_tokens: Some(0.398),
        cost_per_million_total_tokens: Some(0.199_75),
    }
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
        evidence,
        cell_id: cell.map(Into::into),
    }
}

fn findings(cells: &[Cell]) -> Vec<Finding> {
    use Severity::{Critical, Info, Warning};
    let id = |at: usize| Some(cells[at].cell_id.as_str());
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
        cell_ids: vec![cell.cell_id.clone()],
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
        cell_ids: cells.iter().map(|cell| cell.cell_id.clone()).collect(),
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
    failed.left_out.push(failed.cell_ids.remove(0), "no request succeeded".to_owned());
    users.push(failed);
    let mut unplaced = WireMap::default();
    unplaced.push(cells[6].cell_id.clone(), "the model is not known".to_owned());
    CrossRun {
        cell_ids: cells.iter().map(|cell| cell.cell_id.clone()).collect(),
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
