//! The load of every harness, and loads that nobody states.

use inferguard_model::{Fragment, Load};

use super::{form, one, told};

fn load(fragment: &Fragment) -> (Option<u32>, Option<f64>) {
    let Load { concurrency, request_rate } = fragment.evidence.identity.load;
    (concurrency, request_rate)
}

/// A report of v0.1 with these arguments of its harness.
fn with_args(harness: &str, stage: Option<u32>, args: &str) -> Fragment {
    let stage = stage.map_or(String::new(), |stage| format!(", metadata: {{stage: {stage}}}"));
    one(&format!(
        "metrics: {{latency: {{time_to_first_token: {{mean: 1, units: s}}}}, requests: {{total: 4, failures: 0}}, time: {{duration: 2.0}}}}\nscenario: {{load: {{name: {harness}, args: {args}{stage}}}}}\nversion: '0.1'\n"
    ))
}

#[test]
fn each_harness_states_its_load_in_its_own_way() {
    for (name, expected) in [
        ("2025-07", (Some(4), None)),
        ("inferencemax", (Some(8), None)),
        ("inference-perf-concurrency", (Some(16), None)),
        ("inference-perf-2025-09", (None, Some(10.0))),
        ("guidellm-0.3", (Some(8), None)),
        ("guidellm-0.5-concurrent", (Some(8), None)),
        ("guidellm-0.5-constant", (None, Some(0.8))),
        ("guidellm-0.8-concurrent", (Some(8), None)),
        ("guidellm-0.8-synchronous", (Some(1), None)),
        ("aiperf", (Some(8), None)),
        ("v0.2-pd", (Some(64), None)),
        ("v0.2.1-json", (Some(16), None)),
        ("v0.2-failed", (None, Some(2.0))),
    ] {
        assert_eq!(load(&form(name)), expected, "{name}");
    }
}

#[test]
fn a_load_that_nobody_states_is_not_one() {
    for (harness, args) in [
        ("vllm-benchmark", "{max_concurrency: null, request_rate: inf}"),
        ("vllm-benchmark", "{max_concurrency: null, request_rate: .inf}"),
        ("vllm-benchmark", "{}"),
        ("guidellm", "{profile: null}"),
        ("guidellm", "{profile: measured_concurrencies}"),
        ("guidellm", "{profile: sweep, rate: [4]}"),
        ("inference-perf", "{load: {stages: []}}"),
        ("inference-perf", "{load: {stages: [{rate: 0, concurrency_level: 0}]}}"),
        ("aiperf", "{loadgen: {}}"),
    ] {
        assert_eq!(load(&with_args(harness, Some(0), args)), (None, None), "{harness} {args}");
    }
    assert_eq!(load(&form("v0.2-eval")), (None, None));
}

#[test]
fn a_rate_with_a_cap_keeps_both() {
    let fragment = with_args("vllm-benchmark", None, "{max_concurrency: 64, request_rate: '2.5'}");
    assert_eq!(load(&fragment), (Some(64), Some(2.5)));
}

#[test]
fn the_placeholder_rate_beside_a_concurrency_is_no_load() {
    let fragment = form("v0.2.1-run-only");
    assert_eq!(load(&fragment), (Some(32), None));
    assert!(told(&fragment).contains(&"note left_out scenario/load/standardized/rate_qps".into()));
}

#[test]
fn a_report_with_the_stage_of_another_has_the_load_that_was_sent() {
    let fragment = form("inference-perf-stage");
    assert_eq!(load(&fragment), (None, Some(10.0)));
    assert!(told(&fragment).contains(&"warning corrected scenario/load/metadata/stage".into()));
    // Requests that no stage asks for are a load that was missed, not another stage.
    let stages = "{load: {stages: [{rate: 8, duration: 1}, {rate: 3, duration: 9}]}}";
    assert_eq!(load(&with_args("inference-perf", Some(0), stages)), (None, Some(8.0)));
}

#[test]
fn guidellm_s_stages_are_not_always_the_first() {
    let of = |stage| {
        load(&with_args("guidellm", Some(stage), "{profile: {measured_concurrencies: [1.0, 4.2]}}"))
    };
    assert_eq!((of(0), of(1), of(2)), ((Some(1), None), (Some(4), None), (None, None)));
}
