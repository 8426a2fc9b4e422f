//! Knees of series in words.

use inferguard_schema::{Knee, Scenario};

use super::page::{Page, listed};
use super::{KNEES, names};
use crate::escape::prose;
use crate::number::{count, counted, exact};
use crate::overview::{Member, members};

pub(super) fn scenario(page: &mut Page, scenario: &Scenario) {
    let all: Vec<_> = members(scenario).collect();
    let known: Vec<_> = all.iter().filter_map(|m| Some((*m, m.series.knee.as_ref()?))).collect();
    if known.is_empty() {
        return;
    }
    let (mut reached, open): (Vec<_>, Vec<_>) =
        known.iter().copied().partition(|(_, knee)| knee.reached);
    // Stable, the highest throughput first: what leads is read first.
    reached.sort_by(|a, b| b.1.peak.value.total_cmp(&a.1.peak.value));
    let mut lines: Vec<String> =
        reached.iter().take(KNEES).map(|(member, knee)| line(member, knee)).collect();
    if reached.len() > KNEES {
        lines.push(format!("{} more: see `report.json`", count((reached.len() - KNEES) as u64)));
    }
    lines.extend(not_reached(&open));
    let without = all.len() - known.len();
    if without > 0 {
        let series = counted(without, "series", "series");
        lines.push(format!("No knee for {series}: it takes two levels that stand for the system"));
    }
    page.paragraph("**Knees**: the lowest load with most of the highest throughput");
    let total = lines.len();
    page.bullets(lines, total, usize::MAX);
}

fn line(member: &Member, knee: &Knee) -> String {
    format!("{}: {}: {}", names::series(member), loads(member, knee), prose(&knee.reading))
}

/// `knee at 64 users, peak at 128, collapse at 256`.
pub(super) fn loads(member: &Member, knee: &Knee) -> String {
    let load = |load: f64| names::load(member.series, load);
    if !knee.reached {
        return format!("knee not reached up to {}", load(knee.highest_load));
    }
    let words = if knee.knee.load == knee.peak.load {
        format!("knee and peak at {}", load(knee.knee.load))
    } else {
        format!("knee at {}, peak at {}", load(knee.knee.load), exact(knee.peak.load))
    };
    match &knee.collapse {
        Some(collapse) => format!("{words}, collapse at {}", exact(collapse.load)),
        None => words,
    }
}

/// Series whose sweeps end before the knee, in one line.
fn not_reached(open: &[(Member, &Knee)]) -> Option<String> {
    let series = counted(open.len(), "series", "series");
    Some(format!("Not reached in {series}: {}", by_end(open, "up to")?))
}

/// Series whose sweeps end before the knee, by where they end: `up to 64 users (a, b)`.
pub(super) fn by_end(open: &[(Member, &Knee)], preposition: &str) -> Option<String> {
    let text = |(load, of): &(f64, Vec<Member>)| {
        let end = of.first().map(|member| names::load(member.series, *load));
        format!("{preposition} {} ({})", end.unwrap_or_default(), names::several(of))
    };
    listed(&by_highest_load(open), KNEES, "; ", text)
}

/// Series by the highest load that they measured, ascending.
fn by_highest_load<'a>(open: &[(Member<'a>, &Knee)]) -> Vec<(f64, Vec<Member<'a>>)> {
    let mut groups: Vec<(f64, Vec<Member<'a>>)> = Vec::new();
    let mut sorted = open.to_vec();
    let axis = |member: &Member| member.series.load_axis.clone();
    // Stable: series stay in the order of the report.
    sorted.sort_by(|(a, one), (b, other)| {
        axis(a).cmp(&axis(b)).then(one.highest_load.total_cmp(&other.highest_load))
    });
    for (member, knee) in sorted {
        match groups.last_mut() {
            Some((load, of)) if *load == knee.highest_load && axis(&of[0]) == axis(&member) => {
                of.push(member);
            }
            _ => groups.push((knee.highest_load, vec![member])),
        }
    }
    groups
}
