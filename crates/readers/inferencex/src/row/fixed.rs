//! Processed rows of fixed sequence lengths, generations F0 to F10 (`utils/process_result.py`).

use inferguard_model::{Completion, Problem, ProblemCode, Quantity, RoleTopology};

use super::gpus::{self, Gpus};
use super::{Names, Row, identity, interactivity};

pub(super) fn finish(row: &mut Row, names: &Names) {
    identity::settle(&mut row.raw, &mut row.evidence, names);
    row.evidence.identity.scenario_type = Some("fixed-length".into());
    row.evidence.completion = Completion {
        total: row.raw.requests_total.or(row.raw.num_prompts),
        successful: row.raw.requests_successful.or(row.raw.completed),
        warmup: None,
    };
    interactivity::drop_empty_latencies(row);
    let gpus = gpus::count(row, names.file.gpus);
    rates(row, gpus);
    interactivity::settle(row, 0.0);
}

/// Which GPUs the row's input and output rates were divided by.
enum Divisor {
    All,
    Roles(u32, u32),
    Unknown,
}

/// Derives the system rates that these rows lack.
pub(super) fn rates(row: &mut Row, gpus: Option<Gpus>) {
    let Some(Gpus { total, roles }) = gpus else { return };
    let n = f64::from(total);
    let tput = row.plain(Quantity::TputPerGpu);
    let output = row.plain(Quantity::OutputTputPerGpu);
    let input = row.plain(Quantity::InputTputPerGpu);
    row.derive(Quantity::TotalTput, tput.map(|t| t * n), "tput_per_gpu × num_gpus");
    match divisor(row, total, roles) {
        Divisor::All => {
            row.derive(
                Quantity::SystemOutputTputPerGpu,
                output,
                "output_tput_per_gpu, divided by all GPUs in this row",
            );
            row.derive(
                Quantity::OutputTput,
                output.map(|t| t * n),
                "output_tput_per_gpu × num_gpus",
            );
            row.derive(Quantity::InputTput, input.map(|t| t * n), "input_tput_per_gpu × num_gpus");
        }
        Divisor::Roles(p, d) => {
            let (p, d) = (f64::from(p), f64::from(d));
            row.derive(
                Quantity::SystemOutputTputPerGpu,
                output.map(|t| t * d / n),
                "output_tput_per_gpu × decode GPUs / num_gpus",
            );
            row.derive(
                Quantity::OutputTput,
                output.map(|t| t * d),
                "output_tput_per_gpu × decode GPUs",
            );
            row.derive(
                Quantity::InputTput,
                input.map(|t| t * p),
                "input_tput_per_gpu × prefill GPUs",
            );
        }
        Divisor::Unknown => {}
    }
    per_user(row);
}

/// Output tokens/s ÷ concurrency.
pub(super) fn per_user(row: &mut Row) {
    let users = row.evidence.identity.load.concurrency.map(f64::from);
    let rate = row.plain(Quantity::OutputTput).zip(users).map(|(rate, users)| rate / users);
    row.derive(Quantity::TputPerUser, rate, "output_tput_tps / concurrency");
}

fn divisor(row: &mut Row, total: u32, roles: Option<(u32, u32)>) -> Divisor {
    let per_gpu = |row: &Row| {
        Some((
            row.plain(Quantity::TputPerGpu)?,
            row.plain(Quantity::InputTputPerGpu)?,
            row.plain(Quantity::OutputTputPerGpu)?,
        ))
    };
    let Some((tput, input, output)) = per_gpu(row) else {
        return match roles {
            Some((p, d)) if d > 0 => Divisor::Roles(p, d),
            _ => Divisor::All,
        };
    };
    if (input + output - tput).abs() <= 1e-3 * tput.abs() {
        return Divisor::All;
    }
    let Some((p, d)) = roles.filter(|(_, d)| *d > 0) else {
        return old_disaggregated(row, total, tput, input, output);
    };
    clear_dummies(row, total);
    let sum = output * f64::from(d) + input * f64::from(p);
    if (sum - tput * f64::from(total)).abs() <= 1e-3 * sum.abs() {
        return Divisor::Roles(p, d);
    }
    row.evidence.problem(Problem::warning(
        ProblemCode::Conflict,
        "output_tput_per_gpu",
        "input, output and total rates per GPU fit neither all GPUs nor the two roles; no system rates are derived",
    ));
    Divisor::Unknown
}

/// Rows of 2025-11-05 to 17 divide by the GPUs of each role without saying how many there are;
/// the split follows from the three rates and must be whole.
fn old_disaggregated(row: &mut Row, total: u32, tput: f64, input: f64, output: f64) -> Divisor {
    let split = (tput - output) * f64::from(total) / (input - output);
    let whole = split.round();
    let fits = (split - whole).abs() <= 0.02 && whole >= 1.0 && whole < f64::from(total);
    if !fits {
        row.evidence.problem(Problem::warning(
            ProblemCode::LeftOut,
            "output_tput_per_gpu",
            format!(
                "rates per GPU imply {split:.2} prefill GPUs of {total}, which is not whole; no system rates are derived"
            ),
        ));
        return Divisor::Unknown;
    }
    let (p, d) = (whole as u32, total - whole as u32);
    clear_dummies(row, total);
    let identity = &mut row.evidence.identity;
    identity.disagg.get_or_insert(true);
    identity.topology.prefill.num_gpu = Some(p);
    identity.topology.decode.num_gpu = Some(d);
    row.evidence.problem(Problem::note(
        ProblemCode::Corrected,
        "tput_per_gpu",
        format!("{p} prefill and {d} decode GPUs follow from the three rates per GPU"),
    ));
    Divisor::Roles(p, d)
}

/// Old disaggregated rows hold the total GPU count in `tp`, and dummies in `ep` and `dp_attention`.
fn clear_dummies(row: &mut Row, total: u32) {
    let all = &mut row.evidence.identity.topology.all;
    if all.tp == Some(total) && all.ep.is_none_or(|ep| ep == 1) {
        *all = RoleTopology::default();
    }
}
