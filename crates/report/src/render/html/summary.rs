//! Executive summary: is the run valid, what is worst, what could not be judged, what leads.

use askama::Template;
use inferguard_schema::{
    Axis, CompletionStatus, Finding, Frontier, FrontierPoint, NotEvaluated, Scenario, Severity,
};

use super::anchor::{self, Anchors};
use super::table::{Piece, Table, code, joined, link, number, or_missing, text, words};
use super::{LIST_ITEMS, WORST_FINDINGS, WORST_PER_CODE, names};
use crate::chart;
use crate::number::{MISSING, count, counted, exact};
use crate::overview::{Break, Overview, Worst};
use crate::wording;

/// The section.
#[derive(Template)]
#[template(path = "summary.html")]
pub(super) struct Summary<'a> {
    status: CompletionStatus,
    cells: String,
    by_status: String,
    scenarios: String,
    severities: [(Severity, String); 3],
    missing: String,
    refused: String,
    worst: Vec<Entry<'a>>,
    untold: Option<String>,
    checks_ran: bool,
    tables: Vec<Table<'a>>,
    not_evaluated: Option<Table<'a>>,
    configuration: Option<String>,
    ignored: Option<Table<'a>>,
    cost: Option<String>,
}

/// One of the worst findings.
struct Entry<'a> {
    severity: Severity,
    codes: Vec<(&'a str, String)>,
    place: String,
    message: String,
}

impl<'a> Summary<'a> {
    pub(super) fn new(overview: &Overview<'a>, anchors: &Anchors<'a>) -> Self {
        let report = overview.report;
        let summary = &report.run_summary;
        let scenarios = &report.cross_run.scenarios;
        let (worst, untold) = overview.worst(WORST_PER_CODE, WORST_FINDINGS);
        let of = |severity| {
            let found = overview.findings.iter().filter(|f| f.severity == severity).count();
            (severity, count(found as u64))
        };
        let refused = report.artifact_manifest.iter().filter(|a| a.status == "refused").count();
        let missing = summary.missing_artifacts.len();
        let mut tables = Vec::new();
        if !scenarios.is_empty() {
            tables.push(scenario_table(overview, scenarios));
            tables.extend(best_table(overview, scenarios));
        }
        Self {
            status: summary.status,
            cells: counted(report.cells.len(), "cell", "cells"),
            by_status: by_status(overview),
            scenarios: counted(scenarios.len(), "scenario", "scenarios"),
            severities: [Severity::Critical, Severity::Warning, Severity::Info].map(of),
            missing: counted(missing, "missing artifact", "missing artifacts"),
            refused: counted(refused, "refused file", "refused files"),
            worst: worst.iter().map(|one| entry(overview, anchors, one)).collect(),
            untold: (untold > 0).then(|| counted(untold, "more finding", "more findings")),
            checks_ran: !summary.checks.is_empty(),
            tables,
            not_evaluated: not_evaluated(overview),
            configuration: report.configuration.as_ref().map(|set| match &set.file {
                Some(file) => format!("{file} and the command line set limits or rules"),
                None => "The command line sets limits or rules".to_owned(),
            }),
            ignored: ignored(overview),
            cost: summary.cost.as_ref().map(|cost| wording::cost(cost, &cost.currency)),
        }
    }
}

fn by_status(overview: &Overview) -> String {
    let all = [
        CompletionStatus::Complete,
        CompletionStatus::Partial,
        CompletionStatus::Failed,
        CompletionStatus::Unknown,
    ]
    .map(|status| (overview.cells_with(status), status.name()));
    let told = all.into_iter().filter(|(cells, _)| *cells > 0);
    let told: Vec<_> = told.map(|(n, name)| format!("{} {name}", count(n as u64))).collect();
    told.join(", ")
}

fn entry<'a>(overview: &Overview<'a>, anchors: &Anchors<'a>, one: &Worst<'_, 'a>) -> Entry<'a> {
    match one {
        Worst::Break(one) => Entry {
            severity: one.point.severity,
            codes: codes_of(anchors, one),
            place: one.member.as_ref().map_or_else(
                || one.point.series.clone(),
                |member| format!("{} in {}", names::series(member), member.scenario.id),
            ),
            message: summary_of(one),
        },
        Worst::Finding(finding) => Entry {
            severity: finding.severity,
            codes: vec![(&*finding.code, anchors.finding(finding).to_owned())],
            place: finding
                .cell_id
                .as_deref()
                .map_or("the run".to_owned(), |id| place(overview, id)),
            message: finding.message.clone(),
        },
    }
}

/// A cell by its series and load, which say more than its path.
fn place(overview: &Overview, cell_id: &str) -> String {
    match overview.place(cell_id) {
        Some(place) => format!("{} in {}", names::place(&place), place.member.scenario.id),
        None => cell_id.to_owned(),
    }
}

/// The codes of a breaking point, each with the finding that it tells.
fn codes_of<'a>(anchors: &Anchors<'a>, one: &Break<'a>) -> Vec<(&'a str, String)> {
    let anchor = |code: &str| {
        let finding = one.findings.iter().find(|finding: &&&Finding| finding.code == code);
        finding.map_or_else(|| "findings".to_owned(), |f| anchors.finding(f).to_owned())
    };
    one.point.codes.iter().map(|code| (code.as_str(), anchor(code))).collect()
}

/// What happened, with the loads where the summary does not begin with them.
pub(super) fn summary_of(one: &Break) -> String {
    let (from, to) = (exact(one.point.from_load), exact(one.point.to_load));
    let summary = &one.point.summary;
    if summary.contains(&format!("from {from} to ")) {
        summary.clone()
    } else {
        format!("from {from} to {to}: {summary}")
    }
}

