//! Rates that contradict the number of GPUs.

use inferguard_analysis::annotate::AnnotationLimits;
use inferguard_analysis::limit::{keeps_to, reaches};
use inferguard_model::number::{exact, measure};
use inferguard_model::{Cell, Metric, Quantity, RoleTopology, Stat};
use inferguard_schema::Severity;
use serde_json::{Map, Value, json};

use crate::{CellCheck, Context, FindingMeta, Outcome, Threshold};

/// The check.
pub(crate) struct GpuCountSuspect;

const MAX_DEVIATION: Threshold = Threshold {
    name: "max_deviation",
    default: 0.01,
    unit: "0..1",
    about: "How far rates per GPU may be from adding up, as a share; exactly this is clear. None of 886 non-disaggregated rows of public archives is off by 1 %.",
};

const LOWEST_LITTLE: Threshold = Threshold {
    name: "lowest_little",
    default: 0.8,
    unit: "ratio",
    about: "Lowest concurrency × OSL ÷ (mean E2EL × output tokens/s); exactly this is clear. Real rows lie at 0.95 and above.",
};

const HIGHEST_LITTLE: Threshold = Threshold {
    name: "highest_little",
    default: 1.5,
    unit: "ratio",
    about: "Highest value of the same; short runs and disaggregated rows lie up to 1.25, as their load is not held from start to end.",
};

const META: FindingMeta = FindingMeta {
    code: "gpu_count_suspect",
    summary: "The rates of a cell contradict its number of GPUs.",
    severity: "warning",
    doc: include_str!("gpu_count_suspect.md"),
    since: "0.1.0",
    thresholds: &[MAX_DEVIATION, LOWEST_LITTLE, HIGHEST_LITTLE],
};

const NOTHING_TO_COMPARE: &str = "the source states no rates per GPU, no parallelism to count by, and not what Little's law needs";

impl CellCheck for GpuCountSuspect {
    fn meta(&self) -> &FindingMeta {
        &META
    }

    fn look(&self, context: &Context<'_>, index: usize) -> Outcome {
        look(context, index)
    }
}

/// A ratio that is 1 when the numbers agree.
struct Ratio {
    name: &'static str,
    value: f64,
    lowest: f64,
    highest: f64,
    /// What is said when it is beyond; empty when it is not, which is nearly always.
    told: String,
}

impl Ratio {
    fn new(
        name: &'static str,
        value: f64,
        (lowest, highest): (f64, f64),
        told: impl FnOnce() -> String,
    ) -> Self {
        let told = if within(value, lowest, highest) { String::new() } else { told() };
        Self { name, value, lowest, highest, told }
    }
}

fn look(context: &Context<'_>, index: usize) -> Outcome {
    let cell = &context.cells[index];
    let deviation = context.limit(&META, &MAX_DEVIATION);
    let near_one = (1.0 - deviation, 1.0 + deviation);
    let little = (context.limit(&META, &LOWEST_LITTLE), context.limit(&META, &HIGHEST_LITTLE));
    let ratios = [
        parts(cell, near_one),
        stated(cell, near_one),
        parallelism(cell, near_one),
        littles_law(cell, little),
    ];
    let known: Vec<Ratio> = ratios.into_iter().flatten().collect();
    if known.is_empty() {
        return Outcome::not_evaluated(index, NOTHING_TO_COMPARE);
    }
    let beyond: Vec<&Ratio> =
        known.iter().filter(|ratio| !within(ratio.value, ratio.lowest, ratio.highest)).collect();
    if beyond.is_empty() {
        return Outcome::clear(index);
    }
    let told: Vec<&str> = beyond.iter().map(|ratio| ratio.told.as_str()).collect();
    let each = |of: fn(&Ratio) -> Value| -> Map<String, Value> {
        beyond.iter().map(|ratio| (ratio.name.to_owned(), of(ratio))).collect()
    };
    Outcome::fired(
        Some(index),
        Severity::Warning,
        told.join("; "),
        [
            ("observed", each(|ratio| json!(ratio.value)).into()),
            ("limit", each(|ratio| json!([ratio.lowest, ratio.highest])).into()),
            ("num_gpus", json!(cell.evidence.metrics.get(Metric::plain(Quantity::NumGpus)))),
            ("concurrency", json!(cell.evidence.identity.load.concurrency)),
            ("artifacts", context.paths(cell)),
        ],
    )
}

fn within(value: f64, lowest: f64, highest: f64) -> bool {
    reaches(value, lowest) && keeps_to(value, highest)
}

fn plain(cell: &Cell, quantity: Quantity) -> Option<f64> {
    cell.evidence.metrics.get(Metric::plain(quantity)).filter(|value| *value > 0.0)
}

/// A number of the source; what we derived from the GPU count agrees with it by construction.
fn written(cell: &Cell, quantity: Quantity) -> Option<f64> {
    let entry = cell.evidence.metrics.entry(Metric::plain(quantity))?;
    (!entry.origin.is_derived() && entry.value > 0.0).then_some(entry.value)
}

