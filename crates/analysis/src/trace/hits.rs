//! Cache hits of a trace: what a prefix cache of a given size could have found.
//!
//! The requests are replayed in the order of the file. A request finds the blocks at its start that
//! the cache holds at that moment, up to the first that it does not hold; then all its blocks are
//! used, in order. Time plays no part, and no prompt is in flight: an upper bound for a real server.

use super::numbers::Numbers;
use super::recency::Recency;
use crate::quantile;

/// The names of the hit rates and what they are: they differ by up to 22 points on public traces,
/// so that a rate without its name says nothing.
pub const HIT_RATES: [(&str, &str); 6] = [
    ("block_weighted", "blocks found / blocks"),
    ("token_weighted", "tokens found / input tokens, the last block as long as it is"),
    ("mean_block_rate", "mean over requests of blocks found / blocks"),
    ("mean_token_rate", "mean over requests of tokens found / input tokens"),
    ("fully_covered", "requests of which every block is found"),
    ("full_block_weighted", "blocks found / floor(input / block size): of short prompts above 1"),
];

/// What one cache finds of a trace.
#[derive(Debug, Clone, PartialEq)]
pub struct CacheHits {
    /// Blocks that the cache holds; `None` for one that never loses any.
    pub capacity: Option<u32>,
    /// Blocks found.
    pub blocks_found: u64,
    /// Blocks found / blocks.
    pub block_weighted: Option<f64>,
    /// Tokens found / input tokens.
    pub token_weighted: Option<f64>,
    /// Blocks found / full blocks, so floor(input / block size). The last block of a prompt is found
    /// whether full or not, so that short prompts can bring it above 1.
    pub full_block_weighted: Option<f64>,
    /// Mean over requests of blocks found / blocks.
    pub mean_block_rate: Option<f64>,
    /// Mean over requests of tokens found / input tokens.
    pub mean_token_rate: Option<f64>,
    /// Requests of which every block is found.
    pub fully_covered: u64,
}

/// Requests with blocks, replayed as they come.
#[derive(Debug)]
pub(super) struct Replay {
    /// Numbers of the blocks, by hash.
    numbers: Numbers,
    recency: Recency,
    /// Of the request at hand: the numbers of its blocks.
    request: Vec<u32>,
    /// For each request, blocks at its start that each cache finds: by size, the endless one last.
    found: Vec<u32>,
    /// Blocks that were met before, but after one that was not.
    beyond_run: u64,
}

impl Replay {
    pub(super) fn new(capacities: &[u32]) -> Self {
        Self {
            numbers: Numbers::default(),
            recency: Recency::new(capacities),
            request: Vec::new(),
            found: Vec::new(),
            beyond_run: 0,
        }
    }

    /// Blocks that a cache could have found if it looked beyond the first missing one; 0 where
    /// hashes cover all before them.
    pub(super) fn beyond_run(&self) -> u64 {
        self.beyond_run
    }

    /// Different blocks so far.
    pub(super) fn unique(&self) -> u64 {
        self.recency.len() as u64
    }

    /// Replays a request.
    pub(super) fn push(&mut self, hashes: &[u64]) {
        let caches = self.recency.capacities().len() + 1;
        let known = self.numbers.len();
        self.request.clear();
        let row = self.found.len();
        self.found.resize(row + caches, 0);
        // Caches from `level` on have found every block so far.
        let (mut level, mut in_run) = (0, true);
        for (at, hash) in hashes.iter().enumerate() {
            let number = self.numbers.of(*hash);
            self.request.push(number);
            let held = if number < known { self.recency.level(number) } else { caches };
            if in_run && held > level {
                let lost = held.min(caches);
                self.found[row + level..row + lost].fill(at as u32);
                level = lost;
                in_run = level < caches;
            }
            self.beyond_run += u64::from(!in_run && number < known);
        }
        self.found[row + level..].fill(hashes.len() as u32);
        for number in &self.request {
            if (*number as usize) < self.recency.len() {
                self.recency.touch(*number);
            } else {
                self.recency.add();
            }
        }
    }

    /// What each cache found. `requests` are blocks and input tokens of each request, in order.
    pub(super) fn hits(&self, requests: &[(u32, Option<u32>)], block_size: u32) -> Vec<CacheHits> {
        let capacities = self.recency.capacities();
        let sizes = capacities.iter().copied().map(Some).chain([None]);
        let of = |(at, capacity)| {
            let found = self.found.iter().copied().skip(at).step_by(capacities.len() + 1);
            hits_of(capacity, requests, found, block_size)
        };
        sizes.enumerate().map(of).collect()
    }
}

fn hits_of(
    capacity: Option<u32>,
    requests: &[(u32, Option<u32>)],
    found: impl Iterator<Item = u32>,
    block_size: u32,
) -> CacheHits {
    let (mut found_sum, mut blocks_sum, mut fully_covered) = (0_u64, 0_u64, 0);
    let (mut found_tokens, mut input_sum) = (0_u64, 0_u64);
    let (mut found_of_full, mut full_sum) = (0_u64, 0_u64);
    let (mut block_rates, mut token_rates) = (Vec::new(), Vec::new());
    for ((blocks, input), found) in requests.iter().zip(found) {
        found_sum += u64::from(found);
        blocks_sum += u64::from(*blocks);
        if *blocks > 0 {
            block_rates.push(f64::from(found) / f64::from(*blocks));
            fully_covered += u64::from(found == *blocks);
        }
        let Some(input) = *input else { continue };
        let tokens = (u64::from(found) * u64::from(block_size)).min(input.into());
        found_tokens += tokens;
        input_sum += u64::from(input);
        found_of_full += u64::from(found);
        full_sum += u64::from(input / block_size.max(1));
        if input > 0 {
            token_rates.push(tokens as f64 / f64::from(input));
        }
    }
    let ratio = |part: u64, whole: u64| (whole > 0).then(|| part as f64 / whole as f64);
    CacheHits {
        capacity,
        blocks_found: found_sum,
        block_weighted: ratio(found_sum, blocks_sum),
        token_weighted: ratio(found_tokens, input_sum),
        full_block_weighted: ratio(found_of_full, full_sum),
        mean_block_rate: quantile::mean(&block_rates),
        mean_token_rate: quantile::mean(&token_rates),
        fully_covered,
    }
}
