//! Codes of the live overlay: recorded ones, and those computed from snapshots.

use inferguard_model::{EndpointSnapshot, LiveFinding, LiveSeverity};

use super::*;

const CODES: [&str; 6] = [
    "endpoint_unreachable",
    "engine_unidentified",
    "connector_mismatch",
    "kv_transfer_errors_present",
    "kv_transfer_stall",
    "prefill_decode_imbalance",
];

fn endpoint(role: &str) -> EndpointSnapshot {
    EndpointSnapshot {
        url: format!("http://{role}:8000"),
        role: role.into(),
        engine: "vllm".into(),
        ..EndpointSnapshot::default()
    }
}

/// A sample at a second, both of its endpoints changed by `edit`.
fn sample(
    second: i64,
    edit: impl Fn(&mut EndpointSnapshot, &mut EndpointSnapshot),
) -> TimelineSample {
    let (mut prefill, mut decode) = (endpoint("prefill"), endpoint("decode"));
    edit(&mut prefill, &mut decode);
    TimelineSample {
        at_ns: Some(second * 1_000_000_000),
        prefill: Some(prefill),
        decode: Some(decode),
        ..TimelineSample::default()
    }
}

fn quiet(second: i64) -> TimelineSample {
    sample(second, |_, _| {})
}

fn recorded(code: &str, severity: LiveSeverity, message: &str) -> LiveFinding {
    LiveFinding { code: code.into(), severity, message: message.into() }
}

fn answer(code: &str, samples: Vec<TimelineSample>) -> String {
    Tree::of([cell("c").timeline(samples)]).answers(code).remove(0)
}

/// The answer about a single sample.
fn one(code: &str, edit: impl Fn(&mut EndpointSnapshot, &mut EndpointSnapshot)) -> String {
    answer(code, vec![sample(1, edit)])
}

fn is_unevaluated(answer: &str) -> bool {
    answer == "c not evaluated: the timeline does not carry what this code looks at"
}

#[test]
fn without_a_timeline_nothing_is_evaluated() {
    let tree = Tree::of([cell("c64"), cell("c4").timeline(vec![])]);
    for code in CODES {
        let answers = tree.answers(code);
        assert_eq!(answers[0], "c64 not evaluated: no live timeline", "{code}");
        assert!(answers[1].starts_with("c4 not evaluated: the timeline does not"), "{code}");
    }
}

#[test]
fn twenty_identical_lines_are_one_finding() {
    for code in CODES {
        let line = |second| TimelineSample {
            findings: vec![recorded(code, LiveSeverity::Warning, "seen")],
            ..quiet(second)
        };
        let tree = Tree::of([cell("c").timeline((10..30).map(line).collect())]);
        assert_eq!(tree.answers(code), ["c warning: on 20 of 20 timeline samples: seen"]);
        let evidence = tree.evidence(code);
        assert_eq!(evidence["count"], json!(20));
        assert_eq!(evidence["first_observed_at_ns"], json!(10_000_000_000_i64));
        assert_eq!(evidence["last_observed_at_ns"], json!(29_000_000_000_i64));
        assert_eq!(evidence["source"], json!("recorded"));
    }
}

#[test]
fn the_worst_recorded_severity_counts_with_its_message() {
    let line = |second, severity, message: &str| TimelineSample {
        findings: vec![
            recorded("other", LiveSeverity::Critical, "not this"),
            recorded("kv_transfer_stall", severity, message),
        ],
        ..quiet(second)
    };
    let samples = vec![
        line(1, LiveSeverity::Info, "a"),
        line(2, LiveSeverity::Critical, "b"),
        quiet(3),
        line(4, LiveSeverity::Critical, "c"),
        line(5, LiveSeverity::Warning, "d"),
    ];
    assert_eq!(answer("kv_transfer_stall", samples), "c critical: on 4 of 5 timeline samples: b");
}

#[test]
fn a_recorded_finding_needs_no_snapshots() {
    let bare = TimelineSample {
        findings: vec![recorded("engine_unidentified", LiveSeverity::Info, "seen")],
        ..TimelineSample::default()
    };
    let tree = Tree::of([cell("c").timeline(vec![bare])]);
    assert_eq!(tree.answers("engine_unidentified"), ["c info: on 1 of 1 timeline samples: seen"]);
    assert_eq!(tree.evidence("engine_unidentified")["first_observed_at_ns"], json!(null));
}

