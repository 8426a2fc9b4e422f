//! The sweep that llm-d's notebooks show: 19 configurations, 6 concurrencies each, with tables and
//! frontiers that are published.
#![allow(clippy::unreadable_literal, reason = "digits as published")]

use super::{compared, place, report, sample, value};

/// Layout, GPUs, concurrency, output tokens/s, per GPU, per user.
const TABLE: [(&str, f64, u64, f64, f64, f64); 5] = [
    ("1R TP4", 4.0, 64, 669.003392, 167.250848, 10.453178),
    ("1R TP2", 2.0, 128, 88.677142, 44.338571, 0.692790),
    ("4R TP4", 16.0, 128, 2231.207904, 139.450494, 17.431312),
    ("1P TP4, 3D TP4", 16.0, 128, 2207.080054, 137.942503, 17.242813),
    ("1P TP8, 1D TP8", 16.0, 64, 1905.659310, 119.103707, 29.775927),
];

/// Of lowest x first, where x is output tokens/s ÷ concurrency.
const BY_CONCURRENCY: [(&str, u64); 10] = [
    ("1R TP4", 256),
    ("1R TP4", 128),
    ("1R TP4", 64),
    ("3R TP4", 128),
    ("1P TP8, 1D TP8", 128),
    ("1P TP8, 1D TP8", 64),
    ("1P TP8, 1D TP8", 32),
    ("2R TP4", 8),
    ("1P TP8, 1D TP8", 8),
    ("1P TP8, 1D TP8", 1),
];

/// The same, where x is 1 ÷ mean TPOT.
const BY_TPOT: [(&str, u64); 11] = [
    ("1R TP4", 256),
    ("1R TP4", 128),
    ("1R TP4", 64),
    ("3R TP4", 128),
    ("1P TP8, 1D TP8", 128),
    ("3P TP4, 1D TP4", 128),
    ("2P TP4, 2D TP4", 128),
    ("1P TP8, 1D TP8", 64),
    ("1P TP8, 1D TP8", 32),
    ("1P TP8, 1D TP8", 8),
    ("1P TP8, 1D TP8", 1),
];

#[test]
fn the_table_of_the_sweep_is_met() {
    let Some(root) = sample("pd_sweep") else { return };
    let report = report(&root);
    assert_eq!(report.cells.len(), 114, "reports and their native files are one cell each");
    let scenarios = &report.cross_run.scenarios;
    assert_eq!(scenarios.len(), 1);
    assert_eq!(scenarios[0].series.len(), 19);
    assert!(scenarios[0].series.iter().all(|series| series.points.len() == 6));
    for (label, gpus, users, output, per_gpu, per_user) in TABLE {
        let cell = report
            .cells
            .iter()
            .find(|cell| place(&report, &cell.cell_id) == (format!("h100 {label}"), users))
            .unwrap_or_else(|| panic!("{label} at {users}"));
        let of = |name| value(cell, name).unwrap_or_else(|| panic!("{name} of {label}"));
        assert_eq!(of("num_gpus"), gpus);
        for (name, expected) in [
            ("output_tput_tps", output),
            ("system_output_tput_per_gpu", per_gpu),
            ("tput_per_user", per_user),
        ] {
            assert!((of(name) - expected).abs() <= 5.1e-7, "{name} of {label}: {}", of(name));
        }
    }
}

/// Layout and load of the points of the frontier over all configurations, lowest x first.
fn frontier(axes: [&str; 2], filter: &str) -> Option<Vec<(String, u64)>> {
    let root = sample("pd_sweep")?;
    let report = report(&root);
    let compared = compared(&root, axes, filter);
    let [scenario] = &compared.cross_run.scenarios[..] else { panic!("one scenario") };
    let [frontier] = scenario
        .frontiers
        .iter()
        .filter(|frontier| frontier.scope == inferguard::schema::Scope::Scenario)
        .collect::<Vec<_>>()[..]
    else {
        panic!("one frontier")
    };
    let points = frontier.points.iter().map(|point| {
        let (label, users) = place(&report, &point.cell_ids[0]);
        (label.trim_start_matches("h100 ").to_owned(), users)
    });
    Some(points.collect())
}

fn named(points: &[(&str, u64)]) -> Vec<(String, u64)> {
    points.iter().map(|(label, users)| ((*label).to_owned(), *users)).collect()
}

#[test]
fn the_frontier_by_output_over_concurrency_is_met() {
    if let Some(points) = frontier(["tput_per_user", "system_output_tput_per_gpu"], "") {
        assert_eq!(points, named(&BY_CONCURRENCY));
    }
}

#[test]
fn the_frontier_by_the_reciprocal_of_tpot_is_met() {
    for axis in ["intvty", "mean_intvty"] {
        if let Some(points) = frontier([axis, "system_output_tput_per_gpu"], "") {
            assert_eq!(points, named(&BY_TPOT));
        }
    }
}

#[test]
fn disaggregated_and_standalone_are_told_apart() {
    let axes = ["intvty", "system_output_tput_per_gpu"];
    if let (Some(pd), Some(standalone)) =
        (frontier(axes, "disagg=true"), frontier(axes, "disagg=false"))
    {
        assert!(pd.iter().all(|(label, _)| label.contains('P') && label.contains('D')), "{pd:?}");
        assert!(standalone.iter().all(|(label, _)| label.contains('R')), "{standalone:?}");
    }
    if let Some(points) = frontier(axes, "topology=1P TP8, 1D TP8") {
        assert_eq!(points.len(), 6, "one configuration, each load on its frontier");
    }
}
