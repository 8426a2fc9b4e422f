//! Logs of each engine and generation, and what crashed jobs leave behind.

mod fixtures;

use inferguard_model::{
    BatchPhase, Engine, LogClock, LogEventKind, RankSeries, WorkerGauge, WorkerLaunch, WorkerMemory,
};

use super::*;
use WorkerGauge::{
    AcceptLength, CachedTokens, ComputedTokens, GenerationTput, HitRate, Inflight, InputTput,
    KvReserved, KvTokens, KvUsage, Preallocating, Preempted, Queued, Retracted, Running,
    Transferring,
};

fn read(text: impl AsRef<[u8]>) -> (WorkerLog, Vec<String>) {
    read_with(text, LogOptions::default())
}

fn read_with(text: impl AsRef<[u8]>, options: LogOptions) -> (WorkerLog, Vec<String>) {
    let name = WorkerLogName::parse("n_decode_w0.out").expect("a name");
    let (log, problems) = read_worker_log(&name, text.as_ref(), options).expect("never fails");
    let told = problems.iter().map(|p| format!("{}: {}", p.at, p.message)).collect();
    (log, told)
}

fn only(log: &WorkerLog) -> &RankSeries {
    let [series] = &log.ranks[..] else { panic!("{:?}", log.ranks) };
    series
}

fn all(series: &RankSeries, gauges: &[WorkerGauge]) -> Vec<Option<f64>> {
    gauges.iter().map(|gauge| series.get(*gauge, 0)).collect()
}

const DECODE: &str = "[2025-11-04 05:32:32 DP31 TP31 EP31] Decode batch, #running-req: 96, #token: 98304, token usage: 0.41, pre-allocated usage: 0.02, #prealloc-req: 4, #transfer-req: 2, #retracted-req: 1, cuda graph: True, gen throughput (token/s): 2410.75, #queue-req: 3,";

#[test]
fn sglang_prefill_and_decode_with_all_fields() {
    let (log, told) = read(
        "[2025-11-04 05:31:43 DP0 TP0 EP0] Prefill batch, #new-seq: 12, #new-token: 12288, #cached-token: 4096, token usage: 0.31, #running-req: 0, #queue-req: 7, #prealloc-req: 3, #inflight-req: 5, input throughput (token/s): 18250.40,\n",
    );
    let series = only(&log);
    assert_eq!((series.dp_rank, series.phase), (Some(0), BatchPhase::Prefill));
    assert_eq!(
        all(
            series,
            &[
                ComputedTokens,
                CachedTokens,
                KvUsage,
                Running,
                Queued,
                Preallocating,
                Inflight,
                InputTput
            ]
        ),
        [12288.0, 4096.0, 0.31, 0.0, 7.0, 3.0, 5.0, 18250.40].map(Some)
    );
    assert_eq!((log.engine, log.clock), (Some(Engine::Sglang), Some(LogClock::Local)));
    assert!(told.is_empty(), "{told:?}");

    let (log, _) = read(DECODE);
    assert_eq!(
        all(
            only(&log),
            &[
                Running,
                KvTokens,
                KvUsage,
                KvReserved,
                Preallocating,
                Transferring,
                Retracted,
                GenerationTput,
                Queued,
                Preempted
            ]
        ),
        [96.0, 98304.0, 0.41, 0.02, 4.0, 2.0, 1.0, 2410.75, 3.0, 0.0].map(Some)
    );
}

#[test]
fn sglang_hybrid_models_speculation_and_forwarded_iterations() {
    let (log, _) = read(
        "[2026-03-02 10:00:01 TP0] Prefill batch [412], #new-seq: 2, #new-token: 8192, #cached-token: 0, full token usage: 0.10, swa token usage: 0.44, #running-req: 1, #queue-req: 0,\n\
         [2026-05-09 12:00:00 DP0 TP0 EP0] Decode batch, #running-req: 40, #full token: 10000, full token usage: 0.20, mamba num: 40, mamba usage: 0.05, accept len: 2.41, accept rate: 0.80, cuda graph: True, gen throughput (token/s): 5000.00, #queue-req: 0\n",
    );
    let [prefill, decode] = &log.ranks[..] else { panic!("{:?}", log.ranks) };
    assert_eq!(
        all(prefill, &[KvUsage, ComputedTokens, InputTput]),
        [Some(0.44), Some(8192.0), None]
    );
    assert_eq!((prefill.dp_rank, decode.dp_rank), (None, Some(0)));
    assert_eq!(
        all(decode, &[KvTokens, KvUsage, AcceptLength, Queued]),
        [10000.0, 0.20, 2.41, 0.0].map(Some)
    );
}

