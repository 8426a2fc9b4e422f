//! Canonical spellings of hardware, models, frameworks and precisions.
//!
//! The rules are those that the InferenceX web application applies to its rows, plus the
//! spellings that appeared later. The producer's spelling is kept beside the canonical one.

/// GPUs that the field's charts know.
const HARDWARE: [&str; 9] =
    ["h100", "h200", "b200", "b300", "gb200", "gb300", "mi300x", "mi325x", "mi355x"];

/// Runner suffixes, each stripped at most once and in this order.
const RUNNER_SUFFIXES: [&str; 13] = [
    "-trt",
    "-multinode-slurm",
    "-multinode",
    "-nvs",
    "-disagg",
    "-amds",
    "-amd",
    "-nvd",
    "-dgxc-slurm",
    "-dgxc",
    "-nb",
    "-nv",
    "-cw",
];

/// Hardware without runner suffixes: `cluster:mi355x-amds_02` is `mi355x`.
///
/// A name that is not a known GPU is kept in lower case, so that it is never confused with one.
pub fn hardware(written: &str) -> String {
    let lower = written.trim().to_ascii_lowercase();
    known_hardware(&lower).map_or(lower, str::to_owned)
}

/// The known GPU that a runner name stands for, if any.
pub fn known_hardware(written: &str) -> Option<&'static str> {
    let lower = written.trim().to_ascii_lowercase();
    let mut name = lower.strip_prefix("cluster:").unwrap_or(&lower);
    if let Some((head, digits)) = name.rsplit_once('_')
        && !digits.is_empty()
        && digits.bytes().all(|b| b.is_ascii_digit())
    {
        name = head;
    }
    for suffix in RUNNER_SUFFIXES {
        name = name.strip_suffix(suffix).unwrap_or(name);
    }
    HARDWARE.into_iter().find(|known| *known == name)
}

/// The known GPU in a product name, as drivers, Kubernetes labels and clouds write it:
/// `NVIDIA-H100-80GB-HBM3` is `h100`, `AMD_Instinct_MI300X_OAM` is `mi300x`. Others are kept in
/// lower case.
pub fn gpu_product(written: &str) -> String {
    let lower = written.trim().to_ascii_lowercase();
    let known = lower
        .split(|c: char| !c.is_ascii_alphanumeric())
        .find_map(|word| HARDWARE.into_iter().find(|known| *known == word));
    known.map_or_else(|| hardware(&lower), str::to_owned)
}

/// Framework: `trtllm` is `trt`, `dynamo-trtllm` is `dynamo-trt`, `sglang-disagg` is `mori-sglang`.
pub fn framework(written: &str) -> String {
    let lower = written.trim().to_ascii_lowercase();
    match lower.as_str() {
        "trtllm" | "tensorrt-llm" => "trt".into(),
        "dynamo-trtllm" => "dynamo-trt".into(),
        "sglang-disagg" => "mori-sglang".into(),
        _ => lower,
    }
}

/// Whether the framework name itself says that prefill and decode are disaggregated.
pub fn framework_is_disaggregated(written: &str) -> bool {
    matches!(written.trim().to_ascii_lowercase().as_str(), "sglang-disagg" | "mori-sglang")
}

/// Precision: `nvfp4` and `mxfp4` are `fp4`.
pub fn precision(written: &str) -> String {
    let lower = written.trim().to_ascii_lowercase();
    match lower.as_str() {
        "nvfp4" | "mxfp4" => "fp4".into(),
        _ => lower,
    }
}

/// Container image; older rows write `#` for `/`.
pub fn image(written: &str) -> String {
    written.replace('#', "/")
}

/// Base names (lower case) and the canonical model that each begins; longer ones first where one
/// is a prefix of another.
const MODEL_ALIASES: [(&str, &str); 24] = [
    ("deepseek-r1", "dsr1"),
    ("deepseek_r1", "dsr1"),
    ("deepseekr1", "dsr1"),
    ("deepseek-v4-pro", "dsv4pro"),
    ("deepseek-v4", "dsv4"),
    ("gpt-oss-120b", "gptoss120b"),
    ("gptoss-120b", "gptoss120b"),
    ("gpt-oss-20b", "gptoss20b"),
    ("llama-3.3-70b", "llama70b"),
    ("llama-3.1-70b", "llama70b"),
    ("llama-3-70b", "llama70b"),
    ("meta-llama-3-70b", "llama70b"),
    ("meta-llama-3.1-70b", "llama70b"),
    ("kimi-k2.5", "kimik2.5"),
    ("kimi-k2.6", "kimik2.6"),
    ("kimi-k2.7", "kimik2.7"),
    ("minimax-m2.5", "minimaxm2.5"),
    ("minimax-m2.7", "minimaxm2.7"),
    ("minimax-m2", "minimaxm2"),
    ("glm-5.1", "glm5.1"),
    ("glm-5", "glm5"),
    ("qwen3.5-397b", "qwen3.5"),
    ("qwen3.5", "qwen3.5"),
    ("qwen3.6", "qwen3.6"),
];

