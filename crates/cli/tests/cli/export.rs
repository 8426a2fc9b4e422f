//! `inferguard export` on the demo and on small trees.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use inferguard::render::number::{exact, measure};
use serde_json::{Map, Value};

use crate::run::run;
use crate::samples::sample;

type Row = Map<String, Value>;

fn fixture(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(name);
    path.to_str().expect("plain").to_owned()
}

/// Rows of a table of a folder.
fn rows(input: &str, table: &str) -> Vec<Row> {
    let said = run(&["export", input, "--format", "jsonl", "--table", table, "-o", "-"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    said.stdout.lines().map(|line| serde_json::from_str(line).expect("an object")).collect()
}

fn text<'r>(row: &'r Row, name: &str) -> &'r str {
    row[name].as_str().unwrap_or_default()
}

fn written(folder: &Path) -> Vec<String> {
    let files = std::fs::read_dir(folder).expect("is there");
    let mut names: Vec<String> = files
        .map(|file| file.expect("can be read").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn each_table_is_a_file() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let folder = dir.path().to_str().expect("plain");
    for (format, ending) in
        [("csv", "csv"), ("json", "json"), ("jsonl", "jsonl"), ("parquet", "parquet")]
    {
        let said = run(&["export", &fixture("demo"), "--format", format, "-o", folder]);
        assert_eq!((said.code, said.stdout.as_str()), (0, ""), "{}", said.stderr);
        assert!(said.stderr.contains("(12 rows)"), "{}", said.stderr);
        let names = written(dir.path());
        let of_format: Vec<_> =
            names.iter().filter_map(|name| name.strip_suffix(&format!(".{ending}"))).collect();
        let tables = ["cells", "findings", "frontiers", "nodes", "requests", "series", "slices"];
        assert_eq!(of_format, tables, "{format}");
    }
    let csv = std::fs::read(dir.path().join("cells.csv")).expect("is there");
    assert!(csv.starts_with(b"\xEF\xBB\xBFcell_id,run,"), "marked for Excel");
    let parquet = std::fs::read(dir.path().join("cells.parquet")).expect("is there");
    assert!(parquet.starts_with(b"PAR1") && parquet.ends_with(b"PAR1"));
    let array = std::fs::read(dir.path().join("cells.json")).expect("is there");
    let array: Vec<Row> = serde_json::from_slice(&array).expect("an array of objects");
    assert_eq!(array, rows(&fixture("demo"), "cells"));
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let bytes = |jobs: &str| {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let folder = dir.path().to_str().expect("plain");
        let demo = fixture("demo");
        let said = run(&["export", &demo, "--format", "parquet", "-o", folder, "-j", jobs]);
        assert_eq!(said.code, 0, "{}", said.stderr);
        let names = written(dir.path());
        names
            .into_iter()
            .map(|name| std::fs::read(dir.path().join(name)).expect("is there"))
            .collect::<Vec<_>>()
    };
    assert_eq!(bytes("1"), bytes("4"));
}

#[test]
fn cells_hold_what_the_report_says() {
    let output = tempfile::tempdir().expect("a temporary folder");
    let folder = output.path().to_str().expect("plain");
    let said = run(&["analyze", &fixture("demo"), "--output-dir", folder, "-q"]);
    assert!(said.code <= 2, "{}", said.stderr);
    let report = std::fs::read(output.path().join("report.json")).expect("is there");
    let report: Value = serde_json::from_slice(&report).expect("JSON");
    let cells = rows(&fixture("demo"), "cells");
    let told = report["cells"].as_array().expect("cells");
    assert_eq!(cells.len(), told.len());
    for (row, cell) in cells.iter().zip(told) {
        for name in ["cell_id", "scenario", "model", "hardware", "framework", "isl", "concurrency"]
        {
            assert_eq!(row[name], cell[name], "{name}");
        }
        for name in ["tp", "ep", "dp_attention", "num_prefill_gpu", "decode_tp"] {
            let told = cell["topology"].get(name).unwrap_or(&Value::Null);
            assert_eq!(&row[name], told, "{name}");
        }
        for (name, value) in cell["metrics"].as_object().expect("metrics") {
            assert_eq!(row[name].as_f64(), value.as_f64(), "{name}");
        }
        let findings = cell["findings"].as_array().expect("findings").len() as u64;
        let counted = ["critical", "warning", "info"]
            .map(|severity| row[&format!("findings_{severity}")].as_u64().expect("a count"));
        assert_eq!(counted.iter().sum::<u64>(), findings);
    }
    let findings = rows(&fixture("demo"), "findings");
    let told = report["findings"].as_array().expect("findings");
    assert_eq!(findings.len(), told.len());
    for (row, finding) in findings.iter().zip(told) {
        assert_eq!(row["message"], finding["message"]);
        let evidence: Value = serde_json::from_str(text(row, "evidence")).expect("JSON");
        assert_eq!(evidence, finding["evidence"]);
    }
}

/// The frontier that `pareto` prints is the one that the exports hold, value by value.
#[test]
fn screen_and_export_agree() {
    let demo = fixture("demo");
    let screen = run(&["pareto", &demo]).stdout;
    let series = rows(&demo, "series");
    let on: Vec<&Row> =
        series.iter().filter(|row| text(row, "scenario_frontier") == "frontier").collect();
    assert!(on.len() >= 3);
    for row in &on {
        let told = |name: &str| measure(row[name].as_f64().expect("a number"));
        let (x, y) = (told("x"), told("y"));
        // A long name of a configuration goes on in the next line, its numbers stand in the first.
        let load = exact(row["load"].as_f64().expect("a number"));
        let system = format!("{} {}", text(row, "hardware"), text(row, "framework"));
        let line = screen.lines().find(|line| {
            let words: Vec<_> = line.split_whitespace().collect();
            line.contains(&system) && words.ends_with(&[load.as_str(), x.as_str(), y.as_str()])
        });
        assert!(line.is_some(), "{system} {load} {x} {y} is not on the screen:\n{screen}");
        // One cell of the level has the values of the axes.
        let metric = |name: &str| row[text(row, name)].as_f64();
        assert_eq!(
            (metric("x_metric"), metric("y_metric")),
            (row["x"].as_f64(), row["y"].as_f64())
        );
    }
    let frontiers = rows(&demo, "frontiers");
    let drawn = frontiers.iter().filter(|row| {
        text(row, "scope") == "scenario"
            && text(row, "place") == "frontier"
            && (row["x_metric"] == on[0]["x_metric"] && row["y_metric"] == on[0]["y_metric"])
    });
    let values = |row: &Row| (row["x"].to_string(), row["y"].to_string());
    let mut drawn: Vec<_> = drawn.map(values).collect();
    let mut points: Vec<_> = on.iter().map(|row| values(row)).collect();
    drawn.sort();
    points.sort();
    points.dedup();
    assert_eq!(drawn, points);
}

#[test]
fn requests_are_those_that_the_statistics_are_of() {
    let demo = fixture("demo");
    let requests = rows(&demo, "requests");
    let mut of_cell: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    for row in &requests {
        of_cell.entry(text(row, "cell_id")).or_default().push(row);
    }
    assert!(!of_cell.is_empty());
    for cell in rows(&demo, "cells") {
        let Some(requests) = of_cell.get(text(&cell, "cell_id")) else { continue };
        let done = requests.iter().filter(|row| text(row, "status") == "success");
        assert_eq!(cell["num_requests_successful"].as_u64(), Some(done.clone().count() as u64));
        let ttft: Vec<f64> = done.filter_map(|row| row["ttft"].as_f64()).collect();
        let mean = ttft.iter().sum::<f64>() / ttft.len() as f64;
        let told = cell["mean_ttft"].as_f64().expect("is known");
        assert!((mean / told - 1.0).abs() < 1e-6, "{mean} {told}");
    }
}

#[test]
fn formulas_in_names_are_text() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let row = serde_json::json!({
        "hw": "b200", "tp": 8, "conc": 4, "model": "=HYPERLINK(\"http://x\",\"y\")",
        "infmax_model_prefix": "dsr1", "framework": "@vllm", "precision": "fp8", "isl": 1024,
        "osl": 1024, "tput_per_gpu": 10.5, "median_tpot": 1e-7, "recipe_name": "-1+1",
    });
    std::fs::write(dir.path().join("agg_a.json"), row.to_string()).expect("can write");
    let input = dir.path().to_str().expect("plain");
    let csv = run(&["export", input, "--table", "cells", "-o", "-"]).stdout;
    let line = csv.lines().nth(1).expect("a row");
    for cell in
        ["\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"", "'@vllm", "'-1+1", ",10.5,", ",1e-7"]
    {
        assert!(line.contains(cell), "{cell} in {line}");
    }
    assert!(csv.starts_with("cell_id,run,"), "no mark on stdout");
    assert_eq!(rows(input, "cells")[0]["recipe_name"], "-1+1");
}

/// What `plot_perf.py`, `summarize.py` and the web app of InferenceX look up in a row.
#[test]
fn rows_have_the_keys_of_the_plot_scripts() {
    let said = run(&["export", &fixture("demo"), "--format", "inferencex", "-o", "-"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    let rows: Vec<Row> = serde_json::from_str(&said.stdout).expect("an array of objects");
    let fixed = rows
        .iter()
        .filter(|row| row.get("scenario_type").is_none() && row.contains_key("tput_per_gpu"));
    let mut seen = 0;
    for row in fixed {
        seen += 1;
        for key in [
            "hw",
            "conc",
            "model",
            "framework",
            "precision",
            "isl",
            "osl",
            "tput_per_gpu",
            "output_tput_per_gpu",
            "input_tput_per_gpu",
            "median_e2el",
            "median_intvty",
            "median_ttft",
            "mean_ttft",
            "mean_tpot",
            "mean_intvty",
            "mean_e2el",
            "p99_ttft",
        ] {
            assert!(row.contains_key(key), "{key} in {row:?}");
        }
        assert!(row.get("dp_attention").is_none_or(Value::is_string));
        let (tpot, users) = (&row["median_tpot"], &row["median_intvty"]);
        let product = tpot.as_f64().expect("seconds") * users.as_f64().expect("tok/s/user");
        assert!((product - 1.0).abs() < 1e-9, "{product}");
    }
    assert!(seen >= 3);
}

/// Exporting and reading again gives the same cells.
#[test]
fn an_array_reads_back_as_the_same_cells() {
    let mut inputs: Vec<(PathBuf, usize)> = vec![(fixture("demo").into(), 3)];
    inputs.extend(sample("inferencex/2025-11").map(|path| (path, 240)));
    inputs.extend(sample("inferencex/multinode").map(|path| (path, 16)));
    for (input, fewest) in inputs {
        let input = input.to_str().expect("plain");
        let dir = tempfile::tempdir().expect("a temporary folder");
        let array = dir.path().join("agg_all.json");
        let array = array.to_str().expect("plain");
        let said = run(&["export", input, "--format", "inferencex", "-o", array]);
        assert_eq!(said.code, 0, "{}", said.stderr);
        let before: BTreeMap<String, Row> = by_id(rows(input, "cells"));
        let after = by_id(rows(array, "cells"));
        assert!(after.len() >= fewest && after.len() <= before.len());
        for (id, after) in &after {
            let before = &before[id];
            let own = text(before, "source_format");
            for (name, value) in after {
                // Where it is read from, and what the row of a raw result does not say.
                let of_place = ["run", "artifact", "source_format", "load_start", "load_end"];
                let is_raw = !matches!(own, "inferencex-static" | "inferencex-srt-slurm");
                if of_place.contains(&name.as_str()) || name.starts_with("finding") || is_raw {
                    continue;
                }
                let held = before.get(name).unwrap_or(&Value::Null);
                let same = match (held.as_f64(), value.as_f64()) {
                    (Some(a), Some(b)) => (a - b).abs() <= 1e-9 * a.abs().max(b.abs()),
                    // Requests of a raw result beside the row tell what a row has no key for.
                    _ if name == "request_tput_per_user" => true,
                    _ => held == value,
                };
                assert!(same, "{id} {name}: {held} became {value}");
            }
        }
    }
}

fn by_id(rows: Vec<Row>) -> BTreeMap<String, Row> {
    rows.into_iter().map(|row| (text(&row, "cell_id").to_owned(), row)).collect()
}

#[test]
fn what_cannot_be_done_is_refused_with_a_remedy() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let demo = fixture("demo");
    let inside = format!("{demo}/agg_all.json");
    let folder = dir.path().to_str().expect("plain");
    for (args, told) in [
        (vec!["-o", "-"], "--table cells"),
        (vec!["--table", "cell", "-o", "-"], "the tables are cells, series"),
        (vec!["--where", "hardware=nothing", "-o", folder], "none of the 12 cells"),
        (vec!["--format", "inferencex", "-o", &inside], "choose another place with -o"),
        (vec!["--format", "inferencex", "--table", "cells", "-o", "-"], "leave --table out"),
        (vec![], "--output"),
    ] {
        let mut all = vec!["export", demo.as_str()];
        all.extend(args);
        let said = run(&all);
        assert_eq!((said.code, said.stdout.as_str()), (3, ""), "{all:?}");
        assert!(said.stderr.contains(told), "{told} in {}", said.stderr);
    }
    assert_eq!(written(dir.path()), Vec::<String>::new());
}

#[test]
fn our_own_slices_are_those_of_requests() {
    let demo = fixture("demo");
    let said = run(&["requests", &demo, "--slice", "5s", "--slo", "ttft:2500", "--json"]);
    let report: Value = serde_json::from_str(&said.stdout).expect("JSON");
    let run_of = &report["runs"][0];
    let slices = run_of["slices"]["slices"].as_array().expect("slices");
    let args = ["export", &demo, "--format", "jsonl", "--table", "slices", "-o", "-"];
    let said = run(&[&args[..], &["--slice", "5s", "--slo", "ttft:2500"]].concat());
    assert_eq!(said.code, 0, "{}", said.stderr);
    let rows: Vec<Row> =
        said.stdout.lines().map(|line| serde_json::from_str(line).expect("an object")).collect();
    assert!(rows.iter().all(|row| text(row, "cut_by") == "inferguard"));
    for slice in slices {
        let value = |metric: &str| {
            let of = |row: &&Row| row["slice"] == slice["index"] && text(row, "metric") == metric;
            rows.iter().find(of).map_or(Value::Null, |row| row["value"].clone())
        };
        let number = |value: &Value| value.as_f64();
        for (metric, shown) in [
            ("requests_failed", &slice["started_failed"]),
            ("requests_completed", &slice["completed"]),
            ("qps", &slice["qps"]),
            ("output_tput_tps", &slice["output_tput_tps"]),
            ("goodput_rps", &slice["goodput_rps"][0]),
            ("mean_ttft", &slice["ttft"]["mean"]),
            ("p99_e2el", &slice["e2el"]["p99"]),
        ] {
            assert_eq!(number(&value(metric)), number(shown), "{metric} of {slice}");
        }
    }
    let refused = run(&["export", &demo, "--table", "cells", "--slice", "5s", "-o", "-"]);
    assert_eq!(refused.code, 3, "{}", refused.stderr);
}
