//! Identity keys of every generation, and what the file name fills in.

use inferguard_model::names;
use inferguard_model::{
    Completion, Dataset, Evidence, Identity, Problem, ProblemCode, RoleTopology,
};
use inferguard_source::coerce;
use inferguard_source::json::JsonScalar;

use super::Names;
use crate::name::{NameFacts, offloading};

/// Members that say what a row is, as written.
#[derive(Debug, Default)]
pub(super) struct RawIdentity {
    /// Pointer of the object within its file.
    pub(super) base: String,
    pub(super) cell_id: Option<String>,
    has_hw: bool,
    has_model: bool,
    pub(super) scenario_type: Option<String>,
    pub(super) mtp: Option<bool>,
    /// Concurrency under the key of the first agentic rows.
    pub(super) users: bool,
    kv_offloading: Option<String>,
    kv_offload_backend: Option<String>,
    dataset: Option<String>,
    dataset_entries: Option<u64>,
    dataset_name: Option<String>,
    router: [Option<String>; 2],
    role_hardware: [Option<String>; 2],
    pub(super) num_prompts: Option<u64>,
    pub(super) completed: Option<u64>,
    pub(super) failed: Option<u64>,
    pub(super) requests_total: Option<u64>,
    pub(super) requests_successful: Option<u64>,
    pub(super) accounting: Accounting,
    pub(super) window: [Option<i64>; 2],
    pub(super) backend: Option<String>,
    random_lengths: [Option<u32>; 2],
    pub(super) num_gpus: Option<u32>,
}

/// `request_accounting` of the nested agentic rows.
#[derive(Debug, Default)]
pub(super) struct Accounting {
    pub(super) profiled: Option<u64>,
    pub(super) dropped: Option<u64>,
    pub(super) warmup: Option<u64>,
    pub(super) errors: Option<u64>,
}

impl RawIdentity {
    /// A processed row says its hardware, which no raw result does.
    pub(super) fn is_row(&self) -> bool {
        self.has_hw
    }

    /// A raw result says how many requests it completed, or which client ran against which model.
    pub(super) fn is_raw(&self) -> bool {
        self.completed.is_some() || (self.has_model && self.backend.is_some())
    }

    pub(super) fn is_agentic(&self, identity: &Identity) -> bool {
        self.scenario_type.as_deref() == Some("agentic-coding")
            || self.users
            || (identity.isl.is_none() && self.requests_total.is_some() && self.has_hw)
    }

