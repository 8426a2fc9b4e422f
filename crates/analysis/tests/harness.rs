//! Cells of other harnesses, and of other ways to make requests, are not pooled.

use inferguard_analysis::scenario::{Scenarios, scenarios};
use inferguard_model::{Cell, Identity, RunId, SourceFormat};

fn cell(id: &str, change: impl FnOnce(&mut Identity)) -> Cell {
    let mut cell = Cell {
        id: id.into(),
        run: RunId("sweep".into()),
        format: SourceFormat::Aiperf,
        has_result: true,
        ..Cell::default()
    };
    let identity = &mut cell.evidence.identity;
    identity.model = Some("m".into());
    identity.scenario_type = Some("fixed-length".into());
    (identity.isl, identity.osl) = (Some(200), Some(40));
    identity.load.concurrency = Some(4);
    change(identity);
    cell
}

fn harness(id: &str, name: Option<&str>) -> Cell {
    cell(id, |identity| identity.harness = name.map(str::to_owned))
}

/// Cells of each level of each series.
fn levels(found: &Scenarios) -> Vec<Vec<usize>> {
    let series = found.scenarios.iter().flat_map(|scenario| &scenario.series);
    series.flat_map(|series| series.points.iter().map(|point| point.cells.clone())).collect()
}

#[test]
fn another_version_is_another_series() {
    let cells = [
        harness("a", Some("aiperf 0.11.0")),
        harness("b", Some("aiperf 0.12.0")),
        harness("c", Some("aiperf 0.11.0")),
    ];
    assert_eq!(levels(&scenarios(&cells)), [vec![0, 2], vec![1]]);
}

#[test]
fn a_cell_that_does_not_say_goes_with_the_only_harness_of_its_run() {
    let one = [harness("a", Some("aiperf 0.12.0")), harness("b", None)];
    assert_eq!(levels(&scenarios(&one)), [vec![0, 1]]);
    let two = [
        harness("a", Some("aiperf 0.12.0")),
        harness("b", None),
        harness("c", Some("aiperf 0.13.0")),
    ];
    assert_eq!(levels(&scenarios(&two)).len(), 3);
    let elsewhere = [
        harness("a", Some("aiperf 0.12.0")),
        Cell { run: RunId("other".into()), ..harness("b", None) },
    ];
    assert_eq!(levels(&scenarios(&elsewhere)).len(), 2);
}

#[test]
fn turns_cancellations_and_streaming_are_scenarios_of_their_own() {
    let cells = [
        cell("a", |_| {}),
        cell("b", |identity| identity.streaming = Some(true)),
        cell("c", |identity| identity.streaming = Some(false)),
        cell("d", |identity| identity.turns = Some(3.0)),
        cell("e", |identity| identity.cancellation = Some(0.2)),
    ];
    let found = scenarios(&cells);
    let ids: Vec<&str> = found.scenarios.iter().map(|scenario| scenario.id.as_str()).collect();
    assert_eq!(
        ids,
        ["m_200-40", "m_200-40_3-turns", "m_200-40_cancel-20", "m_200-40_non-streaming"]
    );
    assert_eq!(found.scenarios[0].cells, [0, 1]);
}
