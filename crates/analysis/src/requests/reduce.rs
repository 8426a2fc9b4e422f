//! Per-request rows to the metrics of a cell.

use inferguard_model::{
    Metric, MetricSet, Origin, Problem, ProblemCode, Quantity, RequestTable, Stat,
};

use crate::quantile::{self, REPORTED, Summary};

/// What rows come to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reduced {
    /// The metrics of the cell.
    pub metrics: MetricSet,
    /// What could not be computed.
    pub problems: Vec<Problem>,
    /// The same by quantity with the size of each sample, and what is no metric of a cell.
    pub distributions: Vec<Distribution>,
}

/// Statistics of one quantity over the requests that have it.
#[derive(Debug, Clone, PartialEq)]
pub struct Distribution {
    /// The quantity; [`Quantity::ScheduleDelay`] is the time for which the client held a request
    /// back.
    pub quantity: Quantity,
    /// Its statistics.
    pub summary: Summary,
}

impl Reduced {
    /// The statistics of a quantity.
    pub fn of(&self, quantity: Quantity) -> Option<&Summary> {
        let found = self.distributions.iter().find(|found| found.quantity == quantity);
        found.map(|found| &found.summary)
    }
}

/// Reduces the rows to metrics with the percentiles of every report.
pub fn reduce(table: &mut RequestTable) -> Reduced {
    reduce_to(table, &REPORTED)
}

/// Reduces the rows to metrics with the percentiles that are wanted, ascending and in thousandths
/// of a percent.
///
/// TTFT and E2EL that are not positive were not measured and enter no statistic; rates divide by
/// the window of the table and are absent without one. The pooled gaps lose their order; the rows
/// stay as they are, so that the peak is one column of 8 bytes a row above the table itself.
pub fn reduce_to(table: &mut RequestTable, wanted: &[u32]) -> Reduced {
    let mut out = Reduction {
        reduced: Reduced { metrics: MetricSet::with_capacity(96), ..Reduced::default() },
        wanted,
    };
    if table.is_empty() {
        return out.reduced;
    }
    out.rates(table);
    let mut scratch = tpot_column(table);
    // A request whose tokens came all at once has no rate: its mean is infinite and not stored.
    if let Some(per_user) = quantile::mean_of(&scratch, &|tpot| 1.0 / tpot) {
        let origin = Origin::derived("mean over requests of (OSL - 1) / (E2EL - TTFT)");
        out.reduced.metrics.set(Metric::plain(Quantity::RequestTputPerUser), per_user, origin);
    }
    out.tpot(&mut scratch, table.itl_is_tpot);
    scratch.retain(|tpot| *tpot > 0.0);
    for tpot in &mut scratch {
        *tpot = tpot.recip();
    }
    out.summary(&mut scratch, Quantity::RequestTputPerUser);
    out.distribution(&mut table.gaps, Quantity::Itl, &GAPS);
    for (column, quantity, texts) in [
        (&table.itl, Quantity::Itl, Some(&STATED_ITL)),
        (&table.ttft, Quantity::Ttft, Some(&TTFT)),
        (&table.e2el, Quantity::E2el, Some(&E2EL)),
        (&table.wait, Quantity::ScheduleDelay, None),
    ] {
        let is_latency = matches!(quantity, Quantity::Ttft | Quantity::E2el);
        let measured = |x: &f64| *x > 0.0 || (*x == 0.0 && !is_latency);
        scratch.clear();
        scratch.extend(column.iter().copied().filter(measured));
        match texts {
            Some(texts) => out.distribution(&mut scratch, quantity, texts),
            None => out.summary(&mut scratch, quantity),
        }
    }
    for (column, quantity, texts) in [
        (&table.isl, Quantity::Isl, &ISL),
        (&table.osl, Quantity::Osl, &OSL),
        (&table.osl_expected, Quantity::OslExpected, &OSL_EXPECTED),
    ] {
        scratch.clear();
        scratch.extend(RequestTable::known_tokens(column).map(f64::from));
        out.distribution(&mut scratch, quantity, texts);
    }
    out.reduced
}

/// Seconds of the throughput window: from the first start to the last completion.
pub fn window_seconds(table: &RequestTable) -> Option<f64> {
    let (start, end) = table.window_ns?;
    Some(end.saturating_sub(start) as f64 / 1e9)
}

/// TPOT of the requests that have one.
fn tpot_column(table: &RequestTable) -> Vec<f64> {
    let mut column = Vec::with_capacity(table.len());
    column.extend((0..table.len()).filter_map(|row| counted_tpot(table, row)));
    column
}

/// TPOT of a row where it counts.
pub(super) fn counted_tpot(table: &RequestTable, row: usize) -> Option<f64> {
    if table.osl.len() != table.len() || table.ttft.len() != table.len() {
        return None;
    }
    let measured = table.ttft[row] > 0.0 && table.e2el[row] > 0.0;
    let counts = |tpot: &f64| *tpot > 0.0 || (*tpot == 0.0 && !table.skips_zero_tpot);
    table.tpot(row).filter(|_| measured).filter(counts)
}

