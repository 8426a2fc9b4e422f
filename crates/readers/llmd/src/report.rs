//! One report: which version it is, and what its parts say.

use inferguard_model::{
    Completion, Evidence, Identity, Problem, ProblemCode, ReportName, Scalar, names,
};
use inferguard_source::{Content, Document, Refusal, coerce, json::JsonScalar, shorten};

use crate::harness::Harness;
use crate::{deployment, derive, latency, load, observability, series, throughput, workload};

/// Generation of the schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Version {
    /// 0.1: `metrics` and `scenario`.
    V1,
    /// 0.2 and 0.2.1: `results`, `run` and `scenario`.
    V2,
    /// No report: the file of inference-perf that one is made of.
    Native,
}

/// What was read of a file.
pub(crate) enum Outcome {
    Measured(Box<Evidence>),
    /// A report of something that is no benchmark point.
    Skipped(String),
}

/// A report while its parts are read.
pub(crate) struct Report<'r> {
    pub(crate) document: Document,
    pub(crate) version: Version,
    pub(crate) harness: Harness,
    /// Path below the input root.
    pub(crate) path: &'r str,
}

impl Report<'_> {
    /// The path of a part of the measured values: `latency`, `requests`, `throughput`.
    pub(crate) fn measured(&self, part: &str) -> String {
        match self.version {
            Version::V1 => format!("metrics/{part}"),
            Version::V2 => format!("results/request_performance/aggregate/{part}"),
            Version::Native => format!("successes/{part}"),
        }
    }

    /// Where the harness's own configuration stands.
    pub(crate) fn native(&self) -> &'static [&'static str] {
        match self.version {
            Version::V1 | Version::Native => &["scenario/load/args"],
            Version::V2 => &["scenario/load/native/config", "scenario/load/native/args"],
        }
    }

    /// A text of the harness's own configuration: the first of several keys that has one.
    pub(crate) fn native_text(&self, keys: &[&str]) -> Option<&str> {
        let of_key = |key: &&str| {
            self.native().iter().find_map(|root| self.document.text(&format!("{root}/{key}")))
        };
        keys.iter().find_map(of_key)
    }

    /// A number of it.
    pub(crate) fn native_number(&mut self, keys: &[&str]) -> Option<f64> {
        for key in keys {
            for root in self.native() {
                let path = format!("{root}/{key}");
                // Lengths and loads may be lists or objects in other versions of a harness.
                if matches!(self.document.get(&path), Some(Scalar::Int(_) | Scalar::Float(_)))
                    && let Some(number) = self.document.number(&path)
                {
                    return Some(number);
                }
            }
        }
        None
    }

    pub(crate) fn name(&self) -> Option<ReportName<'_>> {
        ReportName::of_artifact(self.path.rsplit('/').next()?)
    }
}

/// Reads a file, YAML or JSON by its first byte.
pub(crate) fn read(content: &mut Content, path: &str) -> Result<Outcome, Refusal> {
    let is_json = content.head().trim_ascii_start().first() == Some(&b'{');
    let mut document = if is_json {
        Document::read(content, skips)?
    } else {
        Document::read_yaml(content, skips)?
    };
    let mut evidence = Evidence::default();
    let version = version(&document, &mut evidence)?;
    let stated = match version {
        Version::V1 => document.text("scenario/load/name"),
        Version::V2 => document.text("scenario/load/standardized/tool"),
        Version::Native => Some("inference-perf"),
    };
    let harness = Harness::parse(stated);
    evidence.identity.harness = stated.map(|name| match harness {
        Harness::InferenceMax => "inferencemax".to_owned(),
        _ => name.to_owned(),
    });
    if let Some(reason) = no_benchmark_point(&mut document, version, harness) {
        return Ok(Outcome::Skipped(reason));
    }
    let mut report = Report { document, version, harness, path };
    evidence.completion = completion(&mut report, &mut evidence);
    if report.harness.counts_successes_only(version) || evidence.completion.total != Some(0) {
        model(&report, &mut evidence.identity);
        workload::fill(&mut report, &mut evidence);
        deployment::fill(&mut report, &mut evidence);
        load::fill(&mut report, &mut evidence);
        measured(&mut report, &mut evidence);
    } else {
        return Ok(Outcome::Skipped("the report counts no request: nothing was measured".into()));
    }
    kept(&report, &mut evidence);
    for problem in report.document.problems {
        evidence.problem(problem);
    }
    Ok(Outcome::Measured(Box::new(evidence)))
}

