//! Secrets, prompts and answers never reach an output.

use serde_json::json;

use crate::build::{raw, request, request_with, requests, row, server_metrics, timeline};
use crate::run::Tree;

/// Every secret of these inputs holds this word.
const MARK: &str = "HUSH";

#[test]
fn no_secret_reaches_any_output() {
    let mut raw = raw(8);
    for (member, value) in [
        ("generated_texts", json!(["HUSH answer", "b"])),
        ("prompts", json!(["HUSH prompt"])),
        ("errors", json!(["401 for sk-HUSH0123456789abcdef", ""])),
        ("prompt", json!("HUSH prompt")),
        ("generated_text", json!("HUSH answer")),
        ("api_key", json!("sk-HUSH")),
        ("HF_TOKEN", json!("hf_HUSH")),
        ("db_password", json!("HUSH")),
        ("authorization", json!("Bearer HUSH")),
        ("header", json!("Authorization: Bearer HUSH")),
        ("command", json!("serve --api-key HUSH --password=HUSH --port 80")),
        ("environment", json!("HF_TOKEN=HUSH AWS_SECRET_ACCESS_KEY=HUSH")),
        ("base_url", json!("https://bob:HUSH@host/v1?api_key=HUSH")),
        ("note", json!("see https://bob:HUSH@host/ for more")),
        ("metadata", json!({"OPENAI_API_KEY": "HUSH"})),
        ("model_id", json!("https://bob:HUSH@hub/deepseek-ai/DeepSeek-R1-0528")),
    ] {
        raw[member] = value;
    }
    let mut row = row(16);
    row["image"] = json!("bob:HUSH@registry.example/vllm:1");
    row["model"] = json!("https://bob:HUSH@hub/m");
    row["framework"] = json!("vllm --hf-token HUSH");
    row["conc"] = json!("https://bob:HUSH@host");
    let failed = request_with(
        1,
        "error_message",
        "\"401 Bearer HUSH at https://bob:HUSH@host/v1 api_key=HUSH\"",
    );
    let failed = failed.map(|cell| if cell == "True" { "False".to_owned() } else { cell });
    let live = timeline(2, Some(("endpoint_unreachable", "critical")))
        .replace("http://10.0.0.1:8000/prefill", "http://bob:HUSH@10.0.0.1:8000/prefill?token=HUSH")
        .replace("as recorded", "prefill=http://bob:HUSH@10.0.0.1/?key=HUSH (unreachable)");
    let tree = Tree::new()
        .file("raw/raw.json", raw.to_string())
        .file("row/agg_x.json", row.to_string())
        .file("row/inferguard_timeline.jsonl", live)
        .file("replay/metrics_server_metrics.csv", server_metrics())
        .file("replay/trace_replay/detailed_results.csv", requests(&[request(0), failed]))
        .file("eval/samples_gsm8k.jsonl", "{\"doc_id\": 1, \"doc\": {\"question\": \"HUSH\"}}\n");
    let run = tree.analyze(&["--json", "-vv"]);
    assert_eq!(run.code(), 2, "{}", run.said.stderr);
    for id in ["raw/raw", "row/agg_x", "replay"] {
        run.cell(id);
    }
    for (place, text) in [
        ("report.json", run.report().to_string()),
        ("report.md", run.markdown().to_owned()),
        ("stdout", run.said.stdout.clone()),
        ("stderr", run.said.stderr.clone()),
    ] {
        let found = text.find(MARK).map(|at| {
            let from = text[..at].char_indices().rev().nth(120).map_or(0, |(at, _)| at);
            &text[from..at + MARK.len()]
        });
        assert_eq!(found, None, "in {place}");
    }
    // What is no secret stays.
    let extra = &run.cell("raw/raw")["extra"];
    assert_eq!(extra["command"], "serve --api-key [removed] --password=[removed] --port 80");
    assert_eq!(extra["burstiness"], 1.0);
    assert_eq!(run.cell("row/agg_x")["image"], "registry.example/vllm:1");
}
