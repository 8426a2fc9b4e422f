//! `rate_mismatch`, and `kv_pressure` and `queue_buildup` on worker logs.

use std::sync::Arc;

use inferguard_model::{
    BatchPhase, Engine, LineCounts, LogClock, RankSeries, WorkerGauge, WorkerLaunch, WorkerLoad,
    WorkerLog, WorkerMemory, WorkerRole,
};

use super::*;

const RATES: &str = "rate_mismatch";
const SECOND: i64 = 1_000_000_000;

fn log(role: WorkerRole, worker: u32, series: RankSeries) -> Arc<WorkerLog> {
    Arc::new(WorkerLog {
        node: "n".into(),
        role,
        worker,
        file_name: format!("n_{}_w{worker}.out", role.name()).into(),
        engine: Some(Engine::Sglang),
        clock: Some(LogClock::Local),
        ranks: vec![series],
        events: Vec::new(),
        memory: WorkerMemory::default(),
        launch: WorkerLaunch::default(),
        lines: LineCounts::default(),
    })
}

/// Two workers of each role over 100 s: prefill computes 100 × `per_batch` tokens in each second
/// that it works, which are those in which `works` holds; decode generates 1,000 tokens/s. ISL is
/// 100 and OSL 50, so that decode gives out 40 requests/s.
fn deployment(per_batch: f64, works: impl Fn(i64) -> bool, seconds: i64) -> CellBuilder {
    let mut builder = cell("c").value("mean_isl", 100.0).value("mean_osl", 50.0);
    let evidence = &mut builder.cell.evidence;
    for worker in 0..2 {
        let mut prefill = RankSeries::new(Some(0), BatchPhase::Prefill);
        let mut decode = RankSeries::new(Some(0), BatchPhase::Decode);
        for second in 0..=200 {
            if works(second) {
                let tokens = 100.0 * per_batch;
                prefill.push(second * SECOND, [(WorkerGauge::ComputedTokens, tokens)]);
            }
            decode.push(second * SECOND, [(WorkerGauge::GenerationTput, 1000.0)]);
        }
        evidence.workers.push(log(WorkerRole::Prefill, worker, prefill));
        evidence.workers.push(log(WorkerRole::Decode, worker, decode));
    }
    evidence.worker_load = evidence
        .workers
        .iter()
        .map(|log| WorkerLoad { log: Arc::clone(log), window_ns: (0, seconds * SECOND) })
        .collect();
    builder
}

fn rates(cell: CellBuilder) -> String {
    Tree::of([cell]).answers(RATES).remove(0)
}

#[test]
fn rates_over_the_whole_load_have_a_limit() {
    let always = |_| true;
    assert_eq!(rates(deployment(20.0, always, 100)), "c clear");
    assert_eq!(rates(deployment(24.9, always, 100)), "c clear");
    assert_eq!(
        rates(deployment(25.0, always, 100)),
        "c warning: prefill takes in 50.0 requests/s, decode gives out 40.0: work piles up between the roles or is lost"
    );
    assert!(rates(deployment(16.0, always, 100)).contains("decode does work that prefill"));
    assert_eq!(rates(deployment(16.1, always, 100)), "c clear");
}

#[test]
fn a_role_that_waits_for_the_other_is_told() {
    // The same requests, in two thirds of the time.
    assert_eq!(
        rates(deployment(30.0, |second| second % 3 > 0, 99)),
        "c info: prefill works 66.7 % of the time and would do 60.0 requests/s all of it; decode does 40.0 while it works"
    );
    assert_eq!(rates(deployment(25.0, |second| second % 5 > 0, 100)), "c clear");
}

#[test]
fn what_is_not_known_is_not_evaluated() {
    let always = |_| true;
    assert_eq!(rates(cell("c")), "c not evaluated: no worker logs");
    assert_eq!(
        rates(deployment(20.0, always, 29)),
        "c not evaluated: the load was too short for a rate match"
    );
    assert!(rates(deployment(20.0, always, 30)).starts_with("c clear"));
    let mut unplaced = deployment(20.0, always, 100);
    unplaced.cell.evidence.worker_load.clear();
    assert!(rates(unplaced).contains("is not known"));
    let mut idle = deployment(20.0, |_| false, 100);
    idle.cell.evidence.worker_load.retain(|load| !load.log.ranks[0].is_empty());
    assert!(rates(idle).contains("no samples of both"));
}

#[test]
fn gauges_of_ranks_are_looked_at_under_the_load_only() {
    let with = |full: std::ops::Range<i64>| {
        let mut series = RankSeries::new(Some(7), BatchPhase::Decode);
        for second in 0..100 {
            let usage = if full.contains(&second) { 0.95 } else { 0.5 };
            series.push(
                second * SECOND,
                [(WorkerGauge::KvUsage, usage), (WorkerGauge::Queued, second as f64)],
            );
        }
        let mut builder = cell("c");
        let log = log(WorkerRole::Decode, 0, series);
        builder.cell.evidence.worker_load =
            vec![WorkerLoad { log, window_ns: (20 * SECOND, 60 * SECOND) }];
        builder
    };
    let pressure = |full| Tree::of([with(full)]).answers("kv_pressure").remove(0);
    assert_eq!(pressure(0..20), "c clear");
    assert_eq!(
        pressure(30..33),
        "c warning: KV usage of decode w0 DP7 on n at 90.0 % or more on 3 of 40 samples, 3 in a row"
    );
    let queue = Tree::of([with(0..1)]).answers("queue_buildup").remove(0);
    assert!(queue.starts_with("c warning: requests waiting at decode w0 DP7 on n grow"), "{queue}");
}
