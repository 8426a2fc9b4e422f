//! `detailed_results.csv`: one row per request of a trace replay.
//!
//! Written by pandas in `trace_replay_tester.py` of the kv-cache tester, in order of completion.
//! Order and set of the columns vary between builds, so columns are found by name: builds of
//! 2026-04 have `theoretical_cache_hit_blocks`, those from 2026-06 on `queue_time` and
//! `effective_ttft`. The lists of token times, up to megabytes a cell, are passed over.
//!
//! The statistics are those of the producer: only rows that succeeded, latencies that are not
//! positive were not measured, E2EL is `ttlt`.

use std::io::Read;

use inferguard_model::{
    ArtifactRef, Completion, Evidence, Fragment, FragmentKind, Metric, Origin, Problem,
    ProblemCode, ProblemSeverity, Quantity, Rank, RequestBatch, RequestTable, SourceFormat,
};
use inferguard_source::csv::{CsvRows, Row};
use inferguard_source::{BATCH_REQUESTS, Refusal, TakeRequests, coerce};

use crate::probe::DETAILED_RESULTS;
use crate::request::{Column, Columns, NAMES, Request};
use crate::tally::Tally;

/// Columns that every build writes, and what cannot be told without them.
const EXPECTED: [(Column, &str); 10] = [
    (Column::Success, "no request is known to have succeeded, and none is measured"),
    (Column::Ttft, "TTFT and TPOT are absent"),
    (Column::Ttlt, "E2EL and TPOT are absent"),
    (Column::InputTokens, "ISL and input throughput are absent"),
    (Column::OutputTokens, "OSL, TPOT and output throughput are absent"),
    (Column::OutputTokensExpected, "the expected OSL is absent"),
    (Column::HitBlocks, "the theoretical cache hit rate is absent"),
    (Column::MissBlocks, "the theoretical cache hit rate is absent"),
    (Column::Start, "duration, rates and time slices are absent"),
    (Column::Complete, "duration and rates are absent"),
];

/// A result of which nothing is known but that it is one.
pub(crate) fn unread(file: u32) -> Fragment {
    fragment(file, Evidence::default(), None)
}

/// Hands the requests of the file on, batch by batch. What not every request of a batch has, none of
/// it has.
pub(crate) fn read_batches(stream: impl Read, take: TakeRequests<'_>) -> Result<(), Refusal> {
    let (mut rows, mut requests) = begin(stream)?;
    if !requests.has(Column::Success) {
        return Ok(());
    }
    loop {
        let row = rows.next_row();
        // The rest of the file is lost to whoever wanted all of it.
        let row = row.map_err(|why| Refusal::new(format!("read only in part: {why}")))?;
        let is_last = row.is_none();
        if let Some(row) = row {
            requests.take(row);
        }
        if is_last || requests.table.len() >= BATCH_REQUESTS {
            let batch = RequestBatch { table: requests.take_table(), failed_after: Vec::new() };
            if take("", batch).is_break() || is_last {
                return Ok(());
            }
        }
    }
}

/// Reads the file into one fragment.
pub(crate) fn read(stream: impl Read, file: u32) -> Result<Fragment, Refusal> {
    let (mut rows, mut requests) = begin(stream)?;
    let mut noticed = std::mem::take(&mut rows.problems);
    loop {
        match rows.next_row() {
            Ok(Some(row)) => requests.take(row),
            Ok(None) => break,
            // What was read of a broken archive is worth keeping, if it is told.
            Err(refusal) if requests.rows > 0 => {
                let told = format!("only the first {} rows were read: {refusal}", requests.rows);
                noticed.push(Problem::error(ProblemCode::Truncated, "", told));
                break;
            }
            Err(refusal) => return Err(refusal),
        }
    }
    requests.into_fragment(noticed, file)
}

/// Reads the header.
fn begin<R: Read>(stream: R) -> Result<(CsvRows<R>, Requests), Refusal> {
    let rows = CsvRows::new(stream, &NAMES)?;
    let requests = Requests::new(Columns(NAMES.map(|name| rows.has(name))), rows.header().len());
    if ![Column::Success, Column::Ttft, Column::Ttlt].iter().any(|column| requests.has(*column)) {
        return Err(Refusal::new("the header has none of the columns success, ttft and ttlt"));
    }
    Ok((rows, requests))
}

fn fragment(file: u32, mut evidence: Evidence, table: Option<RequestTable>) -> Fragment {
    evidence.identity.scenario_type = Some("agentic-coding".into());
    Fragment {
        kind: FragmentKind::Result(Rank::Records),
        format: SourceFormat::AgentxTraceReplay,
        artifact: ArtifactRef { role: DETAILED_RESULTS, file, base: "".into() },
        cell_id: None,
        folder_is_cell: true,
        rounding: 0.0,
        evidence: Box::new(evidence),
        table: table.map(Box::new),
    }
}

