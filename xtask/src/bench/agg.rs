//! Ten thousand small files, one folder each: the whole command against its floor.

use std::collections::HashSet;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
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
    let theirs =
        args.against_python.as_deref().map(|words| Other::new(words, &tree)).transpose()?;
    // Once each beforehand, so that neither reads from the disk.
    floor()?;
    ours()?;
    let (mut to_floor, mut to_ours) = (Vec::new(), Vec::new());
    for pair in 1..=args.pairs {
        let (floor, ours) = (floor()?, ours()?);
        println!(
            "agg {pair}: floor {:.3} s, ours {:.3} s of CPU ({:.2} s wall)",
            floor.cpu, ours.cpu, ours.wall
        );
        to_floor.push(ours.cpu / floor.cpu);
        // The machine's speed changes by the minute: each of theirs stands beside one of ours.
        if let Some(theirs) = &theirs {
            to_ours.push(theirs.run()? / ours.cpu);
        }
    }
    let (median, least, most) = spread(to_floor);
    let mut figures = vec![Figure {
        name: "agg: CPU of analyze / walk, open and read",
        value: format!("{median:.2} x"),
        range: format!("{least:.2} to {most:.2}"),
        target: "at most 4 x",
    }];
    if theirs.is_some() {
        let (median, least, most) = spread(to_ours);
        figures.push(Figure {
            name: "agg: CPU of the other command / analyze",
            value: format!("{median:.1} x"),
            range: format!("{least:.1} to {most:.1}"),
            target: "at least 10 x",
        });
    }
    Ok(figures)
}

/// Another program that analyzes the same tree.
struct Other<'a> {
    command: &'a str,
    program: &'a str,
    arguments: Vec<&'a str>,
    tree: &'a Path,
    /// What is in the tree before it writes there.
    given: HashSet<OsString>,
}

impl<'a> Other<'a> {
    fn new(command: &'a str, tree: &'a Path) -> anyhow::Result<Self> {
        let mut words = command.split_whitespace();
        let program = words.next().context("--against-python names no command")?;
        let given = entries(tree)?.collect();
        Ok(Self { command, program, arguments: words.collect(), tree, given })
    }

    /// Its CPU time, seconds. What it leaves in the tree is taken away: ours would read it too.
    fn run(&self) -> anyhow::Result<f64> {
        // Its exit code may say what it found.
        let (taken, status) =
            ended(Command::new(self.program).args(&self.arguments).arg(self.tree))?;
        println!("agg: `{}` took {:.3} s of CPU ({status})", self.command, taken.cpu);
        for name in entries(self.tree)?.filter(|name| !self.given.contains(name)) {
            let path = self.tree.join(name);
            let gone =
                if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
            gone.with_context(|| format!("cannot remove {}", path.display()))?;
        }
        Ok(taken.cpu)
    }
}

fn entries(folder: &Path) -> anyhow::Result<impl Iterator<Item = OsString>> {
    let entries = fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    Ok(entries.into_iter().map(|entry| entry.file_name()))
}
