//! The stretch of a run in which its load was steady.

use inferguard_model::{Load, RequestTable, SteadyWindow};

use super::drift::FEWEST_REQUESTS;
use super::{order, reduce};

/// Share of the run that a steady window covers at least.
pub const MIN_SHARE: f64 = 0.5;

/// From the last completion of the first wave to the last start: before, the users of a closed loop
/// move in step, and afterwards no new requests begin. An open loop is steady from its first start.
///
/// `None` without moments, or when the window is less than half of the run or holds fewer than 100
/// completions: what is left would be another measurement.
pub fn window(table: &RequestTable, wave: &[u32], load: &Load) -> Option<SteadyWindow> {
    if !order::has_starts(table) {
        return None;
    }
    let run = reduce::window_seconds(table)?;
    let is_open = load.request_rate.is_some() && load.concurrency.is_none();
    let from_ns = if is_open {
        table.start_ns.iter().copied().min()?
    } else {
        wave.iter().filter_map(|row| order::completion(table, *row as usize)).max()?
    };
    let failed = table.failures.iter().map(|failure| failure.start_ns);
    let to_ns = table.start_ns.iter().copied().chain(failed).max()?;
    let seconds = to_ns.saturating_sub(from_ns) as f64 / 1e9;
    let has_tokens =
        table.osl.len() == table.len() && !table.osl.contains(&RequestTable::NO_TOKENS);
    let (mut completions, mut tokens) = (0, 0);
    for row in 0..table.len() {
        let Some(end) = order::completion(table, row) else { continue };
        if (from_ns..to_ns).contains(&end) {
            completions += 1;
            tokens += if has_tokens { u64::from(table.osl[row]) } else { 0 };
        }
    }
    let share = seconds / run;
    (seconds > 0.0 && share >= MIN_SHARE && completions >= FEWEST_REQUESTS as u64).then_some(
        SteadyWindow {
            from_ns,
            to_ns,
            share,
            completions,
            output_tokens: has_tokens.then_some(tokens),
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000_000;

    /// Ten users, `rounds` requests of one second each, all in step.
    fn closed(rounds: i64) -> RequestTable {
        let n = 10 * rounds as usize;
        RequestTable {
            start_ns: (0..rounds).flat_map(|round| [round * SECOND; 10]).collect(),
            ttft: vec![0.1; n],
            e2el: vec![1.0; n],
            osl: vec![5; n],
            window_ns: Some((0, rounds * SECOND)),
            ..RequestTable::default()
        }
    }

    #[test]
    fn it_begins_when_the_first_wave_is_done_and_ends_with_the_last_start() {
        let table = closed(20);
        let wave: Vec<u32> = (0..10).collect();
        let window = window(&table, &wave, &Load::default()).expect("long enough");
        assert_eq!((window.from_ns, window.to_ns, window.share), (SECOND, 19 * SECOND, 0.9));
        assert_eq!((window.completions, window.output_tokens), (180, Some(900)));
        assert_eq!(window.rate(), 10.0);
    }

    #[test]
    fn an_open_loop_is_steady_from_its_first_start() {
        let load = Load { request_rate: Some(10.0), ..Load::default() };
        let window = window(&closed(20), &[0], &load).expect("long enough");
        assert_eq!(window.from_ns, 0);
    }

    #[test]
    fn a_window_that_is_too_short_is_none() {
        let wave: Vec<u32> = (0..10).collect();
        assert_eq!(window(&closed(9), &wave, &Load::default()), None);
        let mut late = closed(20);
        late.window_ns = Some((0, 40 * SECOND));
        assert_eq!(window(&late, &wave, &Load::default()), None);
        late.start_ns.clear();
        assert_eq!(window(&late, &wave, &Load::default()), None);
    }
}
