//! What an axis of a frontier can be: a metric of the catalogue, or a cost per million tokens.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use inferguard_model::{Better, Cell, Metric, Quantity, Stat};

use crate::cost::{self, Prices};

/// Price of a GPU-hour of a cell; `None` where no price is known.
pub type GpuHourPrice<'p> = &'p dyn Fn(&Cell) -> Option<f64>;

/// Which direction of an axis is the better one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// More is better.
    Higher,
    /// Less is better.
    Lower,
}

/// Tokens that a cost is told for; each charges all GPUs, so they are three views of one bill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tokens {
    /// Input plus output.
    Total,
    /// Input.
    Input,
    /// Output.
    Output,
}

/// A value that a cell has and a frontier can be drawn over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// A metric.
    Metric(Metric),
    /// Cost per million tokens; needs a price.
    CostPerMillion(Tokens),
}

const COSTS: [(Tokens, &str); 3] = [
    (Tokens::Total, "cost_per_million_total_tokens"),
    (Tokens::Input, "cost_per_million_input_tokens"),
    (Tokens::Output, "cost_per_million_output_tokens"),
];

impl Measure {
    /// The value of a cell.
    pub fn of(self, cell: &Cell, price: GpuHourPrice<'_>) -> Option<f64> {
        match self {
            Self::Metric(metric) => cell.evidence.metrics.get(metric),
            Self::CostPerMillion(tokens) => {
                let cost = cost::of_cell(cell, price(cell)?);
                match tokens {
                    Tokens::Total => cost.per_million_total,
                    Tokens::Input => cost.per_million_input,
                    Tokens::Output => cost.per_million_output,
                }
            }
        }
    }

    /// Name on the wire.
    pub fn name(self) -> Cow<'static, str> {
        match self {
            Self::Metric(metric) => metric.name(),
            Self::CostPerMillion(of) => {
                let known = COSTS.iter().find(|(tokens, _)| *tokens == of);
                known.map_or(Cow::Borrowed(""), |(_, name)| Cow::Borrowed(name))
            }
        }
    }

    /// Short text of the unit; a cost is in the currency of its price.
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Metric(metric) => metric.unit().label(),
            Self::CostPerMillion(_) => "per million tokens",
        }
    }

    /// The unit, for a cost with the currency of its price.
    pub fn unit_of(self, prices: Option<&Prices>) -> String {
        match (self, prices) {
            (Self::CostPerMillion(_), Some(prices)) => {
                format!("{} {}", prices.currency, self.unit())
            }
            _ => self.unit().to_owned(),
        }
    }
}

/// An axis: what is drawn, and which direction is the better one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Axis {
    /// What is drawn.
    pub measure: Measure,
    /// The better direction.
    pub better: Direction,
}

/// An axis as it is asked for: a latency without a statistic leaves it to the cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AxisName {
    asked: Asked,
    better: Direction,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    Exactly(Measure),
    /// The median, else the mean: whichever more points have.
    Middle(Quantity),
}

/// Why a name is no axis.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AxisError {
    /// No metric is called so.
    #[error("no metric is called `{name}`; {}", did_you_mean(near))]
    Unknown {
        /// The name.
        name: String,
        /// Names that are spelled like it.
        near: Vec<&'static str>,
    },
    /// Neither direction is the better one.
    #[error(
        "neither more nor less of `{0}` is better; say which is meant: `{0}:higher` or `{0}:lower`"
    )]
    NoDirection(String),
    /// Neither `higher` nor `lower`.
    #[error("`{0}` is no direction; write `higher` or `lower` after the colon")]
    Direction(String),
    /// A cost without a price.
    #[error("`{0}` needs a price per GPU-hour")]
    NoPrice(String),
    /// Both axes are one.
    #[error("both axes are `{0}`")]
    Same(String),
}

fn did_you_mean(near: &[&str]) -> String {
    if near.is_empty() {
        "write a metric of the report, such as `tput_per_gpu` or `p99_ttft`".into()
    } else {
        format!("did you mean {}?", near.join(", "))
    }
}

impl AxisName {
    /// A latency or the interactivity by its median, else its mean; any other quantity as it is.
    pub const fn of(quantity: Quantity) -> Self {
        let better = match quantity.info().better {
            Better::Higher => Direction::Higher,
            Better::Lower | Better::Neither => Direction::Lower,
        };
        let asked = if has_middle(quantity) {
            Asked::Middle(quantity)
        } else {
            Asked::Exactly(Measure::Metric(Metric::plain(quantity)))
        };
        Self { asked, better }
    }

