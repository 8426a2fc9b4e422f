//! Which cells may be compared: scenarios, and series of one configuration by load.

use std::collections::BTreeMap;

use inferguard_model::{Cell, CompletionStatus, Identity, Load, Metric, Topology};
use rustc_hash::FxHashMap;

use crate::annotate::Shortfall;
use crate::cache;
use crate::lengths::lengths;

/// Scenarios of a set of cells.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Scenarios {
    /// In order of their ids.
    pub scenarios: Vec<Scenario>,
    /// Cells that cannot be placed, with the reason: in no scenario, or in no series of theirs.
    pub unplaced: Vec<(usize, &'static str)>,
}

impl Scenarios {
    /// The scenario of a cell, by index.
    pub fn of_cell(&self, n_cells: usize) -> Vec<Option<usize>> {
        let mut of = vec![None; n_cells];
        for (at, scenario) in self.scenarios.iter().enumerate() {
            for cell in &scenario.cells {
                of[*cell] = Some(at);
            }
        }
        of
    }
}

/// Cells of one model and workload.
#[derive(Debug, Clone, PartialEq)]
pub struct Scenario {
    /// Readable and unique.
    pub id: String,
    /// Canonical model.
    pub model: String,
    /// Kind of workload.
    pub scenario_type: Option<String>,
    /// Input length, nominal or the lowest measured, tokens.
    pub isl: Option<u32>,
    /// Output length, tokens.
    pub osl: Option<u32>,
    /// Data set or trace.
    pub dataset: Option<String>,
    /// Its cells, in the order given.
    pub cells: Vec<usize>,
    /// Its series, by label and run.
    pub series: Vec<Series>,
}

/// What the load of a series counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LoadAxis {
    /// Requests or users in flight.
    Concurrency,
    /// Requested rate, requests/s.
    RequestRate,
}

impl LoadAxis {
    /// Name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Concurrency => "concurrency",
            Self::RequestRate => "request_rate",
        }
    }

    /// What one reads after the number: `64 users`.
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Concurrency => "users",
            Self::RequestRate => "req/s",
        }
    }
}

/// Cells of one configuration in one scenario and run, by load.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Readable and unique.
    pub id: String,
    /// Run.
    pub run: String,
    /// Short text for charts and tables.
    pub label: String,
    /// What the load counts.
    pub axis: LoadAxis,
    /// Load levels, ascending.
    pub points: Vec<Point>,
}

/// One load level.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Point {
    /// Lowest load of the level.
    pub load: f64,
    /// Repeats of the level, or its only cell.
    pub cells: Vec<usize>,
    /// Cells of the level without a success.
    pub left_out: Vec<usize>,
    /// What [`annotate`](crate::annotate::annotate) noticed.
    pub annotations: Vec<Annotation>,
}

/// Why a point does not stand for the system, or not as it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Annotation {
    /// The throughput is far below both neighbours, and the next level is as good as before.
    Suspect {
        /// Throughput that was judged.
        metric: Metric,
        /// Its value here.
        value: f64,
        /// At the level before.
        before: f64,
        /// At the level after.
        after: f64,
    },
    /// A timed run that ended early.
    Short {
        /// The cell.
        cell: usize,
        /// Its duration, seconds.
        duration: f64,
        /// Median duration of the series, seconds.
        median: f64,
    },
    /// Too few requests succeeded.
    Partial {
        /// The cell.
        cell: usize,
        /// Share of attempts that succeeded.
        success_rate: f64,
    },
    /// The load that was asked for was not reached.
    LoadNotAchieved {
        /// The cell.
        cell: usize,
        /// How it was missed.
        shortfall: Shortfall,
    },
}

/// Keys that tell configurations apart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct ConfigurationKey<'c> {
    hardware: Option<&'c str>,
    framework: Option<&'c str>,
    precision: Option<&'c str>,
    topology: Topology,
    spec_decoding: Option<&'c str>,
    offloading: Option<&'c str>,
    disagg: Option<bool>,
    is_multinode: Option<bool>,
    image: Option<&'c str>,
    harness: Option<&'c str>,
    recipe: Option<&'c str>,
    router: Option<&'c str>,
    kv_transfer: Option<&'c str>,
}

impl<'c> ConfigurationKey<'c> {
    fn of(identity: &'c Identity) -> Self {
        Self {
            hardware: identity.hardware.as_deref(),
            framework: identity.framework.as_deref(),
            precision: identity.precision.as_deref(),
            topology: identity.topology,
            spec_decoding: identity.spec_decoding.as_deref(),
            offloading: identity.offloading.as_deref(),
            disagg: identity.disagg,
            is_multinode: identity.is_multinode,
            image: identity.image.as_deref(),
            harness: identity.harness.as_deref(),
            recipe: identity.recipe_name.as_deref(),
            router: identity.router.as_deref(),
            kv_transfer: identity.kv_transfer.as_deref(),
        }
    }
}

