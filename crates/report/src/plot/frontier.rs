//! Figures of the frontiers of a scenario: every system on one pair of axes.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use inferguard_schema::{Cell, Frontier, Point as Level, Scenario, Scope, Series};

use super::Cells;
use super::axis::{self, Quoted, is_of_all_gpus};
use super::figure::{Axis, Dot, Figure, Key, Kind, Layer, Panel, Point, Ring, Scale, Sign, Stroke};
use super::groups::Groups;
use super::marks;
use super::style::Ink;
use crate::chart::{of_scenario, same_axes};
use crate::number::{counted, exact};

/// Systems from which their names stand at their lines too.
const MANY: usize = 7;

/// The figures of a scenario: for each horizontal axis one, and those of other vertical axes.
pub(super) fn figures(scenario: &Scenario, cells: &Cells<'_>) -> Vec<Figure> {
    let groups = Groups::of(scenario);
    let has_total = |x: &str| {
        of_scenario(scenario).any(|other| other.x.metric == x && other.y.metric == "tput_per_gpu")
    };
    of_scenario(scenario)
        // Total throughput says it for both, unless there is none.
        .filter(|frontier| {
            frontier.y.metric != "system_output_tput_per_gpu" || !has_total(&frontier.x.metric)
        })
        .map(|frontier| Chart::new(scenario, frontier, cells, &groups).figure())
        .collect()
}

struct Chart<'a> {
    scenario: &'a Scenario,
    frontier: &'a Frontier,
    cells: &'a Cells<'a>,
    groups: &'a Groups,
    x: Quoted<'a>,
    y: Quoted<'a>,
    /// Values of the cells that enter the frontier.
    values: HashMap<&'a str, (f64, f64)>,
    /// What marks a cell.
    rings: HashMap<&'a str, Ring>,
    /// Cells of the frontiers of the systems.
    leading: HashSet<&'a str>,
}

impl<'a> Chart<'a> {
    fn new(
        scenario: &'a Scenario,
        frontier: &'a Frontier,
        cells: &'a Cells<'a>,
        groups: &'a Groups,
    ) -> Self {
        let points = frontier.points.iter().map(|point| (&point.cell_ids, point.x, point.y));
        let behind = frontier.dominated.iter().map(|point| (&point.cell_ids, point.x, point.y));
        let mut values = HashMap::new();
        for (ids, x, y) in points.chain(behind) {
            values.extend(ids.iter().map(|id| (id.as_ref(), (x, y))));
        }
        let of_systems = scenario.frontiers.iter();
        let of_systems =
            of_systems.filter(|one| one.scope == Scope::System && same_axes(one, frontier));
        let leading = of_systems
            .flat_map(|one| one.points.iter().flat_map(|point| &point.cell_ids))
            .map(AsRef::as_ref)
            .collect();
        let all = |of: fn(&(f64, f64)) -> f64| values.values().map(of).collect::<Vec<f64>>();
        let (xs, ys) = (all(|(x, _)| *x), all(|(_, y)| *y));
        Self {
            scenario,
            frontier,
            cells,
            groups,
            x: Quoted::new(&frontier.x, &xs),
            y: Quoted::new(&frontier.y, &ys),
            values,
            rings: marks::rings(scenario),
            leading,
        }
    }

