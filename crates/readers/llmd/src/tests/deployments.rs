//! Layouts, GPU counts, hardware and engines.

use inferguard_model::Fragment;

use super::{form, one, read_folder, told, value};

fn layout(fragment: &Fragment) -> (String, Option<f64>, Option<bool>) {
    let identity = &fragment.evidence.identity;
    (identity.topology.label(), value(fragment, "num_gpus"), identity.disagg)
}

#[test]
fn gpus_are_counted_for_every_layout() {
    for (name, label, gpus, disagg) in [
        ("2025-07", "1R TP2", Some(2.0), Some(false)),
        ("decode-only", "3R TP2", Some(6.0), Some(false)),
        ("v0.2-pd", "2P TP2, 1D TP4", Some(8.0), Some(true)),
        ("v0.2-wide", "1R TP1 DP16", Some(16.0), Some(false)),
        ("v0.2.1-json", "2R TP4", Some(8.0), Some(false)),
        ("wide-ep-dp", "1P TP1 DP16, 1D TP1 DP16", Some(16.0), Some(true)),
        ("v0.2.1-run-only", "?", None, None),
        ("fmperf", "?", None, None),
    ] {
        assert_eq!(layout(&form(name)), (label.to_owned(), gpus, disagg), "{name}");
    }
}

#[test]
fn what_is_not_known_is_never_one_gpu() {
    let fragment = form("broken-environment");
    assert_eq!(value(&fragment, "num_gpus"), None);
    assert_eq!(value(&fragment, "tput_per_gpu"), None);
    assert_eq!(fragment.evidence.identity.hardware, None, "auto is no hardware");
    assert_eq!(fragment.evidence.identity.image, None, "//: is no image");
    assert!(told(&fragment).iter().any(|t| t.starts_with("warning left_out scenario/host")));
}

#[test]
fn engines_that_differ_are_told() {
    let fragment = form("mixed");
    let identity = &fragment.evidence.identity;
    assert_eq!(value(&fragment, "num_gpus"), Some(16.0));
    assert_eq!(identity.hardware.as_deref(), Some("h100+h200"));
    let roles = identity.role_hardware.as_ref().expect("roles differ");
    assert_eq!(roles.1, "NVIDIA-H100-80GB-HBM3+NVIDIA-H200");
    assert_eq!(identity.topology.decode.tp, None);
    assert_eq!(identity.topology.decode.num_gpu, Some(12));
    assert_eq!(identity.topology.label(), "1P TP4, 2D 12 GPUs");
}

/// A report of v0.1 with this host.
fn with_host(host: &str) -> Fragment {
    one(&format!(
        "metrics: {{latency: {{time_to_first_token: {{mean: 1, units: s}}}}, requests: {{total: 4, failures: 0}}}}\nscenario: {{host: {host}, load: {{name: vllm-benchmark, args: {{}}}}}}\nversion: '0.1'\n"
    ))
}

#[test]
fn a_missing_count_follows_from_the_parallelism() {
    let of = |host: &str| value(&with_host(host), "num_gpus");
    let entry = "{type: [replica], accelerator: [{parallelism: {tp: 4, dp: 2, pp: 2}}]}";
    assert_eq!(of(entry), Some(16.0));
    assert_eq!(of("{type: [replica], accelerator: [{parallelism: {tp: 4}}]}"), None);
    assert_eq!(of("{type: [replica], accelerator: [{count: 0}]}"), None);
    assert_eq!(of("{type: [], accelerator: []}"), None);
    assert_eq!(of("{type: [prefill, decode], accelerator: [{count: 2}, {count: 4}]}"), Some(6.0));
    // Types without accelerators, and the other way round.
    assert_eq!(of("{accelerator: [{count: 2}, {count: 2}]}"), Some(4.0));
    assert!(!told(&with_host("{type: [replica, replica], accelerator: [{count: 2}]}")).is_empty());
}

#[test]
fn the_setup_of_a_folder_fills_in_for_a_missing_host() {
    let text = "metrics: {latency: {time_to_first_token: {mean: 1, units: s}}, requests: {total: 4}}\nversion: '0.1'\n";
    for (setup, label, gpus) in [
        ("pd.setup_standalone_2_4_NA_NA_NA_NA", "2R TP4", 8.0),
        ("pd.setup_modelservice_NA_NA_1_4_3_8", "1P TP4, 3D TP8", 28.0),
    ] {
        let root = tempfile::tempdir().expect("a folder can be made");
        let folder = root.path().join(setup).join("results/run");
        std::fs::create_dir_all(&folder).expect("a folder can be made");
        std::fs::write(folder.join("benchmark_report,_a.json.yaml"), text).expect("is written");
        let (_, reading) = read_folder(root.path()).remove(0);
        let fragment = reading.expect("is read").fragments.remove(0);
        assert_eq!(fragment.evidence.identity.topology.label(), label);
        assert_eq!(value(&fragment, "num_gpus"), Some(gpus));
        assert!(told(&fragment).contains(&"note from_name ".to_owned()));
    }
}

#[test]
fn the_endpoint_picker_tells_configurations_apart() {
    let router = form("scheduler").evidence.identity.router.expect("is read");
    assert!(
        router.starts_with("endpoint picker queue-scorer=1 prefix-cache-scorer=2 #"),
        "{router}"
    );
    assert_eq!(
        form("v0.2-pd").evidence.identity.router.as_deref(),
        Some("endpoint picker #abcdef01")
    );
    assert_eq!(form("decode-only").evidence.identity.router, None);
}

#[test]
fn caches_and_queues_of_the_engines_are_metrics() {
    let fragment = form("v0.2-pd");
    // Called percent, and a fraction.
    assert_eq!(value(&fragment, "p99_kv_cache_usage"), Some(0.93));
    assert_eq!(value(&fragment, "server_gpu_cache_hit_rate"), Some(0.415));
    assert_eq!(value(&fragment, "mean_requests_waiting"), Some(3.5));
    // Zeros stand for what was not found.
    assert_eq!(value(&fragment, "server_cpu_cache_hit_rate"), None);
    assert!(told(&fragment).contains(&"note left_out results/observability".into()));
}
