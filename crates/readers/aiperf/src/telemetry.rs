//! `telemetry_data` of a summary: how many GPUs there are and what power they took.
//!
//! It is the only place where AIPerf counts GPUs. Tags: `gpu_power_usage` up to 0.11,
//! `nvidia_power_usage` and `amd_…` from 0.12 on; sums over GPUs stand beside the other metrics.

use inferguard_model::number::counted;
use inferguard_model::{Evidence, Metric, Origin, Place, Problem, ProblemCode, Quantity, Unit};

use crate::metrics::convert;
use inferguard_source::Document;

const ENDPOINTS: &str = "telemetry_data/endpoints";

/// Tags of the power of one GPU.
const POWER: [&str; 5] = [
    "gpu_power_usage",
    "nvidia_power_usage",
    "amd_power",
    "amd_power_usage",
    "amd_average_package_power",
];

/// Tags of sums over all GPUs.
const TOTALS: [(&str, Quantity); 6] = [
    ("total_gpu_power", Quantity::AvgTotalGpuPower),
    ("nvidia_total_gpu_power", Quantity::AvgTotalGpuPower),
    ("amd_total_gpu_power", Quantity::AvgTotalGpuPower),
    ("total_gpu_energy", Quantity::TotalGpuEnergy),
    ("nvidia_total_gpu_energy", Quantity::TotalGpuEnergy),
    ("amd_total_gpu_energy", Quantity::TotalGpuEnergy),
];

/// Takes the number of GPUs, their names and their power.
pub(crate) fn fill(evidence: &mut Evidence, document: &mut Document) {
    let mut gpus = Vec::new();
    for endpoint in document.members(ENDPOINTS) {
        let at = format!("{ENDPOINTS}/{endpoint}/gpus");
        gpus.extend(document.members(&at).into_iter().map(|gpu| format!("{at}/{gpu}")));
    }
    if gpus.is_empty() {
        return;
    }
    let count = gpus.len() as f64;
    let path = || Place::Path(ENDPOINTS.into());
    evidence.metrics.set(
        Metric::plain(Quantity::NumGpus),
        count,
        Origin { artifact: 0, place: path() },
    );
    let told = format!(
        "{}: those that telemetry reports, working or not",
        counted(gpus.len(), "GPU", "GPUs")
    );
    evidence.problem(Problem::note(ProblemCode::Coerced, ENDPOINTS, told));
    names(evidence, document, &gpus);
    let power: Vec<f64> = gpus.iter().filter_map(|gpu| power(document, gpu)).collect();
    if power.is_empty() {
        return;
    }
    if power.len() < gpus.len() {
        let told =
            format!("{} of {count} GPUs report no power: it is left out", gpus.len() - power.len());
        return evidence.problem(Problem::warning(ProblemCode::LeftOut, ENDPOINTS, told));
    }
    let total: f64 = power.iter().sum();
    for (quantity, value, formula) in [
        (Quantity::AvgPower, total / count, "mean over GPUs of their mean power"),
        (Quantity::AvgTotalGpuPower, total, "sum over GPUs of their mean power"),
    ] {
        evidence.metrics.set(Metric::plain(quantity), value, Origin::derived(formula));
    }
}

/// The hardware, where all GPUs have one name that is known.
fn names(evidence: &mut Evidence, document: &Document, gpus: &[String]) {
    let mut names: Vec<&str> =
        gpus.iter().filter_map(|gpu| document.text(&format!("{gpu}/gpu_name"))).collect();
    names.sort_unstable();
    names.dedup();
    if let [name] = names[..] {
        evidence.identity.as_written.hardware = Some(name.to_owned());
        evidence.identity.hardware = hardware(name).map(str::to_owned);
    }
}

/// The field's name of a GPU that a driver calls `NVIDIA H100 80GB HBM3`.
fn hardware(name: &str) -> Option<&'static str> {
    let mut words = name.split(|c: char| !c.is_ascii_alphanumeric());
    words.find_map(inferguard_model::names::known_hardware)
}

fn power(document: &mut Document, gpu: &str) -> Option<f64> {
    POWER.iter().find_map(|tag| {
        let at = format!("{gpu}/metrics/{tag}");
        let unit = document.text(&format!("{at}/unit")).unwrap_or("W").to_owned();
        convert(document.number(&format!("{at}/avg"))?, &unit, Unit::Watts)
    })
}

/// Sums that the producer states, and what follows from power and rates.
pub(crate) fn derive(evidence: &mut Evidence, document: &mut Document) {
    for (tag, quantity) in TOTALS {
        let at = format!("{tag}/avg");
        let unit = document.text(&format!("{tag}/unit")).unwrap_or_default().to_owned();
        let value = document.number(&at).and_then(|x| convert(x, &unit, quantity.info().unit));
        if let Some(value) = value {
            let origin = Origin { artifact: 0, place: Place::Path(at.into()) };
            evidence.metrics.set(Metric::plain(quantity), value, origin);
        }
    }
    let plain = |q| evidence.metrics.get(Metric::plain(q)).filter(|value| *value > 0.0);
    let (power, seconds) = (plain(Quantity::AvgTotalGpuPower), plain(Quantity::Duration));
    let power_times_seconds = power.zip(seconds).map(|(power, seconds)| power * seconds);
    let energy = plain(Quantity::TotalGpuEnergy).or(power_times_seconds);
    let gpus = plain(Quantity::NumGpus);
    let (input, output) = (plain(Quantity::TotalInputTokens), plain(Quantity::TotalOutputTokens));
    let tokens = input.zip(output).map(|(input, output)| input + output);
    let done = evidence.completion.successful.filter(|n| *n > 0).map(|n| n as f64);
    let (total, out) = (plain(Quantity::TotalTput), plain(Quantity::OutputTput));
    let ratio = |a: Option<f64>, b: Option<f64>| a.zip(b).map(|(a, b)| a / b);
    let per_megawatt = ratio(total, power).map(|rate| rate * 1e6);
    for (quantity, value, formula) in [
        (Quantity::TputPerGpu, ratio(total, gpus), "total_tput_tps / num_gpus"),
        (Quantity::SystemOutputTputPerGpu, ratio(out, gpus), "output_tput_tps / num_gpus"),
        (Quantity::TotalGpuEnergy, power_times_seconds, "avg_total_gpu_power_w × duration_seconds"),
        (
            Quantity::JoulesPerSuccessfulQuery,
            ratio(energy, done),
            "total_gpu_energy_j / successful requests",
        ),
        (
            Quantity::JoulesPerInputToken,
            ratio(energy, input),
            "total_gpu_energy_j / total_input_tokens",
        ),
        (
            Quantity::JoulesPerOutputToken,
            ratio(energy, output),
            "total_gpu_energy_j / total_output_tokens",
        ),
        (
            Quantity::JoulesPerTotalToken,
            ratio(energy, tokens),
            "total_gpu_energy_j / (total_input_tokens + total_output_tokens)",
        ),
        (Quantity::TputPerMw, per_megawatt, "total_tput_tps / avg_total_gpu_power_w × 10⁶"),
    ] {
        if let Some(value) = value {
            evidence.metrics.set_if_absent(
                Metric::plain(quantity),
                value,
                Origin::derived(formula),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drivers_names_are_the_fields_hardware() {
        assert_eq!(hardware("NVIDIA H100 80GB HBM3"), Some("h100"));
        assert_eq!(hardware("AMD Instinct MI300X"), Some("mi300x"));
        assert_eq!(hardware("NVIDIA L4"), None);
    }
}
