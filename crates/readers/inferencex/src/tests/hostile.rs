//! Rows with one oddity each.

use super::{one, read_text, told, value};

/// A processed row of today with `more` members behind its own.
fn row(more: &str) -> String {
    format!(
        r#"{{"hw": "b200", "tp": 4, "conc": 8, "model": "openai/gpt-oss-120b", "framework": "vllm",
            "precision": "fp4", "spec_decoding": "none", "disagg": false, "isl": 1024, "osl": 1024,
            "tput_per_gpu": 100.0, "output_tput_per_gpu": 50.0, "input_tput_per_gpu": 50.0,
            "mean_tpot": 0.02, "mean_intvty": 50.0{more}}}"#
    )
}

#[test]
fn a_plain_row_has_no_problem() {
    let plain = one("agg_x.json", &row(""));
    assert_eq!(told(&plain), []);
    assert_eq!(value(&plain, "total_tput_tps"), Some(400.0));
    assert_eq!(value(&plain, "num_gpus"), Some(4.0));
}

#[test]
fn numbers_are_read_where_their_meaning_is_clear() {
    for (text, expected, problem) in [
        ("\"0.25\"", Some(0.25), Some("coerced")),
        ("\" 1e-1 \"", Some(0.1), Some("coerced")),
        ("0", Some(0.0), None),
        ("null", None, None),
        ("\"\"", None, Some("not_a_number")),
        ("\"fast\"", None, Some("not_a_number")),
        ("true", None, Some("not_a_number")),
        ("-0.5", None, Some("not_a_number")),
        ("NaN", None, Some("not_a_number")),
        ("-Infinity", None, Some("not_a_number")),
        ("1e400", None, Some("not_a_number")),
        ("[1]", None, None),
        ("{\"a\": 1}", None, None),
    ] {
        let fragment =
            one("agg_x.json", &row(&format!(", \"mean_ttft\": {text}, \"p99_ttft\": 1")));
        assert_eq!(value(&fragment, "mean_ttft"), expected, "{text}");
        let found = told(&fragment).into_iter().find(|(_, at)| *at == "mean_ttft");
        assert_eq!(found.map(|(code, _)| code), problem, "{text}");
    }
}

#[test]
fn counts_that_are_none_are_left_out() {
    for (text, expected) in [
        ("\"16\"", Some(16)),
        ("16.0", Some(16)),
        ("16.5", None),
        ("-16", None),
        ("0", None),
        ("4294967296", None),
        ("false", None),
        ("[16, 32]", None),
    ] {
        let fragment =
            one("agg_x.json", &row("").replace("\"conc\": 8", &format!("\"conc\": {text}")));
        assert_eq!(fragment.evidence.identity.load.concurrency, expected, "{text}");
    }
}

#[test]
fn truths_have_every_spelling() {
    for (text, expected) in [
        ("true", Some(true)),
        ("\"True\"", Some(true)),
        ("\"false\"", Some(false)),
        ("0", Some(false)),
        ("\"none\"", None),
        ("\"\"", None),
        ("null", None),
        ("\"maybe\"", None),
    ] {
        let fragment = one("agg_x.json", &row(&format!(", \"dp_attention\": {text}")));
        assert_eq!(fragment.evidence.identity.topology.all.dp_attention, expected, "{text}");
    }
}

