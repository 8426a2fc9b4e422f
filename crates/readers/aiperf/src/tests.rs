//! Fixtures of every version, and damaged files.

use std::path::Path;

use inferguard_model::{Evidence, FileStatus, Fragment, FragmentKind, Metric, ProblemCode};
use inferguard_source::{Entry, Reader, Reading, Selection, list, read_entry};

use crate::AiperfReader;

mod damaged;
mod dump;
mod versions;

/// All files below a folder, as the reader takes them.
fn read_folder(folder: &Path) -> Vec<(String, FileStatus, Option<Reading>)> {
    let selection = Selection::new(&[], &[]).expect("no patterns");
    let listing = list(folder, &selection).expect("the folder can be listed");
    let read = |(index, entry): (usize, &Entry)| {
        let readers: [&dyn Reader; 1] = [&AiperfReader::default()];
        let (record, reading, _) = read_entry(&readers, index as u32, entry, Vec::new());
        (record.path, record.outcome.status, reading)
    };
    listing.files.iter().enumerate().map(read).collect()
}

fn fixtures() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../fixtures/aiperf")
}

/// Reads one file of this text under a name.
fn read_text(name: &str, text: &[u8]) -> (FileStatus, Option<String>, Option<Fragment>) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    if let Some(above) = path.parent() {
        std::fs::create_dir_all(above).expect("a folder");
    }
    std::fs::write(&path, text).expect("the file is written");
    let selection = Selection::new(&[], &[]).expect("no patterns");
    let listing = list(folder.path(), &selection).expect("the folder can be listed");
    let readers: [&dyn Reader; 1] = [&AiperfReader::default()];
    let (record, reading, _) = read_entry(&readers, 0, &listing.files[0], Vec::new());
    let fragment = reading.and_then(|reading| reading.fragments.into_iter().next());
    (record.outcome.status, record.outcome.reason, fragment)
}

fn value(evidence: &Evidence, name: &str) -> Option<f64> {
    evidence.metrics.get(Metric::parse(name).expect("is a metric"))
}

fn codes(evidence: &Evidence) -> Vec<ProblemCode> {
    evidence.problems.iter().map(|(_, problem)| problem.code).collect()
}

fn is_result(fragment: &Fragment) -> bool {
    matches!(fragment.kind, FragmentKind::Result(_))
}
