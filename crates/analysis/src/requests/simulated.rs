//! How often the rules about a run's course speak up when nothing happens, and when something does.
//!
//! Log latency is normal with deviation σ and depends on its neighbour by φ, as in real runs.

use inferguard_model::{Load, Quantity, RequestTable};

use super::drift::{Drift, Warmup};
use super::facts::facts;
use super::random::Random;
use crate::trend::SIGNIFICANT;

/// The defaults of the checks.
const WARMUP_RATIO: f64 = 1.25;
const WARMUP_DEVIATIONS: f64 = 3.0;
const DRIFT_CHANGE: f64 = 0.10;

struct Case {
    n: usize,
    sigma: f64,
    phi: f64,
    /// Factor of the first tenth.
    first_tenth: f64,
    /// Change from the first request to the last, as a share.
    drift: f64,
}

impl Case {
    fn latencies(&self, random: &mut Random) -> Vec<f64> {
        let mut state = random.normal();
        (0..self.n)
            .map(|at| {
                state = self.phi * state + (1.0 - self.phi * self.phi).sqrt() * random.normal();
                let slow = if at * 10 < self.n { self.first_tenth } else { 1.0 };
                let drift = 1.0 + self.drift * at as f64 / self.n as f64;
                0.1 * slow * drift * (self.sigma * state).exp()
            })
            .collect()
    }

    /// Shares of runs in which a warm-up and a drift is told.
    fn told(&self, runs: usize) -> (f64, f64) {
        let mut random = Random::seeded(self.n as u64 ^ self.sigma.to_bits() ^ self.phi.to_bits());
        let (mut warmups, mut drifts) = (0, 0);
        for _ in 0..runs {
            let ttft = self.latencies(&mut random);
            let table = RequestTable {
                start_ns: (0..10_000_000).step_by(10_000).take(self.n).collect(),
                e2el: ttft.iter().map(|x| x + 1.0).collect(),
                ttft,
                ..RequestTable::default()
            };
            let facts = facts(&table, &Load { concurrency: Some(1), ..Load::default() });
            let segments = &facts.course(Quantity::Ttft).expect("a course").segments;
            let warmup = Warmup::of(segments).expect("ten segments");
            warmups += usize::from(
                warmup.ratio() >= WARMUP_RATIO
                    && warmup.deviations >= WARMUP_DEVIATIONS
                    && warmup.is_highest,
            );
            let drift = Drift::of(segments).expect("ten segments");
            drifts +=
                usize::from(drift.z.abs() >= SIGNIFICANT && drift.change.abs() >= DRIFT_CHANGE);
        }
        (warmups as f64 / runs as f64, drifts as f64 / runs as f64)
    }
}

const STEADY: Case = Case { n: 1000, sigma: 0.3, phi: 0.3, first_tenth: 1.0, drift: 0.0 };

#[test]
fn steady_runs_are_left_alone() {
    for (n, runs) in [(201, 300), (1000, 100)] {
        for sigma in [0.1, 0.5, 1.0] {
            for phi in [0.0, 0.5, 0.8] {
                let (warmups, drifts) = Case { n, sigma, phi, ..STEADY }.told(runs);
                let case = format!("n {n}, sigma {sigma}, phi {phi}: {warmups} {drifts}");
                assert!(warmups <= 0.06 && drifts <= 0.04, "{case}");
            }
        }
    }
}

#[test]
fn a_first_tenth_twice_as_slow_is_found() {
    for (sigma, phi, at_least) in [(0.1, 0.0, 0.99), (0.5, 0.5, 0.97), (0.5, 0.8, 0.80)] {
        let (warmups, _) = Case { sigma, phi, first_tenth: 2.0, ..STEADY }.told(100);
        assert!(warmups >= at_least, "sigma {sigma}, phi {phi}: {warmups}");
    }
}

#[test]
fn a_drift_is_found_where_the_spread_allows() {
    for (sigma, drift, at_least) in [(0.1, 0.2, 0.95), (0.2, 0.2, 0.7), (0.5, 0.5, 0.55)] {
        let (_, drifts) = Case { sigma, drift, ..STEADY }.told(100);
        assert!(drifts >= at_least, "sigma {sigma}, drift {drift}: {drifts}");
    }
}
