//! A large `profile_export.jsonl`: the reader of records against two others in the same run.
//!
//! Three hidden commands read one file: `floor` counts its lines, `plain` is what anybody would
//! write with typed `serde_json`, `fast` is ours. The last two give the same answers, which is
//! checked: percentiles of TTFT, ITL and request latency, goodput, and slices of ten seconds.

mod answers;
pub(super) mod data;
mod plain;

use std::fs::File;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, ensure};
use inferguard_aiperf::records::{self, Options};

use super::measure::{Programs, peak, spread, taken};
use super::{Args, Figure};
use answers::Columns;
pub(crate) use data::{Shape, write};

/// Which reader.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(crate) enum Reader {
    /// Read the file and count its lines
    Floor,
    /// Typed serde_json
    Plain,
    /// The reader of the product
    Fast,
}

/// Reads a file in one of the ways and prints what it says.
pub(crate) fn read(reader: Reader, file: &Path, threads: usize) -> anyhow::Result<()> {
    let opened = File::open(file).with_context(|| format!("cannot open {}", file.display()))?;
    match reader {
        Reader::Floor => println!("{} lines", plain::count_lines(opened)?),
        Reader::Plain => print!("{}", plain::read(opened)?.answers()),
        Reader::Fast => {
            let records = records::read(&opened, Options { threads, ..Options::default() })?;
            ensure!(records.refused() == 0, "refused: {:?}", records.faults);
            print!("{}", Columns::of(records.table).answers());
        }
    }
    Ok(())
}

pub(super) fn run(programs: &Programs, args: &Args) -> anyhow::Result<Vec<Figure>> {
    let dir = tempfile::tempdir().context("cannot make a temporary folder")?;
    let mut figures = Vec::new();
    for (shape, records) in [(Shape::Standard, args.records), (Shape::Full, args.records / 5)] {
        let file = dir.path().join("profile_export.jsonl");
        let bytes = data::write(&file, records, shape)?;
        let reader = |name: &str, threads: usize| {
            let mut command = Command::new(&programs.xtask);
            command.args(["records", name, "--threads", &threads.to_string()]).arg(&file);
            command
        };
        same_answers(&mut reader("plain", 1), &mut reader("fast", 1))?;
        same_answers(&mut reader("fast", 1), &mut reader("fast", 2))?;
        let (mut to_plain, mut to_floor) = (Vec::new(), Vec::new());
        let (mut one_thread, mut two_threads) = (Vec::new(), Vec::new());
        for round in 1..=args.pairs {
            let floor = taken(&mut reader("floor", 1))?;
            let plain = taken(&mut reader("plain", 1))?;
            let fast = taken(&mut reader("fast", 1))?;
            let two = taken(&mut reader("fast", 2))?;
            println!(
                "records {shape:?} {round}: floor {:.3} s, plain {:.3} s, fast {:.3} s of CPU for {:.0} MB; \
                 {:.3} s wall, {:.3} s with two threads",
                floor.cpu,
                plain.cpu,
                fast.cpu,
                bytes as f64 / 1e6,
                fast.wall,
                two.wall
            );
            to_plain.push(fast.cpu / plain.cpu);
            to_floor.push(fast.cpu / floor.cpu);
            one_thread.push(fast.wall);
            two_threads.push(two.wall);
        }
        // Of the best times, since another program on one of two cores takes all that there is to
        // gain.
        let ((_, one, _), (_, two, most)) = (spread(one_thread), spread(two_threads));
        let memory = peak(&programs.xtask, &reader("fast", 1))?;
        data::write(&file, 1, shape)?;
        let empty = peak(&programs.xtask, &reader("fast", 1))?;
        let per_record = memory.saturating_sub(empty) as f64 / records as f64;
        let times = |names: [&'static str; 2], values| {
            let (median, least, most) = spread(values);
            Figure {
                name: names[0],
                value: format!("{median:.2} x"),
                range: format!("{least:.2} to {most:.2}"),
                target: names[1],
            }
        };
        let texts = texts(shape);
        figures.push(times(texts[0], to_plain));
        figures.push(times(texts[1], to_floor));
        figures.push(Figure {
            name: texts[2][0],
            value: format!("{:.2} x", one / two),
            range: format!("{two:.3} to {most:.3} s with two"),
            target: texts[2][1],
        });
        figures.push(Figure {
            name: texts[3][0],
            value: format!("{per_record:.0} B"),
            range: format!("peak {:.0} MiB", memory as f64 / f64::from(1 << 20)),
            target: texts[3][1],
        });
        std::fs::remove_file(&file).context("cannot remove the records")?;
    }
    Ok(figures)
}

/// Names and targets of the figures of one shape.
fn texts(shape: Shape) -> [[&'static str; 2]; 4] {
    match shape {
        Shape::Standard => [
            ["records of 1 KB: CPU / typed serde_json", "at most 0.30 x"],
            ["records of 1 KB: CPU / newline count", "at most 5 x"],
            ["records of 1 KB: best wall, one thread / two", "at least 1.4 x, two free cores"],
            ["records of 1 KB: peak beyond an empty run, each", "at most 56 B"],
        ],
        Shape::Full => [
            ["records of 3.5 KB: CPU / typed serde_json", "at most 0.50 x"],
            ["records of 3.5 KB: CPU / newline count", "-"],
            ["records of 3.5 KB: best wall, one thread / two", "at least 1.4 x, two free cores"],
            ["records of 3.5 KB: peak beyond an empty run, each", "at most 56 B"],
        ],
    }
}

/// Two readers have to agree to the last bit, else their times say nothing.
fn same_answers(one: &mut Command, other: &mut Command) -> anyhow::Result<()> {
    let answers = |command: &mut Command| -> anyhow::Result<String> {
        let output = command.output().context("cannot start a reader")?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let (ours, theirs) = (answers(one)?, answers(other)?);
    let differs = ours.lines().zip(theirs.lines()).find(|(a, b)| a != b);
    ensure!(ours == theirs, "the readers disagree: {differs:?}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_readers_give_the_same_answers() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        for shape in [Shape::Standard, Shape::Full] {
            let path = dir.path().join("profile_export.jsonl");
            data::write(&path, 2000, shape).expect("can write");
            let open = || File::open(&path).expect("was written");
            let plain = plain::read(open()).expect("reads").answers();
            let records = records::read(&open(), Options::default()).expect("reads");
            assert_eq!((records.refused(), records.attempts()), (0, 2000));
            assert!(records.table.failed > 0 && records.table.itl.is_empty());
            assert_eq!(Columns::of(records.table).answers(), plain);
            assert_eq!(plain::count_lines(open()).expect("reads"), 2000);
        }
    }
}
