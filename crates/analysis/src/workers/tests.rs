//! Logs built by hand, two prefill and two decode workers.

use std::sync::Arc;

use inferguard_model::{
    BatchPhase, Cell, Engine, LineCounts, LogClock, Metric, Origin, Quantity, RankSeries, Stat,
    WorkerGauge, WorkerLaunch, WorkerLoad, WorkerLog, WorkerMemory, WorkerRole,
};

use super::grid::{self, Grid};
use super::rates::{rate_match, why};
use super::series::{GroupBy, series};
use super::settle;
use WorkerGauge::{
    CachedTokens, ComputedTokens, GenerationTput, InputTput, KvUsage, Queued, Running,
};

const SECOND: i64 = 1_000_000_000;
const HOUR: i64 = 3600 * SECOND;

fn log(role: WorkerRole, worker: u32, ranks: Vec<RankSeries>) -> WorkerLog {
    WorkerLog {
        node: format!("node-{worker}").into(),
        role,
        worker,
        file_name: format!("node-{worker}_{}_w{worker}.out", role.name()).into(),
        engine: Some(Engine::Sglang),
        clock: Some(LogClock::Local),
        lines: LineCounts {
            sampled: ranks.iter().map(|r| r.len() as u64).sum(),
            ..LineCounts::default()
        },
        ranks,
        events: Vec::new(),
        memory: WorkerMemory::default(),
        launch: WorkerLaunch::default(),
    }
}

/// A decode rank that generates 100 tokens/s with a line every two seconds.
fn decode(dp: u32, seconds: impl Iterator<Item = i64>) -> RankSeries {
    let mut series = RankSeries::new(Some(dp), BatchPhase::Decode);
    for second in seconds {
        series.push(second * SECOND, [(GenerationTput, 100.0), (Running, 8.0), (KvUsage, 0.5)]);
    }
    series
}

/// A prefill rank that computes 300 tokens and finds 100 in each line.
fn prefill(dp: u32, seconds: impl Iterator<Item = i64>) -> RankSeries {
    let mut series = RankSeries::new(Some(dp), BatchPhase::Prefill);
    for second in seconds {
        let values =
            [(ComputedTokens, 300.0), (CachedTokens, 100.0), (Queued, 2.0), (InputTput, 1.0)];
        series.push(second * SECOND, values);
    }
    series
}

fn loads(logs: Vec<WorkerLog>, window: (i64, i64)) -> Vec<WorkerLoad> {
    let window_ns = (window.0 * SECOND, window.1 * SECOND);
    logs.into_iter().map(|log| WorkerLoad { log: Arc::new(log), window_ns }).collect()
}

fn cell(logs: Vec<WorkerLog>, window: (i64, i64)) -> Cell {
    let mut cell = Cell::default();
    let evidence = &mut cell.evidence;
    evidence.workers = logs.into_iter().map(Arc::new).collect();
    evidence.window_local_ns = Some((window.0 * SECOND, window.1 * SECOND));
    for (quantity, mean) in [(Quantity::Isl, 400.0), (Quantity::Osl, 50.0)] {
        let origin = Origin::derived("test");
        evidence.metrics.set(Metric::new(Stat::Mean, quantity), mean, origin);
    }
    cell
}

fn total(steps: Option<&Vec<f64>>) -> f64 {
    steps.expect("is known").iter().sum()
}

#[test]
fn tokens_of_all_ranks_add_up_whatever_the_grid() {
    for window in [(100, 200), (100, 1100), (101, 200)] {
        let ranks = || vec![decode(0, (0..2000).step_by(2)), decode(1, (1..2000).step_by(2))];
        let logs = vec![log(WorkerRole::Decode, 0, ranks()), log(WorkerRole::Decode, 1, ranks())];
        let all = series(&loads(logs, window), GroupBy::Role);
        let [role] = &all[..] else { panic!("{all:?}") };
        assert_eq!(role.ranks, 4);
        let expected = 4.0 * 100.0 * (window.1 - window.0) as f64;
        assert!((total(role.generated_tokens.as_ref()) - expected).abs() < 1e-6);
        let running = &role.held[&Running];
        assert!(running.iter().all(|held| *held == Some(32.0)), "{running:?}");
        assert!(role.held[&KvUsage].iter().all(|held| *held == Some(0.5)));
        assert!(running.len() <= grid::MOST_STEPS);
    }
}

