//! Logs of a job as a whole: `sweep_{jobid}.log`, `log.out`, `log.err`, `benchmark.out`,
//! `benchmark.err`, `infra.out`. What is looked for is why a job ended, what it was started with,
//! and which load levels began and ended.

use inferguard_model::{JobLog, LogEvent, LogEventKind};
use inferguard_source::{Content, Lines, Refusal, shorten};

use crate::benchmark_out::Blocks;
use crate::plan::parse_levels;

/// Lines at the top in which the image of the job stands.
const IMAGE_LINES: u64 = 100;

/// Longest part of a line that is looked at; progress bars make lines of megabytes.
const LINE_BYTES: usize = 16 * 1024;

/// Load levels that are remembered of one log.
const MOST_LEVELS: usize = 10_000;

/// Whether a file of this name is one.
pub(crate) fn is_named(name: &str) -> bool {
    matches!(name, "log.out" | "log.err" | "benchmark.out" | "benchmark.err" | "infra.out")
        || name.strip_prefix("sweep_").and_then(|rest| rest.strip_suffix(".log")).is_some()
}

/// Reads a log as a stream.
pub(crate) fn read(content: &mut Content, name: &str) -> Result<(JobLog, Blocks), Refusal> {
    let mut log = JobLog::default();
    let mut blocks = Blocks::default();
    // The orchestrator's own failures; the client's log quotes those of others.
    let orchestrates = name.starts_with("sweep_") || name.starts_with("log.");
    let mut lines = Lines::new(content.stream()?);
    while let Some(line) = lines.next_line().map_err(|error| Refusal::io(&error))? {
        let Some(bytes) = line.text else { continue };
        let text = String::from_utf8_lossy(&bytes[..bytes.len().min(LINE_BYTES)]);
        if let Some(kind) = event(&text, orchestrates) {
            note(&mut log.events, kind, line.number, &text);
        }
        if line.number <= IMAGE_LINES && log.container.is_none() {
            log.container = container(&text);
        }
        marks(&mut log, &text);
        blocks.line(&text, line.number);
    }
    Ok((log, blocks))
}

/// What a line says of the end of a job.
///
/// Steps of a job are cancelled whenever it ends, since its servers never end by themselves: only
/// what is said of the whole job counts.
fn event(line: &str, orchestrates: bool) -> Option<LogEventKind> {
    let has = |word: &str| line.contains(word);
    if has("DUE TO TIME LIMIT") && !has("STEP") {
        return Some(LogEventKind::TimeLimit);
    }
    if has("CANCELLED AT") && has("*** JOB ") {
        return Some(LogEventKind::Cancelled);
    }
    if has("oom-kill") || has("oom_kill") || has("OutOfMemoryError") || has("out of memory") {
        return Some(LogEventKind::OutOfMemory);
    }
    if has("KVTransferError") || has("Prefill transfer failed") {
        return Some(LogEventKind::KvTransferFailed);
    }
    let died = ["Segmentation fault", "core dumped", "Bus error"].iter().any(|sign| has(sign));
    let failed = orchestrates && (has("[ERROR]") || has("[CRITICAL]")) && is_fatal(line);
    let trace = has("Traceback (most recent call last)");
    (died || failed || trace).then_some(LogEventKind::Crashed)
}

/// Errors of the orchestrator after which it ends the job. What fails while it cleans up does not
/// change what was measured.
fn is_fatal(line: &str) -> bool {
    let lower = line.to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    let fatal =
        ["exited", "failed", "died", "crash", "did not become", "timed out", "unhealthy", "fatal"];
    says(&fatal) && !says(&["teardown", "cleanup", "postprocess", "clock_sync", "upload"])
}

fn note(events: &mut Vec<LogEvent>, kind: LogEventKind, line: u64, text: &str) {
    if let Some(held) = events.iter_mut().find(|held| held.kind == kind) {
        held.count += 1;
        held.last_line = line;
        return;
    }
    let text = shorten(text).into();
    events.push(LogEvent { kind, count: 1, line, last_line: line, at_ns: None, text });
}

