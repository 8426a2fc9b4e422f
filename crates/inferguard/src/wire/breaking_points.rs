//! Breaking points of series, with the lead time that a live timeline gave.

use inferguard_analysis::scenario::{Scenarios, Series};
use inferguard_findings::{FindingMeta, Limits, Outcome, breaking_points, first_live_finding_ns};
use inferguard_model::Cell;
use inferguard_schema::{BreakingPoint, CrossRun};

use super::cross_run::ids;

/// Puts the breaking points into their scenarios.
pub(super) fn fill(
    cross_run: &mut CrossRun,
    outcomes: &[(&'static FindingMeta, Vec<Outcome>)],
    scenarios: &Scenarios,
    cells: &[Cell],
    limits: &Limits,
) {
    for point in breaking_points(outcomes) {
        let steps = point.steps;
        let series = &scenarios.scenarios[steps.scenario].series[steps.series];
        let beyond: Vec<usize> = series.points[steps.first_beyond..=steps.to]
            .iter()
            .flat_map(|point| point.cells.iter().copied())
            .collect();
        let (lead_time_seconds, lead_time_reason) =
            match lead_time(series, steps.first_beyond, cells, limits) {
                Ok(seconds) => (Some(seconds), None),
                Err(reason) => (None, Some(reason.to_owned())),
            };
        cross_run.scenarios[steps.scenario].breaking_points.push(BreakingPoint {
            series: series.id.clone(),
            from_load: series.points[steps.from].load,
            to_load: series.points[steps.to].load,
            from_cell_ids: ids(&series.points[steps.from].cells, cells),
            to_cell_ids: ids(&beyond, cells),
            codes: point.findings.iter().map(|(code, _)| (*code).to_owned()).collect(),
            severity: point.severity(),
            summary: point.summary(),
            rests_on_suspect_point: steps.rests_on_suspect,
            lead_time_seconds,
            lead_time_reason,
        });
    }
}

/// From the first live finding in any cell of the series to the start of the first cell beyond the
/// break: how long ahead the recorder told.
fn lead_time(
    series: &Series,
    first_beyond: usize,
    cells: &[Cell],
    limits: &Limits,
) -> Result<f64, &'static str> {
    let of_series =
        || series.points.iter().flat_map(|point| &point.cells).map(|cell| &cells[*cell]);
    if of_series().all(|cell| cell.evidence.timeline.is_none()) {
        return Err("no live timeline");
    }
    let first_live = of_series()
        .filter_map(|cell| first_live_finding_ns(cell, limits))
        .min()
        .ok_or("the timelines hold no finding with a time")?;
    let start = series.points[first_beyond]
        .cells
        .iter()
        .filter_map(|cell| cells[*cell].evidence.window_ns)
        .map(|(start, _)| start)
        .min()
        .ok_or("the start of the first cell beyond the break is not known")?;
    if first_live > start {
        return Err("the first live finding came after the first cell beyond the break began");
    }
    Ok((start - first_live) as f64 / 1e9)
}

#[cfg(test)]
mod tests {
    use inferguard_analysis::scenario::{LoadAxis, Point};
    use inferguard_model::{Evidence, LiveFinding, LiveSeverity, Timeline, TimelineSample};

    use super::*;

    const SECOND: i64 = 1_000_000_000;

    /// A cell whose load began at a second, and whose recorder wrote a finding at another.
    fn cell(began: Option<i64>, finding: Option<i64>) -> Cell {
        let sample = |at: i64, findings: Vec<LiveFinding>| TimelineSample {
            at_ns: Some(at * SECOND),
            findings,
            ..TimelineSample::default()
        };
        let told = LiveFinding {
            code: "kv_transfer_stall".into(),
            severity: LiveSeverity::Warning,
            message: String::new(),
        };
        let timeline = finding
            .map(|at| Timeline { samples: vec![sample(at - 5, vec![]), sample(at, vec![told])] });
        Cell {
            id: "c".into(),
            evidence: Box::new(Evidence {
                window_ns: began.map(|at| (at * SECOND, (at + 60) * SECOND)),
                timeline,
                ..Evidence::default()
            }),
            has_result: true,
            ..Cell::default()
        }
    }

    fn lead(cells: &[Cell]) -> Result<f64, &'static str> {
        let point = |at: usize| Point { load: at as f64, cells: vec![at], ..Point::default() };
        let series = Series {
            id: "s".into(),
            run: ".".into(),
            label: "s".into(),
            axis: LoadAxis::Concurrency,
            points: (0..cells.len()).map(point).collect(),
        };
        lead_time(&series, cells.len() - 1, cells, &Limits::default())
    }

    #[test]
    fn the_lead_runs_from_the_first_live_finding_to_the_start_of_the_cell_beyond() {
        let cells = [cell(Some(100), Some(130)), cell(Some(200), Some(210)), cell(Some(300), None)];
        assert_eq!(lead(&cells), Ok(170.0));
    }

    #[test]
    fn no_lead_has_its_reason() {
        assert_eq!(lead(&[cell(Some(1), None), cell(Some(2), None)]), Err("no live timeline"));
        assert_eq!(
            lead(&[cell(Some(100), Some(130)), cell(None, None)]),
            Err("the start of the first cell beyond the break is not known")
        );
        assert_eq!(
            lead(&[cell(Some(100), None), cell(Some(200), Some(210))]),
            Err("the first live finding came after the first cell beyond the break began")
        );
        let mut silent = cell(Some(100), Some(130));
        if let Some(timeline) = &mut silent.evidence.timeline {
            timeline.samples.pop();
        }
        assert_eq!(
            lead(&[silent, cell(Some(200), None)]),
            Err("the timelines hold no finding with a time")
        );
    }
}
