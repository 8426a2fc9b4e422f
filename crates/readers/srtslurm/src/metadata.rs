//! `{jobid}.json`: v1 (`run_metadata`, `profiler_metadata`), v2 (flat), and forks that mix them.
//!
//! Keys: `submit_job_script.py` and `srtctl` of NVIDIA/srt-slurm, 2025-11 to 2026-08.

use inferguard_model::{
    BenchmarkPlan, JobGeneration, JobMetadata, Problem, ProblemCode, RoleNodes, Scalar,
};
use inferguard_source::json::Shape;
use inferguard_source::{Content, Document, Refusal, shorten};

use crate::{plan, redact};

/// Tags of one job that are read.
const MOST_TAGS: usize = 1000;

/// Parts that the running job adds to the file, which say nothing of what was measured.
const ADDED: [&str; 2] = ["resources/cpu_allocation", "resources/cpu_check"];

/// Whether a document of these keys is the metadata of a job.
pub(crate) fn is_metadata(shape: &Shape) -> bool {
    !shape.is_array
        && (shape.has_any(&["run_metadata", "profiler_metadata"])
            || shape.has("resources") && shape.has_any(&["job_id", "job_name", "orchestrator"]))
}

/// Reads the file.
pub(crate) fn read(content: &mut Content) -> Result<(JobMetadata, Vec<Problem>), Refusal> {
    let mut document = Document::read(content, |path| ADDED.contains(&path))?;
    let metadata = of_document(&mut document)?;
    Ok((metadata, document.problems))
}

fn of_document(document: &mut Document) -> Result<JobMetadata, Refusal> {
    let is_v1 = document.has_below("run_metadata") || document.has_below("profiler_metadata");
    let stated = document.has_below("resources") || document.get("job_id").is_some();
    if !is_v1 && !stated {
        let reason =
            "neither `run_metadata` nor `resources` holds anything, and there is no `job_id`";
        return Err(Refusal::new(format!("no metadata of a job: {reason}")));
    }
    let mut metadata = if is_v1 { v1(document) } else { v2(document) };
    metadata.tags = tags(document);
    metadata.members = redact::members(document);
    Ok(metadata)
}

fn v1(document: &mut Document) -> JobMetadata {
    let run = |key: &str| format!("run_metadata/{key}");
    let text = |document: &mut Document, key: &str| named(document, &run(key));
    // Forks write the benchmark of v2 beside the rest of v1.
    let mut benchmark = plan::read(document, "profiler_metadata", &["req-rate", "req_rate"]);
    fill(&mut benchmark, plan::read(document, "benchmark", &["req_rate"]));
    JobMetadata {
        generation: JobGeneration::V1,
        job_id: identifier(document, &["run_metadata/slurm_job_id", "job_id"]),
        job_name: text(document, "job_name"),
        generated_at: date(document, "generated_at"),
        run_date: date(document, &run("run_date")),
        container: text(document, "container"),
        model: text(document, "model_dir"),
        precision: None,
        gpu_type: text(document, "gpu_type"),
        backend: None,
        frontend: None,
        disaggregated: mode(document, "run_metadata/mode"),
        gpus_per_node: count(document, &run("gpus_per_node")),
        prefill: role(document, "run_metadata", "prefill"),
        decode: role(document, "run_metadata", "decode"),
        agg: role(document, "run_metadata", "agg"),
        total_nodes: None,
        more_frontends: count(document, &run("num_additional_frontends")),
        plan: benchmark,
        tags: Vec::new(),
        members: Vec::new(),
    }
}

fn v2(document: &mut Document) -> JobMetadata {
    JobMetadata {
        generation: JobGeneration::V2,
        job_id: identifier(document, &["job_id"]),
        job_name: named(document, "job_name"),
        generated_at: date(document, "generated_at"),
        run_date: date(document, "run_date"),
        container: named(document, "model/container"),
        model: named(document, "model/path"),
        precision: named(document, "model/precision"),
        gpu_type: named(document, "resources/gpu_type"),
        backend: named(document, "backend_type"),
        frontend: named(document, "frontend_type").or_else(|| {
            let sglang = document.truth("use_sglang_router")?;
            Some(if sglang { "sglang".to_owned() } else { "dynamo".to_owned() })
        }),
        disaggregated: mode(document, "mode"),
        gpus_per_node: count(document, "resources/gpus_per_node"),
        prefill: role(document, "resources", "prefill"),
        decode: role(document, "resources", "decode"),
        agg: role(document, "resources", "agg"),
        total_nodes: count(document, "resources/total_nodes"),
        more_frontends: None,
        plan: plan::read(document, "benchmark", &["req_rate", "req-rate"]),
        tags: Vec::new(),
        members: Vec::new(),
    }
}

