//! The foot of the page: version, command, limits in force, licences.

use askama::Template;
use inferguard_model::{Metric, Unit};
use inferguard_schema::{Guideline, Report};

use super::table::{Table, code, number, text, words};
use crate::number::{exact, with_unit};

/// The foot.
#[derive(Template)]
#[template(path = "foot.html")]
pub(super) struct Foot<'a> {
    report: &'a Report,
    thresholds: Table<'a>,
    guidelines: Table<'a>,
}

impl<'a> Foot<'a> {
    pub(super) fn new(report: &'a Report) -> Self {
        let limits = report.analyzer.thresholds.0.iter();
        let limits: Vec<_> = limits
            .flat_map(|(code, limits)| {
                limits.0.iter().map(move |(name, value)| (code, name, value))
            })
            .collect();
        let columns = vec![words("Check"), words("Threshold"), number("Value"), words("Set")];
        let set = report.configuration.as_ref().map(|set| &set.thresholds);
        let thresholds = Table::new("Thresholds in force", columns);
        let thresholds = thresholds.rows_up_to(limits.len(), limits, |(check, name, value)| {
            let is_set = set.and_then(|set| set.get(check)?.get(name)).is_some();
            let set = if is_set { "by the configuration" } else { "default" };
            vec![code(&**check), code(&**name), text(exact(*value)), text(set)]
        });
        let columns =
            vec![words("Metric"), words("Good"), words("Acceptable"), words("Concerning")];
        let guidelines = &report.analyzer.guidelines;
        let table = Table::new("Guidelines of the field", columns);
        let guidelines = table.rows_up_to(guidelines.len(), guidelines, |one| {
            vec![
                code(&*one.metric),
                text(range(one, one.good)),
                text(range(one, one.acceptable)),
                text("beyond"),
            ]
        });
        Self { report, thresholds, guidelines }
    }
}

/// `at most 500 ms`, `40.0 % to 80.0 %`.
fn range(guideline: &Guideline, ends: [Option<f64>; 2]) -> String {
    let value = |value: f64| match Metric::parse(&guideline.metric) {
        Some(metric) if metric.unit() == Unit::Fraction => format!("{} %", exact_percent(value)),
        Some(metric) => with_unit(metric, value),
        None => exact(value),
    };
    match ends {
        [None, Some(to)] => format!("at most {}", value(to)),
        [Some(from), None] => format!("at least {}", value(from)),
        [Some(from), Some(to)] => format!("{} to {}", value(from), value(to)),
        [None, None] => "any".to_owned(),
    }
}

/// A share that somebody chose, in percent, without what binary fractions add.
fn exact_percent(share: f64) -> String {
    exact((share * 1e6).round() / 1e4)
}