#[test]
fn groups_by_rank_worker_and_node() {
    let logs = || {
        vec![
            log(WorkerRole::Prefill, 0, vec![prefill(0, 0..50)]),
            log(WorkerRole::Decode, 0, vec![decode(0, 0..50), decode(1, 0..50)]),
        ]
    };
    let labels = |by| {
        let all = series(&loads(logs(), (0, 50)), by);
        all.iter().map(|series| series.group.label()).collect::<Vec<_>>()
    };
    assert_eq!(labels(GroupBy::Role), ["prefill", "decode"]);
    assert_eq!(labels(GroupBy::Node), ["prefill on node-0", "decode on node-0"]);
    assert_eq!(labels(GroupBy::Worker), ["prefill w0 on node-0", "decode w0 on node-0"]);
    assert_eq!(
        labels(GroupBy::Rank),
        ["prefill w0 DP0 on node-0", "decode w0 DP0 on node-0", "decode w0 DP1 on node-0"]
    );
}

#[test]
fn an_idle_rank_counts_as_zero_and_its_tokens_are_exact() {
    // Two seconds apart, then silent for 40 s: what came then came at the end of the pause.
    let mut rank = decode(0, (0..=20).step_by(2));
    rank.push(60 * SECOND, [(GenerationTput, 5.0), (Running, 8.0)]);
    let grid = Grid::over((0, 61 * SECOND)).expect("has a length");
    let tokens = grid::tokens(&rank, None, Some(GenerationTput), &grid).expect("is known");
    assert!((tokens.iter().sum::<f64>() - (2000.0 + 5.0 * 40.0)).abs() < 1e-6);
    assert_eq!(tokens[30], 0.0, "nothing in the pause");
    assert!(tokens[58] > 0.0);
    let running = grid::held(&rank, Running, &grid);
    assert_eq!((running[22], running[40], running[60]), (Some(8.0), Some(0.0), Some(8.0)));
    let usage = grid::held(&rank, KvUsage, &grid);
    assert_eq!((usage[22], usage[40]), (Some(0.5), None), "a share of an idle rank is not known");
}

#[test]
fn ranks_that_share_a_series_come_in_turn() {
    // Four ranks of 100 tokens/s, each with a line every four seconds, none with its name.
    let mut shared = decode(0, 0..400);
    (shared.dp_rank, shared.writers) = (None, 4);
    let grid = Grid::over((100 * SECOND, 200 * SECOND)).expect("has a length");
    let tokens = grid::tokens(&shared, None, Some(GenerationTput), &grid).expect("is known");
    assert!((tokens.iter().sum::<f64>() - 4.0 * 100.0 * 100.0).abs() < 1e-6);
    assert_eq!(grid::held(&shared, Running, &grid)[50], Some(32.0));
}

#[test]
fn lines_of_both_phases_of_a_rank_tell_one_queue() {
    let mut both = vec![decode(0, 0..50), prefill(0, 0..50)];
    both[0].push(50 * SECOND, [(Queued, 2.0)]);
    let mut all =
        series(&loads(vec![log(WorkerRole::Aggregated, 0, both)], (0, 50)), GroupBy::Role);
    let role = all.remove(0);
    assert_eq!((role.ranks, role.held[&Queued][10]), (1, Some(2.0)));
    assert_eq!(total(role.input_tokens.as_ref()), 15_000.0);
    assert_eq!(total(role.cached_tokens.as_ref()), 5_000.0);
}

fn two_and_two(idle: bool) -> Vec<WorkerLog> {
    let step = if idle { 4 } else { 1 };
    let prefill =
        |worker| log(WorkerRole::Prefill, worker, vec![prefill(0, (0..400).step_by(step))]);
    // 100 tokens/s for each of two ranks of two workers, ÷ 50: 8 requests/s.
    let decode =
        |worker| log(WorkerRole::Decode, worker, vec![decode(0, 0..400), decode(1, 0..400)]);
    vec![prefill(0), prefill(1), decode(0), decode(1)]
}