struct Reduction<'a> {
    reduced: Reduced,
    wanted: &'a [u32],
}

impl Reduction<'_> {
    fn summary(&mut self, values: &mut [f64], quantity: Quantity) {
        if let Some(summary) = Summary::of(values, self.wanted) {
            self.reduced.distributions.push(Distribution { quantity, summary });
        }
    }

    fn distribution(&mut self, values: &mut [f64], quantity: Quantity, texts: &Texts) {
        if let Some(summary) = Summary::of(values, self.wanted) {
            for (stat, value) in summary.stats() {
                self.reduced.metrics.set(Metric::new(stat, quantity), value, texts.origin(stat));
            }
            self.reduced.distributions.push(Distribution { quantity, summary });
        }
    }

    fn tpot(&mut self, values: &mut [f64], is_itl: bool) {
        let Some(summary) = Summary::of(values, self.wanted) else { return };
        for (stat, tpot) in summary.stats() {
            self.reduced.metrics.set(Metric::new(stat, Quantity::Tpot), tpot, TPOT.origin(stat));
            if is_itl {
                self.reduced.metrics.set(Metric::new(stat, Quantity::Itl), tpot, ITL.origin(stat));
            }
            // A deviation has no reciprocal, and min and max would swap their names.
            if matches!(stat, Stat::Mean | Stat::Percentile(_)) {
                let origin = Origin::derived("1 / TPOT of the same statistic");
                self.reduced.metrics.set(Metric::new(stat, Quantity::Intvty), 1.0 / tpot, origin);
            }
        }
        self.reduced.distributions.push(Distribution { quantity: Quantity::Tpot, summary });
    }

    fn rates(&mut self, table: &RequestTable) {
        let total = |column: &[u32]| {
            (column.len() == table.len())
                .then(|| RequestTable::known_tokens(column).map(u64::from).sum::<u64>())
        };
        let (input, output) = (total(&table.isl), total(&table.osl));
        let mut set = |quantity, value: Option<f64>, text| {
            if let Some(value) = value {
                self.reduced.metrics.set(Metric::plain(quantity), value, Origin::derived(text));
            }
        };
        let (input, output) = (input.map(|n| n as f64), output.map(|n| n as f64));
        let sum = input.zip(output).map(|(input, output)| input + output);
        set(Quantity::TotalInputTokens, input, "sum of ISL of successful requests");
        set(Quantity::TotalOutputTokens, output, "sum of OSL of successful requests");
        let Some(seconds) = window_seconds(table) else { return };
        if seconds <= 0.0 {
            let told = format!(
                "the load lasts {seconds} s from first start to last completion; rates are left out"
            );
            self.reduced.problems.push(Problem::warning(ProblemCode::LeftOut, "", told));
            return;
        }
        let per_second = |tokens: Option<f64>| tokens.map(|tokens| tokens / seconds);
        set(
            Quantity::Duration,
            Some(seconds),
            "last completion - first start of successful requests",
        );
        set(
            Quantity::Qps,
            Some(table.len() as f64 / seconds),
            "successful requests / duration_seconds",
        );
        set(Quantity::InputTput, per_second(input), "total_input_tokens / duration_seconds");
        set(Quantity::OutputTput, per_second(output), "total_output_tokens / duration_seconds");
        set(
            Quantity::TotalTput,
            per_second(sum),
            "(total_input_tokens + total_output_tokens) / duration_seconds",
        );
    }
}

/// The formula of each statistic of one quantity, as the report prints it.
struct Texts {
    mean: &'static str,
    std: &'static str,
    min: &'static str,
    max: &'static str,
    percentile: &'static str,
}

impl Texts {
    fn origin(&self, stat: Stat) -> Origin {
        Origin::derived(match stat {
            Stat::Plain | Stat::Mean => self.mean,
            Stat::Std => self.std,
            Stat::Min => self.min,
            Stat::Max => self.max,
            Stat::Percentile(_) => self.percentile,
        })
    }
}

macro_rules! texts {
    ($of:literal) => {
        Texts {
            mean: concat!("mean of ", $of),
            std: concat!("population standard deviation of ", $of),
            min: concat!("smallest ", $of),
            max: concat!("largest ", $of),
            percentile: concat!("percentile, linear between closest ranks, of ", $of),
        }
    };
}

