//! Which share of the prompt tokens came out of a cache, and whether the offloading that a cell
//! names is the one that ran.

use inferguard_model::{Cell, Metric, Origin, Problem, ProblemCode, Quantity};

/// Lookups per prompt token above which a rate of hits ÷ queries counts waiting requests over and
/// over: engines look a waiting request up at every scheduling step.
const RETRIES: f64 = 1.2;

/// How a combined hit rate came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Formula {
    /// (GPU hits + external hits) ÷ prompt tokens, from prompt tokens by source.
    TokensBySource,
    /// The producer's rate over all tiers.
    Overall,
    /// g + (1 − g)·c: the CPU's rate is among the tokens that the GPU cache lacked.
    ShareOfMisses,
    /// The GPU's rate alone, without offloading.
    GpuOnly,
}

impl Formula {
    /// Name in the evidence of a finding.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TokensBySource => "tokens by source",
            Self::Overall => "overall rate of the producer",
            Self::ShareOfMisses => "g + (1 - g) * c",
            Self::GpuOnly => "GPU rate, no offloading",
        }
    }

    /// Whether the rate rests on hits ÷ queries.
    const fn rests_on_lookups(self) -> bool {
        matches!(self, Self::ShareOfMisses | Self::GpuOnly)
    }

    const fn origin(self, retries: Retries) -> Origin {
        Origin::derived(match (self, retries) {
            (Self::TokensBySource, _) => {
                "(prompt_tokens_gpu_cache_hit + prompt_tokens_external_cache_hit) / prompt tokens of all sources"
            }
            (Self::Overall, _) => "server_overall_cache_hit_rate",
            (Self::ShareOfMisses, Retries::Counted) => {
                "g + (1 - g) * c of server_gpu_cache_hit_rate and server_cpu_cache_hit_rate; queue-biased"
            }
            (Self::ShareOfMisses, _) => {
                "g + (1 - g) * c of server_gpu_cache_hit_rate and server_cpu_cache_hit_rate"
            }
            (Self::GpuOnly, Retries::Counted) => {
                "server_gpu_cache_hit_rate, no offloading; queue-biased"
            }
            (Self::GpuOnly, _) => "server_gpu_cache_hit_rate, no offloading",
        })
    }
}

/// Whether a rate counts the lookups of waiting requests again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retries {
    /// No: it does not rest on lookups, or there were hardly more than prompt tokens.
    Not,
    /// Yes: the rate is too low, the more the longer requests wait.
    Counted,
    /// The number of lookups is not known.
    Unknown,
}

impl Retries {
    /// Name in the evidence of a finding.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Not => "not counted",
            Self::Counted => "queue-biased",
            Self::Unknown => "not known",
        }
    }
}

/// The combined prefix-cache hit rate of a cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Combined {
    /// Share of prompt tokens that any tier supplied, 0..1.
    pub rate: f64,
    /// How it came about.
    pub formula: Formula,
    /// Whether it counts retries.
    pub retries: Retries,
}

/// The combined hit rate, or why there is none.
pub fn combined(cell: &Cell) -> Result<Combined, &'static str> {
    let plain = |quantity| cell.evidence.metrics.get(Metric::plain(quantity));
    let (rate, formula) = rate(&plain, cell.evidence.identity.offloading.as_deref())?;
    if !(0.0..=1.0).contains(&rate) {
        return Err("the cache hit rate lies outside 0..1");
    }
    let retries = if formula.rests_on_lookups() { retries(&plain) } else { Retries::Not };
    Ok(Combined { rate, formula, retries })
}

/// The rate by hits ÷ queries alone: a second opinion on the tokens by source.
///
/// Tokens are counted when a prompt is done, lookups when it comes. In a run of few requests those
/// that are open at the end make the two differ by 0.15.
pub fn by_lookups(cell: &Cell) -> Option<Combined> {
    let plain = |quantity| cell.evidence.metrics.get(Metric::plain(quantity));
    // Rates beside an overall one are shares of all tokens.
    if plain(Quantity::ServerOverallCacheHitRate).is_some() {
        return None;
    }
    let (rate, formula) = by_tier(&plain, cell.evidence.identity.offloading.as_deref()).ok()?;
    Some(Combined { rate, formula, retries: retries(&plain) })
}

fn rate(
    plain: &impl Fn(Quantity) -> Option<f64>,
    offloading: Option<&str>,
) -> Result<(f64, Formula), &'static str> {
    let sources = [
        Quantity::PromptTokensGpuCacheHit,
        Quantity::PromptTokensExternalCacheHit,
        Quantity::PromptTokensComputed,
    ];
    if let [Some(gpu), Some(external), Some(computed)] = sources.map(plain) {
        // Their sum, and not a total of another window that a joined artifact may state.
        let total = gpu + external + computed;
        if total > 0.0 {
            return Ok(((gpu + external) / total, Formula::TokensBySource));
        }
    }
    if let Some(overall) = plain(Quantity::ServerOverallCacheHitRate) {
        return Ok((overall, Formula::Overall));
    }
    by_tier(plain, offloading)
}

