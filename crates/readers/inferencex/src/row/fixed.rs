//! Processed rows of fixed sequence lengths, generations F0 to F10 (`utils/process_result.py`).

use inferguard_model::{Completion, Metric, Problem, ProblemCode, Quantity, RoleTopology};

use super::gpus::{self, Gpus};
use super::{Row, interactivity, settle};
use crate::file_names::FileNames;

pub(super) fn finish(row: &mut Row, names: &FileNames<'_>) {
    settle::settle(&mut row.raw, &mut row.evidence, names);
    settle::no_speculation(&row.raw, &mut row.evidence.identity);
    row.evidence.identity.scenario_type = Some("fixed-length".into());
    row.evidence.completion = Completion {
        total: row.raw.requests_total.or(row.raw.num_prompts),
        successful: row.raw.requests_successful.or(row.raw.completed),
        warmup: None,
    };
    interactivity::drop_empty_latencies(row);
    if row.plain(Quantity::TputPerGpu) == Some(0.0) {
        no_success(row);
    }
    let gpus = gpus::count(row, names);
    if let Some(gpus) = gpus {
        let divisor = divisor(row, gpus);
        rates(row, gpus.total, divisor);
    }
    per_user(row);
    interactivity::settle(row, 0.0);
}

/// Which GPUs a row's input and output rates were divided by.
#[derive(Debug, Clone, Copy)]
pub(super) enum Divisor {
    All,
    /// Output by decode GPUs and input by prefill GPUs.
    Roles(u32, u32),
    Unknown,
}

/// Derives the system rates that a row lacks.
pub(super) fn rates(row: &mut Row, total: u32, divisor: Divisor) {
    let n = f64::from(total);
    let tput = row.plain(Quantity::TputPerGpu);
    let output = row.plain(Quantity::OutputTputPerGpu);
    let input = row.plain(Quantity::InputTputPerGpu);
    row.derive(Quantity::TotalTput, tput.map(|t| t * n), "tput_per_gpu × num_gpus");
    match divisor {
        Divisor::All => {
            let formula = "output_tput_per_gpu, divided by all GPUs in this row";
            row.derive(Quantity::SystemOutputTputPerGpu, output, formula);
            let formula = "output_tput_per_gpu × num_gpus";
            row.derive(Quantity::OutputTput, output.map(|t| t * n), formula);
            let formula = "input_tput_per_gpu × num_gpus";
            row.derive(Quantity::InputTput, input.map(|t| t * n), formula);
        }
        Divisor::Roles(p, d) => {
            let (p, d) = (f64::from(p), f64::from(d));
            let formula = "output_tput_per_gpu × decode GPUs / num_gpus";
            row.derive(Quantity::SystemOutputTputPerGpu, output.map(|t| t * d / n), formula);
            let formula = "output_tput_per_gpu × decode GPUs";
            row.derive(Quantity::OutputTput, output.map(|t| t * d), formula);
            let formula = "input_tput_per_gpu × prefill GPUs";
            row.derive(Quantity::InputTput, input.map(|t| t * p), formula);
        }
        Divisor::Unknown => return,
    }
    // The first rows give the output rate and no input rate.
    let rest = row.plain(Quantity::TotalTput).zip(row.plain(Quantity::OutputTput));
    let rest = rest.map(|(total, output)| total - output).filter(|input| *input >= 0.0);
    row.derive(Quantity::InputTput, rest, "total_tput_tps - output_tput_tps");
}

/// Output tokens/s ÷ concurrency, in a closed loop.
pub(super) fn per_user(row: &mut Row) {
    let load = row.evidence.identity.load;
    let users = load.concurrency.filter(|_| load.request_rate.is_none()).map(f64::from);
    let rate = row.plain(Quantity::OutputTput).zip(users).map(|(rate, users)| rate / users);
    row.derive(Quantity::TputPerUser, rate, "output_tput_tps / concurrency");
}

/// A row of a run in which nothing succeeded: the client writes zeros and the row repeats them.
fn no_success(row: &mut Row) {
    for quantity in [Quantity::TputPerGpu, Quantity::OutputTputPerGpu, Quantity::InputTputPerGpu] {
        row.evidence.metrics.remove(Metric::plain(quantity));
    }
    row.evidence.completion.successful.get_or_insert(0);
    let told = "no token was processed: no request succeeded, and rates of 0 are left out";
    row.evidence.problem(Problem::warning(ProblemCode::LeftOut, "tput_per_gpu", told));
}

fn divisor(row: &mut Row, Gpus { total, roles }: Gpus) -> Divisor {
    let roles = roles.filter(|(_, decode)| *decode > 0);
    if roles.is_some() {
        clear_dummies(row, total);
    }
    let rate = |quantity| row.plain(quantity);
    let (Some(tput), Some(input), Some(output)) = (
        rate(Quantity::TputPerGpu),
        rate(Quantity::InputTputPerGpu),
        rate(Quantity::OutputTputPerGpu),
    ) else {
        return roles.map_or(Divisor::All, |(p, d)| Divisor::Roles(p, d));
    };
    if (input + output - tput).abs() <= 1e-3 * tput {
        return Divisor::All;
    }
    let told = if let Some((p, d)) = roles {
        let sum = output * f64::from(d) + input * f64::from(p);
        if (sum - tput * f64::from(total)).abs() <= 1e-3 * sum {
            return Divisor::Roles(p, d);
        }
        "input, output and total rates per GPU fit neither all GPUs nor the two roles; no system rates are derived"
    } else if row.evidence.identity.disagg == Some(false) {
        "input and output rates per GPU do not add up to the total one; no system rates are derived"
    } else {
        return old_disaggregated(row, total, [tput, input, output]);
    };
    row.evidence.problem(Problem::warning(ProblemCode::Conflict, "output_tput_per_gpu", told));
    Divisor::Unknown
}

/// Rows of 2025-11-05 to 17 divide by the GPUs of each role without saying how many there are;
/// the split follows from the three rates and must be whole.
fn old_disaggregated(row: &mut Row, total: u32, [tput, input, output]: [f64; 3]) -> Divisor {
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
    identity.disagg = Some(true);
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
