//! Results in the log of the benchmark, for levels whose JSON is gone. Values have two decimals.
//!
//! The warm-up of each level prints a block that looks the same: a block counts only behind the line
//! `Running benchmark with concurrency:`, and once.

use inferguard_model::{
    Fragment, Metric, MetricEntry, MetricSet, Origin, Place, Quantity, Role, Stat, names,
};

use crate::job_log::{level_after, setting};
use crate::rollup::result;

/// Blocks kept of one log.
const MOST_BLOCKS: usize = 10_000;

/// Blocks of a log as they come.
#[derive(Debug, Default)]
pub(crate) struct Blocks {
    model: Option<String>,
    lengths: [Option<u32>; 2],
    /// The level whose block comes next.
    level: Option<u32>,
    open: Option<Block>,
    done: Vec<Block>,
}

/// One block: its level, the line of its heading, and its rows.
#[derive(Debug, Default)]
struct Block {
    level: u32,
    line: u64,
    rows: Vec<(Row, f64)>,
}

/// What a row holds.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Row {
    Completed,
    Failed,
    Number(Metric, &'static str, f64),
}

impl Blocks {
    /// Looks at one line.
    pub(crate) fn line(&mut self, line: &str, number: u64) {
        let line = line.trim();
        if let Some((_, settings)) = line.split_once("SA-Bench Config:") {
            let length = |name| setting(settings, name).and_then(|text| text.parse().ok());
            self.lengths = [length("isl"), length("osl")];
            self.model = setting(settings, "model").map(inferguard_source::shorten);
            return;
        }
        if let Some(level) = level_after(line, "Running benchmark with concurrency:") {
            self.level = Some(level);
            return;
        }
        if line.starts_with("====") {
            self.close();
            if line.contains("Serving Benchmark Result") {
                self.open =
                    self.level.take().map(|level| Block { level, line: number, rows: Vec::new() });
            }
            return;
        }
        if let Some(block) = &mut self.open
            && let Some((label, value)) = line.rsplit_once(':')
            && let Some(row) = row(label.trim())
            && let Ok(value) = value.trim().parse::<f64>()
        {
            block.rows.push((row, value));
        }
    }

    /// Ends the open block. One that the log cuts off has no closing row, and is no result.
    fn close(&mut self) {
        if let Some(block) = self.open.take().filter(|block| !block.rows.is_empty())
            && self.done.len() < MOST_BLOCKS
        {
            self.done.push(block);
        }
    }

    /// A result for each block.
    pub(crate) fn into_fragments(self, file: u32) -> Vec<Fragment> {
        let Self { model, lengths, done, .. } = self;
        let fragment = |(n, block): (usize, Block)| {
            let mut fragment = result(file, Role::BENCHMARK_OUT, format!("/{n}"));
            let known = &mut fragment.evidence;
            let failed = block.rows.iter().find(|(row, _)| *row == Row::Failed);
            let done = block.rows.iter().find(|(row, _)| *row == Row::Completed);
            known.completion.successful = done.map(|(_, n)| *n as u64);
            known.completion.total = done.zip(failed).map(|((_, a), (_, b))| (a + b) as u64);
            known.identity.load.concurrency = Some(block.level);
            known.identity.scenario_type = Some("fixed-length".into());
            [known.identity.isl, known.identity.osl] = lengths;
            known.identity.model = names::model(None, model.as_deref(), None);
            known.identity.as_written.model.clone_from(&model);
            if known.completion.successful != Some(0) {
                known.metrics = numbers(&block);
            }
            known.problem(inferguard_model::Problem::note(
                inferguard_model::ProblemCode::Coerced,
                format!("line {}", block.line),
                "read from the text that the benchmark printed; values have two decimals",
            ));
            fragment
        };
        done.into_iter().enumerate().map(fragment).collect()
    }
}

fn numbers(block: &Block) -> MetricSet {
    let entry = |(row, value): &(Row, f64)| match row {
        Row::Number(metric, label, scale) => {
            let origin = Origin { artifact: 0, place: Place::Key(label) };
            Some(MetricEntry { metric: *metric, value: value / scale, origin })
        }
        _ => None,
    };
    MetricSet::from_entries(block.rows.iter().filter_map(entry).collect())
}

/// Rows without a statistic.
const PLAIN: [(&str, Quantity); 7] = [
    ("Benchmark duration (s)", Quantity::Duration),
    ("Total input tokens", Quantity::TotalInputTokens),
    ("Total generated tokens", Quantity::TotalOutputTokens),
    ("Request throughput (req/s)", Quantity::Qps),
    ("Request goodput (req/s)", Quantity::GoodputRps),
    ("Output token throughput (tok/s)", Quantity::OutputTput),
    ("Total Token throughput (tok/s)", Quantity::TotalTput),
];

