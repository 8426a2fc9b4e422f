//! A row for each request, read from its source in batches while it is written.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::ops::ControlFlow;

use inferguard_model::{
    ArtifactRef, Cell, FailureClass, FailureReason, RequestBatch, RequestPlace, RequestTable, Role,
};
use inferguard_report::table::{Field, Format, TableWriter};
use inferguard_source::{Entry, read_requests};
use rustc_hash::{FxHashMap, FxHashSet};

use super::{ExportError, TableName};
use crate::Options;
use crate::keep::{Keep, Kept};
use crate::read::readers_for;

/// Which files hold the requests of which cells.
pub(super) struct Sources {
    /// In the order of the files: the file, and the cell of each object in it, by JSON pointer.
    files: Vec<(Entry, FxHashMap<Box<str>, String>)>,
}

/// Artifacts with single requests, the preferred first: a cell that has several has its requests in
/// each of them.
const ROLES: [Role; 3] = [Role::AIPERF_RECORDS, Role::DETAILED_RESULTS_CSV, Role::RAW_JSON];

/// The artifact that a cell's requests are read from.
fn artifact(cell: &Cell) -> Option<&ArtifactRef> {
    let with_role = |role| cell.artifacts.iter().find(|artifact| artifact.role == role);
    ROLES.into_iter().find_map(with_role)
}

/// Keeps the files that requests are read from: no other is opened a second time.
pub(crate) fn retain(entries: &mut Vec<(u32, Entry)>, cells: &[Cell]) {
    let wanted: FxHashSet<u32> =
        cells.iter().filter_map(artifact).map(|artifact| artifact.file).collect();
    entries.retain(|(at, _)| wanted.contains(at));
    entries.shrink_to_fit();
}

impl Sources {
    pub(super) fn of(cells: &[Cell], entries: Vec<(u32, Entry)>) -> Self {
        let mut of_file: BTreeMap<u32, FxHashMap<Box<str>, String>> = BTreeMap::new();
        for cell in cells {
            if let Some(artifact) = artifact(cell) {
                let of_file = of_file.entry(artifact.file).or_default();
                of_file.insert(artifact.base.clone(), cell.id.to_string());
            }
        }
        let held = entries.into_iter();
        Self { files: held.filter_map(|(at, entry)| Some((entry, of_file.remove(&at)?))).collect() }
    }

    pub(super) fn write(
        &self,
        format: Format,
        options: &Options<'_>,
        out: &mut (dyn Write + Send),
    ) -> Result<u64, ExportError> {
        // Turn, worker and conversation are wanted.
        let kept = Kept::new(Vec::new(), true);
        let readers = readers_for(options, Keep::Tables(&kept))?;
        let readers: Vec<&dyn inferguard_source::Reader> =
            readers.iter().map(AsRef::as_ref).collect();
        let columns = fields().into_iter().map(|field| field.column).collect();
        let mut table = TableWriter::new(format, TableName::Requests.name(), columns, out)?;
        for (entry, cells) in &self.files {
            let mut failed: Option<io::Error> = None;
            let mut numbers: FxHashMap<&str, i64> = FxHashMap::default();
            let read = read_requests(&readers, entry, &mut |base, batch| {
                // An object of another cell, which is not wanted.
                let Some(cell_id) = cells.get(base) else { return ControlFlow::Continue(()) };
                let number = numbers.entry(cell_id).or_default();
                let places = batch.places();
                let rows: Vec<Row<'_>> = places
                    .zip(*number..)
                    .map(|(place, number)| Row { cell_id, number, batch: &batch, place })
                    .collect();
                *number = number.saturating_add_unsigned(rows.len() as u64);
                match table.write(&fields(), &rows) {
                    Ok(()) => ControlFlow::Continue(()),
                    Err(error) => {
                        failed = Some(error);
                        ControlFlow::Break(())
                    }
                }
            });
            if let Some(error) = failed {
                return Err(error.into());
            }
            read.map_err(|refusal| ExportError::Requests {
                path: entry.relative().to_owned(),
                reason: refusal.reason,
            })?;
        }
        Ok(table.finish()?)
    }
}

pub(super) struct Row<'b> {
    cell_id: &'b str,
    number: i64,
    batch: &'b RequestBatch,
    place: RequestPlace,
}

impl Row<'_> {
    fn table(&self) -> &RequestTable {
        &self.batch.table
    }

    /// A value of a request that succeeded; a column that the source does not have is empty.
    fn success<T: Copy>(&self, column: fn(&RequestTable) -> &[T]) -> Option<T> {
        match self.place {
            RequestPlace::Success(row) => column(self.table()).get(row).copied(),
            RequestPlace::Failure(_) => None,
        }
    }

    fn latency(&self, column: fn(&RequestTable) -> &[f64]) -> Option<f64> {
        self.success(column).filter(|seconds| *seconds >= 0.0)
    }

    fn failure(&self) -> Option<&inferguard_model::FailedRequest> {
        match self.place {
            RequestPlace::Success(_) => None,
            RequestPlace::Failure(at) => self.table().failures.get(at),
        }
    }

    fn reason(&self) -> Option<&FailureReason> {
        self.table().failure_reasons.get(self.failure()?.reason as usize)
    }

    fn tpot(&self) -> Option<f64> {
        let RequestPlace::Success(row) = self.place else { return None };
        // Columns of lengths and of TTFT may be empty.
        let table = self.table();
        (row < table.osl.len() && row < table.ttft.len()).then(|| table.tpot(row)).flatten()
    }

    fn worker(&self) -> Option<&str> {
        let groups = &self.table().groups;
        let failed = self.failure().map(|failure| failure.worker);
        let number = failed.or_else(|| self.success(|table| &table.groups.worker))?;
        groups.workers.get(number as usize).map(|name| &**name)
    }
}

