//! Names of series, loads and axes on the page. What comes out is escaped.

use std::sync::Arc;

use inferguard_schema::{Axis, Scenario, Series};

use super::SERIES_IN_A_LINE;
use super::page::listed;
use crate::chart;
use crate::escape::{code, prose};
use crate::number::MISSING;
use crate::overview::{KnownBy, Member, Overview, Place};
use crate::wording;
pub(super) use crate::wording::load;

/// A run by its folder.
pub(super) fn run(run: &str) -> String {
    if run == "." { wording::run(run).to_owned() } else { code(run) }
}

/// A series: its label, and more where that does not tell it from the others.
pub(super) fn series(member: &Member) -> String {
    let label = code(&member.series.configuration.label);
    match member.known_by {
        KnownBy::Label => label,
        KnownBy::Run => format!("{label} of {}", run(&member.series.run)),
        KnownBy::Id => code(&member.series.id),
    }
}

/// A series with its scenario.
pub(super) fn series_in(member: &Member) -> String {
    format!("{} in {}", series(member), code(&member.scenario.id))
}

/// At most a few series in a line, and how many more there are.
pub(super) fn several<'m, 'a: 'm>(members: &[Member<'a>]) -> String {
    listed(members, SERIES_IN_A_LINE, ", ", series).unwrap_or_default()
}

/// A place in words: `label` at 64 users.
pub(super) fn place(place: &Place) -> String {
    let name = series(&place.member);
    match place.point.load {
        Some(at) => format!("{name} at {}", load(place.member.series, at)),
        None => name,
    }
}

/// Where the first of some cells stands; its id when it is in no series.
pub(super) fn first_place(overview: &Overview, cell_ids: &[Arc<str>]) -> String {
    let Some(first) = cell_ids.first() else { return MISSING.to_owned() };
    overview.place(first).map_or_else(|| code(first), |at| place(&at))
}

/// The heading of a column of loads, when all series count the same.
pub(super) fn load_heading(scenario: &Scenario) -> Option<&'static str> {
    let axis = |series: &Series| series.load_axis.clone();
    let first = axis(scenario.series.first()?)?;
    if scenario.series.iter().any(|series| axis(series).as_ref() != Some(&first)) {
        return None;
    }
    match first.as_str() {
        "concurrency" => Some("Users"),
        "request_rate" => Some("Rate (req/s)"),
        _ => None,
    }
}

/// An axis with its unit: `median interactivity (tok/s/user)`.
pub(super) fn axis(axis: &Axis) -> String {
    let (title, unit) = (chart::title(axis), chart::unit(axis));
    if unit.is_empty() { prose(&title) } else { format!("{} ({})", prose(&title), prose(unit)) }
}

/// A value of an axis with its unit.
pub(super) fn value_of(axis: &Axis, value: f64) -> String {
    format!("{} {}", chart::value(axis, value), prose(chart::unit(axis)))
}

/// A text that begins a heading or a line: its first letter is large.
pub(super) fn capital(text: &str) -> String {
    let mut rest = text.chars();
    match rest.next() {
        Some(first) if first.is_ascii_lowercase() => {
            first.to_ascii_uppercase().to_string() + rest.as_str()
        }
        _ => text.to_owned(),
    }
}
