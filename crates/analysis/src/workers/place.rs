//! Lays the logs of a job's workers beside the loads that ran on it.
//!
//! A log is on UTC or on a local clock whose zone nobody writes; so is the window of a load. Where
//! both are of one kind nothing has to be found. Else the log is moved by whole hours, or quarters
//! of one where no hour fits, to where most of its busy lines lie under a load; a draw between
//! offsets is not decided, unless one of them is none.

use std::sync::Arc;

use inferguard_model::{Cell, LogClock, Problem, ProblemCode, WorkerGauge, WorkerLoad, WorkerLog};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rustc_hash::FxHashMap;

const SECOND: i64 = 1_000_000_000;
const MINUTE: i64 = 60 * SECOND;

/// Less is the time between two lines of engines that print often.
const WORTH_MOVING: i64 = 5 * SECOND;

const QUARTER: i64 = 15 * MINUTE;

/// Quarters of an hour to the farthest zone.
const FARTHEST: i64 = 14 * 4;

/// A window on one of the two kinds of clock.
#[derive(Debug, Clone, Copy)]
struct Window {
    bounds: (i64, i64),
    is_utc: bool,
}

/// Finds the part of each worker's log under the load of each cell.
pub fn settle(cells: &mut [Cell]) {
    // The cells of each log, since those of a job are shared; in the order of the cells.
    let mut known: FxHashMap<*const WorkerLog, usize> = FxHashMap::default();
    let mut logs: Vec<(Arc<WorkerLog>, Vec<usize>)> = Vec::new();
    for (index, cell) in cells.iter_mut().enumerate() {
        if cell.evidence.workers.is_empty() {
            continue;
        }
        for log in distinct(cell) {
            let at = *known.entry(Arc::as_ptr(&log)).or_insert(logs.len());
            if at == logs.len() {
                logs.push((log, Vec::new()));
            }
            logs[at].1.push(index);
        }
    }
    for (log, of) in logs {
        place(&log, &of, cells);
    }
    for cell in cells {
        end_with_work(cell);
    }
}

/// Clients that write no more than a date write it when they have counted the tokens of all
/// answers, which takes seconds to minutes. Where no worker worked in that time, the load ended
/// with the last line of one that did.
fn end_with_work(cell: &mut Cell) {
    let evidence = &mut cell.evidence;
    if evidence.window_ns.is_some() {
        return;
    }
    let idle = |load: &WorkerLoad| {
        let (start, end) = load.window_ns;
        let last = busy(&load.log).into_iter().filter(|at| (start..=end).contains(at)).max();
        last.map(|last| end - last)
    };
    let Some(early) = evidence.worker_load.iter().filter_map(idle).min() else { return };
    if early < WORTH_MOVING {
        return;
    }
    for load in &mut evidence.worker_load {
        load.window_ns = (load.window_ns.0 - early, load.window_ns.1 - early);
    }
    let told = format!(
        "the date of the result is {} s after the last work of any worker; the load is taken to end with that",
        early / SECOND
    );
    evidence.problem(Problem::note(ProblemCode::Corrected, "", told));
}

/// The logs of a cell, each worker once: generations write figures to standard error or to standard
/// output, and archives hold copies.
fn distinct(cell: &mut Cell) -> Vec<Arc<WorkerLog>> {
    let mut kept: Vec<Arc<WorkerLog>> = Vec::new();
    let mut told: Vec<Problem> = Vec::new();
    for log in &cell.evidence.workers {
        let name = |log: &WorkerLog| (log.role, log.worker, log.node.clone(), log.ranks_of_name());
        let Some(at) = kept.iter().position(|held| name(held) == name(log)) else {
            kept.push(Arc::clone(log));
            continue;
        };
        let held = &kept[at];
        let fewer_samples = log.lines.sampled <= held.lines.sampled;
        if log.lines.sampled == 0 || held.lines.sampled == 0 || held.ranks == log.ranks {
            if !fewer_samples {
                kept[at] = Arc::clone(log);
            }
            continue;
        }
        let one_is_err = is_err(held) != is_err(log);
        let about = if one_is_err {
            "standard output and standard error of a worker both hold samples; those of the larger were used"
        } else {
            "two logs have the name of one worker and other samples; both are counted"
        };
        told.push(Problem::warning(ProblemCode::Conflict, "", format!("{}: {about}", log.label())));
        if !one_is_err {
            kept.push(Arc::clone(log));
        } else if !fewer_samples {
            kept[at] = Arc::clone(log);
        }
    }
    for problem in told {
        cell.evidence.problem(problem);
    }
    kept
}

fn is_err(log: &WorkerLog) -> bool {
    log.file_name.ends_with(".err")
}

