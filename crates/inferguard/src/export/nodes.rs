//! A row for each sample of each gauge of a server, an endpoint, a worker or a GPU.

use std::io;
use std::sync::Arc;

use inferguard_model::{
    BatchPhase, Cell, ComponentSeries, EndpointSnapshot, GaugeKind, GpuLog, GpuSample, LogClock,
    Timeline, WorkerGauge, WorkerLog,
};
use inferguard_report::table::Field;

/// What servers of a cell showed while its load ran.
pub(super) struct OfCell {
    cell_id: String,
    servers: Vec<ComponentSeries>,
    timeline: Option<Timeline>,
}

/// Gauges of all cells, and the logs of their workers and GPUs, each once: cells of one job share
/// them.
#[derive(Default)]
pub(super) struct Nodes {
    cells: Vec<OfCell>,
    logs: Vec<OfLog<WorkerLog>>,
    gpus: Vec<OfLog<GpuLog>>,
}

struct OfLog<L> {
    log: Arc<L>,
    clock: LogClock,
    /// Cells that the log belongs to, each with its load.
    cells: Vec<(String, Option<(i64, i64)>)>,
}

impl<L> OfLog<L> {
    /// Adds a log of a cell, once.
    fn hold(held: &mut Vec<Self>, log: &Arc<L>, clock: LogClock, cell: &Cell) {
        let of_cell = (cell.id.to_string(), cell.evidence.window_ns);
        match held.iter_mut().find(|held| Arc::ptr_eq(&held.log, log)) {
            Some(held) => held.cells.push(of_cell),
            None => held.push(Self { log: Arc::clone(log), clock, cells: vec![of_cell] }),
        }
    }

    /// The cell of a sample: the only one, or the one whose load ran then.
    fn cell(&self, at_ns: i64) -> Option<&str> {
        if let [(only, _)] = &self.cells[..] {
            return Some(only);
        }
        let ran = |window: &Option<(i64, i64)>| {
            self.clock == LogClock::Utc
                && window.is_some_and(|(start, end)| (start..=end).contains(&at_ns))
        };
        let mut running = self.cells.iter().filter(|(_, window)| ran(window));
        running.next().filter(|_| running.next().is_none()).map(|(id, _)| id.as_str())
    }
}

/// Copies the gauges, which the checks and the report need as well.
pub(super) fn of(cells: &[Cell]) -> Nodes {
    let mut nodes = Nodes::default();
    for cell in cells {
        let known = &cell.evidence;
        let whole = known.server.clone();
        let whole = whole.map(|series| ComponentSeries { name: "server".into(), series });
        let servers: Vec<_> = whole.into_iter().chain(known.components.iter().cloned()).collect();
        let timeline = known.timeline.clone();
        if !servers.is_empty() || timeline.is_some() {
            nodes.cells.push(OfCell { cell_id: cell.id.to_string(), servers, timeline });
        }
        for log in &known.workers {
            let clock = log.clock.unwrap_or(LogClock::Local);
            OfLog::hold(&mut nodes.logs, log, clock, cell);
        }
        for log in &known.gpus {
            OfLog::hold(&mut nodes.gpus, log, log.clock, cell);
        }
    }
    nodes
}

#[derive(Clone, Copy)]
pub(super) struct Row<'n> {
    cell_id: Option<&'n str>,
    node: &'n str,
    role: &'n str,
    worker: Option<u32>,
    rank: Option<u32>,
    gpu: Option<u32>,
    phase: &'static str,
    clock: LogClock,
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

/// What a GPU shows in each sample.
const GPU: [Gauge<GpuSample>; 2] =
    [("gpu_power", "W", GpuSample::power), ("gpu_utilization", "0..1", GpuSample::utilization)];

/// Stands for a node whose name is not told.
const SERVER: &str = "server";

/// Hands the rows on, some at a time: logs have millions of samples.
pub(super) fn each<'n>(
    nodes: &'n Nodes,
    write: &mut dyn FnMut(&[Row<'n>]) -> io::Result<()>,
) -> io::Result<()> {
    const AT_ONCE: usize = 32_768;
    let mut rows = Vec::new();
    for of_cell in &nodes.cells {
        gauges(of_cell, &mut rows);
        write(&rows)?;
        rows.clear();
    }
    for of_log in &nodes.logs {
        let log = &*of_log.log;
        for rank in &log.ranks {
            let gauges: Vec<WorkerGauge> =
                WorkerGauge::ALL.into_iter().filter(|gauge| rank.has(*gauge)).collect();
            for (sample, at_ns) in rank.at_ns.iter().enumerate() {
                let row = Row {
                    cell_id: of_log.cell(*at_ns),
                    node: &log.node,
                    role: log.role.name(),
                    worker: Some(log.worker),
                    rank: rank.dp_rank,
                    gpu: None,
                    phase: match rank.phase {
                        BatchPhase::Prefill => "prefill",
                        BatchPhase::Decode => "decode",
                        BatchPhase::Both => "both",
                    },
                    clock: of_log.clock,
                    at_ns: Some(*at_ns),
                    metric: "",
                    unit: "",
                    value: 0.0,
                };
                rows.extend(gauges.iter().filter_map(|gauge| {
                    let value = rank.get(*gauge, sample)?;
                    Some(Row { metric: gauge.name(), unit: unit(*gauge), value, ..row })
                }));
                if rows.len() >= AT_ONCE {
                    write(&rows)?;
                    rows.clear();
                }
            }
        }
    }
    for of_log in &nodes.gpus {
        for gpu in &of_log.log.gpus {
            for sample in &gpu.samples {
                let row = Row {
                    cell_id: of_log.cell(sample.at_ns),
                    node: if gpu.host.is_empty() { SERVER } else { &gpu.host },
                    role: "",
                    worker: None,
                    rank: None,
                    gpu: Some(gpu.index),
                    phase: "",
                    clock: of_log.clock,
                    at_ns: Some(sample.at_ns),
                    metric: "",
                    unit: "",
                    value: 0.0,
                };
                rows.extend(GPU.iter().filter_map(|(metric, unit, read)| {
                    Some(Row { metric, unit, value: read(sample)?, ..row })
                }));
            }
            if rows.len() >= AT_ONCE {
                write(&rows)?;
                rows.clear();
            }
        }
    }
    write(&rows)
}

fn unit(gauge: WorkerGauge) -> &'static str {
    match (gauge.kind(), gauge) {
        (GaugeKind::Rate, _) => "tok/s",
        (
            _,
            WorkerGauge::KvTokens
            | WorkerGauge::ComputedTokens
            | WorkerGauge::CachedTokens
            | WorkerGauge::GeneratedTokens
            | WorkerGauge::AcceptLength,
        ) => "tokens",
        (GaugeKind::Share, _) => "0..1",
        (GaugeKind::Level | GaugeKind::Amount, _) => "count",
    }
}

