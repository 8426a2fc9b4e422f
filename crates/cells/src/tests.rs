use inferguard_model::{
    ArtifactRef, Attach, Cell, Fragment, FragmentKind, Metric, Origin, Place, Quantity, Rank, Role,
    SourceFormat, Stat, Timeline, TimelineSample,
};

use crate::{Options, Tree, join, natural_order};

mod attached;
mod exports;
mod grouped;
mod ids;
mod merged;
mod order;

const TTFT: Metric = Metric::new(Stat::Mean, Quantity::Ttft);

/// A fragment and the path of its file.
#[derive(Debug, Clone)]
struct Piece {
    path: &'static str,
    fragment: Fragment,
}

fn piece(path: &'static str, kind: FragmentKind, role: Role, format: SourceFormat) -> Piece {
    let artifact = ArtifactRef { role, file: 0, base: "".into() };
    Piece {
        path,
        fragment: Fragment {
            kind,
            format,
            artifact,
            cell_id: None,
            folder_is_cell: false,
            rounding: 0.0,
            evidence: Box::default(),
            table: None,
        },
    }
}

/// A processed row.
fn row(path: &'static str) -> Piece {
    let kind = FragmentKind::Result(Rank::Row);
    piece(path, kind, Role::AGG_JSON, SourceFormat::InferencexStatic)
}

/// A raw result of the client.
fn raw(path: &'static str) -> Piece {
    let kind = FragmentKind::Result(Rank::Summary);
    piece(path, kind, Role::RAW_JSON, SourceFormat::InferencexRaw)
}

/// What the per-request lists of a raw result give.
fn records(path: &'static str) -> Piece {
    let kind = FragmentKind::Result(Rank::Records);
    piece(path, kind, Role::RAW_JSON, SourceFormat::InferencexRaw)
}

/// A row of an AgentX run.
fn agentic(path: &'static str) -> Piece {
    let kind = FragmentKind::Result(Rank::Row);
    piece(path, kind, Role::AGG_JSON, SourceFormat::AgentxAggregate)
}

/// The requests of an AgentX trace replay.
fn replay(path: &'static str) -> Piece {
    let kind = FragmentKind::Result(Rank::Records);
    let format = SourceFormat::AgentxTraceReplay;
    let mut piece = piece(path, kind, Role::DETAILED_RESULTS_CSV, format);
    piece.fragment.folder_is_cell = true;
    piece
}

fn attachment(path: &'static str, alone: bool, role: Role, format: SourceFormat) -> Piece {
    let kind = FragmentKind::Attachment { attach: Attach::Nearest, alone };
    piece(path, kind, role, format)
}

fn server_metrics(path: &'static str) -> Piece {
    let format = SourceFormat::AgentxTraceReplay;
    let mut piece = attachment(path, true, Role::METRICS_SERVER_METRICS_CSV, format);
    piece.fragment.folder_is_cell = true;
    piece
}

fn log(path: &'static str) -> Piece {
    attachment(path, false, Role::JOB_LOG, SourceFormat::Unknown)
}

/// A timeline with a sample at each of these times.
fn timeline(path: &'static str, times: &[Option<i64>]) -> Piece {
    let mut piece = attachment(path, true, Role::TIMELINE_JSONL, SourceFormat::Unknown);
    let sample =
        |at_ns: &Option<i64>| TimelineSample { at_ns: *at_ns, ..TimelineSample::default() };
    let samples = times.iter().map(sample).collect();
    piece.fragment.evidence.timeline = Some(Timeline { samples });
    piece
}

fn meta_env(path: &'static str) -> Piece {
    attachment(path, true, Role::META_ENV_JSON, SourceFormat::Eval)
}

/// A row of an aggregated eval table.
fn eval_row(path: &'static str) -> Piece {
    let kind = FragmentKind::Attachment { attach: Attach::SameConfiguration, alone: true };
    piece(path, kind, Role::AGG_EVAL_JSON, SourceFormat::Eval)
}

