//! Runs of one sweep by load, and what they say of capacity.

use inferguard::model::Quantity;
use inferguard::render::escape::visible;
use inferguard::render::number::{count, counted, exact, measure, percent};
use inferguard::render::terminal::wrap;
use inferguard::requests::{ASSUMPTION, SweepCapacity};

use super::{Screen, known_or_dash, load, percentile};
use crate::page;

impl Screen<'_> {
    /// The concurrency table of a sweep.
    pub(super) fn sweep(&self, runs: &[usize]) -> String {
        let tier = !self.found.tiers.is_empty();
        let mut head =
            vec!["LOAD", "REQ/S", "OUT TOK/S", "TOT TOK/S", "OUT/GPU", "TOK/S/USER", "TTFT", "P99"];
        if tier {
            head.push("GOOD");
        }
        let mut rows = vec![head.into_iter().map(str::to_owned).collect::<Vec<_>>()];
        for at in runs {
            let run = &self.found.runs[*at];
            let rate = |quantity| known_or_dash(run.rate(quantity).map(measure));
            let ttft = run.of(Quantity::Ttft);
            let mut row = vec![
                load(run),
                rate(Quantity::Qps),
                rate(Quantity::OutputTput),
                rate(Quantity::TotalTput),
                known_or_dash(run.output_per_gpu().map(measure)),
                known_or_dash(
                    run.of(Quantity::RequestTputPerUser).map(|of| measure(of.summary.mean)),
                ),
                known_or_dash(ttft.map(|found| percentile(found, 50_000, true))),
                known_or_dash(ttft.map(|found| percentile(found, 99_000, true))),
            ];
            if tier {
                let good = run.goodput.first().and_then(|one| one.as_ref().ok()?.fraction());
                row.push(known_or_dash(good.map(percent)));
            }
            rows.push(row);
        }
        let mut text = page::heading("Loads", self.color) + &self.table(rows, 0);
        text += "  TTFT: median and p99 in ms";
        text += if tier { "; GOOD: share of attempts that meet the first SLO\n\n" } else { "\n\n" };
        text
    }

    pub(super) fn capacity(&self, one: &SweepCapacity) -> String {
        let Some((target, attainment)) = self.found.query.capacity else { return String::new() };
        let slo = self.found.tiers[one.tier].to_string();
        let title =
            format!("Replicas for {} requests/s, {} good", exact(target), percent(attainment));
        let mut text = format!("\n{}  {}\n", page::heading(&title, self.color), visible(&slo));
        let run = |level: usize| &self.found.runs[one.runs[level]];
        let found = &one.capacity;
        let mut told = Vec::new();
        if let Some(chosen) = found.under_slo {
            let run = run(chosen.level);
            told.push(format!(
                "{}: load {} is the highest that reaches it, {} good at {} requests/s ({})",
                counted(chosen.replicas as usize, "replica", "replicas"),
                load(run),
                percent(one.good[chosen.level]),
                known_or_dash(run.rate(Quantity::Qps).map(measure)),
                visible(&run.id),
            ));
            match found.interval {
                Some((low, high)) => told.push(format!(
                    "95 % interval {} to {}, from resampled blocks of each run",
                    count(low),
                    count(high)
                )),
                None => {
                    told.push("no interval: a run has too few requests for five blocks".to_owned());
                }
            }
        } else {
            let best = one.good.iter().copied().fold(0.0, f64::max);
            told.push(format!(
                    "no number: no measured load has enough good requests, at most {}; measure lower loads",
                    percent(best)
                ));
        }
        if let Some(share) = found.unreached.filter(|share| *share > 0.0 && *share < 1.0) {
            told.push(format!("in {} of the resamples no load reaches it", percent(share)));
        }
        if !found.missed_below.is_empty() {
            let loads: Vec<_> = found.missed_below.iter().map(|at| load(run(*at))).collect();
            told.push(format!("lower loads miss it: {}; measure them again", loads.join(", ")));
        }
        if let Some(naive) = found.naive {
            told.push(format!(
                "{} by the highest rate that was measured, whatever its latencies (load {})",
                counted(naive.replicas as usize, "replica", "replicas"),
                load(run(naive.level))
            ));
        }
        told.push(format!("assumption: {ASSUMPTION}"));
        for line in told {
            text += &page::indented(&wrap(&line, self.width - 2));
        }
        text
    }
}
