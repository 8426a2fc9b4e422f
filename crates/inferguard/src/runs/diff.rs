//! What differs between the configurations of two runs.

use std::collections::{BTreeMap, BTreeSet};

use inferguard_model::{Job, NodeConfig, Scalar};

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
    let (of_a, of_b) = (facts(a.0, a.1), facts(b.0, b.1));
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

fn facts(runs: &Runs, run: &Run) -> Facts {
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
        // The common parts stand under `run` already, whatever the layout.
        for (path, value) in metadata.members.iter().filter(|(path, _)| is_lasting(path)) {
            add(1, "metadata", path, text(value));
        }
    }
    for (_, recipe) in job.recipes.iter().take(1) {
        for (path, value) in recipe.members.iter().filter(|(path, _)| is_lasting(path)) {
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
