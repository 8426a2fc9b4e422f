//! `docs/exports.md`, from the definitions of the tables.

use std::fmt::Write as _;

use inferguard::export::{ROW_GROUP_ROWS, SCHEMA_VERSION, TableName, ZSTD_LEVEL};

use super::markdown::{NOTE, code, table};

const INTRO: &str = "# Exports

`inferguard export DIR… -o OUT` writes what was read as tables: a file each, or one with `--table`.
`--format` is `csv`, `json` (one array), `jsonl` (one object a line) or `parquet`. `--where` chooses
cells, as everywhere. Columns, names and values are the same in every format, and the numbers are
those of `report.json`: seconds, tokens, tokens/s, shares of 0 to 1. What is not known is empty in
CSV and null elsewhere, never 0. [Notebooks](notebooks.md) shows how to read them.

**CSV** is for spreadsheets: UTF-8, a comma between cells, dot decimals, and the unit in the heading
(`p99_ttft (s)`). A file begins with a byte-order mark, without which Excel takes UTF-8 for another
encoding; pandas, polars and DuckDB pass over it, and stdout has none. A text that a spreadsheet
would run as a formula, because it begins with `=`, `+`, `-`, `@` or a control character, has an
apostrophe before it; numbers are untouched. Moments are UTC with nine digits.

";

pub(super) fn page() -> String {
    let mut text = format!("{NOTE}{INTRO}");
    let _ = write!(
        text,
        "**Parquet** has one column of the stated type for each, every one optional; zstd at level \
         {ZSTD_LEVEL}; row groups of {ROW_GROUP_ROWS} rows. Key-value metadata: \
         `inferguard.schema` is `{SCHEMA_VERSION}`, `inferguard.table`, `inferguard.version`, and \
         `inferguard.units`, a JSON object from column to unit. Columns are added under one version \
         of the schema; one that is renamed, removed or changes its meaning makes another. The same \
         input gives the same bytes.\n\n\
         **Requests** are read from their source while they are written, in batches: with \
         `--table requests` memory does not grow with the file. A request that failed has a row \
         where its source tells of it; one that is only counted has none. Warm-up is left out.\n\n\
         **`--format inferencex`** writes one array of processed rows, as the plot scripts and the \
         web app of InferenceX read them: the producer's own keys, seconds, `median_*`. Read again \
         it gives the same cells, with what such a row has keys for. Cells without a result, and \
         those of which neither hardware nor throughput per GPU is known, are left out and told.\n"
    );
    for one in TableName::ALL {
        let _ = write!(text, "\n## {}\n\n{}\n", one.name(), one.about());
        if one.has_metrics() {
            text.push_str(
                "A column follows for each metric that any row has, by its name in the report: see \
                 [metrics](metrics.md).\n",
            );
        }
        let rows = one.columns().into_iter().map(|column| {
            [
                code(&column.name),
                column.kind.parquet().to_owned(),
                column.unit.into_owned(),
                code(&column.source),
                column.about.into_owned(),
            ]
        });
        text.push('\n');
        text.push_str(&table(["column", "type", "unit", "source", "what it is"], rows));
    }
    text
}
