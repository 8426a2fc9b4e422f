//! Configuration from the name of the cell's folder: the CSV files hold none.

use std::path::Path;

use inferguard_inferencex::name::NameFacts;
use inferguard_model::{
    Evidence, Identity, Load, Problem, ProblemCode, RoleTopology, Topology, names,
};

/// Fills the identity from the folder that `file` lies in, and notes what was filled.
pub(crate) fn fill(evidence: &mut Evidence, file: &Path) {
    let Some(folder) = cell_folder(file) else { return };
    let filled = fill_from(&mut evidence.identity, &folder);
    tell(evidence, &filled);
}

/// Fills what is not known of a cell from the folder of AgentX that it lies in, and notes it: the
/// exports of AIPerf in it hold no hardware, and the row that does may be gone.
pub fn fill_unknown(evidence: &mut Evidence, folder: &str) {
    let mut named = Identity::default();
    fill_from(&mut named, folder);
    let held = &mut evidence.identity;
    let mut filled = Vec::new();
    for (name, held, named) in [
        ("model", &mut held.model, named.model),
        ("hardware", &mut held.hardware, named.hardware),
        ("framework", &mut held.framework, named.framework),
        ("precision", &mut held.precision, named.precision),
        ("spec_decoding", &mut held.spec_decoding, named.spec_decoding),
        ("offloading", &mut held.offloading, named.offloading),
        ("recipe_fingerprint", &mut held.recipe_fingerprint, named.recipe_fingerprint),
    ] {
        if held.is_none() && named.is_some() {
            *held = named;
            filled.push(name);
        }
    }
    if held.disagg.is_none() && named.disagg.is_some() {
        held.disagg = named.disagg;
        filled.push("disagg");
    }
    if held.load == Load::default() && named.load != Load::default() {
        held.load = named.load;
        filled.push("concurrency");
    }
    if held.topology == Topology::default() && named.topology != Topology::default() {
        held.topology = named.topology;
        filled.push("parallelism");
    }
    tell(evidence, &filled);
}

fn tell(evidence: &mut Evidence, filled: &[&str]) {
    if !filled.is_empty() {
        let told = format!("taken from the folder name: {}", filled.join(", "));
        evidence.problem(Problem::note(ProblemCode::FromName, "", told));
    }
}

/// Name of the folder that stands for the cell: above `trace_replay`.
fn cell_folder(file: &Path) -> Option<String> {
    let mut folder = file.parent()?;
    if folder.file_name()? == "trace_replay" {
        folder = folder.parent()?;
    }
    Some(folder.file_name()?.to_string_lossy().into_owned())
}

fn fill_from(identity: &mut Identity, folder: &str) -> Vec<&'static str> {
    let facts = NameFacts::of(folder);
    let mut filled = Vec::new();
    let mut note = |name: &'static str, known: bool| {
        if known {
            filled.push(name);
        }
    };
    // Older folders (`multiturn_tp4_users8_offloadon`) begin with a word that is no model; those
    // that begin with one name the precision or framework too.
    let named = facts.precision.is_some() || facts.framework.is_some();
    let prefix = facts.model_prefix.filter(|_| named);
    identity.model = names::model(None, None, prefix.as_deref());
    note("model", identity.model.is_some());
    identity.hardware = facts.hardware.map(str::to_owned);
    note("hardware", identity.hardware.is_some());
    identity.framework = facts.framework.as_deref().map(names::framework);
    note("framework", identity.framework.is_some());
    identity.precision = facts.precision;
    note("precision", identity.precision.is_some());
    identity.spec_decoding = facts.spec_decoding;
    note("spec_decoding", identity.spec_decoding.is_some());
    identity.disagg = facts.disagg;
    note("disagg", identity.disagg.is_some());
    identity.offloading = facts.offloading;
    note("offloading", identity.offloading.is_some());
    identity.recipe_fingerprint = facts.recipe_fingerprint;
    note("recipe_fingerprint", identity.recipe_fingerprint.is_some());
    identity.load.concurrency = facts.concurrency.or_else(|| batch_size(folder));
    note("concurrency", identity.load.concurrency.is_some());
    identity.topology.all = facts.all;
    note("parallelism", facts.all != RoleTopology::default());
    (identity.topology.prefill, identity.topology.decode) = (facts.prefill, facts.decode);
    note("prefill and decode parallelism", facts.prefill != RoleTopology::default());
    filled
}

/// Users of the first folders: `tp8_bs12_offloadon`.
fn batch_size(folder: &str) -> Option<u32> {
    folder.split('_').find_map(|token| token.strip_prefix("bs")?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(file: &str) -> Identity {
        let mut evidence = Evidence::default();
        fill(&mut evidence, Path::new(file));
        evidence.identity
    }

    #[test]
    fn folders_of_every_generation_name_the_configuration() {
        let full = identity(
            "a/agentic_dsr1_tp8_bs12_offloadoff_fp4_vllm_tp8-ep8-dpafalse_disagg-false_spec-none_conc12_b200-dgxc-slurm_7/trace_replay/detailed_results.csv",
        );
        assert_eq!((full.model.as_deref(), full.hardware.as_deref()), (Some("dsr1"), Some("b200")));
        assert_eq!(
            (full.precision.as_deref(), full.framework.as_deref()),
            (Some("fp4"), Some("vllm"))
        );
        assert_eq!((full.load.concurrency, full.offloading.as_deref()), (Some(12), Some("none")));
        assert_eq!((full.topology.all.tp, full.topology.all.ep), (Some(8), Some(8)));

        let first = identity("tp8_bs12_offloadon/metrics_server_metrics.csv");
        assert_eq!((first.topology.all.tp, first.load.concurrency), (Some(8), Some(12)));
        assert_eq!((first.offloading.as_deref(), first.model), (Some("on"), None));

        let turns = identity("multiturn_tp4_users8_offloadcpu/trace_replay/detailed_results.csv");
        assert_eq!((turns.load.concurrency, turns.offloading.as_deref()), (Some(8), Some("cpu")));
        assert_eq!(turns.model, None);
    }

    #[test]
    fn what_is_known_stays_as_it_is() {
        let mut evidence = Evidence::default();
        evidence.identity.model = Some("kimik2.7".to_owned());
        evidence.identity.load.concurrency = Some(3);
        fill_unknown(
            &mut evidence,
            "agentic_dsr1_tp4_conc16_kvnone_fp4_vllm_tp4-dcp1-pcp1-ep1-dpafalse_disagg-false_spec-none_conc16_mi355x-amds_04",
        );
        let held = &evidence.identity;
        assert_eq!((held.model.as_deref(), held.load.concurrency), (Some("kimik2.7"), Some(3)));
        assert_eq!(
            (held.hardware.as_deref(), held.framework.as_deref(), held.precision.as_deref()),
            (Some("mi355x"), Some("vllm"), Some("fp4"))
        );
        assert_eq!((held.topology.all.tp, held.disagg), (Some(4), Some(false)));
        let (_, told) = &evidence.problems[0];
        assert!(told.message.contains("hardware") && !told.message.contains("model"), "{told:?}");
        let mut nothing = Evidence::default();
        fill_unknown(&mut nothing, "run 7");
        assert_eq!(nothing, Evidence::default());
    }

    #[test]
    fn other_folders_say_nothing() {
        let mut evidence = Evidence::default();
        for file in ["detailed_results.csv", "trace_replay/detailed_results.csv", "run 7/x.csv"] {
            fill(&mut evidence, Path::new(file));
        }
        assert_eq!(evidence, Evidence::default());
    }
}
