//! Rows that share one fault: counted, the first few named.

use inferguard_model::{Problem, ProblemCode};

/// Lines of one fault.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    count: u64,
    first: Vec<u64>,
}

impl Tally {
    /// Lines named in the message.
    const NAMED: usize = 5;

    pub(crate) fn add(&mut self, line: u64) {
        self.count += 1;
        if self.first.len() < Self::NAMED {
            self.first.push(line);
        }
    }

    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// A warning that says how many rows `have_it`; `None` when there are none.
    pub(crate) fn warning(&self, code: ProblemCode, have_it: &str) -> Option<Problem> {
        self.message(have_it).map(|(at, told)| Problem::warning(code, at, told))
    }

    /// As [`Self::warning`], for what leaves the values right.
    pub(crate) fn note(&self, code: ProblemCode, have_it: &str) -> Option<Problem> {
        self.message(have_it).map(|(at, told)| Problem::note(code, at, told))
    }

    fn message(&self, have_it: &str) -> Option<(String, String)> {
        let first = self.first.first()?;
        let lines: Vec<_> = self.first.iter().map(u64::to_string).collect();
        let more = if self.count > lines.len() as u64 { ", …" } else { "" };
        let rows = if self.count == 1 { "row" } else { "rows" };
        let told = format!("{} {rows} {have_it} (line {}{more})", self.count, lines.join(", "));
        Some((format!("line {first}"), told))
    }
}
