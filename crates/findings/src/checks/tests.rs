use inferguard_analysis::annotate::annotate;
use inferguard_analysis::scenario::scenarios;
use inferguard_analysis::slo::Slo;
use inferguard_model::{
    ArtifactRef, Cell, Comparison, Completion, Dataset, Expectations, FileOutcome, FileRecord,
    FileStatus, Identity, Metric, Origin, Quantity, Role, RunId, SourceFormat, Stat, Timeline,
    TimelineSample,
};
use serde_json::{Value, json};

use super::CHECKS;
use crate::{Baseline, BaselineCell, Check, Context, Limits, Outcome, Verdict, annotation_limits};

mod artifacts;
mod cache;
mod completion;
mod course;
mod eval;
mod live;
mod plausible;
mod points;
mod pressure;
mod registry;
mod repeats;
mod slo;
mod steps;
mod sweep;
mod values;
mod workers;

/// What a check looks at, built up in place.
#[derive(Default)]
struct Tree {
    cells: Vec<Cell>,
    files: Vec<FileRecord>,
    jobs: Vec<inferguard_model::Job>,
    expectations: Vec<Expectations>,
    limits: Limits,
    baseline: Option<Baseline>,
    slos: Vec<Slo>,
}

impl Tree {
    fn of(cells: impl IntoIterator<Item = CellBuilder>) -> Self {
        let mut tree = Self::default();
        for CellBuilder { mut cell, artifacts } in cells {
            for (path, role) in artifacts {
                let file = tree.file(path, FileStatus::Read, role.0);
                cell.artifacts.push(ArtifactRef { role, file, base: "".into() });
            }
            tree.cells.push(cell);
        }
        tree
    }

    /// Adds a file and returns its index.
    fn file(&mut self, path: &str, status: FileStatus, kind: &'static str) -> u32 {
        let outcome = FileOutcome { status, ..FileOutcome::ignored(kind, "cut off") };
        self.files.push(FileRecord { path: path.into(), outcome, problems: Vec::new() });
        u32::try_from(self.files.len() - 1).expect("few files")
    }

    fn outcomes(&self, code: &str) -> Vec<Outcome> {
        let check = check(code);
        let mut scenarios = scenarios(&self.cells);
        annotate(&mut scenarios, &self.cells, &annotation_limits(&self.limits));
        check.run(&Context {
            cells: &self.cells,
            scenarios: &scenarios,
            files: &self.files,
            jobs: &self.jobs,
            expectations: &self.expectations,
            limits: &self.limits,
            slos: &self.slos,
            baseline: self.baseline.as_ref(),
        })
    }

    /// Sets a limit of a code.
    fn limit(mut self, code: &str, name: &str, value: f64) -> Self {
        let meta = check(code).meta();
        let threshold = meta.thresholds.iter().find(|threshold| threshold.name == name);
        self.limits.set(meta.code, threshold.expect("a known limit"), value);
        self
    }

    /// The answers of a check, one line each: cell, verdict, and what it says.
    fn answers(&self, code: &str) -> Vec<String> {
        let line = |outcome: Outcome| {
            let cell = outcome.cell.map_or("run", |cell| self.cells[cell].id.as_ref()).to_owned();
            match outcome.verdict {
                Verdict::Fired(fired) => {
                    format!("{cell} {}: {}", fired.severity.name(), fired.message)
                }
                Verdict::Clear => format!("{cell} clear"),
                Verdict::NotEvaluated(reason) => format!("{cell} not evaluated: {reason}"),
            }
        };
        self.outcomes(code).into_iter().map(line).collect()
    }

    /// The evidence of the only finding of a check.
    fn evidence(&self, code: &str) -> Value {
        let fired: Vec<_> = self
            .outcomes(code)
            .into_iter()
            .filter_map(|outcome| match outcome.verdict {
                Verdict::Fired(fired) => Some(fired),
                _ => None,
            })
            .collect();
        let [only] = &fired[..] else { panic!("{} findings of {code}", fired.len()) };
        only.evidence.iter().map(|(key, value)| (key.to_string(), value.clone())).collect()
    }
}

