//! Cells of the examples, one of each kind.

use inferguard_schema::{
    ArtifactPaths, COST_VERSION, Cell, Completion, CompletionStatus, Cost, CostBasis, Dataset,
    Metrics, Provenance, TimelineSection, TimelineTrend, Value, WireMap,
};

use super::{HOSTILE, add_metric, add_source};

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
pub(super) fn fixed(concurrency: u64, ttft: f64, tpot: f64, output: Option<f64>) -> Cell {
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
pub(super) fn agentic(users: u64, (total, ok): (u64, u64)) -> Cell {
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

pub(super) fn unplaced() -> Cell {
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

pub(super) fn timeline() -> TimelineSection {
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

pub(super) fn cost(gpu_hours: f64, compute: f64) -> Cost {
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
