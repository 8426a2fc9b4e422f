//! The answers of `inferguard trace --json`. Members are added, never renamed or removed; what is
//! not known is null.

use inferguard_model::{Problem, Stat};
use serde_json::{Map, Value, json};

use super::{
    Arrivals, Blocks, Cut, HIT_RATES, Sessions, Share, Sizes, Summary, Tokens, Trace, TraceFile,
};

/// Name and version of the document.
pub const SCHEMA_VERSION: &str = "inferguard-trace/v1";

/// The document that holds the answers of all files.
pub fn document(traces: &[Value]) -> Value {
    let definitions: Map<String, Value> =
        HIT_RATES.iter().map(|(name, text)| ((*name).to_owned(), json!(text))).collect();
    json!({
        "schema_version": SCHEMA_VERSION,
        "hit_rate_definitions": definitions,
        "traces": traces,
    })
}

/// The answer of one file.
pub fn trace_to_json(name: &str, trace: &Trace) -> Value {
    let Trace { file, stats } = trace;
    json!({
        "file": name,
        "requests": stats.requests,
        "lines": lines(file),
        "input_forms": {
            "input_length": file.forms.input_length,
            "hash_ids": file.forms.hash_ids,
            "text_input": file.forms.text_input,
            "messages": file.forms.messages,
            "payload": file.forms.payload,
        },
        "requests_with_delay": file.with_delay,
        "arrivals": stats.arrivals.as_ref().map(arrivals),
        "tokens": sizes(&stats.sizes),
        "sessions": stats.sessions.as_ref().map(sessions),
        "blocks": stats.blocks.as_ref().map(blocks),
        "problems": problems(&file.problems),
    })
}

/// The answer of a cut.
pub fn cut_to_json(name: &str, output: &str, cut: &Cut) -> Value {
    let seconds = |ns: i64| ns as f64 / 1e9;
    json!({
        "schema_version": SCHEMA_VERSION,
        "file": name,
        "written": output,
        "requests": cut.kept,
        "requests_of_trace": cut.file.requests,
        "shifted_s": seconds(cut.shifted_ns),
        "duration_before_s": seconds(cut.lasted_ns),
        "duration_s": seconds(cut.lasts_ns),
        "timestamps_with_fraction": cut.fractional,
        "requests_with_delay": cut.with_delay,
        "untimed_kept": cut.untimed_kept,
        "untimed_left_out": cut.untimed_left_out,
        "lines": lines(&cut.file),
        "problems": problems(&cut.file.problems),
    })
}

fn lines(file: &TraceFile) -> Value {
    json!({
        "read": file.lines,
        "requests": file.requests,
        "refused": file.refused,
        "blank": file.blank,
    })
}

fn problems(problems: &[Problem]) -> Vec<Value> {
    let one = |problem: &Problem| {
        json!({
            "severity": problem.severity.name(),
            "code": problem.code.name(),
            "at": problem.at,
            "message": problem.message,
        })
    };
    problems.iter().map(one).collect()
}

fn arrivals(arrivals: &Arrivals) -> Value {
    let windows: Vec<_> = arrivals
        .windows
        .iter()
        .map(|window| {
            json!({
                "index": window.index,
                "start_s": window.start_s,
                "covered_s": window.covered_s,
                "partial": window.partial,
                "requests": window.requests,
                "requests_per_min": window.requests_per_min,
                "input_tokens": window.input_tokens,
                "output_tokens": window.output_tokens,
            })
        })
        .collect();
    json!({
        "requests": arrivals.timed,
        "first_timestamp_s": arrivals.first_s,
        "duration_s": arrivals.duration_s,
        "requests_per_min": arrivals.requests_per_min,
        "distinct_timestamps": arrivals.distinct_times,
        "in_batches": arrivals.in_batches(),
        "backward": arrivals.backward,
        "first_backward_line": arrivals.first_backward_line,
        "window_s": arrivals.window_s,
        "windows": windows,
        "windows_without_requests": arrivals.empty_windows,
    })
}

fn sizes(sizes: &Sizes) -> Value {
    let share = |share: Option<Share>| {
        share.map(|share| json!({"requests": share.requests, "share": share.share}))
    };
    let above: Vec<_> = sizes
        .above
        .iter()
        .map(|above| {
            json!({
                "tokens": above.tokens,
                "input": share(above.input),
                "output": share(above.output),
                "total": share(above.total),
            })
        })
        .collect();
    let buckets: Vec<_> = sizes
        .buckets
        .iter()
        .map(|bucket| {
            json!({
                "from": bucket.from,
                "to": bucket.to,
                "requests": bucket.requests,
                "share": bucket.share,
            })
        })
        .collect();
    json!({
        "input": sizes.input.as_ref().map(tokens),
        "output": sizes.output.as_ref().map(tokens),
        "total": sizes.total.as_ref().map(tokens),
        "total_buckets": buckets,
        "above": above,
    })
}

fn tokens(tokens: &Tokens) -> Value {
    let mut members = statistics(&tokens.summary);
    members.insert("sum".to_owned(), json!(tokens.sum));
    Value::Object(members)
}

fn statistics(summary: &Summary) -> Map<String, Value> {
    let mut members = Map::new();
    members.insert("n".to_owned(), json!(summary.n));
    for (stat, value) in summary.stats() {
        let name = match stat {
            Stat::Plain => continue,
            Stat::Mean => "mean".to_owned(),
            Stat::Std => "std".to_owned(),
            Stat::Min => "min".to_owned(),
            Stat::Max => "max".to_owned(),
            Stat::Percentile(milli) => format!("p{}", f64::from(milli) / 1000.0),
        };
        members.insert(name, json!(value));
    }
    members
}

fn sessions(sessions: &Sessions) -> Value {
    json!({
        "requests": sessions.requests,
        "sessions": sessions.turns.n,
        "turns": statistics(&sessions.turns),
    })
}

fn blocks(blocks: &Blocks) -> Value {
    let size = &blocks.size;
    let caches: Vec<_> = blocks
        .caches
        .iter()
        .map(|cache| {
            let tokens = cache.capacity.map(|n| u64::from(n) * u64::from(size.tokens));
            json!({
                "policy": if cache.capacity.is_some() { "lru" } else { "infinite" },
                "capacity_blocks": cache.capacity,
                "capacity_tokens": tokens,
                "blocks_found": cache.blocks_found,
                "block_weighted": cache.block_weighted,
                "token_weighted": cache.token_weighted,
                "full_block_weighted": cache.full_block_weighted,
                "mean_block_rate": cache.mean_block_rate,
                "mean_token_rate": cache.mean_token_rate,
                "fully_covered": cache.fully_covered,
            })
        })
        .collect();
    json!({
        "requests": blocks.requests,
        "total": blocks.total,
        "unique": blocks.unique,
        "beyond_first_missing": blocks.beyond_run,
        "block_size": {
            "tokens": size.tokens,
            "source": size.source.name(),
            "fitting": size.fitting.map(|(low, high)| [low, high]),
            "requests_checked": size.checked,
            "requests_that_fit": size.fits,
            "first_misfit_line": size.first_misfit_line,
        },
        "caches": caches,
    })
}
