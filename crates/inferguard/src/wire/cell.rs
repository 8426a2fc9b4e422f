//! Cells: identity, numbers with their origins, problems.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::sync::Arc;

use inferguard_analysis::guideline;
use inferguard_analysis::scenario::Scenarios;
use inferguard_analysis::timeline::{EndpointTrend, trends};
use inferguard_model::{
    self as model, CompletionStatus, FileRecord, Identity, ProblemCode, ProblemSeverity, Scalar,
    Timeline,
};
use inferguard_schema::{
    ArtifactPaths, Cell, Completion, CompletionStatus as WireStatus, Dataset, Eval, Mark, Metrics,
    Problem, Provenances, TimelineSection, TimelineTrend, Value, WireMap,
};
use inferguard_source::limits::PROBLEMS_KEPT;
use inferguard_source::secrets::{REMOVED, is_private_name};
use rustc_hash::FxHashMap;

use super::{cost, moment, workers};
use crate::Options;

pub(crate) fn convert(
    cells: Vec<model::Cell>,
    files: &[FileRecord],
    scenarios: &Scenarios,
    options: &Options<'_>,
) -> Vec<Cell> {
    let scenario_of = scenarios.of_cell(cells.len());
    let mut provenances = Provenances::default();
    cells
        .into_iter()
        .zip(scenario_of)
        .map(|(cell, scenario)| {
            let scenario = scenario.map(|at| scenarios.scenarios[at].id.clone());
            one(cell, scenario, files, options, &mut provenances)
        })
        .collect()
}

fn one(
    cell: model::Cell,
    scenario: Option<String>,
    files: &[FileRecord],
    options: &Options<'_>,
    provenances: &mut Provenances,
) -> Cell {
    let roles = Roles::of(&cell);
    let artifacts = artifacts(&cell, files);
    let cost = options.prices().and_then(|prices| cost::of_one(&cell, prices)).map(Box::new);
    let workers = workers::section(&cell).map(Box::new);
    let known = cell.evidence;
    let metrics = Arc::new(known.metrics);
    let topology = topology(&known.identity);
    let identity = known.identity;
    let count = |n: Option<u32>| n.map(u64::from);
    Cell {
        cell_id: cell.id.to_string(),
        source_format: cell.format.name().into(),
        run: Some(cell.run.0),
        scenario,
        as_written: as_written(&identity),
        topology,
        is_multinode: identity.is_multinode,
        disagg: identity.disagg,
        isl: count(identity.isl),
        osl: count(identity.osl),
        concurrency: count(identity.load.concurrency),
        request_rate: identity.load.request_rate,
        hardware: identity.hardware,
        model: identity.model,
        framework: identity.framework,
        precision: identity.precision,
        spec_decoding: identity.spec_decoding,
        scenario_type: identity.scenario_type,
        recipe_name: identity.recipe_name,
        infmax_model_prefix: identity.model_prefix,
        image: identity.image,
        offloading: identity.offloading,
        dataset: identity
            .dataset
            .map(|dataset| Dataset { name: dataset.name, entries: dataset.entries }),
        artifacts,
        completion: completion(&known.completion),
        metrics: Metrics::of_set(Arc::clone(&metrics)),
        problems: problems(known.problems, |artifact, at| roles.place(artifact, at)),
        marks: marks(&metrics, options),
        provenance: provenances.of_set(&metrics, roles.0),
        evals: known.evals.into_iter().map(eval).collect(),
        extra: extra(known.extra),
        timeline: known.timeline.as_ref().map(|samples| Box::new(timeline(samples))),
        workers,
        cost,
        findings: Vec::new(),
    }
}

fn marks(metrics: &model::MetricSet, options: &Options<'_>) -> WireMap<Mark> {
    let mut marks = WireMap::default();
    for guideline in &options.settings.guidelines {
        let value = metrics.entry(guideline.metric).map(|entry| entry.value);
        if let Some(mark) = value.and_then(|value| guideline.mark(value)) {
            let mark = match mark {
                guideline::Mark::Good => Mark::Good,
                guideline::Mark::Acceptable => Mark::Acceptable,
                guideline::Mark::Concerning => Mark::Concerning,
            };
            marks.push(guideline.metric.name(), mark);
        }
    }
    marks
}

