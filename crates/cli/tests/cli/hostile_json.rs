//! Damaged and hostile JSON: what is read, what is told, what is refused, and that the good row
//! beside it is never lost.

use serde_json::{Value, json};

use crate::build::{raw, row};
use crate::run::{Run, Tree};

/// Analyzes a good row with the damaged file `agg_x.json` beside it.
fn beside_good_row(damaged: impl AsRef<[u8]>) -> Run {
    let run = Tree::with_good_row().file("agg_x.json", damaged).analyze(&[]);
    assert_eq!(run.status("agg_good.json"), "read");
    assert_eq!(run.metric("agg_good", "mean_ttft"), row(4)["mean_ttft"].as_f64());
    run
}

/// The file is refused for this reason, which is a critical finding of its own.
fn assert_refused(run: &Run, reason: &str) {
    assert_eq!(run.cell_ids(), ["agg_good"]);
    assert_eq!(run.status("agg_x.json"), "refused");
    let told = run.reason("agg_x.json");
    assert!(told.starts_with(reason), "{told}");
    assert_eq!(run.findings(), ["critical unreadable_artifact"]);
    let message = run.message("unreadable_artifact");
    assert!(message.contains("agg_x.json") && message.ends_with("its result is lost"), "{message}");
    assert_eq!(run.code(), 2);
}

/// The file is read in full, but for what a test goes on to look at.
fn assert_read(run: &Run) {
    assert_eq!(run.cell_ids(), ["agg_good", "agg_x"]);
    assert_eq!(run.status("agg_x.json"), "read");
    assert_eq!(run.findings(), [""; 0]);
    assert_eq!(run.code(), 0);
    assert!(run.metric("agg_x", "p99_tpot").is_some());
    assert_eq!(run.cell("agg_x")["model"], run.cell("agg_good")["model"]);
}

fn row_text() -> String {
    serde_json::to_string_pretty(&row(8)).expect("serializes")
}

/// The row with the text of one member replaced, valid JSON or not.
fn row_with(member: &str, literal: &str) -> String {
    let mut row = row(8);
    row[member] = json!("@@");
    row.to_string().replace("\"@@\"", literal)
}

#[test]
fn an_empty_file_is_refused() {
    assert_refused(&beside_good_row(""), "the file is empty");
    assert_refused(&beside_good_row(" \n\t\n"), "the file is empty");
}

#[test]
fn a_truncated_file_is_refused_with_its_end() {
    let text = row_text();
    let run = beside_good_row(&text[..text.len() / 2]);
    assert_refused(&run, "not complete JSON: the text ends at line ");
}

#[test]
fn a_byte_order_mark_and_utf_16_are_read_and_told() {
    let text = row_text();
    let le: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let be: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    for (bytes, told) in [
        ([b"\xEF\xBB\xBF", text.as_bytes()].concat(), "byte order mark"),
        ([b"\xFF\xFE", &le[..]].concat(), "little endian"),
        ([b"\xFE\xFF", &be[..]].concat(), "big endian"),
        (le, "little endian"),
        (be, "big endian"),
    ] {
        let run = beside_good_row(bytes);
        assert_read(&run);
        assert_eq!(run.file_problems("agg_x.json"), ["encoding "]);
        let problem = &run.artifact("agg_x.json")["problems"][0]["message"];
        assert!(problem.as_str().is_some_and(|text| text.contains(told)), "{problem}");
        assert_eq!(run.metric("agg_x", "mean_ttft"), row(8)["mean_ttft"].as_f64());
    }
}

#[test]
fn invalid_utf_8_is_replaced_and_told() {
    let marked = row_with("framework", "\"vllm@@\"");
    let (before, after) = marked.split_once("@@").expect("has the mark");
    let bytes = [before.as_bytes(), b"\xFF\xFE", after.as_bytes()].concat();
    let run = beside_good_row(bytes);
    assert_read(&run);
    assert_eq!(run.cell("agg_x")["framework"], "vllm\u{FFFD}\u{FFFD}");
    assert_eq!(run.problems("agg_x"), ["encoding agg_json"]);
}

#[test]
fn literals_that_no_json_number_is_leave_one_value_out() {
    let digits = "9".repeat(5000);
    for literal in ["NaN", "Infinity", "-Infinity", "1e400", "-1e400", digits.as_str()] {
        let run = beside_good_row(row_with("mean_ttft", literal));
        assert_read(&run);
        assert_eq!(run.metric("agg_x", "mean_ttft"), None, "{literal:.20}");
        assert!(run.metric("agg_x", "p99_ttft").is_some(), "the others are kept");
        assert_eq!(
            run.problems("agg_x"),
            ["not_a_number agg_json:/mean_ttft", "coerced agg_json"],
            "{literal:.20}"
        );
        let message = run.cell("agg_x")["problems"][0]["message"].as_str().expect("a text");
        assert!(message.chars().count() < 300, "long digits are cut");
    }
}

