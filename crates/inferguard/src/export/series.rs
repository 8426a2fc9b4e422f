//! A row for each load level of each series.

use inferguard_analysis::quantile;
use inferguard_report::table::Field;
use inferguard_schema::{
    Axis, Cell, Frontier, Point, Report, Scenario, Scope, Series, SeriesConfiguration, Value,
};
use rustc_hash::FxHashMap;

use super::cells::{Measured, metrics};
use super::{ById, joined, whole};

pub(super) struct Row<'r> {
    scenario: &'r Scenario,
    series: &'r Series,
    point: &'r Point,
    /// Its cells.
    cells: Vec<&'r Cell>,
    axes: Option<(&'r Axis, &'r Axis)>,
    places: [Option<Place>; 3],
}

/// Where a point is to a frontier.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Place {
    On(f64, f64),
    Dominated(f64, f64),
    NotDrawn,
    WithoutValue,
}

impl Place {
    fn name(self) -> &'static str {
        match self {
            Self::On(..) => "frontier",
            Self::Dominated(..) => "dominated",
            Self::NotDrawn => "not drawn",
            Self::WithoutValue => "without a value",
        }
    }

    fn values(self) -> Option<(f64, f64)> {
        match self {
            Self::On(x, y) | Self::Dominated(x, y) => Some((x, y)),
            Self::NotDrawn | Self::WithoutValue => None,
        }
    }
}

/// Repeats of one level have one place, so that the first cell tells it.
impl Measured for Row<'_> {
    fn metric(&self, name: &str) -> Option<f64> {
        let known = |cell: &&Cell| cell.metrics.get(name)?.as_f64();
        quantile::median(&mut self.cells.iter().filter_map(known).collect::<Vec<_>>())
    }
}

pub(super) fn rows<'r>(report: &'r Report, by_id: &ById<'r>) -> Vec<Row<'r>> {
    let mut rows = Vec::new();
    for scenario in &report.cross_run.scenarios {
        // The pair of axes that is drawn first, as on the screen.
        let axes = scenario.frontiers.first().map(|first| (&first.x, &first.y));
        let places = [Scope::Scenario, Scope::Hardware, Scope::System].map(|scope| {
            let drawn = scenario.frontiers.iter();
            places(drawn.filter(|one| one.scope == scope && Some((&one.x, &one.y)) == axes))
        });
        for series in &scenario.series {
            rows.extend(series.points.iter().map(|point| {
                let ids = point.cell_ids.iter();
                let place = |of: &FxHashMap<&str, Place>| {
                    // A cell that is left out of its level may hide one that is drawn.
                    let found = point.cell_ids.iter().filter_map(|id| of.get(id.as_ref()));
                    found.copied().max_by_key(|place| place.values().is_some())
                };
                Row {
                    scenario,
                    series,
                    point,
                    cells: ids.filter_map(|id| by_id.get(id.as_ref()).copied()).collect(),
                    axes,
                    places: [place(&places[0]), place(&places[1]), place(&places[2])],
                }
            }));
        }
    }
    rows
}

fn places<'r>(frontiers: impl Iterator<Item = &'r Frontier>) -> FxHashMap<&'r str, Place> {
    let mut all = FxHashMap::default();
    for frontier in frontiers {
        for point in &frontier.points {
            let place = Place::On(point.x, point.y);
            all.extend(point.cell_ids.iter().map(|id| (id.as_ref(), place)));
        }
        for point in &frontier.dominated {
            let place = Place::Dominated(point.x, point.y);
            all.extend(point.cell_ids.iter().map(|id| (id.as_ref(), place)));
        }
        all.extend(frontier.not_drawn.0.iter().map(|(id, _)| (&**id, Place::NotDrawn)));
        let without = frontier.without_axis.iter();
        all.extend(without.map(|id| (id.as_ref(), Place::WithoutValue)));
    }
    all
}

/// Every column: the fixed ones, then one for each metric.
pub(super) fn fields<'r>(report: &Report) -> Vec<Field<Row<'r>>> {
    let mut fields = fixed();
    fields.extend(metrics(report));
    fields
}