fn as_written(identity: &Identity) -> WireMap<String> {
    let written = &identity.as_written;
    let mut map = WireMap::default();
    for (key, written, normalized) in [
        ("hardware", &written.hardware, &identity.hardware),
        ("model", &written.model, &identity.model),
        ("framework", &written.framework, &identity.framework),
        ("precision", &written.precision, &identity.precision),
    ] {
        if let Some(text) = written.as_ref().filter(|text| Some(*text) != normalized.as_ref()) {
            map.push(key, text.clone());
        }
    }
    map
}

fn topology(identity: &Identity) -> WireMap<Value> {
    let mut map = WireMap(Vec::with_capacity(8));
    let all = &identity.topology.all;
    map.push("tp", Value::from(all.tp));
    map.push("ep", Value::from(all.ep));
    map.push("dp_attention", Value::from(all.dp_attention));
    let mut optional = |key: &'static str, value: Value| {
        if value != Value::Null {
            map.push(key, value);
        }
    };
    optional("pp", all.pp.into());
    optional("dp", all.dp.into());
    optional("replicas", all.num_workers.into());
    optional("dcp_size", all.dcp.into());
    optional("pcp_size", all.pcp.into());
    for (role, keys) in
        [(&identity.topology.prefill, PREFILL_KEYS), (&identity.topology.decode, DECODE_KEYS)]
    {
        let values = [
            Value::from(role.tp),
            role.ep.into(),
            role.dp_attention.into(),
            role.num_workers.into(),
            role.pp.into(),
            role.dcp.into(),
            role.pcp.into(),
            role.num_gpu.into(),
            role.dp.into(),
        ];
        for (key, value) in keys.into_iter().zip(values) {
            optional(key, value);
        }
    }
    optional("router", identity.router.clone().into());
    optional("kv_p2p_transfer", identity.kv_transfer.clone().into());
    optional("recipe_fingerprint", identity.recipe_fingerprint.clone().into());
    optional("harness", identity.harness.clone().into());
    if let Some((prefill, decode)) = &identity.role_hardware {
        optional("prefill_hw", prefill.clone().into());
        optional("decode_hw", decode.clone().into());
    }
    map
}

/// Keys of a role's parallelism, which [`crate::baseline`] reads back.
pub(crate) const PREFILL_KEYS: [&str; 9] = [
    "prefill_tp",
    "prefill_ep",
    "prefill_dp_attention",
    "prefill_num_workers",
    "prefill_pp",
    "prefill_dcp_size",
    "prefill_pcp_size",
    "num_prefill_gpu",
    "prefill_dp",
];

/// As [`PREFILL_KEYS`].
pub(crate) const DECODE_KEYS: [&str; 9] = [
    "decode_tp",
    "decode_ep",
    "decode_dp_attention",
    "decode_num_workers",
    "decode_pp",
    "decode_dcp_size",
    "decode_pcp_size",
    "num_decode_gpu",
    "decode_dp",
];

fn artifacts(cell: &model::Cell, files: &[FileRecord]) -> WireMap<ArtifactPaths> {
    let mut map = WireMap(Vec::with_capacity(cell.artifacts.len()));
    for artifact in &cell.artifacts {
        let path = files.get(artifact.file as usize).map_or_else(String::new, |f| f.path.clone());
        let role = artifact.role.0;
        match map.0.iter_mut().find(|(held, _)| held == role) {
            None => map.push(role, ArtifactPaths::One(path)),
            Some((_, paths)) => {
                *paths = match std::mem::replace(paths, ArtifactPaths::None) {
                    ArtifactPaths::One(first) => ArtifactPaths::Many(vec![first, path]),
                    ArtifactPaths::Many(mut all) => {
                        all.push(path);
                        ArtifactPaths::Many(all)
                    }
                    ArtifactPaths::None => ArtifactPaths::One(path),
                };
            }
        }
    }
    map
}

