//! One small file from start to finish.

use anyhow::Context;

use super::measure::{Programs, spread, taken};
use super::{Figure, data, fresh};

const RUNS: usize = 50;

pub(super) fn run(programs: &Programs) -> anyhow::Result<Vec<Figure>> {
    let dir = tempfile::tempdir().context("cannot make a temporary folder")?;
    let (tree, output) = (dir.path().join("tree"), dir.path().join("report"));
    data::rows(&tree, 1)?;
    fresh(&output)?;
    let (mut wall, mut cpu) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        let took = taken(&mut programs.analyze(&tree, &output))?;
        wall.push(took.wall * 1e3);
        cpu.push(took.cpu * 1e3);
    }
    let figure = |name, values| {
        let (median, least, most) = spread(values);
        Figure {
            name,
            value: format!("{median:.1} ms"),
            range: format!("{least:.1} to {most:.1}"),
            target: "under 10 ms",
        }
    };
    Ok(vec![figure("start: wall time of one file", wall), figure("start: CPU of one file", cpu)])
}
