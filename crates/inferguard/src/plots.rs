//! What is drawn of the cells of one or several folders.

use std::path::PathBuf;

use inferguard_report::plot::{self, Figure};
use inferguard_schema::{Cell, CrossRun};

use crate::{Filter, Options, ParetoError, judge, load, wire};

/// What there is to draw.
#[derive(Debug, Clone, PartialEq)]
pub struct Plots {
    /// Scenarios with their series, frontiers and breaking points; one that is taken out is not
    /// drawn.
    pub cross_run: CrossRun,
    /// The cells that were taken.
    pub cells: Vec<Cell>,
    /// Cells that were read.
    pub cells_read: usize,
}

impl Plots {
    /// The figures, in the order of the scenarios, under names of their own.
    pub fn figures(&self) -> Vec<Figure> {
        plot::figures(&self.cross_run, &self.cells)
    }
}

/// Reads folders of results, or single result files, for plots.
pub fn plots(
    roots: &[PathBuf],
    options: &Options<'_>,
    filter: &Filter,
) -> Result<Plots, ParetoError> {
    options.frontiers.check(options.prices().is_some())?;
    let mut loaded = load::load_all(roots, options)?;
    let cells_read = loaded.cells.len();
    loaded.cells.retain(|cell| filter.takes(cell));
    if loaded.cells.is_empty() {
        return Err(ParetoError::NothingTaken { read: cells_read });
    }
    let judged = judge(&loaded, None, options);
    let cross_run = wire::cross_run(&judged, &loaded.cells, options);
    let cells = wire::cells(loaded.cells, &loaded.files, &judged.scenarios, options);
    Ok(Plots { cross_run, cells, cells_read })
}
