//! The whole command `requests` on a large `profile_export.jsonl`, and what a user could do instead.
//!
//! The peers are scripts of ours for another Python: DuckDB with the columns given, and a loop of
//! `json` with numpy. They read one column for each of ours and give the same percentiles, which is
//! checked; our command computes the rest of its table on top.

use std::io::Write;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, ensure};
use serde_json::Value;

use super::measure::{Programs, peak, spread, taken};
use super::records::data::{self, Shape};
use super::{Args, Figure};

/// A script for a Python that the user names.
struct Peer<'a> {
    python: &'a str,
    script: tempfile::NamedTempFile,
    told: &'static str,
    figure: &'static str,
    target: &'static str,
}

impl<'a> Peer<'a> {
    fn new(python: &'a str, script: &str, texts: [&'static str; 3]) -> anyhow::Result<Self> {
        let mut file = tempfile::NamedTempFile::new().context("cannot make a temporary file")?;
        file.write_all(script.as_bytes()).context("cannot write a script")?;
        let [told, figure, target] = texts;
        Ok(Self { python, script: file, told, figure, target })
    }

    fn command(&self, file: &Path) -> Command {
        let mut command = Command::new(self.python);
        command.arg(self.script.path()).arg(file);
        command
    }
}

fn peers(args: &Args) -> anyhow::Result<Vec<Peer<'_>>> {
    let mut peers = Vec::new();
    if let Some(python) = &args.against_duckdb {
        let texts = ["DuckDB", "requests: CPU of DuckDB / ours, one thread each", "at least 3.5 x"];
        peers.push(Peer::new(python, include_str!("requests/duckdb_peer.py"), texts)?);
    }
    if let Some(python) = &args.against_numpy {
        let texts = ["json + numpy", "requests: CPU of json + numpy / ours", "at least 20 x"];
        peers.push(Peer::new(python, include_str!("requests/python_peer.py"), texts)?);
    }
    Ok(peers)
}

pub(super) fn run(programs: &Programs, args: &Args) -> anyhow::Result<Vec<Figure>> {
    let dir = tempfile::tempdir().context("cannot make a temporary folder")?;
    let file = dir.path().join("profile_export.jsonl");
    let ours = |more: &[&str]| {
        let mut command = Command::new(&programs.inferguard);
        command.args(["--quiet", "requests", "-j", "1"]).args(more).arg(&file);
        command
    };
    let mut figures = small(&file, &ours)?;
    let bytes = data::write(&file, args.records, Shape::Standard)?;
    let peers = peers(args)?;
    let expected = answers(&mut ours(&["--json", "--percentile", "50,90,99"]))?;
    for peer in &peers {
        same(&expected, &answers(&mut peer.command(&file))?, peer.told)?;
    }
    let mut ratios = vec![Vec::new(); peers.len()];
    let mut speeds = Vec::new();
    for round in 1..=args.pairs {
        let took = taken(&mut ours(&[]))?;
        print!("requests {round}: ours {:.3} s", took.cpu);
        speeds.push(bytes as f64 / 1e9 / took.cpu);
        for (peer, ratios) in peers.iter().zip(&mut ratios) {
            let theirs = taken(&mut peer.command(&file))?;
            print!(", {} {:.3} s", peer.told, theirs.cpu);
            ratios.push(theirs.cpu / took.cpu);
        }
        println!(" of CPU for {:.0} MB", bytes as f64 / 1e6);
    }
    let (median, least, most) = spread(speeds);
    figures.push(Figure {
        name: "requests: GB per second of CPU",
        value: format!("{median:.2} GB/s"),
        range: format!("{least:.2} to {most:.2}"),
        target: "-",
    });
    for (peer, ratios) in peers.iter().zip(ratios) {
        let (median, least, most) = spread(ratios);
        figures.push(Figure {
            name: peer.figure,
            value: format!("{median:.1} x"),
            range: format!("{least:.1} to {most:.1}"),
            target: peer.target,
        });
    }
    let memory = peak(&programs.xtask, &ours(&[]))?;
    // 16 MiB, and 8 MiB for its one thread.
    let per_record = memory.saturating_sub(24 << 20) as f64 / args.records as f64;
    figures.push(Figure {
        name: "requests: peak beyond 24 MiB, a record",
        value: format!("{per_record:.0} B"),
        range: format!("peak {:.0} MiB", memory as f64 / f64::from(1 << 20)),
        target: "at most 56 B",
    });
    Ok(figures)
}

/// A run of 1,000 requests, start to finish.
fn small(file: &Path, ours: &impl Fn(&[&str]) -> Command) -> anyhow::Result<Vec<Figure>> {
    data::write(file, 1000, Shape::Standard)?;
    let mut wall = Vec::new();
    for _ in 0..50 {
        wall.push(taken(&mut ours(&[]))?.wall * 1e3);
    }
    let (median, least, most) = spread(wall);
    Ok(vec![Figure {
        name: "requests: wall time of 1,000 records",
        value: format!("{median:.1} ms"),
        range: format!("{least:.1} to {most:.1}"),
        target: "under 10 ms",
    }])
}

/// What a command prints, as JSON.
fn answers(command: &mut Command) -> anyhow::Result<Value> {
    let program = command.get_program().display().to_string();
    let output = command.output().with_context(|| format!("cannot start {program}"))?;
    ensure!(
        output.status.success(),
        "{program} failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).with_context(|| format!("{program} gave no JSON"))
}

/// A peer that computes something else says nothing about speed. Ours are seconds.
fn same(ours: &Value, theirs: &Value, peer: &str) -> anyhow::Result<()> {
    let run = &ours["runs"][0];
    ensure!(
        run["successful"] == theirs["n"],
        "{peer} counts {} requests, not {}",
        theirs["n"],
        run["successful"]
    );
    for quantity in ["ttft", "tpot", "e2el"] {
        for (at, percentile) in ["p50", "p90", "p99"].iter().enumerate() {
            let ours = run["metrics"][quantity][percentile].as_f64().unwrap_or(f64::NAN) * 1e3;
            let theirs = theirs[quantity][at].as_f64().unwrap_or(f64::NAN);
            ensure!(
                (ours - theirs).abs() <= 1e-9 * theirs,
                "{peer} has {theirs} as {percentile} of {quantity}, not {ours}"
            );
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn peers_have_to_agree() {
        let of = |p99: f64| json!({"p50": 0.001, "p90": 0.002, "p99": p99});
        let ours = json!({"runs": [{
            "successful": 7,
            "metrics": {"ttft": of(0.003), "tpot": of(0.003), "e2el": of(0.003)},
        }]});
        let theirs = |n: u32, p99: f64| {
            let of = [1.0, 2.0, p99];
            json!({"n": n, "ttft": of, "tpot": of, "e2el": of})
        };
        assert!(same(&ours, &theirs(7, 3.0), "peer").is_ok());
        assert!(same(&ours, &theirs(8, 3.0), "peer").is_err());
        assert!(same(&ours, &theirs(7, 3.1), "peer").is_err());
        assert!(same(&json!({}), &theirs(7, 3.0), "peer").is_err());
    }
}
