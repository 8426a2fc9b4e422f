//! Reports of llm-d: which files speak of one point, which load generators ran at the same time,
//! and which reports are of one sweep.

use inferguard_model::{
    Cell, Fragment, Metric, MetricSet, Origin, Problem, ProblemCode, Quantity, ReportName, Role,
    RunFolder, Scalar, SourceFormat, Stat, Topology,
};
use rustc_hash::FxHashMap;

use crate::place::{Tree, base_name, parent};

/// Version of the schema that a report's name states; nothing for v0.1 and for other files.
pub(crate) fn version<'t>(fragment: &Fragment, tree: &Tree<'t>) -> Option<&'t str> {
    if fragment.format != SourceFormat::LlmdBenchmark {
        return None;
    }
    ReportName::parse(tree.name(&fragment.artifact))?.version
}

/// The number of the benchmark that a report is of. Guidellm's file without a number is its first.
pub(crate) fn index(fragment: &Fragment, name: &ReportName<'_>) -> Option<u32> {
    let first = fragment.evidence.identity.harness.as_deref() == Some("guidellm");
    name.index.or(first.then_some(0))
}

/// Joins reports of several versions that were made of one file of the harness, and that file.
pub(crate) fn by_report(
    results: &[Fragment],
    tree: &Tree<'_>,
    join: &mut impl FnMut(usize, usize),
) {
    let mut seen: FxHashMap<(&str, &str, u32), usize> = FxHashMap::default();
    for (at, result) in results.iter().enumerate() {
        if result.artifact.role == Role::BENCHMARK_REPORT
            && let Some(name) = ReportName::parse(tree.name(&result.artifact))
        {
            let key = (tree.folder(&result.artifact), name.native, name.index.unwrap_or(0));
            let first = *seen.entry(key).or_insert(at);
            join(first, at);
        }
    }
    if seen.is_empty() {
        return;
    }
    for (at, result) in results.iter().enumerate() {
        let is_report = result.artifact.role == Role::BENCHMARK_REPORT;
        if is_report || !result.artifact.base.is_empty() {
            continue;
        }
        let folder = tree.folder(&result.artifact);
        // An analysis of the run moves the harness's files there.
        let above = if base_name(folder) == "analysis" { parent(folder) } else { folder };
        if let Some(report) = seen.get(&(above, tree.name(&result.artifact), 0)) {
            join(*report, at);
        }
    }
}

/// The run of a report: its sweep, which is the folder above that of the load generator, without
/// the `results` between. Where nothing tells configurations apart, the stages of one load
/// generator, and of its repeats.
pub(crate) fn run(cell: &Cell, tree: &Tree<'_>, stages: usize) -> Option<String> {
    let folder = tree.folder(&cell.artifacts[0]);
    if folder.is_empty() {
        return None;
    }
    let is_unknown = cell.evidence.identity.topology == Topology::default();
    let above = parent(folder);
    if is_unknown && stages >= 2 {
        let treatment = RunFolder::parse(base_name(folder)).treatment;
        return Some(if above.is_empty() { treatment } else { format!("{above}/{treatment}") });
    }
    let sweep = if base_name(above) == "results" { parent(above) } else { above };
    (!sweep.is_empty()).then(|| sweep.to_owned())
}

/// Makes one cell of the reports of load generators that ran at the same time against the same
/// servers: `…_1` to `…_N` of one run.
pub(crate) fn pool_parallel(cells: Vec<Cell>, tree: &Tree<'_>) -> Vec<Cell> {
    if cells.iter().all(|cell| cell.format != SourceFormat::LlmdBenchmark) {
        return cells;
    }
    let mut groups: FxHashMap<(&str, &str, &str, u32), usize> = FxHashMap::default();
    let mut pooled: Vec<Vec<Cell>> = Vec::with_capacity(cells.len());
    for cell in cells {
        match pod(&cell, tree) {
            Some(key) => match groups.get(&key) {
                Some(at) if of_one_experiment(&pooled[*at][0], &cell) => pooled[*at].push(cell),
                _ => {
                    groups.insert(key, pooled.len());
                    pooled.push(vec![cell]);
                }
            },
            None => pooled.push(vec![cell]),
        }
    }
    pooled.into_iter().map(|pods| pool(pods, tree)).collect()
}

