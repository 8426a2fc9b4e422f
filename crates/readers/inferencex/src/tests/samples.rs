//! Real artifacts, where they are at hand.

use std::path::Path;

use inferguard_model::{FileStatus, Fragment, FragmentKind, Rank, Role, SourceFormat};

use super::{fragments, read_folder, value};

/// Reads the real artifacts of a producer; empty, with a note, where they are not at hand.
#[expect(clippy::print_stderr, reason = "a skipped test should say so")]
fn sample(folder: &str) -> Vec<Fragment> {
    let root =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../../shared/samples").join(folder);
    if !root.is_dir() {
        eprintln!("skipped: no real artifacts at {}", root.display());
        return Vec::new();
    }
    for (record, _) in read_folder(&root) {
        assert_ne!(record.outcome.status, FileStatus::Refused, "{record:?}");
    }
    let all = fragments(&root);
    for fragment in &all {
        for entry in &fragment.evidence.metrics {
            assert!(entry.value.is_finite() && entry.value >= 0.0, "{entry:?}");
        }
    }
    all
}

fn near(a: f64, b: f64, within: f64) -> bool {
    (a - b).abs() <= within * a.abs().max(b.abs())
}

/// The identities that hold for every processed row of fixed lengths.
fn check_fixed(row: &Fragment) {
    let of = |name| value(row, name).unwrap_or_else(|| panic!("{name} is missing in {row:?}"));
    let n = of("num_gpus");
    assert!(near(n * of("tput_per_gpu"), of("total_tput_tps"), 1e-12));
    assert!(near(of("input_tput_tps") + of("output_tput_tps"), of("total_tput_tps"), 1e-9));
    assert!(near(of("system_output_tput_per_gpu") * n, of("output_tput_tps"), 1e-9));
    let topology = &row.evidence.identity.topology;
    if let (Some(p), Some(d)) = (topology.prefill.num_gpu, topology.decode.num_gpu) {
        assert!(near(of("output_tput_per_gpu") * f64::from(d), of("output_tput_tps"), 1e-12));
        assert!(near(of("input_tput_per_gpu") * f64::from(p), of("input_tput_tps"), 1e-12));
        assert_eq!(f64::from(p + d), n);
    }
    for stat in ["mean", "p50", "p90", "p99", "p99.9"] {
        let intvty = value(row, &format!("{stat}_intvty"));
        let tpot = value(row, &format!("{stat}_tpot"));
        assert_eq!(intvty.is_some(), tpot.is_some(), "{stat}");
        if let Some((intvty, tpot)) = intvty.zip(tpot) {
            assert!(near(intvty * tpot, 1.0, 1e-9), "{stat}");
        }
    }
    assert_eq!(value(row, "std_intvty"), None);
    // Seconds, not milliseconds; and Little's law in its loosest form.
    assert!(of("p50_tpot") < 1.0 && of("p50_e2el") < 1000.0 && of("p50_e2el") > of("p50_ttft"));
    let osl = (of("mean_e2el") - of("mean_ttft")) / of("mean_tpot") + 1.0;
    let held = of("mean_e2el") * of("output_tput_tps") / osl;
    let users = row.evidence.identity.load.concurrency.map_or(0.0, f64::from);
    assert!((0.8..1.3).contains(&(users / held)), "{users} users, {held} in flight");
}

#[test]
fn aggregated_arrays() {
    let rows = sample("inferencex/2025-11/official_data");
    if rows.is_empty() {
        return;
    }
    assert_eq!(rows.len(), 219);
    for row in &rows {
        assert_eq!(
            (row.kind, row.artifact.role),
            (FragmentKind::Result(Rank::Row), Role::AGG_JSON)
        );
        assert_eq!(row.evidence.identity.isl, Some(1024));
        check_fixed(row);
    }
    let split: Vec<_> =
        rows.iter().filter(|row| row.format == SourceFormat::InferencexSrtSlurm).collect();
    assert_eq!(split.len(), 24);
    for row in split {
        let identity = &row.evidence.identity;
        assert_eq!(identity.disagg, Some(true));
        assert!(identity.topology.prefill.num_gpu.is_some_and(|gpus| gpus > 0));
        assert!(identity.topology.decode.num_gpu.is_some_and(|gpus| gpus > 0));
        assert!(matches!(identity.spec_decoding.as_deref(), Some("mtp" | "none")));
    }
}

