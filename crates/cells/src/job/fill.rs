//! What the metadata of a job say about its cells.

use inferguard_model::number::measure;
use inferguard_model::{
    ArtifactRef, Cell, Identity, Job, JobMetadata, Metric, Origin, Problem, ProblemCode, Quantity,
    Role, RoleNodes, RoleTopology, SourceFormat, Stat, WorkerRole, names,
};

use crate::place::{Tree, base_name};

const METADATA: &str = "workers × GPUs of a worker, by the job's metadata";
const NODES: &str = "nodes × GPUs of a node, by the job's metadata";

const NOT_STATED: &str = "GPUs of the job's nodes; how many of them work is not stated, so that rates per GPU may be too low";

/// Precisions that stand behind the hardware in `gpu_type`.
const PRECISIONS: [&str; 8] = ["fp4", "fp8", "nvfp4", "mxfp4", "bf16", "fp16", "int4", "int8"];

/// Fills what the results do not say.
pub(super) fn fill(cell: &mut Cell, job: &Job, tree: &Tree<'_>) {
    if cell.format == SourceFormat::InferencexRaw {
        cell.format = SourceFormat::SrtSlurm;
    }
    window(cell, job, tree);
    generator(&mut cell.evidence.identity, tree.folder(&cell.artifacts[0]));
    let identity = &mut cell.evidence.identity;
    workload(identity, job);
    if let Some((file, metadata)) = &job.metadata {
        configuration(identity, metadata);
        cell.tags.clone_from(&metadata.tags);
        let artifact = ArtifactRef { role: Role::JOB_JSON, file: *file, base: "".into() };
        if !cell.artifacts.contains(&artifact) {
            cell.artifacts.push(artifact);
        }
    }
    engine(cell, job);
    // Scripts before there were metadata print the image; recipes name it.
    let image = job.recipes.iter().find_map(|(_, recipe)| recipe.container.as_ref());
    let image = image.or_else(|| job.logs.iter().find_map(|(_, log)| log.container.as_ref()));
    let identity = &mut cell.evidence.identity;
    if identity.image.is_none() {
        identity.image = image.map(|written| names::image(written));
    }
    if identity.disagg.is_none() {
        use inferguard_model::JobWorkers::{Aggregated, Split};
        identity.disagg = job.workers_by_role().map(|workers| match workers {
            Split { .. } => true,
            Aggregated(_) => false,
        });
    }
    gpus(cell, job);
    per_user(cell);
}

/// How far the length of a noted window may be from that of its result: seconds, and a share.
const WINDOW_APART: (f64, f64) = (2.0, 0.1);

/// The bounds that the job's power measurement noted for the result, to the moment. A window of
/// another length is that of another attempt, and no place to look for what happened under the load.
fn window(cell: &mut Cell, job: &Job, tree: &Tree<'_>) {
    let own = cell.evidence.window_ns;
    let noted = || {
        let stem = tree.stem(&cell.artifacts[0]);
        job.windows.iter().find(|(_, window)| window.stem == stem)?.1.window_ns
    };
    let Some((start, end)) = own.or_else(noted) else { return };
    let seconds = end.saturating_sub(start) as f64 / 1e9;
    let stated = cell.evidence.metrics.get(Metric::plain(Quantity::Duration));
    let apart = stated.filter(|stated| {
        let (least, share) = WINDOW_APART;
        cell.format == SourceFormat::SrtSlurm
            && (seconds - stated).abs() > least.max(share * stated)
    });
    cell.evidence.window_ns = Some((start, end)).filter(|_| apart.is_none());
    if let Some(stated) = apart {
        let from = if own.is_some() { "its own start and end" } else { "the job's power window" };
        let told = format!(
            "the load lasted {} s, and {} s by {from}, which is left out",
            measure(stated),
            measure(seconds)
        );
        cell.evidence.problem(Problem::warning(ProblemCode::Conflict, "window", told));
    }
}

/// Folders of results begin with the load generator, which may have the name of an engine.
fn generator(identity: &mut Identity, folder: &str) {
    let of_engine =
        ["vllm_isl_", "sglang_isl_"].iter().any(|begin| base_name(folder).starts_with(begin));
    if of_engine && identity.as_written.framework.is_none() {
        identity.framework = None;
    }
}

fn workload(identity: &mut Identity, job: &Job) {
    let plans = job.metadata().map(|known| &known.plan);
    let plans = plans.into_iter().chain(job.recipes.iter().map(|(_, recipe)| &recipe.plan));
    for plan in plans {
        // A data set of one's own has no nominal lengths.
        if identity.dataset.is_none() && identity.isl.is_none() && identity.osl.is_none() {
            (identity.isl, identity.osl) = (plan.isl, plan.osl);
        }
    }
    if identity.scenario_type.is_none() && identity.isl.is_some() && identity.osl.is_some() {
        identity.scenario_type = Some("fixed-length".into());
    }
}

