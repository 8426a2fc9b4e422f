use super::*;
use proptest::prelude::*;

/// Writes everything down, one line an event.
#[derive(Default)]
struct Log(Vec<String>);

impl Sink for Log {
    fn scalar(&mut self, at: &Pointer, value: JsonScalar<'_>) {
        self.0.push(format!("{} {value:?}", at.as_str()));
    }

    fn enter(&mut self, at: &Pointer, _: Container) -> Enter {
        match at.last() {
            "skip" => Enter::Skip,
            "list" => Enter::Elements,
            _ => Enter::Walk,
        }
    }
}

fn log(text: &str) -> Result<(Vec<String>, Vec<Problem>), Refusal> {
    read(text.as_bytes(), Log::default).map(|(log, problems)| (log.0, problems))
}

#[test]
fn scalars_come_with_their_pointers() {
    let (events, problems) =
        log(r#"{"a": 1, "b": {"c/d": "x"}, "list": [1.5, null], "rows": [{"e": true}]}"#)
            .expect("valid");
    assert_eq!(
        events,
        [
            "/a Int(1)",
            "/b/c~1d Str(\"x\")",
            "/list Float(1.5)",
            "/list Null",
            "/rows/0/e Bool(true)"
        ]
    );
    assert!(problems.is_empty());
}

#[test]
fn python_literals_are_read_and_told() {
    let (events, problems) =
        log(r#"{"a": NaN, "b": -Infinity, "c": 1e400, "d": "NaN, Infinity"}"#).expect("repaired");
    assert_eq!(
        events,
        [
            "/a Str(\"NaN\")",
            "/b Str(\"-Infinity\")",
            "/c Str(\"1e400\")",
            "/d Str(\"NaN, Infinity\")"
        ]
    );
    assert_eq!(problems.len(), 1);
}

#[test]
fn digits_beyond_any_double_are_text() {
    let text = format!("{{\"a\": {}}}", "9".repeat(5000));
    let (events, _) = log(&text).expect("repaired");
    assert!(events[0].starts_with("/a Str(\"999"));
}

#[test]
fn deep_nesting_is_passed_over_or_refused_never_a_crash() {
    let deep = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
    assert!(log(&format!("{{\"skip\": {}}}", deep(100_000))).is_ok());
    let (_, problems) = log(&format!("{{\"a\": {}}}", deep(100_000))).expect("passed over");
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].code, inferguard_model::ProblemCode::Limit);
    assert!(log(&"[".repeat(100_000)).is_err());
}

