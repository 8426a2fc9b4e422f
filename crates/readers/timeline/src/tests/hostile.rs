//! Damaged files: what is left is read, and what is lost is told.

use super::*;

#[test]
fn a_truncated_last_line_costs_only_itself() {
    let text = fixture_text("healthy");
    for cut in [text.len() - 2, text.len() - 300, text.len() - 700] {
        let fragment = read(&text[..cut]).expect("readable");
        assert_eq!(samples(&fragment).len(), 3, "cut at {cut}");
        assert_eq!(told(&fragment).len(), 1, "cut at {cut}");
        assert!(told(&fragment)[0].starts_with("line 4: "), "{:?}", told(&fragment));
    }
}

#[test]
fn broken_lines_in_the_middle_cost_only_themselves() {
    let cut = line_with(2, "");
    let text = [
        &line_with(1, ""),
        "{\"schema_version\": nope}",
        &cut[..cut.len() - 3],
        "Traceback (most recent call last):",
        &line_with(3, ""),
        "{\"hello\": \"world\"}",
        "[1, 2]",
        "{\"observed_at\": \"2026-05-19T12:00:00Z\", \"disagg_status\": null}",
        &line_with(4, ""),
    ]
    .join("\n");
    let fragment = read(&text).expect("readable");
    assert_eq!(seconds(&fragment), [Some(1), Some(3), Some(4)]);
    insta::assert_snapshot!(told(&fragment).join("\n"));
}

#[test]
fn a_line_cut_within_a_string_costs_only_itself() {
    let (first, cut, last) = (line_with(1, ""), line_with(2, ""), line_with(3, ""));
    let within = cut.find("vllm").expect("has an engine") + 2;
    let text = format!("{first}\n{}\n{last}\n{last}\n", &cut[..within]);
    let fragment = read(&text).expect("readable");
    assert_eq!(seconds(&fragment), [Some(1), Some(3), Some(3)]);
    assert!(told(&fragment)[0].starts_with("line 2: "), "{:?}", told(&fragment));
}

#[test]
fn files_without_a_usable_line_are_refused_with_the_reason() {
    let reasons = [
        refused(""),
        refused(" \n\n"),
        refused("rubbish\n"),
        refused("{\"schema_version\": \"inferguard-timeline/v1\"}"),
        refused("{\"disagg_status\": [1]}"),
        refused("{\"schema_version\": \"disagg-status/v1\", \"prefill\": {\"a\": 1"),
    ];
    insta::assert_snapshot!(reasons.join("\n"));
}

#[test]
fn a_fault_on_every_line_is_told_a_few_times_and_counted() {
    let text: Vec<_> = (0..50).map(|n| line_with(n, r#", "kv_cache_usage": "NaN""#)).collect();
    let fragment = read(&text.join("\n")).expect("readable");
    assert_eq!(samples(&fragment).len(), 50);
    let told = told(&fragment);
    assert_eq!(told.len(), limits::PROBLEMS_KEPT + 1);
    assert_eq!(told[limits::PROBLEMS_KEPT], ": 30 more problems of this kind");
    assert!(fragment.evidence.problems.iter().all(|(_, p)| p.code == ProblemCode::NotANumber));
}

#[test]
fn other_encodings_and_versions_are_read() {
    let text = line_with(1, "").replace("timeline/v1", "timeline/v2");
    let utf16: Vec<_> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let (claim, reading) = read_as("inferguard_timeline.jsonl", &utf16);
    assert_eq!(claim.map(|claim| claim.score), Some(Claim::BY_CONTENT));
    let fragment = reading.expect("readable").fragments.remove(0);
    assert_eq!(samples(&fragment).len(), 1);
    insta::assert_snapshot!(told(&fragment).join("\n"));
}

/// A promise about every timeline, however damaged its file was.
fn hold(timeline: &Timeline) {
    let times: Vec<_> = timeline.samples.iter().filter_map(|sample| sample.at_ns).collect();
    assert!(times.is_sorted());
    for snapshot in timeline.samples.iter().flat_map(TimelineSample::endpoints) {
        assert!(snapshot.kv_cache_usage.is_none_or(|usage| (0.0..=1.0).contains(&usage)));
        assert!(snapshot.running.is_none_or(|running| running.is_finite() && running >= 0.0));
    }
}

proptest! {
    #[test]
    fn damage_never_panics(
        case in prop::sample::select(vec!["healthy", "stall", "concatenated"]),
        edits in prop::collection::vec(
            (any::<prop::sample::Index>(), 0..30_usize, "[{}\\[\\]\",:\\\\0-9NaTZ+\n.e-]{0,6}"),
            1..12,
        ),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut text = fixture_text(case).into_bytes();
        for (at, removed, added) in edits {
            let at = at.index(text.len());
            let end = (at + removed).min(text.len());
            text.splice(at..end, added.into_bytes());
        }
        if let Ok((timeline, _)) = convert::timeline(&text) {
            hold(&timeline);
        }
        text.truncate(cut.index(text.len() + 1));
        if let Ok((timeline, _)) = convert::timeline(&text) {
            hold(&timeline);
        }
    }

    #[test]
    fn any_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = convert::timeline(&bytes);
    }
}
