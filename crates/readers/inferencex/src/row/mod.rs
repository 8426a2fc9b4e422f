//! One object of a result file: a raw serving-benchmark result, a processed row of any
//! generation, or an aggregated eval row. Arrays may mix them.
//!
//! [`RowSink`] collects what the keys say as the document streams by; what depends on several keys
//! (generation, GPU count, derived rates) is settled when the object ends, in `fixed`, `agentic`
//! and `raw`.

mod agentic;
mod eval;
mod extra;
mod fixed;
mod gpus;
mod identity;
mod interactivity;
mod lists;
mod power;
mod raw;
mod settle;

use inferguard_model::{
    ArtifactRef, Attach, Evidence, Fragment, FragmentKind, Metric, MetricEntry, MetricSet, Origin,
    Place, Problem, ProblemCode, Quantity, Rank, RequestTable, Role, SourceFormat, Stat,
};
use inferguard_source::coerce;
use inferguard_source::json::{Container, Enter, JsonScalar, Pointer, Sink};

use crate::file_names::FileNames;
use crate::{keys, told};
pub use agentic::nested_key;
use eval::EvalRow;
use identity::RawIdentity;
use lists::Lists;
use power::PowerFacts;

/// Reads the objects of a document into fragments.
pub(crate) struct RowSink<'n> {
    file: u32,
    names: &'n FileNames<'n>,
    /// Depth of the objects: 0 for a single one, 1 in an array.
    depth: usize,
    /// Number of the document within a file of several.
    document: Option<usize>,
    /// Boxed, since it is large and handed on several times.
    row: Option<Box<Row>>,
    /// The objects describe an environment and measure nothing.
    is_environment: bool,
    environment: Option<Evidence>,
    /// Warm-up runs, which are no results.
    pub(crate) n_warmups: usize,
    pub(crate) fragments: Vec<Fragment>,
    pub(crate) problems: Vec<Problem>,
}

/// What one object said, before it is known what it is.
#[derive(Default)]
struct Row {
    /// Pointer of the object within its document.
    at: String,
    evidence: Box<Evidence>,
    /// Numbers in order of the document, put into the evidence when the object ends.
    numbers: Vec<MetricEntry>,
    raw: RawIdentity,
    lists: Lists,
    eval: EvalRow,
    power: PowerFacts,
    nested: bool,
}

