//! Fixtures of every generation: what the reader says of each file.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use inferguard_model::{Fragment, JobPart, Place};
use inferguard_source::{Reader, Selection, list, read_entry};

use crate::SrtslurmReader;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../fixtures/srtslurm").join(name)
}

/// Everything that is told of the files of a folder.
fn dump(folder: &Path) -> String {
    let mut out = String::new();
    let listing = list(folder, &Selection::default()).expect("a fixture");
    for (index, entry) in listing.files.iter().enumerate() {
        let reader: &dyn Reader = &SrtslurmReader;
        let (record, reading, _) = read_entry(&[reader], index as u32, entry, Vec::new());
        if record.outcome.status.name() == "ignored" {
            continue;
        }
        let outcome = &record.outcome;
        let reason = outcome.reason.as_ref().map_or(String::new(), |why| format!(" ({why})"));
        let status = outcome.status.name();
        let _ = writeln!(out, "== {}: {status} {}{reason}", record.path, outcome.kind);
        for problem in &record.problems {
            let _ = writeln!(out, "  {} {}: {}", problem.code.name(), problem.at, problem.message);
        }
        let Some(reading) = reading else { continue };
        for part in reading.job {
            part_of_job(&mut out, part);
        }
        for fragment in &reading.fragments {
            one(&mut out, fragment);
        }
    }
    out
}

fn part_of_job(out: &mut String, part: JobPart) {
    match part {
        JobPart::Metadata(mut metadata) => {
            metadata.members.clear();
            let _ = writeln!(
                out,
                "{metadata:#?}\n{:?} working of {:?} provisioned",
                metadata.working_gpus(),
                metadata.provisioned_gpus()
            );
        }
        JobPart::Recipe(recipe) => {
            let _ = writeln!(out, "{:?} {:?}", recipe.kind, recipe.plan);
            for (path, value) in recipe.members {
                let _ = writeln!(out, "  {path} = {value:?}");
            }
        }
        other => {
            let _ = writeln!(out, "{other:?}");
        }
    }
}

fn one(out: &mut String, fragment: &Fragment) {
    let known = &fragment.evidence;
    if known.metrics.is_empty() && known.workers.is_empty() {
        return;
    }
    let identity = &known.identity;
    let artifact = &fragment.artifact;
    let _ = writeln!(
        out,
        "{}{} {:?}: concurrency {:?}, {:?}/{:?}, {:?} done, {:?} on {:?}, recipe {:?}",
        artifact.role.0,
        artifact.base,
        fragment.kind,
        identity.load.concurrency,
        identity.isl,
        identity.osl,
        known.completion.successful,
        identity.model,
        identity.hardware,
        identity.recipe_name,
    );
    for entry in &known.metrics {
        let from = match &entry.origin.place {
            Place::Key(key) => (*key).to_owned(),
            Place::Path(path) => path.to_string(),
            Place::Derived(formula) => format!("= {formula}"),
        };
        let _ = writeln!(out, "  {} {} from {from}", entry.metric.name(), entry.value);
    }
}

#[test]
fn v1_with_prefill_and_decode_apart() {
    insta::assert_snapshot!(dump(&fixture("runs/3667_1P_4D_20251110_192145")));
}

#[test]
fn v1_aggregated() {
    insta::assert_snapshot!(dump(&fixture("runs/3712_2A_20251204_080910")));
}

#[test]
fn v2_with_prefill_and_decode_apart() {
    insta::assert_snapshot!(dump(&fixture("runs/20001")));
}

#[test]
fn v2_aggregated_before_and_after_gpus_of_a_worker_are_stated() {
    let both = [dump(&fixture("runs/20002")), dump(&fixture("runs/20003"))];
    insta::assert_snapshot!(both.concat());
}

#[test]
fn runs_that_measured_nothing() {
    let names = ["runs/20004", "runs/20005", "runs/20008"];
    insta::assert_snapshot!(names.map(|name| dump(&fixture(name))).concat());
}

#[test]
fn levels_planned_and_told() {
    insta::assert_snapshot!([dump(&fixture("runs/20006")), dump(&fixture("runs/20007"))].concat());
}

#[test]
fn roll_ups_alone() {
    insta::assert_snapshot!(dump(&fixture("runs/rollup-only")));
}

#[test]
fn hostile_files_cost_nothing_else() {
    insta::assert_snapshot!(dump(&fixture("hostile")));
}

#[test]
fn no_secret_is_kept() {
    let all = [dump(&fixture("runs")), dump(&fixture("hostile"))].concat();
    for secret in ["isasecret", "not-for-you", "pw123", "sk-0123", "\"abc\"", "token=1"] {
        assert!(!all.contains(secret), "{secret}");
    }
}
