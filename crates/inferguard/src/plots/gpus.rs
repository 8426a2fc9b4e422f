//! The figure of the power and utilization of GPUs.

use inferguard_model::{Cell, GpuLog, GpuSample, LogClock};
use inferguard_report::number::{counted, measure};
use inferguard_report::plot::Figure;
use inferguard_report::plot::nodes::{Look, NodeLine, NodePanel, NodeSeries, nodes};

/// Lines up to which each GPU has its own; of more their hosts are drawn.
const MOST_LINES: usize = 16;

/// Points of a line.
const MOST_POINTS: f64 = 400.0;

/// The figure of a cell; `None` where nobody sampled its GPUs while the load ran.
pub(super) fn figure(cell: &Cell) -> Option<Figure> {
    // Two monitors of the same GPUs would be drawn twice.
    let log = cell.evidence.gpus.first()?;
    let window = match log.clock {
        LogClock::Utc => cell.evidence.window_ns,
        LogClock::Local | LogClock::LocalWithoutYear => cell.evidence.window_local_ns,
    };
    let (lines, n_gpus) = lines(log, window);
    let all = || lines.iter().flat_map(|(_, samples)| samples);
    let first = all().map(|sample| sample.at_ns).min()?;
    let last = all().map(|sample| sample.at_ns).max()?;
    let start = window.map_or(first, |(start, _)| start);
    let span = last.saturating_sub(start) as f64 / 1e9;
    if span <= 0.0 {
        return None;
    }
    let step = (span / MOST_POINTS).max(1.0);
    let mut notes = Vec::new();
    if lines.len() < n_gpus {
        notes.push(format!("A line is the mean over the GPUs of a host, {n_gpus} in all."));
    }
    if step > 1.0 {
        notes.push(format!("A point is the mean of {} s.", measure(step)));
    }
    if window.is_none() {
        notes.push(
            "When the load ran is not known on the clock of the samples: all are drawn.".into(),
        );
    }
    if cell.evidence.gpus.len() > 1 {
        let more = counted(cell.evidence.gpus.len() - 1, "file", "files");
        notes.push(format!("Samples of {more} more are not drawn."));
    }
    let panel = |title: &str, unit: &str, look, of: fn(&GpuSample) -> Option<f64>| {
        let line = |(name, samples): &(String, Vec<GpuSample>)| {
            let points = points(samples, start, step, of);
            (!points.is_empty()).then(|| NodeLine { name: name.clone(), points })
        };
        let lines: Vec<_> = lines.iter().filter_map(line).collect();
        let (title, unit) = (title.to_owned(), unit.to_owned());
        (!lines.is_empty()).then_some(NodePanel { title, unit, look, lines })
    };
    let panels = [
        panel("Power of a GPU", "W", Look::Lines, GpuSample::power),
        panel("GPU utilization, 0..1", "", Look::Shares, GpuSample::utilization),
    ];
    Some(nodes(&NodeSeries {
        name: "gpus".into(),
        subject: cell.id.to_string(),
        what: "power and utilization of GPUs".into(),
        since: if window.is_some() { "the beginning of the load" } else { "the first sample" }
            .into(),
        notes,
        panels: panels.into_iter().flatten().collect(),
    }))
}

/// Samples within the load by GPU, or by host where there are many; and how many GPUs there are.
fn lines(log: &GpuLog, window: Option<(i64, i64)>) -> (Vec<(String, Vec<GpuSample>)>, usize) {
    let is_during = |at: i64| window.is_none_or(|(start, end)| (start..=end).contains(&at));
    let by_host = log.gpus.len() > MOST_LINES;
    let mut lines: Vec<(String, Vec<GpuSample>)> = Vec::new();
    let mut n_gpus = 0;
    for gpu in &log.gpus {
        let during: Vec<GpuSample> =
            gpu.samples.iter().copied().filter(|sample| is_during(sample.at_ns)).collect();
        if during.is_empty() {
            continue;
        }
        n_gpus += 1;
        let name = match (&*gpu.host, by_host) {
            ("", true) => "all".to_owned(),
            (host, true) => host.to_owned(),
            ("", false) => format!("GPU {}", gpu.index),
            (host, false) => format!("{host} GPU {}", gpu.index),
        };
        match lines.iter_mut().find(|(held, _)| *held == name) {
            Some((_, held)) => held.extend(during),
            None => lines.push((name, during)),
        }
    }
    if lines.len() > MOST_LINES {
        let all = lines.drain(..).flat_map(|(_, samples)| samples).collect();
        lines.push(("all".to_owned(), all));
    }
    (lines, n_gpus)
}

/// The mean of each step that has a value; steps without one are passed over.
fn points(
    samples: &[GpuSample],
    start: i64,
    step: f64,
    of: fn(&GpuSample) -> Option<f64>,
) -> Vec<(f64, Option<f64>)> {
    let mut steps = std::collections::BTreeMap::<u64, (f64, f64, u32)>::new();
    for sample in samples {
        let Some(value) = of(sample) else { continue };
        let seconds = sample.at_ns.saturating_sub(start) as f64 / 1e9;
        let (at, sum, n) = steps.entry((seconds / step) as u64).or_default();
        *at += seconds;
        *sum += value;
        *n += 1;
    }
    steps.into_values().map(|(at, sum, n)| (at / f64::from(n), Some(sum / f64::from(n)))).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use inferguard_model::{Evidence, GpuSeries};

    use super::*;

    const SECOND: i64 = 1_000_000_000;

    fn log(gpus: u32) -> GpuLog {
        let gpu = |index: u32| GpuSeries {
            host: if index < 8 { "n1" } else { "n2" }.into(),
            index: index % 8,
            samples: (0..100)
                .map(|at| GpuSample::new(at * SECOND, Some(f64::from(100 * index)), None))
                .collect(),
        };
        GpuLog { clock: LogClock::Utc, gpus: (0..gpus).map(gpu).collect() }
    }

    #[test]
    fn gpus_are_drawn_within_the_load_and_many_by_host() {
        let (few, n) = lines(&log(2), Some((10 * SECOND, 19 * SECOND)));
        assert_eq!((few[1].0.as_str(), few[1].1.len(), n), ("n1 GPU 1", 10, 2));
        let (many, n) = lines(&log(17), None);
        let names: Vec<_> = many.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!((names, n), (vec!["n1", "n2"], 17));
        let of_host = points(&many[0].1, 0, 10.0, GpuSample::power);
        // Eight GPUs of 0 to 700 W.
        assert_eq!(of_host[0], (4.5, Some(350.0)));
        assert_eq!(points(&many[0].1, 0, 1.0, GpuSample::utilization), []);
    }

    #[test]
    fn a_clock_without_a_zone_is_not_held_against_utc() {
        let of = |clock| {
            let evidence = Evidence {
                gpus: vec![Arc::new(GpuLog { clock, ..log(1) })],
                window_ns: Some((1_000 * SECOND, 2_000 * SECOND)),
                ..Evidence::default()
            };
            figure(&Cell { id: "c".into(), evidence: Box::new(evidence), ..Cell::default() })
        };
        assert_eq!(of(LogClock::Utc), None);
        assert!(of(LogClock::Local).is_some());
    }
}
