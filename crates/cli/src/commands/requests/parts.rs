//! Parts of one run: slices of time, groups of requests, failures.

use std::fmt::Write as _;

use inferguard::model::{Quantity, Stat};
use inferguard::render::escape::visible;
use inferguard::render::number::{count, counted, exact, measure, millis, percent, times};
use inferguard::render::terminal::wrap;
use inferguard::requests::{GroupRequestsBy, RequestRun, Summary, WidthNote};

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
        let mut told = Vec::new();
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

    pub(super) fn groups(&self, run: &RequestRun) -> String {
        let Some(key) = self.found.query.group_by else { return String::new() };
        let name = match key {
            GroupRequestsBy::Isl => "ISL",
            GroupRequestsBy::Turn => "TURN",
            GroupRequestsBy::Worker => "WORKER",
            GroupRequestsBy::Error => return self.errors(run),
        };
        let before = format!("By {}: ", name.to_lowercase());
        let mut text = format!("\n{}", self.heading(&before, run));
        let Some(groups) = &run.groups else {
            return text + "  the records do not tell it\n";
        };
        let time = Time::fitting(groups.iter().filter_map(|group| group.of(Quantity::E2el)));
        let mut head = vec![name, "REQUESTS", "FAILED", "TTFT", "P99", "E2EL", "P99", "TPOT"];
        if !self.found.tiers.is_empty() {
            head.push("GOOD");
        }
        let mut rows = vec![head.into_iter().map(str::to_owned).collect::<Vec<_>>()];
        for group in groups.iter().take(MOST_ROWS) {
            let of = |quantity, stat| {
                let value = group.of(quantity).and_then(|summary| summary.get(stat));
                known_or_dash(value.map(|value| time.told(value)))
            };
            let mut row = vec![
                visible(&group.name).into_owned(),
                count(group.requests),
                count(group.failed),
                of(Quantity::Ttft, Stat::P50),
                of(Quantity::Ttft, Stat::P99),
                of(Quantity::E2el, Stat::P50),
                of(Quantity::E2el, Stat::P99),
                known_or_dash(
                    group.of(Quantity::Tpot).and_then(|of| of.get(Stat::P50)).map(millis),
                ),
            ];
            if let Some(good) = group.good.first() {
                let attempts = group.requests + group.failed;
                row.push(percent(*good as f64 / attempts.max(1) as f64));
            }
            rows.push(row);
        }
        text += &self.table(rows, 1);
        let more = groups.len().saturating_sub(MOST_ROWS);
        if more > 0 {
            let _ = writeln!(text, "  {} more in --json", counted(more, "group", "groups"));
        }
        text + &format!("  median and p99 in {}, TPOT in ms\n", time.unit())
    }

    pub(super) fn errors(&self, run: &RequestRun) -> String {
        let text = format!("\n{}", self.heading("Failed attempts of ", run));
        if run.failures.is_empty() {
            let failed = run.attempts.saturating_sub(run.successes);
            return text
                + &match failed {
                    0 => "  none\n".to_owned(),
                    n => format!("  {} failed; the records do not tell why\n", count(n)),
                };
        }
        let mut rows = vec![["COUNT", "SHARE", "CODE", "ISL", "WHY"].map(str::to_owned).to_vec()];
        for failure in run.failures.iter().take(MOST_ROWS) {
            let ends = failure.isl.first().zip(failure.isl.last());
            let isl =
                ends.map(|((first, _), (last, _))| format!("{}-{}", first.start(), last.end()));
            let reason = &failure.reason;
            rows.push(vec![
                count(reason.count),
                percent(failure.share),
                known_or_dash(reason.code.map(|code| code.to_string())),
                known_or_dash(isl),
                visible(&format!("{}: {}", reason.kind, reason.message)).into_owned(),
            ]);
        }
        text + &page::indented(&page::numbers(rows, &[0, 1, 2], self.width - 2))
    }
}

/// Latencies of a narrow table: in seconds where milliseconds would not fit.
#[derive(Clone, Copy)]
enum Time {
    Millis,
    Seconds,
}

impl Time {
    fn fitting<'a>(mut latencies: impl Iterator<Item = &'a Summary>) -> Self {
        if latencies.any(|of| of.max >= 100.0) { Self::Seconds } else { Self::Millis }
    }

    fn told(self, seconds: f64) -> String {
        match self {
            Self::Millis => millis(seconds),
            Self::Seconds => measure(seconds),
        }
    }

    const fn unit(self) -> &'static str {
        match self {
            Self::Millis => "ms",
            Self::Seconds => "s",
        }
    }
}
