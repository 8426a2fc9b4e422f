//! What single values become.

use super::*;

fn prefill(members: &str) -> (EndpointSnapshot, Vec<String>) {
    let fragment = read(&line_with(1, members)).expect("readable");
    let snapshot = samples(&fragment)[0].prefill.clone().expect("has prefill");
    (snapshot, told(&fragment))
}

#[test]
fn what_is_no_number_is_left_out_and_told() {
    let (snapshot, told) = prefill(
        r#", "kv_cache_usage": NaN, "requests_running": "3", "requests_waiting": "N/A",
           "preemptions_total": -1, "kv_transfer_sent_bytes_total": {"a": 1},
           "kv_transfer_recv_bytes_total": 9007199254740993, "kv_transfer_errors_total": null"#,
    );
    assert_eq!(snapshot.running, Some(3.0));
    assert_eq!(snapshot.kv_recv_bytes, Some(9_007_199_254_740_992.0));
    for absent in [
        snapshot.kv_cache_usage,
        snapshot.waiting,
        snapshot.preemptions_total,
        snapshot.kv_sent_bytes,
        snapshot.kv_transfer_errors,
    ] {
        assert_eq!(absent, None);
    }
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn usage_is_a_fraction() {
    assert_eq!(prefill(r#", "kv_cache_usage": 1.0"#).0.kv_cache_usage, Some(1.0));
    let (snapshot, told) = prefill(r#", "kv_cache_usage": 85.0"#);
    assert_eq!(snapshot.kv_cache_usage, None);
    assert!(told[0].starts_with("line 1 /disagg_status/prefill/kv_cache_usage: 85 is no fraction"));
}

#[test]
fn unknown_members_are_normal() {
    let (snapshot, told) = prefill(
        r#", "lmcache_x": 1, "raw_labels": {"a": {"b": [1, {"code": "x"}]}}, "requests_running": 2"#,
    );
    assert_eq!(snapshot.running, Some(2.0));
    assert!(told.is_empty(), "{told:?}");
}

#[test]
fn missing_snapshots_are_told_and_do_not_cost_the_sample() {
    let text = concat!(
        r#"{"schema_version": "disagg-status/v1", "prefill": null, "decode": {"scraped_at": 1779192002}, "findings": []}"#,
        "\n",
        r#"{"schema_version": "disagg-status/v1", "prefill": {"scraped_at": 1779192001}}"#,
        "\n",
        r#"{"observed_at": "2026-05-19T12:00:03Z", "disagg_status": {"findings": [{"code": "a"}]}}"#,
    );
    let fragment = read(text).expect("readable");
    assert_eq!(seconds(&fragment), [Some(1), Some(2), Some(3)]);
    assert!(samples(&fragment)[0].decode.is_none() && samples(&fragment)[1].prefill.is_none());
    insta::assert_snapshot!(told(&fragment).join("\n"));
}

#[test]
fn the_transfer_endpoint_is_optional() {
    let with = |transfer: &str| {
        let text = line_with(1, "").replace(r#""transfer": null"#, transfer);
        let fragment = read(&text).expect("readable");
        (samples(&fragment)[0].transfer.clone(), told(&fragment).len())
    };
    assert_eq!(with(r#""transfer": null"#), (None, 0));
    assert_eq!(with(r#""other": null"#), (None, 0));
    assert_eq!(with(r#""transfer": "none""#), (None, 1));
    let (snapshot, problems) = with(r#""transfer": {"endpoint": {"connector": "NIXL"}}"#);
    let snapshot = snapshot.expect("has transfer");
    assert_eq!((snapshot.role.as_str(), snapshot.engine.as_str()), ("transfer", "unknown"));
    assert_eq!((snapshot.connector.as_str(), problems), ("nixl", 0));
}

#[test]
fn findings_come_as_the_recorder_wrote_them() {
    let finding = r#"{"code": "kv_transfer_stall", "severity": "warning", "message": "m", "evidence": {"code": "x"}}"#;
    let all = vec![finding; 20].join(", ");
    let text = line_with(1, "").replace(r#""findings": []"#, &format!(r#""findings": [{all}]"#));
    let fragment = read(&text).expect("readable");
    assert_eq!(samples(&fragment)[0].findings.len(), 20);
    assert!(samples(&fragment)[0].findings.iter().all(|found| found.code == "kv_transfer_stall"));
    assert!(told(&fragment).is_empty());
}

#[test]
fn odd_findings_are_told() {
    let list = r#""findings": [{"code": "a", "severity": "FATAL"}, {"severity": "critical"}, "stall", null, {"code": "b", "severity": "Critical"}]"#;
    let fragment = read(&line_with(1, "").replace(r#""findings": []"#, list)).expect("readable");
    insta::assert_snapshot!(dump(&fragment));
}

#[test]
fn no_end_of_findings_is_bounded() {
    let all = vec![r#"{"code": "a"}"#; 1000].join(", ");
    let text = line_with(1, "").replace(r#""findings": []"#, &format!(r#""findings": [{all}]"#));
    let fragment = read(&text).expect("readable");
    assert_eq!(samples(&fragment)[0].findings.len(), 200);
    assert!(told(&fragment)[0].contains("800 findings"));
}

#[test]
fn credentials_never_get_in() {
    let text = line_with(1, r#", "scrape_error": "unreachable: http://me:hunter2@p:1/metrics""#)
        .replace("http://p:1", "http://me:hunter2@p:1/metrics?token=hunter2#hunter2")
        .replace(
            r#""findings": []"#,
            r#""findings": [{"code": "endpoint_unreachable", "severity": "critical",
                "message": "prefill=http://me:hunter2@p:1 (timeout)", "evidence": {"u": "hunter2"}}]"#,
        );
    let fragment = read(&text).expect("readable");
    assert!(!format!("{fragment:?}").contains("hunter2"));
    insta::assert_snapshot!(dump(&fragment));
}

#[test]
fn long_messages_are_cut() {
    let message = "x".repeat(5000);
    let list =
        format!(r#""findings": [{{"code": "a", "severity": "info", "message": "{message}"}}]"#);
    let fragment = read(&line_with(1, "").replace(r#""findings": []"#, &list)).expect("readable");
    let kept = samples(&fragment)[0].findings[0].message.chars().count();
    assert_eq!(kept, limits::MESSAGE_CHARS + 1);
}

#[test]
fn zones_are_converted_and_missing_ones_told_once() {
    let at = |time: &str| line_with(0, "").replace("2026-05-19T12:00:00Z", time);
    let text = [
        at("2026-05-19T14:00:01+02:00"),
        at("2026-05-19T12:00:02.5"),
        at("2026-05-19T12:00:03Z"),
        at("2026-05-19T12:00:04"),
    ];
    let fragment = read(&text.join("\n")).expect("readable");
    assert_eq!(seconds(&fragment), [Some(1), Some(2), Some(3), Some(4)]);
    assert_eq!(
        told(&fragment),
        ["line 2: a time without zone here and on later lines (2 in all); read as UTC"]
    );
}

#[test]
fn a_clock_that_goes_backwards_is_told_and_samples_are_sorted() {
    let untimed = status_with(r#", "requests_running": 99"#);
    let (nine, three, five) = (line_with(9, ""), line_with(3, ""), line_with(5, ""));
    let text = [&nine, &untimed, &three, &five].map(String::as_str).join("\n");
    let fragment = read(&text).expect("readable");
    assert_eq!(seconds(&fragment), [Some(3), None, Some(5), Some(9)]);
    insta::assert_snapshot!(told(&fragment).join("\n"));
}

#[test]
fn samples_of_one_time_keep_their_order() {
    let line = |running| line_with(4, &format!(r#", "requests_running": {running}"#));
    let text = [line(1), line_with(9, ""), line(2), line(3)].join("\n");
    let fragment = read(&text).expect("readable");
    let running: Vec<_> = samples(&fragment)
        .iter()
        .map(|sample| sample.prefill.as_ref().and_then(|prefill| prefill.running))
        .collect();
    assert_eq!(running, [Some(1.0), Some(2.0), Some(3.0), None]);
}

#[test]
fn an_unusable_time_gives_way_to_the_scrape() {
    let text =
        line_with(0, r#", "scraped_at": 1779192007"#).replace("2026-05-19T12:00:00Z", "yesterday");
    let fragment = read(&text).expect("readable");
    assert_eq!(seconds(&fragment), [Some(7)]);
    insta::assert_snapshot!(told(&fragment).join("\n"));
}
