//! Makes one cell of the fragments that speak of it.

use inferguard_model::{
    ArtifactRef, Cell, Comparison, Completion, Ending, Evidence, Fragment, FragmentKind, Identity,
    MetricEntry, MetricRef, Origin, Place, Problem, ProblemCode, Quantity, Role, RoleTopology,
    SourceFormat, Timeline, Unit,
};

use crate::group::{SAME, close};
use crate::id;
use crate::place::Tree;
use crate::windows::Windows;

/// Merges a group of results, the primary one first.
pub(crate) fn merge(group: Vec<Fragment>, tree: &Tree<'_>) -> Cell {
    let stated_id = group.iter().find_map(|fragment| fragment.cell_id.clone());
    let mut fragments = group.into_iter();
    let first = fragments.next().expect("a group has a member");
    let mut cell = start(first, tree);
    if let Some(id) = stated_id {
        cell.id = id.into();
    }
    for fragment in fragments {
        add(&mut cell, fragment, tree);
    }
    cell
}

/// A cell of one fragment.
pub(crate) fn start(fragment: Fragment, tree: &Tree<'_>) -> Cell {
    let id = id::of(&fragment, tree);
    Cell {
        id: id.into(),
        format: fragment.format,
        has_result: matches!(fragment.kind, FragmentKind::Result(_)),
        artifacts: vec![fragment.artifact],
        evidence: fragment.evidence,
        rounding: fragment.rounding,
        ..Cell::default()
    }
}

/// Adds what a further fragment knows.
pub(crate) fn add(cell: &mut Cell, fragment: Fragment, tree: &Tree<'_>) {
    let is_result = matches!(fragment.kind, FragmentKind::Result(_));
    // Server metrics beside a result of another kind do not make it a trace replay.
    let is_agentic = !cell.has_result || cell.format == SourceFormat::AgentxAggregate;
    if fragment.format == SourceFormat::AgentxTraceReplay && (is_result || is_agentic) {
        cell.format = SourceFormat::AgentxTraceReplay;
    }
    // Nothing is in a rounded copy that is not in what it was made from.
    if let Some(exact) = fragment.artifact.role.exact_twin()
        && cell.artifacts.iter().any(|held| held.role == exact)
    {
        artifact_index(cell, &fragment.artifact);
        return;
    }
    let n_artifacts = cell.artifacts.len();
    let artifact = artifact_index(cell, &fragment.artifact);
    // The records of a result come with an artifact that is there already.
    let is_new = cell.artifacts.len() > n_artifacts;
    let is_copy = is_result && is_new && same_role(cell, &fragment, artifact);
    if is_copy {
        let told = format!("the same result as in {}", tree.path(&fragment.artifact));
        cell.evidence.problem(Problem::note(ProblemCode::Duplicate, "", told));
    }
    let explained = explanation(&fragment);
    let windows = Windows::of(cell, &fragment);
    let rounding = fragment.rounding;
    let Evidence {
        identity,
        completion,
        ending,
        metrics,
        evals,
        timeline,
        server,
        components,
        gpus,
        workers,
        worker_load: _,
        requests,
        slices,
        window_ns,
        window_local_ns,
        extra,
        problems,
    } = *fragment.evidence;
    fill_identity(&mut cell.evidence.identity, identity);
    fill_completion(cell, completion, artifact);
    for mut entry in metrics.into_entries() {
        entry.origin.artifact = artifact;
        add_metric(cell, entry, rounding, explained, windows);
    }
    let known = &mut cell.evidence;
    for score in evals {
        if !known.evals.contains(&score) {
            known.evals.push(score);
        }
    }
    match (&mut known.timeline, timeline) {
        (Some(held), Some(more)) => extend(held, more),
        (held @ None, more) => *held = more,
        _ => {}
    }
    // A run that one source calls cut off was cut off.
    if !matches!(known.ending, Some(Ending::Cut(_))) {
        known.ending = ending.or(known.ending.take());
    }
    known.server = known.server.take().or(server);
    if known.components.is_empty() {
        known.components = components;
    }
    known.requests = known.requests.take().or(requests);
    known.slices = known.slices.take().or(slices);
    known.window_ns = known.window_ns.or(window_ns);
    known.window_local_ns = known.window_local_ns.or(window_local_ns);
    known.gpus.extend(gpus);
    known.workers.extend(workers);
    for (key, value) in extra {
        if !known.extra.iter().any(|(held, _)| *held == key) {
            known.extra.push((key, value));
        }
    }
    // Copies repeat the remarks of the result that they copy.
    if !is_copy {
        known.problems.extend(problems.into_iter().map(|(_, problem)| (artifact, problem)));
    }
}

