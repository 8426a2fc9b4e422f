//! Moments on the wire: UTC, ISO 8601.

/// A moment in UTC nanoseconds as text; `None` when no calendar holds it.
pub(super) fn of_ns(ns: i64) -> Option<String> {
    jiff::Timestamp::from_nanosecond(ns.into()).ok().map(|moment| moment.to_string())
}

/// The moment of the analysis to the second.
pub(super) fn generated_at(given: Option<i64>) -> String {
    let now = || jiff::Timestamp::now().as_second();
    let seconds = given.unwrap_or_else(now);
    jiff::Timestamp::from_second(seconds).unwrap_or(jiff::Timestamp::UNIX_EPOCH).to_string()
}
