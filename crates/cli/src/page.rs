//! Markdown pages of our own on a terminal: headings, wrapped text, lists, tables.
//!
//! Only what the pages use is known; whatever else stands there is text.

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Table};
use inferguard::render::terminal::wrap;

/// Columns that text below a heading is moved by.
const INDENT: &str = "  ";

/// A page in lines of at most `width` columns.
pub(crate) fn terminal(markdown: &str, width: usize, color: bool) -> String {
    let width = width.saturating_sub(INDENT.len()).max(20);
    let mut out = String::new();
    let mut is_list = false;
    for block in blocks(markdown) {
        let was_list = std::mem::replace(&mut is_list, matches!(block, Block::Item(..)));
        // Items of a list stand together.
        if !(out.is_empty() || was_list && is_list) {
            out.push('\n');
        }
        out.push_str(&match block {
            Block::Heading(text) => heading(&text, color),
            Block::Text(text) => indented(&wrap(&plain(&text), width)),
            Block::Item(mark, text) => item(&mark, &plain(&text), width),
            Block::Verbatim(lines) => indented(&lines),
            Block::Table(rows) => indented(&table(rows, width)),
        });
    }
    out
}

/// A heading, bold where that can be shown.
pub(crate) fn heading(text: &str, color: bool) -> String {
    if color { format!("\u{1b}[1m{text}\u{1b}[0m\n") } else { format!("{text}\n") }
}

/// Lines of a table whose cells are wrapped; the first row is the head.
pub(crate) fn table(rows: Vec<Vec<String>>, width: usize) -> Vec<String> {
    numbers(rows, &[], width)
}

/// As [`table`], without a head: names and what is said of them.
pub(crate) fn plain_table(rows: Vec<Vec<String>>, width: usize) -> Vec<String> {
    let mut table = Table::new();
    table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(u16::try_from(width).unwrap_or(u16::MAX));
    table.add_rows(rows);
    keep_narrow_columns(&mut table, width);
    table.lines().map(|line| line.trim_end().to_owned()).collect()
}