impl<'n> RowSink<'n> {
    pub(crate) fn new(file: u32, names: &'n FileNames<'n>, document: Option<usize>) -> Self {
        Self {
            file,
            names,
            depth: 0,
            document,
            row: None,
            is_environment: false,
            environment: None,
            n_warmups: 0,
            fragments: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// A sink for one object that describes an environment and measures nothing.
    pub(crate) fn environment(file: u32, names: &'n FileNames<'n>) -> Self {
        Self { is_environment: true, ..Self::new(file, names, None) }
    }

    /// The identity that the environment says.
    pub(crate) fn into_environment(self) -> Option<Evidence> {
        self.environment
    }

    fn finish(&mut self) {
        let Some(mut row) = self.row.take() else { return };
        if self.is_environment {
            settle::settle(&mut row.raw, &mut row.evidence, self.names);
            settle::roles_only(&mut row.evidence.identity);
            if row.lists.is_batch() {
                row.evidence.identity.load.concurrency = None;
            }
            self.environment = Some(*row.evidence);
            return;
        }
        let at = std::mem::take(&mut row.at);
        if row.raw.is_warmup {
            self.n_warmups += 1;
            let told = "a warm-up run of a sweep (run_number -1) is no result and was left out";
            self.problems.push(Problem::note(ProblemCode::LeftOut, at, told));
            return;
        }
        match row.into_fragment(self.file, self.names) {
            Some(fragment) => {
                if self.depth == 0 {
                    // The only one: a vector that grows makes room for several.
                    self.fragments.reserve_exact(1);
                }
                self.fragments.push(fragment);
            }
            None => self.problems.push(Problem::warning(
                ProblemCode::LeftOut,
                at,
                "an object that is no benchmark result was left out",
            )),
        }
    }

    fn left_out(&mut self, at: &Pointer, what: &'static str) {
        self.problems.push(Problem::warning(ProblemCode::LeftOut, at.as_str(), what));
    }
}

impl Sink for RowSink<'_> {
    fn scalar(&mut self, at: &Pointer, value: JsonScalar<'_>) {
        let Some(row) = &mut self.row else {
            let what = match value {
                JsonScalar::Null => "an element that is null was left out",
                _ => "an element that is no object was left out",
            };
            self.left_out(at, what);
            return;
        };
        if at.depth() == self.depth + 1 {
            if !row.takes(at.last(), value) {
                extra::keep(&mut row.evidence, at.last(), value);
            }
        } else {
            let skip = row.at.len() + 1;
            row.nested_member(&at.as_str()[skip..], value);
        }
    }

    fn member(&mut self, at: &Pointer, key: &str, value: JsonScalar<'_>) -> bool {
        let row = self.row.as_mut().filter(|_| at.depth() == self.depth);
        row.is_some_and(|row| row.takes(key, value))
    }

    fn enter(&mut self, at: &Pointer, container: Container) -> Enter {
        match (&mut self.row, container) {
            (None, Container::Array) if at.depth() == 0 => {
                self.depth = 1;
                Enter::Walk
            }
            (None, Container::Array) => {
                self.left_out(at, "an array among the elements was left out");
                Enter::Skip
            }
            (None, Container::Object) => {
                let mut row = Row { at: at.as_str().to_owned(), ..Row::default() };
                // Pointers of a file of several documents count the documents first.
                row.raw.base = match self.document {
                    Some(n) => format!("/{n}{}", at.as_str()),
                    None => row.at.clone(),
                };
                row.numbers.reserve(64);
                self.row = Some(Box::new(row));
                Enter::Walk
            }
            (Some(row), _) => {
                let skip = (row.at.len() + 1).min(at.as_str().len());
                row.enter(&at.as_str()[skip..], container)
            }
        }
    }

    fn leave(&mut self, at: &Pointer, container: Container) {
        let Some(row) = &mut self.row else { return };
        if at.depth() == self.depth && at.as_str() == row.at {
            self.finish();
        } else if container == Container::Array {
            row.lists.leave();
        }
    }
}

impl Row {
    /// Takes a scalar member of the object itself; false when nobody knows its key.
    fn takes(&mut self, key: &str, value: JsonScalar<'_>) -> bool {
        if self.lists.element(value) {
            return true;
        }
        if let Some((known, spelling)) = keys::known(key) {
            let place = spelling.map_or_else(|| Place::Path(key.into()), Place::Key);
            self.number(known, place, key, value);
            return true;
        }
        let mut problems = Vec::new();
        let taken = self.raw.member(key, value, &mut self.evidence.identity, &mut problems)
            || self.eval.member(key, value, &mut problems)
            || self.power.member(key, value, &mut problems);
        self.tell(problems);
        taken
    }

    /// A scalar of a nested object: the nested agentic rows, and members that are objects.
    fn nested_member(&mut self, path: &str, value: JsonScalar<'_>) {
        let mut problems = Vec::new();
        if let Some(known) = agentic::nested_metric(path) {
            self.nested |=
                path.starts_with("request_metrics") || path.starts_with("server_metrics");
            self.number(known, Place::Path(path.into()), path, value);
        } else if self.raw.nested_member(path, value, &mut self.evidence.identity, &mut problems) {
            self.nested |= path.starts_with("request_accounting");
        } else if let Some(key) = path.strip_prefix("metrics/")
            && let Some((known, _)) = keys::known(key)
        {
            // Baselines of one fork nest the client's keys.
            self.number(known, Place::Path(path.into()), path, value);
        } else if extra::wants_nested(path) {
            extra::keep(&mut self.evidence, path, value);
        }
        self.tell(problems);
    }

    fn number(&mut self, known: keys::Known, place: Place, key: &str, value: JsonScalar<'_>) {
        let mut problems = Vec::new();
        match coerce::number(value, key, &mut problems) {
            Some(written) if written < 0.0 => {
                let told = format!("{written} is negative, which it cannot be; it is left out");
                problems.push(Problem::warning(ProblemCode::NotANumber, key, told));
            }
            Some(written) => {
                let origin = Origin { artifact: 0, place };
                let value = known.value(written);
                self.numbers.push(MetricEntry { metric: known.metric, value, origin });
            }
            None => {}
        }
        self.tell(problems);
    }

