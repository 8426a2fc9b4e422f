//! The load that was asked for. There is no common field in v0.1, so that each harness has its way;
//! what is not stated is not known, and never 1.
//!
//! In concurrency mode inference-perf writes a rate too, the number of its requests; where both are
//! stated the concurrency is the load.

use inferguard_model::{Evidence, Load, Problem, ProblemCode, Scalar};
use inferguard_source::coerce;
use inferguard_source::json::JsonScalar;

use crate::harness::Harness;
use crate::report::{Report, Version};

/// How far the sent rate may be from that of the stated stage, and has to be near that of another
/// one to be taken for it.
const STAGE_OFF: f64 = 0.25;
const STAGE_NEAR: f64 = 0.05;

/// Reads the load.
pub(crate) fn fill(report: &mut Report<'_>, evidence: &mut Evidence) {
    let stage = stage(report);
    let load = match report.version {
        Version::Native => native(report, evidence),
        Version::V2 => standardized(report, stage, evidence),
        Version::V1 => of_harness(report, stage, evidence),
    };
    if let Some(stage) = stage {
        evidence.extra.push(("stage".into(), Scalar::Int(i64::from(stage))));
    }
    evidence.identity.load = load;
}

/// The number of the stage: stated, else that of the file's name; a file of guidellm without a
/// number is of the first.
fn stage(report: &mut Report<'_>) -> Option<u32> {
    let paths = ["scenario/load/metadata/stage", "scenario/load/standardized/stage"];
    let stated = paths.iter().find_map(|path| report.document.count(path));
    let name = report.name();
    let named = name.and_then(|name| name.stage().or(name.index));
    let first = (report.harness == Harness::GuideLlm).then_some(0);
    stated.and_then(|n| u32::try_from(n).ok()).or(named).or(first)
}

/// A positive number at a path; what is unlimited (`inf`) is no rate.
fn number(report: &mut Report<'_>, path: &str) -> Option<f64> {
    let is_unlimited = match report.document.get(path)? {
        Scalar::Text(text) => coerce::parse_number(text.as_bytes()).is_some_and(f64::is_infinite),
        Scalar::Float(x) => x.is_infinite(),
        _ => false,
    };
    if is_unlimited {
        return None;
    }
    report.document.number(path).filter(|x| *x > 0.0)
}

fn concurrency(value: Option<f64>, path: &str, evidence: &mut Evidence) -> Option<u32> {
    let mut problems = Vec::new();
    let users = coerce::small_count(JsonScalar::Float(value?), path, &mut problems);
    for problem in problems {
        evidence.problem(problem);
    }
    users
}

fn standardized(report: &mut Report<'_>, stage: Option<u32>, evidence: &mut Evidence) -> Load {
    let path = "scenario/load/standardized/concurrency";
    let stated = number(report, path);
    let users = concurrency(stated, path, evidence);
    let rate = number(report, "scenario/load/standardized/rate_qps");
    let load = Load { concurrency: users, request_rate: rate };
    if load == Load::default() {
        // What the summary lacks may stand in the harness's own configuration.
        return of_harness(report, stage, evidence);
    }
    if report.harness == Harness::InferencePerf && users.is_some() && rate.is_some() {
        let told = "a placeholder beside the concurrency, which is the load; left out";
        let at = "scenario/load/standardized/rate_qps";
        evidence.problem(Problem::note(ProblemCode::LeftOut, at, told));
        return Load { request_rate: None, ..load };
    }
    load
}

/// What inference-perf itself says of a stage; 0 users are a stage by rate.
fn native(report: &mut Report<'_>, evidence: &mut Evidence) -> Load {
    let path = "load_summary/concurrency";
    let stated = number(report, path);
    if let Some(users) = concurrency(stated, path, evidence) {
        return Load { concurrency: Some(users), request_rate: None };
    }
    Load { concurrency: None, request_rate: number(report, "load_summary/requested_rate") }
}

fn of_harness(report: &mut Report<'_>, stage: Option<u32>, evidence: &mut Evidence) -> Load {
    let root = report.native()[0];
    match report.harness {
        Harness::InferencePerf => {
            stage.map_or_else(Load::default, |stage| inference_perf(report, root, stage, evidence))
        }
        Harness::GuideLlm => guidellm(report, root, stage, evidence),
        Harness::Aiperf => {
            let at = format!("{root}/loadgen/concurrency");
            let users = number(report, &at);
            let rate = number(report, &format!("{root}/loadgen/request_rate"));
            Load { concurrency: concurrency(users, &at, evidence), request_rate: rate }
        }
        _ => {
            let at = format!("{root}/max_concurrency");
            let users = number(report, &at);
            let rate = number(report, &format!("{root}/request_rate"));
            Load { concurrency: concurrency(users, &at, evidence), request_rate: rate }
        }
    }
}

