//! Real artifacts, where they are at hand.

use std::path::{Path, PathBuf};

use inferguard_model::{FileStatus, Fragment, FragmentKind};

use super::{read_folder, value};

#[expect(clippy::print_stderr, reason = "a skipped test should say so")]
fn sample(folder: &str) -> Option<PathBuf> {
    let root =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../../shared/samples/llm-d").join(folder);
    if root.is_dir() {
        return Some(root);
    }
    eprintln!("skipped: no real artifacts at {}", root.display());
    None
}

fn results(folder: &str) -> Vec<Fragment> {
    let Some(root) = sample(folder) else { return Vec::new() };
    let mut results = Vec::new();
    for (record, reading) in read_folder(&root) {
        assert_ne!(record.outcome.status, FileStatus::Refused, "{record:?}");
        let fragments = reading.into_iter().flat_map(|reading| reading.fragments);
        results.extend(fragments.filter(|f| matches!(f.kind, FragmentKind::Result(_))));
    }
    for result in &results {
        for entry in &result.evidence.metrics {
            assert!(entry.value.is_finite() && entry.value >= 0.0, "{entry:?}");
        }
    }
    results
}

#[test]
fn latencies_of_real_reports_hold_together() {
    for folder in ["converted", "llm-d_guides", "pd_sweep"] {
        for result in results(folder) {
            let of = |name| value(&result, name);
            let (Some(ttft), Some(tpot), Some(e2el), Some(osl)) =
                (of("mean_ttft"), of("mean_tpot"), of("mean_e2el"), of("mean_osl"))
            else {
                continue;
            };
            let sum = ttft + tpot * (osl - 1.0);
            let file = result.artifact.file;
            // inference-perf counts chunks of the stream, of which there may be two a token.
            let low = if folder == "pd_sweep" { 0.95 } else { 0.45 };
            assert!((low..1.25).contains(&(sum / e2el)), "{folder} {file}: {sum} and {e2el}");
        }
    }
}

#[test]
fn a_published_report_with_the_stage_of_another_is_corrected() {
    let rates: Vec<Option<f64>> = results("llm-d_guides")
        .iter()
        .map(|result| result.evidence.identity.load.request_rate)
        .collect();
    if !rates.is_empty() {
        // Stage 2 asks for 10/s; 1,500 requests in 25 s are those of the stage at 60/s.
        assert_eq!(rates.iter().filter(|rate| **rate == Some(60.0)).count(), 4);
        assert_eq!(rates.iter().filter(|rate| **rate == Some(10.0)).count(), 2);
    }
}
