//! Marks the points of series that do not stand for the system: bad runs, short runs, runs whose
//! load was not reached, runs with failed requests.

use inferguard_model::{Cell, Metric, Quantity, Stat};

use crate::level::{throughput_metric, value};
use crate::limit::{keeps_to, reaches};
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

impl AnnotationLimits {
    /// The limits unless others are set.
    pub const DEFAULT: Self = Self {
        suspect_drop: 0.25,
        suspect_recovery: 0.75,
        short_run: 0.75,
        load_share: 0.90,
        schedule_delay: 1.0,
        schedule_delay_share: 0.05,
        success_rate: 0.95,
    };
}

impl Default for AnnotationLimits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// Annotates every point of every series, in place.
pub fn annotate(scenarios: &mut Scenarios, cells: &[Cell], limits: &AnnotationLimits) {
    for scenario in &mut scenarios.scenarios {
        let agentic = is_agentic(scenario.scenario_type.as_deref());
        for series in &mut scenario.series {
            partial_and_short_of_load(series, cells, limits, agentic);
            if agentic {
                short_runs(series, cells, limits);
            }
            suspects(series, cells, limits);
        }
    }
}

/// Whether users think between turns, and the harness stops them by the clock.
///
/// Other loads run a number of requests, so that their length follows the throughput.
pub fn is_agentic(scenario_type: Option<&str>) -> bool {
    scenario_type.is_some_and(|kind| kind.starts_with("agentic"))
}

fn partial_and_short_of_load(
    series: &mut Series,
    cells: &[Cell],
    limits: &AnnotationLimits,
    agentic: bool,
) {
    for point in &mut series.points {
        for cell in &point.cells {
            let rate = cells[*cell].evidence.completion.success_rate();
            if let Some(success_rate) = rate.filter(|rate| *rate < limits.success_rate) {
                point.annotations.push(Annotation::Partial { cell: *cell, success_rate });
            }
            // Users who think between turns hold fewer requests in flight by design.
            if !agentic && let Some(shortfall) = shortfall(&cells[*cell], series.axis, limits) {
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
        /// What a run of that many requests holds that keeps the concurrency up to its last start.
        expected: f64,
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
/// A closed loop is judged by the mean of requests in flight. While its last requests finish, no
/// new ones start: n requests of about equal length last at most one request longer than n / C of
/// them, so a run that held C up to its last start has at least C / (1 + C / n) in flight on the
/// mean. Without n nothing is known.
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
            let requests = cell.evidence.completion.successful.filter(|n| *n > 0);
            let Some(((held, asked), requests)) =
                plain(Quantity::AchievedConcurrency).zip(asked).zip(requests)
            else {
                return Achievement::Unknown;
            };
            let expected = asked / (1.0 + asked / requests as f64);
            if reaches(held, limits.load_share * expected) {
                Achievement::Reached
            } else {
                Achievement::Missed(Shortfall::InFlight { held, asked, expected })
            }
        }
        LoadAxis::RequestRate => {
            let sent = plain(Quantity::SentRate).zip(load.request_rate);
            let delay = metrics.get(Metric::new(Stat::P90, Quantity::ScheduleDelay));
            let delay = delay.zip(plain(Quantity::Duration));
            match (sent, delay) {
                (Some((sent, asked)), _) if !reaches(sent, limits.load_share * asked) => {
                    Achievement::Missed(Shortfall::Rate { sent, asked })
                }
                (_, Some((delay, duration)))
                    if !keeps_to(delay, limits.schedule_delay)
                        && !keeps_to(delay, limits.schedule_delay_share * duration) =>
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

/// Runs from which a median of durations says something.
pub const FEWEST_DURATIONS: usize = 3;

/// Levels with a throughput from which one can be far below both neighbours.
pub const FEWEST_LEVELS: usize = 3;

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
            if let Some(duration) =
                duration(cell).filter(|d| !reaches(*d, limits.short_run * median))
            {
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
    for three in known.windows(FEWEST_LEVELS) {
        let [(_, before), (at, own), (_, after)] = *three else { continue };
        best = best.max(before);
        let kept = (1.0 - limits.suspect_drop) * before.min(after);
        // Three levels without any throughput are no dip.
        if keeps_to(own, kept) && kept > 0.0 && reaches(after, limits.suspect_recovery * best) {
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
