//! Traces that the tests write, and the fixtures: what is read, what is told, what a cut gives.

use std::io::Write;
use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::*;

fn fixture(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../fixtures/mooncake").join(path)
}

/// A file in a folder that goes with the value.
fn written(name: &str, bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let path = dir.path().join(name);
    std::fs::write(&path, bytes).expect("can write");
    (dir, path)
}

/// Requests as `line at_ms input/output blocks session`.
fn requests(path: &Path) -> (TraceFile, Vec<String>) {
    let mut found = Vec::new();
    let file = read(path, |request| {
        let number = |n: Option<u32>| n.map_or("-".to_owned(), |n| n.to_string());
        found.push(format!(
            "{} {} {}/{} {} {}",
            request.line,
            request.at_ns.map_or("-".to_owned(), |at| (at as f64 / 1e6).to_string()),
            number(request.input_tokens),
            number(request.output_tokens),
            request.blocks.map_or("-".to_owned(), |blocks| format!("{blocks:?}")),
            request.session.unwrap_or("-"),
        ));
    });
    (file.expect("is a trace"), found)
}

fn told(file: &TraceFile) -> Vec<String> {
    let one = |problem: &inferguard_model::Problem| {
        format!("{} {}: {}", problem.severity.name(), problem.at, problem.message)
    };
    file.problems.iter().map(one).collect()
}

fn cut_of(path: &Path, options: CutOptions) -> (Cut, String) {
    let mut out = Vec::new();
    let cut = cut(path, &options, &mut out).expect("can be cut");
    (cut, String::from_utf8(out).expect("is UTF-8"))
}

#[test]
fn the_members_that_aiperf_adds_are_read() {
    let (file, found) = requests(&fixture("aiperf-0.13/sessions.jsonl"));
    assert_eq!(
        found,
        [
            "1 1000.5 600/20 [1, 2] a",
            "2 2000 -/30 - b",
            "3 - 900/25 [1, 3] a",
            "4 61000 -/- - -",
            "5 - -/12 - b",
            "6 - 1400/40 [1, 3, 4] a",
        ]
    );
    let forms = Forms { input_length: 3, hash_ids: 3, text_input: 1, messages: 1, payload: 1 };
    assert_eq!((file.forms, file.with_delay, file.problems.len()), (forms, 3, 0));
}

#[test]
fn every_fault_is_told_with_its_line_and_costs_no_other() {
    let (file, found) = requests(&fixture("aiperf-0.13/damaged.jsonl"));
    assert_eq!(
        found,
        ["1 0 700/20 [1, 2] -", "3 3000 700/- [1, 2] -", "6 9000 512/5 - -", "7 - 512/5 [1] -"]
    );
    assert_eq!((file.lines, file.requests, file.refused, file.blank), (8, 4, 3, 1));
    assert_eq!(
        told(&file),
        [
            "error line 2: not valid JSON: expected ident at column 2; the line is left out",
            "note line 3: `timestamp` is a number written as a string",
            "warning line 3: `output_length` is -4, which is no number of tokens; it is left out",
            "error line 5: no usable input_length, text_input, messages or payload: not a request; \
             the line is left out",
            "warning line 6: `timestamp` stands twice; the last value is used",
            "warning line 6: `hash_ids` is no list of whole numbers; it is left out",
            "warning line 7: `timestamp` is 1e40 ms, which is no time; it is left out",
            "error line 8: not complete JSON: the line ends at column 31; the line is left out \
             (the file is cut off, or is still being written)",
        ]
    );
}

#[test]
fn bytes_that_are_no_text_cost_their_line() {
    let (_dir, path) =
        written("t.jsonl", b"{\"input_length\": 1}\n{\"input_length\": 1, \"x\": \"\xff\"}\n");
    let (file, found) = requests(&path);
    assert_eq!(found.len(), 1);
    assert_eq!(told(&file), ["error line 2: not UTF-8 from byte 27 on; the line is left out"]);
}

#[test]
fn faults_on_every_line_are_counted() {
    let text = "{\"timestamp\": 0, \"input_length\": 1}\n".to_owned() + &"x\n".repeat(100);
    let (_dir, path) = written("t.jsonl", text.as_bytes());
    let (file, _) = requests(&path);
    assert_eq!((file.refused, file.problems.len()), (100, 21));
    assert_eq!(file.problems[20].message, "80 more problems of this kind");
}

