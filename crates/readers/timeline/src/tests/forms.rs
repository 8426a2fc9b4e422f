//! The forms of a file, and who claims it.

use super::*;

#[test]
fn fixtures_become_timelines() {
    for case in ["healthy", "stall", "concatenated"] {
        let relative = format!("{case}/inferguard_timeline.jsonl");
        let (claim, reading) = read_file(fixture(case), &relative);
        assert_eq!(claim.map(|claim| claim.score), Some(Claim::BY_CONTENT), "{case}");
        let fragments = reading.expect("readable").fragments;
        assert_eq!(fragments.len(), 1, "{case}");
        insta::assert_snapshot!(case, dump(&fragments[0]));
    }
}

#[test]
fn a_file_is_an_attachment_that_may_stand_alone() {
    let fragment = read(&line_with(1, "")).expect("readable");
    let attachment = FragmentKind::Attachment { attach: Attach::Nearest, alone: true };
    assert_eq!(fragment.kind, attachment);
    assert_eq!(fragment.format, SourceFormat::Unknown);
    assert_eq!(fragment.artifact.role.0, "inferguard_timeline_jsonl");
    assert_eq!(fragment.artifact.file, 7);
    assert_eq!(fragment.evidence.window_ns, None);
}

#[test]
fn a_raw_status_without_findings_takes_the_time_of_the_scrape() {
    let fragment = read(&status_with(r#", "scraped_at": 1779192005.5"#)).expect("readable");
    assert_eq!(samples(&fragment)[0].at_ns, Some(1_779_192_005_500_000_000));
    assert!(samples(&fragment)[0].findings.is_empty());
    assert!(told(&fragment).is_empty(), "{:?}", told(&fragment));
}

#[test]
fn the_decode_scrape_tells_the_time_when_prefill_does_not() {
    let text = r#"{"prefill": {"scraped_at": null}, "decode": {"scraped_at": 1779192001}}"#;
    assert_eq!(seconds(&read(text).expect("readable")), [Some(1)]);
}

#[test]
fn forms_may_be_mixed_in_one_file() {
    let text = format!(
        "{}\n{}{}",
        line_with(1, ""),
        fixture_text("concatenated"),
        fixture_text("healthy").replace('\n', "\r\n")
    );
    let fragment = read(&text).expect("readable");
    assert_eq!(samples(&fragment).len(), 7);
    assert!(samples(&fragment).is_sorted_by_key(|sample| sample.at_ns));
    // Of the concatenated objects, two hours later, the healthy lines go back.
    assert_eq!(told(&fragment).len(), 1, "{:?}", told(&fragment));
}

#[test]
fn indented_timeline_lines_are_read_too() {
    let text = line_with(3, "").replace(", ", ",\n  ").replace("{\"", "{\n    \"");
    assert!(text.lines().count() > 10);
    assert_eq!(seconds(&read(&format!("{text}\n{text}")).expect("readable")).len(), 2);
}

#[test]
fn content_claims_any_name_and_the_name_claims_any_content() {
    let status = status_with("");
    let line = format!(r#"{{"observed_at": "2026-05-19T12:00:00Z", "disagg_status": {status}}}"#);
    let score = |name, text: &str| read_as(name, text.as_bytes()).0.map(|claim| claim.score);
    assert_eq!(score("a/status.json", &status), Some(Claim::BY_CONTENT));
    assert_eq!(score("a/live.jsonl", &line), Some(Claim::BY_CONTENT));
    assert_eq!(score("a/inferguard_timeline.jsonl", "rubbish"), Some(Claim::BY_NAME));
    assert_eq!(score("inferguard_timeline.jsonl.gz", ""), Some(Claim::BY_NAME));
    assert_eq!(score("a/rows.json", &format!("[{status}]")), None);
    assert_eq!(score("a/report.json", r#"{"schema_version": "inferguard-analyze/v1"}"#), None);
}

#[test]
fn patterns_choose_by_path() {
    let claims = |pattern: &str, relative: &str| {
        let reader = TimelineReader::with_glob(pattern).expect("a valid pattern");
        let folder = tempfile::tempdir().expect("a temporary folder");
        let entry = entry(folder.path().join("file"), relative);
        std::fs::write(&entry.path, "{}").expect("can write");
        let content = Content::open(&entry.path, Vec::new()).expect("the file opens");
        reader.wants_name(entry.name()) && reader.probe(&Candidate::new(&entry, &content)).is_some()
    };
    assert!(claims("**/live_*.log", "run/a/live_1.log"));
    assert!(claims("live_*.log", "run/a/live_1.log"));
    assert!(claims("./run/*.log", "run/live_1.log"));
    assert!(!claims("run/*.log", "run/a/live_1.log"));
    assert!(claims("run/**", "run/a/anything"));
    assert!(claims("{run/a,b}/x.log", "run/a/x.log"));
    assert!(claims("{a/x,b}.log", "a/x.log"));
    assert!(!claims("**/live_*.log", "inferguard_timeline.jsonl"));
    assert!(TimelineReader::with_glob("{a").is_err());
}

#[test]
fn only_names_that_could_be_timelines_are_opened() {
    let reader = TimelineReader::default();
    assert!(reader.wants_name("inferguard_timeline.jsonl"));
    assert!(reader.wants_name("status.json"));
    assert!(!reader.wants_name("detailed_results.csv"));
    assert_eq!(reader.id(), "timeline");
    assert!(!reader.inputs().is_empty());
}
