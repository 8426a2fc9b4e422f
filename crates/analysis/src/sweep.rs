//! Cells of a sweep for the tests of this crate.

use inferguard_model::{Cell, Metric, Origin};

/// A cell of one series at so many users, with metrics by their names on the wire.
pub(crate) fn cell(users: u32, values: &[(&str, f64)]) -> Cell {
    let mut cell = Cell { id: format!("c{users}").into(), has_result: true, ..Cell::default() };
    let identity = &mut cell.evidence.identity;
    identity.model = Some("m".into());
    identity.scenario_type = Some("fixed-length".into());
    (identity.isl, identity.osl) = (Some(1024), Some(1024));
    identity.load.concurrency = Some(users);
    for (name, value) in values {
        let metric = Metric::parse(name).expect("a known metric");
        cell.evidence.metrics.set(metric, *value, Origin::key("k"));
    }
    cell
}