/// The stages of all levels stand in each report.
fn inference_perf(
    report: &mut Report<'_>,
    root: &str,
    stated: u32,
    evidence: &mut Evidence,
) -> Load {
    let stages = format!("{root}/load/stages");
    let at = format!("{stages}/{stated}/concurrency_level");
    let users = number(report, &at);
    if let Some(users) = concurrency(users, &at, evidence) {
        return Load { concurrency: Some(users), request_rate: None };
    }
    let rate = number(report, &format!("{stages}/{stated}/rate"));
    let Some(rate) = rate else { return Load::default() };
    let stage = measured_stage(report, &stages, stated, rate);
    let Some((other, measured)) = stage else {
        return Load { concurrency: None, request_rate: Some(rate) };
    };
    let told = format!(
        "stage {stated} asks for {rate} requests/s, and the requests were sent as stage {other} asks, at {measured}/s; that is taken for the load"
    );
    let at = "scenario/load/metadata/stage";
    evidence.problem(Problem::warning(ProblemCode::Corrected, at, told));
    Load { concurrency: None, request_rate: Some(measured) }
}

/// The only other stage whose rate and number of requests are those that were sent, where the
/// stated one is not. Published reports have a stage that is not theirs.
fn measured_stage(
    report: &mut Report<'_>,
    stages: &str,
    stated: u32,
    rate: f64,
) -> Option<(usize, f64)> {
    let seconds = report.document.number("metrics/time/duration").filter(|s| *s > 0.0)?;
    let total = report.document.number(&format!("{}/total", report.measured("requests")))?;
    let sent = total / seconds;
    if (sent / rate - 1.0).abs() <= STAGE_OFF {
        return None;
    }
    let near = |a: f64, b: f64| (a / b - 1.0).abs() <= STAGE_NEAR;
    let mut fitting = Vec::new();
    for n in 0..report.document.elements(stages) {
        let rate = number(report, &format!("{stages}/{n}/rate"));
        let length = number(report, &format!("{stages}/{n}/duration"));
        if let Some((rate, length)) = rate.zip(length)
            && n != stated as usize
            && near(sent, rate)
            && near(total, rate * length)
        {
            fitting.push((n, rate));
        }
    }
    match fitting[..] {
        [only] => Some(only),
        _ => None,
    }
}

/// Three shapes of a profile: a nested object up to 0.3, a text beside a list of rates in 0.4 to
/// 0.6, `spec.profile` from 0.7 on.
fn guidellm(
    report: &mut Report<'_>,
    root: &str,
    stage: Option<u32>,
    evidence: &mut Evidence,
) -> Load {
    let stage = stage.unwrap_or(0);
    let nested = format!("{root}/profile/measured_concurrencies/{stage}");
    if let Some(held) = number(report, &nested) {
        // A mean over the run, so not whole.
        return Load { concurrency: whole_concurrency(held), request_rate: None };
    }
    let as_text = report.document.text(&format!("{root}/profile"));
    let spec = if as_text.is_some() { root.to_owned() } else { format!("{root}/spec/profile") };
    let kind = as_text.or_else(|| report.document.text(&format!("{spec}/kind")));
    let kind = kind.unwrap_or_default().to_owned();
    let mut first = |keys: &[&str]| {
        keys.iter().find_map(|key| {
            let at = format!("{spec}/{key}");
            number(report, &format!("{at}/{stage}")).or_else(|| number(report, &at))
        })
    };
    match kind.as_str() {
        "synchronous" => Load { concurrency: Some(1), request_rate: None },
        "concurrent" | "throughput" => {
            let users = first(&["streams", "max_concurrency", "rate"]);
            Load { concurrency: concurrency(users, &spec, evidence), request_rate: None }
        }
        "async" | "constant" | "poisson" => {
            Load { concurrency: None, request_rate: first(&["rate"]) }
        }
        _ => Load::default(),
    }
}

fn whole_concurrency(held: f64) -> Option<u32> {
    (held >= 0.5 && held < f64::from(u32::MAX)).then(|| held.round() as u32)
}
