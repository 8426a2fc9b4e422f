//! Whatever the texts of a report hold, the page keeps its structure.

use inferguard_report::terminal::{SummaryOptions, summary};
use inferguard_schema::Report;
use proptest::prelude::*;
use serde_json::Value;

use crate::{compared, example, rendered};

#[test]
fn a_hostile_name_stays_a_name() {
    // A slash makes more folders of the same files; everything else must not matter.
    let text = example::HOSTILE.replace('/', "");
    assert_eq!(structure(&text, true), structure("x", true));
    let page = rendered("md", &with_suffix(example::HOSTILE, true));
    for line in page.lines() {
        let outside = outside_spans(line);
        assert!(!outside.contains("<script"), "{line}");
        assert!(!outside.contains("://") && !outside.contains("www."), "{line}");
        assert!(!outside.contains("](") || outside.contains("\\]("), "{line}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_text_keeps_the_structure(text in "[^/]{1,40}", codes in any::<bool>()) {
        prop_assert_eq!(structure(&text, codes), structure("x", codes));
    }

    #[test]
    fn markup_keeps_the_structure(text in "[-=`|<>&*_#!:~$@.a1\\\\ \\n\\r\\[\\]()]{1,24}") {
        prop_assert_eq!(structure(&text, false), structure("x", false));
    }

    #[test]
    fn any_text_keeps_the_terminal_quiet(text in any::<String>()) {
        let report = with_suffix(&text, true);
        for line in summary(&report, &SummaryOptions::default()).lines() {
            prop_assert!(line.chars().count() <= 80);
            prop_assert!(!line.chars().any(char::is_control));
        }
    }
}

/// What each line of the page is: its first mark and its cells.
fn structure(suffix: &str, codes: bool) -> Vec<String> {
    let page = rendered("md", &with_suffix(suffix, codes));
    let mark = |line: &str| {
        let first = line.split(' ').next().unwrap_or_default();
        if first.starts_with(['#', '|', '-']) { first.to_owned() } else { String::new() }
    };
    page.lines().map(|line| format!("{} {}", mark(line), bare_pipes(line))).collect()
}

fn bare_pipes(line: &str) -> usize {
    let (mut count, mut escaped) = (0, false);
    for c in line.chars() {
        count += usize::from(c == '|' && !escaped);
        escaped = c == '\\' && !escaped;
    }
    count
}

/// The line without code spans of one to three backticks.
fn outside_spans(line: &str) -> String {
    let mut out = line.to_owned();
    for fence in ["```", "``", "`"] {
        let parts: Vec<_> = out.split(fence).step_by(2).map(str::to_owned).collect();
        out = parts.join("");
    }
    out
}

/// The example with a text at the end of every other text, ids still the same everywhere.
fn with_suffix(suffix: &str, codes: bool) -> Report {
    let mut json = serde_json::to_value(compared::example()).expect("a report");
    append(&mut json, suffix, codes);
    serde_json::from_value(json).expect("still a report")
}

fn append(value: &mut Value, suffix: &str, codes: bool) {
    match value {
        Value::String(text) if !is_enumerated(text) => text.push_str(suffix),
        Value::Array(values) => values.iter_mut().for_each(|value| append(value, suffix, codes)),
        Value::Object(members) => {
            for (key, value) in members.iter_mut() {
                if HELD_BY_NAME.contains(&key.as_str())
                    && let Value::Object(named) = value
                {
                    let renamed = std::mem::take(named).into_iter();
                    *named = renamed.map(|(key, value)| (key + suffix, value)).collect();
                }
                if codes || key != "code" {
                    append(value, suffix, codes);
                }
            }
        }
        _ => {}
    }
}

/// Objects whose keys are ids and names of strangers.
const HELD_BY_NAME: [&str; 6] =
    ["left_out", "unplaced", "not_drawn", "topology", "artifacts", "finding_counts_by_code"];

/// Words that the wire types enumerate or that the renderers look for.
fn is_enumerated(text: &str) -> bool {
    let words = "complete partial failed unknown critical warning info on off request-based read \
                 recognised ignored refused missing written concurrency note scenario hardware system \
                 higher lower";
    words.split_whitespace().any(|word| word == text)
}