/// Adds samples in time order; samples without a time keep their place.
fn extend(held: &mut Timeline, more: Timeline) {
    let samples = &mut held.samples;
    samples.extend(more.samples);
    let places: Vec<_> = (0..samples.len()).filter(|at| samples[*at].at_ns.is_some()).collect();
    let mut timed: Vec<_> = places.iter().map(|at| std::mem::take(&mut samples[*at])).collect();
    timed.sort_by_key(|sample| sample.at_ns);
    for (at, sample) in places.into_iter().zip(timed) {
        samples[at] = sample;
    }
}

/// Index of the artifact among those of the cell, adding it when it is new.
fn artifact_index(cell: &mut Cell, artifact: &ArtifactRef) -> u16 {
    let same = |held: &ArtifactRef| held.file == artifact.file && held.base == artifact.base;
    let at = cell.artifacts.iter().position(same).unwrap_or_else(|| {
        cell.artifacts.push(artifact.clone());
        cell.artifacts.len() - 1
    });
    u16::try_from(at).unwrap_or(u16::MAX)
}

fn same_role(cell: &Cell, fragment: &Fragment, artifact: u16) -> bool {
    let artifact = usize::from(artifact);
    cell.artifacts
        .iter()
        .enumerate()
        .any(|(at, held)| at != artifact && held.role == fragment.artifact.role)
}

/// Documented rules by which a source may differ from the row it belongs to.
fn explanation(fragment: &Fragment) -> Option<&'static str> {
    (fragment.artifact.role == Role::METRICS_SERVER_METRICS_CSV).then_some(
        "the row takes the last value of counters that run since the server began; here it is what they gained during the load",
    )
}

fn add_metric(
    cell: &mut Cell,
    entry: MetricEntry,
    rounding: f64,
    explained: Option<&'static str>,
    windows: Option<Windows>,
) {
    let Some(held) = cell.evidence.metrics.entry(entry.metric).map(MetricRef::to_entry) else {
        cell.evidence.metrics.set(entry.metric, entry.value, entry.origin);
        return;
    };
    if held.origin.is_derived() && entry.origin.is_derived() {
        return;
    }
    cell.compared += 1;
    // Values of rounded rows agree within the step of the rounding.
    let step = rounding
        + cell.rounding
        + decimals(cell, &held)
        + if entry.origin.is_derived() { 0.0 } else { decimals(cell, &entry) };
    // A rate stays with the window that its cell has.
    let window = windows.and_then(|both| both.explain(entry.metric, held.value, entry.value));
    let explained = window.or(explained);
    let (kept, other) =
        if window.is_none() && held.origin.is_derived() && !entry.origin.is_derived() {
            // A stated number before a derived one.
            cell.evidence.metrics.set(entry.metric, entry.value, entry.origin.clone());
            (entry, held)
        } else {
            (held, entry)
        };
    // An error of x in TPOT is one of x / TPOT² in its reciprocal.
    let reciprocal = kept.metric.quantity == Quantity::Intvty;
    let step = if reciprocal { step + step * kept.value * kept.value } else { step };
    let apart = (kept.value - other.value).abs();
    if close(kept.value, other.value) || apart <= step * 1.000_001 + SAME {
        return;
    }
    cell.mismatches.push(Comparison {
        what: kept.metric.name(),
        kept: kept.value,
        other: other.value,
        other_origin: other.origin,
        explained,
    });
}

