//! What marks a point in every figure: the knee of its series, and where it breaks.

use std::collections::HashMap;

use inferguard_schema::{Scenario, Severity};

use super::figure::{Dot, Key, Layer, Panel, Ring, Sign};
use super::style::Ink;

/// Knees and the first cells beyond breaking points, by cell.
pub(super) fn rings(scenario: &Scenario) -> HashMap<&str, Ring> {
    let mut rings = HashMap::new();
    // A series too short to turn has no knee to show.
    let knees = scenario.series.iter().filter_map(|series| series.knee.as_ref());
    for id in knees.filter(|knee| knee.reached).flat_map(|knee| &knee.knee.cell_ids) {
        rings.insert(id.as_ref(), Ring::Knee);
    }
    for breaks in scenario.breaking_points.iter().filter(|one| one.severity != Severity::Info) {
        if let Some(id) = breaks.to_cell_ids.first() {
            let ring = rings.entry(id.as_ref()).or_insert(Ring::Cliff);
            if *ring == Ring::Knee {
                *ring = Ring::Both;
            }
        }
    }
    rings
}

/// Lines of the legend for the marks that some panels have.
pub(super) fn keys(panels: &[Panel]) -> Vec<Key> {
    let dots = || {
        let layers = panels.iter().flat_map(|panel| &panel.layers);
        let points = layers.filter_map(|layer| match layer {
            Layer::Dots(points) => Some(points),
            _ => None,
        });
        points.flatten().map(|point| point.dot)
    };
    let plain = Dot { key: 0, ink: Ink::Muted, hollow: false, ring: Ring::None };
    let mut keys = Vec::new();
    let mut add = |name: &str, dot: Dot| {
        keys.push(Key { name: name.to_owned(), sign: Sign::Dot(dot) });
    };
    if dots().any(|dot| matches!(dot.ring, Ring::Knee | Ring::Both)) {
        add("knee", Dot { ring: Ring::Knee, ..plain });
    }
    if dots().any(|dot| matches!(dot.ring, Ring::Cliff | Ring::Both)) {
        add("breaks here", Dot { ring: Ring::Cliff, ..plain });
    }
    if dots().any(|dot| dot.hollow) {
        add("off the frontier", Dot { hollow: true, ..plain });
    }
    keys
}
