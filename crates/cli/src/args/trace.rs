//! Arguments of `trace`.

use std::path::PathBuf;

use clap::Args;
use inferguard::trace::{CutOptions, TraceOptions};

use super::duration::{duration, positive_duration, positive_size, size};

/// Arguments of `trace`.
#[derive(Debug, Args)]
#[command(after_help = "A trace has a JSON object a line: timestamp (ms), input_length, \
output_length, hash_ids; and what AIPerf adds to it. A name that ends in .gz is decompressed.\n\n\
Exit codes: 0 every file was read, 3 a file cannot be read or nothing was written.\n\nExamples:\n  \
inferguard trace conversation_trace.jsonl\n  \
inferguard trace conversation_trace.jsonl --window-size 1m --above 20k,60k --lru 10k,50k\n  \
inferguard trace *.jsonl --json | jq '.traces[] | {file, requests}'\n  \
inferguard trace conversation_trace.jsonl --window 0-5m --speed 5 -o replay.jsonl\n      \
write the first five minutes, arriving five times as fast")]
pub struct TraceArgs {
    /// Traces, each a file of JSON lines
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Length of a window of arrivals: 250ms, 30s, 5m, 1h, or seconds
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = positive_duration)]
    #[arg(allow_hyphen_values = true)]
    pub window_size: u64,
    /// Count the requests with more tokens than each size
    #[arg(long, value_name = "TOKENS,…", value_delimiter = ',', value_parser = size)]
    #[arg(allow_hyphen_values = true)]
    pub above: Vec<u64>,
    /// Sizes of LRU caches to replay, in blocks
    #[arg(long, value_name = "BLOCKS,…", value_delimiter = ',', value_parser = positive_size)]
    #[arg(default_values_t = TraceOptions::CAPACITIES, allow_hyphen_values = true)]
    pub lru: Vec<u32>,
    /// Tokens of a block [default: inferred from hash_ids and input_length, 512 in Mooncake]
    #[arg(long, value_name = "TOKENS", value_parser = positive_size, allow_hyphen_values = true)]
    pub block_size: Option<u32>,
    /// Print the answers as JSON
    #[arg(long)]
    pub json: bool,
    /// Write a trace for a replay, with timestamps from 0, instead of statistics
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Part of the trace to write, counted from its earliest request: 0-5m, 10m-, -30s
    #[arg(long, value_name = "FROM-TO", value_parser = window, requires = "output")]
    #[arg(allow_hyphen_values = true)]
    pub window: Option<CutWindow>,
    /// How many times faster the requests of the written trace arrive
    #[arg(long, value_name = "FACTOR", value_parser = speed, requires = "output")]
    #[arg(allow_hyphen_values = true)]
    pub speed: Option<f64>,
}

/// A part of a trace, in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CutWindow {
    from_ns: u64,
    to_ns: Option<u64>,
}

impl TraceArgs {
    /// What is computed of each trace.
    pub(crate) fn options(&self) -> TraceOptions {
        TraceOptions {
            window_ns: self.window_size,
            above: self.above.clone(),
            block_size: self.block_size,
            capacities: self.lru.clone(),
        }
    }

    /// What is written of the trace.
    pub(crate) fn cut(&self) -> CutOptions {
        let mut options = CutOptions::default();
        if let Some(window) = self.window {
            (options.from_ns, options.to_ns) = (window.from_ns, window.to_ns);
        }
        options.speed = self.speed.unwrap_or(options.speed);
        options
    }
}

fn window(text: &str) -> Result<CutWindow, String> {
    let (from, to) = text
        .split_once('-')
        .ok_or_else(|| format!("`{text}` is no window; write it as 0-5m, 10m- or -30s"))?;
    let from_ns = if from.is_empty() { 0 } else { duration(from)? };
    let to_ns = if to.is_empty() { None } else { Some(duration(to)?) };
    if to_ns.is_some_and(|to| to <= from_ns) {
        return Err(format!("`{text}` ends before it begins; bare numbers are seconds"));
    }
    Ok(CutWindow { from_ns, to_ns })
}

fn speed(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(speed) if speed.is_finite() && (1e-6..=1e6).contains(&speed) => Ok(speed),
        _ => Err("a speed is a number from 0.000001 to 1000000; 2 is twice as fast".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_may_be_open() {
        let of = |from: u64, to: Option<u64>| {
            Ok(CutWindow { from_ns: from * 1_000_000_000, to_ns: to.map(|to| to * 1_000_000_000) })
        };
        assert_eq!(window("0-5m"), of(0, Some(300)));
        assert_eq!(window("90-1h"), of(90, Some(3600)));
        assert_eq!(window("10m-"), of(600, None));
        assert_eq!(window("-30s"), of(0, Some(30)));
        for text in ["5m", "5m-5m", "5m-1m", "a-b", "0-5m-6m", ""] {
            assert!(window(text).is_err(), "{text}");
        }
    }

    #[test]
    fn speeds_are_finite_and_above_zero() {
        assert_eq!(speed("2.5"), Ok(2.5));
        for text in ["0", "-1", "nan", "inf", "x"] {
            assert!(speed(text).is_err(), "{text}");
        }
    }
}