    /// Takes a scalar member; false when the key is none of identity.
    pub(super) fn member(
        &mut self,
        key: &str,
        value: JsonScalar<'_>,
        identity: &mut Identity,
        problems: &mut Vec<Problem>,
    ) -> bool {
        let text = || coerce::text(value);
        let topology = &mut identity.topology;
        match key {
            "hw" | "hardware" => {
                self.has_hw = true;
                identity.as_written.hardware = text();
            }
            "model" | "model_id" => {
                self.has_model = true;
                identity.as_written.model = text().or(identity.as_written.model.take());
            }
            "infmax_model_prefix" | "model_prefix" => identity.model_prefix = text(),
            "framework" => identity.as_written.framework = text(),
            "precision" => identity.as_written.precision = text(),
            "spec_decoding" => identity.spec_decoding = text(),
            "mtp" => self.mtp = coerce::boolean(value, key, problems),
            "image" => identity.image = text().map(|image| names::image(&image)),
            "recipe_name" | "recipe" => identity.recipe_name = text(),
            "recipe_fingerprint" => identity.recipe_fingerprint = text(),
            "cell_id" => self.cell_id = text(),
            "scenario_type" => self.scenario_type = text(),
            "disagg" => identity.disagg = coerce::boolean(value, key, problems),
            "is_multinode" => identity.is_multinode = coerce::boolean(value, key, problems),
            "isl" => identity.isl = length(value, key, problems),
            "osl" => identity.osl = length(value, key, problems),
            "conc" | "max_concurrency" => {
                identity.load.concurrency = level(value, key, problems);
            }
            "users" => {
                self.users = true;
                identity.load.concurrency = level(value, key, problems);
            }
            "request_rate" => identity.load.request_rate = rate(value, key, problems),
            "offloading" | "offload_mode" => {
                identity.offloading = text().as_deref().and_then(offloading);
            }
            "kv_offloading" => self.kv_offloading = text(),
            "kv_offload_backend" => self.kv_offload_backend = text(),
            "kv_p2p_transfer" => identity.kv_transfer = text(),
            "router" => self.router[0] = text(),
            "prefill_hw" => self.role_hardware[0] = text(),
            "decode_hw" => self.role_hardware[1] = text(),
            "backend" => self.backend = text(),
            "dataset_name" => self.dataset_name = text(),
            "random_input_len" => {
                self.random_lengths[0] = coerce::small_count(value, key, problems);
            }
            "random_output_len" => {
                self.random_lengths[1] = coerce::small_count(value, key, problems);
            }
            "num_prompts" => self.num_prompts = coerce::count(value, key, problems),
            "completed" | "successful_requests" => {
                self.completed = coerce::count(value, key, problems);
            }
            "failed" => self.failed = coerce::count(value, key, problems),
            "num_requests_total" => self.requests_total = coerce::count(value, key, problems),
            "num_requests_successful" => {
                self.requests_successful = coerce::count(value, key, problems);
            }
            "benchmark_start_time_unix" => self.window[0] = epoch(value, key, problems),
            "benchmark_end_time_unix" => self.window[1] = epoch(value, key, problems),
            "num_prefill_gpu" => {
                topology.prefill.num_gpu = coerce::small_count(value, key, problems);
            }
            "num_decode_gpu" => {
                topology.decode.num_gpu = coerce::small_count(value, key, problems);
            }
            "num_gpus" | "num_gpu" => self.num_gpus = coerce::small_count(value, key, problems),
            // Who wrote it and how, without meaning for the comparison of cells.
            "tokenizer_id" | "best_of" | "date" | "endpoint_type" | "label" | "hf_split" => {}
            _ => {
                let (role, part) = if let Some(part) = key.strip_prefix("prefill_") {
                    (&mut topology.prefill, part)
                } else if let Some(part) = key.strip_prefix("decode_") {
                    (&mut topology.decode, part)
                } else {
                    (&mut topology.all, key)
                };
                return parallelism(role, part, key, value, problems);
            }
        }
        true
    }

    /// Takes a scalar of a nested object.
    pub(super) fn nested_member(
        &mut self,
        path: &str,
        value: JsonScalar<'_>,
        identity: &mut Identity,
        problems: &mut Vec<Problem>,
    ) -> bool {
        let text = || coerce::text(value);
        match path {
            "kv_offload_backend/name" => self.kv_offload_backend = text(),
            "router/name" => self.router[0] = text(),
            "router/version" => self.router[1] = text(),
            "dataset/hf_dataset_name" => self.dataset = text().or(self.dataset.take()),
            "dataset/loader" => self.dataset = self.dataset.take().or_else(text),
            "dataset/num_dataset_entries" => {
                self.dataset_entries = coerce::count(value, path, problems);
            }
            "request_accounting/records_profiled" => {
                self.accounting.profiled = coerce::count(value, path, problems);
            }
            "request_accounting/records_dropped_total" => {
                self.accounting.dropped = coerce::count(value, path, problems);
            }
            "request_accounting/records_warmup_dropped" => {
                self.accounting.warmup = coerce::count(value, path, problems);
            }
            "request_accounting/records_error_dropped" => {
                self.accounting.errors = coerce::count(value, path, problems);
            }
            "gpu/n_gpus" => self.num_gpus = coerce::small_count(value, path, problems),
            "metrics/successful_requests" => {
                self.completed = coerce::count(value, path, problems);
            }
            // The server's own arguments hold host names and keys: only the model is taken.
            "server_info/model_path" if identity.as_written.model.is_none() => {
                self.has_model = true;
                identity.as_written.model = text();
            }
            _ => return false,
        }
        true
    }
}

