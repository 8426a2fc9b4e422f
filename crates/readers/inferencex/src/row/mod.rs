//! One object of a result file: a raw serving-benchmark result, a processed row of any
//! generation, or an aggregated eval row. Arrays may mix them.
//!
//! [`RowSink`] collects what the keys say as the document streams by; what depends on several keys
//! (generation, GPU count, derived rates) is settled when the object ends, in `fixed`, `agentic`
//! and `raw`.

mod agentic;
mod eval;
mod fixed;
mod gpus;
mod identity;
mod interactivity;
mod lists;
mod raw;

use inferguard_model::{
    ArtifactRef, Attach, Evidence, Fragment, FragmentKind, Metric, MetricEntry, MetricSet, Origin,
    Place, Problem, ProblemCode, Quantity, Rank, RequestTable, Role, Scalar, SourceFormat, Stat,
};
use inferguard_source::coerce;
use inferguard_source::json::{Container, Enter, JsonScalar, Pointer, Sink};

use crate::keys;
use crate::name::NameFacts;
use eval::EvalRow;
use identity::RawIdentity;
use lists::RequestLists;

/// Reads the objects of a document into fragments.
pub(crate) struct RowSink<'n> {
    file: u32,
    names: &'n Names,
    /// Depth of the objects: 0 for a single one, 1 in an array.
    depth: usize,
    /// Number of the document within a file of several.
    document: Option<usize>,
    row: Option<Row>,
    is_environment: bool,
    pub(crate) fragments: Vec<Fragment>,
    pub(crate) problems: Vec<Problem>,
}

/// What the names of the file and its folders say.
#[derive(Debug, Default)]
pub(crate) struct Names {
    pub(crate) file: NameFacts,
    pub(crate) folder: NameFacts,
    /// The folder that a person named: recipe of results that state none.
    pub(crate) recipe: Option<String>,
}

/// What one object said, before it is known what it is.
#[derive(Default)]
struct Row {
    base: String,
    evidence: Evidence,
    /// Numbers in order of the document, put into the evidence when the object ends.
    numbers: Vec<MetricEntry>,
    raw: RawIdentity,
    lists: RequestLists,
    eval: EvalRow,
    nested: bool,
    power_invalid: bool,
}

impl<'n> RowSink<'n> {
    pub(crate) fn new(file: u32, names: &'n Names, document: Option<usize>) -> Self {
        Self {
            file,
            names,
            depth: 0,
            document,
            row: None,
            is_environment: false,
            fragments: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// A sink for one object that describes an environment and measures nothing.
    pub(crate) fn environment(file: u32, names: &'n Names) -> Self {
        Self { is_environment: true, ..Self::new(file, names, None) }
    }

    /// The identity that the environment says.
    pub(crate) fn into_environment(self) -> Option<Evidence> {
        let mut row = self.row?;
        identity::settle(&mut row.raw, &mut row.evidence, self.names);
        Some(row.evidence)
    }

    fn finish(&mut self) {
        if self.is_environment {
            return;
        }
        let Some(row) = self.row.take() else { return };
        let base = row.base.clone();
        match row.into_fragment(self.file, self.names) {
            Some(fragment) => self.fragments.push(fragment),
            None => self.problems.push(Problem::warning(
                ProblemCode::LeftOut,
                base,
                "an object that is no benchmark result was left out",
            )),
        }
    }
}

impl Sink for RowSink<'_> {
    fn scalar(&mut self, at: &Pointer, value: JsonScalar<'_>) {
        let Some(row) = &mut self.row else {
            if at.depth() <= self.depth && value != JsonScalar::Null {
                let told = "an element that is no object was left out";
                self.problems.push(Problem::warning(ProblemCode::LeftOut, at.as_str(), told));
            }
            return;
        };
        if at.depth() == self.depth + 1 {
            row.member(at.last(), value);
        } else {
            let skip = row.base.len() + 1;
            row.nested_member(&at.as_str()[skip..], value);
        }
    }

    fn enter(&mut self, at: &Pointer, container: Container) -> Enter {
        match (&mut self.row, container) {
            (None, Container::Array) if at.depth() == 0 => {
                self.depth = 1;
                Enter::Walk
            }
            (None, Container::Array) => Enter::Skip,
            (None, Container::Object) => {
                let base = match self.document {
                    Some(n) => format!("/{n}{}", at.as_str()),
                    None => at.as_str().to_owned(),
                };
                // Pointers of a file of several documents count the documents first.
                let mut row = Row { base: at.as_str().to_owned(), ..Row::default() };
                row.numbers.reserve(64);
                row.raw.base = base;
                self.row = Some(row);
                Enter::Walk
            }
            (Some(row), _) => {
                let skip = (row.base.len() + 1).min(at.as_str().len());
                row.enter(&at.as_str()[skip..], container)
            }
        }
    }

    fn leave(&mut self, at: &Pointer, _: Container) {
        let Some(row) = &mut self.row else { return };
        if at.depth() == self.depth && at.as_str() == row.base {
            self.finish();
        } else {
            row.lists.leave(at.last());
        }
    }
}

impl Row {
    /// A scalar member of the object itself.
    fn member(&mut self, key: &str, value: JsonScalar<'_>) {
        if self.lists.element(key, value) {
            return;
        }
        if let Some((known, spelling)) = keys::known(key) {
            let place = spelling.map_or_else(|| Place::Path(key.into()), Place::Key);
            self.number(known, place, key, value);
            return;
        }
        let mut problems = Vec::new();
        let taken = self.raw.member(key, value, &mut self.evidence.identity, &mut problems)
            || self.eval.member(key, value, &mut problems);
        for problem in problems {
            self.evidence.problem(problem);
        }
        if taken {
            return;
        }
        match (key, value) {
            ("power_valid", _) => {
                let mut problems = Vec::new();
                self.power_invalid = coerce::boolean(value, key, &mut problems) == Some(false);
            }
            // Kept beside the known keys, but never texts of unknown keys that may be long, such
            // as prompts; the list of what is left out stays in the format pages.
            (_, JsonScalar::Str(text)) if text.len() > 256 => {}
            _ => self.extra(key, value),
        }
    }

