//! A row for each number of each time slice.

use std::borrow::Cow;

use inferguard_model::{Cell, TimeSlice, TimeSlices};
use inferguard_report::table::Field;

/// The slices of a cell.
pub(super) struct OfCell {
    cell_id: String,
    slices: TimeSlices,
}

/// Takes the slices out of the cells, which nothing else of an export needs.
pub(super) fn of(cells: &mut [Cell]) -> Vec<OfCell> {
    let sliced = cells.iter_mut().filter_map(|cell| {
        let slices = cell.evidence.slices.take()?;
        Some(OfCell { cell_id: cell.id.clone(), slices })
    });
    sliced.collect()
}

pub(super) struct Row<'s> {
    cell_id: &'s str,
    number: i64,
    slice: &'s TimeSlice,
    metric: Cow<'static, str>,
    unit: &'static str,
    value: f64,
}

pub(super) fn rows(sliced: &[OfCell]) -> Vec<Row<'_>> {
    let mut rows = Vec::new();
    for OfCell { cell_id, slices } in sliced {
        for (number, slice) in (0..).zip(&slices.slices) {
            let row = |metric: Cow<'static, str>, unit, value| Row {
                cell_id,
                number,
                slice,
                metric,
                unit,
                value,
            };
            let counts =
                [("requests_successful", slice.successful), ("requests_failed", slice.failed)];
            let counts = counts.into_iter().filter_map(|(name, n)| Some((name, n?)));
            rows.extend(counts.map(|(name, n)| row(name.into(), "count", n as f64)));
            rows.extend(
                slice.metrics.iter().map(|entry| {
                    row(entry.metric.name(), entry.metric.unit().label(), entry.value)
                }),
            );
        }
    }
    rows
}

pub(super) fn fields<'s>() -> Vec<Field<Row<'s>>> {
    vec![
        Field::text("cell_id", "cells[].cell_id", "Cell.", |row: &Row<'_>| {
            Some(row.cell_id.into())
        }),
        Field::whole(
            "slice",
            "",
            "TimeSlices::slices",
            "Number of the slice, from 0.",
            |row: &Row<'_>| Some(row.number),
        ),
        Field::moment(
            "slice_start",
            "TimeSlice::bounds_ns",
            "Start of the slice.",
            |row: &Row<'_>| row.slice.bounds_ns.map(|(start, _)| start),
        ),
        Field::moment("slice_end", "TimeSlice::bounds_ns", "End of the slice.", |row: &Row<'_>| {
            row.slice.bounds_ns.map(|(_, end)| end)
        }),
        Field::flag(
            "complete",
            "TimeSlice::complete",
            "Whether the load ran during the whole slice.",
            |row: &Row<'_>| row.slice.complete,
        ),
        Field::text(
            "metric",
            "TimeSlice::metrics",
            "What the number is; of requests that began in the slice.",
            |row: &Row<'_>| Some((&*row.metric).into()),
        ),
        Field::text("unit", "TimeSlice::metrics", "Its unit.", |row: &Row<'_>| {
            Some(row.unit.into())
        }),
        Field::number("value", "", "TimeSlice::metrics", "The number.", |row: &Row<'_>| {
            Some(row.value)
        }),
    ]
}
