//! The frontiers of a scenario: which points enter, over which axes, in which scopes.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use inferguard_model::{Cell, Identity, Metric, Quantity};

use crate::axis::{Axis, AxisName, Direction, FrontierRequest, GpuHourPrice, Measure};
use crate::frontier::{self, XY};
use crate::level;
use crate::quantile;
use crate::scenario::{Scenario, Series};

/// What a frontier is drawn over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// All cells of the scenario.
    Scenario,
    /// The cells of one hardware.
    Hardware,
    /// The cells of one system: hardware, framework, precision, speculative decoding.
    System,
}

/// A frontier, and what became of every other cell of its scope: each cell is in one list.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    /// What it is drawn over.
    pub scope: Scope,
    /// The hardware or system; `None` for the scenario.
    pub group: Option<String>,
    /// Horizontal axis.
    pub x: Axis,
    /// Vertical axis.
    pub y: Axis,
    /// Worst x that is drawn.
    pub cutoff: Option<f64>,
    /// Frontier points, ascending in x.
    pub points: Vec<Spot>,
    /// Dominated points, ascending in x.
    pub dominated: Vec<Dominated>,
    /// Cells beyond the cutoff.
    pub cut_off: Vec<usize>,
    /// Cells without a value on an axis.
    pub without_axis: Vec<usize>,
    /// Cells that do not stand for the system, with the reason.
    pub not_drawn: Vec<(usize, &'static str)>,
    /// Area under the staircase over `area_range`.
    pub area: Option<f64>,
    /// The x-range that the frontiers of this scope and these axes share.
    pub area_range: Option<XY>,
}

/// A load level of a series, or several levels that are equal on both axes.
#[derive(Debug, Clone, PartialEq)]
pub struct Spot {
    /// Its cells, ascending.
    pub cells: Vec<usize>,
    /// Value on the horizontal axis.
    pub x: f64,
    /// Value on the vertical axis.
    pub y: f64,
}

/// A point that a point of the frontier beats.
#[derive(Debug, Clone, PartialEq)]
pub struct Dominated {
    /// The point.
    pub spot: Spot,
    /// The first cell of each of its levels, in order.
    pub firsts: Vec<usize>,
    /// Index of the frontier point that beats it: of those at least as good in x the best in y.
    pub by: usize,
    /// How far it is behind in x, as a share of that point's value.
    pub behind_x: Option<f64>,
    /// How far it is behind in y, as a share of that point's value.
    pub behind_y: Option<f64>,
}

