//! Tables that people take along: one definition of their columns, four formats.
//!
//! A column is a [`Field`]: its name, unit and source, and how its value is read from a row. All
//! formats and the documentation are made from that, so that none of them can differ.
//!
//! Rows are written as they come and never all held: what a writer keeps is bounded, of Parquet one
//! row group.
//!
//! ```
//! use inferguard_report::table::{Field, Format, TableWriter};
//!
//! struct Row { name: &'static str, ttft: Option<f64> }
//!
//! let fields = [
//!     Field::text("name", "cells[].cell_id", "Name.", |row: &Row| Some(row.name.into())),
//!     Field::number("ttft", "s", "cells[].metrics", "TTFT.", |row: &Row| row.ttft),
//! ];
//! let mut out = Vec::new();
//! let columns = fields.iter().map(|field| field.column.clone()).collect();
//! let mut writer = TableWriter::new(Format::Csv { mark: false }, "rows", columns, &mut out)?;
//! writer.write(&fields, &[Row { name: "=a", ttft: None }, Row { name: "b", ttft: Some(0.5) }])?;
//! writer.finish()?;
//! assert_eq!(out, b"name,ttft (s)\n'=a,\nb,0.5\n");
//! # Ok::<(), std::io::Error>(())
//! ```

mod csv;
mod handed;
mod json;
#[cfg(feature = "parquet")]
mod parquet;

use std::borrow::Cow;
use std::io::{self, Write};

use csv::CsvRows;
use json::JsonRows;
#[cfg(feature = "parquet")]
use parquet::ParquetRows;

/// Version of the columns of all tables, in the metadata of each Parquet file.
///
/// Columns are added under the same version; one that is renamed, removed or changes its meaning
/// makes a new one.
pub const SCHEMA_VERSION: &str = "inferguard-export/v1";

/// Rows of a row group of Parquet, but for the last one.
pub const ROW_GROUP_ROWS: usize = 131_072;

/// Level of zstd in Parquet files.
pub const ZSTD_LEVEL: i32 = 3;

/// What the values of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// A whole number.
    Whole,
    /// Any finite number.
    Number,
    /// True or false.
    Flag,
    /// A moment, UTC nanoseconds.
    Moment,
}

impl Kind {
    /// The type as Parquet has it.
    pub const fn parquet(self) -> &'static str {
        match self {
            Self::Text => "string",
            Self::Whole => "int64",
            Self::Number => "double",
            Self::Flag => "boolean",
            Self::Moment => "timestamp (ns, UTC)",
        }
    }
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Name in every format; the heading of CSV has the unit behind it.
    pub name: Cow<'static, str>,
    /// What its values are.
    pub kind: Kind,
    /// Unit; empty where there is none.
    pub unit: Cow<'static, str>,
    /// Where in the report or the model the value is.
    pub source: Cow<'static, str>,
    /// One sentence.
    pub about: Cow<'static, str>,
}

impl Column {
    /// The heading of CSV: `p99_ttft (s)`.
    pub fn heading(&self) -> Cow<'_, str> {
        if self.unit.is_empty() {
            Cow::Borrowed(&self.name)
        } else {
            Cow::Owned(format!("{} ({})", self.name, self.unit))
        }
    }
}

/// A column, and how its value is read from a row.
pub struct Field<R> {
    /// The column.
    pub column: Column,
    read: Read<R>,
}

/// How a value is read; of a number that is not finite nothing is told.
enum Read<R> {
    Text(ReadText<R>),
    Whole(ReadValue<R, i64>),
    Number(ReadValue<R, f64>),
    Flag(ReadValue<R, bool>),
    Moment(ReadValue<R, i64>),
}

type ReadValue<R, T> = Box<dyn Fn(&R) -> Option<T>>;

type ReadText<R> = Box<dyn for<'r> Fn(&'r R) -> Option<Cow<'r, str>>>;

impl<R> Field<R> {
    fn new(told: Told, kind: Kind, unit: impl Into<Cow<'static, str>>, read: Read<R>) -> Self {
        let [name, source, about] = told;
        Self { column: Column { name, kind, unit: unit.into(), source, about }, read }
    }

    /// A column of texts.
    pub fn text(
        name: impl Into<Cow<'static, str>>,
        source: impl Into<Cow<'static, str>>,
        about: impl Into<Cow<'static, str>>,
        read: impl for<'r> Fn(&'r R) -> Option<Cow<'r, str>> + 'static,
    ) -> Self {
        let told = [name.into(), source.into(), about.into()];
        Self::new(told, Kind::Text, "", Read::Text(Box::new(read)))
    }

    /// A column of whole numbers.
    pub fn whole(
        name: impl Into<Cow<'static, str>>,
        unit: impl Into<Cow<'static, str>>,
        source: impl Into<Cow<'static, str>>,
        about: impl Into<Cow<'static, str>>,
        read: impl Fn(&R) -> Option<i64> + 'static,
    ) -> Self {
        let told = [name.into(), source.into(), about.into()];
        Self::new(told, Kind::Whole, unit, Read::Whole(Box::new(read)))
    }

    /// A column of numbers.
    pub fn number(
        name: impl Into<Cow<'static, str>>,
        unit: impl Into<Cow<'static, str>>,
        source: impl Into<Cow<'static, str>>,
        about: impl Into<Cow<'static, str>>,
        read: impl Fn(&R) -> Option<f64> + 'static,
    ) -> Self {
        let told = [name.into(), source.into(), about.into()];
        Self::new(told, Kind::Number, unit, Read::Number(Box::new(read)))
    }

    /// A column of flags.
    pub fn flag(
        name: impl Into<Cow<'static, str>>,
        source: impl Into<Cow<'static, str>>,
        about: impl Into<Cow<'static, str>>,
        read: impl Fn(&R) -> Option<bool> + 'static,
    ) -> Self {
        let told = [name.into(), source.into(), about.into()];
        Self::new(told, Kind::Flag, "", Read::Flag(Box::new(read)))
    }

    /// A column of moments.
    pub fn moment(
        name: impl Into<Cow<'static, str>>,
        source: impl Into<Cow<'static, str>>,
        about: impl Into<Cow<'static, str>>,
        read: impl Fn(&R) -> Option<i64> + 'static,
    ) -> Self {
        let told = [name.into(), source.into(), about.into()];
        Self::new(told, Kind::Moment, "", Read::Moment(Box::new(read)))
    }

    /// The value of a row.
    pub fn value<'r>(&self, row: &'r R) -> Value<'r> {
        match &self.read {
            Read::Text(read) => read(row).map_or(Value::Null, Value::Text),
            Read::Whole(read) => read(row).map_or(Value::Null, Value::Whole),
            Read::Number(read) => finite(read(row)).map_or(Value::Null, Value::Number),
            Read::Flag(read) => read(row).map_or(Value::Null, Value::Flag),
            Read::Moment(read) => read(row).map_or(Value::Null, Value::Moment),
        }
    }
}