#[test]
fn what_the_recorder_did_not_write_is_computed_from_its_snapshots() {
    let down =
        |second| sample(second, |_, decode| decode.scrape_error = "unreachable: timeout".into());
    let tree = Tree::of([cell("c")
        .artifact("c/inferguard_timeline.jsonl", Role::TIMELINE_JSONL)
        .timeline(vec![quiet(1), down(2), down(3), quiet(4)])]);
    assert_eq!(
        tree.answers("endpoint_unreachable"),
        [
            "c critical: on 2 of 4 timeline samples: decode=http://decode:8000 (unreachable: timeout)"
        ]
    );
    let evidence = tree.evidence("endpoint_unreachable");
    for (key, value) in [
        ("count", json!(2)),
        ("samples", json!(4)),
        ("first_observed_at_ns", json!(2_000_000_000_i64)),
        ("last_observed_at_ns", json!(3_000_000_000_i64)),
        ("source", json!("snapshots")),
        ("artifacts", json!(["c/inferguard_timeline.jsonl"])),
    ] {
        assert_eq!(evidence[key], value, "{key}");
    }
}

#[test]
fn the_recorder_goes_before_the_snapshots() {
    let down = |second| sample(second, |_, decode| decode.scrape_error = "http_500".into());
    let told = TimelineSample {
        findings: vec![recorded("endpoint_unreachable", LiveSeverity::Info, "told")],
        ..down(1)
    };
    assert_eq!(
        answer("endpoint_unreachable", vec![told, down(2), down(3)]),
        "c info: on 1 of 3 timeline samples: told"
    );
}

#[test]
fn samples_without_a_time_count_and_leave_first_and_last_to_the_others() {
    let stalled = |at_ns| TimelineSample {
        at_ns,
        ..sample(0, |prefill, decode| {
            (prefill.kv_sent_bytes, decode.kv_recv_bytes) = (Some(0.0), Some(0.0));
            prefill.running = Some(1.0);
        })
    };
    let samples = vec![stalled(None), stalled(Some(5)), stalled(Some(7)), stalled(None)];
    let evidence = Tree::of([cell("c").timeline(samples)]).evidence("kv_transfer_stall");
    assert_eq!(evidence["count"], json!(4));
    assert_eq!(evidence["first_observed_at_ns"], json!(5));
    assert_eq!(evidence["last_observed_at_ns"], json!(7));
}

#[test]
fn cells_have_their_own_timelines_in_any_order() {
    let down = || vec![sample(1, |prefill, _| prefill.scrape_error = "http_503".into())];
    let tree = Tree::of([
        cell("c64").timeline(down()),
        cell("c2"),
        cell("c16").timeline(vec![quiet(1)]),
        cell("c4").timeline(down()),
    ]);
    let verdicts: Vec<_> = tree
        .answers("endpoint_unreachable")
        .iter()
        .map(|answer| answer.split(' ').take(2).collect::<Vec<_>>().join(" "))
        .collect();
    assert_eq!(verdicts, ["c64 critical:", "c2 not", "c16 clear", "c4 critical:"]);
}

#[test]
fn only_silence_and_http_errors_are_unreachable() {
    let with =
        |error: &str| one("endpoint_unreachable", |_, decode| decode.scrape_error = error.into());
    for error in ["unreachable: dns_error", "unreachable", "http_404", "http_500"] {
        assert!(with(error).starts_with("c critical"), "{error}");
    }
    for error in ["", "empty_body", "no_metrics_recognized", "adapter_not_implemented", "html"] {
        assert_eq!(with(error), "c clear", "{error}");
    }
}

#[test]
fn every_endpoint_that_is_down_is_named() {
    let mut all = sample(1, |prefill, decode| {
        prefill.scrape_error = "http_502".into();
        decode.scrape_error = "unreachable: other".into();
    });
    all.transfer = Some(EndpointSnapshot {
        scrape_error: "unreachable: timeout".into(),
        ..endpoint("transfer")
    });
    assert_eq!(
        answer("endpoint_unreachable", vec![all]),
        "c critical: on 1 of 1 timeline samples: prefill=http://prefill:8000 (http_502), \
         decode=http://decode:8000 (unreachable: other), \
         transfer=http://transfer:8000 (unreachable: timeout)"
    );
    assert!(is_unevaluated(&answer("endpoint_unreachable", vec![TimelineSample::default()])));
}