impl Piece {
    fn at(mut self, base: &str) -> Self {
        self.fragment.artifact.base = base.into();
        self
    }

    fn id(mut self, id: &str) -> Self {
        self.fragment.cell_id = Some(id.to_owned());
        self
    }

    fn conc(mut self, n: u32) -> Self {
        self.fragment.evidence.identity.load.concurrency = Some(n);
        self
    }

    fn model(mut self, model: &str) -> Self {
        self.fragment.evidence.identity.model = Some(model.to_owned());
        self
    }

    fn rounding(mut self, step: f64) -> Self {
        self.fragment.rounding = step;
        self
    }

    fn counts(mut self, total: u64, ok: u64) -> Self {
        self.fragment.evidence.completion.total = Some(total);
        self.fragment.evidence.completion.successful = Some(ok);
        self
    }

    /// A number that the source states.
    fn stated(mut self, metric: Metric, value: f64) -> Self {
        self.fragment.evidence.metrics.set(metric, value, Origin::key("key"));
        self
    }

    /// A number that we computed.
    fn derived(mut self, metric: Metric, value: f64) -> Self {
        self.fragment.evidence.metrics.set(metric, value, Origin::derived("formula"));
        self
    }

    /// Stated numbers of a run, all other than those of another run.
    fn run(self, x: f64) -> Self {
        numbers(x).into_iter().fold(self, |piece, (metric, value)| piece.stated(metric, value))
    }

    /// The same numbers, computed from records.
    fn recomputed(self, x: f64) -> Self {
        numbers(x).into_iter().fold(self, |piece, (metric, value)| piece.derived(metric, value))
    }
}

fn numbers(x: f64) -> [(Metric, f64); 5] {
    [
        (TTFT, x),
        (Metric::new(Stat::P99, Quantity::Ttft), 2.0 * x),
        (Metric::new(Stat::Mean, Quantity::E2el), 10.0 * x),
        (Metric::new(Stat::P99, Quantity::Tpot), x / 50.0),
        (Metric::plain(Quantity::OutputTput), 1000.0 * x),
    ]
}

fn joined(pieces: impl IntoIterator<Item = Piece>) -> Vec<Cell> {
    joined_with(pieces, Options::default())
}

fn joined_with(pieces: impl IntoIterator<Item = Piece>, options: Options) -> Vec<Cell> {
    let pieces: Vec<_> = pieces.into_iter().collect();
    let mut paths: Vec<String> = pieces.iter().map(|piece| piece.path.to_owned()).collect();
    paths.sort();
    paths.dedup();
    let of = |Piece { path, mut fragment }| {
        let file = paths.iter().position(|held| held == path).expect("listed");
        fragment.artifact.file = u32::try_from(file).expect("few files");
        fragment
    };
    let fragments = pieces.into_iter().map(of).collect();
    join(fragments, &Tree { paths: &paths, root_name: "root" }, options)
}

/// Ids in the order of the report.
fn ids(cells: &[Cell]) -> Vec<&str> {
    cells.iter().map(|cell| cell.id.as_ref()).collect()
}

/// Roles of a cell's artifacts, the result first.
fn roles(cell: &Cell) -> Vec<&'static str> {
    cell.artifacts.iter().map(|artifact| artifact.role.0).collect()
}

/// How many problems with this text a cell has.
fn told(cell: &Cell, text: &str) -> usize {
    cell.evidence.problems.iter().filter(|(_, problem)| problem.message.contains(text)).count()
}

fn ttft(cell: &Cell) -> Option<f64> {
    cell.evidence.metrics.get(TTFT)
}

/// The cell with this id.
fn of<'c>(cells: &'c [Cell], id: &str) -> &'c Cell {
    cells
        .iter()
        .find(|cell| &*cell.id == id)
        .unwrap_or_else(|| panic!("{id} among {:?}", ids(cells)))
}