    /// Cost per million tokens: less is better.
    pub const fn cost(tokens: Tokens) -> Self {
        let asked = Asked::Exactly(Measure::CostPerMillion(tokens));
        Self { asked, better: Direction::Lower }
    }

    /// Whether it can be drawn only with a price.
    pub const fn needs_price(self) -> bool {
        matches!(self.asked, Asked::Exactly(Measure::CostPerMillion(_)))
    }

    /// Whether it can be drawn with what prices there are.
    pub fn check(self, has_price: bool) -> Result<(), AxisError> {
        if self.needs_price() && !has_price {
            return Err(AxisError::NoPrice(self.to_string()));
        }
        Ok(())
    }

    /// The axis: for a name without a statistic the one that more points have, the median on a tie.
    ///
    /// One choice for everything that is drawn together, so that no axis mixes two definitions.
    pub fn settle(self, points: impl Fn(Measure) -> usize) -> Axis {
        let measure = match self.asked {
            Asked::Exactly(measure) => measure,
            Asked::Middle(quantity) => {
                let [median, mean] = [Stat::P50, Stat::Mean]
                    .map(|stat| Measure::Metric(Metric::new(stat, quantity)));
                if points(mean) > points(median) { mean } else { median }
            }
        };
        Axis { measure, better: self.better }
    }
}

/// Quantities of single requests, of which a cell has statistics and no plain value, and
/// interactivity, whose plain value is of either statistic.
const fn has_middle(quantity: Quantity) -> bool {
    matches!(
        quantity,
        Quantity::Intvty
            | Quantity::Ttft
            | Quantity::Tpot
            | Quantity::Itl
            | Quantity::E2el
            | Quantity::ScheduleDelay
    )
}

impl fmt::Display for AxisName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.asked {
            Asked::Exactly(measure) => f.write_str(&measure.name()),
            Asked::Middle(quantity) => f.write_str(quantity.info().name),
        }
    }
}

impl FromStr for AxisName {
    type Err = AxisError;

    /// Parses `tput_per_gpu`, `p99_ttft`, `ttft`, and `num_gpus:lower` where neither direction is
    /// better by itself.
    fn from_str(text: &str) -> Result<Self, AxisError> {
        let (name, told) = match text.trim().split_once(':') {
            None => (text.trim(), None),
            Some((name, "higher")) => (name, Some(Direction::Higher)),
            Some((name, "lower")) => (name, Some(Direction::Lower)),
            Some((_, other)) => return Err(AxisError::Direction(other.to_owned())),
        };
        let of_cost = COSTS.iter().find(|(_, cost)| *cost == name).map(|(of, _)| Self::cost(*of));
        if let Some(axis) = of_cost {
            return Ok(Self { better: told.unwrap_or(axis.better), ..axis });
        }
        let metric = Metric::parse(name)
            .ok_or_else(|| AxisError::Unknown { name: name.to_owned(), near: near(name) })?;
        let better = match (told, metric.quantity.info().better) {
            (Some(told), _) => told,
            (None, Better::Neither) => return Err(AxisError::NoDirection(name.to_owned())),
            // Less spread is better, whatever is spread.
            (None, _) if metric.stat == Stat::Std => Direction::Lower,
            (None, Better::Higher) => Direction::Higher,
            (None, Better::Lower) => Direction::Lower,
        };
        let asked = match metric.stat {
            Stat::Plain if has_middle(metric.quantity) => Asked::Middle(metric.quantity),
            _ => Asked::Exactly(Measure::Metric(metric)),
        };
        Ok(Self { asked, better })
    }
}

/// Names that an error offers.
const NEAR: usize = 3;

/// Names of the catalogue that are spelled like a name, the most alike first.
fn near(name: &str) -> Vec<&'static str> {
    // The statistic, if it is one, is not what is misspelled.
    let stem = match name.split_once('_') {
        Some((stat, rest)) if Stat::parse(stat).is_some() => rest,
        _ => name,
    };
    let names = Quantity::CATALOGUE.iter().map(|info| info.name);
    let mut alike: Vec<(usize, &str)> = names
        .chain(COSTS.map(|(_, name)| name))
        .map(|known| {
            (if known.contains(stem) { 1 } else { strsim::levenshtein(stem, known) }, known)
        })
        .filter(|(apart, known)| *apart <= known.len().max(3) / 3)
        .collect();
    alike.sort_unstable();
    alike.into_iter().take(NEAR).map(|(_, known)| known).collect()
}

/// Throughputs that are drawn unless others are asked for.
const THROUGHPUTS: [AxisName; 2] =
    [AxisName::of(Quantity::TputPerGpu), AxisName::of(Quantity::SystemOutputTputPerGpu)];

