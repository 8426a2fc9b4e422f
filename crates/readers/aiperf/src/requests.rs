//! `profile_export.jsonl` as a result of its own: what the records say of the run.

use std::fs::File;

use inferguard_model::{
    Completion, Evidence, FailureClass, Fragment, Metric, Origin, Problem, ProblemCode, Quantity,
    Rank, RequestTable, Role, Scalar, SourceFormat,
};
use inferguard_source::{BATCH_REQUESTS, Content, Entry, Refusal, TakeRequests, shorten};

use crate::AiperfReader;
use crate::folder::Source;
use crate::records::{self, Options, Records};

/// Fewest attempts for which a sent rate is told: a tenth of a rate is three deviations of so many
/// random arrivals, so that chance does not look like a load that was not reached.
const ATTEMPTS: usize = 900;

/// Reasons of failures that are kept.
const REASONS: usize = 20;

/// Reads the records of a file, plain or compressed.
pub(crate) fn read(
    entry: &Entry,
    content: &mut Content,
    source: Source<'_>,
    reader: AiperfReader,
) -> Result<Fragment, Refusal> {
    let AiperfReader { groups, threads, records_unread } = reader;
    if records_unread {
        let (format, role) = (SourceFormat::Aiperf, Role::AIPERF_RECORDS);
        return Ok(source.result(Rank::Records, format, role, Evidence::default()));
    }
    let options = Options { threads, groups, ..Options::default() };
    let records = if is_packed(entry) {
        records::read_stream(content.stream()?, options)
    } else {
        let file = File::open(&entry.path).map_err(|error| Refusal::io(&error))?;
        records::read(&file, options).map_err(|error| Refusal::io(&error))?
    };
    fragment(records, source)
}

/// Hands the requests of a file on, plain or compressed, batch by batch.
pub(crate) fn read_batches(
    content: &mut Content,
    reader: AiperfReader,
    take: TakeRequests<'_>,
) -> Result<(), Refusal> {
    let options = Options { groups: reader.groups, ..Options::default() };
    let stream = content.stream()?;
    let records = records::read_batches(stream, options, BATCH_REQUESTS, |batch| take("", batch));
    match records.stopped {
        // The rest of the file is lost to whoever wanted all of it.
        Some(why) => Err(Refusal::new(format!("read only in part: {why}"))),
        None => Ok(()),
    }
}

fn is_packed(entry: &Entry) -> bool {
    entry.path.extension().is_some_and(|ext| ext.eq_ignore_ascii_case("gz"))
}

fn fragment(records: Records, source: Source<'_>) -> Result<Fragment, Refusal> {
    let (refused, attempts) = (records.refused(), records.attempts());
    let seen = attempts + records.warmup + records.warmup_failed + records.other_phases;
    if refused > 0 && seen == 0 {
        return Err(Refusal::new(format!("none of the {} lines can be read", records.lines)));
    }
    let mut evidence = Evidence::default();
    // A line that cannot be read was an attempt or none: nobody knows how many there were.
    let whole = refused == 0 && records.stopped.is_none() && records.resized.is_none();
    let cancelled = records.failed_as(FailureClass::Cancelled);
    evidence.completion = Completion {
        total: whole.then(|| attempts - cancelled),
        successful: Some(records.table.len() as u64),
        // Up to 0.11 warm-up is not among the records, which then say nothing of it.
        warmup: Some(records.warmup + records.warmup_failed).filter(|n| *n > 0),
    };
    evidence.window_ns = records.table.window_ns;
    if let Some(rate) = sent_rate(&records.table) {
        let formula = "(attempts - 1) / (last start - first start)";
        let metric = Metric::plain(Quantity::SentRate);
        evidence.metrics.set(metric, rate, Origin::derived(formula));
    }
    reasons(&records, &mut evidence);
    for problem in problems(&records) {
        evidence.problem(problem);
    }
    let mut fragment =
        source.result(Rank::Records, SourceFormat::Aiperf, Role::AIPERF_RECORDS, evidence);
    fragment.table = Some(Box::new(records.table));
    Ok(fragment)
}

/// Requests sent per second, failed ones included.
fn sent_rate(table: &RequestTable) -> Option<f64> {
    let starts = || {
        let failed = table.failures.iter().map(|failure| failure.start_ns);
        table.start_ns.iter().copied().chain(failed)
    };
    let (first, last) = (starts().min()?, starts().max()?);
    let gaps = starts().count() - 1;
    (last > first && gaps >= ATTEMPTS).then(|| gaps as f64 / ((last - first) as f64 / 1e9))
}

fn reasons(records: &Records, evidence: &mut Evidence) {
    let overflows = records.failed_as(FailureClass::ContextOverflow);
    if overflows > 0 {
        let count = Scalar::Int(i64::try_from(overflows).unwrap_or(i64::MAX));
        evidence.extra.push(("context_overflow_count".into(), count));
    }
    for (n, reason) in records.table.failure_reasons.iter().take(REASONS).enumerate() {
        let code = reason.code.map_or(String::new(), |code| format!("{code} "));
        let told = format!("{} × {code}{}: {}", reason.count, reason.kind, reason.message);
        let key = format!("error_summary/{n}");
        evidence.extra.push((key.into(), Scalar::Text(shorten(&told).into())));
    }
}

fn problems(records: &Records) -> Vec<Problem> {
    let mut problems = Vec::new();
    for found in &records.faults {
        let code =
            if found.fault.is_refusal() { ProblemCode::Malformed } else { ProblemCode::NotANumber };
        let lines = if found.count == 1 { "line" } else { "lines" };
        let first = found.first.first();
        let at = first.map_or(String::new(), |place| format!("line {}", place.line));
        let told = format!("{} {lines} {}", found.count, found.fault.told());
        problems.push(Problem::warning(code, at, told));
    }
    if let Some(why) = &records.stopped {
        let told = format!("only the first {} lines were read: {why}", records.lines);
        problems.push(Problem::error(ProblemCode::Truncated, "", told));
    }
    if let Some((before, after)) = records.resized {
        let told = format!("the file changed while it was read, from {before} to {after} bytes");
        problems.push(Problem::warning(ProblemCode::Truncated, "", told));
    }
    if records.other_phases > 0 {
        let told = format!(
            "{} records of phases that are neither warm-up nor measured; left out",
            records.other_phases
        );
        problems.push(Problem::note(ProblemCode::LeftOut, "", told));
    }
    problems
}
