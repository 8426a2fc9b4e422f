//! What worker logs say of a cell's load.

use inferguard_analysis::workers::grid::Grid;
use inferguard_analysis::workers::rates::{self, rate_match};
use inferguard_analysis::workers::series::{GroupBy, GroupSeries, HELD, series};
use inferguard_model::{self as model, WorkerGauge};
use inferguard_schema::{RateMatch, RoleSeries, WireMap, WorkerLogSummary, WorkersSection};

/// The section of a cell; `None` when no log lies under its load.
pub(super) fn section(cell: &model::Cell) -> Option<WorkersSection> {
    let loads = &cell.evidence.worker_load;
    let grid = Grid::over(loads.first()?.window_ns)?;
    let workers = series(loads, GroupBy::Rank);
    let logs = loads.iter().map(|load| summary(&load.log, &workers, &grid));
    let of_role = |role: &GroupSeries| {
        let same = |load: &&model::WorkerLoad| load.log.role == role.group.role;
        let mut numbers: Vec<u32> = loads.iter().filter(same).map(|load| load.log.worker).collect();
        numbers.sort_unstable();
        numbers.dedup();
        RoleSeries {
            role: role.group.role.name().into(),
            workers: numbers.len() as u64,
            ranks: role.ranks as u64,
            gauges: gauges(role, &grid),
        }
    };
    Some(WorkersSection {
        logs: logs.collect(),
        seconds: grid.window_seconds(),
        step_seconds: grid.step_ns as f64 / 1e9,
        series: series(loads, GroupBy::Role).iter().map(of_role).collect(),
        rate_match: rate_match(cell).ok().map(|found| matched(&found)),
    })
}

fn gauges(of: &GroupSeries, grid: &Grid) -> WireMap<Vec<Option<f64>>> {
    let mut map = WireMap::default();
    for (name, tokens) in [
        ("input_tput_tps", &of.input_tokens),
        ("cached_input_tput_tps", &of.cached_tokens),
        ("output_tput_tps", &of.generated_tokens),
    ] {
        if let Some(tokens) = tokens {
            let rate = |(step, n): (usize, &f64)| Some(rounded(n / grid.seconds(step)));
            map.push(name, tokens.iter().enumerate().map(rate).collect());
        }
    }
    for gauge in HELD {
        if let Some(values) = of.held.get(&gauge) {
            map.push(gauge.name(), values.clone());
        }
    }
    map
}

/// Three decimals: a chart has no use for more, and a report holds many of these.
fn rounded(value: f64) -> f64 {
    (value * 1e3).round() / 1e3
}

fn summary(log: &model::WorkerLog, ranks: &[GroupSeries], grid: &Grid) -> WorkerLogSummary {
    let of: Vec<&GroupSeries> = ranks
        .iter()
        .filter(|series| {
            let group = &series.group;
            (group.role, group.worker, group.node.as_deref())
                == (log.role, Some(log.worker), Some(&*log.node))
        })
        .collect();
    let total = |of_rank: fn(&GroupSeries) -> &Option<Vec<f64>>| {
        let known = of.iter().filter_map(|rank| of_rank(rank).as_ref());
        known.map(|steps| steps.iter().sum::<f64>()).reduce(|a, b| a + b)
    };
    let rate = |tokens: Option<f64>| tokens.map(|tokens| tokens / grid.window_seconds());
    let most = |gauge: WorkerGauge| {
        let held = of.iter().filter_map(|rank| rank.held.get(&gauge));
        held.flatten().flatten().copied().reduce(f64::max)
    };
    let mut events = WireMap::default();
    for event in &log.events {
        events.push(event.kind.name(), event.count);
    }
    WorkerLogSummary {
        role: log.role.name().into(),
        worker: u64::from(log.worker),
        node: log.node.to_string(),
        engine: log.engine.map(|engine| engine.name().into()),
        ranks: of.iter().map(|rank| rank.ranks as u64).sum(),
        samples: log.lines.sampled,
        input_tput_tps: rate(total(|rank| &rank.input_tokens)),
        cached_input_tput_tps: rate(total(|rank| &rank.cached_tokens)),
        output_tput_tps: rate(total(|rank| &rank.generated_tokens)),
        max_kv_cache_usage: most(WorkerGauge::KvUsage),
        max_requests_queued: most(WorkerGauge::Queued),
        preemptions: total(|rank| &rank.preempted),
        events,
    }
}

fn matched(found: &rates::RateMatch) -> RateMatch {
    let (prefill, decode) = (&found.prefill, &found.decode);
    RateMatch {
        mean_isl: found.isl.0,
        mean_osl: found.osl.0,
        lengths_are_nominal: found.isl.1 || found.osl.1,
        prefill_requests_per_second: prefill.requests_per_second,
        decode_requests_per_second: decode.requests_per_second,
        flow: found.flow(),
        prefill_requests_per_second_at_work: prefill.requests_per_second_at_work,
        decode_requests_per_second_at_work: decode.requests_per_second_at_work,
        at_work: found.at_work(),
        prefill_at_work_share: prefill.at_work,
        decode_at_work_share: decode.at_work,
    }
}