fn configuration(identity: &mut Identity, metadata: &JobMetadata) {
    if let Some(written) = &metadata.gpu_type {
        let (hardware, precision) = gpu_type(written);
        if identity.hardware.is_none() {
            identity.hardware = Some(hardware);
            identity.as_written.hardware = Some(written.clone());
        }
        if identity.precision.is_none() && metadata.precision.is_none() {
            identity.precision = precision;
        }
    }
    if let Some(written) = metadata.precision.as_ref().filter(|_| identity.precision.is_none()) {
        identity.precision = Some(names::precision(written));
        identity.as_written.precision = Some(written.clone());
    }
    // Clients in a container know the model by its mount.
    let mounted = identity.as_written.model.as_deref() == Some("/model");
    if let Some(written) = metadata.model.as_ref().filter(|_| identity.model.is_none() || mounted) {
        identity.model = names::model(None, Some(written), None);
        identity.as_written.model = Some(written.clone());
    }
    if let Some(backend) = &metadata.backend {
        let behind = metadata.frontend.as_deref() == Some("dynamo");
        let written = if behind { format!("dynamo-{backend}") } else { backend.clone() };
        identity.framework = Some(names::framework(&written));
        identity.as_written.framework = Some(written);
    }
    if identity.image.is_none() {
        identity.image = metadata.container.as_deref().map(names::image);
    }
    if identity.recipe_name.is_none() {
        identity.recipe_name.clone_from(&metadata.job_name);
    }
    let apart = metadata.is_aggregated().map(|agg| !agg);
    identity.disagg = apart.or(identity.disagg);
    let nodes = [&metadata.prefill, &metadata.decode, &metadata.agg];
    let nodes: Option<u32> = nodes.iter().filter_map(|role| role.nodes).reduce(u32::saturating_add);
    if identity.is_multinode.is_none() {
        identity.is_multinode = metadata.total_nodes.or(nodes).filter(|n| *n > 0).map(|n| n > 1);
    }
    topology(identity, metadata);
}

/// `gb200-fp8`, `NVIDIA H100 80GB HBM3`: hardware, and the precision that may stand behind it.
fn gpu_type(written: &str) -> (String, Option<String>) {
    let words = || written.split(['-', ' ', '_']);
    let known = words().find_map(names::known_hardware).map(str::to_owned);
    let precision = words()
        .map(str::to_ascii_lowercase)
        .find(|word| PRECISIONS.contains(&word.as_str()))
        .map(|word| names::precision(&word));
    (known.unwrap_or_else(|| names::hardware(written)), precision)
}

/// Workers and their GPUs by role. Workers that do both stand as prefill without decode, as in rows
/// of deployments over several nodes.
fn topology(identity: &mut Identity, metadata: &JobMetadata) {
    let Some(is_aggregated) = metadata.is_aggregated() else { return };
    let set = |role: &mut RoleTopology, nodes: &RoleNodes| {
        role.num_workers = nodes.workers.or(role.num_workers);
        let whole = || nodes.nodes.filter(|n| *n > 0)?.checked_mul(metadata.gpus_per_node?);
        role.num_gpu = nodes.working_gpus().or(role.num_gpu).or_else(whole);
    };
    let topology = &mut identity.topology;
    if is_aggregated {
        set(&mut topology.prefill, &metadata.agg);
        topology.decode = RoleTopology { num_gpu: Some(0), ..RoleTopology::default() };
        return;
    }
    set(&mut topology.prefill, &metadata.prefill);
    set(&mut topology.decode, &metadata.decode);
}

/// Framework and parallelism as the workers themselves printed them.
fn engine(cell: &mut Cell, job: &Job) {
    let identity = &mut cell.evidence.identity;
    for (_, log) in &job.workers {
        if identity.framework.is_none()
            && let Some(engine) = log.engine
        {
            identity.framework = Some(names::framework(engine.name()));
        }
        let role = match log.role {
            WorkerRole::Prefill | WorkerRole::Aggregated => &mut identity.topology.prefill,
            WorkerRole::Decode => &mut identity.topology.decode,
        };
        if role.num_workers.is_some() && role.tp.is_none() {
            (role.tp, role.ep, role.pp) = (log.launch.tp, log.launch.ep, log.launch.pp);
            role.dp_attention = log.launch.dp_attention;
        }
    }
}

