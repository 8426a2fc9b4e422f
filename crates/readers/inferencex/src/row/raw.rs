//! Raw results of the serving benchmark, of InferenceX, vLLM and SGLang descent.

use inferguard_model::{Metric, Origin, Quantity, RequestTable, Stat};

use super::gpus::{self, Gpus};
use super::{Names, Row, fixed, identity, interactivity, keep};

/// Settles a raw result and returns its requests where it carries them.
pub(super) fn finish(row: &mut Row, names: &Names) -> Option<RequestTable> {
    identity::settle(&mut row.raw, &mut row.evidence, names);
    row.evidence.identity.scenario_type = Some("fixed-length".into());
    row.evidence.completion = identity::raw_completion(&row.raw);
    if let Some(backend) = row.raw.backend.take() {
        // The client's protocol, not the server: TensorRT-LLM is driven with `vllm` too.
        keep(&mut row.evidence, "backend", &backend);
    }
    interactivity::drop_empty_latencies(row);
    if row.evidence.completion.successful == Some(0) {
        drop_rates(row);
        return None;
    }
    totals(row);
    if let Some(Gpus { total, roles }) = gpus::count(row, names.file.gpus) {
        let n = f64::from(total);
        let per_gpu = |row: &Row, quantity| row.plain(quantity).map(|rate| rate / n);
        let rate = per_gpu(row, Quantity::TotalTput);
        row.derive(Quantity::TputPerGpu, rate, "total_tput_tps / num_gpus");
        let rate = per_gpu(row, Quantity::OutputTput);
        row.derive(Quantity::SystemOutputTputPerGpu, rate, "output_tput_tps / num_gpus");
        if roles.is_none_or(|(_, decode)| decode == 0) {
            row.derive(Quantity::OutputTputPerGpu, rate, "output_tput_tps / num_gpus");
            let rate = per_gpu(row, Quantity::InputTput);
            row.derive(Quantity::InputTputPerGpu, rate, "input_tput_tps / num_gpus");
        }
    }
    fixed::per_user(row);
    interactivity::settle(row, 0.0);
    row.lists.table(&mut row.evidence)
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
    row.derive(Quantity::Qps, rate(done), "successful requests / duration");
}

/// Without a success, rates of 0 are not measurements of the system.
fn drop_rates(row: &mut Row) {
    for quantity in [
        Quantity::TotalTput,
        Quantity::InputTput,
        Quantity::OutputTput,
        Quantity::Qps,
        Quantity::GoodputRps,
    ] {
        row.evidence.metrics.remove(Metric::plain(quantity));
    }
}
