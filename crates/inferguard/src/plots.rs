//! What is drawn of the cells of one or several folders.

mod gpus;
pub(crate) mod requests;
mod servers;
mod slices;
mod workers;

use std::path::PathBuf;

use inferguard_analysis::scenario::Scenarios;
use inferguard_model::Cell;
use inferguard_report::plot::{self, Figure};
use inferguard_schema::CrossRun;

use crate::{Filter, Options, ParetoError, judge, load, wire};
use requests::Digest;

/// What there is to draw.
#[derive(Debug, Clone, PartialEq)]
pub struct Plots {
    /// Scenarios with their series, frontiers and breaking points.
    pub cross_run: CrossRun,
    /// Figures of all of it, in the order of the scenarios, then those of records of single requests
    /// and of workers, servers and GPUs.
    pub figures: Vec<PlottedFigure>,
    /// Cells that were read.
    pub cells_read: usize,
    /// Cells that the filter takes.
    pub cells_taken: usize,
}

/// A figure and the scenario that it belongs to.
#[derive(Debug, Clone, PartialEq)]
pub struct PlottedFigure {
    /// Scenario, by id; `None` for a cell in none.
    pub scenario: Option<String>,
    /// The figure.
    pub figure: Figure,
}

/// Reads folders of results, or single result files, and says what is drawn of them.
pub fn plots(
    roots: &[PathBuf],
    options: &Options<'_>,
    filter: &Filter,
) -> Result<Plots, ParetoError> {
    options.frontiers.check(options.prices().is_some())?;
    let mut loaded = load::load_all(roots, options, true)?;
    let cells_read = loaded.cells.len();
    loaded.choose(filter);
    let digests = std::mem::take(&mut loaded.digests);
    let cells_taken = loaded.cells.len();
    if cells_taken == 0 {
        return Err(ParetoError::NothingTaken { read: cells_read });
    }
    let judged = judge(&loaded, None, options);
    let cross_run = wire::cross_run(&judged, &loaded.cells, options);
    let others = others(&judged.scenarios, &loaded.cells, &digests, options);
    let cells = wire::cells(loaded.cells, &loaded.files, &judged.scenarios, options);
    let figures = named(&cross_run, &cells, others);
    Ok(Plots { cross_run, figures, cells_read, cells_taken })
}

/// The figures of scenarios, then others, under names of their own.
pub(crate) fn named(
    cross_run: &CrossRun,
    cells: &[inferguard_schema::Cell],
    others: Vec<PlottedFigure>,
) -> Vec<PlottedFigure> {
    let of_scenario =
        |figure: Figure| PlottedFigure { scenario: Some(figure.subject.clone()), figure };
    let of_scenarios = plot::figures(cross_run, cells).into_iter().map(of_scenario);
    let mut figures: Vec<PlottedFigure> = of_scenarios.chain(others).collect();
    plot::name(figures.iter_mut().map(|plotted| &mut plotted.figure));
    figures
}

/// The figures of request tables, those of a series together, and of workers and servers.
pub(crate) fn others(
    scenarios: &Scenarios,
    cells: &[Cell],
    digests: &[(usize, Digest)],
    options: &Options<'_>,
) -> Vec<PlottedFigure> {
    let with = |at: &usize| {
        let (_, digest) = digests.iter().find(|(of, _)| of == at)?;
        Some((&cells[*at], digest))
    };
    let mut figures = Vec::new();
    let mut drawn = vec![false; cells.len()];
    let mut draw = |scenario: Option<&str>, subject: &str, members: &[(&Cell, &Digest)]| {
        let found = requests::figures(subject, members, options.slos());
        figures.extend(
            found
                .into_iter()
                .map(|figure| PlottedFigure { scenario: scenario.map(str::to_owned), figure }),
        );
    };
    for scenario in &scenarios.scenarios {
        for series in &scenario.series {
            let places: Vec<usize> =
                series.points.iter().flat_map(|point| point.cells.iter().copied()).collect();
            let members: Vec<_> = places.iter().filter_map(with).collect();
            for place in places {
                drawn[place] = true;
            }
            if !members.is_empty() {
                draw(Some(&scenario.id), &series.id, &members);
            }
        }
    }
    for at in (0..cells.len()).filter(|at| !drawn[*at]) {
        if let Some(member) = with(&at) {
            draw(None, &cells[at].id, &[member]);
        }
    }
    let scenario_of = scenarios.of_cell(cells.len());
    for ((nth, cell), at) in cells.iter().enumerate().zip(scenario_of) {
        let scenario = at.map(|at| scenarios.scenarios[at].id.clone());
        // Where single requests are known, slices are made of them.
        let sliced = if with(&nth).is_none() { slices::figure(cell) } else { None };
        let nodes = workers::figures(cell).into_iter().chain(servers::figures(cell));
        let drawn = sliced.into_iter().chain(nodes).chain(gpus::figure(cell));
        figures.extend(drawn.map(|figure| PlottedFigure { scenario: scenario.clone(), figure }));
    }
    figures
}
