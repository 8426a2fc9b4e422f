//! What a number measures: a statistic of a quantity, with its unit and better direction.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

/// Unit of a quantity inside the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Seconds.
    Seconds,
    /// Tokens.
    Tokens,
    /// Tokens per second.
    TokensPerSecond,
    /// Tokens per second per GPU.
    TokensPerSecondPerGpu,
    /// Tokens per second per user.
    TokensPerSecondPerUser,
    /// Tokens per second per megawatt.
    TokensPerSecondPerMegawatt,
    /// Requests per second.
    RequestsPerSecond,
    /// Bytes.
    Bytes,
    /// Bytes per second.
    BytesPerSecond,
    /// A share between 0 and 1.
    Fraction,
    /// A share between 0 and 100; only where the contract fixes a name that ends in `_pct`.
    Percent,
    /// Watts.
    Watts,
    /// Joules.
    Joules,
    /// A plain count.
    Count,
}

impl Unit {
    /// Short text for tables and schemas.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Seconds => "s",
            Self::Tokens => "tokens",
            Self::TokensPerSecond => "tok/s",
            Self::TokensPerSecondPerGpu => "tok/s/GPU",
            Self::TokensPerSecondPerUser => "tok/s/user",
            Self::TokensPerSecondPerMegawatt => "tok/s/MW",
            Self::RequestsPerSecond => "req/s",
            Self::Bytes => "B",
            Self::BytesPerSecond => "B/s",
            Self::Fraction => "0..1",
            Self::Percent => "%",
            Self::Watts => "W",
            Self::Joules => "J",
            Self::Count => "count",
        }
    }

    /// Whether a value of this unit is a whole number when it is not a statistic.
    pub const fn is_countable(self) -> bool {
        matches!(self, Self::Tokens | Self::Bytes | Self::Count)
    }
}

/// Which direction of a quantity is the better one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Better {
    /// More is better.
    Higher,
    /// Less is better.
    Lower,
    /// Neither: the value describes the workload or the system.
    Neither,
}

/// One line of the catalogue of quantities.
#[derive(Debug, Clone, Copy)]
pub struct QuantityInfo {
    /// The quantity.
    pub quantity: Quantity,
    /// Name on the wire, without a statistic.
    pub name: &'static str,
    /// Unit inside the model and on the wire.
    pub unit: Unit,
    /// Better direction.
    pub better: Better,
    /// One sentence for the glossary.
    pub about: &'static str,
}

/// A quantity that a benchmark measures, derives or counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
#[expect(missing_docs, reason = "the catalogue below documents each variant")]
pub enum Quantity {
    TotalTput,
    InputTput,
    OutputTput,
    TputPerGpu,
    TputPerProvisionedGpu,
    InputTputPerGpu,
    OutputTputPerGpu,
    SystemOutputTputPerGpu,
    TputPerUser,
    RequestTputPerUser,
    Qps,
    GoodputRps,
    GoodFraction,
    GoodFractionOfSuccesses,
    Intvty,
    Ttft,
    Tpot,
    Itl,
    E2el,
    Isl,
    Osl,
    OslExpected,
    Duration,
    NumGpus,
    NumProvisionedGpus,
    AchievedConcurrency,
    SentRate,
    ScheduleDelay,
    TotalInputTokens,
    TotalOutputTokens,
    AcceptLength,
    TheoreticalCacheHitRate,
    TheoreticalInfiniteCacheHitRate,
    ServerGpuCacheHitRate,
    ServerCpuCacheHitRate,
    ServerOverallCacheHitRate,
    CombinedCacheHitRate,
    ResponseCacheHitRate,
    KvCacheUsage,
    CpuKvCacheUsagePct,
    KvCachePoolTokens,
    RequestsRunning,
    RequestsWaiting,
    Preemptions,
    PrefixCacheHitTokens,
    PrefixCacheQueryTokens,
    CpuPrefixCacheHitTokens,
    CpuPrefixCacheQueryTokens,
    PromptTokensGpuCacheHit,
    PromptTokensExternalCacheHit,
    PromptTokensComputed,
    KvOffloadBytesGpuToCpu,
    KvOffloadBytesCpuToGpu,
    KvOffloadTimeGpuToCpu,
    KvOffloadTimeCpuToGpu,
    TotalPromptTokens,
    TotalGenerationTokens,
    TotalRequestsCompleted,
    AvgPower,
    AvgTotalGpuPower,
    TotalGpuEnergy,
    JoulesPerSuccessfulQuery,
    JoulesPerInputToken,
    JoulesPerOutputToken,
    JoulesPerTotalToken,
    PrefillGpuEnergy,
    DecodeGpuEnergy,
    PrefillAvgPower,
    DecodeAvgPower,
    PrefillJoulesPerInputToken,
    DecodeJoulesPerOutputToken,
    TputPerMw,
}

