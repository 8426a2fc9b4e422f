//! The best cells of each scenario by one metric.

use std::borrow::Cow;

use inferguard_analysis::annotate;
use inferguard_analysis::axis::{Axis, AxisName, Direction, Measure};
use inferguard_analysis::cost::Prices;
use inferguard_analysis::scenario::{LoadAxis, Scenario, Scenarios};
use inferguard_model::Cell;

/// Which cells are wanted as the best ones.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BestRequest {
    /// What they are ranked by.
    pub axis: AxisName,
    /// How many of each scenario.
    pub n: usize,
}

/// The best cells by one metric, by scenario: cells of different scenarios are never ranked
/// together.
#[derive(Debug, Clone, PartialEq)]
pub struct Best {
    /// In the order of the scenarios.
    pub scenarios: Vec<BestOfScenario>,
    /// Cells that are in no scenario.
    pub unplaced: usize,
}

/// The best cells of a scenario.
#[derive(Debug, Clone, PartialEq)]
pub struct BestOfScenario {
    /// Id of the scenario.
    pub scenario: String,
    /// Name of the metric: of a latency without a statistic the one that more cells have.
    pub metric: Cow<'static, str>,
    /// Its unit.
    pub unit: String,
    /// The better direction.
    pub better: Direction,
    /// The best first, at most as many as were asked for.
    pub cells: Vec<BestCell>,
    /// Cells that stand for the system and lack the metric.
    pub without_metric: usize,
    /// Cells that do not stand for the system, or whose load is not known.
    pub not_drawn: usize,
}

/// One of the best cells.
#[derive(Debug, Clone, PartialEq)]
pub struct BestCell {
    /// Id of the cell.
    pub cell_id: String,
    /// Its value.
    pub value: f64,
    /// Its series, by id.
    pub series: String,
    /// Short text of its configuration.
    pub label: String,
    /// Its load level.
    pub load: f64,
    /// What the load counts.
    pub load_axis: LoadAxis,
}

/// The best `n` cells of each scenario by an axis, in its better direction; equals by their ids.
///
/// Each cell stands for itself: a repeat is listed beside the others of its level.
pub fn best(
    cells: &[Cell],
    scenarios: &Scenarios,
    axis: AxisName,
    n: usize,
    prices: Option<&Prices>,
) -> Best {
    let not_drawn = annotate::not_drawn(scenarios, cells.len());
    let ranking = Ranking { cells, not_drawn: &not_drawn, prices };
    let placed: usize = scenarios.scenarios.iter().map(|scenario| scenario.cells.len()).sum();
    Best {
        scenarios: scenarios.scenarios.iter().map(|one| ranking.of(one, axis, n)).collect(),
        unplaced: cells.len() - placed,
    }
}

/// What cells are ranked by.
struct Ranking<'a> {
    cells: &'a [Cell],
    not_drawn: &'a [Option<&'static str>],
    prices: Option<&'a Prices>,
}

impl Ranking<'_> {
    fn of(&self, scenario: &Scenario, axis: AxisName, n: usize) -> BestOfScenario {
        let sound: Vec<(usize, BestCell)> = self.sound(scenario);
        let n_sound = sound.len();
        let count =
            |measure| sound.iter().filter(|(at, _)| self.value(*at, measure).is_some()).count();
        let Axis { measure, better } = axis.settle(count);
        let mut ranked: Vec<BestCell> = sound
            .into_iter()
            .filter_map(|(at, cell)| Some(BestCell { value: self.value(at, measure)?, ..cell }))
            .collect();
        let without_metric = n_sound - ranked.len();
        ranked.sort_by(|a, b| {
            let ascending = a.value.total_cmp(&b.value);
            let by_value = match better {
                Direction::Lower => ascending,
                Direction::Higher => ascending.reverse(),
            };
            by_value.then_with(|| a.cell_id.cmp(&b.cell_id))
        });
        ranked.truncate(n);
        BestOfScenario {
            scenario: scenario.id.clone(),
            metric: measure.name(),
            unit: measure.unit_of(self.prices),
            better,
            cells: ranked,
            without_metric,
            not_drawn: scenario.cells.len() - n_sound,
        }
    }

    /// The cells of a scenario that stand for the system, not yet with a value.
    fn sound(&self, scenario: &Scenario) -> Vec<(usize, BestCell)> {
        let mut sound = Vec::new();
        for series in &scenario.series {
            for point in &series.points {
                let of_point = point.cells.iter().filter(|at| self.not_drawn[**at].is_none());
                sound.extend(of_point.map(|at| {
                    let cell = BestCell {
                        cell_id: self.cells[*at].id.to_string(),
                        value: 0.0,
                        series: series.id.clone(),
                        label: series.label.clone(),
                        load: point.load,
                        load_axis: series.axis,
                    };
                    (*at, cell)
                }));
            }
        }
        sound
    }

    fn value(&self, at: usize, measure: Measure) -> Option<f64> {
        let price = |cell: &Cell| self.prices.and_then(|prices| prices.of(cell));
        // -0 is 0, so that equals are equal.
        measure.of(&self.cells[at], &price).filter(|v| v.is_finite()).map(|value| value + 0.0)
    }
}

#[cfg(test)]
mod tests;
