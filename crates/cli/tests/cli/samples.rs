//! Public results of several producers, where they are at hand.

use std::path::{Path, PathBuf};

use crate::run::{Run, analyze, list};

/// The folder of samples; `None` with a message where it is absent.
pub(crate) fn sample(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/samples").join(name);
    if path.is_dir() {
        return Some(path);
    }
    eprintln!("skipped: no samples at {}", path.display());
    None
}

/// The report on a sample, which is also checked against the closed schema.
fn report(sample: &Path) -> Run {
    let output = tempfile::tempdir().expect("a temporary folder");
    let folder = output.path().to_str().expect("plain");
    let closed = analyze(sample, output.path(), &["--closed-v1", "--output-dir", folder]);
    let run = analyze(sample, output.path(), &["--output-dir", folder]);
    assert_eq!(closed.code(), run.code());
    let refused = list(run.report(), "artifact_manifest").iter();
    let refused: Vec<_> = refused.filter(|artifact| artifact["status"] == "refused").collect();
    assert!(refused.is_empty(), "{refused:#?}");
    run
}

/// Findings by code, each gone through by hand: see the pages of the codes.
fn fired(run: &Run) -> Vec<(String, u64)> {
    let checks = run.report()["run_summary"]["checks"].as_object().expect("counts");
    let count = |(code, counts): (&String, &serde_json::Value)| {
        (code.clone(), counts["fired"].as_u64().unwrap_or(0))
    };
    let mut fired: Vec<_> = checks.iter().map(count).filter(|(_, n)| *n > 0).collect();
    fired.sort();
    fired
}

#[test]
fn inferencex_gives_278_cells_and_the_breaks_that_are_there() {
    let Some(sample) = sample("inferencex") else { return };
    let run = report(&sample);
    // 219 rows of arrays, 32 single rows and 39 raw results, of which 12 are one with a row.
    assert_eq!(run.cell_ids().len(), 278);
    let failed = "2026-05/local-results/minimax-eagle3-conc64/minimaxm2.5_8k1k_conc64";
    let critical: Vec<_> =
        run.findings().into_iter().filter(|line| line.starts_with("critical")).collect();
    assert_eq!(critical, [format!("critical invalid_run_no_successful_requests {failed}")]);
    assert_eq!(
        fired(&run),
        [
            ("heavy_tail", 4),
            ("incomplete_sweep", 1),
            ("invalid_run_no_successful_requests", 1),
            ("throughput_plateau", 1),
            ("ttft_cliff", 6),
            ("unstable_repeats", 5),
        ]
        .map(|(code, n)| (code.to_owned(), n))
    );
    assert_eq!(run.cell(failed)["completion"]["num_requests_total"], 640);
    assert_eq!(run.cell(failed)["completion"]["num_requests_successful"], 0);
    assert_eq!(run.code(), 2);
}

#[test]
fn agentx_gives_32_cells_and_every_csv_folder_joins_its_row() {
    let Some(sample) = sample("agentx") else { return };
    let run = report(&sample);
    let cells = list(run.report(), "cells");
    assert_eq!(cells.len(), 32);
    let has = |cell: &serde_json::Value, role: &str| cell["artifacts"].get(role).is_some();
    let with_csv = cells.iter().filter(|cell| {
        has(cell, "detailed_results_csv") || has(cell, "metrics_server_metrics_csv")
    });
    let joined: Vec<_> = with_csv.map(|cell| has(cell, "agg_json")).collect();
    assert_eq!(joined, [true; 3]);
    for artifact in list(run.report(), "artifact_manifest") {
        if artifact["status"] == "read" {
            assert!(artifact["cell_id"].is_string(), "{artifact}");
        }
    }
    let suspect: Vec<_> =
        run.findings().into_iter().filter(|line| line.contains("suspect")).collect();
    assert_eq!(suspect.len(), 4);
    let dip = suspect.iter().find(|line| line.starts_with("warning"));
    assert!(dip.is_some_and(|line| line.contains("tp4_users12_offloadoff")), "{suspect:?}");
}

#[test]
fn results_of_vllm_and_sglang_give_8_cells() {
    let Some(sample) = sample("ecosystem") else { return };
    let run = report(&sample);
    assert_eq!(run.cell_ids().len(), 8);
    assert_eq!(run.code(), 0);
}
