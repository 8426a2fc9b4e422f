//! Latencies, in the unit that each statistic states, corrected where archives are known to be
//! mislabelled.
//!
//! - inference-perf, v0.1 before 2025-09-26: `ms`, and seconds inside. Nothing later writes `ms`.
//! - guidellm, `request_latency` before 2026-08-17: `ms`, and seconds inside, so that E2EL would be
//!   below TTFT.
//! - fmperf, always: `ms`, and seconds inside.

use inferguard_model::{
    Evidence, Metric, MetricEntry, MetricSet, Origin, Place, Problem, ProblemCode, Quantity, Stat,
};

use crate::harness::{Harness, Unit};
use crate::report::{Report, Version};
use crate::stats::Stats;

/// The latencies of a report. What inference-perf calls normalized time is E2EL ÷ OSL, which no
/// other harness has.
const LATENCIES: [(&str, Quantity); 4] = [
    ("time_to_first_token", Quantity::Ttft),
    ("time_per_output_token", Quantity::Tpot),
    ("inter_token_latency", Quantity::Itl),
    ("request_latency", Quantity::E2el),
];

/// Factor below which E2EL agrees with TTFT and TPOT; a wrong unit is a factor of 1,000.
const AGREES: f64 = 3.0;

/// Factor up to which TPOT fits the other means; outputs of uneven length are off by a tenth.
const CHUNKS: f64 = 1.5;

struct Latency {
    quantity: Quantity,
    path: String,
    unit: Unit,
    stats: Stats,
}

impl Latency {
    fn mean_seconds(&self) -> Option<f64> {
        self.stats.mean().map(|mean| self.unit.seconds(mean))
    }
}

/// Reads the latencies of a report.
pub(crate) fn fill(report: &mut Report<'_>, evidence: &mut Evidence) {
    let root = report.measured("latency");
    let mut latencies = Vec::with_capacity(LATENCIES.len());
    for (name, quantity) in LATENCIES {
        let path = format!("{root}/{name}");
        let Some(stats) = Stats::read(&mut report.document, &path) else { continue };
        if stats.is_all_zero() {
            let told = "every statistic is 0: a value that the schema requires and nobody measured; left out";
            evidence.problem(Problem::warning(ProblemCode::LeftOut, path, told));
            continue;
        }
        let unit = match report.version {
            // The harness writes seconds and no unit; its converters add it.
            Version::Native => Some(Unit::Seconds),
            Version::V1 | Version::V2 => unit(report.harness, quantity, &stats, &path, evidence),
        };
        if let Some(unit) = unit {
            latencies.push(Latency { quantity, path, unit, stats });
        }
    }
    correct(report, &mut latencies, evidence);
    if report.harness == Harness::GuideLlm {
        drop_whole_latency(&mut latencies, evidence);
    }
    compare(&latencies, evidence);
    let mut entries = Vec::with_capacity(64);
    for latency in &latencies {
        for (stat, value, key) in &latency.stats.values {
            let origin = Origin {
                artifact: 0,
                place: Place::Path(format!("{}/{key}", latency.path).into()),
            };
            let value = latency.unit.seconds(*value);
            if value < 0.0 {
                let told = "a latency below 0; left out";
                let at = format!("{}/{key}", latency.path);
                evidence.problem(Problem::warning(ProblemCode::NotANumber, at, told));
                continue;
            }
            let entry = |quantity, origin| MetricEntry {
                metric: Metric::new(*stat, quantity),
                value,
                origin,
            };
            // Their ITL is (E2EL − TTFT) / (OSL − 1) of each request, which is TPOT.
            let itl_is_tpot = matches!(report.harness, Harness::Aiperf | Harness::GuideLlm);
            if itl_is_tpot && latency.quantity == Quantity::Itl {
                entries.push(entry(Quantity::Tpot, origin.clone()));
            }
            entries.push(entry(latency.quantity, origin));
        }
    }
    let held = std::mem::take(&mut evidence.metrics).into_entries();
    entries.extend(held);
    evidence.metrics = MetricSet::from_entries(entries);
}

/// Guidellm's `time_per_output_token` has the time to the first token in it; its ITL is the time of
/// each token after it.
fn drop_whole_latency(latencies: &mut Vec<Latency>, evidence: &mut Evidence) {
    let Some(at) = latencies.iter().position(|l| l.quantity == Quantity::Tpot) else { return };
    let tpot = latencies.remove(at);
    let told = "guidellm divides the whole latency by the tokens; TPOT is its inter_token_latency, the time of each token after the first";
    evidence.problem(Problem::note(ProblemCode::Corrected, tpot.path, told));
}

