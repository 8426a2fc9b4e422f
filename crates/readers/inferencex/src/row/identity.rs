//! Identity keys of every generation, as an object states them.

use inferguard_model::{Identity, Problem, ProblemCode, RoleTopology, names};
use inferguard_source::coerce;
use inferguard_source::json::JsonScalar;

use crate::name::offloading;

/// Members that say what a row is, and what they leave to be settled at its end.
#[derive(Debug, Default)]
pub(super) struct RawIdentity {
    /// Pointer of the object within its file.
    pub(super) base: String,
    pub(super) cell_id: Option<String>,
    has_hw: bool,
    has_model: bool,
    pub(super) scenario_type: Option<String>,
    pub(super) mtp: Option<bool>,
    /// Concurrency under the key of the first agentic rows.
    users: bool,
    /// The 11-key rows of one fork.
    pub(super) is_reduced: bool,
    /// A warm-up run of a sweep.
    pub(super) is_warmup: bool,
    pub(super) kv_offloading: Option<String>,
    pub(super) kv_offload_backend: Option<String>,
    pub(super) dataset: Option<String>,
    pub(super) dataset_entries: Option<u64>,
    pub(super) dataset_name: Option<String>,
    pub(super) router: [Option<String>; 2],
    pub(super) role_hardware: [Option<String>; 2],
    pub(super) num_prompts: Option<u64>,
    pub(super) completed: Option<u64>,
    pub(super) failed: Option<u64>,
    pub(super) good_completed: Option<u64>,
    /// Output tokens by the client's tokenizer (SGLang).
    pub(super) retokenized: Option<u64>,
    pub(super) requests_total: Option<u64>,
    pub(super) requests_successful: Option<u64>,
    pub(super) accounting: Accounting,
    pub(super) window: [Option<i64>; 2],
    pub(super) backend: Option<String>,
    pub(super) random_lengths: [Option<u32>; 2],
    /// GPU count that the source states, and its key.
    pub(super) num_gpus: Option<(u32, &'static str)>,
    /// GPUs that a power log of the host shows, working or not.
    pub(super) observed_gpus: Option<u32>,
    pub(super) replicas: Replicas,
}

/// `request_accounting` of the nested agentic rows.
#[derive(Debug, Default)]
pub(super) struct Accounting {
    pub(super) profiled: Option<u64>,
    pub(super) dropped: Option<u64>,
    pub(super) warmup: Option<u64>,
    pub(super) errors: Option<u64>,
}

/// Data parallelism that engines state about themselves: replicas have GPUs of their own, ranks of
/// DP attention share those of TP.
#[derive(Debug, Default)]
pub(super) struct Replicas {
    pub(super) data_parallel: Option<u32>,
    /// The engine is one role of several, whose GPUs are not known.
    pub(super) is_one_role: bool,
    pub(super) is_sglang: bool,
}

impl RawIdentity {
    /// A processed row says its hardware, which raw results do only in metadata of the user.
    pub(super) fn is_row(&self) -> bool {
        self.has_hw
    }

    /// A raw result says how many requests it completed, or which client ran against which model.
    pub(super) fn is_raw(&self) -> bool {
        self.completed.is_some() || (self.has_model && self.backend.is_some())
    }

    pub(super) fn is_agentic(&self, identity: &Identity) -> bool {
        self.scenario_type.as_deref() == Some("agentic-coding")
            || (self.users && self.has_hw)
            || (identity.isl.is_none() && self.requests_total.is_some() && self.has_hw)
    }

