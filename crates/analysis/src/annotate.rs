//! Marks the points of series that do not stand for the system: bad runs, short runs, runs whose
//! load was not reached, runs with failed requests.

use inferguard_model::{Cell, Metric, Quantity, Stat};

use crate::level::{throughput_metric, value};
use crate::quantile;
use crate::scenario::{Annotation, LoadAxis, Scenarios, Series};

/// Limits of the annotations.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AnnotationLimits {
    /// Share by which the throughput of a suspect point is below both neighbours.
    pub suspect_drop: f64,
    /// Share of the best throughput so far that the point after a suspect one reaches again.
    pub suspect_recovery: f64,
    /// Share of the series' median duration below which a timed run is short.
    pub short_run: f64,
    /// Share of the requested load that must be reached.
    pub load_share: f64,
    /// Delay of the schedule above which the load was not reached, seconds.
    pub schedule_delay: f64,
    /// The same as a share of the run.
    pub schedule_delay_share: f64,
    /// Share of attempts that must succeed.
    pub success_rate: f64,
}

impl Default for AnnotationLimits {
    fn default() -> Self {
        Self {
            suspect_drop: 0.25,
            suspect_recovery: 0.75,
            short_run: 0.75,
            load_share: 0.90,
            schedule_delay: 1.0,
            schedule_delay_share: 0.05,
            success_rate: 0.95,
        }
    }
}

/// Annotates every point of every series, in place.
pub fn annotate(scenarios: &mut Scenarios, cells: &[Cell], limits: &AnnotationLimits) {
    for scenario in &mut scenarios.scenarios {
        let timed = scenario.scenario_type.as_deref().is_some_and(|kind| kind != "fixed-length");
        for series in &mut scenario.series {
            partial_and_short_of_load(series, cells, limits, timed);
            if timed {
                short_runs(series, cells, limits);
            }
            suspects(series, cells, limits);
        }
    }
}

fn partial_and_short_of_load(
    series: &mut Series,
    cells: &[Cell],
    limits: &AnnotationLimits,
    has_think_time: bool,
) {
    for point in &mut series.points {
        for cell in &point.cells {
            let rate = cells[*cell].evidence.completion.success_rate();
            if let Some(success_rate) = rate.filter(|rate| *rate < limits.success_rate) {
                point.annotations.push(Annotation::Partial { cell: *cell, success_rate });
            }
            // Users who think between turns hold fewer requests in flight by design.
            if !has_think_time
                && let Some(shortfall) = shortfall(&cells[*cell], series.axis, limits)
            {
                point.annotations.push(Annotation::LoadNotAchieved { cell: *cell, shortfall });
            }
        }
    }
}

/// How a load was missed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Shortfall {
    /// Requests in flight on the mean, against the concurrency.
    InFlight {
        /// Mean number of requests in flight.
        held: f64,
        /// Requested concurrency.
        asked: f64,
    },
    /// Requests sent per second, against the requested rate.
    Rate {
        /// Sent rate.
        sent: f64,
        /// Requested rate.
        asked: f64,
    },
    /// The schedule ran late.
    Delay {
        /// 90th percentile of the delay, seconds.
        delay: f64,
        /// Length of the run, seconds.
        duration: f64,
    },
}

/// What a cell says of its load: nothing, reached, or by how much not.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Achievement {
    /// No source says.
    Unknown,
    /// Reached.
    Reached,
    /// Missed.
    Missed(Shortfall),
}

