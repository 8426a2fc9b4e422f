//! Points in time as a recorder writes them.

use inferguard_model::{Problem, ProblemCode};
use inferguard_source::json::JsonScalar;
use inferguard_source::{coerce, shorten};

/// A point in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment {
    /// UTC nanoseconds.
    pub(crate) ns: i64,
    /// Whether it was written without a zone and UTC was taken.
    pub(crate) zoneless: bool,
}

/// Reads an ISO 8601 time, or epoch time in any unit.
pub(crate) fn moment(
    value: JsonScalar<'_>,
    at: &str,
    problems: &mut Vec<Problem>,
) -> Option<Moment> {
    if let JsonScalar::Str(text) = value
        && coerce::parse_number(text.as_bytes()).is_none()
    {
        let found = iso(text.trim());
        if found.is_none() {
            let told = format!("`{}` is no time; the value is left out", shorten(text));
            problems.push(Problem::warning(ProblemCode::LeftOut, at, told));
        }
        return found;
    }
    let number = coerce::number(value, at, problems)?;
    let ns = coerce::epoch_ns(number);
    if ns.is_none() {
        let told = format!("{number} is no epoch time; the value is left out");
        problems.push(Problem::warning(ProblemCode::LeftOut, at, told));
    }
    Some(Moment { ns: ns?, zoneless: false })
}

fn iso(text: &str) -> Option<Moment> {
    let (time, zoneless) = match text.parse::<jiff::Timestamp>() {
        Ok(time) => (time, false),
        // A date alone would parse as its midnight, at which nothing was observed.
        Err(_) if text.len() <= "2026-05-19".len() => return None,
        Err(_) => {
            let local = text.parse::<jiff::civil::DateTime>().ok()?;
            (jiff::tz::TimeZone::UTC.to_timestamp(local).ok()?, true)
        }
    };
    Some(Moment { ns: i64::try_from(time.as_nanosecond()).ok()?, zoneless })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: i64 = 1_779_192_000_000_000_000;

    fn read(value: JsonScalar<'_>) -> (Option<(i64, bool)>, usize) {
        let mut problems = Vec::new();
        let found = moment(value, "/observed_at", &mut problems);
        (found.map(|moment| (moment.ns, moment.zoneless)), problems.len())
    }

    #[test]
    fn zones_are_converted_and_their_absence_is_known() {
        for (text, ns, zoneless) in [
            ("2026-05-19T12:00:00Z", NOON, false),
            ("2026-05-19T12:00:00+00:00", NOON, false),
            ("2026-05-19T14:00:00+02:00", NOON, false),
            ("2026-05-19T14:00:00+0200", NOON, false),
            ("2026-05-19 04:00:00.25-08:00", NOON + 250_000_000, false),
            ("2026-05-19T12:00:00.000001", NOON + 1_000, true),
            ("2026-05-19 12:00:00", NOON, true),
        ] {
            assert_eq!(read(JsonScalar::Str(text)), (Some((ns, zoneless)), 0), "{text}");
        }
    }

    #[test]
    fn epochs_are_read_as_numbers_and_as_text() {
        assert_eq!(read(JsonScalar::Float(1_779_192_000.5)).0, Some((NOON + 500_000_000, false)));
        assert_eq!(read(JsonScalar::Int(1_779_192_000_000)).0, Some((NOON, false)));
        assert_eq!(read(JsonScalar::Str("1779192000")), (Some((NOON, false)), 1));
    }

    #[test]
    fn what_is_no_time_is_told() {
        for text in ["yesterday", "2026-05-19", "9999-01-01T00:00:00Z", "NaN", ""] {
            assert_eq!(read(JsonScalar::Str(text)), (None, 1), "{text}");
        }
        assert_eq!(read(JsonScalar::Float(0.0)), (None, 1));
        assert_eq!(read(JsonScalar::Null), (None, 0));
    }
}
