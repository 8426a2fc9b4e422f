//! The fragments of a folder as text, for snapshots.

use std::fmt::Write;
use std::path::Path;

use inferguard_model::{Place, Scalar, TimeSlices};

use super::*;

pub(super) fn folder(folder: &Path) -> String {
    let mut out = String::new();
    for (path, status, reading) in read_folder(folder) {
        let _ = writeln!(out, "== {path}: {}", status.name());
        let Some(reading) = reading else { continue };
        if let Some(reason) = &reading.reason {
            let _ = writeln!(out, "reason: {reason}");
        }
        for fragment in &reading.fragments {
            one(&mut out, fragment);
        }
    }
    out
}

fn one(out: &mut String, fragment: &Fragment) {
    let Fragment { kind, format, artifact, folder_is_cell, evidence, table, .. } = fragment;
    let cell = if *folder_is_cell { "folder" } else { "file" };
    let _ = writeln!(out, "{} {kind:?} {}, of the {cell}", artifact.role.0, format.name());
    identity(out, evidence);
    let done = &evidence.completion;
    let _ = writeln!(
        out,
        "completion {:?} of {:?}, warm-up {:?}; {:?}",
        done.successful, done.total, done.warmup, evidence.ending
    );
    if let Some((start, end)) = evidence.window_ns {
        let _ = writeln!(out, "window {start}..{end}");
    }
    for entry in &evidence.metrics {
        let from = match &entry.origin.place {
            Place::Key(key) => (*key).to_owned(),
            Place::Path(path) => path.to_string(),
            Place::Derived(formula) => format!("= {formula}"),
        };
        let _ = writeln!(out, "  {} {} <- {from}", entry.metric.name(), number(entry.value));
    }
    for (key, scalar) in &evidence.extra {
        let text = match scalar {
            Scalar::Null => "null".to_owned(),
            Scalar::Bool(on) => on.to_string(),
            Scalar::Int(n) => n.to_string(),
            Scalar::Float(x) => number(*x),
            Scalar::Text(text) => format!("{text:?}"),
        };
        let _ = writeln!(out, "  extra {key} {text}");
    }
    for (_, problem) in &evidence.problems {
        let (severity, code) = (problem.severity.name(), problem.code.name());
        let _ = writeln!(out, "  {severity} {code} at {:?}: {}", problem.at, problem.message);
    }
    if let Some(server) = &evidence.server {
        let _ = writeln!(out, "  server {server:?}");
    }
    if let Some(cut) = &evidence.slices {
        slices(out, cut);
    }
    if let Some(table) = table {
        let _ = writeln!(out, "  table {} ok, {} failed", table.len(), table.failed);
    }
}

fn identity(out: &mut String, evidence: &Evidence) {
    let identity = &evidence.identity;
    let mut parts = Vec::new();
    for (name, text) in [
        ("model", &identity.model),
        ("hardware", &identity.hardware),
        ("scenario", &identity.scenario_type),
        ("harness", &identity.harness),
    ] {
        if let Some(text) = text {
            parts.push(format!("{name} {text}"));
        }
    }
    for (name, value) in [
        ("isl", identity.isl.map(f64::from)),
        ("osl", identity.osl.map(f64::from)),
        ("users", identity.load.concurrency.map(f64::from)),
        ("rate", identity.load.request_rate),
        ("turns", identity.turns),
        ("cancellation", identity.cancellation),
    ] {
        if let Some(value) = value {
            parts.push(format!("{name} {value}"));
        }
    }
    if let Some(streaming) = identity.streaming {
        parts.push(format!("streaming {streaming}"));
    }
    if let Some(dataset) = &identity.dataset {
        parts.push(format!("dataset {} {:?}", dataset.name, dataset.entries));
    }
    if !parts.is_empty() {
        let _ = writeln!(out, "identity {}", parts.join(", "));
    }
}

fn slices(out: &mut String, cut: &TimeSlices) {
    let _ = writeln!(out, "  slices of {:?} s, on the clock {}", cut.seconds, cut.on_the_clock);
    for slice in &cut.slices {
        let _ = writeln!(
            out,
            "    {:?} complete {:?}: {:?} ok, {:?} failed, {} metrics",
            slice.bounds_ns,
            slice.complete,
            slice.successful,
            slice.failed,
            slice.metrics.len()
        );
    }
}

/// Nine significant digits, so that the last bits of sums do not matter.
fn number(value: f64) -> String {
    let text = format!("{value:.8e}");
    text.parse::<f64>().map_or(text, |short| short.to_string())
}
