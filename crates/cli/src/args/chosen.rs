//! What of the results a command takes.

use clap::Args;
use inferguard::{AxisName, Filter, FrontierRequest};

/// Which cells are taken.
#[derive(Debug, Clone, Args)]
pub struct WhereArgs {
    /// Only cells that match, such as hardware=b200,framework=sglang; * is any text, != excludes
    #[arg(long = "where", value_name = "KEY=VALUE,..")]
    filters: Vec<Filter>,
}

impl WhereArgs {
    /// Every condition as one filter.
    pub fn filter(&self) -> Filter {
        let mut all = Filter::default();
        for conditions in &self.filters {
            all.and(conditions.clone());
        }
        all
    }
}

/// Which frontiers are drawn.
#[derive(Debug, Clone, Args)]
pub struct FrontierArgs {
    /// Only this scenario: its number in the list of `pareto`, or its id
    #[arg(long, value_name = "N|ID")]
    pub scenario: Option<String>,
    /// Which cells are taken.
    #[command(flatten)]
    pub cells: WhereArgs,
    /// Horizontal axis of frontiers: a metric of the report, such as intvty, e2el, p99_ttft
    #[arg(long, value_name = "METRIC")]
    pub x: Option<AxisName>,
    /// Vertical axis, such as tput_per_gpu, cost_per_million_total_tokens, tput_per_mw
    #[arg(long, value_name = "METRIC")]
    pub y: Option<AxisName>,
    /// Worst value on the horizontal axis that is drawn
    #[arg(long, value_name = "VALUE", allow_negative_numbers = true)]
    pub cutoff: Option<f64>,
}

impl FrontierArgs {
    /// The axes that were asked for.
    pub fn request(&self) -> FrontierRequest {
        FrontierRequest { x: self.x, y: self.y, cutoff: self.cutoff }
    }
}
