//! The metrics of AIPerf and genai-perf by their tags, in every spelling, and their units.
//!
//! Names and formulas: `aiperf/metrics/types/*.py` of AIPerf 0.1.1 to 0.13.0, `genai_perf/metrics`
//! of genai-perf 0.0.16. Units in exports are those that people read (ms, %), never the raw ones.

use inferguard_model::{
    Metric, MetricEntry, Origin, Place, Problem, ProblemCode, Quantity, Stat, Unit,
};

/// What a tag becomes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Becomes {
    /// Every statistic of a quantity.
    Distribution(Quantity),
    /// ITL by name and TPOT by formula, (E2EL − TTFT) / (OSL − 1): both.
    TpotAndItl,
    /// One number, written as `avg`.
    Plain(Quantity),
    /// One statistic, written as `avg`.
    One(Stat, Quantity),
}

/// A tag and what it becomes.
pub(crate) struct Tag {
    pub(crate) name: &'static str,
    /// Head of its row in the CSV, without the unit.
    pub(crate) header: &'static str,
    pub(crate) becomes: Becomes,
}

const fn tag(name: &'static str, header: &'static str, becomes: Becomes) -> Tag {
    Tag { name, header, becomes }
}

/// Tags that are read; of several spellings of one metric a summary has one.
pub(crate) const TAGS: &[Tag] = {
    use Becomes::{Distribution, One, Plain, TpotAndItl};
    use Quantity as Q;
    &[
        tag("time_to_first_token", "Time to First Token", Distribution(Q::Ttft)),
        // 0.1.1
        tag("ttft", "TTFT", Distribution(Q::Ttft)),
        tag("inter_token_latency", "Inter Token Latency", TpotAndItl),
        tag("request_latency", "Request Latency", Distribution(Q::E2el)),
        tag("input_sequence_length", "Input Sequence Length", Distribution(Q::Isl)),
        tag("output_sequence_length", "Output Sequence Length", Distribution(Q::Osl)),
        tag("request_throughput", "Request Throughput", Plain(Q::Qps)),
        tag("output_token_throughput", "Output Token Throughput", Plain(Q::OutputTput)),
        tag("input_token_throughput", "Input Token Throughput", Plain(Q::InputTput)),
        tag("total_token_throughput", "Total Token Throughput", Plain(Q::TotalTput)),
        // The mean over requests of 1 / ITL, not the reciprocal of the mean.
        tag(
            "output_token_throughput_per_user",
            "Output Token Throughput Per User",
            Plain(Q::RequestTputPerUser),
        ),
        tag("goodput", "Goodput", Plain(Q::GoodputRps)),
        // genai-perf
        tag("request_goodput", "Request Goodput", Plain(Q::GoodputRps)),
        tag("good_request_fraction", "GoodRequestFraction", Plain(Q::GoodFraction)),
        tag("effective_concurrency", "Effective Concurrency", Plain(Q::AchievedConcurrency)),
        tag("total_isl", "Total Input Sequence Length", Plain(Q::TotalInputTokens)),
        tag("total_osl", "Total Output Sequence Length", Plain(Q::TotalOutputTokens)),
        // 0.1.1
        tag("benchmark_token_count", "Benchmark Token Count", Plain(Q::TotalOutputTokens)),
        tag(
            "theoretical_prefix_cache_hit",
            "Theoretical Prefix Cache Hit",
            Plain(Q::TheoreticalCacheHitRate),
        ),
        tag(
            "overall_usage_prompt_cache_read_pct",
            "Overall Usage Prompt Cache Read %",
            Plain(Q::ResponseCacheHitRate),
        ),
        tag("replay_sched_lag_p50", "Replay Sched Lag P50", One(Stat::P50, Q::ScheduleDelay)),
        tag("replay_sched_lag_p90", "Replay Sched Lag P90", One(Stat::P90, Q::ScheduleDelay)),
        tag("replay_sched_lag_p99", "Replay Sched Lag P99", One(Stat::P99, Q::ScheduleDelay)),
    ]
};

/// Statistics of a metric object; AIPerf has no others.
pub(crate) const STATS: [&str; 13] =
    ["avg", "min", "max", "std", "p1", "p5", "p10", "p25", "p50", "p75", "p90", "p95", "p99"];