fn parallelism(
    role: &mut RoleTopology,
    part: &str,
    key: &str,
    value: JsonScalar<'_>,
    problems: &mut Vec<Problem>,
) -> bool {
    let field = match part {
        "tp" => &mut role.tp,
        "ep" => &mut role.ep,
        "pp" => &mut role.pp,
        "dcp_size" => &mut role.dcp,
        "pcp_size" => &mut role.pcp,
        "num_workers" => &mut role.num_workers,
        "dp_attention" => {
            // Eval rows of two roles say both in one text.
            role.dp_attention = match value {
                JsonScalar::Str(text) if text.contains('=') => Some(text.contains("true")),
                _ => coerce::boolean(value, key, problems),
            };
            return true;
        }
        _ => return false,
    };
    *field = coerce::small_count(value, key, problems);
    true
}

/// A nominal length; evals write it as a string, which is their way and no problem.
fn length(value: JsonScalar<'_>, key: &str, problems: &mut Vec<Problem>) -> Option<u32> {
    if let JsonScalar::Str(text) = value
        && let Ok(n) = text.trim().parse()
    {
        return Some(n);
    }
    coerce::small_count(value, key, problems).filter(|n| *n > 0)
}

fn level(value: JsonScalar<'_>, key: &str, problems: &mut Vec<Problem>) -> Option<u32> {
    if let JsonScalar::Str(text) = value
        && let Ok(n) = text.trim().parse()
    {
        return Some(n);
    }
    coerce::small_count(value, key, problems).filter(|n| *n > 0)
}

/// A requested rate; `"inf"`, `"trace"` and the literal `Infinity` mean that it is not limited.
fn rate(value: JsonScalar<'_>, key: &str, problems: &mut Vec<Problem>) -> Option<f64> {
    match value {
        JsonScalar::Str("inf" | "Infinity" | "Inf" | "trace") => None,
        _ => coerce::number(value, key, problems).filter(|rate| *rate > 0.0),
    }
}

fn epoch(value: JsonScalar<'_>, key: &str, problems: &mut Vec<Problem>) -> Option<i64> {
    coerce::number(value, key, problems).and_then(coerce::epoch_ns)
}

/// Normalizes names and fills what the object does not say from the names around it.
pub(super) fn settle(raw: &mut RawIdentity, evidence: &mut Evidence, names: &Names) {
    let identity = &mut evidence.identity;
    let mut filled: Vec<&'static str> = Vec::new();
    let stated = identity.load.concurrency;
    let conflict = stated.zip(names.file.concurrency).filter(|(stated, named)| stated != named);
    for facts in [&names.file, &names.folder] {
        fill(identity, facts, raw, &mut filled);
    }
    if identity.isl.is_none() && !raw.is_agentic(identity) {
        [identity.isl, identity.osl] = raw.random_lengths;
    }
    let written = &identity.as_written;
    identity.hardware =
        written.hardware.as_deref().map(names::hardware).or(identity.hardware.take());
    identity.framework =
        written.framework.as_deref().map(names::framework).or(identity.framework.take());
    identity.precision =
        written.precision.as_deref().map(names::precision).or(identity.precision.take());
    let prefix = names.file.model_prefix.as_deref().or(names.folder.model_prefix.as_deref());
    identity.model =
        names::model(identity.model_prefix.as_deref(), written.model.as_deref(), prefix);
    if written.framework.as_deref().is_some_and(names::framework_is_disaggregated) {
        identity.disagg = Some(true);
    }
    if let Some(on) = raw.mtp {
        identity.spec_decoding.get_or_insert_with(|| if on { "mtp".into() } else { "none".into() });
    }
    if identity.offloading.is_none() {
        let backend = raw.kv_offload_backend.take();
        identity.offloading = raw.kv_offloading.take().and_then(|medium| {
            let medium = offloading(&medium)?;
            Some(match backend {
                Some(backend) if medium != "none" => format!("{medium}-{backend}"),
                _ => medium,
            })
        });
    }
    if let [Some(name), version] = &raw.router {
        identity.router = Some(match version {
            Some(version) => format!("{name} {version}"),
            None => name.clone(),
        });
    }
    if let [Some(prefill), Some(decode)] = &raw.role_hardware {
        identity.role_hardware = Some((prefill.clone(), decode.clone()));
    }
    let dataset = raw.dataset.take().or(raw.dataset_name.take().filter(|name| name != "random"));
    identity.dataset = dataset.map(|name| Dataset { name, entries: raw.dataset_entries });
    if let [Some(start), Some(end)] = raw.window
        && start <= end
    {
        evidence.window_ns = Some((start, end));
    }
    if identity.recipe_name.is_none() {
        identity.recipe_name.clone_from(&names.recipe);
    }
    if let Some((stated, named)) = conflict {
        // A client once ran every level with a fixed concurrency that its file names did not show.
        let told = format!("the file name says concurrency {named}, the result {stated}");
        evidence.problem(Problem::warning(ProblemCode::Conflict, "", told));
    }
    if !filled.is_empty() {
        let told = format!("taken from the file or folder name: {}", filled.join(", "));
        evidence.problem(Problem::note(ProblemCode::FromName, "", told));
    }
}

