//! Raw results of the serving benchmark, of InferenceX, vLLM and SGLang descent.

use inferguard_model::{
    Metric, Origin, Problem, ProblemCode, Quantity, RequestTable, Scalar, Stat,
};

use super::gpus::{self, Gpus};
use super::{Row, extra, fixed, interactivity, settle};
use crate::file_names::FileNames;

/// Difference between the server's and the client's count of output tokens from which on the text
/// is suspect: gibberish does not survive decoding and encoding.
const RETOKENIZED_APART: f64 = 0.1;

/// Settles a raw result and returns its requests where it carries them.
pub(super) fn finish(row: &mut Row, names: &FileNames<'_>) -> Option<RequestTable> {
    settle::settle(&mut row.raw, &mut row.evidence, names);
    let scenario = row.raw.scenario_type.take().unwrap_or_else(|| "fixed-length".into());
    row.evidence.identity.scenario_type = Some(scenario);
    row.evidence.completion = settle::raw_completion(&row.raw, &mut row.evidence);
    if let Some(backend) = row.raw.backend.take() {
        // The client's protocol, not the server: TensorRT-LLM is driven with `vllm` too.
        extra::keep_text(&mut row.evidence, "backend", &backend);
    }
    interactivity::drop_empty_latencies(row);
    if row.evidence.completion.successful == Some(0) {
        drop_rates(row);
        gpus::count(row, names);
        return None;
    }
    totals(row);
    row.evidence.window_local_ns = local_window(row);
    goodput(row);
    retokenized(row);
    if let Some(gpus) = gpus::count(row, names) {
        per_gpu(row, gpus);
    }
    fixed::per_user(row);
    interactivity::settle(row, 0.0);
    let table = row.lists.table(&mut row.evidence)?;
    let completion = &mut row.evidence.completion;
    if completion.total.is_none() {
        // SGLang counts successes only; its lists hold every request.
        completion.total = completion.successful.map(|done| done + table.failed);
    }
    Some(table)
}

/// The load on the client's clock, whose zone is not written. The client writes `date` when it has
/// counted the tokens of all answers, so that the load may have ended some seconds before.
fn local_window(row: &Row) -> Option<(i64, i64)> {
    let is_date = |(key, _): &&(Box<str>, Scalar)| &**key == "date";
    let (_, Scalar::Text(date)) = row.evidence.extra.iter().find(is_date)? else { return None };
    let seconds = row.plain(Quantity::Duration).filter(|seconds| (0.0..1e9).contains(seconds))?;
    let date = jiff::civil::DateTime::strptime("%Y%m%d-%H%M%S", &**date).ok()?;
    let end = jiff::tz::TimeZone::UTC.to_timestamp(date).ok()?.as_nanosecond();
    let end = i64::try_from(end).ok()?;
    Some((end - (seconds * 1e9) as i64, end))
}

fn per_gpu(row: &mut Row, Gpus { total, roles }: Gpus) {
    let n = f64::from(total);
    let per_gpu = |row: &Row, quantity| row.plain(quantity).map(|rate| rate / n);
    let rate = per_gpu(row, Quantity::TotalTput);
    row.derive(Quantity::TputPerGpu, rate, "total_tput_tps / num_gpus");
    let output = per_gpu(row, Quantity::OutputTput);
    row.derive(Quantity::SystemOutputTputPerGpu, output, "output_tput_tps / num_gpus");
    // As the processed row of this result divides them.
    if let Some((p, d)) = roles.filter(|(p, d)| *p > 0 && *d > 0) {
        let (p, d) = (f64::from(p), f64::from(d));
        let output = row.plain(Quantity::OutputTput).map(|rate| rate / d);
        row.derive(Quantity::OutputTputPerGpu, output, "output_tput_tps / decode GPUs");
        let input = row.plain(Quantity::InputTput).map(|rate| rate / p);
        row.derive(Quantity::InputTputPerGpu, input, "input_tput_tps / prefill GPUs");
    } else {
        row.derive(Quantity::OutputTputPerGpu, output, "output_tput_tps / num_gpus");
        let input = per_gpu(row, Quantity::InputTput);
        row.derive(Quantity::InputTputPerGpu, input, "input_tput_tps / num_gpus");
    }
}

fn totals(row: &mut Row) {
    let done = row.evidence.completion.successful.map(|n| n as f64);
    for (total, length) in
        [(Quantity::TotalInputTokens, Quantity::Isl), (Quantity::TotalOutputTokens, Quantity::Osl)]
    {
        if let Some((tokens, done)) = row.plain(total).zip(done) {
            let origin = Origin::derived("tokens of successful requests / successful requests");
            let metric = Metric::new(Stat::Mean, length);
            row.evidence.metrics.set_if_absent(metric, tokens / done, origin);
        }
    }
    let duration = row.plain(Quantity::Duration).filter(|seconds| *seconds > 0.0);
    let rate = |tokens: Option<f64>| tokens.zip(duration).map(|(tokens, seconds)| tokens / seconds);
    let input = rate(row.plain(Quantity::TotalInputTokens));
    row.derive(Quantity::InputTput, input, "total_input_tokens / duration");
    let output = rate(row.plain(Quantity::TotalOutputTokens));
    row.derive(Quantity::OutputTput, output, "total_output_tokens / duration");
    let both = row.plain(Quantity::InputTput).zip(row.plain(Quantity::OutputTput));
    row.derive(Quantity::TotalTput, both.map(|(i, o)| i + o), "input_tput_tps + output_tput_tps");
    // Baselines of one fork have neither token counts nor a duration.
    let rest = row.plain(Quantity::TotalTput).zip(row.plain(Quantity::OutputTput));
    let rest = rest.map(|(total, output)| total - output).filter(|input| *input >= 0.0);
    row.derive(Quantity::InputTput, rest, "total_tput_tps - output_tput_tps");
    row.derive(Quantity::Qps, rate(done), "successful requests / duration");
}

/// The decode-SLO experiment counts the requests that met its limits.
fn goodput(row: &mut Row) {
    let Some(good) = row.raw.good_completed.map(|n| n as f64) else { return };
    // Without an SLO the rate is null and the count is 0: nothing was judged.
    if row.plain(Quantity::GoodputRps).is_none() {
        return;
    }
    let attempts = row.evidence.completion.total.map(|n| n as f64).filter(|n| *n > 0.0);
    let share = attempts.map(|attempts| good / attempts).filter(|share| *share <= 1.0);
    row.derive(Quantity::GoodFraction, share, "good_completed / attempts");
}

fn retokenized(row: &mut Row) {
    let Some(again) = row.raw.retokenized.map(|n| n as f64) else { return };
    let key = "total_output_tokens_retokenized";
    extra::keep_count(&mut row.evidence, key, row.raw.retokenized);
    let Some(tokens) = row.plain(Quantity::TotalOutputTokens).filter(|n| *n > 0.0) else { return };
    if (again / tokens - 1.0).abs() > RETOKENIZED_APART {
        let told = format!(
            "the client counts {again} output tokens in the text, the server {tokens}: the output may be gibberish"
        );
        row.evidence.problem(Problem::warning(ProblemCode::Conflict, key, told));
    }
}

/// Without a success, rates of 0 are not measurements of the system.
fn drop_rates(row: &mut Row) {
    for quantity in [
        Quantity::TotalTput,
        Quantity::InputTput,
        Quantity::OutputTput,
        Quantity::Qps,
        Quantity::GoodputRps,
        Quantity::GoodFraction,
        Quantity::AchievedConcurrency,
    ] {
        row.evidence.metrics.remove(Metric::plain(quantity));
    }
}