const fn info(
    quantity: Quantity,
    name: &'static str,
    unit: Unit,
    better: Better,
    about: &'static str,
) -> QuantityInfo {
    QuantityInfo { quantity, name, unit, better, about }
}

impl Quantity {
    /// Every quantity in report order: throughput, latency, shape, cache, power.
    #[rustfmt::skip]
    pub const CATALOGUE: &'static [QuantityInfo] = {
        use Better::{Higher, Lower, Neither};
        use Quantity as Q;
        &[
            info(Q::TotalTput, "total_tput_tps", Unit::TokensPerSecond, Higher, "Input plus output tokens per second of the whole system."),
            info(Q::InputTput, "input_tput_tps", Unit::TokensPerSecond, Higher, "Input tokens per second of the whole system."),
            info(Q::OutputTput, "output_tput_tps", Unit::TokensPerSecond, Higher, "Output tokens per second of the whole system."),
            info(Q::TputPerGpu, "tput_per_gpu", Unit::TokensPerSecondPerGpu, Higher, "Total tokens per second over all working GPUs."),
            info(Q::TputPerProvisionedGpu, "tput_per_provisioned_gpu", Unit::TokensPerSecondPerGpu, Higher, "Total tokens per second over all GPUs of the nodes that the job was given, idle ones included."),
            info(Q::InputTputPerGpu, "input_tput_per_gpu", Unit::TokensPerSecondPerGpu, Higher, "Input tokens per second per GPU; per prefill GPU where a disaggregated row divides so."),
            info(Q::OutputTputPerGpu, "output_tput_per_gpu", Unit::TokensPerSecondPerGpu, Higher, "Output tokens per second per GPU; per decode GPU where a disaggregated row divides so."),
            info(Q::SystemOutputTputPerGpu, "system_output_tput_per_gpu", Unit::TokensPerSecondPerGpu, Higher, "Output tokens per second over all working GPUs: one scale for aggregated and disaggregated rows."),
            info(Q::TputPerUser, "tput_per_user", Unit::TokensPerSecondPerUser, Higher, "Output tokens per second divided by the concurrency (closed loop only)."),
            info(Q::RequestTputPerUser, "request_tput_per_user", Unit::TokensPerSecondPerUser, Higher, "Mean over requests of (OSL - 1) / (E2EL - TTFT)."),
            info(Q::Qps, "qps", Unit::RequestsPerSecond, Higher, "Successful requests per second over the throughput window; with a statistic, over 1-second windows."),
            info(Q::GoodputRps, "goodput_rps", Unit::RequestsPerSecond, Higher, "Requests per second that meet every SLO."),
            info(Q::GoodFraction, "good_fraction", Unit::Fraction, Higher, "Share of all attempts that meet every SLO."),
            info(Q::GoodFractionOfSuccesses, "good_fraction_of_successes", Unit::Fraction, Higher, "Share of successful requests that meet every SLO."),
            info(Q::Intvty, "intvty", Unit::TokensPerSecondPerUser, Higher, "Interactivity: 1 / TPOT of the named statistic, so p99 is the slow tail; without a statistic, of the median, else of the mean."),
            info(Q::Ttft, "ttft", Unit::Seconds, Lower, "Time to first token: request sent to first content token."),
            info(Q::Tpot, "tpot", Unit::Seconds, Lower, "Time per output token of a request: (E2EL - TTFT) / (OSL - 1), only for OSL > 1."),
            info(Q::Itl, "itl", Unit::Seconds, Lower, "Inter-token latency as the producer reports it; gaps between stream chunks, which may hold several tokens."),
            info(Q::E2el, "e2el", Unit::Seconds, Lower, "End-to-end latency: request sent to last content token."),
            info(Q::Isl, "isl", Unit::Tokens, Neither, "Input sequence length, measured."),
            info(Q::Osl, "osl", Unit::Tokens, Neither, "Output sequence length, measured."),
            info(Q::OslExpected, "osl_expected", Unit::Tokens, Neither, "Output length that the trace asks for."),
            info(Q::Duration, "duration_seconds", Unit::Seconds, Neither, "Length of the throughput window."),
            info(Q::NumGpus, "num_gpus", Unit::Count, Neither, "Working GPUs of the cell."),
            info(Q::NumProvisionedGpus, "num_provisioned_gpus", Unit::Count, Neither, "GPUs of the nodes that the job was given, idle ones included."),
            info(Q::AchievedConcurrency, "achieved_concurrency", Unit::Count, Neither, "Mean number of requests in flight, as measured."),
            info(Q::SentRate, "sent_rps", Unit::RequestsPerSecond, Neither, "Requests sent per second, as measured; what an open loop is judged by."),
            info(Q::ScheduleDelay, "schedule_delay", Unit::Seconds, Lower, "How late a request was sent, against its schedule."),
            info(Q::TotalInputTokens, "total_input_tokens", Unit::Tokens, Neither, "Input tokens of successful requests, counted by the client."),
            info(Q::TotalOutputTokens, "total_output_tokens", Unit::Tokens, Neither, "Output tokens of successful requests, counted by the client."),
            info(Q::AcceptLength, "accept_length", Unit::Tokens, Higher, "Tokens per step of speculative decoding."),
            info(Q::TheoreticalCacheHitRate, "theoretical_cache_hit_rate", Unit::Fraction, Neither, "Prefix-cache hit rate of an ideal cache, per session."),
            info(Q::TheoreticalInfiniteCacheHitRate, "theoretical_infinite_cache_hit_rate", Unit::Fraction, Neither, "Prefix-cache hit rate of an infinite cache over all sessions."),
            info(Q::ServerGpuCacheHitRate, "server_gpu_cache_hit_rate", Unit::Fraction, Higher, "Hit tokens / query tokens of the GPU prefix cache."),
            info(Q::ServerCpuCacheHitRate, "server_cpu_cache_hit_rate", Unit::Fraction, Higher, "Hit tokens / query tokens of the CPU or external prefix cache, by the producer's own denominator."),
            info(Q::ServerOverallCacheHitRate, "server_overall_cache_hit_rate", Unit::Fraction, Higher, "Share of prompt tokens that any cache tier supplied, as the producer reports it."),
            info(Q::CombinedCacheHitRate, "combined_cache_hit_rate", Unit::Fraction, Higher, "Share of prompt tokens that any cache tier supplied: by the tokens of each source, else the producer's overall rate, else from the rates of the tiers."),
            info(Q::ResponseCacheHitRate, "response_cache_hit_rate", Unit::Fraction, Higher, "Cached prompt tokens that the responses report / prompt tokens."),
            info(Q::KvCacheUsage, "kv_cache_usage", Unit::Fraction, Neither, "Share of the GPU KV cache in use."),
            info(Q::CpuKvCacheUsagePct, "cpu_kv_cache_usage_pct", Unit::Percent, Neither, "Share of the CPU KV cache in use, in percent."),
            info(Q::KvCachePoolTokens, "kv_cache_pool_tokens", Unit::Tokens, Neither, "Capacity of the GPU KV cache."),
            info(Q::RequestsRunning, "requests_running", Unit::Count, Neither, "Requests running in the engine, sampled."),
            info(Q::RequestsWaiting, "requests_waiting", Unit::Count, Lower, "Requests waiting in the engine, sampled."),
            info(Q::Preemptions, "preemptions", Unit::Count, Lower, "Preemptions (SGLang: retractions) during the load."),
            info(Q::PrefixCacheHitTokens, "prefix_cache_hits", Unit::Tokens, Neither, "Tokens found in the GPU prefix cache during the load."),
            info(Q::PrefixCacheQueryTokens, "prefix_cache_queries", Unit::Tokens, Neither, "Tokens looked up in the GPU prefix cache during the load; retries count again."),
            info(Q::CpuPrefixCacheHitTokens, "cpu_prefix_cache_hits", Unit::Tokens, Neither, "Tokens found in the CPU or external prefix cache during the load."),
            info(Q::CpuPrefixCacheQueryTokens, "cpu_prefix_cache_queries", Unit::Tokens, Neither, "Tokens looked up in the CPU or external prefix cache during the load."),
            info(Q::PromptTokensGpuCacheHit, "prompt_tokens_gpu_cache_hit", Unit::Tokens, Neither, "Prompt tokens that the GPU cache supplied."),
            info(Q::PromptTokensExternalCacheHit, "prompt_tokens_external_cache_hit", Unit::Tokens, Neither, "Prompt tokens that a CPU or external cache supplied."),
            info(Q::PromptTokensComputed, "prompt_tokens_computed", Unit::Tokens, Neither, "Prompt tokens that were computed."),
            info(Q::KvOffloadBytesGpuToCpu, "kv_offload_bytes_gpu_to_cpu", Unit::Bytes, Neither, "KV bytes moved from GPU to CPU during the load."),
            info(Q::KvOffloadBytesCpuToGpu, "kv_offload_bytes_cpu_to_gpu", Unit::Bytes, Neither, "KV bytes moved from CPU to GPU during the load."),
            info(Q::KvOffloadTimeGpuToCpu, "kv_offload_time_gpu_to_cpu", Unit::Seconds, Neither, "Time spent moving KV from GPU to CPU."),
            info(Q::KvOffloadTimeCpuToGpu, "kv_offload_time_cpu_to_gpu", Unit::Seconds, Neither, "Time spent moving KV from CPU to GPU."),
            info(Q::TotalPromptTokens, "total_prompt_tokens", Unit::Tokens, Neither, "Prompt tokens that the server counted; warm-up may be included."),
            info(Q::TotalGenerationTokens, "total_generation_tokens", Unit::Tokens, Neither, "Generated tokens that the server counted; warm-up may be included."),
            info(Q::TotalRequestsCompleted, "total_requests_completed", Unit::Count, Neither, "Requests that the server counted as completed."),
            info(Q::AvgPower, "avg_power_w", Unit::Watts, Lower, "Mean board power of one GPU in the load window."),
            info(Q::AvgTotalGpuPower, "avg_total_gpu_power_w", Unit::Watts, Lower, "Mean power of all GPUs together."),
            info(Q::TotalGpuEnergy, "total_gpu_energy_j", Unit::Joules, Lower, "Energy of all GPUs in the load window."),
            info(Q::JoulesPerSuccessfulQuery, "joules_per_successful_query", Unit::Joules, Lower, "Energy per successful request."),
            info(Q::JoulesPerInputToken, "joules_per_input_token", Unit::Joules, Lower, "Energy per input token."),
            info(Q::JoulesPerOutputToken, "joules_per_output_token", Unit::Joules, Lower, "Energy per output token."),
            info(Q::JoulesPerTotalToken, "joules_per_total_token", Unit::Joules, Lower, "Energy per input plus output token."),
            info(Q::PrefillGpuEnergy, "prefill_gpu_energy_j", Unit::Joules, Lower, "Energy of the prefill GPUs."),
            info(Q::DecodeGpuEnergy, "decode_gpu_energy_j", Unit::Joules, Lower, "Energy of the decode GPUs."),
            info(Q::PrefillAvgPower, "prefill_avg_power_w", Unit::Watts, Lower, "Mean board power of one prefill GPU."),
            info(Q::DecodeAvgPower, "decode_avg_power_w", Unit::Watts, Lower, "Mean board power of one decode GPU."),
            info(Q::PrefillJoulesPerInputToken, "prefill_joules_per_input_token", Unit::Joules, Lower, "Prefill energy per input token."),
            info(Q::DecodeJoulesPerOutputToken, "decode_joules_per_output_token", Unit::Joules, Lower, "Decode energy per output token."),
            info(Q::TputPerMw, "tput_per_mw", Unit::TokensPerSecondPerMegawatt, Higher, "Total tokens per second per megawatt of measured GPU power."),
        ]
    };

    /// The catalogue line of this quantity.
    pub const fn info(self) -> &'static QuantityInfo {
        &Self::CATALOGUE[self as usize]
    }
}

