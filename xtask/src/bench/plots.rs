//! Fifty charts as SVG and PNG, 1200 x 800 pixels.

use std::process::Command;

use anyhow::Context;

use super::measure::{Programs, spread, taken};
use super::{Figure, data, fresh};

/// Each has five charts: four frontiers and latency against load.
const SCENARIOS: usize = 10;

pub(super) fn run(programs: &Programs, runs: usize) -> anyhow::Result<Vec<Figure>> {
    let dir = tempfile::tempdir().context("cannot make a temporary folder")?;
    let (tree, output) = (dir.path().join("tree"), dir.path().join("plots"));
    data::scenarios(&tree, SCENARIOS)?;
    let mut figures = Vec::new();
    for (name, format, target) in [
        ("plots: CPU of 50 as SVG", "svg", ""),
        ("plots: CPU of 50 as SVG and PNG", "svg,png", "at most 5 s"),
    ] {
        let mut cpu = Vec::new();
        for _ in 0..runs {
            fresh(&output)?;
            let mut command = Command::new(&programs.inferguard);
            command.args(["--quiet", "plot", "--format", format, "-o"]).arg(&output).arg(&tree);
            cpu.push(taken(&mut command)?.cpu);
        }
        let files = std::fs::read_dir(&output).context("no plots")?.count();
        println!("{name}: {files} files");
        let (median, least, most) = spread(cpu);
        figures.push(Figure {
            name,
            value: format!("{median:.2} s"),
            range: format!("{least:.2} to {most:.2}"),
            target,
        });
    }
    Ok(figures)
}