/// Canonical model of a producer's prefix: `gptoss` is `gptoss120b`, `dsr1-fp4` is `dsr1`.
pub fn model_of_prefix(prefix: &str) -> String {
    let lower = prefix.trim().to_ascii_lowercase();
    let bare = ["-nvfp4", "-mxfp4", "-fp4", "-fp8", "-bf16", "-int4"]
        .into_iter()
        .find_map(|suffix| lower.strip_suffix(suffix))
        .unwrap_or(&lower);
    match bare {
        "gptoss" => "gptoss120b".into(),
        _ => bare.to_owned(),
    }
}

/// Canonical model of a model id or path by the alias table; `None` when the table has none.
pub fn model_of_id(written: &str) -> Option<&'static str> {
    let base = model_base_name(written).to_ascii_lowercase();
    MODEL_ALIASES.iter().find(|(alias, _)| base.starts_with(alias)).map(|(_, name)| *name)
}

/// The last part of a model id that names the model; cache paths of the Hugging Face hub
/// (`/models/models--openai--gpt-oss-120b/snapshots/<hash>/`) name it in the middle.
pub fn model_base_name(written: &str) -> &str {
    let path = written.trim().trim_end_matches('/');
    if let Some(at) = path.find("models--") {
        let tail = &path[at + "models--".len()..];
        let repo = tail.split('/').next().unwrap_or(tail);
        return repo.rsplit("--").next().unwrap_or(repo);
    }
    path.rsplit('/').next().unwrap_or(path)
}

/// Canonical model: by producer's prefix, else the alias table, else the prefix of the file
/// name, else the base name in lower case.
pub fn model(
    prefix: Option<&str>,
    written: Option<&str>,
    name_prefix: Option<&str>,
) -> Option<String> {
    let filled =
        |text: Option<&str>| text.map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned);
    if let Some(prefix) = filled(prefix) {
        return Some(model_of_prefix(&prefix));
    }
    if let Some(known) = written.and_then(model_of_id) {
        return Some(known.to_owned());
    }
    filled(name_prefix)
        .map(|prefix| model_of_prefix(&prefix))
        .or_else(|| filled(written).map(|id| model_base_name(&id).to_ascii_lowercase()))
        .filter(|name| !name.is_empty())
}

/// Prefixes that CI puts before a result's name when it makes an artifact folder of it; longer
/// ones first.
const FOLDER_PREFIXES: [&str; 11] = [
    "bmk_agentic_",
    "multinode_server_logs_",
    "eval_server_logs_",
    "eval_gpu_metrics_",
    "server_logs_",
    "gpu_metrics_",
    "power_audit_",
    "power_validation_",
    "agentic_",
    "bmk_",
    "agg_",
];

/// The name that a result, its row and its artifact folders share: prefixes of CI and the copy
/// mark of a download (` (1)`) are taken off.
pub fn join_name(name: &str) -> &str {
    let name = name.trim();
    let bare = match name.rsplit_once(" (") {
        Some((head, tail))
            if tail.ends_with(')') && tail[..tail.len() - 1].parse::<u32>().is_ok() =>
        {
            head
        }
        _ => name,
    };
    FOLDER_PREFIXES.iter().find_map(|prefix| bare.strip_prefix(prefix)).unwrap_or(bare)
}

/// Endings that AIPerf and genai-perf put behind the prefix of their exports; longer ones first.
const EXPORT_ENDINGS: [&str; 13] = [
    "_aiperf_timeslices",
    "_genai_perf",
    "_network_latency",
    "_aiperf_aggregate",
    "_aiperf_sweep",
    "_server_metrics",
    "_gpu_telemetry",
    "_timeslices",
    "_console",
    "_aiperf",
    "_raw",
    "_export",
    "_inputs",
];

