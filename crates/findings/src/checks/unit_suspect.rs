//! Latencies that cannot all be in the unit that they are taken for.

use inferguard_analysis::limit::{keeps_to, reaches};
use inferguard_model::number::measure;
use inferguard_model::{Cell, Metric, Quantity, Stat};
use inferguard_schema::Severity;
use serde_json::{Value, json};

use crate::{CellCheck, Context, FindingMeta, Outcome, Threshold};

/// The check.
pub(crate) struct UnitSuspect;

const MAX_RATIO: Threshold = Threshold {
    name: "max_ratio",
    default: 5.0,
    unit: "ratio",
    about: "How far mean TPOT × (OSL − 1) + mean TTFT may be from mean E2EL, in either direction; exactly this ratio fires. Means of real cells agree within a quarter; a wrong unit is a factor of 1,000.",
};

const META: FindingMeta = FindingMeta {
    code: "unit_suspect",
    summary: "Latencies of a cell contradict each other as a wrong unit does.",
    severity: "warning",
    doc: include_str!("unit_suspect.md"),
    since: "0.1.0",
    thresholds: &[MAX_RATIO],
};

const NOTHING_TO_COMPARE: &str = "no two latencies that are bound to each other are known";

impl CellCheck for UnitSuspect {
    fn meta(&self) -> &FindingMeta {
        &META
    }

    fn look(&self, context: &Context<'_>, index: usize) -> Outcome {
        look(context, index)
    }
}

/// What is compared.
#[derive(Clone, Copy)]
enum Name {
    Of(Metric),
    ReciprocalOf(Metric),
    Sum(&'static str),
}

impl Name {
    fn text(self) -> String {
        match self {
            Self::Of(metric) => metric.label(),
            Self::ReciprocalOf(metric) => format!("1 / {}", metric.label()),
            Self::Sum(text) => text.to_owned(),
        }
    }
}

/// What one comparison of a cell gave.
struct Compared {
    names: [Name; 2],
    /// The first ÷ the second.
    ratio: f64,
    limit: &'static str,
    is_wrong: bool,
}

fn look(context: &Context<'_>, index: usize) -> Outcome {
    let cell = &context.cells[index];
    let compared = tails(cell)
        .chain(parts(cell))
        .chain(reciprocals(cell))
        .chain(sum(cell, context.limit(&META, &MAX_RATIO)));
    let mut is_compared = false;
    let wrong: Vec<Compared> =
        compared.inspect(|_| is_compared = true).filter(|one| one.is_wrong).collect();
    if wrong.is_empty() {
        return if is_compared {
            Outcome::clear(index)
        } else {
            Outcome::not_evaluated(index, NOTHING_TO_COMPARE)
        };
    }
    let told: Vec<String> = wrong
        .iter()
        .map(|one| {
            let [first, second] = one.names.map(Name::text);
            format!("{first} is {} × {second}", measure(one.ratio))
        })
        .collect();
    let contradictions: Vec<Value> = wrong
        .iter()
        .map(|one| json!({"compared": one.names.map(Name::text), "observed": one.ratio, "limit": one.limit}))
        .collect();
    Outcome::fired(
        Some(index),
        Severity::Warning,
        told.join("; "),
        [
            ("contradictions", json!(contradictions)),
            ("max_ratio", json!(context.limit(&META, &MAX_RATIO))),
            ("artifacts", context.paths(cell)),
        ],
    )
}

fn get(cell: &Cell, metric: Metric) -> Option<f64> {
    cell.evidence.metrics.get(metric).filter(|value| *value > 0.0)
}

/// p99 against the median.
fn tails(cell: &Cell) -> impl Iterator<Item = Compared> {
    let latencies = [Quantity::Ttft, Quantity::Tpot, Quantity::Itl, Quantity::E2el];
    let compare = |quantity| {
        let (tail, middle) = (Metric::new(Stat::P99, quantity), Metric::new(Stat::P50, quantity));
        let ratio = get(cell, tail)? / get(cell, middle)?;
        let names = [Name::Of(tail), Name::Of(middle)];
        Some(Compared { names, ratio, limit: "at least 1", is_wrong: is_below_one(ratio) })
    };
    latencies.into_iter().filter_map(compare)
}

/// E2EL against the TTFT that is a part of it.
fn parts(cell: &Cell) -> impl Iterator<Item = Compared> {
    [Stat::Mean, Stat::P50, Stat::P99].into_iter().filter_map(|stat| {
        let (whole, part) = (Metric::new(stat, Quantity::E2el), Metric::new(stat, Quantity::Ttft));
        let ratio = get(cell, whole)? / get(cell, part)?;
        let names = [Name::Of(whole), Name::Of(part)];
        Some(Compared { names, ratio, limit: "at least 1", is_wrong: is_below_one(ratio) })
    })
}

/// Below 1 by more than the last digit of rounded numbers.
fn is_below_one(ratio: f64) -> bool {
    ratio < 1.0 - 1e-6
}

/// Interactivity × TPOT, which is 1 second per second, or a power of ten away in another unit. A
/// factor of another kind is another definition of interactivity.
fn reciprocals(cell: &Cell) -> impl Iterator<Item = Compared> {
    [Stat::Mean, Stat::P50, Stat::P99].into_iter().filter_map(|stat| {
        let (rate, time) = (Metric::new(stat, Quantity::Intvty), Metric::new(stat, Quantity::Tpot));
        let ratio = get(cell, rate)? * get(cell, time)?;
        let powers = ratio.log10();
        let is_wrong = powers.round() != 0.0 && (powers - powers.round()).abs() < 0.02;
        let names = [Name::Of(rate), Name::ReciprocalOf(time)];
        Some(Compared { names, ratio, limit: "not a power of ten but 1", is_wrong })
    })
}

/// Mean TTFT and the tokens after the first against mean E2EL.
fn sum(cell: &Cell, limit: f64) -> Option<Compared> {
    let mean = |quantity| get(cell, Metric::new(Stat::Mean, quantity));
    let nominal = cell.evidence.identity.osl.map(f64::from);
    let osl = mean(Quantity::Osl).or(nominal).filter(|osl| *osl > 1.0)?;
    let sum = mean(Quantity::Tpot)? * (osl - 1.0) + mean(Quantity::Ttft)?;
    let ratio = sum / mean(Quantity::E2el)?;
    let names = ["mean TTFT + mean TPOT × (OSL − 1)", "mean E2EL"].map(Name::Sum);
    let is_wrong = reaches(ratio, limit) || keeps_to(ratio, limit.recip());
    Some(Compared { names, ratio, limit: "within max_ratio of 1", is_wrong })
}
