use std::path::Path;

use inferguard_model::{Attach, FileStatus, FragmentKind, GpuLog, LogClock};
use inferguard_source::{Entry, Selection, list, read_entry};

use crate::GpuReader;

/// Reads a fixture: how it is attached, its log and the number of remarks.
fn fixture(path: &str) -> (Attach, GpuLog, usize) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../fixtures/gpus").join(path);
    let (status, mut fragments) = read(&root);
    assert_eq!(status, FileStatus::Read, "{path}");
    let fragment = fragments.pop().expect("a fragment");
    let FragmentKind::Attachment { attach, alone: false } = fragment.kind else {
        panic!("{:?}", fragment.kind)
    };
    let [log] = &fragment.evidence.gpus[..] else { panic!("one log") };
    (attach, log.as_ref().clone(), fragment.evidence.problems.len())
}

fn read(path: &Path) -> (FileStatus, Vec<inferguard_model::Fragment>) {
    let folder = path.parent().expect("a folder");
    let selection = Selection::new(&[], &[]).expect("no pattern");
    let listing = list(folder, &selection).expect("the folder is there");
    let name = path.file_name().and_then(|name| name.to_str());
    let entries: Vec<&Entry> =
        listing.files.iter().filter(|entry| Some(entry.name()) == name).collect();
    let [entry] = entries[..] else { panic!("{entries:?}") };
    let (record, reading, _) = read_entry(&[&GpuReader], 0, entry, Vec::new());
    (record.outcome.status, reading.map_or(Vec::new(), |reading| reading.fragments))
}

/// Host, number, and the samples as seconds since the first of the file, watts and share.
type Told<'l> = (&'l str, u32, Vec<(f64, Option<f64>, Option<f64>)>);

fn told(log: &GpuLog) -> Vec<Told<'_>> {
    let first = log.gpus.iter().flat_map(|gpu| &gpu.samples).map(|s| s.at_ns).min().unwrap_or(0);
    let samples = |gpu: &inferguard_model::GpuSeries| {
        let sample = |s: &inferguard_model::GpuSample| {
            ((s.at_ns - first) as f64 / 1e9, s.power(), s.utilization())
        };
        gpu.samples.iter().map(sample).collect()
    };
    log.gpus.iter().map(|gpu| (&*gpu.host, gpu.index, samples(gpu))).collect()
}

#[test]
fn nvidia_smi_writes_local_times_and_units() {
    let (attach, log, problems) = fixture("nvidia-smi/gpu_metrics.csv");
    assert_eq!((attach, log.clock, problems), (Attach::Nearest, LogClock::Local, 0));
    assert_eq!(log.gpus[0].samples[0].at_ns, 1_786_010_400_123_000_000);
    assert_eq!(
        told(&log),
        [
            ("", 0, vec![(0.0, Some(412.34), Some(0.99)), (1.002, Some(420.0), Some(1.0))]),
            ("", 1, vec![(0.0, None, Some(0.99)), (1.002, None, Some(0.98))]),
        ]
    );
}

#[test]
fn amd_smi_repeats_its_header_in_another_order() {
    let (attach, log, problems) = fixture("amd-smi/gpu_metrics.csv");
    assert_eq!((attach, log.clock, problems), (Attach::Nearest, LogClock::Utc, 0));
    assert_eq!(
        told(&log),
        [
            ("", 0, vec![(0.0, Some(735.0), Some(0.87)), (1.0, Some(740.0), Some(0.88))]),
            ("", 1, vec![(1.0, Some(702.0), Some(0.86))]),
        ]
    );
}

#[test]
fn srt_slurm_samples_all_hosts_of_a_job() {
    let (attach, log, problems) = fixture("srt-slurm/logs/power/samples.csv");
    assert_eq!((attach, log.clock, problems), (Attach::WholeFolder, LogClock::Utc, 0));
    assert_eq!(
        told(&log),
        [
            ("rack2-n01", 0, vec![(0.0, Some(512.5), Some(0.97)), (1.0, Some(514.0), Some(0.98))]),
            ("rack2-n03", 0, vec![(0.0, Some(388.125), Some(0.64)), (1.0, Some(390.0), None)]),
        ]
    );
}

#[test]
fn aiperf_names_metrics_by_vendor_since_0_12() {
    let (attach, log, problems) = fixture("aiperf/gpu_telemetry_export.jsonl");
    assert_eq!((attach, log.clock, problems), (Attach::Nearest, LogClock::Utc, 1));
    assert_eq!(log.gpus[0].samples[0].at_ns, 1_786_000_000_250_000_001);
    assert_eq!(
        told(&log),
        [
            ("http://node1:9400/metrics", 0, vec![(0.0, Some(512.5), Some(0.97))]),
            ("node1", 0, vec![(0.333, Some(514.0), Some(0.98))]),
            ("node1", 1, vec![(0.333_000_001, Some(702.0), Some(0.86))]),
        ]
    );
}

#[test]
fn what_is_no_sample_is_refused_or_recognised() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text, status) in [
        ("gpu_metrics.csv", "", FileStatus::Refused),
        ("gpu_metrics_a.csv", "time,power\n1,2\n", FileStatus::Refused),
        ("gpu_metrics_b.csv", "timestamp,gpu,socket_power\nx,0,1\n", FileStatus::Refused),
        (
            "gpu_metrics_c.csv",
            "timestamp,gpu,socket_power\n1786000000,0,N/A\n",
            FileStatus::Refused,
        ),
        ("gpu_metrics_d.csv", "timestamp,gpu,socket_power\n1786000000,0,7\n", FileStatus::Read),
        (
            "gpu_metrics_mixed.csv",
            "timestamp,gpu,socket_power\n1786000000,0,1\n2026-08-06 10:00:00,0,1\n",
            FileStatus::Refused,
        ),
        ("gpu_metrics_energy_start.csv", "index, energy\n0, 1\n", FileStatus::Recognised),
        // Another program's samples.
        ("samples.csv", "a,b\n1,2\n", FileStatus::Ignored),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("it is written");
        assert_eq!(read(&path).0, status, "{name}");
    }
}
