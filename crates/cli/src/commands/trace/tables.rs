//! What `inferguard trace` prints: tables of 80 columns, safe to show.

use std::fmt::Write as _;

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, ContentArrangement, Table};
use inferguard::model::{Problem, ProblemSeverity};
use inferguard::render::escape::{shorten_end, visible};
use inferguard::render::number::{MISSING, count, counted, measure, percent};
use inferguard::trace::{
    Arrivals, BATCH_WINDOW_S, BlockSizeSource, Blocks, HIT_RATES, Share, Sizes, Summary, Tokens,
    Trace, TraceFile,
};

/// Windows that are shown; `--json` has all.
const WINDOWS_SHOWN: usize = 60;

/// Problems that are shown; `--json` has all that are kept.
const PROBLEMS_SHOWN: usize = 10;

/// Columns of a line of text.
const WIDTH: usize = 80;

/// All that is told of a trace.
pub(super) fn trace(name: &str, trace: &Trace) -> String {
    let stats = &trace.stats;
    let mut text = format!("{}\n{}", visible(name), wrapped(&overview(trace)));
    text.push_str(&problems(&trace.file));
    text.push_str(&sizes(&stats.sizes));
    if let Some(arrivals) = &stats.arrivals {
        text.push_str(&windows(arrivals, stats.requests));
    }
    if let Some(sessions) = &stats.sessions {
        let turns = &sessions.turns;
        let _ = writeln!(
            text,
            "\nSessions: {}, {} with a session\nturns a session: mean {}, p50 {}, p99 {}, max {}",
            counted(turns.n, "session", "sessions"),
            counted(sessions.requests as usize, "request", "requests"),
            decimals(turns.mean),
            decimals(percentile(turns, 50_000)),
            decimals(percentile(turns, 99_000)),
            count(turns.max as u64)
        );
    }
    if let Some(blocks) = &stats.blocks {
        text.push_str(&caches(blocks));
    }
    text
}

fn overview(trace: &Trace) -> String {
    let stats = &trace.stats;
    let mut parts = vec![counted(stats.requests as usize, "request", "requests")];
    match &stats.arrivals {
        Some(arrivals) => {
            parts.push(span(arrivals.duration_s));
            let rate = arrivals.requests_per_min.map_or(MISSING.to_owned(), rate);
            parts.push(format!("{rate} requests/min"));
        }
        None => parts.push("no timestamps".to_owned()),
    }
    let tokens = |what: &str, tokens: &Option<Tokens>| {
        let sum = tokens.as_ref().map_or(MISSING.to_owned(), |tokens| count(tokens.sum));
        format!("{what} {sum}")
    };
    parts.push(tokens("input", &stats.sizes.input));
    parts.push(format!("{} tokens", tokens("output", &stats.sizes.output)));
    parts.join(" · ")
}

/// Lines that were left out, and the first problems.
pub(super) fn problems(file: &TraceFile) -> String {
    let mut text = String::new();
    if file.refused > 0 {
        let refused = counted(file.refused as usize, "line", "lines");
        let _ = writeln!(text, "{refused} of {} left out", count(file.lines));
    }
    for Problem { severity, at, message, .. } in file.problems.iter().take(PROBLEMS_SHOWN) {
        let kind = match severity {
            ProblemSeverity::Note => "note",
            ProblemSeverity::Warning => "warning",
            ProblemSeverity::Error => "error",
        };
        let at = if at.is_empty() { String::new() } else { format!("{at}: ") };
        let line = shorten_end(&format!("{kind}: {at}{message}"), 4 * WIDTH).into_owned();
        text.push_str(&wrapped(&visible(&line)));
    }
    if let Some(more @ 1..) = file.problems.len().checked_sub(PROBLEMS_SHOWN) {
        let more = counted(more, "more problem", "more problems");
        let _ = writeln!(text, "  {more}, in --json");
    }
    text
}

