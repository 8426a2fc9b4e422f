//! What is read out of every fixture.

use std::fmt::Write as _;
use std::fs::File;
use std::path::{Path, PathBuf};

use super::*;

#[test]
fn every_fixture() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../fixtures/srtslurm/workers");
    let mut files = Vec::new();
    list(&root, &mut files);
    files.sort();
    let mut told = String::new();
    for file in files {
        let base = file.file_name().and_then(|name| name.to_str()).expect("UTF-8");
        let Some(name) = WorkerLogName::parse(base) else { continue };
        let stream = File::open(&file).expect("is there");
        let (log, problems) = read_worker_log(&name, stream, LogOptions::default()).expect("reads");
        let path = file.strip_prefix(&root).expect("is below").display();
        tell(&mut told, &path.to_string(), &log);
        for problem in problems {
            let _ = writeln!(told, "  {}: {}", problem.at, problem.message);
        }
    }
    insta::assert_snapshot!("every_fixture", told);
}

fn list(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("is a folder") {
        let path = entry.expect("can be listed").path();
        if path.is_dir() {
            list(&path, into);
        } else {
            into.push(path);
        }
    }
}

fn tell(out: &mut String, path: &str, log: &WorkerLog) {
    let engine = log.engine.map_or("?", Engine::name);
    let clock = log.clock.map_or("?", LogClock::name);
    let _ = writeln!(out, "{path}: {engine}, {clock}, {:?}", log.lines);
    if log.launch != WorkerLaunch::default() {
        let _ = writeln!(out, "  {:?}", log.launch);
    }
    if log.memory != WorkerMemory::default() {
        let _ = writeln!(out, "  {:?}", log.memory);
    }
    for rank in &log.ranks {
        let _ = write!(
            out,
            "  {} DP{:?} x{}: {} samples",
            rank.phase.name(),
            rank.dp_rank,
            rank.writers,
            rank.len()
        );
        for gauge in WorkerGauge::ALL.into_iter().filter(|gauge| rank.has(*gauge)) {
            let values: Vec<f64> = rank.values(gauge).map(|(_, value)| value).collect();
            let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let sum: f64 = values.iter().sum();
            let _ = write!(out, ", {} {sum:.2}/{most:.2}", gauge.name());
        }
        out.push('\n');
    }
    for event in &log.events {
        let _ = writeln!(
            out,
            "  {} x{} from line {}: {}",
            event.kind.name(),
            event.count,
            event.line,
            event.text
        );
    }
}
