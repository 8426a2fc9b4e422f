//! What is kept of request tables beyond their metrics.

use std::sync::{Mutex, MutexGuard, PoisonError};

use inferguard_analysis::requests::{self, Distribution};
use inferguard_analysis::slo::Slo;
use inferguard_model::{ArtifactRef, RequestTable};

use crate::plots::requests::{Digest, percentiles};

/// What is kept while a tree is read.
#[derive(Clone, Copy)]
pub(crate) enum Keep<'k> {
    /// Nothing: rows of one file only are in memory.
    Nothing,
    /// The tables, for questions that need every row.
    Tables(&'k Kept),
    /// What figures show of them; the rows go.
    Digests(&'k Digests),
    /// Nothing, and files that hold many rows are not read: somebody reads them afterwards, batch by
    /// batch.
    Unread,
}

impl Keep<'_> {
    /// Whether turn, worker and conversation are wanted.
    pub(crate) fn wants_groups(self) -> bool {
        matches!(self, Self::Tables(kept) if kept.groups)
    }
}

/// Tables that are kept while a tree is read.
pub(crate) struct Kept {
    /// Percentiles that are wanted, in thousandths of a percent, ascending.
    pub(crate) percentiles: Vec<u32>,
    groups: bool,
    tables: Mutex<Vec<KeptTable>>,
}

/// A table with its statistics.
pub(crate) struct KeptTable {
    pub(crate) artifact: ArtifactRef,
    pub(crate) table: Box<RequestTable>,
    pub(crate) distributions: Vec<Distribution>,
}

impl Kept {
    pub(crate) fn new(percentiles: Vec<u32>, groups: bool) -> Self {
        Self { percentiles, groups, tables: Mutex::default() }
    }

    pub(crate) fn keep(&self, table: KeptTable) {
        lock(&self.tables).push(table);
    }

    /// The tables in the order of their files, whichever thread read them first.
    pub(crate) fn into_tables(self) -> Vec<KeptTable> {
        let mut tables = self.tables.into_inner().unwrap_or_else(PoisonError::into_inner);
        tables.sort_by(|a, b| place(&a.artifact).cmp(&place(&b.artifact)));
        tables
    }
}

/// Digests of tables, made while a tree is read.
pub(crate) struct Digests {
    tiers: Vec<Slo>,
    slice_ns: Option<i64>,
    found: Mutex<Vec<(ArtifactRef, Digest)>>,
}

impl Digests {
    /// Without a length of slices one is chosen.
    pub(crate) fn new(tiers: &[Slo], slice_ns: Option<i64>) -> Self {
        Self { tiers: tiers.to_vec(), slice_ns, found: Mutex::default() }
    }

    pub(crate) fn look(&self, artifact: &ArtifactRef, mut table: Box<RequestTable>) {
        let distributions = requests::reduce_to(&mut table, &percentiles()).distributions;
        if let Some(digest) = Digest::of(&table, distributions, &self.tiers, self.slice_ns) {
            lock(&self.found).push((artifact.clone(), digest));
        }
    }

    /// The digests in the order of their files.
    pub(crate) fn into_found(self) -> Vec<(ArtifactRef, Digest)> {
        let mut found = self.found.into_inner().unwrap_or_else(PoisonError::into_inner);
        found.sort_by(|a, b| place(&a.0).cmp(&place(&b.0)));
        found
    }
}

fn lock<T>(held: &Mutex<T>) -> MutexGuard<'_, T> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}

fn place(artifact: &ArtifactRef) -> (u32, &str) {
    (artifact.file, &artifact.base)
}
