//! File names of worker logs: `{node}_{prefill|decode|agg}_w{i}[_DP{r}].{out|err}`.

use inferguard_model::WorkerRole;

/// Which stream of the worker a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LogStream {
    /// Standard output, from the second layout generation on with standard error in it.
    Out,
    /// Standard error.
    Err,
}

/// What the name of a worker log says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkerLogName<'n> {
    /// The name, without folders and without `.gz`.
    pub file_name: &'n str,
    /// Node; may hold `_` and dots.
    pub node: &'n str,
    /// Role.
    pub role: WorkerRole,
    /// Number of the worker among those of its role.
    pub worker: u32,
    /// Data-parallel rank, where each has a file of its own.
    pub dp_rank: Option<u32>,
    /// Standard output or standard error.
    pub stream: LogStream,
}

impl<'n> WorkerLogName<'n> {
    /// Parses a file name; `None` for anything that is no worker log, such as logs of frontends.
    pub fn parse(file_name: &'n str) -> Option<Self> {
        let file_name = file_name.strip_suffix(".gz").unwrap_or(file_name);
        let (stem, stream) = match file_name.strip_suffix(".out") {
            Some(stem) => (stem, LogStream::Out),
            None => (file_name.strip_suffix(".err")?, LogStream::Err),
        };
        let (rest, dp_rank) = match stem.rsplit_once("_DP") {
            Some((rest, rank)) => (rest, Some(number(rank)?)),
            None => (stem, None),
        };
        let (rest, worker) = rest.rsplit_once("_w")?;
        let (node, role) = rest.rsplit_once('_')?;
        let role = match role {
            "prefill" => WorkerRole::Prefill,
            "decode" => WorkerRole::Decode,
            "agg" => WorkerRole::Aggregated,
            _ => return None,
        };
        let worker = number(worker)?;
        (!node.is_empty()).then_some(Self { file_name, node, role, worker, dp_rank, stream })
    }
}

/// Digits alone: `u32` would take a sign.
fn number(text: &str) -> Option<u32> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_all_generations() {
        use WorkerRole::{Aggregated, Decode, Prefill};
        let parts = |name| {
            let name = WorkerLogName::parse(name)?;
            Some((name.node, name.role, name.worker, name.dp_rank, name.stream))
        };
        for (name, expected) in [
            ("n-1_prefill_w0.err", ("n-1", Prefill, 0, None, LogStream::Err)),
            ("rack_3.a_decode_w12.out", ("rack_3.a", Decode, 12, None, LogStream::Out)),
            ("n_agg_w0_DP3.out", ("n", Aggregated, 0, Some(3), LogStream::Out)),
            ("a_decode_b_prefill_w1.out.gz", ("a_decode_b", Prefill, 1, None, LogStream::Out)),
        ] {
            assert_eq!(parts(name), Some(expected), "{name}");
        }
        for other in [
            "n_frontend_0.out",
            "n_frontend_w0.out",
            "benchmark.out",
            "n_prefill_w.out",
            "n_prefill_w+1.out",
            "n_prefill_w1_DP.out",
            "_prefill_w1.out",
            "n_prefill_w1.log",
        ] {
            assert_eq!(parts(other), None, "{other}");
        }
    }
}
