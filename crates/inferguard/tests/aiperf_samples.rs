//! Real runs of AIPerf: what is computed from the records equals what the producer computed.

use std::path::{Path, PathBuf};

use inferguard::model::{
    Evidence, Fragment, FragmentKind, Metric, MetricSet, Quantity, Rank, RequestTable, Role,
    Scalar, Stat, TimeSlices,
};
use inferguard_aiperf::AiperfReader;
use inferguard_analysis::requests;
use inferguard_source::{Reader, Selection, list, read_entry};

/// Folders of the runs; the c16 of the sweep has two phases with summaries of their own.
const CELLS: [&str; 9] = [
    "0.3.0/c4",
    "0.3.0/errors",
    "0.13.0/cancel",
    "0.13.0/errors",
    "0.13.0/multiturn",
    "0.13.0/nonstream",
    "0.13.0/sweep/c1",
    "0.13.0/sweep/c4",
    "0.13.0/sweep/c16",
];

fn samples() -> Option<PathBuf> {
    sample("aiperf")
}

#[expect(clippy::print_stderr, reason = "a skipped test should say so")]
fn sample(name: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/samples").join(name);
    if !folder.is_dir() {
        eprintln!("skipped: no sample files in {}", folder.display());
        return None;
    }
    Some(folder)
}

/// Everything that the reader says of a folder, apart from its subfolders.
fn read(folder: &Path) -> Vec<Fragment> {
    let selection = Selection::new(&[], &[]).expect("no patterns");
    let listing = list(folder, &selection).expect("the folder can be listed");
    let readers: [&dyn Reader; 1] = [&AiperfReader::default()];
    let mut fragments = Vec::new();
    for (index, entry) in listing.files.iter().enumerate() {
        let (record, reading, _) = read_entry(&readers, index as u32, entry, Vec::new());
        assert!(record.problems.is_empty(), "{}: {:?}", record.path, record.problems);
        fragments.extend(reading.into_iter().flat_map(|reading| reading.fragments));
    }
    fragments
}

fn of_role(fragments: &[Fragment], role: Role) -> Option<&Fragment> {
    fragments.iter().find(|fragment| fragment.artifact.role == role)
}

/// The producer's summary, the requests, and what is computed from them.
struct Run {
    summary: Evidence,
    table: RequestTable,
    recomputed: MetricSet,
    fragments: Vec<Fragment>,
}

impl Run {
    fn of(folder: &Path) -> Self {
        let fragments = read(folder);
        let summary = of_role(&fragments, Role::AIPERF_JSON).expect("there is a summary");
        assert_eq!(summary.kind, FragmentKind::Result(Rank::Summary));
        let summary = (*summary.evidence).clone();
        let records = of_role(&fragments, Role::AIPERF_RECORDS).expect("there are records");
        let table = *records.table.clone().expect("the records are kept");
        let requests::Reduced { metrics: recomputed, problems, .. } =
            requests::reduce(&mut table.clone());
        assert_eq!(problems, []);
        Self { summary, table, recomputed, fragments }
    }

    fn stated(&self, quantity: Quantity) -> Option<f64> {
        self.summary.metrics.get(Metric::plain(quantity))
    }

    fn extra(&self, key: &str) -> Option<f64> {
        let found = self.summary.extra.iter().find(|(held, _)| &**held == key)?;
        match &found.1 {
            Scalar::Float(x) => Some(*x),
            Scalar::Int(n) => Some(*n as f64),
            _ => None,
        }
    }

    /// Length of the measured phase by the summary's local times, seconds.
    fn phase(folder: &Path) -> f64 {
        let text = std::fs::read_to_string(folder.join("profile_export_aiperf.json"))
            .expect("the summary is there");
        let json: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
        let time = |key: &str| -> jiff::civil::DateTime {
            json[key].as_str().expect("a time").parse().expect("a local time")
        };
        (time("end_time") - time("start_time")).total(jiff::Unit::Second).expect("a duration")
    }
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs())
}

#[test]
fn statistics_equal_those_of_the_producer() {
    let Some(samples) = samples() else { return };
    for cell in CELLS {
        let run = Run::of(&samples.join(cell));
        let mut compared = 0;
        for entry in &run.recomputed {
            if matches!(entry.metric, Metric { stat: Stat::Plain, quantity }
                if quantity != Quantity::RequestTputPerUser)
            {
                continue;
            }
            let Some(stated) = run.summary.metrics.get(entry.metric) else { continue };
            compared += 1;
            let name = entry.metric.name();
            assert!(close(entry.value, stated), "{cell} {name}: {} and {stated}", entry.value);
        }
        // Statistics of five distributions and interactivity; without a stream of three.
        let expected = if cell.ends_with("nonstream") { 24 } else { 54 };
        assert!(compared >= expected, "{cell}: only {compared} statistics were compared");
    }
}

