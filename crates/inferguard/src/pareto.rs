//! Comparisons across the cells of one or several folders, without a report.

use std::path::PathBuf;

use inferguard_analysis::axis::AxisError;
use inferguard_schema::CrossRun;

use crate::best::{Best, BestRequest, best};
use crate::{AnalyzeError, Filter, Options, baseline, judge, load, wire};

/// What a comparison gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Pareto {
    /// Scenarios with their series, frontiers and breaking points.
    pub cross_run: CrossRun,
    /// The best cells, when they are asked for.
    pub best: Option<Best>,
    /// Cells that were read.
    pub cells_read: usize,
    /// Cells that the filter takes.
    pub cells_taken: usize,
}

/// Why there is no comparison.
#[derive(Debug, thiserror::Error)]
pub enum ParetoError {
    /// Nothing could be read.
    #[error(transparent)]
    Analyze(#[from] AnalyzeError),
    /// An axis that cannot be drawn.
    #[error(transparent)]
    Axis(#[from] AxisError),
    /// The filter takes no cell.
    #[error("none of the {read} cells is wanted by --where")]
    NothingTaken {
        /// Cells that were read.
        read: usize,
    },
}

/// Compares the cells of folders of results, or single result files.
pub fn pareto(
    roots: &[PathBuf],
    options: &Options<'_>,
    filter: &Filter,
) -> Result<Pareto, ParetoError> {
    let has_price = options.prices().is_some();
    options.frontiers.check(has_price)?;
    if let Some(request) = options.best {
        request.axis.check(has_price)?;
    }
    let mut loaded = load::load_all(roots, options, false)?;
    let cells_read = loaded.cells.len();
    loaded.choose(filter);
    let cells_taken = loaded.cells.len();
    if cells_taken == 0 {
        return Err(ParetoError::NothingTaken { read: cells_read });
    }
    let baseline = baseline::read(options)?;
    let judged = judge(&loaded, baseline.as_ref(), options);
    let cross_run = wire::cross_run(&judged, &loaded.cells, options);
    let best = options.best.map(|BestRequest { axis, n }| {
        best(&loaded.cells, &judged.scenarios, axis, n, options.prices())
    });
    Ok(Pareto { cross_run, best, cells_read, cells_taken })
}