fn sizes(sizes: &Sizes) -> String {
    let columns = [&sizes.input, &sizes.output, &sizes.total];
    let summaries = columns.map(|tokens| tokens.as_ref().map(|tokens| &tokens.summary));
    let mut table = table(&["TOKENS A REQUEST", "INPUT", "OUTPUT", "INPUT + OUTPUT"]);
    let mut row = |name: &str, value: &dyn Fn(&Summary) -> String| {
        let cell = |summary: Option<&Summary>| summary.map_or(MISSING.to_owned(), value);
        let [input, output, total] = summaries.map(cell);
        table.add_row([name.to_owned(), input, output, total]);
    };
    row("requests", &|summary| count(summary.n as u64));
    row("mean", &|summary| decimals(summary.mean));
    row("std", &|summary| decimals(summary.std));
    row("min", &|summary| count(summary.min as u64));
    for (name, milli) in [
        ("p25", 25_000),
        ("p50", 50_000),
        ("p75", 75_000),
        ("p90", 90_000),
        ("p95", 95_000),
        ("p99", 99_000),
    ] {
        row(name, &|summary| decimals(percentile(summary, milli)));
    }
    row("max", &|summary| count(summary.max as u64));
    for above in &sizes.above {
        let shares = [above.input, above.output, above.total].map(share);
        let [input, output, total] = shares;
        table.add_row([format!("above {}", count(above.tokens)), input, output, total]);
    }
    let mut text = shown(&table);
    if sizes.buckets.is_empty() {
        return text;
    }
    let mut table = table_of_buckets();
    let mut from_here = sizes.buckets.iter().map(|bucket| bucket.requests).sum::<u64>();
    let all = from_here as f64;
    for bucket in &sizes.buckets {
        let range = match bucket.to {
            Some(to) => format!("{} to {}", count(bucket.from), count(to)),
            None => format!("{} and more", count(bucket.from)),
        };
        let at_least = percent(from_here as f64 / all);
        table.add_row([range, count(bucket.requests), percent(bucket.share), at_least]);
        from_here -= bucket.requests;
    }
    text.push_str(&shown(&table));
    text
}

fn table_of_buckets() -> Table {
    table(&["INPUT + OUTPUT", "REQUESTS", "SHARE", "THIS OR MORE"])
}

fn windows(arrivals: &Arrivals, requests: u64) -> String {
    let mut table = table(&["WINDOW", "REQUESTS", "REQ/MIN", "INPUT TOKENS", "OUTPUT TOKENS"]);
    let mut next = 0;
    for window in arrivals.windows.iter().take(WINDOWS_SHOWN) {
        if window.index > next {
            let gap = counted((window.index - next) as usize, "window", "windows");
            table.add_row([format!("{gap} without"), "0".into()]);
        }
        next = window.index + 1;
        let end = if window.partial {
            window.start_s + window.covered_s
        } else {
            window.start_s + arrivals.window_s
        };
        let mark = if window.partial { " (shorter)" } else { "" };
        table.add_row([
            format!("{} – {}{mark}", clock(window.start_s), clock(end)),
            count(window.requests),
            window.requests_per_min.map_or(MISSING.to_owned(), rate),
            count(window.input_tokens),
            count(window.output_tokens),
        ]);
    }
    let mut text = shown(&table);
    let mut note = |told: String| text.push_str(&wrapped(&format!("note: {told}")));
    if let Some(more @ 1..) = arrivals.windows.len().checked_sub(WINDOWS_SHOWN) {
        note(format!(
            "{} not shown; --json has all, a longer --window-size gives fewer",
            counted(more, "window", "windows")
        ));
    }
    if arrivals.timed < requests {
        let untimed = counted((requests - arrivals.timed) as usize, "request", "requests");
        note(format!("{untimed} without a timestamp in no window"));
    }
    if arrivals.in_batches() {
        note(format!(
            "{} requests arrive at {} times, in batches: windows under {BATCH_WINDOW_S} s show \
             the batches, not the rate",
            count(arrivals.timed),
            count(arrivals.distinct_times)
        ));
    }
    if arrivals.backward > 0 {
        let line = arrivals.first_backward_line.unwrap_or(0);
        note(format!(
            "{} earlier than the one above it, the first in line {line}; caches are replayed in \
             the order of the file",
            counted(arrivals.backward as usize, "request is", "requests are")
        ));
    }
    text
}