    /// A scalar of a nested object: the nested agentic rows, and members that are objects.
    fn nested_member(&mut self, path: &str, value: JsonScalar<'_>) {
        let mut problems = Vec::new();
        if let Some(known) = agentic::nested_metric(path) {
            self.nested = true;
            self.number(known, Place::Path(path.into()), path, value);
        } else if self.raw.nested_member(path, value, &mut self.evidence.identity, &mut problems) {
            self.nested |= path.starts_with("request_accounting");
        } else if let Some(key) = path.strip_prefix("metrics/")
            && let Some((known, _)) = keys::known(key)
        {
            // Baselines of one fork nest the client's keys.
            self.number(known, Place::Path(path.into()), path, value);
        }
        for problem in problems {
            self.evidence.problem(problem);
        }
    }

    fn number(&mut self, known: keys::Known, place: Place, key: &str, value: JsonScalar<'_>) {
        let mut problems = Vec::new();
        if let Some(written) = coerce::number(value, key, &mut problems) {
            let value = if known.milliseconds { written / 1000.0 } else { written };
            let origin = Origin { artifact: 0, place };
            self.numbers.push(MetricEntry { metric: known.metric, value, origin });
        }
        for problem in problems {
            self.evidence.problem(problem);
        }
    }

    fn extra(&mut self, key: &str, value: JsonScalar<'_>) {
        if value != JsonScalar::Null {
            self.evidence.extra.push((key.into(), coerce::kept(value)));
        }
    }

    fn enter(&mut self, path: &str, container: Container) -> Enter {
        match container {
            Container::Array => self.lists.enter(path),
            Container::Object if agentic::wants_object(path) => Enter::Walk,
            Container::Object if matches!(path, "metrics" | "gpu") => Enter::Walk,
            Container::Object => Enter::Skip,
        }
    }

    fn into_fragment(mut self, file: u32, names: &Names) -> Option<Fragment> {
        self.evidence.metrics = MetricSet::from_entries(std::mem::take(&mut self.numbers));
        let rows_of = |row: &Self| row.raw.is_row() || row.evidence.metrics.get(TPUT).is_some();
        if self.eval.is_row() {
            return Some(self.into_eval(file, names));
        }
        let is_agentic = self.nested || self.raw.is_agentic(&self.evidence.identity);
        let (role, rank, format, rounding);
        let mut table: Option<RequestTable> = None;
        if is_agentic {
            (role, rank) = (Role::AGG_JSON, Rank::Row);
            rounding = agentic::finish(&mut self, names);
            format = SourceFormat::AgentxAggregate;
        } else if self.raw.is_raw() && !self.raw.is_row() {
            (role, rank, rounding) = (Role::RAW_JSON, Rank::Summary, 0.0);
            table = raw::finish(&mut self, names);
            format = SourceFormat::InferencexRaw;
        } else if rows_of(&self) {
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
        if self.power_invalid {
            self.evidence.problem(Problem::warning(
                ProblemCode::LeftOut,
                "power_valid",
                "the producer marks its power measurement as invalid; there are no power metrics",
            ));
        }
        Some(Fragment {
            kind: FragmentKind::Result(rank),
            format,
            artifact: ArtifactRef { role, file, base: self.raw.base.as_str().into() },
            cell_id: self.raw.cell_id.take(),
            folder_is_cell: false,
            rounding,
            evidence: self.evidence,
            table,
        })
    }

    fn into_eval(mut self, file: u32, names: &Names) -> Fragment {
        identity::settle(&mut self.raw, &mut self.evidence, names);
        self.evidence.evals = self.eval.scores();
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

const TPUT: Metric = Metric::plain(Quantity::TputPerGpu);

/// Keeps a text under a name of ours beside the known keys.
fn keep(evidence: &mut Evidence, key: &str, text: &str) {
    evidence.extra.push((key.into(), Scalar::Text(text.into())));
}
