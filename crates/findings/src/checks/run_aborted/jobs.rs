//! Why a job ended, by its logs.

use inferguard_model::number::counted;
use inferguard_model::{Job, LogEvent, LogEventKind};
use inferguard_schema::Severity;
use serde_json::{Value, json};

use crate::{Context, Outcome};

/// The answer for a job, which is one for each of its cells.
pub(super) struct OfJob {
    /// Cells that it answers for.
    pub(super) cells: Vec<usize>,
    /// The answer.
    pub(super) outcome: Outcome,
}

/// Load levels that a message names.
const NAMED: usize = 12;

/// The answers of the jobs whose logs were read.
pub(super) fn outcomes(context: &Context<'_>) -> Vec<OfJob> {
    context.jobs.iter().filter_map(|job| outcome(job, context)).collect()
}

fn outcome(job: &Job, context: &Context<'_>) -> Option<OfJob> {
    // Logs that were copied without their job say nothing of its results.
    if job.metadata.is_none() && job.cells.is_empty() {
        return None;
    }
    if job.logs.is_empty() && job.workers.is_empty() && job.windows.is_empty() {
        return None;
    }
    let cells: Vec<usize> = job
        .cells
        .iter()
        .copied()
        .filter(|cell| context.cells[*cell].evidence.ending.is_none())
        .collect();
    let first = job.cells.first().copied();
    let of = |outcome| Some(OfJob { cells: cells.clone(), outcome });
    let missing = job.missing(context.cells);
    let is_whole = missing.as_ref().is_some_and(Vec::is_empty);
    let cause =
        if is_whole { all_failed(job, context) } else { cause(job, context, missing.is_some()) };
    let Some(cause) = cause else { return of(Outcome::clear(first?)) };
    let has_result = job.cells.iter().any(|cell| context.cells[*cell].has_result);
    let severity = if has_result { Severity::Warning } else { Severity::Critical };
    let lost = match &missing {
        Some(levels) if !levels.is_empty() => {
            let named: Vec<String> = levels.iter().take(NAMED).map(ToString::to_string).collect();
            let n = counted(levels.len(), "planned load level has", "planned load levels have");
            let dots = if levels.len() > NAMED { ", …" } else { "" };
            format!("; {n} no result: {}{dots}", named.join(", "))
        }
        _ if !has_result => "; it left no result".to_owned(),
        _ => String::new(),
    };
    of(Outcome::fired(
        first,
        severity,
        format!("job {} ended before it was meant to: {}{lost}", job.id, cause.told),
        [
            ("reason", json!(cause.reason)),
            ("job", json!(job.id)),
            ("path", json!(cause.path)),
            ("line", json!(cause.line)),
            ("text", json!(cause.text)),
            ("count", json!(cause.count)),
            ("missing", missing.map_or(Value::Null, |levels| json!(levels))),
        ],
    ))
}

/// Why a job ended, and where that stands.
struct Cause {
    reason: &'static str,
    told: String,
    path: String,
    line: Option<u64>,
    text: Option<String>,
    count: Option<u64>,
}

/// What ends a job, the plainest cause first: what dies after a cancellation died of it.
const ORDER: [LogEventKind; 4] = [
    LogEventKind::TimeLimit,
    LogEventKind::OutOfMemory,
    LogEventKind::Cancelled,
    LogEventKind::Crashed,
];

fn cause(job: &Job, context: &Context<'_>, has_plan: bool) -> Option<Cause> {
    let has_result = job.cells.iter().any(|cell| context.cells[*cell].has_result);
    let of_job: Vec<u32> = job.logs.iter().map(|(file, _)| *file).collect();
    let counts = |file: u32, event: &LogEvent| {
        // Workers are killed at every end, and say so.
        event.kind != LogEventKind::Crashed || has_plan || !has_result || of_job.contains(&file)
    };
    let find = |kind: LogEventKind| {
        job.events().find(|(file, event)| event.kind == kind && counts(*file, event))
    };
    let event = |kind| find(kind).map(|(file, event)| of_event(file, event, context));
    event(LogEventKind::TimeLimit)
        .or_else(|| all_failed(job, context))
        .or_else(|| ORDER.into_iter().find_map(event))
        .or_else(|| window(job, context))
        .or_else(|| unfinished(job, context))
}

fn of_event(file: u32, event: &LogEvent, context: &Context<'_>) -> Cause {
    let what = match event.kind {
        LogEventKind::TimeLimit => "it ran into its time limit",
        LogEventKind::OutOfMemory => "out of memory",
        LogEventKind::Cancelled => "it was cancelled",
        LogEventKind::KvTransferFailed => "KV transfers failed and no request succeeded",
        _ => "a process died",
    };
    let path = path(file, context);
    let told = format!("{what} ({path} line {})", event.line);
    Cause {
        reason: event.kind.name(),
        told,
        path,
        line: Some(event.line),
        text: Some(event.text.to_string()),
        count: Some(event.count),
    }
}

/// KV transfers failed, and at some level every request.
fn all_failed(job: &Job, context: &Context<'_>) -> Option<Cause> {
    let failed = |cell: &usize| context.cells[*cell].evidence.completion.successful == Some(0);
    if !job.cells.iter().any(failed) {
        return None;
    }
    let transfer = |(_, event): &(u32, &LogEvent)| event.kind == LogEventKind::KvTransferFailed;
    job.events().find(transfer).map(|(file, event)| of_event(file, event, context))
}

/// The power measurement notes how each level ended.
fn window(job: &Job, context: &Context<'_>) -> Option<Cause> {
    let (file, window) = job.windows.iter().find(|(_, window)| window.completed == Some(false))?;
    let path = path(*file, context);
    let level =
        window.concurrency.map_or(String::new(), |level| format!(" of concurrency {level}"));
    let why = window.reason.as_ref().map_or(String::new(), |why| format!(": {why}"));
    Some(Cause {
        reason: "level_not_completed",
        told: format!("the measurement{level} was not completed{why} ({path})"),
        path,
        line: None,
        text: window.reason.clone(),
        count: None,
    })
}

/// A level that began, did not end, and has no result.
fn unfinished(job: &Job, context: &Context<'_>) -> Option<Cause> {
    let measured = |level: u32| {
        job.cells.iter().any(|cell| {
            let cell = &context.cells[*cell];
            cell.has_result && cell.evidence.identity.load.concurrency == Some(level)
        })
    };
    let (file, level) = job.logs.iter().find_map(|(file, log)| {
        let open = |level: &&u32| !log.completed.contains(level) && !measured(**level);
        Some((*file, *log.started.iter().find(open)?))
    })?;
    let path = path(file, context);
    Some(Cause {
        reason: "level_not_completed",
        told: format!("concurrency {level} began and did not come to its end ({path})"),
        path,
        line: None,
        text: None,
        count: None,
    })
}

fn path(file: u32, context: &Context<'_>) -> String {
    context.files.get(file as usize).map_or_else(String::new, |file| file.path.clone())
}