#[test]
fn an_unknown_engine_counts_only_where_it_answered() {
    let with = |engine: &str, error: &str| {
        one("engine_unidentified", |prefill, decode| {
            for e in [prefill, decode] {
                (e.engine, e.scrape_error) = (engine.to_owned(), error.to_owned());
            }
        })
    };
    assert_eq!(
        with("unknown", ""),
        "c warning: on 1 of 1 timeline samples: prefill=http://prefill:8000, decode=http://decode:8000"
    );
    assert_eq!(with("unknown", "http_500"), "c clear");
    assert_eq!(with("sglang", ""), "c clear");
    assert!(is_unevaluated(&with("", "")));
}

#[test]
fn connectors_mismatch_only_when_both_are_known() {
    let with = |a: &str, b: &str| {
        one("connector_mismatch", |prefill, decode| {
            (prefill.connector, decode.connector) = (a.to_owned(), b.to_owned());
        })
    };
    assert_eq!(
        with("nixl", "mooncake"),
        "c warning: on 1 of 1 timeline samples: prefill nixl, decode mooncake"
    );
    assert_eq!(with("nixl", "nixl"), "c clear");
    for (a, b) in [("nixl", ""), ("", "nixl"), ("", "")] {
        assert!(is_unevaluated(&with(a, b)), "{a} {b}");
    }
    let alone = TimelineSample { decode: None, ..quiet(1) };
    assert!(is_unevaluated(&answer("connector_mismatch", vec![alone])));
}

#[test]
fn a_hundred_transfer_errors_are_critical() {
    let with = |a: Option<f64>, b: Option<f64>| {
        one("kv_transfer_errors_present", |prefill, decode| {
            (prefill.kv_transfer_errors, decode.kv_transfer_errors) = (a, b);
        })
    };
    let text = |severity, errors| {
        format!("c {severity}: on 1 of 1 timeline samples: {errors} errors since the servers began")
    };
    assert_eq!(with(Some(1.0), None), text("warning", 1));
    assert_eq!(with(Some(49.0), Some(50.0)), text("warning", 99));
    assert_eq!(with(Some(50.0), Some(50.0)), text("critical", 100));
    assert_eq!(with(None, Some(101.0)), text("critical", 101));
    assert_eq!(with(Some(0.0), None), "c clear");
    assert!(is_unevaluated(&with(None, None)));
}

#[test]
fn the_errors_of_a_transfer_endpoint_are_in_the_sum() {
    let mut with = sample(1, |prefill, _| prefill.kv_transfer_errors = Some(60.0));
    with.transfer =
        Some(EndpointSnapshot { kv_transfer_errors: Some(40.0), ..endpoint("transfer") });
    assert!(answer("kv_transfer_errors_present", vec![with]).starts_with("c critical"));
}

#[test]
fn the_worst_sample_gives_severity_and_text() {
    let with =
        |second, errors| sample(second, |prefill, _| prefill.kv_transfer_errors = Some(errors));
    let samples = vec![with(1, 0.0), with(2, 30.0), with(3, 104.0), with(4, 5.0)];
    assert_eq!(
        answer("kv_transfer_errors_present", samples),
        "c critical: on 3 of 4 timeline samples: 104 errors since the servers began"
    );
}

#[test]
fn zero_counters_are_a_stall_only_while_requests_run() {
    let with = |sent, received, running: [Option<f64>; 2]| {
        one("kv_transfer_stall", |prefill, decode| {
            (prefill.kv_sent_bytes, decode.kv_recv_bytes) = (sent, received);
            [prefill.running, decode.running] = running;
        })
    };
    let zero = Some(0.0);
    let stall = "c warning: on 1 of 1 timeline samples: 0 bytes sent and received, 12 running";
    assert_eq!(with(zero, zero, [Some(12.0), Some(3.0)]), stall);
    assert_eq!(with(zero, zero, [None, Some(12.0)]), stall);
    assert!(with(zero, zero, [Some(1.0), zero]).starts_with("c warning"));
    assert_eq!(with(zero, zero, [zero, zero]), "c clear");
    assert_eq!(with(Some(1.0), zero, [Some(12.0), None]), "c clear");
    assert_eq!(with(zero, Some(1.0), [None, None]), "c clear");
    assert_eq!(with(zero, Some(1.0), [Some(12.0), None]), "c clear");
    assert!(is_unevaluated(&with(zero, zero, [None, None])));
    assert!(is_unevaluated(&with(None, zero, [Some(12.0), None])));
    assert!(is_unevaluated(&with(zero, None, [Some(12.0), None])));
    let alone = TimelineSample { prefill: None, ..quiet(1) };
    assert!(is_unevaluated(&answer("kv_transfer_stall", vec![alone])));
}

