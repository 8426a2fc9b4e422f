//! Collects samples by GPU.

use std::collections::BTreeMap;

use inferguard_model::number::counted;
use inferguard_model::{GpuLog, GpuSample, GpuSeries, LogClock, Problem, ProblemCode};
use inferguard_source::{Refusal, shorten};

/// GPUs of one file; more are a damaged file.
const MOST_GPUS: usize = 4096;

/// Samples of the GPUs of one file.
#[derive(Debug, Default)]
pub(crate) struct Collected {
    by_gpu: BTreeMap<(Box<str>, u32), Vec<GpuSample>>,
    /// Lines that are no sample.
    pub(crate) odd: u64,
    utc: u64,
    local: u64,
}

/// A moment, and the clock that it is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment {
    pub(crate) ns: i64,
    pub(crate) clock: LogClock,
}

impl Collected {
    /// Adds a sample; without power and utilization it says nothing.
    pub(crate) fn add(
        &mut self,
        host: &str,
        index: u32,
        at: Moment,
        power: Option<f64>,
        utilization: Option<f64>,
    ) {
        let sample = GpuSample::new(at.ns, power, utilization);
        if sample.power().is_none() && sample.utilization().is_none() {
            return;
        }
        match at.clock {
            LogClock::Utc => self.utc += 1,
            _ => self.local += 1,
        }
        let key = (shorten(host).into_boxed_str(), index);
        if self.by_gpu.len() >= MOST_GPUS && !self.by_gpu.contains_key(&key) {
            self.odd += 1;
            return;
        }
        self.by_gpu.entry(key).or_default().push(sample);
    }

    /// The samples in time order, and what was noticed.
    pub(crate) fn finish(self) -> Result<(GpuLog, Vec<Problem>), Refusal> {
        if self.by_gpu.is_empty() {
            return Err(Refusal::new("no sample of power or utilization"));
        }
        if self.utc > 0 && self.local > 0 {
            return Err(Refusal::new("times with a zone and times without one"));
        }
        let mut problems = Vec::new();
        if self.odd > 0 {
            let told = format!("{}: left out", counted(self.odd as usize, "odd line", "odd lines"));
            problems.push(Problem::warning(ProblemCode::LeftOut, "", told));
        }
        let clock = if self.local > 0 { LogClock::Local } else { LogClock::Utc };
        let series = |((host, index), mut samples): (_, Vec<GpuSample>)| {
            samples.sort_by_key(|sample| sample.at_ns);
            samples.shrink_to_fit();
            GpuSeries { host, index, samples }
        };
        Ok((GpuLog { clock, gpus: self.by_gpu.into_iter().map(series).collect() }, problems))
    }
}
