//! Ten thousand small files, one folder each: the whole command against its floor.

use std::process::Command;

use anyhow::Context;

use super::measure::{Programs, Taken, ended, spread, taken};
use super::{Args, Figure, data, fresh};

pub(super) fn run(programs: &Programs, args: &Args) -> anyhow::Result<Vec<Figure>> {
    let dir = tempfile::tempdir().context("cannot make a temporary folder")?;
    let (tree, output) = (dir.path().join("tree"), dir.path().join("report"));
    data::rows(&tree, args.files)?;
    let floor = || taken(Command::new(&programs.xtask).arg("floor").arg(&tree));
    let ours = || -> anyhow::Result<Taken> {
        fresh(&output)?;
        taken(&mut programs.analyze(&tree, &output))
    };
    // Once each beforehand, so that neither reads from the disk.
    floor()?;
    ours()?;
    let mut pairs = Vec::new();
    for pair in 1..=args.pairs {
        let (floor, ours) = (floor()?, ours()?);
        println!(
            "agg {pair}: floor {:.3} s, ours {:.3} s of CPU ({:.2} s wall)",
            floor.cpu, ours.cpu, ours.wall
        );
        pairs.push((floor.cpu, ours.cpu));
    }
    let (median, least, most) = spread(pairs.iter().map(|(floor, ours)| ours / floor).collect());
    let mut figures = vec![Figure {
        name: "agg: CPU of analyze / walk, open and read",
        value: format!("{median:.2} x"),
        range: format!("{least:.2} to {most:.2}"),
        target: "at most 4 x",
    }];
    if let Some(other) = &args.against_python {
        let words: Vec<_> = other.split_whitespace().collect();
        let (program, rest) = words.split_first().context("--against-python names no command")?;
        // Its exit code may say what it found.
        let (theirs, status) = ended(Command::new(program).args(rest).arg(&tree))?;
        println!("agg: `{other}` took {:.3} s of CPU ({status})", theirs.cpu);
        let ratios = pairs.iter().map(|(_, ours)| theirs.cpu / ours).collect();
        let (median, least, most) = spread(ratios);
        figures.push(Figure {
            name: "agg: CPU of the other command / analyze",
            value: format!("{median:.1} x"),
            range: format!("{least:.1} to {most:.1}"),
            target: "at least 10 x",
        });
    }
    Ok(figures)
}
