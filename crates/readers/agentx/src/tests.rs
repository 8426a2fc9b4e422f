//! Small files made by hand, one oddity each, and the fixtures.

use std::path::Path;

use inferguard_model::{
    Evidence, FileStatus, Fragment, FragmentKind, Metric, ProblemCode, RequestTable,
};
use inferguard_source::{Entry, Reading, Refusal, list, read_entry};

use crate::{AgentxReader, detailed_results, server_metrics};

const HEADER: &str = "user_id,request_idx,input_tokens,output_tokens_expected,output_tokens_actual,\
    cache_hit_blocks,cache_miss_blocks,ttft,ttlt,success,error_message,request_start_time,\
    request_complete_time,token_timestamps";

fn requests(text: &str) -> Result<Fragment, Refusal> {
    detailed_results::read(text.as_bytes(), 0)
}

/// Reads rows below the usual header.
fn rows(rows: &str) -> (Evidence, RequestTable) {
    let fragment = requests(&format!("{HEADER}\n{rows}")).expect("the file is read");
    (*fragment.evidence, *fragment.table.expect("there is a table"))
}

fn server(text: &str) -> Evidence {
    *server_metrics::read(text.as_bytes(), 0).expect("the file is read").evidence
}

fn value(evidence: &Evidence, name: &str) -> Option<f64> {
    evidence.metrics.get(Metric::parse(name).expect("is a metric"))
}

/// Code, place and text of each problem.
fn problems(evidence: &Evidence) -> Vec<(ProblemCode, &str, &str)> {
    evidence.problems.iter().map(|(_, p)| (p.code, &*p.at, &*p.message)).collect()
}

const GOOD: &str = "u,0,100,9,11,3,1,0.5,2.5,True,,1776748684.25,1776748686.75,\"[1.5, 2.5]\"\n";

mod detailed_results_csv {
    use std::ops::ControlFlow;

    use inferguard_source::BATCH_REQUESTS;

    use super::*;

    #[test]
    fn batches_hold_what_the_whole_file_holds() {
        let failed = "u,1,90,9,0,9,9,0.0,0.0,False,,1776748600.0,0.0,[]\n";
        let n = BATCH_REQUESTS + 10;
        let text =
            format!("{HEADER}\n{}{failed}{}", GOOD.repeat(n), GOOD.replace("0.5,2.5", "0.5,9.0"));
        let mut batches = Vec::new();
        let read = detailed_results::read_batches(text.as_bytes(), &mut |base, batch| {
            assert_eq!(base, "");
            batches.push(batch.table);
            ControlFlow::Continue(())
        });
        assert_eq!(read, Ok(()));
        let lengths: Vec<usize> = batches.iter().map(RequestTable::len).collect();
        assert_eq!(lengths, [BATCH_REQUESTS, 11]);
        let whole = *requests(&text).expect("the file is read").table.expect("a table");
        let together = |of: fn(&RequestTable) -> &[f64]| batches.iter().flat_map(of).copied();
        assert!(together(|table| &table.e2el).eq(whole.e2el.iter().copied()));
        assert!(batches.iter().flat_map(|table| &table.start_ns).eq(&whole.start_ns));
        // Nobody wants more than the first.
        let mut taken = 0;
        let first = detailed_results::read_batches(text.as_bytes(), &mut |_, _| {
            taken += 1;
            ControlFlow::Break(())
        });
        assert_eq!((first, taken), (Ok(()), 1));
    }

    #[test]
    fn only_successes_are_measured_and_failures_counted() {
        let failed = "u,1,90,9,0,9,9,0.0,0.0,False,\"a, \"\"b\"\"\nc\",1776748600.0,0.0,[]\n";
        let (evidence, table) = rows(&format!("{GOOD}{failed}{}", GOOD.replace("True", "true")));
        assert_eq!((evidence.completion.total, evidence.completion.successful), (Some(3), Some(2)));
        assert_eq!((table.failed, table.e2el), (1, vec![2.5, 2.5]));
        assert_eq!(
            (table.isl, table.osl, table.osl_expected),
            (vec![100; 2], vec![11; 2], vec![9; 2])
        );
        assert_eq!(table.window_ns, Some((1_776_748_684_250_000_000, 1_776_748_686_750_000_000)));
        assert_eq!(value(&evidence, "theoretical_cache_hit_rate"), Some(0.75));
        assert_eq!(value(&evidence, "theoretical_infinite_cache_hit_rate"), None);
        assert_eq!(problems(&evidence), []);
    }