/// What load generators of one run have in common.
fn pod<'t>(cell: &Cell, tree: &Tree<'t>) -> Option<(&'t str, &'t str, &'t str, u32)> {
    if cell.format != SourceFormat::LlmdBenchmark {
        return None;
    }
    let artifact = &cell.artifacts[0];
    let folder = tree.folder(artifact);
    let (bare, _) = RunFolder::parse(base_name(folder)).pod?;
    let name = ReportName::of_artifact(tree.name(artifact))?;
    // The serving benchmark stamps its files with the time, to the second.
    let native = match name.native.rsplit_once('-') {
        Some((rest, _)) if name.native.starts_with("vllm") || name.native.starts_with("openai") => {
            rest.rsplit_once('-').map_or(rest, |(rest, _)| rest)
        }
        _ => name.native,
    };
    Some((parent(folder), bare, native, name.index.unwrap_or(0)))
}

fn extra<'c>(cell: &'c Cell, key: &str) -> Option<&'c Scalar> {
    cell.evidence.extra.iter().find(|(held, _)| &**held == key).map(|(_, value)| value)
}

fn of_one_experiment(a: &Cell, b: &Cell) -> bool {
    let id = |cell| extra(cell, "experiment_id");
    id(a).is_none() || id(b).is_none() || id(a) == id(b)
}

fn pool(mut pods: Vec<Cell>, tree: &Tree<'_>) -> Cell {
    let n = pods.len();
    let parallel = match extra(&pods[0], "parallel_load_pods") {
        Some(Scalar::Int(pods)) => usize::try_from(*pods).unwrap_or(1),
        _ => 1,
    };
    let mut cell = if n == 1 { pods.remove(0) } else { added(pods, tree) };
    if parallel > n {
        let told = format!(
            "{n} of {parallel} load generators that ran at the same time left a report: rates and load are those of {n}"
        );
        cell.evidence.problem(Problem::warning(ProblemCode::Truncated, "", told));
    }
    if cell.artifacts.first().is_some_and(|result| result.role == Role::NATIVE_RESULT) {
        let told = "read from inference-perf's own file: there is no report of it, which would say the model, the engine and its GPUs";
        cell.evidence.problem(Problem::note(ProblemCode::LeftOut, "", told));
    }
    cell
}

/// What is added over load generators; the GPUs behind them are the same.
const ADDED: [Quantity; 10] = [
    Quantity::TotalTput,
    Quantity::InputTput,
    Quantity::OutputTput,
    Quantity::TputPerGpu,
    Quantity::InputTputPerGpu,
    Quantity::OutputTputPerGpu,
    Quantity::SystemOutputTputPerGpu,
    Quantity::Qps,
    Quantity::SentRate,
    Quantity::AchievedConcurrency,
];

/// What is measured of each request.
const OF_REQUESTS: [Quantity; 6] =
    [Quantity::Ttft, Quantity::Tpot, Quantity::Itl, Quantity::E2el, Quantity::Isl, Quantity::Osl];

fn added(pods: Vec<Cell>, tree: &Tree<'_>) -> Cell {
    let n = pods.len();
    let metrics = pooled_metrics(&pods);
    let mut rest = pods.into_iter();
    let Some(mut cell) = rest.next() else { return Cell::default() };
    cell.evidence.metrics = metrics;
    let folder = tree.folder(&cell.artifacts[0]);
    if let Some((bare, _)) = RunFolder::parse(base_name(folder)).pod {
        let name = cell.id.rsplit('/').next().unwrap_or(&cell.id).to_owned();
        let above = parent(folder);
        let between = if above.is_empty() { "" } else { "/" };
        cell.id = format!("{above}{between}{bare}/{name}").into();
    }
    for pod in rest {
        let (held, more) = (&mut cell.evidence, pod.evidence);
        let add = |a: Option<u64>, b: Option<u64>| a.zip(b).and_then(|(a, b)| a.checked_add(b));
        held.completion.total = add(held.completion.total, more.completion.total);
        held.completion.successful = add(held.completion.successful, more.completion.successful);
        let (load, other) = (&mut held.identity.load, more.identity.load);
        let users = load.concurrency.zip(other.concurrency);
        load.concurrency = users.and_then(|(a, b)| a.checked_add(b));
        load.request_rate = load.request_rate.zip(other.request_rate).map(|(a, b)| a + b);
        held.window_ns = match (held.window_ns, more.window_ns) {
            (Some(ours), Some(theirs)) => Some((ours.0.min(theirs.0), ours.1.max(theirs.1))),
            _ => None,
        };
        let first = u16::try_from(cell.artifacts.len()).unwrap_or(u16::MAX);
        held.problems
            .extend(more.problems.into_iter().map(|(at, p)| (at.saturating_add(first), p)));
        cell.mismatches.extend(pod.mismatches);
        cell.compared += pod.compared;
        cell.artifacts.extend(pod.artifacts);
    }
    per_user(&mut cell);
    let told = format!(
        "{n} load generators ran at the same time: their rates and loads are added, their latencies weighted by requests; percentiles are means of theirs, not those of all requests"
    );
    cell.evidence.problem(Problem::note(ProblemCode::Corrected, "", told));
    cell
}