/// As [`table`], with columns of numbers to the right.
pub(crate) fn numbers(rows: Vec<Vec<String>>, numeric: &[usize], width: usize) -> Vec<String> {
    let mut table = Table::new();
    table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(u16::try_from(width).unwrap_or(u16::MAX));
    let mut rows = rows.into_iter();
    table.set_header(rows.next().unwrap_or_default());
    table.add_rows(rows);
    for at in numeric {
        if let Some(column) = table.column_mut(*at) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    keep_narrow_columns(&mut table, width);
    table.lines().map(|line| line.trim_end().to_owned()).collect()
}

/// Names are for copying: narrow columns are not broken while the others have room.
fn keep_narrow_columns(table: &mut Table, width: usize) {
    const PADDING: usize = 2;
    const ROOM: usize = 16;
    let mut columns: Vec<_> =
        table.column_max_content_widths().into_iter().map(usize::from).enumerate().collect();
    columns.sort_by_key(|(_, content)| *content);
    columns.pop();
    let (mut used, mut others) = (0, columns.len());
    for (at, content) in columns {
        used += content + PADDING;
        if used + others * ROOM > width {
            break;
        }
        others -= 1;
        if let Some(column) = table.column_mut(at) {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
}

/// Lines, moved below their heading.
pub(crate) fn indented(lines: &[String]) -> String {
    let line =
        |line: &String| if line.is_empty() { "\n".into() } else { format!("{INDENT}{line}\n") };
    lines.iter().map(line).collect()
}

fn item(mark: &str, text: &str, width: usize) -> String {
    let hanging = " ".repeat(mark.len() + 1);
    let lines = wrap(text, width.saturating_sub(hanging.len()).max(10));
    let line = |(at, line): (usize, &String)| {
        if at == 0 { format!("{mark} {line}") } else { format!("{hanging}{line}") }
    };
    indented(&lines.iter().enumerate().map(line).collect::<Vec<_>>())
}

enum Block {
    Heading(String),
    Text(String),
    /// Mark and text of a list item.
    Item(String, String),
    Verbatim(Vec<String>),
    Table(Vec<Vec<String>>),
}

fn blocks(markdown: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let (mut is_fenced, mut is_new) = (false, true);
    for line in markdown.lines() {
        let bare = line.trim();
        if bare.starts_with("```") {
            is_fenced = !is_fenced;
            is_new = true;
            continue;
        }
        let goes_on = !is_new && matches!(blocks.last(), Some(Block::Verbatim(_)));
        if is_fenced || (is_new || goes_on) && line.starts_with("    ") {
            match blocks.last_mut() {
                Some(Block::Verbatim(lines)) if goes_on => lines.push(line.to_owned()),
                _ => blocks.push(Block::Verbatim(vec![line.to_owned()])),
            }
            is_new = false;
            continue;
        }
        if bare.is_empty() {
            is_new = true;
        } else if bare.starts_with('#') {
            blocks.push(Block::Heading(plain(bare.trim_start_matches('#').trim())));
            is_new = true;
        } else if bare.starts_with('|') {
            let cells = row(bare);
            let is_rule = cells.iter().all(|cell| cell.trim_matches([':', '-']).is_empty());
            match blocks.last_mut() {
                Some(Block::Table(rows)) if !is_new => rows.extend((!is_rule).then_some(cells)),
                _ => blocks.push(Block::Table(vec![cells])),
            }
            is_new = false;
        } else if let Some((mark, text)) = marked(bare) {
            blocks.push(Block::Item(mark.to_owned(), text.to_owned()));
            is_new = false;
        } else {
            match blocks.last_mut() {
                Some(Block::Text(text) | Block::Item(_, text)) if !is_new => {
                    text.push(' ');
                    text.push_str(bare);
                }
                _ => blocks.push(Block::Text(bare.to_owned())),
            }
            is_new = false;
        }
    }
    blocks
}

/// Mark and text of a list item: `- a`, `1. a`.
fn marked(line: &str) -> Option<(&str, &str)> {
    let (mark, text) = line.split_once(' ')?;
    let digits = mark.strip_suffix('.').unwrap_or_default();
    let is_number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    (mark == "-" || is_number).then_some((mark, text))
}

/// Cells of a table's line; `\|` does not part them.
fn row(line: &str) -> Vec<String> {
    let line = line.strip_prefix('|').unwrap_or(line).replace("\\|", "\u{0}");
    let line = line.trim_end().trim_end_matches('|');
    line.split('|').map(|cell| plain(cell.trim()).replace('\u{0}', "|")).collect()
}

/// Text without emphasis and addresses; code keeps its marks.
fn plain(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, label, after)) = link(rest) {
        out.push_str(before);
        out.push_str(label);
        rest = after;
    }
    out.push_str(rest);
    out.replace("**", "")
}

/// What is before the first link, its label, and what is after it.
fn link(text: &str) -> Option<(&str, &str, &str)> {
    let middle = text.find("](")?;
    let begin = text[..middle].rfind('[')?;
    let end = middle + text[middle..].find(')')?;
    Some((&text[..begin], &text[begin + 1..middle], &text[end + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_wrapped_below_its_headings() {
        let page = "## What it detects\n\nSome **requests** of a cell\nsucceeded, see [there](a.md).\n\n\
                    - first item that is long\n  and goes on\n- second\n1. third\n\n    a = b\n    c = d\n\n\
                    ```text\nx  y\n\nz\n```\n\n| a | b \\| c |\n|---|---|\n| `d` | e |\n\nEnd.\n";
        let shown = "What it detects\n\n  Some requests of a cell\n  succeeded, see there.\n\n  \
                     - first item that is long\n    and goes on\n  - second\n  1. third\n\n      \
                     a = b\n      c = d\n\n  x  y\n\n  z\n\n   a    b | c\n   `d`  e\n\n  End.\n";
        assert_eq!(terminal(page, 27, false), shown);
    }

    #[test]
    fn headings_are_bold_where_colour_is_wanted() {
        assert_eq!(heading("A", true), "\u{1b}[1mA\u{1b}[0m\n");
        assert_eq!(heading("A", false), "A\n");
    }

    #[test]
    fn odd_markdown_is_text() {
        for odd in ["](", "[](", "a](b", "|", "```", "1.", "-", "** `"] {
            terminal(odd, 1, false);
        }
        assert_eq!(plain("[a](b"), "[a](b");
    }
}
