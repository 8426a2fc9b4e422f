//! Parquet, by the column writer of the `parquet` crate, without `arrow`.
//!
//! A row group is collected in columns and written when it is full. Numbers and moments are written
//! by how they compress best rather than through a dictionary, which pays for texts only.

use std::borrow::Cow;
use std::io::{self, Write};
use std::sync::Arc;

use parquet::basic::{Compression, Encoding, LogicalType, Repetition, TimeUnit, Type, ZstdLevel};
use parquet::column::writer::ColumnWriterImpl;
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder};
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::{ColumnPath, Type as SchemaType, TypePtr};
use rustc_hash::FxHashMap;

use super::{Column, Field, Kind, ROW_GROUP_ROWS, Read, SCHEMA_VERSION, ZSTD_LEVEL, finite};

pub(super) struct ParquetRows<'w> {
    file: SerializedFileWriter<&'w mut (dyn Write + Send)>,
    columns: Vec<Buffer>,
    /// Rows in the columns.
    rows: usize,
    texts: Vec<ByteArray>,
}

impl<'w> ParquetRows<'w> {
    pub(super) fn new(
        name: &str,
        columns: &[Column],
        out: &'w mut (dyn Write + Send),
    ) -> io::Result<Self> {
        let schema = schema(name, columns).map_err(failed)?;
        let properties = Arc::new(properties(name, columns)?);
        let file = SerializedFileWriter::new(out, schema, properties).map_err(failed)?;
        let columns = columns.iter().map(|column| Buffer::new(column.kind)).collect();
        Ok(Self { file, columns, rows: 0, texts: Vec::new() })
    }

    pub(super) fn rows<R>(&mut self, fields: &[Field<R>], mut rows: &[R]) -> io::Result<()> {
        while !rows.is_empty() {
            let room = ROW_GROUP_ROWS - self.rows;
            let (now, later) = rows.split_at(room.min(rows.len()));
            // Column by column: what is read for one is near.
            for (column, field) in self.columns.iter_mut().zip(fields) {
                column.take(field, now);
            }
            self.rows += now.len();
            rows = later;
            if self.rows == ROW_GROUP_ROWS {
                self.row_group().map_err(failed)?;
            }
        }
        Ok(())
    }

    pub(super) fn finish(mut self) -> io::Result<()> {
        if self.rows > 0 {
            self.row_group().map_err(failed)?;
        }
        self.file.finish().map_err(failed)?;
        Ok(())
    }

    fn row_group(&mut self) -> Result<(), ParquetError> {
        let mut group = self.file.next_row_group()?;
        for column in &mut self.columns {
            let Some(mut writer) = group.next_column()? else { break };
            column.write(&mut writer, &mut self.texts)?;
            writer.close()?;
        }
        group.close()?;
        self.rows = 0;
        Ok(())
    }
}

/// An error of the system stays what it was: a closed pipe, a full disk.
fn failed(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(inner) => match inner.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(other) => io::Error::other(other),
        },
        error => io::Error::other(error),
    }
}

fn schema(name: &str, columns: &[Column]) -> Result<TypePtr, ParquetError> {
    let field = |column: &Column| {
        let (physical, logical) = match column.kind {
            Kind::Text => (Type::BYTE_ARRAY, Some(LogicalType::String)),
            Kind::Whole => (Type::INT64, None),
            Kind::Number => (Type::DOUBLE, None),
            Kind::Flag => (Type::BOOLEAN, None),
            Kind::Moment => (Type::INT64, Some(LogicalType::timestamp(true, TimeUnit::NANOS))),
        };
        let field = SchemaType::primitive_type_builder(&column.name, physical)
            .with_repetition(Repetition::OPTIONAL)
            .with_logical_type(logical)
            .build()?;
        Ok(Arc::new(field))
    };
    let fields = columns.iter().map(field).collect::<Result<Vec<_>, ParquetError>>()?;
    Ok(Arc::new(SchemaType::group_type_builder(name).with_fields(fields).build()?))
}

fn properties(name: &str, columns: &[Column]) -> io::Result<WriterProperties> {
    let level = ZstdLevel::try_new(ZSTD_LEVEL).map_err(failed)?;
    let mut properties = WriterProperties::builder()
        .set_created_by(format!("inferguard version {}", env!("CARGO_PKG_VERSION")))
        .set_compression(Compression::ZSTD(level))
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_key_value_metadata(Some(metadata(name, columns)?));
    for column in columns {
        properties = encoded(properties, column);
    }
    Ok(properties.build())
}

