//! `{node}_config.json`: GPUs, arguments of the server, environment, command line of one node.

use inferguard_model::{NodeConfig, NodeGpus, Problem, ProblemCode, Variable};
use inferguard_source::json::Shape;
use inferguard_source::{Content, Document, Refusal};

use crate::{plan, redact};

/// Names that end like a node configuration and are something else.
const OTHERS: [&str; 2] = ["mooncake_store_config.json", "run_config.json"];

/// Variables kept of one node.
const MOST_VARIABLES: usize = 5000;

/// Whether a file of this name may be one.
fn is_named(name: &str) -> bool {
    name.ends_with("_config.json") && !OTHERS.contains(&name)
}

/// Whether a document of this name and these keys is one.
pub(crate) fn is_node_config(name: &str, shape: &Shape) -> bool {
    if !is_named(name) {
        return false;
    }
    let parts = ["gpu_info", "config", "environment", "runtime_info"];
    parts.iter().filter(|part| shape.has(part)).count() >= 2
}

/// Reads the file; what is missing is told and costs nothing else.
pub(crate) fn read(
    content: &mut Content,
    name: &str,
) -> Result<(NodeConfig, Vec<Problem>), Refusal> {
    let mut document = Document::read(content, |_| false)?;
    for part in ["config/server_args", "gpu_info/gpus", "environment"] {
        if !document.has_below(part) {
            let told = "the producer writes this part; it is not there";
            document.problems.push(Problem::note(ProblemCode::LeftOut, part, told));
        }
    }
    let count = document.count("gpu_info/count").and_then(|n| u32::try_from(n).ok());
    let gpu = |key: &str| document.text(&format!("gpu_info/gpus/0/{key}")).map(str::to_owned);
    let gpus = NodeGpus {
        count,
        name: gpu("name"),
        memory: gpu("memory_total"),
        driver: gpu("driver_version"),
    };
    let node = NodeConfig {
        node: name.strip_suffix("_config.json").unwrap_or(name).to_owned(),
        gpus,
        arguments: redact::members(&document)
            .into_iter()
            .filter_map(|(path, value)| {
                let name = path.strip_prefix("config/server_args/")?;
                Some((name.into(), value))
            })
            .collect(),
        flags: flags(&document),
        environment: environment(&document),
    };
    Ok((node, document.problems))
}

fn environment(document: &Document) -> Vec<Variable> {
    let mut variables: Vec<Variable> = document
        .below("environment")
        .take(MOST_VARIABLES)
        .filter_map(|(name, value)| {
            let name = name.replace("~1", "/").replace("~0", "~");
            let written = plan::text(value).or_else(|| match value {
                inferguard_model::Scalar::Bool(on) => Some(on.to_string()),
                _ => None,
            })?;
            let value = redact::value(&name, &written);
            Some(Variable { group: group(&name), name: name.into(), value })
        })
        .collect();
    variables.sort_by(|a, b| (order(a.group), &a.name).cmp(&(order(b.group), &b.name)));
    variables
}

/// Groups of the dashboard, in its order.
const GROUPS: [&str; 6] = ["NCCL", "SGLANG", "CUDA", "Mooncake", "OMPI", "Other"];

fn order(group: &str) -> usize {
    GROUPS.iter().position(|known| *known == group).unwrap_or(GROUPS.len())
}

/// The group of a variable; the first that fits.
fn group(name: &str) -> &'static str {
    match name {
        _ if name.starts_with("NCCL_") => "NCCL",
        "DYN_SKIP_SGLANG_LOG_FORMATTING" | "SGL_FORCE_SHUTDOWN" => "SGLANG",
        _ if name.starts_with("SGLANG_") => "SGLANG",
        _ if name.starts_with("CUDA_") => "CUDA",
        _ if name.starts_with("MC_") => "Mooncake",
        _ if name.starts_with("OMPI_") => "OMPI",
        _ => "Other",
    }
}

/// Flags of the command line: `--flag value`, `--flag=value`, `--flag` alone; a later one wins.
fn flags(document: &Document) -> Vec<(Box<str>, Box<str>)> {
    let mut words: Vec<(usize, String)> = document
        .below("runtime_info/command_line_args")
        .filter_map(|(at, value)| Some((at.parse().ok()?, plan::text(value)?)))
        .collect();
    words.sort_by_key(|(at, _)| *at);
    let mut flags: Vec<(Box<str>, Box<str>)> = Vec::new();
    let mut words = words.into_iter().map(|(_, word)| word).peekable();
    while let Some(word) = words.next() {
        let Some(flag) = word.strip_prefix("--").filter(|flag| !flag.is_empty()) else { continue };
        let (name, written) = if let Some((name, value)) = flag.split_once('=') {
            (name.to_owned(), value.to_owned())
        } else {
            let value = words.next_if(|next| !next.starts_with("--"));
            (flag.to_owned(), value.unwrap_or_else(|| "True".to_owned()))
        };
        let value = redact::value(&name, &written);
        flags.retain(|(held, _)| **held != *name);
        flags.push((name.into(), value));
    }
    flags.sort();
    flags
}
