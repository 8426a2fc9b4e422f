//! Frontiers and SLO winners of a scenario on the wire.

use std::borrow::Cow;
use std::fmt::Write as _;

use inferguard_analysis::axis::{self, GpuHourPrice};
use inferguard_analysis::chart::{self, Chart, charts};
use inferguard_analysis::knee::LevelValue;
use inferguard_analysis::scenario::{LoadAxis, Scenario, Series};
use inferguard_analysis::slo::Slo;
use inferguard_analysis::winner::{Nearest, Winner, winner};
use inferguard_model::number::{exact, with_unit};
use inferguard_model::{Cell, Metric};
use inferguard_schema::{
    Axis, Direction, DominatedPoint, Frontier, FrontierPoint, Scope, SloBest, WireMap,
};

use super::cross_run::ids;
use crate::Options;

/// What frontiers are drawn from.
pub(super) struct Drawing<'a> {
    pub(super) cells: &'a [Cell],
    /// Why a cell is not drawn, by cell.
    pub(super) not_drawn: &'a [Option<&'static str>],
    pub(super) options: &'a Options<'a>,
}

impl Drawing<'_> {
    /// The frontiers of a scenario that were asked for.
    pub(super) fn frontiers(&self, scenario: &Scenario) -> Vec<Frontier> {
        let prices = self.options.prices();
        let price = |cell: &Cell| prices.and_then(|prices| prices.of(cell));
        let price: GpuHourPrice<'_> = &price;
        let request = &self.options.frontiers;
        let drawn = charts(scenario, self.cells, self.not_drawn, request, price);
        drawn.into_iter().map(|chart| self.frontier(chart)).collect()
    }

    fn frontier(&self, chart: Chart) -> Frontier {
        let cells = self.cells;
        let points: Vec<FrontierPoint> = chart
            .points
            .iter()
            .map(|spot| FrontierPoint { cell_ids: ids(&spot.cells, cells), x: spot.x, y: spot.y })
            .collect();
        let dominated = chart.dominated.iter().map(|one| DominatedPoint {
            cell_ids: ids(&one.firsts, cells),
            x: one.spot.x,
            y: one.spot.y,
            by: points[one.by].cell_ids.first().cloned().unwrap_or_default(),
            behind_x: one.behind_x,
            behind_y: one.behind_y,
        });
        let not_drawn = chart.not_drawn.iter().map(|(cell, why)| (*cell, (*why).to_owned()));
        let cut_off = chart.cut_off.iter().map(|cell| (*cell, "beyond the cutoff".to_owned()));
        Frontier {
            scope: match chart.scope {
                chart::Scope::Scenario => Scope::Scenario,
                chart::Scope::Hardware => Scope::Hardware,
                chart::Scope::System => Scope::System,
            },
            group: chart.group,
            x: self.axis(chart.x),
            y: self.axis(chart.y),
            cutoff: chart.cutoff,
            dominated: dominated.collect(),
            points,
            without_axis: ids(&chart.without_axis, cells),
            not_drawn: WireMap(
                not_drawn
                    .chain(cut_off)
                    .map(|(cell, why)| (Cow::Owned(cells[cell].id.to_string()), why))
                    .collect(),
            ),
            area: chart.area,
            area_range: chart.area_range.map(|(from, to)| [from, to]),
        }
    }

    fn axis(&self, axis: axis::Axis) -> Axis {
        Axis {
            metric: axis.measure.name().into_owned(),
            unit: axis.measure.unit_of(self.options.prices()),
            better: match axis.better {
                axis::Direction::Higher => Direction::Higher,
                axis::Direction::Lower => Direction::Lower,
            },
        }
    }

    /// For each SLO and series the best measured point that meets it.
    pub(super) fn slo_best(&self, scenario: &Scenario) -> Vec<SloBest> {
        let of_slo = |slo| scenario.series.iter().map(move |series| self.best(slo, series));
        self.options.slos().iter().flat_map(of_slo).collect()
    }

    fn best(&self, slo: &Slo, series: &Series) -> SloBest {
        let (metric, best, reason) = match winner(self.cells, series, slo, self.not_drawn) {
            Winner::Best { metric, level } => {
                (Some(metric), Some(level_value(&level, self.cells)), None)
            }
            Winner::NoThroughput { load, .. } => {
                let at = loaded(series.axis, load);
                (None, None, Some(format!("met at {at}, where no throughput is known")))
            }
            Winner::Missed(nearest) => (None, None, Some(missed(series.axis, &nearest))),
            Winner::Unknown(metrics) => {
                let names: Vec<_> = metrics.iter().map(|metric| metric.label()).collect();
                (None, None, Some(format!("not known: {}", names.join(", "))))
            }
            Winner::NoLevel => (None, None, Some("no level stands for the system".to_owned())),
        };
        SloBest {
            slo: slo.to_string(),
            series: series.id.clone(),
            metric: metric.map(Metric::name).map(Cow::into_owned),
            best,
            reason,
        }
    }
}

fn missed(axis: LoadAxis, nearest: &Nearest) -> String {
    let missed: Vec<String> = nearest
        .missed
        .iter()
        .map(|(objective, value)| {
            let metric = objective.metric();
            let limit = with_unit(metric, objective.limit);
            format!("{} {} (limit {limit})", metric.label(), with_unit(metric, *value))
        })
        .collect();
    let at = loaded(axis, nearest.load);
    let mut text = format!("no measured level meets it; nearest at {at}: {}", missed.join(", "));
    if nearest.unknown > 0 {
        let _ =
            write!(text, "; {} of {} levels could not be judged", nearest.unknown, nearest.levels);
    }
    text
}

fn loaded(axis: LoadAxis, load: f64) -> String {
    format!("{} {}", exact(load), axis.unit())
}

pub(super) fn level_value(level: &LevelValue, cells: &[Cell]) -> inferguard_schema::LevelValue {
    inferguard_schema::LevelValue {
        load: level.load,
        cell_ids: ids(&level.cells, cells),
        value: level.value,
    }
}