fn encoded(properties: WriterPropertiesBuilder, column: &Column) -> WriterPropertiesBuilder {
    let path = ColumnPath::new(vec![column.name.to_string()]);
    let encoding = match column.kind {
        // A dictionary: names repeat.
        Kind::Text => return properties,
        Kind::Flag => Encoding::PLAIN,
        // Sums of latencies in nanoseconds share their upper bytes.
        Kind::Number => Encoding::BYTE_STREAM_SPLIT,
        Kind::Whole | Kind::Moment => Encoding::DELTA_BINARY_PACKED,
    };
    properties
        .set_column_dictionary_enabled(path.clone(), false)
        .set_column_encoding(path, encoding)
}

/// What a file says of itself. No moment of writing: the same input gives the same bytes.
fn metadata(name: &str, columns: &[Column]) -> io::Result<Vec<KeyValue>> {
    let with_unit = columns.iter().filter(|column| !column.unit.is_empty());
    let units: serde_json::Map<String, serde_json::Value> =
        with_unit.map(|column| (column.name.to_string(), (*column.unit).into())).collect();
    let pair = |key: &str, value: String| KeyValue::new(key.to_owned(), value);
    Ok(vec![
        pair("inferguard.schema", SCHEMA_VERSION.to_owned()),
        pair("inferguard.table", name.to_owned()),
        pair("inferguard.version", env!("CARGO_PKG_VERSION").to_owned()),
        pair("inferguard.units", serde_json::to_string(&units)?),
    ])
}

/// A column of the row group that is collected.
struct Buffer {
    /// 1 where a row has a value, which is what Parquet calls a definition level.
    levels: Vec<i16>,
    values: Values,
}

enum Values {
    Text(Texts),
    Whole(Vec<i64>),
    Number(Vec<f64>),
    Flag(Vec<bool>),
}

impl Buffer {
    fn new(kind: Kind) -> Self {
        let values = match kind {
            Kind::Text => Values::Text(Texts::default()),
            Kind::Whole | Kind::Moment => Values::Whole(Vec::new()),
            Kind::Number => Values::Number(Vec::new()),
            Kind::Flag => Values::Flag(Vec::new()),
        };
        Self { levels: Vec::new(), values }
    }

    /// Takes the values of rows. A field of another kind than the column gives none.
    fn take<R>(&mut self, field: &Field<R>, rows: &[R]) {
        let levels = &mut self.levels;
        match (&mut self.values, &field.read) {
            (Values::Text(texts), Read::Text(read)) => {
                collect(levels, rows, read, |text| texts.push(&text));
            }
            (Values::Whole(values), Read::Whole(read) | Read::Moment(read)) => {
                collect(levels, rows, read, |value| values.push(value));
            }
            (Values::Number(values), Read::Number(read)) => {
                collect(levels, rows, |row| finite(read(row)), |value| values.push(value));
            }
            (Values::Flag(values), Read::Flag(read)) => {
                collect(levels, rows, read, |value| values.push(value));
            }
            _ => levels.resize(levels.len() + rows.len(), 0),
        }
    }

    /// Writes the column and empties it.
    fn write(
        &mut self,
        writer: &mut SerializedColumnWriter<'_>,
        scratch: &mut Vec<ByteArray>,
    ) -> Result<(), ParquetError> {
        let levels = &self.levels;
        match &mut self.values {
            Values::Text(texts) => texts.write(levels, writer.typed::<ByteArrayType>(), scratch)?,
            Values::Whole(values) => plain::<Int64Type>(writer, values, levels)?,
            Values::Number(values) => plain::<DoubleType>(writer, values, levels)?,
            Values::Flag(values) => plain::<BoolType>(writer, values, levels)?,
        }
        self.levels.clear();
        Ok(())
    }
}

fn collect<'r, R, T>(
    levels: &mut Vec<i16>,
    rows: &'r [R],
    read: impl Fn(&'r R) -> Option<T>,
    mut push: impl FnMut(T),
) {
    for row in rows {
        let value = read(row);
        levels.push(i16::from(value.is_some()));
        if let Some(value) = value {
            push(value);
        }
    }
}

fn plain<T: DataType>(
    writer: &mut SerializedColumnWriter<'_>,
    values: &mut Vec<T::T>,
    levels: &[i16],
) -> Result<(), ParquetError> {
    writer.typed::<T>().write_batch(values, Some(levels), None)?;
    values.clear();
    Ok(())
}

