//! What a monitor saw of GPUs: power and utilization over time.

use crate::LogClock;

/// Samples of some GPUs, by one monitor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GpuLog {
    /// The clock of its times.
    pub clock: LogClock,
    /// The GPUs, by host and number.
    pub gpus: Vec<GpuSeries>,
}

/// Samples of one GPU.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GpuSeries {
    /// Its host; empty where the monitor names none.
    pub host: Box<str>,
    /// Its number on the host.
    pub index: u32,
    /// In time order.
    pub samples: Vec<GpuSample>,
}

/// What one GPU showed at one moment. Kept small, since archives have millions: power in whole
/// milliwatts and utilization in millionths, finer than any monitor writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GpuSample {
    /// Nanoseconds, on the clock of its log.
    pub at_ns: i64,
    power: u32,
    utilization: u32,
}

/// Stands for a value that was not told.
const NONE: u32 = u32::MAX;

impl GpuSample {
    /// Power in watts and utilization, 0..1; what is out of range is not known.
    pub fn new(at_ns: i64, power: Option<f64>, utilization: Option<f64>) -> Self {
        let kept = |value: Option<f64>, scale: f64, most: f64| {
            let value = value.filter(|value| (0.0..=most).contains(value));
            value.map_or(NONE, |value| (value * scale).round() as u32)
        };
        Self { at_ns, power: kept(power, 1e3, 1e6), utilization: kept(utilization, 1e6, 1.0) }
    }

    /// Power in watts.
    pub fn power(&self) -> Option<f64> {
        (self.power != NONE).then(|| f64::from(self.power) / 1e3)
    }

    /// Share of the time in which the GPU was at work, 0..1.
    pub fn utilization(&self) -> Option<f64> {
        (self.utilization != NONE).then(|| f64::from(self.utilization) / 1e6)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_keep_what_monitors_write_and_nothing_impossible() {
        let of = |power, utilization| {
            let sample = GpuSample::new(0, power, utilization);
            (sample.power(), sample.utilization())
        };
        assert_eq!(of(Some(412.34), Some(0.99)), (Some(412.34), Some(0.99)));
        assert_eq!(of(Some(0.0), None), (Some(0.0), None));
        assert_eq!(of(Some(-1.0), Some(1.01)), (None, None));
        assert_eq!(of(Some(f64::NAN), Some(f64::INFINITY)), (None, None));
    }
}
