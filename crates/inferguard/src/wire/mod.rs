//! Converts what was found into the wire types, by hand: the model has no serialized form.

mod cell;
mod cost;
mod cross_run;
mod findings;
mod manifest;
mod moment;
mod summary;

use std::path::Path;

use inferguard_findings::{Context, FindingMeta, Outcome};
use inferguard_schema::{Analyzer, Capabilities, Off, OnOff, Report, SCHEMA_VERSION};

use crate::Options;

/// The report of one analysis.
pub(crate) fn report(
    root: &Path,
    options: &Options<'_>,
    context: &Context<'_>,
    outcomes: Vec<(&FindingMeta, Vec<Outcome>)>,
) -> Report {
    let found = findings::convert(outcomes, context);
    let mut cells = cell::convert(context, options);
    for finding in &found.findings {
        // Findings come in report order; a cell repeats its own.
        if let Some(at) = finding.cell {
            cells[at].findings.push(finding.wire.clone());
        }
    }
    let run_summary = summary::summary(context, &found, &cells, options);
    let artifact_manifest = manifest::manifest(context, options, &found);
    Report {
        schema_version: SCHEMA_VERSION.into(),
        generated_at: moment::generated_at(options.generated_at),
        input_root: root.display().to_string(),
        analyzer: Analyzer {
            inferguard_version: env!("CARGO_PKG_VERSION").into(),
            capabilities: Capabilities {
                diagnosis: OnOff::On,
                actuation: Off::Off,
                replay: Off::Off,
                recall: Off::Off,
            },
        },
        run_summary,
        cross_run: cross_run::convert(context),
        findings: found.findings.into_iter().map(|finding| finding.wire).collect(),
        artifact_manifest,
        cells,
        extensions: None,
    }
}
