//! Mooncake traces: statistics of one, and a window of it for a replay.
//!
//! ```no_run
//! use inferguard::trace::{TraceOptions, summarize};
//!
//! let trace = summarize("conversation_trace.jsonl".as_ref(), &TraceOptions::default())?;
//! let blocks = trace.stats.blocks.expect("its requests have hash_ids");
//! let endless = blocks.caches.last().expect("there is always one");
//! println!("block-weighted hit rate: {:?}", endless.block_weighted);
//! # Ok::<(), inferguard::trace::TraceError>(())
//! ```

mod json;

use std::path::Path;

use inferguard_analysis::trace::TraceTally;

pub use inferguard_analysis::quantile::Summary;
pub use inferguard_analysis::trace::{
    Above, Arrivals, BATCH_WINDOW_S, BlockSize, BlockSizeSource, Blocks, Bucket, CacheHits,
    HIT_RATES, MOONCAKE_BLOCK, Sessions, Share, Sizes, Tokens, TraceOptions, TraceStats, Window,
};
pub use inferguard_mooncake::{Cut, CutOptions, Forms, TraceError, TraceFile, cut};
pub use json::{SCHEMA_VERSION, cut_to_json, document, trace_to_json};

/// What a trace file holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Trace {
    /// What was met in the file: lines, problems.
    pub file: TraceFile,
    /// Statistics of its requests.
    pub stats: TraceStats,
}

/// Reads a trace once and computes its statistics.
pub fn summarize(path: &Path, options: &TraceOptions) -> Result<Trace, TraceError> {
    let mut tally = TraceTally::new(options);
    let file = inferguard_mooncake::read(path, |request| tally.push(&request))?;
    Ok(Trace { file, stats: tally.finish() })
}