fn scenario_table<'a>(overview: &Overview<'a>, scenarios: &'a [Scenario]) -> Table<'a> {
    let columns = vec![
        words("Scenario"),
        number("Cells"),
        number("Series"),
        words("Loads"),
        words("Breaking points"),
        words("Findings"),
    ];
    let none = |text: String| if text.is_empty() { "none".to_owned() } else { text };
    Table::new("Scenarios", columns).rows(scenarios, |scenario| {
        let found = scenario.cell_ids.iter().flat_map(|id| overview.findings_of(id));
        let found = Overview::severities(found.map(|finding| finding.severity));
        let breaks = scenario.breaking_points.iter().map(|point| point.severity);
        vec![
            link(&scenario.id, anchor::scenario(&scenario.id)),
            text(count(scenario.cell_ids.len() as u64)),
            text(count(scenario.series.len() as u64)),
            or_missing(loads(scenario)),
            text(none(Overview::severities(breaks))),
            text(none(found)),
        ]
    })
}

/// The range of the load levels.
fn loads(scenario: &Scenario) -> Option<String> {
    let loads = scenario.series.iter().flat_map(|series| &series.points);
    let loads = loads.filter_map(|point| point.load).filter(|load| load.is_finite());
    let bounds = loads.fold(None, |bounds: Option<(f64, f64)>, load| {
        Some(bounds.map_or((load, load), |(low, high)| (low.min(load), high.max(load))))
    });
    bounds.map(
        |(low, high)| {
            if low == high { exact(low) } else { format!("{} to {}", exact(low), exact(high)) }
        },
    )
}

/// The best configuration of each scenario on either axis of its frontier.
fn best_table<'a>(overview: &Overview<'a>, scenarios: &'a [Scenario]) -> Option<Table<'a>> {
    let known: Vec<(&Scenario, &Frontier)> =
        scenarios.iter().filter_map(|s| Some((s, chart::headline(s)?))).collect();
    let (_, first) = known.first()?;
    let columns = vec![
        words("Scenario"),
        words(format!("Best {}", names::axis(&first.y))),
        words("Knee of that series"),
        words(format!("Best {}", names::axis(&first.x))),
    ];
    let end = |point: Option<&'a FrontierPoint>, axis: &Axis, heading: &Axis, value: f64| {
        let Some(point) = point else { return or_missing(None::<String>) };
        let value = if axis.metric == heading.metric {
            chart::value(axis, value)
        } else {
            format!("{} {} {}", chart::value(axis, value), chart::unit(axis), chart::title(axis))
        };
        let value = vec![Piece { text: value.into(), bold: true, ..Piece::default() }];
        joined([value, names::place_of(overview, &point.cell_ids)], " ")
    };
    let (x, y) = (&first.x, &first.y);
    Some(Table::new("What leads", columns).rows(known.iter().copied(), |(scenario, main)| {
        let (top, quick) = (chart::best_y(main), chart::best_x(main));
        let leader = top.and_then(|point| overview.place(point.cell_ids.first()?));
        let knee = leader
            .and_then(|at| Some(names::knee(at.member.series, at.member.series.knee.as_ref()?)));
        vec![
            link(&scenario.id, anchor::scenario(&scenario.id)),
            end(top, &main.y, y, top.map_or(f64::NAN, |point| point.y)),
            or_missing(knee),
            end(quick, &main.x, x, quick.map_or(f64::NAN, |point| point.x)),
        ]
    }))
}

/// Checks that could not look, by reason.
fn not_evaluated<'a>(overview: &Overview<'a>) -> Option<Table<'a>> {
    let mut groups: Vec<Vec<&NotEvaluated>> = Vec::new();
    for entry in &overview.report.run_summary.not_evaluated {
        let same = |held: &&mut Vec<&NotEvaluated>| {
            held[0].reason == entry.reason && held[0].count == entry.count
        };
        match groups.iter_mut().find(same) {
            Some(held) => held.push(entry),
            None => groups.push(vec![entry]),
        }
    }
    let columns =
        vec![words("Reason"), number("Not evaluated"), words("Checks"), words("For example")];
    let table = Table::new("What could not be evaluated", columns).rows(groups, |entries| {
        let checks = entries.iter().take(2 * LIST_ITEMS).map(|entry| code(&*entry.code));
        let example = entries.iter().find_map(|entry| entry.cell_ids.first());
        vec![
            text(&*entries[0].reason),
            text(count(entries[0].count)),
            joined(checks, ", "),
            example.map_or_else(|| text(MISSING), |id| names::cell(overview, id)),
        ]
    });
    (table.total > 0).then_some(table)
}

fn ignored<'a>(overview: &Overview<'a>) -> Option<Table<'a>> {
    let rules = &overview.report.run_summary.ignored;
    let columns = vec![words("Code"), number("Ignored"), words("Reason"), words("For example")];
    let table = Table::new("Findings that were ignored", columns).rows(rules, |rule| {
        let example = rule.cell_ids.first();
        vec![
            code(&*rule.code),
            text(count(rule.count)),
            text(&rule.reason),
            example.map_or_else(|| text(MISSING), |id| names::cell(overview, id)),
        ]
    });
    (table.total > 0).then_some(table)
}

/// The sign of a status: a shape, so that it is not told by colour alone.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "templates pass references")]
fn status_sign(status: &CompletionStatus) -> &'static str {
    match status {
        CompletionStatus::Complete => "✔",
        CompletionStatus::Partial => "▲",
        CompletionStatus::Failed => "✖",
        CompletionStatus::Unknown => "?",
    }
}
