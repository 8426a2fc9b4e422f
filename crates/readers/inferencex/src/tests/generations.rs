//! One snapshot a fixture case.

use inferguard_model::{Metric, MetricRef, Origin};

use super::{dump, fixtures, fragments, one, read_folder, value};

/// Reads a case and compares all that was read with its snapshot.
fn check(name: &str) {
    let met = read_folder(&fixtures().join(name));
    assert!(!met.is_empty(), "no fixture {name}");
    let text = dump::files(&met);
    assert!(!text.contains("PRIVATE"), "private text in {name}:\n{text}");
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!(name.replace('/', "__"), text);
    });
}

macro_rules! cases {
    ($($test:ident: $($name:literal)+;)+) => {
        $(
            #[test]
            fn $test() {
                $(check($name);)+
            }
        )+

        /// Cases that are read above.
        const CASES: &[&str] = &[$($($name),+),+];
    };
}

cases! {
    f0: "inferencex/f0-2025-08/first-days";
    f1: "inferencex/f1-2025-09/framework-precision" "inferencex/f1-2025-09/empty-names";
    f1m: "inferencex/f1m-2025-09/mtp";
    f2: "inferencex/f2-2025-10/output-only" "inferencex/f2-2025-10/disagg-over-all-gpus";
    f3: "inferencex/f3-2025-11/without-input" "inferencex/f3-2025-11/disagg-without-split";
    f4: "inferencex/f4-2025-11/single-node" "inferencex/f4-2025-11/disagg"
        "inferencex/f4-2025-11/disagg-that-does-not-add-up";
    f5: "inferencex/f5-2025-12/single-node" "inferencex/f5-2025-12/multinode-disagg"
        "inferencex/f5-2025-12/nothing-succeeded";
    f6: "inferencex/f6-2026-03/raw-and-row";
    f7: "inferencex/f7-2026-05/multinode-aggregated";
    f8: "inferencex/f8-2026-05/power" "inferencex/f8-2026-05/power-multinode"
        "inferencex/f8-2026-05/power-branch-build";
    f9: "inferencex/f9-2026-07/single-node" "inferencex/f9-2026-07/heterogeneous-disagg";
    f10: "inferencex/f10-2026-08/power" "inferencex/f10-2026-08/power-invalid"
        "inferencex/f10-2026-08/power-disagg";
    combined_rows_of_a_fork: "inferencex/combined-fork/rows-of-two-kinds";
    arrays: "inferencex/arrays/all-kinds" "inferencex/arrays/empty"
        "inferencex/arrays/starts-with-null";
    a0: "agentx-rows/a0-2026-04/row";
    a1: "agentx-rows/a1-2026-05/row";
    a2: "agentx-rows/a2-2026-06/row" "agentx-rows/a2-2026-06/fast-tail"
        "agentx-rows/a2-2026-06/zero-requests";
    a3: "agentx-rows/a3-2026-07/backend-as-text" "agentx-rows/a3-2026-07/no-offload"
        "agentx-rows/a3-2026-07/without-accounting" "agentx-rows/a3-2026-08/backend-as-object"
        "agentx-rows/a3-2026-08/empty-blocks" "agentx-rows/a3-2026-08/multinode"
        "agentx-rows/a3-2026-08/multinode-by-workers";
    raw_inferencex: "inferencex/raw-2025-11/with-lists" "inferencex/raw-2025-11/failed-requests"
        "inferencex/raw-2025-11/nothing-succeeded" "inferencex/raw-2025-11/fixed-concurrency"
        "inferencex/raw-2026-06/lens-and-window";
    raw_multinode: "inferencex/raw-2026-04/multinode" "inferencex/raw-2026-04/multinode-aggregated"
        "inferencex/raw-2026-04/nominal-lengths-in-name" "inferencex/raw-2026-04/default-name";
    raw_hostile: "inferencex/raw-2026-04/hostile-scalars";
    vllm: "inferencex/vllm-2026/open-loop" "inferencex/vllm-2026/metadata"
        "inferencex/vllm-2026/append-result" "inferencex/vllm-2026/append-result-cut-off"
        "inferencex/vllm-2026/detailed" "inferencex/vllm-2026/sweep"
        "inferencex/vllm-2026/other-benchmarks";
    sglang: "inferencex/sglang/0.2.15" "inferencex/sglang/0.4.1" "inferencex/sglang/0.5.8"
        "inferencex/sglang/0.5.23";
    decode_slo: "inferencex/decode-slo-2026/seconds-without-suffix";
    together: "inferencex/together-2026/baseline";
    evals: "inferencex/evals/2026-01" "inferencex/evals/2026-08" "inferencex/evals/agg-2026-01"
        "inferencex/evals/agg-2026-06";
    power_validation: "inferencex/power-validation-2026-08/valid"
        "inferencex/power-validation-2026-08/invalid";
    ci_files: "inferencex/ci-files/recognised" "inferencex/ci-files/linked";
}

#[test]
fn every_fixture_is_read_by_a_case() {
    for root in ["inferencex", "agentx-rows"] {
        for (record, _) in read_folder(&fixtures().join(root)) {
            let path = format!("{root}/{}", record.path);
            let is_read = CASES.iter().any(|case| path.starts_with(&format!("{case}/")));
            assert!(is_read || path.ends_with("/ORIGIN.md"), "{path} is in no case");
        }
    }
}

#[test]
fn throughput_per_megawatt_follows_from_the_power_of_all_gpus_unless_it_is_invalid() {
    let of = |case: &str| {
        let rows = fragments(&fixtures().join("inferencex").join(case));
        let per_megawatt = Metric::parse("tput_per_mw").expect("is a metric");
        let [row] = &rows[..] else { panic!("one row in {case}") };
        row.evidence.metrics.entry(per_megawatt).map(MetricRef::to_entry)
    };
    let known = of("f10-2026-08/power").expect("is derived");
    // 1,466.51 tokens/s on 4,720 W.
    assert!((known.value - 310_702.184).abs() < 1e-3, "{}", known.value);
    let formula = "total_tput_tps / avg_total_gpu_power_w × 1,000,000";
    assert_eq!(known.origin, Origin::derived(formula));
    assert_eq!(of("f10-2026-08/power-invalid"), None);
    // The mean of one GPU is not the power of all.
    assert_eq!(of("f8-2026-05/power"), None);
}

#[test]
fn no_power_gives_no_throughput_per_megawatt() {
    let row = |power: &str| {
        let text = format!(
            r#"{{"hw": "b200", "conc": 8, "model": "m", "framework": "vllm", "precision": "fp8",
                "tp": 8, "ep": 1, "isl": 1024, "osl": 1024, "tput_per_gpu": 100.0,
                "output_tput_per_gpu": 50.0, "input_tput_per_gpu": 50.0{power}}}"#
        );
        value(&one("agg_x.json", &text), "tput_per_mw")
    };
    assert_eq!(row(r#", "avg_total_gpu_power_w": 8000.0"#), Some(100_000.0));
    assert_eq!(row(r#", "avg_total_gpu_power_w": 8000.0, "power_valid": false"#), None);
    assert_eq!(row(r#", "avg_total_gpu_power_w": 0.0"#), None);
    assert_eq!(row(""), None);
}
