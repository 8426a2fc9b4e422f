//! Files that are broken, strange, or made to do harm.

use inferguard_model::FileStatus;

use super::{Met, one, read_text, told, value};

const NAME: &str = "benchmark_report,_a.json.yaml";

const GOOD: &str = "metrics:\n  latency:\n    request_latency:\n      mean: 1040.0\n      units: ms\n    time_to_first_token:\n      mean: 50.0\n      units: ms\n  requests:\n    total: 10\n  throughput:\n    output_tokens_per_sec: 80.0\n    requests_per_sec: 0.8\n    total_tokens_per_sec: 880.0\n  time:\n    duration: 12.5\nscenario:\n  load:\n    args:\n      max_concurrency: 8\n    name: vllm-benchmark\n  model:\n    name: m\nversion: '0.1'\n";

fn refused((record, reading): &Met) -> &str {
    assert!(reading.is_none(), "{record:?}");
    assert_eq!(record.outcome.status, FileStatus::Refused);
    assert!(record.outcome.is_result, "a lost report loses a cell");
    record.outcome.reason.as_deref().expect("a refusal has its reason")
}

fn read(text: &[u8]) -> Met {
    read_text(NAME, text)
}

#[test]
fn a_report_that_was_cut_off_is_never_read_without_a_word() {
    for end in 1..GOOD.len() - 1 {
        let met = read(&GOOD.as_bytes()[..end]);
        let Some(reading) = &met.1 else {
            assert!(!refused(&met).is_empty());
            continue;
        };
        if reading.status == FileStatus::Recognised {
            assert!(reading.reason.is_some() || met.0.outcome.reason.is_some());
            continue;
        }
        let problems = &reading.fragments[0].evidence.problems;
        let said = problems.iter().any(|(_, p)| p.at.as_ref() == "version");
        // The last byte of the version is its quote.
        assert!(said, "cut at {end}: {problems:?}");
    }
}

#[test]
fn an_alias_bomb_is_refused() {
    let mut text =
        GOOD.replace("version:", "bomb:\n  a0: &a0 [x, x, x, x, x, x, x, x, x, x]\nversion:");
    for n in 1..12 {
        let aliases = vec![format!("*a{}", n - 1); 10].join(", ");
        text = text.replace("version:", &format!("  a{n}: &a{n} [{aliases}]\nversion:"));
    }
    assert!(refused(&read(text.as_bytes())).contains("aliases expand to too much"));
}

#[test]
fn aliases_as_python_writes_them_are_read() {
    let text = GOOD
        .replace(
            "    request_latency:\n      mean: 1040.0",
            "    request_latency: &id001\n      mean: 1040.0",
        )
        .replace(
            "    time_to_first_token:\n      mean: 50.0\n      units: ms\n",
            "    time_to_first_token: *id001\n",
        );
    assert_eq!(value(&one(&text), "mean_ttft"), Some(1.04));
}

#[test]
fn a_key_that_stands_twice_is_told() {
    let text = GOOD.replace("      mean: 50.0\n", "      mean: 50.0\n      mean: 60.0\n");
    let fragment = one(&text);
    assert_eq!(value(&fragment, "mean_ttft"), Some(0.06));
    assert!(told(&fragment)[0].starts_with("warning duplicate_key"));
}

#[test]
fn deep_nesting_costs_a_part_or_the_file() {
    let deep = |n: usize| {
        GOOD.replace("version:", &format!("deep: {}1{}\nversion:", "[".repeat(n), "]".repeat(n)))
    };
    assert_eq!(told(&one(&deep(120)))[0].split(' ').nth(1), Some("limit"));
    assert!(refused(&read(deep(50_000).as_bytes())).contains("not valid YAML at line"));
}

#[test]
fn tabs_as_indentation_are_refused_with_their_line() {
    let text = GOOD.replace("  latency:\n", "\tlatency:\n");
    assert!(refused(&read(text.as_bytes())).contains("line 2"));
}

#[test]
fn infinities_and_nan_are_left_out_and_told() {
    for value_as_written in [".inf", "-.inf", ".nan", "1e999", "Infinity", "NaN"] {
        let text = GOOD.replace("mean: 50.0", &format!("mean: {value_as_written}"));
        let fragment = one(&text);
        assert_eq!(value(&fragment, "mean_ttft"), None, "{value_as_written}");
        assert!(told(&fragment).iter().any(|t| t.contains("not_a_number")), "{value_as_written}");
    }
    let negative = one(&GOOD.replace("mean: 50.0", "mean: -50.0"));
    assert_eq!(value(&negative, "mean_ttft"), None);
}

