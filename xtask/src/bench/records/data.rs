//! Records of AIPerf made by seed, in the two shapes that decide about speed.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::Context;

use crate::bench::data::Random;

/// What a line holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Shape {
    /// All metadata and nine metrics: 1 KB.
    Standard,
    /// What 0.13 writes: HTTP metrics, and the gap before each token but the first: 3.5 KB.
    Full,
}

const FIRST_NS: i64 = 1_763_066_700_000_000_000;
const REQUESTS_PER_SECOND: f64 = 400.0;

/// Failures; the second quotes a request in which a metric stands.
const ERRORS: [&str; 4] = [
    r#"{"code":499,"type":"RequestCancellationError","message":"Request was cancelled after 0.500 seconds"}"#,
    r#"{"code":400,"type":"BadRequestError","message":"maximum context length is 32768 tokens; body: {\"metrics\":{\"time_to_first_token\":{\"value\":0.001,\"unit\":\"ms\"},\"request_latency\":{\"value\":0.001}}}"}"#,
    r#"{"code":503,"type":"ServiceUnavailable","message":"upstream worker “decode-3” not ready, retry later"}"#,
    r#"{"code":null,"type":"TimeoutError","message":"no response in 600 s"}"#,
];

/// Writes records in order of completion, one in a hundred failed, and returns their size.
pub(crate) fn write(path: &Path, records: usize, shape: Shape) -> anyhow::Result<u64> {
    let file = File::create(path).with_context(|| format!("cannot make {}", path.display()))?;
    let mut out = BufWriter::with_capacity(1 << 20, file);
    let mut random = Random::new(1);
    let mut pending = BinaryHeap::new();
    let mut clock = 0.0;
    for at in 0..records {
        clock -= random.unit().ln() / REQUESTS_PER_SECOND;
        let start_ns = FIRST_NS + (clock * 1e9) as i64;
        let (end_ns, line) = record(&mut random, at, start_ns, clock < 10.0, shape);
        pending.push(Reverse((end_ns, at, line)));
        while pending.peek().is_some_and(|Reverse((end_ns, ..))| *end_ns <= start_ns) {
            let Some(Reverse((_, _, line))) = pending.pop() else { break };
            out.write_all(line.as_bytes())?;
        }
    }
    while let Some(Reverse((_, _, line))) = pending.pop() {
        out.write_all(line.as_bytes())?;
    }
    out.flush()?;
    Ok(std::fs::metadata(path)?.len())
}

