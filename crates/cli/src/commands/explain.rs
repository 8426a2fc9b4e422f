//! `inferguard explain`.

use inferguard::config::{Settings, finding};
use inferguard::findings::{CHECKS, FindingMeta, Threshold};
use inferguard::render::terminal::wrap;
use inferguard::schema::{ExitCode, Severity};
use serde_json::{Value, json};

use crate::args::ExplainArgs;
use crate::{page, terminal};

pub(crate) fn run(args: &ExplainArgs, quiet: bool) -> anyhow::Result<ExitCode> {
    let settings = args.config.settings(&[], quiet)?;
    let known = CHECKS.iter().map(|check| check.meta());
    let asked: Vec<&FindingMeta> = if args.codes.is_empty() {
        known.collect()
    } else {
        args.codes.iter().map(|code| finding(code)).collect::<Result<_, _>>()?
    };
    let text = if args.json {
        let all: Vec<_> = asked.iter().map(|meta| as_json(meta, &settings)).collect();
        let mut text = serde_json::to_string_pretty(&all)?;
        text.push('\n');
        text
    } else if args.codes.is_empty() {
        overview(&asked, &settings)
    } else {
        let pages: Vec<_> = asked.iter().map(|meta| as_page(meta, &settings)).collect();
        pages.join("\n")
    };
    crate::print(text.as_bytes())?;
    Ok(ExitCode::Clean)
}

/// The severity that the configuration gives every finding of a code.
fn configured(meta: &FindingMeta, settings: &Settings) -> Option<Severity> {
    settings.severities.get(meta.code).copied()
}

fn overview(codes: &[&FindingMeta], settings: &Settings) -> String {
    let mut rows = vec![["CODE", "SEVERITY", "WHAT IT SAYS"].map(str::to_owned).to_vec()];
    rows.extend(codes.iter().map(|meta| {
        let severity = match configured(meta, settings) {
            Some(severity) => format!("{} (set)", severity.name()),
            None => severities(meta),
        };
        vec![meta.code.to_owned(), severity, meta.summary.to_owned()]
    }));
    let table = page::table(rows, terminal::width()).join("\n");
    format!("{table}\n\n`inferguard explain CODE` shows the page of a code and its thresholds.\n")
}

/// The severities that a code can have, worst first.
fn severities(meta: &FindingMeta) -> String {
    let all = [Severity::Critical, Severity::Warning, Severity::Info].map(Severity::name);
    let named: Vec<_> = all.into_iter().filter(|name| meta.severity.contains(name)).collect();
    if named.is_empty() { meta.severity.to_owned() } else { named.join(", ") }
}

fn as_page(meta: &FindingMeta, settings: &Settings) -> String {
    let (width, color) = (terminal::width(), terminal::color());
    let mut facts = wrap(meta.summary, width - 2);
    facts.push(String::new());
    facts.extend(wrap(&format!("Severity: {}", meta.severity), width - 2));
    if let Some(severity) = configured(meta, settings) {
        facts.push(format!("Severity in force: {}, as configured", severity.name()));
    }
    facts.push(format!("Since: {}", meta.since));
    let mut text = page::heading(meta.code, color);
    text.push('\n');
    text.push_str(&page::indented(&facts));
    text.push('\n');
    text.push_str(&page::terminal(meta.doc, width, color));
    text.push('\n');
    text.push_str(&page::heading("Thresholds", color));
    text.push('\n');
    text.push_str(&thresholds(meta, settings, width - 2));
    text
}

fn thresholds(meta: &FindingMeta, settings: &Settings, width: usize) -> String {
    if meta.thresholds.is_empty() {
        return page::indented(&["None: the rule has no limit that could be another.".to_owned()]);
    }
    let values = |limit: &Threshold| (settings.limits.get(meta, limit), limit.default);
    let is_set = meta.thresholds.iter().map(values).any(|(value, default)| value != default);
    let default = is_set.then_some("DEFAULT");
    let head = ["NAME", "IN FORCE"].into_iter().chain(default).chain(["UNIT", "WHAT IT LIMITS"]);
    let mut rows = vec![head.map(str::to_owned).collect::<Vec<_>>()];
    rows.extend(meta.thresholds.iter().map(|limit| {
        let (value, default) = values(limit);
        let other = if value == default { String::new() } else { default.to_string() };
        let mut row = vec![limit.name.to_owned(), value.to_string()];
        row.extend(is_set.then_some(other));
        row.extend([limit.unit.to_owned(), limit.about.to_owned()]);
        row
    }));
    page::indented(&page::table(rows, width))
}

fn as_json(meta: &FindingMeta, settings: &Settings) -> Value {
    let FindingMeta { code, summary, severity, doc, since, thresholds } = meta;
    let threshold = |limit: &Threshold| {
        json!({
            "name": limit.name,
            "value": settings.limits.get(meta, limit),
            "default": limit.default,
            "unit": limit.unit,
            "about": limit.about,
        })
    };
    json!({
        "code": code,
        "summary": summary,
        "severity": severity,
        "configured_severity": configured(meta, settings).map(Severity::name),
        "since": since,
        "thresholds": thresholds.iter().map(threshold).collect::<Vec<_>>(),
        "doc": doc,
    })
}
