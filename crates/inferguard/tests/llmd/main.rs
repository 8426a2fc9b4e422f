//! llm-d: a sweep as its notebook shows it, without the notebook's defects; files that speak of one
//! result; the figures that are published for a real sweep.

mod golden;
mod joins;
mod notebook;

use std::path::{Path, PathBuf};

use inferguard::schema::{Cell, Report, Scenario, Series};
use inferguard::{Filter, FrontierRequest, Options, Pareto, analyze, pareto};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/llmd").join(name)
}

/// A folder of real artifacts; `None` with a message where it is absent.
#[expect(clippy::print_stderr, reason = "a skipped test should say so")]
fn sample(name: &str) -> Option<PathBuf> {
    let root =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/samples/llm-d").join(name);
    if root.is_dir() {
        return Some(root);
    }
    eprintln!("skipped: no real artifacts at {}", root.display());
    None
}

fn report(root: &Path) -> Report {
    analyze(root, &Options::default()).expect("the folder is read").report
}

/// Frontiers over these axes of the cells that a filter takes.
fn compared(root: &Path, axes: [&str; 2], filter: &str) -> Pareto {
    let [x, y] = axes.map(|axis| Some(axis.parse().expect("an axis")));
    let options =
        Options { frontiers: FrontierRequest { x, y, cutoff: None }, ..Options::default() };
    let filter: Filter = filter.parse().expect("a filter");
    pareto(&[root.to_owned()], &options, &filter).expect("the folder is read")
}

fn value(cell: &Cell, name: &str) -> Option<f64> {
    cell.metrics.get(name)?.as_f64()
}

fn cell<'r>(report: &'r Report, id: &str) -> &'r Cell {
    let ids = || report.cells.iter().map(|cell| &*cell.cell_id).collect::<Vec<_>>();
    report
        .cells
        .iter()
        .find(|cell| cell.cell_id == id)
        .unwrap_or_else(|| panic!("{id}: {:#?}", ids()))
}

fn series<'s>(scenario: &'s Scenario, label: &str) -> Option<&'s Series> {
    scenario.series.iter().find(|series| series.configuration.label == label)
}

/// Layout and load of a cell of a sweep.
fn place(report: &Report, id: &str) -> (String, u64) {
    let all = report.cross_run.scenarios.iter().flat_map(|scenario| &scenario.series);
    for series in all {
        for point in &series.points {
            if point.cell_ids.iter().any(|cell| **cell == *id) {
                let label = series.configuration.label.as_str();
                return (label.to_owned(), point.load.map_or(0, |load| load as u64));
            }
        }
    }
    panic!("{id} is in no series");
}