fn completion(completion: &model::Completion) -> Completion {
    Completion {
        status: match completion.status() {
            CompletionStatus::Complete => WireStatus::Complete,
            CompletionStatus::Partial => WireStatus::Partial,
            CompletionStatus::Failed => WireStatus::Failed,
            CompletionStatus::Unknown => WireStatus::Unknown,
        },
        num_requests_total: completion.total,
        num_requests_successful: completion.successful,
        success_rate: completion.success_rate(),
        num_requests_warmup: completion.warmup,
    }
}

/// The beginning of a place in each artifact of a cell: `agg_json:/17/`.
struct Roles(Vec<String>);

impl Roles {
    fn of(cell: &model::Cell) -> Self {
        let artifacts = &cell.artifacts;
        let prefix = |(at, artifact): (usize, &model::ArtifactRef)| {
            let role = artifact.role;
            let same = |held: &&model::ArtifactRef| held.role == role;
            let mut text = role.0.to_owned();
            if artifacts.iter().filter(same).count() > 1 {
                let number = artifacts[..at].iter().filter(same).count();
                let _ = write!(text, "[{number}]");
            }
            text.push(':');
            // Columns of a CSV have names, members of a document have pointers.
            if !role.0.ends_with("_csv") {
                text.push_str(&artifact.base);
                text.push('/');
            }
            text
        };
        Self(artifacts.iter().enumerate().map(prefix).collect())
    }

    fn place(&self, artifact: u16, at: &str) -> String {
        let Some(prefix) = self.0.get(usize::from(artifact)) else { return at.to_owned() };
        if at.is_empty() {
            return prefix.trim_end_matches(['/', ':']).to_owned();
        }
        // A line is no member of a document.
        if at.starts_with("line ") {
            return format!("{}{at}", prefix.trim_end_matches('/'));
        }
        format!("{prefix}{}", at.trim_start_matches('/'))
    }
}

fn eval(score: model::EvalScore) -> Eval {
    Eval {
        task: score.task,
        metric: score.metric,
        filter: score.filter,
        value: score.value,
        stderr: score.stderr,
        n: score.n,
        higher_is_better: score.higher_is_better,
    }
}

/// Members that no reader knows, but for secrets, prompts and answers; of one that stands twice, the
/// last.
fn extra(members: Vec<(Box<str>, Scalar)>) -> WireMap<Value> {
    let value = |key: &str, scalar| match scalar {
        Scalar::Null => Value::Null,
        Scalar::Bool(b) => Value::Bool(b),
        Scalar::Int(n) => Value::Int(n),
        Scalar::Float(x) => x.into(),
        Scalar::Text(_) if is_private_name(key) => Value::Text(Cow::Borrowed(REMOVED)),
        Scalar::Text(text) => Value::Text(Cow::Owned(text.into_string())),
    };
    let mut at: FxHashMap<Box<str>, usize> = FxHashMap::default();
    let mut map = WireMap(Vec::with_capacity(members.len()));
    for (key, scalar) in members {
        let value = value(&key, scalar);
        if let Some(held) = at.get(&key) {
            map.0[*held].1 = value;
            continue;
        }
        at.insert(key.clone(), map.0.len());
        map.push(key.into_string(), value);
    }
    map
}

/// Problems of one kind and artifact that reach the report: a net below the readers, which keep
/// fewer and count the rest.
const PROBLEMS_SHOWN: usize = 2 * PROBLEMS_KEPT;

/// Problems by artifact: the first of each kind, and how many more there are.
pub(super) fn problems(
    found: Vec<(u16, model::Problem)>,
    place: impl Fn(u16, &str) -> String,
) -> Vec<Problem> {
    let few = found.len() <= PROBLEMS_SHOWN;
    let mut met: Vec<((u16, ProblemSeverity, ProblemCode), usize)> = Vec::new();
    let mut kept = Vec::with_capacity(found.len().min(2 * PROBLEMS_SHOWN));
    for (artifact, found) in found {
        if !few {
            let kind = (artifact, found.severity, found.code);
            let at = met.iter().position(|(held, _)| *held == kind).unwrap_or_else(|| {
                met.push((kind, 0));
                met.len() - 1
            });
            met[at].1 += 1;
            if met[at].1 > PROBLEMS_SHOWN {
                continue;
            }
        }
        let at = place(artifact, &found.at);
        kept.push(problem(found, at));
    }
    for ((artifact, severity, code), n) in met {
        if let Some(more @ 1..) = n.checked_sub(PROBLEMS_SHOWN) {
            let told = format!("{more} more problems of this kind");
            kept.push(problem(model::Problem::new(severity, code, "", told), place(artifact, "")));
        }
    }
    kept
}

