//! Traces of a few requests built by hand, and laws that hold for every trace.

use proptest::prelude::*;

use super::*;

fn tally(options: &TraceOptions, requests: &[TraceRequest<'_>]) -> TraceStats {
    let mut tally = TraceTally::new(options);
    for (request, line) in requests.iter().zip(1..) {
        tally.push(&TraceRequest { line, ..*request });
    }
    tally.finish()
}

fn at(seconds: i64, input: u32, output: u32) -> TraceRequest<'static> {
    TraceRequest {
        at_ns: Some(seconds * 1_000_000_000),
        input_tokens: Some(input),
        output_tokens: Some(output),
        ..TraceRequest::default()
    }
}

fn caches(capacities: &[u32]) -> TraceOptions {
    TraceOptions { capacities: capacities.to_vec(), ..TraceOptions::default() }
}

#[test]
fn windows_count_from_the_earliest_request_and_mark_the_last() {
    let requests = [at(100, 10, 1), at(399, 20, 2), at(400, 30, 3), at(1100, 40, 4), at(350, 5, 5)];
    let arrivals = tally(&TraceOptions::default(), &requests).arrivals.expect("has times");
    let windows: Vec<_> = arrivals
        .windows
        .iter()
        .map(|w| (w.index, w.start_s, w.covered_s, w.partial, w.requests, w.input_tokens))
        .collect();
    assert_eq!(
        windows,
        [
            (0, 0.0, 300.0, false, 3, 35),
            (1, 300.0, 300.0, false, 1, 30),
            (3, 900.0, 100.0, true, 1, 40)
        ]
    );
    assert_eq!(arrivals.empty_windows, 1);
    assert_eq!((arrivals.first_s, arrivals.duration_s), (100.0, 1000.0));
    assert_eq!(arrivals.requests_per_min, Some(5.0 / (1000.0 / 60.0)));
    assert_eq!(arrivals.windows[2].requests_per_min, Some(0.6));
    assert_eq!((arrivals.backward, arrivals.first_backward_line), (1, Some(5)));
    assert!(!arrivals.in_batches());
}

#[test]
fn requests_at_one_time_have_no_rate() {
    let arrivals = tally(&TraceOptions::default(), &[at(5, 1, 1); 4]).arrivals.expect("has times");
    assert_eq!((arrivals.duration_s, arrivals.requests_per_min), (0.0, None));
    assert_eq!(arrivals.windows[0].requests_per_min, None);
    assert_eq!((arrivals.distinct_times, arrivals.in_batches()), (1, false));
    let stats =
        tally(&TraceOptions::default(), &[at(0, 1, 1), at(0, 1, 1), at(3, 1, 1), at(3, 1, 1)]);
    assert!(stats.arrivals.expect("has times").in_batches());
}

#[test]
fn what_is_not_stated_is_absent() {
    let stats = tally(&TraceOptions::default(), &[TraceRequest::default()]);
    assert_eq!((stats.requests, stats.arrivals, stats.sessions), (1, None, None));
    assert_eq!((stats.blocks, stats.sizes.total, stats.sizes.buckets), (None, None, vec![]));
    let only_input = TraceRequest { input_tokens: Some(7), ..TraceRequest::default() };
    let sizes = tally(&TraceOptions::default(), &[only_input, at(0, 1, 1)]).sizes;
    assert_eq!(sizes.input.expect("two").summary.n, 2);
    assert_eq!(sizes.total.expect("one").sum, 2);
}

#[test]
fn buckets_hold_their_lower_bound_and_above_is_strict() {
    let requests = [at(0, 4999, 0), at(0, 4999, 1), at(0, 100_000, 0), at(0, 99_999, 0)];
    let options = TraceOptions { above: vec![5_000, 99_999], ..TraceOptions::default() };
    let sizes = tally(&options, &requests).sizes;
    let counts: Vec<_> = sizes.buckets.iter().map(|bucket| bucket.requests).collect();
    assert_eq!(counts, [1, 1, 0, 0, 0, 0, 1, 1]);
    let above: Vec<_> =
        sizes.above.iter().map(|above| above.total.expect("has").requests).collect();
    assert_eq!(above, [2, 1]);
    assert_eq!(sizes.above[0].output.expect("has").share, 0.0);
}

#[test]
fn turns_are_counted_by_session() {
    let turn = |session| TraceRequest { session: Some(session), ..TraceRequest::default() };
    let requests = [turn("a"), turn("b"), TraceRequest::default(), turn("a"), turn("a")];
    let sessions = tally(&TraceOptions::default(), &requests).sessions.expect("has sessions");
    assert_eq!((sessions.requests, sessions.turns.n, sessions.turns.max), (4, 2, 3.0));
}