    #[test]
    fn what_was_not_measured_is_marked_and_told() {
        let silent = GOOD.replace(",0.5,2.5,", ",0.0,2.5,").replace(",11,", ",0,");
        let timeless = GOOD.replace(",0.5,2.5,", ",,-1,");
        let (evidence, table) = rows(&format!("{GOOD}{silent}{timeless}"));
        assert_eq!(table.ttft, [0.5, RequestTable::NOT_MEASURED, RequestTable::NOT_MEASURED]);
        assert_eq!(table.e2el, [2.5, 2.5, -1.0]);
        assert_eq!(evidence.completion.successful, Some(3));
        let told = problems(&evidence);
        assert_eq!(told.len(), 2);
        assert_eq!((told[0].0, told[0].1), (ProblemCode::LeftOut, "line 4"));
        assert!(told[1].2.starts_with("2 rows succeeded without a positive ttft"), "{told:?}");
    }

    #[test]
    fn rows_that_cannot_be_read_are_left_out_and_counted() {
        let narrow = "u,0,100\n";
        let wide = format!("{},1\n", GOOD.trim_end());
        let not_a_number = GOOD.replace(",0.5,", ",nan,");
        let negative = GOOD.replace(",100,", ",-1,");
        let nul = GOOD.replace(",2.5,", ",2\0.5,");
        let odd_truth = GOOD.replace("True", "maybe");
        let ten_megabytes = GOOD.replace(",0.5,", &format!(",{},", "1".repeat(10 << 20)));
        let unclosed = "u,\"0,1\n2\n3\n";
        let bad = [narrow, &wide, &not_a_number, &negative, &nul, &odd_truth, &ten_megabytes];
        let (evidence, table) = rows(&format!("{GOOD}{}{GOOD}{unclosed}", bad.concat()));
        assert_eq!((table.len(), evidence.completion.total), (2, None), "the quote hides attempts");
        let (whole, table) = rows(&format!("{GOOD}{}{GOOD}", bad.concat()));
        assert_eq!((table.len(), whole.completion.total), (2, Some(9)), "each row is an attempt");
        let told: Vec<_> = problems(&evidence).into_iter().map(|p| (p.0, p.1)).collect();
        assert_eq!(
            told,
            [
                (ProblemCode::Malformed, "line 3"),
                (ProblemCode::Truncated, "line 11"),
                (ProblemCode::Limit, "line 9"),
                (ProblemCode::Malformed, "line 8"),
                (ProblemCode::NotANumber, "line 5"),
            ]
        );
        let text = problems(&evidence)[4].2;
        assert_eq!(text, "3 rows with a value that is no usable number; left out (line 5, 6, 7)");
    }

    #[test]
    fn a_file_of_unreadable_rows_is_refused_and_an_empty_one_has_no_requests() {
        let refused = requests(&format!("{HEADER}\n1,2\n")).expect_err("nothing can be read");
        assert!(refused.reason.starts_with("none of the 1 rows"), "{refused}");
        let (evidence, table) = rows("");
        assert_eq!((evidence.completion.total, table.len()), (Some(0), 0));
        assert_eq!(evidence.window_ns, None);
        assert!(requests("").is_err() && requests("a,b\n1,2\n").is_err());
    }