/// Latencies in milliseconds, by statistic.
const LATENCIES: [(Stat, [(&str, Quantity); 4]); 3] = [
    (
        Stat::Mean,
        [
            ("Mean TTFT (ms)", Quantity::Ttft),
            ("Mean TPOT (ms)", Quantity::Tpot),
            ("Mean ITL (ms)", Quantity::Itl),
            ("Mean E2EL (ms)", Quantity::E2el),
        ],
    ),
    (
        Stat::P50,
        [
            ("Median TTFT (ms)", Quantity::Ttft),
            ("Median TPOT (ms)", Quantity::Tpot),
            ("Median ITL (ms)", Quantity::Itl),
            ("Median E2EL (ms)", Quantity::E2el),
        ],
    ),
    (
        Stat::P99,
        [
            ("P99 TTFT (ms)", Quantity::Ttft),
            ("P99 TPOT (ms)", Quantity::Tpot),
            ("P99 ITL (ms)", Quantity::Itl),
            ("P99 E2EL (ms)", Quantity::E2el),
        ],
    ),
];

fn row(label: &str) -> Option<Row> {
    match label {
        "Successful requests" => return Some(Row::Completed),
        "Failed requests" => return Some(Row::Failed),
        _ => {}
    }
    let plain = PLAIN.iter().find(|(known, _)| known.eq_ignore_ascii_case(label));
    if let Some((known, quantity)) = plain {
        return Some(Row::Number(Metric::plain(*quantity), known, 1.0));
    }
    LATENCIES.iter().find_map(|(stat, rows)| {
        let (known, quantity) = rows.iter().find(|(known, _)| *known == label)?;
        Some(Row::Number(Metric::new(*stat, *quantity), known, 1e3))
    })
}

#[cfg(test)]
mod tests {
    use inferguard_model::{FragmentKind, Rank, SourceFormat};

    use super::*;

    const BLOCK: &str = "============ Serving Benchmark Result ============\n\
        Successful requests:                     640\n\
        Benchmark duration (s):                  93.97\n\
        Output token throughput (tok/s):         6974.00\n\
        Total Token throughput (tok/s):          13949.10\n\
        ---------------Time to First Token----------------\n\
        Median TTFT (ms):                        250.25\n\
        ==================================================\n";

    fn read(text: &str) -> Vec<Fragment> {
        let mut blocks = Blocks::default();
        for (n, line) in text.lines().enumerate() {
            blocks.line(line, n as u64 + 1);
        }
        blocks.into_fragments(0)
    }

    #[test]
    fn the_block_of_a_warm_up_is_no_result() {
        let text = format!(
            "SA-Bench Config: isl=1024; osl=8192; concurrencies=64; model=deepseek-r1\n{BLOCK}\
             Running benchmark with concurrency: 64\n{BLOCK}Completed benchmark with concurrency: 64\n{BLOCK}"
        );
        let found = read(&text);
        assert_eq!(found.len(), 1);
        let known = &found[0].evidence;
        assert_eq!(known.identity.load.concurrency, Some(64));
        assert_eq!((known.identity.isl, known.identity.osl), (Some(1024), Some(8192)));
        assert_eq!(known.identity.model.as_deref(), Some("dsr1"));
        let get = |name| Metric::parse(name).and_then(|metric| known.metrics.get(metric));
        assert_eq!(get("p50_ttft"), Some(0.25025));
        assert_eq!(get("total_tput_tps"), Some(13949.10));
        assert_eq!(known.completion.successful, Some(640));
    }

    #[test]
    fn a_block_that_is_cut_off_is_no_result() {
        let cut = &BLOCK[..BLOCK.len() - 60];
        assert!(read(&format!("Running benchmark with concurrency: 64\n{cut}")).is_empty());
        assert!(matches!(read(BLOCK)[..], []));
    }

    #[test]
    fn nothing_is_measured_without_a_success() {
        let text = BLOCK.replace("640", "0");
        let found = read(&format!("Running benchmark with concurrency: 64\n{text}"));
        assert!(found[0].evidence.metrics.is_empty());
        assert!(matches!(found[0].kind, FragmentKind::Result(Rank::Summary)));
        assert_eq!(found[0].format, SourceFormat::SrtSlurm);
    }
}