/// Whether a cell reached the load that was asked for.
///
/// An open loop is judged by the rate at which requests were **sent**: what completes is biased low
/// by the requests that are still open at the end.
pub fn achievement(cell: &Cell, axis: LoadAxis, limits: &AnnotationLimits) -> Achievement {
    let load = &cell.evidence.identity.load;
    let metrics = &cell.evidence.metrics;
    let plain = |quantity| metrics.get(Metric::plain(quantity));
    match axis {
        LoadAxis::Concurrency => {
            let asked = load.concurrency.map(f64::from);
            match plain(Quantity::AchievedConcurrency).zip(asked) {
                None => Achievement::Unknown,
                Some((held, asked)) if held < limits.load_share * asked => {
                    Achievement::Missed(Shortfall::InFlight { held, asked })
                }
                Some(_) => Achievement::Reached,
            }
        }
        LoadAxis::RequestRate => {
            let sent = plain(Quantity::SentRate).zip(load.request_rate);
            let delay = metrics.get(Metric::new(Stat::P90, Quantity::ScheduleDelay));
            let delay = delay.zip(plain(Quantity::Duration));
            match (sent, delay) {
                (Some((sent, asked)), _) if sent < limits.load_share * asked => {
                    Achievement::Missed(Shortfall::Rate { sent, asked })
                }
                (_, Some((delay, duration)))
                    if delay > limits.schedule_delay
                        && delay > limits.schedule_delay_share * duration =>
                {
                    Achievement::Missed(Shortfall::Delay { delay, duration })
                }
                (None, None) => Achievement::Unknown,
                _ => Achievement::Reached,
            }
        }
    }
}

fn shortfall(cell: &Cell, axis: LoadAxis, limits: &AnnotationLimits) -> Option<Shortfall> {
    match achievement(cell, axis, limits) {
        Achievement::Missed(shortfall) => Some(shortfall),
        Achievement::Unknown | Achievement::Reached => None,
    }
}

/// Levels from which a median of durations says something.
const FEWEST_DURATIONS: usize = 3;

/// Runs of a harness that stops by the clock and stopped early.
fn short_runs(series: &mut Series, cells: &[Cell], limits: &AnnotationLimits) {
    let duration =
        |cell: &usize| cells[*cell].evidence.metrics.get(Metric::plain(Quantity::Duration));
    let mut durations: Vec<f64> =
        series.points.iter().flat_map(|point| &point.cells).filter_map(duration).collect();
    if durations.len() < FEWEST_DURATIONS {
        return;
    }
    let Some(median) = quantile::median(&mut durations) else { return };
    for point in &mut series.points {
        for cell in &point.cells {
            if let Some(duration) = duration(cell).filter(|d| *d < limits.short_run * median) {
                point.annotations.push(Annotation::Short { cell: *cell, duration, median });
            }
        }
    }
}

/// Points whose throughput is far below both neighbours while the next level is as good as before.
fn suspects(series: &mut Series, cells: &[Cell], limits: &AnnotationLimits) {
    let Some(metric) = throughput_metric(cells, series) else { return };
    let known: Vec<(usize, f64)> = series
        .points
        .iter()
        .enumerate()
        .filter_map(|(at, point)| Some((at, value(cells, point, metric)?)))
        .collect();
    let mut best = 0.0_f64;
    for three in known.windows(3) {
        let [(_, before), (at, own), (_, after)] = *three else { continue };
        best = best.max(before);
        let kept = 1.0 - limits.suspect_drop;
        if own <= kept * before && own <= kept * after && after >= limits.suspect_recovery * best {
            let note = Annotation::Suspect { metric, value: own, before, after };
            series.points[at].annotations.push(note);
        }
    }
}

/// Why cells are listed beside a frontier and not drawn on it, by cell index; `None` for cells that
/// are drawn.
pub fn not_drawn(scenarios: &Scenarios, n_cells: usize) -> Vec<Option<&'static str>> {
    let mut reasons = vec![None; n_cells];
    let series = scenarios.scenarios.iter().flat_map(|scenario| &scenario.series);
    for point in series.flat_map(|series| &series.points) {
        for cell in &point.left_out {
            reasons[*cell] = Some("no successful request");
        }
        for note in &point.annotations {
            match note {
                Annotation::Partial { cell, .. } => {
                    reasons[*cell] = Some("too many requests failed");
                }
                Annotation::Short { cell, .. } => reasons[*cell] = Some("short run"),
                Annotation::Suspect { .. } => {
                    for cell in &point.cells {
                        reasons[*cell] = Some("suspect point");
                    }
                }
                Annotation::LoadNotAchieved { .. } => {}
            }
        }
    }
    reasons
}
