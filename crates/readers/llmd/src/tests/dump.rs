//! What was read as compact text: one line a fact, nothing left out.

use std::fmt::Write;

use inferguard_model::{Evidence, FragmentKind, Place, Scalar};

use super::Met;

/// All files of a case.
pub(super) fn files(met: &[Met]) -> String {
    let mut out = String::new();
    for (record, reading) in met {
        let outcome = &record.outcome;
        let reason = outcome.reason.as_ref().map_or(String::new(), |why| format!(": {why}"));
        let _ = writeln!(out, "== {}", record.path);
        let _ = writeln!(out, "{} {}{reason}", outcome.status.name(), outcome.kind);
        for fragment in reading.iter().flat_map(|reading| &reading.fragments) {
            if let FragmentKind::Attachment { attach, .. } = fragment.kind {
                let _ = writeln!(out, "attached: {attach:?}");
            }
            evidence(&mut out, &fragment.evidence);
        }
    }
    out
}

fn evidence(out: &mut String, evidence: &Evidence) {
    let identity = &evidence.identity;
    let mut facts = Vec::new();
    for (name, text) in [
        ("model", &identity.model),
        ("written", &identity.as_written.model),
        ("hardware", &identity.hardware),
        ("framework", &identity.framework),
        ("image", &identity.image),
        ("router", &identity.router),
        ("harness", &identity.harness),
    ] {
        facts.extend(text.as_ref().map(|text| format!("{name}={text}")));
    }
    facts.extend(identity.disagg.map(|disagg| format!("disagg={disagg}")));
    facts.extend(identity.streaming.map(|streaming| format!("streaming={streaming}")));
    facts.extend(identity.turns.map(|turns| format!("turns={turns}")));
    facts.extend(identity.isl.map(|isl| format!("isl={isl}")));
    facts.extend(identity.osl.map(|osl| format!("osl={osl}")));
    facts.extend(identity.dataset.as_ref().map(|set| format!("dataset={}", set.name)));
    let _ = writeln!(out, "identity: {}", facts.join(" "));
    let load = &identity.load;
    let _ = writeln!(
        out,
        "topology: {} load: {:?} rate {:?}",
        identity.topology.label(),
        load.concurrency,
        load.request_rate
    );
    let done = &evidence.completion;
    let status = done.status().name();
    let _ = writeln!(out, "completion: {status} {:?} of {:?}", done.successful, done.total);
    if let Some(ending) = &evidence.ending {
        let _ = writeln!(out, "ending: {ending:?}");
    }
    for entry in &evidence.metrics {
        let origin = match &entry.origin.place {
            Place::Key(key) => (*key).to_owned(),
            Place::Path(path) => format!("{path}"),
            Place::Derived(formula) => format!("= {formula}"),
        };
        // Nine digits, so that the last bits of sums do not matter.
        let value: f64 = format!("{:.8e}", entry.value).parse().unwrap_or(entry.value);
        let _ = writeln!(out, "  {} {value} <- {origin}", entry.metric.name());
    }
    for (key, scalar) in &evidence.extra {
        let text = match scalar {
            Scalar::Text(text) => format!("{text:?}"),
            other => format!("{other:?}"),
        };
        let _ = writeln!(out, "  extra {key} {text}");
    }
    for component in &evidence.components {
        let _ = writeln!(out, "  component {}: {:?}", component.name, component.series);
    }
    for (_, problem) in &evidence.problems {
        let _ = writeln!(
            out,
            "problem: {} {} at {}: {}",
            problem.severity.name(),
            problem.code.name(),
            problem.at,
            problem.message
        );
    }
}
