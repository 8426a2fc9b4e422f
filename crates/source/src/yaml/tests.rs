use proptest::prelude::*;

use super::*;
use crate::json;

/// Every value with its place, in order.
#[derive(Debug, Default, PartialEq)]
struct Log(Vec<String>);

impl Sink for Log {
    fn scalar(&mut self, at: &Pointer, value: JsonScalar<'_>) {
        self.0.push(format!("{} {value:?}", at.as_str()));
    }

    fn enter(&mut self, at: &Pointer, _: Container) -> Enter {
        match at.last() {
            "skipped" => Enter::Skip,
            "list" => Enter::Elements,
            _ => Enter::Walk,
        }
    }
}

fn log(text: &str) -> Vec<String> {
    read(text.as_bytes(), Log::default()).expect(text).0.0
}

fn told(text: &str) -> Vec<String> {
    let (_, problems) = read(text.as_bytes(), Log::default()).expect(text);
    problems.iter().map(|problem| format!("{} {}", problem.at, problem.message)).collect()
}

fn refused(text: &[u8]) -> String {
    read(text, Log::default()).expect_err("is refused").reason
}

#[test]
fn values_come_with_their_places() {
    let text = "a:\n  b: 1.5\n  'c/d': '2'\nlist: [1, 2]\nskipped:\n  x: {y: [1]}\ne:\n- f: null\n- - true\n  - !!str 7\n";
    let expected = [
        "/a/b Float(1.5)",
        "/a/c~1d Str(\"2\")",
        "/list Int(1)",
        "/list Int(2)",
        "/e/0/f Null",
        "/e/1/0 Bool(true)",
        "/e/1/1 Str(\"7\")",
    ];
    assert_eq!(log(text), expected);
}

#[test]
fn json_is_read_as_by_the_json_reader() {
    let text = r#"{"a": {"b": [1, -2.5e-3, "x y", null, true]}, "c": {}, "d": []}"#;
    let (by_json, _) = json::read(text.as_bytes(), Log::default).expect("JSON");
    assert_eq!(log(text), by_json.0);
}

#[test]
fn an_alias_repeats_what_was_anchored() {
    let text = "a: &x {n: 4, l: [1, &y 2]}\nb: *x\nc:\n- *y\n- *x\n";
    let expected = [
        "/a/n Int(4)",
        "/a/l/0 Int(1)",
        "/a/l/1 Int(2)",
        "/b/n Int(4)",
        "/b/l/0 Int(1)",
        "/b/l/1 Int(2)",
        "/c/0 Int(2)",
        "/c/1/n Int(4)",
        "/c/1/l/0 Int(1)",
        "/c/1/l/1 Int(2)",
    ];
    assert_eq!(log(text), expected);
    assert!(refused(b"a: &x [*x]\n").contains("what it is a part of"));
    assert!(refused(b"a: *nothing\n").contains("line 1"));
}

#[test]
fn an_alias_bomb_is_refused_before_it_goes_off() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for n in 1..12 {
        let before = format!("*a{}, ", n - 1).repeat(10);
        text = format!("{text}a{n}: &a{n} [{}]\n", before.trim_end_matches(", "));
    }
    assert!(refused(text.as_bytes()).contains("aliases expand to too much"));
}

#[test]
fn a_key_that_stands_twice_is_told_and_the_last_counts() {
    assert_eq!(log("a: 1\na: 2\n"), ["/a Int(1)", "/a Int(2)"]);
    assert!(told("a: 1\na: 2\n")[0].contains("/a the key stands twice"));
}

#[test]
fn deep_nesting_is_passed_over_or_refused() {
    let nested = |n: usize| format!("{}1{}\n", "[".repeat(n), "]".repeat(n));
    assert!(told(&nested(150))[0].contains("nested deeper than"));
    assert!(refused(nested(100_000).as_bytes()).contains("not valid YAML at line"));
    let steps: Vec<String> = (0..5_000).map(|n| format!("{}a:", " ".repeat(n))).collect();
    assert!(refused(steps.join("\n").as_bytes()).contains("not valid YAML"));
}

#[test]
fn what_is_no_yaml_is_refused_with_its_place() {
    assert!(refused(b"a:\n\tb: 1\n").contains("line 2"));
    assert!(refused(b"a: [1, 2\n").contains("not valid YAML"));
    assert!(refused(b"a: 'x\nb: 1\n").contains("not valid YAML"));
    assert!(refused(b"{a: 1}: 2\n").contains("a key is a mapping or a list"));
    assert!(refused(b"").contains("empty") && refused(b" \n").contains("empty"));
}

#[test]
fn further_documents_are_told() {
    assert_eq!(log("a: 1\n---\na: 2\n"), ["/a Int(1)"]);
    assert!(told("a: 1\n---\na: 2\n")[0].contains("several documents"));
    assert!(told("--- # one\na: 1\n...\n").is_empty());
}

proptest! {
    #[test]
    fn nothing_makes_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = read(&bytes, Log::default());
    }

    #[test]
    fn nothing_yaml_like_makes_it_panic(text in "[\\[\\]{}\",:'&*!|>#? ab0-9.\n-]{0,80}") {
        let _ = read(text.as_bytes(), Log::default());
    }
}
