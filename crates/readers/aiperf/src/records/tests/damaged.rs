//! The proof of the fast path: both readers give the same for lines that were damaged at random.

use super::lines::{BROKEN, CANCELLED, OVERFLOW, Told};
use crate::records::line::{self, Record};
use crate::records::{Fault, LineReader, Options, Records, read_stream};

/// Damaged lines that are compared.
const LINES: u32 = 120_000;

/// SplitMix64.
struct Random(u64);

impl Random {
    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.bits() % n as u64) as usize
    }
}

/// Bytes that mean something in JSON, beside any byte at all.
const TELLING: &[u8] = b"\"\"\\,,:{}[]--++..eE00123456789 ntfNI\t\r\x00\x1f\x7f\x80\xc3\xff";

/// Pieces that a writer, or a broken one, puts into a line.
const PIECES: [&[u8]; 20] = [
    b"NaN",
    b"-Infinity",
    b"null",
    b"true",
    b"e9043",
    b"E-7",
    b"99999999999999999999",
    b"9223372036854775808",
    b"-0",
    b"0.",
    b"00",
    b"1e5",
    b"\\u0041",
    b"\\\"",
    b"\",\"",
    b"\"E,\"",
    b"[1,2,[3]]",
    b"{\"value\":1}",
    b"\xE2\x80\x9C",
    b"\"request_latency\":{\"value\":1,\"unit\":\"ms\"},",
];

/// Damages a line in one place, at times in more.
fn damage(line: &mut Vec<u8>, random: &mut Random) {
    let places = if random.below(4) == 0 { 3 } else { 1 };
    for _ in 0..places {
        if line.is_empty() {
            return;
        }
        let at = random.below(line.len());
        match random.below(12) {
            0 | 1 => line[at] = TELLING[random.below(TELLING.len())],
            2 => line[at] = random.bits() as u8,
            // Within a number or an identifier: what lines differ in.
            3 | 8..12 => {
                let rest = line[at..].iter().position(u8::is_ascii_digit);
                line[at + rest.unwrap_or(0)] = b"0123456789.-eE+"[random.below(15)];
            }
            4 => {
                let to = (at + 1 + random.below(12)).min(line.len());
                line.drain(at..to);
            }
            5 => line.insert(at, TELLING[random.below(TELLING.len())]),
            6 => {
                let piece = PIECES[random.below(PIECES.len())].iter().copied();
                let to = (at + random.below(3) * 4).min(line.len());
                line.splice(at..to, piece);
            }
            _ if random.below(4) == 0 => line.truncate(at),
            _ => {
                let from = random.below(line.len());
                let copied = line[from..(from + 1 + random.below(24)).min(line.len())].to_vec();
                line.splice(at..at, copied);
            }
        }
    }
}

