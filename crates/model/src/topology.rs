//! How a model is spread over GPUs.

/// Parallelism of one role (prefill or decode) of a disaggregated or multi-node deployment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RoleTopology {
    /// Tensor parallelism of one worker.
    pub tp: Option<u32>,
    /// Expert parallelism; shares the GPUs of TP.
    pub ep: Option<u32>,
    /// Pipeline parallelism.
    pub pp: Option<u32>,
    /// Decode-context parallelism; shares the GPUs of TP.
    pub dcp: Option<u32>,
    /// Prefill-context parallelism.
    pub pcp: Option<u32>,
    /// Data-parallel attention; shares the GPUs of TP.
    pub dp_attention: Option<bool>,
    /// Workers of the role.
    pub num_workers: Option<u32>,
    /// GPUs of the role.
    pub num_gpu: Option<u32>,
}

/// Parallelism of a cell.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Topology {
    /// Parallelism of the whole deployment; for agentic multi-node rows sums over the roles.
    pub all: RoleTopology,
    /// Prefill role, where the deployment has roles.
    pub prefill: RoleTopology,
    /// Decode role.
    pub decode: RoleTopology,
}

impl Topology {
    /// Short text: `TP8`, `TP4 EP4 DPA`, `1P TP4 / 2D TP8`; `?` when nothing is known.
    pub fn label(&self) -> String {
        if self.prefill.num_gpu.is_some() || self.prefill.tp.is_some() {
            let role = |name: char, role: &RoleTopology| {
                let workers = role.num_workers.map_or(String::new(), |n| n.to_string());
                let shape = shape(role).unwrap_or_else(|| match role.num_gpu {
                    Some(n) => format!("{n} GPUs"),
                    None => "?".into(),
                });
                format!("{workers}{name} {shape}")
            };
            if self.decode.num_gpu == Some(0) || self.decode == RoleTopology::default() {
                return role('A', &self.prefill);
            }
            return format!("{} / {}", role('P', &self.prefill), role('D', &self.decode));
        }
        shape(&self.all).unwrap_or_else(|| "?".into())
    }
}

fn shape(role: &RoleTopology) -> Option<String> {
    let mut parts = Vec::new();
    if let Some(tp) = role.tp {
        parts.push(format!("TP{tp}"));
    }
    // EP is shown even at 1 only when TP is unknown: EP1 is "no expert parallelism".
    for (name, value) in [("EP", role.ep), ("PP", role.pp), ("DCP", role.dcp), ("PCP", role.pcp)] {
        if let Some(n) = value.filter(|n| *n > 1) {
            parts.push(format!("{name}{n}"));
        }
    }
    if role.dp_attention == Some(true) {
        parts.push("DPA".into());
    }
    (!parts.is_empty()).then(|| parts.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_name_what_differs() {
        let mut topology = Topology::default();
        assert_eq!(topology.label(), "?");
        topology.all = RoleTopology { tp: Some(8), ep: Some(1), ..RoleTopology::default() };
        assert_eq!(topology.label(), "TP8");
        topology.all.ep = Some(8);
        topology.all.dp_attention = Some(true);
        assert_eq!(topology.label(), "TP8 EP8 DPA");
        topology.prefill =
            RoleTopology { tp: Some(4), num_workers: Some(1), ..RoleTopology::default() };
        topology.decode = RoleTopology { num_gpu: Some(8), ..RoleTopology::default() };
        assert_eq!(topology.label(), "1P TP4 / D 8 GPUs");
    }
}
