//! The readers to compare with: a count of line ends, and typed `serde_json`.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};

use anyhow::Context;
use serde::Deserialize;

use super::answers::Columns;

const BLOCK: usize = 4 << 20;

/// Reads a file in blocks and counts its lines.
pub(super) fn count_lines(mut file: File) -> anyhow::Result<usize> {
    let mut buffer = vec![0; BLOCK];
    let mut lines = 0;
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(lines),
            read => lines += memchr::memchr_iter(b'\n', &buffer[..read]).count(),
        }
    }
}

#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow)]
    metadata: Metadata<'a>,
    metrics: Metrics,
    #[serde(borrow)]
    error: Option<ErrorObject<'a>>,
}

#[derive(Deserialize)]
struct Metadata<'a> {
    request_start_ns: i64,
    benchmark_phase: &'a str,
}

#[derive(Deserialize)]
struct Metrics {
    time_to_first_token: Option<Metric<f64>>,
    inter_token_latency: Option<Metric<f64>>,
    request_latency: Option<Metric<f64>>,
    output_sequence_length: Option<Metric<u32>>,
}

#[derive(Deserialize)]
struct Metric<T> {
    value: T,
}

#[derive(Deserialize)]
struct ErrorObject<'a> {
    #[serde(borrow, rename = "type")]
    _kind: &'a str,
}

/// Reads the records line by line.
pub(super) fn read(file: File) -> anyhow::Result<Columns> {
    let mut reader = BufReader::with_capacity(BLOCK, file);
    let mut columns = Columns::default();
    let mut line = Vec::new();
    for at in 1_u64.. {
        line.clear();
        if reader.read_until(b'\n', &mut line)? == 0 {
            break;
        }
        let Line { metadata, metrics, error } =
            serde_json::from_slice(&line).with_context(|| format!("line {at}"))?;
        if error.is_some() || metadata.benchmark_phase != "profiling" {
            continue;
        }
        let value = |metric: Option<Metric<f64>>| metric.map(|metric| metric.value);
        columns.start_ns.push(metadata.request_start_ns);
        columns.ttft.push(value(metrics.time_to_first_token).context("no TTFT")?);
        columns.itl.extend(value(metrics.inter_token_latency));
        columns.e2el.push(value(metrics.request_latency).context("no latency")?);
        columns.osl.push(metrics.output_sequence_length.context("no OSL")?.value);
    }
    Ok(columns)
}
