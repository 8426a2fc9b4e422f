//! Slices of time of one run.

use std::fmt::Write as _;

use inferguard::model::{Stat, TimeSlices};
use inferguard::render::number::{count, counted, exact, measure, millis, percent, times};
use inferguard::render::terminal::wrap;
use inferguard::requests::{RequestRun, Summary, WidthNote};

use super::{MOST_ROWS, Screen, known_or_dash};
use crate::page;

impl Screen<'_> {
    pub(super) fn slices(&self, run: &RequestRun) -> String {
        if self.found.query.slice_ns.is_none() {
            return String::new();
        }
        let mut text = format!("\n{}", self.heading("Slices of ", run));
        let Some((slices, readings)) = &run.slices else {
            return text + "  the records have no moments of start\n";
        };
        let time = Time::fitting(slices.slices.iter().filter_map(|slice| slice.e2el.as_ref()));
        let mut head =
            vec!["FROM (S)", "SENT", "FAILED", "DONE", "REQ/S", "TOK/S", "TTFT", "P99", "E2EL"];
        if !self.found.tiers.is_empty() {
            head.push("GOOD/S");
        }
        let mut rows = vec![head.into_iter().map(str::to_owned).collect::<Vec<_>>()];
        for slice in slices.slices.iter().take(MOST_ROWS) {
            let from = slice.index as f64 * (slices.width_ns as f64 / 1e9);
            let mark = if slice.is_partial { "~" } else { "" };
            let rate = |amount: Option<u64>| {
                known_or_dash(amount.and_then(|amount| slice.per_second(amount)).map(measure))
            };
            let ttft = slice.ttft.as_ref();
            let p99 = ttft.and_then(|summary| summary.get(Stat::P99));
            let mut row = vec![
                format!("{}{mark}", exact((from * 1e3).round() / 1e3)),
                count(slice.attempts()),
                count(slice.failed),
                count(slice.completed),
                rate(Some(slice.completed)),
                rate(slice.output_tokens),
                known_or_dash(ttft.map(|summary| time.told(summary.mean))),
                known_or_dash(p99.map(|p99| time.told(p99))),
                known_or_dash(slice.e2el.as_ref().map(|summary| time.told(summary.mean))),
            ];
            if !self.found.tiers.is_empty() {
                row.push(rate(slice.good_completed.first().copied()));
            }
            rows.push(row);
        }
        text += &self.table(rows, 0);
        let more = slices.slices.len().saturating_sub(MOST_ROWS);
        if more > 0 {
            let _ = writeln!(text, "  {} more in --json", counted(more, "slice", "slices"));
        }
        if slices.left_out > 0 {
            text += "  empty slices between these are left out\n";
        }
        let _ = writeln!(
            text,
            "  latencies (mean, {}) by start, rates by completion; ~ not a full slice",
            time.unit()
        );
        let latency = readings.latency.info().name.to_uppercase();
        let mut told: Vec<String> = run.stated_slices.iter().map(stated).collect();
        if let Some(ratio) = readings.first_against_rest {
            told.push(format!("mean {latency} of the first slice is {} the rest", times(ratio)));
        }
        if let Some(variation) = readings.variation {
            told.push(format!("it varies by {} of the lowest", percent(variation)));
        }
        for (name, trend) in
            [(latency.as_str(), readings.latency_trend), ("throughput", readings.throughput_trend)]
        {
            if let Some(trend) = trend {
                let (z, change) = (trend.z, percent(trend.change.abs()));
                let way = if trend.change < 0.0 { "falls" } else { "rises" };
                let told_by = if trend.is_told() { "" } else { ", within chance" };
                told.push(format!("{name} {way} by {change} over them (z {z:.1}{told_by})"));
            }
        }
        if let Some(follows) = readings.load_and_latency {
            told.push(format!("starts and {latency} have rank correlation {follows:.2}"));
        }
        told.extend(readings.width.map(WidthNote::text));
        for line in told {
            text += &page::indented(&wrap(&line, self.width - 2));
        }
        text
    }
}

/// Slices that the producer cut itself; its rates are of starts, and stay apart from ours.
fn stated(slices: &TimeSlices) -> String {
    /// More are no line that anybody reads.
    const MOST: usize = 12;
    let counts: Option<Vec<String>> =
        slices.slices.iter().map(|slice| Some(count(slice.successful?))).collect();
    let counts = match counts {
        Some(counts) if counts.len() <= MOST => format!(" with {} successes", counts.join(", ")),
        _ => String::new(),
    };
    let seconds = slices.seconds.map_or_else(String::new, |of| format!(" of {} s", exact(of)));
    let n = counted(slices.slices.len(), "slice", "slices");
    let cut = if slices.on_the_clock { ", cut on the clock" } else { "" };
    format!("the producer's own {n}{seconds}{counts}, by start{cut}, are in --json")
}

/// Latencies of a narrow table: in seconds where milliseconds would not fit.
#[derive(Clone, Copy)]
pub(super) enum Time {
    Millis,
    Seconds,
}

impl Time {
    pub(super) fn fitting<'a>(mut latencies: impl Iterator<Item = &'a Summary>) -> Self {
        if latencies.any(|of| of.max >= 100.0) { Self::Seconds } else { Self::Millis }
    }

    pub(super) fn told(self, seconds: f64) -> String {
        match self {
            Self::Millis => millis(seconds),
            Self::Seconds => measure(seconds),
        }
    }

    pub(super) const fn unit(self) -> &'static str {
        match self {
            Self::Millis => "ms",
            Self::Seconds => "s",
        }
    }
}
