//! Rows of a CSV file by column name, streamed, with cells of any length.
//!
//! Only the columns asked for are kept, so that a cell of megabytes in another column (token
//! timestamps) costs time but no memory. Semicolons and tabs are accepted for commas.
//!
//! Records as programs write them are cut by searching for their separators; whatever is odd
//! (escaped quotes, text around quotes, cells longer than the block) goes through csv-core, whose
//! reading is the rule for both.

use std::io::Read;

use csv_core::ReadFieldResult;
use inferguard_model::{Problem, ProblemCode};

use crate::limits;
use crate::reader::Refusal;

const BLOCK: usize = 256 * 1024;

/// A CSV file whose header was read.
pub struct CsvRows<R> {
    stream: R,
    parser: csv_core::Reader,
    delimiter: u8,
    start: usize,
    end: usize,
    eof: bool,
    header: Vec<String>,
    /// For each column of the file, its place among the wanted ones.
    place: Vec<Option<u16>>,
    row: Row,
    sink: Vec<u8>,
    first_bytes: bool,
    /// What was noticed in the header or the layout.
    pub problems: Vec<Problem>,
}

/// One record: the wanted cells.
#[derive(Debug, Default)]
pub struct Row {
    /// The part of the file that is being read.
    block: Vec<u8>,
    /// Wanted cells that csv-core unquoted; the others stay in the block.
    cells: Vec<u8>,
    in_block: bool,
    spans: Vec<(u32, u32)>,
    /// Line of the file where the record begins, from 1.
    pub line: u64,
    /// Cells that the record has, wanted or not.
    pub width: usize,
    /// The file ends inside this record after several lines: a quote was not closed.
    pub unclosed: bool,
    /// A wanted cell was longer than [`limits::CSV_CELL_BYTES`] and is empty here.
    pub too_long: bool,
}

/// What became of the attempt to cut a record out of the block.
enum Cut {
    /// The row holds it.
    Record,
    /// Its end is not in the block.
    Short,
    /// It is for csv-core.
    Odd,
}

impl Row {
    /// Takes a cell of the block.
    fn put(&mut self, place: &[Option<u16>], from: usize, to: usize) {
        if let Some(Some(n)) = place.get(self.width) {
            if to - from > limits::CSV_CELL_BYTES {
                self.too_long = true;
            } else {
                self.spans[usize::from(*n)] = (from as u32, to as u32);
            }
        }
        self.width += 1;
    }

    /// The cell of the `n`-th wanted column; empty when the file has no such column or the record
    /// no such cell.
    pub fn get(&self, n: usize) -> &[u8] {
        let (from, to) = self.spans[n];
        let text = if self.in_block { &self.block } else { &self.cells };
        text[from as usize..to as usize].trim_ascii()
    }

    /// The cell as a finite number.
    pub fn number(&self, n: usize) -> Option<f64> {
        crate::coerce::parse_number(self.get(n)).filter(|x| x.is_finite())
    }
}

impl<R: Read> CsvRows<R> {
    /// Reads the header and looks the wanted columns up by name.
    pub fn new(stream: R, wanted: &[&str]) -> Result<Self, Refusal> {
        Self::with_block(stream, wanted, BLOCK)
    }

    fn with_block(stream: R, wanted: &[&str], block: usize) -> Result<Self, Refusal> {
        let mut rows = Self {
            stream,
            parser: csv_core::Reader::new(),
            delimiter: b',',
            start: 0,
            end: 0,
            eof: false,
            header: Vec::new(),
            place: Vec::new(),
            row: Row { block: vec![0; block], ..Row::default() },
            sink: vec![0; 4096],
            first_bytes: true,
            problems: Vec::new(),
        };
        rows.fill()?;
        if rows.end == 0 {
            return Err(Refusal::new("the file is empty"));
        }
        rows.choose_delimiter();
        rows.read_header()?;
        rows.place = vec![None; rows.header.len()];
        for (n, name) in wanted.iter().enumerate() {
            let mut columns = (0..rows.header.len()).filter(|c| rows.header[*c] == *name);
            if let Some(column) = columns.next() {
                rows.place[column] = Some(n as u16);
            }
            if columns.next().is_some() {
                let told = "the column stands twice; the first one is used";
                rows.problems.push(Problem::warning(ProblemCode::DuplicateKey, *name, told));
            }
        }
        rows.row.spans = vec![(0, 0); wanted.len()];
        Ok(rows)
    }

    /// Column names of the header.
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// Whether the file has the column.
    pub fn has(&self, name: &str) -> bool {
        self.header.iter().any(|column| column == name)
    }