#[test]
fn odd_values_never_stand_for_numbers() {
    for (line, expected) in [
        (
            r#"{"input_length": 5, "timestamp": null, "hash_ids": null, "session_id": 7}"#,
            "1 - 5/- - 7",
        ),
        (r#"{"input_length": 5.0, "timestamp": -2}"#, "1 -2 5/- - -"),
        (r#"{"input_length": 5, "timestamp": true, "output_length": 2.5}"#, "1 - 5/- - -"),
        (
            r#"{"input_length": 5, "hash_ids": [-1, 18446744073709551615]}"#,
            "1 - 5/- [18446744073709551615, 18446744073709551615] -",
        ),
        (r#"{"input_length": 5, "hash_ids": [1.5]}"#, "1 - 5/- - -"),
        (r#"{"input_length": 99999999999, "hash_ids": []}"#, "1 - -/- [] -"),
        (r#"{"input_length": 5, "session_id": {"a": [1]}, "x": [[[]]]}"#, "1 - 5/- - -"),
    ] {
        let (_dir, path) = written("t.jsonl", line.as_bytes());
        assert_eq!(requests(&path).1, [expected], "{line}");
    }
}

#[test]
fn compressed_traces_are_read_and_damage_keeps_what_came_before() {
    let plain = std::fs::read(fixture("traces-2024/short_trace.jsonl")).expect("is there");
    // A stored block, so that the test needs no compressor: 10 bytes of header, then the text.
    let length = plain.len() as u16;
    let mut gzip = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff, 1];
    gzip.extend(length.to_le_bytes());
    gzip.extend((!length).to_le_bytes());
    gzip.extend(&plain);
    let (_dir, path) = written("t.jsonl.gz", &gzip);
    let (file, found) = requests(&path);
    assert_eq!(found.len(), 8);
    let told = told(&file);
    assert!(told[0].starts_with("warning line 9: cannot be read: "), "{told:?}");
    let (_dir, path) = written("t.jsonl", &gzip);
    let error = read(&path, |_| {}).expect_err("has the wrong name").to_string();
    assert!(error.ends_with("is compressed with gzip; give it a name that ends in .gz"), "{error}");
}

#[test]
fn what_is_no_trace_says_why() {
    let refused = |bytes: &[u8]| {
        let (dir, path) = written("t.jsonl", bytes);
        let error = read(&path, |_| {}).expect_err("is no trace").to_string();
        error.replace(&format!("{}/", dir.path().display()), "")
    };
    assert_eq!(refused(b""), "no request of a Mooncake trace in t.jsonl: it is empty");
    assert_eq!(
        refused(b"{\"metrics\": {}}\n[1]\n"),
        "no request of a Mooncake trace in t.jsonl: of 2 lines none can be used; line 1: no usable \
         input_length, text_input, messages or payload: not a request; the line is left out"
    );
    let error = refused(b"\"a prompt\"\n[\"a prompt\"]\n");
    assert!(error.ends_with("line 1: no JSON object; the line is left out"), "{error}");
    assert_eq!(refused(b"\xff\xfe{\0}\0"), "t.jsonl is not UTF-8 (UTF-16?); convert it to UTF-8");
    let dir = tempfile::tempdir().expect("a temporary folder");
    assert!(matches!(read(dir.path(), |_| {}), Err(TraceError::Folder { .. })));
    assert!(matches!(read(&dir.path().join("none"), |_| {}), Err(TraceError::Read { .. })));
}

#[test]
fn a_line_beyond_the_limit_is_left_out() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let path = dir.path().join("t.jsonl");
    let mut file = std::fs::File::create(&path).expect("can make");
    let good = b"{\"timestamp\": 0, \"input_length\": 1}\n";
    file.write_all(good).expect("can write");
    file.write_all(b"{\"timestamp\": 1, \"text_input\": \"").expect("can write");
    for _ in 0..100 {
        file.write_all(&vec![b'x'; 1 << 20]).expect("can write");
    }
    file.write_all(b"\"}\n").expect("can write");
    file.write_all(good).expect("can write");
    let (file, found) = requests(&path);
    assert_eq!((found.len(), file.refused), (2, 1));
    assert_eq!(told(&file), ["error line 2: longer than 64 MiB; the line is left out"]);
}

#[test]
fn a_cut_changes_the_timestamps_and_nothing_else() {
    let options = CutOptions { from_ns: 0, to_ns: Some(300_000_000_000), speed: 3.0 };
    let (cut, text) = cut_of(&fixture("traces-2024/short_trace.jsonl"), options);
    let plain =
        std::fs::read_to_string(fixture("traces-2024/short_trace.jsonl")).expect("is there");
    let expected: String = plain
        .lines()
        .take(5)
        .map(|line| line.replace(": 3000,", ": 1000,").replace(": 297000,", ": 99000,") + "\n")
        .collect();
    assert_eq!(text, expected);
    assert_eq!((cut.kept, cut.file.requests, cut.fractional), (5, 8, 0));
    assert_eq!((cut.shifted_ns, cut.lasted_ns), (0, 297_000_000_000));
    assert_eq!(cut.lasts_ns, 99_000_000_000);
    // A later window begins with its own first request, and speeds may give fractions.
    let options = CutOptions { from_ns: 1_000_000_000, to_ns: None, speed: 7.0 };
    let (cut, text) = cut_of(&fixture("traces-2024/short_trace.jsonl"), options);
    assert!(text.starts_with("{\"timestamp\": 0, \"input_length\": 2048"), "{text}");
    assert!(text.contains("{\"timestamp\": 42428.571429, \"input_length\": 1000"), "{text}");
    assert_eq!((cut.kept, cut.shifted_ns, cut.fractional), (6, 3_000_000_000, 3));
}

#[test]
fn turns_without_a_timestamp_follow_their_session() {
    let options = CutOptions { from_ns: 0, to_ns: Some(500_000_000), speed: 1.0 };
    let (cut, text) = cut_of(&fixture("aiperf-0.13/sessions.jsonl"), options);
    let plain = std::fs::read_to_string(fixture("aiperf-0.13/sessions.jsonl")).expect("is there");
    let lines: Vec<_> = plain.lines().collect();
    let first = lines[0].replace("1000.5", "0");
    assert_eq!(text.lines().collect::<Vec<_>>(), [first.as_str(), lines[2], lines[5]]);
    assert_eq!((cut.untimed_kept, cut.untimed_left_out, cut.with_delay), (2, 1, 2));
    let options = CutOptions { from_ns: 500_000_000, to_ns: None, speed: 2.0 };
    let (cut, text) = cut_of(&fixture("aiperf-0.13/sessions.jsonl"), options);
    assert_eq!((cut.kept, cut.untimed_kept, cut.untimed_left_out), (3, 1, 2));
    assert!(text.contains("{\"timestamp\": 29500, \"text_input\": \"alone\", \"extra\": {\"timestamp\": 5, \"note\": \"kept  as it is\"}}"), "{text}");
}

/// A disk without room.
struct Full;
impl Write for Full {
    fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
        Err(std::io::Error::other("full"))
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn what_cannot_be_cut_says_why() {
    let short = fixture("traces-2024/short_trace.jsonl");
    let options = CutOptions { from_ns: 900_000_000_000, ..CutOptions::default() };
    let error = cut(&short, &options, &mut std::io::sink()).expect_err("is empty").to_string();
    assert!(error.ends_with("is in the window; the 8 requests arrive from 0 to 720 s"), "{error}");
    let (_dir, path) = written("t.jsonl", b"{\"input_length\": 1}\n");
    let error = cut(&path, &CutOptions::default(), &mut std::io::sink());
    assert!(matches!(error, Err(TraceError::NoTime { .. })));
    let error = cut(&short, &CutOptions::default(), &mut Full).expect_err("cannot be written");
    assert!(matches!(error, TraceError::Write { .. }), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// Whatever the bytes, each line is a request, refused or empty, and a cut of all can be read
    /// again as the same requests.
    #[test]
    fn every_line_is_accounted_for(
        edits in prop::collection::vec((0_usize..1200, any::<u8>()), 0..30),
        end in 0_usize..1300,
    ) {
        let mut bytes = std::fs::read(fixture("aiperf-0.13/sessions.jsonl")).expect("is there");
        bytes.splice(0..0, b"{\"timestamp\": 0, \"input_length\": 1}\n".iter().copied());
        let safe = 36;
        for (at, byte) in edits {
            if let Some(place) = bytes.get_mut(safe + at) {
                *place = byte;
            }
        }
        bytes.truncate(end.max(safe));
        let (_dir, path) = written("t.jsonl", &bytes);
        let (file, found) = requests(&path);
        prop_assert_eq!(file.lines, file.requests + file.refused + file.blank);
        prop_assert_eq!(found.len() as u64, file.requests);
        let (cut, text) = cut_of(&path, CutOptions::default());
        prop_assert_eq!(cut.kept + cut.untimed_left_out, file.requests);
        let (_again, path) = written("again.jsonl", text.as_bytes());
        let (file, again) = requests(&path);
        prop_assert_eq!((file.requests, file.refused), (cut.kept, 0));
        prop_assert_eq!(again.len() as u64, cut.kept);
    }
}
