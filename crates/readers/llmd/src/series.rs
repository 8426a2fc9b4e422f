//! Gauges of single components over time (v0.2.1): engines, and the router's view of all of them.
//!
//! A series is `{units, series: [{ts, value | mean, …}]}` of at most 256 points. Cache usage is a
//! fraction, unless it is above 1 and said to be percent. Preemptions count since the engine began.
//! Until 2026-08-12, and where `time_series_interval` says `run`, a report has the series of the whole
//! run, whatever its stage.

use inferguard_model::{ComponentSeries, Evidence, NodeSeries, Problem, ProblemCode};
use inferguard_source::Document;

use crate::report::Report;

const ROOT: &str = "results/observability/components";

/// A gauge that is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gauge {
    KvUsage,
    CpuKvUsage,
    Running,
    Waiting,
    Preemptions,
}

/// The producer's spellings; those of the pool are means over the engines, told by the router.
const GAUGES: [(&str, Gauge); 12] = [
    ("kv_cache_usage", Gauge::KvUsage),
    ("gpu_cache_usage", Gauge::KvUsage),
    ("pool_avg_kv_cache_utilization", Gauge::KvUsage),
    ("cpu_cache_usage", Gauge::CpuKvUsage),
    ("num_requests_running", Gauge::Running),
    ("running_requests", Gauge::Running),
    ("pool_avg_running_requests", Gauge::Running),
    ("num_requests_waiting", Gauge::Waiting),
    ("waiting_requests", Gauge::Waiting),
    ("pool_avg_queue_size", Gauge::Waiting),
    ("num_preemptions", Gauge::Preemptions),
    ("preemptions", Gauge::Preemptions),
];

/// Whether nothing is read of this part of a report: the series of other gauges.
pub(crate) fn skips(path: &str) -> bool {
    let Some(rest) = path.strip_prefix(ROOT) else { return false };
    let mut parts = rest.split('/').skip(2);
    parts.next() == Some("time_series")
        && parts.next().is_some_and(|name| GAUGES.iter().all(|(known, _)| *known != name))
}

/// Reads the series of a report.
pub(crate) fn fill(report: &mut Report<'_>, evidence: &mut Evidence) {
    let components = report.document.elements(ROOT);
    let is_there = |n: usize| report.document.has_below(&format!("{ROOT}/{n}/time_series"));
    if !(0..components).any(is_there) {
        return;
    }
    let scope = report.document.text("results/observability/time_series_interval/scope");
    // Without a window, nothing tells the part of this stage.
    if scope != Some("stage") && evidence.window_ns.is_none() && has_stages(report) {
        let told =
            "the series are of the whole run, and this report of one of its stages; left out";
        evidence.problem(Problem::note(ProblemCode::LeftOut, ROOT, told));
        return;
    }
    for n in 0..components {
        component(&mut report.document, n, evidence);
    }
}

/// Whether the run had more stages than that of the report.
fn has_stages(report: &mut Report<'_>) -> bool {
    let stages = ["load/stages", "rate", "spec/profile/rate", "spec/profile/streams"];
    let listed = report.native().iter().any(|root| {
        stages.iter().any(|key| report.document.elements(&format!("{root}/{key}")) > 1)
    });
    listed || report.document.count("scenario/load/standardized/stage").is_some_and(|n| n > 0)
}

/// Samples of one gauge.
type Samples = Vec<(i64, f64)>;

