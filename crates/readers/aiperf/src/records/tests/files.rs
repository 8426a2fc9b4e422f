//! Whole files: threads, hostile content, what is counted and where.

use std::fs::File;
use std::io::{Read, Seek, Write};
use std::ops::ControlFlow;

use inferguard_model::{FailureClass, RequestBatch, RequestPlace, RequestTable};

use super::lines::{BROKEN, CANCELLED, OVERFLOW, Told};
use crate::records::lines::{Lines, RangeReader};
use crate::records::{
    Fault, LINE_BYTES, Options, Place, Records, join, read, read_batches, read_part, read_stream,
};

const ALL: Options = Options { threads: 1, gaps: true, groups: true, skeletons: true };

fn file(content: &[u8]) -> File {
    let mut file = tempfile::tempfile().expect("a temporary file");
    file.write_all(content).expect("can write");
    file.rewind().expect("can rewind");
    file
}

/// Reads a file cut into so many ranges, as so many threads read it.
fn in_ranges(content: &[u8], ranges: u64, options: Options) -> Records {
    let file = file(content);
    let size = content.len() as u64;
    let bound = |n: u64| if n == ranges { size } else { size / ranges * n };
    let part = |n: u64| {
        let (from, to) = (bound(n), bound(n + 1));
        read_part(Lines::of_range(RangeReader::new(&file, from, to, size), from, to), options)
    };
    join((0..ranges).map(part).collect())
}

fn all_of(content: &[u8]) -> Records {
    let records = read(&file(content), ALL).expect("can read");
    assert_eq!(records, in_ranges(content, 1, Options { skeletons: false, ..ALL }));
    assert_eq!(records, read_stream(content, ALL));
    records
}

fn faults(records: &Records) -> Vec<(Fault, u64, Vec<u64>)> {
    let line = |place: &Place| place.line;
    let told = records.faults.iter();
    told.map(|found| (found.fault, found.count, found.first.iter().map(line).collect())).collect()
}

/// A file in which everything happens.
fn mixed() -> String {
    let mut lines = Vec::new();
    for n in 0..60 {
        let told = Told::of(n);
        lines.push(match n % 12 {
            3 => told.v13("warmup"),
            4 => told.failed(OVERFLOW),
            5 => told.failed(CANCELLED),
            6 => told.failed(BROKEN),
            7 => told.v03(),
            8 => told.seed(),
            9 => told.v13("profiling").replace("-50.0", "NaN"),
            10 if n % 5 == 0 => "{\"metadata\":".into(),
            11 => String::new(),
            _ => told.v13("profiling"),
        });
    }
    lines.join("\n") + "\n"
}

#[test]
fn batches_of_any_size_are_the_whole_in_its_order() {
    let content = mixed();
    let options = Options { gaps: false, ..ALL };
    let whole = in_ranges(content.as_bytes(), 1, options);
    let starts = |batches: &[RequestBatch]| -> Vec<i64> {
        let of = |batch: &RequestBatch| -> Vec<i64> {
            let start = |place| match place {
                RequestPlace::Success(row) => batch.table.start_ns[row],
                RequestPlace::Failure(at) => batch.table.failures[at].start_ns,
            };
            batch.places().map(start).collect()
        };
        batches.iter().flat_map(of).collect()
    };
    let read = |attempts| {
        let mut batches = Vec::new();
        let records = read_batches(content.as_bytes(), options, attempts, |batch| {
            batches.push(batch);
            ControlFlow::Continue(())
        });
        (records, batches)
    };
    let (_, all) = read(1000);
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].table, whole.table);
    assert!(all[0].failed_after.is_sorted());
    for attempts in [1, 2, 7, 20] {
        let (records, batches) = read(attempts);
        assert!(batches.len() >= starts(&all).len() / attempts);
        assert_eq!(starts(&batches), starts(&all), "{attempts}");
        let e2el: Vec<f64> = batches.iter().flat_map(|batch| batch.table.e2el.clone()).collect();
        assert_eq!(e2el, whole.table.e2el, "{attempts}");
        let told = (&records.faults, records.lines, records.warmup, records.ends_ns);
        assert_eq!(told, (&whole.faults, whole.lines, whole.warmup, whole.ends_ns), "{attempts}");
    }
    let mut taken = 0;
    read_batches(content.as_bytes(), options, 5, |_| {
        taken += 1;
        ControlFlow::Break(())
    });
    assert_eq!(taken, 1, "no more than is wanted");
}

