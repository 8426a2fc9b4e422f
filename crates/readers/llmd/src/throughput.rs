//! Rates and windows: scalars in v0.1, statistics in v0.2.

use inferguard_model::{Evidence, Metric, Origin, Place, Problem, ProblemCode, Quantity, Stat};
use inferguard_source::{coerce, shorten};

use crate::harness::Harness;
use crate::report::{Report, Version};
use crate::series;
use crate::stats::Stats;

/// Quantity, key of v0.1, key and unit of v0.2.
const RATES: [(Quantity, &str, &str, &str); 4] = [
    (Quantity::InputTput, "input_tokens_per_sec", "input_token_rate", "tokens/s"),
    (Quantity::OutputTput, "output_tokens_per_sec", "output_token_rate", "tokens/s"),
    (Quantity::TotalTput, "total_tokens_per_sec", "total_token_rate", "tokens/s"),
    (Quantity::Qps, "requests_per_sec", "request_rate", "queries/s"),
];

/// Reads the rates, and the window that they divide by where it is stated.
pub(crate) fn fill(report: &mut Report<'_>, evidence: &mut Evidence) {
    let root = report.measured("throughput");
    for (quantity, v1, v2, unit) in RATES {
        let (path, value) = match report.version {
            Version::V1 | Version::Native => {
                let path = format!("{root}/{v1}");
                let value = report.document.number(&path);
                (path, value)
            }
            Version::V2 => {
                let path = format!("{root}/{v2}");
                let stats = Stats::read(&mut report.document, &path);
                let value = stats.and_then(|stats| of_unit(&stats, unit, &path, evidence));
                (format!("{path}/mean"), value)
            }
        };
        let Some(value) = value else { continue };
        if value > 0.0 {
            let origin = Origin { artifact: 0, place: Place::Path(path.into()) };
            evidence.metrics.set(Metric::plain(quantity), value, origin);
        } else {
            let told = "no rate above 0, although requests succeeded; left out";
            evidence.problem(Problem::warning(ProblemCode::LeftOut, path, told));
        }
    }
    window(report, evidence);
}

fn of_unit(stats: &Stats, unit: &str, path: &str, evidence: &mut Evidence) -> Option<f64> {
    match stats.units.as_deref() {
        None => stats.mean(),
        Some(stated) if stated == unit => stats.mean(),
        Some(other) => {
            let told = format!("in `{}` and not in {unit}; left out", shorten(other));
            evidence.problem(Problem::warning(ProblemCode::LeftOut, format!("{path}/units"), told));
            None
        }
    }
}

fn window(report: &mut Report<'_>, evidence: &mut Evidence) {
    let (harness, version) = (report.harness, report.version);
    let (path, seconds) = match version {
        Version::V1 => {
            let path = "metrics/time/duration";
            (path, report.document.number(path))
        }
        Version::V2 => {
            let path = "run/time/duration";
            (path, report.document.text(path).and_then(iso_seconds))
        }
        Version::Native => {
            let path = "load_summary/send_duration";
            (path, report.document.number(path))
        }
    };
    let seconds = seconds.filter(|seconds| *seconds > 0.0);
    if harness.states_window(version)
        && let Some(seconds) = seconds
    {
        evidence.metrics.set(Metric::plain(Quantity::Duration), seconds, Origin::key(path));
    } else if let Some((done, rate)) = evidence
        .completion
        .successful
        .filter(|n| *n > 0)
        .zip(evidence.metrics.get(Metric::plain(Quantity::Qps)))
    {
        let origin =
            Origin::derived("successful requests / qps: the window that the rates divide by");
        evidence.metrics.set(Metric::plain(Quantity::Duration), done as f64 / rate, origin);
    }
    if harness == Harness::InferencePerf && version != Version::V2 {
        // All requests, failed ones too, over the time in which they were sent.
        let total = evidence.completion.total.map(|n| n as f64);
        if let Some((total, seconds)) = total.zip(seconds) {
            let origin = Origin::derived("all requests / the time in which they were sent");
            evidence.metrics.set(Metric::plain(Quantity::SentRate), total / seconds, origin);
        }
    }
    evidence.window_ns = bounds(report).filter(|(start, end)| start <= end);
    in_flight(evidence);
}

/// Start and end of the load, where they are no others: epoch seconds in v0.1, ISO 8601 in v0.2.
fn bounds(report: &mut Report<'_>) -> Option<(i64, i64)> {
    let document = &mut report.document;
    match report.version {
        Version::V1 if report.harness.states_bounds() => {
            let mut at = |path| document.number(path).and_then(coerce::epoch_ns);
            at("metrics/time/start").zip(at("metrics/time/stop"))
        }
        Version::V2 if report.harness == Harness::GuideLlm => {
            let at = |path| document.text(path).and_then(series::moment);
            at("run/time/start").zip(at("run/time/end"))
        }
        _ => None,
    }
}

/// Little's law, as an estimate: no harness of a report counts the requests in flight.
fn in_flight(evidence: &mut Evidence) {
    let rate = evidence.metrics.get(Metric::plain(Quantity::Qps));
    let e2el = evidence.metrics.get(Metric::new(Stat::Mean, Quantity::E2el));
    if let Some((rate, e2el)) = rate.zip(e2el) {
        let origin = Origin::derived("estimate by Little's law: qps × mean_e2el");
        let metric = Metric::plain(Quantity::AchievedConcurrency);
        evidence.metrics.set_if_absent(metric, rate * e2el, origin);
    }
}

/// `PT72.5S`, as the reports write durations, and with hours and minutes before.
pub(crate) fn iso_seconds(text: &str) -> Option<f64> {
    let mut rest = text.strip_prefix("PT")?;
    let mut seconds = 0.0;
    for (unit, factor) in [('H', 3600.0), ('M', 60.0), ('S', 1.0)] {
        if let Some((number, tail)) = rest.split_once(unit) {
            seconds += coerce::parse_number(number.as_bytes())? * factor;
            rest = tail;
        }
    }
    (rest.is_empty() && seconds.is_finite()).then_some(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iso_durations_are_seconds() {
        assert_eq!(iso_seconds("PT2.5186119079589844S"), Some(2.518_611_907_958_984_4));
        assert_eq!(iso_seconds("PT1H2M3S"), Some(3723.0));
        for text in ["", "PT", "2.5", "PTxS", "P1DT2S", "PT5SX"] {
            assert!(iso_seconds(text).is_none_or(|s| s == 0.0), "{text}");
        }
    }
}