fn by_tier(
    plain: &impl Fn(Quantity) -> Option<f64>,
    offloading: Option<&str>,
) -> Result<(f64, Formula), &'static str> {
    let gpu = plain(Quantity::ServerGpuCacheHitRate).ok_or("no cache hit rate is known")?;
    match (plain(Quantity::ServerCpuCacheHitRate), offloading) {
        (Some(cpu), _) => Ok((gpu + (1.0 - gpu) * cpu, Formula::ShareOfMisses)),
        (None, Some("none")) => Ok((gpu, Formula::GpuOnly)),
        (None, Some(_)) => Err("KV is offloaded, and only the hit rate of the GPU cache is known"),
        (None, None) => {
            Err("only the hit rate of the GPU cache is known, and not whether KV is offloaded")
        }
    }
}

fn retries(plain: &impl Fn(Quantity) -> Option<f64>) -> Retries {
    let queries = plain(Quantity::PrefixCacheQueryTokens);
    match queries.zip(plain(Quantity::TotalPromptTokens)) {
        None => Retries::Unknown,
        Some((queries, prompts)) if queries > RETRIES * prompts => Retries::Counted,
        Some(_) => Retries::Not,
    }
}

/// Why a cell is in no series.
pub const NOT_AS_CONFIGURED: &str =
    "its offloading is named off, but a CPU or external cache was used";

/// What shows that a cell whose offloading is named off used a CPU or external cache.
///
/// Between the roles of a disaggregated deployment KV is external by design, so that external hits
/// say nothing there.
pub fn offload_contradiction(cell: &Cell) -> Option<(Metric, f64)> {
    let identity = &cell.evidence.identity;
    if identity.offloading.as_deref() != Some("none") {
        return None;
    }
    let hits: &[Quantity] = &[
        Quantity::PromptTokensExternalCacheHit,
        Quantity::CpuPrefixCacheHitTokens,
        Quantity::ServerCpuCacheHitRate,
    ];
    let has_roles = identity.disagg == Some(true) || identity.kv_transfer.is_some();
    let hits = if has_roles { &[] } else { hits };
    let moved = [Quantity::KvOffloadBytesGpuToCpu, Quantity::KvOffloadBytesCpuToGpu];
    hits.iter().chain(&moved).map(|quantity| Metric::plain(*quantity)).find_map(|metric| {
        Some((metric, cell.evidence.metrics.get(metric).filter(|value| *value > 0.0)?))
    })
}