/// `CONTAINER_IMAGE=…` and `--container-image=…` of the scripts before there were metadata.
fn container(line: &str) -> Option<String> {
    ["CONTAINER_IMAGE=", "--container-image=", "--container-image "].into_iter().find_map(|mark| {
        let at = line.find(mark)? + mark.len();
        let value = line[at..].trim_start_matches(['"', '\'']);
        let end = value.find(|c: char| c.is_whitespace() || c == '"' || c == '\'');
        let value = &value[..end.unwrap_or(value.len())];
        (!value.is_empty() && !value.starts_with('$')).then(|| shorten(value))
    })
}

/// What the benchmark's script prints around each level.
fn marks(log: &mut JobLog, line: &str) {
    if let Some(rest) = line.split_once("SA-Bench Config:").map(|(_, rest)| rest) {
        let stated = setting(rest, "concurrencies").map(|text| text.split(['x', ',']));
        if let Some(words) = stated {
            log.planned = Some(parse_levels(words).0).filter(|levels| !levels.is_empty());
        }
    }
    for (mark, levels) in [
        ("Running benchmark with concurrency:", &mut log.started),
        ("Completed benchmark with concurrency:", &mut log.completed),
    ] {
        if let Some(level) = level_after(line, mark)
            && levels.len() < MOST_LEVELS
        {
            levels.push(level);
        }
    }
}

/// The value of `name=value;` in a line of settings.
pub(crate) fn setting<'l>(line: &'l str, name: &str) -> Option<&'l str> {
    line.split(';').find_map(|part| {
        let (key, value) = part.trim().split_once('=')?;
        (key.trim() == name).then(|| value.trim())
    })
}

/// The number behind a mark.
pub(crate) fn level_after(line: &str, mark: &str) -> Option<u32> {
    let rest = line.split_once(mark)?.1.trim_start();
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    rest[..end].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_tell_why_a_job_ended() {
        use LogEventKind::{Cancelled, Crashed, KvTransferFailed, OutOfMemory, TimeLimit};
        for (line, kind) in [
            (
                "slurmstepd: error: *** JOB 7 ON n1 CANCELLED AT 2026-03-02T11:00:00 DUE TO TIME LIMIT ***",
                Some(TimeLimit),
            ),
            (
                "slurmstepd: error: *** JOB 7 ON n1 CANCELLED AT 2026-03-02T11:00:00 ***",
                Some(Cancelled),
            ),
            ("slurmstepd: error: *** STEP 7.4 ON n1 CANCELLED AT 2026-03-02T11:00:00 ***", None),
            ("error: Detected 1 oom_kill event in StepId=7.0", Some(OutOfMemory)),
            ("torch.OutOfMemoryError: CUDA out of memory.", Some(OutOfMemory)),
            ("2026-03-02 10:00:00 [ERROR] Worker prefill_0 exited with code 1", Some(Crashed)),
            ("2026-03-02 10:00:00 [ERROR] host_setup teardown failed on n1", None),
            ("2026-03-02 10:00:00 [INFO] nothing failed", None),
            ("KVTransferError(bootstrap_room=1)", Some(KvTransferFailed)),
            ("Traceback (most recent call last):", Some(Crashed)),
            ("Running benchmark with concurrency: 64", None),
        ] {
            assert_eq!(event(line, true), kind, "{line}");
        }
        assert_eq!(event("[ERROR] request failed", false), None);
    }

    #[test]
    fn marks_tell_what_began_and_ended() {
        let mut log = JobLog::default();
        for line in [
            "SA-Bench Config: endpoint=http://n1:8000; isl=1024; osl=1024; concurrencies=4x8; req_rate=inf; model=m",
            "Running benchmark with concurrency: 4",
            "Completed benchmark with concurrency: 4",
            "Running benchmark with concurrency: 8, num_prompts: 80",
        ] {
            marks(&mut log, line);
        }
        assert_eq!(log.planned, Some(vec![4, 8]));
        assert_eq!((log.started, log.completed), (vec![4, 8], vec![4]));
    }

    #[test]
    fn images_of_scripts() {
        let image = |line: &str| container(line);
        assert_eq!(image("+ CONTAINER_IMAGE=/images/a.sqsh").as_deref(), Some("/images/a.sqsh"));
        assert_eq!(
            image("srun --container-image=lmsys/sglang:v1 x").as_deref(),
            Some("lmsys/sglang:v1")
        );
        assert_eq!(image("CONTAINER_IMAGE=${IMAGE}"), None);
    }
}
