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
    /// Data parallelism of one worker, over GPUs of its own: ranks of DP attention are
    /// `dp_attention`.
    pub dp: Option<u32>,
    /// Decode-context parallelism; shares the GPUs of TP.
    pub dcp: Option<u32>,
    /// Prefill-context parallelism.
    pub pcp: Option<u32>,
    /// Data-parallel attention; shares the GPUs of TP.
    pub dp_attention: Option<bool>,
    /// Workers of the role; replicas, where there are no roles.
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
    /// Short text: `TP8`, `TP4 EP4 DPA`, `2R TP4`, `1P TP4, 2D TP8`; `?` when nothing is known.
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
            return format!("{}, {}", role('P', &self.prefill), role('D', &self.decode));
        }
        let all = shape(&self.all).or_else(|| {
            let gpus = self.all.num_gpu.filter(|_| self.all.num_workers.is_some())?;
            Some(format!("{gpus} GPUs"))
        });
        match (self.all.num_workers, all) {
            (Some(replicas), Some(shape)) => format!("{replicas}R {shape}"),
            (_, all) => all.unwrap_or_else(|| "?".into()),
        }
    }
}

fn shape(role: &RoleTopology) -> Option<String> {
    let mut parts = Vec::new();
    if let Some(tp) = role.tp {
        parts.push(format!("TP{tp}"));
    }
    // EP is shown even at 1 only when TP is unknown: EP1 is "no expert parallelism".
    for (name, value) in
        [("EP", role.ep), ("PP", role.pp), ("DP", role.dp), ("DCP", role.dcp), ("PCP", role.pcp)]
    {
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
        assert_eq!(topology.label(), "1P TP4, D 8 GPUs");
        let replicas =
            RoleTopology { tp: Some(4), num_workers: Some(2), ..RoleTopology::default() };
        let topology = Topology { all: replicas, ..Topology::default() };
        assert_eq!(topology.label(), "2R TP4");
        let wide = RoleTopology { tp: Some(1), dp: Some(16), ..RoleTopology::default() };
        assert_eq!(Topology { all: wide, ..Topology::default() }.label(), "TP1 DP16");
    }
}
