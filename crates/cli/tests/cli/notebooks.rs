//! The snippets of `docs/notebooks.md` run on the files that `inferguard export` writes. Without a
//! Python that has pandas, pyarrow, polars and duckdb the test is skipped; `INFERGUARD_PYTHON` names
//! one.

use std::path::Path;
use std::process::Command;

use crate::run::run;

/// Runs every snippet of a page in the folder where its tables are.
const RUN: &str = r"
import re, sys
for language, text in re.findall(r'```(python|sql)\n(.*?)```', open(sys.argv[1]).read(), re.S):
    print(language)
    if language == 'python':
        exec(text, {})
    else:
        import duckdb
        for statement in filter(str.strip, text.split(';')):
            print(duckdb.sql(statement))
";

#[test]
fn every_snippet_runs() {
    let python = std::env::var("INFERGUARD_PYTHON").unwrap_or_else(|_| "python3".into());
    let has = Command::new(&python).args(["-c", "import pandas, pyarrow, polars, duckdb"]).output();
    if !has.is_ok_and(|said| said.status.success()) {
        eprintln!("skipped: {python} lacks pandas, pyarrow, polars or duckdb");
        return;
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let dir = tempfile::tempdir().expect("a temporary folder");
    let tables = dir.path().join("tables");
    let (tables, demo) = (tables.to_str().expect("plain"), root.join("fixtures/demo"));
    for format in ["parquet", "csv"] {
        let demo = demo.to_str().expect("plain");
        let said = run(&["export", demo, "--format", format, "-o", tables]);
        assert_eq!(said.code, 0, "{}", said.stderr);
    }
    let page = root.join("docs/notebooks.md");
    let said = Command::new(&python)
        .args(["-c", RUN])
        .arg(page)
        .current_dir(dir.path())
        .output()
        .expect("Python starts");
    let (out, problems) =
        (String::from_utf8_lossy(&said.stdout), String::from_utf8_lossy(&said.stderr));
    assert!(said.status.success(), "{out}\n{problems}");
    assert_eq!(out.lines().filter(|line| ["python", "sql"].contains(line)).count(), 3, "{out}");
}