/// A number of tokens, or of a turn, that is known.
fn known(number: Option<u32>) -> Option<i64> {
    const { assert!(RequestTable::NO_TOKENS == RequestTable::NO_GROUP) };
    number.filter(|number| *number != RequestTable::NO_TOKENS).map(i64::from)
}

/// Bits of a fingerprint that are told: as many as every tool keeps, spreadsheets included, which
/// have 15 decimal digits.
const FINGERPRINT: u64 = (1 << 48) - 1;

pub(super) fn fields<'b>() -> Vec<Field<Row<'b>>> {
    vec![
        Field::text("cell_id", "cells[].cell_id", "Cell.", |row: &Row<'_>| {
            Some(row.cell_id.into())
        }),
        Field::whole(
            "request",
            "",
            "RequestBatch::places",
            "Number of the request in its cell, from 0, in the order of the source.",
            |row: &Row<'_>| Some(row.number),
        ),
        Field::moment(
            "start",
            "RequestTable::start_ns",
            "When the request was sent.",
            |row: &Row<'_>| match row.failure() {
                Some(failure) => Some(failure.start_ns),
                None => row.success(|table| &table.start_ns),
            },
        ),
        Field::text(
            "status",
            "FailureReason::class",
            "success, error, cancelled (by the client, on purpose) or context_overflow.",
            |row: &Row<'_>| {
                Some(Cow::Borrowed(match (row.failure(), row.reason()) {
                    (None, _) => "success",
                    (_, Some(FailureReason { class: FailureClass::Cancelled, .. })) => "cancelled",
                    (_, Some(FailureReason { class: FailureClass::ContextOverflow, .. })) => {
                        "context_overflow"
                    }
                    _ => "error",
                }))
            },
        ),
        latency("ttft", "RequestTable::ttft", "Time to first token.", |table| &table.ttft),
        latency("e2el", "RequestTable::e2el", "End-to-end latency.", |table| &table.e2el),
        Field::number(
            "tpot",
            "s",
            "RequestTable::tpot",
            "(E2EL - TTFT) / (OSL - 1), only for OSL > 1.",
            Row::tpot,
        ),
        Field::number(
            "itl",
            "s",
            "RequestTable::itl",
            "Inter-token latency as the producer wrote it; equal to TPOT where it has that formula.",
            |row: &Row<'_>| {
                if row.table().itl_is_tpot {
                    return row.tpot();
                }
                row.latency(|table| &table.itl)
            },
        ),
        Field::whole("isl", "tokens", "RequestTable::isl", "Input tokens.", |row: &Row<'_>| {
            match row.failure() {
                Some(failure) => known(Some(failure.isl)),
                None => known(row.success(|table| &table.isl)),
            }
        }),
        Field::whole("osl", "tokens", "RequestTable::osl", "Output tokens.", |row: &Row<'_>| {
            known(row.success(|table| &table.osl))
        }),
        Field::whole(
            "osl_expected",
            "tokens",
            "RequestTable::osl_expected",
            "Output tokens that the trace asked for.",
            |row: &Row<'_>| known(row.success(|table| &table.osl_expected)),
        ),
        latency(
            "wait",
            "RequestTable::wait",
            "From when the request was due until it was sent: the client held it back.",
            |table| &table.wait,
        ),
        Field::whole(
            "turn",
            "",
            "RequestGroups::turn",
            "Turn in its conversation, from 0.",
            |row: &Row<'_>| match row.failure() {
                Some(failure) => known(Some(failure.turn)),
                None => known(row.success(|table| &table.groups.turn)),
            },
        ),
        Field::whole(
            "conversation",
            "",
            "RequestGroups::conversation",
            "Fingerprint of the conversation (48 bits): equal ones are one conversation.",
            |row: &Row<'_>| {
                let print = match row.failure() {
                    Some(failure) => Some(failure.conversation),
                    None => row.success(|table| &table.groups.conversation),
                };
                print.filter(|print| *print != 0).map(|print| (print & FINGERPRINT).cast_signed())
            },
        ),
        Field::text("worker", "RequestGroups::worker", "Worker of the client.", |row: &Row<'_>| {
            row.worker().map(Cow::Borrowed)
        }),
        Field::whole(
            "error_code",
            "",
            "FailureReason::code",
            "Status code of a failed request.",
            |row: &Row<'_>| row.reason()?.code,
        ),
        Field::text(
            "error_type",
            "FailureReason::kind",
            "The producer's name of the error.",
            |row: &Row<'_>| {
                let reason = row.reason()?;
                (!reason.kind.is_empty()).then(|| (&*reason.kind).into())
            },
        ),
        Field::text(
            "error_message",
            "FailureReason::message",
            "Its text, shortened, with `#` for each number.",
            |row: &Row<'_>| {
                let reason = row.reason()?;
                (!reason.message.is_empty()).then(|| (&*reason.message).into())
            },
        ),
    ]
}

fn latency<'b>(
    name: &'static str,
    source: &'static str,
    about: &'static str,
    column: fn(&RequestTable) -> &[f64],
) -> Field<Row<'b>> {
    Field::number(name, "s", source, about, move |row: &Row<'_>| row.latency(column))
}