#[test]
fn an_identity_of_5000_digits_is_left_out() {
    let run = beside_good_row(row_with("conc", &"9".repeat(5000)));
    assert_read(&run);
    assert_eq!(run.cell("agg_x")["concurrency"], Value::Null);
    assert!(run.problems("agg_x").contains(&"not_a_number agg_json:/conc".to_owned()));
}

#[test]
fn numbers_and_booleans_as_strings_are_read_where_the_meaning_is_clear() {
    let mut row = row(8);
    for (member, written) in [
        ("mean_ttft", "0.5"),
        ("conc", "8"),
        ("tp", "8"),
        ("is_multinode", "false"),
        ("disagg", "False"),
    ] {
        row[member] = json!(written);
    }
    row["p99_ttft"] = json!("N/A");
    row["p99_e2el"] = json!(true);
    row["dp_attention"] = json!(false);
    let run = beside_good_row(row.to_string());
    assert_read(&run);
    let cell = run.cell("agg_x");
    assert_eq!(run.metric("agg_x", "mean_ttft"), Some(0.5));
    assert_eq!((&cell["concurrency"], &cell["topology"]["tp"]), (&json!(8), &json!(8)));
    assert_eq!((&cell["is_multinode"], &cell["disagg"]), (&json!(false), &json!(false)));
    assert_eq!(run.metric("agg_x", "p99_ttft"), None);
    assert_eq!(run.metric("agg_x", "p99_e2el"), None);
    let problems = run.problems("agg_x");
    for expected in [
        "coerced agg_json:/mean_ttft",
        "not_a_number agg_json:/p99_ttft",
        "not_a_number agg_json:/p99_e2el",
    ] {
        assert!(problems.iter().any(|told| told == expected), "{expected} in {problems:?}");
    }
}

#[test]
fn a_document_that_is_no_object_is_refused() {
    for text in ["null", "17", "\"agg\"", "[]", "[null, 1]", "{}"] {
        assert_refused(&beside_good_row(text), "holds no benchmark result");
    }
}

#[test]
fn a_file_of_another_name_without_a_known_content_is_ignored() {
    for text in ["null", "17", "[1]", "{\"a\": 1}", "not JSON"] {
        let run = Tree::with_good_row().file("notes.json", text).analyze(&[]);
        assert_eq!(run.status("notes.json"), "ignored");
        assert_eq!((run.findings().len(), run.code()), (0, 0));
    }
}

#[test]
fn a_hundred_thousand_levels_in_a_skipped_member_cost_nothing() {
    let arrays = "[".repeat(100_000) + &"]".repeat(100_000);
    let objects = "{\"a\":".repeat(100_000) + "1" + &"}".repeat(100_000);
    for deep in [arrays, objects] {
        let run = beside_good_row(row_with("trace", &deep));
        assert_read(&run);
        assert_eq!(run.problems("agg_x"), [""; 0]);
    }
}

#[test]
fn a_hundred_thousand_levels_at_the_top_are_refused() {
    let arrays = "[".repeat(100_000) + &"]".repeat(100_000);
    let objects = "{\"a\":".repeat(100_000) + "1" + &"}".repeat(100_000);
    assert_refused(&beside_good_row(arrays), "holds no benchmark result");
    assert_refused(&beside_good_row(objects), "holds no benchmark result");
    assert_refused(&beside_good_row("[".repeat(100_000)), "not complete JSON");
}

#[test]
fn nesting_in_a_member_that_is_read_is_cut_at_the_limit_and_told() {
    let deep = "{\"a\":".repeat(500) + "1" + &"}".repeat(500);
    let run = beside_good_row(row_with("request_metrics", &deep));
    assert_read(&run);
    let problems = run.problems("agg_x");
    assert!(problems.iter().any(|told| told.starts_with("limit agg_json:/request_metrics/a/")));
}

#[test]
fn the_last_of_two_equal_keys_is_used_and_told() {
    let text = row(8).to_string();
    let twice = format!("{},\"mean_ttft\": 0.75}}", &text[..text.len() - 1]);
    let run = beside_good_row(twice);
    assert_read(&run);
    assert_eq!(run.metric("agg_x", "mean_ttft"), Some(0.75));
    assert_eq!(run.problems("agg_x"), ["duplicate_key agg_json:/mean_ttft"]);
}