    #[test]
    fn missing_columns_are_named_and_take_only_their_metrics_along() {
        let text = "success,ttft,output_tokens_actual\nTrue,0.5,3\nFalse,0,0\n";
        let fragment = requests(text).expect("the file is read");
        let table = fragment.table.expect("there is a table");
        assert_eq!((table.ttft, table.e2el, table.osl), (vec![0.5], vec![-1.0], vec![3]));
        assert!(table.isl.is_empty() && table.start_ns.is_empty() && table.window_ns.is_none());
        let named: Vec<_> = problems(&fragment.evidence).into_iter().map(|p| p.1).collect();
        let expected = [
            "ttlt",
            "input_tokens",
            "output_tokens_expected",
            "cache_hit_blocks",
            "cache_miss_blocks",
            "request_start_time",
            "request_complete_time",
        ];
        assert_eq!(named, expected);
        let unknown = requests("ttft,ttlt\n1,2\n").expect("the file is read");
        let completion = unknown.evidence.completion;
        assert_eq!((completion.total, completion.successful, unknown.table), (Some(1), None, None));
    }

    #[test]
    fn columns_twice_and_semicolons_are_told() {
        let text = "success;ttft;ttlt;ttlt\nTrue;1;2;3\n";
        let fragment = requests(text).expect("the file is read");
        assert_eq!(fragment.table.map(|table| table.e2el), Some(vec![2.0]));
        let told = problems(&fragment.evidence);
        assert_eq!(
            (told[0].0, told[1].0, told[1].1),
            (ProblemCode::Coerced, ProblemCode::DuplicateKey, "ttlt")
        );
    }

    #[test]
    fn milliseconds_among_seconds_are_one_problem() {
        let milliseconds = GOOD.replace("1776748684.25", "1776748683250");
        let (evidence, table) = rows(&format!("{GOOD}{milliseconds}{milliseconds}"));
        let (start, _) = table.window_ns.expect("there is a window");
        assert!((start - 1_776_748_683_250_000_000).abs() < 1000);
        let told = problems(&evidence);
        assert_eq!((told.len(), told[0].0, told[0].1), (1, ProblemCode::Coerced, "line 3"));
    }

    #[test]
    fn unset_times_are_not_invented() {
        let unset = GOOD.replace("1776748684.25", "0.0");
        let (evidence, table) = rows(&format!("{GOOD}{unset}"));
        assert!(table.start_ns.is_empty());
        assert_eq!((table.len(), table.window_ns.is_some()), (2, true));
        assert_eq!(problems(&evidence)[0].1, "line 3");
        let (_, table) = rows(&unset);
        assert_eq!(table.window_ns, None);
        let (evidence, _) = rows(&format!("{GOOD}{}", GOOD.replace("1776748684.25", "12.5")));
        assert_eq!(problems(&evidence)[0].0, ProblemCode::NotANumber);
    }
}

mod metrics_server_metrics_csv {
    use super::*;

    const HEADER: &str = "timestamp_sec,kv_cache_usage_pct,cpu_kv_cache_usage_pct,\
        num_requests_running,num_requests_waiting,prefix_cache_hits,prefix_cache_queries,\
        generation_tokens_total,request_success_total,num_preemptions_total";

    /// Rows of running, waiting, hits, queries, generated, succeeded.
    fn samples(rows: &[[u32; 6]]) -> Evidence {
        let line = |(n, [run, wait, hits, queries, generated, ok]): (usize, &[u32; 6])| {
            format!(
                "{}.5,50.00,0.00,{run},{wait},{hits},{queries},{generated},{ok},0\n",
                1_776_748_684 + n
            )
        };
        let lines: String = rows.iter().enumerate().map(line).collect();
        server(&format!("{HEADER}\n{lines}"))
    }

    #[test]
    fn a_warm_server_counts_from_its_last_idle_row() {
        let evidence = samples(&[
            [0, 0, 70, 100, 10, 1],
            [0, 0, 70, 100, 10, 1],
            [2, 0, 70, 300, 10, 1],
            [4, 2, 170, 500, 50, 3],
            [0, 0, 170, 500, 60, 5],
        ]);
        assert_eq!(value(&evidence, "prefix_cache_queries"), Some(400.0));
        assert_eq!(value(&evidence, "server_gpu_cache_hit_rate"), Some(0.25));
        assert_eq!(value(&evidence, "total_requests_completed"), Some(4.0));
        // Idle rows before and after the load are no samples of it.
        assert_eq!(value(&evidence, "mean_requests_running"), Some(3.0));
        assert_eq!(value(&evidence, "max_requests_waiting"), Some(2.0));
        assert_eq!(value(&evidence, "max_kv_cache_usage"), Some(0.5));
        assert_eq!(evidence.server.map(|series| series.running.len()), Some(5));
    }

