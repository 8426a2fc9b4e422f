//! GPU counts by the producers' own rules.

use inferguard_model::{Metric, Origin, Quantity, RoleTopology};

use super::Row;

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
pub(super) fn count(row: &mut Row, named: Option<u32>) -> Option<Gpus> {
    let topology = &row.evidence.identity.topology;
    let (prefill, decode, all) = (&topology.prefill, &topology.decode, &topology.all);
    let (gpus, formula) = if let Some(total) = row.raw.num_gpus {
        let roles = prefill.num_gpu.zip(decode.num_gpu).filter(|(p, d)| p + d == total);
        (Gpus { total, roles }, "stated")
    } else if let Some(p) = prefill.num_gpu {
        let d = decode.num_gpu.unwrap_or(0);
        let total = p.checked_add(d)?;
        (Gpus { total, roles: Some((p, d)) }, "prefill GPUs + decode GPUs")
    } else if let Some(p) = of_workers(prefill) {
        let d = of_workers(decode).unwrap_or(0);
        let total = p.checked_add(d)?;
        (Gpus { total, roles: Some((p, d)) }, "workers × tp × pp × pcp_size, over both roles")
    } else if let Some(total) = named {
        (Gpus { total, roles: None }, "gpus_<N> of the file name")
    } else {
        (Gpus { total: of_worker(all)?, roles: None }, "tp × pp × pcp_size")
    };
    if gpus.total == 0 {
        return None;
    }
    let metric = Metric::plain(Quantity::NumGpus);
    row.evidence.metrics.set(metric, f64::from(gpus.total), Origin::derived(formula));
    Some(gpus)
}

fn of_worker(role: &RoleTopology) -> Option<u32> {
    role.tp?.checked_mul(role.pp.unwrap_or(1))?.checked_mul(role.pcp.unwrap_or(1))
}

fn of_workers(role: &RoleTopology) -> Option<u32> {
    of_worker(role)?.checked_mul(role.num_workers?)
}
