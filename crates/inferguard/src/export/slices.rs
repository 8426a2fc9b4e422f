//! A row for each number of each time slice.

use std::borrow::Cow;

use inferguard_analysis::quantile::Summary;
use inferguard_analysis::requests::slices::{Slice, Slices};
use inferguard_model::{Cell, Metric, Quantity, Stat, TimeSlice, TimeSlices};
use inferguard_report::table::Field;

/// The slices of a cell.
pub(super) struct OfCell {
    cell_id: String,
    cut: Cut,
}

/// Who cut them.
enum Cut {
    Producer(TimeSlices),
    Own(Slices),
}

/// Takes the slices out of the cells, which nothing else of an export needs; where there are our
/// own, those.
pub(super) fn of(cells: &mut [Cell], own: Vec<Option<Slices>>) -> Vec<OfCell> {
    let sliced = cells.iter_mut().zip(own).filter_map(|(cell, own)| {
        let stated = cell.evidence.slices.take().map(Cut::Producer);
        Some(OfCell { cell_id: cell.id.to_string(), cut: own.map(Cut::Own).or(stated)? })
    });
    sliced.collect()
}

#[derive(Clone)]
pub(super) struct Row<'s> {
    cell_id: &'s str,
    cut_by: &'static str,
    number: i64,
    bounds_ns: Option<(i64, i64)>,
    complete: Option<bool>,
    metric: Cow<'static, str>,
    unit: &'static str,
    value: f64,
}

pub(super) fn rows(sliced: &[OfCell]) -> Vec<Row<'_>> {
    let mut rows = Vec::new();
    for OfCell { cell_id, cut } in sliced {
        let row = Row {
            cell_id,
            cut_by: "",
            number: 0,
            bounds_ns: None,
            complete: None,
            metric: Cow::Borrowed(""),
            unit: "",
            value: 0.0,
        };
        match cut {
            Cut::Producer(slices) => {
                for (number, slice) in (0..).zip(&slices.slices) {
                    let (bounds_ns, complete) = (slice.bounds_ns, slice.complete);
                    let cut_by = "producer";
                    let of_slice = Row { cut_by, number, bounds_ns, complete, ..row.clone() };
                    rows.extend(stated(slice).map(|number| with(&of_slice, number)));
                }
            }
            Cut::Own(slices) => {
                for slice in &slices.slices {
                    let from = slice.index.saturating_mul(slices.width_ns);
                    let from = slices.origin_ns.saturating_add(from);
                    let bounds_ns = Some((from, from.saturating_add(slices.width_ns)));
                    let (number, complete) = (slice.index, Some(!slice.is_partial));
                    let cut_by = "inferguard";
                    let of_slice = Row { cut_by, number, bounds_ns, complete, ..row.clone() };
                    rows.extend(own(slice).map(|number| with(&of_slice, number)));
                }
            }
        }
    }
    rows
}

/// Name, unit and value.
type Number = (Cow<'static, str>, &'static str, f64);

fn with<'s>(slice: &Row<'s>, (metric, unit, value): Number) -> Row<'s> {
    Row { metric, unit, value, ..slice.clone() }
}

fn counts<const N: usize>(all: [(&'static str, Option<u64>); N]) -> impl Iterator<Item = Number> {
    all.into_iter().filter_map(|(name, n)| Some((name.into(), "count", n? as f64)))
}

fn metric(metric: Metric, value: f64) -> Number {
    (metric.name(), metric.unit().label(), value)
}

fn stated(slice: &TimeSlice) -> impl Iterator<Item = Number> + '_ {
    let (ok, failed) = (slice.successful, slice.failed);
    counts([("requests_successful", ok), ("requests_failed", failed)])
        .chain(slice.metrics.iter().map(|entry| metric(entry.metric, entry.value)))
}

/// Latencies by start, rates by completion, as `requests --slice` tells them.
fn own(slice: &Slice) -> impl Iterator<Item = Number> + '_ {
    let per_second =
        |quantity, n: Option<u64>| Some(metric(Metric::plain(quantity), slice.per_second(n?)?));
    let rates = [
        per_second(Quantity::Qps, Some(slice.completed)),
        per_second(Quantity::OutputTput, slice.output_tokens),
        per_second(Quantity::GoodputRps, slice.good_completed.first().copied()),
    ];
    let latencies = [
        (Quantity::Ttft, &slice.ttft),
        (Quantity::E2el, &slice.e2el),
        (Quantity::Tpot, &slice.tpot),
    ];
    let latencies =
        latencies.into_iter().filter_map(|(quantity, known)| Some((quantity, known.as_ref()?)));
    counts([
        ("requests_successful", Some(slice.requests)),
        ("requests_failed", Some(slice.failed)),
        ("requests_completed", Some(slice.completed)),
    ])
    .chain(rates.into_iter().flatten())
    .chain(latencies.flat_map(|(quantity, known)| latency(quantity, known)))
}

fn latency(quantity: Quantity, known: &Summary) -> impl Iterator<Item = Number> + '_ {
    let of = move |stat, value| metric(Metric::new(stat, quantity), value);
    let percentiles = known.percentiles.iter();
    std::iter::once(of(Stat::Mean, known.mean))
        .chain(percentiles.map(move |(p, value)| of(Stat::Percentile(*p), *value)))
}

pub(super) fn fields<'s>() -> Vec<Field<Row<'s>>> {
    vec![
        Field::text("cell_id", "cells[].cell_id", "Cell.", |row: &Row<'_>| {
            Some(row.cell_id.into())
        }),
        Field::whole(
            "slice",
            "",
            "TimeSlices::slices, Slices::slices",
            "Number of the slice, from 0.",
            |row: &Row<'_>| Some(row.number),
        ),
        Field::moment(
            "slice_start",
            "TimeSlice::bounds_ns, Slices::origin_ns",
            "Start of the slice.",
            |row: &Row<'_>| row.bounds_ns.map(|(start, _)| start),
        ),
        Field::moment(
            "slice_end",
            "TimeSlice::bounds_ns, Slices::width_ns",
            "End of the slice.",
            |row: &Row<'_>| row.bounds_ns.map(|(_, end)| end),
        ),
        Field::flag(
            "complete",
            "TimeSlice::complete, Slice::is_partial",
            "Whether the load ran during the whole slice.",
            |row: &Row<'_>| row.complete,
        ),
        Field::text(
            "cut_by",
            "TimeSlices, Slices",
            "producer, or inferguard: cut out of the records with --slice.",
            |row: &Row<'_>| Some(row.cut_by.into()),
        ),
        Field::text(
            "metric",
            "TimeSlice::metrics, Slice",
            "What the number is; of requests that began in the slice. Rates of slices by inferguard \
             are of those that completed in it, and goodput is that of the first --slo.",
            |row: &Row<'_>| Some((&*row.metric).into()),
        ),
        Field::text("unit", "TimeSlice::metrics", "Its unit.", |row: &Row<'_>| {
            Some(row.unit.into())
        }),
        Field::number("value", "", "TimeSlice::metrics, Slice", "The number.", |row: &Row<'_>| {
            Some(row.value)
        }),
    ]
}
