//! Judges what a line says and keeps it in columns.

use inferguard_model::{
    FailedRequest, FailureClass, FailureReason, RequestBatch, RequestGroups, RequestTable,
};
use inferguard_source::shorten;
use rustc_hash::FxHashMap;

use super::failure;
use super::fault::{Fault, Faults, Place};
use super::intern::{Interner, fingerprint};
use super::line::{Phase, Record};
use super::{LONGEST_NS, Options, Records};

/// Reasons that are told apart; a file has a handful.
const REASONS: usize = 100;

/// Error texts that are known again without looking at them; many hold a number of their request.
const TEXTS: usize = 10_000;

/// Workers that are told apart.
const WORKERS: usize = 10_000;

/// 2001-09-09. No benchmark ran before it, and a smaller number is no time in nanoseconds.
const EARLIEST_NS: i64 = 1_000_000_000_000_000_000;

/// Stands in the column of ITL where the producer's is TPOT, until all rows are there.
const IS_TPOT: f64 = f64::NAN;

/// The columns of one range of a file.
pub(super) struct Columns {
    options: Options,
    table: RequestTable,
    /// For each failure how many successes stand before it.
    failed_after: Vec<u32>,
    reasons: Interner<FailureReason, REASONS>,
    /// Numbers of reasons by the fingerprint of their texts as they are written.
    reasons_written: FxHashMap<u64, u32>,
    workers: Interner<Box<str>, WORKERS>,
    warmup: u64,
    warmup_failed: u64,
    other_phases: u64,
    ends_ns: Option<(i64, i64)>,
    faults: Faults,
}

impl Columns {
    pub(super) fn new(options: Options) -> Self {
        Self {
            options,
            table: empty(),
            failed_after: Vec::new(),
            reasons: Interner::default(),
            reasons_written: FxHashMap::default(),
            workers: Interner::default(),
            warmup: 0,
            warmup_failed: 0,
            other_phases: 0,
            ends_ns: None,
            faults: Faults::default(),
        }
    }

    pub(super) fn fault(&mut self, fault: Fault, place: Place) {
        self.faults.add(fault, place);
    }

    /// Takes a record; `gaps` are in milliseconds.
    pub(super) fn take(&mut self, record: &Record<'_>, gaps: &[f64], place: Place) {
        if record.repaired {
            self.fault(Fault::Repaired, place);
        }
        let failed = record.failed();
        match record.phase {
            Phase::Profiling => {}
            Phase::Warmup if failed => return self.warmup_failed += 1,
            Phase::Warmup => return self.warmup += 1,
            Phase::Other => return self.other_phases += 1,
        }
        let Some(start_ns) = record.start_ns.filter(|start| *start >= EARLIEST_NS) else {
            return self.fault(Fault::Start, place);
        };
        let lasts = |end: i64| (0..LONGEST_NS).contains(&end.saturating_sub(start_ns));
        if let Some(end) = record.end_ns.filter(|end| lasts(*end)) {
            let (first, last) = self.ends_ns.unwrap_or((end, end));
            self.ends_ns = Some((first.min(end), last.max(end)));
        }
        if failed {
            self.fail(record, start_ns, place);
        } else {
            self.succeed(record, start_ns, gaps, place);
        }
    }

    fn fail(&mut self, record: &Record<'_>, start_ns: i64, place: Place) {
        let isl = self.tokens(record.error_isl.or(record.isl), Fault::Isl, place);
        let failure = FailedRequest {
            start_ns,
            conversation: conversation(record),
            isl: isl.unwrap_or(RequestTable::NO_TOKENS),
            reason: self.reason(record),
            turn: turn(record),
            worker: self.worker(record),
        };
        self.failed_after.push(self.table.len() as u32);
        self.table.failures.push(failure);
    }