#[test]
fn a_flood_of_problems_is_counted_and_not_listed() {
    let text = row(8).to_string();
    let flood = ",\"k\": 1".repeat(10_000);
    let run = beside_good_row(format!("{}{flood}}}", &text[..text.len() - 1]));
    assert_read(&run);
    assert!(run.problems("agg_x").len() < 50);
    assert_eq!(run.cell("agg_x")["extra"]["k"], 1);
    let elements = ",{\"a\": 1}".repeat(5000);
    let run = beside_good_row(format!("[{}{elements}]", row(8)));
    assert_eq!(run.cell_ids(), ["agg_good", "agg_x#0"]);
    assert!(run.file_problems("agg_x.json").len() < 50);
}

#[test]
fn an_array_loses_its_bad_elements_only() {
    let run = beside_good_row(format!("[{}, null, 5, {{\"a\": 1}}, [], {}]", row(8), row(16)));
    assert_eq!(run.cell_ids(), ["agg_good", "agg_x#0", "agg_x#5"]);
    assert_eq!(run.status("agg_x.json"), "read");
    assert_eq!(run.cell("agg_x#5")["concurrency"], 16);
    let problems = run.file_problems("agg_x.json");
    assert!(problems.contains(&"left_out /3".to_owned()), "{problems:?}");
    assert_eq!(run.code(), 0);
}

#[test]
fn json_lines_lose_their_bad_lines_only() {
    let lines = format!("{}\n{{\"date\": \"2026\nnot JSON\n{}\n", raw(8), raw(16));
    let run = Tree::with_good_row().file("raws.jsonl", lines).analyze(&[]);
    assert_eq!(run.cell_ids(), ["agg_good", "raws#0", "raws#1"]);
    assert_eq!(run.cell("raws#1")["concurrency"], 16);
    assert!(!run.file_problems("raws.jsonl").is_empty());
}

#[test]
fn several_objects_in_a_json_file_are_several_cells() {
    let text = format!("{}\n{}", raw(8), serde_json::to_string_pretty(&raw(16)).expect("json"));
    let run = Tree::new().file("appended.json", text).analyze(&[]);
    assert_eq!(run.cell_ids(), ["appended#0", "appended#1"]);
}

#[test]
fn a_colon_in_request_goodput_is_the_producers_spelling() {
    let mut raw = raw(8);
    raw["request_goodput:"] = json!(1.25);
    let run = Tree::new().file("raw.json", raw.to_string()).analyze(&[]);
    assert_eq!(run.metric("raw", "goodput_rps"), Some(1.25));
}

/// What of a line is no code span: those begin and end with equally long runs of backticks.
fn outside_code(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(at) = rest.find('`') {
        let (before, ticks) = rest.split_at(at);
        out.push_str(before);
        let length = ticks.len() - ticks.trim_start_matches('`').len();
        let (run, after) = ticks.split_at(length);
        let escaped = before.ends_with('\\');
        let mut end = None;
        let mut from = 0;
        while let Some(next) = after[from..].find('`').filter(|_| !escaped) {
            let begin = from + next;
            let run = after[begin..].len() - after[begin..].trim_start_matches('`').len();
            from = begin + run;
            if run == length {
                end = Some(from);
                break;
            }
        }
        if end.is_none() {
            out.push_str(run);
        }
        rest = &after[end.unwrap_or(0)..];
    }
    out + rest
}

#[test]
fn markdown_and_html_in_names_stay_text() {
    let evil = "x|y](http://evil) <script>alert(1)</script>\n## Fake\n\u{1b}[31m`";
    let mut row = row(8);
    for member in ["model", "framework", "hw", "image", "precision"] {
        row[member] = json!(evil);
    }
    row.as_object_mut().expect("an object").remove("infmax_model_prefix");
    let mut raw = raw(16);
    raw["model_id"] = json!(evil);
    let run = Tree::with_good_row()
        .file("agg_x.json", row.to_string())
        .file("raw.json", raw.to_string())
        .analyze(&[]);
    // The eight sections are counted by the helper: "## Fake" is none.
    let markdown = run.markdown();
    assert!(markdown.contains("alert(1)"), "the name itself is shown");
    for line in markdown.lines() {
        let text = outside_code(line);
        assert!(
            !text.contains("<script") && !text.contains("](http"),
            "not in a code span: {line}"
        );
    }
    assert!(!run.said.stdout.contains('\u{1b}'));
}
