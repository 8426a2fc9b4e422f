//! Benchmark results made by seed: the same arguments give the same bytes.

#![cfg_attr(not(unix), expect(dead_code, reason = "measured on Unix only"))]

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::Context;

/// A small generator of pseudo-random numbers (SplitMix64).
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Between 0 and 1, both excluded.
    pub(super) fn unit(&mut self) -> f64 {
        ((self.bits() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    /// Of mean 0 and deviation 1.
    fn normal(&mut self) -> f64 {
        (-2.0 * self.unit().ln()).sqrt() * (std::f64::consts::TAU * self.unit()).cos()
    }

    pub(super) fn lognormal(&mut self, log_median: f64, sigma: f64) -> f64 {
        (log_median + sigma * self.normal()).exp()
    }
}

/// Writes processed rows of the newest fixed generation, each in a folder of its own.
pub(super) fn rows(dir: &Path, files: usize) -> anyhow::Result<()> {
    let mut random = Random(1);
    for at in 0..files {
        let (name, row) = row(&mut random, at);
        let folder = dir.join(format!("bmk_{name}"));
        std::fs::create_dir_all(&folder)
            .with_context(|| format!("cannot make {}", folder.display()))?;
        std::fs::write(folder.join(format!("agg_{name}.json")), row).context("cannot write")?;
    }
    Ok(())
}

/// Writes rows of so many scenarios, 168 of each: 24 series of 6 systems.
pub(super) fn scenarios(dir: &Path, scenarios: usize) -> anyhow::Result<()> {
    let mut random = Random(2);
    for scenario in 1..=scenarios {
        for at in 0..168 {
            let (name, row) = row(&mut random, at);
            let row = row.replace("\"osl\": 1024", &format!("\"osl\": {}", 1024 * scenario));
            let folder = dir.join(format!("scenario_{scenario:02}"));
            std::fs::create_dir_all(&folder)
                .with_context(|| format!("cannot make {}", folder.display()))?;
            std::fs::write(folder.join(format!("agg_{name}.json")), row).context("cannot write")?;
        }
    }
    Ok(())
}

const HARDWARE: [&str; 6] = ["h100", "h200", "b200", "gb200-nv", "mi300x", "mi355x"];
const STATISTICS: [(&str, f64); 7] = [
    ("mean", 1.0),
    ("median", 0.97),
    ("std", 0.2),
    ("p90", 1.3),
    ("p95", 1.4),
    ("p99", 1.8),
    ("p99.9", 2.3),
];

/// Name and text of a row: about 60 keys, indented as Python does it.
fn row(random: &mut Random, at: usize) -> (String, String) {
    let hardware = HARDWARE[at % HARDWARE.len()];
    let users = 4_u32 << (at / 6 % 7);
    let tp = 1_u32 << (at / 42 % 4);
    let users_f = f64::from(users);
    let ttft = 0.05 * users_f.sqrt() * random.lognormal(0.0, 0.2);
    let tpot = 0.004 * (1.0 + users_f / 64.0) * random.lognormal(0.0, 0.1);
    let e2el = ttft + 1023.0 * tpot;
    let rate = users_f * 2048.0 / e2el / f64::from(tp);
    let mut fingerprint = String::new();
    for _ in 0..4 {
        let _ = write!(fingerprint, "{:016x}", random.bits());
    }
    let name = format!(
        "dsr1_1k1k_fp8_vllm_tp{tp}-pp1-dcp1-pcp1-ep1-dpafalse_disagg-false_spec-none_conc{users}_{hardware}_{at:05}"
    );
    let mut text = format!(
        r#"{{
  "hw": "{hardware}",
  "conc": {users},
  "image": "vllm/vllm-openai:v0.11.2",
  "model": "deepseek-ai/DeepSeek-R1-0528",
  "infmax_model_prefix": "dsr1",
  "framework": "vllm",
  "precision": "fp8",
  "spec_decoding": "none",
  "disagg": false,
  "recipe_fingerprint": "{fingerprint}",
  "isl": 1024,
  "osl": 1024,
  "is_multinode": false,
  "tp": {tp},
  "pp": 1,
  "dcp_size": 1,
  "pcp_size": 1,
  "ep": 1,
  "dp_attention": "false",
  "tput_per_gpu": {rate:?},
  "output_tput_per_gpu": {half:?},
  "input_tput_per_gpu": {half:?},
"#,
        half = rate / 2.0
    );
    for (metric, value) in [("ttft", ttft), ("tpot", tpot), ("itl", tpot), ("e2el", e2el)] {
        for (statistic, factor) in STATISTICS {
            let value = value * factor;
            let _ = writeln!(text, "  \"{statistic}_{metric}\": {value:?},");
            if metric == "tpot" {
                let _ = writeln!(text, "  \"{statistic}_intvty\": {:?},", 1.0 / value);
            }
        }
    }
    let power = 600.0 + 90.0 * random.unit();
    let _ = write!(
        text,
        "  \"avg_power_w\": {power:?},\n  \"joules_per_output_token\": {:?},\n  \"power_valid\": 1\n}}",
        power / (rate / 2.0)
    );
    (name, text)
}

/// Writes the requests of a trace replay in order of start and returns the size of the file.
pub(super) fn requests(dir: &Path, rows: usize) -> anyhow::Result<u64> {
    let folder = dir.join("trace_replay");
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("cannot make {}", folder.display()))?;
    let path = folder.join("detailed_results.csv");
    let file = File::create(&path).with_context(|| format!("cannot make {}", path.display()))?;
    let mut out = BufWriter::with_capacity(1 << 20, file);
    out.write_all(
        b"user_id,trace_id,request_idx,success,request_start_time,request_complete_time,\
        ttft,ttlt,itl,input_tokens,output_tokens_actual,output_tokens_expected,\
        cache_hit_blocks,cache_miss_blocks\n",
    )?;
    let mut random = Random(1);
    let mut clock = 1_763_066_700.0_f64;
    for at in 0..rows {
        clock -= random.unit().ln() / 400.0;
        let (user, turn) = (at % 256, at / 256 % 40);
        let mut ttft = random.lognormal(-0.7, 0.8);
        let mut tokens_out = random.lognormal(5.0, 0.9).max(1.0) as u32;
        let mut itl = random.lognormal(-4.2, 0.3);
        let ok = random.unit() >= 0.01;
        if !ok {
            (ttft, itl, tokens_out) = (0.0, 0.0, 0);
        }
        let ttlt = ttft + itl * f64::from(tokens_out.saturating_sub(1));
        let tokens_in = random.lognormal(10.0, 0.6) as u32;
        let hit = (f64::from(tokens_in / 64) * random.unit()) as u32;
        let miss = tokens_in / 64 - hit;
        let (success, done, trace) = (if ok { "True" } else { "False" }, clock + ttlt, at / 10_240);
        writeln!(
            out,
            "user_{user},trace_{trace:05}_{user},{turn},{success},{clock:?},{done:?},{ttft:?},\
             {ttlt:?},{itl:?},{tokens_in},{tokens_out},{tokens_out},{hit},{miss}"
        )?;
    }
    out.flush()?;
    Ok(std::fs::metadata(&path)?.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_bytes() {
        let of = || row(&mut Random(1), 5);
        assert_eq!(of(), of());
        let (_, text) = of();
        let row: serde_json::Value = serde_json::from_str(&text).expect("valid JSON");
        assert!(row.as_object().is_some_and(|row| row.len() == 60));
    }

    #[test]
    fn requests_have_a_row_each() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let size = requests(dir.path(), 100).expect("can write");
        let path = dir.path().join("trace_replay/detailed_results.csv");
        let text = std::fs::read_to_string(path).expect("was written");
        assert_eq!((text.lines().count(), text.len() as u64), (101, size));
        assert!(text.lines().all(|line| line.split(',').count() == 14));
    }
}
