//! Samples of all ranks added up: by rank, by worker, by node, by role.

use std::collections::BTreeMap;

use inferguard_model::{
    Engine, GaugeKind, RankSeries, WorkerGauge, WorkerLoad, WorkerLog, WorkerRole,
};

use super::grid::{self, Grid};

/// What one series stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GroupBy {
    /// One data-parallel rank of one worker.
    Rank,
    /// One worker.
    Worker,
    /// All workers of a role on one node.
    Node,
    /// All workers of a role.
    Role,
}

/// Whose figures they are.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Group {
    /// Role.
    pub role: WorkerRole,
    /// Worker, for one or its ranks.
    pub worker: Option<u32>,
    /// Node, unless several are added up.
    pub node: Option<String>,
    /// Data-parallel rank.
    pub dp_rank: Option<u32>,
}

impl Group {
    /// `decode w1 DP3 on node-2`.
    pub fn label(&self) -> String {
        let worker = self.worker.map(|worker| format!(" w{worker}"));
        let rank = self.dp_rank.map(|rank| format!(" DP{rank}"));
        let node = self.node.as_ref().map(|node| format!(" on {node}"));
        [Some(self.role.name().to_owned()), worker, rank, node].into_iter().flatten().collect()
    }
}

/// Figures of a group on a grid.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupSeries {
    /// Whose.
    pub group: Group,
    /// Ranks that were added up.
    pub ranks: usize,
    /// Input tokens computed in each step; `None` where no line tells.
    pub input_tokens: Option<Vec<f64>>,
    /// Input tokens that came out of the prefix cache in each step.
    pub cached_tokens: Option<Vec<f64>>,
    /// Tokens generated in each step.
    pub generated_tokens: Option<Vec<f64>>,
    /// Requests preempted or retracted in each step.
    pub preempted: Option<Vec<f64>>,
    /// Levels added up over the ranks, and of shares the highest.
    pub held: BTreeMap<WorkerGauge, Vec<Option<f64>>>,
}

/// Levels and shares that are laid on a grid.
pub const HELD: [WorkerGauge; 8] = [
    WorkerGauge::Running,
    WorkerGauge::Queued,
    WorkerGauge::Preallocating,
    WorkerGauge::Transferring,
    WorkerGauge::Inflight,
    WorkerGauge::Retracted,
    WorkerGauge::KvUsage,
    WorkerGauge::KvReserved,
];

/// The figures of a cell's workers, in the order of the groups. All loads have windows of one
/// length, since they are one window on several clocks.
pub fn series(loads: &[WorkerLoad], by: GroupBy) -> Vec<GroupSeries> {
    let mut groups: BTreeMap<Group, GroupSeries> = BTreeMap::new();
    for load in loads {
        let Some(grid) = Grid::over(load.window_ns) else { continue };
        let log = &load.log;
        for (dp_rank, phases) in by_rank(log) {
            let one = matches!(by, GroupBy::Rank | GroupBy::Worker);
            let group = Group {
                role: log.role,
                worker: one.then_some(log.worker),
                node: (by == GroupBy::Node || by == GroupBy::Rank).then(|| log.node.to_string()),
                dp_rank: dp_rank.filter(|_| by == GroupBy::Rank),
            };
            let into = groups.entry(group.clone()).or_insert_with(|| GroupSeries {
                group,
                ranks: 0,
                input_tokens: None,
                cached_tokens: None,
                generated_tokens: None,
                preempted: None,
                held: BTreeMap::new(),
            });
            add(into, &phases, log.engine, &grid);
        }
    }
    let mut all: Vec<GroupSeries> = groups.into_values().collect();
    // A worker of one node is told with it.
    if by == GroupBy::Worker {
        for series in &mut all {
            let is = |load: &&WorkerLoad| {
                load.log.role == series.group.role && Some(load.log.worker) == series.group.worker
            };
            let mut nodes = loads.iter().filter(is).map(|load| &load.log.node);
            let first = nodes.next();
            series.group.node =
                first.filter(|first| nodes.all(|node| node == *first)).map(ToString::to_string);
        }
    }
    all
}

/// The series of each rank: one, or one for prompts and one for running requests.
pub(crate) fn by_rank(log: &WorkerLog) -> BTreeMap<Option<u32>, Vec<&RankSeries>> {
    let mut ranks: BTreeMap<Option<u32>, Vec<&RankSeries>> = BTreeMap::new();
    for series in log.ranks.iter().filter(|series| !series.is_empty()) {
        ranks.entry(series.dp_rank).or_default().push(series);
    }
    ranks
}

/// Adds a rank to a group.
fn add(into: &mut GroupSeries, phases: &[&RankSeries], engine: Option<Engine>, grid: &Grid) {
    into.ranks += phases.iter().map(|phase| phase.writers.max(1) as usize).max().unwrap_or(0);
    // The rate of a batch of SGLang is that of the batch before it: only its tokens are counted.
    let input_rate = (engine != Some(Engine::Sglang)).then_some(WorkerGauge::InputTput);
    for phase in phases {
        let tokens = |amount, rate| grid::tokens(phase, Some(amount), rate, grid);
        sum(&mut into.input_tokens, tokens(WorkerGauge::ComputedTokens, input_rate));
        sum(&mut into.cached_tokens, tokens(WorkerGauge::CachedTokens, None));
        let generated = tokens(WorkerGauge::GeneratedTokens, Some(WorkerGauge::GenerationTput));
        sum(&mut into.generated_tokens, generated);
        sum(&mut into.preempted, tokens(WorkerGauge::Preempted, None));
    }
    for gauge in HELD {
        let of_rank = phases.iter().filter(|phase| phase.has(gauge));
        // Lines of both phases tell the same batch and the same queue of a rank.
        let of_rank = of_rank.map(|phase| grid::held(phase, gauge, grid));
        let Some(values) = of_rank.reduce(|a, b| joined(a, &b, f64::max)) else { continue };
        let held = into.held.remove(&gauge);
        let how = if gauge.kind() == GaugeKind::Share { f64::max } else { |a, b| a + b };
        into.held.insert(gauge, held.map_or(values.clone(), |held| joined(held, &values, how)));
    }
}

fn joined(
    mut a: Vec<Option<f64>>,
    b: &[Option<f64>],
    how: fn(f64, f64) -> f64,
) -> Vec<Option<f64>> {
    for (a, b) in a.iter_mut().zip(b) {
        *a = match (*a, *b) {
            (Some(x), Some(y)) => Some(how(x, y)),
            (x, y) => x.or(y),
        };
    }
    a
}

fn sum(into: &mut Option<Vec<f64>>, more: Option<Vec<f64>>) {
    match (into, more) {
        (Some(into), Some(more)) => into.iter_mut().zip(more).for_each(|(a, b)| *a += b),
        (into @ None, more) => *into = more,
        _ => {}
    }
}