fn pooled_metrics(pods: &[Cell]) -> MetricSet {
    let weights: Option<Vec<f64>> = pods
        .iter()
        .map(|pod| pod.evidence.completion.successful.filter(|n| *n > 0).map(|n| n as f64))
        .collect();
    let mut metrics = MetricSet::default();
    for entry in &pods[0].evidence.metrics {
        let Metric { stat, quantity } = entry.metric;
        let values: Option<Vec<f64>> =
            pods.iter().map(|pod| pod.evidence.metrics.get(entry.metric)).collect();
        let weighted = |values: &[f64]| {
            let weights = weights.as_ref()?;
            let sum: f64 = values.iter().zip(weights).map(|(value, weight)| value * weight).sum();
            Some(sum / weights.iter().sum::<f64>())
        };
        let extreme = |pick: fn(f64, f64) -> f64| values.iter().flatten().copied().reduce(pick);
        let (value, formula) = match (quantity, stat) {
            (quantity, Stat::Plain) if ADDED.contains(&quantity) => {
                let sum = values.as_deref().map(|values| values.iter().sum());
                (sum, "sum over parallel load generators")
            }
            (Quantity::Duration, _) => (extreme(f64::max), "longest of parallel load generators"),
            (quantity, stat) if OF_REQUESTS.contains(&quantity) => match stat {
                Stat::Min => (extreme(f64::min), "lowest of parallel load generators"),
                Stat::Max => (extreme(f64::max), "highest of parallel load generators"),
                Stat::Mean => (
                    values.as_deref().and_then(weighted),
                    "mean of parallel load generators, weighted by requests",
                ),
                Stat::Percentile(_) => (
                    values.as_deref().and_then(weighted),
                    "mean of the percentiles of parallel load generators, weighted by requests",
                ),
                // The spread of all is not that of parts.
                Stat::Std | Stat::Plain => continue,
            },
            // Both follow from what was pooled.
            (Quantity::Intvty | Quantity::TputPerUser, _) => continue,
            _ => {
                metrics.set(entry.metric, entry.value, entry.origin.clone());
                continue;
            }
        };
        if let Some(value) = value {
            metrics.set(entry.metric, value, Origin::derived(formula));
        }
    }
    metrics
}

/// Rates of a user, from what was pooled.
fn per_user(cell: &mut Cell) {
    let load = cell.evidence.identity.load;
    let metrics = &mut cell.evidence.metrics;
    let of_tpot: Vec<(Stat, f64)> = metrics
        .iter()
        .filter(|entry| entry.metric.quantity == Quantity::Tpot && entry.value > 0.0)
        .filter(|entry| matches!(entry.metric.stat, Stat::Mean | Stat::Percentile(_)))
        .map(|entry| (entry.metric.stat, 1.0 / entry.value))
        .collect();
    for (stat, value) in &of_tpot {
        let origin = Origin::derived("1 / tpot of the same statistic");
        metrics.set(Metric::new(*stat, Quantity::Intvty), *value, origin);
    }
    for (wanted, from) in [(Stat::P50, "p50_intvty"), (Stat::Mean, "mean_intvty")] {
        if let Some((_, value)) = of_tpot.iter().find(|(stat, _)| *stat == wanted) {
            let metric = Metric::plain(Quantity::Intvty);
            metrics.set_if_absent(metric, *value, Origin::derived(from));
        }
    }
    let users = load.concurrency.filter(|_| load.request_rate.is_none()).map(f64::from);
    if let Some((rate, users)) = metrics.get(Metric::plain(Quantity::OutputTput)).zip(users) {
        let origin = Origin::derived("output_tput_tps / concurrency");
        metrics.set(Metric::plain(Quantity::TputPerUser), rate / users, origin);
    }
}
