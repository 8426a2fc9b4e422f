//! Gauges of a server over time.

use inferguard_model::{NodeSeries, Quantity};

/// Samples of one file; columns of equal length, unless one is not exported.
#[derive(Debug)]
pub(crate) struct Gauges {
    columns: [Vec<f64>; Gauges::N],
    exported: [bool; Gauges::N],
    /// Columns where a cell was empty: a series with a hole is none.
    broken: [bool; Gauges::N],
    nonzero: [bool; Gauges::N],
    last_busy: Option<usize>,
    last_cpu_pct: f64,
}

const KV: usize = 0;
const CPU_KV: usize = 1;
const RUNNING: usize = 2;
const WAITING: usize = 3;

impl Gauges {
    pub(crate) const N: usize = 4;

    /// Their columns; the usages are in percent.
    pub(crate) const NAMES: [&'static str; Self::N] = [
        "kv_cache_usage_pct",
        "cpu_kv_cache_usage_pct",
        "num_requests_running",
        "num_requests_waiting",
    ];

    /// No samples yet of the columns that the file has.
    pub(crate) fn new(has: &[bool]) -> Self {
        let mut exported = [false; Self::N];
        exported.copy_from_slice(has);
        Self {
            columns: Default::default(),
            exported,
            broken: [false; Self::N],
            nonzero: [false; Self::N],
            last_busy: None,
            last_cpu_pct: 0.0,
        }
    }

    /// Whether a row says that the server neither runs nor holds a request.
    pub(crate) fn idle(row: &[Option<f64>; Self::N]) -> bool {
        row[RUNNING] == Some(0.0) && row[WAITING] == Some(0.0)
    }

    pub(crate) fn take(&mut self, row: [Option<f64>; Self::N]) {
        if !Self::idle(&row) {
            self.last_busy = Some(self.columns[KV].len());
        }
        self.last_cpu_pct = row[CPU_KV].unwrap_or(0.0);
        for (n, value) in row.into_iter().enumerate() {
            self.broken[n] |= self.exported[n] && value.is_none();
            let value = value.unwrap_or(0.0);
            self.nonzero[n] |= value != 0.0;
            self.columns[n].push(if n <= CPU_KV { value / 100.0 } else { value });
        }
    }

    /// Whether the server exports the gauge, as far as the file can tell.
    fn is_exported(&self, n: usize) -> bool {
        // Running and waiting come together, so that one which moves vouches for the other.
        let moved = match n {
            RUNNING | WAITING => self.nonzero[RUNNING] || self.nonzero[WAITING],
            _ => self.nonzero[n],
        };
        self.exported[n] && moved && !self.broken[n]
    }

    /// Columns that the file has and that say nothing.
    pub(crate) fn silent(&self) -> impl Iterator<Item = &'static str> {
        (0..Self::N).filter(|n| self.exported[*n] && !self.is_exported(*n)).map(|n| Self::NAMES[n])
    }

    /// The samples from the end of the idle rows at the beginning to the last busy row.
    pub(crate) fn during_load(&self, lead_rows: usize) -> impl Iterator<Item = (Quantity, &[f64])> {
        let end = self.last_busy.map_or(0, |row| row + 1);
        let exported = move |(n, quantity): (usize, Quantity)| {
            let samples = self.columns[n].get(lead_rows..end).filter(|s| !s.is_empty());
            samples.filter(|_| self.is_exported(n)).map(|samples| (quantity, samples))
        };
        [
            (KV, Quantity::KvCacheUsage),
            (RUNNING, Quantity::RequestsRunning),
            (WAITING, Quantity::RequestsWaiting),
        ]
        .into_iter()
        .filter_map(exported)
    }

    /// CPU KV-cache usage of the last row, in percent.
    pub(crate) fn last_cpu_pct(&self) -> Option<f64> {
        self.is_exported(CPU_KV).then_some(self.last_cpu_pct)
    }

    /// Gives the samples of what is exported away.
    pub(crate) fn move_into(&mut self, series: &mut NodeSeries) {
        let exported: [bool; Self::N] = std::array::from_fn(|n| self.is_exported(n));
        let mut take = |n: usize| {
            if exported[n] { std::mem::take(&mut self.columns[n]) } else { Vec::new() }
        };
        series.kv_cache_usage = take(KV);
        series.cpu_kv_cache_usage = take(CPU_KV);
        series.running = take(RUNNING);
        series.waiting = take(WAITING);
    }
}
