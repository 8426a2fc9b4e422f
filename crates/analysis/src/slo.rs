//! Service-level objectives: `ttft:500 p90_tpot:30 intvty:20`.

use std::fmt;
use std::str::FromStr;

use inferguard_model::{Better, Metric, Quantity, Stat, Unit};

/// Objectives that are all to be met.
#[derive(Debug, Clone, PartialEq)]
pub struct Slo {
    text: String,
    /// Each objective, in the order given.
    pub objectives: Vec<Objective>,
}

/// One limit of one quantity; a value at the limit meets it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Objective {
    /// What is limited.
    pub quantity: Quantity,
    /// The statistic of a cell that is limited, where one was written.
    pub stat: Option<Stat>,
    /// The limit in the unit of the model: latencies in seconds.
    pub limit: f64,
}

/// Why a text states no objectives.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SloError {
    /// Nothing but spaces.
    #[error("no objective in `{0}`; write `ttft:500 tpot:30`, latencies in ms")]
    Empty(String),
    /// Not `name:value`.
    #[error("`{0}` is no objective; write `name:value`, such as `ttft:500` (ms)")]
    Form(String),
    /// A name that nothing is known by.
    #[error(
        "`{0}` is nothing that can be limited; use ttft, tpot, itl, e2el or intvty, after a statistic if another than p99 is meant: `p90_ttft:500`"
    )]
    Name(String),
    /// Not a positive number.
    #[error("`{0}` is no limit; write a positive number, latencies in ms")]
    Limit(String),
    /// One statistic limited twice.
    #[error("`{0}` is limited twice")]
    Twice(String),
}

/// How a set of values stands to objectives.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// Every objective is met.
    Met,
    /// The objectives that are not met, with the values.
    Missed(Vec<(Objective, f64)>),
    /// No known value misses its objective, but these are not known.
    Unknown(Vec<Metric>),
}

impl Objective {
    /// The metric of a cell that is limited: of the statistic that was written, else p99, which for
    /// interactivity is the slow tail too.
    pub fn metric(&self) -> Metric {
        Metric::new(self.stat.unwrap_or(Stat::P99), self.quantity)
    }

    /// Whether the limit is a least value.
    pub const fn is_at_least(&self) -> bool {
        matches!(self.quantity.info().better, Better::Higher)
    }

    /// Whether a value meets the objective; the limit itself does.
    pub fn is_met(&self, value: f64) -> bool {
        if self.is_at_least() { value >= self.limit } else { value <= self.limit }
    }
}

impl Slo {
    /// How a cell's values stand to the objectives.
    pub fn judge(&self, value: impl Fn(Metric) -> Option<f64>) -> Verdict {
        let (mut missed, mut unknown) = (Vec::new(), Vec::new());
        for objective in &self.objectives {
            match value(objective.metric()) {
                None => unknown.push(objective.metric()),
                Some(value) if !objective.is_met(value) => missed.push((*objective, value)),
                Some(_) => {}
            }
        }
        match (missed.is_empty(), unknown.is_empty()) {
            (false, _) => Verdict::Missed(missed),
            (true, false) => Verdict::Unknown(unknown),
            (true, true) => Verdict::Met,
        }
    }
}

impl fmt::Display for Slo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for Slo {
    type Err = SloError;

    fn from_str(text: &str) -> Result<Self, SloError> {
        let mut objectives: Vec<Objective> = Vec::new();
        for word in text.split([' ', ',', '\t', '\n']).filter(|word| !word.is_empty()) {
            let objective = objective(word)?;
            let same = |held: &Objective| {
                held.quantity == objective.quantity && held.stat == objective.stat
            };
            if objectives.iter().any(same) {
                return Err(SloError::Twice(word.to_owned()));
            }
            objectives.push(objective);
        }
        if objectives.is_empty() {
            return Err(SloError::Empty(text.to_owned()));
        }
        Ok(Self { text: text.trim().to_owned(), objectives })
    }
}

