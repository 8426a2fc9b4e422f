//! Latencies of a scenario against the load.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use inferguard_model::{Metric, Quantity, Stat};
use inferguard_schema::{Cell, Scenario, Scope, Series};

use super::Cells;
use super::axis::{median, unit_of_latency};
use super::figure::{
    Axis, Dash, Dot, Figure, Key, Kind, Layer, Panel, Point, Ring, Scale, Sign, Stroke,
};
use super::groups::Groups;
use super::pick;
use super::style::Ink;
use crate::chart::words;
use crate::number::{count, counted, exact, measure};

const QUANTITIES: [Quantity; 4] = [Quantity::Ttft, Quantity::Tpot, Quantity::Itl, Quantity::E2el];

/// The middle, the slow requests, the slowest; with the look of their lines.
const STATS: [(Stat, Dash); 3] =
    [(Stat::P50, Dash::Solid), (Stat::P90, Dash::Dashed), (Stat::P99, Dash::Dotted)];

/// Series up to which one panel shows all statistics of a quantity.
const FEW: usize = 2;

/// The figures of a scenario: one for closed loops, one for open ones.
pub(super) fn figures(scenario: &Scenario, cells: &Cells<'_>) -> Vec<Figure> {
    let groups = Groups::of(scenario);
    let marks = super::marks::rings(scenario);
    let axes = [("concurrency", "users in flight", "load"), ("request_rate", "requests/s", "rate")];
    let figures = axes.into_iter().filter_map(|(axis, title, name)| {
        let of_axis = |one: &&Series| one.load_axis.as_deref() == Some(axis);
        let all: Vec<&Series> = scenario.series.iter().filter(of_axis).collect();
        let of = all.len();
        let series = pick::series(scenario, all, &groups);
        let (groups, marks) = (&groups, &marks);
        Chart { scenario, series, of, cells, groups, marks, title, name }.figure()
    });
    figures.collect()
}

/// Series from which lines are thin.
const CROWD: usize = 12;

struct Chart<'a> {
    scenario: &'a Scenario,
    /// Those that are drawn.
    series: Vec<&'a Series>,
    /// How many there are.
    of: usize,
    cells: &'a Cells<'a>,
    groups: &'a Groups,
    marks: &'a HashMap<&'a str, Ring>,
    title: &'static str,
    name: &'static str,
}

/// What is known of one quantity: its statistics with the look of their lines.
type Row<'a> = Vec<(Metric, Dash, Vec<Curve<'a>>)>;

/// A statistic of a series by load.
struct Curve<'a> {
    series: &'a Series,
    points: Vec<Spot<'a>>,
}

struct Spot<'a> {
    load: f64,
    value: f64,
    counts: bool,
    ids: &'a [Arc<str>],
}

