//! Converts what was found into the wire types, by hand: the model has no serialized form.

mod analyzer;
mod breaking_points;
mod cell;
mod configuration;
mod cost;
mod cross_run;
mod findings;
mod frontiers;
mod jobs;
mod manifest;
mod moment;
mod summary;
mod workers;

pub(crate) use cell::{DECODE_KEYS, PREFILL_KEYS, convert as cells};

use std::path::Path;

use inferguard_model::{Cell, FileRecord, Job};
use inferguard_schema::{CrossRun, Report, SCHEMA_VERSION};

use crate::{Judged, Options};

/// Comparisons across cells.
pub(crate) fn cross_run(judged: &Judged<'_>, cells: &[Cell], options: &Options<'_>) -> CrossRun {
    let mut cross_run = cross_run::convert(&judged.scenarios, cells, options);
    let limits = &options.settings.limits;
    breaking_points::fill(&mut cross_run, &judged.outcomes, &judged.scenarios, cells, limits);
    cross_run
}

/// The report of one analysis.
///
/// The cells are taken apart while they are converted, so that a large tree is never in memory
/// twice.
pub(crate) fn report(
    root: &Path,
    options: &Options<'_>,
    files: Vec<FileRecord>,
    jobs: Vec<Job>,
    judged: Judged<'_>,
    cells: Vec<Cell>,
) -> Report {
    let cross_run = cross_run(&judged, &cells, options);
    let Judged { scenarios, outcomes, tallies, ignored } = judged;
    let found = findings::convert(outcomes, &tallies, &ignored, &cells);
    let owners = manifest::owners(&files, &cells);
    let run_cost = options.prices().map(|prices| cost::of_run(&cells, prices));
    let jobs = jobs::convert(jobs, &cells, &files);
    let mut cells = cell::convert(cells, &files, &scenarios, options);
    for finding in &found.fired {
        // Findings come in report order; a cell repeats its own.
        if let Some(at) = finding.cell {
            cells[at].findings.push(finding.wire.clone());
        }
    }
    let artifact_manifest = manifest::manifest(files, owners, options, &found);
    let run_summary = summary::summary(&found, &cells, run_cost);
    Report {
        schema_version: SCHEMA_VERSION.into(),
        generated_at: moment::generated_at(options.generated_at),
        input_root: root.display().to_string(),
        analyzer: analyzer::analyzer(options),
        configuration: configuration::convert(options),
        run_summary,
        cross_run,
        jobs,
        findings: found.fired.into_iter().map(|finding| finding.wire).collect(),
        artifact_manifest,
        cells,
        extensions: None,
    }
}
