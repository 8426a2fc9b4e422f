//! `kv_pressure` and `queue_buildup`.

use inferguard_model::{EndpointSnapshot, NodeSeries};

use super::*;

const KV: &str = "kv_pressure";
const QUEUE: &str = "queue_buildup";

fn server(change: impl FnOnce(&mut NodeSeries)) -> CellBuilder {
    let mut series = NodeSeries::default();
    change(&mut series);
    let n =
        [&series.kv_cache_usage, &series.cpu_kv_cache_usage, &series.waiting, &series.preemptions]
            .map(Vec::len)
            .into_iter()
            .max()
            .unwrap_or(0);
    series.at_ns = (0..).step_by(1_000_000_000).take(n).collect();
    series.running = vec![1.0; n];
    let mut builder = cell("c");
    builder.cell.evidence.server = Some(series);
    builder
}

fn answer(code: &str, cell: CellBuilder) -> String {
    Tree::of([cell]).answers(code).remove(0)
}

fn usage(values: &[f64]) -> String {
    answer(KV, server(|series| series.kv_cache_usage = values.to_vec()))
}

#[test]
fn three_samples_in_a_row_or_a_fifth_of_all_are_pressure() {
    let mut values = [0.5; 20];
    values[3..6].fill(0.9);
    assert_eq!(
        usage(&values),
        "c warning: KV usage of server at 90.0 % or more on 3 of 20 samples, 3 in a row"
    );
    values[4] = 0.8999;
    assert_eq!(usage(&values), "c clear");
    let mut apart = [0.5; 20];
    for at in [0, 5, 10, 15] {
        apart[at] = 0.95;
    }
    assert!(usage(&apart).contains("4 of 20 samples, 1 in a row"), "exactly a fifth");
    assert_eq!(usage(&[&apart[..], &[0.5]].concat()), "c clear");
}

#[test]
fn a_peak_is_no_pressure_and_few_samples_say_nothing_about_one() {
    assert_eq!(usage(&[0.5, 0.5, 0.99, 0.5, 0.5]), "c clear");
    assert_eq!(
        usage(&[0.5, 0.99]),
        "c not evaluated: too few samples of the KV-cache usage while the load ran"
    );
    assert_eq!(usage(&[0.5, 0.5]), "c clear");
}

#[test]
fn idle_samples_before_and_after_the_load_do_not_count() {
    let mut builder = server(|series| {
        series.kv_cache_usage =
            [vec![0.0; 40], vec![0.95, 0.5, 0.95, 0.5, 0.5], vec![0.0; 40]].concat();
    });
    let series = builder.cell.evidence.server.as_mut().expect("set");
    series.running[..40].fill(0.0);
    series.running[45..].fill(0.0);
    assert!(answer(KV, builder).contains("2 of 5 samples"));
}

#[test]
fn the_cpu_tier_has_its_own_limit() {
    let cpu = |value| answer(KV, server(|series| series.cpu_kv_cache_usage = vec![value; 5]));
    assert!(cpu(0.95).contains("CPU KV usage of server at 95.0 % or more on 5 of 5"));
    assert_eq!(cpu(0.949), "c clear");
}

#[test]
fn preemptions_that_keep_rising_are_pressure() {
    let preemptions = |values: Vec<f64>| answer(KV, server(|series| series.preemptions = values));
    let steps = |rises: &[f64]| {
        let mut total = 0.0;
        let rise = |rise: &f64| {
            total += rise;
            total
        };
        [0.0].into_iter().chain(rises.iter().map(rise)).collect::<Vec<_>>()
    };
    let mut rises = [0.0; 30];
    rises[10..13].fill(2.0);
    assert_eq!(
        preemptions(steps(&rises)),
        "c warning: 6 preemptions at server, in 3 of 30 intervals, 3 in a row"
    );
    rises[11] = 0.0;
    assert_eq!(preemptions(steps(&rises)), "c clear");
    let mut apart = [0.0; 15];
    for at in [0, 5, 10] {
        apart[at] = 1.0;
    }
    assert!(preemptions(steps(&apart)).contains("in 3 of 15 intervals"), "exactly a fifth");
    assert_eq!(preemptions(steps(&[1.0, 0.0, 1.0, 0.0])), "c clear", "two rises are few");
    assert_eq!(preemptions(vec![7.0; 20]), "c clear", "from before the load");
}

