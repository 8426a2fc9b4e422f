//! What was coerced, corrected, left out or refused while reading.

/// How much a problem matters to the reader of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProblemSeverity {
    /// The value is right; this is how it was obtained.
    Note,
    /// A value is missing or was read with doubt.
    Warning,
    /// The artifact, or a part of it, could not be read.
    Error,
}

impl ProblemSeverity {
    /// Name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// What kind of problem it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProblemCode {
    /// A value of another type or spelling was read because its meaning is clear.
    Coerced,
    /// The producer's value is known to be wrong and was recomputed.
    Corrected,
    /// A value was not used, because it has no meaning or does not fit.
    LeftOut,
    /// A value is not a usable number.
    NotANumber,
    /// A key stands twice in one object; the last one was used.
    DuplicateKey,
    /// Identity was filled from a file or folder name.
    FromName,
    /// The text encoding was repaired.
    Encoding,
    /// A part of the artifact is missing or broken.
    Truncated,
    /// Part of the artifact cannot be read as what it should be.
    Malformed,
    /// A limit of size, depth or count was hit.
    Limit,
    /// Two artifacts say the same.
    Duplicate,
    /// Two artifacts or names contradict each other.
    Conflict,
    /// A counter fell during the run.
    CounterReset,
    /// The cell could not be placed.
    Unplaced,
}

impl ProblemCode {
    /// Name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Coerced => "coerced",
            Self::Corrected => "corrected",
            Self::LeftOut => "left_out",
            Self::NotANumber => "not_a_number",
            Self::DuplicateKey => "duplicate_key",
            Self::FromName => "from_name",
            Self::Encoding => "encoding",
            Self::Truncated => "truncated",
            Self::Malformed => "malformed",
            Self::Limit => "limit",
            Self::Duplicate => "duplicate",
            Self::Conflict => "conflict",
            Self::CounterReset => "counter_reset",
            Self::Unplaced => "unplaced",
        }
    }
}

/// One thing that the reader of a report should know about how a value was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// How much it matters.
    pub severity: ProblemSeverity,
    /// Its kind.
    pub code: ProblemCode,
    /// Key, column, line or JSON pointer within the artifact; empty for the whole artifact.
    pub at: Box<str>,
    /// What was found, what was expected, what was done.
    pub message: std::borrow::Cow<'static, str>,
}

impl Problem {
    /// A problem at a place of the artifact.
    pub fn new(
        severity: ProblemSeverity,
        code: ProblemCode,
        at: impl Into<Box<str>>,
        message: impl Into<std::borrow::Cow<'static, str>>,
    ) -> Self {
        Self { severity, code, at: at.into(), message: message.into() }
    }

    /// A [`ProblemSeverity::Note`].
    pub fn note(
        code: ProblemCode,
        at: impl Into<Box<str>>,
        message: impl Into<std::borrow::Cow<'static, str>>,
    ) -> Self {
        Self::new(ProblemSeverity::Note, code, at, message)
    }

    /// A [`ProblemSeverity::Warning`].
    pub fn warning(
        code: ProblemCode,
        at: impl Into<Box<str>>,
        message: impl Into<std::borrow::Cow<'static, str>>,
    ) -> Self {
        Self::new(ProblemSeverity::Warning, code, at, message)
    }

    /// A [`ProblemSeverity::Error`].
    pub fn error(
        code: ProblemCode,
        at: impl Into<Box<str>>,
        message: impl Into<std::borrow::Cow<'static, str>>,
    ) -> Self {
        Self::new(ProblemSeverity::Error, code, at, message)
    }
}