    /// The number of the reason why a request failed.
    fn reason(&mut self, record: &Record<'_>) -> u32 {
        // Masking and shortening a text takes longer than reading ten lines.
        let written = fingerprint(&(record.cancelled, record.overflow, &record.error));
        if let Some(number) = self.reasons_written.get(&written) {
            return *number;
        }
        let reason = failure::reason(record);
        let print = fingerprint(&(reason.class, reason.code, &reason.kind, &reason.message));
        let number = self.reasons.number(print, || reason);
        if self.reasons_written.len() < TEXTS {
            self.reasons_written.insert(written, number);
        }
        number
    }

    fn succeed(&mut self, record: &Record<'_>, start_ns: i64, gaps: &[f64], place: Place) {
        let ttft = self.latency(record.ttft, Fault::Ttft, place);
        let e2el = self.latency(record.e2el, Fault::E2el, place);
        let isl = self.tokens(record.isl, Fault::Isl, place);
        let osl = self.tokens(record.osl, Fault::Osl, place);
        let wait = self.wait(record, start_ns, place);
        let itl = self.itl(record, (ttft, e2el, osl), place);
        let rows = self.table.len();
        let table = &mut self.table;
        table.start_ns.push(start_ns);
        table.ttft.push(ttft.seconds());
        table.e2el.push(e2el.seconds());
        push(&mut table.isl, isl, rows, RequestTable::NO_TOKENS);
        push(&mut table.osl, osl, rows, RequestTable::NO_TOKENS);
        push(&mut table.wait, wait, rows, RequestTable::NOT_MEASURED);
        push(&mut table.itl, itl, rows, IS_TPOT);
        if self.options.groups {
            let worker = self.worker(record);
            let groups = &mut self.table.groups;
            groups.turn.push(turn(record));
            groups.worker.push(worker);
            groups.conversation.push(conversation(record));
        }
        let mut damaged = 0;
        for gap in gaps {
            match Latency::of(Some(*gap)) {
                Ok(gap) => self.table.gaps.push(gap.seconds()),
                Err(Unusable) => damaged += 1,
            }
        }
        if damaged > 0 {
            self.fault(Fault::Gap, place);
        }
    }

    fn latency(&mut self, milliseconds: Option<f64>, fault: Fault, place: Place) -> Latency {
        let latency = Latency::of(milliseconds).unwrap_or_else(|Unusable| {
            self.fault(fault, place);
            Latency::Absent
        });
        // Which of them it is decides how TPOT is derived, for the whole table.
        self.table.whole_ns &= !matches!(latency, Latency::Seconds(_));
        latency
    }

    fn tokens(&mut self, count: Option<i64>, fault: Fault, place: Place) -> Option<u32> {
        let tokens = u32::try_from(count?).ok().filter(|n| *n != RequestTable::NO_TOKENS);
        if tokens.is_none() {
            self.fault(fault, place);
        }
        tokens
    }

    fn wait(&mut self, record: &Record<'_>, start_ns: i64, place: Place) -> Option<f64> {
        let wait = start_ns.saturating_sub(record.issued_ns?);
        if !(0..LONGEST_NS).contains(&wait) {
            self.fault(Fault::Wait, place);
            return None;
        }
        Some(wait as f64 / 1e9)
    }

    /// The producer's ITL where it is not what TPOT is.
    ///
    /// It is with every version but 0.13 under `--per-chunk-usage`, which divides by the tokens
    /// after the first chunk; so most files need no column for it.
    fn itl(
        &mut self,
        record: &Record<'_>,
        (ttft, e2el, osl): (Latency, Latency, Option<u32>),
        place: Place,
    ) -> Option<f64> {
        let stated = record.itl?;
        let derived = match (ttft, e2el, osl) {
            // AIPerf's own arithmetic, which gives its value to the last bit.
            (Latency::Nanoseconds(ttft), Latency::Nanoseconds(e2el), Some(osl)) if osl > 1 => {
                Some((e2el - ttft) / f64::from(osl - 1) * 1e-6)
            }
            (Latency::Absent, ..) | (_, Latency::Absent, _) => None,
            (ttft, e2el, Some(osl)) if osl > 1 => {
                Some((e2el.seconds() - ttft.seconds()) * 1e3 / f64::from(osl - 1))
            }
            _ => None,
        };
        if derived.is_some_and(|derived| is_same(derived, stated)) {
            return None;
        }
        let itl = Latency::of(Some(stated));
        if itl.is_err() {
            self.fault(Fault::Itl, place);
        }
        itl.ok().map(Latency::seconds)
    }

