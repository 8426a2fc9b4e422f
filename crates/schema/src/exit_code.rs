//! Exit codes of the command line.

/// What the exit code of `inferguard` says to CI.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitCode {
    /// Report written, nothing at or above the threshold of `--fail-on`; or: valid.
    Clean,
    /// Report written, warning threshold tripped.
    Warning,
    /// Report written, critical threshold tripped; or: `validate` found a violation.
    Critical,
    /// No report: nothing supported, unusable arguments, cannot write, refused by `--strict`.
    NoReport,
    /// Interrupted by the user.
    Interrupted,
}

impl ExitCode {
    /// Every code with its meaning, for the documentation.
    pub const ALL: [(Self, &'static str); 5] = [
        (
            Self::Clean,
            "Report written; no finding at or above `--fail-on`. `validate`: every file is valid.",
        ),
        (
            Self::Warning,
            "Report written; the worst finding is a warning and `--fail-on warning` is set.",
        ),
        (
            Self::Critical,
            "Report written; a critical finding, and `--fail-on` is `warning` or `critical`. `validate`: a file violates the schema.",
        ),
        (
            Self::NoReport,
            "No report: nothing supported was found, the arguments cannot be used, the output cannot be written, or `--strict` refused. The reason is on stderr. `validate`: a file cannot be read.",
        ),
        (Self::Interrupted, "Interrupted by Ctrl-C or SIGTERM; no half report is left behind."),
    ];

    /// The number.
    pub const fn code(self) -> u8 {
        match self {
            Self::Clean => 0,
            Self::Warning => 1,
            Self::Critical => 2,
            Self::NoReport => 3,
            Self::Interrupted => 130,
        }
    }
}
