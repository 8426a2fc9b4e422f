//! Arguments of `requests`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use inferguard::requests::{GroupRequestsBy, RequestsQuery};

use super::InputArgs;

/// Arguments of `requests`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
inferguard requests run/\n      \
the table of one run: TTFT, E2EL, TPOT, lengths, tokens/s/user; requests, rates\n  \
inferguard requests sweep/ --slo \"time_to_first_token:370 request_latency:648\"\n      \
all loads side by side, and which requests meet the objectives\n  \
inferguard requests run/ --percentile 50,75,99.9 --ci\n      \
other percentiles, with 95 % intervals\n  \
inferguard requests run/ --slice 10s --group-by isl\n  \
inferguard requests sweep/ --slo \"ttft:500 tpot:30\" --target-rps 100 --attain 95%\n      \
replicas for 100 requests/s of which 95 % are good\n  \
inferguard requests run/ --json | jq '.runs[].metrics.ttft'")]
pub struct RequestsArgs {
    /// Folders of results, or single result files
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<PathBuf>,
    /// Percentiles, separated by commas
    #[arg(long, value_name = "P,..", value_delimiter = ',', value_parser = percentile)]
    #[arg(default_value = "50,90,99")]
    pub percentile: Vec<u32>,
    /// Cut the run into slices of this length, such as 10s, 500ms, 5m
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub slice: Option<i64>,
    /// Group the requests
    #[arg(long, value_enum, value_name = "KEY")]
    pub group_by: Option<GroupArg>,
    /// 95 % intervals of mean and percentiles, by resampling blocks of the run
    #[arg(long)]
    pub ci: bool,
    /// Requests per second that replicas are to serve
    #[arg(long, value_name = "N", value_parser = rate)]
    pub target_rps: Option<f64>,
    /// Share of all attempts that is to be good at the target rate
    #[arg(long, value_name = "SHARE", value_parser = share, default_value = "95%")]
    #[arg(requires = "target_rps")]
    pub attain: f64,
    /// Print everything as JSON; latencies in seconds
    #[arg(long)]
    pub json: bool,
    /// What is read and how.
    #[command(flatten)]
    pub input: InputArgs,
}

/// What requests are grouped by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum GroupArg {
    /// Input tokens, in powers of two
    Isl,
    /// Turn in the conversation
    Turn,
    /// Worker of the client
    Worker,
    /// Why requests failed
    Error,
}

impl RequestsArgs {
    /// What is asked of the library.
    pub(crate) fn query(&self) -> RequestsQuery {
        RequestsQuery {
            percentiles: self.percentile.clone(),
            slice_ns: self.slice,
            group_by: self.group_by.map(|key| match key {
                GroupArg::Isl => GroupRequestsBy::Isl,
                GroupArg::Turn => GroupRequestsBy::Turn,
                GroupArg::Worker => GroupRequestsBy::Worker,
                GroupArg::Error => GroupRequestsBy::Error,
            }),
            intervals: self.ci,
            first_wave: self.json,
            capacity: self.target_rps.map(|target| (target, self.attain)),
        }
    }
}

/// A percentile in thousandths of a percent.
fn percentile(text: &str) -> Result<u32, String> {
    let bare = text.trim().trim_start_matches(['p', 'P']);
    let milli = bare.parse::<f64>().ok().map(|percent| percent * 1000.0);
    match milli.filter(|milli| (0.0..=100_000.0).contains(milli)) {
        Some(milli) if (milli - milli.round()).abs() < 1e-6 => Ok(milli.round() as u32),
        Some(_) => Err("a percentile has at most three decimals".into()),
        None => Err("a percentile is a number from 0 to 100, such as 99.9".into()),
    }
}

/// A length of time in nanoseconds.
pub(super) fn duration(text: &str) -> Result<i64, String> {
    let bare = text.trim();
    let digits = bare.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let factor = match &bare[digits.len()..] {
        "ms" => 1e6,
        "" | "s" => 1e9,
        "m" | "min" => 60e9,
        "h" => 3600e9,
        _ => return Err("write a length of time as 10s, 500ms, 5m or 1h".into()),
    };
    let ns = digits.trim().parse::<f64>().ok().map(|length| length * factor);
    match ns.filter(|ns| (1e6..=1e16).contains(ns)) {
        Some(ns) => Ok(ns.round() as i64),
        None => Err("write a length of time from 1ms on, such as 10s".into()),
    }
}

fn rate(text: &str) -> Result<f64, String> {
    match text.trim().parse::<f64>() {
        Ok(rate) if rate.is_finite() && rate > 0.0 => Ok(rate),
        _ => Err("a rate is a positive number of requests per second".into()),
    }
}

/// A share as percent or as a fraction.
fn share(text: &str) -> Result<f64, String> {
    let bare = text.trim();
    let parsed = match bare.strip_suffix('%') {
        Some(percent) => percent.trim().parse::<f64>().map(|percent| percent / 100.0),
        None => bare.parse::<f64>(),
    };
    match parsed {
        Ok(share) if share > 0.0 && share <= 1.0 => Ok(share),
        _ => Err("a share is more than 0 and at most 100%, such as 95% or 0.95".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_taken_to_a_thousandth() {
        assert_eq!(percentile("99.9"), Ok(99_900));
        assert_eq!(percentile(" p50"), Ok(50_000));
        assert_eq!(percentile("99.999"), Ok(99_999));
        for bad in ["", "101", "-1", "nan", "99.99999", "median"] {
            assert!(percentile(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn times_have_units_and_shares_may_be_percent() {
        assert_eq!(duration("10s"), Ok(10_000_000_000));
        assert_eq!((duration("500 ms"), duration("2")), (Ok(500_000_000), Ok(2_000_000_000)));
        assert_eq!(duration("1.5m"), Ok(90_000_000_000));
        for bad in ["", "s", "-1s", "10d", "0", "1e30s", "nan", "0.1ms"] {
            assert!(duration(bad).is_err(), "{bad}");
        }
        assert_eq!((share("95%"), share("0.95"), share("100 %")), (Ok(0.95), Ok(0.95), Ok(1.0)));
        for bad in ["95", "0", "-1%", "101%", "x"] {
            assert!(share(bad).is_err(), "{bad}");
        }
        assert!(rate("0").is_err() && rate("inf").is_err() && rate("7.5") == Ok(7.5));
    }
}
