//! KV blocks go back and forth between GPU and CPU while requests become slower.

use inferguard_analysis::limit::reaches;
use inferguard_analysis::quantile;
use inferguard_analysis::scenario::Point;
use inferguard_analysis::step::Step;
use inferguard_model::number::{bytes, from_to, times};
use inferguard_model::{Cell, Metric, Quantity};
use inferguard_schema::Severity;
use serde_json::json;

use crate::step_rule::{self, Broken, Judgement};
use crate::{Check, Context, FindingMeta, Outcome, Threshold};

/// The check.
pub(crate) struct KvOffloadThrash;

const RATE_RATIO: Threshold = Threshold {
    name: "rate_ratio",
    default: 1.5,
    unit: "ratio",
    about: "Bytes per second of each direction against the level before.",
};
const BEYOND_THROUGHPUT: Threshold = Threshold {
    name: "beyond_throughput",
    default: 1.1,
    unit: "ratio",
    about: "How much more than throughput both rates grow, where it is known: traffic in step with it is the price of load.",
};
const LATENCY_RATIO: Threshold = Threshold {
    name: "latency_ratio",
    default: 1.2,
    unit: "ratio",
    about: "Tail TTFT or TPOT against the level before.",
};

const META: FindingMeta = FindingMeta {
    code: "kv_offload_thrash",
    summary: "KV offload traffic grows in both directions while TTFT or TPOT worsens.",
    severity: "warning; info when it rests on a suspect point",
    doc: include_str!("kv_offload_thrash.md"),
    since: "0.1.0",
    thresholds: &[RATE_RATIO, BEYOND_THROUGHPUT, LATENCY_RATIO],
};

const NO_BYTES: &str = "offloaded bytes of both directions are not known at both levels";
const NO_DURATION: &str = "the duration is not known, so that bytes are no rate";
const IDLE: &str = "at one level no byte moved in one of the directions";
const NO_LATENCY: &str =
    "neither TTFT nor TPOT is known at both levels, or of fewer than 10 requests";

const DIRECTIONS: [Quantity; 2] =
    [Quantity::KvOffloadBytesGpuToCpu, Quantity::KvOffloadBytesCpuToGpu];

impl Check for KvOffloadThrash {
    fn meta(&self) -> &FindingMeta {
        &META
    }

    fn run(&self, context: &Context<'_>) -> Vec<Outcome> {
        let rule = Rule {
            rate_ratio: context.limit(&META, &RATE_RATIO),
            beyond_throughput: context.limit(&META, &BEYOND_THROUGHPUT),
            latency_ratio: context.limit(&META, &LATENCY_RATIO),
        };
        let judge =
            |step: &Step<'_>| rule.judge(step, context.cells).unwrap_or_else(Judgement::Unknown);
        step_rule::run(context, judge, |_, _, _| Vec::new())
    }
}

/// The limits in force.
struct Rule {
    rate_ratio: f64,
    beyond_throughput: f64,
    latency_ratio: f64,
}

impl Rule {
    /// The judgement, or why there is none.
    fn judge(&self, step: &Step<'_>, cells: &[Cell]) -> Result<Judgement, &'static str> {
        let [out_from, in_from] = rates(cells, step.from)?;
        let [out_to, in_to] = rates(cells, step.to)?;
        if [out_from, in_from, out_to, in_to].contains(&0.0) {
            return Err(IDLE);
        }
        let ratios = [out_to / out_from, in_to / in_from];
        let worst = [Quantity::Ttft, Quantity::Tpot]
            .into_iter()
            .filter_map(|quantity| {
                let tail = step.tail(cells, quantity)?;
                Some((tail, tail.ratio()?))
            })
            .max_by(|a, b| a.1.total_cmp(&b.1));
        let throughput = step.throughput_ratio();
        let grows = ratios.iter().all(|ratio| {
            reaches(*ratio, self.rate_ratio)
                && throughput.is_none_or(|gain| reaches(*ratio, self.beyond_throughput * gain))
        });
        if !grows {
            return Ok(Judgement::Sound);
        }
        let (tail, ratio) = worst.ok_or(NO_LATENCY)?;
        if !reaches(ratio, self.latency_ratio) {
            return Ok(Judgement::Sound);
        }
        Ok(Judgement::Broken(Broken {
            severity: Severity::Warning,
            what: format!(
                "offload to CPU {}/s → {}/s ({}) and back {}/s → {}/s ({}), while {} {} ({})",
                bytes(out_from),
                bytes(out_to),
                times(ratios[0]),
                bytes(in_from),
                bytes(in_to),
                times(ratios[1]),
                tail.metric.label(),
                from_to(tail.metric, tail.from, tail.to),
                times(ratio),
            ),
            evidence: vec![
                ("gpu_to_cpu_bytes_per_second", json!([out_from, out_to])),
                ("cpu_to_gpu_bytes_per_second", json!([in_from, in_to])),
                ("rate_ratios", json!(ratios)),
                ("metric", json!(tail.metric.name())),
                ("from", json!(tail.from)),
                ("observed", json!(tail.to)),
                ("ratio", json!(ratio)),
                (
                    "limit",
                    json!({
                        "rate_ratio": self.rate_ratio,
                        "beyond_throughput": self.beyond_throughput,
                        "latency_ratio": self.latency_ratio,
                    }),
                ),
                ("requests", json!(tail.n)),
            ],
        }))
    }
}

/// Bytes per second to the CPU and back: the median of the level's repeats.
fn rates(cells: &[Cell], point: &Point) -> Result<[f64; 2], &'static str> {
    let mut medians = [0.0; 2];
    for (median, direction) in medians.iter_mut().zip(DIRECTIONS) {
        let of =
            |cell: &usize, quantity| cells[*cell].evidence.metrics.get(Metric::plain(quantity));
        let known: Vec<_> =
            point.cells.iter().filter(|cell| of(cell, direction).is_some()).collect();
        if known.is_empty() {
            return Err(NO_BYTES);
        }
        let rate = |cell: &&usize| {
            let seconds = of(cell, Quantity::Duration).filter(|seconds| *seconds > 0.0)?;
            Some(of(cell, direction)? / seconds)
        };
        let mut rates: Vec<f64> = known.iter().filter_map(rate).collect();
        *median = quantile::median(&mut rates).ok_or(NO_DURATION)?;
    }
    Ok(medians)
}