/// A statistic of a quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stat {
    /// No statistic: a total, a rate, a count.
    Plain,
    /// Arithmetic mean.
    Mean,
    /// Population standard deviation inside a run.
    Std,
    /// Smallest value.
    Min,
    /// Largest value.
    Max,
    /// Percentile, in thousandths of a percent: p99.9 is `Percentile(99_900)`.
    Percentile(u32),
}

impl Stat {
    /// The median.
    pub const P50: Self = Self::Percentile(50_000);
    /// The 90th percentile.
    pub const P90: Self = Self::Percentile(90_000);
    /// The 95th percentile.
    pub const P95: Self = Self::Percentile(95_000);
    /// The 99th percentile.
    pub const P99: Self = Self::Percentile(99_000);

    /// Parses a producer's prefix: `mean`, `median`, `p99`, `p99.9`, `std`, `min`, `max`.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "mean" | "avg" => Self::Mean,
            "median" => Self::P50,
            "std" => Self::Std,
            "min" => Self::Min,
            "max" => Self::Max,
            _ => {
                let digits = text.strip_prefix('p')?;
                let (whole, tenths) = digits.split_once('.').unwrap_or((digits, ""));
                let plain = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
                if whole.is_empty() || !plain(whole) || !plain(tenths) || tenths.len() > 3 {
                    return None;
                }
                let mut milli: u32 = whole.parse::<u32>().ok()?.checked_mul(1000)?;
                for (digit, scale) in tenths.bytes().zip([100, 10, 1]) {
                    milli += u32::from(digit - b'0') * scale;
                }
                // `p999` is how sweep CSVs write p99.9; no percentile lies above 100.
                if milli == 999_000 {
                    milli = 99_900;
                }
                if milli > 100_000 {
                    return None;
                }
                Self::Percentile(milli)
            }
        })
    }

    /// The share of the sample below a percentile, 0..1; `None` for other statistics.
    pub fn quantile(self) -> Option<f64> {
        match self {
            Self::Percentile(milli) => Some(f64::from(milli) / 100_000.0),
            _ => None,
        }
    }

    fn prefix(self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::Plain => "",
            Self::Mean => "mean_",
            Self::Std => "std_",
            Self::Min => "min_",
            Self::Max => "max_",
            Self::Percentile(milli) => {
                let (whole, rest) = (milli / 1000, milli % 1000);
                return Cow::Owned(if rest == 0 {
                    format!("p{whole}_")
                } else {
                    let digits = format!("{rest:03}");
                    format!("p{whole}.{}_", digits.trim_end_matches('0'))
                });
            }
        })
    }
}

