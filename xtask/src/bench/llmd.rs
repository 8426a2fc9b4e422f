//! Thousands of llm-d reports: the whole command against PyYAML, which only parses the same files.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use anyhow::Context;

use super::data::Random;
use super::measure::{Programs, spread, taken};
use super::{Args, Figure, fresh};

/// Parses every report below a folder, and prints the CPU seconds that the parsing took.
const PARSE: &str = r"
import pathlib, sys, time, yaml
texts = [path.read_text() for path in sorted(pathlib.Path(sys.argv[2]).rglob('*.yaml'))]
loader = getattr(yaml, sys.argv[1])
before = time.process_time()
for text in texts:
    yaml.load(text, Loader=loader)
print(time.process_time() - before)
";

pub(super) fn run(programs: &Programs, args: &Args) -> anyhow::Result<Vec<Figure>> {
    let dir = tempfile::tempdir().context("cannot make a temporary folder")?;
    let (tree, output) = (dir.path().join("tree"), dir.path().join("report"));
    let bytes = reports(&tree, args.reports)?;
    let ours = || -> anyhow::Result<f64> {
        fresh(&output)?;
        Ok(taken(&mut programs.analyze(&tree, &output))?.cpu)
    };
    ours()?;
    let seconds = (0..args.pairs).map(|_| ours()).collect::<anyhow::Result<Vec<_>>>()?;
    let (median, least, most) = spread(seconds);
    println!("llmd: {} reports, {:.1} MB", args.reports, bytes as f64 / 1e6);
    let mut figures = vec![Figure {
        name: "llmd: CPU of analyze",
        value: format!("{median:.3} s"),
        range: format!("{least:.3} to {most:.3}"),
        target: "",
    }];
    let Some(python) = &args.against_pyyaml else { return Ok(figures) };
    for (loader, name, target) in [
        ("SafeLoader", "llmd: CPU of PyYAML's SafeLoader / analyze", "at least 20 x"),
        ("CSafeLoader", "llmd: CPU of PyYAML's CSafeLoader / analyze", "at least 2.5 x"),
    ] {
        let output = Command::new(python)
            .args(["-c", PARSE, loader])
            .arg(&tree)
            .output()
            .context("cannot start Python")?;
        let text = String::from_utf8_lossy(&output.stdout);
        let theirs: f64 = text.trim().parse().with_context(|| {
            format!("no figure of PyYAML: {}", String::from_utf8_lossy(&output.stderr))
        })?;
        println!("llmd: {loader} took {theirs:.3} s of CPU");
        figures.push(Figure {
            name,
            value: format!("{:.1} x", theirs / median),
            range: format!("{:.1} to {:.1}", theirs / most, theirs / least),
            target,
        });
    }
    Ok(figures)
}

/// Concurrencies of a sweep.
const LEVELS: [u32; 10] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];

/// Writes reports of v0.1, ten load levels a configuration, in the folders of sweeps, and returns
/// their size.
fn reports(dir: &Path, n: usize) -> anyhow::Result<u64> {
    let mut random = Random::new(5);
    let mut bytes = 0;
    for at in 0..n {
        let (configuration, level) = (at / LEVELS.len(), LEVELS[at % LEVELS.len()]);
        let replicas = 1 + configuration % 8;
        let tp = 1_u32 << (configuration / 8 % 4);
        let sweep =
            format!("sweep-{}.setup_standalone_{replicas}_{tp}_NA_NA_NA_NA", configuration / 32);
        let run = format!("vllm-benchmark_{}-run_{level}_llama", 1_757_000_000 + at);
        let folder = dir.join(sweep).join("results").join(run);
        std::fs::create_dir_all(&folder)
            .with_context(|| format!("cannot make {}", folder.display()))?;
        let name = format!("benchmark_report,_vllm-infqps-concurrency{level}-llama-{at}.json.yaml");
        let text = report(&mut random, replicas, tp, level);
        bytes += text.len() as u64;
        std::fs::write(folder.join(name), text).context("cannot write")?;
    }
    Ok(bytes)
}

/// Keys of a statistics object and how far from its mean each lies, as the serving benchmark's
/// converter writes them.
const STATISTICS: [(&str, f64); 11] = [
    ("p0p1", 0.3),
    ("p1", 0.4),
    ("p10", 0.6),
    ("p5", 0.5),
    ("p50", 0.95),
    ("p75", 1.1),
    ("p90", 1.3),
    ("p95", 1.5),
    ("p99", 1.9),
    ("p99p9", 2.4),
    ("stddev", 0.2),
];

/// A report as PyYAML writes it: keys in order, lists without indentation.
fn report(random: &mut Random, replicas: usize, tp: u32, level: u32) -> String {
    let users = f64::from(level);
    let gpus = f64::from(tp) * replicas as f64;
    let ttft = 60.0 * users.sqrt() * random.lognormal(0.0, 0.2);
    let tpot = 8.0 * (1.0 + users / (16.0 * gpus)) * random.lognormal(0.0, 0.1);
    let e2el = ttft + 999.0 * tpot;
    let output = users * 1000.0 / e2el * 1000.0;
    let mut text = "metadata:\n  eid: ''\nmetrics:\n  latency:\n".to_owned();
    let mut stats = |text: &mut String, name: &str, mean: f64, units: &str| {
        let _ = writeln!(text, "    {name}:\n      mean: {mean:?}");
        for (key, factor) in STATISTICS {
            let value = mean * factor * random.lognormal(0.0, 0.01);
            let _ = writeln!(text, "      {key}: {value:?}");
        }
        let _ = writeln!(text, "      units: {units}");
    };
    stats(&mut text, "inter_token_latency", tpot, "ms/token");
    stats(&mut text, "request_latency", e2el, "ms");
    stats(&mut text, "time_per_output_token", tpot, "ms/token");
    stats(&mut text, "time_to_first_token", ttft, "ms");
    let requests = 10 * level;
    let _ = write!(
        text,
        "  requests:\n    input_length:\n      mean: 9999.0\n      units: count\n    output_length:\n      mean: 1000.0\n      units: count\n    total: {requests}\n  throughput:\n    output_tokens_per_sec: {output:?}\n    requests_per_sec: {:?}\n    total_tokens_per_sec: {:?}\n  time:\n    duration: {:?}\n    start: 1758663489.0\nscenario:\n  host:\n    accelerator:\n",
        output / 1000.0,
        output * 10.999,
        f64::from(requests) / (output / 1000.0),
    );
    for _ in 0..replicas {
        let _ = write!(
            text,
            "    - count: {tp}\n      model: NVIDIA-H100-80GB-HBM3\n      parallelism:\n        dp: 1\n        ep: 1\n        pp: 1\n        tp: {tp}\n"
        );
    }
    text += "    type:\n";
    text += &"    - replica\n".repeat(replicas);
    let _ = write!(
        text,
        "  load:\n    args:\n      burstiness: 1.0\n      max_concurrency: {level}\n      num_prompts: {requests}\n      request_rate: inf\n    name: vllm-benchmark\n  model:\n    name: meta-llama/Llama-3.1-70B-Instruct\n  platform:\n    engine:\n"
    );
    text += &"    - args: {}\n      name: vllm/vllm-openai:v0.10.0\n".repeat(replicas);
    text += "version: '0.1'\n";
    text
}
