//! The evidence of a finding as a list of names and values.

use std::borrow::Cow;

use askama::Template;
use inferguard_schema::Finding;
use serde_json::Value;

use super::table::Table;
use super::table::{Piece, Pieces, code, joined, link, text, words};
use super::{LIST_ITEMS, anchor};
use crate::escape::{MAX_SENTENCE, shorten_end};
use crate::number::{MISSING, count, exact};
use crate::overview::Overview;

/// What a finding rests on.
#[derive(Template)]
#[template(path = "evidence.html")]
pub(super) struct Evidence<'a> {
    values: Vec<(&'a str, Vec<Piece<'a>>)>,
    tables: Vec<Table<'a>>,
}

impl<'a> Evidence<'a> {
    pub(super) fn of(overview: &Overview<'a>, finding: &'a Finding) -> Self {
        let (mut values, mut tables) = (Vec::new(), Vec::new());
        for (key, value) in &finding.evidence.0 {
            match rows_of(value) {
                Some(rows) => tables.push(objects(overview, key, rows)),
                None => values.push((&**key, pieces(overview, value))),
            }
        }
        Self { values, tables }
    }
}

/// A list of objects, which reads best as a table.
fn rows_of(value: &Value) -> Option<&Vec<Value>> {
    let rows = value.as_array().filter(|rows| !rows.is_empty())?;
    rows.iter().all(Value::is_object).then_some(rows)
}

fn objects<'a>(overview: &Overview<'a>, key: &'a str, rows: &'a [Value]) -> Table<'a> {
    let mut names: Vec<&str> = Vec::new();
    for name in rows.iter().filter_map(Value::as_object).flat_map(serde_json::Map::keys) {
        if !names.contains(&name.as_str()) && names.len() < LIST_ITEMS {
            names.push(name);
        }
    }
    let columns = names.iter().map(|name| words((*name).to_owned())).collect();
    Table::new(key.to_owned(), columns).rows(rows, |row| {
        let cell =
            |name: &&str| row.get(*name).map_or_else(|| text(MISSING), |v| pieces(overview, v));
        names.iter().map(cell).collect()
    })
}

fn pieces<'a>(overview: &Overview<'a>, value: &'a Value) -> Vec<Piece<'a>> {
    match value {
        Value::Null => text(MISSING),
        Value::Bool(flag) => text(if *flag { "yes" } else { "no" }),
        Value::Number(number) => text(number.as_f64().map_or_else(|| number.to_string(), digits)),
        Value::String(id) if overview.cell(id).is_some() => link(id, anchor::row(id)),
        Value::String(string) => code(shorten_end(string, MAX_SENTENCE)),
        Value::Array(items) => {
            let shown = items.iter().take(LIST_ITEMS).map(|item| pieces(overview, item));
            let mut all = joined(shown, ", ");
            if items.len() > LIST_ITEMS {
                let more = count((items.len() - LIST_ITEMS) as u64);
                all.extend(text(format!(" and {more} more")));
            }
            if all.is_empty() { text("none") } else { all }
        }
        Value::Object(members) => {
            let shown = members.iter().take(LIST_ITEMS).map(|(name, value)| {
                let mut one = text(Cow::Owned(format!("{name}: ")));
                one.extend(pieces(overview, value));
                one
            });
            joined(shown, "; ")
        }
    }
}

/// Six significant digits: evidence is followed up, so that it shows more than a table does.
fn digits(value: f64) -> String {
    if value.fract() == 0.0 || !value.is_finite() {
        return exact(value);
    }
    let rounded: f64 = format!("{value:.5e}").parse().unwrap_or(value);
    exact(rounded)
}
