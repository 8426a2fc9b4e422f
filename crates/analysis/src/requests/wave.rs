//! The first wave: requests that start before any of them has succeeded.
//!
//! In a closed loop all C users start together, and a run has about 10 × C requests: the burst is a
//! tenth of the sample and makes its p95 and p99, whatever the system does afterwards.

use inferguard_model::{FirstWave, Load, RequestTable};

use super::order;
use crate::quantile;

/// Rows of the first wave, ascending; `None` where nobody knows which they are.
///
/// Without moments the wave of a closed loop is as many requests as were in flight.
pub fn rows(table: &RequestTable, load: &Load) -> Option<Vec<u32>> {
    let most = load.concurrency.map(|users| users as usize);
    let all = 0..table.len() as u32;
    if !order::has_starts(table) {
        let most = most.filter(|_| table.in_start_order)?;
        return Some(all.take(most).collect());
    }
    let first_success = (0..table.len()).filter_map(|row| order::completion(table, row)).min()?;
    let mut wave: Vec<u32> =
        all.filter(|row| table.start_ns[*row as usize] < first_success).collect();
    // Failures free users, so that more requests may have started than users there are.
    if let Some(most) = most.filter(|most| *most < wave.len()) {
        wave.select_nth_unstable_by_key(most, |row| order::key(table, *row));
        wave.truncate(most);
        wave.sort_unstable();
    }
    Some(wave)
}

/// All rows but those of the wave, ascending.
pub fn rest<'a>(table: &RequestTable, wave: &'a [u32]) -> impl Iterator<Item = u32> + use<'a> {
    let mut wave = wave.iter().copied().peekable();
    (0..table.len() as u32).filter(move |row| wave.next_if_eq(row).is_none())
}

/// TTFT of the wave against that of the rest; `None` when one of them has none.
pub fn first_wave(table: &RequestTable, wave: &[u32]) -> Option<FirstWave> {
    const TAIL: [u32; 3] = [50_000, 95_000, 99_000];
    let ttft = |row: u32| table.ttft.get(row as usize).copied().filter(|ttft| *ttft > 0.0);
    let mut of_wave: Vec<f64> = wave.iter().filter_map(|row| ttft(*row)).collect();
    let median = quantile::median(&mut of_wave)?;
    let mut values = Vec::with_capacity(table.len());
    values.extend(rest(table, wave).filter_map(ttft));
    let rest = values.len() as u64;
    let value = |of: &[(u32, f64)], at: usize| of.get(at).map(|(_, value)| *value);
    let of_rest = quantile::percentiles(&mut values, &TAIL);
    values.extend_from_slice(&of_wave);
    let of_all = quantile::percentiles(&mut values, &TAIL);
    Some(FirstWave {
        requests: of_wave.len() as u64,
        rest,
        median,
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
        let wave = rows(&table(), &Load::default()).expect("moments");
        assert_eq!(wave, [1, 2, 3]);
        assert_eq!(rest(&table(), &wave).collect::<Vec<_>>(), [0, 4]);
        let wave = rows(&table(), &users(2)).expect("moments");
        assert_eq!(wave, [1, 2]);
        assert_eq!(rest(&table(), &wave).collect::<Vec<_>>(), [0, 3, 4]);
    }

    #[test]
    fn without_moments_the_users_are_needed_and_the_order() {
        let lists = RequestTable { start_ns: Vec::new(), in_start_order: true, ..table() };
        assert_eq!(rows(&lists, &Load::default()), None);
        assert_eq!(rows(&lists, &users(2)), Some(vec![0, 1]));
        assert_eq!(rows(&lists, &users(9)), Some(vec![0, 1, 2, 3, 4]));
        assert_eq!(rows(&RequestTable { in_start_order: false, ..lists }, &users(2)), None);
        assert_eq!(rows(&RequestTable::default(), &users(2)), None);
    }

    #[test]
    fn both_sides_need_a_ttft() {
        let facts = first_wave(&table(), &[1, 2, 3]).expect("both");
        assert_eq!((facts.requests, facts.rest, facts.median), (3, 2, 1.1));
        assert_eq!((facts.rest_median, facts.rest_p95), (0.1, 0.1));
        assert_eq!(first_wave(&table(), &[]), None);
        assert_eq!(first_wave(&table(), &[0, 1, 2, 3, 4]), None);
    }
}