#[test]
fn counts_and_amounts_equal_those_of_the_producer() {
    let Some(samples) = samples() else { return };
    for cell in CELLS {
        let run = Run::of(&samples.join(cell));
        assert_eq!(run.summary.completion.successful, Some(run.table.len() as u64), "{cell}");
        let records = of_role(&run.fragments, Role::AIPERF_RECORDS).expect("there are records");
        assert_eq!(run.summary.completion.total, records.evidence.completion.total, "{cell}");
        for quantity in [Quantity::TotalInputTokens, Quantity::TotalOutputTokens] {
            let recomputed = run.recomputed.get(Metric::plain(quantity));
            assert_eq!(run.stated(quantity), recomputed, "{cell} {quantity:?}");
        }
    }
}

#[test]
fn rates_are_the_amounts_over_the_window_of_their_version() {
    let Some(samples) = samples() else { return };
    for cell in CELLS {
        let folder = samples.join(cell);
        let run = Run::of(&folder);
        let window = run.stated(Quantity::Duration).expect("there is a duration");
        let benchmark = run.extra("benchmark_duration_seconds").expect("it is stated");
        if cell.starts_with("0.3.0") {
            assert_eq!(window, benchmark, "{cell}");
        } else {
            let phase = Run::phase(&folder);
            assert!((window - phase).abs() <= 1e-6, "{cell}: {window} and {phase}");
            assert!(window > benchmark, "{cell}");
        }
        let of_records = run.recomputed.get(Metric::plain(Quantity::Duration)).expect("known");
        assert!((of_records - benchmark).abs() <= 512e-9, "{cell}: {of_records} {benchmark}");
        for (rate, amount) in [
            (Quantity::Qps, Some(run.table.len() as f64)),
            (Quantity::OutputTput, run.stated(Quantity::TotalOutputTokens)),
            (Quantity::InputTput, run.stated(Quantity::TotalInputTokens)),
        ] {
            let (stated, amount) = (run.stated(rate).expect("known"), amount.expect("known"));
            assert!(close(stated * window, amount), "{cell} {rate:?}: {stated} × {window}");
        }
        let [total, input, output] =
            [Quantity::TotalTput, Quantity::InputTput, Quantity::OutputTput]
                .map(|quantity| run.stated(quantity).expect("known"));
        assert!(close(total, input + output), "{cell}");
    }
}

/// A run's objectives by tag, in the units that people read.
fn objectives(run: &Run) -> Vec<(String, f64)> {
    let of = |(key, value): &(Box<str>, Scalar)| {
        let tag = key.strip_prefix("slo/")?.to_owned();
        match value {
            Scalar::Float(limit) => Some((tag, *limit)),
            Scalar::Int(limit) => Some((tag, *limit as f64)),
            _ => None,
        }
    };
    run.summary.extra.iter().filter_map(of).collect()
}

fn is_good(table: &RequestTable, row: usize, tag: &str, milliseconds: f64) -> bool {
    let value = match tag {
        "time_to_first_token" => Some(table.ttft[row]),
        "request_latency" => Some(table.e2el[row]),
        "inter_token_latency" => table.tpot(row),
        other => panic!("no objective of the samples is on {other}"),
    };
    value.is_some_and(|seconds| seconds >= 0.0 && seconds * 1e3 <= milliseconds)
}

#[test]
fn goodput_equals_that_of_the_producer() {
    let Some(samples) = samples() else { return };
    let mut with_objectives = 0;
    for cell in CELLS {
        let run = Run::of(&samples.join(cell));
        let objectives = objectives(&run);
        if objectives.is_empty() {
            assert_eq!(run.stated(Quantity::GoodputRps), None, "{cell}");
            continue;
        }
        with_objectives += 1;
        let good = (0..run.table.len())
            .filter(|row| objectives.iter().all(|(tag, ms)| is_good(&run.table, *row, tag, *ms)))
            .count() as f64;
        let window = run.stated(Quantity::Duration).expect("known");
        let goodput = run.stated(Quantity::GoodputRps).expect("stated");
        assert!(close(goodput * window, good), "{cell}: {goodput} × {window}, {good}");
        let attempts = run.table.len() as u64 + run.table.failed;
        let fraction = run.stated(Quantity::GoodFraction).expect("known");
        assert!(close(fraction, good / attempts as f64), "{cell}: {fraction}");
    }
    assert_eq!(with_objectives, 7);
}

