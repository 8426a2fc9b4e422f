//! The parts of `README.md` that show what the demo prints; the rest is written by hand.

use anyhow::Context;
use inferguard::render::RENDERERS;
use inferguard::render::terminal::{SummaryOptions, summary};
use inferguard::{Analysis, Options, analyze};

use super::parts;
use crate::root;

/// Where the README's command puts the report.
const WRITTEN: [&str; 2] = ["target/demo/report.json", "target/demo/report.md"];

/// Columns of a screen that is no terminal.
const WIDTH: usize = 80;

/// Columns of the matrix that fit a page.
const COLUMNS: [&str; 7] = [
    "Configuration",
    "Concurrency",
    "TTFT p50 (ms)",
    "TPOT p50 (ms)",
    "Interactivity (tok/s/user)",
    "Total (tok/s/GPU)",
    "Findings",
];

/// The README with the output of today.
pub(super) fn page() -> anyhow::Result<String> {
    let held = parts::held("README.md")?;
    let analysis = analyze(&root().join("fixtures/demo"), &Options::default())
        .context("cannot analyze the demo")?;
    let (_, shown, _) = parts::between(&held, "```text", "```")?;
    // The last line is the binary's own.
    let reason = shown.lines().next_back().unwrap_or_default();
    let text = parts::replaced(&held, "```text", "```", &screen(&analysis, reason))?;
    let matrix = matrix(&analysis).context("the report has no matrix as it was")?;
    parts::replaced(&text, "<!-- matrix -->", "<!-- end -->", &matrix)
}

fn screen(analysis: &Analysis, exit_reason: &str) -> String {
    let written = WRITTEN.map(str::to_owned);
    let options = SummaryOptions { width: WIDTH, color: false, written: &written, exit_reason };
    summary(&analysis.report, &options)
}

/// Some columns of the first matrix in `report.md`.
fn matrix(analysis: &Analysis) -> Option<String> {
    let renderer = RENDERERS.iter().find(|renderer| renderer.id == "md")?;
    let page = String::from_utf8(renderer.render(&analysis.report)).ok()?;
    let mut rows = page
        .lines()
        .skip_while(|line| !line.starts_with("| Configuration |"))
        .take_while(|line| line.starts_with('|'))
        .map(cells);
    let head = rows.next()?;
    let place = |column: &&str| head.iter().position(|cell| cell == column);
    let places: Vec<usize> = COLUMNS.iter().map(place).collect::<Option<_>>()?;
    let lines = std::iter::once(head.clone()).chain(rows).map(|row| {
        let kept: Vec<_> =
            places.iter().map(|at| row.get(*at).copied().unwrap_or_default()).collect();
        format!("| {} |", kept.join(" | "))
    });
    Some(lines.collect::<Vec<_>>().join("\n"))
}

fn cells(line: &str) -> Vec<&str> {
    let line = line.strip_prefix('|').unwrap_or(line);
    line.strip_suffix('|').unwrap_or(line).split(" | ").map(str::trim).collect()
}
