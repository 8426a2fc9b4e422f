//! Checks on what is kept of request tables.

use inferguard_model::{Course, FirstWave, Quantity, RequestFacts};
use serde_json::json;

use super::{CellBuilder, Tree, cell};

const WARMUP: &str = "warmup_effect";
const DRIFT: &str = "performance_drift";
const WAVE: &str = "cold_first_wave";

impl CellBuilder {
    fn facts(mut self, facts: RequestFacts) -> Self {
        self.cell.evidence.requests = Some(Box::new(facts));
        self
    }

    /// Segments of a quantity, of 1,000 requests.
    fn course(self, quantity: Quantity, segments: [f64; 10]) -> Self {
        let mut facts = self.cell.evidence.requests.as_deref().cloned().unwrap_or_default();
        let segments = segments.to_vec();
        facts.courses.push(Course { quantity, requests: 1000, segments });
        self.facts(facts)
    }

    fn wave(self, wave: FirstWave) -> Self {
        self.facts(RequestFacts { first_wave: Some(wave), ..RequestFacts::default() })
    }
}

/// A first segment, then nine that spread by a hundredth.
fn first(value: f64) -> [f64; 10] {
    [value, 0.101, 0.1, 0.099, 0.1, 0.1, 0.101, 0.099, 0.1, 0.1005]
}

/// A wave of four before 36 requests of a median of 0.1 s.
const STEADY: FirstWave = FirstWave {
    requests: 4,
    rest: 36,
    median: 0.2,
    rest_median: 0.1,
    rest_p95: 0.11,
    rest_p99: 0.12,
    all_p95: 0.112,
    all_p99: 0.121,
};

#[test]
fn cells_without_records_and_short_runs_are_not_evaluated() {
    for code in [WARMUP, DRIFT, WAVE] {
        let tree = Tree::of([cell("none"), cell("short").facts(RequestFacts::default())]);
        let answers = tree.answers(code);
        assert!(answers.iter().all(|line| line.contains("not evaluated")), "{answers:?}");
    }
}

#[test]
fn a_slow_first_tenth_is_a_warmup_from_a_quarter_on() {
    let ttft = |value| cell("c").course(Quantity::Ttft, first(value));
    assert_eq!(Tree::of([ttft(0.1249)]).answers(WARMUP), ["c clear"]);
    assert_eq!(
        Tree::of([ttft(0.125)]).answers(WARMUP),
        [
            "c warning: median TTFT of the first tenth of 1,000 requests is 125 ms, 1.25 × the 100 ms of the second half"
        ]
    );
    let evidence = Tree::of([ttft(0.2)]).evidence(WARMUP);
    assert_eq!((&evidence["metric"], &evidence["observed"]), (&json!("p50_ttft"), &json!(2.0)));
    let limited = Tree::of([ttft(0.2)]).limit(WARMUP, "ratio", 2.5);
    assert_eq!(limited.answers(WARMUP), ["c clear"]);
}

#[test]
fn another_slow_segment_or_a_wide_spread_is_no_warmup() {
    let mut later = first(0.2);
    later[4] = 0.2;
    assert_eq!(Tree::of([cell("c").course(Quantity::Ttft, later)]).answers(WARMUP), ["c clear"]);
    let wide = [0.2, 0.1, 0.1, 0.1, 0.1, 0.07, 0.13, 0.1, 0.06, 0.15];
    assert_eq!(Tree::of([cell("c").course(Quantity::Ttft, wide)]).answers(WARMUP), ["c clear"]);
}

#[test]
fn without_ttft_the_warmup_is_that_of_e2el() {
    let answers = Tree::of([cell("c").course(Quantity::E2el, first(0.2))]).answers(WARMUP);
    assert!(answers[0].contains("median E2EL"), "{answers:?}");
}

/// From 1 to 1 + `change` in a straight line.
fn line(change: f64) -> [f64; 10] {
    std::array::from_fn(|at| 1.0 + change * at as f64 / 9.0)
}

#[test]
fn latency_that_goes_one_way_by_a_tenth_drifts() {
    let of = |change| cell("c").course(Quantity::Ttft, line(change));
    assert_eq!(Tree::of([of(0.099)]).answers(DRIFT), ["c clear"]);
    assert_eq!(
        Tree::of([of(0.1)]).answers(DRIFT),
        [
            "c warning: median TTFT rises by 10.0 % from the first tenth to the last of 1,000 requests"
        ]
    );
    assert!(Tree::of([of(-0.3)]).answers(DRIFT)[0].contains("TTFT falls by 30.0 %"));
    // Back and forth.
    let waves: [f64; 10] = std::array::from_fn(|at| 1.0 + 0.5 * (at % 2) as f64);
    assert_eq!(Tree::of([cell("c").course(Quantity::Ttft, waves)]).answers(DRIFT), ["c clear"]);
}

#[test]
fn throughput_drifts_from_a_twentieth_on_and_lengths_are_told() {
    let tree = Tree::of([cell("c")
        .course(Quantity::Ttft, line(0.0))
        .course(Quantity::Isl, line(0.5))
        .course(Quantity::OutputTput, line(-0.05))]);
    assert_eq!(
        tree.answers(DRIFT),
        [
            "c warning: output throughput falls by 5.0 % from the first tenth to the last of 1,000 requests; median ISL rises too, which may be why"
        ]
    );
    let evidence = tree.evidence(DRIFT);
    assert_eq!(evidence["metric"], "output_tput_tps");
    assert_eq!(evidence["drifts"].as_array().map(Vec::len), Some(1));
}

#[test]
fn a_wave_of_twice_the_ttft_is_told_and_warns_where_it_makes_the_tail() {
    let answers = Tree::of([cell("c").wave(STEADY)]).answers(WAVE);
    assert!(answers[0].starts_with("c info: median TTFT of the first wave of 4 requests"));
    let tail = FirstWave { all_p99: 0.144, ..STEADY };
    let tree = Tree::of([cell("c").wave(tail)]);
    assert!(tree.answers(WAVE)[0].starts_with("c warning: "));
    assert_eq!(tree.evidence(WAVE)["p99_ttft_without_wave"], json!(0.12));
    let cold = FirstWave { median: 1.1, ..STEADY };
    assert!(Tree::of([cell("c").wave(cold)]).answers(WAVE)[0].contains("cold first wave"));
}

#[test]
fn a_wave_just_under_a_limit_is_clear() {
    let clear = [
        FirstWave { rest_p95: 0.2, ..STEADY },
        FirstWave { median: 0.199, ..STEADY },
        // Three times as long, and not a tenth of a second.
        FirstWave { median: 0.149, rest_median: 0.05, ..STEADY },
    ];
    for wave in clear {
        assert_eq!(Tree::of([cell("c").wave(wave)]).answers(WAVE), ["c clear"], "{wave:?}");
    }
    for few in [FirstWave { requests: 1, ..STEADY }, FirstWave { rest: 19, ..STEADY }] {
        assert!(Tree::of([cell("c").wave(few)]).answers(WAVE)[0].contains("not evaluated"));
    }
}