    fn worker(&mut self, record: &Record<'_>) -> u32 {
        let Some(name) = record.worker.as_deref() else { return RequestTable::NO_GROUP };
        self.workers.number(fingerprint(&name), || shorten(name).into())
    }

    /// Adds the columns of the next range, before which the file has so many lines.
    pub(super) fn append(&mut self, later: Self, lines_before: u64) {
        let reasons = self.reasons.append(later.reasons);
        let workers = self.workers.append(later.workers);
        let moved = |numbers: &[u32], number: u32| {
            numbers.get(number as usize).copied().unwrap_or(RequestTable::NO_GROUP)
        };
        let (table, more) = (&mut self.table, later.table);
        let rows = (table.len(), more.len());
        self.failed_after.extend(later.failed_after.iter().map(|after| rows.0 as u32 + after));
        // One column after the other, so that each is freed before the next is copied.
        table.start_ns.extend(more.start_ns);
        table.ttft.extend(more.ttft);
        table.e2el.extend(more.e2el);
        join(&mut table.isl, more.isl, rows, RequestTable::NO_TOKENS);
        join(&mut table.osl, more.osl, rows, RequestTable::NO_TOKENS);
        join(&mut table.wait, more.wait, rows, RequestTable::NOT_MEASURED);
        join(&mut table.itl, more.itl, rows, IS_TPOT);
        table.gaps.extend(more.gaps);
        let groups = &mut table.groups;
        groups.turn.extend(more.groups.turn);
        groups.conversation.extend(more.groups.conversation);
        groups.worker.extend(more.groups.worker.into_iter().map(|worker| moved(&workers, worker)));
        table.failures.extend(more.failures.into_iter().map(|failure| FailedRequest {
            reason: moved(&reasons, failure.reason),
            worker: moved(&workers, failure.worker),
            ..failure
        }));
        table.whole_ns &= more.whole_ns;
        self.warmup += later.warmup;
        self.warmup_failed += later.warmup_failed;
        self.other_phases += later.other_phases;
        self.ends_ns = match (self.ends_ns, later.ends_ns) {
            (Some((a, b)), Some((c, d))) => Some((a.min(c), b.max(d))),
            (ends, None) | (None, ends) => ends,
        };
        self.faults.append(later.faults, lines_before);
    }

    /// Attempts that are held.
    pub(super) fn held(&self) -> usize {
        self.table.len() + self.table.failures.len()
    }

    /// What came of all ranges.
    pub(super) fn finish(mut self, mut records: Records) -> Records {
        let (batch, far_off) = self.settle(None);
        records.far_off_ns = far_off.into_iter().take(Faults::PLACES).collect();
        self.counts(Records { table: batch.table, ..records })
    }

    /// The requests since the last batch; counts and faults go on. `middle` is the middle start of
    /// the first batch, which later ones are told from.
    pub(super) fn batch(&mut self, middle: &mut Option<i64>) -> RequestBatch {
        let (batch, _) = self.settle(*middle);
        if middle.is_none() && batch.table.len() + batch.table.failures.len() > 0 {
            *middle = Some(middle_start(&batch.table));
        }
        batch
    }

    /// What was counted beside the requests.
    pub(super) fn counts(self, records: Records) -> Records {
        Records {
            warmup: self.warmup,
            warmup_failed: self.warmup_failed,
            other_phases: self.other_phases,
            ends_ns: self.ends_ns,
            faults: self.faults.finish(),
            ..records
        }
    }