/// Parts that nothing is read from: arguments and environments of engines, and time series that are
/// not kept.
fn skips(path: &str) -> bool {
    let engine = |rest: &str| rest.ends_with("/args") || rest.ends_with("/native");
    path.strip_prefix("scenario/platform/engine/").is_some_and(engine)
        || path.strip_prefix("scenario/stack/").is_some_and(engine)
        || series::skips(path)
        || matches!(path, "scenario/load/native/envars" | "results/profiling" | "metrics/metadata")
}

fn version(document: &Document, evidence: &mut Evidence) -> Result<Version, Refusal> {
    // Unquoted, 0.1 is a number.
    let stated = document.get("version").and_then(|value| match value {
        Scalar::Text(text) => Some(text.trim_start_matches('v').to_owned()),
        Scalar::Float(x) => Some(x.to_string()),
        _ => None,
    });
    if document.has_below("load_summary") {
        return Ok(Version::Native);
    }
    let (v1, v2) = (document.has_below("metrics"), document.has_below("results"));
    let by_content = match (v1, v2) {
        (_, true) => Version::V2,
        (true, false) => Version::V1,
        (false, false) => {
            return Err(Refusal::new(
                "no benchmark report: it has neither `metrics` nor `results`; a report that was cut off begins with one of them",
            ));
        }
    };
    match stated.as_deref() {
        Some("0.1" | "0.2" | "0.2.1") => {}
        Some(other) => {
            let told = format!(
                "version `{}` is not known; read as {}",
                shorten(other),
                if v2 { "0.2" } else { "0.1" }
            );
            evidence.problem(Problem::warning(ProblemCode::Coerced, "version", told));
        }
        None => {
            let told = "the version is missing, which stands last: a fragment of a report, or one that was cut off; its last values may be wrong";
            evidence.problem(Problem::warning(ProblemCode::Truncated, "version", told));
        }
    }
    Ok(by_content)
}

/// Why a report is of no benchmark point, if it is not.
fn no_benchmark_point(
    document: &mut Document,
    version: Version,
    harness: Harness,
) -> Option<String> {
    if harness == Harness::Nop {
        return Some("times the loading of a model (nop); no request was measured".into());
    }
    if version == Version::Native {
        // Stages say how long they sent, and at which rate or concurrency.
        let is_stage = ["send_duration", "requested_rate", "concurrency"];
        let is_stage =
            is_stage.iter().any(|key| document.get(&format!("load_summary/{key}")).is_some());
        let pooled = "inference-perf's summary of all its stages, which is no load point; stage_<N>_lifecycle_metrics.json has each";
        return (!is_stage).then(|| pooled.into());
    }
    let is_session = document.text("scenario/load/metadata/file_type") == Some("session_lifecycle");
    let only_sessions = version == Version::V2
        && !document.has_below("results/request_performance")
        && document.has_below("results/session_performance");
    if is_session || only_sessions {
        return Some("statistics of sessions; those of requests are in the other reports".into());
    }
    let nothing = match version {
        Version::V1 => {
            !document.has_below("metrics/latency") && !document.has_below("metrics/throughput")
        }
        Version::V2 => !document.has_below("results/request_performance"),
        Version::Native => false,
    };
    nothing.then(|| "no statistics of requests".into())
}