/// A start that is years off is told from the middle of the first batch.
#[test]
fn batches_leave_out_what_is_far_off() {
    let mut lines: Vec<String> = (0..30).map(|n| Told::of(n).v13("profiling")).collect();
    let far =
        Told { start_ns: Told::of(0).start_ns + 40 * 24 * 3600 * 1_000_000_000, ..Told::of(0) };
    lines.insert(17, far.v13("profiling"));
    lines.insert(9, far.failed(BROKEN));
    let content = lines.join("\n");
    let whole = read_stream(content.as_bytes(), ALL);
    assert_eq!((whole.table.len(), whole.table.failed), (30, 0));
    let mut kept = 0;
    let records = read_batches(content.as_bytes(), ALL, 8, |batch| {
        kept += batch.places().count();
        ControlFlow::Continue(())
    });
    assert_eq!(kept, 30);
    assert_eq!(faults(&records)[0].1, 2);
}

#[test]
fn any_number_of_ranges_gives_the_same() {
    let content = mixed();
    let whole = in_ranges(content.as_bytes(), 1, ALL);
    assert!(whole.table.len() > 20 && whole.table.failed > 10 && whole.faults.len() == 2);
    assert_eq!(whole.table.groups.workers.len(), 4);
    for ranges in [2, 3, 7, 50, 400, content.len() as u64] {
        assert_eq!(in_ranges(content.as_bytes(), ranges, ALL), whole, "{ranges}");
    }
    for cut in [0, 1, 500, content.len() / 2, content.len() - 1] {
        let content = &content.as_bytes()[..cut];
        let whole = in_ranges(content, 1, ALL);
        assert_eq!(in_ranges(content, 2, ALL), whole, "{cut}");
        assert_eq!(in_ranges(content, 9, ALL), whole, "{cut}");
    }
}

#[test]
fn the_values_are_those_of_the_lines() {
    let told = [Told::of(1), Told::of(2)];
    let content = format!("{}\n{}\n", told[0].v13("profiling"), told[1].v13("profiling"));
    let Records { table, ends_ns, lines, faults, .. } = all_of(content.as_bytes());
    assert_eq!((lines, faults), (2, Vec::new()));
    assert_eq!(table.start_ns, told.map(|told| told.start_ns));
    assert_eq!(table.ttft, told.map(|told| f64::from(told.ttft_ns) / 1e9));
    assert_eq!(table.e2el, told.map(|told| f64::from(told.e2el_ns) / 1e9));
    assert_eq!(table.isl, told.map(|told| told.isl));
    assert_eq!(table.osl, told.map(|told| told.osl));
    assert_eq!(table.wait, [0.001_234_567; 2]);
    assert_eq!(table.groups.turn, [1, 2]);
    assert_eq!(table.groups.worker, [0, 1]);
    assert_eq!(table.groups.workers, ["worker_1".into(), "worker_0".into()]);
    assert_eq!(table.groups.conversation[0], table.groups.conversation[1]);
    assert_eq!(table.gaps.len(), told.iter().map(|told| told.osl as usize - 1).sum::<usize>());
    assert!(table.itl.is_empty() && table.itl_is_tpot && table.whole_ns);
    let last = told.map(|told| told.start_ns + i64::from(told.e2el_ns));
    assert_eq!(table.window_ns, Some((told[0].start_ns, last[0].max(last[1]))));
    assert_eq!(ends_ns, Some((last[0].min(last[1]) + 900, last[0].max(last[1]) + 900)));
}

#[test]
fn nothing_is_kept_that_nobody_asked_for() {
    let content = mixed();
    let records = read(&file(content.as_bytes()), Options::default()).expect("can read");
    let table = &records.table;
    assert!(table.gaps.is_empty() && table.groups == inferguard_model::RequestGroups::default());
    let grouped = |failure: &inferguard_model::FailedRequest| {
        failure.worker != RequestTable::NO_GROUP || failure.conversation != 0
    };
    assert!(!table.failures.iter().any(grouped));
}

#[test]
fn failures_are_told_by_reason_and_warm_up_apart() {
    let records = all_of(mixed().as_bytes());
    let table = &records.table;
    assert_eq!((records.warmup, records.warmup_failed, records.other_phases), (5, 0, 0));
    assert_eq!(records.failed_as(FailureClass::ContextOverflow), 5);
    assert_eq!(records.failed_as(FailureClass::Cancelled), 5);
    assert_eq!(records.failed_as(FailureClass::Error), 5);
    assert_eq!((table.failed, table.failures.len()), (15, 15));
    let texts: Vec<_> = table.failure_reasons.iter().map(|reason| &*reason.message).collect();
    assert_eq!(
        texts,
        [
            "This model's maximum context length is # tokens. However, you requested # tokens.",
            "Request cancelled #s after being sent",
            "Response payload is not completed",
        ]
    );
    assert_eq!(table.failures[0].isl, Told::of(4).isl);
    assert_eq!(table.failures[0].start_ns, Told::of(4).start_ns);
    let other = Told::of(1).v13("cooldown");
    assert_eq!(all_of(other.as_bytes()).other_phases, 1);
    let failed = Told::of(1).failed(BROKEN).replace("profiling", "warmup");
    assert_eq!(all_of(failed.as_bytes()).warmup_failed, 1);
}