#[test]
fn structured_lines_with_colours() {
    let (log, told) = read(
        "\u{1b}[2m2026-04-27T23:03:15.250907Z\u{1b}[0m \u{1b}[32m INFO\u{1b}[0m \u{1b}[2msched\u{1b}[0m\u{1b}[2m:\u{1b}[0m Decode batch, #running-req: 1, #token: 2, token usage: 0.00, cuda graph: True, gen throughput (token/s): 9.50, #queue-req: 0\n",
    );
    assert_eq!(log.clock, Some(LogClock::Utc));
    assert_eq!(only(&log).at_ns, [1_777_330_995_250_907_000]);
    assert_eq!(all(only(&log), &[GenerationTput]), [Some(9.5)]);
    assert!(told.is_empty());
}

#[test]
fn stages_of_a_pipeline_count_once() {
    let line = |stage| {
        format!(
            "[2025-12-08 14:34:44 PP{stage}] Prefill batch, #new-seq: 1, #new-token: 10, #cached-token: 0, token usage: 0.00, #running-req: 0, #queue-req: 0, \n"
        )
    };
    let (log, told) = read(line(0) + &line(1) + &line(2));
    assert_eq!((log.lines.sampled, log.lines.repeated, log.lines.refused), (1, 2, 0));
    assert!(told.is_empty());
}

#[test]
fn vllm_of_both_engines_with_the_year_given_and_not() {
    let text = "(APIServer pid=123) INFO 05-01 17:40:10 [loggers.py:248] Engine 003: Avg prompt throughput: 8123.4 tokens/s, Avg generation throughput: 2210.9 tokens/s, Running: 64 reqs, Waiting: 3 reqs, GPU KV cache usage: 41.2%, Prefix cache hit rate: 12.5%\n\
        (APIServer pid=123) INFO 05-01 17:40:20 [loggers.py:248] Engine 003: Avg prompt throughput: 0.0 tokens/s, Avg generation throughput: 1911.0 tokens/s, Running: 60 reqs, Waiting: 0 reqs, Preemptions: 2, GPU KV cache usage: 88.0%, Prefix cache hit rate: 0.0%, External prefix cache hit rate: 9.0%\n\
        (APIServer pid=123) INFO 05-01 17:40:20 [metrics.py:9] SpecDecoding metrics: Mean acceptance length: 1.80, Accepted throughput: 9.9 tokens/s, Avg Draft acceptance rate: 80.0%\n\
        INFO 05-01 17:40:30 metrics.py:467] Avg prompt throughput: 0.9 tokens/s, Avg generation throughput: 0.1 tokens/s, Running: 1 reqs, Swapped: 0 reqs, Pending: 5 reqs, GPU KV cache usage: 0.0%, CPU KV cache usage: 0.0%.\n";
    let (log, told) = read(text);
    assert_eq!((log.engine, log.clock), (Some(Engine::Vllm), Some(LogClock::LocalWithoutYear)));
    let [first_engine, third] = &log.ranks[..] else { panic!("{:?}", log.ranks) };
    assert_eq!((first_engine.dp_rank, third.dp_rank), (None, Some(3)));
    assert_eq!(first_engine.get(Queued, 0), Some(5.0));
    assert_eq!(
        all(third, &[InputTput, GenerationTput, Running, Queued, Preempted, HitRate]),
        [8123.4, 2210.9, 64.0, 3.0, 0.0, 0.125].map(Some)
    );
    assert!((third.get(KvUsage, 0).expect("is there") - 0.412).abs() < 1e-12);
    assert_eq!((third.get(Preempted, 1), third.get(AcceptLength, 2)), (Some(2.0), Some(1.8)));
    assert_eq!(told.len(), 1, "{told:?}");
    let (log, told) = read_with(text, LogOptions { year: Some(2026), ..LogOptions::default() });
    assert_eq!(log.clock, Some(LogClock::Local));
    assert_eq!(log.ranks[1].at_ns[0], 1_777_657_210_000_000_000);
    assert!(told.is_empty());
}