/// Gives every cell its combined hit rate, and tells of offloading that is not what it is named.
pub fn settle(cells: &mut [Cell]) {
    for cell in cells {
        if let Ok(Combined { rate, formula, retries }) = combined(cell) {
            let metric = Metric::plain(Quantity::CombinedCacheHitRate);
            cell.evidence.metrics.set_if_absent(metric, rate, formula.origin(retries));
        }
        if let Some((metric, value)) = offload_contradiction(cell) {
            let told = format!(
                "offloading is named off, but {} is {value}; the cell is in no series",
                metric.name()
            );
            let problem = Problem::warning(ProblemCode::Conflict, "offloading", told);
            cell.evidence.problem(problem);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::scenarios;
    use inferguard_model::SourceFormat;

    fn cell(offloading: Option<&str>, values: &[(&str, f64)]) -> Cell {
        let mut cell = Cell {
            id: "c".into(),
            format: SourceFormat::AgentxAggregate,
            has_result: true,
            ..Cell::default()
        };
        cell.evidence.identity.offloading = offloading.map(Into::into);
        for (name, value) in values {
            let metric = Metric::parse(name).expect("a known metric");
            cell.evidence.metrics.set(metric, *value, Origin::key("k"));
        }
        cell
    }

    fn rate(
        offloading: Option<&str>,
        values: &[(&str, f64)],
    ) -> Result<(f64, Formula), &'static str> {
        combined(&cell(offloading, values)).map(|found| (found.rate, found.formula))
    }

    const GPU: &str = "server_gpu_cache_hit_rate";
    const CPU: &str = "server_cpu_cache_hit_rate";
    const OVERALL: &str = "server_overall_cache_hit_rate";

    #[test]
    fn tokens_by_source_come_first() {
        let values = [
            ("prompt_tokens_gpu_cache_hit", 20.0),
            ("prompt_tokens_external_cache_hit", 57.0),
            ("prompt_tokens_computed", 23.0),
            // A total of another window does not count.
            ("total_prompt_tokens", 500.0),
            (OVERALL, 0.5),
            (GPU, 0.00005),
            (CPU, 0.1),
        ];
        assert_eq!(rate(Some("on"), &values), Ok((0.77, Formula::TokensBySource)));
        assert_eq!(rate(Some("on"), &values[1..]), Ok((0.5, Formula::Overall)));
        assert_eq!(
            rate(Some("on"), &[values[5], values[6]]),
            Ok((0.00005 + 0.99995 * 0.1, Formula::ShareOfMisses))
        );
    }

    #[test]
    fn no_tokens_at_all_are_no_rate() {
        let none = [
            ("prompt_tokens_gpu_cache_hit", 0.0),
            ("prompt_tokens_external_cache_hit", 0.0),
            ("prompt_tokens_computed", 0.0),
        ];
        assert_eq!(rate(Some("on"), &none), Err("no cache hit rate is known"));
        assert_eq!(rate(None, &[(CPU, 0.5)]), Err("no cache hit rate is known"));
        assert!(rate(None, &[(OVERALL, 1.5)]).is_err());
    }

    #[test]
    fn the_gpu_rate_alone_counts_only_where_nothing_is_offloaded() {
        let gpu = [(GPU, 0.5)];
        assert_eq!(rate(Some("none"), &gpu), Ok((0.5, Formula::GpuOnly)));
        assert!(rate(Some("dram-lmcache"), &gpu).is_err());
        assert!(rate(None, &gpu).is_err());
        assert_eq!(rate(None, &[(GPU, 0.5), (CPU, 0.0)]), Ok((0.5, Formula::ShareOfMisses)));
    }

    #[test]
    fn lookups_of_waiting_requests_bias_a_rate_of_lookups_only() {
        let retries = |values: &[(&str, f64)]| {
            combined(&cell(Some("none"), values)).map(|found| found.retries)
        };
        let (gpu, prompts) = ((GPU, 0.5), ("total_prompt_tokens", 100.0));
        let queries = |n| ("prefix_cache_queries", n);
        assert_eq!(retries(&[gpu]), Ok(Retries::Unknown));
        assert_eq!(retries(&[gpu, prompts, queries(120.0)]), Ok(Retries::Not));
        assert_eq!(retries(&[gpu, prompts, queries(120.1)]), Ok(Retries::Counted));
        assert_eq!(retries(&[(OVERALL, 0.5), prompts, queries(9e9)]), Ok(Retries::Not));
    }

    #[test]
    fn the_rate_is_a_metric_that_says_how_it_came_about() {
        let mut cells = [cell(Some("none"), &[(GPU, 0.5)]), cell(Some("on"), &[(GPU, 0.5)])];
        settle(&mut cells);
        let metric = Metric::plain(Quantity::CombinedCacheHitRate);
        let entry = cells[0].evidence.metrics.entry(metric).expect("is set");
        assert_eq!(entry.value, 0.5);
        assert!(entry.origin.is_derived());
        assert_eq!(cells[1].evidence.metrics.get(metric), None);
    }

    #[test]
    fn offloading_that_is_named_off_and_ran_is_told_and_leaves_its_series() {
        let contradicts = |offloading: Option<&str>, values: &[(&str, f64)]| {
            offload_contradiction(&cell(offloading, values)).is_some()
        };
        let external = [("prompt_tokens_external_cache_hit", 14e6)];
        assert!(contradicts(Some("none"), &external));
        assert!(contradicts(Some("none"), &[(CPU, 0.01)]));
        assert!(contradicts(Some("none"), &[("kv_offload_bytes_gpu_to_cpu", 1.0)]));
        assert!(!contradicts(Some("none"), &[(CPU, 0.0), ("kv_offload_bytes_gpu_to_cpu", 0.0)]));
        assert!(!contradicts(Some("none"), &[]));
        assert!(!contradicts(Some("on"), &external));
        assert!(!contradicts(None, &external));

        let mut cells = [cell(Some("none"), &external), cell(Some("none"), &[])];
        for cell in &mut cells {
            cell.evidence.identity.model = Some("m".into());
            cell.evidence.identity.scenario_type = Some("agentic-coding".into());
            cell.evidence.identity.load.concurrency = Some(8);
        }
        settle(&mut cells);
        assert_eq!(cells[0].evidence.problems.len(), 1);
        assert!(cells[1].evidence.problems.is_empty());
        let placed = scenarios(&cells);
        assert_eq!(placed.unplaced, [(0, NOT_AS_CONFIGURED)]);
        assert_eq!(placed.scenarios[0].cells, [0, 1]);
        assert_eq!(placed.scenarios[0].series[0].points[0].cells, [1]);
    }

    #[test]
    fn kv_between_roles_is_no_offloading() {
        let mut cell = cell(Some("none"), &[("prompt_tokens_external_cache_hit", 14e6)]);
        cell.evidence.identity.disagg = Some(true);
        assert_eq!(offload_contradiction(&cell), None);
        let bytes = Metric::plain(Quantity::KvOffloadBytesCpuToGpu);
        cell.evidence.metrics.set(bytes, 1.0, Origin::key("k"));
        assert_eq!(offload_contradiction(&cell), Some((bytes, 1.0)));
    }
}