/// Latencies that they are drawn against; the first is the default horizontal axis.
const LATENCIES: [AxisName; 3] =
    [AxisName::of(Quantity::Intvty), AxisName::of(Quantity::E2el), AxisName::of(Quantity::Ttft)];

/// Which frontiers are asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct FrontierRequest {
    /// Horizontal axis; `None` for the default ones.
    pub x: Option<AxisName>,
    /// Vertical axis; `None` for the default ones.
    pub y: Option<AxisName>,
    /// Worst value on the horizontal axis that is drawn; on `intvty` when no axis is given.
    pub cutoff: Option<f64>,
}

impl FrontierRequest {
    /// Whether the request can be answered.
    pub fn check(&self, has_price: bool) -> Result<(), AxisError> {
        for axis in [self.x, self.y].into_iter().flatten() {
            axis.check(has_price)?;
        }
        match (self.x, self.y) {
            (Some(x), Some(y)) if x.asked == y.asked => Err(AxisError::Same(x.to_string())),
            _ => Ok(()),
        }
    }

    /// Pairs of axes, horizontal first. With one axis given, its default partners.
    pub fn pairs(&self, has_price: bool) -> Vec<(AxisName, AxisName)> {
        let defaults = defaults(has_price);
        let of = |pairs: &[(AxisName, AxisName)],
                  wanted: &dyn Fn(&(AxisName, AxisName)) -> bool| {
            pairs.iter().copied().filter(|pair| wanted(pair)).collect::<Vec<_>>()
        };
        match (self.x, self.y) {
            (Some(x), Some(y)) => vec![(x, y)],
            (None, None) => defaults,
            (Some(x), None) => {
                let known = of(&defaults, &|pair| pair.0 == x);
                if known.is_empty() { THROUGHPUTS.map(|y| (x, y)).to_vec() } else { known }
            }
            (None, Some(y)) => {
                let known = of(&defaults, &|pair| pair.1 == y);
                if known.is_empty() { LATENCIES.map(|x| (x, y)).to_vec() } else { known }
            }
        }
    }

    /// What is drawn where no GPU count is known: the throughput of all GPUs together, total, else
    /// output. Nothing stands for a vertical axis that was asked for.
    pub fn pairs_of_all_gpus(&self) -> Vec<Vec<(AxisName, AxisName)>> {
        if self.y.is_some() {
            return Vec::new();
        }
        let xs = self.x.map_or_else(|| LATENCIES.to_vec(), |x| vec![x]);
        let of = |y: Quantity| xs.iter().map(|x| (*x, AxisName::of(y))).collect();
        [Quantity::TotalTput, Quantity::OutputTput].map(of).to_vec()
    }

    /// The cutoff of a pair: on the axis that was given, else on the default one.
    pub fn cutoff_on(&self, x: AxisName) -> Option<f64> {
        self.cutoff.filter(|_| x == self.x.unwrap_or(LATENCIES[0]))
    }
}

