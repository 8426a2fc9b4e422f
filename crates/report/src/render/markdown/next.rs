//! Evidence-based next measurements: what to measure, never what to change.
//!
//! Each line follows from something in the report: a run that did not succeed, a step that is too
//! wide to say where the system gives way, a sweep that ends too early, a check that could not look.

use std::collections::HashSet;
use std::sync::Arc;

use inferguard_model::{Load, Metric};
use inferguard_schema::{
    Cell, CompletionStatus, Finding, Knee, NotEvaluated, Point, Report, Scenario, Series,
};
use serde_json::Value;

use super::page::{Page, listed};
use super::{LIST_ITEMS, NEXT_ITEMS, executive, knees, names};
use crate::chart;
use crate::escape::{code, prose};
use crate::number::{count, counted, exact, from_to};
use crate::overview::{Break, Member, Overview, members, metric};

pub(super) fn section(overview: &Overview, page: &mut Page) {
    let report = overview.report;
    let groups = [
        ("Measure again", repeats(overview)),
        ("Find where it gives way", between_levels(overview)),
        ("Go beyond the ends of the sweeps", beyond(report)),
        ("Fill the holes of the sweeps", holes(overview)),
        ("Add load levels", single_levels(report)),
        ("Collect what is missing", missing(report)),
        ("Record what checks lack", blocked(overview)),
    ];
    if groups.iter().all(|(_, lines)| lines.is_empty()) {
        page.paragraph("The report gives no reason to measure anything again.");
        return;
    }
    for (title, lines) in groups {
        if !lines.is_empty() {
            page.paragraph(&format!("**{title}**"));
            let total = lines.len();
            page.bullets(lines.into_iter().map(|line| line()), total, NEXT_ITEMS);
        }
    }
}

/// A line that is made only when it is shown: there may be thousands.
type Line<'l> = Box<dyn FnOnce() -> String + 'l>;

/// Codes that call a single run into question; a lost request in thousands does not.
const DOUBTFUL: [&str; 4] = ["partial_run", "run_aborted", "suspect_point", "unstable_repeats"];

fn repeats<'l>(overview: &'l Overview) -> Vec<Line<'l>> {
    let doubt = |id: &str| {
        let findings = overview.findings_of(id).iter().copied();
        findings.into_iter().find(|finding| DOUBTFUL.contains(&&*finding.code))
    };
    let mut lines: Vec<Line> = Vec::new();
    for cell in &overview.report.cells {
        match (cell.completion.status, doubt(&cell.cell_id)) {
            (CompletionStatus::Failed, _) => {
                lines
                    .push(Box::new(|| format!("{}: {}", what_cell(overview, cell), outcome(cell))));
            }
            (_, Some(finding)) => lines.push(Box::new(|| {
                format!("{}: {}", what_cell(overview, cell), prose(&finding.message))
            })),
            _ => {}
        }
    }
    for one in overview.breaks.iter().filter(|one| one.point.rests_on_suspect_point) {
        let cells = || one.point.from_cell_ids.iter().chain(&one.point.to_cell_ids);
        if cells().all(|id| doubt(id).is_none()) {
            lines.push(Box::new(|| {
                format!(
                    "Repeat {} from {} to {}: the break there rests on a suspect point",
                    series_of(one),
                    exact(one.point.from_load),
                    one.member.map_or_else(
                        || exact(one.point.to_load),
                        |member| names::load(member.series, one.point.to_load)
                    )
                )
            }));
        }
    }
    lines
}

/// What to repeat: by series and load, which reads better than a path.
fn what_cell(overview: &Overview, cell: &Cell) -> String {
    match overview.place(&cell.cell_id) {
        Some(place) => {
            let at = place.point.load.map(|load| names::load(place.member.series, load));
            let at = at.map_or_else(String::new, |at| format!(" at {at}"));
            format!("Repeat {}{at}", names::series_in(&place.member))
        }
        None => format!("Repeat {}", code(&cell.cell_id)),
    }
}

fn outcome(cell: &Cell) -> String {
    let completion = &cell.completion;
    match (completion.num_requests_successful, completion.num_requests_total) {
        (Some(ok), Some(total)) => format!("{} of {} requests succeeded", count(ok), count(total)),
        _ => "no request succeeded".to_owned(),
    }
}

fn series_of(one: &Break) -> String {
    one.member.as_ref().map_or_else(|| code(&one.point.series), names::series_in)
}

/// Breaking points with room between their levels.
fn between_levels<'l>(overview: &'l Overview) -> Vec<Line<'l>> {
    let mut lines: Vec<Line> = Vec::new();
    for one in overview.breaks.iter().filter(|one| !one.point.rests_on_suspect_point) {
        if let Some(member) = one.member
            && let Some((pair, middle)) = first_gap(member.series, one)
        {
            lines.push(Box::new(move || gap(overview, one, &member, pair, middle)));
        }
    }
    lines
}

