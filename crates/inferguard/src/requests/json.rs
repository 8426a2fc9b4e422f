//! The answers as JSON. Latencies are in seconds, as in a report.

use inferguard_analysis::quantile::{Summary, is_low_n};
use inferguard_analysis::requests::bootstrap::{Interval, Intervals};
use inferguard_analysis::requests::capacity::{ASSUMPTION, Replicas};
use inferguard_analysis::requests::drift::Drift;
use inferguard_analysis::requests::goodput::Goodput;
use inferguard_analysis::requests::groups::{FailedGroup, Group};
use inferguard_analysis::requests::slices::{Readings, Slice, Slices, WidthNote};
use inferguard_model::{
    FailureClass, FirstWave, Metric, Problem, Quantity, Stat, SteadyWindow, TimeSlice, TimeSlices,
};
use serde_json::{Map, Value, json};

use super::{RequestRun, Requests, SweepCapacity};

impl Requests {
    /// Everything, for machines.
    pub fn to_json(&self) -> Value {
        let tiers: Vec<String> = self.tiers.iter().map(ToString::to_string).collect();
        let ids = |runs: &[usize]| -> Vec<&str> {
            runs.iter().map(|at| self.runs[*at].id.as_str()).collect()
        };
        json!({
            "slo": tiers,
            "runs": self.runs.iter().map(|run| self.run(run)).collect::<Vec<_>>(),
            "sweeps": self.sweeps.iter().map(|runs| ids(runs)).collect::<Vec<_>>(),
            "capacity": self.capacity.iter().map(|one| self.capacity(one)).collect::<Vec<_>>(),
            "without_records": self.without_records,
        })
    }

    fn run(&self, run: &RequestRun) -> Value {
        let mut rates = Map::new();
        for (quantity, value) in &run.rates {
            rates.insert(quantity.info().name.into(), json!(value));
        }
        let mut metrics = Map::new();
        for found in &run.distributions {
            let intervals = run.intervals.iter().find(|(of, _)| *of == found.quantity);
            let intervals = intervals.and_then(|(_, intervals)| intervals.as_ref());
            metrics.insert(name(found.quantity).into(), summary(&found.summary, intervals));
        }
        let goodput: Vec<Value> = (0..self.tiers.len()).map(|at| self.goodput(run, at)).collect();
        json!({
            "cell_id": run.id,
            "records": run.path,
            "concurrency": run.concurrency,
            "request_rate": run.request_rate,
            "attempts": run.attempts,
            "successful": run.successes,
            "success_rate": run.success_rate,
            "duration_seconds": run.duration,
            "num_gpus": run.gpus,
            "rates": rates,
            "system_output_tput_per_gpu": run.output_per_gpu(),
            "metrics": metrics,
            "goodput": goodput,
            "first_wave": run.first_wave.map(first_wave),
            "steady_window": run.steady.map(steady),
            "slices": run.slices.as_ref().map(|(slices, readings)| json!({
                "width_seconds": slices.width_ns as f64 / 1e9,
                "origin_ns": slices.origin_ns,
                "left_out_empty": slices.left_out,
                "readings": reading(readings),
                "slices": slices.slices.iter().map(|one| slice(slices, one)).collect::<Vec<_>>(),
            })),
            "groups": run.groups.as_ref().map(|groups| {
                groups.iter().map(group).collect::<Vec<_>>()
            }),
            "failures": run.failures.iter().map(failure).collect::<Vec<_>>(),
            "stated_client_wait": (!run.stated_wait.is_empty()).then(|| {
                Value::Object(run.stated_wait.iter().map(|entry| {
                    (stat_name(entry.metric.stat), json!(entry.value))
                }).collect())
            }),
            "stated_slices": run.stated_slices.as_ref().map(stated_slices),
            "problems": run.problems.iter().map(problem).collect::<Vec<_>>(),
        })
    }

