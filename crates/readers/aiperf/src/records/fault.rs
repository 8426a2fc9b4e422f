//! What could not be read, and where.

/// Why a line was refused or a value left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// The line is no JSON.
    NotJson,
    /// The last line has no end and is no whole JSON.
    CutOff,
    /// The line is longer than [`LINE_BYTES`](super::LINE_BYTES).
    TooLong,
    /// JSON, and no record of AIPerf.
    OtherRecord,
    /// Without a start, or with one before 2001.
    Start,
    /// With a start that is 31 days or more from the middle of all others.
    FarOff,
    /// Read after literals that are no JSON, or bytes that are no text, were replaced.
    Repaired,
    /// TTFT is not a duration in milliseconds.
    Ttft,
    /// E2EL is not a duration in milliseconds.
    E2el,
    /// ITL is not a duration in milliseconds.
    Itl,
    /// Input tokens are not a count.
    Isl,
    /// Output tokens are not a count.
    Osl,
    /// The request starts before it is due.
    Wait,
    /// A gap between chunks is not a duration in milliseconds.
    Gap,
}

impl Fault {
    /// All of them, in the order in which they are told.
    pub const ALL: [Self; 14] = [
        Self::NotJson,
        Self::CutOff,
        Self::TooLong,
        Self::OtherRecord,
        Self::Start,
        Self::FarOff,
        Self::Repaired,
        Self::Ttft,
        Self::E2el,
        Self::Itl,
        Self::Isl,
        Self::Osl,
        Self::Wait,
        Self::Gap,
    ];

    /// Whether the line counts for nothing.
    pub const fn is_refusal(self) -> bool {
        use Fault::{CutOff, FarOff, NotJson, OtherRecord, Start, TooLong};
        matches!(self, NotJson | CutOff | TooLong | OtherRecord | Start | FarOff)
    }

    /// What lines with it are, as the end of "3 lines …".
    pub const fn told(self) -> &'static str {
        match self {
            Self::NotJson => "are not valid JSON; left out",
            Self::CutOff => "are cut off at the end of the file; left out",
            Self::TooLong => "are longer than 8 MiB; left out",
            Self::OtherRecord => "are no records of requests; left out",
            Self::Start => "have no start in nanoseconds since 1970; left out",
            Self::FarOff => "start 31 days or more from the others; left out",
            Self::Repaired => "hold literals or bytes that are no JSON; the rest of them was read",
            Self::Ttft => "have a time_to_first_token that is no duration; counted without it",
            Self::E2el => "have a request_latency that is no duration; counted without it",
            Self::Itl => "have an inter_token_latency that is no duration; counted without it",
            Self::Isl => "have an input length that is no count; counted without it",
            Self::Osl => "have an output_sequence_length that is no count; counted without it",
            Self::Wait => "start before they are due; counted without a wait",
            Self::Gap => "have gaps in inter_chunk_latency that are no durations; left out",
        }
    }
}

/// Where a line begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Line of the file, from 1.
    pub line: u64,
    /// Its first byte, from 0.
    pub offset: u64,
}

/// How often something was met, and where first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaultCount {
    /// What.
    pub fault: Fault,
    /// Lines with it.
    pub count: u64,
    /// The first few places; none of [`Fault::FarOff`], which is seen when all lines are gone.
    pub first: Vec<Place>,
}

/// Counts what is met.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<FaultCount>);

impl Faults {
    /// Places and starts that are kept of each fault.
    pub(super) const PLACES: usize = 5;

    /// `place` counts its lines from the beginning of the range at hand.
    pub(super) fn add(&mut self, fault: Fault, place: Place) {
        let found = self.of(fault);
        found.count += 1;
        if found.first.len() < Self::PLACES {
            found.first.push(place);
        }
    }

    pub(super) fn add_many(&mut self, fault: Fault, count: u64) {
        if count > 0 {
            self.of(fault).count += count;
        }
    }

    fn of(&mut self, fault: Fault) -> &mut FaultCount {
        let known = self.0.iter().position(|found| found.fault == fault);
        let at = known.unwrap_or(self.0.len());
        if known.is_none() {
            self.0.push(FaultCount { fault, count: 0, first: Vec::new() });
        }
        &mut self.0[at]
    }

    /// Adds those of the next range, before which the file has so many lines.
    pub(super) fn append(&mut self, later: Self, lines_before: u64) {
        for found in later.0 {
            let known = self.of(found.fault);
            known.count += found.count;
            let room = Self::PLACES - known.first.len();
            let moved = |place: Place| Place { line: place.line + lines_before, ..place };
            known.first.extend(found.first.into_iter().take(room).map(moved));
        }
    }

    pub(super) fn finish(mut self) -> Vec<FaultCount> {
        self.0.sort_by_key(|found| found.fault);
        self.0
    }
}
