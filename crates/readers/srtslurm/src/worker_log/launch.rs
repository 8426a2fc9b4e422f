//! How a worker was started, and the memory that it found: lines from before the load.

use inferguard_model::{WorkerLaunch, WorkerMemory};
use inferguard_source::secrets::without_secrets;

use super::fields::after;

/// Engines write GB and GiB, and mean the latter.
const GIB: f64 = (1_u64 << 30) as f64;

/// Characters of a command line that are kept.
const COMMAND_CHARS: usize = 4096;

/// Spellings of each degree of parallelism: options, arguments as engines print them.
const TP: [&str; 4] = ["--tp-size", "--tensor-parallel-size", "tp_size", "tensor_parallel_size"];
const DP: [&str; 4] = ["--dp-size", "--data-parallel-size", "dp_size", "data_parallel_size"];
const EP: [&str; 3] = ["--ep-size", "ep_size", "moe_expert_parallel_size"];
const PP: [&str; 5] = [
    "--pp-size",
    "--pipeline-parallel-size",
    "pp_size",
    "pipeline_parallel_size",
    "--pipeline-parallel",
];
const NODES: [&str; 2] = ["--nnodes", "nnodes"];
const DP_ATTENTION: [&str; 2] = ["enable_dp_attention", "enable_attention_dp"];

/// Takes what a line says of the parallelism, and the line when it is a command.
///
/// What an engine prints of its arguments comes after the command that was typed, and counts.
pub(super) fn launch(text: &[u8], launch: &mut WorkerLaunch) {
    let count = |names: &[&str]| names.iter().find_map(|name| option(text, name));
    for (held, found) in [
        (&mut launch.tp, count(&TP)),
        (&mut launch.dp, count(&DP)),
        (&mut launch.ep, count(&EP)),
        (&mut launch.pp, count(&PP)),
        (&mut launch.nodes, count(&NODES)),
    ] {
        *held = found.or(*held);
    }
    let has = |word: &str| memchr::memmem::find(text, word.as_bytes()).is_some();
    let attention = DP_ATTENTION.iter().find_map(|name| truth(text, name));
    let attention = attention.or(has("--enable-dp-attention").then_some(true));
    launch.dp_attention = attention.or(launch.dp_attention);
    let is_command = has(" --") && (has("python") || has("vllm serve") || has("trtllm-serve"));
    if is_command && launch.command.is_none() {
        let text = String::from_utf8_lossy(text);
        let command = text.split_once("[CMD]").map_or(&*text, |(_, command)| command);
        let shown = without_secrets(command.trim());
        launch.command = Some(shown.chars().take(COMMAND_CHARS).collect());
    }
}

/// The number of `--name 8`, `--name=8`, `name=8`, `'name': 8`.
fn option(text: &[u8], name: &str) -> Option<u32> {
    let spaced = name.starts_with("--").then(|| {
        let at = memchr::memmem::find(text, format!("{name} ").as_bytes())?;
        super::fields::number(text[at + name.len()..].trim_ascii_start())
    });
    let value = spaced.flatten().or_else(|| after(text, name))?;
    (value >= 1.0 && value < f64::from(u32::MAX) && value.fract() == 0.0).then_some(value as u32)
}

/// The Python word of `name=True`, `'name': False`.
fn truth(text: &[u8], name: &str) -> Option<bool> {
    let at = memchr::memmem::find(text, name.as_bytes())?;
    let rest = &text[at + name.len()..];
    let value =
        rest.strip_prefix(b"=").or(rest.strip_prefix(b"': ")).or(rest.strip_prefix(b": "))?;
    let is = |word: &[u8]| {
        value.len() >= 4 && value[..word.len().min(value.len())].eq_ignore_ascii_case(word)
    };
    if is(b"true") { Some(true) } else { is(b"false").then_some(false) }
}