/// Rows that were left out or read with doubt.
#[derive(Default)]
struct Faults {
    width: Tally,
    unclosed: Tally,
    too_long: Tally,
    success: Tally,
    value: Tally,
    no_ttlt: Tally,
    no_ttft: Tally,
    no_start: Tally,
    no_complete: Tally,
    no_expected: Tally,
    no_blocks: Tally,
    not_seconds: Tally,
}

impl Faults {
    fn left_out(&self) -> u64 {
        [&self.width, &self.unclosed, &self.too_long, &self.success, &self.value]
            .iter()
            .map(|tally| tally.count())
            .sum()
    }

    fn problems(&self) -> impl Iterator<Item = Problem> {
        use ProblemCode::{Coerced, LeftOut, Limit, Malformed, NotANumber, Truncated};
        [
            self.width.warning(Malformed, "with more or fewer cells than the header; left out"),
            self.unclosed.warning(Truncated, "with a quote that is never closed; left out"),
            self.too_long.warning(Limit, "with a cell too long for its column; left out"),
            self.success.warning(Malformed, "whose success is neither true nor false; left out"),
            self.value.warning(NotANumber, "with a value that is no usable number; left out"),
            self.no_ttlt.warning(LeftOut, "succeeded without a positive ttlt: counted, without E2EL"),
            self.no_ttft.note(LeftOut, "succeeded without a positive ttft: counted, without TTFT"),
            self.no_start.warning(
                LeftOut,
                "succeeded without request_start_time; no start times are kept, and the duration is that of the others",
            ),
            self.no_complete.warning(
                LeftOut,
                "succeeded without request_complete_time; the duration is that of the others",
            ),
            self.no_expected.warning(
                LeftOut,
                "without output_tokens_expected; the expected OSL is left out",
            ),
            self.no_blocks.warning(LeftOut, "without cache blocks; the hit rate is that of the others"),
            self.not_seconds.note(Coerced, "with times that are not in seconds; the unit is told by the magnitude"),
        ]
        .into_iter()
        .flatten()
    }
}

/// Sums of ideal cache blocks over successful rows.
#[derive(Default)]
struct Blocks {
    hit: f64,
    all: f64,
    theoretical_hit: f64,
}

struct Requests {
    columns: Columns,
    width: usize,
    table: RequestTable,
    rows: u64,
    blocks: Blocks,
    first_start: i64,
    last_complete: i64,
    faults: Faults,
}

/// `itl` of this producer is (ttlt - ttft) / (out - 1).
fn table() -> RequestTable {
    RequestTable { itl_is_tpot: true, skips_zero_tpot: true, ..RequestTable::default() }
}

impl Requests {
    fn new(columns: Columns, width: usize) -> Self {
        Self {
            columns,
            width,
            table: table(),
            rows: 0,
            blocks: Blocks::default(),
            first_start: i64::MAX,
            last_complete: i64::MIN,
            faults: Faults::default(),
        }
    }

    fn has(&self, column: Column) -> bool {
        self.columns.has(column)
    }

    fn take(&mut self, row: &Row) {
        self.rows += 1;
        if row.unclosed {
            return self.faults.unclosed.add(row.line);
        }
        if row.width != self.width {
            return self.faults.width.add(row.line);
        }
        if row.too_long {
            return self.faults.too_long.add(row.line);
        }
        if !self.has(Column::Success) {
            return;
        }
        match coerce::truth(row.get(Column::Success as usize)) {
            Some(true) => match Request::parse(self.columns, row) {
                Some(request) => self.keep(&request, row.line),
                None => self.faults.value.add(row.line),
            },
            Some(false) => self.table.failed += 1,
            None => self.faults.success.add(row.line),
        }
    }

