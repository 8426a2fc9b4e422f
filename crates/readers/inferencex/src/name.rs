//! What the file and folder names of InferenceX say.
//!
//! Grammar by generation: `docs/supported-inputs.md`. A name only fills what the artifact itself
//! does not say; every such value is noted.

use inferguard_model::RoleTopology;
use inferguard_model::names;

/// Facts found in a name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NameFacts {
    /// Model prefix, such as `dsr1`.
    pub model_prefix: Option<String>,
    /// Nominal lengths of `_1k8k_` or `isl_1024_osl_8192`, tokens.
    pub lengths: Option<(u32, u32)>,
    /// Precision.
    pub precision: Option<String>,
    /// Framework.
    pub framework: Option<String>,
    /// Parallelism of a single-node name.
    pub all: RoleTopology,
    /// Parallelism of the prefill role.
    pub prefill: RoleTopology,
    /// Parallelism of the decode role.
    pub decode: RoleTopology,
    /// GPUs of the whole deployment (`gpus_16`).
    pub gpus: Option<u32>,
    /// Disaggregation.
    pub disagg: Option<bool>,
    /// Speculative decoding.
    pub spec_decoding: Option<String>,
    /// Concurrency or users.
    pub concurrency: Option<u32>,
    /// KV offloading.
    pub offloading: Option<String>,
    /// Known hardware of the runner name.
    pub hardware: Option<&'static str>,
    /// Fingerprint of the recipe.
    pub recipe_fingerprint: Option<String>,
}

const PRECISIONS: [&str; 8] = ["fp4", "fp8", "bf16", "fp16", "int4", "int8", "nvfp4", "mxfp4"];
const FRAMEWORKS: [&str; 14] = [
    "vllm",
    "sglang",
    "trt",
    "trtllm",
    "atom",
    "dynamo-trt",
    "dynamo-trtllm",
    "dynamo-sglang",
    "dynamo-vllm",
    "sglang-disagg",
    "mori-sglang",
    "vllm-disagg",
    "llm-d",
    "llmd",
];

impl NameFacts {
    /// Reads the name of a file (without extension) or folder.
    pub fn of(name: &str) -> Self {
        let mut facts = Self::default();
        let name = names::join_name(name);
        let mut tokens = name.split('_').peekable();
        // The model prefix ends where the first fact begins, and names that hold neither lengths nor
        // parallelism have none.
        let mut at = 0;
        let mut prefix_end = None;
        let mut names_model = false;
        while let Some(token) = tokens.next() {
            let begin = at;
            at += token.len() + 1;
            let next = tokens.peek().copied();
            if facts.lengths.is_none()
                && let Some(lengths) = lengths(token)
            {
                facts.lengths = Some(lengths);
                names_model = true;
            } else if let Some(next) = next
                && facts.pair(token, next).is_some()
            {
                at += next.len() + 1;
                tokens.next();
            } else if facts.word(token, begin > 0) {
                names_model |= number_after(token, "tp").is_some();
            } else if begin == 0 {
                facts.first(token);
                continue;
            } else if !facts.dashed(token) {
                facts.runner(token);
                continue;
            }
            prefix_end.get_or_insert(begin);
        }
        if let Some(end) = prefix_end.filter(|end| names_model && *end > 0) {
            facts.model_prefix = Some(name[..end - 1].to_owned());
        }
        facts.lengths = facts.lengths.filter(|(isl, osl)| *isl > 0 && *osl > 0);
        if facts.disagg.is_none() && facts.gpus.is_some() {
            // Names of deployments count the GPUs of decode only where it has its own.
            facts.disagg = Some(facts.decode.num_gpu.is_some_and(|gpus| gpus > 0));
        }
        facts
    }

    /// Facts that two tokens make together: `dpa_false`, `specdecode_mtp`, `gpus_16`, `isl_1024`.
    fn pair(&mut self, token: &str, next: &str) -> Option<()> {
        let number = next.parse::<u32>().ok();
        match token {
            "dpa" => self.all.dp_attention = Some(truth(next)?),
            "specdecode" | "specdec" => self.spec_decoding = Some(next.to_owned()),
            "concurrency" => self.concurrency = Some(number?),
            "gpus" => self.gpus = Some(number?),
            "ctx" => self.prefill.num_gpu = Some(number?),
            "gen" => self.decode.num_gpu = Some(number?),
            _ if token == "isl" || token.ends_with("-isl") => self.isl(number?),
            "osl" => self.osl(number?),
            _ => return None,
        }
        Some(())
    }