/// How many requests there were, and how many succeeded.
fn completion(report: &mut Report<'_>, evidence: &mut Evidence) -> Completion {
    let at = report.measured("requests");
    let document = &mut report.document;
    let (all, failed) = match report.version {
        Version::Native => ("load_summary/count".to_owned(), "failures/count".to_owned()),
        Version::V1 | Version::V2 => (format!("{at}/total"), format!("{at}/failures")),
    };
    let total = document.count(&all);
    let failures = document.count(&failed);
    // Still open when a timed run ends: neither a success nor a failure.
    let incomplete = document.count(&format!("{at}/incomplete")).unwrap_or(0);
    if report.harness.counts_successes_only(report.version) {
        return Completion { total: None, successful: total, warmup: None };
    }
    if report.harness == Harness::Aiperf {
        // The converter counts the kinds of errors, not the requests that failed.
        let failed = failures.is_some_and(|kinds| kinds > 0);
        if failed {
            let told = "the number of kinds of errors, not of failed requests; how many failed is not known";
            evidence.problem(Problem::warning(
                ProblemCode::LeftOut,
                format!("{at}/failures"),
                told,
            ));
        }
        return Completion { total: total.filter(|_| !failed), successful: total, warmup: None };
    }
    let Some((total, failures)) = total.zip(failures) else {
        return Completion { total, successful: None, warmup: None };
    };
    let Some(successful) = total.checked_sub(failures.saturating_add(incomplete)) else {
        let told = "more requests failed than there were; the counts are left out";
        evidence.problem(Problem::warning(ProblemCode::Conflict, failed, told));
        return Completion::default();
    };
    Completion { total: Some(total - incomplete), successful: Some(successful), warmup: None }
}

fn measured(report: &mut Report<'_>, evidence: &mut Evidence) {
    let failed = evidence.completion.successful == Some(0);
    workload::measured_lengths(report, evidence, failed);
    if failed {
        // Converters of v0.1 write zeros where nothing was measured.
        return;
    }
    latency::fill(report, evidence);
    throughput::fill(report, evidence);
    observability::fill(report, evidence);
    series::fill(report, evidence);
    derive::fill(evidence);
}

/// The model, from what the report states to what the harness was told. `unknown` is what
/// converters write without the environment of a load pod.
fn model(report: &Report<'_>, identity: &mut Identity) {
    let document = &report.document;
    let stated = |path: &str| {
        document.text(path).filter(|name| !matches!(*name, "unknown" | "auto")).map(str::to_owned)
    };
    let of_stack = || {
        let engines = 0..document.elements("scenario/stack");
        engines
            .into_iter()
            .find_map(|n| stated(&format!("scenario/stack/{n}/standardized/model/name")))
    };
    let native =
        ["server/model_name", "spec/backend/model", "model_id", "model", "endpoint/model_name"];
    let written = stated("scenario/model/name")
        .or_else(of_stack)
        .or_else(|| report.native_text(&native).map(str::to_owned));
    identity.model = names::model(None, written.as_deref(), None);
    identity.as_written.model = written;
    if let Some(precision) = document.text("scenario/model/quantization") {
        identity.precision = Some(names::precision(precision));
        identity.as_written.precision = Some(precision.to_owned());
    }
}

/// Texts that say what the run was for.
fn kept(report: &Report<'_>, evidence: &mut Evidence) {
    let document = &report.document;
    for (key, paths) in [
        ("experiment_id", ["run/eid", "metadata/eid"]),
        ("description", ["run/description", "scenario/description"]),
        ("user", ["run/user", ""]),
    ] {
        if let Some(text) = document.text_of(&paths) {
            evidence.extra.push((key.into(), coerce::kept(JsonScalar::Str(text))));
        }
    }
    let parallel =
        ["scenario/load/standardized/parallelism", "scenario/load/metadata/load_parallel"];
    let pods = parallel.iter().find_map(|path| match document.get(path)? {
        Scalar::Int(n) => Some(*n),
        Scalar::Text(text) => text.parse().ok(),
        _ => None,
    });
    if let Some(pods) = pods.filter(|n| *n > 1) {
        evidence.extra.push(("parallel_load_pods".into(), Scalar::Int(pods)));
    }
}
