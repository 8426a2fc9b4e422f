//! How long the requests of a trace are.

use crate::quantile::Summary;

/// Percentiles that are told of a trace, in thousandths of a percent.
pub const PERCENTILES: [u32; 6] = [25_000, 50_000, 75_000, 90_000, 95_000, 99_000];

/// Lower bounds of the buckets, in tokens; each reaches to the next, the last has no end.
pub const BUCKETS: [u64; 8] = [0, 5_000, 10_000, 20_000, 40_000, 60_000, 80_000, 100_000];

/// Tokens of the requests.
#[derive(Debug, Clone, PartialEq)]
pub struct Sizes {
    /// Input tokens.
    pub input: Option<Tokens>,
    /// Output tokens.
    pub output: Option<Tokens>,
    /// Input + output tokens, of the requests that state both.
    pub total: Option<Tokens>,
    /// Requests by input + output tokens.
    pub buckets: Vec<Bucket>,
    /// Requests above the sizes asked for.
    pub above: Vec<Above>,
}

/// One distribution of tokens.
#[derive(Debug, Clone, PartialEq)]
pub struct Tokens {
    /// Sum over the requests.
    pub sum: u64,
    /// Its statistics.
    pub summary: Summary,
}

/// Requests with a length from `from` on and below `to`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bucket {
    /// Lower bound, which belongs to it.
    pub from: u64,
    /// Upper bound, which does not; `None` for the last.
    pub to: Option<u64>,
    /// Requests.
    pub requests: u64,
    /// Requests / requests that state both lengths.
    pub share: f64,
}

/// Requests with more than `tokens`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Above {
    /// The size.
    pub tokens: u64,
    /// By input tokens.
    pub input: Option<Share>,
    /// By output tokens.
    pub output: Option<Share>,
    /// By input + output tokens.
    pub total: Option<Share>,
}

/// A part of the requests.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Share {
    /// Requests.
    pub requests: u64,
    /// Requests / requests that state the length.
    pub share: f64,
}

/// Counts the lengths that the requests state, in tokens.
pub(super) fn count(input: &[u32], output: &[u32], total: &[u64], above: &[u64]) -> Sizes {
    let input: Vec<u64> = input.iter().copied().map(u64::from).collect();
    let output: Vec<u64> = output.iter().copied().map(u64::from).collect();
    let above = above.iter().map(|tokens| Above {
        tokens: *tokens,
        input: share_above(&input, *tokens),
        output: share_above(&output, *tokens),
        total: share_above(total, *tokens),
    });
    Sizes {
        above: above.collect(),
        input: tokens(&input),
        output: tokens(&output),
        buckets: buckets(total),
        total: tokens(total),
    }
}

fn tokens(lengths: &[u64]) -> Option<Tokens> {
    let mut values: Vec<f64> = lengths.iter().map(|n| *n as f64).collect();
    let summary = Summary::of(&mut values, &PERCENTILES)?;
    Some(Tokens { sum: lengths.iter().sum(), summary })
}

fn share_above(lengths: &[u64], tokens: u64) -> Option<Share> {
    let requests = lengths.iter().filter(|n| **n > tokens).count();
    let share = requests as f64 / lengths.len() as f64;
    (!lengths.is_empty()).then_some(Share { requests: requests as u64, share })
}

/// Nothing where no request states both lengths.
fn buckets(lengths: &[u64]) -> Vec<Bucket> {
    if lengths.is_empty() {
        return Vec::new();
    }
    let mut counts = [0; BUCKETS.len()];
    for n in lengths {
        counts[BUCKETS.partition_point(|from| from <= n) - 1] += 1;
    }
    let bucket = |(at, requests): (usize, u64)| Bucket {
        from: BUCKETS[at],
        to: BUCKETS.get(at + 1).copied(),
        requests,
        share: requests as f64 / lengths.len() as f64,
    };
    counts.into_iter().enumerate().map(bucket).collect()
}
