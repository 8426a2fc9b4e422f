//! Accuracy scores measured beside performance.

/// One score of one task.
#[derive(Debug, Clone, PartialEq)]
pub struct EvalScore {
    /// Task, such as `gsm8k`.
    pub task: String,
    /// Metric, such as `exact_match`.
    pub metric: String,
    /// Filter of the harness, such as `strict-match`; empty when there is none.
    pub filter: String,
    /// Score, 0..1.
    pub value: f64,
    /// Standard error, where the harness gives one.
    pub stderr: Option<f64>,
    /// Samples evaluated.
    pub n: Option<u64>,
    /// Whether a higher score is better; `None` when the harness does not say.
    pub higher_is_better: Option<bool>,
}
