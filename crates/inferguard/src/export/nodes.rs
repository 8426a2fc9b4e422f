//! A row for each sample of each gauge of a server or an endpoint.

use inferguard_model::{Cell, EndpointSnapshot, NodeSeries, Timeline};
use inferguard_report::table::Field;

/// What servers of a cell showed while its load ran.
pub(super) struct OfCell {
    cell_id: String,
    server: Option<NodeSeries>,
    timeline: Option<Timeline>,
}

/// Copies the gauges, which the checks and the report need as well.
pub(super) fn of(cells: &[Cell]) -> Vec<OfCell> {
    let of_cell = cells.iter().map(|cell| OfCell {
        cell_id: cell.id.clone(),
        server: cell.evidence.server.clone(),
        timeline: cell.evidence.timeline.clone(),
    });
    of_cell.filter(|one| one.server.is_some() || one.timeline.is_some()).collect()
}

pub(super) struct Row<'n> {
    cell_id: &'n str,
    node: &'n str,
    role: &'n str,
    at_ns: Option<i64>,
    metric: &'static str,
    unit: &'static str,
    value: f64,
}

type Gauge<T> = (&'static str, &'static str, fn(&T) -> Option<f64>);

/// What an endpoint shows in each sample; the counters are those of the server since it began.
const ENDPOINT: [Gauge<EndpointSnapshot>; 7] = [
    ("kv_cache_usage", "0..1", |one| one.kv_cache_usage),
    ("requests_running", "count", |one| one.running),
    ("requests_waiting", "count", |one| one.waiting),
    ("preemptions_total", "count", |one| one.preemptions_total),
    ("kv_transfer_sent_bytes_total", "B", |one| one.kv_sent_bytes),
    ("kv_transfer_recv_bytes_total", "B", |one| one.kv_recv_bytes),
    ("kv_transfer_errors_total", "count", |one| one.kv_transfer_errors),
];

pub(super) fn rows(of: &[OfCell]) -> Vec<Row<'_>> {
    let mut rows = Vec::new();
    for OfCell { cell_id, server, timeline } in of {
        if let Some(server) = server {
            let columns = [
                ("kv_cache_usage", "0..1", &server.kv_cache_usage),
                ("cpu_kv_cache_usage", "0..1", &server.cpu_kv_cache_usage),
                ("requests_running", "count", &server.running),
                ("requests_waiting", "count", &server.waiting),
                ("preemptions", "count", &server.preemptions),
            ];
            for (at, at_ns) in server.at_ns.iter().enumerate() {
                // A gauge that was not exported is an empty column.
                rows.extend(columns.iter().filter_map(|(metric, unit, values)| {
                    let (at_ns, value) = (Some(*at_ns), *values.get(at)?);
                    Some(Row { cell_id, node: "server", role: "", at_ns, metric, unit, value })
                }));
            }
        }
        for sample in timeline.iter().flat_map(|timeline| &timeline.samples) {
            for endpoint in sample.endpoints() {
                let at_ns = endpoint.scraped_at_ns.or(sample.at_ns);
                rows.extend(ENDPOINT.iter().filter_map(|(metric, unit, read)| {
                    let (node, role, value) = (&*endpoint.url, &*endpoint.role, read(endpoint)?);
                    Some(Row { cell_id, node, role, at_ns, metric, unit, value })
                }));
            }
        }
    }
    rows
}

pub(super) fn fields<'n>() -> Vec<Field<Row<'n>>> {
    vec![
        Field::text("cell_id", "cells[].cell_id", "Cell.", |row: &Row<'_>| {
            Some(row.cell_id.into())
        }),
        Field::text(
            "node",
            "EndpointSnapshot::url, or `server`",
            "Server, or address of an endpoint without credentials.",
            |row: &Row<'_>| Some(row.node.into()),
        ),
        Field::text(
            "role",
            "EndpointSnapshot::role",
            "prefill, decode or transfer; empty for the whole server.",
            |row: &Row<'_>| (!row.role.is_empty()).then(|| row.role.into()),
        ),
        Field::moment(
            "at",
            "NodeSeries::at_ns, EndpointSnapshot::scraped_at_ns",
            "Moment of the sample.",
            |row: &Row<'_>| row.at_ns,
        ),
        Field::text(
            "metric",
            "NodeSeries, EndpointSnapshot",
            "Gauge; one that ends in `_total` counts since the server began.",
            |row: &Row<'_>| Some(row.metric.into()),
        ),
        Field::text("unit", "NodeSeries, EndpointSnapshot", "Its unit.", |row: &Row<'_>| {
            Some(row.unit.into())
        }),
        Field::number(
            "value",
            "",
            "NodeSeries, EndpointSnapshot",
            "The sample.",
            |row: &Row<'_>| Some(row.value),
        ),
    ]
}
