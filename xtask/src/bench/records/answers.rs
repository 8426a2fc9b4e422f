//! What is asked of records, whoever read them.

use std::fmt::Write as _;

use inferguard_analysis::quantile::{mean, percentiles};
use inferguard_model::RequestTable;

const WANTED: [u32; 4] = [50_000, 75_000, 90_000, 99_000];
const SLICE_NS: i64 = 10_000_000_000;

/// Successful requests; latencies in milliseconds, as AIPerf writes them.
#[derive(Debug, Default)]
pub(super) struct Columns {
    pub(super) start_ns: Vec<i64>,
    pub(super) ttft: Vec<f64>,
    pub(super) itl: Vec<f64>,
    pub(super) e2el: Vec<f64>,
    pub(super) osl: Vec<u32>,
}

impl Columns {
    /// The columns of our reader, with AIPerf's own bits: nanoseconds × 10⁻⁶.
    pub(super) fn of(table: RequestTable) -> Self {
        let RequestTable { start_ns, mut ttft, mut e2el, osl, .. } = table;
        for column in [&mut ttft, &mut e2el] {
            column.iter_mut().for_each(|value| *value = RequestTable::nanoseconds(*value));
        }
        let between = |row: usize| (e2el[row] - ttft[row]) / f64::from(osl[row] - 1) * 1e-6;
        let itl = (0..e2el.len()).filter(|row| osl[*row] > 1).map(between).collect();
        for column in [&mut ttft, &mut e2el] {
            column.iter_mut().for_each(|value| *value *= 1e-6);
        }
        Self { start_ns, ttft, itl, e2el, osl }
    }

    /// Percentiles, goodput and slices as text that holds every bit.
    pub(super) fn answers(mut self) -> String {
        let mut out = String::new();
        let good = self.ttft.iter().zip(&self.e2el).filter(|(a, b)| **a <= 370.0 && **b <= 648.0);
        let _ = writeln!(out, "{} requests, {} good", self.e2el.len(), good.count());
        self.slices(&mut out);
        self.start_ns = Vec::new();
        for (name, column) in
            [("ttft", &mut self.ttft), ("itl", &mut self.itl), ("latency", &mut self.e2el)]
        {
            let _ = writeln!(out, "{name} {:?}", percentiles(column, &WANTED));
        }
        out
    }

    fn slices(&self, out: &mut String) {
        let Some(origin) = self.start_ns.iter().min() else { return };
        let slices: Vec<u32> =
            self.start_ns.iter().map(|start| ((start - origin) / SLICE_NS) as u32).collect();
        let mut rows: Vec<u32> = (0..self.start_ns.len() as u32).collect();
        // Lines are nearly in this order, which a stable sort makes use of.
        rows.sort_by_key(|row| slices[*row as usize]);
        let mut values = Vec::new();
        let slice = |row: u32| slices[row as usize];
        for rows in rows.chunk_by(|a, b| slice(*a) == slice(*b)) {
            let tokens: u64 = rows.iter().map(|row| u64::from(self.osl[*row as usize])).sum();
            let _ = write!(out, "slice {} {} {tokens}", slice(rows[0]), rows.len());
            for column in [&self.ttft, &self.e2el] {
                values.clear();
                values.extend(rows.iter().map(|row| column[*row as usize]));
                let _ = write!(out, " {:?}", mean(&values));
                let _ = write!(out, " {:?}", percentiles(&mut values, &[90_000]));
            }
            out.push('\n');
        }
    }
}