    /// Facts of one token: `tp8`, `conc64`, `fp4`, `sglang`, `offloadon`, `gpus16`.
    fn word(&mut self, token: &str, inside: bool) -> bool {
        if PRECISIONS.contains(&token) {
            self.precision = Some(names::precision(token));
        } else if FRAMEWORKS.contains(&token) {
            self.framework = Some(token.to_owned());
        } else if let Some(n) = number_after(token, "tp") {
            self.all.tp = Some(n);
        } else if let Some(n) = number_after(token, "ep") {
            self.all.ep = Some(n);
        } else if let Some(n) = users(token) {
            self.concurrency = Some(n);
        } else if let Some(n) = number_after(token, "bs") {
            // The first agentic folders name the users so; later ones add `conc12`.
            self.concurrency = self.concurrency.or(Some(n));
        } else if let Some(n) = number_after(token, "isl") {
            self.isl(n);
        } else if let Some(n) = number_after(token, "osl") {
            self.osl(n);
        } else if let Some(n) = number_after(token, "gpus") {
            self.gpus = Some(n);
        } else if let Some(n) = number_after(token, "ctx") {
            self.prefill.num_gpu = Some(n);
        } else if let Some(n) = number_after(token, "gen") {
            self.decode.num_gpu = Some(n);
        } else if let Some(mode) = token.strip_prefix("offload") {
            self.offloading = offloading(mode);
        } else if let Some(mode) = token.strip_prefix("kv").filter(|_| inside) {
            self.offloading = offloading(mode);
        } else {
            return false;
        }
        true
    }

    /// Facts of tokens with dashes: `tp8-ep1-dpafalse`, `disagg-false`, `spec-mtp`,
    /// `prefill-tp4-ep1-dptrue-nw2`, `mtp-on`, `ptp4pep1`, `recipe-0123456789abcdef`.
    fn dashed(&mut self, token: &str) -> bool {
        let (first, rest) = token.split_once('-').unwrap_or((token, ""));
        match first {
            "disagg" => self.disagg = truth(rest),
            "spec" | "specdec" => self.spec_decoding = Some(rest.to_owned()),
            "mtp" => {
                let on = truth(rest);
                self.spec_decoding = on.map(|on| if on { "mtp".into() } else { "none".into() });
            }
            "recipe" => self.recipe_fingerprint = Some(rest.to_owned()),
            "prefill" => role(&mut self.prefill, rest),
            "decode" => role(&mut self.decode, rest),
            _ if number_after(first, "tp").is_some() => role(&mut self.all, token),
            _ => {
                return packed_role(first, 'p', &mut self.prefill)
                    .or_else(|| packed_role(first, 'd', &mut self.decode))
                    .is_some();
            }
        }
        true
    }

    /// The first token, where it is no fact of its own: the model, a folder named after its
    /// hardware, `dsr1-1k1k` of one fork, `vllm-infqps-concurrency16-<model>-<date>` of the client.
    fn first(&mut self, token: &str) {
        self.runner(token);
        let mut at = 0;
        for part in token.split('-') {
            if let Some(lengths) = lengths(part).filter(|_| at > 0) {
                self.lengths = Some(lengths);
                let prefix = &token[..at - 1];
                self.model_prefix = Some(prefix.trim_start_matches("combined-").to_owned());
            } else if let Some(n) = number_after(part, "concurrency") {
                self.concurrency = Some(n);
            }
            at += part.len() + 1;
        }
    }

    /// The runner: hardware with a suffix of its owner. A `_<number>` behind it is a token of its own.
    fn runner(&mut self, token: &str) {
        // `b200`, `h100`, `gb300`, `mi355x`, `cluster:…`
        let may_be = token.len() >= 4 && token.as_bytes()[0].is_ascii_alphabetic();
        if may_be && self.hardware.is_none() && token.bytes().any(|b| b.is_ascii_digit()) {
            self.hardware = names::known_hardware(token);
        }
    }

    fn isl(&mut self, n: u32) {
        self.lengths = Some((n, self.lengths.map_or(0, |(_, osl)| osl)));
    }

    fn osl(&mut self, n: u32) {
        self.lengths = Some((self.lengths.map_or(0, |(isl, _)| isl), n));
    }
}

/// Concurrency of a name, for results that state all else themselves.
pub(crate) fn concurrency(name: &str) -> Option<u32> {
    let mut found = None;
    let mut tokens = name.split('_').peekable();
    while let Some(token) = tokens.next() {
        let pair = || tokens.peek().filter(|_| token == "concurrency")?.parse().ok();
        found = users(token).or_else(pair).or(found);
    }
    found
}

/// `1k8k` in tokens.
fn lengths(token: &str) -> Option<(u32, u32)> {
    let (isl, rest) = token.split_once('k')?;
    let osl = rest.strip_suffix('k')?;
    let kibi = |text: &str| text.parse::<u32>().ok()?.checked_mul(1024);
    Some((kibi(isl)?, kibi(osl)?))
}

fn number_after(token: &str, prefix: &str) -> Option<u32> {
    token.strip_prefix(prefix)?.parse().ok()
}