#[test]
fn bad_lines_cost_themselves_only_and_are_told_with_their_place() {
    let good = |n| Told::of(n).v13("profiling") + "\n";
    let mut content = good(0).into_bytes();
    let offset = content.len() as u64;
    content.extend(b"{\"metadata\":{\"request_start_ns\":17\x00\xFF\n");
    content.extend(good(1).as_bytes());
    content.extend(b"{\"responses\":[],\"payload\":{}}\n[1,2]\n7\n\"text\"\n\r\n  \n");
    content.extend(good(2).replace('\n', "\r\n").as_bytes());
    content.extend(
        good(3).replace("\"request_start_ns\":179", "\"request_start_ns\":-179").as_bytes(),
    );
    content
        .extend(good(4).replace("\"request_start_ns\":179", "\"request_start_ns\":1").as_bytes());
    content.extend(&good(5).as_bytes()[..600]);
    let records = all_of(&content);
    assert_eq!(records.table.len(), 3);
    assert_eq!(
        faults(&records),
        [
            (Fault::NotJson, 1, vec![2]),
            (Fault::CutOff, 1, vec![13]),
            (Fault::OtherRecord, 4, vec![4, 5, 6, 7]),
            (Fault::Start, 2, vec![11, 12]),
        ]
    );
    assert_eq!(records.faults[0].first[0].offset, offset);
    assert_eq!((records.refused(), records.lines), (8, 13));
}

#[test]
fn unusable_values_leave_the_request_and_go_themselves() {
    let good = || Told::of(3).v13("profiling");
    let odd = |tag: &str, value: &str| {
        let line = good();
        let from =
            line.find(&format!("\"{tag}\":{{\"value\":")).expect("is there") + tag.len() + 12;
        let to = from + line[from..].find(',').expect("is there");
        format!("{}{value}{}\n", &line[..from], &line[to..])
    };
    let content = [
        odd("time_to_first_token", "NaN"),
        odd("time_to_first_token", "-1.5"),
        odd("request_latency", "Infinity"),
        odd("request_latency", "1e300"),
        odd("request_latency", "\"12\""),
        odd("output_sequence_length", "-4"),
        odd("input_sequence_length", "4294967295"),
        odd("input_sequence_length", "200.0"),
        good().replace("\"credit_issued_ns\":1795", "\"credit_issued_ns\":1796") + "\n",
        good(),
    ];
    let records = all_of(content.concat().as_bytes());
    let table = &records.table;
    assert_eq!((records.refused(), table.len()), (0, 10));
    assert_eq!(
        faults(&records),
        [
            (Fault::Repaired, 2, vec![1, 3]),
            (Fault::Ttft, 2, vec![1, 2]),
            (Fault::E2el, 3, vec![3, 4, 5]),
            (Fault::Isl, 1, vec![7]),
            (Fault::Osl, 1, vec![6]),
            (Fault::Wait, 1, vec![9]),
        ]
    );
    let absent = RequestTable::NOT_MEASURED;
    assert_eq!((table.ttft[0], table.ttft[1], table.e2el[2]), (absent, absent, absent));
    assert_eq!((table.osl[5], table.isl[6]), (RequestTable::NO_TOKENS, RequestTable::NO_TOKENS));
    assert_eq!((table.isl[7], table.wait[8]), (200, absent));
}

#[test]
fn an_itl_of_another_formula_is_kept() {
    let plain = Told::of(1).v13("profiling");
    let from = plain.find("\"inter_token_latency\":{\"value\":").expect("is there") + 31;
    let to = from + plain[from..].find(',').expect("is there");
    // `--per-chunk-usage` of 0.13 divides by the tokens after the first chunk.
    let other = format!("{}12.5{}", &plain[..from], &plain[to..]);
    let table = all_of(format!("{plain}\n{other}\n{plain}\n").as_bytes()).table;
    let tpot = table.tpot(0).expect("has one");
    assert_eq!((table.itl, table.itl_is_tpot), (vec![tpot, 0.0125, tpot], false));
}

#[test]
fn times_that_are_no_whole_nanoseconds_stay_as_exact_as_they_are() {
    let line = Told::of(1).seed();
    let from = line.find("\"request_latency\":{\"value\":").expect("is there") + 27;
    let to = from + line[from..].find(',').expect("is there");
    let line = format!("{}150.00000012345{}", &line[..from], &line[to..]);
    let table = all_of(line.as_bytes()).table;
    assert_eq!((table.whole_ns, table.e2el[0]), (false, 0.150_000_000_123_45));
}

