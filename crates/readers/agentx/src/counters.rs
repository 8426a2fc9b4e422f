//! Cumulative counters of a server: how much each rose while the load ran.
//!
//! The counters run since the server started, not since the load began, so the value over the
//! load is the last minus the one before it, and a restart of the server in between begins anew
//! at 0.

use crate::tally::Tally;

/// How the load's beginning was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Base {
    /// Idle rows come before the load.
    Idle,
    /// The first row is under load, but nothing had been served by then: counted from 0.
    Zero,
    /// The first row is under load already: what came before it is lost.
    Missed,
}

/// Counters of one file, `N` of them.
#[derive(Debug)]
pub(crate) struct Counters<const N: usize> {
    last: [f64; N],
    rises: [f64; N],
    seen: [bool; N],
    nonzero: [bool; N],
    base: Option<Base>,
    leading: bool,
    /// Rows before the load.
    pub(crate) lead_rows: usize,
    /// Rows where counters fell, with the places of those that did.
    pub(crate) resets: Vec<(u64, Vec<usize>)>,
    /// Further rows where counters fell.
    pub(crate) more_resets: Tally,
}

impl<const N: usize> Counters<N> {
    pub(crate) fn new() -> Self {
        Self {
            last: [0.0; N],
            rises: [0.0; N],
            seen: [false; N],
            nonzero: [false; N],
            base: None,
            leading: false,
            lead_rows: 0,
            resets: Vec::new(),
            more_resets: Tally::default(),
        }
    }

    /// Takes the next row: the counters that it has, whether the server is known to be idle, and
    /// whether it is known to have served nothing since its start.
    pub(crate) fn take(&mut self, row: &[Option<f64>; N], idle: bool, unused: bool, line: u64) {
        let moved = self.moved(row);
        if self.base.is_none() {
            self.base = Some(match (idle, unused) {
                (true, _) => Base::Idle,
                (false, true) => Base::Zero,
                (false, false) => Base::Missed,
            });
            self.leading = true;
        }
        self.leading &= idle && !moved;
        self.lead_rows += usize::from(self.leading);
        let first = self.seen == [false; N];
        let restarted = !first && self.restarted(row);
        let mut fallen = Vec::new();
        for (n, value) in row.iter().enumerate() {
            let Some(value) = *value else { continue };
            self.nonzero[n] |= value != 0.0;
            let before = match (self.seen[n], self.base) {
                (true, _) => self.last[n],
                (false, Some(Base::Zero)) => 0.0,
                (false, _) => value,
            };
            if value >= before {
                self.rises[n] += value - before;
            } else {
                fallen.push(n);
                // A derived counter may step back a little: only a restart begins at 0 again.
                self.rises[n] += if restarted { value } else { 0.0 };
            }
            (self.last[n], self.seen[n]) = (value, true);
        }
        if !fallen.is_empty() {
            self.note_reset(line, fallen);
        }
    }

    fn pairs<'a>(&'a self, row: &'a [Option<f64>; N]) -> impl Iterator<Item = (f64, f64)> + 'a {
        let seen = self.seen.iter().zip(&self.last).zip(row);
        seen.filter_map(|((seen, last), value)| value.filter(|_| *seen).map(|value| (*last, value)))
    }

    fn moved(&self, row: &[Option<f64>; N]) -> bool {
        self.pairs(row).any(|(last, value)| last != value)
    }

    fn restarted(&self, row: &[Option<f64>; N]) -> bool {
        self.pairs(row).any(|(last, value)| value < last && value <= last / 2.0)
    }

    fn note_reset(&mut self, line: u64, fallen: Vec<usize>) {
        if self.resets.len() < inferguard_source::limits::PROBLEMS_KEPT {
            self.resets.push((line, fallen));
        } else {
            self.more_resets.add(line);
        }
    }

    /// How the load's beginning was found; `None` without rows.
    pub(crate) fn base(&self) -> Option<Base> {
        self.base
    }

    /// How much the counter rose so far.
    pub(crate) fn rise(&self, n: usize) -> f64 {
        self.rises[n]
    }

    /// Whether the counter was ever other than 0.
    pub(crate) fn nonzero(&self, n: usize) -> bool {
        self.nonzero[n]
    }
}