impl<'a> Chart<'a> {
    fn figure(&self) -> Option<Figure> {
        let left_out = self.left_out();
        let mut rows: Vec<(Quantity, Row<'a>)> = Vec::new();
        for quantity in QUANTITIES {
            let of_stat = |(stat, dash): (Stat, Dash)| {
                let metric = Metric::new(stat, quantity);
                let curves = self.curves(metric, &left_out);
                (!curves.is_empty()).then_some((metric, dash, curves))
            };
            let mut row: Vec<_> = STATS.into_iter().filter_map(of_stat).collect();
            if !row.iter().any(|(metric, ..)| metric.stat == Stat::P50) {
                // Where nobody tells a median, the mean stands for the middle.
                row.splice(0..0, of_stat((Stat::Mean, Dash::Solid)));
            }
            if !row.is_empty() {
                rows.push((quantity, row));
            }
        }
        let rare = leave_out_rare(&mut rows);
        let itl_is_tpot = same(&rows, Quantity::Tpot, Quantity::Itl);
        if itl_is_tpot {
            rows.retain(|(quantity, _)| *quantity != Quantity::Itl);
        }
        if rows.is_empty() {
            return None;
        }
        let together = self.series.len() <= FEW;
        let columns = rows.iter().map(|(_, row)| row.len()).max().unwrap_or(1);
        let stats: Vec<(Stat, Dash)> = rows
            .iter()
            .flat_map(|(_, row)| row.iter().map(|(metric, dash, _)| (metric.stat, *dash)))
            .fold(Vec::new(), |mut seen, one| {
                if !seen.contains(&one) {
                    seen.push(one);
                }
                seen
            });
        let mut panels = Vec::new();
        let n_rows = rows.len();
        for (at, (quantity, row)) in rows.iter().enumerate() {
            let values = row.iter().flat_map(|(_, _, curves)| curves);
            let values: Vec<f64> =
                values.flat_map(|curve| curve.points.iter().map(|spot| spot.value)).collect();
            let (unit, factor) = unit_of_latency(&values);
            let name = Metric::plain(*quantity).label();
            if together {
                let stats: Vec<_> = row.iter().map(|(metric, ..)| said(metric.stat)).collect();
                panels.push(self.panel(
                    format!("{name}: {}", stats.join(", ")),
                    format!("{unit} (lower is better)"),
                    self.title.to_owned(),
                    row.iter().flat_map(|(metric, dash, curves)| {
                        self.layers(curves, *dash, factor, said(metric.stat))
                    }),
                ));
                continue;
            }
            for (metric, _, curves) in row {
                let range = Layer::Extent(extent(row, factor));
                let layers = self.layers(curves, Dash::Solid, factor, "");
                let title = if at + 1 == n_rows { self.title } else { "" };
                panels.push(self.panel(
                    words(*metric).into_owned(),
                    unit.to_string(),
                    title.to_owned(),
                    std::iter::once(range).chain(layers),
                ));
            }
            // A statistic that nobody tells leaves its place in the row empty.
            panels.resize_with((at + 1) * columns, Panel::empty);
        }
        let mut notes = Vec::new();
        if itl_is_tpot {
            notes.push("ITL is not drawn: its values are those of TPOT everywhere.".to_owned());
        }
        notes.extend(rare.into_iter().map(|(stat, n, of)| {
            let stat = said(stat);
            format!("The {stat} is not drawn: {} of {} values are known.", count(n), count(of))
        }));
        if self.series.len() < self.of {
            notes.push(format!(
                "{} are not drawn. Drawn are those with a point on the frontier of all, and of every \
                 other system the one with most points on its own, at most {}; `inferguard plot \
                 --where` chooses others.",
                counted(self.of - self.series.len(), "series", "series"),
                pick::MOST
            ));
        }
        notes.extend(self.groups.note());
        let drawn = if self.series.len() < self.of {
            format!("{} of {} series", self.series.len(), count(self.of as u64))
        } else {
            counted(self.of, "series", "series")
        };
        Some(Figure {
            name: format!("latency_vs_{}_{}", self.name, self.scenario.id),
            kind: Kind::Load,
            subject: self.scenario.id.clone(),
            title: format!("{}: latency against load", self.scenario.id),
            alt: format!("Latency against {} of {drawn}.", self.title),
            axes: None,
            subtitle: format!(
                "{drawn}; lower is better. Every request of a level is in its percentiles; a level \
                 with repeats is their median."
            ),
            columns: if together { panels.len().min(2) } else { columns },
            keys: self.keys(&stats, together, &panels),
            panels,
            notes,
        })
    }

    fn panel(
        &self,
        title: String,
        y: String,
        x: String,
        layers: impl Iterator<Item = Layer>,
    ) -> Panel {
        let loads = self.series.iter().flat_map(|series| &series.points);
        let loads: Vec<f64> = loads.filter_map(|point| point.load).collect();
        Panel {
            title,
            x: Axis { title: x, scale: Scale::Levels(loads) },
            y: Axis { title: y, scale: Scale::Auto },
            layers: layers.collect(),
        }
    }

    /// Cells that do not stand for the system.
    fn left_out(&self) -> BTreeSet<&'a str> {
        let frontiers = self.scenario.frontiers.iter();
        let frontiers = frontiers.filter(|one| one.scope == Scope::Scenario);
        let named = frontiers.flat_map(|one| &one.not_drawn.0);
        let beyond = |why: &str| why == "beyond the cutoff";
        named.filter(|(_, why)| !beyond(why)).map(|(id, _)| id.as_ref()).collect()
    }

