//! The first wave: requests that start before any of them has succeeded.
//!
//! In a closed loop all C users start together, and a run has about 10 × C requests: the burst is a
//! tenth of the sample and makes its p95 and p99, whatever the system does afterwards.

use inferguard_model::{FirstWave, Load, RequestTable};

use super::order;
use crate::quantile;

/// Rows of the first wave and of the rest, in no order; `None` where nobody knows which they are.
///
/// Without moments the wave of a closed loop is as many requests as were in flight.
pub fn split(table: &RequestTable, load: &Load) -> Option<(Vec<u32>, Vec<u32>)> {
    let all = 0..table.len() as u32;
    let most = load.concurrency.map(|users| users as usize);
    if !order::has_starts(table) {
        let most = most.filter(|_| table.in_start_order)?.min(table.len());
        return Some((all.clone().take(most).collect(), all.skip(most).collect()));
    }
    let first_success = (0..table.len()).filter_map(|row| order::completion(table, row)).min()?;
    let (mut wave, mut rest): (Vec<u32>, Vec<u32>) =
        all.partition(|row| table.start_ns[*row as usize] < first_success);
    // Failures free users, so that more requests may have started than users there are.
    if let Some(most) = most.filter(|most| *most < wave.len()) {
        wave.select_nth_unstable_by_key(most, |row| order::key(table, *row));
        rest.extend(wave.drain(most..));
    }
    Some((wave, rest))
}

/// TTFT of the wave against that of the rest; `None` when one of them has none.
pub fn first_wave(table: &RequestTable, wave: &[u32], rest: &[u32]) -> Option<FirstWave> {
    const TAIL: [u32; 3] = [50_000, 95_000, 99_000];
    let ttfts = |rows: &[u32]| -> Vec<f64> {
        let ttft = |row: &u32| table.ttft.get(*row as usize).copied();
        rows.iter().filter_map(ttft).filter(|ttft| *ttft > 0.0).collect()
    };
    let (mut wave, mut rest) = (ttfts(wave), ttfts(rest));
    let mut all = [&wave[..], &rest[..]].concat();
    let value = |of: &[(u32, f64)], at: usize| of.get(at).map(|(_, value)| *value);
    let of_rest = quantile::percentiles(&mut rest, &TAIL);
    let of_all = quantile::percentiles(&mut all, &TAIL);
    Some(FirstWave {
        requests: wave.len() as u64,
        rest: rest.len() as u64,
        median: quantile::median(&mut wave)?,
        rest_median: value(&of_rest, 0)?,
        rest_p95: value(&of_rest, 1)?,
        rest_p99: value(&of_rest, 2)?,
        all_p95: value(&of_all, 1)?,
        all_p99: value(&of_all, 2)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000_000;

    fn table() -> RequestTable {
        RequestTable {
            start_ns: vec![3 * SECOND, 0, 0, 1, 2 * SECOND],
            ttft: vec![0.1, 1.0, 1.1, 1.2, 0.1],
            e2el: vec![2.0; 5],
            ..RequestTable::default()
        }
    }

    fn users(n: u32) -> Load {
        Load { concurrency: Some(n), ..Load::default() }
    }

    #[test]
    fn the_wave_starts_before_the_first_success_and_is_no_more_than_the_users() {
        let (wave, rest) = split(&table(), &Load::default()).expect("moments");
        assert_eq!((wave, rest), (vec![1, 2, 3], vec![0, 4]));
        let (mut wave, rest) = split(&table(), &users(2)).expect("moments");
        wave.sort_unstable();
        assert_eq!((wave, rest.len()), (vec![1, 2], 3));
    }

    #[test]
    fn without_moments_the_users_are_needed_and_the_order() {
        let lists = RequestTable { start_ns: Vec::new(), in_start_order: true, ..table() };
        assert_eq!(split(&lists, &Load::default()), None);
        assert_eq!(split(&lists, &users(2)), Some((vec![0, 1], vec![2, 3, 4])));
        assert_eq!(split(&RequestTable { in_start_order: false, ..lists }, &users(2)), None);
        assert_eq!(split(&RequestTable::default(), &users(2)), None);
    }

    #[test]
    fn both_sides_need_a_ttft() {
        let facts = first_wave(&table(), &[1, 2, 3], &[0, 4]).expect("both");
        assert_eq!((facts.requests, facts.rest, facts.median), (3, 2, 1.1));
        assert_eq!((facts.rest_median, facts.rest_p95), (0.1, 0.1));
        assert_eq!(first_wave(&table(), &[], &[0, 4]), None);
        assert_eq!(first_wave(&table(), &[1], &[]), None);
    }
}
