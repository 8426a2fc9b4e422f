//! What the checks look at after the rows are gone.

use inferguard_model::{
    Cell, GoodRequests, Load, Metric, Origin, Problem, ProblemCode, Quantity, RequestFacts,
    RequestTable,
};

use super::goodput::goodput;
use super::{drift, order, reduce, steady, wave};
use crate::quantile;
use crate::slo::Slo;

/// Share of failed attempts up to which the successes tell how many requests were in flight.
const FEW_FAILED: f64 = 0.01;

/// Counts the requests that meet the first of the objectives that judge single requests: a cell has
/// one goodput, and objectives that limit a statistic judge cells.
pub fn good(table: &RequestTable, slos: &[Slo]) -> Option<GoodRequests> {
    let of_requests = |slo: &&Slo| slo.objectives.iter().all(|one| one.stat.is_none());
    let found = goodput(table, slos.iter().find(of_requests)?).ok()?;
    Some(GoodRequests { good: found.good, successes: found.successes, attempts: found.attempts })
}

/// Gives cells the goodput of the objectives asked for. What a producer states is of objectives of
/// its own, so that it is replaced and never compared.
pub fn settle_goodput(cells: &mut [Cell]) {
    for cell in cells {
        let Some(found) = cell.evidence.requests.as_ref().and_then(|facts| facts.good) else {
            continue;
        };
        let known = |quantity| cell.evidence.metrics.get(Metric::plain(quantity));
        let good = found.good as f64;
        let seconds = known(Quantity::Duration).filter(|seconds| *seconds > 0.0);
        let share = |of: u64| (of > 0).then(|| good / of as f64);
        let values = [
            (
                Quantity::GoodputRps,
                seconds.map(|seconds| good / seconds),
                "requests that meet every objective of --slo / duration_seconds",
            ),
            (
                Quantity::GoodFraction,
                share(found.attempts),
                "requests that meet every objective of --slo / attempts",
            ),
            (
                Quantity::GoodFractionOfSuccesses,
                share(found.successes),
                "requests that meet every objective of --slo / successful requests",
            ),
        ];
        let mut replaced = Vec::new();
        for (quantity, value, formula) in values {
            let metric = Metric::plain(quantity);
            let stated = cell.evidence.metrics.remove(metric).map(|entry| entry.value);
            if let Some(value) = value {
                cell.evidence.metrics.set(metric, value, Origin::derived(formula));
            }
            if let Some(stated) = stated.filter(|stated| Some(*stated) != value) {
                replaced.push(format!("{} {stated}", metric.name()));
            }
        }
        if !replaced.is_empty() {
            let told = format!(
                "the producer states {} for its own objectives; the report has those of --slo",
                replaced.join(" and ")
            );
            cell.evidence.problem(Problem::note(ProblemCode::LeftOut, "", told));
        }
    }
}

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
    fn goodput_is_that_of_the_objectives_asked_for() {
        let mut requests = RequestTable { failed: 50, ..table() };
        requests.ttft[..20].fill(0.9);
        let slos: Vec<Slo> = ["p90_ttft:900", "ttft:500", "ttft:999"]
            .iter()
            .map(|slo| slo.parse().expect("objectives"))
            .collect();
        let found = good(&requests, &slos);
        assert_eq!(found, Some(GoodRequests { good: 180, successes: 200, attempts: 250 }));
        assert_eq!(good(&requests, &slos[..1]), None);
        let mut cells = [Cell::default()];
        let evidence = &mut cells[0].evidence;
        evidence.requests = Some(Box::new(RequestFacts { good: found, ..RequestFacts::default() }));
        let metrics = [(Quantity::Duration, 100.0), (Quantity::GoodputRps, 2.0)];
        for (quantity, value) in metrics {
            evidence.metrics.set(Metric::plain(quantity), value, Origin::key("stated"));
        }
        settle_goodput(&mut cells);
        let evidence = &cells[0].evidence;
        let known = |quantity| evidence.metrics.get(Metric::plain(quantity));
        assert_eq!(known(Quantity::GoodputRps), Some(1.8));
        assert_eq!(known(Quantity::GoodFraction), Some(0.72));
        assert_eq!(known(Quantity::GoodFractionOfSuccesses), Some(0.9));
        assert_eq!(evidence.problems.len(), 1);
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