#[test]
fn each_hit_rate_is_its_definition() {
    // Blocks of 512: 1000 tokens are two blocks, the second of 488 tokens.
    let request = |input, blocks| TraceRequest {
        input_tokens: Some(input),
        blocks: Some(blocks),
        ..TraceRequest::default()
    };
    let requests = [
        request(1000, &[1, 2]),
        request(1000, &[1, 2]),
        request(1536, &[1, 3, 4]),
        request(0, &[]),
    ];
    let blocks = tally(&caches(&[1]), &requests).blocks.expect("has blocks");
    assert_eq!((blocks.requests, blocks.total, blocks.unique, blocks.beyond_run), (4, 7, 4, 0));
    let endless = &blocks.caches[1];
    assert_eq!((endless.capacity, endless.blocks_found, endless.fully_covered), (None, 3, 1));
    assert_eq!(endless.block_weighted, Some(3.0 / 7.0));
    assert_eq!(endless.token_weighted, Some(1512.0 / 3536.0));
    assert_eq!(endless.full_block_weighted, Some(3.0 / 5.0));
    assert_eq!(endless.mean_block_rate, Some((1.0 + 1.0 / 3.0) / 3.0));
    assert_eq!(endless.mean_token_rate, Some((1.0 + 1.0 / 3.0) / 3.0));
    // One block of cache holds the last block of the request before, never the first of the next.
    assert_eq!((blocks.caches[0].capacity, blocks.caches[0].blocks_found), (Some(1), 0));
}

#[test]
fn hashes_that_do_not_cover_what_is_before_them_are_noticed() {
    let request = |blocks| TraceRequest { blocks: Some(blocks), ..TraceRequest::default() };
    let blocks = tally(&caches(&[]), &[request(&[1, 2]), request(&[9, 2])]).blocks;
    let blocks = blocks.expect("has blocks");
    assert_eq!((blocks.beyond_run, blocks.caches[0].blocks_found), (1, 0));
    assert_eq!((blocks.size.checked, blocks.caches[0].token_weighted), (0, None));
}

/// A cache as one writes it down: a list, the latest use last.
fn by_brute_force(requests: &[Vec<u64>], capacity: usize) -> Vec<usize> {
    let mut cache: Vec<u64> = Vec::new();
    let mut found = Vec::new();
    for blocks in requests {
        found.push(blocks.iter().take_while(|block| cache.contains(block)).count());
        for block in blocks {
            cache.retain(|held| held != block);
            cache.push(*block);
            if cache.len() > capacity {
                cache.remove(0);
            }
        }
    }
    found
}

fn found(requests: &[Vec<u64>], capacities: &[u32]) -> Vec<CacheHits> {
    let requests: Vec<_> = requests
        .iter()
        .map(|blocks| TraceRequest { blocks: Some(blocks), ..TraceRequest::default() })
        .collect();
    tally(&caches(capacities), &requests).blocks.map_or_else(Vec::new, |blocks| blocks.caches)
}

/// Requests whose blocks repeat, also within one request and in any order.
fn any_requests() -> impl Strategy<Value = Vec<Vec<u64>>> {
    prop::collection::vec(prop::collection::vec(0..24_u64, 0..9), 1..60)
}

proptest! {
    #[test]
    fn every_cache_finds_what_a_plain_list_finds(
        requests in any_requests(),
        capacities in prop::collection::btree_set(1..30_u32, 0..6),
    ) {
        let sizes: Vec<u32> = capacities.into_iter().collect();
        let caches = found(&requests, &sizes);
        prop_assert_eq!(caches.len(), sizes.len() + 1);
        for cache in caches {
            let capacity = cache.capacity.map_or(usize::MAX, |capacity| capacity as usize);
            let expected = by_brute_force(&requests, capacity);
            prop_assert_eq!(cache.blocks_found, expected.iter().sum::<usize>() as u64);
            let covered = expected.iter().zip(&requests).filter(|(n, blocks)| **n == blocks.len());
            let covered = covered.filter(|(_, blocks)| !blocks.is_empty()).count();
            prop_assert_eq!(cache.fully_covered, covered as u64);
        }
    }

    #[test]
    fn a_larger_cache_never_finds_less(requests in any_requests()) {
        let caches = found(&requests, &(1..=30).collect::<Vec<_>>());
        for pair in caches.windows(2) {
            prop_assert!(pair[0].blocks_found <= pair[1].blocks_found);
            prop_assert!(pair[0].fully_covered <= pair[1].fully_covered);
            prop_assert!(pair[0].mean_block_rate <= pair[1].mean_block_rate);
        }
        // 24 different blocks at most, so that 24 are as good as no end.
        let endless = &caches[30];
        for cache in &caches[23..] {
            prop_assert_eq!(cache.blocks_found, endless.blocks_found);
        }
    }

    #[test]
    fn windows_sum_to_all_requests(
        times in prop::collection::vec(-1_000_000_000_i64..1_000_000_000, 1..200),
        window_ns in 1_u64..500_000_000,
    ) {
        let requests: Vec<_> = times
            .iter()
            .map(|at| TraceRequest { at_ns: Some(*at), input_tokens: Some(3), ..Default::default() })
            .collect();
        let options = TraceOptions { window_ns, ..TraceOptions::default() };
        let arrivals = tally(&options, &requests).arrivals.expect("has times");
        prop_assert_eq!(arrivals.windows.iter().map(|w| w.requests).sum::<u64>(), times.len() as u64);
        let tokens = arrivals.windows.iter().map(|w| w.input_tokens).sum::<u64>();
        prop_assert_eq!(tokens, 3 * times.len() as u64);
        let last = arrivals.windows.last().expect("one at least");
        let all = arrivals.windows.len() as u64 + arrivals.empty_windows;
        prop_assert_eq!(last.index + 1, all);
        prop_assert!(arrivals.windows.iter().rev().skip(1).all(|w| !w.partial));
    }
}
