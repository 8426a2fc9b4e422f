//! What the engines said of their caches and queues (v0.2).
//!
//! The ad-hoc blocks are pooled over pods and cover the **whole run**, even in the report of one
//! stage. Their collector writes 0 for what it did not find, so that a block of zeros says nothing.
//! Cache usage is a fraction, whatever its label says; hit rates are percent.

use inferguard_model::{
    Evidence, Metric, Origin, Place, Problem, ProblemCode, Quantity, Scalar, Stat,
};
use inferguard_source::Document;

use crate::report::{Report, Version};
use crate::stats::Stats;

const ROOT: &str = "results/observability";

/// Ad-hoc keys, what they become, what they are divided by, and whether the mean stands alone.
const BLOCKS: [(&str, Quantity, f64, bool); 8] = [
    ("vllm_kv_cache_usage_perc", Quantity::KvCacheUsage, 1.0, false),
    ("vllm_num_requests_running", Quantity::RequestsRunning, 1.0, false),
    ("vllm_num_requests_waiting", Quantity::RequestsWaiting, 1.0, false),
    ("vllm_prefix_cache_hit_rate", Quantity::ServerGpuCacheHitRate, 100.0, true),
    ("vllm_external_prefix_cache_hit_rate", Quantity::ServerCpuCacheHitRate, 100.0, true),
    ("epp_pool_avg_kv_cache_utilization", Quantity::KvCacheUsage, 1.0, false),
    ("epp_pool_avg_running_requests", Quantity::RequestsRunning, 1.0, false),
    ("epp_pool_avg_queue_size", Quantity::RequestsWaiting, 1.0, false),
];

/// Statistics of a component, and what they become.
const COMPONENT: [(&str, Quantity, bool); 5] = [
    ("kv_cache_usage", Quantity::KvCacheUsage, false),
    ("gpu_cache_usage", Quantity::KvCacheUsage, false),
    ("cache_hit_rate", Quantity::ServerGpuCacheHitRate, true),
    ("running_requests", Quantity::RequestsRunning, false),
    ("waiting_requests", Quantity::RequestsWaiting, false),
];

/// Reads the cache metrics of a report.
pub(crate) fn fill(report: &mut Report<'_>, evidence: &mut Evidence) {
    if report.version != Version::V2 || !report.document.has_below(ROOT) {
        return;
    }
    let mut of_run = false;
    for (key, quantity, divisor, alone) in BLOCKS {
        let at = format!("{ROOT}/{key}");
        let components = report.document.elements(&format!("{at}/components"));
        let only = (components == 1).then(|| format!("{at}/components/0/statistics"));
        let pooled = [format!("{at}/aggregated"), format!("{at}/statistics"), at.clone()];
        let block = pooled
            .into_iter()
            .chain(only)
            .find_map(|path| Some((Stats::read(&mut report.document, &path)?, path)));
        let Some((stats, path)) = block else {
            if components > 1 {
                let told = format!("{components} components and no figure of all; left out");
                evidence.problem(Problem::note(ProblemCode::LeftOut, at, told));
            }
            continue;
        };
        if stats.is_all_zero() {
            let told = "0 throughout, which is also what is written for a metric that was not found; left out";
            evidence.problem(Problem::note(ProblemCode::LeftOut, path, told));
            continue;
        }
        of_run = true;
        take(&stats, &path, quantity, (divisor, alone), evidence);
    }
    components(&mut report.document, evidence);
    let scope = report.document.text("results/observability/time_series_interval/scope");
    if let Some(scope) = scope {
        evidence.extra.push(("time_series_scope".into(), Scalar::Text(scope.into())));
    }
    if of_run {
        let told = "cache and queue statistics cover the whole run, all its stages";
        evidence.problem(Problem::note(ProblemCode::LeftOut, ROOT, told));
    }
}

/// The blocks of the schema, one a component: those of a single engine are the cell's, those of
/// several are not added up.
fn components(document: &mut Document, evidence: &mut Evidence) {
    let root = format!("{ROOT}/components");
    let measured: Vec<usize> = (0..document.elements(&root))
        .filter(|n| document.has_below(&format!("{root}/{n}/aggregate")))
        .collect();
    let [only] = measured[..] else {
        if measured.len() > 1 {
            let told = format!(
                "{} components, whose statistics cannot be pooled; left out",
                measured.len()
            );
            evidence.problem(Problem::note(ProblemCode::LeftOut, root, told));
        }
        return;
    };
    for (key, quantity, is_rate) in COMPONENT {
        let path = format!("{root}/{only}/aggregate/{key}");
        let Some(stats) = Stats::read(document, &path) else { continue };
        let percent = match stats.units.as_deref() {
            Some("percent") => is_rate || stats.values.iter().any(|(_, value, _)| *value > 1.0),
            _ => false,
        };
        take(&stats, &path, quantity, (if percent { 100.0 } else { 1.0 }, is_rate), evidence);
    }
}

fn take(
    stats: &Stats,
    path: &str,
    quantity: Quantity,
    (divisor, alone): (f64, bool),
    evidence: &mut Evidence,
) {
    let is_share = Metric::plain(quantity).unit() == inferguard_model::Unit::Fraction;
    for (stat, value, key) in &stats.values {
        let value = value / divisor;
        let at = format!("{path}/{key}");
        if value < 0.0 || is_share && *stat != Stat::Std && value > 1.0 {
            let told = "no share between 0 and 1, or a count below 0; left out";
            evidence.problem(Problem::warning(ProblemCode::NotANumber, at, told));
            continue;
        }
        let metric = match (alone, stat) {
            (false, stat) => Metric::new(*stat, quantity),
            (true, Stat::Mean) => Metric::plain(quantity),
            (true, _) => continue,
        };
        let origin = Origin { artifact: 0, place: Place::Path(at.into()) };
        evidence.metrics.set_if_absent(metric, value, origin);
    }
}
