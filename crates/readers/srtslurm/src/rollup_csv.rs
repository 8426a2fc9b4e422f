//! `benchmark-rollup.csv`: a row for each load level, with medians and GPU counts, up to three
//! decimals.
//!
//! Since 2026-07-16 the rate per GPU divides by the working GPUs, which have columns of their own;
//! before, by all GPUs of the job's nodes.

use inferguard_model::{
    Fragment, Metric, Origin, Place, Problem, ProblemCode, Quantity, Role, Scalar, Stat, names,
};
use inferguard_source::csv::{CsvRows, Row};
use inferguard_source::{Content, Refusal, shorten};

use crate::rollup::{Rows, result, with_numbers};

/// Rows read of one file.
const MOST_ROWS: usize = 10_000;

/// The columns, those from 2026-07-16 last.
const COLUMNS: [&str; 15] = [
    "Config",
    "Total GPU Count",
    "Decode GPU Count",
    "Concurrency",
    "Total Token Throughput",
    "Output Token Throughput",
    "Median TTFT",
    "Median TPOT",
    "Median ITL",
    "P90 Decode Running Requests",
    "Output Token Throughput per User",
    "Total Token Throughput per GPU",
    "Total Working GPU Count",
    "Decode Working GPU Count",
    "Prefill Working GPU Count",
];

const CONFIG: usize = 0;
const GPUS: usize = 1;
const DECODE_GPUS: usize = 2;
const CONCURRENCY: usize = 3;
const P90_RUNNING: usize = 9;
const PER_GPU: usize = 11;
const WORKING_GPUS: usize = 12;
const WORKING_DECODE: usize = 13;
const WORKING_PREFILL: usize = 14;

/// Numbers that are read as they are: column, metric, how many of its units are one of the metric.
const NUMBERS: [(usize, Metric, f64); 5] = [
    (4, Metric::plain(Quantity::TotalTput), 1.0),
    (5, Metric::plain(Quantity::OutputTput), 1.0),
    (6, Metric::new(Stat::P50, Quantity::Ttft), 1e3),
    (7, Metric::new(Stat::P50, Quantity::Tpot), 1e3),
    (8, Metric::new(Stat::P50, Quantity::Itl), 1e3),
];

/// Columns without which a table is something else.
pub(crate) const TELLING: [&str; 3] =
    ["Total GPU Count", "Concurrency", "Total Token Throughput per GPU"];

/// Reads the file.
pub(crate) fn read(file: u32, content: &mut Content) -> Result<Rows, Refusal> {
    let mut rows = CsvRows::new(content.stream()?, &COLUMNS)?;
    if let Some(missing) = TELLING.iter().find(|name| !rows.has(name)) {
        return Err(Refusal::new(format!("no column `{missing}`")));
    }
    let mut fragments = Vec::new();
    let mut problems = std::mem::take(&mut rows.problems);
    let by_working = rows.has(COLUMNS[WORKING_GPUS]);
    while let Some(row) = rows.next_row()? {
        if fragments.len() == MOST_ROWS {
            let told = format!("rows after the first {MOST_ROWS} are left out");
            problems.push(Problem::warning(ProblemCode::Limit, "", told));
            break;
        }
        let n = fragments.len();
        fragments.push(one(file, n, row, by_working));
    }
    let fragments = with_numbers(fragments, &mut problems);
    Ok((fragments, problems))
}

fn one(file: u32, n: usize, row: &Row, by_working: bool) -> Fragment {
    let mut fragment = result(file, Role::ROLLUP_CSV, format!("/{n}"));
    let known = &mut fragment.evidence;
    let key = |column: usize| Origin { artifact: 0, place: Place::Key(COLUMNS[column]) };
    let count = |column: usize| {
        row.number(column).filter(|n| *n > 0.0 && n.fract() == 0.0 && *n < 1e6).map(|n| n as u32)
    };
    for (column, metric, divisor) in NUMBERS {
        if let Some(value) = row.number(column) {
            known.metrics.set(metric, value / divisor, key(column));
        }
    }
    let per_gpu = if by_working { Quantity::TputPerGpu } else { Quantity::TputPerProvisionedGpu };
    if let Some(value) = row.number(PER_GPU) {
        known.metrics.set(Metric::plain(per_gpu), value, key(PER_GPU));
    }
    let provisioned = count(GPUS);
    // A count of GPUs alone measures nothing.
    let measured = !known.metrics.is_empty();
    if let Some(gpus) = provisioned.filter(|_| measured) {
        known.metrics.set(Metric::plain(Quantity::NumProvisionedGpus), gpus.into(), key(GPUS));
    }
    if let Some(gpus) = count(WORKING_GPUS).filter(|_| measured) {
        known.metrics.set(Metric::plain(Quantity::NumGpus), gpus.into(), key(WORKING_GPUS));
    }
    let identity = &mut known.identity;
    identity.load.concurrency = count(CONCURRENCY);
    identity.scenario_type = Some("fixed-length".into());
    let decode = count(WORKING_DECODE).or(count(DECODE_GPUS));
    let total = count(WORKING_GPUS).or(provisioned);
    if let Some((decode, total)) = decode.zip(total)
        && decode < total
    {
        identity.disagg = Some(true);
        identity.topology.decode.num_gpu = Some(decode);
        identity.topology.prefill.num_gpu = count(WORKING_PREFILL).or(Some(total - decode));
    }
    if let Some(running) = row.number(P90_RUNNING) {
        // One number for the whole job, repeated in every row.
        known.extra.push(("P90 Decode Running Requests".into(), Scalar::Float(running)));
    }
    let config = String::from_utf8_lossy(row.get(CONFIG));
    let config = config.trim();
    if !config.is_empty() {
        known.identity.recipe_name = Some(shorten(config));
        // The model is in no column, and the name of a configuration often tells the hardware.
        if let Some(hardware) = config.split(['-', '_']).find_map(names::known_hardware) {
            known.identity.hardware = Some(hardware.to_owned());
            let told = format!("hardware `{hardware}` taken from the name of the configuration");
            known.problem(Problem::note(ProblemCode::FromName, COLUMNS[CONFIG], told));
        }
    }
    fragment
}
