//! What the logs of serving workers say: samples of load and throughput, and how a worker fared.

use std::sync::Arc;

/// What a worker of a deployment does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WorkerRole {
    /// Computes prompts and sends their KV cache on.
    Prefill,
    /// Generates tokens from a KV cache that it was sent.
    Decode,
    /// Does both.
    Aggregated,
}

impl WorkerRole {
    /// Name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Prefill => "prefill",
            Self::Decode => "decode",
            Self::Aggregated => "agg",
        }
    }
}

/// The engine that wrote a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each variant is the engine of its name")]
pub enum Engine {
    Sglang,
    Vllm,
    TensorRtLlm,
}

impl Engine {
    /// Name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sglang => "sglang",
            Self::Vllm => "vllm",
            Self::TensorRtLlm => "trtllm",
        }
    }
}

/// The clock of a log's times. Times without a zone are kept as if they were UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LogClock {
    /// The log says UTC.
    Utc,
    /// Local time of the node; the zone is not written.
    Local,
    /// Local time of the node, and the year is not written: the year 2000 stands for it, or 2001
    /// after a turn of the year within the log.
    LocalWithoutYear,
}

impl LogClock {
    /// Name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Utc => "utc",
            Self::Local => "local",
            Self::LocalWithoutYear => "local_without_year",
        }
    }
}

/// How values of a gauge go together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GaugeKind {
    /// Tokens/s since the line before it: adds up over ranks, and over time by its intervals.
    Rate,
    /// How many there are at the moment: adds up over ranks.
    Level,
    /// How many since the line before it: adds up over ranks and over time.
    Amount,
    /// A share or a mean: never adds up.
    Share,
}

/// A figure that engines log of one rank.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WorkerGauge {
    /// Input tokens/s as logged.
    InputTput,
    /// Generated tokens/s as logged.
    GenerationTput,
    /// Requests in the running batch.
    Running,
    /// Requests that wait to be scheduled.
    Queued,
    /// Prefill: requests that wait for the decode side; decode: requests that wait for KV space.
    Preallocating,
    /// Decode: requests whose KV cache is on its way.
    Transferring,
    /// Prefill: requests whose KV cache is being sent.
    Inflight,
    /// Decode: requests that were put out of the batch for lack of KV space, and wait.
    Retracted,
    /// Share of the KV cache in use, 0..1; of several pools the fullest.
    KvUsage,
    /// Share of the KV cache that is reserved for requests to come, 0..1.
    KvReserved,
    /// Tokens in the KV cache.
    KvTokens,
    /// Requests that began in the batch.
    NewRequests,
    /// Input tokens computed in the batch.
    ComputedTokens,
    /// Input tokens found in the prefix cache.
    CachedTokens,
    /// Tokens generated in the iteration.
    GeneratedTokens,
    /// Prefix-cache hit rate as logged, 0..1.
    HitRate,
    /// Requests put out of the batch since the line before: preemptions, retractions.
    Preempted,
    /// Mean tokens that a step of speculative decoding accepts.
    AcceptLength,
}

impl WorkerGauge {
    /// Every gauge, in wire order.
    pub const ALL: [Self; 18] = [
        Self::InputTput,
        Self::GenerationTput,
        Self::Running,
        Self::Queued,
        Self::Preallocating,
        Self::Transferring,
        Self::Inflight,
        Self::Retracted,
        Self::KvUsage,
        Self::KvReserved,
        Self::KvTokens,
        Self::NewRequests,
        Self::ComputedTokens,
        Self::CachedTokens,
        Self::GeneratedTokens,
        Self::HitRate,
        Self::Preempted,
        Self::AcceptLength,
    ];

