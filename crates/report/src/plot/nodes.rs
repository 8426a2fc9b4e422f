//! Figures of workers and nodes over time: throughput, queues, caches, power.

use std::collections::BTreeSet;

use super::figure::{Axis, Dash, Figure, Key, Kind, Layer, Panel, Scale, Sign, Stroke};
use super::style::Ink;
use crate::number::counted;

/// Series of workers, nodes or roles over the load of one cell.
#[derive(Debug, Clone, PartialEq)]
pub struct NodeSeries {
    /// Name of the file, before the cell: `workers`, `rate_match`.
    pub name: String,
    /// The cell.
    pub subject: String,
    /// What the series are, for the title: `prefill and decode by worker`.
    pub what: String,
    /// Where the time begins: `the beginning of the load`.
    pub since: String,
    /// What else a reader has to know.
    pub notes: Vec<String>,
    /// One below the other, all over the same time.
    pub panels: Vec<NodePanel>,
}

/// Series of one quantity.
#[derive(Debug, Clone, PartialEq)]
pub struct NodePanel {
    /// The quantity.
    pub title: String,
    /// Its unit; of a share none.
    pub unit: String,
    /// How the lines are drawn.
    pub look: Look,
    /// The series.
    pub lines: Vec<NodeLine>,
}

/// How the lines of a panel are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// Each by itself, from zero.
    Lines,
    /// Each by itself, from 0 to 1.
    Shares,
    /// One upon the other.
    Stacked,
}

/// One series.
#[derive(Debug, Clone, PartialEq)]
pub struct NodeLine {
    /// What it is of; lines of one name have one colour in all panels.
    pub name: String,
    /// Seconds from the beginning of the load, ascending, and the value there; `None` for a gap.
    pub points: Vec<(f64, Option<f64>)>,
}

/// Series over time, panel by panel.
pub fn nodes(series: &NodeSeries) -> Figure {
    let mut names: Vec<&str> = Vec::new();
    for line in series.panels.iter().flat_map(|panel| &panel.lines) {
        if !names.contains(&line.name.as_str()) {
            names.push(&line.name);
        }
    }
    let place = |name: &str| names.iter().position(|one| *one == name).unwrap_or(0);
    let ink = |name: &str| Ink::Key(place(name));
    // There are eight colours: the ninth line has the first again, broken.
    let stroke = |name: &str, width: f32| {
        Stroke::new(ink(name), width).dashed(DASHES[place(name) / 8 % DASHES.len()])
    };
    let mut panels: Vec<Panel> =
        series.panels.iter().map(|one| panel(one, &ink, &stroke)).collect();
    let times = series.panels.iter().flat_map(|one| &one.lines).flat_map(|line| &line.points);
    let end = times.map(|(at, _)| *at).fold(0.0, f64::max);
    for panel in &mut panels {
        panel.layers.push(Layer::Extent(vec![(0.0, 0.0), (end, 0.0)]));
    }
    let time = format!("seconds from {}", series.since);
    if let Some(last) = panels.last_mut() {
        last.x.title.clone_from(&time);
    }
    let stacked = series.panels.iter().filter(|panel| panel.look == Look::Stacked);
    let stacked: BTreeSet<&str> =
        stacked.flat_map(|panel| &panel.lines).map(|line| line.name.as_str()).collect();
    let key = |name: &&str| Key {
        name: (*name).to_owned(),
        sign: if stacked.contains(name) {
            Sign::Area(ink(name))
        } else {
            Sign::Line(stroke(name, 1.8))
        },
    };
    // Six panels in one column are too low to read.
    let columns = if panels.len() > 4 { 2 } else { 1 };
    if columns == 2
        && let [.., before, _] = &mut panels[..]
    {
        before.x.title = time;
    }
    Figure {
        name: format!("{}_{}", series.name, series.subject),
        kind: Kind::Nodes,
        subject: series.subject.clone(),
        title: format!("{}: {}", series.subject, series.what),
        alt: format!("{} over time.", counted(panels.len(), "quantity", "quantities")),
        axes: None,
        subtitle: format!(
            "{}, time from {}.",
            counted(names.len(), "series", "series"),
            series.since
        ),
        columns,
        keys: names.iter().map(key).collect(),
        panels,
        notes: series.notes.clone(),
    }
}

const DASHES: [Dash; 3] = [Dash::Solid, Dash::Dashed, Dash::Dotted];

fn panel(
    of: &NodePanel,
    ink: &impl Fn(&str) -> Ink,
    stroke: &impl Fn(&str, f32) -> Stroke,
) -> Panel {
    let layers = match of.look {
        Look::Stacked => stack(&of.lines, ink),
        Look::Lines | Look::Shares => of
            .lines
            .iter()
            .map(|line| Layer::Line {
                points: broken(&line.points),
                stroke: stroke(&line.name, 1.5),
            })
            .collect(),
    };
    let scale = if of.look == Look::Shares { Scale::Fixed(0.0, 1.0) } else { Scale::Zero };
    Panel {
        title: of.title.clone(),
        x: Axis { title: String::new(), scale: Scale::Zero },
        y: Axis { title: of.unit.clone(), scale },
        layers,
    }
}

/// A pause of so many times the usual one between two points is a gap.
const PAUSE: f64 = 10.0;

/// The points with the gaps between them: where nobody sampled for long, nothing is known.
fn broken(points: &[(f64, Option<f64>)]) -> Vec<Option<(f64, f64)>> {
    let mut pauses: Vec<f64> = points.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
    pauses.sort_by(f64::total_cmp);
    let usual = pauses.get(pauses.len() / 2).copied().unwrap_or(0.0);
    let mut line = Vec::with_capacity(points.len());
    let mut last = f64::INFINITY;
    for (at, value) in points {
        if at - last > PAUSE * usual && usual > 0.0 {
            line.push(None);
        }
        line.push(value.map(|value| (*at, value)));
        last = *at;
    }
    line
}

/// Areas one upon the other, over the times of the first line; a gap is a height of zero.
fn stack(lines: &[NodeLine], ink: &impl Fn(&str) -> Ink) -> Vec<Layer> {
    let Some(first) = lines.first() else { return Vec::new() };
    let mut below: Vec<f64> = vec![0.0; first.points.len()];
    let mut layers = Vec::new();
    for line in lines {
        let points = first.points.iter().enumerate().map(|(at, (seconds, _))| {
            let own = line.points.get(at).and_then(|(_, value)| *value).unwrap_or(0.0);
            let low = below[at];
            below[at] += own;
            (*seconds, low, below[at])
        });
        layers.push(Layer::Area { points: points.collect(), ink: ink(&line.name) });
    }
    layers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_broken_where_nobody_sampled() {
        let at = |seconds: &[f64]| {
            let points: Vec<_> = seconds.iter().map(|at| (*at, Some(1.0))).collect();
            broken(&points).iter().map(Option::is_some).collect::<Vec<_>>()
        };
        assert_eq!(at(&[0.0, 1.0, 2.0, 12.0, 13.0]), [true; 5]);
        assert_eq!(at(&[0.0, 1.0, 2.0, 12.1, 13.0]), [true, true, true, false, true, true]);
        assert_eq!(at(&[5.0]), [true]);
        assert_eq!(broken(&[(0.0, None), (1.0, Some(2.0))]), [None, Some((1.0, 2.0))]);
    }
}
