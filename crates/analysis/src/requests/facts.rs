//! What the checks look at after the rows are gone.

use inferguard_model::{Cell, Load, Metric, Origin, Quantity, RequestFacts, RequestTable};

use super::{drift, order, reduce, steady, wave};
use crate::quantile;

/// Share of failed attempts up to which the successes tell how many requests were in flight.
const FEW_FAILED: f64 = 0.01;

/// Gives cells whose producer does not tell the mean number of requests in flight that of their
/// records.
///
/// Producers count another end of a request (AIPerf the end of its stream), so that both numbers are
/// never compared.
pub fn settle(cells: &mut [Cell]) {
    for cell in cells {
        let facts = cell.evidence.requests.as_ref();
        if let Some(held) = facts.and_then(|facts| facts.in_flight) {
            let origin = Origin::derived("sum of E2EL of successful requests / their window");
            let metric = Metric::plain(Quantity::AchievedConcurrency);
            cell.evidence.metrics.set_if_absent(metric, held, origin);
        }
    }
}

/// Requests in flight on the mean. Those that failed were in flight too, nobody knows for how long:
/// beyond a few of them there is no such number.
fn in_flight(table: &RequestTable) -> Option<f64> {
    let seconds = reduce::window_seconds(table).filter(|seconds| *seconds > 0.0)?;
    let (n, failed) = (table.len() as f64, table.failed as f64);
    let is_known = failed <= FEW_FAILED * (n + failed) && table.e2el.iter().all(|x| *x > 0.0);
    quantile::mean(&table.e2el).filter(|_| is_known).map(|mean| mean * n / seconds)
}

/// The facts of a table under the load that is known when it is read.
pub fn facts(table: &RequestTable, load: &Load) -> RequestFacts {
    let mut facts = RequestFacts {
        requests: table.len() as u64,
        failed: table.failed,
        in_flight: in_flight(table),
        ..RequestFacts::default()
    };
    let Some(wave) = wave::rows(table, load) else { return facts };
    facts.first_wave = wave::first_wave(table, &wave);
    facts.steady = steady::window(table, &wave, load);
    if !order::is_known(table) {
        return facts;
    }
    let mut rest = Vec::with_capacity(table.len());
    rest.extend(wave::rest(table, &wave));
    order::cut(table, &mut rest);
    let latency =
        |column: &[f64], row: usize| column.get(row).copied().filter(|latency| *latency > 0.0);
    let tokens = |column: &[u32], row: usize| {
        column.get(row).filter(|n| **n != RequestTable::NO_TOKENS).map(|n| f64::from(*n))
    };
    let courses = [
        drift::course(&rest, Quantity::Ttft, |row| latency(&table.ttft, row)),
        drift::course(&rest, Quantity::E2el, |row| latency(&table.e2el, row)),
        drift::course(&rest, Quantity::Tpot, |row| reduce::counted_tpot(table, row)),
        drift::course(&rest, Quantity::Isl, |row| tokens(&table.isl, row)),
        drift::course(&rest, Quantity::Osl, |row| tokens(&table.osl, row)),
        facts
            .steady
            .and_then(|window| drift::throughput_course(table, (window.from_ns, window.to_ns))),
    ];
    facts.courses = courses.into_iter().flatten().collect();
    facts
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000_000;

    /// Four users, 200 requests of two seconds.
    fn table() -> RequestTable {
        RequestTable {
            start_ns: (0..200).map(|at| at / 4 * 2 * SECOND).collect(),
            ttft: vec![0.5; 200],
            e2el: vec![2.0; 200],
            isl: vec![100; 200],
            osl: vec![4; 200],
            window_ns: Some((0, 100 * SECOND)),
            ..RequestTable::default()
        }
    }

    #[test]
    fn facts_hold_the_course_of_everything_that_is_known() {
        let facts = facts(&table(), &Load::default());
        assert_eq!((facts.requests, facts.in_flight), (200, Some(4.0)));
        assert_eq!(facts.first_wave.map(|wave| (wave.requests, wave.rest)), Some((4, 196)));
        let known: Vec<_> =
            facts.courses.iter().map(|course| course.quantity.info().name).collect();
        assert_eq!(known, ["ttft", "e2el", "tpot", "isl", "osl", "output_tput_tps"]);
        assert!(facts.courses.iter().all(|course| course.segments.len() == 10));
        assert_eq!(facts.course(Quantity::Tpot).map(|course| course.segments[0]), Some(0.5));
        assert_eq!(facts.steady.map(|window| window.rate()), Some(2.0));
    }

    #[test]
    fn requests_that_failed_hide_how_many_were_in_flight() {
        let few = RequestTable { failed: 2, ..table() };
        assert_eq!(facts(&few, &Load::default()).in_flight, Some(4.0));
        let many = RequestTable { failed: 3, ..table() };
        assert_eq!(facts(&many, &Load::default()).in_flight, None);
    }

    #[test]
    fn columns_that_are_not_there_and_no_requests_are_no_facts() {
        let bare = RequestTable {
            start_ns: Vec::new(),
            ttft: Vec::new(),
            isl: Vec::new(),
            osl: Vec::new(),
            window_ns: None,
            ..table()
        };
        let found = facts(&bare, &Load::default());
        assert_eq!((found.first_wave, found.steady, found.courses.len()), (None, None, 0));
        let listed = RequestTable { in_start_order: true, ..bare };
        let users = Load { concurrency: Some(4), ..Load::default() };
        let found = facts(&listed, &users);
        assert_eq!((found.first_wave, found.courses.len()), (None, 1));
        assert_eq!(facts(&RequestTable::default(), &users), RequestFacts::default());
    }
}