#[test]
fn a_line_beyond_the_cap_is_refused_and_the_rest_read() {
    let good = |n| Told::of(n).v13("profiling") + "\n";
    // The longest that is read, and longer ones, also at the end and without an end.
    let padded = |length: usize| {
        let line = good(7);
        let at = line.find("metrics").expect("is there") - 1;
        format!("{}{}{}", &line[..at], " ".repeat(length + 1 - line.len()), &line[at..])
    };
    let long = "x".repeat(3 * LINE_BYTES + 77) + "\n";
    let content = [
        good(0),
        padded(LINE_BYTES),
        padded(LINE_BYTES + 1),
        good(1),
        long.clone(),
        good(2),
        long.trim_end().into(),
    ]
    .concat();
    let records = in_ranges(content.as_bytes(), 1, ALL);
    assert_eq!((records.table.len(), records.lines), (4, 7));
    assert_eq!(faults(&records), [(Fault::TooLong, 3, vec![3, 5, 7])]);
    assert_eq!(in_ranges(content.as_bytes(), 13, ALL), records);
}

#[test]
fn one_damaged_start_does_not_stretch_the_run() {
    let mut content: Vec<_> = (0..20).map(|n| Told::of(n).v03() + "\n").collect();
    content[4] = content[4].replace("\"request_start_ns\":1795", "\"request_start_ns\":1195");
    content[9] = Told::of(9).failed(BROKEN).replace("_ns\":1795", "_ns\":2795") + "\n";
    let records = all_of(content.concat().as_bytes());
    // One of the two was a failure.
    assert_eq!((records.table.len(), records.table.failed), (18, 0));
    assert_eq!(faults(&records), [(Fault::FarOff, 2, vec![])]);
    assert_eq!(records.far_off_ns.len(), 2);
    let (first, last) = records.table.window_ns.expect("has one");
    assert!(last - first < 1_000_000_000);
}

#[test]
fn empty_files_and_marks_hold_no_records() {
    for content in ["", "\n", "\u{FEFF}", "\r\n\r\n"] {
        let records = all_of(content.as_bytes());
        assert_eq!((records.table.len(), records.refused()), (0, 0), "{content:?}");
    }
    let marked = format!("\u{FEFF}{}", Told::of(1).v03());
    assert_eq!(all_of(marked.as_bytes()).table.len(), 1);
}

#[test]
fn a_file_that_grows_is_read_as_far_as_it_was() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let path = dir.path().join("profile_export.jsonl");
    let line = Told::of(1).v03() + "\n";
    std::fs::write(&path, format!("{line}{}", &line[..100])).expect("can write");
    let reading = File::open(&path).expect("can open");
    let size = reading.metadata().expect("is there").len();
    let mut writing = File::options().append(true).open(&path).expect("can open");
    writing.write_all(&line.as_bytes()[100..]).expect("can write");
    let records = join(vec![read_part(
        Lines::of_range(RangeReader::new(&reading, 0, size, size), 0, size),
        ALL,
    )]);
    assert_eq!((records.table.len(), faults(&records)), (1, vec![(Fault::CutOff, 1, vec![2])]));
}

#[test]
fn a_broken_archive_gives_what_could_be_read() {
    let content: String = (0..500).map(|n| Told::of(n).v13("profiling") + "\n").collect();
    let mut packed = Vec::new();
    let mut packer = flate2::read::GzEncoder::new(content.as_bytes(), flate2::Compression::fast());
    packer.read_to_end(&mut packed).expect("can pack");
    let unpacked = |packed: &[u8]| read_stream(flate2::read::MultiGzDecoder::new(packed), ALL);
    assert_eq!(unpacked(&packed), all_of(content.as_bytes()));
    let broken = unpacked(&packed[..packed.len() / 2]);
    assert!(broken.stopped.is_some() && broken.table.len() > 10);
}

/// More reasons and workers than are kept, in every way of cutting.
#[test]
fn what_is_beyond_the_bounds_does_not_depend_on_the_ranges() {
    let letters = |n: u64| {
        format!(
            "{}{}{}",
            (b'a' + (n / 26 % 26) as u8) as char,
            (b'a' + (n % 26) as u8) as char,
            "!"
        )
    };
    let line = |n: u64| {
        let error = format!(r#"{{"code":500,"type":"Odd","message":"{}"}}"#, letters(n * 7 % 180));
        Told::of(n).failed(&error) + "\n"
    };
    let content: String = (0..700).map(line).collect();
    let whole = in_ranges(content.as_bytes(), 1, ALL);
    assert_eq!(whole.table.failure_reasons.len(), 101);
    let counted: u64 = whole.table.failure_reasons.iter().map(|reason| reason.count).sum();
    assert_eq!(counted, 700);
    for ranges in [2, 3, 10] {
        assert_eq!(in_ranges(content.as_bytes(), ranges, ALL), whole);
    }
}
