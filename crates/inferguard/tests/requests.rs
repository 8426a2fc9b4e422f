//! Answers from records against what AIPerf itself says of them. Skipped where the samples are not.

#![expect(clippy::print_stderr, reason = "a test that is skipped says so")]

use std::path::{Path, PathBuf};

use inferguard::requests::{Requests, RequestsQuery, requests};
use inferguard::{Options, Slo};
use serde_json::Value;

fn sample(name: &str) -> Option<PathBuf> {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/samples/aiperf").join(name);
    if path.is_dir() {
        return Some(path);
    }
    eprintln!("skipped: no samples at {}", path.display());
    None
}

fn json(folder: &Path, name: &str) -> Value {
    let text = std::fs::read_to_string(folder.join(name)).expect("a file");
    serde_json::from_str(&text).expect("JSON")
}

/// The objectives of the run, in the one text that the flag takes.
fn slo(summary: &Value) -> Option<Slo> {
    let config = &summary["input_config"];
    let limits = config["slos"].as_object().or_else(|| config["input"]["goodput"].as_object())?;
    let words: Vec<String> = limits.iter().map(|(tag, limit)| format!("{tag}:{limit}")).collect();
    words.join(" ").parse().ok()
}

fn ask(folder: &Path, slo: Option<Slo>, slice_ns: Option<i64>) -> Requests {
    let options = Options { slo: slo.into_iter().collect(), ..Options::default() };
    let percentiles = vec![1_000, 5_000, 10_000, 25_000, 50_000, 75_000, 90_000, 95_000, 99_000];
    let query =
        RequestsQuery { percentiles, slice_ns, first_wave: true, ..RequestsQuery::default() };
    requests(&[folder.to_owned()], &options, &query).expect("records")
}

fn close(ours: &Value, theirs: f64, within: f64, what: &str) {
    let ours = ours.as_f64().unwrap_or(f64::NAN);
    assert!((ours - theirs).abs() <= within * theirs.abs(), "{what}: {ours} {theirs}");
}

#[test]
fn goodput_and_every_statistic_are_those_of_the_producer() {
    let mut judged = 0;
    for name in [
        "0.13.0/sweep/c1",
        "0.13.0/sweep/c4",
        "0.13.0/sweep/c16",
        "0.13.0/errors",
        "0.13.0/cancel",
        "0.13.0/multiturn",
        "0.13.0/nonstream",
        "0.3.0/c4",
        "0.3.0/errors",
    ] {
        let Some(folder) = sample(name) else { return };
        let summary = json(&folder, "profile_export_aiperf.json");
        let slo = slo(&summary);
        let found = ask(&folder, slo.clone(), None).to_json();
        let run = &found["runs"][0];
        let avg = |tag: &str| summary[tag]["avg"].as_f64();
        for (tag, ours, unit) in [
            ("time_to_first_token", "ttft", 1e-3),
            ("request_latency", "e2el", 1e-3),
            ("inter_token_latency", "tpot", 1e-3),
            ("output_token_throughput_per_user", "request_tput_per_user", 1.0),
            ("input_sequence_length", "isl", 1.0),
            ("output_sequence_length", "osl", 1.0),
        ] {
            for (stat, ours_stat) in [
                ("avg", "mean"),
                ("min", "min"),
                ("max", "max"),
                ("std", "std"),
                ("p1", "p1"),
                ("p5", "p5"),
                ("p10", "p10"),
                ("p25", "p25"),
                ("p50", "p50"),
                ("p75", "p75"),
                ("p90", "p90"),
                ("p95", "p95"),
                ("p99", "p99"),
            ] {
                if let Some(theirs) = summary[tag][stat].as_f64() {
                    let what = format!("{name} {tag} {stat}");
                    close(&run["metrics"][ours][ours_stat], theirs * unit, 1e-9, &what);
                }
            }
        }
        close(&run["rates"]["qps"], avg("request_throughput").expect("a rate"), 1e-6, name);
        if slo.is_some() {
            judged += 1;
            let goodput = &run["goodput"][0];
            let good = avg("good_request_count").expect("a count");
            assert_eq!(goodput["good"].as_f64(), Some(good), "{name}");
            close(&goodput["goodput_rps"], avg("goodput").expect("a rate"), 1e-6, name);
            if let Some(share) = avg("good_request_fraction") {
                close(&goodput["good_fraction"], share, 1e-12, name);
            }
        }
    }
    assert!(judged >= 6, "{judged}");
}

#[test]
fn slices_hold_what_the_producer_counts_by_start() {
    for (name, seconds) in [
        ("0.13.0/sweep/c1", 2),
        ("0.13.0/sweep/c4", 2),
        ("0.13.0/sweep/c16", 2),
        ("0.13.0/errors", 1),
        ("0.13.0/cancel", 1),
    ] {
        let Some(folder) = sample(name) else { return };
        let theirs = json(&folder, "profile_export_aiperf_timeslices.json");
        let found = ask(&folder, None, Some(seconds * 1_000_000_000)).to_json();
        let ours = &found["runs"][0]["slices"];
        let origin = ours["origin_ns"].as_i64().expect("an origin");
        let slices = ours["slices"].as_array().expect("slices");
        let mut seen = 0;
        for slice in theirs["timeslices"].as_array().expect("slices") {
            let start = slice["start_ns"].as_f64().expect("a start") as i64;
            let index = ((start - origin) as f64 / (seconds as f64 * 1e9)).round() as usize;
            let own = &slices[index];
            let started = own["started"].as_f64().expect("a count")
                - own["started_failed"].as_f64().expect("a count");
            let what = format!("{name} slice {index}");
            assert_eq!(Some(started), slice["request_count"]["avg"].as_f64(), "{what}");
            for (tag, latency) in [("time_to_first_token", "ttft"), ("request_latency", "e2el")] {
                let mean = slice[tag]["avg"].as_f64().expect("a mean");
                close(&own[latency]["mean"], mean / 1e3, 1e-9, &what);
            }
            seen += 1;
        }
        let with_starts = slices.iter().filter(|slice| slice["started"] != slice["started_failed"]);
        assert_eq!(with_starts.count(), seen, "{name}");
    }
}