#[test]
fn of_aggregates_a_percentile_is_enough_and_a_peak_is_not() {
    let aggregate = |name: &str, value| answer(KV, cell("c").value(name, value));
    assert_eq!(
        aggregate("p75_kv_cache_usage", 0.9),
        "c warning: p75_kv_cache_usage is 90.0 %: at 90.0 % or more on at least 25.0 % of the samples"
    );
    assert!(aggregate("p80_kv_cache_usage", 0.9).starts_with("c warning"));
    let peak = "c not evaluated: only a peak of the KV-cache usage is known, and not for how long";
    assert_eq!(aggregate("max_kv_cache_usage", 1.0), peak);
    assert_eq!(aggregate("p90_kv_cache_usage", 0.95), peak);
    assert_eq!(aggregate("max_kv_cache_usage", 0.899), "c clear");
    assert_eq!(
        answer(KV, cell("c")),
        "c not evaluated: neither KV-cache usage nor preemptions over time are known"
    );
}

fn decode(second: i64, url: &str, change: impl FnOnce(&mut EndpointSnapshot)) -> TimelineSample {
    let at_ns = Some(second * 1_000_000_000);
    let mut snapshot = EndpointSnapshot {
        role: "decode".into(),
        url: url.into(),
        scraped_at_ns: at_ns,
        ..EndpointSnapshot::default()
    };
    change(&mut snapshot);
    TimelineSample { at_ns, decode: Some(snapshot), ..TimelineSample::default() }
}

#[test]
fn endpoints_are_judged_apart_and_a_repeated_scrape_counts_once() {
    // Every second sample is of the other endpoint: neither has three in a row.
    let samples = (0..20).map(|at| {
        let url = if at % 2 == 0 { "http://a" } else { "http://b" };
        decode(at, url, |e| e.kv_cache_usage = Some(if (4..8).contains(&at) { 0.95 } else { 0.5 }))
    });
    let fifth = answer(KV, cell("c").timeline(samples.collect()));
    assert!(fifth.contains("decode http://a") && fifth.contains("2 of 10 samples"), "{fifth}");

    let mut samples: Vec<_> =
        (0..20).map(|at| decode(at, "http://a", |e| e.kv_cache_usage = Some(0.5))).collect();
    samples[9].decode.as_mut().expect("set").kv_cache_usage = Some(0.99);
    for _ in 0..5 {
        samples.insert(9, samples[9].clone());
    }
    assert_eq!(answer(KV, cell("c").timeline(samples)), "c clear");
}

#[test]
fn a_counter_of_a_timeline_that_goes_back_starts_anew() {
    let totals = [5.0, 5.0, 5.0, 2.0, 4.0, 4.0, 4.0, 4.0, 4.0, 4.0, 4.0, 4.0];
    let samples = (0..)
        .zip(totals)
        .map(|(at, total)| decode(at, "http://a", |e| e.preemptions_total = Some(total)));
    assert_eq!(answer(KV, cell("c").timeline(samples.collect())), "c clear");
}

fn queue(values: &[f64]) -> String {
    answer(QUEUE, server(|series| series.waiting = values.to_vec()))
}

#[test]
fn a_queue_that_grows_to_the_end_is_told() {
    let growing: Vec<f64> = (0..40).map(|at| f64::from(at) / 4.0).collect();
    assert_eq!(
        queue(&growing),
        "c warning: requests waiting at server grow 0.375 → 9.38 over 40 samples and never drain in the second half"
    );
    let mut drains = growing.clone();
    drains[30] = 0.0;
    assert_eq!(
        queue(&drains),
        "c info: requests waiting at server grow 0.375 → 9.38 over 40 samples"
    );
}

#[test]
fn a_queue_of_the_beginning_a_short_one_and_a_steady_one_are_clear() {
    let falling: Vec<f64> = (0..40).map(|at| f64::from(40 - at)).collect();
    assert_eq!(queue(&falling), "c clear");
    assert_eq!(queue(&[9.0; 40]), "c clear");
    assert_eq!(queue(&[0.0; 40]), "c clear");
    // In perfect order, but the last segment is just under the floor, and exactly at it.
    let to = |last: f64| {
        let values: Vec<f64> = (0..10).map(|at| last * f64::from(at) / 9.0).collect();
        queue(&values)
    };
    assert_eq!(to(3.99), "c clear");
    assert!(to(4.0).starts_with("c warning"));
    let steady: Vec<f64> = (0..10).map(|at| 10.0 + f64::from(at)).collect();
    assert_eq!(queue(&steady), "c clear", "less than twice");
}

#[test]
fn a_queue_needs_ten_samples() {
    let growing: Vec<f64> = (0..9).map(|at| f64::from(2 * at)).collect();
    assert_eq!(
        queue(&growing),
        "c not evaluated: too few samples of the waiting requests while the load ran"
    );
    assert_eq!(
        answer(QUEUE, cell("c")),
        "c not evaluated: the number of waiting requests over time is not known"
    );
}