/// The statistics whose names are kept ready, in the order of [`Metric::common_name`]; others are
/// formatted on demand.
const COMMON: [Stat; 11] = [
    Stat::Plain,
    Stat::Mean,
    Stat::Std,
    Stat::Min,
    Stat::Max,
    Stat::Percentile(50_000),
    Stat::Percentile(75_000),
    Stat::Percentile(90_000),
    Stat::Percentile(95_000),
    Stat::Percentile(99_000),
    Stat::Percentile(99_900),
];

static NAMES: LazyLock<Vec<[String; COMMON.len()]>> = LazyLock::new(|| {
    let name = |info: &QuantityInfo, stat: Stat| format!("{}{}", stat.prefix(), info.name);
    Quantity::CATALOGUE.iter().map(|info| COMMON.map(|stat| name(info, stat))).collect()
});

static BY_NAME: LazyLock<HashMap<&'static str, Quantity>> =
    LazyLock::new(|| Quantity::CATALOGUE.iter().map(|info| (info.name, info.quantity)).collect());

/// A statistic of a quantity: what one number in a cell is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Metric {
    /// The statistic.
    pub stat: Stat,
    /// The quantity.
    pub quantity: Quantity,
}

impl PartialOrd for Metric {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Metric {
    /// Report order: by quantity of the catalogue, then by statistic.
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.quantity, self.stat).cmp(&(other.quantity, other.stat))
    }
}

