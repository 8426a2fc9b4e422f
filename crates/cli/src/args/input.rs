//! Arguments of every command that reads results.

use clap::Args;
use inferguard::{Cost, Options};

/// What is read, and what is told where the sources say nothing.
#[derive(Debug, Clone, Args)]
pub struct InputArgs {
    /// Live timelines, as a glob over paths below RESULTS_DIR
    #[arg(long, value_name = "GLOB", default_value = Options::TIMELINE_GLOB)]
    pub timeline_glob: String,
    /// Take only files that match; a pattern without / matches names at any depth
    #[arg(long, value_name = "GLOB")]
    pub include: Vec<String>,
    /// Leave files out that match
    #[arg(long, value_name = "GLOB")]
    pub exclude: Vec<String>,
    /// GPUs of cells that state no GPU count
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    pub gpus: Option<u32>,
    /// Hardware of cells that state none
    #[arg(long, value_name = "NAME")]
    pub hardware: Option<String>,
    /// Price of one GPU for one hour: adds cost blocks
    #[arg(long, value_name = "PRICE", value_parser = price, allow_negative_numbers = true)]
    pub cost_per_gpu_hour: Option<f64>,
    /// Label of the currency
    #[arg(long, value_name = "LABEL", default_value = "USD", requires = "cost_per_gpu_hour")]
    pub cost_currency: String,
    /// Take all cells for one run, whatever their folders
    #[arg(long)]
    pub join_runs: bool,
    /// Threads [default: one a core]
    #[arg(short = 'j', long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub jobs: usize,
}

impl InputArgs {
    /// The options of the library that these arguments ask for.
    pub(crate) fn options(&self) -> Options<'static> {
        Options {
            timeline_glob: self.timeline_glob.clone(),
            include: self.include.clone(),
            exclude: self.exclude.clone(),
            gpus: self.gpus,
            hardware: self.hardware.clone(),
            cost: self
                .cost_per_gpu_hour
                .map(|per_gpu_hour| Cost { per_gpu_hour, currency: self.cost_currency.clone() }),
            join_runs: self.join_runs,
            threads: self.jobs,
            ..Options::default()
        }
    }
}

fn price(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(price) if price.is_finite() && price >= 0.0 => Ok(price),
        _ => Err("a price is a number that is not negative".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_finite_and_not_negative() {
        assert_eq!(price("2.5"), Ok(2.5));
        assert!(price("-1").is_err() && price("nan").is_err() && price("inf").is_err());
    }
}
