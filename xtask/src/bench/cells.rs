//! Cells of one scenario in memory: grouping, frontiers and every check, without any file.

use std::process::Command;

use anyhow::Context;
use inferguard::findings::{CHECKS, Context as CheckContext, Limits};
use inferguard::model::{
    Cell, Completion, Evidence, Layouts, Metric, Origin, Quantity, SourceFormat, Stat,
};
use inferguard_analysis::annotate::{AnnotationLimits, annotate, not_drawn};
use inferguard_analysis::axis::FrontierRequest;
use inferguard_analysis::chart::charts;
use inferguard_analysis::scenario::scenarios;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;

use super::Figure;
use super::measure::{Programs, spread};

/// Numbers of cells: the middle one has a target, the others show how the time grows.
const SIZES: [usize; 3] = [1_000, 10_000, 100_000];

/// Runs this program, optimized, on each number of cells.
pub(super) fn run(programs: &Programs, runs: usize) -> anyhow::Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for cells in SIZES {
        let mut seconds = Vec::new();
        for _ in 0..runs {
            let output = Command::new(&programs.xtask)
                .args(["look-at-cells", &cells.to_string()])
                .output()
                .context("cannot start the optimized xtask")?;
            let text = String::from_utf8_lossy(&output.stdout);
            let cpu = text.split_whitespace().next().and_then(|word| word.parse::<f64>().ok());
            seconds.push(cpu.with_context(|| format!("no figure in `{text}`"))?);
        }
        let (median, least, most) = spread(seconds);
        let (name, target) = match cells {
            1_000 => ("cells: CPU of 1,000 in one scenario", ""),
            10_000 => ("cells: CPU of 10,000 in one scenario", "at most 0.15 s"),
            _ => ("cells: CPU of 100,000 in one scenario", "n log n: 13 x of 10,000"),
        };
        figures.push(Figure {
            name,
            value: format!("{median:.4} s"),
            range: format!("{least:.4} to {most:.4}"),
            target,
        });
    }
    Ok(figures)
}

/// Groups, annotates and checks so many cells of one scenario, draws its frontiers, and prints the
/// CPU time in seconds.
pub(crate) fn look_at(n: usize) -> anyhow::Result<()> {
    let cells = cells(n);
    let before = cpu()?;
    let mut scenarios = scenarios(&cells);
    annotate(&mut scenarios, &cells, &AnnotationLimits::default());
    let grouped = cpu()?;
    let context = CheckContext {
        cells: &cells,
        scenarios: &scenarios,
        files: &[],
        expectations: &[],
        jobs: &[],
        limits: &Limits::default(),
        slos: &[],
        baseline: None,
    };
    let mut outcomes = 0;
    let mut checks = Vec::new();
    for check in CHECKS {
        let before = cpu()?;
        outcomes += check.run(&context).len();
        checks.push((cpu()? - before, check.meta().code));
    }
    let checked = cpu()?;
    let not_drawn = not_drawn(&scenarios, cells.len());
    let mut points = 0;
    for scenario in &scenarios.scenarios {
        let request = FrontierRequest::default();
        let drawn = charts(scenario, &cells, &not_drawn, &request, &|_| None);
        points += drawn.iter().map(|chart| chart.points.len()).sum::<usize>();
    }
    let after = cpu()?;
    println!(
        "{:.4} s, of it {:.4} grouping, {:.4} frontiers; {outcomes} outcomes, {points} points on frontiers",
        after - before,
        grouped - before,
        after - checked
    );
    checks.sort_by(|a, b| b.0.total_cmp(&a.0));
    for (seconds, code) in checks.iter().take(5) {
        println!("  {code} {seconds:.4}");
    }
    Ok(())
}

fn cpu() -> anyhow::Result<f64> {
    let usage = getrusage(UsageWho::RUSAGE_SELF)?;
    let micros = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    Ok(micros as f64 / 1e6)
}

/// Load levels of a series.
const LEVELS: usize = 10;

/// Cells of one model and lengths: series of ten levels on several kinds of hardware, with
/// latencies that grow and a throughput that saturates.
fn cells(n: usize) -> Vec<Cell> {
    const HARDWARE: [&str; 6] = ["h100", "h200", "b200", "gb200", "mi300x", "mi355x"];
    const FRAMEWORKS: [&str; 3] = ["vllm", "sglang", "trt"];
    let mut layouts = Layouts::default();
    (0..n)
        .map(|at| {
            let (series, level) = (at / LEVELS, at % LEVELS);
            let mut evidence = Evidence::default();
            let identity = &mut evidence.identity;
            identity.model = Some("dsr1".into());
            identity.scenario_type = Some("fixed-length".into());
            (identity.isl, identity.osl) = (Some(1024), Some(1024));
            identity.hardware = Some(HARDWARE[series % 6].into());
            identity.framework = Some(FRAMEWORKS[series / 6 % 3].into());
            identity.precision = Some("fp8".into());
            identity.spec_decoding = Some("none".into());
            identity.image = Some(format!("image:{}", series / 18));
            identity.load.concurrency = Some(1 << level);
            evidence.completion =
                Completion { total: Some(1000), successful: Some(1000), warmup: None };
            // Deterministic and without pattern: how fast the system is, within 20 %.
            let noise = 1.0 + ((at * 7919) % 1009) as f64 / 5000.0;
            let users = f64::from(1_u32 << level);
            let ttft = 0.05 * users.powf(0.8) * noise;
            let tpot = 0.006 * (1.0 + users / 60.0) * noise;
            // Little's law, as real rows hold it.
            let e2el = 1.1 * (ttft + 1023.0 * tpot);
            let output = users * 1024.0 / e2el;
            let mut set = |stat, quantity, value| {
                evidence.metrics.set(Metric::new(stat, quantity), value, Origin::key("k"));
            };
            set(Stat::Plain, Quantity::TotalTput, output * 2.0);
            set(Stat::Plain, Quantity::OutputTput, output);
            set(Stat::Plain, Quantity::TputPerGpu, output / 4.0);
            set(Stat::Plain, Quantity::InputTputPerGpu, output / 8.0);
            set(Stat::Plain, Quantity::OutputTputPerGpu, output / 8.0);
            set(Stat::Plain, Quantity::SystemOutputTputPerGpu, output / 8.0);
            set(Stat::Plain, Quantity::NumGpus, 8.0);
            for (stat, factor) in [
                (Stat::Mean, 1.1),
                (Stat::Std, 0.1),
                (Stat::P50, 1.0),
                (Stat::P90, 1.3),
                (Stat::P95, 1.5),
                (Stat::P99, 1.8),
            ] {
                set(stat, Quantity::Ttft, ttft * factor);
                set(stat, Quantity::Tpot, tpot * factor);
                set(stat, Quantity::Itl, tpot * factor * 2.0);
                set(stat, Quantity::E2el, e2el / 1.1 * factor);
                set(stat, Quantity::Intvty, 1.0 / (tpot * factor));
            }
            // As the reading leaves it.
            evidence.pack(&mut layouts);
            Cell {
                id: format!("cell-{at}").into(),
                format: SourceFormat::InferencexStatic,
                evidence: Box::new(evidence),
                has_result: true,
                ..Cell::default()
            }
        })
        .collect()
}
