//! `input_config`, what the user asked for, in both shapes.
//!
//! Up to 0.8 `endpoint`, `input`, `output`, `tokenizer`, `loadgen`; from 0.9 on `models`, `endpoint`,
//! `datasets`, `phases`, `slos`, `artifacts`. Only what was set is written: defaults are not there.
//! genai-perf has the first shape, or `perf_analyzer` with its stimulus.

use inferguard_model::{Dataset, Evidence, Identity, Scalar, names};
use inferguard_source::shorten;

use inferguard_source::Document;

/// Loaders of AIPerf whose files carry the times of their requests.
const TRACES: [&str; 3] = ["mooncake_trace", "bailian_trace", "burst_gpt_trace"];

/// Fills the identity from the configuration below `root`, and keeps the objectives and what was
/// swept beside it.
pub(crate) fn fill(evidence: &mut Evidence, document: &mut Document, root: &str) {
    let mut config = Config { document, root };
    let identity = &mut evidence.identity;
    if let Some(model) =
        config.text(&["models/items/0/name", "endpoint/model_names/0", "model_names/0"])
    {
        identity.model = names::model(None, Some(&model), None);
        identity.as_written.model = Some(model);
    }
    identity.streaming = config.streaming();
    let phase = config.profiling_phase();
    config.load(identity, &mut evidence.extra, phase.as_deref());
    config.workload(identity, phase.as_deref());
    identity.scenario_type = Some(config.scenario(phase.as_deref()).to_owned());
    for objectives in ["slos", "input/goodput", "goodput"] {
        let path = config.path(objectives);
        let kept: Vec<(Box<str>, Scalar)> = config
            .document
            .below(&path)
            .map(|(tag, value)| (format!("slo/{tag}").into(), value.clone()))
            .collect();
        evidence.extra.extend(kept);
    }
    if let Some(kind) = config.text(&["endpoint/type"]) {
        evidence.extra.push(("endpoint_type".into(), Scalar::Text(kind.into())));
    }
}

/// Keeps what was varied between the runs of a sweep, and the trial.
pub(crate) fn keep_variation(evidence: &mut Evidence, document: &Document, root: &str) {
    for member in ["variation_values", "variation/values", "variables"] {
        let path = join(root, member);
        for (name, value) in document.below(&path) {
            evidence.extra.push((format!("variation/{name}").into(), value.clone()));
        }
    }
    for (member, key) in [("trial", "trial"), ("run_label", "run_label"), ("label", "run_label")] {
        if let Some(value) = document.get(&join(root, member))
            && !evidence.extra.iter().any(|(held, _)| &**held == key)
        {
            let value = match value {
                Scalar::Text(text) => Scalar::Text(shorten(text).into()),
                other => other.clone(),
            };
            evidence.extra.push((key.into(), value));
        }
    }
}

fn join(root: &str, path: &str) -> String {
    if root.is_empty() { path.to_owned() } else { format!("{root}/{path}") }
}

struct Config<'d> {
    document: &'d mut Document,
    root: &'d str,
}