/// The first step of a breaking point that has room for a level, and that level.
fn first_gap<'a>(series: &'a Series, one: &Break) -> Option<(&'a [Point], f64)> {
    let within = |pair: &&[Point]| {
        let loads = pair[0].load.zip(pair[1].load);
        loads.is_some_and(|(a, b)| a >= one.point.from_load && b <= one.point.to_load)
    };
    let steps = series.points.windows(2).filter(within);
    steps.into_iter().find_map(|pair| {
        let (low, high) = (pair[0].load?, pair[1].load?);
        Some((pair, middle(series, low, high)?))
    })
}

/// The geometric middle of two levels, when it is a level of its own: between 8 and 9 users there
/// is nobody.
fn middle(series: &Series, low: f64, high: f64) -> Option<f64> {
    let middle = (low * high).sqrt();
    let middle = if is_rate(series) { (middle * 10.0).round() / 10.0 } else { middle.round() };
    let apart = |a: f64, b: f64| b > a * (1.0 + Load::SAME_LEVEL);
    (apart(low, middle) && apart(middle, high)).then_some(middle)
}

fn is_rate(series: &Series) -> bool {
    series.load_axis.as_deref() == Some("request_rate")
}

/// `label` in `scenario`: no point between 16 and 64 users (32, for example); p99 TTFT rises
/// 0.21 → 1.9 s there.
fn gap(overview: &Overview, one: &Break, member: &Member, pair: &[Point], middle: f64) -> String {
    let (low, high) = (pair[0].load.unwrap_or_default(), pair[1].load.unwrap_or_default());
    let change = one.findings.iter().find_map(|finding| change(overview, finding, pair));
    let change = change.map_or_else(String::new, |change| format!("; {change} there"));
    format!(
        "{}: no point between {} and {} (measure {}, for example){change}",
        names::series_in(member),
        exact(low),
        names::load(member.series, high),
        exact(middle),
    )
}

/// How the metric of a finding goes over a step: `p99 TTFT rises 0.210 → 1.90 s`.
fn change(overview: &Overview, finding: &Finding, pair: &[Point]) -> Option<String> {
    let evidence = |key: &str| finding.evidence.get(key);
    let name = evidence("metric")?.as_str()?;
    let is_whole = |key: &str, point: &Point| evidence(key).and_then(Value::as_f64) == point.load;
    let (from, to) = if is_whole("from_load", &pair[0]) && is_whole("to_load", &pair[1]) {
        (evidence("from")?.as_f64()?, evidence("observed")?.as_f64()?)
    } else {
        // Of several steps the finding tells the worst.
        let only = |point: &Point| match point.cell_ids.as_slice() {
            [only] => metric(overview.cell(only)?, name),
            _ => None,
        };
        (only(&pair[0])?, only(&pair[1])?)
    };
    let parsed = Metric::parse(name)?;
    let goes = if to > from { "rises" } else { "falls" };
    Some(format!("{} {goes} {}", prose(&chart::words(parsed)), from_to(parsed, from, to)))
}

/// Sweeps that end before the knee, and those that begin beyond it.
fn beyond(report: &Report) -> Vec<Line<'_>> {
    let mut lines: Vec<Line> = Vec::new();
    for scenario in &report.cross_run.scenarios {
        let known: Vec<(Member, &Knee)> =
            members(scenario).filter_map(|m| Some((m, m.series.knee.as_ref()?))).collect();
        let open: Vec<_> = known.iter().filter(|(_, knee)| !knee.reached).copied().collect();
        if !open.is_empty() {
            lines.push(Box::new(move || {
                format!(
                    "{}: the knee of {} is not reached: measure {}",
                    code(&scenario.id),
                    counted(open.len(), "series", "series"),
                    knees::by_end(&open, "beyond").unwrap_or_default()
                )
            }));
        }
        for (member, knee) in known {
            if is_saturated(knee) && !is_least(member.series, knee.lowest.load) {
                lines.push(Box::new(move || {
                    format!(
                        "{}: measure below {}: the lowest level has most of the highest throughput",
                        names::series_in(&member),
                        names::load(member.series, knee.lowest.load)
                    )
                }));
            }
        }
    }
    lines
}

/// Whether the lowest level gives as much as any.
fn is_saturated(knee: &Knee) -> bool {
    knee.reached && knee.knee.load == knee.lowest.load
}

/// Whether nothing can be measured below a load.
fn is_least(series: &Series, load: f64) -> bool {
    load <= if is_rate(series) { 0.0 } else { 1.0 }
}

/// Levels inside the range of a series that its sisters have.
fn holes<'l>(overview: &'l Overview) -> Vec<Line<'l>> {
    let is_hole = |finding: &&&Finding| finding.code == "incomplete_sweep";
    let line = |finding: &'l &Finding| -> Line<'l> {
        Box::new(move || {
            let place = finding.cell_id.as_deref().and_then(|id| overview.place(id));
            let Some(place) = place else { return prose(&finding.message) };
            format!("{}: {}", names::series_in(&place.member), prose(&finding.message))
        })
    };
    overview.findings.iter().filter(is_hole).map(line).collect()
}

