//! What an earlier analysis measured, to compare with.

use std::collections::BTreeMap;

use inferguard_analysis::quantile;
use inferguard_model::{Cell, EvalScore, Identity, Metric, MetricSet, Topology};

/// The cells of an earlier analysis.
#[derive(Debug, Clone, Default)]
pub struct Baseline {
    /// What it is called: the path as given.
    pub label: String,
    cells: Vec<BaselineCell>,
    by_key: BTreeMap<Key, Vec<usize>>,
}

/// A cell of an earlier analysis.
#[derive(Debug, Clone, Default)]
pub struct BaselineCell {
    /// Id in its report.
    pub id: String,
    /// What was benchmarked, normalized as the cells of this analysis are.
    pub identity: Identity,
    /// Its numbers.
    pub metrics: MetricSet,
    /// Its accuracy scores.
    pub evals: Vec<EvalScore>,
}

/// What must be equal for two cells to be compared: the configuration, the workload and the load,
/// but not the image nor the run. What neither side states is equal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    model: String,
    texts: [Option<String>; 6],
    topology: Topology,
    roles: [Option<bool>; 2],
    lengths: [Option<u32>; 2],
    dataset: Option<String>,
    concurrency: Option<u32>,
    /// Bits of the rate: equal rates are equal numbers.
    request_rate: Option<u64>,
}

impl Key {
    /// `None` for a cell that nothing can be compared with: without a model, a workload or a load.
    fn of(identity: &Identity) -> Option<Self> {
        let load = identity.load;
        if load.concurrency.is_none() && load.request_rate.is_none() {
            return None;
        }
        let lengths = [identity.isl, identity.osl];
        let dataset = identity.dataset.as_ref().map(|dataset| dataset.name.clone());
        let is_fixed = identity.scenario_type.as_deref() == Some("fixed-length");
        if is_fixed && dataset.is_none() && lengths.contains(&None) {
            return None;
        }
        Some(Self {
            model: identity.model.clone()?,
            texts: [
                &identity.hardware,
                &identity.framework,
                &identity.precision,
                &identity.spec_decoding,
                &identity.offloading,
                &identity.scenario_type,
            ]
            .map(Clone::clone),
            topology: identity.topology,
            roles: [identity.disagg, identity.is_multinode],
            lengths,
            dataset,
            concurrency: load.concurrency,
            request_rate: load.request_rate.map(f64::to_bits),
        })
    }
}

impl Baseline {
    /// A baseline of these cells.
    pub fn new(label: String, cells: Vec<BaselineCell>) -> Self {
        let mut by_key: BTreeMap<Key, Vec<usize>> = BTreeMap::new();
        for (at, cell) in cells.iter().enumerate() {
            if let Some(key) = Key::of(&cell.identity) {
                by_key.entry(key).or_default().push(at);
            }
        }
        Self { label, cells, by_key }
    }

    /// Every cell.
    pub fn cells(&self) -> &[BaselineCell] {
        &self.cells
    }

    /// The cells that measured the same configuration, workload and load.
    pub fn matches(&self, cell: &Cell) -> Vec<&BaselineCell> {
        let key = Key::of(&cell.evidence.identity);
        let found = key.and_then(|key| self.by_key.get(&key));
        found.into_iter().flatten().map(|at| &self.cells[*at]).collect()
    }
}

/// The median of a metric over the cells that have it.
pub(crate) fn median(of: &[&BaselineCell], metric: Metric) -> Option<f64> {
    let mut values: Vec<f64> = of.iter().filter_map(|cell| cell.metrics.get(metric)).collect();
    quantile::median(&mut values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use inferguard_model::Load;

    fn identity(users: u32) -> Identity {
        Identity {
            model: Some("dsr1".into()),
            hardware: Some("b200".into()),
            scenario_type: Some("fixed-length".into()),
            isl: Some(1024),
            osl: Some(1024),
            load: Load { concurrency: Some(users), request_rate: None },
            ..Identity::default()
        }
    }

    fn cell(identity: Identity) -> Cell {
        let mut cell = Cell { id: "c".into(), has_result: true, ..Cell::default() };
        cell.evidence.identity = identity;
        cell
    }

    fn baseline(identities: Vec<Identity>) -> Baseline {
        let of = |identity| BaselineCell { identity, ..BaselineCell::default() };
        Baseline::new("old".into(), identities.into_iter().map(of).collect())
    }

    #[test]
    fn equal_keys_match_whatever_the_image_and_the_recipe() {
        let old =
            Identity { image: Some("old".into()), recipe_name: Some("r1".into()), ..identity(8) };
        let baseline = baseline(vec![old.clone(), old, identity(16)]);
        assert_eq!(baseline.matches(&cell(identity(8))).len(), 2);
        assert_eq!(baseline.matches(&cell(identity(32))).len(), 0);
    }

    #[test]
    fn another_configuration_workload_or_load_does_not_match() {
        let baseline = baseline(vec![identity(8)]);
        let differs = |change: fn(&mut Identity)| {
            let mut other = identity(8);
            change(&mut other);
            baseline.matches(&cell(other)).is_empty()
        };
        assert!(!differs(|_| ()));
        assert!(differs(|i| i.model = None));
        assert!(differs(|i| i.hardware = None));
        assert!(differs(|i| i.precision = Some("fp4".into())));
        assert!(differs(|i| i.offloading = Some("none".into())));
        assert!(differs(|i| i.topology.all.tp = Some(8)));
        assert!(differs(|i| i.osl = Some(8192)));
        assert!(differs(|i| i.load = Load { concurrency: None, request_rate: Some(8.0) }));
    }

    #[test]
    fn a_cell_without_a_workload_or_a_load_is_compared_with_nothing() {
        let no_lengths = Identity { isl: None, ..identity(8) };
        let no_load = Identity { load: Load::default(), ..identity(8) };
        let baseline = baseline(vec![no_lengths.clone(), no_load.clone()]);
        assert!(baseline.matches(&cell(no_lengths)).is_empty());
        assert!(baseline.matches(&cell(no_load)).is_empty());
    }
}
