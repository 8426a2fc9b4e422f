//! Bottleneck analysis: what each scenario can give, where and how it gave way, and which checks
//! could tell.

use std::borrow::Cow;
use std::collections::HashMap;

use inferguard_schema::{CheckCounts, Finding, NotEvaluated, Scenario};

use super::page::{Column, Page, listed};
use super::{ANALYZED_SCENARIOS, LIST_ITEMS, TABLE_ROWS, breaks, frontiers, knees, names, slo};
use crate::chart;
use crate::escape::{code, prose};
use crate::number::{MISSING, count, counted};
use crate::overview::{Break, Overview};

/// Codes that say whether a run can be trusted; every other code is about how the system behaves,
/// so that a new code is told here without an edit.
const VALIDITY: [&str; 10] = [
    "missing_required_artifact",
    "unreadable_artifact",
    "invalid_run_no_successful_requests",
    "partial_run",
    "metrics_unavailable",
    "summary_mismatch",
    "gpu_count_suspect",
    "unit_suspect",
    "run_aborted",
    "incomplete_sweep",
];

pub(super) fn section(overview: &Overview, page: &mut Page) {
    let is_bottleneck = |finding: &&Finding| !VALIDITY.contains(&&*finding.code);
    let findings: Vec<_> = overview.findings.iter().copied().filter(is_bottleneck).collect();
    let checks = overview.report.run_summary.checks.0.iter();
    let checks: Vec<_> = checks.filter(|(code, _)| !VALIDITY.contains(&&**code)).collect();
    if findings.is_empty() && overview.breaks.is_empty() {
        page.paragraph(none_fired(&checks));
    }
    let scenarios = &overview.report.cross_run.scenarios;
    if scenarios.iter().any(|scenario| frontiers::shows_first_burst(overview, scenario)) {
        page.paragraph(
            "In runs of fixed length all users start together: their p99 TTFT shows the first \
             burst.",
        );
    }
    let no_lead_time = breaks::no_lead_time(overview);
    if let Some(reason) = no_lead_time {
        page.paragraph(&format!("No breaking point has a lead time: {}.", prose(reason)));
    }
    let mut groups = groups(overview, &findings);
    let more = groups.len().saturating_sub(ANALYZED_SCENARIOS);
    groups.truncate(ANALYZED_SCENARIOS);
    for group in groups {
        page.heading(
            3,
            &group.scenario.map_or("Findings in no scenario".to_owned(), |s| code(&s.id)),
        );
        if let Some(scenario) = group.scenario {
            frontiers::scenario(overview, page, scenario);
            knees::scenario(page, scenario);
            slo::scenario(page, scenario);
        }
        breaks::scenario(page, &group.breaks, no_lead_time.is_none());
        scenario_findings(overview, page, &group.findings);
    }
    if more > 0 {
        let more = counted(more, "more scenario", "more scenarios");
        page.paragraph(&format!("{more}: see `report.json`."));
    }
    if !checks.is_empty() {
        page.heading(3, "Checks that looked");
        check_table(overview, page, &checks);
    }
}

/// A code with the outcomes of its check.
type Check = (Cow<'static, str>, CheckCounts);

/// "Nothing found" and "could not look" are different answers.
fn none_fired(checks: &[&Check]) -> &'static str {
    if checks.is_empty() {
        return "No bottleneck was told, and the report does not say which checks ran.";
    }
    let looked = checks.iter().any(|(_, counts)| counts.clear > 0);
    let blocked = checks.iter().any(|(_, counts)| counts.not_evaluated > 0);
    match (looked, blocked) {
        (true, false) => "No bottleneck was found, and every check could look.",
        (true, true) => {
            "No bottleneck was found where the checks could look. Some could not look everywhere: \
             the table says where and why."
        }
        (false, true) => "No check for bottlenecks could look at anything: the table says why.",
        (false, false) => "No check for bottlenecks had anything to look at.",
    }
}

