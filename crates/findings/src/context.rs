//! What checks look at.

use inferguard_analysis::scenario::Scenarios;
use inferguard_analysis::slo::Slo;
use inferguard_model::{ArtifactRef, Cell, Expectations, FileRecord, Job};

use crate::{Baseline, FindingMeta, Limits, Outcome, Threshold};

/// Everything that a check may look at.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// Cells.
    pub cells: &'a [Cell],
    /// Scenarios and series of the cells.
    pub scenarios: &'a Scenarios,
    /// Every file met, by file index; then what is no regular file.
    pub files: &'a [FileRecord],
    /// Jobs of a cluster scheduler.
    pub jobs: &'a [Job],
    /// What manifests expect.
    pub expectations: &'a [Expectations],
    /// Limits that were set.
    pub limits: &'a Limits,
    /// Service-level objectives that were stated.
    pub slos: &'a [Slo],
    /// An earlier analysis to compare with.
    pub baseline: Option<&'a Baseline>,
}

impl<'a> Context<'a> {
    /// The limit in force of a check.
    pub fn limit(&self, meta: &FindingMeta, threshold: &Threshold) -> f64 {
        self.limits.get(meta, threshold)
    }

    /// The answers of a check on series about the cells that are in none.
    pub(crate) fn unplaced(&self) -> impl Iterator<Item = Outcome> + use<'a> {
        self.scenarios.unplaced.iter().map(|(cell, why)| Outcome::not_evaluated(*cell, why))
    }

    /// Ids of cells, as evidence.
    pub(crate) fn ids(&self, cells: &[usize]) -> serde_json::Value {
        cells.iter().map(|cell| self.cells[*cell].id.as_ref()).collect()
    }

    /// Path of an artifact.
    pub fn path(&self, artifact: &ArtifactRef) -> &'a str {
        self.files.get(artifact.file as usize).map_or("", |file| file.path.as_str())
    }

    /// Paths of a cell's artifacts, as evidence.
    pub(crate) fn paths(&self, cell: &Cell) -> serde_json::Value {
        cell.artifacts.iter().map(|artifact| self.place(artifact)).collect()
    }

    /// Path of the artifact that carries a cell's result.
    pub(crate) fn result_path(&self, cell: &Cell) -> Option<String> {
        cell.artifacts.first().map(|artifact| self.place(artifact))
    }

    fn place(&self, artifact: &ArtifactRef) -> String {
        format!("{}{}", self.path(artifact), anchor(artifact))
    }
}

fn anchor(artifact: &ArtifactRef) -> String {
    if artifact.base.is_empty() { String::new() } else { format!("#{}", artifact.base) }
}