/// Rows by the slice in which they start.
fn slices_of(run: &Run, slices: &TimeSlices) -> Vec<(Vec<usize>, u64)> {
    let length = (slices.seconds.expect("the length is known") * 1e9) as i64;
    // Only requests that succeed count for where the first slice begins.
    let first = *run.table.start_ns.iter().min().expect("there are requests");
    let first = run.table.failures.iter().map(|f| f.start_ns).chain([first]).min().unwrap_or(first);
    let origin = if slices.on_the_clock { 0 } else { first };
    let index = |start: i64| (start - origin).div_euclid(length);
    let mut indexes: Vec<i64> = run.table.start_ns.iter().map(|s| index(*s)).collect();
    indexes.extend(run.table.failures.iter().map(|failure| index(failure.start_ns)));
    indexes.sort_unstable();
    indexes.dedup();
    let rows = |slice: &i64| {
        let of: Vec<usize> =
            (0..run.table.len()).filter(|row| index(run.table.start_ns[*row]) == *slice).collect();
        let failed = run.table.failures.iter().filter(|f| index(f.start_ns) == *slice).count();
        (of, failed as u64)
    };
    indexes.iter().map(rows).collect()
}

#[test]
fn slices_equal_those_of_the_producer() {
    let Some(samples) = samples() else { return };
    let mut with_slices = 0;
    for cell in CELLS {
        let run = Run::of(&samples.join(cell));
        let Some(json) = of_role(&run.fragments, Role::AIPERF_SLICES_JSON) else { continue };
        with_slices += 1;
        let slices = json.evidence.slices.as_ref().expect("there are slices");
        assert_eq!(slices.on_the_clock, cell.starts_with("0.3.0"), "{cell}");
        let recomputed = slices_of(&run, slices);
        assert_eq!(slices.slices.len(), recomputed.len(), "{cell}");
        for (n, (slice, (rows, failed))) in slices.slices.iter().zip(recomputed).enumerate() {
            assert_eq!(slice.successful, Some(rows.len() as u64), "{cell} slice {n}");
            assert_eq!(slice.failed, Some(failed), "{cell} slice {n}");
            for (quantity, column) in
                [(Quantity::Ttft, &run.table.ttft), (Quantity::E2el, &run.table.e2el)]
            {
                let mean = rows.iter().map(|row| column[*row]).sum::<f64>() / rows.len() as f64;
                let stated = slice.metrics.get(Metric::new(Stat::Mean, quantity));
                let stated = stated.expect("the slice has it");
                assert!(close(mean, stated), "{cell} slice {n}: {mean} and {stated}");
            }
            let (start, end) = slice.bounds_ns.expect("the bounds are known");
            for row in rows {
                let at = run.table.start_ns[row];
                assert!((start - 256..end + 256).contains(&at), "{cell} slice {n}: {at}");
            }
        }
        if let Some(csv) = of_role(&run.fragments, Role::AIPERF_SLICES_CSV) {
            let csv = csv.evidence.slices.as_ref().expect("there are slices");
            assert_eq!(csv.slices.len(), slices.slices.len(), "{cell}");
            for (rounded, exact) in csv.slices.iter().zip(&slices.slices) {
                let ttft = Metric::new(Stat::P90, Quantity::Ttft);
                let apart = rounded.metrics.get(ttft).zip(exact.metrics.get(ttft));
                assert!(apart.is_some_and(|(a, b)| (a - b).abs() <= 0.5001e-5), "{cell}");
                assert_eq!(rounded.successful, exact.successful, "{cell}");
            }
        }
    }
    assert_eq!(with_slices, 7);
}

#[test]
fn the_csv_says_the_same_rounded() {
    let Some(samples) = samples() else { return };
    for cell in CELLS {
        let run = Run::of(&samples.join(cell));
        let csv = of_role(&run.fragments, Role::AIPERF_CSV).expect("there is a table");
        assert_eq!(csv.evidence.completion, run.summary.completion_with_cancelled(), "{cell}");
        let mut compared = 0;
        for entry in &csv.evidence.metrics {
            if entry.origin.is_derived() {
                continue;
            }
            let exact = run.summary.metrics.get(entry.metric).expect("the JSON has it too");
            // Two decimals do not tell which of two windows it is.
            if entry.metric.quantity == Quantity::Duration {
                assert!((entry.value - exact).abs() <= 0.02, "{cell}: {} {exact}", entry.value);
                continue;
            }
            let step = match entry.metric.unit().label() {
                "s" => 0.5001e-5,
                "0..1" if entry.metric.quantity == Quantity::ResponseCacheHitRate => 0.5001e-4,
                _ => 0.5001e-2,
            };
            let apart = (entry.value - exact).abs();
            compared += 1;
            assert!(apart <= step, "{cell} {}: {} {exact}", entry.metric.name(), entry.value);
        }
        assert!(compared >= 40, "{cell}: {compared}");
    }
}