#[test]
fn twice_as_many_requests_are_in_balance_and_a_little_more_are_not() {
    let with = |prefill_running: f64, decode_running: f64| {
        one("prefill_decode_imbalance", |prefill, decode| {
            (prefill.running, decode.running) = (Some(prefill_running), Some(decode_running));
        })
    };
    assert_eq!(with(200.0, 100.0), "c clear");
    assert_eq!(
        with(201.0, 100.0),
        "c warning: on 1 of 1 timeline samples: 201 running in prefill, 100 in decode"
    );
    assert_eq!(with(199.0, 100.0), "c clear");
    assert_eq!(with(100.0, 200.0), "c clear");
    assert_eq!(with(50.0, 100.0), "c clear");
    assert!(with(100.0, 201.0).starts_with("c warning"));
}

#[test]
fn an_idle_role_counts_as_one_request() {
    let with = |prefill_running: Option<f64>, decode_running: Option<f64>| {
        one("prefill_decode_imbalance", |prefill, decode| {
            (prefill.running, decode.running) = (prefill_running, decode_running);
        })
    };
    assert_eq!(with(Some(0.0), Some(0.0)), "c clear");
    assert_eq!(with(Some(2.0), Some(0.0)), "c clear");
    assert!(with(Some(3.0), Some(0.0)).starts_with("c warning"));
    assert!(with(Some(0.0), Some(3.0)).starts_with("c warning"));
    for (a, b) in [(Some(9.0), None), (None, Some(9.0)), (None, None)] {
        assert!(is_unevaluated(&with(a, b)), "{a:?} {b:?}");
    }
}

#[test]
fn limits_that_were_set_are_in_force() {
    let running = |prefill_running: f64, decode_running: f64| {
        sample(1, |prefill, decode| {
            (prefill.running, decode.running) = (Some(prefill_running), Some(decode_running));
        })
    };
    let with = |code, limit, value, sample| {
        Tree::of([cell("c").timeline(vec![sample])])
            .limit(code, limit, value)
            .answers(code)
            .remove(0)
    };
    let balance = |ratio, sample| with("prefill_decode_imbalance", "max_ratio", ratio, sample);
    assert_eq!(balance(4.0, running(4.0, 1.0)), "c clear");
    assert!(balance(3.9, running(4.0, 1.0)).starts_with("c warning"));
    assert!(balance(3.9, running(1.0, 4.0)).starts_with("c warning"));
    let errors = |limit, n| {
        let sample = sample(1, |prefill, _| prefill.kv_transfer_errors = Some(n));
        with("kv_transfer_errors_present", "critical_errors", limit, sample)
    };
    assert!(errors(5.0, 4.0).starts_with("c warning"));
    assert!(errors(5.0, 5.0).starts_with("c critical"));
}

#[test]
fn the_first_live_finding_is_recorded_or_else_computed() {
    let first = |samples: Vec<TimelineSample>| {
        crate::first_live_finding_ns(&cell("c").timeline(samples).cell, &Limits::default())
    };
    let errors = |second| sample(second, |_, decode| decode.kv_transfer_errors = Some(1.0));
    assert_eq!(first(vec![quiet(1), errors(2), errors(3)]), Some(2_000_000_000));
    let mut noted = quiet(3);
    noted.findings = vec![recorded("kv_transfer_stall", LiveSeverity::Warning, "stalled")];
    assert_eq!(first(vec![quiet(1), errors(2), noted]), Some(3_000_000_000));
    assert_eq!(first(vec![quiet(1), quiet(2)]), None);
    assert_eq!(crate::first_live_finding_ns(&cell("c").cell, &Limits::default()), None);
}