#[test]
fn a_year_that_is_not_written_turns() {
    let line = |date| {
        format!(
            "INFO {date} [l.py:1] Engine 000: Avg prompt throughput: 1.0 tokens/s, Avg generation throughput: 1.0 tokens/s, Running: 1 reqs, Waiting: 0 reqs\n"
        )
    };
    let (log, told) = read(line("12-31 23:59:55") + &line("01-01 00:00:05"));
    let series = only(&log);
    assert_eq!(series.at_ns[1] - series.at_ns[0], 10_000_000_000);
    assert_eq!(told.len(), 1, "{told:?}");
}

#[test]
fn tensorrt_llm_in_both_forms() {
    let (log, told) = read(
        "[01/16/2026-06:20:17] [TRT-LLM] [RANK 0] [I] iter = 5559, global_rank = 0, rank = 0, currank_total_requests = 4/8, host_step_time = 62.5ms, prev_device_step_time = 60.1ms, timestamp = 2026-01-16 06:20:17, num_scheduled_requests: 5, states = {'num_ctx_requests': 5, 'num_ctx_tokens': 40960, 'num_generation_tokens': 0}\n\
         iter = 2, global_rank = 0, rank = 0, num_scheduled_requests = 7, kv_cache_util = 0.450, currank_total_requests = 0/1, host_step_time = 4.08ms, prev_device_step_time = N/A, timestamp = 2026-01-16 06:20:49, states = {'num_ctx_requests': 1, 'num_ctx_tokens': 4, 'num_generation_tokens': 3, 'cached_kv_tokens': 64}\n\
         iter = 3, global_rank = 1, rank = 1, currank_total_requests = 0/1, timestamp = 2026-01-16 06:20:50, states = {'num_ctx_requests': 1, 'num_ctx_tokens': 4, 'num_generation_tokens': 3}\n\
         iter = 4, global_rank = 0, rank = 0, currank_total_requests = 0/1, timestamp = 2026-01-16 06:20:51, states = {'num_ctx_requests': 1, 'num_ct\n",
    );
    let series = only(&log);
    assert_eq!((log.engine, series.phase), (Some(Engine::TensorRtLlm), BatchPhase::Both));
    assert_eq!(series.at_ns[1] - series.at_ns[0], 32_000_000_000);
    let second = |gauge| series.get(gauge, 1);
    assert_eq!(second(ComputedTokens), Some(4.0));
    assert_eq!(second(WorkerGauge::GeneratedTokens), Some(3.0));
    assert_eq!((second(CachedTokens), second(KvUsage)), (Some(64.0), Some(0.45)));
    assert_eq!((series.get(Running, 0), second(Running)), (Some(5.0), Some(7.0)));
    assert_eq!((log.lines.sampled, log.lines.repeated, log.lines.refused), (2, 1, 1));
    let restarted = log.events.first().map(|event| (event.kind, event.line));
    assert_eq!(restarted, Some((LogEventKind::Restarted, 2)));
    assert!(told[0].starts_with("line 4: 1 time: lines that begin like a sample"), "{told:?}");
}