#[test]
fn single_rows_and_raw_results() {
    let all: Vec<_> = ["inferencex/2025-11/processed_results", "inferencex/2026-05"]
        .into_iter()
        .flat_map(sample)
        .collect();
    if all.is_empty() {
        return;
    }
    let (rows, raw): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|fragment| fragment.artifact.role == Role::AGG_JSON);
    assert_eq!(rows.len(), 32);
    for row in &rows {
        check_fixed(row);
        assert!(row.evidence.identity.isl.is_some() && row.evidence.identity.precision.is_some());
    }
    let more: Vec<_> = ["inferencex/2025-11/raw", "inferencex/multinode", "ecosystem"]
        .into_iter()
        .flat_map(sample)
        .collect();
    let raw: Vec<_> = raw.into_iter().chain(more).collect();
    let mut failed = Vec::new();
    for result in &raw {
        assert_eq!(result.kind, FragmentKind::Result(Rank::Summary));
        assert_eq!(result.format, SourceFormat::InferencexRaw);
        if result.evidence.completion.successful == Some(0) {
            let of = |name| value(result, name);
            assert_eq!(
                (of("p50_ttft"), of("qps"), of("duration_seconds").is_some()),
                (None, None, true)
            );
            failed.push(result);
            continue;
        }
        let of = |name| value(result, name).unwrap_or_else(|| panic!("{name} is missing"));
        let (input, output) = (of("input_tput_tps"), of("output_tput_tps"));
        assert!(near(input + output, of("total_tput_tps"), 1e-9));
        assert!(near(of("total_output_tokens") / of("duration_seconds"), output, 1e-9));
        assert!(result.evidence.completion.successful.is_some_and(|done| done > 0));
    }
    let files: std::collections::BTreeSet<_> = raw
        .iter()
        .map(|result| (&result.evidence.extra, result.artifact.file))
        .map(|(_, f)| f)
        .collect();
    assert!(!files.is_empty());
}

#[test]
fn requests_of_a_raw_result_give_its_own_statistics() {
    for result in sample("inferencex/2025-11/raw") {
        let table = result.table.as_ref().expect("the result has lists");
        assert_eq!((table.len(), table.failed), (40, 0));
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        let stated = |name| value(&result, name).unwrap_or_default();
        assert!(near(mean(&table.ttft), stated("mean_ttft"), 1e-9));
        // The client reads the clock once more at the end than its chunks show.
        assert!(near(mean(&table.e2el), stated("mean_e2el"), 1e-7));
        assert!(near(mean(&table.gaps), stated("mean_itl"), 1e-9));
        let tpot: Vec<_> = (0..table.len()).filter_map(|row| table.tpot(row)).collect();
        assert!(near(mean(&tpot), stated("mean_tpot"), 1e-7));
    }
}

#[test]
fn agentic_rows() {
    for (folder, n) in [("agentx/2026-04", 27), ("agentx/2026-07-tp4", 5)] {
        let rows = sample(folder);
        if rows.is_empty() {
            return;
        }
        let rows: Vec<_> = rows.iter().filter(|row| row.artifact.role == Role::AGG_JSON).collect();
        assert_eq!(rows.len(), n, "{folder}");
        for row in rows {
            assert_eq!(row.format, SourceFormat::AgentxAggregate);
            let of = |name| value(row, name).unwrap_or_else(|| panic!("{name} is missing"));
            assert!(near(of("num_gpus") * of("tput_per_gpu"), of("total_tput_tps"), 1e-5));
            assert!(near(of("mean_intvty") * of("mean_tpot"), 1.0, 1e-3));
            assert_eq!(of("mean_itl"), of("mean_tpot"));
            let identity = &row.evidence.identity;
            assert_eq!(
                (identity.isl, identity.scenario_type.as_deref()),
                (None, Some("agentic-coding"))
            );
            assert!(identity.offloading.is_some() && identity.load.concurrency.is_some());
            let done = &row.evidence.completion;
            assert!(done.total.is_some() && done.successful <= done.total, "{done:?}");
            // Two means of one rate: over the window of successes, to the second.
            let counted = done.successful.unwrap_or_default() as f64;
            assert!(near(counted / of("duration_seconds"), of("qps"), 1e-12));
        }
    }
}