    #[test]
    fn a_recording_from_under_load_counts_from_zero_or_misses_the_start() {
        let fresh = samples(&[[1, 1, 0, 40, 0, 0], [1, 0, 10, 80, 20, 1]]);
        assert_eq!(value(&fresh, "prefix_cache_queries"), Some(80.0));
        let warm = samples(&[[1, 1, 10, 40, 5, 1], [1, 0, 20, 80, 20, 3]]);
        assert_eq!(value(&warm, "prefix_cache_queries"), Some(40.0));
        assert!(problems(&warm).iter().any(|p| p.0 == ProblemCode::Truncated));
        assert!(!problems(&fresh).iter().any(|p| p.0 == ProblemCode::Truncated));
    }

    #[test]
    fn a_restart_adds_the_rises_of_both_lives() {
        let evidence = samples(&[
            [0, 0, 0, 0, 0, 0],
            [1, 0, 50, 100, 10, 4],
            [1, 0, 5, 20, 2, 1],
            [1, 0, 15, 60, 9, 3],
        ]);
        assert_eq!(value(&evidence, "prefix_cache_queries"), Some(160.0));
        assert_eq!(value(&evidence, "total_requests_completed"), Some(7.0));
        let told = problems(&evidence);
        let resets: Vec<_> = told.iter().filter(|p| p.0 == ProblemCode::CounterReset).collect();
        assert_eq!((resets.len(), resets[0].1), (1, "line 4"));
    }

    #[test]
    fn a_small_step_back_is_no_restart() {
        let evidence = samples(&[
            [0, 0, 0, 0, 0, 0],
            [1, 0, 100, 200, 1, 1],
            [1, 0, 99, 220, 2, 1],
            [1, 0, 120, 240, 3, 1],
        ]);
        assert_eq!(value(&evidence, "prefix_cache_hits"), Some(121.0));
        assert!(problems(&evidence).iter().any(|p| p.0 == ProblemCode::CounterReset));
    }

    #[test]
    fn zeros_say_nothing_unless_their_family_moved() {
        let evidence = samples(&[[1, 0, 0, 40, 0, 0], [1, 0, 0, 80, 0, 2]]);
        assert_eq!(value(&evidence, "server_gpu_cache_hit_rate"), Some(0.0));
        assert_eq!(value(&evidence, "prefix_cache_hits"), Some(0.0));
        assert_eq!(value(&evidence, "max_requests_waiting"), Some(0.0));
        assert_eq!(value(&evidence, "preemptions"), None);
        assert_eq!(value(&evidence, "total_generation_tokens"), None);
        assert_eq!(value(&evidence, "cpu_kv_cache_usage_pct"), None);
        let notes: Vec<_> =
            problems(&evidence).into_iter().filter(|p| p.2.starts_with('0')).collect();
        assert_eq!(notes.len(), 1);
        assert!(
            notes[0].2.ends_with(
                "generation_tokens_total, num_preemptions_total, cpu_kv_cache_usage_pct"
            )
        );
        let series = evidence.server.expect("there is a series");
        assert!(series.preemptions.is_empty() && series.cpu_kv_cache_usage.is_empty());
    }

    #[test]
    fn odd_rows_are_left_out_and_counted() {
        let text = format!(
            "{HEADER}\n1776748684,1,0,1,0,0,10,0,0,0\nx,1,0,1,0,0,20,1,1,0\n\
             1776748600,1,0,1,0,0,30,1,1,0\n1776748685,1,0,1,0,0,40,1,1,0\n1776748686,1\n"
        );
        let evidence = server(&text);
        assert_eq!(value(&evidence, "prefix_cache_queries"), Some(40.0));
        let at: Vec<_> = problems(&evidence).into_iter().map(|p| p.1).collect();
        assert_eq!(at[..2], ["line 3", "line 4"]);
        assert!(server_metrics::read(&b"a,b\n1,2\n"[..], 0).is_err());
    }
}