#[test]
fn huge_scalars_are_passed_over() {
    let text = GOOD.replace("name: m\n", &format!("name: {}\n", "m".repeat(5 << 20)));
    let fragment = one(&text);
    assert_eq!(fragment.evidence.identity.model, None);
    let digits = GOOD.replace("total: 10\n", &format!("total: 1{}\n", "0".repeat(400)));
    assert_eq!(one(&digits).evidence.completion.successful, None);
}

#[test]
fn binary_noise_is_refused() {
    let mut noise = GOOD.as_bytes().to_vec();
    for (n, byte) in noise.iter_mut().enumerate().skip(40).step_by(7) {
        *byte = (n * 89 % 251) as u8;
    }
    assert!(!refused(&read(&noise)).is_empty());
    assert!(
        refused(&read(&[0_u8; 4096])).contains("YAML") || !refused(&read(&[0_u8; 4096])).is_empty()
    );
    assert!(refused(&read(b"")).contains("empty"));
}

#[test]
fn other_encodings_are_read() {
    let utf16: Vec<u8> = GOOD.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for bytes in [
        [b"\xEF\xBB\xBF", GOOD.as_bytes()].concat(),
        [b"\xFF\xFE", &utf16[..]].concat(),
        GOOD.replace('\n', "\r\n").into_bytes(),
    ] {
        let (record, reading) = read(&bytes);
        let fragment = reading.unwrap_or_else(|| panic!("{record:?}")).fragments.remove(0);
        assert_eq!(value(&fragment, "mean_ttft"), Some(0.05));
    }
}

#[test]
fn a_wrong_type_at_the_top_is_refused() {
    for text in ["- metrics\n- scenario\n", "just text\n", "42\n", "[]\n", "null\n"] {
        let reason = refused(&read(text.as_bytes())).to_owned();
        assert!(reason.contains("no YAML mapping"), "{text}: {reason}");
    }
    assert!(refused(&read(b"a: 1\n")).contains("neither `metrics` nor `results`"));
    assert!(refused(&read_text("benchmark_report,_a.json.json", b"[1]")).contains("no"));
}

#[test]
fn wrong_types_inside_cost_their_values_only() {
    for (from, to) in [
        ("requests:\n    total: 10", "requests: none"),
        ("  latency:\n", "  latency2:\n"),
        ("    args:\n      max_concurrency: 8", "    args: [1, 2]"),
        ("max_concurrency: 8", "max_concurrency: many"),
        ("max_concurrency: 8", "max_concurrency: 5000000000"),
        ("max_concurrency: 8", "max_concurrency: -8"),
        ("total: 10", "total: ten"),
        ("name: m", "name: {first: m}"),
        ("version: '0.1'", "version: [0, 1]"),
    ] {
        assert!(GOOD.contains(from), "{from}");
        let fragment = one(&GOOD.replace(from, to));
        assert_eq!(value(&fragment, "output_tput_tps"), Some(80.0), "{to}");
    }
}

#[test]
fn versions_are_read_in_every_spelling() {
    for version in ["0.1", "'0.1'", "v0.1"] {
        assert!(told(&one(&GOOD.replace("'0.1'", version))).is_empty(), "{version}");
    }
    assert_eq!(told(&one(&GOOD.replace("'0.1'", "'0.9'"))), ["warning coerced version"]);
    assert_eq!(told(&one(&GOOD.replace("version: '0.1'\n", ""))), ["warning truncated version"]);
}

#[test]
fn any_name_will_do_where_the_content_says_so() {
    for name in ["run.yaml", "results_2025-08-05_14.03.22.yaml", "x.yml"] {
        assert!(read_text(name, GOOD.as_bytes()).1.is_some(), "{name}");
    }
    for (name, text) in [("values.yaml", "metrics:\n  enabled: true\n"), ("config.yaml", "a: 1\n")]
    {
        let (record, reading) = read_text(name, text.as_bytes());
        assert!(reading.is_none());
        assert_eq!(record.outcome.status, FileStatus::Ignored, "{name}");
    }
}

#[test]
fn a_list_where_a_number_should_be_is_told() {
    let fragment = one(&GOOD.replace("mean: 50.0", "mean: [50.0, {a: 1}]"));
    assert_eq!(value(&fragment, "mean_ttft"), None);
    assert_eq!(told(&fragment), ["warning not_a_number metrics/latency/time_to_first_token/mean"]);
}