    /// Name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::InputTput => "input_tput_tps",
            Self::GenerationTput => "generation_tput_tps",
            Self::Running => "requests_running",
            Self::Queued => "requests_queued",
            Self::Preallocating => "requests_preallocating",
            Self::Transferring => "requests_transferring",
            Self::Inflight => "requests_inflight",
            Self::Retracted => "requests_retracted",
            Self::KvUsage => "kv_cache_usage",
            Self::KvReserved => "kv_cache_reserved",
            Self::KvTokens => "kv_cache_tokens",
            Self::NewRequests => "new_requests",
            Self::ComputedTokens => "computed_tokens",
            Self::CachedTokens => "cached_tokens",
            Self::GeneratedTokens => "generated_tokens",
            Self::HitRate => "prefix_cache_hit_rate",
            Self::Preempted => "preemptions",
            Self::AcceptLength => "spec_accept_length",
        }
    }

    /// How its values go together.
    pub const fn kind(self) -> GaugeKind {
        match self {
            Self::InputTput | Self::GenerationTput => GaugeKind::Rate,
            Self::Running
            | Self::Queued
            | Self::Preallocating
            | Self::Transferring
            | Self::Inflight
            | Self::Retracted
            | Self::KvTokens => GaugeKind::Level,
            Self::NewRequests
            | Self::ComputedTokens
            | Self::CachedTokens
            | Self::GeneratedTokens
            | Self::Preempted => GaugeKind::Amount,
            Self::KvUsage | Self::KvReserved | Self::HitRate | Self::AcceptLength => {
                GaugeKind::Share
            }
        }
    }
}

/// Which lines of a log a series was made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BatchPhase {
    /// Batches of prompts.
    Prefill,
    /// Batches of running requests.
    Decode,
    /// Lines that speak of both.
    Both,
}

impl BatchPhase {
    /// Name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Prefill => "prefill",
            Self::Decode => "decode",
            Self::Both => "both",
        }
    }
}

/// Values of one gauge; NaN where a line lacks it, which [`RankSeries::get`] gives as `None`.
#[derive(Debug, Clone, Default)]
struct Column(Vec<f64>);

impl PartialEq for Column {
    /// By bits, so that a hole equals a hole.
    fn eq(&self, other: &Self) -> bool {
        self.0.len() == other.0.len()
            && self.0.iter().zip(&other.0).all(|(a, b)| a.to_bits() == b.to_bits())
    }
}

/// Samples of one data-parallel rank of a worker, from lines of one phase, in time order.
///
/// A sample takes 8 bytes, and 8 for each gauge that the series has: about 80 bytes for SGLang.
#[derive(Debug, Clone, PartialEq)]
pub struct RankSeries {
    /// Data-parallel rank; `None` when the lines carry none.
    pub dp_rank: Option<u32>,
    /// Ranks that wrote the lines: more than one when they share a file without saying which is
    /// which.
    pub writers: u32,
    /// Which lines.
    pub phase: BatchPhase,
    /// Sample times, nanoseconds on the clock of the log.
    pub at_ns: Vec<i64>,
    columns: [Column; WorkerGauge::ALL.len()],
}

impl RankSeries {
    /// A series without samples.
    pub fn new(dp_rank: Option<u32>, phase: BatchPhase) -> Self {
        Self { dp_rank, writers: 1, phase, at_ns: Vec::new(), columns: Default::default() }
    }

    /// Number of samples.
    pub fn len(&self) -> usize {
        self.at_ns.len()
    }

    /// Whether there is no sample.
    pub fn is_empty(&self) -> bool {
        self.at_ns.is_empty()
    }

    /// Adds a sample; values that are not finite are left out.
    pub fn push(&mut self, at_ns: i64, values: impl IntoIterator<Item = (WorkerGauge, f64)>) {
        let n = self.at_ns.len();
        self.at_ns.push(at_ns);
        for (gauge, value) in values {
            let column = &mut self.columns[gauge as usize].0;
            if !value.is_finite() || column.len() > n {
                continue;
            }
            column.resize(n, f64::NAN);
            column.push(value);
        }
    }

    /// The value of a gauge at a sample.
    pub fn get(&self, gauge: WorkerGauge, sample: usize) -> Option<f64> {
        self.columns[gauge as usize].0.get(sample).copied().filter(|value| !value.is_nan())
    }

    /// Whether any sample has the gauge.
    pub fn has(&self, gauge: WorkerGauge) -> bool {
        !self.columns[gauge as usize].0.is_empty()
    }