    fn goodput(&self, run: &RequestRun, tier: usize) -> Value {
        let slo = self.tiers[tier].to_string();
        match &run.goodput[tier] {
            Err(reason) => json!({"slo": slo, "good": null, "reason": reason.to_string()}),
            Ok(found) => json!({
                "slo": slo,
                "good": found.good,
                "goodput_rps": run.goodput_rps(tier),
                "good_fraction": found.fraction(),
                "good_fraction_of_successes": found.fraction_of_successes(),
                "fails": fails(found),
            }),
        }
    }

    fn capacity(&self, one: &SweepCapacity) -> Value {
        let (target, attainment) = self.query.capacity.unwrap_or_default();
        let levels: Vec<Value> = one
            .runs
            .iter()
            .zip(&one.good)
            .map(|(at, good)| {
                let run = &self.runs[*at];
                json!({
                    "cell_id": run.id,
                    "load": run.load(),
                    "qps": run.rate(Quantity::Qps),
                    "good_fraction": good,
                })
            })
            .collect();
        let replicas = |of: Option<Replicas>| {
            of.map(|of| json!({"replicas": of.replicas, "level": levels[of.level]}))
        };
        let found = &one.capacity;
        let missed: Vec<&str> =
            found.missed_below.iter().map(|at| self.runs[one.runs[*at]].id.as_str()).collect();
        json!({
            "slo": self.tiers[one.tier].to_string(),
            "target_rps": target,
            "attainment": attainment,
            "under_slo": replicas(found.under_slo),
            "interval": found.interval.map(|(low, high)| [low, high]),
            "resamples_unreached": found.unreached,
            "naive_from_peak": replicas(found.naive),
            "reason": found.under_slo.is_none().then_some(
                "no measured load has enough good requests: measure lower loads"
            ),
            "lower_loads_that_miss": missed,
            "levels": levels,
            "assumption": ASSUMPTION,
        })
    }
}

fn problem(of: &Problem) -> Value {
    json!({
        "severity": of.severity.name(),
        "code": of.code.name(),
        "at": of.at,
        "message": of.message,
    })
}

/// Slices as the producer cut and counted them: everything by start.
fn stated_slices(of: &TimeSlices) -> Value {
    let slice = |one: &TimeSlice| {
        let metrics =
            one.metrics.iter().map(|entry| (entry.metric.name().into_owned(), json!(entry.value)));
        json!({
            "from_ns": one.bounds_ns.map(|(from, _)| from),
            "to_ns": one.bounds_ns.map(|(_, to)| to),
            "complete": one.complete,
            "started_successful": one.successful,
            "started_failed": one.failed,
            "metrics": Value::Object(metrics.collect()),
        })
    };
    json!({
        "width_seconds": of.seconds,
        "on_the_clock": of.on_the_clock,
        "slices": of.slices.iter().map(slice).collect::<Vec<_>>(),
    })
}

/// The name of a quantity; client wait is told by its own.
fn name(quantity: Quantity) -> &'static str {
    match quantity {
        Quantity::ScheduleDelay => "client_wait",
        other => other.info().name,
    }
}

/// `mean`, `p99.9`: the name of a metric without its quantity.
fn stat_name(stat: Stat) -> String {
    let name = Metric::new(stat, Quantity::Ttft).name();
    name.strip_suffix("_ttft").unwrap_or(&name).to_owned()
}

fn summary(of: &Summary, intervals: Option<&Intervals>) -> Value {
    let mut out = Map::new();
    out.insert("n".into(), json!(of.n));
    let mut low_n = Vec::new();
    for (stat, value) in of.stats() {
        out.insert(stat_name(stat), json!(value));
        if let Stat::Percentile(milli) = stat
            && is_low_n(milli, of.n)
        {
            low_n.push(stat_name(stat));
        }
    }
    out.insert("low_n".into(), json!(low_n));
    if let Some(found) = intervals {
        let pair = |interval: &Interval| json!([interval.low, interval.high]);
        let mut ci = Map::new();
        ci.insert("mean".into(), pair(&found.mean));
        for (milli, interval) in &found.percentiles {
            ci.insert(stat_name(Stat::Percentile(*milli)), pair(interval));
        }
        out.insert("ci95".into(), Value::Object(ci));
    }
    Value::Object(out)
}

