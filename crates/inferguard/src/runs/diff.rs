//! What differs between the configurations of two runs.

use std::collections::{BTreeMap, BTreeSet};

use inferguard_model::{Job, JobMetadata, NodeConfig, Scalar};

use super::{Run, Runs};

/// Differences of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DifferenceGroup {
    /// What they are of: `job`, `recipe`, `arguments (decode)`, `environment NCCL`.
    pub name: String,
    /// Ascending by name.
    pub differences: Vec<Difference>,
}

/// One thing that is not the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Its name.
    pub name: String,
    /// Value in the first run; `None` where it has none.
    pub a: Option<String>,
    /// Value in the second.
    pub b: Option<String>,
}

/// Values by group and name.
type Facts = BTreeMap<(usize, String), BTreeMap<String, BTreeSet<String>>>;

/// Members of metadata and recipes that differ between any two runs.
const OF_ONE_RUN: [&str; 8] = [
    "generated_at",
    "job_id",
    "run_metadata/slurm_job_id",
    "run_metadata/run_date",
    "tags",
    "run_date",
    "version",
    "lock",
];

/// Arguments and variables that name a place or a moment of one run.
const OF_ONE_NODE: [&str; 12] = [
    "node_rank",
    "dist_init_addr",
    "host",
    "port",
    "HOSTNAME",
    "PWD",
    "OLDPWD",
    "SLURMD_NODENAME",
    "SLURM_NODEID",
    "SLURM_PROCID",
    "SLURM_LOCALID",
    "_",
];

/// What differs, grouped; empty when nothing does.
pub fn differences(a: (&Runs, &Run), b: (&Runs, &Run)) -> Vec<DifferenceGroup> {
    let layout = |run: &Run| {
        run.job.as_ref().and_then(|job| job.metadata()).map(|metadata| metadata.generation)
    };
    let same_layout = layout(a.1) == layout(b.1);
    let (of_a, of_b) = (facts(a.0, a.1, same_layout), facts(b.0, b.1, same_layout));
    let groups: BTreeSet<_> = of_a.keys().chain(of_b.keys()).cloned().collect();
    let none = BTreeMap::new();
    let mut found = Vec::new();
    for group in groups {
        let (in_a, in_b) = (of_a.get(&group).unwrap_or(&none), of_b.get(&group).unwrap_or(&none));
        let names: BTreeSet<_> = in_a.keys().chain(in_b.keys()).collect();
        let text = |values: Option<&BTreeSet<String>>| {
            values.map(|values| values.iter().cloned().collect::<Vec<_>>().join(" | "))
        };
        let differences: Vec<_> = names
            .into_iter()
            .filter(|name| in_a.get(*name) != in_b.get(*name))
            .map(|name| Difference {
                name: name.clone(),
                a: text(in_a.get(name)),
                b: text(in_b.get(name)),
            })
            .collect();
        if !differences.is_empty() {
            found.push(DifferenceGroup { name: group.1, differences });
        }
    }
    found
}

