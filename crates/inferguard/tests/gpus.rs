//! Samples of GPUs go to the cells whose load they saw.

use std::path::{Path, PathBuf};

use inferguard::model::Role;
use inferguard::schema::ArtifactPaths;
use inferguard::{Filter, Options, analyze, plots};

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures")
}

/// Copies a file or a folder.
fn copy(from: &Path, to: &Path) {
    if !from.is_dir() {
        std::fs::create_dir_all(to.parent().expect("a folder")).expect("it is made");
        std::fs::copy(from, to).expect("it is copied");
        return;
    }
    for entry in std::fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        copy(&entry.path(), &to.join(entry.file_name()));
    }
}

/// Cells that name the file as theirs, and the figures of GPUs.
fn told(root: &Path, role: Role) -> (Vec<String>, Vec<String>) {
    let report = analyze(root, &Options::default()).expect("a report").report;
    let has = |paths: &ArtifactPaths| !matches!(paths, ArtifactPaths::None);
    let cells = report.cells.into_iter().filter(|cell| cell.artifacts.get(role.0).is_some_and(has));
    let drawn = plots(&[root.to_owned()], &Options::default(), &Filter::default());
    let figures = drawn.expect("figures").figures.into_iter().map(|plotted| plotted.figure.name);
    (
        cells.map(|cell| cell.cell_id).collect(),
        figures.filter(|name| name.starts_with("gpus_")).collect(),
    )
}

#[test]
fn the_metrics_of_a_ci_job_go_to_the_cell_that_its_folder_names() {
    let root = tempfile::tempdir().expect("a folder");
    let rows = fixtures().join("inferencex/f10-2026-08/power");
    let row = std::fs::read_dir(rows).expect("a folder").next().expect("a row").expect("a row");
    let text = std::fs::read_to_string(row.path()).expect("a row");
    assert!(text.contains("\"conc\": 8,"));
    for users in ["8", "16"] {
        let folder = root.path().join(format!("bmk_x_conc{users}"));
        std::fs::create_dir(&folder).expect("it is made");
        let row = text.replace("\"conc\": 8,", &format!("\"conc\": {users},"));
        std::fs::write(folder.join(format!("agg_x_conc{users}.json")), row).expect("written");
    }
    let metrics = root.path().join("gpu_metrics_x_conc16/gpu_metrics.csv");
    copy(&fixtures().join("gpus/amd-smi/gpu_metrics.csv"), &metrics);
    let (cells, figures) = told(root.path(), Role::GPU_METRICS_CSV);
    assert_eq!(cells, ["bmk_x_conc16/agg_x_conc16"]);
    assert_eq!(figures, ["gpus_bmk_x_conc16-agg_x_conc16"]);
}

#[test]
fn the_samples_of_a_job_go_to_all_its_cells() {
    let root = tempfile::tempdir().expect("a folder");
    copy(&fixtures().join("srtslurm/runs/20001"), &root.path().join("20001"));
    let samples = root.path().join("20001/logs/power/samples.csv");
    copy(&fixtures().join("gpus/srt-slurm/logs/power/samples.csv"), &samples);
    let (cells, figures) = told(root.path(), Role::POWER_SAMPLES_CSV);
    assert_eq!(cells.len(), 2, "{cells:?}");
    // The load of one of them is known to be another day's.
    assert_eq!(figures.len(), 1, "{figures:?}");
}
