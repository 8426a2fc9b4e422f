//! The answers of one run.

use inferguard_analysis::requests::bootstrap::{self, Intervals};
use inferguard_analysis::requests::capacity::{self, Level};
use inferguard_analysis::requests::groups::{self, GroupBy};
use inferguard_analysis::requests::{
    goodput, in_start_order, slices, steady, wave, window_seconds,
};
use inferguard_model::{ArtifactRef, Cell, Metric, MetricRef, Problem, Quantity, RequestTable};

use super::{GroupRequestsBy, RequestRun, RequestsQuery};
use crate::Slo;
use crate::keep::KeptTable;

/// Percentiles that are computed whatever is asked for.
const ALWAYS: [u32; 6] = [50_000, 75_000, 90_000, 95_000, 99_000, 99_900];

/// Quantities with intervals.
const WITH_INTERVALS: [Quantity; 4] =
    [Quantity::Ttft, Quantity::E2el, Quantity::Tpot, Quantity::RequestTputPerUser];

pub(super) struct Asked<'a> {
    pub(super) query: &'a RequestsQuery,
    pub(super) tiers: &'a [Slo],
}

impl Asked<'_> {
    /// What is asked for and what every report has, ascending.
    pub(super) fn percentiles(&self) -> Vec<u32> {
        let mut all = [&self.query.percentiles[..], &ALWAYS].concat();
        all.sort_unstable();
        all.dedup();
        all
    }

    pub(super) fn run(&self, cell: &Cell, path: String, kept: KeptTable) -> RequestRun {
        let KeptTable { table, distributions, artifact } = kept;
        let table = &*table;
        let evidence = &cell.evidence;
        let load = &evidence.identity.load;
        let plain = |quantity| evidence.metrics.get(Metric::plain(quantity));
        let wanted = self.percentiles();
        let rates = [Quantity::Qps, Quantity::InputTput, Quantity::OutputTput, Quantity::TotalTput];
        let slices = self.query.slice_ns.and_then(|width| {
            let slices = slices::slices(table, width, self.tiers, &wanted)?;
            let readings = slices.readings();
            Some((slices, readings))
        });
        let group_by = match self.query.group_by {
            Some(GroupRequestsBy::Isl) => Some(GroupBy::Isl),
            Some(GroupRequestsBy::Turn) => Some(GroupBy::Turn),
            Some(GroupRequestsBy::Worker) => Some(GroupBy::Worker),
            Some(GroupRequestsBy::Error) | None => None,
        };
        let attempts = table.len() as u64 + table.failed;
        // Now the load is known, which another file may have told.
        let wave = wave::rows(table, load);
        let of_wave = |wave: &Vec<u32>| wave::first_wave(table, wave);
        RequestRun {
            id: cell.id.to_string(),
            path,
            concurrency: load.concurrency,
            request_rate: load.request_rate,
            // A row that could not be read was an attempt all the same.
            attempts: evidence.completion.total.unwrap_or(attempts).max(attempts),
            successes: table.len() as u64,
            success_rate: evidence.completion.success_rate(),
            duration: plain(Quantity::Duration).or_else(|| window_seconds(table)),
            gpus: plain(Quantity::NumGpus),
            rates: rates.into_iter().filter_map(|of| Some((of, plain(of)?))).collect(),
            distributions,
            intervals: if self.query.intervals {
                self.intervals(table, load.concurrency)
            } else {
                Vec::new()
            },
            goodput: self.tiers.iter().map(|slo| goodput::goodput(table, slo)).collect(),
            first_wave: wave.as_ref().filter(|_| self.query.first_wave).and_then(of_wave),
            steady: wave.as_ref().and_then(|wave| steady::window(table, wave, load)),
            slices,
            groups: group_by.and_then(|by| groups::groups(table, by, self.tiers, &wanted)),
            failures: groups::failures(table),
            stated_wait: evidence
                .metrics
                .iter()
                .filter(|entry| entry.metric.quantity == Quantity::ScheduleDelay)
                .map(MetricRef::to_entry)
                .collect(),
            stated_slices: evidence.slices.clone().filter(|_| self.query.slice_ns.is_some()),
            problems: of_records(cell, &artifact),
        }
    }

    fn intervals(
        &self,
        table: &RequestTable,
        concurrency: Option<u32>,
    ) -> Vec<(Quantity, Option<Intervals>)> {
        let Some(rows) = in_start_order(table) else { return Vec::new() };
        let block = bootstrap::block_length(concurrency);
        let of = |quantity: Quantity| {
            let limited = match quantity {
                Quantity::RequestTputPerUser => Quantity::Intvty,
                other => other,
            };
            let value = |row: &u32| goodput::value(table, limited, *row as usize);
            let values: Vec<f64> = rows.iter().filter_map(value).collect();
            (!values.is_empty())
                .then(|| (quantity, bootstrap::intervals(&values, &self.query.percentiles, block)))
        };
        WITH_INTERVALS.into_iter().filter_map(of).collect()
    }

    /// The run as a level of load, for each tier that it can be judged by.
    pub(super) fn levels(&self, cell: &Cell, table: &RequestTable) -> Vec<Option<Level>> {
        if self.query.capacity.is_none() {
            return Vec::new();
        }
        let load = &cell.evidence.identity.load;
        let rate = cell.evidence.metrics.get(Metric::plain(Quantity::Qps));
        let level = |slo: &Slo| {
            goodput::goodput(table, slo).ok()?;
            Some(Level {
                load: load.concurrency.map(f64::from).or(load.request_rate).unwrap_or(0.0),
                concurrency: load.concurrency,
                rate: rate?,
                attempts: capacity::attempts(table, slo),
            })
        };
        self.tiers.iter().map(level).collect()
    }
}

/// Problems of the file of the records.
fn of_records(cell: &Cell, records: &ArtifactRef) -> Vec<Problem> {
    let is_of = |at: u16| {
        let held = cell.artifacts.get(usize::from(at));
        held.is_some_and(|held| held.file == records.file && held.base == records.base)
    };
    let problems = cell.evidence.problems.iter();
    problems.filter(|(at, _)| is_of(*at)).map(|(_, problem)| problem.clone()).collect()
}