/// Configuration, run, and what the load counts.
type SeriesKey<'c> = (ConfigurationKey<'c>, &'c str, LoadAxis);

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct ScenarioKey<'c> {
    model: &'c str,
    scenario_type: Option<&'c str>,
    lengths: Option<(u32, u32)>,
    dataset: Option<&'c str>,
    /// How requests are made where that is not the usual way.
    variant: Option<String>,
    /// Set where a key is unknown: unknown keys equal each other only within one run.
    run: Option<&'c str>,
}

/// Groups cells into scenarios and their series; the order of the cells does not matter but for
/// the order of the indices.
pub fn scenarios(cells: &[Cell]) -> Scenarios {
    let mut unplaced = Vec::new();
    let lengths = lengths(cells);
    let mut grouped: BTreeMap<ScenarioKey<'_>, Vec<usize>> = BTreeMap::new();
    for (index, cell) in cells.iter().enumerate() {
        match key(cell, lengths[index]) {
            Ok(key) => grouped.entry(key).or_default().push(index),
            Err(why) => unplaced.push((index, why)),
        }
    }
    let mut taken: BTreeMap<String, usize> = BTreeMap::new();
    let mut scenarios = Vec::new();
    for (key, members) in grouped {
        let mut id = scenario_id(&key);
        let count = taken.entry(id.clone()).or_insert(0);
        *count += 1;
        if *count > 1 {
            id = match key.run {
                Some(run) if run != "." => format!("{id}@{run}"),
                _ => format!("{id}~{count}"),
            };
        }
        let series = series(&id, &members, cells, &mut unplaced);
        scenarios.push(Scenario {
            id,
            model: key.model.to_owned(),
            scenario_type: key.scenario_type.map(str::to_owned),
            isl: key.lengths.map(|(isl, _)| isl),
            osl: key.lengths.map(|(_, osl)| osl),
            dataset: key.dataset.map(str::to_owned),
            cells: members,
            series,
        });
    }
    scenarios.sort_by(|a, b| a.id.cmp(&b.id));
    unplaced.sort_unstable();
    Scenarios { scenarios, unplaced }
}

fn key(cell: &Cell, lengths: Option<(u32, u32)>) -> Result<ScenarioKey<'_>, &'static str> {
    if !cell.has_result {
        return Err("no benchmark result was read for it");
    }
    let identity = &cell.evidence.identity;
    let model = identity.model.as_deref().ok_or("the model is not known")?;
    let dataset = identity.dataset.as_ref().map(|dataset| dataset.name.as_str());
    let scenario_type = identity.scenario_type.as_deref();
    let variant = variant(identity);
    let run = Some(cell.run.0.as_str());
    if scenario_type != Some("fixed-length") {
        let run = if dataset.is_some() { None } else { run };
        return Ok(ScenarioKey { model, scenario_type, lengths: None, dataset, variant, run });
    }
    if dataset.is_none() && lengths.is_none() {
        return Err("input and output lengths are not known");
    }
    // Lengths drawn from a data set are metrics and not keys.
    let lengths = if dataset.is_some() && identity.isl.is_none() { None } else { lengths };
    Ok(ScenarioKey { model, scenario_type, lengths, dataset, variant, run: None })
}

/// What sets requests apart from single ones that are streamed to their end.
fn variant(identity: &Identity) -> Option<String> {
    let mut parts = Vec::new();
    if identity.streaming == Some(false) {
        parts.push("non-streaming".to_owned());
    }
    if let Some(turns) = identity.turns {
        parts.push(format!("{turns}-turns"));
    }
    if let Some(share) = identity.cancellation {
        parts.push(format!("cancel-{}", (share * 1e4).round() / 1e2));
    }
    (!parts.is_empty()).then(|| parts.join("_"))
}

fn scenario_id(key: &ScenarioKey<'_>) -> String {
    let length = |n: u32| {
        if n >= 1024 && n.is_multiple_of(1024) { format!("{}k", n / 1024) } else { n.to_string() }
    };
    let mut id = key.model.to_owned();
    if let Some((isl, osl)) = key.lengths {
        let (isl, osl) = (length(isl), length(osl));
        let between = if isl.ends_with('k') { "" } else { "-" };
        id = format!("{id}_{isl}{between}{osl}");
    } else if let Some(kind) = key.scenario_type.filter(|kind| *kind != "fixed-length") {
        id = format!("{id}_{kind}");
    }
    if let Some(dataset) = key.dataset {
        id = format!("{id}_{}", dataset.rsplit('/').next().unwrap_or(dataset));
    }
    if let Some(variant) = &key.variant {
        id = format!("{id}_{variant}");
    }
    id
}