/// The columns that are there whatever the data.
pub(super) fn fixed<'r>() -> Vec<Field<Row<'r>>> {
    const POINTS: &str = "cross_run.scenarios[].series[].points[]";
    let mut fields = vec![
        Field::text(
            "scenario",
            "cross_run.scenarios[].id",
            "Scenario; points of different ones are not comparable.",
            |row: &Row<'_>| Some(row.scenario.id.as_str().into()),
        ),
        Field::text(
            "series",
            "cross_run.scenarios[].series[].id",
            "Series: one configuration in one run.",
            |row: &Row<'_>| Some(row.series.id.as_str().into()),
        ),
        Field::text(
            "run",
            "cross_run.scenarios[].series[].run",
            "Run of the series.",
            |row: &Row<'_>| Some(row.series.run.as_str().into()),
        ),
        Field::text(
            "configuration",
            "cross_run.scenarios[].series[].configuration.label",
            "Configuration in short.",
            |row: &Row<'_>| Some(row.series.configuration.label.as_str().into()),
        ),
    ];
    fields.extend(
        ["hardware", "framework", "precision", "spec_decoding", "topology", "offloading"].map(key),
    );
    fields.extend([
        Field::text(
            "load_axis",
            "cross_run.scenarios[].series[].load_axis",
            "What the load counts: concurrency or request_rate.",
            |row: &Row<'_>| row.series.load_axis.as_deref().map(Into::into),
        ),
        Field::number("load", "", format!("{POINTS}.load"), "Load level.", |row: &Row<'_>| {
            row.point.load
        }),
        Field::text(
            "cell_ids",
            format!("{POINTS}.cell_ids"),
            "Cells of the level, separated by `; `.",
            |row: &Row<'_>| Some(joined(&row.point.cell_ids).into()),
        ),
        Field::whole(
            "repeats",
            "",
            format!("{POINTS}.cell_ids"),
            "Cells of the level.",
            |row: &Row<'_>| whole(row.point.cell_ids.len() as u64),
        ),
        Field::text(
            "annotations",
            format!("{POINTS}.annotations"),
            "Remarks on the point, separated by `; `.",
            |row: &Row<'_>| {
                let notes = &row.point.annotations;
                (!notes.is_empty()).then(|| notes.join("; ").into())
            },
        ),
    ]);
    fields.extend(membership());
    fields
}

fn key<'r>(name: &'static str) -> Field<Row<'r>> {
    let source = format!("cross_run.scenarios[].series[].configuration.{name}");
    let about = "What the cells of the series have in common.";
    Field::text(name, source, about, move |row: &Row<'_>| {
        let SeriesConfiguration { keys, .. } = &row.series.configuration;
        match keys.get(name)? {
            Value::Text(text) => Some((&**text).into()),
            _ => None,
        }
    })
}

/// The first pair of axes and where the point is on its frontiers.
fn membership<'r>() -> Vec<Field<Row<'r>>> {
    const FRONTIERS: &str = "cross_run.scenarios[].frontiers[]";
    let place = |name: &'static str, at: usize, about: &'static str| {
        Field::text(name, FRONTIERS, about, move |row: &Row<'_>| {
            row.places[at].map(|place| place.name().into())
        })
    };
    let values = |row: &Row<'_>| row.places.iter().flatten().find_map(|place| place.values());
    vec![
        Field::text(
            "x_metric",
            format!("{FRONTIERS}.x"),
            "First horizontal axis.",
            |row: &Row<'_>| Some(row.axes?.0.metric.as_str().into()),
        ),
        Field::number(
            "x",
            "",
            format!("{FRONTIERS}.points[].x"),
            "Value there.",
            move |row: &Row<'_>| values(row).map(|(x, _)| x),
        ),
        Field::text(
            "y_metric",
            format!("{FRONTIERS}.y"),
            "First vertical axis.",
            |row: &Row<'_>| Some(row.axes?.1.metric.as_str().into()),
        ),
        Field::number(
            "y",
            "",
            format!("{FRONTIERS}.points[].y"),
            "Value there.",
            move |row: &Row<'_>| values(row).map(|(_, y)| y),
        ),
        place(
            "scenario_frontier",
            0,
            "Place on the frontier of the scenario: frontier, dominated, not drawn, without a value.",
        ),
        place("hardware_frontier", 1, "Place on the frontier of the hardware."),
        place("system_frontier", 2, "Place on the frontier of the system."),
    ]
}
