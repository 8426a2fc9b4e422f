//! Fixtures of every generation as text, and hostile or damaged variants of them.

mod damaged;
mod dump;
mod generations;
mod hostile;
mod power;
mod samples;

use std::path::{Path, PathBuf};

use inferguard_model::{FileRecord, Fragment};
use inferguard_source::{Reading, Selection, list, read_entry};

use crate::InferencexReader;

/// A file that was met and what was read of it.
type Met = (FileRecord, Option<Reading>);

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../fixtures")
}

/// Reads every file below a folder with this reader alone, in path order.
fn read_folder(folder: &Path) -> Vec<Met> {
    let selection = Selection::new(&[], &[]).expect("no pattern");
    let listing = list(folder, &selection).expect("the folder can be listed");
    let mut buffer = Vec::new();
    let mut met = Vec::new();
    for (index, entry) in listing.files.iter().enumerate() {
        let taken = std::mem::take(&mut buffer);
        let (record, reading, given_back) =
            read_entry(&[&InferencexReader], index as u32, entry, taken);
        buffer = given_back;
        met.push((record, reading));
    }
    met
}

/// Reads one file of this name and text.
fn read_text(name: &str, text: &[u8]) -> Met {
    let folder = tempfile::tempdir().expect("a folder can be made");
    std::fs::write(folder.path().join(name), text).expect("the file can be written");
    read_folder(folder.path()).remove(0)
}

/// Everything that was read below a folder.
fn fragments(folder: &Path) -> Vec<Fragment> {
    read_folder(folder)
        .into_iter()
        .filter_map(|(_, reading)| reading)
        .flat_map(|reading| reading.fragments)
        .collect()
}

/// The only result of a text.
fn one(name: &str, text: &str) -> Fragment {
    let (record, reading) = read_text(name, text.as_bytes());
    let mut fragments = reading.unwrap_or_else(|| panic!("{:?}", record.outcome)).fragments;
    assert_eq!(fragments.len(), 1, "{text}");
    fragments.remove(0)
}

fn value(fragment: &Fragment, name: &str) -> Option<f64> {
    let metric = inferguard_model::Metric::parse(name).expect("is a metric");
    fragment.evidence.metrics.get(metric)
}

/// Code and place of every problem.
fn told(fragment: &Fragment) -> Vec<(&'static str, &str)> {
    fragment.evidence.problems.iter().map(|(_, p)| (p.code.name(), &*p.at)).collect()
}