/// Reads a fixture with some bytes changed.
fn mangled(name: &str, edits: &[(usize, u8)], mut read: impl FnMut(&[u8])) {
    let root =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../fixtures/agentx/2026-04/replay");
    let mut bytes = std::fs::read(root.join(name)).expect("the fixture is there");
    for (at, byte) in edits {
        let at = at % bytes.len();
        bytes[at] = *byte;
    }
    read(&bytes);
    read(&bytes[..edits.first().map_or(0, |(at, _)| at % bytes.len())]);
}

proptest::proptest! {
    #[test]
    fn damaged_files_never_panic(
        edits in proptest::collection::vec(
            (proptest::prelude::any::<usize>(), proptest::sample::select(&b"\"\n,9-e.\0\xFF"[..])),
            1..20,
        ),
    ) {
        mangled("trace_replay/detailed_results.csv", &edits, |bytes| {
            if let Ok(Fragment { table: Some(table), .. }) = detailed_results::read(bytes, 0) {
                assert_eq!((table.ttft.len(), table.isl.len().max(table.len())), (table.len(), table.len()));
            }
        });
        mangled("metrics_server_metrics.csv", &edits, |bytes| {
            let read = server_metrics::read(bytes, 0).ok();
            if let Some(series) = read.and_then(|fragment| fragment.evidence.server) {
                let n = series.at_ns.len();
                let columns = [series.kv_cache_usage, series.running, series.waiting, series.preemptions];
                assert!(columns.iter().all(|column| column.is_empty() || column.len() == n));
            }
        });
    }
}

#[test]
fn every_fixture_file_is_read_or_recognised() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../fixtures/agentx");
    let listing = list(&root, &inferguard_source::Selection::default()).expect("fixtures");
    let mut read = 0;
    for entry in listing.files.iter().filter(|entry| entry.name() != "ORIGIN.md") {
        let (record, reading) = open(entry);
        let expected = if entry.folder().contains("siblings") {
            FileStatus::Recognised
        } else {
            read += 1;
            FileStatus::Read
        };
        assert_eq!(record.status, expected, "{}: {:?}", entry.relative(), record.reason);
        assert_eq!(record.reader, Some("agentx"));
        let fragments = reading.expect("there is a reading").fragments;
        assert_eq!(
            fragments.len(),
            usize::from(expected == FileStatus::Read),
            "{}",
            entry.relative()
        );
    }
    assert_eq!(read, 7);
}

#[test]
fn a_replay_folder_gives_a_result_and_an_attachment() {
    let root =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../fixtures/agentx/2026-04/replay");
    let of = |name: &str| {
        let entry = Entry::new(root.join(name), name.into());
        open(&entry).1.expect("is read").fragments.remove(0)
    };
    let result = of("trace_replay/detailed_results.csv");
    assert!(matches!(result.kind, FragmentKind::Result(_)) && result.folder_is_cell);
    assert_eq!(result.table.map(|table| (table.len(), table.failed)), Some((13, 2)));
    let attached = of("metrics_server_metrics.csv");
    assert!(matches!(attached.kind, FragmentKind::Attachment { alone: true, .. }));
    let value = |name| value(&attached.evidence, name);
    assert_eq!(value("server_gpu_cache_hit_rate"), Some(8000.0 / 60000.0));
    assert_eq!(value("server_cpu_cache_hit_rate"), Some(6000.0 / 52000.0));
    assert_eq!(value("kv_offload_bytes_gpu_to_cpu"), Some(5e9));
    assert_eq!(value("kv_offload_time_cpu_to_gpu"), Some(0.02));
    assert_eq!(value("cpu_kv_cache_usage_pct"), Some(20.25));
    assert_eq!(value("prompt_tokens_external_cache_hit"), Some(6000.0));
    assert_eq!((value("preemptions"), value("total_requests_completed")), (Some(1.0), Some(6.0)));
}

fn open(entry: &Entry) -> (inferguard_model::FileOutcome, Option<Reading>) {
    let (record, reading, _) = read_entry(&[&AgentxReader::default()], 0, entry, Vec::new());
    (record.outcome, reading)
}