#[test]
fn torn_and_interleaved_lines() {
    // A rank prints into the line of another, and its own goes on in the next one.
    let torn = "[2025-11-04 05:32:32 DP0 TP0] Decode batch, #running-req: 96, #token: 98304, token usage: 0.4[2025-11-04 05:32:33 DP1 TP1] Decode batch, #running-req: 7, #token: 9, token usage: 0.01, cuda graph: True, gen throughput (token/s): 5.25, #queue-req: 0,\n1, cuda graph: True, gen throughput (token/s): 9.00, #queue-req: 1,\n";
    let (log, told) = read(torn);
    let series = only(&log);
    assert_eq!((series.dp_rank, series.len()), (Some(1), 1));
    assert_eq!(all(series, &[Running, GenerationTput]), [7.0, 5.25].map(Some));
    assert_eq!(log.lines.refused, 1);
    assert!(told[0].starts_with("line 1: 1 time"), "{told:?}");
    // Two whole records share a line, and a progress bar stands before them.
    let line = DECODE.replace("DP31", "DP2");
    let (log, told) = read(format!("Loading: 10%\rLoading: 20%\r{line} {DECODE}\n"));
    assert_eq!(log.ranks.iter().map(|r| r.dp_rank).collect::<Vec<_>>(), [Some(2), Some(31)]);
    assert_eq!(log.ranks[0].at_ns, log.ranks[1].at_ns);
    assert!(told.is_empty(), "{told:?}");
    // Cut inside a number at the end of the file.
    let cut =
        "[2025-11-04 05:32:32 DP0] Decode batch, #running-req: 96, gen throughput (token/s): 24";
    assert_eq!(read(cut).0.lines.refused, 1);
}

#[test]
fn noise_between_lines_and_no_time() {
    let mut text = vec![0xff, 0x00, b'\n', 0x1b, b'[', b'\n'];
    text.extend_from_slice(DECODE.as_bytes());
    text.extend_from_slice(b"\n\x00\xfe\xff\x1b[mDecode batch\nDecode batch, #running-req: 1, gen throughput (token/s): 5.00,\n");
    let (log, _) = read(&text);
    assert_eq!((log.lines.read, log.lines.sampled, log.lines.refused), (5, 1, 2));
    assert_eq!(only(&log).len(), 1);
}

#[test]
fn another_engine_another_clock_and_none_at_all() {
    let vllm = "INFO 05-01 17:40:10 [l.py:1] Engine 000: Avg prompt throughput: 1.0 tokens/s, Avg generation throughput: 1.0 tokens/s, Running: 1 reqs\n";
    let utc = "2026-04-27T23:03:15Z INFO Decode batch, #running-req: 1, gen throughput (token/s): 9.50,\n";
    let (log, told) = read(format!("{DECODE}\n{vllm}{utc}"));
    assert_eq!((log.engine, log.lines.sampled), (Some(Engine::Sglang), 1));
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].starts_with("line 2: 1 time: lines of another engine"));
    assert!(told[1].starts_with("line 3: 1 time: lines whose time is of another clock"));
    let (log, told) = read("nothing\nhere");
    assert_eq!((log.engine, log.lines.read), (None, 2));
    assert_eq!(told, [": none of 2 lines tells the load of SGLang, vLLM or TensorRT-LLM"]);
    assert_eq!(read("").0.lines.read, 0);
}

#[test]
fn clocks_that_jump_and_servers_that_start_again() {
    let line = |time, iteration| {
        format!(
            "[2025-11-04 {time} DP0] Decode batch [{iteration}], #running-req: 1, gen throughput (token/s): 5.00,\n"
        )
    };
    let ready = "The server is fired up and ready to roll!\n";
    let (log, told) = read(
        [ready, &line("05:00:00", 40), &line("05:00:10", 80), ready, &line("04:00:20", 5)].concat(),
    );
    assert!(only(&log).at_ns.is_sorted() && only(&log).len() == 3);
    let events: Vec<_> = log.events.iter().map(|e| (e.kind, e.count, e.line)).collect();
    assert_eq!(events, [(LogEventKind::Ready, 2, 1), (LogEventKind::Restarted, 1, 5)]);
    assert_eq!(told.len(), 1, "{told:?}");
    let (_, told) = read(line("05:00:00", 40) + &line("04:00:00", 41));
    assert!(told[0].starts_with("line 2: 1 time: times fall by more than a minute"), "{told:?}");
}