fn check(code: &str) -> &'static dyn Check {
    *CHECKS.iter().find(|check| check.meta().code == code).expect("a known code")
}

/// A cell with a result, of a format that no table requires anything of.
struct CellBuilder {
    cell: Cell,
    artifacts: Vec<(&'static str, Role)>,
}

fn cell(id: &str) -> CellBuilder {
    let cell = Cell { id: id.into(), has_result: true, ..Cell::default() };
    CellBuilder { cell, artifacts: Vec::new() }
}

/// A cell of a series: model `m`, 1024 tokens in and out, a concurrency.
fn at(id: &str, concurrency: u32) -> CellBuilder {
    cell(id).identity(|identity| {
        identity.model = Some("m".into());
        identity.scenario_type = Some("fixed-length".into());
        (identity.isl, identity.osl) = (Some(1024), Some(1024));
        identity.load.concurrency = Some(concurrency);
    })
}
impl CellBuilder {
    fn identity(mut self, change: impl FnOnce(&mut Identity)) -> Self {
        change(&mut self.cell.evidence.identity);
        self
    }

    /// Another configuration.
    fn hardware(self, hardware: &str) -> Self {
        self.identity(|identity| identity.hardware = Some(hardware.to_owned()))
    }

    /// Another scenario: a replay of a data set by users who think between turns.
    fn replays(self, dataset: &str) -> Self {
        self.identity(|identity| {
            identity.scenario_type = Some("agentic-coding".into());
            (identity.isl, identity.osl) = (None, None);
            identity.dataset = Some(Dataset { name: dataset.to_owned(), entries: None });
        })
    }

    /// An open loop.
    fn rate(self, requests_per_second: f64) -> Self {
        self.identity(|identity| {
            identity.load.concurrency = None;
            identity.load.request_rate = Some(requests_per_second);
        })
    }

    fn run(mut self, run: &str) -> Self {
        self.cell.run = RunId(run.to_owned());
        self
    }

    /// A metric by its name on the wire.
    fn value(self, metric: &str, value: f64) -> Self {
        self.metric(Metric::parse(metric).expect("a known metric"), value)
    }
}

impl CellBuilder {
    fn format(mut self, format: SourceFormat) -> Self {
        self.cell.format = format;
        self
    }

    fn artifact(mut self, path: &'static str, role: Role) -> Self {
        self.artifacts.push((path, role));
        self
    }

    fn without_result(mut self) -> Self {
        self.cell.has_result = false;
        self
    }

    fn counts(mut self, total: impl Into<Option<u64>>, ok: impl Into<Option<u64>>) -> Self {
        self.cell.evidence.completion =
            Completion { total: total.into(), successful: ok.into(), warmup: Some(9) };
        self
    }

    /// A metric that was computed and not read.
    fn derived(mut self, metric: &str, value: f64) -> Self {
        let metric = Metric::parse(metric).expect("a known metric");
        self.cell.evidence.metrics.set(metric, value, Origin::derived("a formula"));
        self
    }

    fn metric(mut self, metric: Metric, value: f64) -> Self {
        self.cell.evidence.metrics.set(metric, value, Origin::key("k"));
        self
    }

    fn timeline(mut self, samples: Vec<TimelineSample>) -> Self {
        self.cell.evidence.timeline = Some(Timeline { samples });
        self
    }

    fn compared(mut self, n: u32) -> Self {
        self.cell.compared = n;
        self
    }

    fn mismatch(mut self, metric: Metric, explained: Option<&'static str>) -> Self {
        let other_origin = Origin { artifact: 1, ..Origin::key("k") };
        self.cell.mismatches.push(Comparison {
            what: metric.name(),
            kept: 1.5,
            other: 1.25,
            other_origin,
            explained,
        });
        self
    }
}
