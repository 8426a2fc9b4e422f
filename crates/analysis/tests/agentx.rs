//! Trace replays from file to metrics, against what the producer made of them.

use std::path::{Path, PathBuf};

use inferguard_agentx::AgentxReader;
use inferguard_analysis::requests::reduce;
use inferguard_model::{Fragment, Metric, MetricSet};
use inferguard_source::{Entry, read_entry};

/// Reads one file, its requests reduced to metrics.
fn read(path: &Path) -> Option<(Fragment, MetricSet)> {
    let relative = path.to_string_lossy().replace('\\', "/");
    let entry = Entry::new(path.to_owned(), relative);
    let (_, reading, _) = read_entry(&[&AgentxReader::default()], 0, &entry, Vec::new());
    let mut fragment = reading?.fragments.pop()?;
    let mut metrics = std::mem::take(&mut fragment.evidence.metrics);
    if let Some(mut table) = fragment.table.take() {
        let reduced = reduce(&mut table);
        assert_eq!(reduced.problems, []);
        for entry in reduced.metrics.into_entries() {
            metrics.set(entry.metric, entry.value, entry.origin);
        }
    }
    Some((fragment, metrics))
}

/// The producer's names of 2026-04 in ours.
fn our_name(key: &str) -> String {
    let (stat, rest) = key.split_once('_').unwrap_or(("", key));
    let ours = match rest {
        "ttlt" => "e2el",
        "input_tokens" => "isl",
        "output_tokens_actual" => "osl",
        "output_tokens_expected" => "osl_expected",
        _ => return key.to_owned(),
    };
    if stat == "total" { key.to_owned() } else { format!("{stat}_{ours}") }
}

#[test]
#[expect(clippy::unreadable_literal, reason = "as NumPy prints them")]
fn fixtures_reduce_to_the_expected_numbers() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/agentx/2026-04/replay");
    let (fragment, metrics) =
        read(&folder.join("trace_replay/detailed_results.csv")).expect("the fixture is read");
    let completion = fragment.evidence.completion;
    assert_eq!((completion.total, completion.successful), (Some(15), Some(13)));
    let value = |name: &str| metrics.get(Metric::parse(name).expect("is a metric"));
    // Printed by NumPy from the same file.
    for (name, expected) in [
        ("mean_ttft", 0.9666367412788199),
        ("p99.9_ttft", 2.119972780038731),
        ("std_e2el", 2.6927611675821486),
        ("p75_e2el", 7.224270109575161),
        ("p95_itl", 0.033653453218731866),
        ("mean_intvty", 40.91207662489126),
        ("p90_intvty", 31.45909472169493),
        ("request_tput_per_user", 47.289156571814374),
        ("p50_isl", 29222.0),
        ("mean_osl", 193.3846153846154),
        ("p99_osl_expected", 360.87999999999994),
        ("theoretical_cache_hit_rate", 0.37418725617685306),
        ("theoretical_infinite_cache_hit_rate", 0.18644343302990898),
        ("total_input_tokens", 394247.0),
    ] {
        let found = value(name).unwrap_or_else(|| panic!("{name} is absent"));
        assert!((found / expected - 1.0).abs() < 1e-12, "{name}: {found}, expected {expected}");
    }
}

#[test]
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn real_replays_equal_the_producers_rows() {
    let samples =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/samples/agentx/2026-04");
    let Ok(folders) = std::fs::read_dir(&samples) else {
        eprintln!("skipped: no samples in {}", samples.display());
        return;
    };
    let mut compared = 0;
    for folder in folders.map(|folder| folder.expect("can be listed").path()) {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if !name.starts_with("agentic_") {
            continue;
        }
        let row = producers_row(&samples.join(format!("bmk_{name}")));
        for file in ["trace_replay/detailed_results.csv", "metrics_server_metrics.csv"] {
            let Some((_, metrics)) = read(&folder.join(file)) else { continue };
            compared += equal_metrics(&metrics, &row, &name);
        }
    }
    assert!(compared >= 79, "only {compared} values compared");
}

fn producers_row(folder: &Path) -> serde_json::Map<String, serde_json::Value> {
    let files: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the row's folder is there")
        .map(|file| file.expect("can be listed").path())
        .collect();
    let text = std::fs::read_to_string(&files[0]).expect("the row can be read");
    serde_json::from_str(&text).expect("the row is JSON")
}

fn equal_metrics(
    metrics: &MetricSet,
    row: &serde_json::Map<String, serde_json::Value>,
    cell: &str,
) -> u32 {
    let mut compared = 0;
    for (key, value) in row {
        let found = Metric::parse(&our_name(key)).and_then(|metric| metrics.get(metric));
        let (Some(found), Some(theirs)) = (found, value.as_f64()) else { continue };
        let limit = 1e-9 * theirs.abs();
        assert!((found - theirs).abs() <= limit, "{cell} {key}: {found}, producer {theirs}");
        compared += 1;
    }
    compared
}
