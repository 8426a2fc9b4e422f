//! What was read as compact text: one line a fact, nothing left out.

use std::fmt::Write;

use inferguard_model::{Evidence, FragmentKind, Identity, Place, RoleTopology, Scalar};

use super::Met;

/// All files of a case.
pub(super) fn files(met: &[Met]) -> String {
    let mut out = String::new();
    for (record, reading) in met {
        let outcome = &record.outcome;
        let _ = write!(out, "== {}\n{} {}", record.path, outcome.status.name(), outcome.kind);
        let result = if outcome.is_result { " (result)" } else { "" };
        let reason = outcome.reason.as_ref().map_or(String::new(), |why| format!(": {why}"));
        let _ = writeln!(out, "{result}{reason}");
        for problem in &record.problems {
            line(&mut out, "problem", &problem_text(problem));
        }
        for fragment in reading.iter().flat_map(|reading| &reading.fragments) {
            let (role, base) = (fragment.artifact.role.0, &fragment.artifact.base);
            let kind = match fragment.kind {
                FragmentKind::Result(rank) => format!("{rank:?}"),
                FragmentKind::Attachment { attach, alone } => {
                    format!("attached {attach:?}{}", if alone { ", may stand alone" } else { "" })
                }
            };
            let _ = writeln!(out, "-- {role} {base:?} {} {kind}", fragment.format.name());
            if let Some(id) = &fragment.cell_id {
                line(&mut out, "cell_id", id);
            }
            if fragment.folder_is_cell {
                line(&mut out, "folder_is_cell", "yes");
            }
            if fragment.rounding != 0.0 {
                line(&mut out, "rounding", &fragment.rounding.to_string());
            }
            evidence(&mut out, &fragment.evidence);
            if let Some(table) = &fragment.table {
                let told = format!(
                    "{} ok, {} failed; ttft {:?} e2el {:?} isl {:?} osl {:?}; {} gaps",
                    table.len(),
                    table.failed,
                    table.ttft,
                    table.e2el.iter().map(|x| (x * 1e6).round() / 1e6).collect::<Vec<_>>(),
                    table.isl,
                    table.osl,
                    table.gaps.len()
                );
                line(&mut out, "table", &told);
            }
        }
    }
    out
}

fn line(out: &mut String, name: &str, text: &str) {
    let _ = writeln!(out, "{name}: {text}");
}

fn problem_text(problem: &inferguard_model::Problem) -> String {
    let at = if problem.at.is_empty() { "." } else { &problem.at };
    format!("{} {} at {at}: {}", problem.severity.name(), problem.code.name(), problem.message)
}

fn evidence(out: &mut String, evidence: &Evidence) {
    identity(out, &evidence.identity);
    let done = &evidence.completion;
    let status = done.status().name();
    line(
        out,
        "completion",
        &format!("{status} {:?}/{:?} warmup {:?}", done.successful, done.total, done.warmup)
            .replace("Some(", "")
            .replace(')', ""),
    );
    if let Some((start, end)) = evidence.window_ns {
        line(out, "window", &format!("{start}..{end}"));
    }
    for entry in &evidence.metrics {
        let origin = match &entry.origin.place {
            Place::Key(key) => (*key).to_owned(),
            Place::Path(path) => format!("{path}"),
            Place::Derived(formula) => format!("= {formula}"),
        };
        let _ = writeln!(out, "  {} {} <- {origin}", entry.metric.name(), number(entry.value));
    }
    for score in &evidence.evals {
        let _ = writeln!(
            out,
            "  eval {} {},{} {} ± {:?} n {:?} higher {:?}",
            score.task,
            score.metric,
            score.filter,
            score.value,
            score.stderr,
            score.n,
            score.higher_is_better
        );
    }
    for (key, scalar) in &evidence.extra {
        let text = match scalar {
            Scalar::Null => "null".into(),
            Scalar::Bool(b) => b.to_string(),
            Scalar::Int(n) => n.to_string(),
            Scalar::Float(x) => format!("{x:?}"),
            Scalar::Text(text) => format!("{text:?}"),
        };
        let _ = writeln!(out, "  extra {key} {text}");
    }
    for (_, problem) in &evidence.problems {
        line(out, "problem", &problem_text(problem));
    }
}

/// Nine significant digits, so that the last bits of sums do not matter.
fn number(value: f64) -> String {
    let text = format!("{value:.8e}");
    text.parse::<f64>().map_or(text, |short| short.to_string())
}

fn identity(out: &mut String, identity: &Identity) {
    let mut parts = Vec::new();
    let mut part = |name: &str, text: Option<String>| {
        if let Some(text) = text {
            parts.push(format!("{name}={text}"));
        }
    };
    let text = |text: &Option<String>| text.as_ref().map(|text| format!("{text:?}"));
    let count = |n: Option<u32>| n.map(|n| n.to_string());
    let truth = |b: Option<bool>| b.map(|b| b.to_string());
    part("hardware", text(&identity.hardware));
    part("model", text(&identity.model));
    part("framework", text(&identity.framework));
    part("precision", text(&identity.precision));
    part("spec", text(&identity.spec_decoding));
    part("scenario", text(&identity.scenario_type));
    part("recipe", text(&identity.recipe_name));
    part("fingerprint", text(&identity.recipe_fingerprint));
    part("prefix", text(&identity.model_prefix));
    part("image", text(&identity.image));
    part("offloading", text(&identity.offloading));
    part("router", text(&identity.router));
    part("kv_transfer", text(&identity.kv_transfer));
    part("role_hardware", identity.role_hardware.as_ref().map(|roles| format!("{roles:?}")));
    part("disagg", truth(identity.disagg));
    part("multinode", truth(identity.is_multinode));
    part("streaming", truth(identity.streaming));
    part("isl", count(identity.isl));
    part("osl", count(identity.osl));
    part("dataset", identity.dataset.as_ref().map(|set| format!("{}/{:?}", set.name, set.entries)));
    if !parts.is_empty() {
        line(out, "identity", &parts.join(" "));
    }
    let written = &identity.as_written;
    let written: Vec<_> = [
        ("hw", &written.hardware),
        ("model", &written.model),
        ("framework", &written.framework),
        ("precision", &written.precision),
    ]
    .into_iter()
    .filter_map(|(name, text)| text.as_ref().map(|text| format!("{name}={text:?}")))
    .collect();
    if !written.is_empty() {
        line(out, "as written", &written.join(" "));
    }
    let load = &identity.load;
    if load.concurrency.is_some() || load.request_rate.is_some() {
        let rate = load.request_rate.map_or(String::new(), |rate| format!(" rate {rate}"));
        let users = load.concurrency.map_or("uncapped".into(), |users| format!("{users} users"));
        line(out, "load", &format!("{users}{rate}"));
    }
    let topology = &identity.topology;
    for (name, role) in
        [("all", &topology.all), ("prefill", &topology.prefill), ("decode", &topology.decode)]
    {
        if *role != RoleTopology::default() {
            line(out, name, &role_text(role));
        }
    }
}

fn role_text(role: &RoleTopology) -> String {
    let counts = [
        ("tp", role.tp),
        ("ep", role.ep),
        ("pp", role.pp),
        ("dcp", role.dcp),
        ("pcp", role.pcp),
        ("workers", role.num_workers),
        ("gpus", role.num_gpu),
    ];
    let mut parts: Vec<_> =
        counts.iter().filter_map(|(name, n)| n.map(|n| format!("{name}{n}"))).collect();
    if let Some(on) = role.dp_attention {
        parts.push(format!("dpa {on}"));
    }
    parts.join(" ")
}