/// What a table without a configuration makes of cancelled requests: failed ones.
trait WithCancelled {
    fn completion_with_cancelled(&self) -> inferguard::model::Completion;
}

impl WithCancelled for Evidence {
    fn completion_with_cancelled(&self) -> inferguard::model::Completion {
        let cancelled = self.extra.iter().find(|(key, _)| &**key == "cancelled_request_count");
        let cancelled = match cancelled {
            Some((_, Scalar::Int(n))) => *n as u64,
            _ => 0,
        };
        let mut completion = self.completion;
        completion.total = completion.total.map(|total| total + cancelled);
        completion
    }
}

#[test]
fn the_measured_phase_is_the_run() {
    let Some(samples) = samples() else { return };
    let folder = samples.join("0.13.0/sweep/c16");
    let run = Run::of(&folder);
    let profiling = read(&folder.join("phases/profiling"));
    let profiling = of_role(&profiling, Role::AIPERF_JSON).expect("the phase has a summary");
    let mut compared = 0;
    for entry in &profiling.evidence.metrics {
        let whole = run.summary.metrics.get(entry.metric).expect("the run has it too");
        assert!(close(entry.value, whole), "{}", entry.metric.name());
        compared += 1;
    }
    assert!(compared > 70, "{compared}");
    let warmup = read(&folder.join("phases/warmup"));
    let warmup = of_role(&warmup, Role::AIPERF_JSON).expect("the phase has a summary");
    let records = of_role(&run.fragments, Role::AIPERF_RECORDS).expect("there are records");
    assert_eq!(warmup.evidence.completion.successful, Some(4));
    assert_eq!(records.evidence.completion.warmup, Some(4));
    let manifest = of_role(&run.fragments, Role::AIPERF_PHASE_MANIFEST).expect("it is there");
    assert_eq!(manifest.evidence.completion.warmup, Some(4));
    let (start, end) = manifest.evidence.window_ns.expect("the phase has bounds");
    let window = run.stated(Quantity::Duration).expect("known");
    assert!(close((end - start) as f64 / 1e9, window), "{start} {end} {window}");
}

#[test]
fn no_value_is_left_unexplained_and_every_folder_is_a_cell() {
    let Some(samples) = samples() else { return };
    let analysis = inferguard::analyze(&samples, &inferguard::Options::default());
    let report = analysis.expect("the samples can be read").report;
    let ids: Vec<&str> = report.cells.iter().map(|cell| &*cell.cell_id).collect();
    assert_eq!(ids, CELLS);
    let found: Vec<(&str, Option<&str>)> =
        report.findings.iter().map(|found| (&*found.code, found.cell_id.as_deref())).collect();
    let expected = ["0.3.0/errors", "0.13.0/errors"].map(|cell| ("partial_run", Some(cell)));
    assert_eq!(found, expected);
}

#[test]
fn exports_in_agentx_folders_join_the_cell_of_their_row() {
    let Some(samples) = sample("agentx/2026-07-tp4") else { return };
    let analysis = inferguard::analyze(&samples, &inferguard::Options::default());
    let report = analysis.expect("the samples can be read").report;
    assert_eq!(report.cells.len(), 5);
    for cell in &report.cells {
        let id = &cell.cell_id;
        assert_eq!(cell.source_format, "agentx-aggregate", "{id}");
        let artifacts = serde_json::to_value(&cell.artifacts).expect("artifacts are text");
        for role in [Role::AGG_JSON, Role::AIPERF_JSON, Role::AIPERF_CSV, Role::SERVER_METRICS_CSV]
        {
            assert!(artifacts[role.0].is_string(), "{id} lacks {}", role.0);
        }
    }
    let mismatches =
        report.findings.iter().filter(|found| found.code == "summary_mismatch").count();
    assert_eq!(mismatches, 0);
    let checks = serde_json::to_value(&report.run_summary).expect("a summary is text");
    assert_eq!(checks["checks"]["summary_mismatch"]["clear"], 5, "all were compared");
    assert_eq!(checks["checks"]["kv_pressure"]["fired"], 2, "percentiles of usage are known");
}
