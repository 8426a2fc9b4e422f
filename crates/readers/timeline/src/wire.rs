//! The keys of the format, as `inferguard` 0.7.1 to 0.7.4 (Python) writes them.
//!
//! Its documented schemas are `inferguard-timeline/v1` (a line with `observed_at` around a status)
//! and `disagg-status/v1` (the status, which `inferguard disagg status --json` prints indented).
//! Both are open: a snapshot of 0.7.4 has 228 members and the set grows with every release, so
//! members that are not named here are normal.

/// The schema versions that are known.
pub(crate) const SCHEMA_VERSIONS: [&str; 2] = ["inferguard-timeline/v1", "disagg-status/v1"];

pub(crate) const SCHEMA_VERSION: &str = "schema_version";
pub(crate) const DISAGG_STATUS: &str = "disagg_status";
const OBSERVED_AT: &str = "observed_at";
const FINDINGS: &str = "findings";
const ENDPOINT: &str = "endpoint";

/// A snapshot of the status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Slot {
    Prefill,
    Decode,
    /// Optional, and null when no transfer endpoint was given.
    Transfer,
}

impl Slot {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Prefill => "prefill",
            Self::Decode => "decode",
            Self::Transfer => "transfer",
        }
    }

    fn of(key: &str) -> Option<Self> {
        [Self::Prefill, Self::Decode, Self::Transfer].into_iter().find(|slot| slot.name() == key)
    }
}

/// A scalar that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Key {
    SchemaVersion,
    /// ISO 8601; of the line, not of the status.
    ObservedAt,
    Snapshot(Slot, Gauge),
    Endpoint(Slot, Label),
    Finding(Text),
}

/// A member of a snapshot, nullable but for `scraped_at`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gauge {
    /// Epoch seconds.
    ScrapedAt,
    /// Empty when the scrape worked.
    ScrapeError,
    /// Fraction 0..1.
    KvCacheUsage,
    Running,
    Waiting,
    Preemptions,
    SentBytes,
    RecvBytes,
    TransferErrors,
}

/// A member of a snapshot's endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Label {
    Url,
    Role,
    Engine,
    /// Empty when unknown.
    Connector,
}

/// A member of a finding; its evidence is not read, as the snapshots hold the same numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Text {
    Code,
    /// `info`, `warning` or `critical`.
    Severity,
    Message,
}

/// A value of the document that means something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// The document itself.
    Document,
    /// The status within a timeline line.
    Status,
    Snapshot(Slot),
    Endpoint(Slot),
    Findings,
    Finding,
    Scalar(Key),
}

impl Place {
    /// The place of a JSON pointer; the parts of a status are the same with and without a line
    /// around them. `None` for everything that is not read.
    pub(crate) fn of(pointer: &str) -> Option<Self> {
        let mut parts = pointer.split('/').skip(1);
        let mut first = parts.next();
        let wrapped = first == Some(DISAGG_STATUS);
        if wrapped {
            first = parts.next();
        }
        let (second, third) = (parts.next(), parts.next());
        if parts.next().is_some() {
            return None;
        }
        Some(match (first, second, third) {
            (None, ..) if wrapped => Self::Status,
            (None, ..) => Self::Document,
            (Some(SCHEMA_VERSION), None, _) => Self::Scalar(Key::SchemaVersion),
            (Some(OBSERVED_AT), None, _) if !wrapped => Self::Scalar(Key::ObservedAt),
            (Some(FINDINGS), None, _) => Self::Findings,
            (Some(FINDINGS), Some(_), None) => Self::Finding,
            (Some(FINDINGS), Some(_), Some(key)) => Self::Scalar(Key::Finding(text(key)?)),
            (Some(key), None, _) => Self::Snapshot(Slot::of(key)?),
            (Some(slot), Some(ENDPOINT), None) => Self::Endpoint(Slot::of(slot)?),
            (Some(slot), Some(ENDPOINT), Some(key)) => {
                Self::Scalar(Key::Endpoint(Slot::of(slot)?, label(key)?))
            }
            (Some(slot), Some(key), None) => {
                Self::Scalar(Key::Snapshot(Slot::of(slot)?, gauge(key)?))
            }
            _ => return None,
        })
    }
}

fn gauge(key: &str) -> Option<Gauge> {
    Some(match key {
        "scraped_at" => Gauge::ScrapedAt,
        "scrape_error" => Gauge::ScrapeError,
        "kv_cache_usage" => Gauge::KvCacheUsage,
        "requests_running" => Gauge::Running,
        "requests_waiting" => Gauge::Waiting,
        "preemptions_total" => Gauge::Preemptions,
        "kv_transfer_sent_bytes_total" => Gauge::SentBytes,
        "kv_transfer_recv_bytes_total" => Gauge::RecvBytes,
        "kv_transfer_errors_total" => Gauge::TransferErrors,
        _ => return None,
    })
}

fn label(key: &str) -> Option<Label> {
    Some(match key {
        "url" => Label::Url,
        "role" => Label::Role,
        "engine" => Label::Engine,
        "connector" => Label::Connector,
        _ => return None,
    })
}

fn text(key: &str) -> Option<Text> {
    Some(match key {
        "code" => Text::Code,
        "severity" => Text::Severity,
        "message" => Text::Message,
        _ => return None,
    })
}
