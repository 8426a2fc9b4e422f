//! Records of requests from JSON lines to Parquet: CPU and memory, and the same by polars.

use std::fs::File;
use std::path::Path;
use std::process::Command;

use anyhow::Context;

use super::measure::{Programs, peak, spread, taken};
use super::records::{Shape, write};
use super::{Args, Figure};

/// The same columns by polars: input, output, level of zstd.
const POLARS: &str = include_str!("export_polars.py");

pub(super) fn run(programs: &Programs, args: &Args) -> anyhow::Result<Vec<Figure>> {
    let dir = tempfile::tempdir().context("cannot make a temporary folder")?;
    let run = dir.path().join("run");
    std::fs::create_dir(&run).context("cannot make a folder")?;
    let records = run.join("profile_export.jsonl");
    let bytes = write(&records, args.records, Shape::Standard)?;
    let script = dir.path().join("export_polars.py");
    std::fs::write(&script, POLARS).context("cannot write the script")?;
    let out = dir.path().join("requests.parquet");
    let ours = || {
        let mut command = Command::new(&programs.inferguard);
        command.args(["--quiet", "export", "--format", "parquet", "--table", "requests", "-o"]);
        command.arg(&out).arg(&run);
        command
    };
    let theirs = |python: &Path| {
        let mut command = Command::new(python);
        command.env("POLARS_MAX_THREADS", "1").arg(&script).arg(&records);
        command.arg(dir.path().join("polars.parquet"));
        command.arg(inferguard::export::ZSTD_LEVEL.to_string());
        command
    };
    taken(&mut ours())?;
    let (mut speeds, mut ratios) = (Vec::new(), Vec::new());
    for round in 1..=args.pairs {
        let took = taken(&mut ours())?;
        println!("export {round}: {:.3} s of CPU for {:.0} MB", took.cpu, bytes as f64 / 1e6);
        speeds.push(bytes as f64 / 1e9 / took.cpu);
        if let Some(python) = &args.against_polars {
            let other = taken(&mut theirs(python))?;
            println!("export {round}: polars {:.3} s of CPU", other.cpu);
            ratios.push(took.cpu / other.cpu);
        }
    }
    let (median, least, most) = spread(speeds);
    let memory = peak(&programs.xtask, &ours())?;
    let size = File::open(&out).and_then(|file| file.metadata()).map_or(0, |file| file.len());
    let mut figures = vec![
        Figure {
            name: "export: GB of JSON lines per second of CPU",
            value: format!("{median:.2} GB/s"),
            range: format!("{least:.2} to {most:.2}"),
            target: "",
        },
        Figure {
            name: "export: peak memory",
            value: format!("{} MiB", memory >> 20),
            range: format!("{:.1} B a request", size as f64 / args.records as f64),
            target: "at most 128 MiB",
        },
    ];
    if !ratios.is_empty() {
        let (median, least, most) = spread(ratios);
        figures.push(Figure {
            name: "export: CPU / that of polars, one thread",
            value: format!("{median:.2} x"),
            range: format!("{least:.2} to {most:.2}"),
            target: "at most 0.33 x",
        });
    }
    Ok(figures)
}
