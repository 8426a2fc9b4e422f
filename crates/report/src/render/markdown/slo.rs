//! The best measured points that meet service-level objectives.

use std::cmp::Ordering;
use std::collections::HashMap;

use inferguard_model::Metric;
use inferguard_schema::{Scenario, SloBest};

use super::page::{Column, Page, listed};
use super::{LIST_ITEMS, SYSTEM_ROWS, names};
use crate::escape::{code, prose};
use crate::number::{count, counted, exact, measure, with_unit};
use crate::overview::members;

pub(super) fn scenario(page: &mut Page, scenario: &Scenario) {
    let mut objectives: Vec<&str> = Vec::new();
    for one in &scenario.slo_best {
        if !objectives.contains(&&*one.slo) {
            objectives.push(&one.slo);
        }
    }
    for slo in objectives.into_iter().take(LIST_ITEMS) {
        let of: Vec<_> = scenario.slo_best.iter().filter(|one| one.slo == slo).collect();
        page.paragraph(&format!("**Best measured points that meet {}**", code(slo)));
        winners(page, scenario, &of);
        missed(page, &of);
    }
}

fn winners(page: &mut Page, scenario: &Scenario, of: &[&SloBest]) {
    let mut met: Vec<_> = of.iter().filter_map(|one| Some((*one, one.best.as_ref()?))).collect();
    met.sort_by(|(_, a), (_, b)| b.value.partial_cmp(&a.value).unwrap_or(Ordering::Equal));
    if met.is_empty() {
        return;
    }
    let columns = [
        Column::text("Configuration"),
        Column::number(names::load_heading(scenario).unwrap_or("Load")),
        Column::number("Throughput there"),
    ];
    let all: Vec<_> = members(scenario).collect();
    let rows = met.iter().take(SYSTEM_ROWS).map(|(one, best)| {
        let member = all.iter().find(|member| member.series.id == one.series);
        let name = one.metric.as_deref().unwrap_or_default();
        let value = Metric::parse(name).map_or_else(
            || format!("{} {}", measure(best.value), code(name)),
            |metric| with_unit(metric, best.value),
        );
        vec![member.map_or_else(|| code(&one.series), names::series), exact(best.load), value]
    });
    let rows: Vec<_> = rows.collect();
    page.table(&columns, &rows, met.len());
}

/// Series without a point that meets them, by reason.
fn missed(page: &mut Page, of: &[&SloBest]) {
    let (mut reasons, mut places) = (Vec::<(&str, u64)>::new(), HashMap::new());
    for one in of.iter().filter(|one| one.best.is_none()) {
        let reason = one.reason.as_deref().unwrap_or("no reason given");
        let at = *places.entry(reason).or_insert(reasons.len());
        if at == reasons.len() {
            reasons.push((reason, 0));
        }
        reasons[at].1 += 1;
    }
    let total: u64 = reasons.iter().map(|(_, times)| times).sum();
    let text = |(reason, times): &(&str, u64)| {
        let times = if *times > 1 { format!(" ({} series)", count(*times)) } else { String::new() };
        format!("{}{times}", prose(reason))
    };
    if let Some(reasons) = listed(&reasons, LIST_ITEMS, "; ", text) {
        let series = counted(usize::try_from(total).unwrap_or(usize::MAX), "series", "series");
        page.paragraph(&format!("No measured point of {series}: {reasons}."));
    }
}
