use std::fmt::Write;
use std::path::{Path, PathBuf};

use inferguard_model::{
    Attach, EndpointSnapshot, Fragment, FragmentKind, ProblemCode, SourceFormat, Timeline,
    TimelineSample,
};
use inferguard_source::{Candidate, Claim, Content, Entry, Reader, Reading, Refusal, limits};
use proptest::prelude::*;

use crate::{TimelineReader, convert};

mod forms;
mod hostile;
mod values;

fn fixture(case: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../fixtures/timeline/0.7.4");
    folder.join(case).join("inferguard_timeline.jsonl")
}

fn fixture_text(case: &str) -> String {
    std::fs::read_to_string(fixture(case)).expect("the fixture is there")
}

fn entry(path: PathBuf, relative: &str) -> Entry {
    Entry::new(path, relative.to_owned())
}

/// What the default reader makes of a file: its claim and what it read.
fn read_file(path: PathBuf, relative: &str) -> (Option<Claim>, Result<Reading, Refusal>) {
    let reader = TimelineReader::default();
    let entry = entry(path, relative);
    let mut content = Content::open(&entry.path, Vec::new()).expect("the file opens");
    let claim = reader.probe(&Candidate::new(&entry, &content));
    let any = Claim::extra(0, "any");
    (claim, reader.read(&claim.unwrap_or(any), 7, &entry, &mut content))
}

/// As [`read_file`], for a text under some name.
fn read_as(relative: &str, text: &[u8]) -> (Option<Claim>, Result<Reading, Refusal>) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("file");
    std::fs::write(&path, text).expect("can write");
    read_file(path, relative)
}

fn read(text: &str) -> Result<Fragment, Refusal> {
    let (_, reading) = read_as("inferguard_timeline.jsonl", text.as_bytes());
    reading.map(|mut reading| reading.fragments.remove(0))
}

fn refused(text: &str) -> String {
    read(text).expect_err("nothing to read").reason
}

fn samples(fragment: &Fragment) -> &[TimelineSample] {
    fragment.evidence.timeline.as_ref().map_or(&[], |timeline| &timeline.samples)
}

/// `at: message` of each problem.
fn told(fragment: &Fragment) -> Vec<String> {
    let problems = fragment.evidence.problems.iter();
    problems.map(|(_, problem)| format!("{}: {}", problem.at, problem.message)).collect()
}

/// A timeline line at a second of the minute, with `members` in its prefill snapshot.
fn line_with(second: u32, members: &str) -> String {
    format!(
        r#"{{"schema_version": "inferguard-timeline/v1", "observed_at": "2026-05-19T12:00:{second:02}Z", "sequence": {second}, "disagg_status": {}}}"#,
        status_with(members)
    )
}

/// A status without scrape times, with `members` in its prefill snapshot.
fn status_with(members: &str) -> String {
    format!(
        r#"{{"schema_version": "disagg-status/v1", "prefill": {{"endpoint": {{"url": "http://p:1", "role": "prefill", "engine": "vllm"}}{members}}}, "decode": {{"endpoint": {{"url": "http://d:2", "role": "decode", "engine": "vllm"}}}}, "transfer": null, "findings": []}}"#
    )
}

fn seconds(fragment: &Fragment) -> Vec<Option<i64>> {
    samples(fragment).iter().map(|sample| sample.at_ns.map(|ns| ns / 1_000_000_000 % 60)).collect()
}

/// A fragment as text, one line a snapshot.
fn dump(fragment: &Fragment) -> String {
    let mut out = String::new();
    for sample in samples(fragment) {
        let at = sample.at_ns.map(|ns| jiff::Timestamp::from_nanosecond(ns.into()));
        let at = at.map_or("no time".to_owned(), |at| at.expect("in range").to_string());
        let _ = writeln!(out, "{at}");
        for endpoint in sample.endpoints() {
            let _ = writeln!(out, "  {}", dump_endpoint(endpoint));
        }
        for finding in &sample.findings {
            let _ =
                writeln!(out, "  ! {:?} {}: {}", finding.severity, finding.code, finding.message);
        }
    }
    for problem in told(fragment) {
        let _ = writeln!(out, "? {problem}");
    }
    out
}

fn dump_endpoint(endpoint: &EndpointSnapshot) -> String {
    let EndpointSnapshot { url, role, engine, connector, scrape_error, .. } = endpoint;
    let mut out = format!("{role} {url} {engine}/{connector}");
    if !scrape_error.is_empty() {
        let _ = write!(out, " error=\"{scrape_error}\"");
    }
    for (name, value) in [
        ("kv", endpoint.kv_cache_usage),
        ("running", endpoint.running),
        ("waiting", endpoint.waiting),
        ("preempted", endpoint.preemptions_total),
        ("sent", endpoint.kv_sent_bytes),
        ("recv", endpoint.kv_recv_bytes),
        ("errors", endpoint.kv_transfer_errors),
    ] {
        if let Some(value) = value {
            let _ = write!(out, " {name}={value}");
        }
    }
    out
}