/// What is told of a scenario, or of what is in none.
struct Group<'o, 'a> {
    scenario: Option<&'a Scenario>,
    breaks: Vec<&'o Break<'a>>,
    /// Findings that no breaking point tells.
    findings: Vec<&'a Finding>,
}

impl Group<'_, '_> {
    fn has_something(&self) -> bool {
        let told = |scenario: &&Scenario| {
            let has_knee = scenario.series.iter().any(|series| series.knee.is_some());
            chart::headline(scenario).is_some() || has_knee || !scenario.slo_best.is_empty()
        };
        !self.breaks.is_empty()
            || !self.findings.is_empty()
            || self.scenario.as_ref().is_some_and(told)
    }
}

/// The scenarios in their order, then findings in none.
fn groups<'o, 'a>(overview: &'o Overview<'a>, findings: &[&'a Finding]) -> Vec<Group<'o, 'a>> {
    let group = |scenario| Group { scenario, breaks: Vec::new(), findings: Vec::new() };
    let scenarios = &overview.report.cross_run.scenarios;
    let mut groups: Vec<_> = scenarios.iter().map(Some).chain([None]).map(group).collect();
    let places: HashMap<&str, usize> =
        scenarios.iter().enumerate().map(|(at, scenario)| (scenario.id.as_str(), at)).collect();
    let place =
        |id: Option<&str>| id.and_then(|id| places.get(id)).copied().unwrap_or(scenarios.len());
    for one in &overview.breaks {
        groups[place(Some(&one.scenario.id))].breaks.push(one);
    }
    for finding in findings.iter().filter(|finding| !overview.is_told_as_break(finding)) {
        let cell = finding.cell_id.as_deref().and_then(|id| overview.cell(id));
        let scenario = cell.and_then(|cell| cell.scenario.as_deref());
        groups[place(scenario)].findings.push(finding);
    }
    groups.retain(Group::has_something);
    groups
}

/// The findings of a scenario by code, in order of severity.
fn scenario_findings(overview: &Overview, page: &mut Page, findings: &[&Finding]) {
    let mut codes: Vec<&str> = Vec::new();
    for finding in findings {
        if !codes.contains(&&*finding.code) {
            codes.push(&finding.code);
        }
    }
    for name in codes.into_iter().take(TABLE_ROWS) {
        let same: Vec<_> = findings.iter().filter(|finding| finding.code == name).collect();
        page.paragraph(&format!(
            "{}: {}",
            code(name),
            Overview::severities(same.iter().map(|f| f.severity))
        ));
        page.bullets(same.iter().map(|f| line(overview, f)), same.len(), LIST_ITEMS);
    }
}

/// Where, by series and load, and what was seen.
fn line(overview: &Overview, finding: &Finding) -> String {
    let place = |id: &str| match overview.place(id) {
        Some(place) => format!("{}: ", names::place(&place)),
        None => format!("{}: ", code(id)),
    };
    let place = finding.cell_id.as_deref().map_or_else(String::new, place);
    format!("{place}{}", prose(&finding.message))
}

fn check_table(overview: &Overview, page: &mut Page, checks: &[&Check]) {
    let columns = [
        Column::text("Check"),
        Column::number("Fired"),
        Column::number("Clear"),
        Column::number("Not evaluated"),
        Column::text("Why not"),
    ];
    let why = |name: &str| {
        let reasons = overview.report.run_summary.not_evaluated.iter();
        let reasons: Vec<_> = reasons.filter(|entry| entry.code == name).collect();
        let text =
            |entry: &&NotEvaluated| format!("{} ({})", prose(&entry.reason), count(entry.count));
        listed(&reasons, LIST_ITEMS, "; ", text).unwrap_or_else(|| MISSING.to_owned())
    };
    let row = |(name, counts): &&Check| {
        vec![
            code(name),
            count(counts.fired),
            count(counts.clear),
            count(counts.not_evaluated),
            why(name),
        ]
    };
    let rows: Vec<_> = checks.iter().take(2 * TABLE_ROWS).map(row).collect();
    page.table(&columns, &rows, checks.len());
}
