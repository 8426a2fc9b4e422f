//! GPU counts by the producers' own rules.

use inferguard_model::{Metric, Origin, Quantity, RoleTopology};

use super::Row;
use crate::file_names::FileNames;

/// GPUs of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Gpus {
    pub(super) total: u32,
    /// GPUs of the two roles, where the deployment has them; decode may be 0.
    pub(super) roles: Option<(u32, u32)>,
}

/// Counts the GPUs that the row states or implies, and stores the number.
///
/// EP, DCP and DP attention share the GPUs of TP and never multiply them. `None` when nothing is
/// known: it is never 1.
pub(super) fn count(row: &mut Row, names: &FileNames<'_>) -> Option<Gpus> {
    let topology = &row.evidence.identity.topology;
    let (prefill, decode, all) = (&topology.prefill, &topology.decode, &topology.all);
    let (gpus, origin) = if let Some((total, key)) = row.raw.num_gpus {
        let split = prefill.num_gpu.zip(decode.num_gpu);
        let roles = split.filter(|(p, d)| p.checked_add(*d) == Some(total));
        (Gpus { total, roles }, Origin::key(key))
    } else if let Some(p) = prefill.num_gpu {
        let d = decode.num_gpu.unwrap_or(0);
        let total = p.checked_add(d)?;
        (Gpus { total, roles: Some((p, d)) }, Origin::derived("prefill GPUs + decode GPUs"))
    } else if let Some(p) = of_workers(prefill) {
        // Without decode workers the prefill ones do all; with unknown ones nothing is known.
        let d = if decode.tp.unwrap_or(0) == 0 { 0 } else { of_workers(decode)? };
        let total = p.checked_add(d)?;
        let formula = "workers × tp × pp × pcp_size, over both roles";
        (Gpus { total, roles: Some((p, d)) }, Origin::derived(formula))
    } else if let Some(total) = of_replicas(row) {
        let formula = match row.raw.replicas.data_parallel {
            Some(_) => "tp × pp × data-parallel replicas",
            None => "tp × pp × pcp_size",
        };
        (Gpus { total, roles: None }, Origin::derived(formula))
    } else if let Some(total) = names.file().gpus {
        (Gpus { total, roles: None }, Origin::derived("gpus_<N> of the file name"))
    } else if let Some(total) = row.raw.observed_gpus.filter(|_| all.tp.is_none()) {
        (Gpus { total, roles: None }, Origin::derived("GPUs in the power log (gpu/n_gpus)"))
    } else {
        return None;
    };
    if gpus.total == 0 {
        return None;
    }
    let metric = Metric::plain(Quantity::NumGpus);
    row.evidence.metrics.set(metric, f64::from(gpus.total), origin);
    Some(gpus)
}

fn of_worker(role: &RoleTopology) -> Option<u32> {
    role.tp?.checked_mul(role.pp.unwrap_or(1))?.checked_mul(role.pcp.unwrap_or(1))
}

fn of_workers(role: &RoleTopology) -> Option<u32> {
    of_worker(role)?.checked_mul(role.num_workers?)
}

/// Engines state their data parallelism: replicas have GPUs of their own, ranks of DP attention
/// share those of TP. An engine that is one role of several says nothing of the others.
fn of_replicas(row: &Row) -> Option<u32> {
    let all = &row.evidence.identity.topology.all;
    let replicas = match row.raw.replicas.data_parallel {
        Some(n) if all.dp_attention != Some(true) => n,
        _ => 1,
    };
    of_worker(all)?.checked_mul(replicas).filter(|_| !row.raw.replicas.is_one_role)
}
