//! The codes of the live overlay: read from the timeline, and computed from its snapshots where
//! the recorder wrote none.
//!
//! Conditions are those of `disagg status`. A timeline repeats a condition on every line; a cell
//! has one finding per code, with count, first and last time.

use inferguard_model::{Cell, LiveSeverity, Timeline, TimelineSample};
use inferguard_schema::Severity;
use serde_json::json;

use crate::{CellCheck, Context, FindingMeta, Limits, Outcome, Threshold};

/// A code of the live overlay.
pub(crate) struct LiveCheck {
    meta: FindingMeta,
    /// Severity and observation of a snapshot that meets the condition.
    condition: fn(&TimelineSample, InForce<'_>) -> Option<(Severity, String)>,
    /// Whether a snapshot tells enough to look at the condition.
    tells: fn(&TimelineSample) -> bool,
}

/// Gives the limit in force.
type InForce<'a> = &'a dyn Fn(&Threshold) -> f64;

const IMPORTED: &str = "as recorded; where computed: warning, critical for an endpoint that is unreachable and from 100 transfer errors";

const fn meta(
    code: &'static str,
    summary: &'static str,
    doc: &'static str,
    thresholds: &'static [Threshold],
) -> FindingMeta {
    FindingMeta { code, summary, severity: IMPORTED, doc, since: "0.1.0", thresholds }
}

pub(super) static ENDPOINT_UNREACHABLE: LiveCheck = LiveCheck {
    meta: meta(
        "endpoint_unreachable",
        "A metrics endpoint did not answer while the load ran.",
        include_str!("endpoint_unreachable.md"),
        &[],
    ),
    condition: |sample, _| {
        let down: Vec<_> = sample
            .endpoints()
            .filter(|e| {
                e.scrape_error.starts_with("unreachable") || e.scrape_error.starts_with("http_")
            })
            .map(|e| format!("{}={} ({})", e.role, e.url, e.scrape_error))
            .collect();
        (!down.is_empty()).then(|| (Severity::Critical, down.join(", ")))
    },
    tells: |sample| sample.endpoints().next().is_some(),
};

pub(super) static ENGINE_UNIDENTIFIED: LiveCheck = LiveCheck {
    meta: meta(
        "engine_unidentified",
        "A metrics endpoint answers, but its engine is not known.",
        include_str!("engine_unidentified.md"),
        &[],
    ),
    condition: |sample, _| {
        let unknown: Vec<_> = sample
            .endpoints()
            .filter(|e| e.engine == "unknown" && e.scrape_error.is_empty())
            .map(|e| format!("{}={}", e.role, e.url))
            .collect();
        (!unknown.is_empty()).then(|| (Severity::Warning, unknown.join(", ")))
    },
    tells: |sample| sample.endpoints().any(|e| !e.engine.is_empty()),
};

pub(super) static CONNECTOR_MISMATCH: LiveCheck = LiveCheck {
    meta: meta(
        "connector_mismatch",
        "Prefill and decode use different KV connectors.",
        include_str!("connector_mismatch.md"),
        &[],
    ),
    condition: |sample, _| {
        let (prefill, decode) = (sample.prefill.as_ref()?, sample.decode.as_ref()?);
        let (a, b) = (&prefill.connector, &decode.connector);
        let differ = !a.is_empty() && !b.is_empty() && a != b;
        differ.then(|| (Severity::Warning, format!("prefill {a}, decode {b}")))
    },
    tells: |sample| {
        let known = |e: &Option<inferguard_model::EndpointSnapshot>| {
            e.as_ref().is_some_and(|e| !e.connector.is_empty())
        };
        known(&sample.prefill) && known(&sample.decode)
    },
};

const CRITICAL_ERRORS: Threshold = Threshold {
    name: "critical_errors",
    default: 100.0,
    unit: "errors",
    about: "Sum over endpoints from which the finding is critical; the counter runs since the servers began.",
};

pub(super) static KV_TRANSFER_ERRORS_PRESENT: LiveCheck = LiveCheck {
    meta: meta(
        "kv_transfer_errors_present",
        "The engines counted KV transfer errors.",
        include_str!("kv_transfer_errors_present.md"),
        &[CRITICAL_ERRORS],
    ),
    condition: |sample, in_force| {
        let errors: f64 = sample.endpoints().filter_map(|e| e.kv_transfer_errors).sum();
        let critical = errors >= in_force(&CRITICAL_ERRORS);
        let severity = if critical { Severity::Critical } else { Severity::Warning };
        (errors > 0.0).then(|| (severity, format!("{errors} errors since the servers began")))
    },
    tells: |sample| sample.endpoints().any(|e| e.kv_transfer_errors.is_some()),
};

pub(super) static KV_TRANSFER_STALL: LiveCheck = LiveCheck {
    meta: meta(
        "kv_transfer_stall",
        "Requests run while no KV byte moves from prefill to decode.",
        include_str!("kv_transfer_stall.md"),
        &[],
    ),
    condition: |sample, _| {
        let (prefill, decode) = (sample.prefill.as_ref()?, sample.decode.as_ref()?);
        let (sent, received) = (prefill.kv_sent_bytes?, decode.kv_recv_bytes?);
        let running = prefill.running.unwrap_or(0.0).max(decode.running.unwrap_or(0.0));
        (sent == 0.0 && received == 0.0 && running > 0.0)
            .then(|| (Severity::Warning, format!("0 bytes sent and received, {running} running")))
    },
    tells: |sample| {
        let (Some(prefill), Some(decode)) = (&sample.prefill, &sample.decode) else { return false };
        let (Some(sent), Some(received)) = (prefill.kv_sent_bytes, decode.kv_recv_bytes) else {
            return false;
        };
        // Idle counters say something only where it is known whether requests ran.
        let moved = sent > 0.0 || received > 0.0;
        moved || prefill.running.is_some() || decode.running.is_some()
    },
};

const MAX_RATIO: Threshold = Threshold {
    name: "max_ratio",
    default: 2.0,
    unit: "ratio",
    about: "Running requests of prefill against decode, or the other way round; exactly this ratio is clear.",
};

pub(super) static PREFILL_DECODE_IMBALANCE: LiveCheck = LiveCheck {
    meta: meta(
        "prefill_decode_imbalance",
        "Prefill and decode run very different numbers of requests.",
        include_str!("prefill_decode_imbalance.md"),
        &[MAX_RATIO],
    ),
    condition: |sample, in_force| {
        let max = in_force(&MAX_RATIO);
        let prefill = sample.prefill.as_ref()?.running?;
        let decode = sample.decode.as_ref()?.running?;
        // An idle role counts as one request, so that two idle roles are in balance.
        let ratio = prefill.max(1.0) / decode.max(1.0);
        (!(1.0 / max..=max).contains(&ratio)).then(|| {
            (Severity::Warning, format!("{prefill} running in prefill, {decode} in decode"))
        })
    },
    tells: |sample| {
        let known = |e: &Option<inferguard_model::EndpointSnapshot>| {
            e.as_ref().is_some_and(|e| e.running.is_some())
        };
        known(&sample.prefill) && known(&sample.decode)
    },
};

/// The codes whose conditions are looked for in snapshots.
const COMPUTED: [&LiveCheck; 6] = [
    &ENDPOINT_UNREACHABLE,
    &ENGINE_UNIDENTIFIED,
    &CONNECTOR_MISMATCH,
    &KV_TRANSFER_ERRORS_PRESENT,
    &KV_TRANSFER_STALL,
    &PREFILL_DECODE_IMBALANCE,
];

/// When a live finding was first there, UTC nanoseconds: recorded, else, where the recorder wrote
/// none, the first snapshot that meets the condition of a live code. `None` without a timeline,
/// without a finding, or when the sample has no time.
pub fn first_live_finding_ns(cell: &Cell, limits: &Limits) -> Option<i64> {
    let samples = &cell.evidence.timeline.as_ref()?.samples;
    let recorded = samples.iter().find(|sample| !sample.findings.is_empty());
    let meets = |sample: &&TimelineSample| {
        COMPUTED.iter().any(|check| {
            let in_force = |threshold: &Threshold| limits.get(&check.meta, threshold);
            (check.condition)(sample, &in_force).is_some()
        })
    };
    recorded.or_else(|| samples.iter().find(meets))?.at_ns
}

impl CellCheck for LiveCheck {
    fn meta(&self) -> &FindingMeta {
        &self.meta
    }

