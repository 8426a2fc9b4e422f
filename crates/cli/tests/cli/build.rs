//! Good inputs, as producers write them. A test damages one of them.

use serde_json::{Value, json};

/// Name of the AgentX cell that [`agentx`] makes.
pub(crate) const AGENTX: &str = "dsr1_tp8_bs16_offloadoff_fp4_vllm_b200_0";

/// A processed row of generation F6; rows of different concurrency differ in every number.
pub(crate) fn row(conc: u32) -> Value {
    let Numbers { input, output, ttft, tpot, e2el } = numbers(conc);
    json!({
        "hw": "b200",
        "conc": conc,
        "image": "vllm/vllm-openai:v0.21.0",
        "model": "deepseek-ai/DeepSeek-R1-0528",
        "infmax_model_prefix": "dsr1",
        "framework": "vllm",
        "precision": "fp8",
        "spec_decoding": "none",
        "disagg": false,
        "isl": 1024,
        "osl": 1024,
        "is_multinode": false,
        "tp": 8,
        "ep": 1,
        "dp_attention": "false",
        "tput_per_gpu": (input + output) / 8.0,
        "output_tput_per_gpu": output / 8.0,
        "input_tput_per_gpu": input / 8.0,
        "mean_ttft": ttft,
        "median_ttft": ttft * 0.9,
        "p99_ttft": ttft * 2.0,
        "mean_tpot": tpot,
        "mean_intvty": 1.0 / tpot,
        "median_tpot": tpot * 0.98,
        "median_intvty": 1.0 / (tpot * 0.98),
        "p99_tpot": tpot * 1.2,
        "p99_intvty": 1.0 / (tpot * 1.2),
        "mean_e2el": e2el,
        "median_e2el": e2el * 0.99,
        "p99_e2el": e2el * 1.1,
    })
}

/// The raw result that [`row`] of the same concurrency was made from.
pub(crate) fn raw(conc: u32) -> Value {
    let Numbers { input, output, ttft, tpot, e2el } = numbers(conc);
    let (n, duration) = (u64::from(conc) * 10, 100.0);
    json!({
        "date": "20260527-075026",
        "backend": "vllm",
        "model_id": "deepseek-ai/DeepSeek-R1-0528",
        "tokenizer_id": "deepseek-ai/DeepSeek-R1-0528",
        "num_prompts": n,
        "request_rate": "inf",
        "burstiness": 1.0,
        "max_concurrency": conc,
        "duration": duration,
        "completed": n,
        "total_input_tokens": (input * duration).round(),
        "total_output_tokens": (output * duration).round(),
        "request_throughput": n as f64 / duration,
        "request_goodput:": null,
        "output_throughput": output,
        "total_token_throughput": input + output,
        "mean_ttft_ms": ttft * 1000.0,
        "median_ttft_ms": ttft * 900.0,
        "p99_ttft_ms": ttft * 2000.0,
        "mean_tpot_ms": tpot * 1000.0,
        "median_tpot_ms": tpot * 980.0,
        "p99_tpot_ms": tpot * 1200.0,
        "mean_e2el_ms": e2el * 1000.0,
        "median_e2el_ms": e2el * 990.0,
        "p99_e2el_ms": e2el * 1100.0,
    })
}

/// A raw result with that many requests asked for and answered.
pub(crate) fn raw_completed(total: u64, successful: u64) -> Value {
    let mut raw = raw(8);
    raw["num_prompts"] = json!(total);
    raw["completed"] = json!(successful);
    raw
}

struct Numbers {
    input: f64,
    output: f64,
    ttft: f64,
    tpot: f64,
    e2el: f64,
}

fn numbers(conc: u32) -> Numbers {
    let users = f64::from(conc);
    let output = 400.0 * users.sqrt();
    let tpot = users / output;
    let ttft = 0.1 + 0.01 * users;
    Numbers { input: output * 1.01, output, ttft, tpot, e2el: ttft + 1000.0 * tpot }
}

/// Column names of `detailed_results.csv`.
pub(crate) const REQUEST_COLUMNS: [&str; 14] = [
    "user_id",
    "request_idx",
    "input_tokens",
    "output_tokens_expected",
    "output_tokens_actual",
    "cache_hit_blocks",
    "cache_miss_blocks",
    "ttft",
    "ttlt",
    "success",
    "error_message",
    "request_start_time",
    "request_complete_time",
    "token_timestamps",
];

/// One request of a replay, as the cells of its line.
pub(crate) fn request(n: u32) -> [String; 14] {
    let start = 1_776_748_684.0 + f64::from(n);
    [
        format!("User-{n:03}"),
        n.to_string(),
        "1000".into(),
        "100".into(),
        "101".into(),
        "30".into(),
        "10".into(),
        "0.5".into(),
        "2.5".into(),
        "True".into(),
        String::new(),
        format!("{start}"),
        format!("{}", start + 2.5),
        "\"[1.0, 2.0]\"".into(),
    ]
}