fn fill(plan: &mut BenchmarkPlan, more: BenchmarkPlan) {
    plan.kind = plan.kind.take().or(more.kind);
    plan.isl = plan.isl.or(more.isl);
    plan.osl = plan.osl.or(more.osl);
    plan.concurrencies = plan.concurrencies.take().or(more.concurrencies);
    plan.request_rate = plan.request_rate.take().or(more.request_rate);
}

fn role(document: &mut Document, at: &str, name: &str) -> RoleNodes {
    RoleNodes {
        nodes: count(document, &format!("{at}/{name}_nodes")),
        workers: count(document, &format!("{at}/{name}_workers")),
        // 0 GPUs stand for a role that is not there.
        gpus_per_worker: count(document, &format!("{at}/gpus_per_{name}")).filter(|n| *n > 0),
    }
}

/// A small count; one of another type is told and left out.
fn count(document: &mut Document, path: &str) -> Option<u32> {
    if document.get(path).is_none() && document.has_below(path) {
        let told = "a list or object where a number should be; it is left out";
        document.problems.push(Problem::warning(ProblemCode::LeftOut, path, told));
        return None;
    }
    let n = document.count(path)?;
    let small = u32::try_from(n).ok().filter(|n| *n <= 1_000_000);
    if small.is_none() {
        let told = format!("{n} is too large; the value is left out");
        document.problems.push(Problem::warning(ProblemCode::NotANumber, path, told));
    }
    small
}

/// A text, or a number by its spelling; `None` and `null` in words are nothing.
fn named(document: &mut Document, path: &str) -> Option<String> {
    if document.get(path).is_none() && document.has_below(path) {
        let told = "a list or object where a text should be; it is left out";
        document.problems.push(Problem::warning(ProblemCode::LeftOut, path, told));
        return None;
    }
    let text = plan::text(document.get(path)?)?;
    (!matches!(text.as_str(), "" | "None" | "null" | "N/A")).then_some(text)
}

/// `20251110_192145` or `2025-11-10 19:21:45`; anything else is told and left out.
fn date(document: &mut Document, path: &str) -> Option<String> {
    let written = named(document, path);
    let of_other_type = written.is_none() && matches!(document.get(path), Some(Scalar::Bool(_)));
    let shaped = |text: &str, shape: &str| {
        text.len() >= shape.len()
            && text.bytes().zip(shape.bytes()).all(|(b, of)| match of {
                b'0' => b.is_ascii_digit(),
                of => b == of,
            })
    };
    let is_date = |text: &str| shaped(text, "0000-00-00") || shaped(text, "00000000_000000");
    if of_other_type || written.as_deref().is_some_and(|text| !is_date(text)) {
        let shown = written.map_or("a switch".to_owned(), |text| format!("`{}`", shorten(&text)));
        let told = format!("{shown} is no date (2025-11-10 19:21:45); it is left out");
        document.problems.push(Problem::warning(ProblemCode::LeftOut, path, told));
        return None;
    }
    written
}

/// The scheduler's number, written as a text or a number.
fn identifier(document: &Document, paths: &[&str]) -> Option<String> {
    paths.iter().find_map(|path| plan::text(document.get(path)?)).filter(|id| !id.is_empty())
}

fn mode(document: &Document, path: &str) -> Option<bool> {
    match document.text(path)? {
        word if word.starts_with("disagg") => Some(true),
        word if word.starts_with("agg") => Some(false),
        _ => None,
    }
}

/// Tags are a list of texts; a single text is one tag.
fn tags(document: &mut Document) -> Vec<String> {
    if let Some(one) = document.text("tags").map(str::to_owned) {
        let told = "a text where a list of tags should be; it is read as one tag";
        document.problems.push(Problem::note(ProblemCode::Coerced, "tags", told));
        return vec![one];
    }
    let mut tags: Vec<(usize, String)> = document
        .below("tags")
        .filter_map(|(at, value)| Some((at.parse().ok()?, plan::text(value)?)))
        .take(MOST_TAGS)
        .collect();
    tags.sort_by_key(|(at, _)| *at);
    tags.into_iter().map(|(_, tag)| tag).collect()
}