/// The frontiers that are asked for, by axes, scope and group.
///
/// `not_drawn` has for each cell why it does not stand for the system; see
/// [`annotate::not_drawn`](crate::annotate::not_drawn). A series enters with the median of what is
/// left of each level, so that a lucky repeat does not stand for its configuration.
pub fn charts(
    scenario: &Scenario,
    cells: &[Cell],
    not_drawn: &[Option<&'static str>],
    request: &FrontierRequest,
    price: GpuHourPrice<'_>,
) -> Vec<Chart> {
    let levels = levels(scenario, not_drawn);
    let groups = groups(scenario, &levels, cells, not_drawn);
    let values = Values { levels: &levels, cells, price, known: RefCell::default() };
    let has_price =
        levels.iter().flat_map(|level| &level.cells).any(|c| price(&cells[*c]).is_some());
    let mut charts = Vec::new();
    let mut add = |pairs: Vec<(AxisName, AxisName)>| {
        for (x, y) in pairs {
            let pair = Pair { x: values.of(x), y: values.of(y), cutoff: request.cutoff_on(x) };
            if pair.is_empty() {
                continue;
            }
            for of_scope in groups.chunk_by(|a, b| a.scope == b.scope) {
                let first = charts.len();
                let drawn = of_scope.iter().map(|group| draw(group, &levels, &pair));
                charts.extend(drawn.filter(|chart| !chart.points.is_empty()));
                areas(&mut charts[first..]);
            }
        }
        !charts.is_empty()
    };
    let is_drawn = add(request.pairs(has_price));
    // Without a GPU count nothing is per GPU.
    if !is_drawn && !scenario.cells.iter().any(|cell| knows_gpus(&cells[*cell])) {
        let _ = request.pairs_of_all_gpus().into_iter().any(add);
    }
    charts
}

fn knows_gpus(cell: &Cell) -> bool {
    cell.evidence.metrics.get(Metric::plain(Quantity::NumGpus)).is_some()
}

/// The sound repeats of a load level.
struct Level {
    cells: Vec<usize>,
    series: usize,
}

fn levels(scenario: &Scenario, not_drawn: &[Option<&'static str>]) -> Vec<Level> {
    let mut levels = Vec::new();
    for (series, of) in scenario.series.iter().enumerate() {
        for point in &of.points {
            let cells = level::sound(point, not_drawn);
            if !cells.is_empty() {
                levels.push(Level { cells, series });
            }
        }
    }
    levels
}

/// What one frontier is drawn over.
struct Group {
    scope: Scope,
    name: Option<String>,
    /// Indices of its levels.
    levels: Vec<usize>,
    not_drawn: Vec<(usize, &'static str)>,
}

/// Why cells without a load level are in no frontier.
const NO_LOAD: &str = "the load level is not known";

fn groups(
    scenario: &Scenario,
    levels: &[Level],
    cells: &[Cell],
    not_drawn: &[Option<&'static str>],
) -> Vec<Group> {
    let mut of_series: Vec<Vec<usize>> = vec![Vec::new(); scenario.series.len()];
    for (at, level) in levels.iter().enumerate() {
        of_series[level.series].push(at);
    }
    let members = |series: &Series| {
        let points = series.points.iter();
        points.flat_map(|p| p.cells.iter().chain(&p.left_out)).copied().collect::<Vec<usize>>()
    };
    let mut groups: BTreeMap<(Scope, Option<String>), Group> = BTreeMap::new();
    let mut placed = vec![false; cells.len()];
    for (series, levels) in scenario.series.iter().zip(&of_series) {
        let members = members(series);
        let Some(first) = members.first() else { continue };
        let left_out: Vec<_> =
            members.iter().filter_map(|cell| Some((*cell, not_drawn[*cell]?))).collect();
        for cell in &members {
            placed[*cell] = true;
        }
        for (scope, name) in scopes(&cells[*first]) {
            let group = groups.entry((scope, name.clone())).or_insert_with(|| Group {
                scope,
                name,
                levels: Vec::new(),
                not_drawn: Vec::new(),
            });
            group.levels.extend(levels);
            group.not_drawn.extend(&left_out);
        }
    }
    for cell in scenario.cells.iter().filter(|cell| !placed[**cell]) {
        for key in scopes(&cells[*cell]) {
            if let Some(group) = groups.get_mut(&key) {
                group.not_drawn.push((*cell, NO_LOAD));
            }
        }
    }
    let mut groups: Vec<Group> = groups.into_values().collect();
    for group in &mut groups {
        group.not_drawn.sort_unstable();
    }
    groups
}

/// The scopes that a cell is in, with their names.
fn scopes(cell: &Cell) -> [(Scope, Option<String>); 3] {
    let (identity, run) = (&cell.evidence.identity, cell.run.0.as_str());
    [
        (Scope::Scenario, None),
        (Scope::Hardware, Some(hardware(identity, run))),
        (Scope::System, Some(system(identity, run))),
    ]
}

/// Unknown keys equal each other only within one run.
fn in_run(name: String, is_known: bool, run: &str) -> String {
    if is_known || run == "." { name } else { format!("{name} @{run}") }
}

fn hardware(identity: &Identity, run: &str) -> String {
    let name = identity.hardware.as_deref().unwrap_or("unknown hardware").to_owned();
    in_run(name, identity.hardware.is_some(), run)
}

/// The line that the field draws: `b200 vllm fp8 mtp`.
fn system(identity: &Identity, run: &str) -> String {
    let keys =
        [&identity.hardware, &identity.framework, &identity.precision, &identity.spec_decoding];
    if keys.iter().all(|key| key.is_none()) {
        return in_run("unknown system".into(), false, run);
    }
    let mut parts: Vec<&str> = keys[..3].iter().map(|key| key.as_deref().unwrap_or("?")).collect();
    match identity.spec_decoding.as_deref() {
        Some("none") => {}
        Some(speculation) => parts.push(speculation),
        None => parts.push("speculation?"),
    }
    in_run(parts.join(" "), keys.iter().all(|key| key.is_some()), run)
}

/// The value of each level, where it has one.
type OfLevels = Rc<[Option<f64>]>;

/// Values of the levels.
struct Values<'a> {
    levels: &'a [Level],
    cells: &'a [Cell],
    price: GpuHourPrice<'a>,
    /// What was looked up already: the pairs of axes share their measures.
    known: RefCell<Vec<(Measure, OfLevels)>>,
}

impl Values<'_> {
    /// The axis of a name, settled once for the scenario, and the value of each level.
    fn of(&self, name: AxisName) -> (Axis, OfLevels) {
        let axis = name.settle(|measure| self.of_measure(measure).iter().flatten().count());
        (axis, self.of_measure(axis.measure))
    }

    fn of_measure(&self, measure: Measure) -> OfLevels {
        let mut known = self.known.borrow_mut();
        if let Some((_, values)) = known.iter().find(|(of, _)| *of == measure) {
            return Rc::clone(values);
        }
        let values: Rc<[_]> = self.levels.iter().map(|level| self.at(level, measure)).collect();
        known.push((measure, Rc::clone(&values)));
        values
    }

    fn at(&self, level: &Level, measure: Measure) -> Option<f64> {
        let value = |cell: &usize| measure.of(&self.cells[*cell], self.price);
        let value = match &level.cells[..] {
            [only] => value(only),
            repeats => quantile::median(&mut repeats.iter().filter_map(value).collect::<Vec<_>>()),
        };
        value.filter(|value| value.is_finite())
    }
}

/// Two axes with the values of all levels.
struct Pair {
    x: (Axis, Rc<[Option<f64>]>),
    y: (Axis, Rc<[Option<f64>]>),
    cutoff: Option<f64>,
}

impl Pair {
    fn at(&self, level: usize) -> Option<XY> {
        self.x.1[level].zip(self.y.1[level])
    }

    fn is_empty(&self) -> bool {
        (0..self.x.1.len()).all(|level| self.at(level).is_none())
    }

    fn is_drawn(&self, x: f64) -> bool {
        self.cutoff.is_none_or(|cutoff| match self.x.0.better {
            Direction::Higher => x >= cutoff,
            Direction::Lower => x <= cutoff,
        })
    }
}

fn draw(group: &Group, levels: &[Level], pair: &Pair) -> Chart {
    let (mut drawn, mut values) = (Vec::new(), Vec::new());
    let (mut cut_off, mut without_axis) = (Vec::new(), Vec::new());
    for at in &group.levels {
        let cells = &levels[*at].cells;
        match pair.at(*at) {
            None => without_axis.extend(cells),
            Some((x, _)) if !pair.is_drawn(x) => cut_off.extend(cells),
            Some(xy) => {
                drawn.push(*at);
                values.push(xy);
            }
        }
    }
    cut_off.sort_unstable();
    without_axis.sort_unstable();
    let front = frontier::frontier(&values, (pair.x.0.better, pair.y.0.better));
    let spot = |members: &[usize]| {
        let mut cells: Vec<usize> =
            members.iter().flat_map(|at| &levels[drawn[*at]].cells).copied().collect();
        cells.sort_unstable();
        let (x, y) = values[members[0]];
        Spot { cells, x, y }
    };
    let points: Vec<Spot> = front.points.iter().map(|members| spot(members)).collect();
    let dominated = front.dominated.iter().map(|dominated| {
        let (spot, winner) = (spot(&dominated.members), &points[dominated.by]);
        let mut firsts: Vec<usize> =
            dominated.members.iter().map(|at| levels[drawn[*at]].cells[0]).collect();
        firsts.sort_unstable();
        Dominated {
            firsts,
            by: dominated.by,
            behind_x: frontier::behind(spot.x, winner.x),
            behind_y: frontier::behind(spot.y, winner.y),
            spot,
        }
    });
    Chart {
        scope: group.scope,
        group: group.name.clone(),
        x: pair.x.0,
        y: pair.y.0,
        cutoff: pair.cutoff,
        dominated: dominated.collect(),
        points,
        cut_off,
        without_axis,
        not_drawn: group.not_drawn.clone(),
        area: None,
        area_range: None,
    }
}

/// Areas over the range that the charts, of one scope and the same axes, share.
fn areas(charts: &mut [Chart]) {
    let lines: Vec<Vec<XY>> = charts
        .iter()
        .map(|chart| chart.points.iter().map(|point| (point.x, point.y)).collect())
        .collect();
    let Some(range) = frontier::common_range(lines.iter().map(Vec::as_slice)) else { return };
    for (chart, line) in charts.iter_mut().zip(&lines) {
        chart.area = frontier::area(line, chart.x.better, range);
        chart.area_range = chart.area.map(|_| range);
    }
}

#[cfg(test)]
mod tests;