/// [`request`] with one cell replaced.
pub(crate) fn request_with(n: u32, column: &str, cell: &str) -> [String; 14] {
    let mut request = request(n);
    let at = REQUEST_COLUMNS.iter().position(|name| *name == column).expect("a known column");
    cell.clone_into(&mut request[at]);
    request
}

/// A `detailed_results.csv` of these requests.
pub(crate) fn requests(rows: &[[String; 14]]) -> String {
    let mut text = REQUEST_COLUMNS.join(",") + "\n";
    for row in rows {
        text.push_str(&row.join(","));
        text.push('\n');
    }
    text
}

/// A `detailed_results.csv` of ten good requests.
pub(crate) fn ten_requests() -> String {
    requests(&(0..10).map(request).collect::<Vec<_>>())
}

/// A `metrics_server_metrics.csv` whose counters rise.
pub(crate) fn server_metrics() -> String {
    let mut text = "timestamp_sec,kv_cache_usage_pct,num_requests_running,num_requests_waiting,\
        prefix_cache_hits,prefix_cache_queries,prompt_tokens_total,generation_tokens_total,\
        request_success_total,num_preemptions_total\n"
        .to_owned();
    for n in 0..12_u32 {
        let running = u32::from((1..11).contains(&n));
        let line = format!(
            "{},{},{running},0,{},{},{},{},{n},0\n",
            1_776_748_683 + n,
            n * 5,
            n * 750,
            n * 1000,
            n * 1000,
            n * 101
        );
        text.push_str(&line);
    }
    text
}

/// A processed AgentX row (A0) that agrees with [`ten_requests`].
pub(crate) fn agentx_row() -> Value {
    json!({
        "hw": "b200",
        "users": 16,
        "model": "deepseek-ai/DeepSeek-R1-0528",
        "infmax_model_prefix": "dsr1",
        "framework": "vllm",
        "precision": "fp4",
        "scenario_type": "agentic-coding",
        "is_multinode": false,
        "tp": 8,
        "ep": 1,
        "dp_attention": "false",
        "offload_mode": "off",
        "num_requests_total": 10,
        "num_requests_successful": 10,
        "mean_ttft": 0.5,
        "median_ttft": 0.5,
        "p99_ttft": 0.5,
        "mean_ttlt": 2.5,
        "median_ttlt": 2.5,
        "p99_ttlt": 2.5,
        "mean_itl": 0.02,
        "median_itl": 0.02,
        "p99_itl": 0.02,
        "tput_per_gpu": 120.0,
    })
}

/// The files of an AgentX cell as CI uploads them: a folder of CSV files and one with the row.
pub(crate) fn agentx() -> [(String, String); 3] {
    [
        (format!("agentic_{AGENTX}/metrics_server_metrics.csv"), server_metrics()),
        (format!("agentic_{AGENTX}/trace_replay/detailed_results.csv"), ten_requests()),
        (format!("bmk_agentic_{AGENTX}/agg_{AGENTX}.json"), agentx_row().to_string()),
    ]
}

/// A live timeline of `samples` lines, each with a finding of this code and severity.
pub(crate) fn timeline(samples: u32, finding: Option<(&str, &str)>) -> String {
    let endpoint = |role: &str| {
        json!({
            "endpoint": {
                "url": format!("http://10.0.0.1:8000/{role}"),
                "role": role,
                "engine": "vllm",
                "connector": "nixl",
            },
            "scraped_at": 1_779_195_600.125,
            "kv_cache_usage": 0.25,
            "requests_running": 2,
            "requests_waiting": 0,
            "preemptions_total": 0,
            "kv_transfer_sent_bytes_total": 1000,
            "kv_transfer_recv_bytes_total": 1000,
            "kv_transfer_errors_total": 0,
            "scrape_error": "",
        })
    };
    let findings: Vec<Value> = finding
        .iter()
        .map(|(code, severity)| {
            json!({"code": code, "severity": severity, "message": "as recorded", "evidence": {}})
        })
        .collect();
    let mut text = String::new();
    for n in 0..samples {
        let line = json!({
            "schema_version": "inferguard-timeline/v1",
            "observed_at": format!("2026-05-19T13:00:{n:02}+00:00"),
            "disagg_status": {
                "schema_version": "disagg-status/v1",
                "prefill": endpoint("prefill"),
                "decode": endpoint("decode"),
                "transfer": null,
                "findings": findings,
            },
        });
        text.push_str(&line.to_string());
        text.push('\n');
    }
    text
}
