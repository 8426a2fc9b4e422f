//! Runs the binary and checks what every report must be, whatever a test looks for.

use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::LazyLock;
use std::time::Duration;

use inferguard::schema::{Vocabulary, json_schema};
use serde_json::Value;

/// The eight sections of `report.md`, in their order.
const SECTIONS: [&str; 8] = [
    "Executive summary",
    "Benchmark matrix",
    "Artifact completeness",
    "Per-cell results",
    "Live InferGuard timeline",
    "Bottleneck analysis",
    "Evidence-based next measurements",
    "Co-publish artifact manifest",
];

static OPEN: LazyLock<jsonschema::Validator> = LazyLock::new(|| validator(Vocabulary::Open));
static CLOSED: LazyLock<jsonschema::Validator> = LazyLock::new(|| validator(Vocabulary::Closed));

fn validator(vocabulary: Vocabulary) -> jsonschema::Validator {
    jsonschema::options()
        .should_validate_formats(true)
        .build(&json_schema(vocabulary))
        .expect("the schema compiles")
}

/// The binary, with a fixed moment and no settings of the one who runs the tests.
pub(crate) fn inferguard() -> assert_cmd::Command {
    let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_inferguard"));
    command
        .env("SOURCE_DATE_EPOCH", "1767225600")
        .env_remove("RUST_LOG")
        .env_remove("NO_COLOR")
        // A hang is a failure, not a stuck suite.
        .timeout(Duration::from_secs(120));
    command
}

/// Exit code and texts of a finished process.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Said {
    pub(crate) fn of(output: &Output) -> Self {
        Self {
            code: output.status.code().expect("ended by itself"),
            stdout: String::from_utf8(output.stdout.clone()).expect("stdout is UTF-8"),
            stderr: String::from_utf8(output.stderr.clone()).expect("stderr is UTF-8"),
        }
    }
}

/// Runs any command line.
pub(crate) fn run(args: &[&str]) -> Said {
    Said::of(&inferguard().args(args).output().expect("starts"))
}

/// A folder of results.
pub(crate) struct Tree {
    dir: tempfile::TempDir,
}

impl Tree {
    pub(crate) fn new() -> Self {
        Self { dir: tempfile::tempdir().expect("a temporary folder") }
    }

    /// A tree with one good row, `agg_good.json`, that no damage elsewhere may cost.
    pub(crate) fn with_good_row() -> Self {
        Self::new().file("agg_good.json", crate::build::row(4).to_string())
    }

    pub(crate) fn file(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        self.write(path, content);
        self
    }

    pub(crate) fn files(self, files: impl IntoIterator<Item = (String, String)>) -> Self {
        for (path, content) in files {
            self.write(&path, content);
        }
        self
    }

    pub(crate) fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.join(path);
        std::fs::create_dir_all(path.parent().expect("has a folder")).expect("can make folders");
        std::fs::write(path, content).expect("can write");
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn join(&self, path: &str) -> PathBuf {
        self.dir.path().join(path)
    }

    /// The path as an argument.
    pub(crate) fn arg(&self, path: &str) -> String {
        self.join(path).to_str().expect("temporary folders have plain names").to_owned()
    }

    /// `analyze` on the tree, its report checked and read.
    pub(crate) fn analyze(&self, args: &[&str]) -> Run {
        analyze(self.path(), &self.join("inferguard_report"), args)
    }
}

/// A finished `analyze`.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) said: Said,
    /// `report.json`, when this run wrote one.
    pub(crate) json: Option<Value>,
    /// `report.md`, when this run wrote one.
    pub(crate) markdown: Option<String>,
}

/// Runs `analyze` on a path; what it wrote into `output` is checked.
pub(crate) fn analyze(input: &Path, output: &Path, args: &[&str]) -> Run {
    finish(inferguard().arg("analyze").arg(input).args(args), output, args)
}

/// Runs a prepared `analyze`; what it wrote into `output` is checked.
pub(crate) fn finish(command: &mut assert_cmd::Command, output: &Path, args: &[&str]) -> Run {
    let said = Said::of(&command.output().expect("starts"));
    if said.code == 3 {
        return Run { said, json: None, markdown: None };
    }
    let json = std::fs::read_to_string(output.join("report.json")).ok().map(|text| {
        let report = serde_json::from_str(&text).expect("strict JSON, so no NaN and no Infinity");
        check_report(&report, args.contains(&"--closed-v1"));
        report
    });
    let markdown = std::fs::read_to_string(output.join("report.md")).ok();
    if let Some(text) = &markdown {
        check_markdown(text);
    }
    assert_no_temporary_files(output);
    Run { said, json, markdown }
}