    /// Takes a scalar member; false when the key is none of identity.
    pub(super) fn member(
        &mut self,
        key: &str,
        value: JsonScalar<'_>,
        identity: &mut Identity,
        problems: &mut Vec<Problem>,
    ) -> bool {
        let text = || coerce::text(value);
        match key {
            "hw" | "hardware" => {
                self.has_hw = true;
                identity.as_written.hardware = text();
            }
            "model" | "model_id" => {
                self.has_model = true;
                identity.as_written.model = text().or(identity.as_written.model.take());
            }
            "infmax_model_prefix" | "model_prefix" => identity.model_prefix = text(),
            "framework" => identity.as_written.framework = text().filter(|text| is_known(text)),
            "precision" => identity.as_written.precision = text().filter(|text| is_known(text)),
            "spec_decoding" => identity.spec_decoding = text(),
            "mtp" => self.mtp = coerce::boolean(value, key, problems),
            "image" => identity.image = text().map(|image| names::image(&image)),
            // `profile` is what one fork calls its recipes.
            "recipe_name" | "recipe" | "profile" => identity.recipe_name = text(),
            "recipe_fingerprint" => identity.recipe_fingerprint = text(),
            "cell_id" => self.cell_id = text(),
            "scenario_type" => self.scenario_type = text(),
            "disagg" => identity.disagg = coerce::boolean(value, key, problems),
            "is_multinode" => identity.is_multinode = coerce::boolean(value, key, problems),
            // Written by the script of one fork on every row, disaggregated ones included: no news.
            "serving_config" => {
                self.is_reduced = true;
                identity.disagg =
                    identity.disagg.or(text().filter(|text| is_disagg(text)).map(|_| true));
            }
            "isl" => identity.isl = level(value, key, problems),
            "osl" => identity.osl = level(value, key, problems),
            "conc" | "max_concurrency" | "max-concurrency" => {
                identity.load.concurrency =
                    level(value, key, problems).or(identity.load.concurrency);
            }
            "users" => {
                self.users = true;
                identity.load.concurrency = level(value, key, problems);
            }
            "request_rate" | "request-rate" => self.request_rate(value, key, identity, problems),
            "offloading" | "offload_mode" => {
                identity.offloading = text().as_deref().and_then(offloading);
            }
            "kv_offloading" => self.kv_offloading = text(),
            "kv_offload_backend" => self.kv_offload_backend = text(),
            "kv_p2p_transfer" => identity.kv_transfer = text(),
            "router" => self.router[0] = text(),
            "prefill_hw" => self.role_hardware[0] = text(),
            "decode_hw" => self.role_hardware[1] = text(),
            "backend" => self.backend = text(),
            "dataset_name" => self.dataset_name = text(),
            "random_input_len" | "random-input-len" => {
                self.random_lengths[0] = level(value, key, problems);
            }
            "random_output_len" | "random-output-len" => {
                self.random_lengths[1] = level(value, key, problems);
            }
            "run_number" => self.is_warmup = value == JsonScalar::Int(-1),
            // Who wrote it and how, without meaning for the comparison of cells.
            "tokenizer_id" | "best_of" | "endpoint_type" | "parallelism" => {}
            _ => {
                return self.count(key, value, problems)
                    || self.parallelism(key, value, identity, problems);
            }
        }
        true
    }

    /// Counts of requests and GPUs, and times.
    fn count(&mut self, key: &str, value: JsonScalar<'_>, problems: &mut Vec<Problem>) -> bool {
        let field = match key {
            "num_prompts" | "num-prompts" => &mut self.num_prompts,
            "completed" | "successful_requests" => &mut self.completed,
            "failed" => &mut self.failed,
            "good_completed" => &mut self.good_completed,
            "total_output_tokens_retokenized" => &mut self.retokenized,
            "num_requests_total" => &mut self.requests_total,
            "num_requests_successful" => &mut self.requests_successful,
            "benchmark_start_time_unix" => {
                self.window[0] = epoch(value, key, problems);
                return true;
            }
            "benchmark_end_time_unix" => {
                self.window[1] = epoch(value, key, problems);
                return true;
            }
            "num_gpus" | "num_gpu" => {
                let key = if key == "num_gpus" { "num_gpus" } else { "num_gpu" };
                let gpus = coerce::small_count(value, key, problems);
                self.num_gpus = gpus.filter(|n| *n > 0).map(|n| (n, key));
                return true;
            }
            _ => return false,
        };
        *field = coerce::count(value, key, problems);
        true
    }

    /// Parallelism of the deployment or of one role, and the options of vLLM that sweeps repeat.
    fn parallelism(
        &mut self,
        key: &str,
        value: JsonScalar<'_>,
        identity: &mut Identity,
        problems: &mut Vec<Problem>,
    ) -> bool {
        let topology = &mut identity.topology;
        let (role, part) = match key {
            "num_prefill_gpu" => (&mut topology.prefill, "num_gpu"),
            "num_decode_gpu" => (&mut topology.decode, "num_gpu"),
            "tensor_parallel_size" | "tensor-parallel-size" => (&mut topology.all, "tp"),
            "pipeline_parallel_size" | "pipeline-parallel-size" => (&mut topology.all, "pp"),
            "data_parallel_size" | "data-parallel-size" => {
                self.replicas.data_parallel = coerce::small_count(value, key, problems);
                return true;
            }
            _ => {
                if let Some(part) = key.strip_prefix("prefill_") {
                    (&mut topology.prefill, part)
                } else if let Some(part) = key.strip_prefix("decode_") {
                    (&mut topology.decode, part)
                } else {
                    (&mut topology.all, key)
                }
            }
        };
        let field = match part {
            "tp" => &mut role.tp,
            "ep" => &mut role.ep,
            "pp" => &mut role.pp,
            "dcp_size" => &mut role.dcp,
            "pcp_size" => &mut role.pcp,
            "num_workers" => &mut role.num_workers,
            "num_gpu" => &mut role.num_gpu,
            "dp_attention" => {
                match value {
                    JsonScalar::Str(text) if text.contains('=') => dp_attention(identity, text),
                    _ => role.dp_attention = coerce::boolean(value, key, problems),
                }
                return true;
            }
            _ => return false,
        };
        *field = coerce::small_count(value, key, problems);
        true
    }