/// Input + output against total, per GPU.
///
/// Disaggregated rows divide input by prefill GPUs and output by decode GPUs; older ones, and
/// those without decode GPUs, divide both by all GPUs.
fn parts(cell: &Cell, (lowest, highest): (f64, f64)) -> Option<Ratio> {
    let total = written(cell, Quantity::TputPerGpu)?;
    let input = written(cell, Quantity::InputTputPerGpu)?;
    let output = written(cell, Quantity::OutputTputPerGpu)?;
    let topology = &cell.evidence.identity.topology;
    let plain = (input + output) / total;
    let is_one = |ratio: f64| within(ratio, lowest, highest);
    let roles = topology.prefill.num_gpu.zip(topology.decode.num_gpu);
    let value = match roles.map(|(p, d)| (f64::from(p), f64::from(d))) {
        Some((p, d)) if !is_one(plain) && p > 0.0 && d > 0.0 => {
            (input * p + output * d) / (total * (p + d))
        }
        // Without the split of the GPUs nothing follows.
        None if !is_one(plain)
            && (cell.evidence.identity.disagg == Some(true) || topology.prefill.tp.is_some()) =>
        {
            return None;
        }
        _ => plain,
    };
    Some(Ratio::new("parts_of_total", value, (lowest, highest), || {
        format!("input + output tokens/s are {} × the total, per GPU", measure(value))
    }))
}

/// Stated total ÷ stated total per GPU against the number of GPUs.
fn stated(cell: &Cell, limits: (f64, f64)) -> Option<Ratio> {
    let total = written(cell, Quantity::TotalTput)?;
    let per_gpu = written(cell, Quantity::TputPerGpu)?;
    let gpus = plain(cell, Quantity::NumGpus)?;
    let implied = total / per_gpu;
    Some(Ratio::new("implied_gpus", implied / gpus, limits, || {
        format!(
            "tokens/s ÷ tokens/s per GPU is {} GPUs, and {} are counted",
            measure(implied),
            exact(gpus)
        )
    }))
}

/// Stated GPUs against those that the stated parallelism takes: workers × TP × PP × DP of each role.
///
/// Only where DP is stated, which says that its ranks have GPUs of their own.
fn parallelism(cell: &Cell, limits: (f64, f64)) -> Option<Ratio> {
    let gpus = written(cell, Quantity::NumGpus)?;
    let topology = &cell.evidence.identity.topology;
    let taken = |role: &RoleTopology| {
        let one = role.tp?.checked_mul(role.pp.unwrap_or(1))?.checked_mul(role.dp?)?;
        one.checked_mul(role.num_workers?)
    };
    let known = |role: &RoleTopology| *role != RoleTopology::default();
    let roles = [topology.all, topology.prefill, topology.decode];
    let needed = roles
        .iter()
        .filter(|role| known(role))
        .map(taken)
        .try_fold(0, |sum, role| u32::checked_add(sum, role?));
    let needed = needed.filter(|n| *n > 0)?;
    Some(Ratio::new("gpus_of_parallelism", gpus / f64::from(needed), limits, || {
        format!(
            "{} GPUs are stated, and workers × TP × PP × DP take {}",
            exact(gpus),
            exact(f64::from(needed))
        )
    }))
}

/// Little's law: concurrency × OSL = mean E2EL × output tokens/s, in a closed loop of fixed-length
/// requests without think time.
fn littles_law(cell: &Cell, limits: (f64, f64)) -> Option<Ratio> {
    let identity = &cell.evidence.identity;
    // Failed requests hold places in flight and give no tokens.
    let failing = cell.evidence.completion.success_rate();
    if identity.scenario_type.as_deref() != Some("fixed-length")
        || identity.load.request_rate.is_some()
        || failing.is_some_and(|rate| rate < AnnotationLimits::DEFAULT.success_rate)
    {
        return None;
    }
    let asked = f64::from(identity.load.concurrency?);
    let mean = |quantity| cell.evidence.metrics.get(Metric::new(Stat::Mean, quantity));
    let e2el = mean(Quantity::E2el).filter(|e2el| *e2el > 0.0)?;
    let osl = mean(Quantity::Osl).or_else(|| {
        let tpot = mean(Quantity::Tpot).filter(|tpot| *tpot > 0.0)?;
        Some((e2el - mean(Quantity::Ttft)?) / tpot + 1.0)
    })?;
    let rate = cell.evidence.metrics.entry(Metric::plain(Quantity::OutputTput))?;
    let value = asked * osl / (e2el * rate.value);
    if !value.is_finite() || value <= 0.0 {
        return None;
    }
    // A stated rate of the system owes nothing to the GPU count.
    let owes = rate.origin.is_derived() && plain(cell, Quantity::NumGpus).is_some();
    Some(Ratio::new("littles_law", value, limits, || littles_causes(value, owes)))
}

/// What a ratio of Little's law that is off may come from.
fn littles_causes(value: f64, owes_to_gpu_count: bool) -> String {
    let (fold, gpus, load) = if value > 1.0 {
        (value, "too few", "too high")
    } else {
        (value.recip(), "too many", "too low")
    };
    let fold = measure(fold);
    let mut causes = if owes_to_gpu_count {
        format!("{fold} × {gpus} GPUs are counted, or the concurrency is {fold} × {load}")
    } else {
        format!("the concurrency is {fold} × {load}, or a rate or latency is wrong")
    };
    if value > 1.0 {
        causes += ", or it was not held";
    }
    format!("concurrency × OSL is {} × mean E2EL × output tokens/s: {causes}", measure(value))
}
