//! Groups of requests of one run, and why attempts failed.

use std::fmt::Write as _;

use inferguard::model::{Quantity, Stat};
use inferguard::render::escape::visible;
use inferguard::render::number::{count, counted, millis, percent};
use inferguard::requests::{GroupRequestsBy, RequestRun};

use super::slices::Time;
use super::{MOST_ROWS, Screen, known_or_dash};
use crate::page;

impl Screen<'_> {
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