    fn figure(&self) -> Figure {
        let (frontier, scenario) = (self.frontier, self.scenario);
        let mut layers = Vec::new();
        if frontier.points.len() > 1 {
            layers.push(self.line(frontier, Stroke::new(Ink::Halo, 11.0)));
        }
        let thin = |key: usize| Stroke::new(Ink::Key(key), 1.0).faint(0.6);
        let (mut drawn, mut hollow) = (Vec::new(), Vec::new());
        for series in &scenario.series {
            let key = self.groups.of_series(series);
            let levels: Vec<(&Level, Spot)> =
                series.points.iter().filter_map(|level| Some((level, self.spot(level)?))).collect();
            let through = levels.iter().filter(|(_, spot)| spot.counts);
            let points = through.map(|(_, spot)| Some(self.scaled(spot.at))).collect();
            layers.push(Layer::Line { points, stroke: thin(key) });
            for (level, spot) in levels {
                let point = self.point(series, level, &spot, key);
                if spot.counts { drawn.push(point) } else { hollow.push(point) }
            }
        }
        let mut names = Vec::new();
        for of_system in scenario.frontiers.iter().filter(|one| one.scope == Scope::System) {
            if !same_axes(of_system, frontier) {
                continue;
            }
            let key = of_system.group.as_deref().and_then(|name| self.groups.of_system(name));
            let ink = key.map_or(self.ink_of_only_system(), Ink::Key);
            layers.push(self.line(of_system, Stroke::new(ink, 2.4)));
            if let (Some(key), true) = (key, self.groups.len() >= MANY) {
                // Ends of lines first: they are free more often than the middle.
                let mut at: Vec<(f64, f64)> =
                    of_system.points.iter().map(|point| self.scaled((point.x, point.y))).collect();
                at.reverse();
                if at.len() > 2 {
                    let first = at.remove(at.len() - 1);
                    at.insert(1, first);
                }
                names.push(Layer::Name { text: self.groups.name(key), at, ink });
            }
        }
        if let Some(cutoff) = frontier.cutoff {
            let x = self.x.scaled(cutoff);
            let text = format!("cutoff {}", self.x.text(cutoff));
            layers.push(Layer::Rule { x, text, ink: Ink::Alarm });
        }
        let (n_drawn, n_hollow) = (drawn.len(), hollow.len());
        layers.extend([Layer::Dots(hollow), Layer::Dots(drawn)]);
        layers.extend(names);
        let panel = Panel {
            title: String::new(),
            x: Axis { title: self.x.title(), scale: Scale::Auto },
            y: Axis { title: self.y.title(), scale: Scale::Auto },
            layers,
        };
        Figure {
            name: format!("{}_vs_{}_{}", self.y.short(), self.x.short(), scenario.id),
            kind: Kind::Frontier,
            subject: scenario.id.clone(),
            title: format!("{}: {} against {}", scenario.id, self.y.words(), self.x.words()),
            alt: self.alt(n_drawn),
            axes: Some((frontier.x.metric.clone(), frontier.y.metric.clone())),
            subtitle: self.subtitle(n_drawn, n_hollow),
            keys: self.keys(&panel),
            panels: vec![panel],
            columns: 1,
            notes: self.notes(),
        }
    }

    /// The only system has the colour of its only configuration, or one of its own.
    fn ink_of_only_system(&self) -> Ink {
        if self.groups.len() == 1 { Ink::Key(0) } else { Ink::Text }
    }

    fn scaled(&self, (x, y): (f64, f64)) -> (f64, f64) {
        (self.x.scaled(x), self.y.scaled(y))
    }

    fn line(&self, frontier: &Frontier, stroke: Stroke) -> Layer {
        let points = frontier.points.iter().map(|point| Some(self.scaled((point.x, point.y))));
        Layer::Line { points: points.collect(), stroke }
    }

    /// Where a level is drawn; `None` without a value on an axis, or beyond the cutoff.
    fn spot(&self, level: &Level) -> Option<Spot> {
        let of_frontier = level.cell_ids.iter().find_map(|id| self.values.get(id.as_ref()));
        if let Some(at) = of_frontier {
            return Some(Spot { at: *at, counts: true });
        }
        let is_beyond = level.cell_ids.iter().all(|id| {
            self.frontier.not_drawn.get(id).is_some_and(|why| why == "beyond the cutoff")
        });
        let cells: Vec<&Cell> =
            level.cell_ids.iter().filter_map(|id| self.cells.get(id.as_ref()).copied()).collect();
        let x = axis::median(&self.frontier.x.metric, &cells)?;
        let y = axis::median(&self.frontier.y.metric, &cells)?;
        (!is_beyond).then_some(Spot { at: (x, y), counts: false })
    }

    fn point(&self, series: &Series, level: &Level, spot: &Spot, key: usize) -> Point {
        let ring = level.cell_ids.iter().find_map(|id| self.rings.get(id.as_ref()));
        let ring = ring.copied().unwrap_or(Ring::None);
        let leads = level.cell_ids.iter().any(|id| self.leading.contains(id.as_ref()));
        let (x, y) = self.scaled(spot.at);
        let load = level.load.map(exact).unwrap_or_default();
        let remarks = level.annotations.join("; ");
        Point {
            x,
            y,
            dot: Dot { key, ink: Ink::Key(key), hollow: !spot.counts, ring },
            label: load.clone(),
            rank: match ring {
                Ring::Knee | Ring::Both => 0,
                Ring::Cliff => 1,
                Ring::None if leads => 2,
                Ring::None => 3,
            },
            hint: format!(
                "{}, load {load}: {} at {}{}{remarks} ({})",
                series.configuration.label,
                self.y.text(spot.at.1),
                self.x.text(spot.at.0),
                if remarks.is_empty() { "" } else { "; " },
                level.cell_ids.join(", ")
            ),
        }
    }

