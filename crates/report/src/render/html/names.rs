//! Names of series, loads and axes in words. What comes out is not escaped: the templates do that.

use std::sync::Arc;

use inferguard_schema::{Axis, Cell, Knee, Series};

use super::anchor;
use super::table::{Piece, code, link, text};
use crate::chart;
use crate::number::{count, exact};
use crate::overview::{KnownBy, Member, Overview, Place};
pub(super) use crate::wording::{load, run};

/// A series: its label, and more where that does not tell it from the others.
pub(super) fn series(member: &Member) -> String {
    let label = &member.series.configuration.label;
    match member.known_by {
        KnownBy::Label => label.clone(),
        KnownBy::Run => format!("{label} of {}", run(&member.series.run)),
        KnownBy::Id => member.series.id.clone(),
    }
}

/// A place in words: `label` at 64 users.
pub(super) fn place(place: &Place) -> String {
    let name = series(&place.member);
    match place.point.load {
        Some(at) => format!("{name} at {}", load(place.member.series, at)),
        None => name,
    }
}

/// A cell by its id, with a link to its row; one that the report does not hold stays a name.
pub(super) fn cell<'a>(overview: &Overview<'a>, id: &'a str) -> Vec<Piece<'a>> {
    if overview.cell(id).is_some() { link(id, anchor::row(id)) } else { code(id) }
}

/// Where some cells stand, with a link to the first of them.
pub(super) fn place_of<'a>(overview: &Overview<'a>, cell_ids: &'a [Arc<str>]) -> Vec<Piece<'a>> {
    let Some(first) = cell_ids.first() else { return text(crate::number::MISSING) };
    let name = overview.place(first).map_or_else(|| first.to_string(), |at| place(&at));
    let mut pieces = match overview.cell(first) {
        Some(_) => link(name, anchor::row(first)),
        None => code(name),
    };
    if cell_ids.len() > 1 {
        let more = count(cell_ids.len() as u64 - 1);
        pieces.extend(text(format!(" and {more} more")));
    }
    pieces
}

/// An axis with its unit: `median interactivity (tok/s/user)`.
pub(super) fn axis(axis: &Axis) -> String {
    let (title, unit) = (chart::title(axis), chart::unit(axis));
    if unit.is_empty() { title.into_owned() } else { format!("{title} ({unit})") }
}

/// `knee at 64 users, peak at 128, collapse at 256`.
pub(super) fn knee(series: &Series, knee: &Knee) -> String {
    if !knee.reached {
        return format!("knee not reached up to {}", load(series, knee.highest_load));
    }
    let at = load(series, knee.knee.load);
    let words = if knee.knee.load == knee.peak.load {
        format!("knee and peak at {at}")
    } else {
        format!("knee at {at}, peak at {}", exact(knee.peak.load))
    };
    match &knee.collapse {
        Some(collapse) => format!("{words}, collapse at {}", exact(collapse.load)),
        None => words,
    }
}

/// A text that begins a heading: its first letter is large.
pub(super) fn capital(text: &str) -> String {
    let mut rest = text.chars();
    match rest.next() {
        Some(first) if first.is_ascii_lowercase() => {
            first.to_ascii_uppercase().to_string() + rest.as_str()
        }
        _ => text.to_owned(),
    }
}

/// The load of a cell that is in no series.
pub(super) fn load_of(cell: &Cell) -> Option<f64> {
    cell.concurrency.map(|n| n as f64).or(cell.request_rate)
}
