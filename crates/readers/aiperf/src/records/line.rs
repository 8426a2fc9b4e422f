//! What a line says, by `serde_json`: the rule that the fast path has to follow.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::{Fault, Options};

/// A latency that is there and no finite number of milliseconds.
pub(super) const UNUSABLE: f64 = f64::NAN;

/// A whole number that is there and cannot be used.
pub(super) const NO_COUNT: i64 = -1;

/// What one line says, as it is written.
#[derive(Debug, Clone, Default)]
pub(super) struct Record<'a> {
    pub(super) phase: Phase,
    pub(super) cancelled: bool,
    pub(super) overflow: bool,
    /// Something in the line had to be repaired.
    pub(super) repaired: bool,
    pub(super) start_ns: Option<i64>,
    pub(super) end_ns: Option<i64>,
    pub(super) issued_ns: Option<i64>,
    pub(super) turn: Option<i64>,
    pub(super) isl: Option<i64>,
    pub(super) osl: Option<i64>,
    pub(super) error_isl: Option<i64>,
    /// Milliseconds, as the next ones.
    pub(super) ttft: Option<f64>,
    pub(super) e2el: Option<f64>,
    pub(super) itl: Option<f64>,
    /// Nothing unless groups are wanted, as the next one.
    pub(super) worker: Option<Cow<'a, str>>,
    pub(super) conversation: Option<Cow<'a, str>>,
    pub(super) error: Option<Box<ErrorText<'a>>>,
}

impl Record<'_> {
    /// Whether the request failed, for whatever reason.
    pub(super) fn failed(&self) -> bool {
        self.error.is_some() || self.cancelled || self.overflow
    }
}

/// The phase that a request belongs to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Phase {
    #[default]
    Profiling,
    Warmup,
    Other,
}

/// The `error` of a failed request.
#[derive(Debug, Clone, Default, PartialEq, Hash)]
pub(super) struct ErrorText<'a> {
    pub(super) code: Option<i64>,
    pub(super) kind: Option<Cow<'a, str>>,
    pub(super) message: Option<Cow<'a, str>>,
}

/// Reads a line; the gaps between chunks go to `gaps` when they are wanted.
pub(super) fn parse<'a>(
    line: &'a [u8],
    options: Options,
    gaps: &mut Vec<f64>,
) -> Result<Record<'a>, Fault> {
    gaps.clear();
    let fault = |error: serde_json::Error| match error.classify() {
        // Valid JSON so far, and not what a record holds there. What follows was not looked at.
        serde_json::error::Category::Data => Fault::OtherRecord,
        _ => Fault::NotJson,
    };
    let line: Line<'a> = serde_json::from_slice(line).map_err(fault)?;
    let (Some(metadata), Some(metrics)) = (line.metadata, line.metrics) else {
        return Err(Fault::OtherRecord);
    };
    if options.gaps
        && let Some(metric) = metrics.inter_chunk_latency
    {
        read_gaps(metric, gaps).map_err(fault)?;
    }
    let latency = |metric: Option<Metric>| metric.and_then(|metric| metric.milliseconds());
    let count = |metric: Option<Metric>| metric.and_then(|metric| metric.value.count());
    Ok(Record {
        phase: match metadata.benchmark_phase.0.as_deref() {
            None | Some("profiling") => Phase::Profiling,
            Some("warmup") => Phase::Warmup,
            Some(_) => Phase::Other,
        },
        cancelled: matches!(metadata.was_cancelled, Number::Bool(true)),
        overflow: matches!(metadata.context_overflow_skip, Number::Bool(true)),
        repaired: false,
        start_ns: metadata.request_start_ns.integer(),
        end_ns: metadata.request_end_ns.integer(),
        issued_ns: metadata.credit_issued_ns.integer(),
        turn: metadata.turn_index.count(),
        isl: count(metrics.input_sequence_length),
        osl: count(metrics.output_sequence_length),
        error_isl: count(metrics.error_isl),
        ttft: latency(metrics.time_to_first_token),
        e2el: latency(metrics.request_latency),
        itl: latency(metrics.inter_token_latency),
        worker: metadata.worker_id.0.filter(|_| options.groups),
        conversation: metadata
            .x_correlation_id
            .0
            .or(metadata.conversation_id.0)
            .filter(|_| options.groups),
        error: line.error.0,
    })
}