impl Metric {
    /// A statistic of a quantity.
    pub const fn new(stat: Stat, quantity: Quantity) -> Self {
        Self { stat, quantity }
    }

    /// A quantity without a statistic.
    pub const fn plain(quantity: Quantity) -> Self {
        Self { stat: Stat::Plain, quantity }
    }

    /// The name on the wire, such as `p99_ttft`.
    pub fn name(self) -> Cow<'static, str> {
        match self.common_name() {
            Some(name) => Cow::Borrowed(name),
            None => Cow::Owned(format!("{}{}", self.stat.prefix(), self.quantity.info().name)),
        }
    }

    /// The name on the wire, for the statistics that most producers give.
    pub fn common_name(self) -> Option<&'static str> {
        let at = match self.stat {
            Stat::Plain => 0,
            Stat::Mean => 1,
            Stat::Std => 2,
            Stat::Min => 3,
            Stat::Max => 4,
            Stat::Percentile(50_000) => 5,
            Stat::Percentile(75_000) => 6,
            Stat::Percentile(90_000) => 7,
            Stat::Percentile(95_000) => 8,
            Stat::Percentile(99_000) => 9,
            Stat::Percentile(99_900) => 10,
            Stat::Percentile(_) => return None,
        };
        Some(&NAMES[self.quantity as usize][at])
    }

    /// The name in a sentence, such as `p99 TTFT`; other than latencies and lengths as on the wire.
    pub fn label(self) -> String {
        let short = match self.quantity {
            Quantity::Ttft => "TTFT",
            Quantity::Tpot => "TPOT",
            Quantity::Itl => "ITL",
            Quantity::E2el => "E2EL",
            Quantity::Isl => "ISL",
            Quantity::Osl => "OSL",
            Quantity::Intvty => "interactivity",
            _ => return self.name().into_owned(),
        };
        match self.stat {
            Stat::Plain => short.to_owned(),
            Stat::P50 => format!("median {short}"),
            stat => format!("{} {short}", stat.prefix().trim_end_matches('_')),
        }
    }

    /// Parses a name on the wire; `median_ttft` is accepted for `p50_ttft`.
    pub fn parse(name: &str) -> Option<Self> {
        if let Some(quantity) = BY_NAME.get(name) {
            return Some(Self::plain(*quantity));
        }
        let (stat, quantity) = name.split_once('_')?;
        Some(Self::new(Stat::parse(stat)?, *BY_NAME.get(quantity)?))
    }

    /// Unit of the value.
    pub const fn unit(self) -> Unit {
        self.quantity.info().unit
    }

    /// Whether the value is a whole number by nature and may be written as one.
    pub const fn is_countable(self) -> bool {
        matches!(self.stat, Stat::Plain) && self.unit().is_countable()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn catalogue_is_in_the_order_of_the_enum_with_unique_names() {
        for (at, info) in Quantity::CATALOGUE.iter().enumerate() {
            assert_eq!(info.quantity as usize, at, "{}", info.name);
        }
        assert_eq!(BY_NAME.len(), Quantity::CATALOGUE.len());
        assert_eq!(
            Quantity::TputPerMw as usize + 1,
            Quantity::CATALOGUE.len(),
            "the last variant has a line"
        );
    }

    #[test]
    fn percentiles_keep_their_digits() {
        assert_eq!(Stat::parse("p99.9"), Some(Stat::Percentile(99_900)));
        assert_eq!(Stat::parse("p999"), Some(Stat::Percentile(99_900)));
        assert_eq!(Stat::parse("p5"), Some(Stat::Percentile(5_000)));
        assert_eq!(Stat::parse("p101"), None);
        assert_eq!(Stat::parse("p"), None);
        assert_eq!(Stat::parse("p9é"), None);
        assert_eq!(Metric::new(Stat::Percentile(99_990), Quantity::Ttft).name(), "p99.99_ttft");
        assert_eq!(Metric::new(Stat::Percentile(99_900), Quantity::Ttft).name(), "p99.9_ttft");
    }

    #[test]
    fn labels_are_what_people_say() {
        let label = |name: &str| Metric::parse(name).map(Metric::label);
        assert_eq!(label("p99.9_ttft").as_deref(), Some("p99.9 TTFT"));
        assert_eq!(label("median_tpot").as_deref(), Some("median TPOT"));
        assert_eq!(label("mean_intvty").as_deref(), Some("mean interactivity"));
        assert_eq!(label("tput_per_gpu").as_deref(), Some("tput_per_gpu"));
    }

    #[test]
    fn every_name_parses_back() {
        for info in Quantity::CATALOGUE {
            for stat in COMMON {
                let metric = Metric::new(stat, info.quantity);
                assert_eq!(Metric::parse(&metric.name()), Some(metric));
            }
        }
        assert_eq!(Metric::parse("median_tpot"), Some(Metric::new(Stat::P50, Quantity::Tpot)));
    }
}