#[test]
fn the_rate_match_counts_all_workers_on_one_clock() {
    let mut cells = [cell(two_and_two(true), (100, 200))];
    settle(&mut cells);
    assert_eq!(cells[0].evidence.worker_load.len(), 4);
    let found = rate_match(&cells[0]).expect("is known");
    let (prefill, decode) = (found.prefill, found.decode);
    assert_eq!((prefill.workers, prefill.ranks, decode.workers, decode.ranks), (2, 2, 2, 4));
    // Two workers of 400 tokens every fourth second, ÷ 400: half a request/s; a fourth of the time.
    assert!((prefill.tokens_per_second - 200.0).abs() < 1e-9);
    assert!((prefill.requests_per_second - 0.5).abs() < 1e-9);
    assert!((prefill.at_work - 0.25).abs() < 1e-9);
    assert!((prefill.requests_per_second_at_work - 2.0).abs() < 1e-9);
    assert_eq!(prefill.cached, Some(0.25));
    assert!((decode.requests_per_second - 8.0).abs() < 1e-9);
    assert!((found.flow() - 16.0).abs() < 1e-9 && (found.at_work() - 4.0).abs() < 1e-9);
}

#[test]
fn what_a_rate_match_cannot_do_without() {
    let settled = |mut cell: Cell| {
        settle(std::slice::from_mut(&mut cell));
        rate_match(&cell)
    };
    assert_eq!(settled(Cell::default()), Err(why::NO_LOGS));
    let one_role = vec![log(WorkerRole::Decode, 0, vec![decode(0, 0..9)])];
    assert_eq!(settled(cell(one_role, (0, 9))), Err(why::ONE_ROLE));
    let mut unplaced = cell(two_and_two(false), (0, 9));
    unplaced.evidence.window_local_ns = None;
    assert_eq!(settled(unplaced), Err(why::NOT_PLACED));
    let mut lengths = cell(two_and_two(false), (0, 90));
    lengths.evidence.metrics = inferguard_model::MetricSet::default();
    assert_eq!(settled(lengths.clone()), Err(why::NO_LENGTHS));
    (lengths.evidence.identity.isl, lengths.evidence.identity.osl) = (Some(400), Some(50));
    assert!(settled(lengths).is_ok_and(|found| found.isl == (400.0, true)));
    let mut fewer = cell(two_and_two(false), (0, 90));
    fewer.evidence.identity.topology.decode.num_workers = Some(3);
    assert_eq!(settled(fewer), Err(why::WORKERS_MISSING));
}

#[test]
fn each_load_of_a_job_takes_its_own_part() {
    let mut first = cell(two_and_two(false), (10, 110));
    let mut second = first.clone();
    second.evidence.window_local_ns = Some((200 * SECOND, 300 * SECOND));
    first.evidence.window_local_ns = Some((10 * SECOND, 110 * SECOND));
    let mut cells = [first, second];
    settle(&mut cells);
    let starts = cells.each_ref().map(|cell| cell.evidence.worker_load[0].window_ns.0 / SECOND);
    assert_eq!(starts, [10, 200]);
    let shared = |at: usize| Arc::as_ptr(&cells[at].evidence.worker_load[0].log);
    assert_eq!(shared(0), shared(1));
}

#[test]
fn a_zone_that_nobody_writes_is_found_by_what_lies_under_the_load() {
    let place = |clock, shift: i64, window: (i64, i64), utc: bool| {
        let rank = decode(0, 1000..2000);
        let mut worker = log(WorkerRole::Decode, 0, vec![rank]);
        worker.clock = Some(clock);
        let mut one = cell(vec![worker], (0, 0));
        let bounds = (window.0 * SECOND + shift, window.1 * SECOND + shift);
        one.evidence.window_local_ns = None;
        if utc {
            one.evidence.window_ns = Some(bounds);
        } else {
            one.evidence.window_local_ns = Some(bounds);
        }
        settle(std::slice::from_mut(&mut one));
        let placed = one.evidence.worker_load.first().map(|load| load.window_ns.0 / SECOND);
        (
            placed,
            one.evidence.problems.iter().map(|(_, p)| p.message.to_string()).collect::<Vec<_>>(),
        )
    };
    assert_eq!(place(LogClock::Local, 0, (1100, 1900), false), (Some(1100), vec![]));
    let (at, told) = place(LogClock::Local, 7 * HOUR, (1100, 1900), true);
    assert_eq!(at, Some(1100));
    assert_eq!(
        told,
        ["decode w0 on node-0: no zone is written; its times fit the load when moved by +7 h"]
    );
    let (at, told) = place(LogClock::Utc, -5 * HOUR - HOUR / 2, (1100, 1900), false);
    assert_eq!((at, told.len()), (Some(1100), 1), "half an hour");
    let (at, told) = place(LogClock::Utc, 300 * HOUR, (1100, 1900), true);
    assert_eq!(at, None);
    assert_eq!(
        told,
        [
            "decode w0 on node-0: its samples were not used: no line lies under a load, whatever the zone"
        ]
    );
}

