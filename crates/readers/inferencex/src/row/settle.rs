//! Normalizes what an object states and fills what it does not from the names around it.

use inferguard_model::{Completion, Dataset, Evidence, Identity, Problem, ProblemCode};
use inferguard_model::{RoleTopology, Topology, names};

use super::identity::RawIdentity;
use crate::file_names::FileNames;
use crate::name::{NameFacts, offloading};

/// Normalizes names and fills what the object does not say from the names around it.
pub(super) fn settle(raw: &mut RawIdentity, evidence: &mut Evidence, names: &FileNames<'_>) {
    let identity = &mut evidence.identity;
    random_lengths(raw, identity);
    let stated = identity.load.concurrency;
    let conflict = stated.zip(names.concurrency).filter(|(stated, named)| stated != named);
    let mut filled: Vec<&'static str> = Vec::new();
    if leaves_something(identity, raw) {
        fill(identity, names.file(), raw, &mut filled);
        fill(identity, names.folder(), raw, &mut filled);
    }
    if identity.recipe_fingerprint.is_none() && names.stem_has("_recipe-") {
        let named = names.file().recipe_fingerprint.as_ref();
        take("recipe_fingerprint", &mut identity.recipe_fingerprint, named, &mut filled);
    }
    spellings(identity, names);
    if let Some(on) = raw.mtp {
        identity.spec_decoding.get_or_insert_with(|| if on { "mtp".into() } else { "none".into() });
    }
    if identity.offloading.is_none() {
        identity.offloading = offload(raw);
    }
    parts(raw, identity);
    if let [Some(start), Some(end)] = raw.window
        && start <= end
    {
        evidence.window_ns = Some((start, end));
    }
    if identity.recipe_name.is_none() {
        identity.recipe_name = names.recipe.map(str::to_owned);
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

/// Rows without speculative decoding say nothing of it, or an empty text.
pub(super) fn no_speculation(raw: &RawIdentity, identity: &mut Identity) {
    if !raw.is_reduced {
        identity.spec_decoding.get_or_insert_with(|| "none".into());
    }
}

/// Evaluations of deployments with roles repeat `tp`, `ep` and `dp_attention` of one role, or
/// defaults; the rows that they belong to have none.
pub(super) fn roles_only(identity: &mut Identity) {
    if identity.is_multinode == Some(true) && has_role(&identity.topology) {
        identity.topology.all = RoleTopology::default();
    }
}

/// Whether a name could add anything: rows since 2025-12 say all themselves.
fn leaves_something(identity: &Identity, raw: &RawIdentity) -> bool {
    let written = &identity.as_written;
    let agentic = raw.is_agentic(identity);
    let offloading = identity.offloading.is_some() || raw.kv_offloading.is_some();
    written.hardware.is_none()
        || written.framework.is_none()
        || written.precision.is_none()
        || identity.disagg.is_none()
        || identity.load.concurrency.is_none()
        || (identity.spec_decoding.is_none() && raw.mtp.is_none())
        || (identity.topology.all.tp.is_none() && !has_role(&identity.topology))
        || if agentic { !offloading } else { identity.isl.is_none() || identity.osl.is_none() }
}

/// Fills what is not known; a concurrency that contradicts the name is told elsewhere.
fn fill(
    identity: &mut Identity,
    facts: &NameFacts,
    raw: &RawIdentity,
    filled: &mut Vec<&'static str>,
) {
    let written = &identity.as_written;
    if !raw.is_agentic(identity) {
        let (isl, osl) = facts.lengths.unzip();
        take("isl", &mut identity.isl, isl.as_ref(), filled);
        take("osl", &mut identity.osl, osl.as_ref(), filled);
    }
    if written.hardware.is_none() {
        let hardware = facts.hardware.map(str::to_owned);
        take("hardware", &mut identity.hardware, hardware.as_ref(), filled);
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
    let topology = &mut identity.topology;
    // `dp_attention` and `ep` of a row that states its TP are not filled: absent there is unknown.
    if topology.all.tp.is_none() && !has_role(topology) && facts.all.tp.is_some() {
        topology.all = facts.all;
        filled.push("parallelism");
    }
    let split = facts.prefill.num_gpu.zip(facts.decode.num_gpu);
    let gpus = split.and_then(|(prefill, decode)| prefill.checked_add(decode));
    // Old disaggregated rows hold the total in `tp`, and dummies beside it.
    let is_total = gpus.is_some() && topology.all.tp == gpus;
    let names_roles = facts.prefill != RoleTopology::default();
    if !has_role(topology) && names_roles && (topology.all.tp.is_none() || is_total) {
        (topology.prefill, topology.decode) = (facts.prefill, facts.decode);
        topology.all = RoleTopology::default();
        filled.push("prefill and decode parallelism");
    }
}

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

fn has_role(topology: &Topology) -> bool {
    topology.prefill.tp.is_some() || topology.prefill.num_gpu.is_some()
}

/// Canonical spellings of what is written.
fn spellings(identity: &mut Identity, names: &FileNames<'_>) {
    let written = &identity.as_written;
    identity.hardware =
        written.hardware.as_deref().map(names::hardware).or(identity.hardware.take());
    identity.framework =
        written.framework.as_deref().map(names::framework).or(identity.framework.take());
    identity.precision =
        written.precision.as_deref().map(names::precision).or(identity.precision.take());
    let (stated, id) = (identity.model_prefix.as_deref(), written.model.as_deref());
    // The name of the file is asked last, and not even read for models that are known.
    identity.model = if stated.is_some() || id.is_some_and(|id| names::model_of_id(id).is_some()) {
        names::model(stated, id, None)
    } else {
        let of_folder = || names.folder().model_prefix.as_deref();
        names::model(None, id, names.file().model_prefix.as_deref().or_else(of_folder))
    };
    if written.framework.as_deref().is_some_and(names::framework_is_disaggregated) {
        identity.disagg = Some(true);
    }
}

/// `kv_offloading` names the medium and `kv_offload_backend` who uses it.
fn offload(raw: &mut RawIdentity) -> Option<String> {
    let medium = offloading(&raw.kv_offloading.take()?)?;
    Some(match raw.kv_offload_backend.take() {
        Some(backend) if medium != "none" => format!("{medium}-{backend}"),
        _ => medium,
    })
}

/// What several members say together.
fn parts(raw: &mut RawIdentity, identity: &mut Identity) {
    if let [Some(name), version] = &raw.router {
        identity.router = Some(match version {
            Some(version) => format!("{name} {version}"),
            None => name.clone(),
        });
    }
    if let [Some(prefill), Some(decode)] = &raw.role_hardware {
        identity.role_hardware = Some((prefill.clone(), decode.clone()));
    }
    let drawn = raw.dataset_name.take().filter(|name| !name.starts_with("random"));
    let dataset = raw.dataset.take().or(drawn);
    identity.dataset = dataset.map(|name| Dataset { name, entries: raw.dataset_entries });
    if raw.replicas.is_sglang && identity.framework.is_none() {
        // Only an SGLang server answers with its arguments.
        identity.framework = Some("sglang".into());
    }
}

/// The lengths that the random data set was asked for; clients write their defaults for every
/// other data set too.
fn random_lengths(raw: &RawIdentity, identity: &mut Identity) {
    let is_random = raw.dataset_name.as_deref().is_none_or(|name| name.starts_with("random"));
    if let [Some(isl), Some(osl)] = raw.random_lengths
        && is_random
        && identity.isl.is_none()
        && identity.osl.is_none()
    {
        (identity.isl, identity.osl) = (Some(isl), Some(osl));
    }
}

/// Counts of a raw result: what was tried and not completed failed.
pub(super) fn raw_completion(raw: &RawIdentity, evidence: &mut Evidence) -> Completion {
    let counted = raw.completed.zip(raw.failed).and_then(|(done, failed)| done.checked_add(failed));
    let total = counted.or(raw.num_prompts);
    let fits = total.zip(raw.completed).is_none_or(|(total, done)| done <= total);
    if !fits {
        let told = "more requests completed than were sent; the number sent is left out";
        evidence.problem(Problem::warning(ProblemCode::Conflict, "num_prompts", told));
    }
    Completion { total: total.filter(|_| fits), successful: raw.completed, warmup: None }
}
