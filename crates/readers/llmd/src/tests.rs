//! Every form of a report as text, and what each rule does to hand-made ones.

mod deployments;
mod dump;
mod forms;
mod hostile;
mod loads;
mod samples;
mod series;
mod units;

use std::path::{Path, PathBuf};

use inferguard_model::{FileRecord, Fragment, Metric};
use inferguard_source::{Reading, Selection, list, read_entry};

use crate::LlmdReader;

/// A file that was met and what was read of it.
type Met = (FileRecord, Option<Reading>);

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../fixtures/llmd")
}

/// Reads every file below a folder with this reader alone, in path order.
fn read_folder(folder: &Path) -> Vec<Met> {
    let selection = Selection::new(&[], &[]).expect("no pattern");
    let listing = list(folder, &selection).expect("the folder can be listed");
    let read = |(index, entry)| {
        let (record, reading, _) = read_entry(&[&LlmdReader], index as u32, entry, Vec::new());
        (record, reading)
    };
    listing.files.iter().enumerate().map(read).collect()
}

/// Reads one file of this name and text.
fn read_text(name: &str, text: &[u8]) -> Met {
    let folder = tempfile::tempdir().expect("a folder can be made");
    std::fs::write(folder.path().join(name), text).expect("the file can be written");
    read_folder(folder.path()).remove(0)
}

/// The only result of a text.
fn one(text: &str) -> Fragment {
    let (record, reading) = read_text("benchmark_report,_a.json.yaml", text.as_bytes());
    let mut fragments = reading.unwrap_or_else(|| panic!("{:?}", record.outcome)).fragments;
    assert_eq!(fragments.len(), 1, "{text}");
    fragments.remove(0)
}

/// The only result of a fixture.
fn form(name: &str) -> Fragment {
    let met = read_folder(&fixtures().join("forms").join(name));
    let mut fragments: Vec<_> =
        met.into_iter().filter_map(|(_, reading)| reading).flat_map(|r| r.fragments).collect();
    assert_eq!(fragments.len(), 1, "{name}");
    fragments.remove(0)
}

fn value(fragment: &Fragment, name: &str) -> Option<f64> {
    let metric = Metric::parse(name).expect("is a metric");
    fragment.evidence.metrics.get(metric)
}

/// Severity, code and place of every problem.
fn told(fragment: &Fragment) -> Vec<String> {
    let text = |(_, p): &(u16, inferguard_model::Problem)| {
        format!("{} {} {}", p.severity.name(), p.code.name(), p.at)
    };
    fragment.evidence.problems.iter().map(text).collect()
}