/// Fills what is not known; a concurrency that contradicts the name is told.
fn fill(
    identity: &mut Identity,
    facts: &NameFacts,
    raw: &RawIdentity,
    filled: &mut Vec<&'static str>,
) {
    fn take<T: Clone>(
        name: &'static str,
        field: &mut Option<T>,
        fact: Option<&T>,
        filled: &mut Vec<&'static str>,
    ) {
        if field.is_none()
            && let Some(fact) = fact
        {
            *field = Some(fact.clone());
            filled.push(name);
        }
    }
    let written = &identity.as_written;
    if !raw.is_agentic(identity) {
        let (isl, osl) = facts.lengths.unzip();
        take("isl", &mut identity.isl, isl.as_ref(), filled);
        take("osl", &mut identity.osl, osl.as_ref(), filled);
    }
    if written.hardware.is_none() {
        take(
            "hardware",
            &mut identity.hardware,
            facts.hardware.map(str::to_owned).as_ref(),
            filled,
        );
    }
    if written.framework.is_none() {
        let framework = facts.framework.as_deref().map(names::framework);
        take("framework", &mut identity.framework, framework.as_ref(), filled);
    }
    if written.precision.is_none() {
        take("precision", &mut identity.precision, facts.precision.as_ref(), filled);
    }
    if raw.mtp.is_none() {
        take("spec_decoding", &mut identity.spec_decoding, facts.spec_decoding.as_ref(), filled);
    }
    take("disagg", &mut identity.disagg, facts.disagg.as_ref(), filled);
    take("concurrency", &mut identity.load.concurrency, facts.concurrency.as_ref(), filled);
    if raw.kv_offloading.is_none() {
        take("offloading", &mut identity.offloading, facts.offloading.as_ref(), filled);
    }
    let fingerprint = facts.recipe_fingerprint.as_ref();
    take("recipe_fingerprint", &mut identity.recipe_fingerprint, fingerprint, filled);
    let topology = &mut identity.topology;
    // `dp_attention` and `ep` of a row that states its TP are not filled: absent there is unknown.
    if topology.all.tp.is_none() && topology.prefill.tp.is_none() && facts.all.tp.is_some() {
        topology.all = facts.all;
        filled.push("parallelism");
    }
    let has_roles = facts.prefill != RoleTopology::default();
    if topology.prefill == RoleTopology::default() && topology.all.tp.is_none() && has_roles {
        (topology.prefill, topology.decode) = (facts.prefill, facts.decode);
        filled.push("prefill and decode parallelism");
    }
}

/// Counts of raw results: what was not completed failed.
pub(super) fn raw_completion(raw: &RawIdentity) -> Completion {
    let total = raw.num_prompts.or_else(|| Some(raw.completed? + raw.failed?));
    Completion { total, successful: raw.completed, warmup: None }
}