fn fails(found: &Goodput) -> Vec<Value> {
    let one = |fails: &inferguard_analysis::requests::goodput::Fails| {
        json!({
            "metric": fails.objective.quantity.info().name,
            "limit": fails.objective.limit,
            "missed": fails.missed,
            "share_of_successes":
                (found.successes > 0).then(|| fails.missed as f64 / found.successes as f64),
            "missed_alone": fails.alone,
            "without_value": fails.without_value,
        })
    };
    found.fails.iter().map(one).collect()
}

fn first_wave(wave: FirstWave) -> Value {
    json!({
        "requests": wave.requests,
        "p50_ttft": wave.median,
        "rest": wave.rest,
        "rest_p50_ttft": wave.rest_median,
        "rest_p95_ttft": wave.rest_p95,
        "rest_p99_ttft": wave.rest_p99,
    })
}

fn steady(window: SteadyWindow) -> Value {
    let tokens = window.output_tokens.map(|tokens| tokens as f64 / window.seconds());
    json!({
        "from_ns": window.from_ns,
        "to_ns": window.to_ns,
        "share_of_run": window.share,
        "completions": window.completions,
        "qps": window.rate(),
        "output_tput_tps": tokens,
    })
}

fn slice(slices: &Slices, one: &Slice) -> Value {
    let of = |found: &Option<Summary>| found.as_ref().map(|found| summary(found, None));
    json!({
        "index": one.index,
        "from_seconds": one.index as f64 * (slices.width_ns as f64 / 1e9),
        "seconds": one.seconds,
        "partial": one.is_partial,
        "started": one.attempts(),
        "started_failed": one.failed,
        "completed": one.completed,
        "qps": one.per_second(one.completed),
        "output_tput_tps": one.output_tokens.and_then(|tokens| one.per_second(tokens)),
        "good_started": one.good,
        "goodput_rps":
            one.good_completed.iter().map(|good| one.per_second(*good)).collect::<Vec<_>>(),
        "ttft": of(&one.ttft),
        "e2el": of(&one.e2el),
        "tpot": of(&one.tpot),
    })
}

fn reading(of: &Readings) -> Value {
    let drift =
        |found: Option<Drift>| found.map(|found| json!({"change": found.change, "z": found.z}));
    json!({
        "latency": of.latency.info().name,
        "first_against_rest": of.first_against_rest,
        "variation": of.variation,
        "latency_trend": drift(of.latency_trend),
        "throughput_trend": drift(of.throughput_trend),
        "load_and_latency": of.load_and_latency,
        "full_slices": of.full,
        "note": of.width.map(WidthNote::text),
    })
}

fn group(of: &Group) -> Value {
    let mut out = Map::new();
    out.insert("group".into(), json!(of.name));
    out.insert("successful".into(), json!(of.requests));
    out.insert("failed".into(), json!(of.failed));
    out.insert("good".into(), json!(of.good));
    for (quantity, found) in &of.summaries {
        out.insert(name(*quantity).into(), summary(found, None));
    }
    Value::Object(out)
}

fn failure(of: &FailedGroup) -> Value {
    let class = match of.reason.class {
        FailureClass::Error => "error",
        FailureClass::Cancelled => "cancelled",
        FailureClass::ContextOverflow => "context_overflow",
    };
    let isl: Vec<Value> = of
        .isl
        .iter()
        .map(|(range, count)| json!({"isl": [range.start(), range.end()], "count": count}))
        .collect();
    json!({
        "class": class,
        "code": of.reason.code,
        "kind": of.reason.kind,
        "message": of.reason.message,
        "count": of.reason.count,
        "share_of_attempts": of.share,
        "by_isl": isl,
    })
}