    fn look(&self, context: &Context<'_>, index: usize) -> Outcome {
        let cell = &context.cells[index];
        match &cell.evidence.timeline {
            None => Outcome::not_evaluated(index, "no live timeline"),
            Some(timeline) => self.look_at(index, timeline, context, cell),
        }
    }
}

/// Lines on which a condition held.
#[derive(Default)]
struct Seen {
    count: usize,
    first_ns: Option<i64>,
    last_ns: Option<i64>,
    severity: Option<Severity>,
    text: String,
}

impl Seen {
    fn add(&mut self, at_ns: Option<i64>, severity: Severity, text: &str) {
        self.count += 1;
        self.first_ns = self.first_ns.or(at_ns);
        self.last_ns = at_ns.or(self.last_ns);
        if self.severity.is_none_or(|held| severity > held) {
            self.severity = Some(severity);
            text.clone_into(&mut self.text);
        }
    }
}

impl LiveCheck {
    fn look_at(
        &self,
        index: usize,
        timeline: &Timeline,
        context: &Context<'_>,
        cell: &Cell,
    ) -> Outcome {
        let (mut recorded, mut computed) = (Seen::default(), Seen::default());
        let in_force = |threshold: &Threshold| context.limit(&self.meta, threshold);
        let mut told = false;
        for sample in &timeline.samples {
            told |= (self.tells)(sample);
            if let Some(finding) = sample.findings.iter().find(|f| f.code == self.meta.code) {
                recorded.add(sample.at_ns, severity(finding.severity), &finding.message);
            } else if let Some((severity, text)) = (self.condition)(sample, &in_force) {
                computed.add(sample.at_ns, severity, &text);
            }
        }
        let (seen, source) =
            if recorded.count > 0 { (recorded, "recorded") } else { (computed, "snapshots") };
        let Some(severity) = seen.severity else {
            return if told {
                Outcome::clear(index)
            } else {
                Outcome::not_evaluated(index, "the timeline does not carry what this code looks at")
            };
        };
        let samples = timeline.samples.len();
        Outcome::fired(
            Some(index),
            severity,
            format!("on {} of {samples} timeline samples: {}", seen.count, seen.text),
            [
                ("count", json!(seen.count)),
                ("samples", json!(samples)),
                ("first_observed_at_ns", json!(seen.first_ns)),
                ("last_observed_at_ns", json!(seen.last_ns)),
                ("source", json!(source)),
                ("artifacts", context.paths(cell)),
            ],
        )
    }
}

fn severity(recorded: LiveSeverity) -> Severity {
    match recorded {
        LiveSeverity::Info => Severity::Info,
        LiveSeverity::Warning => Severity::Warning,
        LiveSeverity::Critical => Severity::Critical,
    }
}
