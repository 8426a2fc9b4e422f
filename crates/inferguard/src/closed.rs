//! `closed_v1`: a report within the published enumerations.

use inferguard_schema::{CLOSED_CODES, CLOSED_FORMATS, Extensions, Finding, Report, WireMap};

/// Moves findings and formats outside the enumerations to `extensions`.
pub(crate) fn close(report: &mut Report) {
    let known = |finding: &Finding| CLOSED_CODES.contains(&&*finding.code);
    let mut extensions = Extensions { findings: Vec::new(), source_formats: WireMap::default() };
    let (kept, moved) = std::mem::take(&mut report.findings).into_iter().partition(known);
    (report.findings, extensions.findings) = (kept, moved);
    for cell in &mut report.cells {
        cell.findings.retain(known);
        if !CLOSED_FORMATS.contains(&&*cell.source_format) {
            let format = std::mem::replace(&mut cell.source_format, "unknown".into());
            extensions.source_formats.push(cell.cell_id.clone(), format);
        }
    }
    report.extensions = Some(extensions);
}
