//! Two sources of one run may divide by two windows: AIPerf's rates divide by the measured phase,
//! those of its records and of AgentX rows by first start to last completion, which is shorter.

use inferguard_model::{Cell, Fragment, Metric, MetricSet, Quantity, Role, SourceFormat};

use crate::group::close;

const TOLD: &str = "the rates divide by another window: the measured phase, or first start to last completion; the amounts are equal";

/// Half the last digit of a table with two decimals.
const TWO_DECIMALS: f64 = 0.005;

/// What is divided by a window.
const RATES: [Quantity; 9] = [
    Quantity::TotalTput,
    Quantity::InputTput,
    Quantity::OutputTput,
    Quantity::TputPerGpu,
    Quantity::InputTputPerGpu,
    Quantity::OutputTputPerGpu,
    Quantity::SystemOutputTputPerGpu,
    Quantity::Qps,
    Quantity::GoodputRps,
];

/// The windows of a cell and of a fragment that differ.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Windows {
    held: f64,
    other: f64,
    /// Step of the rounding of both.
    step: f64,
    /// A rate that both have says the same amount.
    agree: bool,
}

impl Windows {
    /// The windows, where one of the sources is AIPerf and both say theirs.
    pub(crate) fn of(cell: &Cell, fragment: &Fragment) -> Option<Self> {
        if cell.format != SourceFormat::Aiperf && fragment.format != SourceFormat::Aiperf {
            return None;
        }
        let seconds = |metrics: &MetricSet| {
            metrics.get(Metric::plain(Quantity::Duration)).filter(|seconds| *seconds > 0.0)
        };
        let held = seconds(&cell.evidence.metrics)?;
        let other = seconds(&fragment.evidence.metrics)?;
        let is_table = |role: Role| matches!(role, Role::AIPERF_CSV | Role::GENAI_PERF_CSV);
        let tables = is_table(cell.artifacts[0].role) || is_table(fragment.artifact.role);
        let step = cell.rounding + fragment.rounding + if tables { TWO_DECIMALS } else { 0.0 };
        if (held - other).abs() <= step || close(held, other) {
            return None;
        }
        let mut windows = Self { held, other, step, agree: false };
        windows.agree = RATES.into_iter().map(Metric::plain).any(|rate| {
            let (held, other) =
                (cell.evidence.metrics.get(rate), fragment.evidence.metrics.get(rate));
            held.zip(other).is_some_and(|(held, other)| windows.same_amount(held, other))
        });
        Some(windows)
    }

    /// Why the values of a metric differ, when it is for the windows alone.
    pub(crate) fn explain(&self, metric: Metric, held: f64, other: f64) -> Option<&'static str> {
        let explained = match metric.quantity {
            Quantity::Duration => self.agree,
            quantity if metric == Metric::plain(quantity) && RATES.contains(&quantity) => {
                self.same_amount(held, other)
            }
            _ => false,
        };
        explained.then_some(TOLD)
    }

    fn same_amount(&self, held: f64, other: f64) -> bool {
        let (a, b) = (held * self.held, other * self.other);
        let rounding = self.step * (self.held + self.other + held.abs() + other.abs());
        close(a, b) || (a - b).abs() <= rounding
    }
}
