//! `cargo xtask corpus`: the findings that whole archives give, before and after a change.
//!
//! A rule is judged by what it says of real archives. `--save` keeps the findings of today;
//! `--against` prints which came and which went since.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::Context;
use inferguard::schema::{Finding, Severity};
use inferguard::{Options, analyze};

/// What to look at.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  \
cargo xtask corpus archive/ --save before.json\n  \
cargo xtask corpus archive/ --against before.json")]
pub(crate) struct Args {
    /// Archives: folders of results
    #[arg(required = true, value_name = "DIR")]
    archives: Vec<PathBuf>,
    /// Print every finding of these codes
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    show: Vec<String>,
    /// Keep the findings in a file
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
    /// Say what differs from a file that --save wrote
    #[arg(long, value_name = "FILE")]
    against: Option<PathBuf>,
}

/// How often a check looked, and what it said.
#[derive(Default)]
struct Counts {
    severities: [u64; 3],
    clear: u64,
    not_evaluated: u64,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let mut lines = BTreeSet::new();
    for archive in &args.archives {
        let options = Options {
            // A report of an earlier run beside the results is not of this corpus.
            output_dir: Some(archive.join(Options::OUTPUT_DIR)),
            ..Options::default()
        };
        let report = analyze(archive, &options)
            .with_context(|| format!("cannot analyze {}", archive.display()))?
            .report;
        let mut counts: BTreeMap<&str, Counts> = BTreeMap::new();
        for (code, of_check) in &report.run_summary.checks.0 {
            let held = counts.entry(code).or_default();
            (held.clear, held.not_evaluated) = (of_check.clear, of_check.not_evaluated);
        }
        for finding in &report.findings {
            counts.entry(&finding.code).or_default().severities[finding.severity as usize] += 1;
            lines.insert(line(archive, finding));
        }
        print(archive, report.cells.len(), &counts);
        for finding in report.findings.iter().filter(|f| args.show.contains(&f.code.to_string())) {
            println!("  {}", line(archive, finding));
        }
    }
    if let Some(path) = &args.save {
        let text = serde_json::to_string_pretty(&lines)?;
        std::fs::write(path, text + "\n").with_context(|| path.display().to_string())?;
    }
    if let Some(path) = &args.against {
        compare(path, &lines)?;
    }
    Ok(())
}

fn line(archive: &Path, finding: &Finding) -> String {
    let cell = finding.cell_id.as_deref().unwrap_or("-");
    let (severity, code, message) = (finding.severity.name(), &finding.code, &finding.message);
    format!("{severity} {code} {}: {cell}: {message}", archive.display())
}

fn print(archive: &Path, cells: usize, counts: &BTreeMap<&str, Counts>) {
    println!("\n{} ({cells} cells)", archive.display());
    println!(
        "  {:36} {:>8} {:>8} {:>8} {:>8} {:>13}",
        "code", "critical", "warning", "info", "clear", "not evaluated"
    );
    for (code, counts) in counts {
        let of = |severity: Severity| counts.severities[severity as usize];
        println!(
            "  {code:36} {:>8} {:>8} {:>8} {:>8} {:>13}",
            of(Severity::Critical),
            of(Severity::Warning),
            of(Severity::Info),
            counts.clear,
            counts.not_evaluated,
        );
    }
}

/// Which findings came and which went.
fn compare(path: &Path, lines: &BTreeSet<String>) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let before: BTreeSet<String> =
        serde_json::from_str(&text).with_context(|| path.display().to_string())?;
    println!("\nagainst {}:", path.display());
    for gone in before.difference(lines) {
        println!("- {gone}");
    }
    for new in lines.difference(&before) {
        println!("+ {new}");
    }
    let (gone, new) = (before.difference(lines).count(), lines.difference(&before).count());
    println!("{new} new, {gone} gone, {} the same", before.intersection(lines).count());
    Ok(())
}
