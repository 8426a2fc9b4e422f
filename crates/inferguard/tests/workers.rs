//! Worker logs of whole jobs: from files to the section of a cell and to findings.

use std::path::{Path, PathBuf};

use inferguard::schema::{Cell, Report, WorkersSection};
use inferguard::{Options, analyze};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/srtslurm/workers").join(name)
}

fn report(name: &str) -> Report {
    analyze(&fixture(name), &Options::default()).expect("there are results").report
}

fn workers(cell: &Cell) -> &WorkersSection {
    cell.workers.as_deref().unwrap_or_else(|| panic!("no workers: {:?}", cell.problems))
}

fn close(value: f64, expected: f64, share: f64) -> bool {
    (value / expected - 1.0).abs() <= share
}

#[test]
fn each_load_of_a_job_has_its_own_part_of_the_logs() {
    let report = report("sglang-2026");
    assert_eq!(report.cells.len(), 2, "{:?}", report.cells);
    for cell in &report.cells {
        let section = workers(cell);
        assert_eq!(section.logs.len(), 4);
        assert_eq!((section.seconds, section.step_seconds), (60.0, 1.0));
        let [prefill, decode] = &section.series[..] else { panic!("{:?}", section.series) };
        assert_eq!((prefill.workers, prefill.ranks, decode.workers, decode.ranks), (2, 4, 2, 4));
        assert!(decode.gauges.0.iter().all(|(_, values)| values.len() == 60));
        let rates = section.rate_match.as_ref().expect("both roles have samples");
        // The client counted 600 requests in 60 s.
        assert!(close(rates.prefill_requests_per_second, 10.0, 0.05), "{rates:?}");
        assert!(close(rates.decode_requests_per_second, 10.0, 0.05), "{rates:?}");
        assert!(close(rates.prefill_at_work_share, 0.25, 0.1), "{rates:?}");
        assert!(rates.decode_at_work_share > 0.95, "{rates:?}");
        let late = cell.problems.iter().any(|p| p.message.contains("after the last work"));
        assert!(late, "{:?}", cell.problems);
    }
    let codes = |at: usize| {
        let of = report.cells[at].findings.iter();
        of.map(|finding| finding.code.as_ref()).collect::<Vec<_>>()
    };
    let quiet = |code| !codes(0).contains(&code) && codes(1).contains(&code);
    assert!(quiet("kv_pressure"), "{:?} {:?}", codes(0), codes(1));
    assert!(quiet("queue_buildup"), "{:?} {:?}", codes(0), codes(1));
    let told = report.cells[0].findings.iter().find(|f| f.code == "rate_mismatch");
    let told = told.map(|finding| finding.message.as_str());
    assert!(
        told.is_some_and(|text| text.starts_with("prefill works 25.0 % of the time")),
        "{told:?}"
    );
    let whole = serde_json::to_string(&report).expect("serializes");
    assert!(!whole.contains("not-a-real-key"));
}

#[test]
fn rates_of_every_engine_are_those_of_the_client() {
    for name in ["vllm-2026", "trtllm-2026"] {
        // The date is two seconds late, too little to be told from the time between two lines.
        let tolerance = 0.04;
        let report = report(name);
        let rates = workers(&report.cells[0]).rate_match.clone().expect("both roles have samples");
        assert!(close(rates.prefill_requests_per_second, 10.0, tolerance), "{name} {rates:?}");
        assert!(close(rates.decode_requests_per_second, 10.0, tolerance), "{name} {rates:?}");
        let fired = report.findings.iter().find(|finding| finding.code == "rate_mismatch");
        assert_eq!(fired, None, "{name}");
    }
}