    /// The values of a gauge with their times, in time order.
    pub fn values(&self, gauge: WorkerGauge) -> impl Iterator<Item = (i64, f64)> + '_ {
        let values = &self.columns[gauge as usize].0;
        self.at_ns
            .iter()
            .zip(values)
            .filter(|(_, value)| !value.is_nan())
            .map(|(at, value)| (*at, *value))
    }

    /// Gives a gauge a value wherever a sample lacks it.
    pub fn fill_holes(&mut self, gauge: WorkerGauge, value: f64) {
        let column = &mut self.columns[gauge as usize].0;
        column.resize(self.at_ns.len(), f64::NAN);
        column.iter_mut().filter(|held| held.is_nan()).for_each(|held| *held = value);
    }

    /// Puts the samples into time order; equal times keep theirs.
    pub fn sort(&mut self) {
        if self.at_ns.is_sorted() {
            return;
        }
        let mut order: Vec<usize> = (0..self.len()).collect();
        order.sort_by_key(|sample| self.at_ns[*sample]);
        let n = self.len();
        for column in self.columns.iter_mut().filter(|column| !column.0.is_empty()) {
            column.0.resize(n, f64::NAN);
            column.0 = order.iter().map(|sample| column.0[*sample]).collect();
        }
        self.at_ns = order.iter().map(|sample| self.at_ns[*sample]).collect();
    }

    /// Makes one sample of each pair: amounts are added, levels, rates and shares are the mean, the
    /// time is that of the later one.
    pub fn halve(&mut self) {
        for gauge in WorkerGauge::ALL {
            let column = &mut self.columns[gauge as usize].0;
            if column.is_empty() {
                continue;
            }
            column.resize(self.at_ns.len(), f64::NAN);
            let joined = |pair: &[f64]| {
                let known = pair.iter().copied().filter(|value| !value.is_nan());
                let (sum, n) = known.fold((0.0, 0.0), |(sum, n), value| (sum + value, n + 1.0));
                match gauge.kind() {
                    _ if n == 0.0 => f64::NAN,
                    GaugeKind::Amount => sum,
                    GaugeKind::Rate | GaugeKind::Level | GaugeKind::Share => sum / n,
                }
            };
            *column = column.chunks(2).map(joined).collect();
        }
        self.at_ns = self.at_ns.chunks(2).filter_map(|pair| pair.last().copied()).collect();
    }
}

/// Something in a log that tells how a worker fared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LogEventKind {
    /// The server is up.
    Ready,
    /// Counters of iterations fell back, or the server came up a second time.
    Restarted,
    /// A KV transfer between prefill and decode failed.
    KvTransferFailed,
    /// Requests were put out of the batch for lack of KV space.
    Retracted,
    /// Out of memory, of a GPU or of the host.
    OutOfMemory,
    /// The job was cancelled.
    Cancelled,
    /// A step of the job was ended, as those of all workers are when the job is done.
    Stopped,
    /// The job ran into its time limit.
    TimeLimit,
    /// A process died: an exception nobody caught, a signal.
    Crashed,
}

impl LogEventKind {
    /// Name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Restarted => "restarted",
            Self::KvTransferFailed => "kv_transfer_failed",
            Self::Retracted => "retracted",
            Self::OutOfMemory => "out_of_memory",
            Self::Cancelled => "cancelled",
            Self::Stopped => "stopped",
            Self::TimeLimit => "time_limit",
            Self::Crashed => "crashed",
        }
    }

    /// Whether a run does not go on as it was meant to after it.
    pub const fn ends_the_run(self) -> bool {
        matches!(self, Self::OutOfMemory | Self::Cancelled | Self::TimeLimit | Self::Crashed)
    }
}

/// All lines of one kind in a log; the first of them is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEvent {
    /// What happened.
    pub kind: LogEventKind,
    /// How often.
    pub count: u64,
    /// Line of the first, from 1.
    pub line: u64,
    /// Line of the last.
    pub last_line: u64,
    /// Time of the first, or of the last sample before it, nanoseconds on the clock of the log.
    pub at_ns: Option<i64>,
    /// The first line, shortened and without secrets.
    pub text: Box<str>,
}

/// Memory of one rank as the engine prints it, bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct WorkerMemory {
    /// Free after the weights were loaded.
    pub free_after_weights: Option<f64>,
    /// Taken by the weights.
    pub weights: Option<f64>,
    /// Size of the KV cache.
    pub kv_cache: Option<f64>,
    /// Tokens that fit into the KV cache.
    pub kv_cache_tokens: Option<f64>,
}

/// How a worker was started.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WorkerLaunch {
    /// The command line, without secrets.
    pub command: Option<Box<str>>,
    /// Tensor parallelism.
    pub tp: Option<u32>,
    /// Data parallelism.
    pub dp: Option<u32>,
    /// Expert parallelism.
    pub ep: Option<u32>,
    /// Pipeline parallelism.
    pub pp: Option<u32>,
    /// Attention is data-parallel over the ranks of TP.
    pub dp_attention: Option<bool>,
    /// Nodes that the worker spans.
    pub nodes: Option<u32>,
}

