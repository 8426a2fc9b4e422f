//! `report.html` of 1,000 cells: all of `analyze`, and what the page adds to it.

use anyhow::Context;

use super::measure::{Programs, spread, taken};
use super::{Figure, data, fresh};

/// Scenarios of the data, with 168 cells each.
const SCENARIOS: usize = 6;

pub(super) fn run(programs: &Programs, runs: usize) -> anyhow::Result<Vec<Figure>> {
    let dir = tempfile::tempdir().context("cannot make a temporary folder")?;
    let (tree, output) = (dir.path().join("tree"), dir.path().join("report"));
    data::scenarios(&tree, SCENARIOS)?;
    let (mut whole, mut added) = (Vec::new(), Vec::new());
    for _ in 0..runs {
        let cpu = |format: &str| {
            fresh(&output)?;
            let mut command = programs.analyze(&tree, &output);
            anyhow::Ok(taken(command.args(["--format", format]))?.cpu)
        };
        let (json, html) = (cpu("json")?, cpu("html")?);
        whole.push(html);
        added.push(html - json);
    }
    let size = std::fs::metadata(output.join("report.html")).context("no page")?.len();
    println!("html: report.html has {size} bytes");
    let figure = |name, seconds: Vec<f64>, target| {
        let (median, least, most) = spread(seconds);
        Figure {
            name,
            value: format!("{median:.3} s"),
            range: format!("{least:.3} to {most:.3}"),
            target,
        }
    };
    Ok(vec![
        figure("html: CPU of analyze --format html", whole, "at most 0.3 s for 1,000 cells"),
        figure("html: CPU beyond --format json", added, ""),
    ])
}
