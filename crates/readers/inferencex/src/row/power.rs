//! Power keys of a row: which version wrote them, and whether the measurement holds.

use inferguard_model::{Metric, Problem, ProblemCode, Quantity};
use inferguard_source::coerce;
use inferguard_source::json::JsonScalar;

use super::{Row, extra};

/// What a row says about its power keys.
#[derive(Debug, Default)]
pub(super) struct PowerFacts {
    valid: Option<bool>,
    version: Option<u64>,
    /// Keys that only the branch builds of 2026-05 and 06 wrote; they list power by worker too.
    is_branch: bool,
}

/// Unprefixed energies per token or request: whole deployment since 2026-08, not clear before.
const PER_UNIT: [Quantity; 4] = [
    Quantity::JoulesPerSuccessfulQuery,
    Quantity::JoulesPerInputToken,
    Quantity::JoulesPerOutputToken,
    Quantity::JoulesPerTotalToken,
];

const ALL: [Quantity; 13] = [
    Quantity::AvgPower,
    Quantity::AvgTotalGpuPower,
    Quantity::TotalGpuEnergy,
    Quantity::JoulesPerSuccessfulQuery,
    Quantity::JoulesPerInputToken,
    Quantity::JoulesPerOutputToken,
    Quantity::JoulesPerTotalToken,
    Quantity::PrefillGpuEnergy,
    Quantity::DecodeGpuEnergy,
    Quantity::PrefillAvgPower,
    Quantity::DecodeAvgPower,
    Quantity::PrefillJoulesPerInputToken,
    Quantity::DecodeJoulesPerOutputToken,
];

impl PowerFacts {
    /// Takes a scalar member; false when the key is none of these.
    pub(super) fn member(
        &mut self,
        key: &str,
        value: JsonScalar<'_>,
        problems: &mut Vec<Problem>,
    ) -> bool {
        match key {
            "power_valid" => self.valid = coerce::boolean(value, key, problems),
            "power_metric_schema_version" => self.version = coerce::count(value, key, problems),
            _ => {
                self.is_branch |= matches!(key, "peak_temp_c" | "avg_mem_used_mb");
                return false;
            }
        }
        true
    }
}

/// Share by which the power of all GPUs may differ from that of one times their number.
const SAME_GPUS: f64 = 0.1;

/// Settles the power keys of a row and derives the throughput per megawatt.
pub(super) fn finish(row: &mut Row) {
    settle(row);
    let Some(watts) = row.plain(Quantity::AvgTotalGpuPower).filter(|watts| *watts > 0.0) else {
        return;
    };
    // The power log of a host has all its GPUs, those that the cell leaves idle too.
    if let (Some(one), Some(gpus)) = (row.plain(Quantity::AvgPower), row.plain(Quantity::NumGpus))
        && one > 0.0
        && (watts / (one * gpus) - 1.0).abs() > SAME_GPUS
    {
        let told = format!(
            "the power is that of {:.1} GPUs, the throughput that of {gpus}; there is no throughput per megawatt",
            watts / one
        );
        let at = "avg_total_gpu_power_w";
        row.evidence.problem(Problem::note(ProblemCode::LeftOut, at, told));
        return;
    }
    let rate = row.plain(Quantity::TotalTput).map(|rate| rate / watts * 1e6);
    row.derive(Quantity::TputPerMw, rate, "total_tput_tps / avg_total_gpu_power_w × 1,000,000");
}

fn settle(row: &mut Row) {
    let PowerFacts { valid, version, is_branch } = row.power;
    let reasons = row.lists.power_reasons();
    if valid == Some(false) {
        for quantity in ALL {
            row.evidence.metrics.remove(Metric::plain(quantity));
        }
        let why =
            if reasons.is_empty() { String::new() } else { format!(": {}", reasons.join(", ")) };
        let told = format!(
            "the producer marks its power measurement as invalid; there are no power metrics{why}"
        );
        row.evidence.problem(Problem::warning(ProblemCode::LeftOut, "power_valid", told));
        return;
    }
    if let Some(version) = version {
        extra::keep_count(&mut row.evidence, "power_metric_schema_version", Some(version));
        return;
    }
    if is_branch || row.lists.has_workers() {
        let input = Metric::plain(Quantity::JoulesPerInputToken);
        if let Some(entry) = row.evidence.metrics.remove(input) {
            let prefill = Metric::plain(Quantity::PrefillJoulesPerInputToken);
            row.evidence.metrics.set_if_absent(prefill, entry.value, entry.origin);
            let told = "this build writes the energy of the prefill GPUs per input token";
            row.evidence.problem(Problem::note(
                ProblemCode::Corrected,
                "joules_per_input_token",
                told,
            ));
        }
    }
    let has_energy = PER_UNIT.iter().any(|quantity| row.plain(*quantity).is_some());
    if row.evidence.identity.is_multinode == Some(true) && has_energy && valid.is_none() {
        let told = "this version does not say whether energies per token are those of all GPUs";
        row.evidence.problem(Problem::warning(
            ProblemCode::Conflict,
            "joules_per_total_token",
            told,
        ));
    }
}
