//! What the checks look at after the rows are gone.

use inferguard_model::{Load, Quantity, RequestFacts, RequestTable};

use super::{drift, order, reduce, steady, wave};

/// The facts of a table under the load that is known when it is read.
pub fn facts(table: &RequestTable, load: &Load) -> RequestFacts {
    let mut facts = RequestFacts {
        requests: table.len() as u64,
        failed: table.failed,
        ..RequestFacts::default()
    };
    let Some((wave, mut rest)) = wave::split(table, load) else { return facts };
    facts.first_wave = wave::first_wave(table, &wave, &rest);
    facts.steady = steady::window(table, &wave, load);
    if !order::is_known(table) {
        return facts;
    }
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