    /// The next record, or `None` at the end.
    pub fn next_row(&mut self) -> Result<Option<&Row>, Refusal> {
        self.row.cells.clear();
        self.row.spans.fill((0, 0));
        self.row.too_long = false;
        self.row.unclosed = false;
        self.skip_blank_lines()?;
        self.row.line = self.parser.line();
        loop {
            match self.cut() {
                Cut::Record => return Ok(Some(&self.row)),
                Cut::Odd => break,
                Cut::Short => {
                    if !self.fill_up()? {
                        break;
                    }
                }
            }
        }
        self.parse()
    }

    /// Passes over empty lines, which are no records.
    fn skip_blank_lines(&mut self) -> Result<(), Refusal> {
        loop {
            if self.start == self.end && !self.eof {
                self.fill()?;
            }
            let block = &self.row.block[self.start..self.end];
            let blank = block.iter().take_while(|b| matches!(b, b'\n' | b'\r')).count();
            if blank > 0 {
                let lines = memchr::memchr_iter(b'\n', &block[..blank]).count() as u64;
                self.parser.set_line(self.parser.line() + lines);
            }
            self.start += blank;
            if self.start < self.end || self.eof {
                return Ok(());
            }
        }
    }

    /// Cuts the next record where it lies in the block, if it is whole and plain.
    fn cut(&mut self) -> Cut {
        let block = std::mem::take(&mut self.row.block);
        let cut = self.cut_from(&block[..self.end]);
        self.row.block = block;
        cut
    }

    fn cut_from(&mut self, block: &[u8]) -> Cut {
        self.row.width = 0;
        self.row.in_block = true;
        let mut cell = self.start;
        let mut quoted = false;
        loop {
            let Some(stop) = memchr::memchr3(b'"', b'\n', b'\r', &block[cell..]) else {
                return Cut::Short;
            };
            let begin = cell;
            let stop = begin + stop;
            each_position(self.delimiter, &block[begin..stop], |at| {
                self.row.put(&self.place, cell, begin + at);
                cell = begin + at + 1;
            });
            quoted |= block[stop] == b'"';
            let (from, to, after) = match block[stop] {
                b'"' if cell == stop => match memchr::memchr(b'"', &block[stop + 1..]) {
                    Some(length) => (stop + 1, stop + 1 + length, stop + 2 + length),
                    None => return Cut::Short,
                },
                b'"' => return Cut::Odd,
                _ => (cell, stop, stop),
            };
            let next = match block[after..] {
                [] | [b'\r'] => return Cut::Short,
                [b'\r', b'\n', ..] => after + 2,
                [b'\n' | b'\r', ..] => after + 1,
                [byte, ..] if byte == self.delimiter => {
                    self.row.put(&self.place, from, to);
                    cell = after + 1;
                    continue;
                }
                _ => return Cut::Odd,
            };
            self.row.put(&self.place, from, to);
            // Only a quoted cell can hold further line ends.
            let lines_from = if quoted { self.start } else { next - 1 };
            self.count_lines(&block[lines_from..next]);
            self.start = next;
            return Cut::Record;
        }
    }

    fn count_lines(&mut self, text: &[u8]) {
        let lines = match text {
            [byte] => u64::from(*byte == b'\n'),
            _ => memchr::memchr_iter(b'\n', text).count() as u64,
        };
        self.parser.set_line(self.parser.line() + lines);
    }

    /// Reads the next record through csv-core.
    fn parse(&mut self) -> Result<Option<&Row>, Refusal> {
        self.row.spans.fill((0, 0));
        self.row.too_long = false;
        self.row.width = 0;
        self.row.in_block = false;
        loop {
            let wanted = self.place.get(self.row.width).copied().flatten();
            let from = self.row.cells.len();
            let (result, too_long) = self.field(wanted.is_some())?;
            if matches!(result, ReadFieldResult::End) {
                return Ok(None);
            }
            if let Some(n) = wanted {
                if too_long {
                    self.row.cells.truncate(from);
                    self.row.too_long = true;
                }
                self.row.spans[usize::from(n)] = (from as u32, self.row.cells.len() as u32);
            }
            self.row.width += 1;
            if matches!(result, ReadFieldResult::Field { record_end: true }) {
                self.row.unclosed = self.eof && self.parser.line() > self.row.line + 1;
                return Ok(Some(&self.row));
            }
        }
    }