/// GPUs that work, and those that the job was given, with the rates that follow from them.
fn gpus(cell: &mut Cell, job: &Job) {
    let metrics = &mut cell.evidence.metrics;
    let plain = Metric::plain;
    let metadata = job.metadata();
    let given = metadata.and_then(JobMetadata::provisioned_gpus);
    if let Some(given) = given {
        metrics.set_if_absent(
            plain(Quantity::NumProvisionedGpus),
            given.into(),
            Origin::derived(NODES),
        );
    }
    let held = metrics.get(plain(Quantity::NumGpus));
    let mut told = None;
    let count = match metadata.and_then(JobMetadata::working_gpus) {
        Some(working) => {
            if let Some(held) = held.filter(|held| *held != f64::from(working)) {
                // File names of aggregated runs count the GPUs of the nodes.
                let message = format!(
                    "the result's name counts {held} GPUs; the job's workers use {working}"
                );
                told = Some(Problem::note(ProblemCode::Corrected, "num_gpus", message));
            }
            Some((f64::from(working), METADATA))
        }
        None if held.is_some() => {
            let is_aggregated = metadata.and_then(JobMetadata::is_aggregated) == Some(true);
            if let Some(held) = held.filter(|_| is_aggregated && given.is_none()) {
                // The name of an aggregated run counts the GPUs of its nodes.
                let given = Metric::plain(Quantity::NumProvisionedGpus);
                metrics.set_if_absent(given, held, Origin::derived("GPUs in the result's name"));
                told = Some(Problem::note(ProblemCode::Coerced, "num_gpus", NOT_STATED));
            }
            None
        }
        None => metrics.get(plain(Quantity::NumProvisionedGpus)).map(|given| {
            told = Some(Problem::note(ProblemCode::Coerced, "num_gpus", NOT_STATED));
            (given, "num_provisioned_gpus")
        }),
    };
    let is_new = count.is_some_and(|(n, _)| held != Some(n));
    if let Some((n, from)) = count.filter(|_| is_new) {
        metrics.set(plain(Quantity::NumGpus), n, Origin::derived(from));
        rates(cell, n, job);
    }
    let metrics = &mut cell.evidence.metrics;
    if let Some((total, given)) = metrics
        .get(plain(Quantity::TotalTput))
        .zip(metrics.get(plain(Quantity::NumProvisionedGpus)).filter(|given| *given > 0.0))
    {
        let origin = Origin::derived("total_tput_tps / num_provisioned_gpus");
        metrics.set_if_absent(plain(Quantity::TputPerProvisionedGpu), total / given, origin);
    }
    if let Some(problem) = told {
        cell.evidence.problem(problem);
    }
}

/// Tokens/s of one user, which summaries of results leave out.
fn per_user(cell: &mut Cell) {
    let metrics = &mut cell.evidence.metrics;
    for (stat, formula) in [(Stat::P50, "1 / p50_tpot"), (Stat::Mean, "1 / mean_tpot")] {
        let tpot = metrics.get(Metric::new(stat, Quantity::Tpot)).filter(|tpot| *tpot > 0.0);
        if let Some(tpot) = tpot {
            let origin = Origin::derived(formula);
            metrics.set_if_absent(Metric::new(stat, Quantity::Intvty), 1.0 / tpot, origin.clone());
            metrics.set_if_absent(Metric::plain(Quantity::Intvty), 1.0 / tpot, origin);
        }
    }
    let users = cell.evidence.identity.load.concurrency.filter(|users| *users > 0);
    if let Some((users, output)) = users.zip(metrics.get(Metric::plain(Quantity::OutputTput))) {
        let origin = Origin::derived("output_tput_tps / concurrency");
        metrics.set_if_absent(
            Metric::plain(Quantity::TputPerUser),
            output / f64::from(users),
            origin,
        );
    }
}

/// Rates per GPU for another count of GPUs; what the source states stays.
fn rates(cell: &mut Cell, n: f64, job: &Job) {
    let topology = &cell.evidence.identity.topology;
    let of = |role: &RoleTopology| role.num_gpu.filter(|n| *n > 0).map(f64::from);
    let apart = job.metadata().and_then(JobMetadata::is_aggregated) == Some(false);
    let (prefill, decode) = match (of(&topology.prefill), of(&topology.decode)) {
        (Some(p), Some(d)) if apart && p + d == n => (p, d),
        _ => (n, n),
    };
    for (rate, per_gpu, gpus, formula) in [
        (Quantity::TotalTput, Quantity::TputPerGpu, n, "total_tput_tps / num_gpus"),
        (Quantity::OutputTput, Quantity::SystemOutputTputPerGpu, n, "output_tput_tps / num_gpus"),
        (
            Quantity::OutputTput,
            Quantity::OutputTputPerGpu,
            decode,
            if decode == n {
                "output_tput_tps / num_gpus"
            } else {
                "output_tput_tps / decode GPUs"
            },
        ),
        (
            Quantity::InputTput,
            Quantity::InputTputPerGpu,
            prefill,
            if prefill == n {
                "input_tput_tps / num_gpus"
            } else {
                "input_tput_tps / prefill GPUs"
            },
        ),
    ] {
        let metrics = &mut cell.evidence.metrics;
        let stated =
            metrics.entry(Metric::plain(per_gpu)).is_some_and(|held| !held.origin.is_derived());
        if let Some(rate) = metrics.get(Metric::plain(rate)).filter(|_| !stated) {
            metrics.set(Metric::plain(per_gpu), rate / gpus, Origin::derived(formula));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gpu_types_hold_hardware_and_precision() {
        let read = |written| {
            let (hardware, precision) = gpu_type(written);
            format!("{hardware} {}", precision.unwrap_or_default())
        };
        assert_eq!(read("gb200-fp8"), "gb200 fp8");
        assert_eq!(read("NVIDIA H100 80GB HBM3"), "h100 ");
        assert_eq!(read("b300"), "b300 ");
        assert_eq!(read("my-own-card"), "my-own-card ");
    }
}
