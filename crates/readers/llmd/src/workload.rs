//! What requests look like: lengths that were asked for, data set, turns, streaming.

use inferguard_model::{
    Dataset, Evidence, Identity, Metric, Origin, Place, Problem, ProblemCode, Quantity, Scalar,
};

use crate::harness::Harness;
use crate::report::{Report, Version};
use crate::stats::Stats;

/// Reads what was asked for. Measured lengths are metrics: they differ from stage to stage of one
/// sweep.
pub(crate) fn fill(report: &mut Report<'_>, evidence: &mut Evidence) {
    let identity = &mut evidence.identity;
    identity.scenario_type = Some("fixed-length".into());
    dataset(report, identity);
    let (isl, osl) = lengths(report);
    let whole = |n: f64| (n >= 1.0 && n < f64::from(u32::MAX)).then(|| n.round() as u32);
    identity.isl = isl.and_then(whole);
    identity.osl = osl.and_then(whole);
    identity.streaming = ["api/streaming", "spec/backend/stream"].iter().find_map(|key| {
        report.native().iter().find_map(|root| report.document.truth(&format!("{root}/{key}")))
    });
    turns(report, identity);
}

/// The data set, for requests that were not made up.
fn dataset(report: &Report<'_>, identity: &mut Identity) {
    let name = match report.harness {
        Harness::InferencePerf => {
            let number =
                |key: &str| match report.native().iter().find_map(|root| {
                    report.document.get(&format!("{root}/data/shared_prefix/{key}"))
                }) {
                    Some(Scalar::Int(n)) => n.to_string(),
                    _ => "?".to_owned(),
                };
            match report.native_text(&["data/type"]) {
                // Prompts share a prefix, so that a cache finds it: another workload than random
                // prompts of the same length.
                Some("shared_prefix") => Some(format!(
                    "shared_prefix-{}x{}-{}",
                    number("num_groups"),
                    number("num_prompts_per_group"),
                    number("system_prompt_len")
                )),
                Some("random" | "synthetic" | "mock") | None => None,
                Some(other) => Some(other.to_owned()),
            }
        }
        Harness::Vllm | Harness::InferenceMax => report
            .native_text(&["dataset_name", "dataset-name"])
            .filter(|name| *name != "random")
            .map(str::to_owned),
        _ => None,
    };
    identity.dataset = name.map(|name| Dataset { name, entries: None });
}

/// The lengths that were asked for, in the harness's own configuration before the report's summary
/// of it.
fn lengths(report: &mut Report<'_>) -> (Option<f64>, Option<f64>) {
    let own = match report.harness {
        Harness::InferencePerf => inference_perf_lengths(report),
        Harness::GuideLlm => guidellm_lengths(report),
        Harness::Aiperf => (
            report.native_number(&["input/prompt/input_tokens/mean"]),
            report.native_number(&["input/prompt/output_tokens/mean"]),
        ),
        _ => (
            report.native_number(&["random_input_len", "random-input-len", "input_len"]),
            report.native_number(&["random_output_len", "random-output-len", "output_len"]),
        ),
    };
    let (isl, osl) = own;
    let isl = isl.or_else(|| standardized(report, "input_seq_len"));
    (isl, osl.or_else(|| standardized(report, "output_seq_len")))
}

/// A length of v0.2's summary. Where the source of the data is unknown, converters put in what was
/// measured.
fn standardized(report: &mut Report<'_>, key: &str) -> Option<f64> {
    if report.version != Version::V2 {
        return None;
    }
    let root = "scenario/load/standardized";
    let known = report.document.text(&format!("{root}/source")).is_some_and(|s| s != "unknown");
    let fixed =
        report.document.text(&format!("{root}/{key}/distribution")).is_some_and(|d| d == "fixed");
    let value = report.document.number(&format!("{root}/{key}/value"))?;
    ((known || fixed) && value.fract() == 0.0).then_some(value)
}

fn inference_perf_lengths(report: &mut Report<'_>) -> (Option<f64>, Option<f64>) {
    if report.native_text(&["data/type"]) == Some("shared_prefix") {
        let prefix = report.native_number(&["data/shared_prefix/system_prompt_len"]);
        let question = report.native_number(&["data/shared_prefix/question_len"]);
        let output = report.native_number(&["data/shared_prefix/output_len"]);
        return (prefix.zip(question).map(|(prefix, question)| prefix + question), output);
    }
    (
        report.native_number(&["data/input_distribution/mean"]),
        report.native_number(&["data/output_distribution/mean"]),
    )
}

/// Up to 0.6 a text, `prompt_tokens=512,output_tokens=256` or JSON; from 0.7 on a list of objects.
fn guidellm_lengths(report: &mut Report<'_>) -> (Option<f64>, Option<f64>) {
    let isl = report.native_number(&["spec/data/0/prompt_tokens"]);
    let osl = report.native_number(&["spec/data/0/output_tokens"]);
    if isl.is_some() || osl.is_some() {
        return (isl, osl);
    }
    let Some(text) = report.native_text(&["data/0", "data"]) else { return (None, None) };
    let of = |key: &str| {
        let rest = &text[text.find(key)? + key.len()..];
        let rest = rest.trim_start_matches(|c: char| !c.is_ascii_digit() && c != ',');
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        rest[..end].parse().ok()
    };
    (of("prompt_tokens"), of("output_tokens"))
}

fn turns(report: &mut Report<'_>, identity: &mut Identity) {
    let root = "scenario/load/standardized/multi_turn";
    let stated = report.document.truth(&format!("{root}/enabled")) == Some(true);
    let summary =
        if stated { report.document.number(&format!("{root}/max_turns/value")) } else { None };
    let turns = summary.or_else(|| report.native_number(&["spec/data/0/turns"]));
    identity.turns = turns.filter(|turns| *turns > 1.0);
}

/// Reads the lengths that were measured.
pub(crate) fn measured_lengths(report: &mut Report<'_>, evidence: &mut Evidence, failed: bool) {
    let (root, keys) = match report.version {
        Version::Native => ("successes".to_owned(), ["prompt_len", "output_len"]),
        Version::V1 | Version::V2 => {
            (report.measured("requests"), ["input_length", "output_length"])
        }
    };
    for (key, quantity) in keys.into_iter().zip([Quantity::Isl, Quantity::Osl]) {
        let path = format!("{root}/{key}");
        let Some(stats) = Stats::read(&mut report.document, &path) else { continue };
        if stats.is_all_zero() {
            if !failed {
                let told = "every statistic is 0: a value that the schema requires and nobody measured; left out";
                evidence.problem(Problem::warning(ProblemCode::LeftOut, path, told));
            }
            continue;
        }
        if let Some(other) = stats.units.as_deref().filter(|units| *units != "count") {
            let told =
                format!("in `{}` and not in count; left out", inferguard_source::shorten(other));
            evidence.problem(Problem::warning(ProblemCode::LeftOut, format!("{path}/units"), told));
            continue;
        }
        for (stat, value, key) in stats.values {
            let origin = Origin { artifact: 0, place: Place::Path(format!("{path}/{key}").into()) };
            evidence.metrics.set(Metric::new(stat, quantity), value, origin);
        }
    }
}
