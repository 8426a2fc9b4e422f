//! A large worker log: bytes per second of CPU, and memory per kept sample.
//!
//! Two hidden commands read one file: `floor` counts its lines, `fast` is the reader of the product.

mod data;

use std::fs::File;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, ensure};
use inferguard_srtslurm::worker_log::{LogOptions, WorkerLogName, read_worker_log};

use super::measure::{Programs, peak, spread, taken};
use super::{Args, Figure};

pub(crate) use data::{Engine, write};

/// Name of the log that is made.
const NAME: &str = "node-0_decode_w0.out";

/// Reads a log and prints what it says.
pub(crate) fn read(file: &Path) -> anyhow::Result<()> {
    let opened = File::open(file).with_context(|| format!("cannot open {}", file.display()))?;
    let name = WorkerLogName::parse(NAME).context("no name of a worker log")?;
    let (log, problems) = read_worker_log(&name, opened, LogOptions::default())?;
    println!("{:?}, {} ranks, {} problems", log.lines, log.ranks.len(), problems.len());
    Ok(())
}

pub(super) fn run(programs: &Programs, args: &Args) -> anyhow::Result<Vec<Figure>> {
    let dir = tempfile::tempdir().context("cannot make a temporary folder")?;
    let file = dir.path().join(NAME);
    let mut figures = Vec::new();
    for (engine, speed, memory) in [
        (
            Engine::Sglang,
            "logs of SGLang: GB per second of CPU",
            "logs of SGLang: peak beyond an empty run, per sample",
        ),
        (
            Engine::Vllm,
            "logs of vLLM: GB per second of CPU",
            "logs of vLLM: peak beyond an empty run, per sample",
        ),
        (
            Engine::Trtllm,
            "logs of TensorRT-LLM: GB per second of CPU",
            "logs of TensorRT-LLM: peak beyond an empty run, per sample",
        ),
    ] {
        let samples = write(&file, args.log_bytes, engine)?;
        let bytes = std::fs::metadata(&file)?.len();
        let reader = |command: &str| {
            let mut reader = Command::new(&programs.xtask);
            reader.arg(command).arg(&file);
            reader
        };
        let told = reader("read-log").output().context("cannot start the reader")?;
        let told = String::from_utf8_lossy(&told.stdout).into_owned();
        ensure!(told.contains(&format!("sampled: {samples},")), "{samples} samples: {told}");
        let mut speeds = Vec::new();
        for round in 1..=args.pairs {
            let took = taken(&mut reader("read-log"))?;
            println!(
                "logs {engine:?} {round}: {:.3} s of CPU for {:.0} MB, {samples} samples",
                took.cpu,
                bytes as f64 / 1e6
            );
            speeds.push(bytes as f64 / 1e9 / took.cpu);
        }
        let (median, least, most) = spread(speeds);
        let held = peak(&programs.xtask, &reader("read-log"))?;
        write(&file, 1, engine)?;
        let empty = peak(&programs.xtask, &reader("read-log"))?;
        figures.push(Figure {
            name: speed,
            value: format!("{median:.2} GB/s"),
            range: format!("{least:.2} to {most:.2}"),
            target: "at least 0.5 GB/s",
        });
        figures.push(Figure {
            name: memory,
            value: format!("{:.0} B", held.saturating_sub(empty) as f64 / samples as f64),
            range: format!("peak {:.0} MiB", held as f64 / f64::from(1 << 20)),
            target: "at most 400 B",
        });
    }
    Ok(figures)
}
