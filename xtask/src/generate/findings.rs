//! `docs/findings/`: a page for each code, and the index.

use std::fmt::Write;

use inferguard::findings::{CHECKS, FindingMeta};
use inferguard::schema::{CLOSED_CODES, KNOWN_CODES};

use super::markdown::{NOTE, code, table};

/// The page of each code.
pub(super) fn pages() -> impl Iterator<Item = (&'static str, String)> {
    CHECKS.iter().map(|check| {
        let meta = check.meta();
        (meta.code, page(meta))
    })
}

fn page(meta: &FindingMeta) -> String {
    let FindingMeta { code, summary, severity, doc, since, thresholds } = meta;
    let mut text = format!(
        "{NOTE}# `{code}`\n\n{summary}\n\n- Severity: {severity}\n- Since: {since}\n\n{}\n",
        doc.trim()
    );
    text.push_str("\n## Thresholds\n\n");
    if thresholds.is_empty() {
        text.push_str("None: the rule has no limit that could be another.\n");
        return text;
    }
    text.push_str(&table(
        ["name", "default", "unit", "what it limits"],
        thresholds.iter().map(|limit| {
            [
                self::code(limit.name),
                limit.default.to_string(),
                limit.unit.to_owned(),
                limit.about.to_owned(),
            ]
        }),
    ));
    text
}

/// The table of all codes.
pub(super) fn index() -> String {
    let mut text = format!(
        "{NOTE}# Finding codes\n\n\
         A check answers, for each thing it looks at: fired with evidence, clear, or not evaluated \
         with the reason. The report counts all three (`run_summary.checks`) and lists the reasons \
         (`run_summary.not_evaluated`).\n\n"
    );
    text.push_str(&table(
        ["code", "severity", "what it says", "since"],
        CHECKS.iter().map(|check| {
            let meta = check.meta();
            [
                format!("[`{0}`]({0}.md)", meta.code),
                meta.severity.to_owned(),
                meta.summary.to_owned(),
                meta.since.to_owned(),
            ]
        }),
    ));
    let checked = |known: &&&str| CHECKS.iter().any(|check| check.meta().code == **known);
    let (published, ours): (Vec<_>, Vec<_>) = (
        CLOSED_CODES.iter().filter(|known| !checked(known)).map(|known| code(known)).collect(),
        KNOWN_CODES.iter().filter(checked).map(|known| code(known)).collect(),
    );
    let _ = writeln!(
        text,
        "\nBeyond the enumeration that `inferguard-analyze/v1` was published with: {}. With \
         `--closed-v1` findings of these codes move to `extensions.findings`.",
        ours.join(", ")
    );
    if !published.is_empty() {
        let _ = writeln!(
            text,
            "\nIn that enumeration, and looked at by no check of this version: {}.",
            published.join(", ")
        );
    }
    text
}
