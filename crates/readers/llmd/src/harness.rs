//! The load generators, and what their converters do to their numbers.

use crate::report::Version;

/// A load generator, as reports name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Harness {
    /// `vllm bench serve`.
    Vllm,
    /// The serving benchmark of InferenceMAX, now InferenceX.
    InferenceMax,
    GuideLlm,
    InferencePerf,
    Fmperf,
    Aiperf,
    EvalContainers,
    /// Times the loading of a model; measures no request.
    Nop,
    /// Not stated, or not known.
    Other,
}

impl Harness {
    pub(crate) fn parse(name: Option<&str>) -> Self {
        let Some(name) = name else { return Self::Other };
        match name.to_ascii_lowercase().as_str() {
            "vllm-benchmark" | "vllm" => Self::Vllm,
            // The second stood in a few files of 2025-11-20.
            "inferencemax" | "inference-max" => Self::InferenceMax,
            "guidellm" => Self::GuideLlm,
            "inference-perf" => Self::InferencePerf,
            "fmperf" => Self::Fmperf,
            "aiperf" => Self::Aiperf,
            "eval-containers" => Self::EvalContainers,
            "nop" => Self::Nop,
            _ => Self::Other,
        }
    }

    /// The unit of a latency that states none, by the converter of the harness.
    pub(crate) fn usual_unit(self, is_e2el: bool) -> Option<Unit> {
        match self {
            Self::InferencePerf | Self::Aiperf | Self::Fmperf => Some(Unit::Seconds),
            Self::GuideLlm if is_e2el => Some(Unit::Seconds),
            Self::Vllm | Self::InferenceMax | Self::GuideLlm | Self::EvalContainers => {
                Some(Unit::Milliseconds)
            }
            Self::Nop | Self::Other => None,
        }
    }

    /// Whether the requests that a report counts are those that succeeded.
    pub(crate) fn counts_successes_only(self, version: Version) -> bool {
        matches!(self, Self::Vllm | Self::InferenceMax) && version == Version::V1
    }

    /// Whether `time.duration` is the window that the rates divide by: inference-perf writes how
    /// long it sent, and v0.2 of the serving benchmarks how long the pod lived.
    pub(crate) fn states_window(self, version: Version) -> bool {
        match self {
            Self::InferencePerf => false,
            Self::Vllm => version == Version::V1,
            _ => true,
        }
    }

    /// Whether start and end are those of the load. The serving benchmark stamps `date` at the end,
    /// and v0.1 calls it the start.
    pub(crate) fn states_bounds(self) -> bool {
        matches!(self, Self::GuideLlm | Self::Fmperf | Self::Aiperf)
    }
}

/// Unit of a latency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    Milliseconds,
    Seconds,
}

impl Unit {
    /// Reads `ms`, `s`, `ms/token`, `s/token`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text.strip_suffix("/token").unwrap_or(text) {
            "ms" => Some(Self::Milliseconds),
            "s" => Some(Self::Seconds),
            _ => None,
        }
    }

    pub(crate) fn seconds(self, value: f64) -> f64 {
        match self {
            Self::Milliseconds => value / 1000.0,
            Self::Seconds => value,
        }
    }
}