    fn curves(&self, metric: Metric, left_out: &BTreeSet<&str>) -> Vec<Curve<'a>> {
        let name = metric.name();
        let curve = |series: &&'a Series| {
            let spot = |level: &'a inferguard_schema::Point| {
                let of = |counts: bool| {
                    let ids = level.cell_ids.iter();
                    let wanted = ids.filter(|id| !counts || !left_out.contains(id.as_ref()));
                    let cells: Vec<&Cell> =
                        wanted.filter_map(|id| self.cells.get(id.as_ref()).copied()).collect();
                    median(&name, &cells)
                };
                let is_suspect = level.annotations.iter().any(|note| note.starts_with("suspect"));
                let sound = of(true).filter(|_| !is_suspect);
                Some(Spot {
                    load: level.load?,
                    counts: sound.is_some(),
                    value: sound.or_else(|| of(false))?,
                    ids: &level.cell_ids,
                })
            };
            let points: Vec<Spot<'a>> = series.points.iter().filter_map(spot).collect();
            (!points.is_empty()).then_some(Curve { series, points })
        };
        self.series.iter().filter_map(curve).collect()
    }

    /// `stat` is what a level alone is labelled with: it has no line whose look would tell.
    fn layers(&self, curves: &[Curve<'_>], dash: Dash, factor: f64, stat: &str) -> Vec<Layer> {
        let mut layers = Vec::new();
        let mut dots = Vec::new();
        for curve in curves {
            let key = self.groups.of_series(curve.series);
            let sound = curve.points.iter().filter(|spot| spot.counts);
            layers.push(Layer::Line {
                points: sound.map(|spot| Some((spot.load, spot.value * factor))).collect(),
                stroke: Stroke::new(
                    Ink::Key(key),
                    if self.series.len() > CROWD { 1.0 } else { 1.6 },
                )
                .dashed(dash),
            });
            for spot in &curve.points {
                let ring = spot.ids.iter().find_map(|id| self.marks.get(id.as_ref()));
                let value = spot.value * factor;
                dots.push(Point {
                    x: spot.load,
                    y: value,
                    dot: Dot {
                        key,
                        ink: Ink::Key(key),
                        hollow: !spot.counts,
                        ring: ring.copied().unwrap_or(Ring::None),
                    },
                    label: if curve.points.len() == 1 { stat.to_owned() } else { String::new() },
                    rank: 0,
                    hint: self.hint(curve.series, spot, value),
                });
            }
        }
        layers.push(Layer::Dots(dots));
        layers
    }

    /// Many series have no words at each of their points: a file of megabytes cannot be mailed.
    fn hint(&self, series: &Series, spot: &Spot<'_>, value: f64) -> String {
        if self.series.len() > CROWD {
            return String::new();
        }
        let (label, load) = (&series.configuration.label, exact(spot.load));
        format!("{label}, load {load}: {} ({})", measure(value), spot.ids.join(", "))
    }

    fn keys(&self, stats: &[(Stat, Dash)], together: bool, panels: &[Panel]) -> Vec<Key> {
        // A series without a value is in no panel.
        let layers = panels.iter().flat_map(|panel| &panel.layers);
        let places: BTreeSet<usize> = layers
            .filter_map(|layer| if let Layer::Dots(points) = layer { Some(points) } else { None })
            .flat_map(|points| points.iter().map(|point| point.dot.key))
            .collect();
        let named = |key: usize| Key { name: self.groups.name(key), sign: Sign::Marked(key) };
        let mut keys: Vec<Key> = places.into_iter().map(named).collect();
        if together {
            keys.extend(stats.iter().map(|(stat, dash)| Key {
                name: said(*stat).to_owned(),
                sign: Sign::Line(Stroke::new(Ink::Muted, 1.6).dashed(*dash)),
            }));
        }
        keys.extend(super::marks::keys(panels));
        keys
    }
}

/// Share of the values of the best known statistic below which another one is not drawn.
const RARE: f64 = 0.25;

/// Takes statistics out that hardly any level has: a column of empty panels says nothing. Gives
/// them with their number of values and that of the best known one.
fn leave_out_rare(rows: &mut [(Quantity, Row<'_>)]) -> Vec<(Stat, u64, u64)> {
    let known = |stat: Stat| -> u64 {
        let of_rows = rows.iter().flat_map(|(_, row)| row).filter(|(m, ..)| m.stat == stat);
        of_rows.flat_map(|(.., curves)| curves).map(|curve| curve.points.len() as u64).sum()
    };
    let stats = STATS.map(|(stat, _)| (stat, known(stat)));
    let most = stats.iter().map(|(_, n)| *n).max().unwrap_or(0);
    let is_rare = |n: u64| n > 0 && (n as f64) < RARE * most as f64;
    let rare: Vec<_> =
        stats.into_iter().filter(|(_, n)| is_rare(*n)).map(|(stat, n)| (stat, n, most)).collect();
    for (_, row) in rows.iter_mut() {
        // What a quantity alone has stays.
        if row.len() > 1 {
            row.retain(|(metric, ..)| rare.iter().all(|(stat, ..)| *stat != metric.stat));
        }
    }
    rare
}

/// The corners of everything in a row, so that its panels share an axis.
fn extent(row: &[(Metric, Dash, Vec<Curve<'_>>)], factor: f64) -> Vec<(f64, f64)> {
    let curves = row.iter().flat_map(|(_, _, curves)| curves);
    let spots = curves.flat_map(|curve| &curve.points);
    spots.map(|spot| (spot.load, spot.value * factor)).collect()
}

fn said(stat: Stat) -> &'static str {
    match stat {
        Stat::P50 => "median",
        Stat::P90 => "p90",
        Stat::P99 => "p99",
        _ => "mean",
    }
}

/// Whether two quantities have the same values.
fn same(rows: &[(Quantity, Row<'_>)], a: Quantity, b: Quantity) -> bool {
    let values = |of: Quantity| {
        let row = rows.iter().find(|(quantity, _)| *quantity == of)?;
        Some(extent(&row.1, 1.0))
    };
    values(a).is_some_and(|a| values(b).is_some_and(|b| a == b))
}