/// Texts of a column, each distinct one held once.
#[derive(Default)]
struct Texts {
    distinct: Vec<ByteArray>,
    numbers: FxHashMap<Box<str>, u32>,
    values: Vec<u32>,
    /// Text and number of the row before, which is most often that of the next.
    last: Option<(Cow<'static, str>, u32)>,
}

impl Texts {
    fn push(&mut self, text: &str) {
        if let Some((last, number)) = &self.last
            && last == text
        {
            return self.values.push(*number);
        }
        let number = if let Some(number) = self.numbers.get(text) {
            *number
        } else {
            let number = self.distinct.len() as u32;
            self.distinct.push(ByteArray::from(text));
            self.numbers.insert(text.into(), number);
            number
        };
        self.last = Some((text.to_owned().into(), number));
        self.values.push(number);
    }

    fn write(
        &mut self,
        levels: &[i16],
        writer: &mut ColumnWriterImpl<'_, ByteArrayType>,
        scratch: &mut Vec<ByteArray>,
    ) -> Result<(), ParquetError> {
        // A few at a time: a text takes more room than its number.
        const AT_ONCE: usize = 8192;
        let mut values = &self.values[..];
        for levels in levels.chunks(AT_ONCE) {
            let known = levels.iter().filter(|level| **level > 0).count();
            let (now, later) = values.split_at(known);
            scratch.clear();
            scratch.extend(now.iter().map(|number| self.distinct[*number as usize].clone()));
            writer.write_batch(scratch, Some(levels), None)?;
            values = later;
        }
        scratch.clear();
        *self = Self::default();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use parquet::file::metadata::RowGroupMetaData;
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::RowAccessor;

    use super::*;
    use crate::table::{Format, TableWriter};

    struct Row(i64);

    impl Row {
        fn known<T>(&self, value: T) -> Option<T> {
            (self.0 % 7 != 0).then_some(value)
        }
    }

    fn fields() -> Vec<Field<Row>> {
        vec![
            Field::text("name", "", "", |row: &Row| row.known(format!("n{}", row.0 % 5).into())),
            Field::whole("n", "", "", "", |row: &Row| row.known(row.0 * 3)),
            Field::number("p99.9_x", "s", "", "", |row: &Row| row.known(row.0 as f64 / 8.0)),
            Field::flag("odd", "", "", |row: &Row| row.known(row.0 % 2 == 1)),
            Field::moment("at", "", "", |row: &Row| row.known(1_771_309_800_123_456_789 + row.0)),
            Field::number("none", "", "", "", |_: &Row| Some(f64::NAN)),
        ]
    }

    #[test]
    fn rows_come_back_in_groups_of_the_stated_size() {
        let group = i64::try_from(ROW_GROUP_ROWS).expect("is small");
        let rows: Vec<Row> = (0..group + 1000).map(Row).collect();
        let mut out = Vec::new();
        let columns = fields().into_iter().map(|field| field.column).collect();
        let mut writer =
            TableWriter::new(Format::Parquet, "rows", columns, &mut out).expect("begins");
        for some in rows.chunks(1000) {
            writer.write(&fields(), some).expect("writes");
        }
        assert_eq!(writer.finish().expect("ends"), rows.len() as u64);
        let mut held = tempfile::tempfile().expect("a temporary file");
        held.write_all(&out).expect("can write");
        let file = SerializedFileReader::new(held).expect("is Parquet");
        let groups: Vec<i64> =
            file.metadata().row_groups().iter().map(RowGroupMetaData::num_rows).collect();
        assert_eq!(groups, [group, 1000]);
        let said = file.metadata().file_metadata().key_value_metadata().expect("is there");
        let schema = said.iter().find(|pair| pair.key == "inferguard.schema").expect("is there");
        assert_eq!(schema.value.as_deref(), Some(SCHEMA_VERSION));
        let units = said.iter().find(|pair| pair.key == "inferguard.units").expect("is there");
        assert_eq!(units.value.as_deref(), Some("{\"p99.9_x\":\"s\"}"));
        for (read, row) in file.get_row_iter(None).expect("reads").zip(&rows) {
            let read = read.expect("a row");
            if row.0 % 7 == 0 {
                assert!((0..6).all(|at| read.is_null(at).expect("a column")), "{}", row.0);
                continue;
            }
            assert_eq!(read.get_string(0).expect("a text"), &format!("n{}", row.0 % 5));
            assert_eq!(read.get_long(1).expect("whole"), row.0 * 3);
            assert_eq!(read.get_double(2).expect("a number"), row.0 as f64 / 8.0);
            assert_eq!(read.get_bool(3).expect("a flag"), row.0 % 2 == 1);
            assert_eq!(read.get_long(4).expect("a moment"), 1_771_309_800_123_456_789 + row.0);
            assert!(read.is_null(5).expect("a column"));
        }
    }
}