#[test]
fn duplicate_keys_are_told() {
    let (events, problems) = log(r#"{"a": 1, "a": 2}"#).expect("valid");
    assert_eq!(events.len(), 2);
    assert_eq!(problems[0].at.as_ref(), "/a");
    let many: Vec<_> = (0..300).map(|n| format!("\"k{n}\": 0")).collect();
    let text = format!("{{{}, \"k250\": 1}}", many.join(", "));
    assert_eq!(log(&text).expect("valid").1.len(), 1);
}

#[test]
fn refusals_say_where() {
    let reason = |text| log(text).expect_err("not JSON").reason;
    assert!(reason("{\"a\": 1,").contains("truncated"));
    assert!(reason("{\"a\": nope}").contains("line 1"));
    assert!(reason("  \n").contains("empty"));
    assert!(reason("{} {}").contains("trailing"));
}

#[test]
fn documents_are_split_whatever_their_layout() {
    let text =
        b"{\"a\": 1}\n{\n  \"b\": \"}{\"\n}{\"c\": [{}]}\n{\"cut\": [1,\n{\"d\": 1}\nrubbish\n";
    let mut problems = Vec::new();
    let found: Vec<_> =
        documents(text, &mut problems).iter().map(|d| (d.line, d.text.len())).collect();
    assert_eq!(found, [(1, 8), (2, 15), (4, 11), (6, 8)]);
    let places: Vec<_> = problems.iter().map(|p| p.at.as_ref()).collect();
    assert_eq!(places, ["line 5", "line 7"]);
}

#[test]
fn a_document_cut_within_a_string_costs_no_other() {
    let text = b"{\"a\": 1}\n{\"cut\": \"hal\n{\"b\": \"x\"}\n{\"c\": \"y\"}\n";
    let mut problems = Vec::new();
    let lines: Vec<_> = documents(text, &mut problems).iter().map(|d| d.line).collect();
    assert_eq!(lines, [1, 3, 4]);
    assert_eq!(problems[0].at.as_ref(), "line 2");
}

#[test]
fn shapes_show_the_keys_of_the_first_object() {
    let shape =
        Shape::of(br#"{"hw": "b200", "n": {"x": 1}, "list": [1, 2], "cut": "#).expect("object");
    assert!(shape.has_all(&["hw", "n", "list", "cut"]) && !shape.has("x"));
    assert_eq!(shape.text("hw"), Some("b200"));
    assert!(Shape::of(b"[null, {\"a\": 1}]").is_some_and(|s| s.is_array && s.has("a")));
    assert!(Shape::of(b"[[{\"a\": 1}]]").is_some_and(|s| s.is_array && !s.has("a")));
    assert_eq!(Shape::of(b"plain text"), None);
    assert_eq!(Shape::of(b""), None);
}

/// Reads by both walks and compares; whether the quick one read it.
fn is_quick(text: &[u8]) -> bool {
    let (mut log, mut problems) = (Log::default(), Vec::new());
    let is_quick = quick::walk(text, &mut log, &mut problems).is_some();
    if is_quick {
        let (mut rule, mut told) = (Log::default(), Vec::new());
        walk(text, &mut rule, &mut told).expect("what the quick walk takes is JSON");
        assert_eq!((log.0, problems), (rule.0, told), "{}", String::from_utf8_lossy(text));
    }
    is_quick
}

#[test]
fn what_programs_write_is_read_quickly() {
    for text in [
        "{\"a\": -1, \"b\": [1.5, -0.0, 2e-3, -0], \"c\": {}, \"d/~\": \"\\u00e9 \\\"\", \"a\": null}\n",
        "{\"skip\":{\"x\":[[[1]]]},\"list\":[[1,[]],{\"y\":true}],\"end\":false}",
        "[\t\"é\",\r\n[ ]]",
        "9223372036854775807",
    ] {
        assert!(is_quick(text.as_bytes()), "{text}");
    }
    for text in [
        "",
        " ",
        "{",
        "[1,]",
        "{\"a\":1,}",
        "{\"a\" 1}",
        "{,}",
        "[01]",
        "[1.]",
        "[.5]",
        "[+1]",
        "[1e]",
        "[1e400]",
        "[NaN]",
        "[tru]",
        "1 2",
        "\"\n\"",
        "\"\\x\"",
        "{\"skip\": [nope]}",
        "{\"skip\": [1}",
    ] {
        assert!(!is_quick(text.as_bytes()), "{text}");
        assert!(walk(text.as_bytes(), &mut Log::default(), &mut Vec::new()).is_err(), "{text}");
    }
}

/// Documents in layouts of every kind, of scalars that are hard on parsers.
fn documents_of_json() -> impl Strategy<Value = String> {
    const SCALARS: [&str; 18] = [
        "0",
        "-0",
        "-0.0",
        "1.5",
        "1E+2",
        "0.1e-400",
        "1e400",
        "0.10000000000000000555",
        "2.5e-324",
        "9223372036854775807",
        "-9223372036854775808",
        "9223372036854775808",
        "36893488147419103232",
        "null",
        "true",
        "false",
        "\"a\\\\\\u0041\\ud83d\\ude00\"",
        "\"\\ud800\"",
    ];
    const KEYS: [&str; 6] = ["a", "b/~c", "skip", "list", "\\u0061", ""];
    const SPACES: [&str; 4] = ["", " ", "\n\t", "\r\n  "];
    let leaf = prop_oneof![
        proptest::sample::select(&SCALARS[..]).prop_map(str::to_owned),
        any::<f64>().prop_filter("a number", |x| x.is_finite()).prop_map(|x| format!("{x:e}")),
    ];
    let space = || proptest::sample::select(&SPACES[..]);
    leaf.prop_recursive(4, 48, 6, move |inner| {
        let element =
            (space(), inner.clone(), space()).prop_map(|(a, value, b)| [a, &*value, b].concat());
        let key = proptest::sample::select(&KEYS[..]);
        let member = (space(), key, space(), inner, space())
            .prop_map(|(a, key, b, value, c)| format!("{a}\"{key}\"{b}:{c}{value}"));
        prop_oneof![
            proptest::collection::vec(element, 0..6).prop_map(|all| format!("[{}]", all.join(","))),
            proptest::collection::vec(member, 0..6)
                .prop_map(|all| format!("{{{}}}", all.join(","))),
        ]
    })
}

proptest! {
    #[test]
    fn the_quick_walk_reads_as_the_general_one(
        text in documents_of_json(),
        damage in proptest::option::of((any::<proptest::sample::Index>(), "[]\\[{}\",:0-9.eE \\\\-]")),
    ) {
        let mut text = text.into_bytes();
        if let Some((at, byte)) = damage {
            let at = at.index(text.len());
            text[at] = byte.as_bytes()[0];
        }
        is_quick(&text);
    }

    #[test]
    fn nothing_makes_the_scanners_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = Shape::of(&bytes);
        let _ = documents(&bytes, &mut Vec::new());
        let _ = read(&bytes, Log::default);
    }

    #[test]
    fn nothing_json_like_makes_the_scanners_panic(text in "[\\[\\]{}\",:\\\\ NI0-9aeE.+\n-]{0,80}") {
        let _ = Shape::of(text.as_bytes());
        let _ = documents(text.as_bytes(), &mut Vec::new());
        let _ = read(text.as_bytes(), Log::default);
    }
}