/// Throughputs per GPU against latencies, and against interactivity also cost and tokens/s/MW.
fn defaults(has_price: bool) -> Vec<(AxisName, AxisName)> {
    let mut pairs = Vec::new();
    for y in THROUGHPUTS {
        pairs.extend(LATENCIES.map(|x| (x, y)));
    }
    let intvty = LATENCIES[0];
    if has_price {
        pairs.push((intvty, AxisName::cost(Tokens::Total)));
    }
    // Without power no point has it, and nothing is drawn.
    pairs.push((intvty, AxisName::of(Quantity::TputPerMw)));
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis(text: &str) -> AxisName {
        text.parse().expect(text)
    }

    fn error(text: &str) -> String {
        text.parse::<AxisName>().expect_err(text).to_string()
    }

    fn names(request: &FrontierRequest, has_price: bool) -> Vec<String> {
        let name = |(x, y): (AxisName, AxisName)| format!("{y} by {x}");
        request.pairs(has_price).into_iter().map(name).collect()
    }

    #[test]
    fn every_metric_and_cost_has_its_name_unit_and_direction() {
        let settled = |text: &str| {
            let axis = axis(text).settle(|_| 1);
            (axis.measure.name().into_owned(), axis.measure.unit(), axis.better)
        };
        let (higher, lower) = (Direction::Higher, Direction::Lower);
        assert_eq!(settled("tput_per_gpu"), ("tput_per_gpu".into(), "tok/s/GPU", higher));
        assert_eq!(settled("p99_ttft"), ("p99_ttft".into(), "s", lower));
        assert_eq!(settled("median_e2el"), ("p50_e2el".into(), "s", lower));
        assert_eq!(settled("intvty"), ("p50_intvty".into(), "tok/s/user", higher));
        assert_eq!(settled("std_qps"), ("std_qps".into(), "req/s", lower));
        assert_eq!(settled("num_gpus:lower"), ("num_gpus".into(), "count", lower));
        assert_eq!(settled("num_gpus:higher"), ("num_gpus".into(), "count", higher));
        let cost = "cost_per_million_output_tokens";
        assert_eq!(settled(cost), (cost.into(), "per million tokens", lower));
    }

    #[test]
    fn what_is_no_axis_is_told_with_names_near_it() {
        assert!(error("tput_per_gpus").contains("did you mean tput_per_gpu,"));
        assert!(error("p99_tttf").contains("ttft"));
        assert!(error("cost_per_million_tokens").contains("cost_per_million_total_tokens"));
        assert!(error("mw").contains("tput_per_mw"));
        assert!(error("xyzzyxyzzy").contains("such as"));
        assert!(error("").contains("no metric is called"));
        assert!(error(&"é".repeat(5000)).contains("such as"));
        assert!(error("isl").contains("`isl:higher` or `isl:lower`"));
        assert!(error("isl:up").contains("`up` is no direction"));
    }

    #[test]
    fn the_statistic_is_the_one_that_more_points_have() {
        let of = |median: usize, mean: usize| {
            let points = |measure: Measure| {
                if measure.name() == "p50_ttft" { median } else { mean }
            };
            axis("ttft").settle(points).measure.name()
        };
        assert_eq!(of(3, 3), "p50_ttft");
        assert_eq!(of(3, 4), "mean_ttft");
        assert_eq!(of(4, 3), "p50_ttft");
        assert_eq!(axis("p99_ttft").settle(|_| 0).measure.name(), "p99_ttft");
    }

    #[test]
    fn the_default_pairs() {
        let defaults = names(&FrontierRequest::default(), false);
        assert_eq!(
            defaults,
            [
                "tput_per_gpu by intvty",
                "tput_per_gpu by e2el",
                "tput_per_gpu by ttft",
                "system_output_tput_per_gpu by intvty",
                "system_output_tput_per_gpu by e2el",
                "system_output_tput_per_gpu by ttft",
                "tput_per_mw by intvty",
            ]
        );
        let priced = names(&FrontierRequest::default(), true);
        assert_eq!(priced.len(), 8);
        assert!(priced.contains(&"cost_per_million_total_tokens by intvty".into()));
    }

    #[test]
    fn one_axis_gets_its_default_partners() {
        let x = |text| FrontierRequest { x: Some(axis(text)), ..FrontierRequest::default() };
        let y = |text| FrontierRequest { y: Some(axis(text)), ..FrontierRequest::default() };
        assert_eq!(
            names(&x("p99_ttft"), false),
            ["tput_per_gpu by p99_ttft", "system_output_tput_per_gpu by p99_ttft"]
        );
        assert_eq!(names(&x("intvty"), true).len(), 4);
        assert_eq!(names(&y("qps"), false), ["qps by intvty", "qps by e2el", "qps by ttft"]);
        assert_eq!(names(&y("tput_per_mw"), false), ["tput_per_mw by intvty"]);
        let both = FrontierRequest { y: Some(axis("qps")), ..x("p99_ttft") };
        assert_eq!(names(&both, true), ["qps by p99_ttft"]);
    }

    #[test]
    fn a_request_that_cannot_be_answered_is_told() {
        let of =
            |x: &str, y: &str| FrontierRequest { x: Some(axis(x)), y: Some(axis(y)), cutoff: None };
        let cost = of("intvty", "cost_per_million_input_tokens");
        assert!(cost.check(false).is_err_and(|e| e.to_string().contains("needs a price")));
        assert_eq!(cost.check(true), Ok(()));
        assert!(of("ttft", "ttft").check(true).is_err());
    }

    #[test]
    fn the_cutoff_is_on_the_given_axis_or_the_default_one() {
        let cutoff = Some(30.0);
        let default = FrontierRequest { cutoff, ..FrontierRequest::default() };
        assert_eq!(default.cutoff_on(axis("intvty")), cutoff);
        assert_eq!(default.cutoff_on(axis("e2el")), None);
        let given = FrontierRequest { x: Some(axis("p99_ttft")), ..default };
        assert_eq!(given.cutoff_on(axis("p99_ttft")), cutoff);
    }
}
