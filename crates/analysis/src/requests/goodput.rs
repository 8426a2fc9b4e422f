//! Requests that meet objectives, one by one.

use inferguard_model::{Quantity, RequestTable};

use super::reduce::counted_tpot;
use crate::slo::{Objective, Slo};

/// How the requests of a table stand to objectives that are all to be met.
#[derive(Debug, Clone, PartialEq)]
pub struct Goodput {
    /// Requests that meet every objective.
    pub good: u64,
    /// Requests that succeeded.
    pub successes: u64,
    /// Attempts: what failed and what was cancelled on purpose included, as AIPerf counts.
    pub attempts: u64,
    /// What each objective fails, in their order.
    pub fails: Vec<Fails>,
}

/// What one objective fails.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fails {
    /// The objective.
    pub objective: Objective,
    /// Successful requests that miss it, those without the value included.
    pub missed: u64,
    /// Of these, requests that have no such value: a reply of one token has no TPOT.
    pub without_value: u64,
    /// Of these, requests that meet every other objective.
    pub alone: u64,
}

impl Goodput {
    /// Good requests ÷ attempts.
    pub fn fraction(&self) -> Option<f64> {
        (self.attempts > 0).then(|| self.good as f64 / self.attempts as f64)
    }

    /// Good requests ÷ successes.
    pub fn fraction_of_successes(&self) -> Option<f64> {
        (self.successes > 0).then(|| self.good as f64 / self.successes as f64)
    }
}

/// Why a table cannot be judged by objectives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GoodputError {
    /// No request has a value of the quantity: a run without streams has no TTFT.
    #[error("no request has {}", .0.info().name)]
    NoValue(Quantity),
    /// Nothing was attempted.
    #[error("no request was attempted")]
    NoAttempt,
}

/// The value of one request that an objective limits.
pub fn value(table: &RequestTable, quantity: Quantity, row: usize) -> Option<f64> {
    let latency = |column: &[f64]| column.get(row).copied().filter(|x| *x > 0.0);
    let tpot = || counted_tpot(table, row);
    match quantity {
        Quantity::Ttft => latency(&table.ttft),
        Quantity::E2el => latency(&table.e2el),
        Quantity::Tpot => tpot(),
        Quantity::Itl if table.itl_is_tpot => tpot(),
        Quantity::Itl => table.itl.get(row).copied().filter(|x| *x >= 0.0),
        Quantity::Intvty => tpot().filter(|x| *x > 0.0).map(f64::recip),
        _ => None,
    }
}

/// Whether each successful request meets every objective; one that lacks a value does not.
pub fn flags(table: &RequestTable, slo: &Slo) -> Vec<bool> {
    let good = |row: usize| slo.objectives.iter().all(|one| meets(table, one, row) == Some(true));
    (0..table.len()).map(good).collect()
}

fn meets(table: &RequestTable, objective: &Objective, row: usize) -> Option<bool> {
    value(table, objective.quantity, row).map(|value| objective.is_met(value))
}

/// Judges the requests of a table.
pub fn goodput(table: &RequestTable, slo: &Slo) -> Result<Goodput, GoodputError> {
    let attempts = table.len() as u64 + table.failed;
    if attempts == 0 {
        return Err(GoodputError::NoAttempt);
    }
    let fails = |objective: &Objective| Fails {
        objective: *objective,
        missed: 0,
        without_value: 0,
        alone: 0,
    };
    let mut fails: Vec<Fails> = slo.objectives.iter().map(fails).collect();
    let mut good = 0;
    let mut missed = Vec::with_capacity(fails.len());
    for row in 0..table.len() {
        missed.clear();
        for (at, one) in fails.iter_mut().enumerate() {
            let answer = meets(table, &one.objective, row);
            if answer != Some(true) {
                one.missed += 1;
                one.without_value += u64::from(answer.is_none());
                missed.push(at);
            }
        }
        match missed[..] {
            [] => good += 1,
            [only] => fails[only].alone += 1,
            _ => {}
        }
    }
    let successes = table.len() as u64;
    // Nothing is told of a quantity that the run cannot have.
    let absent = fails.iter().find(|one| successes > 0 && one.without_value == successes);
    match absent {
        Some(one) => Err(GoodputError::NoValue(one.objective.quantity)),
        None => Ok(Goodput { good, successes, attempts, fails }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> RequestTable {
        RequestTable {
            ttft: vec![0.37, 0.370_000_001, 0.1, RequestTable::NOT_MEASURED, 0.1],
            e2el: vec![0.5, 0.5, 0.648, 0.4, 0.3],
            osl: vec![2, 2, 3, 5, 1],
            failed: 3,
            ..RequestTable::default()
        }
    }

    fn of(slo: &str) -> Goodput {
        goodput(&table(), &slo.parse().expect("an SLO")).expect("values")
    }

    #[test]
    fn a_value_at_its_limit_is_good_and_a_missing_one_is_not() {
        let found = of("time_to_first_token:370 request_latency:648");
        assert_eq!((found.good, found.successes, found.attempts), (3, 5, 8));
        assert_eq!((found.fraction(), found.fraction_of_successes()), (Some(0.375), Some(0.6)));
        let of_ttft = found.fails[0];
        assert_eq!((of_ttft.missed, of_ttft.without_value, of_ttft.alone), (2, 1, 2));
        assert_eq!(found.fails[1].missed, 0);
    }

    #[test]
    fn objectives_that_fail_together_fail_none_alone() {
        let found = of("ttft:100 e2el:400");
        // Rows: both, both, e2el, ttft (absent), none.
        assert_eq!(found.good, 1);
        assert_eq!((found.fails[0].missed, found.fails[0].alone), (3, 1));
        assert_eq!((found.fails[1].missed, found.fails[1].alone), (3, 1));
    }

    #[test]
    fn a_reply_of_one_token_misses_every_tpot_and_every_interactivity() {
        let found = of("tpot:1000000");
        assert_eq!((found.good, found.fails[0].without_value), (3, 2));
        assert_eq!(of("intvty:0.000001").good, 3);
    }

    #[test]
    fn a_quantity_that_no_request_has_cannot_be_judged() {
        let slo = "itl:5".parse().expect("an SLO");
        assert_eq!(goodput(&table(), &slo), Err(GoodputError::NoValue(Quantity::Itl)));
        let none = RequestTable::default();
        assert_eq!(goodput(&none, &slo), Err(GoodputError::NoAttempt));
        let failed = RequestTable { failed: 2, ..RequestTable::default() };
        assert_eq!(goodput(&failed, &slo).expect("attempts").fraction(), Some(0.0));
        let gaps = RequestTable { itl_is_tpot: true, ..table() };
        assert_eq!(goodput(&gaps, &slo).expect("ITL is TPOT").good, 0);
    }
}
