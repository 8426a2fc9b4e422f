//! Evidence-based next measurements: what to measure, never what to change.
//!
//! Each line follows from something in the report: a run that did not succeed, a file that is not
//! there, a check that could not look, a step that is too wide to say where the system gives way.

use inferguard_schema::{Cell, CompletionStatus, Point, Report, Scenario, Series};

use super::NEXT_ITEMS;
use super::page::Page;
use crate::escape::{code, prose};
use crate::number::{count, counted, exact};
use crate::overview::Overview;

pub(super) fn section(overview: &Overview, page: &mut Page) {
    let report = overview.report;
    let groups = [
        ("Measure again", Lines::all(repeats(overview))),
        ("Collect what is missing", missing(report)),
        ("Let every check look", Lines::all(blocked(report))),
        ("Find where it gives way", Lines::all(between_levels(overview))),
        ("Add load levels", Lines::all(single_levels(report))),
    ];
    if groups.iter().all(|(_, lines)| lines.total == 0) {
        page.paragraph("The report gives no reason to measure anything again.");
        return;
    }
    for (title, lines) in groups {
        if lines.total > 0 {
            page.paragraph(&format!("**{title}**"));
            page.bullets(lines.shown, lines.total, NEXT_ITEMS);
        }
    }
}

/// Lines to show, and how many there would be: thousands are counted, not written.
struct Lines {
    shown: Vec<String>,
    total: usize,
}

impl Lines {
    fn all(shown: Vec<String>) -> Self {
        Self { total: shown.len(), shown }
    }
}

/// Codes that call a single run into question; a lost request in thousands does not.
const DOUBTFUL: [&str; 4] = ["partial_run", "run_aborted", "suspect_point", "unstable_repeats"];

fn repeats(overview: &Overview) -> Vec<String> {
    let line = |cell: &Cell| {
        let id = || code(&cell.cell_id);
        let findings = overview.findings_of(&cell.cell_id);
        let doubtful = findings.iter().find(|finding| DOUBTFUL.contains(&&*finding.code));
        match (cell.completion.status, doubtful) {
            (CompletionStatus::Failed, _) => Some(format!("Repeat {}: {}", id(), outcome(cell))),
            (_, Some(finding)) => Some(format!("Repeat {}: {}", id(), prose(&finding.message))),
            _ => None,
        }
    };
    overview.report.cells.iter().filter_map(line).collect()
}

fn outcome(cell: &Cell) -> String {
    let completion = &cell.completion;
    match (completion.num_requests_successful, completion.num_requests_total) {
        (Some(ok), Some(total)) => format!("{} of {} requests succeeded", count(ok), count(total)),
        _ => "no request succeeded".to_owned(),
    }
}

fn missing(report: &Report) -> Lines {
    let mut lines = Vec::new();
    for artifact in &report.artifact_manifest {
        if !matches!(&*artifact.status, "missing" | "refused") {
            continue;
        }
        let path = code(&artifact.path);
        let reason =
            artifact.reason.as_deref().map_or_else(String::new, |r| format!(": {}", prose(r)));
        lines.push(if artifact.status == "missing" {
            format!("Collect {path}{reason}")
        } else {
            format!("Write or copy {path} again{reason}")
        });
    }
    if lines.is_empty() {
        let told = &report.run_summary.missing_artifacts;
        lines.extend(told.iter().map(|text| format!("Collect {}", prose(text))));
    }
    let uncounted = |cell: &&Cell| cell.completion.status == CompletionStatus::Unknown;
    let uncounted = report.cells.iter().filter(uncounted);
    let total = lines.len() + uncounted.clone().count();
    lines.extend(uncounted.take(NEXT_ITEMS).map(|cell| {
        format!(
            "Keep the request counts of {}: no artifact tells how many succeeded",
            code(&cell.cell_id)
        )
    }));
    Lines { shown: lines, total }
}

fn blocked(report: &Report) -> Vec<String> {
    let line = |entry: &inferguard_schema::NotEvaluated| {
        let example = entry
            .cell_ids
            .first()
            .map_or_else(String::new, |id| format!(", for example {}", code(id)));
        let cases = counted(usize::try_from(entry.count).unwrap_or(usize::MAX), "case", "cases");
        format!(
            "Record what {} needs ({cases}{example}): {}",
            code(&entry.code),
            prose(&entry.reason)
        )
    };
    report.run_summary.not_evaluated.iter().map(line).collect()
}

/// Codes of a step between two load levels.
const STEPS: [&str; 3] = ["ttft_cliff", "tpot_degradation", "throughput_plateau"];

/// Broken steps with levels left between their ends.
fn between_levels(overview: &Overview) -> Vec<String> {
    let mut lines = Vec::new();
    for scenario in &overview.report.cross_run.scenarios {
        for series in &scenario.series {
            for pair in series.points.windows(2) {
                let codes = step_codes(overview, &pair[1]);
                if !codes.is_empty()
                    && let Some(gap) = gap(series, pair)
                {
                    lines.push(format!("{}: {gap} ({codes})", place(scenario, series)));
                }
            }
        }
    }
    lines
}

fn step_codes(overview: &Overview, point: &Point) -> String {
    let mut codes: Vec<&str> = Vec::new();
    for finding in point.cell_ids.iter().flat_map(|id| overview.findings_of(id)) {
        let name = &*finding.code;
        if STEPS.contains(&name) && !codes.contains(&name) {
            codes.push(name);
        }
    }
    codes.into_iter().map(code).collect::<Vec<_>>().join(", ")
}

/// What lies between two levels, when something does: between 8 and 9 users there is nobody.
fn gap(series: &Series, pair: &[Point]) -> Option<String> {
    let (low, high) = (pair.first()?.load?, pair.last()?.load?);
    let whole = series.load_axis.as_deref() != Some("request_rate");
    let room = if whole { high - low > 1.0 } else { high > low };
    room.then(|| format!("measure load levels between {} and {}", exact(low), exact(high)))
}

fn single_levels(report: &Report) -> Vec<String> {
    let mut lines = Vec::new();
    for scenario in &report.cross_run.scenarios {
        for series in &scenario.series {
            if let [point] = series.points.as_slice() {
                let only = point
                    .load
                    .map_or("one load".to_owned(), |load| format!("only load {}", exact(load)));
                lines.push(format!("{}: {only} was measured", place(scenario, series)));
            }
        }
    }
    lines
}

fn place(scenario: &Scenario, series: &Series) -> String {
    format!("{} in {}", code(&series.configuration.label), code(&scenario.id))
}
