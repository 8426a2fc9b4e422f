//! A large trace of Mooncake through `inferguard trace`: bytes per second of CPU, and memory.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::Command;

use anyhow::Context;

use super::data::Random;
use super::measure::{Programs, peak, spread, taken};
use super::{Args, Figure};

const BLOCK: u32 = 512;
/// Conversations that go on at the same time.
const CONVERSATIONS: usize = 5000;

pub(super) fn run(programs: &Programs, args: &Args) -> anyhow::Result<Vec<Figure>> {
    let dir = tempfile::tempdir().context("cannot make a temporary folder")?;
    let file = dir.path().join("trace.jsonl");
    let bytes = write(&file, args.records)?;
    let ours = || {
        let mut command = Command::new(&programs.inferguard);
        command.args(["--quiet", "trace"]).arg(&file);
        command
    };
    taken(&mut ours())?;
    let mut speeds = Vec::new();
    for round in 1..=args.pairs {
        let took = taken(&mut ours())?;
        println!("trace {round}: {:.3} s of CPU for {:.0} MB", took.cpu, bytes as f64 / 1e6);
        speeds.push(bytes as f64 / 1e6 / took.cpu);
    }
    let (median, least, most) = spread(speeds);
    let memory = peak(&programs.xtask, &ours())?;
    Ok(vec![
        Figure {
            name: "trace: MB per second of CPU",
            value: format!("{median:.0} MB/s"),
            range: format!("{least:.0} to {most:.0}"),
            target: "-",
        },
        Figure {
            name: "trace: peak memory, per request",
            value: format!("{:.0} B", memory as f64 / args.records.max(1) as f64),
            range: format!("peak {:.0} MiB", memory as f64 / f64::from(1 << 20)),
            target: "-",
        },
    ])
}

/// Writes requests of conversations whose prompts grow turn by turn, and returns their size.
fn write(path: &Path, requests: usize) -> anyhow::Result<u64> {
    let file = File::create(path).with_context(|| format!("cannot make {}", path.display()))?;
    let mut out = BufWriter::with_capacity(1 << 20, file);
    let mut random = Random::new(1);
    let mut held: Vec<Vec<u32>> = vec![Vec::new(); CONVERSATIONS];
    let (mut clock, mut next) = (0.0, 1);
    let mut line = String::new();
    for _ in 0..requests {
        clock -= random.unit().ln() * 300.0;
        let blocks = &mut held[random.bits() as usize % CONVERSATIONS];
        if blocks.len() > 200 {
            blocks.clear();
        }
        for _ in 0..=random.bits() % 16 {
            blocks.push(next);
            next += 1;
        }
        let rest = random.bits() as u32 % BLOCK;
        let input = blocks.len() as u32 * BLOCK - rest;
        let output = random.lognormal(5.5, 0.7).clamp(1.0, 2000.0) as u32;
        line.clear();
        let _ = write!(
            line,
            r#"{{"timestamp": {}, "input_length": {input}, "output_length": {output}, "hash_ids": {blocks:?}}}"#,
            clock as u64
        );
        writeln!(out, "{line}")?;
    }
    out.flush()?;
    Ok(std::fs::metadata(path)?.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prompts_fill_their_blocks() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let path = dir.path().join("trace.jsonl");
        let size = write(&path, 300).expect("can write");
        let text = std::fs::read_to_string(&path).expect("was written");
        assert_eq!((text.lines().count(), text.len() as u64), (300, size));
        for line in text.lines() {
            let request: serde_json::Value = serde_json::from_str(line).expect("valid JSON");
            let blocks = request["hash_ids"].as_array().map_or(0, Vec::len) as u64;
            assert_eq!(request["input_length"].as_u64().map(|n| n.div_ceil(512)), Some(blocks));
        }
    }
}