/// What every report keeps to.
pub(crate) fn check_report(report: &Value, closed: bool) {
    let mut validators = vec![&*OPEN];
    if closed {
        validators.push(&*CLOSED);
    }
    for validator in validators {
        let violations: Vec<_> = validator
            .iter_errors(report)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(violations.is_empty(), "violates the schema: {violations:#?}");
    }
    for cell in list(report, "cells") {
        for (name, value) in cell["metrics"].as_object().expect("metrics is an object") {
            let known = value.is_null() || value.is_number() || value.is_boolean();
            assert!(known, "metric {name} is {value}");
        }
    }
    let ids: Vec<_> = list(report, "cells").iter().map(|cell| &cell["cell_id"]).collect();
    for (at, id) in ids.iter().enumerate() {
        assert!(!ids[..at].contains(id), "the id {id} stands twice");
    }
}

fn check_markdown(text: &str) {
    let headings: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    assert_eq!(headings, SECTIONS, "sections of report.md");
    let control = |c: char| c.is_control() && c != '\n';
    assert!(!text.contains(control), "a control character reaches report.md");
}

pub(crate) fn assert_no_temporary_files(folder: &Path) {
    let left: Vec<_> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .map(|entry| entry.expect("can be listed").file_name())
        .filter(|name| name.to_string_lossy().starts_with('.'))
        .collect();
    assert!(left.is_empty(), "temporary files are left: {left:?}");
}

/// A member that is an array.
pub(crate) fn list<'v>(value: &'v Value, member: &str) -> &'v [Value] {
    value[member].as_array().unwrap_or_else(|| panic!("{member} is no array in {value}"))
}

/// The text of a member, empty when it is null or absent.
fn text<'v>(value: &'v Value, member: &str) -> &'v str {
    value[member].as_str().unwrap_or_default()
}

impl Run {
    pub(crate) fn code(&self) -> i32 {
        self.said.code
    }

    pub(crate) fn report(&self) -> &Value {
        self.json.as_ref().unwrap_or_else(|| panic!("no report: {}", self.said.stderr))
    }

    pub(crate) fn markdown(&self) -> &str {
        self.markdown.as_deref().expect("report.md was written")
    }

    pub(crate) fn cell_ids(&self) -> Vec<&str> {
        list(self.report(), "cells").iter().map(|cell| text(cell, "cell_id")).collect()
    }

    pub(crate) fn cell(&self, id: &str) -> &Value {
        let mut cells = list(self.report(), "cells").iter();
        let found = cells.find(|cell| cell["cell_id"] == id);
        found.unwrap_or_else(|| panic!("no cell {id} among {:?}", self.cell_ids()))
    }

    /// A metric of a cell; `None` when it is null.
    pub(crate) fn metric(&self, cell: &str, metric: &str) -> Option<f64> {
        self.cell(cell)["metrics"][metric].as_f64()
    }

    /// Problems of a cell as `code at`.
    pub(crate) fn problems(&self, cell: &str) -> Vec<String> {
        told(&self.cell(cell)["problems"])
    }

    /// Findings as `severity code cell`.
    pub(crate) fn findings(&self) -> Vec<String> {
        list(self.report(), "findings")
            .iter()
            .map(|finding| {
                let parts = [text(finding, "severity"), text(finding, "code")];
                let line = format!("{} {}", parts.join(" "), text(finding, "cell_id"));
                line.trim_end().to_owned()
            })
            .collect()
    }

    /// The message of the first finding with this code.
    pub(crate) fn message(&self, code: &str) -> &str {
        let findings = list(self.report(), "findings");
        let found = findings.iter().find(|finding| finding["code"] == code);
        text(found.unwrap_or_else(|| panic!("no finding {code}")), "message")
    }

    /// The line of a file in the manifest.
    pub(crate) fn artifact(&self, path: &str) -> &Value {
        let artifacts = list(self.report(), "artifact_manifest");
        let mut found = artifacts.iter().filter(|artifact| artifact["path"] == path);
        let first = found.next().unwrap_or_else(|| panic!("{path} is not in the manifest"));
        assert!(found.next().is_none(), "{path} stands twice in the manifest");
        first
    }

    /// Status of a file in the manifest.
    pub(crate) fn status(&self, path: &str) -> &str {
        text(self.artifact(path), "status")
    }

    /// Reason of a file in the manifest.
    pub(crate) fn reason(&self, path: &str) -> &str {
        text(self.artifact(path), "reason")
    }

    /// Problems of a file in the manifest as `code at`.
    pub(crate) fn file_problems(&self, path: &str) -> Vec<String> {
        told(&self.artifact(path)["problems"])
    }
}

fn told(problems: &Value) -> Vec<String> {
    problems
        .as_array()
        .into_iter()
        .flatten()
        .map(|problem| format!("{} {}", text(problem, "code"), text(problem, "at")))
        .collect()
}
