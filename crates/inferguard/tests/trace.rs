//! Public Mooncake traces, where they are at hand: the numbers of a plain Python loop over them.

#![expect(clippy::print_stderr, reason = "a test that is skipped says so")]

use std::path::{Path, PathBuf};

use inferguard::trace::{Trace, TraceOptions, summarize};

struct Golden {
    requests: u64,
    duration_s: f64,
    requests_per_min: f64,
    total_mean: f64,
    total_percentiles: [f64; 5],
    total_max: f64,
    input_mean: f64,
    output_mean: f64,
    buckets: [u64; 8],
    windows: &'static [u64],
    blocks: (u64, u64),
    /// Block-weighted, by size of the cache.
    lru: [f64; 5],
    /// Infinite cache, in percent: block-weighted, token-weighted, full-block-weighted, mean of
    /// block rates.
    infinite: [f64; 4],
    fully_covered: u64,
}

fn sample(name: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/samples/mooncake");
    let path = folder.join(name);
    if path.is_file() {
        return Some(path);
    }
    eprintln!("skipped: no sample at {}", path.display());
    None
}

/// Equal after rounding to the digits that are written down.
fn near(value: f64, expected: f64, digits: i32, what: &str) {
    let unit = 10_f64.powi(-digits);
    assert!((value - expected).abs() <= 0.5001 * unit, "{what}: {value}, expected {expected}");
}

fn check(trace: &Trace, golden: &Golden) {
    let Trace { file, stats } = trace;
    assert_eq!((stats.requests, file.refused, file.problems.len()), (golden.requests, 0, 0));
    let arrivals = stats.arrivals.as_ref().expect("has times");
    assert_eq!(arrivals.duration_s, golden.duration_s);
    near(arrivals.requests_per_min.expect("has a rate"), golden.requests_per_min, 1, "rate");
    let windows: Vec<_> = arrivals.windows.iter().map(|window| window.requests).collect();
    assert_eq!(windows, golden.windows);
    assert!(arrivals.windows.last().is_some_and(|window| window.partial));
    assert_eq!(arrivals.backward, 0);

    let sizes = &stats.sizes;
    let total = &sizes.total.as_ref().expect("has lengths").summary;
    near(total.mean, golden.total_mean, 2, "mean");
    for (milli, expected) in
        [25_000, 50_000, 75_000, 90_000, 99_000].into_iter().zip(golden.total_percentiles)
    {
        let found = total.percentiles.iter().find(|(at, _)| *at == milli).expect("is computed").1;
        near(found, expected, 1, "percentile");
    }
    assert_eq!(total.max, golden.total_max);
    near(sizes.input.as_ref().expect("has").summary.mean, golden.input_mean, 2, "input");
    near(sizes.output.as_ref().expect("has").summary.mean, golden.output_mean, 2, "output");
    let buckets: Vec<_> = sizes.buckets.iter().map(|bucket| bucket.requests).collect();
    assert_eq!(buckets, golden.buckets);

    let blocks = stats.blocks.as_ref().expect("has blocks");
    assert_eq!((blocks.total, blocks.unique), golden.blocks);
    assert_eq!((blocks.size.tokens, blocks.size.fits), (512, golden.requests));
    assert_eq!(blocks.beyond_run, 0);
    for (cache, expected) in blocks.caches.iter().zip(golden.lru) {
        near(100.0 * cache.block_weighted.expect("has"), expected, 2, "LRU");
    }
    let infinite = blocks.caches.last().expect("is always there");
    let unique_share = blocks.unique as f64 / blocks.total as f64;
    near(infinite.block_weighted.expect("has"), 1.0 - unique_share, 12, "1 - unique / total");
    let rates = [
        (infinite.block_weighted, 2),
        (infinite.token_weighted, 2),
        (infinite.full_block_weighted, 1),
        (infinite.mean_block_rate, 2),
    ];
    for ((rate, digits), expected) in rates.into_iter().zip(golden.infinite) {
        near(100.0 * rate.expect("has"), expected, digits, "hit rate");
    }
    assert_eq!(infinite.fully_covered, golden.fully_covered);
}

#[test]
fn the_conversation_trace_gives_its_golden_values() {
    let Some(path) = sample("conversation_trace.jsonl") else { return };
    let trace = summarize(&path, &TraceOptions::default()).expect("is a trace");
    let golden = Golden {
        requests: 12_031,
        duration_s: 3536.999,
        requests_per_min: 204.1,
        total_mean: 12_377.68,
        total_percentiles: [2692.5, 7255.0, 15_657.5, 27_723.0, 85_850.8],
        total_max: 126_527.0,
        input_mean: 12_035.06,
        output_mean: 342.62,
        buckets: [4560, 2707, 2699, 1462, 306, 153, 78, 66],
        windows: &[918, 832, 978, 930, 1007, 1054, 1039, 1093, 1089, 1103, 1104, 884],
        blocks: (288_500, 182_790),
        lru: [4.45, 21.12, 32.57, 35.46, 36.37],
        infinite: [36.64, 37.36, 38.2, 38.43],
        fully_covered: 118,
    };
    check(&trace, &golden);
    let blocks = trace.stats.blocks.expect("has blocks");
    let infinite = blocks.caches.last().expect("is always there");
    near(100.0 * infinite.mean_token_rate.expect("has"), 40.94, 2, "mean of token rates");
    let arrivals = trace.stats.arrivals.expect("has times");
    assert_eq!(arrivals.distinct_times, 1180);
    assert!(arrivals.in_batches());
}

#[test]
fn the_synthetic_trace_gives_its_golden_values() {
    let Some(path) = sample("synthetic_trace.jsonl") else { return };
    let trace = summarize(&path, &TraceOptions::default()).expect("is a trace");
    let golden = Golden {
        requests: 3993,
        duration_s: 1022.025,
        requests_per_min: 234.4,
        total_mean: 15_474.60,
        total_percentiles: [700.0, 11_646.0, 23_345.0, 38_617.2, 66_467.1],
        total_max: 191_386.0,
        input_mean: 15_325.48,
        output_mean: 149.12,
        buckets: [1660, 256, 933, 806, 273, 48, 6, 11],
        windows: &[1091, 1163, 1215, 524],
        blocks: (121_877, 43_924),
        lru: [8.25, 42.35, 62.42, 63.96, 63.96],
        infinite: [63.96, 65.12, 66.1, 42.32],
        fully_covered: 213,
    };
    check(&trace, &golden);
}
