//! Figures of the records of single requests: distributions of latencies, and runs over time.

use super::axis::unit_of_latency;
use super::figure::{
    Axis, Dash, Dot, Figure, Key, Kind, Layer, Panel, Point, Ring, Scale, Sign, Stroke,
};
use super::style::Ink;
use crate::number::{count, counted, exact, measure};

/// Latencies of runs that are compared: the loads of a sweep, or a run alone.
#[derive(Debug, Clone, PartialEq)]
pub struct Latencies {
    /// What the runs are called together: the cell, or the sweep.
    pub subject: String,
    /// For each latency the curves of the runs.
    pub quantities: Vec<(String, Vec<Curve>)>,
}

/// A latency of one run, by percentile.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// The run.
    pub run: String,
    /// Requests.
    pub n: u64,
    /// Share of the requests, 0..1, and the latency in seconds that they do not exceed; ascending.
    pub points: Vec<(f64, f64)>,
}

/// A run in slices of time.
#[derive(Debug, Clone, PartialEq)]
pub struct OverTime {
    /// The cell.
    pub subject: String,
    /// Length of a slice, seconds.
    pub width: f64,
    /// Objectives, as written.
    pub tiers: Vec<String>,
    /// The slices in order.
    pub slices: Vec<SliceOfRun>,
    /// Empty slices that are not among them.
    pub left_out: u64,
}

/// One slice.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SliceOfRun {
    /// Its beginning, seconds from the first request.
    pub from: f64,
    /// The part of it that the run covers, seconds.
    pub seconds: f64,
    /// The run ended within it.
    pub is_partial: bool,
    /// Attempts that started in it.
    pub attempts: u64,
    /// Attempts that started in it and failed.
    pub failed: u64,
    /// Requests that completed in it.
    pub completed: u64,
    /// Output tokens of these.
    pub output_tokens: Option<u64>,
    /// For each objective, requests that completed in it and are good.
    pub good: Vec<u64>,
    /// Median, p90 and p99 of TTFT in seconds, by start.
    pub ttft: Option<[f64; 3]>,
    /// The same of TPOT.
    pub tpot: Option<[f64; 3]>,
    /// The same of E2EL.
    pub e2el: Option<[f64; 3]>,
}

/// The distributions of latencies, drawn so that each nine of the tail has the same width.
///
/// Beyond the percentile that its number of requests supports a curve is not drawn.
pub fn distribution(latencies: &Latencies) -> Figure {
    let mut runs: Vec<&str> = Vec::new();
    for curve in latencies.quantities.iter().flat_map(|(_, curves)| curves) {
        if !runs.contains(&curve.run.as_str()) {
            runs.push(&curve.run);
        }
    }
    // Told apart by more than colour.
    let stroke = |run: &str| {
        let place = runs.iter().position(|known| *known == run).unwrap_or(0);
        let ink = if runs.len() > 8 { Ink::Step(place, runs.len()) } else { Ink::Key(place) };
        let dashes = [Dash::Solid, Dash::Dashed, Dash::Dotted];
        Stroke::new(ink, 1.8).dashed(dashes[place % dashes.len()])
    };
    let panels: Vec<Panel> = latencies
        .quantities
        .iter()
        .map(|(quantity, curves)| {
            let values: Vec<f64> =
                curves.iter().flat_map(|c| c.points.iter().map(|p| p.1)).collect();
            let (unit, factor) = unit_of_latency(&values);
            let layer = |curve: &Curve| Layer::Line {
                points: curve
                    .points
                    .iter()
                    .map(|(share, at)| Some((*share, at * factor)))
                    .collect(),
                stroke: stroke(&curve.run),
            };
            Panel {
                title: quantity.clone(),
                x: Axis {
                    title: "share of requests that take at most this".into(),
                    scale: Scale::Nines,
                },
                y: Axis { title: format!("{unit} (lower is better)"), scale: Scale::Auto },
                layers: curves.iter().map(layer).collect(),
            }
        })
        .collect();
    let n = |run: &str| {
        let mut curves = latencies.quantities.iter().flat_map(|(_, curves)| curves);
        curves.find(|curve| curve.run == run).map_or(0, |curve| curve.n)
    };
    let keys = runs.iter().map(|run| Key {
        name: format!("{run} (n = {})", count(n(run))),
        sign: Sign::Line(stroke(run)),
    });
    Figure {
        name: format!("latency_distribution_{}", latencies.subject),
        kind: Kind::Distribution,
        subject: latencies.subject.clone(),
        title: format!("{}: latencies of single requests", latencies.subject),
        alt: format!("Percentiles of latencies of {}.", counted(runs.len(), "run", "runs")),
        axes: None,
        subtitle:
            "Successful requests of the measured phase, exact percentiles; a curve ends where \
                   its requests are too few to tell."
                .into(),
        columns: panels.len().min(2),
        keys: keys.collect(),
        panels,
        notes: Vec::new(),
    }
}