const TTFT: Texts = texts!("TTFT > 0 of successful requests");
const E2EL: Texts = texts!("E2EL > 0 of successful requests");
const TPOT: Texts = texts!("(E2EL - TTFT) / (OSL - 1) of successful requests with OSL > 1");
const ITL: Texts = texts!("TPOT, which this producer calls ITL");
const STATED_ITL: Texts = texts!("the producer's ITL of successful requests");
const GAPS: Texts = texts!("all gaps between stream chunks, which may hold several tokens");
const ISL: Texts = texts!("ISL of successful requests");
const OSL: Texts = texts!("OSL of successful requests");
const OSL_EXPECTED: Texts = texts!("the OSL that the trace asks for, of successful requests");

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> RequestTable {
        RequestTable {
            start_ns: vec![0, 1, 2, 3],
            ttft: vec![1.0, 2.0, RequestTable::NOT_MEASURED, 3.0],
            e2el: vec![2.0, 6.0, 9.0, 4.0],
            isl: vec![100, 200, 300, 400],
            osl: vec![11, 21, 0, 1],
            itl_is_tpot: true,
            failed: 2,
            window_ns: Some((1_000_000_000, 11_000_000_000)),
            ..RequestTable::default()
        }
    }

    fn value(metrics: &MetricSet, name: &str) -> Option<f64> {
        metrics.get(Metric::parse(name).expect("is a metric"))
    }

    #[test]
    fn what_was_not_measured_enters_no_statistic() {
        let Reduced { metrics, problems, .. } = reduce(&mut table());
        let value = |name| value(&metrics, name);
        assert_eq!(value("mean_ttft"), Some(2.0));
        assert_eq!(value("max_e2el"), Some(9.0));
        assert_eq!(value("min_osl"), Some(0.0));
        // TPOT of the first two rows only: 0.1 and 0.2.
        assert_eq!((value("min_tpot"), value("max_tpot")), (Some(0.1), Some(0.2)));
        assert_eq!(value("mean_itl"), value("mean_tpot"));
        assert_eq!(value("p50_intvty"), value("p50_tpot").map(|x| 1.0 / x));
        assert_eq!(value("request_tput_per_user"), Some(7.5));
        assert_eq!(
            (value("std_intvty"), value("max_intvty"), value("mean_osl_expected")),
            (None, None, None)
        );
        assert_eq!((value("duration_seconds"), value("qps")), (Some(10.0), Some(0.4)));
        assert_eq!(
            (value("total_input_tokens"), value("output_tput_tps")),
            (Some(1000.0), Some(3.3))
        );
        assert_eq!(value("total_tput_tps"), Some(103.3));
        assert_eq!(problems, []);
        assert!(metrics.iter().all(|entry| entry.origin.is_derived()));
    }

    #[test]
    fn itl_between_chunks_is_not_tpot() {
        let gaps = vec![0.5, 0.0, 0.25];
        let Reduced { metrics, .. } =
            reduce(&mut RequestTable { itl_is_tpot: false, gaps, ..table() });
        assert_eq!(value(&metrics, "mean_itl"), Some(0.25));
        let Reduced { metrics, .. } = reduce(&mut RequestTable { itl_is_tpot: false, ..table() });
        assert_eq!(value(&metrics, "mean_itl"), None);
    }

    #[test]
    fn a_request_in_one_chunk_counts_where_its_producer_counts_it() {
        let mut at_once = table();
        at_once.e2el[0] = at_once.ttft[0];
        let skips = RequestTable { skips_zero_tpot: true, ..at_once.clone() };
        let Reduced { metrics, .. } = reduce(&mut { skips });
        assert_eq!(value(&metrics, "min_tpot"), Some(0.2));
        let Reduced { metrics, .. } = reduce(&mut at_once);
        assert_eq!(
            (value(&metrics, "min_tpot"), value(&metrics, "mean_tpot")),
            (Some(0.0), Some(0.1))
        );
        assert_eq!(value(&metrics, "request_tput_per_user"), None);
    }

    #[test]
    fn an_itl_that_is_not_tpot_is_taken_as_it_is_written() {
        let itl = vec![0.25, RequestTable::NOT_MEASURED, 0.75, 0.5];
        let Reduced { metrics, .. } =
            reduce(&mut RequestTable { itl_is_tpot: false, itl, ..table() });
        assert_eq!(value(&metrics, "mean_itl"), Some(0.5));
        assert_eq!(value(&metrics, "max_tpot"), Some(0.2));
    }

    #[test]
    fn tokens_that_nobody_knows_are_not_counted() {
        let isl = vec![100, RequestTable::NO_TOKENS, 300, 200];
        let Reduced { metrics, .. } = reduce(&mut RequestTable { isl, ..table() });
        assert_eq!(value(&metrics, "total_input_tokens"), Some(600.0));
        assert_eq!(value(&metrics, "mean_isl"), Some(200.0));
    }

    #[test]
    fn columns_that_the_source_lacks_leave_their_metrics_out() {
        let mut lacking = RequestTable { osl: Vec::new(), window_ns: None, ..table() };
        let Reduced { metrics, .. } = reduce(&mut lacking);
        let value = |name| value(&metrics, name);
        assert_eq!(
            (value("mean_tpot"), value("total_output_tokens"), value("qps")),
            (None, None, None)
        );
        assert_eq!((value("total_input_tokens"), value("mean_e2el")), (Some(1000.0), Some(5.25)));
    }

    #[test]
    fn no_rows_and_no_time_give_no_rates() {
        let Reduced { metrics, problems, .. } = reduce(&mut RequestTable::default());
        assert!(metrics.is_empty() && problems.is_empty());
        let mut instant = RequestTable { window_ns: Some((5, 5)), ..table() };
        let Reduced { metrics, problems, .. } = reduce(&mut instant);
        assert_eq!((value(&metrics, "qps"), problems.len()), (None, 1));
    }
}