fn objective(word: &str) -> Result<Objective, SloError> {
    let (name, limit) = word.split_once(':').ok_or_else(|| SloError::Form(word.to_owned()))?;
    let (stat, quantity) = named(name).ok_or_else(|| SloError::Name(name.to_owned()))?;
    let number = limit.parse::<f64>().ok().filter(|n| n.is_finite() && *n > 0.0);
    let limit = number.ok_or_else(|| SloError::Limit(word.to_owned()))?;
    // Divided, not multiplied by 0.001: a latency of whole nanoseconds at its limit then equals it.
    let divisor = if quantity.info().unit == Unit::Seconds { 1e3 } else { 1.0 };
    Ok(Objective { quantity, stat, limit: limit / divisor })
}

/// A short name with or without a statistic, or AIPerf's tag, whose "inter-token latency" is TPOT by
/// its formula.
fn named(name: &str) -> Option<(Option<Stat>, Quantity)> {
    let quantity = |name: &str| {
        Some(match name {
            "ttft" | "time_to_first_token" => Quantity::Ttft,
            "tpot" | "inter_token_latency" => Quantity::Tpot,
            "itl" => Quantity::Itl,
            "e2el" | "request_latency" => Quantity::E2el,
            "intvty" | "output_token_throughput_per_user" => Quantity::Intvty,
            _ => return None,
        })
    };
    if let Some(quantity) = quantity(name) {
        return Some((None, quantity));
    }
    let (stat, rest) = name.split_once('_')?;
    Some((Some(Stat::parse(stat)?), quantity(rest)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slo(text: &str) -> Slo {
        text.parse().expect(text)
    }

    #[test]
    fn latencies_are_in_milliseconds_and_limit_p99_unless_written() {
        let slo = slo(" ttft:500, p90_tpot:30 intvty:20 ");
        let read: Vec<_> =
            slo.objectives.iter().map(|one| (one.metric().name(), one.limit)).collect();
        assert_eq!(
            read,
            [("p99_ttft".into(), 0.5), ("p90_tpot".into(), 0.03), ("p99_intvty".into(), 20.0)]
        );
        assert_eq!(slo.to_string(), "ttft:500, p90_tpot:30 intvty:20");
    }

    #[test]
    fn aiperf_tags_mean_the_same() {
        let ours = slo("ttft:500 tpot:30 e2el:9000").objectives;
        let tags = "time_to_first_token:500 inter_token_latency:30 request_latency:9000";
        assert_eq!(slo(tags).objectives, ours);
    }

    #[test]
    fn what_is_no_objective_is_told() {
        let error = |text: &str| text.parse::<Slo>().expect_err(text).to_string();
        assert!(error("  ").starts_with("no objective"));
        assert!(error("ttft=500").contains("name:value"));
        assert!(error("qps:5").contains("nothing that can be limited"));
        assert!(error("p999x_ttft:5").contains("nothing that can be limited"));
        for bad in ["ttft:0", "ttft:-1", "ttft:nan", "ttft:inf", "ttft:", "ttft:5s"] {
            assert!(error(bad).contains("is no limit"), "{bad}");
        }
        assert!(error("ttft:5 ttft:6").contains("twice"));
    }

    #[test]
    fn the_limit_itself_is_met_and_unknown_is_not_missed() {
        let slo = slo("ttft:500 intvty:20");
        let judge = |ttft: Option<f64>, intvty: Option<f64>| {
            slo.judge(|metric| if metric.quantity == Quantity::Ttft { ttft } else { intvty })
        };
        assert_eq!(judge(Some(0.5), Some(20.0)), Verdict::Met);
        assert!(matches!(judge(Some(0.6), None), Verdict::Missed(list) if list.len() == 1));
        assert!(matches!(judge(Some(0.5), Some(19.9)), Verdict::Missed(_)));
        assert!(matches!(judge(Some(0.5), None), Verdict::Unknown(list) if list.len() == 1));
    }
}