fn component(document: &mut Document, n: usize, evidence: &mut Evidence) {
    let at = format!("{ROOT}/{n}");
    let label = document.text(&format!("{at}/component_label"));
    let replica = document.text(&format!("{at}/replica_id"));
    let name = match (label, replica) {
        (Some(label), Some(replica)) if label != replica => format!("{label} {replica}"),
        (label, replica) => {
            label.or(replica).map_or_else(|| format!("component {n}"), str::to_owned)
        }
    };
    let mut gauges: Vec<(Gauge, Samples)> = Vec::new();
    for (key, gauge) in GAUGES {
        let path = format!("{at}/time_series/{key}");
        if gauges.iter().any(|(held, _)| *held == gauge) || !document.has_below(&path) {
            continue;
        }
        let samples = samples(document, &path, gauge, evidence);
        if !samples.is_empty() {
            gauges.push((gauge, samples));
        }
    }
    // Gauges that were sampled together are one series; the others stand alone.
    while !gauges.is_empty() {
        let at_ns: Vec<i64> = gauges[0].1.iter().map(|(at, _)| *at).collect();
        let together = |samples: &Samples| samples.iter().map(|(at, _)| at).eq(&at_ns);
        let mut series = NodeSeries::default();
        gauges.retain(|(gauge, samples)| {
            let is_of = together(samples);
            if is_of {
                *column(&mut series, *gauge) = samples.iter().map(|(_, value)| *value).collect();
            }
            !is_of
        });
        series.at_ns = at_ns;
        evidence.components.push(ComponentSeries { name: name.clone().into(), series });
    }
}

fn column(series: &mut NodeSeries, gauge: Gauge) -> &mut Vec<f64> {
    match gauge {
        Gauge::KvUsage => &mut series.kv_cache_usage,
        Gauge::CpuKvUsage => &mut series.cpu_kv_cache_usage,
        Gauge::Running => &mut series.running,
        Gauge::Waiting => &mut series.waiting,
        Gauge::Preemptions => &mut series.preemptions,
    }
}

/// The samples of a gauge in time order, within the window of the load where that is known.
fn samples(document: &mut Document, path: &str, gauge: Gauge, evidence: &mut Evidence) -> Samples {
    let (mut samples, mut odd) = (Samples::new(), 0_usize);
    let points = format!("{path}/series");
    for n in 0..document.elements(&points) {
        let point = format!("{points}/{n}");
        let moment = document.text(&format!("{point}/ts")).and_then(moment);
        let value =
            ["value", "mean"].iter().find_map(|key| document.number(&format!("{point}/{key}")));
        match moment.zip(value.filter(|value| *value >= 0.0)) {
            Some(sample) => samples.push(sample),
            None => odd += 1,
        }
    }
    samples.sort_by_key(|(at, _)| *at);
    if let Some((start, end)) = evidence.window_ns {
        samples.retain(|(at, _)| (start..=end).contains(at));
    }
    match gauge {
        Gauge::KvUsage | Gauge::CpuKvUsage => {
            let says_percent = document.text(&format!("{path}/units")) == Some("percent");
            let above_one = samples.iter().any(|(_, value)| *value > 1.0);
            if above_one {
                let divisor = if says_percent { 100.0 } else { 1.0 };
                let before = samples.len();
                for (_, value) in &mut samples {
                    *value /= divisor;
                }
                samples.retain(|(_, value)| *value <= 1.0);
                odd += before - samples.len();
            }
        }
        Gauge::Preemptions => since_the_first(&mut samples),
        Gauge::Running | Gauge::Waiting => {}
    }
    if odd > 0 {
        let told = format!("{odd} points without a moment or a usable value; left out");
        evidence.problem(Problem::warning(ProblemCode::NotANumber, points, told));
    }
    samples
}

/// Makes of a counter what it gained; one that falls began again.
fn since_the_first(samples: &mut Samples) {
    let (mut gained, mut last) = (0.0, samples.first().map_or(0.0, |(_, first)| *first));
    for (_, value) in samples {
        let now = *value;
        gained += if now >= last { now - last } else { now };
        (last, *value) = (now, gained);
    }
}

/// `2026-08-13T10:00:05Z`, in nanoseconds; times without a zone are UTC, as all of a report's are.
pub(crate) fn moment(text: &str) -> Option<i64> {
    let with_zone = text.parse::<jiff::Timestamp>().ok();
    let zoneless = || {
        let time = text.parse::<jiff::civil::DateTime>().ok()?;
        jiff::tz::TimeZone::UTC.to_timestamp(time).ok()
    };
    i64::try_from(with_zone.or_else(zoneless)?.as_nanosecond()).ok()
}
