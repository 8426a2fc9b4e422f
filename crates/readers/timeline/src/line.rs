//! One object of a timeline, streamed into a sample.

use inferguard_model::{
    EndpointSnapshot, LiveFinding, LiveSeverity, Problem, ProblemCode, TimelineSample,
};
use inferguard_source::json::{Container, Enter, JsonScalar, Pointer, Sink};
use inferguard_source::secrets::{without_credentials, without_secrets};
use inferguard_source::{coerce, shorten};

use crate::moment::moment;
use crate::wire::{Gauge, Key, Label, Place, SCHEMA_VERSIONS, Slot, Text};

/// Findings kept of one object; the recorder knows six codes and writes each at most once.
const FINDINGS_KEPT: usize = 200;

/// What an object holds.
#[derive(Debug, Default)]
pub(crate) struct Line {
    /// The sample; its time is set by [`Line::finish`].
    pub(crate) sample: TimelineSample,
    /// Whether it has any part of a status.
    pub(crate) has_status: bool,
    /// Whether a time in it was written without a zone.
    pub(crate) zoneless: bool,
    /// What was noticed, by JSON pointer within the object.
    pub(crate) problems: Vec<Problem>,
    observed_at_ns: Option<i64>,
    wrapped: bool,
    findings_over: usize,
}

impl Line {
    /// Settles the time of the sample and tells what the object lacks.
    pub(crate) fn finish(&mut self) {
        let required = [(Slot::Prefill, &self.sample.prefill), (Slot::Decode, &self.sample.decode)];
        for (slot, snapshot) in required {
            if snapshot.is_none() {
                let told = format!("no `{}` snapshot", slot.name());
                self.problems.push(Problem::warning(ProblemCode::Truncated, "", told));
            }
        }
        if self.findings_over > 0 {
            let told =
                format!("{} findings after the first {FINDINGS_KEPT} left out", self.findings_over);
            self.problems.push(Problem::warning(ProblemCode::Limit, "/findings", told));
        }
        let scraped = self.sample.endpoints().find_map(|endpoint| endpoint.scraped_at_ns);
        self.sample.at_ns = self.observed_at_ns.or(scraped);
        if self.sample.at_ns.is_none() {
            let told = "no time; the sample keeps its place in the file";
            self.problems.push(Problem::warning(ProblemCode::LeftOut, "", told));
        } else if self.wrapped && self.observed_at_ns.is_none() {
            let told = "no usable `observed_at`; the time of the scrape stands for it";
            self.problems.push(Problem::note(ProblemCode::Coerced, "", told));
        }
    }

    fn schema_version(&mut self, at: &str, value: JsonScalar<'_>) {
        let Some(version) = coerce::text(value) else { return };
        if !SCHEMA_VERSIONS.contains(&version.as_str()) {
            let told = format!("version `{}` is not known and read as v1", shorten(&version));
            self.problems.push(Problem::note(ProblemCode::Coerced, at, told));
        }
    }

    fn time(&mut self, at: &str, value: JsonScalar<'_>) -> Option<i64> {
        let found = moment(value, at, &mut self.problems)?;
        self.zoneless |= found.zoneless;
        Some(found.ns)
    }

    fn gauge(&mut self, slot: Slot, gauge: Gauge, at: &str, value: JsonScalar<'_>) {
        let scraped_at_ns = if gauge == Gauge::ScrapedAt { self.time(at, value) } else { None };
        let Some(snapshot) = snapshot(&mut self.sample, slot) else { return };
        let (field, most) = match gauge {
            Gauge::ScrapedAt => {
                snapshot.scraped_at_ns = scraped_at_ns;
                return;
            }
            Gauge::ScrapeError => {
                snapshot.scrape_error = safe_text(value);
                return;
            }
            Gauge::KvCacheUsage => (&mut snapshot.kv_cache_usage, 1.0),
            Gauge::Running => (&mut snapshot.running, f64::INFINITY),
            Gauge::Waiting => (&mut snapshot.waiting, f64::INFINITY),
            Gauge::Preemptions => (&mut snapshot.preemptions_total, f64::INFINITY),
            Gauge::SentBytes => (&mut snapshot.kv_sent_bytes, f64::INFINITY),
            Gauge::RecvBytes => (&mut snapshot.kv_recv_bytes, f64::INFINITY),
            Gauge::TransferErrors => (&mut snapshot.kv_transfer_errors, f64::INFINITY),
        };
        *field = from_zero_to(most, value, at, &mut self.problems);
    }

    fn label(&mut self, slot: Slot, label: Label, at: &str, value: JsonScalar<'_>) {
        let Some(snapshot) = snapshot(&mut self.sample, slot) else { return };
        let text = shorten(&match label {
            Label::Url => without_credentials(&coerce::text(value).unwrap_or_default()),
            _ => coerce::text(value).unwrap_or_default(),
        });
        match label {
            Label::Url => snapshot.url = text,
            Label::Engine if text.is_empty() => {}
            Label::Engine => snapshot.engine = text,
            Label::Connector => snapshot.connector = text.to_lowercase(),
            Label::Role if text.is_empty() || text == slot.name() => {}
            Label::Role => {
                let told = format!("role `{text}` in the `{}` snapshot; not used", slot.name());
                self.problems.push(Problem::note(ProblemCode::Conflict, at, told));
            }
        }
    }

