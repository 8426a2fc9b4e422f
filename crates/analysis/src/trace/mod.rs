//! Statistics of a trace: what would be sent, and when.
//!
//! [`TraceTally`] takes one request at a time and keeps a few numbers of each; [`TraceStats`] is what
//! they give. Each part has a file: [`Arrivals`], [`Sizes`], [`Sessions`], [`Blocks`] with the
//! [`BlockSize`] and the [`CacheHits`] of caches of several sizes, all replayed in one pass.
//!
//! ```
//! use inferguard_analysis::trace::{TraceOptions, TraceTally};
//! use inferguard_model::TraceRequest;
//!
//! let mut tally = TraceTally::new(&TraceOptions::default());
//! for line in 1..=2 {
//!     let blocks = Some(&[7_u64, 8][..]);
//!     let request = TraceRequest { line, input_tokens: Some(1000), blocks, ..Default::default() };
//!     tally.push(&request);
//! }
//! let blocks = tally.finish().blocks.expect("the requests have blocks");
//! let endless = blocks.caches.last().expect("there is always one");
//! assert_eq!(endless.block_weighted, Some(0.5));
//! ```

mod arrivals;
mod block_size;
mod hits;
mod numbers;
mod recency;
mod sizes;

#[cfg(test)]
mod tests;

use rustc_hash::FxHashMap;

use inferguard_model::TraceRequest;

use crate::quantile::Summary;
use arrivals::Arrival;
use hits::Replay;

pub use arrivals::{Arrivals, BATCH_WINDOW_S, Window};
pub use block_size::{BlockSize, BlockSizeSource, MOONCAKE_BLOCK};
pub use hits::{CacheHits, HIT_RATES};
pub use sizes::{Above, BUCKETS, Bucket, PERCENTILES, Share, Sizes, Tokens};

/// What is computed of a trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceOptions {
    /// Length of a window of arrivals, in nanoseconds.
    pub window_ns: u64,
    /// Sizes in tokens above which requests are counted.
    pub above: Vec<u64>,
    /// Tokens of a block; `None` to infer them.
    pub block_size: Option<u32>,
    /// Sizes of caches to replay, in blocks. The endless cache is always replayed.
    pub capacities: Vec<u32>,
}

impl TraceOptions {
    /// Five minutes, in nanoseconds.
    pub const WINDOW_NS: u64 = 300_000_000_000;

    /// Caches from half a million to fifty million tokens of 512-token blocks.
    pub const CAPACITIES: [u32; 5] = [1_000, 10_000, 30_000, 50_000, 100_000];
}

impl Default for TraceOptions {
    fn default() -> Self {
        Self {
            window_ns: Self::WINDOW_NS,
            above: Vec::new(),
            block_size: None,
            capacities: Self::CAPACITIES.to_vec(),
        }
    }
}

/// Statistics of a trace. What no request states is `None`.
#[derive(Debug, Clone, PartialEq)]
pub struct TraceStats {
    /// Requests.
    pub requests: u64,
    /// Of the requests with a timestamp.
    pub arrivals: Option<Arrivals>,
    /// Of the requests with lengths.
    pub sizes: Sizes,
    /// Of the requests with a session.
    pub sessions: Option<Sessions>,
    /// Of the requests with hashes of blocks.
    pub blocks: Option<Blocks>,
}

/// Conversations of several requests.
#[derive(Debug, Clone, PartialEq)]
pub struct Sessions {
    /// Requests that name a session.
    pub requests: u64,
    /// Requests of each session.
    pub turns: Summary,
}

/// Blocks of the prompts.
#[derive(Debug, Clone, PartialEq)]
pub struct Blocks {
    /// Requests with hashes of blocks.
    pub requests: u64,
    /// Blocks.
    pub total: u64,
    /// Different blocks.
    pub unique: u64,
    /// Blocks that were met before, in a request in which an earlier block was not. Where a hash
    /// covers all blocks before it there are none.
    pub beyond_run: u64,
    /// Tokens of a block.
    pub size: BlockSize,
    /// What caches find, by size; the endless one last.
    pub caches: Vec<CacheHits>,
}

