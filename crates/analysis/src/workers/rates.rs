//! Does prefill take in what decode gives out?
//!
//! Input tokens of all prefill workers ÷ mean ISL, and tokens of all decode workers ÷ mean OSL, are
//! requests/s on one clock. Over a whole load both have to be equal but for what is under way at its
//! ends: each request passes both. What tells the two apart is what each side does **while it
//! works**: a side that is idle for half of the time could do twice as much.

use inferguard_model::{Cell, Identity, Metric, MetricSet, Quantity, Stat, WorkerRole};

use super::grid::Grid;
use super::series::{GroupBy, GroupSeries, series};

/// One role over a load.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Side {
    /// Workers with samples.
    pub workers: usize,
    /// Ranks with samples.
    pub ranks: usize,
    /// Tokens/s over the whole load: of prefill computed and cached ones, of decode generated ones.
    pub tokens_per_second: f64,
    /// Share of the tokens that came out of the prefix cache.
    pub cached: Option<f64>,
    /// Share of the load in which a worker worked, mean over the workers.
    pub at_work: f64,
    /// Requests/s over the whole load.
    pub requests_per_second: f64,
    /// Requests/s of all workers together, each while it works.
    pub requests_per_second_at_work: f64,
}

/// Both roles over one load.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RateMatch {
    /// Length of the load, seconds.
    pub seconds: f64,
    /// Tokens of a request's input, and whether they are what was asked for and not measured.
    pub isl: (f64, bool),
    /// Tokens of a request's output, and the same.
    pub osl: (f64, bool),
    /// Prefill.
    pub prefill: Side,
    /// Decode.
    pub decode: Side,
}

impl RateMatch {
    /// Requests/s that decode gives out ÷ requests/s that prefill takes in, over the whole load.
    pub fn flow(&self) -> f64 {
        self.decode.requests_per_second / self.prefill.requests_per_second
    }

    /// The same while each works.
    pub fn at_work(&self) -> f64 {
        self.decode.requests_per_second_at_work / self.prefill.requests_per_second_at_work
    }
}

/// Why there is no rate match.
pub mod why {
    /// No log.
    pub const NO_LOGS: &str = "no worker logs";
    /// Logs, and no samples under the load.
    pub const NOT_PLACED: &str = "when the load ran, on the clock of the worker logs, is not known";
    /// Aggregated.
    pub const ONE_ROLE: &str = "no samples of both prefill and decode workers";
    /// No lengths.
    pub const NO_LENGTHS: &str = "the mean input or output length is not known";
    /// One rank of many.
    pub const ONE_RANK: &str =
        "TensorRT-LLM logs its first rank only, and attention is data-parallel over the others";
    /// Nothing happened.
    pub const IDLE: &str = "prefill or decode did nothing under the load";
    /// Fewer logs than workers.
    pub const WORKERS_MISSING: &str = "there are fewer worker logs with samples than workers";
}

/// Compares both roles of a cell.
pub fn rate_match(cell: &Cell) -> Result<RateMatch, &'static str> {
    let evidence = &cell.evidence;
    if evidence.workers.is_empty() {
        return Err(why::NO_LOGS);
    }
    let of_role = |role| evidence.workers.iter().any(|log| log.role == role);
    if !of_role(WorkerRole::Prefill) || !of_role(WorkerRole::Decode) {
        return Err(why::ONE_ROLE);
    }
    let loads = &evidence.worker_load;
    let grid = loads.first().and_then(|load| Grid::over(load.window_ns)).ok_or(why::NOT_PLACED)?;
    let one_of_many = |load: &inferguard_model::WorkerLoad| {
        let log = &load.log;
        let many = log.launch.tp.is_some_and(|tp| tp > 1);
        log.engine == Some(inferguard_model::Engine::TensorRtLlm)
            && log.launch.dp_attention == Some(true)
            && many
    };
    if loads.iter().any(one_of_many) {
        return Err(why::ONE_RANK);
    }
    let (isl, osl) = (
        length(&evidence.metrics, Quantity::Isl, &evidence.identity),
        length(&evidence.metrics, Quantity::Osl, &evidence.identity),
    );
    let isl = isl.ok_or(why::NO_LENGTHS)?;
    let osl = osl.ok_or(why::NO_LENGTHS)?;
    let workers = series(loads, GroupBy::Worker);
    let topology = &evidence.identity.topology;
    let side = |role, stated: Option<u32>, length: f64| {
        let of: Vec<&GroupSeries> =
            workers.iter().filter(|series| series.group.role == role).collect();
        if of.is_empty() {
            return Err(why::ONE_ROLE);
        }
        if stated.is_some_and(|stated| of.len() < stated as usize) {
            return Err(why::WORKERS_MISSING);
        }
        side(&of, role, &grid, length).ok_or(why::IDLE)
    };
    Ok(RateMatch {
        seconds: grid.window_seconds(),
        isl,
        osl,
        prefill: side(WorkerRole::Prefill, topology.prefill.num_workers, isl.0)?,
        decode: side(WorkerRole::Decode, topology.decode.num_workers, osl.0)?,
    })
}

/// Mean length that was measured, else the one that was asked for.
fn length(metrics: &MetricSet, quantity: Quantity, identity: &Identity) -> Option<(f64, bool)> {
    let measured = metrics.get(Metric::new(Stat::Mean, quantity)).map(|mean| (mean, false));
    let nominal = if quantity == Quantity::Isl { identity.isl } else { identity.osl };
    measured.or(nominal.map(|nominal| (f64::from(nominal), true))).filter(|(mean, _)| *mean > 0.0)
}

fn side(workers: &[&GroupSeries], role: WorkerRole, grid: &Grid, length: f64) -> Option<Side> {
    let seconds = grid.window_seconds();
    let (mut total, mut cached, mut rate_at_work, mut at_work) = (0.0, None, 0.0, 0.0);
    for worker in workers {
        let of_decode = role == WorkerRole::Decode;
        let made = if of_decode { &worker.generated_tokens } else { &worker.input_tokens };
        let from_cache = if of_decode { &None } else { &worker.cached_tokens };
        let tokens = |step: usize| {
            let of = |held: &Option<Vec<f64>>| held.as_ref().map_or(0.0, |held| held[step]);
            of(made) + of(from_cache)
        };
        if let Some(from_cache) = from_cache {
            *cached.get_or_insert(0.0) += from_cache.iter().sum::<f64>();
        }
        let (mut sum, mut working) = (0.0, 0.0);
        for step in 0..grid.steps() {
            let made = tokens(step);
            sum += made;
            working += if made > 0.0 { grid.seconds(step) } else { 0.0 };
        }
        total += sum;
        at_work += working / seconds;
        rate_at_work += if working > 0.0 { sum / working } else { 0.0 };
    }
    (total > 0.0).then(|| Side {
        workers: workers.len(),
        ranks: workers.iter().map(|worker| worker.ranks).sum(),
        tokens_per_second: total / seconds,
        cached: cached.map(|cached: f64| cached / total),
        at_work: at_work / workers.len() as f64,
        requests_per_second: total / seconds / length,
        requests_per_second_at_work: rate_at_work / length,
    })
}