fn place(log: &Arc<WorkerLog>, of: &[usize], cells: &mut [Cell]) {
    let Some(clock) = log.clock else { return };
    let is_utc = clock == LogClock::Utc;
    let windows: Vec<(usize, Window)> =
        of.iter().filter_map(|cell| Some((*cell, window(&cells[*cell], is_utc)?))).collect();
    let Some((_, first)) = windows.first() else { return };
    let year = match clock {
        LogClock::LocalWithoutYear => match years_apart(log, first.bounds.0) {
            Some(shift) => shift,
            None => return,
        },
        LogClock::Utc | LogClock::Local => 0,
    };
    let busy = busy(log);
    let under_load = |offset: i64| {
        let inside = |at: &i64| {
            let at = at.saturating_add(year).saturating_add(offset);
            windows.iter().any(|(_, window)| (window.bounds.0..=window.bounds.1).contains(&at))
        };
        busy.iter().filter(|at| inside(at)).count()
    };
    let same_clock = windows.iter().all(|(_, window)| window.is_utc == is_utc);
    let mut told = None;
    let offset = if same_clock && under_load(0) > 0 {
        0
    } else {
        match best(under_load) {
            Ok(0) => 0,
            Ok(offset) => {
                let hours = offset as f64 / (60 * MINUTE) as f64;
                let text = format!(
                    "{}: no zone is written; its times fit the load when moved by {hours:+} h",
                    log.label()
                );
                told = Some(Problem::note(ProblemCode::Corrected, "", text));
                offset
            }
            Err(why) => {
                let text = format!("{}: its samples were not used: {why}", log.label());
                for (cell, _) in &windows {
                    let told = Problem::warning(ProblemCode::Unplaced, "", text.clone());
                    cells[*cell].evidence.problem(told);
                }
                return;
            }
        }
    };
    for (cell, Window { bounds, .. }) in windows {
        let on_clock = |at: i64| at.saturating_sub(offset).saturating_sub(year);
        let window_ns = (on_clock(bounds.0), on_clock(bounds.1));
        let evidence = &mut cells[cell].evidence;
        evidence.worker_load.push(WorkerLoad { log: Arc::clone(log), window_ns });
        evidence.problems.extend(told.clone().map(|problem| (0, problem)));
    }
}

/// The window of a cell, on the clock of the log where it is known on that one.
fn window(cell: &Cell, is_utc: bool) -> Option<Window> {
    let evidence = &cell.evidence;
    let utc = evidence.window_ns.map(|bounds| Window { bounds, is_utc: true });
    let local = evidence.window_local_ns.map(|bounds| Window { bounds, is_utc: false });
    let window = match (utc, local) {
        (Some(utc), Some(local)) if !is_utc => on_local_clock(utc.bounds, local.bounds),
        _ => if is_utc { utc.or(local) } else { local.or(utc) }?,
    };
    (window.bounds.0 < window.bounds.1).then_some(window)
}

/// A window that was measured, on the local clock of one that was made of a date. The ends of both
/// tell the zone, which is a matter of quarters of an hour; the date itself is written late.
fn on_local_clock(measured: (i64, i64), dated: (i64, i64)) -> Window {
    let apart = dated.1.saturating_sub(measured.1);
    let zone = apart.saturating_add(QUARTER / 2).div_euclid(QUARTER) * QUARTER;
    let bounds = (measured.0.saturating_add(zone), measured.1.saturating_add(zone));
    Window { bounds, is_utc: false }
}

/// Times of the lines with something running or computed.
fn busy(log: &WorkerLog) -> Vec<i64> {
    let tells = [
        WorkerGauge::Running,
        WorkerGauge::ComputedTokens,
        WorkerGauge::GeneratedTokens,
        WorkerGauge::GenerationTput,
    ];
    let mut times = Vec::new();
    for rank in &log.ranks {
        let is_busy = |sample: &usize| {
            tells.iter().any(|gauge| rank.get(*gauge, *sample).is_some_and(|value| value > 0.0))
        };
        times.extend((0..rank.len()).filter(is_busy).map(|sample| rank.at_ns[sample]));
    }
    times
}

/// The offset with most lines under a load.
fn best(under_load: impl Fn(i64) -> usize) -> Result<i64, &'static str> {
    let quarters = || (-FARTHEST..=FARTHEST).map(|n| n * QUARTER);
    let hours = || quarters().filter(|offset| offset % (4 * QUARTER) == 0);
    let pick = |offsets: &mut dyn Iterator<Item = i64>| {
        let scored: Vec<(usize, i64)> = offsets.map(|at| (under_load(at), at)).collect();
        let most = scored.iter().map(|(n, _)| *n).max().filter(|most| *most > 0)?;
        Some(scored.into_iter().filter(|(n, _)| *n == most).map(|(_, at)| at).collect::<Vec<_>>())
    };
    match pick(&mut hours()).or_else(|| pick(&mut quarters())) {
        None => Err("no line lies under a load, whatever the zone"),
        Some(best) if best.len() == 1 || best.contains(&0) => {
            Ok(if best.contains(&0) { 0 } else { best[0] })
        }
        Some(_) => Err("no zone is written, and several fit equally"),
    }
}

/// What brings times of the year 2000 into the year of a load: the one in which the log begins
/// nearest to it.
fn years_apart(log: &WorkerLog, load_ns: i64) -> Option<i64> {
    let (begin, _) = log.span_ns()?;
    let date = |ns: i64| -> Option<Date> {
        let at = jiff::Timestamp::from_nanosecond(i128::from(ns)).ok()?;
        Some(at.to_zoned(TimeZone::UTC).date())
    };
    let (written, load) = (date(begin)?, date(load_ns)?);
    let moved = |year: i16| -> Option<i64> {
        let day = Date::new(year, written.month(), written.day()).ok()?;
        let days = day.since(written).ok()?.get_days();
        Some(i64::from(days) * 24 * 60 * MINUTE)
    };
    [load.year() - 1, load.year(), load.year() + 1]
        .into_iter()
        .filter_map(moved)
        .min_by_key(|shift| (begin + shift - load_ns).abs())
}
