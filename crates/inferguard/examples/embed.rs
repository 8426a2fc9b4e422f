//! Analyzes a folder of results and prints what was found.
//!
//! `cargo run -p inferguard --example embed -- fixtures/demo`

#![expect(clippy::print_stdout, reason = "a program for people")]

use inferguard::{FailOn, Options, analyze};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args_os().nth(1).ok_or("usage: embed RESULTS_DIR")?;
    let analysis = analyze(path.as_ref(), &Options::default())?;
    for finding in &analysis.report.findings {
        println!("{} {}: {}", finding.severity.name(), finding.code, finding.message);
    }
    for cell in &analysis.report.cells {
        // Seconds; absent when it was not measured.
        if let Some(p99) = cell.metrics.get("p99_ttft").and_then(|value| value.as_f64()) {
            println!("{}: p99 TTFT {:.0} ms", cell.cell_id, p99 * 1e3);
        }
    }
    println!("exit code for CI: {}", analysis.exit_code(FailOn::Critical).code());
    Ok(())
}