/// Tells where TPOT does not fit the other latencies, as where stream chunks were counted for
/// tokens. A factor of 1,000 is for the check of units.
fn compare(latencies: &[Latency], evidence: &mut Evidence) {
    let find = |quantity| latencies.iter().find(|l| l.quantity == quantity);
    let mean = |quantity| find(quantity).and_then(Latency::mean_seconds);
    let osl = evidence.metrics.get(Metric::new(Stat::Mean, Quantity::Osl));
    let (Some(tpot), Some(e2el), Some(ttft), Some(osl)) =
        (find(Quantity::Tpot), mean(Quantity::E2el), mean(Quantity::Ttft), osl)
    else {
        return;
    };
    let Some(stated) = tpot.mean_seconds().filter(|_| osl > 1.0 && e2el > ttft) else { return };
    let share = stated * (osl - 1.0) / (e2el - ttft);
    if !(1.0 / CHUNKS..=CHUNKS).contains(&share) && (0.02..50.0).contains(&share) {
        let told = format!(
            "TPOT × (OSL − 1) is {share:.2} × (E2EL − TTFT): the harness may have counted stream chunks for tokens"
        );
        evidence.problem(Problem::warning(ProblemCode::Conflict, tpot.path.clone(), told));
    }
}

/// The unit that a statistic states, else the one that its harness writes.
fn unit(
    harness: Harness,
    quantity: Quantity,
    stats: &Stats,
    path: &str,
    evidence: &mut Evidence,
) -> Option<Unit> {
    if let Some(stated) = stats.units.as_deref() {
        let unit = Unit::parse(stated);
        if unit.is_none() {
            let told = format!(
                "`{}` is no unit of a latency; the statistics are left out",
                inferguard_source::shorten(stated)
            );
            evidence.problem(Problem::warning(ProblemCode::LeftOut, format!("{path}/units"), told));
        }
        return unit;
    }
    let usual = harness.usual_unit(quantity == Quantity::E2el);
    let told = match usual {
        Some(Unit::Seconds) => "no unit is stated; read as seconds, which this harness writes",
        Some(Unit::Milliseconds) => {
            "no unit is stated; read as milliseconds, which this harness writes"
        }
        None => "no unit is stated, and the harness is not known; the statistics are left out",
    };
    evidence.problem(Problem::warning(ProblemCode::Coerced, format!("{path}/units"), told));
    usual
}

/// Takes the latencies of archives that are known to be mislabelled as what they are.
fn correct(report: &Report<'_>, latencies: &mut [Latency], evidence: &mut Evidence) {
    let everything = match report.harness {
        Harness::Fmperf => Some("fmperf writes seconds and calls them milliseconds"),
        Harness::InferencePerf if report.version == Version::V1 => Some(
            "reports of inference-perf before 2025-09-26 hold seconds and call them milliseconds",
        ),
        _ => None,
    };
    if let Some(why) = everything {
        for latency in latencies.iter_mut().filter(|l| l.unit == Unit::Milliseconds) {
            latency.unit = Unit::Seconds;
            let told = format!("read as seconds: {why}");
            let at = format!("{}/units", latency.path);
            evidence.problem(Problem::note(ProblemCode::Corrected, at, told));
        }
    }
    if report.harness == Harness::GuideLlm {
        correct_guidellm(latencies, evidence);
    }
}

/// Tells by the other latencies whether guidellm's E2EL is in seconds.
fn correct_guidellm(latencies: &mut [Latency], evidence: &mut Evidence) {
    let mean = |quantity| {
        latencies.iter().find(|l: &&Latency| l.quantity == quantity).and_then(Latency::mean_seconds)
    };
    let (ttft, tpot) = (mean(Quantity::Ttft), mean(Quantity::Itl).or(mean(Quantity::Tpot)));
    let osl = evidence.metrics.get(Metric::new(Stat::Mean, Quantity::Osl));
    let Some(e2el) =
        latencies.iter_mut().find(|l| l.quantity == Quantity::E2el && l.unit == Unit::Milliseconds)
    else {
        return;
    };
    let Some(written) = e2el.stats.mean() else { return };
    let tail = tpot.zip(osl).map(|(tpot, osl)| tpot * (osl - 1.0).max(0.0));
    let expected = ttft.unwrap_or(0.0) + tail.unwrap_or(0.0);
    let at = format!("{}/units", e2el.path);
    let agrees =
        |seconds: f64| expected > 0.0 && (expected / AGREES..=expected * AGREES).contains(&seconds);
    // With all its parts known, E2EL is their sum, whichever version wrote it.
    if ttft.is_some() && tail.is_some() && agrees(written / 1000.0) && !agrees(written) {
        return;
    }
    e2el.unit = Unit::Seconds;
    let certain = written / 1000.0 < expected;
    let told = if certain {
        "read as seconds: in milliseconds E2EL would be below TTFT and the tokens after it, and guidellm's reports before 2026-08-17 hold seconds"
    } else {
        "read as seconds: guidellm's reports before 2026-08-17 hold seconds and call them milliseconds"
    };
    evidence.problem(if certain {
        Problem::note(ProblemCode::Corrected, at, told)
    } else {
        Problem::warning(ProblemCode::Corrected, at, told)
    });
}
