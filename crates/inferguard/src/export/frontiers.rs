//! A row for each point of each frontier, and for each cell that is none.

use std::borrow::Cow;

use inferguard_report::table::Field;
use inferguard_schema::{DominatedPoint, Frontier, Report, Scenario, Scope};

use super::joined;

pub(super) struct Row<'r> {
    scenario: &'r Scenario,
    frontier: &'r Frontier,
    cell_ids: Cow<'r, str>,
    place: &'static str,
    values: Option<(f64, f64)>,
    dominated: Option<&'r DominatedPoint>,
    reason: Option<&'r str>,
}

pub(super) fn rows(report: &Report) -> Vec<Row<'_>> {
    let mut rows = Vec::new();
    for scenario in &report.cross_run.scenarios {
        for frontier in &scenario.frontiers {
            let row = |cell_ids: Cow<'_, str>, place| Row {
                scenario,
                frontier,
                cell_ids: cell_ids.into_owned().into(),
                place,
                values: None,
                dominated: None,
                reason: None,
            };
            rows.extend(frontier.points.iter().map(|point| Row {
                values: Some((point.x, point.y)),
                ..row(joined(&point.cell_ids).into(), "frontier")
            }));
            rows.extend(frontier.dominated.iter().map(|point| Row {
                values: Some((point.x, point.y)),
                dominated: Some(point),
                ..row(joined(&point.cell_ids).into(), "dominated")
            }));
            rows.extend(
                frontier
                    .not_drawn
                    .0
                    .iter()
                    .map(|(id, why)| Row { reason: Some(why), ..row((&**id).into(), "not drawn") }),
            );
            let without = frontier.without_axis.iter();
            rows.extend(without.map(|id| row((&**id).into(), "without a value")));
        }
    }
    rows
}

pub(super) fn fields<'r>() -> Vec<Field<Row<'r>>> {
    const AT: &str = "cross_run.scenarios[].frontiers[]";
    vec![
        Field::text("scenario", "cross_run.scenarios[].id", "Scenario.", |row: &Row<'_>| {
            Some(row.scenario.id.as_str().into())
        }),
        Field::text(
            "scope",
            format!("{AT}.scope"),
            "What it is drawn over: scenario, hardware or system.",
            |row: &Row<'_>| {
                Some(Cow::Borrowed(match row.frontier.scope {
                    Scope::Scenario => "scenario",
                    Scope::Hardware => "hardware",
                    Scope::System => "system",
                }))
            },
        ),
        Field::text(
            "scope_group",
            format!("{AT}.group"),
            "The hardware or system.",
            |row: &Row<'_>| row.frontier.group.as_deref().map(Into::into),
        ),
        Field::text("x_metric", format!("{AT}.x.metric"), "Horizontal axis.", |row: &Row<'_>| {
            Some(row.frontier.x.metric.as_str().into())
        }),
        Field::text("x_unit", format!("{AT}.x.unit"), "Its unit.", |row: &Row<'_>| {
            Some(row.frontier.x.unit.as_str().into())
        }),
        Field::text("y_metric", format!("{AT}.y.metric"), "Vertical axis.", |row: &Row<'_>| {
            Some(row.frontier.y.metric.as_str().into())
        }),
        Field::text("y_unit", format!("{AT}.y.unit"), "Its unit.", |row: &Row<'_>| {
            Some(row.frontier.y.unit.as_str().into())
        }),
        Field::text(
            "place",
            AT,
            "frontier, dominated, not drawn, or without a value.",
            |row: &Row<'_>| Some(row.place.into()),
        ),
        Field::text(
            "cell_ids",
            format!("{AT}.points[].cell_ids"),
            "Its cells, separated by `; `: repeats, and equals of other series.",
            |row: &Row<'_>| Some((&*row.cell_ids).into()),
        ),
        Field::number(
            "x",
            "",
            format!("{AT}.points[].x"),
            "Value on the horizontal axis.",
            |row: &Row<'_>| row.values.map(|(x, _)| x),
        ),
        Field::number(
            "y",
            "",
            format!("{AT}.points[].y"),
            "Value on the vertical axis.",
            |row: &Row<'_>| row.values.map(|(_, y)| y),
        ),
        Field::text(
            "dominated_by",
            format!("{AT}.dominated[].by"),
            "First cell of the point that beats it.",
            |row: &Row<'_>| Some(row.dominated?.by.as_ref().into()),
        ),
        Field::number(
            "behind_x",
            "0..1",
            format!("{AT}.dominated[].behind_x"),
            "How far it is behind in x, as a share.",
            |row: &Row<'_>| row.dominated?.behind_x,
        ),
        Field::number(
            "behind_y",
            "0..1",
            format!("{AT}.dominated[].behind_y"),
            "How far it is behind in y, as a share.",
            |row: &Row<'_>| row.dominated?.behind_y,
        ),
        Field::text(
            "reason",
            format!("{AT}.not_drawn"),
            "Why it is not drawn.",
            |row: &Row<'_>| row.reason.map(Into::into),
        ),
    ]
}