/// What became of the lines of a log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LineCounts {
    /// Lines of the file.
    pub read: u64,
    /// Lines that became a sample.
    pub sampled: u64,
    /// Lines of later pipeline stages, which repeat those of the first.
    pub repeated: u64,
    /// Lines that begin like a sample and cannot be read as one.
    pub refused: u64,
}

/// What the log of one worker says.
#[derive(Debug, Clone, PartialEq)]
pub struct WorkerLog {
    /// Node, from the file name.
    pub node: Box<str>,
    /// Role, from the file name.
    pub role: WorkerRole,
    /// Number of the worker among those of its role.
    pub worker: u32,
    /// File name without folders.
    pub file_name: Box<str>,
    /// The engine whose lines were found; `None` without any.
    pub engine: Option<Engine>,
    /// The clock of all times; `None` when no line has one.
    pub clock: Option<LogClock>,
    /// Samples, by phase and rank.
    pub ranks: Vec<RankSeries>,
    /// What happened, by first line.
    pub events: Vec<LogEvent>,
    /// Memory.
    pub memory: WorkerMemory,
    /// Command line and parallelism.
    pub launch: WorkerLaunch,
    /// What became of the lines.
    pub lines: LineCounts,
}

impl WorkerLog {
    /// First and last time of a sample.
    pub fn span_ns(&self) -> Option<(i64, i64)> {
        let first = self.ranks.iter().filter_map(|rank| rank.at_ns.first()).min()?;
        let last = self.ranks.iter().filter_map(|rank| rank.at_ns.last()).max()?;
        Some((*first, *last))
    }

    /// The rank of a file that holds a single one.
    pub fn ranks_of_name(&self) -> Option<u32> {
        self.file_name.rsplit_once("_DP")?.1.split('.').next()?.parse().ok()
    }

    /// `decode w1 on node-3`.
    pub fn label(&self) -> String {
        format!("{} w{} on {}", self.role.name(), self.worker, self.node)
    }
}

/// The part of a worker's log that lies under the load of one cell.
#[derive(Debug, Clone, PartialEq)]
pub struct WorkerLoad {
    /// The log, whole.
    pub log: Arc<WorkerLog>,
    /// Start and end of the cell's load on the clock of the log, nanoseconds.
    pub window_ns: (i64, i64),
}

#[cfg(test)]
mod tests {
    use super::*;
    use WorkerGauge::{CachedTokens, InputTput, Running};

    #[test]
    fn holes_are_no_zeros() {
        let mut series = RankSeries::new(Some(3), BatchPhase::Prefill);
        series.push(1, [(Running, 2.0)]);
        series.push(2, [(InputTput, 5.0), (Running, f64::NAN)]);
        series.push(3, [(Running, 4.0)]);
        assert_eq!(series.get(Running, 1), None);
        assert_eq!(series.values(Running).collect::<Vec<_>>(), [(1, 2.0), (3, 4.0)]);
        assert_eq!(series.values(InputTput).collect::<Vec<_>>(), [(2, 5.0)]);
        assert!(!series.has(CachedTokens));
        assert_eq!(series, series.clone());
    }

    #[test]
    fn halving_keeps_amounts_and_the_mean_of_the_rest() {
        let mut series = RankSeries::new(None, BatchPhase::Prefill);
        for at in 0..5 {
            series.push(at, [(CachedTokens, 10.0), (Running, at as f64)]);
        }
        series.halve();
        assert_eq!(series.at_ns, [1, 3, 4]);
        let of = |gauge| series.values(gauge).map(|(_, value)| value).collect::<Vec<_>>();
        assert_eq!(of(CachedTokens), [20.0, 20.0, 10.0]);
        assert_eq!(of(Running), [0.5, 2.5, 4.0]);
    }

    #[test]
    fn sorting_moves_all_columns_alike() {
        let mut series = RankSeries::new(None, BatchPhase::Decode);
        series.push(5, [(Running, 5.0)]);
        series.push(2, [(Running, 2.0), (InputTput, 1.0)]);
        series.push(9, []);
        series.sort();
        assert_eq!(series.at_ns, [2, 5, 9]);
        assert_eq!(series.values(Running).collect::<Vec<_>>(), [(2, 2.0), (5, 5.0)]);
        assert_eq!(series.values(InputTput).collect::<Vec<_>>(), [(2, 1.0)]);
    }
}
