//! Breaking points in words with numbers.

use super::page::Page;
use super::{BREAKS, names};
use crate::escape::{code, prose};
use crate::number::{exact, measure};
use crate::overview::{Break, Overview};

/// The breaking points of a scenario, worst first; their lead times unless all have the same
/// reason to have none.
pub(super) fn scenario(page: &mut Page, breaks: &[&Break], with_lead_times: bool) {
    if breaks.is_empty() {
        return;
    }
    let severities = Overview::severities(breaks.iter().map(|one| one.point.severity));
    page.paragraph(&format!("**Breaking points**: {severities}"));
    let lines = breaks.iter().take(BREAKS).map(|one| {
        let lead_time = if with_lead_times { lead_time(one) } else { None };
        let told = lead_time.map_or_else(String::new, |told| format!("; {told}"));
        format!("{}{told}", line(one, &series(one)))
    });
    page.bullets(lines, breaks.len(), BREAKS);
}

/// The reason for which no breaking point has a lead time, when it is the same for all.
pub(super) fn no_lead_time<'a>(overview: &Overview<'a>) -> Option<&'a str> {
    let mut reasons = overview.breaks.iter().map(|one| one.point.lead_time_reason.as_deref());
    let first = reasons.next()??;
    reasons.all(|reason| reason == Some(first)).then_some(first)
}

/// A breaking point in a line: its severity, codes and series, and what happened.
pub(super) fn line(one: &Break, series: &str) -> String {
    let codes: Vec<_> = one.point.codes.iter().map(|name| code(name)).collect();
    let severity = match one.point.severity {
        inferguard_schema::Severity::Critical => "**critical**",
        severity => severity.name(),
    };
    format!("{severity} {series}: {} ({})", summary(one), codes.join(", "))
}

fn series(one: &Break) -> String {
    one.member.as_ref().map_or_else(|| code(&one.point.series), names::series)
}

/// The series with its scenario, where none is in the heading.
pub(super) fn series_in(one: &Break) -> String {
    one.member.as_ref().map_or_else(|| code(&one.point.series), names::series_in)
}

/// What happened, with the loads where the summary does not begin with them.
fn summary(one: &Break) -> String {
    let (from, to) = (exact(one.point.from_load), exact(one.point.to_load));
    let summary = prose(&one.point.summary);
    if summary.contains(&format!("from {from} to ")) {
        summary
    } else {
        format!("from {from} to {to}: {summary}")
    }
}

fn lead_time(one: &Break) -> Option<String> {
    match (one.point.lead_time_seconds, &one.point.lead_time_reason) {
        (Some(seconds), _) if seconds < 0.0 => {
            Some(format!("the first live finding came {} s into it", measure(-seconds)))
        }
        (Some(seconds), _) => {
            Some(format!("the first live finding came {} s before it", measure(seconds)))
        }
        (None, Some(reason)) => Some(format!("no lead time: {}", prose(reason))),
        (None, None) => None,
    }
}