fn caches(blocks: &Blocks) -> String {
    let size = &blocks.size;
    let mut text = format!(
        "\nBlocks: {}, {} different, in {} with hash_ids\n",
        count(blocks.total),
        count(blocks.unique),
        counted(blocks.requests as usize, "request", "requests")
    );
    let fits = match (size.source, size.fits == size.checked) {
        (BlockSizeSource::Inferred, _) if size.checked > 0 => {
            format!("inferred: ceil(input / {}) is the number of blocks of all", size.tokens)
        }
        (BlockSizeSource::Inferred, _) => "assumed: no input_length to check it with".to_owned(),
        (BlockSizeSource::Given, true) => "given, fits all".to_owned(),
        (source, _) => {
            let line = size.first_misfit_line.unwrap_or(0);
            let source = source.name();
            format!(
                "{source}; does not fit {} of {}, the first in line {line}",
                counted((size.checked - size.fits) as usize, "request", "requests"),
                count(size.checked)
            )
        }
    };
    text.push_str(&wrapped(&format!("block size: {} tokens ({fits})", count(size.tokens.into()))));
    if blocks.beyond_run > 0 {
        let beyond = counted(blocks.beyond_run as usize, "block was", "blocks were");
        text.push_str(&wrapped(&format!(
            "note: {beyond} met before, behind one that was not: the hashes do not cover what is \
             before them, and such blocks count as not found"
        )));
    }
    let mut table = table(&[
        "LRU CACHE\n(blocks)",
        "\n(tokens)",
        "BLOCK-\nWEIGHTED",
        "TOKEN-\nWEIGHTED",
        "MEAN OF\nBLOCKS",
        "MEAN OF\nTOKENS",
        "FULLY\nCOVERED",
    ]);
    for cache in &blocks.caches {
        let tokens = cache.capacity.map(|n| f64::from(n) * f64::from(size.tokens));
        let rate = |rate: Option<f64>| {
            rate.map_or(MISSING.to_owned(), |rate| format!("{:.2} %", rate * 100.0))
        };
        table.add_row([
            cache.capacity.map_or("infinite".to_owned(), |n| count(n.into())),
            tokens.map_or(MISSING.to_owned(), |n| format!("{} M", measure(n / 1e6))),
            rate(cache.block_weighted),
            rate(cache.token_weighted),
            rate(cache.mean_block_rate),
            rate(cache.mean_token_rate),
            count(cache.fully_covered),
        ]);
    }
    text.push_str(&shown(&table));
    text.push_str("Found are the blocks at the start of a prompt that the cache holds.\n");
    let names =
        ["block-weighted", "token-weighted", "mean of blocks", "mean of tokens", "fully covered"];
    for (name, (_, definition)) in names.into_iter().zip(HIT_RATES) {
        let _ = writeln!(text, "  {name}: {definition}");
    }
    text
}

/// A table without lines; all but the first column are numbers.
fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(header);
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

/// The table after an empty line.
fn shown(table: &Table) -> String {
    let mut text = String::from("\n");
    for line in table.lines() {
        // The style begins each line with a space.
        text.push_str(line.strip_prefix(' ').unwrap_or(&line).trim_end());
        text.push('\n');
    }
    text
}

/// A sentence in lines of the width of a terminal.
fn wrapped(sentence: &str) -> String {
    let mut text = String::new();
    let mut column = 0;
    for word in sentence.split(' ') {
        let length = word.chars().count();
        if column > 0 && column + 1 + length > WIDTH {
            text.push_str("\n  ");
            column = 2;
        } else if column > 0 {
            text.push(' ');
            column += 1;
        }
        text.push_str(word);
        column += length;
    }
    text.push('\n');
    text
}

fn share(share: Option<Share>) -> String {
    let told = |share: Share| format!("{} ({})", count(share.requests), percent(share.share));
    share.map_or(MISSING.to_owned(), told)
}

fn percentile(summary: &Summary, milli: u32) -> f64 {
    let found = summary.percentiles.iter().find(|(at, _)| *at == milli);
    found.map_or(f64::NAN, |(_, value)| *value)
}

/// A number with the decimals that it has, at most one.
fn decimals(value: f64) -> String {
    if !value.is_finite() {
        return MISSING.to_owned();
    }
    let tenths = (value * 10.0).round();
    let (whole, tenth) = ((tenths / 10.0).trunc(), tenths.abs() % 10.0);
    let whole = count(whole as u64);
    if tenth == 0.0 { whole } else { format!("{whole}.{tenth:.0}") }
}

/// A rate, which never has more digits than it is worth.
fn rate(value: f64) -> String {
    if value < 100.0 { measure(value) } else { decimals(value) }
}

/// A length of time: `58 min 57 s`, `1 h 0 min`, `42.5 s`.
pub(super) fn span(seconds: f64) -> String {
    if seconds < 60.0 {
        return format!("{} s", measure(seconds));
    }
    let whole = seconds.round() as u64;
    let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60);
    if hours > 0 { format!("{hours} h {minutes} min") } else { format!("{minutes} min {rest} s") }
}

/// A moment of the trace: `0:05:00`, with milliseconds where it has any.
fn clock(seconds: f64) -> String {
    let millis = (seconds * 1e3).round() as u64;
    let (whole, rest) = (millis / 1000, millis % 1000);
    let text = format!("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
    if rest == 0 { text } else { format!("{text}.{rest:03}") }
}