#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow)]
    metadata: Option<Metadata<'a>>,
    #[serde(borrow)]
    metrics: Option<Metrics<'a>>,
    #[serde(borrow, default)]
    error: MaybeError<'a>,
}

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Metadata<'a> {
    #[serde(borrow)]
    x_correlation_id: Text<'a>,
    #[serde(borrow)]
    conversation_id: Text<'a>,
    turn_index: Number,
    credit_issued_ns: Number,
    request_start_ns: Number,
    request_end_ns: Number,
    #[serde(borrow)]
    worker_id: Text<'a>,
    #[serde(borrow)]
    benchmark_phase: Text<'a>,
    was_cancelled: Number,
    context_overflow_skip: Number,
}

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Metrics<'a> {
    #[serde(borrow)]
    time_to_first_token: Option<Metric<'a>>,
    #[serde(borrow)]
    request_latency: Option<Metric<'a>>,
    #[serde(borrow)]
    inter_token_latency: Option<Metric<'a>>,
    #[serde(borrow)]
    input_sequence_length: Option<Metric<'a>>,
    #[serde(borrow)]
    output_sequence_length: Option<Metric<'a>>,
    #[serde(borrow)]
    error_isl: Option<Metric<'a>>,
    /// Passed over unless its numbers are wanted: it is most of a line.
    #[serde(borrow)]
    inter_chunk_latency: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Metric<'a> {
    #[serde(default)]
    value: Number,
    #[serde(borrow, default)]
    unit: Text<'a>,
}

impl Metric<'_> {
    fn milliseconds(&self) -> Option<f64> {
        match self.value {
            Number::Absent => None,
            _ if !self.unit.is_milliseconds() => Some(UNUSABLE),
            Number::Int(n) => Some(n as f64),
            Number::Large(n) => Some(n as f64),
            Number::Float(x) => Some(x),
            Number::Bool(_) | Number::Other => Some(UNUSABLE),
        }
    }
}

#[derive(Deserialize)]
struct ListMetric<'a> {
    #[serde(default)]
    value: List,
    #[serde(borrow, default)]
    unit: Text<'a>,
}

/// Reads a list of gaps; one in another unit is a single gap that is unusable.
fn read_gaps(metric: &RawValue, gaps: &mut Vec<f64>) -> serde_json::Result<()> {
    let metric: ListMetric = serde_json::from_str(metric.get())?;
    match metric.value.0 {
        Some(_) if !metric.unit.is_milliseconds() => gaps.push(UNUSABLE),
        Some(list) => *gaps = list,
        None => {}
    }
    Ok(())
}

/// A scalar that should be a number.
#[derive(Debug, Clone, Copy, Default)]
enum Number {
    #[default]
    Absent,
    Int(i64),
    /// Beyond `i64`.
    Large(u64),
    Float(f64),
    Bool(bool),
    /// A string, a list or an object.
    Other,
}

impl Number {
    /// A number that is written as an integer.
    fn integer(self) -> Option<i64> {
        match self {
            Self::Absent => None,
            Self::Int(n) => Some(n),
            _ => Some(NO_COUNT),
        }
    }

    /// A whole number; Python writes counts as `200` and as `200.0`.
    fn count(self) -> Option<i64> {
        match self {
            Self::Float(x) if x.fract() == 0.0 && x.abs() < 1e15 => Some(x as i64),
            number => number.integer(),
        }
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NumberVisitor)
    }
}

struct NumberVisitor;