    fn keys(&self, panel: &Panel) -> Vec<Key> {
        let dots = panel.layers.iter().filter_map(|layer| match layer {
            Layer::Dots(points) => Some(points),
            _ => None,
        });
        let seen: BTreeSet<usize> = dots.flatten().map(|point| point.dot.key).collect();
        let named = |key| Key { name: self.groups.name(key), sign: Sign::Marked(key) };
        let mut keys: Vec<Key> = seen.into_iter().map(named).collect();
        let mut line = |name: &str, stroke: Stroke| {
            keys.push(Key { name: name.to_owned(), sign: Sign::Line(stroke) });
        };
        if self.frontier.points.len() > 1 {
            line("frontier of all", Stroke::new(Ink::Halo, 9.0));
            // Lines of several systems have their colours.
            if self.groups.n_systems == 1 && self.groups.len() > 1 {
                line("frontier of the system", Stroke::new(Ink::Text, 2.4));
            }
        }
        if self.scenario.series.iter().any(|series| series.points.len() > 1) {
            line("one configuration by load", Stroke::new(Ink::Muted, 1.0));
        }
        keys.extend(marks::keys(std::slice::from_ref(panel)));
        keys
    }

    fn subtitle(&self, n_drawn: usize, n_hollow: usize) -> String {
        let systems = counted(self.groups.n_systems, "system", "systems");
        let series = counted(self.scenario.series.len(), "series", "series");
        let points = counted(n_drawn, "point", "points");
        let hollow = match n_hollow {
            0 => String::new(),
            n => format!("; {n} hollow, off the frontier"),
        };
        format!("{points} of {series}, {systems}{hollow}. Numbers at points: {}.", self.loads())
    }

    fn loads(&self) -> &'static str {
        let has = |axis: &str| {
            self.scenario.series.iter().any(|one| one.load_axis.as_deref() == Some(axis))
        };
        match (has("concurrency"), has("request_rate")) {
            (true, true) => "users, of open loops requests per second",
            (false, true) => "requests per second",
            _ => "users",
        }
    }

    fn notes(&self) -> Vec<String> {
        let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
        for (_, why) in &self.frontier.not_drawn.0 {
            *reasons.entry(why.as_str()).or_default() += 1;
        }
        let mut parts: Vec<String> = reasons
            .iter()
            .map(|(why, n)| format!("{} {why}", counted(*n, "cell:", "cells:")))
            .collect();
        let n = self.frontier.without_axis.len();
        if n > 0 {
            let what = format!("no {} or no {}", self.x.words(), self.y.words());
            parts.push(format!("{} {what}", counted(n, "cell:", "cells:")));
        }
        let mut notes = Vec::new();
        if !parts.is_empty() {
            notes.push(format!("Not on the frontier: {}.", parts.join("; ")));
        }
        if is_of_all_gpus(&self.frontier.y.metric) && !self.knows_gpus() {
            notes.push(
                "No GPU count is known, so throughput is that of all GPUs together: systems of \
                 different sizes are not on one scale."
                    .to_owned(),
            );
        }
        notes.extend(self.groups.note());
        notes
    }

    fn knows_gpus(&self) -> bool {
        let cells = self.scenario.cell_ids.iter().filter_map(|id| self.cells.get(id.as_ref()));
        cells.into_iter().any(|cell| axis::value("num_gpus", cell).is_some())
    }

    fn alt(&self, n: usize) -> String {
        let ends = match &self.frontier.points[..] {
            [] => String::new(),
            [only] => format!(" The frontier is one point, {}.", self.words_at(only.x, only.y)),
            [first, .., last] => format!(
                " The frontier runs from {} to {}.",
                self.words_at(first.x, first.y),
                self.words_at(last.x, last.y)
            ),
        };
        format!(
            "{} points: {} against {}, {}.{ends}",
            n,
            self.y.words(),
            self.x.words(),
            counted(self.groups.n_systems, "system", "systems")
        )
    }

    fn words_at(&self, x: f64, y: f64) -> String {
        format!("{} at {}", self.y.text(y), self.x.text(x))
    }
}

/// Where a level is drawn, and whether it counts for frontiers.
struct Spot {
    at: (f64, f64),
    counts: bool,
}