    fn finding(&mut self, key: Text, at: &str, value: JsonScalar<'_>) {
        let Some(finding) = self.sample.findings.last_mut() else { return };
        match key {
            Text::Code => finding.code = safe_text(value),
            Text::Message => finding.message = safe_text(value),
            Text::Severity => {
                let known = severity(value);
                finding.severity = known.unwrap_or(LiveSeverity::Info);
                if known.is_none() {
                    let told = "a severity that is not known counts as info";
                    self.problems.push(Problem::note(ProblemCode::Coerced, at, told));
                }
            }
        }
    }

    fn left_out(&mut self, at: &Pointer, told: &'static str) {
        self.problems.push(Problem::warning(ProblemCode::LeftOut, at.as_str(), told));
    }
}

impl Sink for Line {
    fn scalar(&mut self, at: &Pointer, value: JsonScalar<'_>) {
        let pointer = at.as_str();
        match Place::of(pointer) {
            Some(Place::Scalar(Key::SchemaVersion)) => self.schema_version(pointer, value),
            Some(Place::Scalar(Key::ObservedAt)) => {
                self.wrapped = true;
                self.observed_at_ns = self.time(pointer, value);
            }
            Some(Place::Scalar(Key::Snapshot(slot, key))) => self.gauge(slot, key, pointer, value),
            Some(Place::Scalar(Key::Endpoint(slot, key))) => self.label(slot, key, pointer, value),
            Some(Place::Scalar(Key::Finding(key))) => self.finding(key, pointer, value),
            Some(Place::Snapshot(slot)) if value == JsonScalar::Null => {
                *place_of(&mut self.sample, slot) = None;
            }
            None => {}
            Some(_) if value == JsonScalar::Null => {}
            Some(_) => self.left_out(at, "a single value where an object or array should be"),
        }
    }

    fn enter(&mut self, at: &Pointer, container: Container) -> Enter {
        let Some(place) = Place::of(at.as_str()) else { return Enter::Skip };
        match (place, container) {
            (Place::Document | Place::Endpoint(_), Container::Object) => {}
            (Place::Status, Container::Object) => (self.has_status, self.wrapped) = (true, true),
            (Place::Snapshot(slot), Container::Object) => {
                self.has_status = true;
                *place_of(&mut self.sample, slot) = Some(EndpointSnapshot {
                    role: slot.name().to_owned(),
                    engine: "unknown".to_owned(),
                    ..EndpointSnapshot::default()
                });
            }
            (Place::Findings, Container::Array) => {
                self.has_status = true;
                self.sample.findings.clear();
            }
            (Place::Finding, Container::Object) => {
                if self.sample.findings.len() == FINDINGS_KEPT {
                    self.findings_over += 1;
                    return Enter::Skip;
                }
                self.sample.findings.push(LiveFinding {
                    code: String::new(),
                    severity: LiveSeverity::Info,
                    message: String::new(),
                });
            }
            // That it is no timeline line is told by the caller.
            (Place::Document, Container::Array) => return Enter::Skip,
            (Place::Scalar(_), _) => {
                self.left_out(at, "an object or array where a single value should be");
                return Enter::Skip;
            }
            (_, Container::Object) => {
                self.left_out(at, "an object where an array should be");
                return Enter::Skip;
            }
            (_, Container::Array) => {
                self.left_out(at, "an array where an object should be");
                return Enter::Skip;
            }
        }
        Enter::Walk
    }

    fn leave(&mut self, at: &Pointer, _: Container) {
        if Place::of(at.as_str()) == Some(Place::Finding)
            && self.sample.findings.pop_if(|finding| finding.code.is_empty()).is_some()
        {
            self.left_out(at, "a finding without code");
        }
    }
}

fn place_of(sample: &mut TimelineSample, slot: Slot) -> &mut Option<EndpointSnapshot> {
    match slot {
        Slot::Prefill => &mut sample.prefill,
        Slot::Decode => &mut sample.decode,
        Slot::Transfer => &mut sample.transfer,
    }
}

fn snapshot(sample: &mut TimelineSample, slot: Slot) -> Option<&mut EndpointSnapshot> {
    place_of(sample, slot).as_mut()
}

/// A text of the recorder, which may quote addresses.
fn safe_text(value: JsonScalar<'_>) -> String {
    shorten(&without_secrets(&coerce::text(value).unwrap_or_default()))
}

fn severity(value: JsonScalar<'_>) -> Option<LiveSeverity> {
    Some(match coerce::text(value)?.to_lowercase().as_str() {
        "info" => LiveSeverity::Info,
        "warning" => LiveSeverity::Warning,
        "critical" => LiveSeverity::Critical,
        _ => return None,
    })
}

fn from_zero_to(
    most: f64,
    value: JsonScalar<'_>,
    at: &str,
    problems: &mut Vec<Problem>,
) -> Option<f64> {
    let number = coerce::number(value, at, problems)?;
    if (0.0..=most).contains(&number) {
        return Some(number);
    }
    let told = match most {
        1.0 => format!("{number} is no fraction from 0 to 1; the value is left out"),
        _ => format!("{number} is below zero; the value is left out"),
    };
    problems.push(Problem::warning(ProblemCode::LeftOut, at, told));
    None
}