fn users(token: &str) -> Option<u32> {
    number_after(token, "conc").or_else(|| number_after(token, "users"))
}

fn truth(word: &str) -> Option<bool> {
    inferguard_source::coerce::truth(word.as_bytes())
}

/// `off`, `none` and the like mean no offloading; other modes keep their spelling.
pub(crate) fn offloading(mode: &str) -> Option<String> {
    match mode.trim().to_ascii_lowercase().as_str() {
        "" => None,
        "off" | "none" | "false" => Some("none".into()),
        other => Some(other.to_owned()),
    }
}

/// `tp4-pp1-dcp1-pcp1-ep1-dpafalse-nw2`.
fn role(role: &mut RoleTopology, parts: &str) {
    for part in parts.split('-') {
        for (prefix, field) in [
            ("tp", &mut role.tp),
            ("pp", &mut role.pp),
            ("dcp", &mut role.dcp),
            ("pcp", &mut role.pcp),
            ("ep", &mut role.ep),
            ("nw", &mut role.num_workers),
        ] {
            if let Some(n) = number_after(part, prefix) {
                *field = Some(n);
            }
        }
        let dp = part.strip_prefix("dpa").or_else(|| part.strip_prefix("dp"));
        role.dp_attention = dp.and_then(truth).or(role.dp_attention);
    }
}

