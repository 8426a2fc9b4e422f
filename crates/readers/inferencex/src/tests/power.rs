//! What follows from the power of a row.

use super::*;

fn tput_per_mw(tput_per_gpu: &str, power: &str) -> Option<f64> {
    let row = format!(
        r#"{{"hw": "b200", "conc": 8, "infmax_model_prefix": "dsr1", "framework": "vllm",
            "precision": "fp8", "disagg": false, "isl": 1024, "osl": 1024, "tp": 8, "ep": 1,
            {tput_per_gpu} "mean_ttft": 0.25, "mean_tpot": 0.0125 {power}}}"#
    );
    value(&one("agg_x.json", &row), "tput_per_mw")
}

const RATES: &str =
    r#""tput_per_gpu": 300.0, "output_tput_per_gpu": 149.0, "input_tput_per_gpu": 151.0,"#;

#[test]
fn throughput_per_megawatt_is_of_all_gpus() {
    // 2,400 tok/s at 6 kW.
    let known = tput_per_mw(RATES, r#", "avg_total_gpu_power_w": 6000.0"#);
    assert_eq!(known, Some(400_000.0));
    let valid = r#", "avg_total_gpu_power_w": 6000.0, "power_valid": true"#;
    assert_eq!(tput_per_mw(RATES, valid), Some(400_000.0));
}

#[test]
fn without_power_that_holds_there_is_none() {
    for power in [
        "",
        r#", "avg_total_gpu_power_w": 0.0"#,
        r#", "avg_total_gpu_power_w": null"#,
        // One GPU's power says nothing of eight.
        r#", "avg_power_w": 700.0"#,
        r#", "avg_total_gpu_power_w": 6000.0, "power_valid": false"#,
    ] {
        assert_eq!(tput_per_mw(RATES, power), None, "{power}");
    }
}

#[test]
fn the_power_of_idle_gpus_is_not_held_against_those_that_work() {
    let of = |total: &str| {
        let power = format!(r#", "avg_power_w": 700.0, "avg_total_gpu_power_w": {total}"#);
        tput_per_mw(RATES, &power)
    };
    assert!(of("5600.0").is_some() && of("5700.0").is_some());
    assert_eq!(of("11200.0"), None);
}