fn problem(found: model::Problem, at: String) -> Problem {
    Problem {
        severity: found.severity.name().into(),
        code: found.code.name().into(),
        at,
        message: found.message,
    }
}

fn timeline(timeline: &Timeline) -> TimelineSection {
    let samples = &timeline.samples;
    let mut counts: std::collections::BTreeMap<&str, u64> = std::collections::BTreeMap::new();
    for finding in samples.iter().flat_map(|sample| &sample.findings) {
        *counts.entry(&finding.code).or_default() += 1;
    }
    let first_with = |critical: bool| {
        samples
            .iter()
            .find(|sample| {
                let bad = |f: &model::LiveFinding| f.severity == model::LiveSeverity::Critical;
                sample.findings.iter().any(|finding| !critical || bad(finding))
            })
            .and_then(|sample| sample.at_ns)
            .and_then(moment::of_ns)
    };
    let max = |of: fn(&model::EndpointSnapshot) -> Option<f64>| {
        samples.iter().flat_map(model::TimelineSample::endpoints).filter_map(of).reduce(f64::max)
    };
    TimelineSection {
        sample_count: samples.len() as u64,
        first_observed_at: samples.iter().find_map(|s| s.at_ns).and_then(moment::of_ns),
        last_observed_at: samples.iter().rev().find_map(|s| s.at_ns).and_then(moment::of_ns),
        finding_counts_by_code: WireMap(
            counts.into_iter().map(|(code, n)| (Cow::Owned(code.to_owned()), n)).collect(),
        ),
        first_finding_at: first_with(false),
        first_critical_finding_at: first_with(true),
        max_kv_cache_usage: max(|endpoint| endpoint.kv_cache_usage),
        max_requests_waiting: max(|endpoint| endpoint.waiting),
        trends: trends(timeline).iter().map(trend).collect(),
    }
}

fn trend(found: &EndpointTrend<'_>) -> TimelineTrend {
    let trend = &found.trend;
    TimelineTrend {
        role: found.role.to_owned(),
        endpoint: found.url.to_owned(),
        quantity: found.quantity.into(),
        unit: found.unit.into(),
        samples: trend.n as u64,
        first: trend.first,
        last: trend.last,
        max: trend.max,
        mean: trend.mean,
        change_per_minute: trend.per_minute,
        verdict: trend.direction.map(|direction| direction.name().into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_removed_and_the_last_of_equal_members_stays() {
        let text = |text: &str| Scalar::Text(text.into());
        let map = extra(vec![
            ("burstiness".into(), Scalar::Float(1.0)),
            ("HF_TOKEN".into(), text("abc")),
            ("max_tokens".into(), Scalar::Int(5)),
            ("system_prompt".into(), text("You are")),
            ("burstiness".into(), Scalar::Float(2.0)),
        ]);
        assert_eq!(map.0.len(), 4);
        assert_eq!(map.get("burstiness"), Some(&Value::Float(2.0)));
        assert_eq!(map.get("max_tokens"), Some(&Value::Int(5)));
        for private in ["HF_TOKEN", "system_prompt"] {
            assert_eq!(map.get(private), Some(&Value::Text(REMOVED.into())), "{private}");
        }
    }

    #[test]
    fn a_flood_of_problems_is_counted() {
        let one = model::Problem::note(ProblemCode::Coerced, "a", "b");
        let shown = problems(vec![(0, one); 100], |_, at| format!("role:{at}"));
        assert_eq!(shown.len(), PROBLEMS_SHOWN + 1);
        assert_eq!(shown[0].at, "role:a");
        let rest = 100 - PROBLEMS_SHOWN;
        assert_eq!(shown[PROBLEMS_SHOWN].message, format!("{rest} more problems of this kind"));
    }
}