/// Takes what a line says of memory; the first rank that speaks stands for all.
pub(super) fn memory(text: &[u8], memory: &mut WorkerMemory) {
    let gib = |label: &str| after(text, label).map(|n| n * GIB);
    let fill = |held: &mut Option<f64>, found: Option<f64>| *held = held.or(found);
    let behind = |label: &str| {
        let at = memchr::memmem::find(text, label.as_bytes())?;
        number_with_commas(&text[at + label.len()..])
    };
    // SGLang.
    fill(&mut memory.free_after_weights, gib("avail mem"));
    fill(&mut memory.weights, gib("mem usage"));
    if memchr::memmem::find(text, b"KV Cache is allocated.").is_some() {
        fill(&mut memory.kv_cache_tokens, after(text, "#tokens"));
        let both = || Some(gib("K size")? + gib("V size")?);
        fill(&mut memory.kv_cache, gib("KV size").or_else(both));
    }
    // vLLM.
    fill(&mut memory.weights, behind("Model loading took ").map(|n| n * GIB));
    fill(&mut memory.kv_cache, behind("Available KV cache memory: ").map(|n| n * GIB));
    fill(&mut memory.kv_cache_tokens, behind("GPU KV cache size: "));
    // TensorRT-LLM.
    fill(&mut memory.kv_cache, behind("[MemUsageChange] Allocated ").map(|n| n * GIB));
    fill(&mut memory.kv_cache_tokens, behind("for max tokens in paged KV cache ("));
}

/// `524,288`.
fn number_with_commas(text: &[u8]) -> Option<f64> {
    let digits: String = text
        .iter()
        .take_while(|b| b.is_ascii_digit() || matches!(b, b'.' | b','))
        .filter(|b| **b != b',')
        .map(|b| char::from(*b))
        .collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parallelism_of_commands_and_arguments() {
        let of = |text: &str| {
            let mut found = WorkerLaunch::default();
            launch(text.as_bytes(), &mut found);
            found
        };
        let found = of(
            "[CMD] python3 -m sglang.launch_server --tp-size 8 --dp-size=4 --enable-dp-attention --api-key abc",
        );
        assert_eq!((found.tp, found.dp, found.dp_attention), (Some(8), Some(4), Some(true)));
        assert_eq!(
            found.command.as_deref(),
            Some(
                "python3 -m sglang.launch_server --tp-size 8 --dp-size=4 --enable-dp-attention --api-key [removed]"
            )
        );
        let found = of(
            "server_args=ServerArgs(tp_size=16, pp_size=1, nnodes=2, enable_dp_attention=False)",
        );
        assert_eq!((found.tp, found.pp, found.nodes), (Some(16), Some(1), Some(2)));
        assert_eq!((found.dp, found.dp_attention), (None, Some(false)));
        assert_eq!(found.command, None);
        let found = of(
            "TensorRT-LLM engine args: {'tensor_parallel_size': 4, 'moe_expert_parallel_size': 2, 'enable_attention_dp': True}",
        );
        assert_eq!((found.tp, found.ep, found.dp_attention), (Some(4), Some(2), Some(true)));
    }

    #[test]
    fn memory_of_all_engines() {
        let of = |text: &str| {
            let mut found = WorkerMemory::default();
            memory(text.as_bytes(), &mut found);
            found
        };
        let found =
            of("Load weight end. type=X, dtype=bf16, avail mem=75.00 GB, mem usage=107.00 GB.");
        assert_eq!(found.free_after_weights, Some(75.0 * GIB));
        assert_eq!(found.weights, Some(107.0 * GIB));
        let found = of("KV Cache is allocated. #tokens: 524288, KV size: 17.00 GB");
        assert_eq!((found.kv_cache, found.kv_cache_tokens), (Some(17.0 * GIB), Some(524_288.0)));
        let found = of("KV Cache is allocated. #tokens: 9, K size: 8.00 GB, V size: 8.00 GB");
        assert_eq!(found.kv_cache, Some(16.0 * GIB));
        assert_eq!(of("GPU KV cache size: 524,288 tokens").kv_cache_tokens, Some(524_288.0));
        let found =
            of("[MemUsageChange] Allocated 41.00 GiB for max tokens in paged KV cache (35136).");
        assert_eq!((found.kv_cache, found.kv_cache_tokens), (Some(41.0 * GIB), Some(35_136.0)));
    }
}