    /// Takes the requests out, with what all of them together say of each, and the starts of those
    /// that were far off.
    fn settle(&mut self, middle: Option<i64>) -> (RequestBatch, Vec<i64>) {
        let far_off = self.set_far_off_apart(middle);
        self.faults.add_many(Fault::FarOff, far_off.len() as u64);
        let mut table = std::mem::replace(&mut self.table, empty());
        table.itl_is_tpot = table.itl.is_empty();
        for row in 0..table.itl.len() {
            if table.itl[row].is_nan() {
                table.itl[row] = table.tpot(row).unwrap_or(RequestTable::NOT_MEASURED);
            }
        }
        table.window_ns = window(&table);
        table.failed = table.failures.len() as u64;
        self.reasons_written.clear();
        let reasons = std::mem::take(&mut self.reasons).into_kept();
        table.failure_reasons = counted(reasons, &mut table.failures);
        table.groups.workers = std::mem::take(&mut self.workers).into_kept();
        let known = table.groups.workers.len() as u32;
        let workers = table.groups.worker.iter_mut();
        let failed = table.failures.iter_mut().map(|failure| &mut failure.worker);
        for worker in workers.chain(failed).filter(|worker| **worker >= known) {
            *worker = RequestTable::NO_GROUP;
        }
        let failed_after = std::mem::take(&mut self.failed_after);
        (RequestBatch { table, failed_after }, far_off)
    }

    /// Takes the attempts out that start too far from the middle of all to be of one run, and
    /// returns their starts. One damaged digit would else make the run last for years.
    fn set_far_off_apart(&mut self, middle: Option<i64>) -> Vec<i64> {
        let table = &mut self.table;
        let (first, last) =
            starts(table).fold((i64::MAX, i64::MIN), |(a, b), ns| (a.min(ns), b.max(ns)));
        if first > last || (middle.is_none() && last.saturating_sub(first) < LONGEST_NS) {
            return Vec::new();
        }
        let middle = middle.unwrap_or_else(|| middle_start(table));
        let near = |start: i64| start.abs_diff(middle) < LONGEST_NS.unsigned_abs();
        if near(first) && near(last) {
            return Vec::new();
        }
        let far: Vec<i64> = table
            .start_ns
            .iter()
            .copied()
            .chain(table.failures.iter().map(|failure| failure.start_ns))
            .filter(|start| !near(*start))
            .collect();
        let keep: Vec<bool> = table.start_ns.iter().map(|start| near(*start)).collect();
        retain(&mut table.start_ns, &keep);
        retain(&mut table.ttft, &keep);
        retain(&mut table.e2el, &keep);
        retain(&mut table.isl, &keep);
        retain(&mut table.osl, &keep);
        retain(&mut table.wait, &keep);
        retain(&mut table.itl, &keep);
        let RequestGroups { turn, worker, conversation, .. } = &mut table.groups;
        retain(turn, &keep);
        retain(worker, &keep);
        retain(conversation, &keep);
        let mut kept_before = vec![0; keep.len() + 1];
        for (at, kept) in keep.iter().enumerate() {
            kept_before[at + 1] = kept_before[at] + u32::from(*kept);
        }
        let after = self.failed_after.iter().zip(&table.failures);
        let after = after.filter(|(_, failure)| near(failure.start_ns));
        self.failed_after = after.map(|(after, _)| kept_before[*after as usize]).collect();
        table.failures.retain(|failure| near(failure.start_ns));
        // Whose end was first and last is not known any more.
        self.ends_ns = None;
        far
    }
}

/// A table to begin with: nothing speaks against whole nanoseconds yet.
fn empty() -> RequestTable {
    RequestTable { whole_ns: true, ..RequestTable::default() }
}

/// Starts of all attempts.
fn starts(table: &RequestTable) -> impl Iterator<Item = i64> + '_ {
    let failed = table.failures.iter().map(|failure| failure.start_ns);
    table.start_ns.iter().copied().chain(failed)
}