#[test]
fn a_year_that_is_not_written_is_that_of_the_load() {
    let of = |written: &str, load: &str| {
        let at = |text: &str| {
            let at: jiff::Timestamp = text.parse().expect("a time");
            at.as_second()
        };
        let mut rank = decode(0, std::iter::empty());
        for second in 0..100 {
            rank.push((at(written) + second) * SECOND, [(Running, 1.0)]);
        }
        let mut worker = log(WorkerRole::Decode, 0, vec![rank]);
        worker.clock = Some(LogClock::LocalWithoutYear);
        let mut one = cell(vec![worker], (at(load), at(load) + 20));
        settle(std::slice::from_mut(&mut one));
        one.evidence.worker_load.first().map(|load| load.window_ns.0 / SECOND - at(written))
    };
    assert_eq!(of("2000-05-01T10:00:00Z", "2026-05-01T10:00:20Z"), Some(20));
    assert_eq!(of("2000-12-31T23:59:00Z", "2026-01-01T00:00:10Z"), Some(70));
    assert_eq!(of("2000-02-29T10:00:00Z", "2028-02-29T10:00:05Z"), Some(5));
}

#[test]
fn a_worker_counts_once() {
    let with = |change: &dyn Fn(&mut WorkerLog)| {
        let original = log(WorkerRole::Decode, 0, vec![decode(0, 0..50)]);
        let mut copy = original.clone();
        change(&mut copy);
        let mut one = cell(vec![original, copy], (0, 50));
        settle(std::slice::from_mut(&mut one));
        (one.evidence.worker_load.len(), one.evidence.problems.len())
    };
    assert_eq!(with(&|_| ()), (1, 0), "a copy");
    let err = |log: &mut WorkerLog| log.file_name = "node-0_decode_w0.err".into();
    assert_eq!(
        with(&|log| {
            err(log);
            log.ranks.clear();
            log.lines.sampled = 0;
        }),
        (1, 0)
    );
    let other = |log: &mut WorkerLog| {
        log.ranks = vec![decode(0, 3..60)];
        log.lines.sampled = 57;
    };
    assert_eq!(
        with(&|log| {
            err(log);
            other(log);
        }),
        (1, 1),
        "both streams hold samples"
    );
    assert_eq!(with(&|log| other(log)), (2, 1), "two workers of one name");
}

#[test]
fn a_date_that_is_written_late_does_not_move_the_load() {
    // Busy up to second 399; the client counted tokens until second 431.
    let mut cells = [cell(two_and_two(false), (331, 431))];
    settle(&mut cells);
    let evidence = &cells[0].evidence;
    assert_eq!(evidence.worker_load[0].window_ns, (299 * SECOND, 399 * SECOND));
    assert_eq!(evidence.problems.len(), 1);
    let mut exact = cell(two_and_two(false), (331, 431));
    exact.evidence.window_local_ns = None;
    exact.evidence.window_ns = Some((331 * SECOND, 431 * SECOND));
    exact.evidence.workers = two_and_two(false)
        .into_iter()
        .map(|log| Arc::new(WorkerLog { clock: Some(LogClock::Utc), ..log }))
        .collect();
    settle(std::slice::from_mut(&mut exact));
    assert_eq!(exact.evidence.worker_load[0].window_ns.1, 431 * SECOND, "a clock is kept to");
}

#[test]
fn a_measured_window_is_put_on_the_clock_of_the_logs_by_the_date() {
    // The date is written 3 s after the end, and two hours east of UTC, as the logs are.
    let mut cells = [cell(two_and_two(false), (202, 203))];
    cells[0].evidence.window_ns = Some((100 * SECOND - 2 * HOUR, 200 * SECOND - 2 * HOUR));
    settle(&mut cells);
    let evidence = &cells[0].evidence;
    assert_eq!(evidence.worker_load.len(), 4);
    assert_eq!(evidence.worker_load[0].window_ns, (100 * SECOND, 200 * SECOND));
    assert_eq!(evidence.problems.len(), 0);
}