/// Reads the statistics of one latency.
type Read = fn(&SliceOfRun) -> Option<[f64; 3]>;

/// A run over time: throughput by completion, latency by start.
pub fn over_time(run: &OverTime) -> Figure {
    let mut panels = vec![rates(run)];
    if run.slices.iter().any(|slice| slice.output_tokens.is_some()) {
        panels.push(tokens(run));
    }
    let latencies: [(&str, Read); 3] =
        [("TTFT", |slice| slice.ttft), ("TPOT", |slice| slice.tpot), ("E2EL", |slice| slice.e2el)];
    for (name, read) in latencies {
        panels.extend(latency(run, name, read));
    }
    let end = run.slices.iter().map(|slice| slice.from + slice.seconds).fold(0.0, f64::max);
    for panel in &mut panels {
        // All panels show the same time.
        let y = panel.values().1.first().copied().unwrap_or(0.0);
        panel.layers.push(Layer::Extent(vec![(end, y)]));
    }
    let last = panels.len() - 1;
    panels[last].x.title = "seconds from the first request".into();
    let tier = |(at, tier): (usize, &String)| Key {
        name: format!("good: {tier}"),
        sign: Sign::Line(Stroke::new(Ink::Key(2 + at), 1.8)),
    };
    let mut keys = vec![
        Key { name: "started".into(), sign: Sign::Line(STARTED) },
        Key { name: "completed".into(), sign: Sign::Line(COMPLETED) },
    ];
    if run.slices.iter().any(|slice| slice.failed > 0) {
        keys.push(Key { name: "failed".into(), sign: Sign::Line(FAILED) });
    }
    keys.extend(run.tiers.iter().enumerate().map(tier));
    let stat = |(name, dash): (&str, Dash)| Key {
        name: name.into(),
        sign: Sign::Line(Stroke::new(LATENCY, 1.6).dashed(dash)),
    };
    keys.extend(PERCENTILES.map(stat));
    let mut notes = Vec::new();
    let little = |slice: &&SliceOfRun| slice.seconds < TOO_LITTLE * run.width;
    if let Some(slice) = run.slices.iter().find(little) {
        notes.push(format!(
            "The last slice is not drawn: the run covers {} s of it.",
            measure(slice.seconds)
        ));
    } else if run.slices.iter().any(|slice| slice.is_partial) {
        keys.push(Key {
            name: "part of a slice".into(),
            sign: Sign::Dot(Dot { key: 0, ink: Ink::Muted, hollow: true, ring: Ring::None }),
        });
    }
    if run.left_out > 0 {
        notes.push(format!("{} empty slices between others are not drawn.", count(run.left_out)));
    }
    Figure {
        name: format!("time_slices_{}", run.subject),
        kind: Kind::Slices,
        subject: run.subject.clone(),
        title: format!("{}: the run in slices of {} s", run.subject, exact(run.width)),
        alt: format!("Rates and latencies of {} slices.", run.slices.len()),
        axes: None,
        subtitle: format!(
            "{} of {} requests. Throughput by the slice of completion, latency by the slice of start.",
            counted(run.slices.len(), "slice", "slices"),
            count(run.slices.iter().map(|slice| slice.attempts).sum())
        ),
        columns: 1,
        keys,
        panels,
        notes,
    }
}