/// The middle start of a table that has attempts.
fn middle_start(table: &RequestTable) -> i64 {
    let mut starts: Vec<i64> = starts(table).collect();
    let middle = starts.len() / 2;
    *starts.select_nth_unstable(middle).1
}

/// A duration as a line states it.
#[derive(Debug, Clone, Copy)]
enum Latency {
    Absent,
    /// A whole number of them, as AIPerf measures and as its milliseconds are made from.
    Nanoseconds(f64),
    Seconds(f64),
}

/// What is there is no duration.
struct Unusable;

impl Latency {
    fn of(milliseconds: Option<f64>) -> Result<Self, Unusable> {
        let Some(milliseconds) = milliseconds else { return Ok(Self::Absent) };
        // NaN is in no range.
        if !(0.0..LONGEST_NS as f64 * 1e-6).contains(&milliseconds) {
            return Err(Unusable);
        }
        let nanoseconds = (milliseconds * 1e6 + 0.5) as i64 as f64;
        Ok(if nanoseconds * 1e-6 == milliseconds {
            Self::Nanoseconds(nanoseconds)
        } else {
            Self::Seconds(milliseconds / 1e3)
        })
    }

    fn seconds(self) -> f64 {
        match self {
            Self::Absent => RequestTable::NOT_MEASURED,
            Self::Nanoseconds(nanoseconds) => nanoseconds / 1e9,
            Self::Seconds(seconds) => seconds,
        }
    }
}

/// Whether a derived value is the stated one, as far as producers compute alike.
fn is_same(derived: f64, stated: f64) -> bool {
    derived == stated || (derived - stated).abs() <= 1e-9 * derived.abs()
}

/// Puts a value under a column of so many rows; a column in which nothing ever stood stays empty.
fn push<T: Copy>(column: &mut Vec<T>, value: Option<T>, rows: usize, absent: T) {
    if value.is_some() || !column.is_empty() {
        if column.len() < rows {
            column.resize(rows, absent);
        }
        column.push(value.unwrap_or(absent));
    }
}

/// Puts a column under another, of which either may be empty.
fn join<T: Copy>(column: &mut Vec<T>, later: Vec<T>, rows: (usize, usize), absent: T) {
    if !column.is_empty() || !later.is_empty() {
        column.resize(rows.0, absent);
        column.extend(later);
        column.resize(rows.0 + rows.1, absent);
    }
}

fn retain<T>(column: &mut Vec<T>, keep: &[bool]) {
    let mut keep = keep.iter();
    column.retain(|_| keep.next().copied().unwrap_or(false));
}

/// First start and last content of what succeeded, as AIPerf's `benchmark_duration` has it.
fn window(table: &RequestTable) -> Option<(i64, i64)> {
    let first = table.start_ns.iter().copied().min()?;
    let measured = table.start_ns.iter().zip(&table.e2el).filter(|(_, e2el)| **e2el >= 0.0);
    let last = measured
        .map(|(start, e2el)| start.saturating_add(RequestTable::nanoseconds(*e2el) as i64))
        .max()?;
    Some((first, last))
}

/// The reasons with their counts; what was beyond those kept is one more.
fn counted(mut reasons: Vec<FailureReason>, failures: &mut [FailedRequest]) -> Vec<FailureReason> {
    let known = reasons.len();
    if failures.iter().any(|failure| failure.reason as usize >= known) {
        reasons.push(FailureReason {
            class: FailureClass::Error,
            code: None,
            kind: "".into(),
            message: "other reasons".into(),
            count: 0,
        });
    }
    for failure in failures {
        failure.reason = failure.reason.min(known as u32);
        reasons[failure.reason as usize].count += 1;
    }
    reasons
}

fn turn(record: &Record<'_>) -> u32 {
    record.turn.and_then(|turn| u32::try_from(turn).ok()).unwrap_or(RequestTable::NO_GROUP)
}

fn conversation(record: &Record<'_>) -> u64 {
    record.conversation.as_deref().map_or(0, |id| fingerprint(&id))
}