fn record(
    random: &mut Random,
    at: usize,
    start_ns: i64,
    cold: bool,
    shape: Shape,
) -> (i64, String) {
    let ttft_ns = (random.lognormal(290_f64.ln(), 0.35) * if cold { 1.45e6 } else { 1e6 }) as i64;
    let osl = random.lognormal(100_f64.ln(), 0.6).clamp(2.0, 8192.0) as i64;
    let token_ns = random.lognormal(3.5_f64.ln(), 0.15) * 1e6;
    let isl = random.lognormal(7.0, 0.8).max(16.0) as i64;
    let failed = random.unit() < 0.01;
    let latency_ns = if failed {
        (random.unit() * 5e8) as i64
    } else {
        ttft_ns + (token_ns * (osl - 1) as f64) as i64
    };
    let end_ns = start_ns + latency_ns;
    let ms = |ns: i64| ns as f64 * 1e-6;
    let (ttft, latency) = (ms(ttft_ns), ms(latency_ns));
    let itl = (latency_ns - ttft_ns) as f64 / (osl - 1) as f64 * 1e-6;
    let full = shape == Shape::Full;
    let error = if failed { ERRORS[random.bits() as usize % ERRORS.len()] } else { "null" };
    let cancelled = error.contains("499");

    let mut line = String::with_capacity(if full { 4096 } else { 1280 });
    let _ = write!(
        line,
        r#"{{"metadata":{{"session_num":{at},"x_request_id":"{}","x_correlation_id":"{}","conversation_id":"{}","turn_index":0,"#,
        uuid(random),
        uuid(random),
        uuid(&mut Random::new(random.bits() % 1000)),
    );
    if full {
        let issued = start_ns - random.lognormal(13.0, 0.6) as i64;
        let _ = write!(line, r#""credit_issued_ns":{issued},"#);
    }
    let _ = write!(line, r#""request_start_ns":{start_ns},"#);
    if !failed {
        let _ = write!(line, r#""request_ack_ns":{},"#, start_ns + ttft_ns * 2 / 5);
    } else if !full {
        line.push_str(r#""request_ack_ns":null,"#);
    }
    let _ = write!(
        line,
        r#""request_end_ns":{end_ns},"worker_id":"worker_{:08x}","record_processor_id":"record_processor_{:08x}","benchmark_phase":"profiling","#,
        0x7c25_e27d + at % 32,
        0x6edc_0bc3 + at % 8,
    );
    if full {
        line.push_str(r#""phase_index":0,"profiling_index":0,"phase_name":"profiling","phase_kind":"profiling","#);
    }
    let _ = write!(line, r#""was_cancelled":{cancelled}"#);
    match (cancelled, full) {
        (true, _) => {
            let _ = write!(line, r#","cancellation_time_ns":{end_ns}"#);
        }
        (false, true) => line.push_str(r#","context_overflow_skip":false,"agent_depth":0"#),
        (false, false) => line.push_str(r#","cancellation_time_ns":null"#),
    }
    line.push_str(r#"},"metrics":{"#);
    if failed {
        let _ = write!(line, r#""error_isl":{{"value":{isl},"unit":"tokens"}}"#);
    } else {
        let mut metric = |name: &str, value: &dyn std::fmt::Debug, unit: &str| {
            let _ = write!(line, r#""{name}":{{"value":{value:?},"unit":"{unit}"}},"#);
        };
        metric("input_sequence_length", &isl, "tokens");
        metric("time_to_first_token", &ttft, "ms");
        metric("time_to_second_token", &(itl * (0.8 + 0.4 * random.unit())), "ms");
        if full {
            http_metrics(&mut metric, (ttft, latency), (isl, osl));
            let mut gaps = String::new();
            for _ in 1..osl {
                let gap = ms((token_ns * (0.7 + 0.6 * random.unit())) as i64);
                let _ = write!(gaps, "{gap:?},");
            }
            gaps.pop();
            metric("inter_chunk_latency", &format_args!("[{gaps}]"), "ms");
        }
        metric("request_latency", &latency, "ms");
        metric("output_token_count", &osl, "tokens");
        metric("reasoning_token_count", &0, "tokens");
        metric("output_sequence_length", &osl, "tokens");
        metric("inter_token_latency", &itl, "ms");
        metric("output_token_throughput_per_user", &(1000.0 / itl), "tokens/sec/user");
        line.pop();
    }
    match (failed, full) {
        (false, true) => line.push_str("}}\n"),
        _ => {
            let _ = writeln!(line, r#"}},"error":{error}}}"#);
        }
    }
    (end_ns, line)
}

fn http_metrics(
    metric: &mut impl FnMut(&str, &dyn std::fmt::Debug, &str),
    (ttft, latency): (f64, f64),
    (isl, osl): (i64, i64),
) {
    for (name, value) in [
        ("blocked", 0.0),
        ("dns_lookup", 0.0),
        ("connecting", 0.0),
        ("sending", 0.1999),
        ("waiting", ttft - 0.2),
        ("receiving", latency - ttft),
        ("duration", latency),
        ("connection_overhead", 0.01),
        ("total", latency + 0.01),
    ] {
        metric(&format!("http_req_{name}"), &value, "ms");
    }
    metric("http_req_connection_reused", &1, "ratio");
    metric("http_req_data_sent", &(isl as f64 * 0.0047), "KB");
    metric("http_req_data_received", &(osl as f64 * 0.31), "KB");
    metric("http_req_chunks_sent", &1, "count");
    metric("http_req_chunks_received", &(osl + 1), "count");
    metric("time_to_first_output_token", &ttft, "ms");
    metric("prefill_throughput_per_user", &(1000.0 * isl as f64 / ttft), "tokens/sec/user");
}

fn uuid(random: &mut Random) -> String {
    let (a, b) = (random.bits(), random.bits());
    format!(
        "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
        a >> 32,
        a >> 16 & 0xFFFF,
        a & 0xFFF,
        b >> 52,
        b & 0xFFFF_FFFF_FFFF
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_have_the_length_that_they_are_named_by() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let path = dir.path().join("profile_export.jsonl");
        for (shape, expected) in [(Shape::Standard, 900..1200), (Shape::Full, 3000..4200)] {
            let size = write(&path, 500, shape).expect("can write");
            let text = std::fs::read_to_string(&path).expect("was written");
            assert!(expected.contains(&(size / 500)), "{shape:?}: {} a line", size / 500);
            assert_eq!(text.lines().count(), 500);
            for line in text.lines() {
                serde_json::from_str::<serde::de::IgnoredAny>(line).expect("valid JSON");
            }
            write(&path, 500, shape).expect("can write");
            assert_eq!(std::fs::read_to_string(&path).expect("was written"), text);
        }
    }
}