/// The members of the metadata are told only of runs with one layout: between two, all differ.
fn facts(runs: &Runs, run: &Run, same_layout: bool) -> Facts {
    let mut facts = Facts::new();
    let mut add = |order: usize, group: &str, name: &str, value: String| {
        let group = facts.entry((order, group.to_owned())).or_default();
        group.entry(name.to_owned()).or_default().insert(value);
    };
    for (name, values) in [
        ("model", run.models.clone()),
        ("gpu", run.gpu.iter().cloned().collect()),
        ("topology", run.topology.clone()),
        ("isl/osl", run.lengths.clone()),
        ("container", run.containers.clone()),
    ] {
        for value in values {
            add(0, "run", name, value);
        }
    }
    for cell in run.cells.iter().filter_map(|cell| runs.cells.get(*cell)) {
        let known = &cell.evidence.identity;
        for (name, value) in [
            ("framework", &known.framework),
            ("precision", &known.precision),
            ("spec_decoding", &known.spec_decoding),
            ("harness", &known.harness),
        ] {
            if let Some(value) = value {
                add(0, "run", name, value.clone());
            }
        }
    }
    let Some(job) = &run.job else { return facts };
    if let Some(metadata) = job.metadata() {
        for (name, value) in deployment(metadata) {
            add(0, "run", name, value);
        }
        for (path, value) in
            metadata.members.iter().filter(|(path, _)| same_layout && is_lasting(path))
        {
            add(1, "metadata", path, text(value));
        }
    }
    if let Some((levels, _)) = job.planned() {
        add(
            0,
            "run",
            "planned levels",
            levels.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        );
    }
    for (_, recipe) in job.recipes.iter().take(1) {
        let told = |path: &str| !is_lasting(path) || is_plan(path);
        for (path, value) in recipe.members.iter().filter(|(path, _)| !told(path)) {
            add(2, "recipe", path, text(value));
        }
    }
    for (_, node) in &job.nodes {
        let role = role(job, node);
        let arguments = format!("arguments ({role})");
        for (name, value) in node.arguments.iter().filter(|(name, _)| is_shared(name)) {
            add(3, &arguments, name, text(value));
        }
        let flags = format!("command line ({role})");
        for (name, value) in node.flags.iter().filter(|(name, _)| is_shared(name)) {
            add(4, &flags, name, value.to_string());
        }
        for variable in node.environment.iter().filter(|variable| is_shared(&variable.name)) {
            let group = format!("environment {}", variable.group);
            add(5, &group, &variable.name, variable.value.to_string());
        }
    }
    facts
}

/// Nodes, workers and GPUs, whatever the layout of the metadata.
fn deployment(metadata: &JobMetadata) -> Vec<(&'static str, String)> {
    let roles =
        [("prefill", &metadata.prefill), ("decode", &metadata.decode), ("agg", &metadata.agg)];
    let mut facts: Vec<(&'static str, Option<String>)> = vec![
        ("backend", metadata.backend.clone()),
        ("frontend", metadata.frontend.clone()),
        ("benchmark", metadata.plan.kind.clone()),
        ("request rate", metadata.plan.request_rate.clone()),
        ("GPUs per node", metadata.gpus_per_node.map(|n| n.to_string())),
    ];
    for (role, nodes) in roles {
        let names = match role {
            "prefill" => ["prefill nodes", "prefill workers", "GPUs per prefill worker"],
            "decode" => ["decode nodes", "decode workers", "GPUs per decode worker"],
            _ => ["agg nodes", "agg workers", "GPUs per agg worker"],
        };
        let values = [nodes.nodes, nodes.workers, nodes.gpus_per_worker];
        let used = |n: &u32| *n > 0;
        facts.extend(names.into_iter().zip(values.map(|n| n.filter(used).map(|n| n.to_string()))));
    }
    facts.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

/// The role of a node: of its arguments, else of the workers that ran on it.
pub(super) fn role(job: &Job, node: &NodeConfig) -> String {
    if let Some(Scalar::Text(mode)) = node.argument("disaggregation_mode")
        && matches!(&**mode, "prefill" | "decode")
    {
        return mode.to_string();
    }
    let roles: BTreeSet<&str> = job
        .services
        .iter()
        .filter(|service| service.node == node.node)
        .filter_map(|service| match service.kind {
            inferguard_model::ServiceKind::Worker(role, _) => Some(role.name()),
            inferguard_model::ServiceKind::Other(_) => None,
        })
        .collect();
    if roles.is_empty() { "all".to_owned() } else { Vec::from_iter(roles).join("+") }
}

fn is_lasting(path: &str) -> bool {
    let within = |part: &str| {
        path.strip_prefix(part).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    !OF_ONE_RUN.iter().any(|part| within(part))
}

/// Load levels, which stand among the facts of the run, whatever their spelling.
fn is_plan(path: &str) -> bool {
    let at = path.find("benchmark/concurrencies");
    at.is_some_and(|at| at == 0 || path.as_bytes()[at - 1] == b'/')
}

fn is_shared(name: &str) -> bool {
    !OF_ONE_NODE.contains(&name) && !name.starts_with("SLURM_") && !name.starts_with("PMIX_")
}

pub(super) fn text(value: &Scalar) -> String {
    match value {
        Scalar::Null => "null".into(),
        Scalar::Bool(on) => on.to_string(),
        Scalar::Int(n) => n.to_string(),
        Scalar::Float(x) => x.to_string(),
        Scalar::Text(text) => text.to_string(),
    }
}