fn series(
    scenario: &str,
    members: &[usize],
    cells: &[Cell],
    unplaced: &mut Vec<(usize, &'static str)>,
) -> Vec<Series> {
    let mut grouped: FxHashMap<SeriesKey<'_>, Vec<(f64, usize)>> = FxHashMap::default();
    for index in members {
        let cell = &cells[*index];
        let identity = &cell.evidence.identity;
        let Some((axis, load)) = load(&identity.load) else {
            unplaced.push((*index, "the load level is not known"));
            continue;
        };
        if cache::offload_contradiction(cell).is_some() {
            unplaced.push((*index, cache::NOT_AS_CONFIGURED));
            continue;
        }
        let key = (ConfigurationKey::of(identity), cell.run.0.as_str(), axis);
        grouped.entry(key).or_default().push((load, *index));
    }
    join_unknown_harness(&mut grouped);
    let mut taken: BTreeMap<String, usize> = BTreeMap::new();
    // In the order of the keys, whatever the order of the cells was.
    let mut series: Vec<Series> = BTreeMap::from_iter(grouped)
        .into_iter()
        .map(|((_, run, axis), mut loads)| {
            loads.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            let label = label(&cells[loads[0].1].evidence.identity);
            let mut id = format!("{scenario}/{}", label.replace(' ', "-"));
            if run != "." {
                id = format!("{id}@{run}");
            }
            let count = taken.entry(id.clone()).or_insert(0);
            *count += 1;
            if *count > 1 {
                id = format!("{id}~{count}");
            }
            Series { id, run: run.to_owned(), label, axis, points: levels(&loads, cells) }
        })
        .collect();
    series.sort_by(|a, b| a.label.cmp(&b.label).then(a.id.cmp(&b.id)));
    series
}

/// Cells that do not say their harness go with those of the one harness that their run has.
fn join_unknown_harness<'c>(grouped: &mut FxHashMap<SeriesKey<'c>, Vec<(f64, usize)>>) {
    let without =
        |key: &SeriesKey<'c>| (ConfigurationKey { harness: None, ..key.0.clone() }, key.1, key.2);
    let (unknown, known): (Vec<_>, Vec<_>) =
        grouped.keys().cloned().partition(|key| key.0.harness.is_none());
    // Two harnesses: nothing tells which one it was.
    let mut only: FxHashMap<SeriesKey<'c>, Option<SeriesKey<'c>>> = FxHashMap::default();
    for key in known {
        only.entry(without(&key)).and_modify(|one| *one = None).or_insert(Some(key));
    }
    for key in unknown {
        if let Some(Some(only)) = only.remove(&key)
            && let Some(cells) = grouped.remove(&key)
        {
            grouped.entry(only).or_default().extend(cells);
        }
    }
}

fn load(load: &Load) -> Option<(LoadAxis, f64)> {
    load.concurrency
        .map(|n| (LoadAxis::Concurrency, f64::from(n)))
        .or(load.request_rate.map(|rate| (LoadAxis::RequestRate, rate)))
}

/// Short name of a configuration; image and recipe stand in the keys beside it.
pub fn label(identity: &Identity) -> String {
    let mut parts: Vec<String> = [&identity.hardware, &identity.framework, &identity.precision]
        .into_iter()
        .flatten()
        .cloned()
        .collect();
    let topology = identity.topology.label();
    if topology != "?" {
        parts.push(topology);
    }
    parts.extend(identity.spec_decoding.clone().filter(|spec| spec != "none"));
    let offloading = identity.offloading.as_deref().filter(|mode| *mode != "none");
    parts.extend(offloading.map(|mode| format!("offload {mode}")));
    if identity.disagg == Some(true) && identity.topology.prefill.num_gpu.is_none() {
        parts.push("disagg".into());
    }
    if parts.is_empty() { "unknown configuration".into() } else { parts.join(" ") }
}

fn levels(loads: &[(f64, usize)], cells: &[Cell]) -> Vec<Point> {
    let mut points: Vec<Point> = Vec::new();
    for (load, index) in loads {
        let failed = cells[*index].evidence.completion.status() == CompletionStatus::Failed;
        let point = match points.last_mut() {
            Some(point) if *load <= point.load * (1.0 + Load::SAME_LEVEL) => point,
            _ => {
                points.push(Point { load: *load, ..Point::default() });
                points.last_mut().expect("just pushed")
            }
        };
        if failed { point.left_out.push(*index) } else { point.cells.push(*index) }
    }
    points
}
