//! `inferguard trace`.

mod tables;

use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::Context;
use inferguard::render::escape::visible;
use inferguard::render::number::{count, counted};
use inferguard::schema::ExitCode;
use inferguard::trace::{Cut, TraceError, cut, cut_to_json, document, summarize, trace_to_json};
use serde_json::{Value, json};

use crate::args::TraceArgs;
use crate::output::OutputFile;
use crate::terminal::complain;

pub(crate) fn run(args: &TraceArgs, quiet: bool) -> anyhow::Result<ExitCode> {
    match &args.output {
        Some(output) => write_cut(args, output, quiet),
        None => tell(args),
    }
}

/// Statistics of each file; one that cannot be read costs no other.
fn tell(args: &TraceArgs) -> anyhow::Result<ExitCode> {
    let options = args.options();
    let mut code = ExitCode::Clean;
    let mut answers = Vec::new();
    for (at, path) in args.files.iter().enumerate() {
        let name = path.display().to_string();
        match summarize(path, &options).map_err(anyhow::Error::from) {
            Ok(trace) if args.json => answers.push(trace_to_json(&name, &trace)),
            Ok(trace) => {
                let gap = if at > 0 { "\n" } else { "" };
                crate::print(format!("{gap}{}", tables::trace(&name, &trace)).as_bytes())?;
            }
            Err(error) => {
                code = ExitCode::NoReport;
                let told = crate::chain(&error);
                answers.push(json!({"file": name, "error": told}));
                complain(&format!("inferguard: {}", visible(&told)));
            }
        }
    }
    if args.json {
        print_json(&document(&answers))?;
    }
    Ok(code)
}

fn write_cut(args: &TraceArgs, output: &Path, quiet: bool) -> anyhow::Result<ExitCode> {
    let [path] = &args.files[..] else {
        anyhow::bail!("-o writes one trace; give one FILE, not {}", args.files.len());
    };
    let written = output.display().to_string();
    anyhow::ensure!(
        !is_same_file(path, output),
        "{written} is the trace itself, which is never written; choose another name with -o"
    );
    let compressed = output.extension().is_some_and(|end| end.eq_ignore_ascii_case("gz"));
    anyhow::ensure!(!compressed, "-o writes plain JSON lines; choose a name without .gz");
    let mut file = OutputFile::create(output, "-o")?;
    let mut out = BufWriter::with_capacity(1 << 20, file.file());
    let result = cut(path, &args.cut(), &mut out)?;
    let flushed = out.flush().map_err(|source| TraceError::Write { path: path.clone(), source });
    drop(out);
    flushed?;
    file.finish().with_context(|| format!("cannot write {written}"))?;
    let name = path.display().to_string();
    if args.json {
        print_json(&cut_to_json(&name, &written, &result))?;
    } else if !quiet {
        crate::print(cut_summary(&name, &written, args.cut().speed, &result).as_bytes())?;
    }
    Ok(ExitCode::Clean)
}

/// Whether two paths are one file, also by way of links in them.
fn is_same_file(input: &Path, output: &Path) -> bool {
    match (std::fs::canonicalize(input), std::fs::canonicalize(output)) {
        (Ok(input), Ok(output)) => input == output,
        _ => false,
    }
}

fn cut_summary(name: &str, written: &str, speed: f64, cut: &Cut) -> String {
    let span = |ns: i64| tables::span(ns as f64 / 1e9);
    let mut lines = vec![
        format!("wrote {}", visible(written)),
        format!(
            "  {} of the {} in {}",
            counted(cut.kept as usize, "request", "requests"),
            count(cut.file.requests),
            visible(name)
        ),
        format!(
            "  the first of them, {} after the start of the trace, is now at 0",
            span(cut.shifted_ns)
        ),
        format!("  {} became {} (speed {speed})", span(cut.lasted_ns), span(cut.lasts_ns)),
    ];
    let mut note = |n: u64, told: &str| {
        if n > 0 {
            let requests = counted(n as usize, "request", "requests");
            lines.push(format!("  note: {requests} {told}"));
        }
    };
    note(cut.fractional, "with a timestamp that is no whole millisecond");
    if speed != 1.0 {
        note(cut.with_delay, "with a delay after the turn before, which is kept as it is");
    }
    note(cut.untimed_kept, "without a timestamp, kept with their session");
    note(cut.untimed_left_out, "without a timestamp left out");
    let mut text = lines.join("\n");
    text.push('\n');
    text.push_str(&tables::problems(&cut.file));
    text
}

fn print_json(value: &Value) -> anyhow::Result<()> {
    let mut text = serde_json::to_string_pretty(value)?;
    text.push('\n');
    crate::print(text.as_bytes())
}