/// The prefix that AIPerf's exports of one run share: `c4` for `c4.json`, `c4.jsonl` and
/// `c4_timeslices.csv`; empty for the default names, which stand for their folder.
pub fn export_prefix(file_name: &str) -> &str {
    let name = file_name.strip_suffix(".gz").unwrap_or(file_name);
    let mut prefix = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    if let Some(bare) = EXPORT_ENDINGS.iter().find_map(|ending| prefix.strip_suffix(ending)) {
        prefix = bare;
    }
    match prefix {
        "profile_export" | "profile" | "server_metrics" | "gpu_telemetry" => "",
        _ => prefix,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hardware_loses_its_runner() {
        for (written, expected) in [
            ("b200-trt", "b200"),
            ("b200-dgxc-slurm_8", "b200"),
            ("cluster:mi355x-amds", "mi355x"),
            ("cluster:mi355x-amds_04", "mi355x"),
            ("H200-NV", "h200"),
            ("h200-cw", "h200"),
            ("GB200", "gb200"),
            ("b200-multinode-slurm", "b200"),
            ("TPU-v7", "tpu-v7"),
            ("b200-unheard-of", "b200-unheard-of"),
        ] {
            assert_eq!(hardware(written), expected, "{written}");
        }
    }

    #[test]
    fn product_names_hold_a_gpu() {
        for (written, expected) in [
            ("NVIDIA-H100-80GB-HBM3", "h100"),
            ("NVIDIA H200", "h200"),
            ("NVIDIA-GB200", "gb200"),
            ("AMD_Instinct_MI300X_OAM", "mi300x"),
            ("NVIDIA-A100-SXM4-80GB", "nvidia-a100-sxm4-80gb"),
        ] {
            assert_eq!(gpu_product(written), expected);
        }
    }

    #[test]
    fn models_are_found_by_prefix_alias_name_or_base() {
        assert_eq!(model(Some("gptoss"), Some("x/y"), None).as_deref(), Some("gptoss120b"));
        assert_eq!(
            model(None, Some("/models/models--openai--gpt-oss-120b/snapshots/b5c9/"), None)
                .as_deref(),
            Some("gptoss120b")
        );
        assert_eq!(
            model(None, Some("nvidia/DeepSeek-R1-0528-FP4-V2"), Some("zzz")).as_deref(),
            Some("dsr1")
        );
        assert_eq!(model(None, Some("/data/my-model/"), Some("mine")).as_deref(), Some("mine"));
        assert_eq!(model(None, Some("/data/My-Model/"), None).as_deref(), Some("my-model"));
        assert_eq!(
            model(None, Some("MiniMaxAI/MiniMax-M2.5"), None).as_deref(),
            Some("minimaxm2.5")
        );
        assert_eq!(model(None, Some("amd/Kimi-K2.5-MXFP4"), None).as_deref(), Some("kimik2.5"));
        assert_eq!(model(Some(""), Some(""), None), None);
        assert_eq!(model_of_prefix("dsr1-fp4"), "dsr1");
    }

    #[test]
    fn spellings_of_frameworks_and_precisions() {
        assert_eq!(framework("dynamo-trtllm"), "dynamo-trt");
        assert_eq!(framework("SGLang"), "sglang");
        assert_eq!(precision("NVFP4"), "fp4");
        assert!(framework_is_disaggregated("sglang-disagg"));
    }

    #[test]
    fn exports_of_one_run_share_a_prefix() {
        for name in [
            "profile_export.jsonl",
            "profile_export_aiperf.json",
            "profile_export_aiperf_timeslices.csv",
            "profile_export_genai_perf.csv",
            "server_metrics_export.json",
            "gpu_telemetry_export.jsonl",
            "profile_export_raw.jsonl.gz",
        ] {
            assert_eq!(export_prefix(name), "", "{name}");
        }
        for name in ["c4.json", "c4.jsonl.gz", "c4_timeslices.csv", "c4_server_metrics.json"] {
            assert_eq!(export_prefix(name), "c4", "{name}");
        }
    }

    #[test]
    fn results_and_their_folders_share_a_name() {
        assert_eq!(join_name("agg_x_tp4"), join_name("x_tp4"));
        assert_eq!(join_name("bmk_agentic_x"), join_name("agentic_x"));
        assert_eq!(join_name("bmk_x (1)"), "x");
        assert_eq!(join_name("x (a)"), "x (a)");
    }
}