    /// A requested rate; `"inf"` and the literal `Infinity` mean that it is not limited, `"trace"`
    /// that requests follow the time stamps of a trace.
    fn request_rate(
        &mut self,
        value: JsonScalar<'_>,
        key: &str,
        identity: &mut Identity,
        problems: &mut Vec<Problem>,
    ) {
        match value {
            JsonScalar::Str("inf" | "Infinity" | "Inf") => {}
            JsonScalar::Str("trace") => self.scenario_type = Some("trace".into()),
            _ => {
                let rate = coerce::number(value, key, problems).filter(|rate| *rate > 0.0);
                identity.load.request_rate = rate;
            }
        }
    }

    /// Takes a scalar of a nested object.
    pub(super) fn nested_member(
        &mut self,
        path: &str,
        value: JsonScalar<'_>,
        identity: &mut Identity,
        problems: &mut Vec<Problem>,
    ) -> bool {
        let text = || coerce::text(value);
        if let Some(key) = path.strip_prefix("server_info/") {
            return self.server_info(key, value, identity, problems);
        }
        match path {
            "kv_offload_backend/name" => self.kv_offload_backend = text(),
            "router/name" => self.router[0] = text(),
            "router/version" => self.router[1] = text(),
            "dataset/hf_dataset_name" => self.dataset = text().or(self.dataset.take()),
            "dataset/loader" => self.dataset = self.dataset.take().or_else(text),
            "gpu/n_gpus" => {
                self.observed_gpus = coerce::small_count(value, path, problems);
            }
            _ => {
                let field = match path {
                    "dataset/num_dataset_entries" => &mut self.dataset_entries,
                    "request_accounting/records_profiled" => &mut self.accounting.profiled,
                    "request_accounting/records_dropped_total" => &mut self.accounting.dropped,
                    "request_accounting/records_warmup_dropped" => &mut self.accounting.warmup,
                    "request_accounting/records_error_dropped" => &mut self.accounting.errors,
                    "metrics/successful_requests" => &mut self.completed,
                    _ => return false,
                };
                *field = coerce::count(value, path, problems);
            }
        }
        true
    }

    /// The server's own arguments: they hold host names and keys, so that only these are taken.
    fn server_info(
        &mut self,
        key: &str,
        value: JsonScalar<'_>,
        identity: &mut Identity,
        problems: &mut Vec<Problem>,
    ) -> bool {
        let all = &mut identity.topology.all;
        match key {
            "model_path" => {
                self.has_model = true;
                self.replicas.is_sglang = true;
                identity.as_written.model =
                    identity.as_written.model.take().or(coerce::text(value));
            }
            "tp_size" => all.tp = coerce::small_count(value, key, problems),
            "ep_size" => all.ep = coerce::small_count(value, key, problems),
            "pp_size" => all.pp = coerce::small_count(value, key, problems),
            "enable_dp_attention" => all.dp_attention = coerce::boolean(value, key, problems),
            "dp_size" => self.replicas.data_parallel = coerce::small_count(value, key, problems),
            "disaggregation_mode" => {
                let mode = coerce::text(value).filter(|mode| mode != "null");
                self.replicas.is_one_role = mode.is_some();
                identity.disagg = Some(mode.is_some());
            }
            "speculative_algorithm" => {
                let method = coerce::text(value).map(|method| method.to_ascii_lowercase());
                identity.spec_decoding = method.or(Some("none".into()));
            }
            _ => return false,
        }
        true
    }
}

fn is_known(text: &str) -> bool {
    !text.eq_ignore_ascii_case("unknown")
}

fn is_disagg(text: &str) -> bool {
    text.eq_ignore_ascii_case("disagg")
}

/// `prefill=true,decode=false` of eval rows; the whole has DP attention when either role has.
fn dp_attention(identity: &mut Identity, text: &str) {
    let topology = &mut identity.topology;
    for part in text.split(',') {
        let Some((role, on)) = part.split_once('=') else { continue };
        let on = coerce::truth(on.trim().as_bytes());
        let role: &mut RoleTopology = match role.trim() {
            "prefill" => &mut topology.prefill,
            "decode" => &mut topology.decode,
            _ => continue,
        };
        role.dp_attention = role.dp_attention.or(on);
        topology.all.dp_attention = topology.all.dp_attention.max(on);
    }
}

/// A nominal length or load; evals and shells write it as a string, which is their way and no
/// problem, and 0 where there is none.
fn level(value: JsonScalar<'_>, key: &str, problems: &mut Vec<Problem>) -> Option<u32> {
    let n = match value {
        JsonScalar::Str(text) if text.trim().is_empty() => None,
        JsonScalar::Str(text) if text.trim().parse::<u32>().is_ok() => text.trim().parse().ok(),
        _ => coerce::small_count(value, key, problems),
    };
    n.filter(|n| *n > 0)
}

fn epoch(value: JsonScalar<'_>, key: &str, problems: &mut Vec<Problem>) -> Option<i64> {
    let seconds = coerce::number(value, key, problems)?;
    let epoch = coerce::epoch_ns(seconds);
    if epoch.is_none() {
        let told = "not a time after 2001; the load window is not known";
        problems.push(Problem::warning(ProblemCode::LeftOut, key, told));
    }
    epoch
}