/// Series of one level, a line for each scenario.
fn single_levels(report: &Report) -> Vec<Line<'_>> {
    let of_one = |scenario| members(scenario).filter(|m| m.series.points.len() == 1);
    let with_some = report.cross_run.scenarios.iter().filter(move |s| of_one(s).next().is_some());
    let line = move |scenario| -> Line<'_> {
        Box::new(move || {
            let single: Vec<Member> = of_one(scenario).collect();
            let text = |member: &Member| {
                let load = member.series.points[0].load;
                let load = load.map_or_else(String::new, |at| {
                    format!(" at {}", names::load(member.series, at))
                });
                format!("{}{load}", names::series(member))
            };
            format!(
                "{}: measure more than one level of {}: {}",
                code(&scenario.id),
                counted(single.len(), "series", "series"),
                listed(&single, LIST_ITEMS, ", ", text).unwrap_or_default()
            )
        })
    };
    with_some.map(line).collect()
}

fn missing(report: &Report) -> Vec<Line<'_>> {
    let mut lines: Vec<Line> = Vec::new();
    for artifact in &report.artifact_manifest {
        let what = match &*artifact.status {
            "missing" => "Collect",
            "refused" => "Write or copy again",
            _ => continue,
        };
        lines.push(Box::new(move || {
            let reason =
                artifact.reason.as_deref().map_or_else(String::new, |r| format!(": {}", prose(r)));
            format!("{what} {}{reason}", code(&artifact.path))
        }));
    }
    if lines.is_empty() {
        let told = report.run_summary.missing_artifacts.iter();
        lines.extend(told.map(|text| -> Line { Box::new(|| format!("Collect {}", prose(text))) }));
    }
    let uncounted = |cell: &&Cell| cell.completion.status == CompletionStatus::Unknown;
    let mut uncounted = report.cells.iter().filter(uncounted);
    // A check that needs the counts says so with its reason.
    let is_told = report.run_summary.not_evaluated.iter().any(|entry| entry.code == "partial_run");
    if !is_told && let Some(first) = uncounted.next() {
        let cells = 1 + uncounted.count();
        lines.push(Box::new(move || {
            format!(
                "Keep the request counts of {}, for example {}: no artifact tells how many \
                 succeeded",
                counted(cells, "cell", "cells"),
                code(&first.cell_id)
            )
        }));
    }
    lines
}

/// Codes that lack something to compare with, which no recorder can give.
const NOT_RECORDED: [&str; 6] = [
    "suspect_point",
    "unstable_repeats",
    "incomplete_sweep",
    "summary_mismatch",
    "eval_regression",
    "slo_not_met",
];

/// Codes of a step between two load levels.
const STEPS: [&str; 5] = [
    "ttft_cliff",
    "tpot_degradation",
    "throughput_plateau",
    "kv_offload_thrash",
    "prefix_cache_regression",
];

/// Reasons that kept checks from looking, each once with all its codes.
fn blocked<'l>(overview: &'l Overview) -> Vec<Line<'l>> {
    let report = overview.report;
    let is_failed = |id: &Arc<str>| {
        overview.cell(id).is_some_and(|cell| cell.completion.status == CompletionStatus::Failed)
    };
    let single = single_cells(&report.cross_run.scenarios);
    let is_single = |entry: &NotEvaluated| {
        STEPS.contains(&&*entry.code)
            && entry.cell_ids.iter().all(|id| single.contains(id.as_ref()))
    };
    // What to do about failed cells and single levels is told above.
    let can_be_recorded = |entry: &&NotEvaluated| {
        let is_told = || entry.cell_ids.iter().all(is_failed) || is_single(entry);
        !NOT_RECORDED.contains(&&*entry.code) && (entry.cell_ids.is_empty() || !is_told())
    };
    let entries = report.run_summary.not_evaluated.iter().filter(can_be_recorded);
    let line = |entries: Vec<&'_ NotEvaluated>| -> Line<'_> {
        let entries: Vec<NotEvaluated> = entries.into_iter().cloned().collect();
        Box::new(move || {
            let cases = usize::try_from(entries[0].count).unwrap_or(usize::MAX);
            let example = entries.iter().find_map(|entry| entry.cell_ids.first());
            let example = example.map_or_else(String::new, |id| {
                format!(", such as {}", names::first_place(overview, std::slice::from_ref(id)))
            });
            let codes = listed(&entries, 2 * LIST_ITEMS, ", ", |entry| code(&entry.code));
            format!(
                "{} ({}{example}): {} could not look",
                names::capital(&prose(&entries[0].reason)),
                counted(cases, "case", "cases"),
                codes.unwrap_or_default(),
            )
        })
    };
    executive::by_reason(entries).into_iter().map(line).collect()
}

/// Cells of series with one level: the lines about levels tell what to do.
fn single_cells(scenarios: &[Scenario]) -> HashSet<&str> {
    let series = scenarios.iter().flat_map(|scenario| &scenario.series);
    let points = series.filter(|series| series.points.len() == 1).flat_map(|s| &s.points);
    points.flat_map(|point| &point.cell_ids).map(AsRef::as_ref).collect()
}
