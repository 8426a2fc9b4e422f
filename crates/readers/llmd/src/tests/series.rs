//! Gauges of components over time.

use inferguard_model::{ComponentSeries, Fragment};

use super::{form, one, told};

/// A report of v0.2.1 whose only component has these series; `more` stands beside the components.
fn with_series(series: &str, more: &str) -> Fragment {
    one(&format!(
        "results: {{request_performance: {{aggregate: {{requests: {{total: 4, failures: 0}}, latency: {{time_to_first_token: {{mean: 1, units: s}}}}}}}}, observability: {{components: [{{component_label: d, time_series: {series}}}]{more}}}}}\nscenario: {{load: {{standardized: {{tool: inference-perf, stage: 1, rate_qps: 2.0}}}}}}\nversion: 0.2.1\n"
    ))
}

fn points(values: &[&str]) -> String {
    let point =
        |(n, value): (usize, &&str)| format!("{{ts: '2026-08-13T10:00:{n:02}Z', mean: {value}}}");
    let points: Vec<String> = values.iter().enumerate().map(point).collect();
    format!("[{}]", points.join(", "))
}

const OF_STAGE: &str = ", time_series_interval: {scope: stage}";

#[test]
fn gauges_sampled_together_are_one_series() {
    let components = form("v0.2.1-series").evidence.components;
    let names: Vec<(&str, usize)> =
        components.iter().map(|one| (&*one.name, one.series.at_ns.len())).collect();
    assert_eq!(
        names,
        [
            ("decode-engine d-0", 6),
            ("prefill-engine p-0", 6),
            ("prefill-engine p-0", 2),
            ("epp-0", 3)
        ]
    );
    let [decode, prefill, cpu, router] = &components[..] else { panic!("{components:?}") };
    assert_eq!(decode.series.kv_cache_usage[2..5], [0.93, 0.95, 0.96]);
    assert_eq!(decode.series.running[0], 4.0);
    // The engine began again behind the fourth sample.
    assert_eq!(decode.series.preemptions, [0.0, 0.0, 2.0, 5.0, 8.0, 9.0]);
    assert_eq!(prefill.series.kv_cache_usage[..3], [0.05, 0.2, 0.3]);
    assert_eq!(
        (&cpu.series.kv_cache_usage[..], &cpu.series.cpu_kv_cache_usage[..]),
        (&[][..], &[0.1, 0.2][..])
    );
    assert_eq!(router.series.waiting, [0.0, 1.0, 2.0]);
}

#[test]
fn points_without_a_moment_or_value_are_left_out_and_told() {
    let series = format!(
        "{{kv_cache_usage: {{units: fraction, series: [{{ts: late, mean: 0.5}}, {{ts: '2026-08-13T10:00:00', value: 0.5}}, {{ts: '2026-08-13T10:00:01Z'}}]}}, num_requests_waiting: {{series: {}}}}}",
        points(&["-1", ".nan", "x"])
    );
    let fragment = with_series(&series, OF_STAGE);
    let [ComponentSeries { series, .. }] = &fragment.evidence.components[..] else {
        panic!("{:?}", fragment.evidence.components)
    };
    assert_eq!((series.at_ns.len(), &series.kv_cache_usage[..]), (1, &[0.5][..]));
    let of_series = told(&fragment).iter().filter(|told| told.ends_with("/series")).count();
    assert_eq!(of_series, 2, "{:?}", told(&fragment));
    // A fraction above 1 is none.
    let odd =
        format!("{{kv_cache_usage: {{units: fraction, series: {}}}}}", points(&["0.5", "40"]));
    let fragment = with_series(&odd, OF_STAGE);
    assert_eq!(fragment.evidence.components[0].series.kv_cache_usage, [0.5]);
}

#[test]
fn series_of_a_whole_run_are_not_those_of_a_stage() {
    let series = format!("{{kv_cache_usage: {{series: {}}}}}", points(&["0.5", "0.6"]));
    for more in ["", ", time_series_interval: {scope: run}"] {
        let fragment = with_series(&series, more);
        assert!(fragment.evidence.components.is_empty());
        assert!(told(&fragment).iter().any(|told| told.ends_with("observability/components")));
    }
    assert_eq!(with_series(&series, OF_STAGE).evidence.components.len(), 1);
}