    /// Reads one cell, onto the row when it is kept; tells whether it was too long to keep.
    fn field(&mut self, keep: bool) -> Result<(ReadFieldResult, bool), Refusal> {
        let mut kept = 0;
        let mut too_long = false;
        loop {
            if self.start == self.end && !self.eof {
                self.fill()?;
            }
            let input = &self.row.block[self.start..self.end];
            let (result, taken, made) = self.parser.read_field(input, &mut self.sink);
            self.start += taken;
            if keep && !too_long {
                kept += made;
                too_long = kept > limits::CSV_CELL_BYTES;
                self.row.cells.extend_from_slice(&self.sink[..made]);
            }
            match result {
                ReadFieldResult::InputEmpty if self.eof && self.start == self.end && taken == 0 => {
                    // csv-core is told of the end by an empty input; it answers once more.
                    let (last, _, made) = self.parser.read_field(&[], &mut self.sink);
                    if keep && !too_long {
                        self.row.cells.extend_from_slice(&self.sink[..made]);
                    }
                    return Ok((last, too_long));
                }
                ReadFieldResult::InputEmpty | ReadFieldResult::OutputFull => {}
                done => return Ok((done, too_long)),
            }
        }
    }

    fn fill(&mut self) -> Result<(), Refusal> {
        self.start = 0;
        self.end = self.stream.read(&mut self.row.block).map_err(|error| Refusal::io(&error))?;
        if self.end == 0 {
            self.eof = true;
        }
        if std::mem::take(&mut self.first_bytes) {
            match &self.row.block[..self.end] {
                [0xEF, 0xBB, 0xBF, ..] => self.start = 3,
                [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] | [_, 0, _, 0, ..] => {
                    // Spreadsheets save such files; no producer writes them at gigabyte size.
                    let mut raw = self.row.block[..self.end].to_vec();
                    let mut rest = self.stream.by_ref().take(limits::WHOLE_FILE_BYTES);
                    rest.read_to_end(&mut raw).map_err(|error| Refusal::io(&error))?;
                    let (text, problem) = crate::text::decode(&raw, true);
                    self.problems.extend(problem);
                    self.end = text.len();
                    self.row.block = text.into_owned();
                    self.row.block.resize(self.end.max(BLOCK), 0);
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Reads more behind the record that is cut off at the end of the block; `false` when the block
    /// is full of it or the file has ended.
    fn fill_up(&mut self) -> Result<bool, Refusal> {
        if self.eof || (self.start == 0 && self.end == self.row.block.len()) {
            return Ok(false);
        }
        self.row.block.copy_within(self.start..self.end, 0);
        (self.start, self.end) = (0, self.end - self.start);
        let room = &mut self.row.block[self.end..];
        let read = self.stream.read(room).map_err(|error| Refusal::io(&error))?;
        self.end += read;
        self.eof = read == 0;
        Ok(!self.eof)
    }

    fn choose_delimiter(&mut self) {
        let head = &self.row.block[self.start..self.end];
        let line = head.split(|b| *b == b'\n').next().unwrap_or_default();
        let count = |delimiter: u8| memchr::memchr_iter(delimiter, line).count();
        if count(b',') > 0 {
            return;
        }
        for (delimiter, name) in [(b';', "semicolons"), (b'\t', "tabs")] {
            if count(delimiter) > 0 {
                self.delimiter = delimiter;
                self.parser = csv_core::ReaderBuilder::new().delimiter(delimiter).build();
                let told = format!("cells are separated by {name}, not by commas");
                self.problems.push(Problem::note(ProblemCode::Coerced, "header", told));
                return;
            }
        }
    }

    fn read_header(&mut self) -> Result<(), Refusal> {
        loop {
            self.row.cells.clear();
            let (result, too_long) = self.field(true)?;
            if too_long || self.header.len() > 10_000 {
                return Err(Refusal::new("the first line is no CSV header"));
            }
            let ReadFieldResult::Field { record_end } = result else {
                return Err(Refusal::new("the file has no header"));
            };
            let name = String::from_utf8_lossy(&self.row.cells).trim().to_owned();
            self.header.push(name);
            if record_end {
                return Ok(());
            }
        }
    }
}

/// Calls `found` with each position of a byte, eight bytes at a time: cells of numbers are so
/// short that a call of memchr for each costs more than the search.
fn each_position(byte: u8, text: &[u8], mut found: impl FnMut(usize)) {
    const LOW: u64 = u64::from_ne_bytes([0x7F; 8]);
    let pattern = u64::from_ne_bytes([byte; 8]);
    let (eights, rest) = text.as_chunks::<8>();
    for (n, eight) in eights.iter().enumerate() {
        let differing = u64::from_le_bytes(*eight) ^ pattern;
        // The high bit of each byte that is equal, and of no other.
        let mut equal = !(((differing & LOW) + LOW) | differing | LOW);
        while equal != 0 {
            found(n * 8 + equal.trailing_zeros() as usize / 8);
            equal &= equal - 1;
        }
    }
    for (n, b) in rest.iter().enumerate() {
        if *b == byte {
            found(eights.len() * 8 + n);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &[u8], wanted: &[&str]) -> Vec<(u64, usize, Vec<String>)> {
        let mut rows = CsvRows::new(text, wanted).expect("has a header");
        let mut out = Vec::new();
        while let Some(row) = rows.next_row().expect("reads") {
            let cells = (0..wanted.len())
                .map(|n| String::from_utf8_lossy(row.get(n)).into_owned())
                .collect();
            out.push((row.line, row.width, cells));
        }
        out
    }

    fn cells(text: &[u8], wanted: &[&str]) -> Vec<Vec<String>> {
        rows(text, wanted).into_iter().map(|(_, _, cells)| cells).collect()
    }

    #[test]
    fn columns_are_found_by_name_in_any_order() {
        let text = b"b,a,c\n1,2,3\r\n\n4,\"5,\n5\",6";
        assert_eq!(cells(text, &["a", "b", "z"]), [["2", "1", ""], ["5,\n5", "4", ""]]);
    }

    #[test]
    fn semicolons_tabs_and_marks_are_accepted() {
        assert_eq!(cells(b"\xEF\xBB\xBFa;b\n1;2\n", &["b", "a"]), [["2", "1"]]);
        assert_eq!(cells(b"a\tb\n1\t2\n", &["b"]), [["2"]]);
        let utf16: Vec<u8> =
            "\u{FEFF}a,b\n1,2\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(cells(&utf16, &["b"]), [["2"]]);
    }

    #[test]
    fn long_cells_elsewhere_are_passed_over_and_in_wanted_columns_told() {
        let long = "x".repeat(10 << 20);
        let text = format!("a,b\n1,\"{long}\"\n{long},2\n3,4\n");
        let mut rows = CsvRows::new(text.as_bytes(), &["a"]).expect("has a header");
        let first = rows.next_row().expect("reads").expect("a row");
        assert_eq!((first.get(0), first.too_long), (&b"1"[..], false));
        let second = rows.next_row().expect("reads").expect("a row");
        assert_eq!((second.get(0), second.too_long), (&b""[..], true));
        let third = rows.next_row().expect("reads").expect("a row");
        assert_eq!((third.get(0), third.too_long), (&b"3"[..], false));
        assert!(rows.next_row().expect("reads").is_none());
    }

    #[test]
    fn an_unclosed_quote_is_told() {
        let text = &b"a,b\n1,\"2\n2\"\n3,\"4\n5,6\n7,8\n"[..];
        let mut rows = CsvRows::new(text, &["a"]).expect("has a header");
        let first = rows.next_row().expect("reads").expect("a row");
        assert_eq!((first.width, first.unclosed), (2, false));
        let second = rows.next_row().expect("reads").expect("a row");
        assert_eq!((second.line, second.width, second.unclosed), (4, 2, true));
        assert!(rows.next_row().expect("reads").is_none());
    }

    #[test]
    fn short_and_nul_records_are_kept_as_they_are() {
        let found = rows(b"a,b\n1\n\0,2\n", &["a", "b"]);
        assert_eq!((found[0].1, found[1].1), (1, 2));
        assert_eq!(found[1].2[0], "\0");
    }

    /// Gives a few bytes at a time, as pipes do.
    struct Drops<'a>(&'a [u8], usize);

    impl Read for Drops<'_> {
        fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
            let n = self.1.min(self.0.len()).min(to.len());
            to[..n].copy_from_slice(&self.0[..n]);
            self.0 = &self.0[n..];
            Ok(n)
        }
    }

    type Found = (u64, usize, bool, Vec<Vec<u8>>);

    fn found(row: &Row) -> Found {
        (row.line, row.width, row.unclosed, (0..2).map(|n| row.get(n).to_vec()).collect())
    }

    proptest::proptest! {
        #[test]
        fn cutting_records_out_equals_parsing_them(
            body in proptest::collection::vec(proptest::sample::select(&b"ab ,,\"\n\n\r;"[..]), 0..60),
            drops in 1usize..9,
            block in 16usize..40,
        ) {
            let text = [b"a,b,c\n", &body[..]].concat();
            let mut cut = CsvRows::with_block(Drops(&text, drops), &["c", "a"], block).expect("header");
            let mut parsed = CsvRows::new(&text[..], &["c", "a"]).expect("header");
            loop {
                parsed.skip_blank_lines().expect("reads");
                parsed.row.cells.clear();
                parsed.row.line = parsed.parser.line();
                let expected = parsed.parse().expect("reads").map(found);
                let mut row = cut.next_row().expect("reads").map(found);
                if let (Some(row), Some(expected)) = (&mut row, &expected) {
                    // The whole file in one read tells its end one read later.
                    row.2 = expected.2;
                }
                proptest::prop_assert_eq!(&row, &expected);
                if row.is_none() {
                    break;
                }
            }
        }
    }

    #[test]
    fn empty_files_have_no_header() {
        assert!(CsvRows::new(&b""[..], &[]).is_err());
        assert_eq!(rows(b"a,b\n", &["a"]).len(), 0);
    }
}
