//! One large `detailed_results.csv`: bytes per second of CPU, and memory per row.

use anyhow::Context;

use super::measure::{Programs, peak, spread, taken};
use super::{Args, Figure, data, fresh};

/// Memory that does not depend on the rows.
const FIXED: u64 = 16 << 20;

pub(super) fn run(programs: &Programs, args: &Args) -> anyhow::Result<Vec<Figure>> {
    let dir = tempfile::tempdir().context("cannot make a temporary folder")?;
    let (tree, output) = (dir.path().join("tree"), dir.path().join("report"));
    let bytes = data::requests(&tree, args.rows)?;
    fresh(&output)?;
    taken(&mut programs.analyze(&tree, &output))?;
    let mut speeds = Vec::new();
    for round in 1..=args.pairs {
        let took = taken(&mut programs.analyze(&tree, &output))?;
        println!("csv {round}: {:.3} s of CPU for {:.1} MB", took.cpu, bytes as f64 / 1e6);
        speeds.push(bytes as f64 / 1e9 / took.cpu);
    }
    let (median, least, most) = spread(speeds);
    let memory = peak(&programs.xtask, &programs.analyze(&tree, &output))?;
    let per_row = memory.saturating_sub(FIXED) as f64 / args.rows as f64;
    Ok(vec![
        Figure {
            name: "csv: GB per second of CPU",
            value: format!("{median:.2} GB/s"),
            range: format!("{least:.2} to {most:.2}"),
            target: "at least 0.4 GB/s",
        },
        Figure {
            name: "csv: peak memory beyond 16 MiB, per row",
            value: format!("{per_row:.0} B"),
            range: format!("peak {:.0} MiB", memory as f64 / f64::from(1 << 20)),
            target: "at most 96 B",
        },
    ])
}