impl Config<'_> {
    fn path(&self, path: &str) -> String {
        join(self.root, path)
    }

    fn text(&self, paths: &[&str]) -> Option<String> {
        paths.iter().find_map(|path| self.document.text(&self.path(path)).map(str::to_owned))
    }

    fn number(&mut self, paths: &[&str]) -> Option<f64> {
        paths.iter().find_map(|path| {
            let path = self.path(path);
            self.document.number(&path)
        })
    }

    fn length(&mut self, paths: &[&str]) -> Option<u32> {
        let length = self.number(paths)?;
        (length >= 1.0 && length < f64::from(u32::MAX)).then(|| length.round() as u32)
    }

    /// Without the key a request is not streamed: that is the default of all versions.
    fn streaming(&self) -> Option<bool> {
        let known = self.document.has_below(&self.path("endpoint"));
        self.document.truth(&self.path("endpoint/streaming")).or(known.then_some(false))
    }

    /// Path of the only measured phase of the second shape.
    fn profiling_phase(&self) -> Option<String> {
        let phases = self.path("phases");
        let all = (0..self.document.elements(&phases)).map(|n| format!("{phases}/{n}"));
        let is_warmup = |phase: &String| {
            ["kind", "name"]
                .iter()
                .any(|key| self.document.text(&format!("{phase}/{key}")) == Some("warmup"))
        };
        let mut measured = all.filter(|phase| !is_warmup(phase));
        let first = measured.next();
        if measured.next().is_some() { None } else { first }
    }

    fn load(
        &mut self,
        identity: &mut Identity,
        extra: &mut Vec<(Box<str>, Scalar)>,
        phase: Option<&str>,
    ) {
        let of_phase = |key: &str| phase.map(|phase| format!("{phase}/{key}"));
        let mut first = |old: &str, new: &[&str]| {
            let old = [self.path(old)];
            let new = new.iter().filter_map(|key| of_phase(key));
            old.into_iter().chain(new).find_map(|path| self.document.number(&path))
        };
        let cap = first("loadgen/concurrency", &["concurrency"])
            .or_else(|| first("perf_analyzer/stimulus/concurrency", &[]));
        let rate = first("loadgen/request_rate", &["rate", "request_rate"])
            .or_else(|| first("perf_analyzer/stimulus/request_rate", &[]));
        let cancelled = first("loadgen/request_cancellation_rate", &["cancellation/rate"])
            .or_else(|| first("input/request_cancellation/rate", &[]));
        identity.cancellation =
            cancelled.filter(|percent| *percent > 0.0).map(|percent| percent / 100.0);
        let whole = |n: f64| (n >= 1.0 && n < f64::from(u32::MAX)).then_some(n as u32);
        let rate = rate.filter(|rate| *rate > 0.0);
        identity.load.request_rate = rate;
        match (rate, cap.and_then(whole)) {
            // A rate is the load; a concurrency beside it only bounds what is in flight.
            (Some(_), Some(cap)) => {
                extra.push(("max_concurrency".into(), Scalar::Int(i64::from(cap))));
            }
            (_, cap) => identity.load.concurrency = cap,
        }
    }

    fn workload(&mut self, identity: &mut Identity, _phase: Option<&str>) {
        identity.isl = self.length(&[
            "datasets/0/prompts/isl/mean",
            "input/prompt/input_tokens/mean",
            "input/synthetic_tokens/mean",
        ]);
        identity.osl = self.length(&[
            "datasets/0/prompts/osl/mean",
            "input/prompt/output_tokens/mean",
            "input/output_tokens/mean",
        ]);
        let turns = self.number(&["datasets/0/turns/mean", "input/conversation/turn/mean"]);
        identity.turns = turns.filter(|turns| *turns > 1.0);
        let name = self
            .text(&["datasets/0/path", "input/file"])
            .map(|path| path.rsplit(['/', '\\']).next().unwrap_or(&path).to_owned());
        let name = name.or_else(|| {
            self.text(&["input/public_dataset", "datasets/0/public_dataset", "datasets/0/dataset"])
        });
        let entries = self
            .number(&["datasets/0/entries", "input/conversation/num_dataset_entries"])
            .filter(|n| *n >= 1.0)
            .map(|n| n as u64);
        identity.dataset = name.map(|name| Dataset { name, entries });
    }

    fn scenario(&mut self, phase: Option<&str>) -> &'static str {
        let scheduled = phase
            .and_then(|phase| self.document.text(&format!("{phase}/type")))
            .is_some_and(|kind| kind == "fixed_schedule")
            || self.document.truth(&self.path("input/fixed_schedule")) == Some(true);
        let loader = self.text(&[
            "input/custom_dataset_type",
            "datasets/0/format",
            "datasets/0/custom_dataset_type",
        ]);
        if self.text(&["scenario"]).is_some_and(|name| is_agentic(&name)) {
            "agentic-coding"
        } else if scheduled || loader.is_some_and(|name| TRACES.contains(&name.as_str())) {
            "trace"
        } else {
            "fixed-length"
        }
    }
}

/// Whether a scenario of AIPerf replays agents, as `inferencex-agentx-mvp` does.
pub(crate) fn is_agentic(scenario: &str) -> bool {
    let name = scenario.to_ascii_lowercase();
    name.contains("agentx") || name.contains("agentic")
}