/// Takes the requests of a trace in the order of the file.
#[derive(Debug)]
pub struct TraceTally {
    options: TraceOptions,
    requests: u64,
    arrivals: Vec<Arrival>,
    backward: (u64, Option<u64>),
    input: Vec<u32>,
    output: Vec<u32>,
    total: Vec<u64>,
    turns: FxHashMap<String, u64>,
    /// Blocks, input tokens and line of each request with blocks.
    with_blocks: Vec<(u32, Option<u32>)>,
    block_lines: Vec<u64>,
    replay: Replay,
}

impl TraceTally {
    /// A tally of nothing yet.
    pub fn new(options: &TraceOptions) -> Self {
        Self {
            options: options.clone(),
            requests: 0,
            arrivals: Vec::new(),
            backward: (0, None),
            input: Vec::new(),
            output: Vec::new(),
            total: Vec::new(),
            turns: FxHashMap::default(),
            with_blocks: Vec::new(),
            block_lines: Vec::new(),
            replay: Replay::new(&options.capacities),
        }
    }

    /// Counts a request.
    pub fn push(&mut self, request: &TraceRequest<'_>) {
        let TraceRequest { input_tokens, output_tokens, .. } = *request;
        self.requests += 1;
        if let Some(at_ns) = request.at_ns {
            if self.arrivals.last().is_some_and(|last| at_ns < last.at_ns) {
                self.backward.0 += 1;
                self.backward.1 = self.backward.1.or(Some(request.line));
            }
            self.arrivals.push(Arrival { at_ns, input_tokens, output_tokens });
        }
        self.input.extend(input_tokens);
        self.output.extend(output_tokens);
        if let (Some(input), Some(output)) = (input_tokens, output_tokens) {
            self.total.push(u64::from(input) + u64::from(output));
        }
        if let Some(session) = request.session {
            match self.turns.get_mut(session) {
                Some(turns) => *turns += 1,
                None => {
                    self.turns.insert(session.to_owned(), 1);
                }
            }
        }
        if let Some(blocks) = request.blocks {
            self.with_blocks.push((blocks.len() as u32, input_tokens));
            self.block_lines.push(request.line);
            self.replay.push(blocks);
        }
    }

    /// The statistics.
    pub fn finish(self) -> TraceStats {
        TraceStats {
            requests: self.requests,
            arrivals: arrivals::count(&self.arrivals, self.options.window_ns, self.backward),
            sizes: sizes::count(&self.input, &self.output, &self.total, &self.options.above),
            sessions: self.sessions(),
            blocks: self.blocks(),
        }
    }

    fn sessions(&self) -> Option<Sessions> {
        let mut turns: Vec<f64> = self.turns.values().map(|turns| *turns as f64).collect();
        // A sum depends on the order of its terms, and that of a map is not fixed.
        turns.sort_unstable_by(f64::total_cmp);
        let requests = self.turns.values().sum();
        Some(Sessions { requests, turns: Summary::of(&mut turns, &PERCENTILES)? })
    }

    fn blocks(&self) -> Option<Blocks> {
        if self.with_blocks.is_empty() {
            return None;
        }
        let lines = self.with_blocks.iter().zip(&self.block_lines);
        let size = block_size::find(
            self.options.block_size,
            &lines.filter_map(|((blocks, input), line)| Some((*blocks, (*input)?, *line))),
        );
        Some(Blocks {
            requests: self.with_blocks.len() as u64,
            total: self.with_blocks.iter().map(|(blocks, _)| u64::from(*blocks)).sum(),
            unique: self.replay.unique(),
            beyond_run: self.replay.beyond_run(),
            caches: self.replay.hits(&self.with_blocks, size.tokens),
            size,
        })
    }
}