/// `ptp4pep1`: the letter of the role before each part.
fn packed_role(token: &str, letter: char, role: &mut RoleTopology) -> Option<()> {
    let rest = token.strip_prefix(letter)?.strip_prefix("tp")?;
    let (tp, ep) = rest.split_once("ep")?;
    let tp = tp.strip_suffix(letter)?;
    (role.tp, role.ep) = (Some(tp.parse().ok()?), Some(ep.parse().ok()?));
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_every_generation() {
        let old = NameFacts::of("dsr1_1k8k_fp4_trt_tp8_ep4_dpa_true_conc32_b200-trt");
        assert_eq!(old.model_prefix.as_deref(), Some("dsr1"));
        assert_eq!(old.lengths, Some((1024, 8192)));
        assert_eq!(
            (old.precision.as_deref(), old.framework.as_deref()),
            (Some("fp4"), Some("trt"))
        );
        assert_eq!((old.all.tp, old.all.ep, old.all.dp_attention), (Some(8), Some(4), Some(true)));
        assert_eq!((old.concurrency, old.hardware), (Some(32), Some("b200")));

        let first = NameFacts::of("70b_1k1k_tp4_conc64_h200-nv_3");
        assert_eq!((first.all.tp, first.hardware), (Some(4), Some("h200")));

        let dashed = NameFacts::of(
            "kimik2.5_8k1k_int4_vllm_tp8-pp2-dcp1-pcp1-ep1-dpafalse_disagg-false_spec-mtp_conc64_mi355x-amds_02_recipe-0123456789abcdef",
        );
        assert_eq!(
            (dashed.all.tp, dashed.all.pp, dashed.all.dp_attention),
            (Some(8), Some(2), Some(false))
        );
        assert_eq!((dashed.disagg, dashed.spec_decoding.as_deref()), (Some(false), Some("mtp")));
        assert_eq!((dashed.concurrency, dashed.hardware), (Some(64), Some("mi355x")));
        assert_eq!(dashed.recipe_fingerprint.as_deref(), Some("0123456789abcdef"));

        let spec =
            NameFacts::of("gptoss_1k1k_fp4_vllm_tp1_ep1_dpa_false_conc4_specdecode_none_h100");
        assert_eq!(
            (spec.spec_decoding.as_deref(), spec.model_prefix.as_deref()),
            (Some("none"), Some("gptoss"))
        );
    }

    #[test]
    fn names_of_multinode_and_agentic_results() {
        let multi = NameFacts::of(
            "dsr1_8k1k_fp8_dynamo-trt_prefill-tp4-ep1-dptrue-nw2_decode-tp8-ep8-dpfalse-nw1_disagg-true_spec-none_conc64x128_gb200_concurrency_64_req_rate_inf_gpus_16_ctx_8_gen_8",
        );
        assert_eq!((multi.prefill.tp, multi.prefill.num_workers), (Some(4), Some(2)));
        assert_eq!((multi.prefill.dp_attention, multi.decode.ep), (Some(true), Some(8)));
        assert_eq!((multi.concurrency, multi.gpus), (Some(64), Some(16)));
        assert_eq!((multi.prefill.num_gpu, multi.decode.num_gpu), (Some(8), Some(8)));

        let packed =
            NameFacts::of("dsr1_1k1k_fp4_ptp4pep1_dtp8dep8_dynamo-trt_specdec-mtp_conc4x8_gb200");
        assert_eq!((packed.prefill.tp, packed.decode.ep), (Some(4), Some(8)));
        assert_eq!(packed.spec_decoding.as_deref(), Some("mtp"));

        let bare = NameFacts::of("concurrency_128_req_rate_inf_gpus_16_ctx_8_gen_8");
        assert_eq!((bare.concurrency, bare.gpus, bare.model_prefix), (Some(128), Some(16), None));

        let agentic = NameFacts::of(
            "bmk_agentic_kimik2.7_tp4_conc16_kvdram-lmcache_fp4_vllm_tp4-dcp1-pcp1-ep1-dpafalse_disagg-false_spec-none_conc16_mi355x-amds_04",
        );
        assert_eq!(agentic.offloading.as_deref(), Some("dram-lmcache"));
        assert_eq!(
            (agentic.model_prefix.as_deref(), agentic.hardware),
            (Some("kimik2.7"), Some("mi355x"))
        );
        let a0 = NameFacts::of(
            "agentic_dsr1_tp8_bs12_offloadoff_fp4_vllm_tp8-ep8-dpafalse_disagg-false_spec-none_conc12_b200-dgxc-slurm_7",
        );
        assert_eq!((a0.offloading.as_deref(), a0.concurrency), (Some("none"), Some(12)));
        assert_eq!((a0.all.ep, a0.hardware), (Some(8), Some("b200")));
    }

    #[test]
    fn names_of_other_hands() {
        let fork = NameFacts::of("dsr1-1k8k");
        assert_eq!(
            (fork.model_prefix.as_deref(), fork.lengths),
            (Some("dsr1"), Some((1024, 8192)))
        );
        let fork = NameFacts::of("combined-gptoss-8k1k");
        assert_eq!(
            (fork.model_prefix.as_deref(), fork.lengths),
            (Some("gptoss"), Some((8192, 1024)))
        );
        let fork = NameFacts::of("dsr1_fp4_b200_trt_1k1k_tp4_ep1_conc4");
        assert_eq!((fork.model_prefix.as_deref(), fork.hardware), (Some("dsr1"), Some("b200")));
        let local = NameFacts::of("kimik2.5_fp4_fixed_ar_1k1k_conc32_retry");
        assert_eq!(
            (local.model_prefix.as_deref(), local.concurrency),
            (Some("kimik2.5"), Some(32))
        );

        let slurm = NameFacts::of("isl_1024_osl_8192_concurrency_32_req_rate_inf_ctx4_gen8");
        assert_eq!((slurm.lengths, slurm.model_prefix), (Some((1024, 8192)), None));
        assert_eq!((slurm.prefill.num_gpu, slurm.decode.num_gpu), (Some(4), Some(8)));
        assert_eq!(NameFacts::of("sa-bench_isl_8192_osl_1024").lengths, Some((8192, 1024)));
        assert_eq!(NameFacts::of("sa-bench_isl_8192").lengths, None);

        let client = NameFacts::of("vllm-infqps-concurrency16-Kimi-K2.5-20260402-165518");
        assert_eq!((client.concurrency, client.model_prefix), (Some(16), None));
        assert_eq!(NameFacts::of("h200-nv").hardware, Some("h200"));
        assert_eq!(NameFacts::of("kvcache").offloading, None);
    }

    #[test]
    fn recipes_stand_before_what_is_added_for_each_point() {
        let fixed = NameFacts::of(
            "dsr1_1k1k_fp8_sglang_conc64_b200_recipe-0123456789abcdef_concurrency_64_gpus_16_ctx_8_gen_8",
        );
        assert_eq!(fixed.recipe_fingerprint.as_deref(), Some("0123456789abcdef"));
        assert_eq!((fixed.gpus, fixed.disagg), (Some(16), Some(true)));
        let agentic = NameFacts::of("dsr1_tp8_conc4x8_kvnone_gb200_recipe-00ff_conc8");
        assert_eq!(agentic.recipe_fingerprint.as_deref(), Some("00ff"));
        assert_eq!((agentic.concurrency, agentic.hardware), (Some(8), Some("gb200")));
        assert_eq!(NameFacts::of("concurrency_32_gpus_16").disagg, Some(false));
    }

    #[test]
    fn concurrency_is_read_alone_as_with_the_rest() {
        for name in [
            "dsr1_1k1k_tp8_conc64_b200",
            "dsr1_8k1k_conc64x128_gb200_concurrency_64_gpus_16",
            "dsr1_tp4_users8_offloadon_conc9",
            "concurrency_x",
            "nothing",
        ] {
            assert_eq!(concurrency(name), NameFacts::of(name).concurrency, "{name}");
        }
    }

    #[test]
    fn an_empty_name_says_nothing() {
        assert_eq!(NameFacts::of(""), NameFacts::default());
    }
}
