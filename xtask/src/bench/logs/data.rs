//! Worker logs made by seed: one line in fifty matters, the others are what servers print.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::Context;

use crate::bench::data::Random;

/// Whose log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Engine {
    Sglang,
    Vllm,
    Trtllm,
}

/// Lines for one that matters.
const EVERY: u64 = 50;

/// Writes a log of about so many bytes, and tells how many of its lines are samples.
pub(crate) fn write(path: &Path, bytes: u64, engine: Engine) -> anyhow::Result<u64> {
    let file = File::create(path).with_context(|| format!("cannot make {}", path.display()))?;
    let mut out = BufWriter::with_capacity(1 << 20, file);
    let mut random = Random::new(7);
    let (mut written, mut line, mut samples) = (0, 0_u64, 0);
    let mut text = String::new();
    while written < bytes {
        text.clear();
        let second = line / 400;
        if line % EVERY == 7 {
            sample(&mut text, engine, second, samples, &mut random)?;
            samples += 1;
        } else {
            noise(&mut text, second, line, &mut random)?;
        }
        out.write_all(text.as_bytes()).context("cannot write")?;
        written += text.len() as u64;
        line += 1;
    }
    out.flush().context("cannot write")?;
    Ok(samples)
}

/// `05:31:43`.
fn clock(second: u64) -> String {
    format!("{:02}:{:02}:{:02}", second / 3600 % 24, second / 60 % 60, second % 60)
}

fn sample(
    text: &mut String,
    engine: Engine,
    second: u64,
    n: u64,
    random: &mut Random,
) -> anyhow::Result<()> {
    let (time, day) = (clock(second), 1 + second / 86_400 % 28);
    let rank = n % 8;
    let running = 1 + random.bits() % 256;
    let usage = random.unit();
    let rate = 5000.0 * random.unit();
    match engine {
        Engine::Sglang => writeln!(
            text,
            "[2026-03-{day:02} {time} DP{rank} TP{rank} EP{rank}] Decode batch, #running-req: {running}, #token: {}, token usage: {usage:.2}, pre-allocated usage: 0.02, #prealloc-req: 4, #transfer-req: 2, #retracted-req: 0, cuda graph: True, gen throughput (token/s): {rate:.2}, #queue-req: 1,",
            running * 1024
        ),
        Engine::Vllm => writeln!(
            text,
            "(APIServer pid=123) INFO 03-{day:02} {time} [loggers.py:248] Engine {rank:03}: Avg prompt throughput: {:.1} tokens/s, Avg generation throughput: {rate:.1} tokens/s, Running: {running} reqs, Waiting: 3 reqs, GPU KV cache usage: {:.1}%, Prefix cache hit rate: 12.5%",
            rate * 4.0,
            usage * 100.0
        ),
        Engine::Trtllm => writeln!(
            text,
            "[03/{day:02}/2026-{time}] [TRT-LLM] [RANK 0] [I] iter = {n}, global_rank = 0, rank = 0, currank_total_requests = 4/8, host_step_time = {:.2}ms, prev_device_step_time = 60.1ms, timestamp = 2026-03-{day:02} {time}, num_scheduled_requests: {running}, states = {{'num_ctx_requests': 1, 'num_ctx_tokens': {}, 'num_generation_tokens': {running}}}",
            20.0 + 40.0 * usage,
            random.bits() % 8192
        ),
    }?;
    Ok(())
}

fn noise(text: &mut String, second: u64, line: u64, random: &mut Random) -> anyhow::Result<()> {
    let (time, day) = (clock(second), 1 + second / 86_400 % 28);
    let word = random.bits();
    match line % 5 {
        0 => writeln!(
            text,
            "[2026-03-{day:02} {time}] INFO:     10.0.{}.{}:{} - \"POST /v1/chat/completions HTTP/1.1\" 200 OK",
            word % 256,
            word / 256 % 256,
            1024 + word % 60_000
        ),
        1 => writeln!(
            text,
            "\u{1b}[2m2026-03-{day:02}T{time}.{:06}Z\u{1b}[0m \u{1b}[32m INFO\u{1b}[0m \u{1b}[2mdynamo_runtime::pipeline\u{1b}[0m\u{1b}[2m:\u{1b}[0m request completed request_id={word:016x} model=m elapsed_ms={}",
            word % 1_000_000,
            word % 9000
        ),
        2 => writeln!(
            text,
            "[2026-03-{day:02} {time} TP{}] Receive: obj=GenerateReqInput(rid='{word:032x}', sampling_params={{'temperature': 1.0, 'max_new_tokens': {}}}, stream=True)",
            word % 8,
            word % 4096
        ),
        3 => writeln!(
            text,
            "E{:04} {time} {word:>8} transfer_engine.cpp:{}] segment {word:x} opened in {} us",
            word % 9999,
            word % 900,
            word % 5000
        ),
        _ => writeln!(
            text,
            "/usr/local/lib/python3.12/dist-packages/torch/nn/modules/module.py:{}: UserWarning: the request of batch {} waits for its turn",
            word % 2000,
            word % 100_000
        ),
    }?;
    Ok(())
}
