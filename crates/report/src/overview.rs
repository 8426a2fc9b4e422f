//! What several outputs ask of a report: who belongs where, and what comes first.

use std::cmp::Reverse;
use std::collections::HashMap;

use inferguard_schema::{Cell, CompletionStatus, Finding, Report, Severity};

/// A report with its cells and findings at hand.
pub(crate) struct Overview<'a> {
    pub(crate) report: &'a Report,
    /// Every finding, worst first; those that `--closed-v1` set apart are among them.
    pub(crate) findings: Vec<&'a Finding>,
    cells: HashMap<&'a str, &'a Cell>,
    by_cell: HashMap<&'a str, Vec<&'a Finding>>,
}

impl<'a> Overview<'a> {
    pub(crate) fn new(report: &'a Report) -> Self {
        let apart = report.extensions.iter().flat_map(|extensions| &extensions.findings);
        let mut findings: Vec<_> = report.findings.iter().chain(apart).collect();
        findings.sort_by_key(|finding| Reverse(finding.severity));
        let mut by_cell: HashMap<_, Vec<_>> = HashMap::new();
        for &finding in &findings {
            if let Some(cell_id) = &finding.cell_id {
                by_cell.entry(cell_id.as_str()).or_default().push(finding);
            }
        }
        let cells = report.cells.iter().map(|cell| (cell.cell_id.as_str(), cell)).collect();
        Self { report, findings, cells, by_cell }
    }

    pub(crate) fn cell(&self, cell_id: &str) -> Option<&'a Cell> {
        self.cells.get(cell_id).copied()
    }

    /// Findings on a cell, worst first.
    pub(crate) fn findings_of(&self, cell_id: &str) -> &[&'a Finding] {
        self.by_cell.get(cell_id).map_or(&[], Vec::as_slice)
    }

    /// How many cells have the status.
    pub(crate) fn cells_with(&self, status: CompletionStatus) -> usize {
        self.report.cells.iter().filter(|cell| cell.completion.status == status).count()
    }

    /// The first `max` findings in order of severity, at most `per_code` of one code and severity,
    /// so that a fault of every cell does not hide the others.
    pub(crate) fn worst(&self, per_code: usize, max: usize) -> Vec<&'a Finding> {
        let mut seen: HashMap<(Severity, &str), usize> = HashMap::new();
        let mut worst = Vec::new();
        for &finding in &self.findings {
            let seen = seen.entry((finding.severity, &finding.code)).or_default();
            *seen += 1;
            if *seen <= per_code && worst.len() < max {
                worst.push(finding);
            }
        }
        worst
    }

    /// `2 critical, 3 warning`, without severities that do not occur.
    pub(crate) fn severities<'f>(findings: impl IntoIterator<Item = &'f &'f Finding>) -> String {
        let mut counts = [0_u64; 3];
        for finding in findings {
            counts[finding.severity as usize] += 1;
        }
        let told = [Severity::Critical, Severity::Warning, Severity::Info]
            .into_iter()
            .filter(|severity| counts[*severity as usize] > 0)
            .map(|severity| {
                format!("{} {}", crate::number::count(counts[severity as usize]), severity.name())
            });
        told.collect::<Vec<_>>().join(", ")
    }
}

/// The finite value of a metric.
pub(crate) fn metric(cell: &Cell, name: &str) -> Option<f64> {
    cell.metrics.get(name)?.as_f64().filter(|value| value.is_finite())
}