    fn keep(&mut self, request: &Request, line: u64) {
        let columns = self.columns;
        let lacks = |value: bool, column| !value && columns.has(column);
        if lacks(request.ttft > 0.0, Column::Ttft) {
            self.faults.no_ttft.add(line);
        }
        if lacks(request.e2el > 0.0, Column::Ttlt) {
            self.faults.no_ttlt.add(line);
        }
        if lacks(request.osl_expected.is_some(), Column::OutputTokensExpected) {
            self.faults.no_expected.add(line);
        }
        if lacks(request.start.is_some(), Column::Start) {
            self.faults.no_start.add(line);
        }
        if lacks(request.complete.is_some(), Column::Complete) {
            self.faults.no_complete.add(line);
        }
        if !request.in_seconds {
            self.faults.not_seconds.add(line);
        }
        match request.blocks {
            Some((hit, miss, theoretical)) => {
                self.blocks.hit += hit;
                self.blocks.all += hit + miss;
                self.blocks.theoretical_hit += theoretical;
            }
            None if self.has(Column::HitBlocks) && self.has(Column::MissBlocks) => {
                self.faults.no_blocks.add(line);
            }
            None => {}
        }
        self.first_start = self.first_start.min(request.start.unwrap_or(i64::MAX));
        self.last_complete = self.last_complete.max(request.complete.unwrap_or(i64::MIN));
        let table = &mut self.table;
        table.ttft.push(request.ttft);
        table.e2el.push(request.e2el);
        table.isl.push(request.isl);
        table.osl.push(request.osl);
        table.osl_expected.push(request.osl_expected.unwrap_or(0));
        table.start_ns.push(request.start.unwrap_or(0));
    }

    fn into_fragment(mut self, noticed: Vec<Problem>, file: u32) -> Result<Fragment, Refusal> {
        let left_out = self.faults.left_out();
        if self.rows > 0 && left_out == self.rows {
            let first = self.faults.problems().next();
            let why = first.map_or(String::new(), |problem| format!(": {}", problem.message));
            return Err(Refusal::new(format!("none of the {left_out} rows can be read{why}")));
        }
        self.drop_incomplete_columns();
        let mut evidence = Evidence::default();
        for problem in
            noticed.into_iter().chain(self.missing_columns()).chain(self.faults.problems())
        {
            evidence.problem(problem);
        }
        let known = self.has(Column::Success);
        // A row that cannot be read was an attempt all the same. Where the file was cut off, or a
        // quote swallowed the rest, nobody knows how many there were.
        let cut = self.faults.unclosed.count() > 0
            || evidence.problems.iter().any(|(_, found)| found.severity == ProblemSeverity::Error);
        evidence.completion = Completion {
            total: (!cut).then_some(self.rows),
            successful: known.then_some(self.table.len() as u64),
            warmup: None,
        };
        evidence.window_ns = self.table.window_ns.filter(|(start, end)| start <= end);
        self.cache_rates(&mut evidence);
        Ok(fragment(file, evidence, known.then_some(self.table)))
    }

    /// Takes the requests that were read so far, and what was noticed of them.
    fn take_table(&mut self) -> RequestTable {
        self.drop_incomplete_columns();
        self.faults = Faults::default();
        (self.first_start, self.last_complete) = (i64::MAX, i64::MIN);
        std::mem::replace(&mut self.table, table())
    }

    /// Empties the columns that not every row has, and sets the window.
    fn drop_incomplete_columns(&mut self) {
        let has_start = self.has(Column::Start);
        let (first, last) = (self.first_start, self.last_complete);
        if first != i64::MAX && last != i64::MIN {
            self.table.window_ns = Some((first, last));
        }
        if !has_start || self.faults.no_start.count() > 0 {
            self.table.start_ns = Vec::new();
        }
        if !self.has(Column::OutputTokensExpected) || self.faults.no_expected.count() > 0 {
            self.table.osl_expected = Vec::new();
        }
        if !self.has(Column::InputTokens) {
            self.table.isl = Vec::new();
        }
        if !self.has(Column::OutputTokens) {
            self.table.osl = Vec::new();
        }
    }

    fn missing_columns(&self) -> Vec<Problem> {
        let missing = |(column, effect): &(Column, &str)| {
            let told = format!("the column is missing: {effect}");
            let name = NAMES[*column as usize];
            (!self.has(*column)).then(|| Problem::warning(ProblemCode::Truncated, name, told))
        };
        EXPECTED.iter().filter_map(missing).collect()
    }

    fn cache_rates(&self, evidence: &mut Evidence) {
        let Blocks { hit, all, theoretical_hit } = self.blocks;
        if all <= 0.0 {
            return;
        }
        evidence.metrics.set(
            Metric::plain(Quantity::TheoreticalCacheHitRate),
            hit / all,
            Origin::derived(
                "sum of cache_hit_blocks / sum of cache_hit_blocks + cache_miss_blocks, of successful requests",
            ),
        );
        if self.has(Column::TheoreticalHitBlocks) {
            evidence.metrics.set(
                Metric::plain(Quantity::TheoreticalInfiniteCacheHitRate),
                theoretical_hit / all,
                Origin::derived(
                    "sum of theoretical_cache_hit_blocks / sum of cache_hit_blocks + cache_miss_blocks, of successful requests",
                ),
            );
        }
    }
}