const STARTED: Stroke = Stroke::new(Ink::Muted, 1.2);
const COMPLETED: Stroke = Stroke::new(Ink::Key(0), 1.8);
const FAILED: Stroke = Stroke::new(Ink::Alarm, 1.4);
const PERCENTILES: [(&str, Dash); 3] =
    [("median", Dash::Solid), ("p90", Dash::Dashed), ("p99", Dash::Dotted)];

/// Percentiles have a colour that no rate has, so that the legend tells them apart.
const LATENCY: Ink = Ink::Text;

/// Share of a slice below which what the run covers of it says nothing.
const TOO_LITTLE: f64 = 0.25;

/// A value of each slice, at its middle; what covers only a part is a hollow point.
fn line(
    run: &OverTime,
    key: usize,
    stroke: Stroke,
    of: impl Fn(&SliceOfRun) -> Option<f64>,
) -> [Layer; 2] {
    let spot = |slice: &SliceOfRun| {
        let says = slice.seconds >= TOO_LITTLE * run.width;
        Some((slice.from + slice.seconds / 2.0, of(slice)?)).filter(|_| says)
    };
    let whole = run.slices.iter().map(|slice| spot(slice).filter(|_| !slice.is_partial));
    let partial = run.slices.iter().filter(|slice| slice.is_partial).filter_map(spot);
    let dots = partial.map(|(x, y)| Point {
        x,
        y,
        dot: Dot { key, ink: stroke.ink, hollow: true, ring: Ring::None },
        label: String::new(),
        rank: 0,
        hint: String::new(),
    });
    [Layer::Line { points: whole.collect(), stroke }, Layer::Dots(dots.collect())]
}

fn per_second(slice: &SliceOfRun, amount: u64) -> Option<f64> {
    (slice.seconds > 0.0).then(|| amount as f64 / slice.seconds)
}

fn panel(title: &str, y: String, scale: Scale, layers: Vec<Layer>) -> Panel {
    Panel {
        title: title.to_owned(),
        x: Axis { title: String::new(), scale: Scale::Zero },
        y: Axis { title: y, scale },
        layers,
    }
}

fn rates(run: &OverTime) -> Panel {
    let mut layers = Vec::new();
    layers.extend(line(run, 0, STARTED, |slice| per_second(slice, slice.attempts)));
    layers.extend(line(run, 0, COMPLETED, |slice| per_second(slice, slice.completed)));
    if run.slices.iter().any(|slice| slice.failed > 0) {
        layers.extend(line(run, 0, FAILED, |slice| per_second(slice, slice.failed)));
    }
    for tier in 0..run.tiers.len() {
        let good = |slice: &SliceOfRun| per_second(slice, *slice.good.get(tier)?);
        layers.extend(line(run, 0, Stroke::new(Ink::Key(2 + tier), 1.8), good));
    }
    let title = if run.tiers.is_empty() { "Requests" } else { "Requests and goodput" };
    panel(title, "req/s".into(), Scale::Zero, layers)
}

fn tokens(run: &OverTime) -> Panel {
    let layers = line(run, 0, COMPLETED, |slice| per_second(slice, slice.output_tokens?));
    panel("Output tokens of completed requests", "tok/s".into(), Scale::Zero, layers.into())
}

fn latency(
    run: &OverTime,
    name: &str,
    read: impl Fn(&SliceOfRun) -> Option<[f64; 3]>,
) -> Option<Panel> {
    let values: Vec<f64> = run.slices.iter().filter_map(&read).flatten().collect();
    if values.is_empty() {
        return None;
    }
    let (unit, factor) = unit_of_latency(&values);
    let layers = PERCENTILES.iter().enumerate().flat_map(|(at, (_, dash))| {
        let stroke = Stroke::new(LATENCY, 1.6).dashed(*dash);
        line(run, 0, stroke, |slice| Some(read(slice)?[at] * factor))
    });
    Some(panel(name, unit.to_string(), Scale::Auto, layers.collect()))
}