fn gauges<'n>(of_cell: &'n OfCell, rows: &mut Vec<Row<'n>>) {
    let OfCell { cell_id, servers, timeline } = of_cell;
    let row = Row {
        cell_id: Some(cell_id),
        node: SERVER,
        role: "",
        worker: None,
        rank: None,
        gpu: None,
        phase: "",
        clock: LogClock::Utc,
        at_ns: None,
        metric: "",
        unit: "",
        value: 0.0,
    };
    for ComponentSeries { name, series: server } in servers {
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
                Some(Row { node: name, at_ns, metric, unit, value, ..row })
            }));
        }
    }
    for sample in timeline.iter().flat_map(|timeline| &timeline.samples) {
        for endpoint in sample.endpoints() {
            let at_ns = endpoint.scraped_at_ns.or(sample.at_ns);
            rows.extend(ENDPOINT.iter().filter_map(|(metric, unit, read)| {
                let (node, role, value) = (&*endpoint.url, &*endpoint.role, read(endpoint)?);
                Some(Row { node, role, at_ns, metric, unit, value, ..row })
            }));
        }
    }
}

pub(super) fn fields<'n>() -> Vec<Field<Row<'n>>> {
    vec![
        Field::text(
            "cell_id",
            "cells[].cell_id",
            "Cell; of a worker that served several the one whose load ran then, empty between them.",
            |row: &Row<'_>| row.cell_id.map(Into::into),
        ),
        Field::text(
            "node",
            "EndpointSnapshot::url, ComponentSeries::name, WorkerLog::node, GpuSeries::host",
            "Address of an endpoint without credentials, name of a component, node of a worker or GPU, or server.",
            |row: &Row<'_>| Some(row.node.into()),
        ),
        Field::text(
            "role",
            "EndpointSnapshot::role, WorkerLog::role",
            "prefill, decode, transfer or agg; empty for the whole server.",
            |row: &Row<'_>| (!row.role.is_empty()).then(|| row.role.into()),
        ),
        Field::whole(
            "worker",
            "",
            "WorkerLog::worker",
            "Number of a worker among those of its role.",
            |row: &Row<'_>| row.worker.map(i64::from),
        ),
        Field::whole(
            "rank",
            "",
            "RankSeries::dp_rank",
            "Data-parallel rank of a worker.",
            |row: &Row<'_>| row.rank.map(i64::from),
        ),
        Field::whole(
            "gpu",
            "",
            "GpuSeries::index",
            "Number of a GPU on its node.",
            |row: &Row<'_>| row.gpu.map(i64::from),
        ),
        Field::text(
            "phase",
            "RankSeries::phase",
            "Batches that a worker's line speaks of: prefill, decode or both.",
            |row: &Row<'_>| (!row.phase.is_empty()).then(|| row.phase.into()),
        ),
        Field::moment(
            "time",
            "NodeSeries::at_ns, EndpointSnapshot::scraped_at_ns, RankSeries::at_ns, GpuSample::at_ns",
            "Moment of the sample, on the clock beside it.",
            |row: &Row<'_>| row.at_ns,
        ),
        Field::text(
            "clock",
            "WorkerLog::clock, GpuLog::clock",
            "utc, local (no zone is written), or local_without_year (2000 stands for the year).",
            |row: &Row<'_>| Some(row.clock.name().into()),
        ),
        Field::text(
            "metric",
            "NodeSeries, EndpointSnapshot, WorkerGauge, GpuSample",
            "Gauge; one that ends in `_total` counts since the server began.",
            |row: &Row<'_>| Some(row.metric.into()),
        ),
        Field::text(
            "unit",
            "NodeSeries, EndpointSnapshot, WorkerGauge, GpuSample",
            "Its unit.",
            |row: &Row<'_>| Some(row.unit.into()),
        ),
        Field::number(
            "value",
            "",
            "NodeSeries, EndpointSnapshot, WorkerGauge, GpuSample",
            "The sample.",
            |row: &Row<'_>| Some(row.value),
        ),
    ]
}
