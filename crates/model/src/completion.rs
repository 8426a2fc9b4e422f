//! How many of the attempted requests succeeded.

/// State of a cell's requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CompletionStatus {
    /// Every attempt succeeded.
    Complete,
    /// Some attempts failed.
    Partial,
    /// No attempt succeeded.
    Failed,
    /// The counts are not known.
    Unknown,
}

impl CompletionStatus {
    /// Name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Partial => "partial",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
        }
    }
}

/// Request counts of the measured phase; warm-up and cancelled-on-purpose requests are apart.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Completion {
    /// Attempts; `None` when the source does not count failures.
    pub total: Option<u64>,
    /// Successes.
    pub successful: Option<u64>,
    /// Warm-up requests, which are in neither count.
    pub warmup: Option<u64>,
}

impl Completion {
    /// Successes ÷ attempts, 0..1; `None` when either is unknown or there was no attempt.
    pub fn success_rate(&self) -> Option<f64> {
        match (self.total, self.successful) {
            (Some(total), Some(ok)) if total > 0 => Some(ok as f64 / total as f64),
            _ => None,
        }
    }

    /// The state that the counts say.
    pub fn status(&self) -> CompletionStatus {
        match (self.total, self.successful) {
            (Some(0), _) | (_, Some(0)) => CompletionStatus::Failed,
            (Some(total), Some(ok)) if ok >= total => CompletionStatus::Complete,
            (Some(_), Some(_)) => CompletionStatus::Partial,
            _ => CompletionStatus::Unknown,
        }
    }
}

/// How a run ended, as its producer says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// As it was meant to.
    Whole,
    /// Before its end, with the reason.
    Cut(Box<str>),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_totals_are_not_invented() {
        let of = |total, successful| Completion { total, successful, warmup: None };
        assert_eq!(of(None, Some(5)).status(), CompletionStatus::Unknown);
        assert_eq!(of(Some(5), None).status(), CompletionStatus::Unknown);
        assert_eq!(of(Some(0), None).status(), CompletionStatus::Failed);
        assert_eq!(of(None, Some(0)).status(), CompletionStatus::Failed);
        assert_eq!(of(Some(5), Some(5)).status(), CompletionStatus::Complete);
        assert_eq!(of(Some(5), Some(4)).status(), CompletionStatus::Partial);
        assert_eq!(of(Some(0), Some(0)).success_rate(), None);
    }
}