    fn enter(&mut self, path: &str, container: Container) -> Enter {
        match container {
            Container::Array => self.lists.enter(path),
            Container::Object if self.lists.is_open() => self.lists.damage(),
            Container::Object if extra::wants_object(path) => {
                self.nested |= matches!(path, "request_metrics" | "server_metrics");
                Enter::Walk
            }
            Container::Object => Enter::Skip,
        }
    }

    fn tell(&mut self, problems: Vec<Problem>) {
        // Nearly always there is none, and to take an empty list apart costs more than this look.
        if problems.is_empty() {
            return;
        }
        for problem in problems {
            self.evidence.problem(problem);
        }
    }

    fn into_fragment(mut self: Box<Self>, file: u32, names: &FileNames<'_>) -> Option<Fragment> {
        self.evidence.metrics = MetricSet::from_entries(std::mem::take(&mut self.numbers));
        if self.eval.is_row() {
            return Some(self.into_eval(file, names));
        }
        let has_tput = self.plain(Quantity::TputPerGpu).is_some();
        let (role, rank, format, rounding);
        let mut table: Option<RequestTable> = None;
        if self.nested || self.raw.is_agentic(&self.evidence.identity) {
            (role, rank) = (Role::AGG_JSON, Rank::Row);
            rounding = agentic::finish(&mut self, names);
            format = SourceFormat::AgentxAggregate;
        } else if self.raw.is_raw() && !has_tput {
            (role, rank, rounding) = (Role::RAW_JSON, Rank::Summary, 0.0);
            table = raw::finish(&mut self, names);
            format = SourceFormat::InferencexRaw;
        } else if self.raw.is_row() || has_tput {
            (role, rank, rounding) = (Role::AGG_JSON, Rank::Row, 0.0);
            fixed::finish(&mut self, names);
            let identity = &self.evidence.identity;
            let spread = identity.is_multinode == Some(true) || identity.disagg == Some(true);
            format = if spread {
                SourceFormat::InferencexSrtSlurm
            } else {
                SourceFormat::InferencexStatic
            };
        } else {
            return None;
        }
        power::finish(&mut self);
        told::cut_evidence(&mut self.evidence);
        Some(Fragment {
            kind: FragmentKind::Result(rank),
            format,
            artifact: ArtifactRef { role, file, base: self.raw.base.as_str().into() },
            cell_id: self.raw.cell_id.take(),
            folder_is_cell: false,
            rounding,
            evidence: self.evidence,
            table: table.map(Box::new),
        })
    }

    fn into_eval(mut self: Box<Self>, file: u32, names: &FileNames<'_>) -> Fragment {
        self.eval.fill_lengths(&mut self.evidence);
        settle::settle(&mut self.raw, &mut self.evidence, names);
        settle::roles_only(&mut self.evidence.identity);
        self.evidence.evals = self.eval.scores();
        if self.evidence.evals.is_empty() {
            let told = "the evaluation reports no score that is a number";
            self.evidence.problem(Problem::warning(ProblemCode::LeftOut, "score", told));
        }
        Fragment {
            kind: FragmentKind::Attachment { attach: Attach::SameConfiguration, alone: true },
            format: SourceFormat::Eval,
            artifact: ArtifactRef {
                role: Role::AGG_EVAL_JSON,
                file,
                base: self.raw.base.as_str().into(),
            },
            cell_id: None,
            folder_is_cell: false,
            rounding: 0.0,
            evidence: self.evidence,
            table: None,
        }
    }

    fn metric(&self, stat: Stat, quantity: Quantity) -> Option<f64> {
        self.evidence.metrics.get(Metric::new(stat, quantity))
    }

    fn plain(&self, quantity: Quantity) -> Option<f64> {
        self.metric(Stat::Plain, quantity)
    }

    /// Stores a number that follows from others, unless the source states it.
    fn derive(&mut self, quantity: Quantity, value: Option<f64>, formula: &'static str) {
        if let Some(value) = value {
            let metric = Metric::plain(quantity);
            self.evidence.metrics.set_if_absent(metric, value, Origin::derived(formula));
        }
    }
}