/// Half the last digit that a table of few decimals writes, in the unit of the metric inside.
fn decimals(cell: &Cell, entry: &MetricEntry) -> f64 {
    let role = cell.artifacts.get(usize::from(entry.origin.artifact)).map(|held| held.role);
    let half = match role {
        _ if entry.origin.is_derived() => return 0.0,
        Some(Role::AIPERF_CSV | Role::GENAI_PERF_CSV | Role::BENCHMARK_OUT) => 0.005,
        Some(Role::ROLLUP_CSV) => 0.0005,
        _ => return 0.0,
    };
    match (entry.metric.unit(), entry.metric.quantity) {
        // Milliseconds, except for the length of the run.
        (Unit::Seconds, quantity) if quantity != Quantity::Duration => half * 1e-3,
        _ => half,
    }
}

fn fill_completion(cell: &mut Cell, more: Completion, artifact: u16) {
    let held = &mut cell.evidence.completion;
    for (name, held, more) in [
        ("num_requests_total", &mut held.total, more.total),
        ("num_requests_successful", &mut held.successful, more.successful),
    ] {
        let (Some(kept), Some(other)) = (*held, more) else {
            *held = held.or(more);
            continue;
        };
        cell.compared += 1;
        if kept != other {
            cell.mismatches.push(Comparison {
                what: name.into(),
                kept: kept as f64,
                other: other as f64,
                other_origin: Origin { artifact, place: Place::Key(name) },
                explained: None,
            });
        }
    }
    held.warmup = held.warmup.or(more.warmup);
}

fn fill_identity(held: &mut Identity, more: Identity) {
    fn fill<T>(held: &mut Option<T>, more: Option<T>) {
        if held.is_none() {
            *held = more;
        }
    }
    fill(&mut held.hardware, more.hardware);
    fill(&mut held.model, more.model);
    fill(&mut held.framework, more.framework);
    fill(&mut held.precision, more.precision);
    fill(&mut held.spec_decoding, more.spec_decoding);
    fill(&mut held.as_written.hardware, more.as_written.hardware);
    fill(&mut held.as_written.model, more.as_written.model);
    fill(&mut held.as_written.framework, more.as_written.framework);
    fill(&mut held.as_written.precision, more.as_written.precision);
    fill(&mut held.scenario_type, more.scenario_type);
    fill(&mut held.recipe_name, more.recipe_name);
    fill(&mut held.recipe_fingerprint, more.recipe_fingerprint);
    fill(&mut held.harness, more.harness);
    fill(&mut held.model_prefix, more.model_prefix);
    fill(&mut held.image, more.image);
    fill(&mut held.offloading, more.offloading);
    fill(&mut held.router, more.router);
    fill(&mut held.kv_transfer, more.kv_transfer);
    fill(&mut held.role_hardware, more.role_hardware);
    fill(&mut held.disagg, more.disagg);
    fill(&mut held.is_multinode, more.is_multinode);
    fill(&mut held.streaming, more.streaming);
    fill(&mut held.turns, more.turns);
    fill(&mut held.cancellation, more.cancellation);
    // An agentic cell has no nominal lengths, whatever its eval's environment says.
    if held.scenario_type.as_deref() != Some("agentic-coding") {
        fill(&mut held.isl, more.isl);
        fill(&mut held.osl, more.osl);
    }
    fill(&mut held.dataset, more.dataset);
    fill(&mut held.load.concurrency, more.load.concurrency);
    fill(&mut held.load.request_rate, more.load.request_rate);
    // Parallelism is taken whole: parts of two sources do not make one deployment.
    if held.topology == inferguard_model::Topology::default() {
        held.topology = more.topology;
    } else if held.topology.prefill == RoleTopology::default()
        && held.topology.all == RoleTopology::default()
    {
        (held.topology.prefill, held.topology.all) = (more.topology.prefill, more.topology.all);
    }
}