#[test]
fn of_a_key_that_stands_twice_the_last_value_is_used_and_told() {
    let fragment =
        one("agg_x.json", &row(r#", "x": 1, "mean_ttft": 1.0, "x": 2, "mean_ttft": 2.0"#));
    assert_eq!(value(&fragment, "mean_ttft"), Some(2.0));
    assert_eq!(fragment.evidence.extra, [("x".into(), inferguard_model::Scalar::Int(2))]);
    assert_eq!(told(&fragment), [("duplicate_key", "x"), ("duplicate_key", "mean_ttft")]);
}

#[test]
fn problems_of_each_object_go_to_it() {
    let bad = row(", \"a\": 1, \"a\": 2");
    let array = format!("[{}, {bad}, {{\"b\": 1, \"b\": 2}}]", row(""));
    let (record, reading) = read_text("agg_x.json", array.as_bytes());
    let fragments = reading.expect("the array is read").fragments;
    assert_eq!((told(&fragments[0]), told(&fragments[1])), (vec![], vec![("duplicate_key", "a")]));
    let places: Vec<_> = record.problems.iter().map(|p| &*p.at).collect();
    assert_eq!(places, ["/2/b", "/2"]);

    let lines = format!("{}\n{}\n", row("").replace('\n', ""), bad.replace('\n', ""));
    let (_, reading) = read_text("x.jsonl", lines.as_bytes());
    let fragments = reading.expect("the lines are read").fragments;
    assert_eq!(&*fragments[1].artifact.base, "/1");
    assert_eq!((told(&fragments[0]), told(&fragments[1])), (vec![], vec![("duplicate_key", "a")]));
}

#[test]
fn thousands_of_problems_are_counted() {
    let many = ", \"k\": 1".repeat(5000);
    let fragment = one("agg_x.json", &row(&many));
    let told = &fragment.evidence.problems;
    assert!(told.len() <= 21, "{}", told.len());
    assert!(told.last().is_some_and(|(_, last)| last.message.contains("more")), "{told:?}");
    assert_eq!(fragment.evidence.extra.len(), 1);
}

#[test]
fn deep_and_wide_members_cost_nothing() {
    let deep = format!(", \"deep\": {}1{}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(told(&one("agg_x.json", &row(&deep))), []);
    let wide = format!(", \"wide\": [{}1]", "1,".repeat(100_000));
    assert_eq!(told(&one("agg_x.json", &row(&wide))), []);
}

#[test]
fn every_text_encoding_is_read() {
    let text = row("");
    let utf16: Vec<u8> =
        [0xFF, 0xFE].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let bom: Vec<u8> = [0xEF, 0xBB, 0xBF].into_iter().chain(text.bytes()).collect();
    let broken = text.replace("vllm", "vl\u{7f}lm").into_bytes();
    for bytes in [utf16, bom, broken, text.replace('\n', "\r\n").into_bytes()] {
        let (record, reading) = read_text("agg_x.json", &bytes);
        assert_eq!(reading.map(|r| r.fragments.len()), Some(1), "{record:?}");
    }
    let (record, reading) = read_text("agg_x.json", b"");
    assert!(reading.is_none() && record.outcome.is_result, "{record:?}");
}

#[test]
fn lists_that_do_not_fit_are_not_used() {
    let raw = |lists: &str| {
        format!(
            r#"{{"backend": "vllm", "model_id": "m", "num_prompts": 2, "completed": 2, "duration": 4.0,
                "total_output_tokens": 8, "mean_tpot_ms": 10.0, {lists}}}"#
        )
    };
    let good = r#""input_lens": [5, 6], "output_lens": [4, 4], "ttfts": [0.1, 0.2], "itls": [[0.1], [0.1, 0.1]]"#;
    let table = one("x.json", &raw(good)).table.expect("the lists fit");
    assert_eq!((table.osl, table.gaps.len()), (vec![4, 4], 3));
    for (from, to) in [
        ("[0.1, 0.2]", "[0.1]"),
        ("[0.1, 0.2]", "[0.1, \"x\"]"),
        ("[0.1, 0.2]", "[0.1, -0.2]"),
        ("[4, 4]", "[4, [4]]"),
        ("[4, 4]", "[4, {\"a\": 4}]"),
        ("[4, 4]", "[4, 4.5]"),
        ("[5, 6]", "[5, 6, 7]"),
        ("[[0.1], [0.1, 0.1]]", "[[0.1], 0.1]"),
        ("[[0.1], [0.1, 0.1]]", "[[0.1], [[0.1]]]"),
        ("\"input_lens\"", "\"ttfts\": [0.5], \"output_lens\": [], \"input_lens\""),
    ] {
        let fragment = one("x.json", &raw(&good.replace(from, to)));
        let twice = to.contains("output_lens");
        assert_eq!(fragment.table.is_some(), twice, "{to}");
        assert_eq!(told(&fragment).contains(&("malformed", "ttfts")), !twice, "{to}");
    }
    let silent = good.replace("[0.1, 0.2]", "[0.1, 0.0]").replace("[0.1, 0.1]]", "[]]");
    let table = one("x.json", &raw(&silent)).table.expect("the lists fit");
    assert_eq!((table.ttft, table.e2el), (vec![0.1, -1.0], vec![0.2, -1.0]));
}

#[test]
fn more_successes_than_requests_are_told() {
    let fragment = one(
        "x.json",
        r#"{"backend": "vllm", "model_id": "m", "num_prompts": 2, "completed": 3, "duration": 4.0}"#,
    );
    assert_eq!(
        (fragment.evidence.completion.total, fragment.evidence.completion.successful),
        (None, Some(3))
    );
    assert_eq!(told(&fragment), [("conflict", "num_prompts")]);
}

#[test]
fn an_environment_of_another_shape_is_refused() {
    for text in ["[{\"hw\": \"b200\"}, 5, {\"a\": 1}]", "7", "[]", "{\"hw\": \"b200\"}"] {
        let (record, reading) = read_text("meta_env.json", text.as_bytes());
        assert_eq!(reading.is_some(), text.contains("hw"), "{record:?}");
    }
}

#[test]
fn gpus_are_never_multiplied_by_expert_or_attention_parallelism() {
    let fragment = one("agg_x.json", &row(r#", "ep": 8, "dcp_size": 4, "dp_attention": "true""#));
    assert_eq!(value(&fragment, "num_gpus"), Some(4.0));
    let fragment = one("agg_x.json", &row(r#", "pp": 2, "pcp_size": 3"#));
    assert_eq!(value(&fragment, "num_gpus"), Some(24.0));
    let unknown = row("").replace("\"tp\": 4", "\"tp\": null");
    let fragment = one("agg_x.json", &unknown);
    assert_eq!((value(&fragment, "num_gpus"), value(&fragment, "total_tput_tps")), (None, None));
    let stated = one("agg_x.json", &row(r#", "num_gpus": 16"#));
    assert_eq!(value(&stated, "num_gpus"), Some(16.0));
    let vast = row("").replace("\"tp\": 4", "\"tp\": 4000000000, \"pp\": 4000000000");
    assert_eq!(value(&one("agg_x.json", &vast), "num_gpus"), None);
}

#[test]
fn names_only_fill_what_is_missing() {
    let name = "agg_dsr1_8k1k_fp8_sglang_tp8_ep8_dpa_true_conc64_specdecode_mtp_h200.json";
    let fragment = one(name, &row(""));
    let identity = &fragment.evidence.identity;
    assert_eq!((identity.isl, identity.topology.all.tp), (Some(1024), Some(4)));
    assert_eq!(
        (identity.hardware.as_deref(), identity.model.as_deref()),
        (Some("b200"), Some("gptoss120b"))
    );
    assert_eq!(told(&fragment), [("conflict", "")]);

    let bare = r#"{"hw": "", "model": "", "tput_per_gpu": 1.0}"#;
    let fragment = one(name, bare);
    let identity = &fragment.evidence.identity;
    assert_eq!(
        (identity.hardware.as_deref(), identity.model.as_deref()),
        (Some("h200"), Some("dsr1"))
    );
    assert_eq!(
        (identity.isl, identity.osl, identity.load.concurrency),
        (Some(8192), Some(1024), Some(64))
    );
    assert_eq!(identity.spec_decoding.as_deref(), Some("mtp"));
    assert_eq!(
        (identity.topology.all.tp, identity.topology.all.dp_attention),
        (Some(8), Some(true))
    );
    assert_eq!(told(&fragment), [("from_name", "")]);
}
