//! Arguments of every command that reads results.

use std::path::Path;

use clap::Args;
use inferguard::config::{IgnoreRule, UnknownCode, finding};
use inferguard::{Options, Prices, Slo};

use super::ConfigArgs;

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
    /// Price of one GPU for one hour, whatever the hardware: adds cost blocks
    #[arg(long, value_name = "PRICE", value_parser = price, allow_negative_numbers = true)]
    pub cost_per_gpu_hour: Option<f64>,
    /// Label of the currency [default: that of the configuration, else USD]
    #[arg(long, value_name = "LABEL", requires = "cost_per_gpu_hour")]
    pub cost_currency: Option<String>,
    /// Service-level objectives, such as "ttft:500 tpot:30", latencies in ms: of a cell p99 unless
    /// written, of `requests` every request
    #[arg(long, value_name = "SLO")]
    pub slo: Vec<Slo>,
    /// Keep only findings of these codes, separated by commas
    #[arg(long, value_name = "CODE", value_delimiter = ',', value_parser = code)]
    pub select: Vec<&'static str>,
    /// Leave findings of these codes out, separated by commas; the report counts them
    #[arg(long, value_name = "CODE", value_delimiter = ',', value_parser = code)]
    pub ignore: Vec<&'static str>,
    /// Configuration.
    #[command(flatten)]
    pub config: ConfigArgs,
    /// Take all cells for one run, whatever their folders
    #[arg(long)]
    pub join_runs: bool,
    /// Threads [default: one a core, once reading has taken a quarter of a second]
    #[arg(short = 'j', long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub jobs: usize,
}

impl InputArgs {
    /// The options of the library that these arguments and the configuration in force ask for.
    pub(crate) fn options(
        &self,
        results: &[&Path],
        quiet: bool,
    ) -> anyhow::Result<Options<'static>> {
        let mut settings = self.config.settings(results, quiet)?;
        settings.select.clone_from(&self.select);
        settings.ignore.extend(self.ignore.iter().map(|code| IgnoreRule {
            code,
            reason: "--ignore".to_owned(),
            cells: None,
        }));
        let cost = self.cost_per_gpu_hour.map(|price| {
            let configured = settings.prices.as_ref().map(|prices| prices.currency.as_str());
            let currency = self.cost_currency.as_deref().or(configured);
            Prices::flat(price, currency.unwrap_or(Prices::CURRENCY))
        });
        Ok(Options {
            timeline_glob: self.timeline_glob.clone(),
            include: self.include.clone(),
            exclude: self.exclude.clone(),
            gpus: self.gpus,
            hardware: self.hardware.clone(),
            cost,
            slo: self.slo.clone(),
            settings,
            join_runs: self.join_runs,
            threads: self.jobs,
            ..Options::default()
        })
    }
}

/// A finding code that a check looks for.
pub(super) fn code(text: &str) -> Result<&'static str, UnknownCode> {
    finding(text.trim()).map(|meta| meta.code)
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