/// Name, source and one sentence.
type Told = [Cow<'static, str>; 3];

/// A value of a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'r> {
    /// Not known.
    Null,
    /// Text.
    Text(Cow<'r, str>),
    /// A whole number.
    Whole(i64),
    /// A finite number.
    Number(f64),
    /// True or false.
    Flag(bool),
    /// UTC nanoseconds.
    Moment(i64),
}

fn finite(number: Option<f64>) -> Option<f64> {
    number.filter(|number| number.is_finite())
}

/// How a table is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated, for spreadsheets.
    Csv {
        /// Begin with the byte-order mark, without which Excel takes UTF-8 for something else.
        mark: bool,
    },
    /// One array of objects.
    Json,
    /// One object a line.
    JsonLines,
    /// Parquet.
    #[cfg(feature = "parquet")]
    Parquet,
}

impl Format {
    /// Ending of its files.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Csv { .. } => "csv",
            Self::Json => "json",
            Self::JsonLines => "jsonl",
            #[cfg(feature = "parquet")]
            Self::Parquet => "parquet",
        }
    }
}

/// Writes one table.
pub struct TableWriter<'w> {
    rows: u64,
    format: Rows<'w>,
}

enum Rows<'w> {
    Csv(CsvRows<'w>),
    Json(JsonRows<'w>),
    #[cfg(feature = "parquet")]
    Parquet(Box<ParquetRows<'w>>),
}

impl<'w> TableWriter<'w> {
    /// Begins a table with these columns.
    pub fn new(
        format: Format,
        name: &str,
        columns: Vec<Column>,
        out: &'w mut (dyn Write + Send),
    ) -> io::Result<Self> {
        let _ = name;
        let format = match format {
            Format::Csv { mark } => Rows::Csv(CsvRows::new(&columns, mark, out)),
            Format::Json => Rows::Json(JsonRows::array(columns, out)),
            Format::JsonLines => Rows::Json(JsonRows::lines(columns, out)),
            #[cfg(feature = "parquet")]
            Format::Parquet => Rows::Parquet(Box::new(ParquetRows::new(name, &columns, out)?)),
        };
        Ok(Self { rows: 0, format })
    }

    /// Writes rows; `fields` are those of the columns, in their order.
    pub fn write<R>(&mut self, fields: &[Field<R>], rows: &[R]) -> io::Result<()> {
        self.rows += rows.len() as u64;
        match &mut self.format {
            Rows::Csv(out) => rows.iter().try_for_each(|row| out.row(fields, row)),
            Rows::Json(out) => rows.iter().try_for_each(|row| out.row(fields, row)),
            #[cfg(feature = "parquet")]
            Rows::Parquet(out) => out.rows(fields, rows),
        }
    }

    /// Ends the table and returns how many rows it has.
    pub fn finish(self) -> io::Result<u64> {
        match self.format {
            Rows::Csv(mut out) => out.finish()?,
            Rows::Json(mut out) => out.finish()?,
            #[cfg(feature = "parquet")]
            Rows::Parquet(out) => out.finish()?,
        }
        Ok(self.rows)
    }
}

/// A number as JSON and CSV write it: the shortest text that reads back as the same number.
fn push_number(out: &mut Vec<u8>, number: f64) {
    // Writing to memory does not fail, and the number is finite.
    let _ = serde_json::to_writer(out, &number);
}

/// A moment as `2026-02-17T06:30:00.123456789Z`, always with nine digits.
fn push_moment(out: &mut Vec<u8>, ns: i64) {
    // Every i64 of nanoseconds is a moment of the calendar.
    if let Ok(moment) = jiff::Timestamp::from_nanosecond(ns.into()) {
        let _ = write!(out, "{moment:.9}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_calendar_dates() {
        let text = |ns| {
            let mut out = Vec::new();
            push_moment(&mut out, ns);
            String::from_utf8(out).expect("UTF-8")
        };
        assert_eq!(text(0), "1970-01-01T00:00:00.000000000Z");
        assert_eq!(text(-1), "1969-12-31T23:59:59.999999999Z");
        assert_eq!(text(1_771_309_800_123_456_789), "2026-02-17T06:30:00.123456789Z");
        assert_eq!(text(1_709_164_800_000_000_000), "2024-02-29T00:00:00.000000000Z");
        assert_eq!(text(i64::MAX), "2262-04-11T23:47:16.854775807Z");
        assert_eq!(text(i64::MIN), "1677-09-21T00:12:43.145224192Z");
    }
}