/// A number in the unit that its quantity has inside; `None` when the units do not fit.
pub(crate) fn convert(value: f64, unit: &str, wanted: Unit) -> Option<f64> {
    use Unit::{Fraction, Joules, Seconds, Tokens, TokensPerSecond, Watts};
    Some(match (wanted, unit.trim().to_ascii_lowercase().as_str()) {
        (Seconds, "sec" | "s" | "seconds")
        | (Fraction, "ratio" | "")
        | (Watts, "w" | "watts")
        | (Joules, "j" | "joules")
        | (Tokens, "tokens" | "token" | "count" | "")
        | (Unit::Count, _)
        | (
            TokensPerSecond | Unit::TokensPerSecondPerUser,
            "tokens/sec" | "tokens/s" | "tokens/sec/user" | "tokens/s/user" | "per sec",
        )
        | (Unit::RequestsPerSecond, "requests/sec" | "requests/s" | "req/s" | "per sec") => value,
        (Seconds, "ms" | "milliseconds") | (Watts, "mw") => value / 1e3,
        (Seconds, "us" | "microseconds") => value / 1e6,
        (Seconds, "ns" | "nanoseconds") => value / 1e9,
        (Fraction, "%" | "percent") => value / 100.0,
        (Watts, "kw") | (Joules, "kj") => value * 1e3,
        (Joules, "mj" | "megajoules") => value * 1e6,
        (Joules, "wh") => value * 3600.0,
        _ => return None,
    })
}

/// Puts the numbers of one tag among the entries.
///
/// `numbers` are statistics with their values as written; `places` makes the place of one.
pub(crate) fn take(
    becomes: Becomes,
    unit: &str,
    numbers: &[(&'static str, f64)],
    place: &dyn Fn(&str) -> Box<str>,
    out: &mut Vec<MetricEntry>,
    problems: &mut Vec<Problem>,
) {
    let mut unit_told = false;
    let mut set = |metric: Metric, written: f64, stat: &str| {
        let at = place(stat);
        let Some(value) = convert(written, unit, metric.unit()) else {
            if !unit_told {
                unit_told = true;
                let told = format!("the unit `{unit}` is not that of {}; left out", metric.name());
                problems.push(Problem::warning(ProblemCode::LeftOut, at, told));
            }
            return;
        };
        if value < 0.0 {
            let told = format!("{written} is negative, which it cannot be; it is left out");
            problems.push(Problem::warning(ProblemCode::NotANumber, at, told));
            return;
        }
        out.push(MetricEntry {
            metric,
            value,
            origin: Origin { artifact: 0, place: Place::Path(at) },
        });
    };
    let avg = numbers.iter().find(|(stat, _)| *stat == "avg");
    match becomes {
        Becomes::Plain(quantity) => {
            if let Some((stat, value)) = avg {
                set(Metric::plain(quantity), *value, stat);
            }
        }
        Becomes::One(of, quantity) => {
            if let Some((stat, value)) = avg {
                set(Metric::new(of, quantity), *value, stat);
            }
        }
        Becomes::Distribution(quantity) => {
            for (name, value) in numbers {
                if let Some(stat) = Stat::parse(name) {
                    set(Metric::new(stat, quantity), *value, name);
                }
            }
        }
        Becomes::TpotAndItl => {
            for (name, value) in numbers {
                let Some(stat) = Stat::parse(name) else { continue };
                set(Metric::new(stat, Quantity::Tpot), *value, name);
                set(Metric::new(stat, Quantity::Itl), *value, name);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_converted_once() {
        assert_eq!(convert(412.5, "ms", Unit::Seconds), Some(0.4125));
        assert_eq!(convert(25.0, "%", Unit::Fraction), Some(0.25));
        assert_eq!(convert(2.0, "MJ", Unit::Joules), Some(2e6));
        assert_eq!(convert(2.0, "tokens", Unit::Seconds), None);
        assert_eq!(convert(2.0, "tokens/sec", Unit::RequestsPerSecond), None);
    }

    #[test]
    fn every_tag_has_one_line() {
        for (at, tag) in TAGS.iter().enumerate() {
            assert!(
                TAGS[..at].iter().all(|other| other.name != tag.name && other.header != tag.header)
            );
        }
    }
}