impl<'de> Visitor<'de> for NumberVisitor {
    type Value = Number;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a number")
    }

    fn visit_i64<E>(self, n: i64) -> Result<Number, E> {
        Ok(Number::Int(n))
    }

    fn visit_u64<E>(self, n: u64) -> Result<Number, E> {
        Ok(i64::try_from(n).map_or(Number::Large(n), Number::Int))
    }

    fn visit_f64<E>(self, x: f64) -> Result<Number, E> {
        Ok(Number::Float(x))
    }

    fn visit_bool<E>(self, b: bool) -> Result<Number, E> {
        Ok(Number::Bool(b))
    }

    fn visit_unit<E>(self) -> Result<Number, E> {
        Ok(Number::Absent)
    }

    fn visit_str<E>(self, _: &str) -> Result<Number, E> {
        Ok(Number::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Number, A::Error> {
        skip_list(list)?;
        Ok(Number::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<Number, A::Error> {
        skip_object(object)?;
        Ok(Number::Other)
    }
}

/// A text, or nothing where something else stands.
#[derive(Debug, Clone, Default)]
struct Text<'a>(Option<Cow<'a, str>>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor).map(Text)
    }
}

impl Text<'_> {
    /// Whether this is the unit of latencies, which every version writes.
    fn is_milliseconds(&self) -> bool {
        self.0.as_deref().is_none_or(|unit| unit == "ms")
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Option<Cow<'de, str>>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a text")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Some(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Some(Cow::Owned(text.to_owned())))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
        skip_list(list)?;
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<Self::Value, A::Error> {
        skip_object(object)?;
        Ok(None)
    }
}

/// The numbers of a list, in which all others are unusable; nothing where no list stands.
#[derive(Default)]
struct List(Option<Vec<f64>>);

impl<'de> Deserialize<'de> for List {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ListVisitor)
    }
}

struct ListVisitor;

impl<'de> Visitor<'de> for ListVisitor {
    type Value = List;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a list of numbers")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<List, A::Error> {
        let mut numbers = Vec::new();
        while let Some(number) = list.next_element::<Number>()? {
            numbers.push(match number {
                Number::Int(n) => n as f64,
                Number::Large(n) => n as f64,
                Number::Float(x) => x,
                Number::Absent | Number::Bool(_) | Number::Other => UNUSABLE,
            });
        }
        Ok(List(Some(numbers)))
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<List, A::Error> {
        skip_object(object)?;
        Ok(List(None))
    }

    fn visit_i64<E>(self, _: i64) -> Result<List, E> {
        Ok(List(None))
    }

    fn visit_u64<E>(self, _: u64) -> Result<List, E> {
        Ok(List(None))
    }

    fn visit_f64<E>(self, _: f64) -> Result<List, E> {
        Ok(List(None))
    }

    fn visit_bool<E>(self, _: bool) -> Result<List, E> {
        Ok(List(None))
    }

    fn visit_str<E>(self, _: &str) -> Result<List, E> {
        Ok(List(None))
    }

    fn visit_unit<E>(self) -> Result<List, E> {
        Ok(List(None))
    }
}

/// The error of a request: an object in every version, null or nothing when there is none.
#[derive(Default)]
struct MaybeError<'a>(Option<Box<ErrorText<'a>>>);

#[derive(Deserialize)]
struct ErrorObject<'a> {
    #[serde(default)]
    code: Number,
    #[serde(borrow, default, rename = "type")]
    kind: Text<'a>,
    #[serde(borrow, default)]
    message: Text<'a>,
}

impl<'de: 'a, 'a> Deserialize<'de> for MaybeError<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_option(ErrorVisitor).map(|error| Self(error.map(Box::new)))
    }
}

struct ErrorVisitor;

impl<'de> Visitor<'de> for ErrorVisitor {
    type Value = Option<ErrorText<'de>>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an error object or null")
    }

    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        let ErrorObject { code, kind, message } = ErrorObject::deserialize(deserializer)?;
        let code = code.integer().filter(|_| matches!(code, Number::Int(_)));
        Ok(Some(ErrorText { code, kind: kind.0, message: message.0 }))
    }
}

fn skip_list<'de, A: SeqAccess<'de>>(mut list: A) -> Result<(), A::Error> {
    while list.next_element::<IgnoredAny>()?.is_some() {}
    Ok(())
}

fn skip_object<'de, A: MapAccess<'de>>(mut object: A) -> Result<(), A::Error> {
    while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
    Ok(())
}