#[test]
fn retractions_are_counted_with_the_next_sample_of_their_rank() {
    let line = |second, rank| {
        format!(
            "[2025-11-04 05:00:{second:02} DP{rank}] Decode batch, #running-req: 1, gen throughput (token/s): 5.00,\n"
        )
    };
    let retract = "[2025-11-04 05:00:05 DP1] KV cache pool is full. Retract requests. #retracted_reqs: 3, #new_token_ratio: 0.1 -> 0.3\n";
    let (log, _) =
        read([&line(1, 1), retract, retract, &line(7, 0), &line(8, 1), &line(9, 1)].concat());
    let of = |rank: usize| log.ranks[rank].values(Preempted).map(|(_, n)| n).collect::<Vec<_>>();
    assert_eq!((of(0), of(1)), (vec![0.0], vec![0.0, 6.0, 0.0]));
    assert_eq!(log.events[0].count, 2);
}

#[test]
fn endings_are_told_with_their_line_and_prompts_are_not_taken_for_them() {
    let (log, _) = read(format!(
        "INFO 05-01 17:40:10 [l.py:1] Received request 1: prompt: 'CUDA out of memory'\n{DECODE}\n\
         [2025-11-04 05:40:00 TP0] Prefill transfer failed for request rank=0 req.rid='x' with exception KVTransferError(bootstrap_room=1)\n\
         torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB.\n\
         slurmstepd: error: *** STEP 77.3 ON n CANCELLED AT 2025-11-04T05:41:00 ***\n\
         slurmstepd: error: *** JOB 77 ON n CANCELLED AT 2025-11-04T05:41:00 DUE TO TIME LIMIT ***\n\
         slurmstepd: error: *** JOB 77 ON n CANCELLED AT 2025-11-04T05:41:00 ***\n"
    ));
    let told: Vec<_> = log.events.iter().map(|e| (e.kind.name(), e.line, e.count)).collect();
    assert_eq!(
        told,
        [
            ("kv_transfer_failed", 3, 1),
            ("out_of_memory", 4, 1),
            ("stopped", 5, 1),
            ("time_limit", 6, 1),
            ("cancelled", 7, 1),
        ]
    );
    // An event without a time has that of the last sample.
    assert_eq!(log.events[1].at_ns, log.span_ns().map(|(_, last)| last));
    assert!(log.events[0].at_ns > log.events[1].at_ns);
    assert!(log.events.iter().filter(|e| e.kind.ends_the_run()).count() == 3);
}

#[test]
fn ranks_that_share_a_file_without_their_names_are_counted() {
    let launch = "[CMD] python3 -m sglang.launch_server --tp-size 16 --dp-size 16 --nnodes 2\n";
    let line = "[2025-11-04 05:00:01 TP0] Decode batch, #running-req: 1, gen throughput (token/s): 5.00,\n";
    let (log, _) = read(format!("{launch}{line}"));
    assert_eq!(only(&log).writers, 8);
    assert_eq!(log.launch.dp, Some(16));
    let (log, _) = read(format!("{launch}{DECODE}\n"));
    assert_eq!(only(&log).writers, 1, "ranks that name themselves are one each");
}

#[test]
fn more_samples_than_are_kept_are_joined() {
    let line = |at: u32| {
        format!(
            "[2025-11-04 05:{:02}:{:02} DP0] Prefill batch, #new-seq: 1, #new-token: 10, #cached-token: 1, token usage: 0.00, #running-req: 0, #queue-req: 0,\n",
            at / 60,
            at % 60
        )
    };
    let text: String = (0..600).map(line).collect();
    let options = LogOptions { most_samples: 100, ..LogOptions::default() };
    let (log, told) = read_with(text, options);
    let series = only(&log);
    assert!(series.len() <= 100, "{}", series.len());
    assert_eq!(series.values(ComputedTokens).map(|(_, n)| n).sum::<f64>(), 6000.0);
    assert_eq!(log.lines.sampled, 600);
    assert!(told[0].contains("pairs of the earlier ones"), "{told:?}");
}