/// What a reader says of a line, kept.
type Said = Result<(Record<'static>, Vec<u64>), Fault>;

fn owned(record: &Record<'_>) -> Record<'static> {
    let text =
        |text: &Option<std::borrow::Cow<'_, str>>| text.clone().map(|t| t.into_owned().into());
    let error = record.error.as_deref().map(|error| {
        let (kind, message) = (text(&error.kind), text(&error.message));
        Box::new(line::ErrorText { code: error.code, kind, message })
    });
    Record {
        worker: text(&record.worker),
        conversation: text(&record.conversation),
        error,
        ..*record
    }
}

fn said(reader: &mut LineReader, line: &[u8]) -> Option<Said> {
    let mut said = None;
    reader.read(line, |read| {
        said =
            Some(read.map(|(record, gaps)| {
                (owned(record), gaps.iter().map(|gap| gap.to_bits()).collect())
            }));
    });
    said
}

fn agree(fast: Option<&Said>, rule: Option<&Said>) -> bool {
    match (fast, rule) {
        (Some(Ok((a, a_gaps))), Some(Ok((b, b_gaps)))) => a.says_the_same(b) && a_gaps == b_gaps,
        (Some(Err(a)), Some(Err(b))) => a == b,
        (a, b) => a.is_none() && b.is_none(),
    }
}

/// Lines of one file: what a run of each version writes.
fn line(file: usize, n: u64) -> String {
    let told = Told::of(n);
    match (file % 4, n % 12) {
        (0, 7) => told.failed(BROKEN),
        (0, _) | (3, 0..=5) => told.v03(),
        (1, 0..3) => told.v13("warmup"),
        (1, 7) => told.failed(OVERFLOW),
        (1, 9) => told.failed(CANCELLED),
        (2, _) => told.seed(),
        _ => told.v13("profiling"),
    }
}

/// What a reader says of a file, with the bits of its latencies.
fn bits(records: &Records) -> (Vec<u64>, String) {
    let table = &records.table;
    let columns = [&table.ttft, &table.e2el, &table.itl, &table.wait, &table.gaps];
    let bits = columns.into_iter().flatten().map(|seconds| seconds.to_bits());
    (bits.collect(), format!("{records:?}"))
}

#[test]
fn both_readers_agree_on_damaged_lines() {
    /// Lines of a file; a reader meets as many good as damaged ones.
    const FILE: u32 = 100;
    let mut random = Random(42);
    let (mut by_skeleton, mut accepted, mut refused) = (0, 0, 0);
    for file in 0..(LINES / FILE) as usize {
        let options =
            Options { gaps: file / 4 % 2 == 1, groups: file / 8 % 2 == 1, ..Options::default() };
        let mut fast = LineReader::new(options);
        let mut rule = LineReader::new(Options { skeletons: false, ..options });
        let mut whole = Vec::new();
        for n in 0..u64::from(FILE) {
            said(&mut fast, line(file, n).as_bytes());
            whole.extend_from_slice(line(file, n).as_bytes());
            whole.extend_from_slice(if file % 3 == 0 { b"\r\n" } else { b"\n" });
            let mut damaged = line(file, random.bits() % 400).into_bytes();
            damage(&mut damaged, &mut random);
            let hits = fast.skeletons.hits();
            let (by_fast, by_rule) = (said(&mut fast, &damaged), said(&mut rule, &damaged));
            assert!(
                agree(by_fast.as_ref(), by_rule.as_ref()),
                "{}\nfast {by_fast:?}\nrule {by_rule:?}",
                String::from_utf8_lossy(&damaged)
            );
            by_skeleton += u32::from(fast.skeletons.hits() > hits);
            accepted += u32::from(matches!(by_rule, Some(Ok(_))));
            refused += u32::from(matches!(by_rule, Some(Err(_))));
            whole.extend_from_slice(&damaged);
            whole.push(b'\n');
        }
        // The same lines as a file, in which a skeleton finds the ends of its lines itself.
        if file % 5 == 0 {
            let rule = read_stream(&whole[..], Options { skeletons: false, ..options });
            let same = bits(&read_stream(&whole[..], options)) == bits(&rule);
            assert!(same, "file {file}");
        }
    }
    // Else nothing was proved.
    assert!(by_skeleton > LINES / 5, "only {by_skeleton} damaged lines were read by a skeleton");
    assert!(accepted > LINES / 5, "only {accepted} damaged lines were read");
    assert!(refused > LINES / 5, "only {refused} damaged lines were refused");
}

/// Lines that are odd in ways which the readers could take differently.
#[test]
fn both_readers_agree_on_odd_lines() {
    let good = Told::of(1).v13("profiling");
    let odd = |from: &str, to: &str| {
        assert!(good.contains(from), "{from}");
        good.replacen(from, to, 1)
    };
    let reasons = [
        // The phase under an escaped key is the phase all the same.
        odd(r#""benchmark_phase":"profiling""#, r#""benchmark_phas\u0065":"warmup""#),
        odd(r#""benchmark_phase":"profiling""#, r#""benchmark_phas\u0065":"profiling""#),
        // A number where nobody wants one, and one that no double holds.
        odd(r#""worker_id":"worker_1""#, r#""worker_id":5"#),
        odd(r#""worker_id":"worker_1""#, r#""worker_id":1e999"#),
        odd(r#""was_cancelled":false"#, r#""was_cancelled":0"#),
        odd(r#""was_cancelled":false"#, r#""was_cancelled":1e999"#),
        odd(r#""turn_index":1"#, r#""turn_index":1e999"#),
        odd(r#""session_num":1"#, r#""session_num":1e999"#),
        odd(r#""unit":"ratio""#, r#""unit":1"#),
        odd(r#""unit":"ratio""#, r#""unit":1e999"#),
        // A list where an object is expected: serde takes it for the members in their order.
        odd(
            r#""http_req_data_sent":{"value":0.94140625,"unit":"KB"}"#,
            r#""http_req_data_sent":[1]"#,
        ),
        good.replacen(
            r#""inter_chunk_latency":{"value":"#,
            r#""inter_chunk_latency":[1,2],"x":{"value":"#,
            1,
        ),
        good.replacen(
            r#""inter_chunk_latency":{"value":"#,
            r#""inter_chunk_latency":[1,2,3],"x":{"value":"#,
            1,
        ),
        good.replacen(
            r#""inter_chunk_latency":{"value":"#,
            r#""inter_chunk_latency":[],"x":{"value":"#,
            1,
        ),
        format!("[{good}]"),
        // Another unit.
        good.replace(r#""unit":"ms""#, r#""unit":"s""#),
        good.replace(r#"],"unit":"ms""#, r#"],"unit":"s""#),
        // Twice the same key.
        odd(r#""agent_depth":0"#, r#""request_start_ns":7,"agent_depth":0"#),
        odd(r#""agent_depth":0"#, r#""agent_depth":0,"agent_depth":1"#),
        // Spaces, as other writers put them.
        good.replace(':', ": "),
        good.replace(',', ", "),
        odd(r#""osl_mismatch_diff_pct":{"value":-50.0"#, r#""osl_mismatch_diff_pct":{"value":NaN"#),
        good.clone(),
    ];
    for (gaps, groups) in [(false, false), (true, true)] {
        let options = Options { gaps, groups, ..Options::default() };
        let mut rule = LineReader::new(Options { skeletons: false, ..options });
        // Every pair: the first may be learned, the second may fit what was learned.
        for first in &reasons {
            for second in &reasons {
                let mut fast = LineReader::new(options);
                said(&mut fast, first.as_bytes());
                let by_fast = said(&mut fast, second.as_bytes());
                let by_rule = said(&mut rule, second.as_bytes());
                assert!(
                    agree(by_fast.as_ref(), by_rule.as_ref()),
                    "{first}\n{second}\n{by_fast:?}\n{by_rule:?}"
                );
            }
        }
    }
}
